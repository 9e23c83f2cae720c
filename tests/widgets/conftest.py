"""Static pages with widgets, written as the book writes them."""

import shutil
from html import escape

import pytest
from convolution_page import DIGIT, Lab
from reader import begin

from cnnbook.site.widgets import STILL
from cnnbook.widgets import ConvolutionLab
from cnnbook.widgets.assets import ASSETS
from cnnbook.widgets.base import MIME_TYPE
from cnnbook.widgets.page import SCRIPT, STYLE, asset_file, book_place, inline_json

PAGE = """\
<!DOCTYPE html>
<html lang="en" data-theme="{theme}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Widgets</title>
<style>
  body {{ margin: 16px; font-family: sans-serif; background: {paper}; }}
  img {{ max-width: 100%; }}
</style>
<script>{spy}</script>
<link rel="stylesheet" href="{sheet}">
<script defer src="{script}"></script>
<main>{body}</main>
</html>
"""

# Notes what is written on each canvas: `canvas.texts` maps a place, "x,y", to the last text written there;
# who is `listening` to what outlives a widget, and which ResizeObservers are `observing`.
SPY = """
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  (this.canvas.texts ??= {})[`${x},${y}`] = text;
  return fillText.call(this, text, x, y, ...rest);
};
window.listening = [];
const { addEventListener, removeEventListener } = EventTarget.prototype;
const others = (target, type, listener) =>
  window.listening.filter((it) => it[0] !== target || it[1] !== type || it[2] !== listener);
const lasting = (target) => [Window, Document, MediaQueryList].some((kind) => target instanceof kind);
EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
  const target = this ?? window;
  if (lasting(target)) window.listening = [...others(target, type, listener), [target, type, listener]];
  addEventListener.call(target, type, listener, ...rest);
};
EventTarget.prototype.removeEventListener = function (type, listener, ...rest) {
  const target = this ?? window;
  window.listening = others(target, type, listener);
  removeEventListener.call(target, type, listener, ...rest);
};
window.observing = new Set();
const { observe, disconnect } = ResizeObserver.prototype;
ResizeObserver.prototype.observe = function (...target) {
  window.observing.add(this);
  observe.apply(this, target);
};
ResizeObserver.prototype.disconnect = function () {
  window.observing.delete(this);
  disconnect.call(this);
};
"""


# A still of one pixel: those of the book are taken when its notebooks are executed.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="


def place(widget):
    """The HTML of a widget on a page of the book."""
    data, _ = widget._repr_mimebundle_()
    content = data[MIME_TYPE]
    return (
        book_place(content["kind"], inline_json(content["state"]), content["assets"])
        + f'<img src="data:image/png;base64,{PNG}" alt="{escape(data["text/plain"])}">'
        + f'<p class="still">{STILL}</p></div>'
    )


@pytest.fixture
def static_page(tmp_path):
    """A function that writes a page with widgets, or with HTML, and returns its path."""

    for file in (SCRIPT, STYLE):
        shutil.copy(file, tmp_path)
    for file, text in map(asset_file, ASSETS):
        (tmp_path / file).write_text(text)

    def static_page(*widgets, dark=False):
        parts = [widget if isinstance(widget, str) else place(widget) for widget in widgets]
        page = tmp_path / f"page-{len(list(tmp_path.iterdir()))}.html"
        page.write_text(
            PAGE.format(
                theme="dark" if dark else "light",
                paper="#121212" if dark else "#fff",
                spy=SPY,
                script=SCRIPT.name,
                sheet=STYLE.name,
                body="\n".join(parts),
            ),
            encoding="utf-8",
        )
        return page

    return static_page


@pytest.fixture
def open_lab(open_page, static_page):
    """A function that opens a page with one lab, of convolution unless a `widget` is given.

    The test fails where the page reports an error.
    """
    pages = []

    def open_lab(page_options=None, dark=False, widget=None, **state):
        widget = widget or ConvolutionLab(**(DIGIT | state))
        page = open_page(static_page(widget, dark=dark), **(page_options or {}))
        pages.append(page)
        return Lab(page)

    yield open_lab
    assert [page.errors for page in pages] == [[]] * len(pages)


@pytest.fixture
def open_widget(open_page, static_page):
    """A function that opens a page with a widget, alive; the test fails where the page reports an error."""
    pages = []

    def open_widget(widget, dark=False, **options):
        page = open_page(static_page(widget, dark=dark), dark=dark, **options)
        pages.append(page)
        begin(page)
        return page

    yield open_widget
    assert [page.errors for page in pages] == [[]] * len(pages)
