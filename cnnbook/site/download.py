"""Every chapter as a notebook to download that runs where cnnbook is not installed.

On Colab, on Kaggle, on an offline hub: its first cell installs the package from a wheel that it carries as
text. It stands above the title: who runs the first cell has run it, and no tool lists it under a heading.
The wheel holds the recordings (`cnnbook/runs/NAME`, or single files of them) that the chapter's metadata
names, and no others.
"""

import base64
import csv
import io
import re
import textwrap
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import nbformat
from docutils import nodes
from hatchling.builders.wheel import WheelBuilder
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
PREPARE = Path(__file__).with_name("prepare.py")
MAX_RECORDINGS = 3_000_000  # bytes in one notebook
FOLDER = "notebooks"  # beside the pages
LINK = '<p class="download"><a href="%s" download>Download this chapter</a> (Colab, Kaggle, offline)</p>'
PAGE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([\w./-]+)\.(?:ipynb|md)(#[\w-]+)?\)")


def build_wheel() -> tuple[str, bytes]:
    """The wheel of the package, built by hatchling from this checkout: its file name and its content."""
    with TemporaryDirectory() as folder:
        path = Path(next(WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])))
        return path.name, path.read_bytes()


def with_recordings(wheel: bytes, names: list[str]) -> bytes:
    """The wheel with no recordings but `names`, each a whole one or a file of one: `NAME/weights.npz`.

    Raises:
        ValueError: a recording that the package does not have, or more than 3 MB of them.
    """
    carried = dict.fromkeys(names, 0)  # bytes of each
    left_out = set()
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as old, zipfile.ZipFile(result, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            path = PurePosixPath(entry.filename)
            if path.is_relative_to("cnnbook/runs") and len(path.parts) > 3:
                name = next((name for name in names if path.is_relative_to(f"cnnbook/runs/{name}")), None)
                if name is None:
                    left_out.add(entry.filename)
                    continue
                carried[name] += entry.compress_size
            if path.name == "RECORD":  # the list of all files, always the last of them
                rows = csv.reader(io.StringIO(content.decode()))
                content = "".join(",".join(row) + "\n" for row in rows if row[0] not in left_out).encode()
            new.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    if absent := [name for name, size in carried.items() if not size]:
        raise ValueError(f"its metadata names recordings that cnnbook/runs lacks: {', '.join(absent)}")
    if (total := sum(carried.values())) > MAX_RECORDINGS:
        raise ValueError(f"its recordings have {total:,} bytes, the limit is {MAX_RECORDINGS:,}")
    return result.getvalue()


def self_contained(notebook: NotebookNode, name: str, wheel: bytes, baseurl: str = "") -> NotebookNode:
    """A copy of a chapter that carries the package.

    Args:
        notebook: the chapter as stored; its metadata ``cnnbook.runs`` names the recordings it loads, whole
            (``"baseline"``) or the files of one that it reads (``"baseline/weights.npz"``).
        name: file name of the wheel.
        wheel: content of the wheel, with all recordings.
        baseurl: where the book is published; links to other pages lead there (or become words).
    """
    runs = list(notebook.metadata.get("cnnbook", {}).get("runs", []))
    text = "\n".join(textwrap.wrap(base64.b64encode(with_recordings(wheel, runs)).decode(), 120))
    prepare = nbformat.v4.new_code_cell(
        '# @title Run this cell first: it prepares the notebook { display-mode: "form" }\n'
        f'{PREPARE.read_text()}\n\nprepare({name!r}, wheel="""\n{text}\n""")',
        id="prepare",
        metadata={"cellView": "form", "jupyter": {"source_hidden": True}},
    )
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = lead_out(cell.source, baseurl)
    copy.cells.insert(0, prepare)
    return copy


def lead_out(markdown: str, baseurl: str) -> str:
    """Links to other pages of the book, which a notebook alone does not have beside it, lead to `baseurl`."""
    target = f"{baseurl.rstrip('/')}/"
    return PAGE_LINK.sub(
        lambda link: f"[{link[1]}]({target}{link[2]}.html{link[3] or ''})" if baseurl else link[1], markdown
    )


def is_chapter(app: Sphinx, page: str) -> bool:
    """Whether a page is made from a notebook."""
    return page in app.env.all_docs and app.env.doc2path(page).endswith(".ipynb")


def add_link(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the link below the title of a chapter (event ``doctree-resolved``)."""
    if app.builder.format == "html" and is_chapter(app, page):
        title = next(doctree.findall(nodes.title))
        link = nodes.raw("", LINK % f"{FOLDER}/{page}.ipynb", format="html")
        title.parent.insert(title.parent.index(title) + 1, link)


def write_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Write the notebooks (event ``build-finished``)."""
    chapters = [page for page in sorted(app.env.all_docs) if is_chapter(app, page)]
    if error or app.builder.format != "html" or not chapters:
        return
    name, wheel = build_wheel()
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for page in chapters:
        notebook = nbformat.read(app.env.doc2path(page), as_version=4)
        try:
            notebook = self_contained(notebook, name, wheel, app.config.html_baseurl)
        except ValueError as problem:
            raise ExtensionError(f"{page}.ipynb cannot be offered for download: {problem}") from problem
        nbformat.write(notebook, folder / f"{page}.ipynb")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("doctree-resolved", add_link)
    app.connect("build-finished", write_notebooks)
