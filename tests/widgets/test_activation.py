"""The activation widget: Python and page against Keras, what is written out, and how often it is 0."""

import json
import re

import keras
import numpy as np
import pytest
from convolution_page import number
from reader import changeable, follow, pixels, values
from traitlets import TraitError

from cnnbook.ops import ACTIVATIONS
from cnnbook.runs import load_run
from cnnbook.widgets import ActivationLab
from cnnbook.widgets.convolution import KERNELS
from cnnbook.widgets.recorded import LEARNED, recorded

SETTINGS = 50


def random_lab(rng):
    return ActivationLab(
        rng.integers(0, 256, (*rng.integers(3, 10, 2), 3), dtype=np.uint8),
        filter=str(rng.choice([*KERNELS, *LEARNED])),
        activation=str(rng.choice([*ACTIVATIONS])),
        side=12,
        **({"bias": float(rng.choice([0, -0.7, 2.5, 0.1]))} if rng.random() < 0.7 else {}),
    )


def by_keras(lab):
    """The sums and what comes out, (H', W', 2)."""
    name = lab.filter
    kernel = recorded()[int(name), :27] if lab.colour else KERNELS[name]
    image = lab.image.reshape(*lab.image.shape[:2], -1)
    kernel = np.reshape(kernel, (3, 3, image.shape[2], 1)).astype("float32")
    sums = keras.ops.conv(image[None].astype("float32") / 255, kernel, 1, "valid", "channels_last") + lab.bias
    return np.concatenate([sums[0], keras.activations.get(lab.activation)(sums)[0]], axis=-1)


@pytest.mark.engines
def test_random_settings_show_what_keras_computes(open_widget):
    first = ActivationLab("digit", side=8)
    page, rng = open_widget(first), np.random.default_rng(0)
    for _ in range(SETTINGS):
        lab = random_lab(rng)
        state = changeable(lab)
        follow(page, first, **state)
        seen, *maps = page.evaluate("reader.maps()")
        where = json.dumps(state)
        assert pixels(seen) == lab.image.ravel().tolist(), where
        expected = by_keras(lab)
        np.testing.assert_allclose(lab.sums, expected[..., 0], rtol=0, atol=1e-5)
        np.testing.assert_allclose(lab.output, expected[..., 1], rtol=0, atol=1e-5)
        np.testing.assert_allclose(
            np.stack([*map(values, maps)], axis=-1), expected, rtol=1e-5, atol=1e-5, err_msg=where
        )
        told = page.evaluate("reader.all('.response .note')[0].innerText")
        shares = [float(n) / 100 for n in re.findall(r"([\d.]+) %", told)]
        assert shares[:2] == pytest.approx([(lab.sums < 0).mean(), lab.share], abs=1e-4), (where, told)


@pytest.mark.parametrize("seed", range(6))
def test_a_place_is_written_out_with_its_slope(open_widget, seed):
    lab = random_lab(np.random.default_rng(seed))
    lab.cell = (0, 0)
    page = open_widget(lab)
    x, result, slope, again = (
        float(number(text))
        for text in re.match(
            r"x = (\S+), the sum with its bias, becomes f\(x\) = (\S+)\. "
            r"The slope there is (\S+): what training sends back is multiplied by (\S+)\.$",
            page.locator(".sum").inner_text(),
        ).groups()
    )
    assert [x, result] == pytest.approx([lab.sums[0, 0], lab.output[0, 0]], rel=1e-5, abs=1e-6)
    f = ACTIVATIONS[lab.activation]
    measured = (f(x) - f(x - 1e-5)) / 1e-5
    assert slope == again == pytest.approx(measured, rel=0.06)
    title = page.locator(".story .title").inner_text()
    assert title.startswith("Sum at row 0, column 0: ")


def test_a_small_slope_is_not_said_to_be_0(open_widget):
    lab = ActivationLab(np.zeros((3, 3)), activation="tanh", bias=4)
    page = open_widget(lab)
    said = page.locator(".sum").inner_text()
    assert float(re.search(r"The slope there is (\S+):", said)[1]) == pytest.approx(
        1 - np.tanh(4) ** 2, rel=0.06
    )
    follow(page, lab, activation="relu", bias=-4)
    assert (
        "The slope there is 0: what training sends back is multiplied by 0."
        in page.locator(".sum").inner_text()
    )


