"""The pooling widget: Python and page against Keras, and what is written out."""

import re

import keras
import numpy as np
import pytest
from convolution_page import Lab, number
from traitlets import TraitError

from cnnbook.widgets import PoolingLab


def random_lab(seed):
    rng = np.random.default_rng(seed)
    size, stride = (int(n) for n in rng.integers(1, 5, 2))
    return PoolingLab(
        rng.integers(0, 256, (*(size + rng.integers(0, 6, 2)), 3), dtype=np.uint8),
        pooling=("max", "average")[seed % 2],
        size=size,
        stride=stride,
        padding=("valid", "same")[seed // 2 % 2],
        side=12,
    )


def pooled_by_keras(lab):
    pool = keras.ops.max_pool if lab.pooling == "max" else keras.ops.average_pool
    image = lab.image[None, ..., None].astype("float32")
    return np.asarray(pool(image, lab.size, lab.stride, lab.padding))[0, ..., 0]


@pytest.mark.parametrize("seed", range(40))
def test_the_output_is_that_of_keras(seed):
    lab = random_lab(seed)
    np.testing.assert_allclose(lab.output, pooled_by_keras(lab), rtol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_all_that_is_shown_is_what_keras_computes(open_page, static_page, seed):
    state = random_lab(seed)
    lab = Lab(open_page(static_page(state)))
    expected = lab.keras_output()
    np.testing.assert_allclose(state.output, expected, rtol=1e-6)
    cells = lab.read_all()
    assert len(cells) == expected.size
    for cell in cells:
        where = f"row {cell['row']}, column {cell['column']}: "
        value = cell["title"].removeprefix(f"Output at {where}")
        assert cell["cell"] == cell["live"] == f"R{where[1:]}{value}"
        assert float(number(value)) == pytest.approx(expected[cell["row"], cell["column"]], rel=1e-5)
        check_words(state, cell, value)


def check_words(state, cell, value):
    """The numbers of the window are those of the image, and lead to the value to the last digit."""
    numbers = [number(text) for text in cell["grids"][0] if text]  # what is padding shows none
    rows, columns = (slice(max(0, n), max(0, n + state.size)) for n in first_place(state, cell))
    window = state.image[rows, columns]
    assert numbers == window.ravel().tolist()
    left = state.size**2 - window.size
    places = "1 place of padding is" if left == 1 else f"{left} places of padding are"
    assert cell["sum"].endswith(f" {places} left out.") == (left > 0)
    if state.pooling == "max":
        assert cell["sum"].startswith(f"The largest of {', '.join(map(str, numbers))} is {max(numbers)}.")
        ties = numbers.count(max(numbers))
        assert (f" {ties} pixels share it." in cell["sum"]) == (ties > 1)
    else:
        terms, total, sign, result = re.match(
            r"\((.*)\) / \d+ = (\d+ / \d+) ([=≈]) (\S+)\.", cell["sum"]
        ).groups()
        assert [number(term) for term in terms.split(" + ")] == numbers
        assert number(total) == sum(numbers) / len(numbers)
        assert (number(result) == number(total)) == (sign == "=")
        assert result == value


def first_place(state, cell):
    """The first row and column of the window at `cell`, by TensorFlow's rule for "same"."""
    for at, size in zip((cell["row"], cell["column"]), state.image.shape, strict=True):
        outputs = -(-size // state.stride)
        total = max(0, (outputs - 1) * state.stride + state.size - size) if state.padding == "same" else 0
        yield at * state.stride - total // 2


def test_the_winner_is_framed(open_page, static_page):
    image = np.zeros((4, 4), np.uint8)
    image[1, 0] = 9
    lab = Lab(open_page(static_page(PoolingLab(image, cell=(0, 0)))))
    yellow = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = [];
      for (let i = 0; i < data.length; i += 4) {
        const [x, y] = [(i / 4) % canvas.width, Math.floor(i / 4 / canvas.width)];
        if (data[i] !== 255 || data[i + 1] !== 225) continue;
        found.push(`${x < canvas.width / 2 ? 0 : 1},${y < canvas.height / 2 ? 0 : 1}`);
      }
      return found;
    }"""
    framed = lab.el.locator("canvas.numbers").evaluate(yellow)
    assert set(framed) == {"0,1"}  # left, below


def test_padding_shows_no_numbers_and_is_said_to_be_left_out(open_page, static_page):
    lab = Lab(open_page(static_page(PoolingLab("digit", side=8, size=4, stride=4, padding="same"))))
    assert lab.sizes() == ["8×8", "4×4", "2×2"]
    lab.settings(Stride="3")
    texts = lab.input.locator("canvas").first.evaluate("canvas => Object.values(canvas.texts)")
    assert texts.count("") == 10 * 10 - 8 * 8
    lab.hover(lab.input, 0, 0)
    assert lab.note.inner_text().startswith("Row -1, column -1: padding, left out. 1 output uses it.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pooling": "min"}, "'max' or 'average'|max.*average"),
        ({"size": 9}, "size"),
        ({"stride": 0}, "stride"),
        ({"padding": 1}, "padding"),
        ({"cell": (16, 0)}, "the output has 16 rows and 24 columns"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(arguments, message):
    with pytest.raises(TraitError, match=message):
        PoolingLab(**arguments)


def test_the_sentence():
    lab = PoolingLab("cat", size=3)
    assert lab.describe() == (
        "Max pooling of “cat”, 32 × 48 pixels, 3 × 3 at a time: "
        f"the output has 15 × 23 values from {lab.output.min():.0f} to {lab.output.max():.0f}."
    )
    assert (
        PoolingLab(np.zeros((1, 1)), pooling="average")
        .describe()
        .startswith("Average pooling of a picture, 1 × 1 pixels, 2 × 2 at a time: there is no output. ")
    )
