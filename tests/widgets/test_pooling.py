"""The pooling widget: Python and page against Keras, what is written out, and what a move changes."""

import json
import re

import keras
import numpy as np
import pytest
from convolution_page import Lab, number
from reader import changeable, follow, pixels, values
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
    if window.size == 1:
        assert cell["sum"].startswith(f"One value is kept as it is: {numbers[0]}.")
        assert value == str(numbers[0])
    elif state.pooling == "max":
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


# --- A moved picture

SETTINGS = 50


def moved_lab(rng):
    lab = random_lab(int(rng.integers(1000)))
    lab.down, lab.right = rng.integers(-4, 5, 2)
    return lab


def pooled_and_moved(lab):
    """The output, and that without the move, by Keras."""
    pool = keras.ops.max_pool if lab.pooling == "max" else keras.ops.average_pool
    image = lab.image[None, ..., None].astype("float32")
    moved = keras.ops.roll(image, (lab.down, lab.right), axis=(1, 2))
    return [np.asarray(pool(x, lab.size, lab.stride, lab.padding))[0, ..., 0] for x in (moved, image)]


def test_the_output_of_a_moved_picture_is_that_of_keras():
    rng = np.random.default_rng(0)
    for _ in range(SETTINGS):
        lab = moved_lab(rng)
        after, before = pooled_and_moved(lab)
        np.testing.assert_allclose(lab.output, after, rtol=1e-6)
        np.testing.assert_array_equal(lab.changed, ~np.isclose(after, before, rtol=1e-6))
        np.testing.assert_array_equal(lab.moved, np.roll(lab.image, (lab.down, lab.right), (0, 1)))


@pytest.mark.engines
def test_random_moves_show_what_keras_computes(open_widget):
    first = PoolingLab("digit", side=8)
    page, rng = open_widget(first), np.random.default_rng(1)
    for _ in range(SETTINGS):
        lab = moved_lab(rng)
        state = changeable(lab)
        follow(page, first, **state)
        where = json.dumps(state)
        after, before = pooled_and_moved(lab)
        seen, output, *change = page.evaluate("reader.maps()")
        assert pixels(seen) == lab.moved.ravel().tolist(), where
        np.testing.assert_allclose(values(output), after, rtol=1e-5, err_msg=where)
        assert len(change) == bool(lab.down or lab.right)
        said = page.evaluate(
            "reader.all('p[role=status]').filter((p) => !p.hidden && p.innerText).map((p) => p.innerText)"
        )
        assert len(said) == bool(change), where
        if change:
            check_move(lab, said[0])
            np.testing.assert_allclose(values(change[0]), after - before, rtol=1e-5, atol=1e-4, err_msg=where)


