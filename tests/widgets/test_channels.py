"""The channels widget: Python and page against Keras, and what is written out."""

import json
import re

import keras
import numpy as np
import pytest
from convolution_page import number, terms
from reader import changeable, follow, pixels, values
from traitlets import TraitError

from cnnbook.widgets import ChannelsLab
from cnnbook.widgets.channels import FILTERS

SETTINGS = 50


def random_lab(rng):
    size = int(rng.integers(1, 4))
    filters = [rng.normal(size=(size, size, 3, 2)), rng.integers(-9, 10, (size, size, 3, 2)) / 9]
    return ChannelsLab(
        rng.integers(0, 256, (*(size + rng.integers(0, 8, 2)), 3), dtype=np.uint8),
        filters=filters[rng.integers(2)],
        biases=rng.choice([0, -7, 2.5], 2),
        filter=int(rng.integers(1, 3)),
        stride=int(rng.integers(1, 4)),
        side=12,
    )


def maps_by_keras(lab):
    """The map of each channel under the filter in hand, and both outputs: (H', W', 5)."""
    kernel, index = lab.filters, lab.filter - 1
    channels = [kernel[..., index] * np.eye(3)[channel] for channel in range(3)]
    filters = np.concatenate([np.stack(channels, axis=-1), kernel], axis=-1).astype("float32")
    output = keras.ops.conv(lab.image[None].astype("float32"), filters, lab.stride, "valid", "channels_last")
    return np.asarray(output)[0] + [0, 0, 0, *lab.biases]


@pytest.mark.engines
def test_random_settings_show_what_keras_computes(open_widget):
    first = ChannelsLab("digit", side=8)
    page, rng = open_widget(first), np.random.default_rng(0)
    for _ in range(SETTINGS):
        lab = random_lab(rng)
        state = changeable(lab)
        follow(page, first, **state)
        seen, *maps = page.evaluate("reader.maps()")
        where = json.dumps(state)
        assert pixels(seen) == lab.image.ravel().tolist(), where
        expected = maps_by_keras(lab)
        np.testing.assert_allclose(lab.output, expected[..., 3:], rtol=0, atol=1e-3)
        order = [2 + lab.filter, 5 - lab.filter, 0, 1, 2]
        np.testing.assert_allclose(
            np.stack([*map(values, maps)], axis=-1), expected[..., order], rtol=1e-5, atol=2e-3
        )


@pytest.mark.parametrize("seed", range(4))
def test_a_cell_is_written_out_channel_by_channel(open_widget, seed):
    lab = random_lab(np.random.default_rng(seed))
    lab.filters, lab.cell = np.round(4 * lab.filters) / 4, (0, 0)
    page = open_widget(lab)
    total, *lines = page.locator(".sum").inner_text().splitlines()
    channels = maps_by_keras(lab)[0, 0]
    assert [line.split(":")[0] for line in lines] == ["red", "green", "blue"]
    for line, expected in zip(lines, channels, strict=False):
        products, result = re.match(r"\w+: (.*) [=≈] (\S+)", line).groups()
        assert float(sum(terms(products))) == pytest.approx(float(number(result)), rel=1e-5)
        assert float(number(result)) == pytest.approx(expected, rel=1e-5, abs=1e-3)
    sums, result = re.match(r"(.*) [=≈] (\S+)", total).groups()
    numbers = [number(text.removeprefix("bias ")) for text in sums.split(" + ")]
    assert len(numbers) == 3 + bool(lab.biases[lab.filter - 1])
    assert float(number(result)) == pytest.approx(float(sum(numbers)), rel=1e-5, abs=1e-3)
    assert float(number(result)) == pytest.approx(channels[2 + lab.filter], rel=1e-5, abs=1e-3)


def test_what_is_copied_gives_both_maps(open_widget):
    lab = random_lab(np.random.default_rng(1))
    page = open_widget(lab)
    page.evaluate("reader.press('Copy as Keras')")
    names = {"print": lambda *_: None}
    exec(page.evaluate("copied"), names)
    assert names["output"].shape == lab.output.shape
    np.testing.assert_allclose(names["output"], lab.output, rtol=1e-5, atol=1e-3)


def test_a_weight_a_preset_and_a_size_change_the_filter_in_hand(open_widget):
    page = open_widget(ChannelsLab("coffee", filters=["red", "brightness"], filter=2))
    fields = page.locator(".kernel input")
    assert [fields.nth(n * 9 + 4).input_value() for n in range(3)] == ["0.3", "0.6", "0.1"]
    before = page.evaluate("reader.maps()")
    page.get_by_label("Preset").select_option("red-green")
    page.evaluate("reader.frames()")
    after = page.evaluate("reader.maps()")
    assert after[1] != before[1]
    assert after[2] == before[2]
    page.get_by_label("Kernel size").select_option("1")
    page.evaluate("reader.frames()")
    assert [field.input_value() for field in fields.all()] == ["1", "−1", "0"]
    fields.nth(2).fill("7")
    page.evaluate("reader.press('Copy as Keras')")
    assert "[1, -1, 7]" in page.evaluate("copied")
    assert page.get_by_label("Preset").input_value() == ""


def test_pointing_at_the_map_of_a_channel_leads_to_its_cell(open_widget):
    page = open_widget(ChannelsLab("coffee", side=12))
    blue = page.get_by_role("grid", name="blue")
    box = blue.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.evaluate("reader.frames()")
    assert page.locator(".story .title").inner_text().startswith("Output at row 0, column 0: ")
    blue.press("Enter")
    page.evaluate("reader.frames()")
    assert "(pinned)" in page.locator(".story .title").inner_text()


def test_filters_come_as_names_as_kernels_and_as_in_keras():
    named = ChannelsLab(filters=["red", "sobel-red"])
    assert named.filters.shape == (3, 3, 3, 2)
    assert ChannelsLab(filters=[FILTERS["red"], FILTERS["sobel-red"].tolist()]).state() == named.state()
    assert ChannelsLab(filters=named.filters).state() == named.state()
    again = ChannelsLab()
    again.set_state(named.state())
    assert again.state() == named.state()
    assert not named.filters.flags.writeable


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filters": ["red", "pink"]}, "no kernel 'pink'"),
        ({"filters": "red"}, "Expected two filters"),
        ({"filters": ["red"]}, "Expected two filters"),
        ({"filters": 3}, "Expected two filters"),
        ({"filters": np.ones((2, 3, 3))}, "one shape, such as"),
        ({"filters": [np.ones((3, 3, 3)), np.ones((1, 1, 3))]}, "one shape, such as"),
        ({"filters": np.ones((1, 3, 3, 2))}, "one shape, such as"),
        ({"filters": np.ones((4, 4, 3, 2))}, "up to 3 rows"),
        ({"filters": np.full((1, 1, 3, 2), np.nan)}, "-1e6 to 1e6"),
        ({"biases": [1]}, "Expected 2 numbers"),
        ({"filter": 0}, "filter"),
        ({"cell": (14, 0)}, "the output has 14 rows and 22 columns"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(arguments, message):
    with pytest.raises(TraitError, match=message):
        ChannelsLab("coffee", **arguments)


def test_the_sentence():
    lab = ChannelsLab("coffee")
    assert lab.describe() == (
        "Convolution of “coffee”, 16 × 24 pixels in colour, with two filters of 3 × 3 × 3: "
        f"the output has 14 × 22 × 2 values from {lab.output.min():.4g} to {lab.output.max():.4g}."
    )
    assert "there is no output" in ChannelsLab(np.zeros((1, 1, 3))).describe()
