"""Labs with a sliding window in a reader's hands: mouse, keyboard, touch, pictures, steps."""

import base64
import io
import re

import numpy as np
import pytest
from convolution_page import DIGIT, Lab
from PIL import Image

from cnnbook.ops import conv2d
from cnnbook.widgets import ConvolutionLab, PoolingLab


def png(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def test_the_mouse_points_pins_and_releases(open_lab):
    lab = open_lab()
    lab.hover(lab.output, 2, 3)
    assert "row 2, column 3:" in lab.title.inner_text()
    lab.page.mouse.click(*lab.at(lab.output, 2, 3))
    lab.hover(lab.output, 5, 5)
    assert "row 2, column 3:" in lab.title.inner_text()
    assert "(pinned)" in lab.title.inner_text()
    assert "press the cell again to unpin it" in lab.el.inner_text()
    lab.page.mouse.click(*lab.at(lab.output, 2, 3))
    lab.settle()
    assert "pinned" not in lab.title.inner_text()
    lab.hover(lab.output, 5, 5)
    assert "row 5, column 5:" in lab.title.inner_text()


def test_the_keyboard_walks_pins_and_releases(open_lab):
    lab = open_lab()
    lab.output.focus()
    press = lab.page.keyboard.press
    for key, place in [
        ("Control+Home", "row 0, column 0"),
        ("ArrowRight", "row 0, column 1"),
        ("ArrowDown", "row 1, column 1"),
        ("End", "row 1, column 9"),
        ("ArrowRight", "row 1, column 9"),
        ("PageDown", "row 9, column 9"),
        ("PageUp", "row 1, column 9"),
        ("Home", "row 1, column 0"),
        ("Control+End", "row 9, column 9"),
    ]:
        press(key)
        lab.settle()
        assert f"Output at {place}:" in lab.title.inner_text()
        assert lab.live.inner_text().lower().startswith(f"{place}:")
        assert lab.output.get_by_role("gridcell").inner_text() == lab.live.inner_text()
    press("Enter")
    lab.settle()
    assert "(pinned)" in lab.title.inner_text()
    assert lab.live.inner_text().startswith("Pinned. Row 9")
    press("Escape")
    lab.settle()
    assert "pinned" not in lab.title.inner_text()


def test_tab_reaches_every_part_in_order(open_lab):
    lab = open_lab()
    lab.el.get_by_label("Picture", exact=True).focus()
    reached = []
    for _ in range(24):
        lab.page.keyboard.press("Tab")
        reached.append(
            lab.page.evaluate(
                """() => {
                  const e = document.activeElement;
                  return e.ariaLabel ?? e.labels?.[0]?.textContent ?? e.textContent;
                }"""
            )
        )
    weights = [f"Weight row {row}, column {column}" for row in range(3) for column in range(3)]
    assert reached == [
        *("Open…", "Size", "Draw", "Kernel", "Input, 12 rows, 12 columns"),
        *(*weights, "Bias", "Output, 10 rows, 10 columns", "Step back", "Play", "Step on", "Speed"),
        *("The result written out", "Settings", "Copy as Keras", "Copy link"),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stride": 3, "padding": "same"},
        {"kernel": np.ones((2, 5)), "dilation": 2, "padding": 4, "stride": 2},
        {"kernel": np.ones((1, 1)), "stride": 4},
    ],
)
def test_a_pixel_tells_which_outputs_use_it(open_lab, settings):
    lab = open_lab(side=8, **settings)
    state = ConvolutionLab(**(DIGIT | {"side": 8} | settings))
    kernel = np.ones(state.kernel.shape)
    layer = {"stride": state.stride, "padding": state.padding, "dilation": state.dilation}
    before = (int(lab.input.get_attribute("aria-rowcount")) - 8) // 2 if settings else 0
    for row, column in [(0, 0), (3, 4), (7, 7)]:
        pixel = np.zeros((8, 8))
        pixel[row, column] = 1
        count = np.count_nonzero(conv2d(pixel, kernel, **layer))
        lab.hover(lab.input, row + before, column + before)
        note = lab.note.inner_text()
        assert note.startswith(f"Row {row}, column {column}: {state.image[row, column]}.")
        assert note.endswith(
            {0: "No output uses it.", 1: "1 output uses it."}.get(count, f"{count} outputs use it.")
        )
    lab.page.mouse.move(0, 0)
    lab.settle()
    assert "point at a pixel" in lab.note.inner_text()