def check_move(lab, words):
    """What is said of the move is true."""
    before = PoolingLab(
        lab.image, **{name: getattr(lab, name) for name in ("pooling", "size", "stride", "padding")}
    )
    found = re.match(
        r"Moved in a circle, (\S+ \w+), (\S+ \w+): (\d+) of (\d+) outputs changed, on average by (\S+)\."
        "(?: |$)",
        words,
    )
    assert found.group(1, 2) == way(lab.down, lab.right)
    changed, outputs, mean = (float(number(text)) for text in found.groups()[2:])
    assert (changed, outputs) == (lab.changed.sum(), lab.changed.size)
    assert mean == pytest.approx(np.abs(lab.output - before.output).mean(), rel=0.06)
    rest = words[found.end() :]
    if lab.down % lab.stride or lab.right % lab.stride:
        assert rest == ("The stride does not divide the move." if changed else "")
        return
    steps = (lab.down // lab.stride, lab.right // lab.stride)
    *said, agree = re.match(r"With the old output moved (\S+ \w+), (\S+ \w+), (\d+) agree\.", rest).groups()
    assert tuple(said) == way(*steps)
    assert int(agree) == (np.roll(before.output, steps, axis=(0, 1)) == lab.output).sum()


def way(down, right):
    return f"{abs(down)} {'up' if down < 0 else 'down'}", f"{abs(right)} {'left' if right < 0 else 'right'}"


def test_a_move_by_the_stride_moves_the_output_along():
    for pooling in ("max", "average"):
        lab = PoolingLab("cat", pooling=pooling)
        before = lab.output
        lab.down, lab.right = 2, -4
        np.testing.assert_array_equal(lab.output, np.roll(before, (1, -2), axis=(0, 1)))
        assert lab.changed.mean() > 0.9


def test_one_window_over_all_does_not_notice_a_move():
    lab = PoolingLab("digit", side=8, size=8, stride=8, down=3, right=-2)
    assert not lab.changed.any()


def test_the_arrows_move_the_picture_and_say_what_changed(open_widget):
    page = open_widget(PoolingLab("cat"))
    words = page.locator("p[role=status]:not(.notice)")
    assert page.get_by_role("grid").count() == 2
    for name in ("down", "right", "right", "up", "up", "left"):
        page.get_by_role("button", name=f"Move {name}", exact=True).click()
    page.evaluate("reader.frames()")
    assert words.inner_text().startswith("Moved in a circle, 1 up, 1 right: ")
    assert page.get_by_role("grid").count() == 3
    for _ in range(4):
        page.get_by_role("button", name="Move up", exact=True).press("Enter")
    assert "\n".join(page.evaluate("reader.alerts()")).startswith("4 pixels at most.")
    page.evaluate("reader.frames()")
    assert words.inner_text().startswith("Moved in a circle, 4 up, 1 right: ")


def test_a_pin_stays_when_the_picture_moves(open_page, static_page):
    lab = Lab(open_page(static_page(PoolingLab("cat", cell=(3, 4)))))
    lab.button("Move down").click()
    lab.settle()
    expected = PoolingLab("cat", down=1).output[3, 4]
    assert lab.title.inner_text() == f"Output at row 3, column 4: {expected:.0f} (pinned)"


def test_what_is_copied_moves_the_picture(open_page, static_page):
    state = PoolingLab("temple", size=3, down=-1, right=4, pooling="average")
    page = open_page(static_page(state))
    page.get_by_role("button", name="Copy as Keras").wait_for()
    page.evaluate("void (navigator.clipboard.writeText = async (text) => { window.copied = text })")
    page.get_by_role("button", name="Copy as Keras").click()
    program = page.evaluate("window.copied")
    assert "image = np.roll(image, (-1, 4), axis=(0, 1))" in program
    names = {"print": lambda *_: None}
    exec(program, names)
    np.testing.assert_allclose(names["output"], state.output, rtol=1e-6)


def test_what_is_drawn_on_a_moved_picture_stays_where_it_was_drawn(open_page, static_page):
    page = open_page(static_page(PoolingLab(np.zeros((8, 8), np.uint8), side=8, size=1, stride=1)))
    lab = Lab(page)
    lab.button("Move down").click()
    lab.button("Move down").click()
    lab.button("Draw").click()
    lab.settle()
    page.mouse.click(*lab.at(lab.input, 1, 5))
    lab.settle()
    page.mouse.move(0, 0)
    drawn = np.zeros((8, 8))
    drawn[1, 5] = 255
    names = {"print": lambda *_: None}
    page.evaluate("void (navigator.clipboard.writeText = async (text) => { window.copied = text })")
    lab.button("Copy as Keras").click()
    exec(page.evaluate("window.copied"), names)
    np.testing.assert_array_equal(names["output"], drawn)


def test_a_simple_lab_has_neither_padding_nor_moves(open_page, static_page):
    lab = Lab(open_page(static_page(PoolingLab("digit", side=8, simple=True))))
    assert lab.el.get_by_label("Padding").count() == 0
    assert lab.el.get_by_role("button", name="Move").count() == 0
    assert "Move" not in lab.el.inner_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"down": 5}, "down"),
        ({"right": -5}, "right"),
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
    assert "“cat”, 32 × 48 pixels, moved 0 down and 2 left, 2 × 2" in PoolingLab("cat", right=-2).describe()
