"""Every number that the convolution widget shows on a page, against Keras."""

from functools import partial

import numpy as np
import pytest
from convolution_page import Lab, number, terms

from cnnbook.data.pictures import shrink
from cnnbook.widgets import ConvolutionLab
from cnnbook.widgets.convolution import KERNELS, LABELS


def random_state(seed):
    rng = np.random.default_rng(seed)
    kernel_shape = rng.integers(1, 5, 2)
    colour = seed % 3 == 0
    kernel = [
        lambda: rng.normal(size=kernel_shape),  # as a network learns it
        lambda: rng.integers(-9, 10, kernel_shape),
        lambda: rng.integers(-9, 10, kernel_shape) / rng.integers(2, 30),  # fractions
    ][seed % 4 % 3]()
    if colour:
        kernel = kernel[..., None] * rng.integers(-2, 3, 3)
    size = rng.integers(4, 10, 2)
    lab = ConvolutionLab(
        rng.integers(0, 256, (*size, 3), dtype=np.uint8),
        kernel=kernel,
        bias=[0, -7, 2.5][seed % 3],
        stride=int(rng.integers(1, 4)),
        dilation=int(rng.integers(1, 3)),
        padding=["same", int(rng.integers(3, 5)), "same", "valid"][seed % 4],
        side=12,
    )
    return lab


def fits(lab):
    try:
        return lab.output.size > 0
    except ValueError:
        return False


STATES = [lab for lab in map(random_state, range(20)) if fits(lab)][:14]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.describe().split("with ")[1].split(":")[0])
def test_all_that_is_shown_is_what_keras_computes(open_page, static_page, state):
    lab = Lab(open_page(static_page(state)))
    cells = lab.read_all()
    expected = lab.keras_output()
    size = np.abs(state.kernel).sum() * 255 + abs(state.bias)
    np.testing.assert_allclose(state.output, expected, atol=1e-5 * size)
    assert len(cells) == expected.size
    for cell in cells:
        where = f"row {cell['row']}, column {cell['column']}: "
        value = cell["title"].removeprefix(f"Output at {where}")
        assert cell["cell"] == cell["live"] == f"R{where[1:]}{value}"
        assert abs(float(number(value)) - expected[cell["row"], cell["column"]]) < 1e-5 * size
        check_sums(cell["sum"].split("\n"), value, size)
        check_products(state, cell["grids"])


def check_sums(lines, value, size):
    """Each line holds to the last digit where it says "=", and nearly where it says "≈"."""
    assert lines[0].endswith(value)
    for line in lines:
        left, sign, right = line.rsplit(" ", 2)
        difference = abs(sum(terms(left.split(": ")[-1])) - number(right))
        assert difference == 0 if sign == "=" else difference < 1e-5 * size


def check_products(state, grids):
    """Three grids a channel: patch, kernel, products; rounded to the digits that fit."""
    for channel, weights in enumerate(np.moveaxis(np.atleast_3d(state.kernel), -1, 0)):
        patch, kernel, products = grids[3 * channel : 3 * channel + 3]
        for pixel, shown, weight, product in zip(patch, kernel, weights.flat, products, strict=True):
            assert float(number(shown)) == pytest.approx(weight, rel=0.06)
            assert float(number(product)) == pytest.approx(int(pixel) * weight, rel=0.06)


def test_a_sum_of_whole_numbers_is_exact(open_page, static_page):
    lab = Lab(open_page(static_page(ConvolutionLab("digit", kernel="sobel-y", side=8))))
    assert "≈" not in lab.sum.inner_text()
    assert lab.sum.inner_text().count("×") == 9


def test_a_sum_over_a_million_is_exact_too(open_page, static_page):
    white = np.full((2, 2), 255, np.uint8)
    lab = Lab(open_page(static_page(ConvolutionLab(white, kernel=[[12345, 1], [1, 1]]))))
    assert lab.sum.inner_text().endswith(" = 3148740")
    assert lab.title.inner_text().startswith("Output at row 0, column 0: 3148740")
    assert "3148740" in lab.el.locator(".legend").inner_text()


@pytest.mark.parametrize(
    ("kernel", "bias", "end"), [([[1e6] * 7], 0.4, "≈ 1785000000"), ([[1e6, -1e6, 0.1]], 0, "= 25.5")]
)
def test_equal_is_said_of_equal_numbers_alone(open_page, static_page, kernel, bias, end):
    white = np.full((1, 7), 255, np.uint8)
    lab = Lab(open_page(static_page(ConvolutionLab(white, kernel=kernel, bias=bias))))
    assert lab.sum.inner_text().endswith(end)


def test_python_and_page_shrink_a_picture_alike(open_page, static_page):
    image = np.random.default_rng(5).integers(0, 256, (53, 37, 3), dtype=np.uint8)
    kernel = np.ones((1, 1, 3))
    lab = Lab(open_page(static_page(ConvolutionLab(image, kernel=kernel, side=64))))
    for side in (48, 24, 8):
        lab.settings(Size=str(side))
        names = {"print": lambda *_: None}
        exec(lab.copied("Copy as Keras").split("kernel =")[0], names)
        np.testing.assert_array_equal(names["image"], shrink(image, side))
    lab.settings(Colour=False)
    exec(lab.copied("Copy as Keras").split("kernel =")[0], names)
    np.testing.assert_array_equal(names["image"][..., 0], ConvolutionLab(image, side=8).image)


def test_presets_are_the_same_in_python_and_on_the_page(open_page, static_page):
    lab = Lab(open_page(static_page(ConvolutionLab("digit", side=8))))
    presets = lab.el.get_by_label("Kernel", exact=True)
    assert presets.locator("option").all_inner_texts() == [*LABELS.values(), "your own"]
    for name, kernel in KERNELS.items():
        presets.select_option(name)
        lab.settle()
        np.testing.assert_allclose([float(number(text)) for text in lab.kernel()], kernel.ravel(), rtol=0.01)
        names = {}
        line = next(line for line in lab.copied("Copy as Keras").split("\n\n") if "kernel =" in line)
        exec("import numpy as np\n" + line[line.index("kernel =") :], names)
        np.testing.assert_allclose(names["kernel"][..., 0, 0], kernel, rtol=1e-7)


@pytest.mark.parametrize(("colours", "alike"), [("fitted", True), ("fixed", False)])
def test_on_fixed_colours_a_map_nine_times_as_bright_is_seen_to_be(open_lab, colours, alike):
    lab = open_lab(side=24, kernel=np.ones((3, 3)), colours=colours)  # no numbers in its cells
    pixels = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    drawn = partial(lab.output.locator("canvas").first.evaluate, pixels)
    ones = np.array(drawn())
    lab.el.get_by_label("Kernel", exact=True).select_option("blur")
    lab.settle()
    assert (np.abs(np.array(drawn()) - ones).max() <= 2) == alike
