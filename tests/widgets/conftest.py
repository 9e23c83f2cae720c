"""Static pages with widgets, written as the book writes them."""

from html import escape

import pytest
from convolution_page import DIGIT, Lab

from cnnbook.site.widgets import SCRIPT, STILL, inline_json
from cnnbook.widgets import ConvolutionLab
from cnnbook.widgets.base import MIME_TYPE

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
<script defer src="{script}"></script>
<main>{body}</main>
</html>
"""

# Notes what is written on each canvas: `canvas.texts` maps a place, "x,y", to the last text written there.
SPY = """
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  (this.canvas.texts ??= {})[`${x},${y}`] = text;
  return fillText.call(this, text, x, y, ...rest);
};
"""


def place(widget):
    """The HTML of a widget on a page of the book."""
    data, _ = widget._repr_mimebundle_()
    content = data[MIME_TYPE]
    return (
        f'<div class="cnnbook-widget" data-kind="{content["kind"]}">'
        f'<script type="application/json">{inline_json(content["state"])}</script>'
        f'<img src="data:image/png;base64,{data["image/png"]}" alt="{escape(data["text/plain"])}">'
        f'<p class="still">{STILL}</p></div>'
    )


@pytest.fixture
def static_page(tmp_path):
    """A function that writes a page with widgets, or with HTML, and returns its path."""

    def static_page(*widgets, dark=False):
        parts = [widget if isinstance(widget, str) else place(widget) for widget in widgets]
        page = tmp_path / f"page-{len(list(tmp_path.iterdir()))}.html"
        page.write_text(
            PAGE.format(
                theme="dark" if dark else "light",
                paper="#121212" if dark else "#fff",
                spy=SPY,
                script=SCRIPT.as_uri(),
                body="\n".join(parts),
            ),
            encoding="utf-8",
        )
        return page

    return static_page


@pytest.fixture
def open_lab(open_page, static_page):
    """A function that opens a page with one widget; the test fails where the page reports an error."""
    pages = []

    def open_lab(page_options=None, dark=False, **state):
        page = open_page(static_page(ConvolutionLab(**(DIGIT | state)), dark=dark), **(page_options or {}))
        pages.append(page)
        return Lab(page)

    yield open_lab
    assert [page.errors for page in pages] == [[]] * len(pages)