def test_the_outputs_of_a_pixel_light_up(open_lab):
    lab = open_lab(side=8)
    marked = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, i) => i % 4 === 3 && data[i] > 0).length / (canvas.width * canvas.height) * 36;
    }"""
    marks = lab.output.locator(".marks")
    assert marks.evaluate(marked) < 2
    lab.hover(lab.input, 4, 4)
    assert 8.5 < marks.evaluate(marked) < 11


def test_a_tap_does_what_pointing_does(open_lab):
    lab = open_lab({"touch": True, "width": 360})
    lab.page.touchscreen.tap(*lab.at(lab.output, 4, 6))
    lab.settle()
    assert "row 4, column 6:" in lab.title.inner_text()
    assert "(pinned)" in lab.title.inner_text()
    lab.input.scroll_into_view_if_needed()
    lab.page.touchscreen.tap(*lab.at(lab.input, 5, 5))
    lab.settle()
    assert re.fullmatch(r"Pinned\. .* 9 outputs use it\. Press it again to unpin it\.", lab.note.inner_text())
    lab.page.touchscreen.tap(*lab.at(lab.input, 5, 5))
    lab.settle()
    assert "point at a pixel" in lab.note.inner_text()


def test_steps_and_play(open_lab):
    lab = open_lab(side=8, cell=(0, 4))
    lab.button("Step on").click()
    lab.button("Step on").click()
    lab.settle()
    assert "row 1, column 0:" in lab.title.inner_text()
    lab.button("Step back").click()
    lab.settle()
    assert "row 0, column 5:" in lab.title.inner_text()
    lab.el.get_by_label("Speed").select_option("64")
    lab.button("Play").click()
    lab.title.filter(has_text="row 5, column 5:").wait_for()  # the last one
    lab.button("Play").wait_for()


def test_less_motion_leaves_the_steps(open_lab):
    lab = open_lab({"reduced_motion": True}, cell=(0, 0))
    assert lab.button("Play").is_disabled()
    lab.button("Step on").click()
    lab.settle()
    assert "row 0, column 1:" in lab.title.inner_text()


@pytest.mark.parametrize(
    ("name", "image", "shape"),
    [
        ("dot.png", Image.new("L", (1, 1), 77), "1×1"),
        ("huge.png", Image.new("RGB", (4000, 3000), "red"), "9×12"),
        ("line.png", Image.new("L", (4000, 1), 9), "1×12"),
        ("clear.png", Image.new("RGBA", (20, 10), (0, 0, 0, 0)), "6×12"),
    ],
)
def test_pictures_of_any_size_are_taken(open_lab, name, image, shape):
    lab = open_lab(padding="same")
    lab.el.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": png(image)}
    )
    lab.el.get_by_text("Input " + shape.replace("×", " × ")).wait_for()
    assert lab.el.get_by_label("Picture", exact=True).input_value() == ""
    value = {"huge.png": 76, "clear.png": 255}.get(name, image.getextrema())
    value = value if isinstance(value, int) else value[0]
    assert lab.input.get_by_role("gridcell").inner_text().endswith((f": {value}", "padding, 0"))
    assert lab.sizes()[0] == lab.sizes()[2] == shape


DROP = """([target, how, name, type, data]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }));
  const event = how === "drop"
    ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
}"""


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_pictures_are_dropped_and_pasted(open_lab, how):
    lab = open_lab()
    picture = png(Image.new("RGB", (6, 5), "blue"))
    for name, kind, data in [("a.png", "image/png", picture), ("notes.txt", "text/plain", b"no picture")]:
        target = lab.input.element_handle()
        lab.page.evaluate(DROP, [target, how, name, kind, base64.b64encode(data).decode()])
        if name == "a.png":
            lab.el.get_by_text("Input 5 × 6").wait_for()
            assert not lab.el.get_by_role("alert").is_visible()
    lab.el.get_by_text("“notes.txt” is not a picture").wait_for()
    assert lab.sizes()[0] == "5×6"


def test_drawing_with_mouse_and_keyboard(open_lab):
    lab = open_lab(kernel="identity", padding="same")
    lab.button("Draw").click()
    lab.button("Clear").click()
    lab.settle()
    lab.page.mouse.move(*lab.at(lab.input, 4, 3))  # one further than the pixel: the padding
    lab.page.mouse.down()
    lab.page.mouse.move(*lab.at(lab.input, 4, 10))
    lab.page.mouse.up()
    lab.settle()
    lab.input.focus()
    for key in ["Control+Home", "Space", "ArrowDown", "ArrowDown", "ArrowRight", "Space"]:
        lab.page.keyboard.press(key)
    lab.settle()
    lab.button("Black").click()
    lab.page.mouse.click(*lab.at(lab.input, 4, 6))
    lab.settle()
    expected = np.zeros((12, 12))
    expected[3, 2:10] = 255
    expected[3, 5] = 0
    expected[1, 0] = 255
    np.testing.assert_array_equal(lab.keras_output(), expected)


def test_what_is_impossible_is_said_in_words(open_lab):
    lab = open_lab(side=8, kernel=np.ones((7, 7)))
    lab.settings(Dilation=2)
    assert "The window spans 13 pixels but the padded input has only 8" in lab.el.inner_text()
    assert lab.sizes()[2] == ""
    assert lab.input.is_visible()
    lab.hover(lab.input, 1, 1)
    assert "No output uses it" in lab.note.inner_text()
    lab.settings(Padding="same")
    assert lab.sizes()[2] == "8×8"


def test_what_a_stride_drops_is_said_in_words(open_lab):
    lab = open_lab(side=8, stride=5)
    assert "never used" not in lab.el.inner_text()
    lab.settings(Stride=3)
    assert "the last 2 rows and the last 2 columns" in lab.el.inner_text()
    lab.settings(Kernel_rows=4, Kernel_columns=5)
    assert "the last row of the input (hatched) is never used" in lab.el.inner_text()


def test_two_changes_in_one_frame_are_both_kept(open_lab):
    lab = open_lab(side=8)
    fields = [lab.el.get_by_label(name, exact=True) for name in ("Kernel rows", "Kernel columns")]
    lab.page.evaluate(
        """fields => fields.forEach((field, i) => {
          field.value = 4 + i;
          for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
        })""",
        [field.element_handle() for field in fields],
    )
    lab.settle()
    assert lab.el.locator(".middle .title").inner_text() == "Kernel 4 × 5"


def test_a_larger_kernel_has_zeros_that_change_one_by_one(open_lab):
    lab = open_lab()
    lab.settings(Kernel_rows=5)
    lab.el.get_by_label("Weight row 0, column 0", exact=True).fill("7")
    lab.el.get_by_label("Weight row 0, column 0", exact=True).press("Enter")
    lab.settle()
    assert lab.kernel() == ["7", "0", "0", "−1", "0", "1", "−2", "0", "2", "−1", "0", "1", "0", "0", "0"]


def test_that_pictures_are_dropped_and_pasted_is_said_where_they_can_be(open_lab):
    lab = open_lab()
    hint = lab.el.get_by_text("You can also drop a picture here, or click here and paste one.")
    assert hint.is_visible()
    hint.click()
    inside = "widget => widget.contains(document.activeElement)"
    assert lab.el.evaluate(inside)  # a paste is heard
    touch = open_lab({"touch": True, "width": 360})
    assert not touch.el.get_by_text("You can also drop").is_visible()


BOTH = pytest.mark.parametrize(
    "widget",
    [ConvolutionLab("digit", kernel="sobel-x", side=12), PoolingLab("digit", size=3, stride=1, side=12)],
    ids=lambda widget: widget._kind,
)


@BOTH
def test_the_window_is_taken_and_slid(open_lab, widget):
    lab = open_lab(widget=widget)
    lab.hover(lab.output, 4, 4)
    mouse = lab.page.mouse
    mouse.move(*lab.at(lab.input, 5, 5))
    mouse.down()
    mouse.move(*lab.at(lab.input, 7, 2), steps=5)
    lab.settle()
    assert "row 6, column 1:" in lab.title.inner_text()
    mouse.move(*lab.at(lab.input, 30, 30), steps=5)  # beyond the end of the picture
    mouse.up()
    lab.settle()
    assert "row 9, column 9:" in lab.title.inner_text()
    assert "Pinned" not in lab.note.inner_text()
    mouse.click(*lab.at(lab.input, 10, 10))  # a press on the window is one on the pixel below it
    lab.settle()
    assert lab.note.inner_text().startswith("Pinned. Row 10, column 10:")


def swipe(page, start, end):
    """A finger goes down at `start` and leaves at `end`."""
    session = page.context.new_cdp_session(page)
    steps = [[a + (b - a) * k / 8 for a, b in zip(start, end, strict=True)] for k in range(1, 9)]
    for kind, points in [
        ("touchStart", [start]),
        *(("touchMove", [step]) for step in steps),
        ("touchEnd", []),
    ]:
        points = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@BOTH
def test_a_finger_slides_the_window_and_scrolls_beside_it(open_lab, widget):
    lab = open_lab({"touch": True, "width": 360, "height": 400}, widget=widget)
    lab.page.evaluate("document.body.style.paddingBottom = '2000px'")
    lab.input.scroll_into_view_if_needed()
    before = lab.page.evaluate("scrollY")
    assert "row 5, column 5:" in lab.title.inner_text()
    swipe(lab.page, lab.at(lab.input, 6, 6), lab.at(lab.input, 3, 7))
    lab.settle()
    assert "row 2, column 6:" in lab.title.inner_text()
    assert lab.page.evaluate("scrollY") == before
    x, y = lab.at(lab.input, 11, 1)
    swipe(lab.page, (x, y), (x, y - 100))
    lab.page.wait_for_function("before => scrollY > before + 20", arg=before)
    assert "row 2, column 6:" in lab.title.inner_text()


@BOTH
@pytest.mark.parametrize("how", ["Unpin", "Escape", "again"])
def test_what_is_pinned_says_so_and_how_to_unpin_it(open_lab, widget, how):
    lab = open_lab(widget=widget)
    for grid in (lab.input, lab.output):
        lab.page.mouse.click(*lab.at(grid, 1, 2))
        lab.settle()
        assert "again to unpin it" in lab.el.inner_text()
        if how == "Unpin":
            lab.button("Unpin").click()
        elif how == "Escape":
            lab.page.keyboard.press("Escape")
        else:
            lab.page.mouse.click(*lab.at(grid, 1, 2))
        lab.page.mouse.move(0, 0)
        lab.settle()
        assert "again to unpin it" not in lab.el.inner_text()
        assert not lab.button("Unpin").is_visible()


@BOTH
@pytest.mark.parametrize("change", [{"Stride": 2}, {"Size": "8"}, {"Padding": "same"}, {"Picture": "cat"}])
def test_a_pin_does_not_outlive_the_maps_that_it_is_true_of(open_lab, widget, change):
    lab = open_lab(widget=widget)
    lab.page.mouse.click(*lab.at(lab.output, 3, 3))
    lab.page.mouse.click(*lab.at(lab.input, 11, 11))
    lab.settle()
    assert "Pinned. Row 11, column 11" in lab.note.inner_text()
    lab.settings(**change)
    assert "inned" not in lab.el.inner_text()


def test_a_pin_outlives_a_change_of_the_numbers(open_lab):
    lab = open_lab(cell=(3, 3))
    before = lab.title.inner_text()
    lab.el.get_by_label("Bias", exact=True).fill("7")
    lab.settle()
    assert lab.title.inner_text() != before
    assert "row 3, column 3:" in lab.title.inner_text()
    assert "(pinned)" in lab.title.inner_text()
    assert lab.live.inner_text() == lab.title.inner_text().removesuffix(" (pinned)")


@BOTH
def test_after_a_tap_the_sum_is_in_sight(open_lab, widget):
    lab = open_lab({"touch": True, "width": 360, "height": 640}, widget=widget)
    lab.page.touchscreen.tap(*lab.at(lab.output, 2, 2))
    lab.settle()
    box = lab.sum.bounding_box()
    assert box["y"] + box["height"] <= 640


def test_the_sizes_offered_are_those_that_the_picture_has(open_lab):
    lab = open_lab(side=13)
    sizes = lab.el.get_by_label("Size", exact=True)
    offered = sizes.locator("option").all_inner_texts()
    assert [int(re.match(r"\d+", text)[0]) for text in offered] == [8, 12, 13, 16, 24, 32]
    for row in range(5):
        lab.hover(lab.output, row, row)
        lab.button("Draw").click()
    assert sizes.locator("option").all_inner_texts() == offered
    lab.button("Clear").click()
    lab.settle()
    assert sizes.input_value() == "13"
    lab.settings(Picture="cat")
    assert sizes.input_value() == "13"
    lab.settings(Size="64")
    assert lab.sizes()[0] == "43×64"


def test_a_picture_of_eight_pixels_shows_its_numbers(open_lab):
    lab = open_lab(side=8)
    assert lab.el.get_by_label("Size", exact=True).inner_text().startswith("8, with numbers")
    texts = lab.input.locator("canvas").first.evaluate("canvas => Object.values(canvas.texts)")
    assert texts == [str(value) for value in ConvolutionLab("digit", side=8).image.ravel()]


@BOTH
def test_a_pin_that_the_output_does_not_have_is_none(open_page, static_page, widget):
    code = base64.urlsafe_b64encode(b'{"cell":[500,500]}').decode().rstrip("=")
    path = static_page(widget)
    lab = Lab(open_page(f"{path.as_uri()}#cnnbook-{widget._kind}-1:{code}"))
    assert "inned" not in lab.el.inner_text()
    lab.hover(lab.output, 1, 1)
    assert "row 1, column 1:" in lab.title.inner_text()


@BOTH
def test_what_is_unpinned_is_heard_and_the_focus_stays(open_lab, widget):
    lab = open_lab(widget=widget)
    press = lab.page.keyboard.press
    for grid in (lab.input, lab.output):
        for key in ("Enter", "Escape"):
            grid.focus()
            press("Enter")
            lab.settle()
            assert lab.live.inner_text().startswith("Pinned.")
            press("Tab")
            press("Shift+Tab")
            assert lab.button("Unpin").is_visible()
            press(key)
            lab.settle()
            assert lab.live.inner_text() == "Unpinned."
    press("Enter")
    lab.button("Unpin").focus()
    press("Enter")
    assert lab.output.evaluate("grid => grid.matches(':focus')")


def test_arrow_keys_go_on_from_what_was_pressed(open_lab):
    lab = open_lab()
    lab.page.mouse.click(*lab.at(lab.input, 7, 8))
    lab.page.keyboard.press("ArrowRight")
    lab.settle()
    assert lab.note.inner_text().startswith("Row 7, column 9:")


def test_only_a_press_on_the_picture_draws(open_lab):
    lab = open_lab()
    lab.button("Draw").click()
    mouse = lab.page.mouse
    mouse.click(*lab.at(lab.input, 3, 3), button="right")
    mouse.move(5, 5)  # beside the widget
    mouse.down()
    mouse.move(*lab.at(lab.input, 6, 6), steps=3)
    mouse.up()
    lab.settle()
    assert lab.el.get_by_label("Picture", exact=True).input_value() == "digit"


def test_reset_ends_drawing(open_lab):
    lab = open_lab()
    lab.button("Draw").click()
    lab.page.mouse.click(*lab.at(lab.input, 3, 3))
    lab.button("Reset").click()
    lab.page.mouse.click(*lab.at(lab.input, 3, 3))
    lab.settle()
    assert lab.note.inner_text().startswith("Pinned.")
    assert lab.el.get_by_label("Picture", exact=True).input_value() == "digit"


def test_a_simple_lab_shows_the_kernel_alone(open_lab):
    lab = open_lab(simple=True)
    assert len(lab.kernel()) == 9
    for control in (lab.el.get_by_label("Bias", exact=True), lab.el.get_by_text("Settings")):
        assert control.count() == 1
        assert not control.is_visible()
    assert "bias" not in lab.sum.inner_text()
