"""The checkers of the chapter on limits: right answers of many styles, and named mistakes."""

import time
from itertools import pairwise

import numpy as np
import pytest
from test_exercises import HOSTILE, Layer, Tensor, cell, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises import feedback as shared
from cnnbook.exercises.limits import check_differences, check_step, check_turning_kernel

ops = keras.ops

# --- A kernel that does not mind quarter turns

LAPLACE = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
AROUND = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def keras_layer(kernel):
    layer = keras.layers.Conv2D(1, 3, use_bias=False)
    layer.build((None, None, None, 1))
    layer.set_weights([np.array(kernel, "float32")[:, :, None, None]])
    return layer


@pytest.mark.parametrize(
    "answer",
    [
        LAPLACE,
        tuple(map(tuple, LAPLACE)),
        np.array(LAPLACE),
        np.array(LAPLACE, "int8"),
        np.array(LAPLACE, "float16"),
        AROUND,
        AROUND / 9,
        (AROUND / 9).astype("float32"),
        AROUND * 1e-9,
        AROUND * 1e300,
        np.eye(3)[1][:, None] * np.eye(3)[1] - np.full((3, 3), 1 / 9),
        [[1, -1, 1], [-1, 0, -1], [1, -1, 1]],
        [[1, 0, 1], [0, -4, 0], [1, 0, 1]],
        [[1, 4, 1], [4, -20, 4], [1, 4, 1]],
        [[0.1, 0.2, 0.1], [0.2, -1.2, 0.2], [0.1, 0.2, 0.1]],
        sum(np.rot90([[1, 2, -3], [0, 4, -4], [5, -5, 0]], n) for n in range(4)),
        np.array(LAPLACE)[:, :, None, None],
        np.array(LAPLACE)[None, :, :, None],
        Tensor(LAPLACE),
        Layer(np.array(LAPLACE)[:, :, None, None]),
        keras_layer(LAPLACE),
        ops.convert_to_tensor(np.array(LAPLACE, "float32")),
    ],
)
def test_turning_kernel_accepts(capsys, answer):
    assert feedback(capsys, check_turning_kernel, answer).startswith("Right. Below is a picture")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (SOBEL, "This is a Sobel kernel. It compares one side"),
        (SOBEL.T, "This is a Sobel kernel"),
        (SOBEL / -8, "This is a Sobel kernel"),
        (SOBEL, "In row 0, column 0 it has -1; turned, it has 1 there."),
        ([[1, 1, 1], [0, 0, 0], [-1, -1, -1]], "This is a Prewitt kernel"),
        ([[0, 0, 0], [-1, 0, 1], [0, 0, 0]], "Half a turn makes your kernel its own negative"),
        ([[2, 1, 0], [1, 0, -1], [0, -1, -2]], "Half a turn makes your kernel its own negative"),
        ([[0, 1, 0], [-1, 0, -1], [0, 1, 0]], "A quarter turn makes your kernel its own negative"),
        ([[1, 0, -1], [0, 0, 0], [-1, 0, 1]], "A quarter turn makes your kernel its own negative"),
        ([[0, 1, 0], [0, -2, 0], [0, 1, 0]], "the same in both mirrors"),
        ([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]], "the same in both mirrors"),
        ([[1, 2, 1], [3, -14, 3], [1, 2, 1]], "In row 0, column 1 it has 2; turned, it has 3 there."),
        ([[1, 2, 3], [4, -20, 4], [3, 2, 1]], "Half a turn leaves your kernel as it is"),
        ([[-1, -1, 2], [-1, 2, -1], [2, -1, -1]], "Half a turn leaves your kernel as it is"),
        ([[1, 2, 1], [0, -8, 0], [0, 4, 0]], "the same in a mirror, left to right"),
        ([[1, 0, 0], [2, -8, 4], [1, 0, 0]], "the same upside down"),
        ([[5, 1, 2], [1, -14, 1], [2, 1, 1]], "along a diagonal"),
        ([[2, 1, 5], [1, -14, 1], [1, 1, 2]], "along a diagonal"),
        ([[1, 2, 3], [4, -36, 5], [6, 7, 8]], "A quarter turn changes your kernel. In row 0"),
        ([[0, 1, 0], [1, -4, 1], [0, 1, 1e-3]], "column 0 it has 0; turned, it has 0.001|along a diagonal"),
        (np.ones((3, 3)), "all its numbers are equal"),
        (np.ones((3, 3)) / 9, "Where the picture is flat, 100 everywhere, it answers 100 and not 0."),
        ([[1, 2, 1], [2, 4, 2], [1, 2, 1]], "it blurs: none of its numbers takes away"),
        ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], "its numbers add up to 1. Where"),
        ([[0, 1, 0], [1, -3.99, 1], [0, 1, 0]], "its numbers add up to 0.01."),
        (-np.ones((3, 3)), "it answers -900"),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "one pixel alone, and copies it"),
        ([[0, 0, 0], [0, -3, 0], [0, 0, 0]], "one pixel alone, and multiplies it by -3"),
        (np.zeros((3, 3)), "all zeros"),
        (np.array(LAPLACE).astype(np.uint8), "as bytes, uint8, -4 is 252"),
        (AROUND.astype(np.uint8), "as bytes, uint8, -4 is 252"),
        ([0, 1, 0, 1, -4, 1, 0, 1, 0], "nine numbers in one row"),
        (np.pad(LAPLACE, 1), "has the shape (5, 5)"),
        ([[1, -1], [-1, 1]], "has the shape (2, 2)"),
        ([[0]], "has the shape (1, 1)"),
        (4, "has the shape ()"),
        ([], "has the shape (0,)"),
        (np.zeros((3, 3, 3)), "several channels or filters"),
        (np.zeros((3, 3, 3, 8)), "several channels or filters"),
        ([[0, 1, 0], [1, -4], [0, 1, 0]], "rows of equal length"),
        ([["0", "1", "0"]] * 3, "have no quotes around them"),
        ([[0, np.nan, 0]] * 3, "nan, which is no number"),
        (lambda: LAPLACE, "This is a function"),
        ("Laplace", "this is str 'Laplace'"),
    ],
)
def test_turning_kernel_names_the_mistake(capsys, answer, message):
    said = refused(capsys, check_turning_kernel, answer)
    assert any(part in said for part in message.split("|")), said


