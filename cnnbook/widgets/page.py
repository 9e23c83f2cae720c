"""Widgets as HTML: the element that cnnbook.js brings to life, scripts of assets, and a page of its own."""

import base64
import functools
import hashlib
import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbook.widgets.assets import ASSETS

if TYPE_CHECKING:
    from cnnbook.widgets.base import Widget

SCRIPT = Path(__file__).parent / "static" / "cnnbook.js"
STYLE = SCRIPT.with_suffix(".css")
ALONE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ margin: 1rem; font-family: sans-serif }} {style}</style>
<main>{place}</div></main>
<script>window.cnnbookAssets = {assets};</script>
<script>{script}</script>
</html>
"""


def inline_json(value: object) -> str:
    """JSON that may stand inside a script element: no ``<``, so nothing in it can end the element."""
    return json.dumps(value, separators=(",", ":")).replace("<", r"\u003c")


def file_of(name: str, content: bytes) -> str:
    """The name of the script that brings an asset to pages, with a hash of what it brings."""
    return f"cnnbook-{name}-{hashlib.sha256(content).hexdigest()[:8]}.js"


@functools.cache
def asset_file(name: str) -> tuple[str, str]:
    """The script that brings an asset of the book to pages: its name and its text."""
    content = ASSETS[name]()
    file = file_of(name, content)
    return file, f'cnnbookAsset("{file}", "{base64.b64encode(content).decode()}");\n'


def open_place(kind: str, state: str, files: dict[str, str]) -> str:
    """The start of the `<div>` that cnnbook.js brings to life; its picture follows in it.

    Args:
        kind: of the widget.
        state: as `inline_json` writes it.
        files: name of an asset -> that of its script.
    """
    return (
        f'<div class="cnnbook-widget" data-kind="{escape(kind)}" data-assets="{escape(json.dumps(files))}">'
        f'<script type="application/json">{state}</script>'
    )


def book_place(kind: str, state: str, names: list[str]) -> str:
    """As `open_place`, for a widget that needs these assets of the book."""
    return open_place(kind, state, {name: asset_file(name)[0] for name in names})


def alone(widget: "Widget") -> str:
    """A whole page with this widget as it is now, alive without a kernel, a network or another file."""
    assets = widget.assets()
    files = {name: file_of(name, content) for name, content in assets.items()}
    text = {files[name]: base64.b64encode(content).decode() for name, content in assets.items()}
    return ALONE.format(
        title=escape(type(widget).__name__),
        style=STYLE.read_text(encoding="utf-8"),
        place=open_place(widget._kind, inline_json(widget.state()), files),
        assets=inline_json(text),
        script=SCRIPT.read_text(encoding="utf-8"),
    )
