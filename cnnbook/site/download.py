"""Every chapter as a notebook to download that runs where cnnbook is not installed.

On Colab, on Kaggle, on an offline hub: its first cell carries the package as the text of a wheel, and runs
bootstrap.py from it. It stands above the title: who runs the first cell has run it, and no tool lists it
under a heading.
The wheel holds the recordings (`cnnbook/recordings/NAME`, or single files of them) that the chapter's
metadata names, and no others.
"""

import base64
import csv
import io
import re
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import nbformat
from docutils import nodes
from hatchling.builders.wheel import WheelBuilder
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from cnnbook.site.bootstrap import edition_of

ROOT = Path(__file__).resolve().parents[2]

# The package is one long line, so that the cell is short where a front end cannot fold it, as Notebook 6. A
# traceback shows the lines around those that failed, hence the function between that line and the call.
FIRST_CELL = '''\
# @title Run this cell first: it prepares the notebook {{ display-mode: "form" }}
# The package of this book, cnnbook, is a part of this notebook: the long line below is a zip archive. This
# cell unpacks it into a temporary folder, which is deleted when the kernel is shut down, and tells Python
# to look there first. Nothing is fetched or installed, and nothing that is here already is changed.
PACKAGE = "{package}"
EDITION = "{edition}"


def bootstrap():
    """Do so. The file cnnbook/site/bootstrap.py in the archive says how."""
    import base64
    import io
    import zipfile

    try:
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(PACKAGE)))
        code = archive.read("cnnbook/site/bootstrap.py")
    except Exception:
        raise ImportError("The text in this cell is damaged: download the notebook again.") from None
    names = {{}}
    exec(code, names)
    names["bootstrap"](archive, EDITION)


bootstrap()'''
FOLDED = {
    "cellView": "form",  # Colab
    "_kg_hide-input": True,  # Kaggle
    "jupyter": {"source_hidden": True},  # JupyterLab, Notebook 7
    "transient": {"remove_source": True},  # nbconvert
    "tags": ["hide-input"],  # Jupyter Book
}
RECORDINGS = "cnnbook/recordings"
MAX_RECORDINGS = 3_000_000  # bytes in one notebook
FOLDER = "notebooks"  # beside the pages
LINK = '<p class="download"><a href="%s" download>Download this chapter</a> (Colab, Kaggle, offline)</p>'
PAGE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([\w./-]+)\.(?:ipynb|md)(#[\w-]+)?\)")


def build_wheel() -> bytes:
    """Build the wheel of the package from this checkout."""
    with TemporaryDirectory() as folder:
        path = next(WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"]))
        return Path(path).read_bytes()


def with_recordings(wheel: bytes, names: list[str]) -> bytes:
    """Leave all recordings out of a wheel but `names`, each a folder or a file: `NAME`, `NAME/weights.npz`.

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
            if path.is_relative_to(RECORDINGS):
                name = next((name for name in names if path.is_relative_to(f"{RECORDINGS}/{name}")), None)
                if name is None:
                    left_out.add(entry.filename)
                    continue
                carried[name] += entry.compress_size
            if path.name == "RECORD":  # the list of all files, always the last of them
                rows = csv.reader(io.StringIO(content.decode()))
                content = "".join(",".join(row) + "\n" for row in rows if row[0] not in left_out).encode()
            new.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    if absent := [name for name, size in carried.items() if not size]:
        raise ValueError(f"its metadata names recordings that {RECORDINGS} lacks: {', '.join(absent)}")
    if (total := sum(carried.values())) > MAX_RECORDINGS:
        raise ValueError(f"its recordings have {total:,} bytes, the limit is {MAX_RECORDINGS:,}")
    return result.getvalue()


def edition(wheel: bytes) -> str:
    """Hash the package: that tells this edition from others, which all have one version number."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        names = [name for name in archive.namelist() if name.startswith("cnnbook/")]
        return edition_of({name: archive.read(name) for name in names})


def first_cell(wheel: bytes, runs: list[str]) -> NotebookNode:
    """Make the cell that makes the package importable, with these recordings.

    Raises:
        ValueError: as `with_recordings` does.
    """
    package = base64.b64encode(with_recordings(wheel, runs)).decode()
    source = FIRST_CELL.format(package=package, edition=edition(wheel))
    return nbformat.v4.new_code_cell(source, id="bootstrap", metadata=FOLDED)


def self_contained(notebook: NotebookNode, wheel: bytes, baseurl: str = "") -> NotebookNode:
    """Copy a chapter so that it carries the package.

    Args:
        notebook: the chapter as stored; its metadata ``cnnbook.runs`` names the recordings it loads, whole
            (``"baseline"``) or the files that it reads (``"baseline/weights.npz"``, ``"times.json"``).
        wheel: content of the wheel, with all recordings.
        baseurl: where the book is published; links to other pages lead there (or become words).
    """
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = lead_out(cell.source, baseurl)
        elif "hide-output" in cell.metadata.get("tags", []):
            # Colab does not fold it, and it is asked for above.
            cell.outputs, cell.execution_count = [], None
            del cell.metadata["jupyter"]  # what the reader's own run gives is to be seen
    copy.cells.insert(0, first_cell(wheel, list(notebook.metadata.get("cnnbook", {}).get("runs", []))))
    return copy


def lead_out(markdown: str, baseurl: str) -> str:
    """Have links to other pages of the book, which a notebook alone has not beside it, lead to `baseurl`."""
    target = f"{baseurl.rstrip('/')}/"
    return PAGE_LINK.sub(
        lambda link: f"[{link[1]}]({target}{link[2]}.html{link[3] or ''})" if baseurl else link[1], markdown
    )


def is_chapter(app: Sphinx, page: str) -> bool:
    """Say whether a page is made from a notebook."""
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
    wheel = build_wheel()
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for page in chapters:
        notebook = nbformat.read(app.env.doc2path(page), as_version=4)
        try:
            notebook = self_contained(notebook, wheel, app.config.html_baseurl)
        except ValueError as problem:
            raise ExtensionError(f"{page}.ipynb cannot be offered for download: {problem}") from problem
        nbformat.write(notebook, folder / f"{page}.ipynb")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("doctree-resolved", add_link)
    app.connect("build-finished", write_notebooks)