def test_three_dots_in_a_kernel_are_no_mistake(capsys):
    for answer in (..., None, [[0, ..., 0], [..., -4, ...], [0, ..., 0]]):
        assert feedback(capsys, check_turning_kernel, answer).startswith("Not answered yet. ")


def test_the_map_of_a_right_kernel_turns_with_the_picture_and_that_of_sobel_does_not():
    _, figure = check_turning_kernel.__wrapped__(LAPLACE)
    shown = [np.asarray(axis.images[0].get_array()) for axis in figure.axes]
    (picture, turned), yours, sobel = shown[:2], shown[2:4], shown[4:6]
    assert np.array_equal(np.rot90(picture), turned)
    assert np.ptp(yours[0]) > 0
    np.testing.assert_allclose(np.rot90(yours[0]), yours[1], atol=1e-9)
    assert not np.allclose(np.rot90(sobel[0]), sobel[1])
    assert not any(np.array_equal(picture, np.rot90(picture, n)) for n in (1, 2, 3))


# --- A step by aim


def step(image, gradient, levels):
    return np.clip(image + levels * np.sign(gradient), 0, 255).astype(np.uint8)


def by_loops(image, gradient, levels):
    moved = image.copy()
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            for channel in range(3):
                value = int(image[row, column, channel])
                if gradient[row, column, channel] > 0:
                    value += levels
                elif gradient[row, column, channel] < 0:
                    value -= levels
                moved[row, column, channel] = min(max(value, 0), 255)
    return moved


def by_masks(image, gradient, levels):
    moved = image.astype(int)
    moved[gradient > 0] += levels
    moved[gradient < 0] -= levels
    moved[moved < 0] = 0
    moved[moved > 255] = 255
    return moved


def by_room(image, gradient, levels):
    """One that stays with bytes: it goes no further than there is room."""
    up, down = np.minimum(255 - image, levels), np.minimum(image, levels)
    return np.where(gradient > 0, image + up, np.where(gradient < 0, image - down, image))


def by_lists(image, gradient, levels):
    return [
        [
            [min(255, max(0, int(v) + levels * (int(s > 0) - int(s < 0)))) for v, s in zip(p, g, strict=True)]
            for p, g in zip(row, slopes, strict=True)
        ]
        for row, slopes in zip(image, gradient, strict=True)
    ]


