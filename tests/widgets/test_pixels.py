"""The pixel inspector: every number on the page is Python's, and what is written out leads to it."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from convolution_page import number
from reader import changeable, follow
from traitlets import TraitError

from cnnbook.widgets import PixelInspector

SETTINGS = 50
LAMPS = np.array([0.2126, 0.7152, 0.0722])


def random_labs(rng):
    while True:
        pixels = rng.integers(0, 256, (*rng.integers(1, 15, 2), 3), dtype=np.uint8)
        yield PixelInspector(
            pixels,
            side=int(rng.integers(4, 15)),
            channel=["colour", "red", "green", "blue", "grey"][rng.integers(5)],
            scale=["8-bit", "0 to 1"][rng.integers(2)],
        )


def read(said):
    """The numbers of a pixel as a screen reader says them."""
    return [float(number(word)) for word in re.findall(r"(?:red|green|blue|grey) (\S+?)(?:,|$)", said)]


def light(parts):
    """The light of sRGB values from 0 to 255 as a share of the most (IEC 61966-2-1)."""
    share = np.asarray(parts) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


@pytest.mark.engines
def test_random_settings_show_the_values_of_python(open_widget):
    first = PixelInspector("digit", side=8)
    page = open_widget(first)
    for _, lab in zip(range(SETTINGS), random_labs(np.random.default_rng(0)), strict=False):
        follow(page, first, **changeable(lab))
        picture, window = page.evaluate("reader.maps()")
        expected = lab.values.reshape(*lab.image.shape[:2], -1)
        found = [[read(said) for said in row] for row in picture]
        np.testing.assert_allclose(found, expected, atol=5e-4, err_msg=str(lab.state()))
        assert len(window) == min(8, len(picture))
        assert len(window[0]) == min(8, len(picture[0]))
        at = [int(n) for n in re.match(r"Row (\d+), column (\d+)", window[0][0]).groups()]
        for row, texts in enumerate(window):
            assert texts == picture[at[0] + row][at[1] : at[1] + len(texts)]


@pytest.mark.parametrize("channel", ["colour", "red", "green", "blue", "grey"])
@pytest.mark.parametrize("scale", ["8-bit", "0 to 1"])
def test_what_is_written_out_leads_to_the_numbers(open_widget, channel, scale):
    lab = PixelInspector("coffee", channel=channel, scale=scale, cell=(20, 30))
    page = open_widget(lab)
    assert page.locator(".story .title").inner_text() == "Row 20, column 30 (pinned)"
    text = page.locator(".sum").inner_text()
    pixel, values = lab.image[20, 30], np.atleast_1d(lab.values[20, 30])
    bytes_ = values if scale == "8-bit" else np.rint(values * 255).astype(int)
    names = ["red", "green", "blue"] if channel == "colour" else [channel]
    for name, byte in zip(names, bytes_, strict=True):
        share = re.search(rf"{name} {byte}(?: / 255 [=≈] (\S+?))?[,.](?: |$)", text)
        assert (share[1] is None) == (scale == "8-bit")
        assert share[1] is None or float(share[1]) == pytest.approx(byte / 255, abs=5e-4)
    if channel == "grey":
        terms = re.findall(r"(0\.\d+) × (\d+)", text)
        assert [int(n) for _, n in terms] == pixel.tolist()
        assert round(sum(float(share) * int(n) for share, n in terms)) == bytes_[0]
    expected = light(pixel) @ LAMPS if channel == "colour" else light(bytes_[0])
    assert float(re.search(r"(?:light|grey): (\S+) %", text)[1]) == pytest.approx(100 * expected, rel=5e-3)


@pytest.mark.parametrize(("channel", "scale"), [("colour", "8-bit"), ("red", "0 to 1")])
def test_the_window_shows_its_numbers(open_widget, channel, scale):
    lab = PixelInspector("cat", channel=channel, scale=scale, cell=(10, 20))
    page = open_widget(lab)
    texts = page.locator(".map canvas").nth(2).evaluate("canvas => Object.values(canvas.texts)")
    values = lab.values[6:14, 16:24].ravel()
    assert sorted(texts) == sorted(str(v) if scale == "8-bit" else f"{v:.2f}" for v in values)


def test_the_window_goes_along_in_the_picture_and_stays_in_itself(open_widget):
    page = open_widget(PixelInspector("cat"))
    title, window = page.locator(".figures .title").nth(1), page.get_by_role("grid").nth(1)
    picture = page.get_by_role("grid").first
    assert title.inner_text() == "Rows 12 to 19, columns 20 to 27"
    picture.press("Control+Home")
    page.evaluate("reader.frames()")
    assert title.inner_text() == "Rows 0 to 7, columns 0 to 7"
    window.press("Control+End")
    page.evaluate("reader.frames()")
    assert title.inner_text() == "Rows 0 to 7, columns 0 to 7"
    window.press("Enter")
    page.evaluate("reader.frames()")
    assert page.locator(".story .title").inner_text() == "Row 7, column 7 (pinned)"
    assert title.inner_text() == "Rows 0 to 7, columns 0 to 7"
    window.press("Escape")
    page.evaluate("reader.frames()")
    assert page.locator(".story .title").inner_text() == "Row 7, column 7"


def test_the_frame_can_be_dragged(open_widget):
    page = open_widget(PixelInspector("cat"))
    title = page.locator(".figures .title").nth(1)
    box = page.locator(".handle").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 3000, y - 3000, steps=4)
    page.mouse.up()
    page.evaluate("reader.frames()")
    assert title.inner_text() == "Rows 0 to 7, columns 0 to 7"
    assert "pinned" not in page.locator(".story .title").inner_text()


def test_the_program_prints_what_the_window_shows(open_widget):
    for channel in ("colour", "red", "grey"):
        lab = PixelInspector("temple", channel=channel, scale="0 to 1", cell=(20, 20))
        page = open_widget(lab)
        page.evaluate("reader.press('Copy as NumPy')")
        page.evaluate("reader.frames()")
        program = page.evaluate("copied") + "print(values.tolist())"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        np.testing.assert_array_equal(json.loads(done.stdout.splitlines()[-1]), lab.values)


def test_another_size_releases_the_pixel_and_another_picture_keeps_it(open_widget):
    lab = PixelInspector("cat", cell=(31, 47))
    page = open_widget(lab)
    page.get_by_label("Channel").select_option("grey")
    page.evaluate("reader.frames()")
    assert "pinned" in page.locator(".story .title").inner_text()
    page.get_by_label("Size").select_option("16")
    page.evaluate("reader.frames()")
    assert "pinned" not in page.locator(".story .title").inner_text()
    lab.side = 16
    assert lab.cell is None


def test_values_are_those_of_the_picture():
    lab = PixelInspector("cat")
    assert lab.image.shape == lab.values.shape == (32, 48, 3)
    assert lab.values.dtype == np.uint8
    lab.channel, lab.scale = "blue", "0 to 1"
    np.testing.assert_array_equal(lab.values, lab.image[..., 2] / 255)
    lab.channel = "grey"
    np.testing.assert_allclose(lab.values * 255, lab.image @ [0.299, 0.587, 0.114], atol=0.51)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channel": "alpha"}, "channel"),
        ({"scale": "percent"}, "scale"),
        ({"cell": (32, 0)}, "the picture has 32 rows and 48 columns"),
        ({"side": 65}, "side"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(arguments, message):
    with pytest.raises(TraitError, match=message):
        PixelInspector(**arguments)


def test_the_sentence():
    lab = PixelInspector("cat", channel="red")
    low, high = lab.values.min(), lab.values.max()
    assert lab.describe() == f"The numbers of “cat”, 32 × 48 pixels in colour: red from {low} to {high}."
