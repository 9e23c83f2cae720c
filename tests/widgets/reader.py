"""What tests do with a widget on a page, in any engine: see reader.js."""

import base64
import json
from pathlib import Path

import numpy as np
from convolution_page import number

READER = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
# A widget alone is no page with a heading; and a page in a file may not read its style sheet, as axe would.
AXE = {"rules": {"page-has-heading-one": {"enabled": False}}, "preload": False}
ALIVE = "document.querySelector('.cnnbook')?.querySelector('button, input')"


def begin(page):
    """Wait until the widget is alive, unfold all of it, and give the page its `reader`."""
    page.wait_for_function(ALIVE)
    page.evaluate(READER)
    page.evaluate("reader.all('details').forEach((folded) => (folded.open = true))")
    page.evaluate("reader.frames()")


def fragment(widget, **state):
    """The part of a link that asks for a state; without any, for what the page shows at first."""
    code = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=") if state else ""
    return f"#cnnbook-{widget._kind}-1:{code}"


def follow(page, widget, **state):
    """Follow a link to a state of the widget on the page, as a reader does who changes the address."""
    page.evaluate("hash => reader.follow(hash)", fragment(widget, **state))


def changeable(widget):
    """What a link can change of a widget: that part of its state."""
    return {name: value for name, value in widget.state().items() if name in widget.rules()}


def pixels(said):
    """The numbers of an input as `reader.maps()` says its cells, in an array's order; padding has none."""
    texts = [cell.split(": ")[1] for row in said for cell in row if "padding" not in cell]
    return [int(word) for text in texts for word in text.replace(",", " ").split() if word.isdigit()]


def values(said):
    """The numbers of a map, as `reader.maps()` says its cells: (H, W)."""
    return np.array([[float(number(cell.split(": ")[1])) for cell in row] for row in said])