def by_division(image, gradient, levels):
    size = np.abs(gradient)
    signs = np.divide(gradient, size, out=np.zeros_like(gradient), where=size > 0)
    return (image + levels * signs).clip(0, 255).round()


def by_fractions(image, gradient, levels):
    moved = np.clip(image / 255 + levels / 255 * np.sign(gradient), 0, 1)
    return np.rint(255 * moved).astype(np.uint8)


def by_keras(image, gradient, levels):
    return ops.clip(ops.cast(image, "float32") + levels * ops.sign(gradient.astype("float32")), 0, 255)


@pytest.mark.parametrize(
    "answer",
    [
        step,
        by_loops,
        by_masks,
        by_room,
        by_lists,
        by_division,
        by_fractions,
        by_keras,
        lambda image, gradient, levels: step(image, gradient, levels).astype("float32"),
        lambda image, gradient, levels: step(image, gradient, levels).tolist(),
        lambda image, gradient, levels: Tensor(step(image, gradient, levels)),
        lambda image, gradient, levels: step(image, gradient, levels)[None],
        lambda levels, gradient, image: step(image, gradient, levels),
        lambda x, g, n: np.clip(x.astype(np.int16) + n * np.sign(g).astype(np.int16), 0, 255),
        lambda x, g, n: np.clip(x.astype(int) + n * ((g > 0).astype(int) - (g < 0)), 0, 255),
        lambda x, g, n: np.maximum(0, np.minimum(255, x + np.copysign(n, g) * (g != 0))),
        lambda x, g, n: np.clip(x + np.sign(g) * np.full(g.shape, n), 0, 255),
    ],
)
def test_step_accepts(capsys, answer):
    assert feedback(capsys, check_step, answer).startswith("Right. Below is a cat, 3,072 numbers")


def moved(direction, end=lambda x: np.clip(x, 0, 255)):
    """A step of `direction(gradient, levels)`, kept in the range by `end`, as bytes."""
    return lambda image, gradient, levels: end(image + direction(gradient, levels)).astype(np.uint8)


def signs(gradient, levels):
    return levels * np.sign(gradient)


def in_bytes(image, gradient, levels):
    return image + signs(gradient, levels).astype(np.int64).astype(np.uint8)


def in_bytes_then_clip(image, gradient, levels):
    return np.clip(in_bytes(image, gradient, levels), 0, 255)


def one_byte_after_the_other(image, gradient, levels):
    result = np.zeros_like(image)
    for place in np.ndindex(image.shape):
        result[place] = image[place]
        if gradient[place] > 0:
            result[place] += np.uint8(levels)
        if gradient[place] < 0:
            result[place] -= np.uint8(levels)
    return result


def in_place(image, gradient, levels):
    image[:] = step(image, gradient, levels)
    return image


def in_place_by_masks(image, gradient, levels):
    image[gradient > 0] = np.minimum(255, image[gradient > 0].astype(int) + levels)
    image[gradient < 0] = np.maximum(0, image[gradient < 0].astype(int) - levels)
    return image


def gradient_in_place(image, gradient, levels):
    gradient[gradient > 0] = 1
    return step(image, gradient, levels)


def adds_to_bytes(image, gradient, levels):
    image += levels * np.sign(gradient)
    return image


def clip_first(image, gradient, levels):
    return (np.clip(image, levels, 255 - levels) + signs(gradient, levels)).astype(np.uint8)


def cut_off(image, gradient, levels):
    return (np.clip(image / 255 + levels / 255 * np.sign(gradient), 0, 1) * 255).astype(np.uint8)


def early(image, gradient, levels):
    result = image.copy()
    for row in range(len(image)):
        result[row] = step(image, gradient, levels)[row]
        return result


def asks_an_array(image, gradient, levels):
    return image + levels if gradient > 0 else image - levels


