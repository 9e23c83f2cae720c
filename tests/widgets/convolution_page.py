"""What a test does with a convolution widget on a page, in the words of its reader."""

import re
from fractions import Fraction

from engines import FRAMES

DIGIT = {"image": "digit", "kernel": "sobel-x", "side": 12}

# Walks through all cells of the output with the arrow keys and notes what the widget says about each.
READ_ALL = """async (widget) => {
  const grid = widget.querySelectorAll("[role=grid]")[1];
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  // The cells of a canvas, row by row: insertion order, for a cell is drawn anew in its own place.
  const written = (canvas) => Object.values(canvas.texts);
  const frame = () => new Promise(requestAnimationFrame);
  const press = async (key, ctrlKey = false) => {
    grid.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true }));
    await frame();
  };
  const [rows, columns] = ["aria-rowcount", "aria-colcount"].map((name) => Number(grid.getAttribute(name)));
  const cells = [];
  for (let row = 0; row < rows; row++) {
    if (row === 0) await press("Home", true);
    else { await press("ArrowDown"); await press("Home"); }
    for (let column = 0; column < columns; column++) {
      if (column > 0) await press("ArrowRight");
      cells.push({
        row, column,
        title: widget.querySelector(".story .title").textContent,
        cell: grid.querySelector("[role=gridcell]").textContent,
        live: widget.querySelector(".unseen[role=status]").textContent,
        sum: widget.querySelector(".sum").textContent,
        grids: all(widget, "canvas.numbers").map(written),
      });
    }
  }
  return cells;
}"""

# Whether a widget has taken a picture of the reader's own, or complains.
TAKEN = """widget =>
  !widget.querySelector("select").value || widget.querySelector("[role=alert]:not([hidden])")"""


def number(text):
    """A number as the widget writes it, exactly: "−1.5", "2/9", "1e-7"."""
    above, _, below = text.replace("−", "-").strip().partition("/")
    return Fraction(above) / Fraction(below or 1)


def terms(text):
    """The products and numbers of "a × b + c × d + bias e", each worked out exactly."""
    factors = [term.removeprefix("bias ").split(" × ") for term in text.split(" + ")]
    return [number(a) * number(b) for a, b in (pair if len(pair) == 2 else (*pair, "1") for pair in factors)]


class Lab:
    """A convolution widget on a page."""

    def __init__(self, page, turn=0):
        self.page = page
        self.el = page.locator(".cnnbook-widget").nth(turn)
        self.el.scroll_into_view_if_needed()
        self.el.get_by_role("grid").first.wait_for()
        self.input, self.output = self.el.get_by_role("grid", include_hidden=True).all()[:2]
        self.title = self.el.locator(".story .title")
        self.sum = self.el.locator(".sum")
        self.live = self.el.locator(".unseen[role=status]")
        self.note = self.el.locator(".note").first
        self.settle()  # a link is followed in the frame after the first

    def button(self, name):
        return self.el.get_by_role("button", name=name, exact=True)

    def settings(self, **values):
        """Type or choose settings, by their labels."""
        self.el.locator("details").evaluate("details => (details.open = true)")
        for name, value in values.items():
            field = self.el.get_by_label(name.replace("_", " "), exact=True)
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            elif isinstance(value, bool):
                field.set_checked(value)
            else:
                field.fill(str(value))
                field.blur()
        self.settle()

    def settle(self):
        """Wait until the widget has been drawn again."""
        self.page.evaluate(FRAMES)

    def at(self, grid, row, column):
        """The place of a cell in the window, in pixels."""
        box = grid.bounding_box()
        rows, columns = (int(grid.get_attribute(name)) for name in ("aria-rowcount", "aria-colcount"))
        return box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box[
            "height"
        ] / rows

    def hover(self, grid, row, column):
        self.page.mouse.move(*self.at(grid, row, column))
        self.settle()

    def read_all(self):
        return self.el.evaluate(READ_ALL)

    def kernel(self):
        return [field.input_value() for field in self.el.locator(".kernel input").all()]

    def copied(self, name):
        """What the button `name` writes to the clipboard."""
        self.page.evaluate("void (navigator.clipboard.writeText = async (text) => { window.copied = text })")
        self.button(name).click()
        return self.page.evaluate("window.copied")

    def take(self, name, data):
        """Open a file, in this lab or a network lab.

        Returns the picture that the layer sees in colour, or the sentence that refuses it.
        """
        choice = self.el.get_by_label("Picture", exact=True)
        choice.select_option("digit")
        self.el.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": data})
        self.page.wait_for_function(TAKEN, arg=self.el.element_handle())
        self.settle()
        if choice.input_value() == "digit":
            return self.el.get_by_role("alert").inner_text()
        names = {"print": lambda *_: None}
        exec(re.split("kernel =|model =", self.copied("Copy as Keras"))[0], names)
        return names["image"]

    def keras_output(self):
        """Run what "Copy as Keras" gives."""
        names = {"print": lambda *_: None}
        exec(self.copied("Copy as Keras"), names)
        return names["output"]

    def sizes(self):
        return [re.sub(r"[^\d×]", "", text) for text in self.el.locator(".figures .title").all_inner_texts()]
