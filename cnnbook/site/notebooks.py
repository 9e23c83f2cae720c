"""Run the chapters and store outputs that come out the same every time.

    python -m cnnbook.site.notebooks book/*.ipynb           run each from a clean kernel, check, store
    python -m cnnbook.site.notebooks --check book/*.ipynb   check what is stored

A chapter with a problem is not stored; the problems are listed and the exit status is 1.
"""

import argparse
import base64
import io
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from statistics import median

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from PIL import Image

from cnnbook.site import stills
from cnnbook.site.chromium import NoBrowser
from cnnbook.widgets import KINDS
from cnnbook.widgets.base import MIME_TYPE as WIDGET
from cnnbook.widgets.base import VIEW as WIDGET_VIEW

CELL_METADATA = {"jupyter", "mystnb", "tags"}
JPEG = {"quality": 85, "subsampling": 0}  # what the eye does not tell from the original, next to letters too
MAX_LINES, MAX_MEDIAN, MAX_BYTES = 30, 8, 1_000_000
MAX_WIDTH = 76  # characters; a page 1280 px wide cuts longer lines of code

# What stored text must not hold, since it differs from run to run or from machine to machine.
UNSTABLE = {
    "a progress bar": re.compile(r"\r|\x08|━|█|\bit/s\b|\bs/step\b"),
    "an absolute path": re.compile(r"(?<![\w.:/])/(home|root|tmp|usr|Users|work|content)/\w|\b[A-Z]:\\\w"),
    "an object address": re.compile(r"\bat 0x[0-9a-fA-F]{6,}"),
    "a time stamp": re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d"),
}
# What a Markdown cell must not hold.
UNWANTED = {
    "a MyST directive, raw text in Colab": re.compile(r"^(```|~~~|:::+)\s*\{|^\([\w-]+\)=\s*$", re.MULTILINE),
    "a MyST role, raw text in Colab": re.compile(r"\{[\w:-]+\}`"),
    "a word that talks down to the reader": re.compile(
        r"\b(easy|easily|just|simply|simple as|obvious(ly)?|trivial(ly)?|of course)\b", re.IGNORECASE
    ),
    "a picture from a file, lost in Colab": re.compile(r"!\[[^\]]*\]\((?!data:|attachment:)"),
}
# What JupyterLab folds where pages fold or leave out: a tag -> its setting.
FOLDS = {"hide-output": "outputs_hidden", "remove-input": "source_hidden"}
PREDICTION, UNFOLDS = "**Predict", "<details>"
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"```(?!\{).*?```|(?<!\})`[^`\n]+`", re.DOTALL)  # in text; neither directives nor roles


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell in a new kernel, in `folder`; raises CellExecutionError at the first cell that fails."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=None, record_timing=False, resources=resources).execute()


def normalise(notebook: NotebookNode) -> None:
    """Drop what differs from run to run (ids of widget views, time stamps, how streams were cut in pieces).

    And what no one sees: the sentence of a widget a second time, as HTML, and most bytes of photographs.
    """
    notebook.nbformat_minor = 5
    notebook.metadata = NotebookNode(
        {key: notebook.metadata[key] for key in ("cnnbook", "mystnb") if key in notebook.metadata},
        kernelspec=NotebookNode(display_name="Python 3", language="python", name="python3"),
        language_info=NotebookNode(name="python", file_extension=".py", pygments_lexer="ipython3"),
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.setdefault("id", f"cell-{number}")
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in CELL_METADATA & {*cell.metadata}})
        if cell.cell_type == "code":
            cell.metadata.pop("jupyter", None)
            if folds := {FOLDS[tag]: True for tag in cell.metadata.get("tags", []) if tag in FOLDS}:
                cell.metadata.jupyter = NotebookNode(folds)
            cell.outputs = _merge_streams(cell.outputs)
            for output in cell.outputs:
                data = output.get("data", {})
                data.pop(WIDGET_VIEW, None)  # it names a random id in a kernel that is gone
                if WIDGET in data:
                    data.pop("text/html", None)
                elif picture := data.pop("image/png", None):
                    data |= _compressed(picture)
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]