def as_bytes(x):
    return x.astype(np.int64).astype(np.uint8)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (in_bytes, "Your numbers begin again at the other end"),
        (in_bytes_then_clip, "A clip afterwards is too late"),
        (one_byte_after_the_other, "Your numbers begin again at the other end"),
        (lambda x, g, n: as_bytes(x + signs(g, n)), "Your numbers begin again at the other end"),
        (lambda x, g, n: x + signs(g, n), "Some of your numbers are below 0 or above 255"),
        (lambda x, g, n: np.clip(x, 0, 255) + signs(g, n), "Some of your numbers are below 0 or above 255"),
        (lambda x, g, n: np.maximum(x + signs(g, n), 0), "at one end only"),
        (lambda x, g, n: np.minimum(x + signs(g, n), 255), "at one end only"),
        (lambda x, g, n: as_bytes(np.maximum(x + signs(g, n), 0)), "at one end only"),
        (lambda x, g, n: as_bytes(np.minimum(x + signs(g, n), 255)), "at one end only"),
        (lambda x, g, n: as_bytes(np.clip(x + signs(g, n), 0, 256)), "The largest byte is 255"),
        (lambda x, g, n: np.clip(x + signs(g, n), 0, 1), "Here 255 is white"),
        (clip_first, "You clip the picture before you add"),
        (moved(lambda g, n: -signs(g, n)), "You move against the gradient, as training"),
        (lambda x, g, n: x - signs(g, n), "You move against the gradient, as training"),
        (lambda x, g, n: as_bytes(x - signs(g, n)), "You move against the gradient, as training"),
        (lambda x, g, n: np.clip(x + as_bytes(signs(g, n)).astype(int), 0, 255), "-4 is 252"),
        (moved(lambda g, n: n * g), "your step grows with its size"),
        (lambda x, g, n: x + n * g, "your step grows with its size"),
        (lambda x, g, n: np.clip(x + n * g, 0, 255), "your step grows with its size"),
        (lambda x, g, n: np.clip(np.rint(x + n * g), 0, 255), "your step grows with its size"),
        (lambda x, g, n: np.clip(x + n * g.astype(int), 0, 255), "your step grows with its size"),
        (lambda x, g, n: np.clip(x + g, 0, 255), "You add the gradient itself"),
        (lambda x, g, n: np.clip(x - n * g, 0, 255), "Neither is asked for"),
        (lambda x, g, n: np.clip(x + n * g / abs(g).max(), 0, 255), "You divide by the largest"),
        (lambda x, g, n: np.clip(x + n * g / np.linalg.norm(g), 0, 255), "by the length of the gradient"),
        (lambda x, g, n: np.clip(x + np.clip(n * g, -n, n), 0, 255), "You bound the step by `levels`"),
        (lambda x, g, n: np.clip(x + np.clip(g, -n, n), 0, 255), "You add the gradient itself"),
        (moved(lambda g, n: np.where(g > 0, n, -n)), "Where the gradient is 0, your number moves down"),
        (moved(lambda g, n: np.where(g >= 0, n, -n)), "Where the gradient is 0, your number moves up"),
        (moved(lambda g, n: np.where(g < 0, n, -n)), "You move against the gradient, and where it is 0"),
        (moved(lambda g, n: np.where(g > 0, n, 0)), "only move up. Where the gradient is below 0"),
        (moved(lambda g, n: np.where(g < 0, -n, 0)), "only move down. Where the gradient is above 0"),
        (moved(lambda g, n: n * (g != 0)), "All your steps go up"),
        (moved(lambda g, n: n * np.ones(g.shape)), "the gradient has no say in it"),
        (moved(lambda g, n: np.sign(g)), "Each of your numbers moves by 1"),
        (lambda x, g, n: np.clip(x + n / 255 * np.sign(g), 0, 255), "You divide `levels` by 255"),
        (lambda x, g, n: np.clip(x / 255 + n * np.sign(g), 0, 1), "`levels` is not"),
        (lambda x, g, n: step(x, g, n) / 255, "Your numbers go from 0 to 1"),
        (lambda x, g, n: np.clip(x / 255 + n / 255 * np.sign(g), 0, 1), "Your numbers go from 0 to 1"),
        (lambda x, g, n: x / 255 + n / 255 * np.sign(g), "Your numbers are fractions, and some are below"),
        (cut_off, "Some of your numbers are 1 too small"),
        (moved(lambda g, n: n * np.sign(g.sum(-1, keepdims=True))), "colours of a pixel move together"),
        (
            moved(lambda g, n: n * np.sign(g.mean())),
            "The whole picture moves in one direction",
        ),
        (lambda x, g, n: signs(g, n), "This is the step alone"),
        (lambda x, g, n: x, "as it was given"),
        (early, "stand inside the loop"),
        (in_place, "Your function changes the image that it is given"),
        (in_place_by_masks, "Your function changes the image that it is given"),
        (gradient_in_place, "Your function changes the gradient that it is given"),
        (adds_to_bytes, "write into the picture as it is, in bytes"),
        (asks_an_array, "gives one for each number"),
        (lambda x, g, n: x + n * g.sign(), "NumPy has a function of this name"),
        (lambda x, g, n: np.clip(x + n * (g / abs(g)), 0, 255), "0 / 0 is nan, no number. Elsewhere you are"),
        (lambda x, g, n: np.clip(x + n * abs(g) / g, 0, 255), "0 / 0 is nan, no number. Elsewhere you are"),
        (lambda x, g, n: np.clip(x + n * g / abs(g) / 2, 0, 255), "you divide by something else, too"),
        (lambda x, g, n: as_bytes(np.clip(x + n * (g / abs(g)), 0, 255)), "Is there a division 0 / 0?"),
        (lambda x, g, n: np.full(x.shape, np.nan), "Your picture holds nan"),
        (lambda x, g, n: np.clip(x + n * g / abs(g).sum(), 0, 255), "all of the gradient, added up"),
        (lambda x, g, n: np.clip(x + n * g / abs(g).mean(), 0, 255), "by the gradient's mean size"),
        (lambda x, g, n: np.clip(x + n * g / g.std(), 0, 255), "the spread of the gradient"),
        (moved(lambda g, n: n * g / np.linalg.norm(g)), "by the length of the gradient"),
        (moved(lambda g, n: n * g / np.abs(g).max()), "by the largest of the gradient"),
        (
            lambda x, g, n: np.clip(x + n * g / (1e-300 + np.linalg.norm(g, axis=-1, keepdims=True)), 0, 255),
            "each pixel's three slopes by their length",
        ),
        (lambda x, g, n: np.clip(x + n * np.sign(g.astype(int)), 0, 255), "-0.25 becomes 0 there"),
        (
            lambda x, g, n: np.clip(x + n * np.sign(as_bytes(g)), 0, 255),
            "Bytes have no numbers below 0, either",
        ),
        (lambda x, g, n: np.clip(x + n * np.sign(g.round()), 0, 255), "-0.25 becomes 0 there"),
        (lambda x, g, n: np.clip(x.astype(np.int8) + signs(g, n), 0, 255), "int8 holds -128 to 127"),
        (lambda x, g, n: x.astype(np.int8) + np.int8(n) * np.sign(g).astype(np.int8), "int8 holds -128"),
        (lambda x, g, n: step(x, g, n).astype(np.int8), "254 becomes -2 there"),
        (lambda x, g, n: np.clip(x + n * np.sign(g) * (abs(g) > 1e-6), 0, 255), "With larger gradients"),
        (lambda x, g, n: np.clip(x + n * np.sign(g.round(6)), 0, 255), "With larger gradients"),
        (lambda x, g, n: step(x, g, n).transpose(1, 0, 2), "the shape (2, 1, 3)"),
        (lambda x, g, n: step(x, g, n)[..., 0], "the shape (1, 2)"),
        (lambda x, g, n: step(x, g, n).mean(), "one number"),
        (lambda x, g, n: print(step(x, g, n)), "prints its result"),
        (lambda x, g: x, "It is called with 3 values"),
        (np.zeros((2, 2, 3), np.uint8), "A function was expected"),
    ],
)
def test_step_names_the_mistake(capsys, answer, message):
    said = refused(capsys, check_step, answer)
    assert any(part in said for part in message.split("|")), said


