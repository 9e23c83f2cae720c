"""The checkers of the chapter on pooling: right answers of many styles, and the mistakes that are named."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from test_exercises import Layer, Tensor, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises.pooling import check_average_weights, check_changed, check_max_pool
from cnnbook.ops import avg_pool2d, conv2d, max_pool2d, relu

# --- Max pooling


def loops(image, size, stride):
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    output = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            output[r, c] = image[r * stride : r * stride + size, c * stride : c * stride + size].max()
    return output


def by_hand(image, size, stride):
    grid = []
    for top in range(0, len(image) - size + 1, stride):
        row = []
        for left in range(0, len(image[0]) - size + 1, stride):
            largest = -float("inf")
            for i in range(size):
                for j in range(size):
                    if image[top + i][left + j] > largest:
                        largest = image[top + i][left + j]
            row.append(largest)
        grid.append(row)
    return grid


def all_places(image, size, stride):
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    shifted = [image[i : i + rows, j : j + columns] for i in range(size) for j in range(size)]
    return np.max(shifted, axis=0)[::stride, ::stride]


def by_keras(image, size, stride):
    images = image[None, :, :, None].astype("float32")
    return keras.layers.MaxPooling2D(size, strides=stride)(images)


def rows_first(image, size, stride):
    tall = [image[r : r + size].max(axis=0) for r in range(0, image.shape[0] - size + 1, stride)]
    tall = np.stack(tall)
    return np.stack(
        [tall[:, c : c + size].max(axis=1) for c in range(0, image.shape[1] - size + 1, stride)], 1
    )


@pytest.mark.parametrize(
    "answer",
    [
        loops,
        by_hand,
        all_places,
        by_keras,
        rows_first,
        max_pool2d,
        lambda image, size, stride: sliding_window_view(image, (size, size))[::stride, ::stride].max((2, 3)),
        lambda x, k, s: loops(x, k, s).tolist(),
        lambda x, k, s: loops(x, k, s).astype("float32"),
        lambda x, k, s: Tensor(loops(x, k, s)),
        lambda x, k, s: loops(x, k, s)[None, :, :, None],
        lambda *given: loops(*given),
        lambda stride, image, size: loops(image, size, stride),
        lambda image, size=2, stride=2: loops(image, size, stride),
    ],
)
def test_max_pool_accepts(capsys, answer):
    assert feedback(capsys, check_max_pool, answer).startswith("Right. Your function gives what Keras gives")


def pooled_with(largest, start=-np.inf, rows=lambda n, k, s: (n - k) // s + 1, first=lambda r, k, s: r * s):
    """Loops with one thing done otherwise."""

    def pool(image, size, stride):
        height, width = (rows(n, size, stride) for n in image.shape)
        output = np.full((height, width), start)
        for r in range(height):
            for c in range(width):
                top, left = first(r, size, stride), first(c, size, stride)
                output[r, c] = largest(image[top : top + size, left : left + size])
        return output

    return pool


def short_ranges(image, size, stride):
    tops, lefts = (range(0, n - size, stride) for n in image.shape)
    return [[image[r : r + size, c : c + size].max() for c in lefts] for r in tops]


def turned_window(image, size, stride):
    output = np.zeros_like(loops(image, size, stride))
    for r, c in np.ndindex(output.shape):
        top, left = c * stride, r * stride
        output[r, c] = image[top : top + size, left : left + size].max()
    return output


def as_many_rows_as_columns(image, size, stride):
    columns = (image.shape[1] - size) // stride + 1
    tops = [r * stride for r in range(columns)]
    return [[image[r : r + size, c : c + size].max() for c in tops] for r in tops]


def steps_as_places(image, size, stride):
    output = np.zeros_like(loops(image, size, stride))
    for r in range(0, image.shape[0] - size + 1, stride):
        for c in range(0, image.shape[1] - size + 1, stride):
            output[r, c] = image[r : r + size, c : c + size].max()
    return output


def in_zeros(image, size, stride, step):
    output = np.zeros_like(image, float)
    for (r, c), value in np.ndenumerate(loops(image, size, stride)):
        output[r * step, c * step] = value
    return output


def largest_from_zero(window):
    largest = 0
    for value in window.ravel():
        largest = max(largest, value)
    return largest


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (pooled_with(np.mean), "You take the mean"),
        (pooled_with(np.min), "the smallest value"),
        (pooled_with(np.sum), "You add up each window"),
        (pooled_with(largest_from_zero), "Did you begin with 0"),
        (lambda x, k, s: relu(loops(x, k, s)), "all numbers of a window are negative"),
        (pooled_with(np.max, first=lambda r, k, s: r), "r * stride, c * stride"),
        (pooled_with(np.max, first=lambda r, k, s: r * k), "begin a window apart"),
        (lambda x, k, s: loops(x, k, k), "moves by its own size"),
        (lambda x, k, s: loops(x, s, s), "as large as the stride"),
        (lambda x, k, s: loops(x, 2, s), "Its side is `size`"),
        (lambda x, k, s: loops(x, k, 2), "moves by 2"),
        (lambda x, k, s: loops(x, 2, 2), "Use size and stride"),
        (lambda x, k, s: loops(x, k, 1), "The stride is not used"),
        (lambda x, k, s: max_pool2d(x, k, s, "same"), "stick out"),
        (pooled_with(np.max, rows=lambda n, k, s: -(-n // s)), "cut off at the end"),
        (lambda x, k, s: loops(x, k, s)[:-1, :-1], "The last window that fits is missing"),
        (pooled_with(np.max, rows=lambda n, k, s: (n - k) // s), "The last window that fits is missing"),
        (pooled_with(lambda window: window[0, 0]), "the first pixel of each window"),
        (lambda x, k, s: x[::s, ::s], "every pixel at a stride"),
        (pooled_with(lambda window: window[:-1, :-1].max()), "a row and a column too small"),
        (pooled_with(lambda window: window[0].max()), "the first row of each window"),
        (pooled_with(lambda window: window[:, 0].max()), "the first column of each window"),
        (lambda x, k, s: sliding_window_view(x, (k, k))[::s, ::s].max(3), "each *row* of a window"),
        (pooled_with(np.argmax), "as argmax gives it"),
        (pooled_with(lambda w: np.abs(w).max()), "the largest without its sign"),
        (lambda x, k, s: np.full(loops(x, k, s).shape, x.max()), "the largest value of the whole image"),
        (lambda x, k, s: x.max(), "Each window has one"),
        (lambda x, k, s: x, "the image as it is"),
        (lambda x, k, s: loops(x, k, s).T, "Rows and columns have changed places"),
        (lambda x, k, s: x[s:k].max(), "A window is empty there"),
        (short_ranges, "range(a, b) ends before b"),
        (pooled_with(np.max, rows=lambda n, k, s: n // s), "rows // stride counts steps"),
        (pooled_with(np.max, rows=lambda n, k, s: n // k), "cut off at the end"),
        (turned_window, "changed places inside of your window"),
        (lambda x, k, s: loops(x, k, s)[:, : len(loops(x, k, s))], "as many columns as rows"),
        (as_many_rows_as_columns, "as many rows as columns"),
        (steps_as_places, "r // stride, c // stride"),
        (lambda x, k, s: in_zeros(x, k, s, 1), "as large as the image, and mostly zeros"),
        (lambda x, k, s: in_zeros(x, k, s, s), "as large as the image, and mostly zeros"),
        (pooled_with(lambda window: max(window)), "The built-in max() compares the rows"),
        (lambda x, k, s: x.reshape(len(x) // k, k, -1, k).max((1, 3)), "Cut into blocks by reshape"),
        (lambda x, k, s: loops(x, s, k), "Size and stride have changed places"),
        (lambda x, k, s: pooled_with(lambda w: w)(x, k, s), "Several numbers were put into one place"),
        (lambda x, k: loops(x, k, k), "It is called with 3 values"),
        (lambda x, k, s: np.zeros((len(x) / s, 2)), "is a fraction"),
        (lambda x, k, s: print(loops(x, k, s)), "prints its result"),
        (np.ones((2, 2)), "A function was expected"),
    ],
)
def test_max_pool_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_max_pool, answer)


# --- Average pooling as a convolution


def average(value=1 / 4, pixels=(slice(None), slice(None)), turn=1):
    window = np.zeros((2, 2))
    window[pixels] = value
    return window[:, :, None, None] * np.eye(3)[::turn]


AVERAGE = average()


@pytest.mark.parametrize(
    "answer",
    [
        AVERAGE,
        AVERAGE.tolist(),
        AVERAGE.astype("float32"),
        np.ones((2, 2, 1, 1)) * np.eye(3) / 4,
        np.eye(3)[None, None].repeat(2, axis=0).repeat(2, axis=1) / 4,
        np.stack([average()[..., f] for f in range(3)], axis=-1),
        np.tile(np.eye(3) / 4, (2, 2, 1, 1)),
        np.einsum("ij,cf->ijcf", np.full((2, 2), 0.25), np.eye(3)),
        [[(np.eye(3) / 4).tolist()] * 2] * 2,
        [[[[Fraction(int(c == f), 4) for f in range(3)] for c in range(3)]] * 2] * 2,
        Tensor(AVERAGE),
        Layer(AVERAGE),
        Layer(AVERAGE, np.zeros(3)),
        AVERAGE[None],
    ],
)
def test_average_weights_accepts(capsys, answer):
    assert feedback(capsys, check_average_weights, answer).startswith("Right. 12 weights of 1/4")


def test_the_weights_give_average_pooling():
    images = np.random.default_rng(0).normal(size=(5, 8, 6, 3))
    np.testing.assert_allclose(conv2d(images, AVERAGE, stride=2), avg_pool2d(images, 2))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.full((2, 2, 3, 3), 1 / 4), "Pooling treats each channel by itself"),
        (np.full((2, 2, 3, 3), 1 / 12), "a grey picture"),
        (average(1), "add up to 4"),
        (average(1 / 2), "By which number"),
        (average(1 / 9), "belongs to a window of 3×3"),
        (average(1 / 3), "1/3 is for three channels"),
        (average(1 / 12), "each filter reads four of them"),
        (average(1 / 16), "1/16"),
        (average(1, (0, 0)), "copies the first pixel"),
        (average(1 / 4, (0, 0)), "three are 0"),
        (average(1 / 2, (0,)), "the upper two pixels"),
        (average(1 / 2, (slice(None), 0)), "the left two pixels"),
        (average(1 / 4, (np.arange(2), np.arange(2))), "two corners"),
        (average(turn=-1), "the channels change places"),
        (-AVERAGE, "are negative"),
        (AVERAGE * (np.arange(3) == 0), "Filter 0 is right"),
        (np.ones((2, 2, 3, 3)), "All 36 weights are 1"),
        (1 / 4 - AVERAGE, "not its own"),
        (0 * AVERAGE, "All weights are 0"),
        (average(0.7), "They add up to 2.8. To which sum"),
        (np.full((2, 2, 3, 3), 1 / 36), "1/36 is for"),
        (np.full((2, 2, 3, 3), 1 / 3), "a third of each"),
        (AVERAGE * [1, 1, 3], "In filter 2 the weights for blue are"),
        (AVERAGE + 0.1 * (np.arange(3) == 1), "In filter 1 the weights for red are [[0.1, 0.1]"),
        (AVERAGE * np.array([[0.4, 1.6], [1, 1]])[..., None, None], "as they should, but a mean"),
        (np.full(4, 1 / 4), "four numbers in a row"),
        (np.full((3, 2, 2), 1 / 4), "with the channels first"),
        (keras.layers.AveragePooling2D(2), "This is the pooling itself"),
        (np.full((2, 2), 1 / 4), "This is one kernel"),
        (np.full((2, 2, 3), 1 / 4), "one filter, or one kernel a channel"),
        (np.full((2, 2, 3, 1), 1 / 4), "is (2, 2, 3, 3)"),
        (np.moveaxis(AVERAGE, (0, 1), (2, 3)), "Rows and columns come first"),
        (np.zeros((3, 3, 3, 3)), "The window has 2×2"),
        (AVERAGE.ravel(), "reshape(2, 2, 3, 3)"),
        (1 / 4, "This is one number"),
        (lambda image: avg_pool2d(image, 2), "This is a function"),
        (Layer(AVERAGE, np.ones(3)), "adds a bias"),
        ("average", "must be made of numbers"),
    ],
)
def test_average_weights_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_average_weights, answer)


# --- How many outputs a move changes


def changed(image, pixels):
    before = max_pool2d(image, 2)
    after = max_pool2d(np.roll(image, pixels, axis=1), 2)
    return (before != after).mean()


def counted(image, pixels):
    before, after = loops(image, 2, 2), loops(np.roll(image, pixels, 1), 2, 2)
    different = 0
    for r in range(len(before)):
        for c in range(len(before[0])):
            different += before[r, c] != after[r, c]
    return different / before.size


def cut_and_joined(image, pixels):
    pixels = pixels % image.shape[1]
    moved = np.concatenate([image[:, image.shape[1] - pixels :], image[:, : image.shape[1] - pixels]], axis=1)
    return np.mean(max_pool2d(moved, 2) != max_pool2d(image, 2))


@pytest.mark.parametrize(
    "answer",
    [
        changed,
        counted,
        cut_and_joined,
        lambda x, p: 1 - (max_pool2d(np.roll(x, p, axis=1), 2) == max_pool2d(x, 2)).mean(),
        lambda x, p: (
            np.count_nonzero(max_pool2d(np.roll(x, p, 1), 2) - max_pool2d(x, 2)) / max_pool2d(x, 2).size
        ),
        lambda x, p: float(np.mean(np.abs(max_pool2d(np.roll(x, p, 1), 2) - max_pool2d(x, 2)) > 1e-9)),
        lambda x, p: np.array([changed(x, p)]),
        lambda x, p: np.float32(changed(x, p)),
        lambda x, p: Tensor(changed(x, p)),
        lambda x, p: Fraction(changed(x, p)),
        lambda *given: changed(*given),
        lambda pixels, image: changed(image, pixels),
        lambda image, pixels: (
            (by_keras(image, 2, 2) != by_keras(np.roll(image, pixels, 1), 2, 2)).numpy().mean()
            if hasattr(by_keras(image, 2, 2), "numpy")
            else changed(image, pixels)
        ),
    ],
)
def test_changed_accepts(capsys, answer):
    assert feedback(capsys, check_changed, answer).startswith("Right. The comparison of all outputs")


def rolled(x, p):
    return np.roll(x, p, axis=1)


def pool(x):
    return max_pool2d(x, 2)


def compared_by_rows(image, pixels):
    different = 0
    for row, moved in zip(pool(image), pool(rolled(image, pixels)), strict=True):
        if row != moved:
            different += 1
    return different / len(pool(image))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x, p: (pool(rolled(x, p)) != pool(x)).sum(), "how many outputs change"),
        (lambda x, p: (rolled(x, p) != x).mean(), "the share of *pixels*"),
        (lambda x, p: (pool(rolled(x, p)) == pool(x)).mean(), "the share that stays"),
        (lambda x, p: 100 * changed(x, p), "in percent"),
        (lambda x, p: (pool(np.roll(x, p, axis=0)) != pool(x)).mean(), "axis 0 are the rows"),
        (lambda x, p: (pool(np.roll(x, p)) != pool(x)).mean(), "Without an axis"),
        (lambda x, p: (pool(np.roll(x, p, axis=(0, 1))) != pool(x)).mean(), "down as well"),
        (lambda x, p: changed(x, -p), "to the left"),
        (lambda x, p: (rolled(pool(x), p) != pool(x)).mean(), "It is the picture that moves"),
        (lambda x, p: (pool(rolled(x, p)) != rolled(pool(x), p)).mean(), "moved along"),
        (lambda x, p: (avg_pool2d(rolled(x, p), 2) != avg_pool2d(x, 2)).mean(), "You take averages"),
        (lambda x, p: (max_pool2d(rolled(x, p), 2, 1) != max_pool2d(x, 2, 1)).mean(), "moves by 1"),
        (lambda x, p: np.abs(pool(rolled(x, p)) - pool(x)).mean(), "by how much"),
        (lambda x, p: (pool(rolled(x, p)) - pool(x)).mean(), "cancel"),
        (lambda x, p: (pool(rolled(x, p)) != pool(x)).sum() / x.size, "the number of pixels"),
        (lambda x, p: (pool(rolled(x, p)) != pool(x)).sum() / len(pool(x)), "counts the rows"),
        (lambda x, p: (pool(rolled(x, p)) > pool(x)).mean(), "that grow"),
        (lambda x, p: (pool(x) - pool(rolled(x, p))).mean(), "cancel"),
        (lambda x, p: (pool(np.pad(x, ((0, 0), (p, 0)))[:, : x.shape[1]]) != pool(x)).mean(), "In a circle"),
        (lambda x, p: sum(pool(rolled(x, p)) != pool(x)) / pool(x).size, "the built-in sum()"),
        (lambda x, p: (pool(rolled(x, p)) != pool(x)).sum() / pool(x).shape[1], "the number of columns"),
        (lambda x, p: (pool(x) != max_pool2d(x, p)).mean(), "Is the window of both maps 2"),
        (lambda x, p: (max_pool2d(rolled(x, p), p) != max_pool2d(x, p)).mean(), "Is the window of both maps"),
        (compared_by_rows, "yes or no, is wanted there"),
        (lambda x, p: changed(x, 1), "always move by 1"),
        (lambda x, p: float((pool(rolled(x, p)) != pool(x)).any()), "whether any output changes"),
        (lambda x, p: (pool(rolled(x, p)) != pool(rolled(x, p))).mean(), "nothing changes"),
        (lambda x, p: 0.25, "Before the move the map is [[0, 1]], after it [[1, 1]]"),
        (lambda x, p: pool(rolled(x, p)) != pool(x), "True and False"),
        (lambda x, p: pool(rolled(x, p)), "One number was expected"),
        (lambda x, p: None, "returned None"),
        (lambda x: 0, "It is called with 2 values"),
        (0.5, "A function was expected"),
    ],
)
def test_changed_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_changed, answer)