def _merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _compressed(png: str) -> dict[str, str]:
    """A picture by its MIME type: without alpha channel if it is opaque, as JPEG if that is much smaller."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        if image.mode == "RGBA" and image.getextrema()[3] == (255, 255):
            image = image.convert("RGB")
        if image.mode != "RGB":
            return {"image/png": png}
        without_loss, photograph = io.BytesIO(), io.BytesIO()
        image.save(without_loss, "PNG", optimize=True)
        image.save(photograph, "JPEG", optimize=True, progressive=True, **JPEG)
    smaller = len(photograph.getvalue()) < 2 / 3 * len(without_loss.getvalue())
    mime, file = ("image/jpeg", photograph) if smaller else ("image/png", without_loss)
    return {mime: base64.b64encode(file.getvalue()).decode()}


def problems(notebook: NotebookNode) -> list[str]:
    """What is wrong with a chapter as stored, one sentence each; empty where it is as it should be."""
    found = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("cell numbers are not 1, 2, 3 ...: run it with `make notebooks`")
    if code and median(len(cell.source.splitlines()) for cell in code) > MAX_MEDIAN:
        found.append(f"the median code cell has more than {MAX_MEDIAN} lines")
    if (size := len(nbformat.writes(notebook).encode())) > MAX_BYTES:
        found.append(f"it has {size:,} bytes, more than {MAX_BYTES:,}")
    if "widgets" in notebook.metadata:
        found.append("widget state in the metadata: run it with `make notebooks`")
    found += _heading_problems(notebook)
    found += _prediction_problems(notebook)
    for index, cell in enumerate(notebook.cells):
        check = _code_problems if cell.cell_type == "code" else _text_problems
        start = cell.source.strip()[:40]
        found += [f"cell {index} ({start!r}): {problem}" for problem in check(cell)]
    return found


def _heading_problems(notebook: NotebookNode) -> list[str]:
    text = "\n".join(CODE.sub("", cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    found = []
    if levels[:1] != [1] or levels.count(1) != 1:
        found.append("there must be one first-level heading, and it comes first")
    if any(below > above + 1 for above, below in pairwise(levels)):
        found.append("a heading skips a level")
    return found


def _prediction_problems(notebook: NotebookNode) -> list[str]:
    """Where the reader is asked, and sees the answer at once.

    A `guess` asks for a number before it tells it. Other widgets show what they start with: above them,
    "predict" is said with what to do then, not in bold. What stands right below the fold that tells a folded
    result, without a word between, belongs to it.
    """
    pairs = [
        (cell, below, _kinds(below))
        for cell, below in pairwise([*notebook.cells, NotebookNode(metadata={})])
        if cell.cell_type == "markdown" and "hide-output" not in _tags(below)
    ]
    found = [
        f"the result is in plain view below: {asked.partition('**')[2].strip()[:60]!r}"
        for cell, _, kinds in pairs
        for asked in cell.source.split(PREDICTION)[1:]
        if UNFOLDS not in asked and "guess" not in kinds
    ]
    found += [
        f"a question is answered in plain view below: {cell.source.rstrip()[-60:]!r}"
        for cell, below, kinds in pairs
        if cell.source.rstrip().endswith("?") and below.get("outputs") and not kinds
    ]
    return found + [
        f"it gives away the folded result above it: {below.source.strip()[:60]!r}"
        for result, fold, below in zip(notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False)
        if "hide-output" in _tags(result)
        and fold.source.rstrip().endswith("</details>")
        and below.get("outputs")
        and not FOLDS.keys() & _tags(below)
    ]


def _kinds(cell: NotebookNode) -> set[str]:
    """The kinds of the widgets that a cell shows."""
    shown = (output.get("data", {}) for output in cell.get("outputs", []))
    return {data[WIDGET].get("kind", "") for data in shown if WIDGET in data}


def _tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _text_problems(cell: NotebookNode) -> list[str]:
    lines = [problem for block in BLOCK.findall(cell.source) for problem in _too_wide("code", block)]
    return lines + _matches(UNWANTED, CODE.sub("", cell.source))


def _matches(rules: dict[str, re.Pattern], text: str) -> list[str]:
    return [f"{name}: {match[0]!r}" for name, rule in rules.items() if (match := rule.search(text))]


def _too_wide(what: str, text: str) -> list[str]:
    widths = [len(line) for line in text.splitlines() if len(line) > MAX_WIDTH]
    return [f"a line of {what} with {width} characters, more than {MAX_WIDTH}" for width in widths]


def _code_problems(cell: NotebookNode) -> list[str]:
    found = []
    if (lines := len(cell.source.splitlines())) > MAX_LINES:
        found.append(f"{lines} lines, more than {MAX_LINES}")
    found += _too_wide("code", cell.source)
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "error":
            found.append(f"stored an error, {output.ename}: {output.evalue}")
        if output.output_type == "stream" and output.name == "stderr":
            found.append(f"wrote to stderr: {output.text[:100]!r}")
        found += _matches(UNSTABLE, output.get("text", "") + data.get("text/plain", ""))
        found += _too_wide("output", output.get("text", ""))
        if WIDGET_VIEW in data:
            found.append("a view of a kernel that is gone: run it with `make notebooks`")
        if WIDGET in data:
            found += [f"a widget without {part}" for part in ("image/png", "text/plain") if part not in data]
            found += _state_problems(data[WIDGET])
        elif any(part.startswith("image/") for part in data):
            settings = cell.metadata.get("mystnb", {})
            if not settings.get("image", {}).get("alt"):
                found.append("a figure without alt text")
            if not settings.get("figure", {}).get("caption"):
                found.append("a figure without a caption")
    return found


def _state_problems(shown: dict) -> list[str]:
    """A page starts a widget with what is stored alone: a setting that came later, it would lack."""
    kind, state = shown.get("kind"), shown.get("state", {})
    differ = sorted(state.keys() ^ KINDS[kind].state_names()) if kind in KINDS else []
    return [f"{name} of {kind!r} is of another version: run it with `make notebooks`" for name in differ]


def store(path: Path, take: Callable[[stills.Files], bytes]) -> list[str]:
    """Run a chapter, and store it unless there are problems, which are returned; `take` takes stills."""
    notebook = nbformat.read(path, as_version=4)
    kept = stills.stored(notebook)
    try:
        execute(notebook, path.parent)
        normalise(notebook)
        stills.add(notebook, kept, take)
    except CellExecutionError as error:
        return [f"a cell failed\n{error}"]
    except stills.StillError as error:
        return [str(error)]
    found = problems(notebook)
    if not found:
        nbformat.write(notebook, path)
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser("python -m cnnbook.site.notebooks", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="check what is stored, run nothing")
    parser.add_argument("notebooks", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    status = 0
    try:
        with nullcontext() if options.check else stills.camera() as take:
            for path in options.notebooks:
                if options.check:
                    found = problems(nbformat.read(path, as_version=4))
                else:
                    print(f"{path}: running", flush=True)
                    found = store(path, take)
                for problem in found:
                    print(f"{path}: {problem}", file=sys.stderr)
                if found:
                    status = 1
                elif not options.check:
                    print(f"{path}: stored")
    except NoBrowser as error:
        parser.exit(1, f"{error}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