def test_a_wrong_step_is_told_with_all_its_numbers(capsys):
    said = refused(capsys, check_step, in_bytes)
    assert "With image [[[2, 254, 100], [3, 250, 128]]] of dtype uint8, gradient [[[-0.25, 0.75, 0]," in said
    assert said.endswith("levels 4, your picture has 254 in row 0, column 0, channel 0; 0 was expected.")


def test_the_sums_of_the_right_answer_are_what_the_picture_shows():
    message, figure = check_step.__wrapped__(step)
    before, after, changed = (np.asarray(axis.images[0].get_array()).astype(int) for axis in figure.axes)
    assert before.size == 3072
    assert np.unique(after - before).tolist() in ([-4, 4], [-4, 0, 4])
    assert set(np.unique(changed)) <= {68, 128, 188}
    weights = np.random.default_rng(0).normal(size=before.shape)
    assert f"moves this sum by {((after - before) * weights).sum():,.0f}." in message


# --- What changes from frame to frame


def differences(frames):
    return np.diff(frames.astype(int), axis=0)


def one_after_the_other(frames):
    result = np.zeros((len(frames) - 1, *frames.shape[1:]))
    for t in range(len(frames) - 1):
        result[t] = frames[t + 1].astype(int) - frames[t]
    return result


def number_by_number(frames):
    count, rows, columns = frames.shape
    result = np.zeros((count - 1, rows, columns), dtype=int)
    for t in range(1, count):
        for row in range(rows):
            for column in range(columns):
                result[t - 1, row, column] = int(frames[t, row, column]) - int(frames[t - 1, row, column])
    return result


