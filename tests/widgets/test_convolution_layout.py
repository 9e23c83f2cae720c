"""The convolution widget at every width: what is cut, what is too small, what axe finds."""

from decimal import Decimal

import numpy as np
import pytest
from convolution_page import number


@pytest.mark.parametrize("state", [{"stride": 3}, {"stride": 8, "dilation": 8, "padding": 16}])
def test_a_small_output_fills_its_place_and_can_be_tapped(open_lab, state):
    lab = open_lab({"touch": True, "width": 360}, image="cat", kernel="blur", side=48, **state)
    rows, columns = (int(lab.output.get_attribute(name)) for name in ("aria-rowcount", "aria-colcount"))
    place = lab.output.evaluate("map => map.parentElement.clientWidth")
    assert 0.85 * place < lab.output.bounding_box()["width"] <= place
    for row, column in [(0, 0), (rows - 1, columns - 1), (1, 2)]:
        lab.output.scroll_into_view_if_needed()  # what a tap has written out is in sight now
        lab.page.touchscreen.tap(*lab.at(lab.output, row, column))
        lab.settle()
        assert f"row {row}, column {column}:" in lab.title.inner_text()


@pytest.mark.parametrize("width", [1280, 360])
def test_cells_of_input_and_output_are_alike_where_the_maps_are(open_lab, width):
    lab = open_lab({"width": width})
    sizes = []
    for padding in ("valid", "same"):
        lab.settings(Padding=padding)
        for grid in (lab.input, lab.output):
            sizes.append(grid.bounding_box()["width"] / int(grid.get_attribute("aria-colcount")))
    assert sizes[0] == sizes[1]
    assert sizes[2] == sizes[3]
    lab.settings(Padding="valid", Size="8", Kernel_rows=7)
    lab.settings(Kernel_columns=7, Dilation=1, Stride=8)
    assert lab.sizes()[2] == "1×1"
    assert lab.output.bounding_box()["width"] <= 64


# Numbers as readers type them and as networks learn them.
AWKWARD = [0.1234, -1.5, -0.12, -0.1234, 1 / 9, -7 / 256, -0.00123, -1.23e-9, -9999, -123456.7, 1e6, 1234.5]


def is_rounding(text, value):
    """Whether `text` is `value` rounded to the digits that it shows; a fraction is exact."""
    if "/" in text:
        return float(number(text)) == value
    shown = Decimal(text.replace("−", "-"))
    return abs(shown - Decimal(value)) <= Decimal(1).scaleb(shown.as_tuple().exponent) / 2


@pytest.mark.parametrize("touch", [False, True])
@pytest.mark.parametrize("columns", [7, 5, 2])
def test_no_number_of_a_kernel_is_cut(open_lab, touch, columns):
    kernel = np.random.default_rng(0).normal(scale=0.1, size=(7, columns))
    kernel.flat[: len(AWKWARD)] = AWKWARD
    page_options = {"touch": touch, "width": 360 if touch else 1280}
    lab = open_lab(page_options, image="cat", kernel=kernel, bias=-0.001234)
    cut = "fields => fields.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.value)"
    fields = lab.el.locator(".middle .spin")
    assert fields.evaluate_all(cut) == []
    values = [*kernel.flat, -0.001234]
    shown = fields.evaluate_all("fields => fields.map((e) => e.value)")
    assert [(a, b) for a, b in zip(shown, values, strict=True) if not is_rounding(a, b)] == []
    letters = "fields => Math.min(...fields.map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    assert fields.evaluate_all(letters) > (9 if touch else 7)  # pixels
    for field, value in list(zip(fields.all(), values, strict=True))[:12]:
        field.focus()
        assert float(number(field.input_value())) == pytest.approx(value, rel=1e-5)
        assert fields.evaluate_all(cut) == []
    lab.page.keyboard.press("Tab")


def test_the_field_in_hand_leaves_its_neighbours_in_reach(open_lab):
    lab = open_lab({"touch": True, "width": 360}, kernel=np.full((7, 7), -0.123456), padding="same")
    fields = lab.el.locator(".kernel input")
    fields.nth(17).focus()
    for turn, share in [(18, 0.75), (17, 0.25), (10, 0.5)]:
        box = fields.nth(turn).bounding_box()
        lab.page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        assert fields.nth(turn).evaluate("field => field === document.activeElement")
        assert fields.nth(turn).input_value() == "−0.123456"
