"""The convolution widget in a reader's hands: mouse, keyboard, touch, pictures, weights, steps."""

import base64
import io

import numpy as np
import pytest
from convolution_page import DIGIT
from PIL import Image

from cnnbook.ops import conv2d
from cnnbook.widgets import ConvolutionLab


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


def test_tab_reaches_every_part_in_order_and_one_weight(open_lab):
    lab = open_lab()
    lab.el.get_by_label("Picture", exact=True).focus()
    reached = []
    for _ in range(13):
        lab.page.keyboard.press("Tab")
        reached.append(
            lab.page.evaluate("(e => e.getAttribute('aria-label') ?? e.textContent)(document.activeElement)")
        )
    assert reached[0:2] == ["Open…", "Draw"]
    assert reached[3] == "Input, 12 rows, 12 columns"
    assert reached[4:7] == ["Weight row 0, column 0", "Bias", "Output, 10 rows, 10 columns"]
    assert reached[7:10] == ["Step back", "Play", "Step on"]
    assert reached[11:] == ["The sum written out", "Settings"]


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
    assert "Point at a pixel" in lab.note.inner_text()


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
    lab.page.touchscreen.tap(*lab.at(lab.input, 5, 5))
    lab.settle()
    assert "9 outputs use it." in lab.note.inner_text()
    lab.page.touchscreen.tap(*lab.at(lab.input, 5, 5))
    lab.settle()
    assert "Point at a pixel" in lab.note.inner_text()


def test_weights_are_typed_stepped_and_dragged(open_lab):
    lab = open_lab()
    weights = lab.el.locator(".kernel input")
    first, second = weights.nth(0), weights.nth(1)
    press = lab.page.keyboard.press
    first.focus()
    press("ArrowUp")
    assert first.input_value() == "0"
    press("PageDown")
    assert first.input_value() == "−10"
    lab.page.keyboard.type("1/3")
    press("Enter")
    lab.settle()
    assert lab.el.get_by_label("Kernel", exact=True).input_value() == ""
    press("ArrowRight")
    assert second.evaluate("field => field === document.activeElement")
    lab.page.keyboard.type("abc")
    press("Tab")
    lab.settle()
    assert "“abc” is not a number" in lab.el.get_by_role("alert").inner_text()
    assert second.input_value() == "0"
    second.fill("-0,5")
    second.blur()
    lab.settle()
    assert not lab.el.get_by_role("alert").is_visible()
    box = weights.nth(8).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x, y - 51, steps=4)
    lab.page.mouse.up()
    lab.settle()
    assert lab.kernel() == ["1/3", "−0.5", "1", "−2", "0", "2", "−1", "0", "1.5"]
    expected = conv2d(
        ConvolutionLab(**DIGIT).image.astype(float), np.array([[1 / 3, -0.5, 1], [-2, 0, 2], [-1, 0, 1.5]])
    )
    np.testing.assert_allclose(lab.keras_output(), expected, atol=1e-3)


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
    lab.button("Pause").wait_for()
    lab.button("Play").wait_for()
    assert "row 5, column 5:" in lab.title.inner_text()


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
    assert "The kernel spans 13 pixels but the padded input has only 8" in lab.el.inner_text()
    assert lab.sizes()[2] == ""
    assert lab.input.is_visible()
    lab.hover(lab.input, 1, 1)
    assert "No output uses it" in lab.note.inner_text()
    lab.settings(Padding="same")
    assert lab.sizes()[2] == "8×8"


@pytest.mark.parametrize(
    ("setting", "typed", "message"),
    [
        ("Stride", "99", "Stride can be a whole number from 1 to 8. You typed 99, so 8 is used."),
        ("Stride", "0", "Stride can be a whole number from 1 to 8. You typed 0, so 1 is used."),
        ("Stride", "2.5", "Stride can be a whole number from 1 to 8. You typed 2.5, so 3 is used."),
        ("Stride", "", "Stride can be a whole number from 1 to 8. You typed no number, so 2 is used."),
        ("Dilation", "-3", "Dilation can be a whole number from 1 to 8. You typed -3, so 1 is used."),
        ("Kernel rows", "8", "Kernel rows can be a whole number from 1 to 7. You typed 8, so 7 is used."),
        (
            "Kernel columns",
            "",
            "Kernel columns can be a whole number from 1 to 7. You typed no number, so 3 is",
        ),
        (
            "Zeros on each side",
            "17",
            "Zeros on each side can be a whole number from 0 to 16. You typed 17, so 16",
        ),
    ],
)
def test_a_setting_out_of_range_is_said_in_words_and_in_sight(open_lab, setting, typed, message):
    lab = open_lab({"touch": True, "width": 360}, stride=2, padding=2)
    lab.settings(**{setting.replace(" ", "_"): typed})
    notice = lab.el.get_by_role("alert")
    assert message in notice.inner_text()
    assert lab.el.get_by_label(setting, exact=True).input_value() in message.split("so ")[1]
    box = notice.bounding_box()
    assert 0 <= box["y"] <= 800 - box["height"]
    lab.settings(Dilation=2)
    assert not notice.is_visible()


def test_what_a_stride_drops_is_said_in_words(open_lab):
    lab = open_lab(side=8, stride=5)
    assert "never used" not in lab.el.inner_text()
    lab.settings(Stride=3)
    assert "the last 2 rows and the last 2 columns" in lab.el.inner_text()
    lab.settings(Kernel_rows=4, Kernel_columns=5)
    assert "the last row of the input (hatched) is never used" in lab.el.inner_text()


def test_what_is_being_typed_survives_a_redraw(open_lab):
    lab = open_lab()
    lab.settings()
    columns = lab.el.get_by_label("Kernel columns", exact=True)
    columns.fill("5")
    stride = lab.el.get_by_label("Stride", exact=True)
    stride.evaluate("field => { field.value = 2; field.dispatchEvent(new Event('change')); }")
    lab.settle()
    assert columns.input_value() == "5"
    columns.blur()
    lab.settle()
    assert len(lab.kernel()) == 3 * 5


def test_a_larger_kernel_has_zeros_that_change_one_by_one(open_lab):
    lab = open_lab()
    lab.settings(Kernel_rows=5)
    lab.el.get_by_label("Weight row 0, column 0", exact=True).fill("7")
    lab.el.get_by_label("Weight row 0, column 0", exact=True).press("Enter")
    lab.settle()
    assert lab.kernel() == ["7", "0", "0", "−1", "0", "1", "−2", "0", "2", "−1", "0", "1", "0", "0", "0"]


def test_a_weight_stops_at_the_largest_number(open_lab):
    lab = open_lab(kernel=[[999_999.0]])
    field = lab.el.locator(".kernel input")
    field.focus()
    lab.page.keyboard.press("PageUp")
    lab.settle()
    assert field.input_value() == "1000000"
    assert "× 1000000 +" in lab.sum.inner_text()


def test_that_pictures_are_dropped_and_pasted_is_said_where_they_can_be(open_lab):
    lab = open_lab()
    hint = lab.el.get_by_text("You can also drop a picture here, or click here and paste one.")
    assert hint.is_visible()
    hint.click()
    inside = "widget => widget.contains(document.activeElement)"
    assert lab.el.evaluate(inside)  # a paste is heard
    touch = open_lab({"touch": True, "width": 360})
    assert not touch.el.get_by_text("You can also drop").is_visible()