@pytest.mark.parametrize(
    "answer",
    [
        differences,
        one_after_the_other,
        number_by_number,
        lambda frames: frames[1:].astype(int) - frames[:-1],
        lambda frames: frames[1:] - frames[:-1].astype(float),
        lambda frames: np.subtract(frames[1:], frames[:-1], dtype=np.int16),
        lambda frames: np.diff(frames.astype("float32"), axis=0),
        lambda frames: np.diff(frames.astype("float16"), axis=-3),
        lambda frames: [b.astype(int) - a for a, b in pairwise(frames)],
        lambda frames: np.stack([np.int16(b) - np.int16(a) for a, b in pairwise(frames)]),
        lambda frames: differences(frames).tolist(),
        lambda frames: Tensor(differences(frames)),
        lambda frames: ops.diff(ops.convert_to_tensor(frames.astype("float32")), axis=0),
        lambda f: np.where(f[1:] > f[:-1], f[1:] - f[:-1], -1.0 * (f[:-1] - f[1:])),
        lambda film: -np.diff(film[::-1].astype(int), axis=0)[::-1],
    ],
)
def test_differences_accepts(capsys, answer):
    assert feedback(capsys, check_differences, answer).startswith("Right. Below are the differences")


def first_zeros(frames):
    result = np.zeros(frames.shape)
    for t in range(1, len(frames)):
        result[t] = frames[t].astype(int) - frames[t - 1]
    return result


def last_zeros(frames):
    result = np.zeros(frames.shape)
    for t in range(len(frames) - 1):
        result[t] = frames[t + 1].astype(int) - frames[t]
    return result


def into_bytes(frames):
    result = np.zeros((len(frames) - 1, *frames.shape[1:]), np.uint8)
    for t in range(len(result)):
        result[t] = frames[t + 1] - frames[t]
    return result


def returns_early(frames):
    result = np.zeros((len(frames) - 1, *frames.shape[1:]))
    for t in range(len(frames) - 1):
        result[t] = frames[t + 1].astype(int) - frames[t]
        return result


def from_the_last(frames):
    result = np.zeros((len(frames) - 1, *frames.shape[1:]))
    for t in range(len(frames) - 1):
        result[t] = frames[t].astype(int) - frames[t - 1]
    return result


def one_too_far(frames):
    return [frames[t + 1].astype(int) - frames[t] for t in range(len(frames))]


