"""The pictures of widgets, for places where nothing runs: each is taken of the living widget, in a browser.

Another version of the browser, or of its fonts, may give other bytes. So a still is kept as long as its page,
with all that the page loads, is the same as when it was taken.
"""

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode
from PIL import Image
from playwright.sync_api import Browser, Error, sync_playwright

from cnnbook.site import chromium
from cnnbook.site.bootstrap import edition_of
from cnnbook.widgets.base import MIME_TYPE
from cnnbook.widgets.page import SCRIPT, STYLE, asset_file, book_place, inline_json

Files = dict[str, bytes]  # a page and what it loads, by their names
WIDTH = 480  # of a still, in CSS pixels: wide enough for two maps, and readable on a phone
SCALE = 1.5  # pixels of the picture for each of them
TIMEOUT = 30_000  # milliseconds in which a widget must have started, or said why not
# The widget has taken the place of the sentence, or has written beside it that it could not.
ENDED = """() => !document.querySelector("#waiting").offsetHeight
  || document.querySelector(".cnnbook")?.textContent.startsWith("This widget could not start")"""

# What only the living widget has a use for is not in its picture.
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Still</title>
<style>
  body {{ margin: 0; font-family: sans-serif; }}
  .cnnbook :is(.tools, .field:has(select), details:not(.layer), .hint, .how, .note, .cards) {{
    display: none !important;
  }}
</style>
<link rel="stylesheet" href="{style}">
<script defer src="{script}"></script>
{place}
<p id="waiting">The widget has not started yet.</p>
</div>
</html>
"""
# Widgets draw in the next frame.
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class StillError(RuntimeError):
    """A widget of which no still can be taken; says why."""


def stored(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The outputs of a notebook that have a still, by the fingerprint of what it was taken of."""
    stills = ((output, output.metadata.get("image/png", {})) for output in _widgets(notebook))
    return {still["fingerprint"]: output for output, still in stills if "fingerprint" in still}


def add(notebook: NotebookNode, kept: dict[str, NotebookNode], take: Callable[[Files], bytes]) -> None:
    """Give every widget its still: that of `kept`, see `stored`, or else a new one.

    Raises:
        StillError: a widget does not come to life.
    """
    for output in _widgets(notebook):
        files = page_of(output.data[MIME_TYPE])
        fingerprint = edition_of(files)
        if fingerprint in kept:
            png = kept[fingerprint].data["image/png"]
        else:
            png = base64.b64encode(take(files)).decode()
        output.data["image/png"] = png
        output.metadata["image/png"] = {"fingerprint": fingerprint}


def page_of(widget: dict) -> Files:
    """The page of a stored widget, index.html, and what it loads."""
    place = book_place(widget["kind"], inline_json(widget["state"]), widget["assets"])
    html = PAGE.format(script=SCRIPT.name, style=STYLE.name, place=place)
    assets = {file: script.encode() for file, script in map(asset_file, widget["assets"])}
    front_end = {file.name: file.read_bytes() for file in (SCRIPT, STYLE)}
    return {"index.html": html.encode(), **front_end, **assets}


@contextmanager
def camera() -> Iterator[Callable[[Files], bytes]]:
    """A function that takes stills; raises chromium.NoBrowser."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield partial(take, browser)
        browser.close()


def take(browser: Browser, files: Files) -> bytes:
    """Return the widget on a page as a PNG of at most 256 colours.

    Raises:
        StillError: it does not come to life.
    """
    look = {"color_scheme": "light", "reduced_motion": "reduce", "device_scale_factor": SCALE}
    size = {"width": WIDTH, "height": 900}
    errors: list[str] = []
    with TemporaryDirectory() as folder, browser.new_context(viewport=size, **look) as context:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.goto(Path(folder, "index.html").as_uri())
        try:
            page.wait_for_function(ENDED, timeout=TIMEOUT)
        except Error as error:
            raise StillError(f"a widget does not start: {error}") from None
        if page.locator("#waiting").is_visible():
            raise StillError(f"a widget does not start: {'; '.join(errors)}")
        page.evaluate(DRAWN)
        picture = page.locator(".cnnbook").screenshot(animations="disabled")
    # A third of the bytes; no colour is further from its original than the eye can tell.
    options = {"method": Image.Quantize.MAXCOVERAGE, "kmeans": 1, "dither": Image.Dither.NONE}
    smaller = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, **options)
    file = io.BytesIO()
    smaller.save(file, "PNG", optimize=True)
    return file.getvalue()


def _widgets(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The outputs that are widgets."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if MIME_TYPE in output.get("data", {}):
                yield output