def test_what_is_copied_gives_the_map(open_widget):
    for seed in (1, 2):
        lab = random_lab(np.random.default_rng(seed))
        page = open_widget(lab)
        page.evaluate("reader.press('Copy as Keras')")
        names = {"print": lambda *_: None}
        exec(page.evaluate("copied"), names)
        np.testing.assert_allclose(names["output"], lab.output, rtol=1e-5, atol=1e-5)


def test_a_filter_brings_its_bias(open_widget):
    page = open_widget(ActivationLab("coffee", bias=-1))
    field = page.get_by_role("spinbutton", name="Bias")
    assert field.input_value() == "−1"
    page.get_by_label("Filter").select_option("3")
    page.evaluate("reader.frames()")
    assert field.input_value() == "−0.012"
    assert "100 % of what comes out is 0" in page.locator(".response .note").inner_text()
    page.get_by_label("Filter").select_option("blur")
    page.evaluate("reader.frames()")
    assert field.input_value() == "0"


def test_the_slider_goes_from_no_place_to_all_of_them(open_widget):
    page = open_widget(ActivationLab("cat", bias=0.25))
    slider = page.get_by_label("Bias, to slide")
    told = page.locator(".response .note")
    assert slider.input_value() == "0.25"
    for key, share in (("Home", "100 % of what comes out is 0"), ("End", " 0 % of what comes out is 0")):
        slider.press(key)
        page.evaluate("reader.frames()")
        assert share in f" {told.inner_text()}"
        said = page.locator(".lab > .unseen").inner_text()
        assert said == told.inner_text()
    slider.press("ArrowLeft")
    page.evaluate("reader.frames()")
    assert float(number(page.get_by_role("spinbutton", name="Bias").input_value())) == pytest.approx(
        float(slider.input_value()), abs=0.006
    )


def test_the_line_goes_up_to_the_curve_and_across(open_widget):
    lab = ActivationLab("cat", activation="tanh", side=12, cell=(1, 1))
    page = open_widget(lab)
    points = page.locator(".response polyline").last.get_attribute("points")
    (x, bottom), (x2, y), (left, y2) = (map(float, point.split(",")) for point in points.split())
    low, high = min(0, lab.sums.min()), max(0, lab.sums.max())
    assert (bottom, left) == (150, 0)
    assert x == x2 == pytest.approx(100 * (lab.sums[1, 1] - low) / (high - low))
    assert y == y2 == pytest.approx(100 - 100 * (lab.output[1, 1] - low) / (high - low))


def test_the_recorded_filters_are_those_of_the_network():
    weights, biases = load_run("baseline").model().get_layer("conv1").get_weights()
    np.testing.assert_array_equal(recorded()[:, :27].reshape(32, 3, 3, 3), np.moveaxis(weights, -1, 0))
    np.testing.assert_array_equal(recorded()[:, 27], biases)
    assert ActivationLab(filter=3).bias == float(biases[3])
    assert ActivationLab(filter=3, bias=1).bias == 1
    assert ActivationLab().bias == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filter": 32}, "filter"),
        ({"filter": "edge"}, "filter"),
        ({"activation": "RELU"}, "activation"),
        ({"bias": 1e7}, "-1e6 to 1e6"),
        ({"cell": (30, 0)}, "the output has 30 rows and 46 columns"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(arguments, message):
    with pytest.raises(TraitError, match=message):
        ActivationLab("cat", **arguments)


def test_the_sentence():
    lab = ActivationLab("cat", bias=-0.5)
    assert lab.describe() == (
        "“relu” of the sums of “cat”, 32 × 48 pixels, under “Sobel x: left to right” with bias -0.5: "
        f"{lab.share:.4g} of the output is 0, its largest number is {lab.output.max():.4g}."
    )
    assert "under “filter 3 of the network”" in ActivationLab(filter=3).describe()
    assert "there is no output" in ActivationLab(np.zeros((2, 5, 3))).describe()