def whole(frames):
    return frames.astype(int)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda f: np.diff(f, axis=0), "What gets darker comes out bright"),
        (lambda f: f[1:] - f[:-1], "as bytes, 60 - 200 is 116"),
        (lambda f: (f[1:] - f[:-1]).astype(int), "A type afterwards is too late"),
        (lambda f: np.abs(f[1:] - f[:-1]), "What gets darker comes out bright"),
        (into_bytes, "What gets darker comes out bright"),
        (lambda f: whole(f)[:-1] - f[1:], "Your signs are turned"),
        (lambda f: f[:-1] - f[1:], "the later frame from the earlier. And"),
        (lambda f: np.abs(differences(f)), "Without them a film is the same forwards and backwards"),
        (lambda f: np.abs(differences(f)), "The sign says in which direction a pixel changes"),
        (lambda f: np.maximum(f[1:], f[:-1]) - np.minimum(f[1:], f[:-1]), "have lost their signs"),
        (lambda f: np.abs(np.diff(f.astype(np.int8), axis=0)), "have lost their signs"),
        (lambda f: np.abs(np.diff(f / 255, axis=0)), "And you divide by 255"),
        (lambda f: np.abs(first_zeros(f)), "And of T frames there are T - 1"),
        (lambda f: np.abs(last_zeros(f)), "And of T frames there are T - 1"),
        (
            lambda f: f.astype(np.int8)[:-1] - f.astype(np.int8)[1:],
            "the later frame from the earlier. And int8",
        ),
        (lambda f: np.clip(differences(f), -128, 127), "You cut off at -128 and 127. int8"),
        (lambda f: np.diff(f.astype(np.uint32), axis=0), "uint32 has no numbers below 0"),
        (lambda f: np.diff(f.astype(np.uint64), axis=0), "uint64 has no numbers below 0"),
        (lambda f: f.astype(np.uint16)[:-1] - f[1:], "from the earlier. And uint16"),
        (lambda f: differences(f)[..., None], "has the shape (3, 1, 2, 1), with an axis of length 1"),
        (lambda f: differences(f)[None], "has the shape (1, 3, 1, 2), with an axis of length 1"),
        (lambda f: np.concatenate([differences(f), f[:1]]), "as many pictures as there are frames. Of T"),
        (lambda f: np.maximum(differences(f), 0), "Where it gets darker, you say 0"),
        (lambda f: np.clip(differences(f), 0, 255), "Where it gets darker, you say 0"),
        (lambda f: np.minimum(differences(f), 0), "Where it gets brighter, you say 0"),
        (lambda f: np.diff(f.astype(np.int8), axis=0), "int8 holds -128 to 127"),
        (lambda f: np.diff(f.astype(np.uint16), axis=0), "the u is for unsigned"),
        (lambda f: np.diff(f / 255, axis=0), "You divide by 255"),
        (lambda f: differences(f) + 128, "128 is added"),
        (lambda f: (differences(f) + 255) / 2, "into the range of pixels"),
        (lambda f: np.clip(differences(f) + 128, 0, 255), "into the range of pixels"),
        (lambda f: np.sign(differences(f)), "You return the signs"),
        (lambda f: differences(f) ** 2, "squared"),
        (lambda f: np.diff(f), "You compare each column with the next"),
        (lambda f: np.diff(whole(f)), "Time is axis 0. (The last axis is what NumPy takes"),
        (lambda f: np.diff(whole(f), axis=2), "You compare each column with the next"),
        (lambda f: np.diff(whole(f), axis=1), "You compare each row with the next"),
        (lambda f: f[:, 1:] - f[:, :-1], "You compare each row with the next"),
        (lambda f: whole(f)[-1] - f[0], "You compare the last frame with the first"),
        (lambda f: f[-1] - f[0], "You compare the last frame with the first"),
        (lambda f: whole(f)[0] - f[-1], "You compare the first frame with the last. Each"),
        (lambda f: whole(f)[1:] - f[0], "You compare each frame with the first"),
        (lambda f: whole(f) - f[0], "You compare each frame with the first"),
        (lambda f: whole(f)[-1] - f[:-1], "You compare each frame with the last"),
        (lambda f: f - f.mean(axis=0), "with the mean of all"),
        (lambda f: whole(f)[2:] - f[:-2], "You leave out the frame between"),
        (lambda f: whole(f)[1::2] - f[::2], "in pairs that share none"),
        (lambda f: np.diff(whole(f), n=2, axis=0), "differences of differences"),
        (first_zeros, "But no frame stands before the first"),
        (last_zeros, "But no frame comes after the last"),
        (lambda f: whole(f) - np.roll(f, 1, axis=0), "The first frame is compared with the last"),
        (lambda f: np.roll(f, -1, axis=0) - whole(f), "The last frame is compared with the first"),
        (from_the_last, "as the index -1 does it, and the last change is missing"),
        (lambda f: np.diff(whole(f), axis=0, prepend=0), "Your first picture is the first frame itself"),
        (lambda f: np.gradient(f.astype(float), axis=0), "as np.gradient does"),
        (lambda f: whole(f)[1:] + f[:-1], "You add each two frames"),
        (lambda f: np.diff(whole(f)[::-1], axis=0), "You go through the film backwards"),
        (lambda f: differences(f)[::-1], "Your pictures stand in reverse"),
        (lambda f: f[1:], "without the first"),
        (returns_early, "Only the first of your pictures is right"),
        (lambda f: differences(f)[0], "You return the first change alone"),
        (lambda f: differences(f)[-1], "You return the last change alone"),
        (lambda f: differences(f)[:-1], "The last change is missing"),
        (lambda f: differences(f)[1:], "The first change is missing"),
        (lambda f: np.abs(differences(f)).mean(axis=(1, 2)), "one number for each change"),
        (lambda f: differences(f).mean(axis=0), "into one picture|with the first"),
        (lambda f: np.moveaxis(differences(f), 0, -1), "Time has gone to the last axis"),
        (lambda f: differences(f).swapaxes(1, 2), "Rows and columns have changed places"),
        (lambda f: differences(f)[:, ::-1], "upside down"),
        (lambda f: differences(f)[:, :, ::-1], "mirrored"),
        (lambda f: differences(f).reshape(len(f) - 1, -1), "have lost their rows and columns"),
        (one_too_far, "Index 4 was asked of axis 0"),
        (lambda f: f[1:] > f[:-1], "True and False"),
        (lambda f: (b - a for a, b in pairwise(f)), "is a generator"),
        (lambda f: differences(f) + 3 * (np.arange(f.shape[2]) == 0), "in difference 0, row 0, column 0; 2"),
        (lambda f: print(differences(f)), "prints its result"),
        (lambda first, second: second - first, "It is called with 1 values: frames"),
        (np.zeros((2, 2, 2)), "A function was expected"),
    ],
)
def test_differences_names_the_mistake(capsys, answer, message):
    said = refused(capsys, check_differences, answer)
    assert any(part in said for part in message.split("|")), said


def test_of_the_two_films_one_falls_and_the_other_is_it_backwards():
    _, figure = check_differences.__wrapped__(differences)
    maps = {axis.get_title(): np.asarray(axis.images[0].get_array()) for axis in figure.axes[:-1]}
    a, b = (np.array([maps[f"{film}: frame {i} to {i + 1}"] for i in range(3)]) for film in "AB")
    assert np.array_equal(a, -b[::-1])
    assert not np.array_equal(a, b)
    rows = np.arange(14)[:, None]
    falls = [(rows * np.maximum(d, 0)).sum() > (rows * np.maximum(-d, 0)).sum() for d in b]
    assert all(falls), "B gets brighter below"


# --- All three

RIGHT = [(check_step, step), (check_differences, differences)]


def test_a_right_answer_shows_something_and_asks():
    for check, answer in [(check_turning_kernel, LAPLACE), *RIGHT]:
        message, figure = check.__wrapped__(answer)
        assert len(figure.axes) > 1
        assert "?" in message


@pytest.mark.parametrize("seed", range(4))
def test_an_unknown_mistake_is_told_with_a_place(capsys, seed):
    """Random numbers in the right shape, and right ones with one place changed."""
    rng = np.random.default_rng(seed)

    def off(values):
        values = np.array(values, float)
        values[np.unravel_index(rng.integers(values.size), values.shape)] += 7
        return values

    for check, right in RIGHT:
        assert "was expected" in refused(capsys, check, lambda *a, right=right: off(right(*a)))
        noise = lambda *a, right=right: rng.integers(0, 256, np.shape(right(*a)))  # noqa: E731
        assert "was expected" in refused(capsys, check, noise)


@pytest.mark.parametrize(
    ("check", "parameters"), [(check_step, "image, gradient, levels"), (check_differences, "frames")]
)
def test_a_loop_without_end_is_stopped(capsys, monkeypatch, check, parameters):
    monkeypatch.setattr(shared, "LIMIT", 0.1)
    answer = cell(f"def mine({parameters}):\n    t = 0\n    while t < 3:\n        t = t * 1", "mine")
    start = time.monotonic()
    assert "does not come to an end: after 0.1 seconds" in refused(capsys, check, answer)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
@pytest.mark.parametrize("answer", [None, ..., lambda *_: ...])
def test_three_dots_are_no_mistake(capsys, check, answer):
    assert feedback(capsys, check, answer).startswith("Not answered yet. ")


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_whatever_is_handed_in_or_returned_gets_one_message(capsys, number):
    value = HOSTILE[number]
    refused(capsys, check_turning_kernel, value)
    for check, _ in RIGHT:
        refused(capsys, check, value)
        refused(capsys, check, lambda *_: value)
