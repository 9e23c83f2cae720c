"""The checkers of the chapter on images: right answers of many styles, typical mistakes by name."""

import re

import numpy as np
import pytest
from test_exercises import feedback

from cnnbook.exercises.images import (
    check_channels_first,
    check_dense_parameters,
    check_difference,
    check_grey,
    check_shrink,
)

LUMA = np.array([0.299, 0.587, 0.114])


def loop_first(x):
    result = np.zeros((x.shape[2], x.shape[0], x.shape[1]), x.dtype)
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            for channel in range(x.shape[2]):
                result[channel, row, column] = x[row, column, channel]
    return result


def in_place(x):
    x.transpose(2, 0, 1)
    return x


CHANNELS_FIRST = {
    "right": [
        lambda x: np.moveaxis(x, -1, 0),
        lambda x: np.moveaxis(x, 2, 0),
        lambda x: x.transpose(2, 0, 1),
        lambda x: np.transpose(x, (2, 0, 1)),
        lambda x: np.rollaxis(x, 2),
        lambda x: x.swapaxes(0, 2).swapaxes(1, 2),
        lambda x: np.stack([x[:, :, 0], x[:, :, 1], x[:, :, 2]]),
        lambda x: np.array([x[..., c] for c in range(3)]),
        lambda x: [x[..., c].tolist() for c in range(3)],
        lambda image: np.einsum("hwc->chw", image),
        lambda x: np.moveaxis(x, -1, 0)[None],
        lambda x: np.moveaxis(x.astype("float32"), -1, 0),
        loop_first,
    ],
    "wrong": [
        (lambda x: x.reshape(3, *x.shape[:2]), "reshape keeps the numbers in the order"),
        (lambda x: x.T, "lies on its side"),
        (lambda x: x.swapaxes(0, 2), "lies on its side"),
        (in_place, "The channels are still last"),
        (lambda x: x.transpose(1, 0, 2), "You exchange rows and columns"),
        (lambda x: x.swapaxes(1, 2), "moved past the columns only"),
        (lambda x: np.moveaxis(x, 0, -1), "The rows have moved to the end"),
        (lambda x: x[..., ::-1].transpose(2, 0, 1), "blue comes first"),
        (lambda x: x[::-1].transpose(2, 0, 1), "upside down"),
        (lambda x: x[:, ::-1].transpose(2, 0, 1), "mirrored"),
        (lambda x: x[:, :, 0], "the red channel alone"),
        (lambda x: x[0], "x[0] is the first row"),
        (lambda x: x.mean(axis=2), "mix the channels"),
        (lambda x: x.sum(axis=2), "add the channels up"),
        (lambda x: x.reshape(-1, 3).T, "one long row"),
        (lambda x: np.vstack([x[..., c] for c in range(3)]), "below one another"),
        (lambda x: np.hstack([x[..., c] for c in range(3)]), "side by side"),
        (lambda x: x.flatten(), "all numbers in one row"),
        (lambda x: x.transpose(2, 0, 1) / 255, "divided by 255"),
        (lambda x: x.transpose(3, 0, 1), "stops at"),
        (lambda x: x.shape, "shape"),
        (lambda x: None, "returned None"),
    ],
}


def by_loop(a, b):
    result = np.zeros(a.shape, np.uint8)
    for place in np.ndindex(a.shape):
        result[place] = abs(int(a[place]) - int(b[place]))
    return result


DIFFERENCE = {
    "right": [
        lambda a, b: np.abs(a.astype(int) - b.astype(int)),
        lambda a, b: np.abs(a.astype(float) - b),
        lambda a, b: abs(a.astype(np.int16) - b.astype(np.int16)).astype(np.uint8),
        lambda a, b: np.maximum(a, b) - np.minimum(a, b),
        lambda a, b: np.where(a > b, a - b, b - a),
        lambda a, b: np.absolute(np.subtract(a, b, dtype=np.int32)),
        lambda a, b: abs(a.astype("float32") - b.astype("float32")),
        lambda first, second: np.sqrt((first.astype(float) - second) ** 2),
        lambda a, b: abs(np.int16(a) - np.int16(b)).tolist(),
        lambda a, b: np.abs(1.0 * a - b),
        lambda a, b: np.abs(a - b.astype(int)),
        by_loop,
    ],
    "wrong": [
        (lambda a, b: a - b, "100 - 200 is 156"),
        (lambda a, b: np.abs(a - b), "abs() afterwards does not help"),
        (lambda a, b: (a - b).astype(float), "100 - 200 is 156"),
        (lambda a, b: b - a, "100 - 200 is 156"),
        (lambda a, b: abs(a.astype(np.int8) - b.astype(np.int8)), "int8 holds -128 to 127"),
        (lambda a, b: a.astype(int) - b, "negative where the second image is brighter"),
        (lambda a, b: b.astype(int) - a, "negative where the first image is brighter"),
        (lambda a, b: np.clip(a.astype(int) - b, 0, 255), "Where the second image is brighter you say 0"),
        (lambda a, b: np.maximum(b.astype(int) - a, 0), "Where the first image is brighter you say 0"),
        (lambda a, b: (a.astype(int) - b) ** 2, "Your differences are squared."),
        (lambda a, b: (a - b) ** 2, "squared, and before that"),
        (lambda a, b: 255 - np.abs(a.astype(int) - b), "Bright and dark have changed places"),
        (lambda a, b: a + b, "as uint8, which begins again"),
        (lambda a, b: a.astype(int) + b, "You add the images up. How far"),
        (lambda a, b: (a.astype(float) + b) / 2, "mean of both"),
        (lambda a, b: np.maximum(a, b), "brighter pixel"),
        (lambda a, b: np.minimum(a, b), "darker pixel"),
        (lambda a, b: a ^ b, "bit by bit"),
        (lambda a, b: np.abs(a.astype(int) - b).mean(), "one number, the mean"),
        (lambda a, b: np.abs(a.astype(int) - b).max(), "one number, the largest"),
        (lambda a, b: (a.astype(int) - b).sum(), "one number, all added up"),
        (lambda a, b: a != b, "True and False"),
        (lambda a, b: np.abs(a.astype(int) - b) / 255, "divided by 255"),
        (lambda a, b: a, "the first image"),
        (lambda a: a, "called with 2 values"),
    ],
}
GREY = {
    "right": [
        lambda x: x @ LUMA,
        lambda x: 0.299 * x[..., 0] + 0.587 * x[..., 1] + 0.114 * x[..., 2],
        lambda x: (x * LUMA).sum(axis=-1),
        lambda x: np.dot(x, LUMA).round(),
        lambda x: (x @ LUMA).astype(np.uint8),
        lambda x: np.rint(x @ LUMA).astype(np.uint8),
        lambda x: (x.astype(int) @ [299, 587, 114]) // 1000,
        lambda x: np.einsum("hwc,c->hw", x, LUMA),
        lambda image: np.average(image, axis=-1, weights=LUMA),
        lambda x: (x @ LUMA)[..., None],
        lambda x: np.tensordot(x, LUMA, 1).astype("float32"),
        lambda x: (x @ LUMA).tolist(),
        lambda x: [[sum(w * int(v) for w, v in zip(LUMA, p, strict=True)) for p in row] for row in x],
    ],
    "wrong": [
        (lambda x: x.mean(axis=-1), "plain mean"),
        (lambda x: x.sum(axis=-1) / 3, "plain mean"),
        (lambda x: (x[..., 0] + x[..., 1] + x[..., 2]) / 3, "three bytes is a byte"),
        (lambda x: x @ LUMA[::-1], "weight of blue"),
        (lambda x: x @ [0.2126, 0.7152, 0.0722], "BT.709"),
        (lambda x: x @ LUMA / 255, "from 0 to 1"),
        (lambda x: x @ LUMA / 3, "divided by 3"),
        (lambda x: x @ [299, 587, 114], "divide by it"),
        (lambda x: (x * LUMA).astype(np.uint8).sum(axis=-1), "cut off before they are added"),
        (lambda x: x.sum(axis=-1), "white is 765"),
        (lambda x: x[..., 0], "red channel"),
        (lambda x: x[..., 1], "green channel"),
        (lambda x: x[..., 2], "blue channel"),
        (lambda x: x.max(axis=-1), "largest of the three"),
        (lambda x: (x.max(axis=-1).astype(int) + x.min(axis=-1)) / 2, "middle between"),
        (lambda x: np.stack([x @ LUMA] * 3, axis=-1), "three times"),
        (lambda x: x * LUMA, "still apart"),
        (lambda x: x.mean(axis=0), "Axis 0"),
        (lambda x: x.mean(axis=1), "Axis 1"),
        (lambda x: x.mean(), "one number for the whole"),
        (lambda x: x @ [0.3, 0.6], "matri"),
    ],
}


def by_blocks(x, n):
    result = np.zeros((x.shape[0] // n, x.shape[1] // n))
    for row in range(result.shape[0]):
        for column in range(result.shape[1]):
            result[row, column] = x[row * n : row * n + n, column * n : column * n + n].mean()
    return result


def added(x, n, dtype):
    total = np.zeros((x.shape[0] // n, x.shape[1] // n), dtype)
    for i in range(n):
        for j in range(n):
            total += x[i::n, j::n]
    return total / n**2


def integers(x, n):
    result = np.zeros((x.shape[0] // n, x.shape[1] // n), int)
    result[:] = by_blocks(x, n)
    return result


def blocks(x, n):
    return x.reshape(x.shape[0] // n, n, x.shape[1] // n, n)


SHRINK = {
    "right": [
        by_blocks,
        lambda x, n: blocks(x, n).mean(axis=(1, 3)),
        lambda x, n: blocks(x, n).mean(axis=3).mean(axis=1),
        lambda x, n: blocks(x, n).swapaxes(1, 2).mean(axis=(2, 3)),
        lambda x, n: added(x, n, float),
        lambda x, n: added(x, n, int),
        lambda image, n: blocks(image, n).sum(axis=(1, 3)) / n**2,
        lambda x, n: blocks(x, n).mean(axis=(1, 3)).astype("float32"),
        lambda x, n: blocks(x, n).mean(axis=(1, 3))[None, :, :, None],
        lambda x, n: np.lib.stride_tricks.sliding_window_view(x, (n, n))[::n, ::n].mean(axis=(2, 3)),
        lambda x, n: by_blocks(x, n).tolist(),
        lambda x, n: [
            [x[r : r + n, c : c + n].mean() for c in range(0, len(x[0]), n)] for r in range(0, len(x), n)
        ],
    ],
    "wrong": [
        (lambda x, n: x[::n, ::n], "skip the others"),
        (lambda x, n: x[n - 1 :: n, n - 1 :: n], "skip the others"),
        (lambda x, n: blocks(x, n).max(axis=(1, 3)), "largest number of each block"),
        (lambda x, n: blocks(x, n).min(axis=(1, 3)), "smallest number of each block"),
        (lambda x, n: np.median(blocks(x, n), axis=(1, 3)), "median"),
        (lambda x, n: blocks(x, n).sum(axis=(1, 3)), "add up each block"),
        (lambda x, n: blocks(x, n).sum(axis=(1, 3)) / n, "divide the sum by the side"),
        (lambda x, n: added(x, n, np.uint8), "begins again at 0"),
        (lambda x, n: x.reshape(len(x) // n, -1, n, n).mean(axis=(2, 3)), "reshape reads along the rows"),
        (lambda x, n: x.reshape(n, len(x) // n, n, -1).mean(axis=(0, 2)), "pixels far apart"),
        (lambda x, n: blocks(x, n).mean(axis=(0, 2)), "runs over the blocks"),
        (lambda x, n: x.reshape(len(x), -1, n).mean(axis=2), "the rows are not"),
        (lambda x, n: x.reshape(len(x) // n, n, -1).mean(axis=1), "the columns are not"),
        (
            lambda x, n: np.lib.stride_tricks.sliding_window_view(x, (n, n)).mean(axis=(2, 3)),
            "moves on by one pixel",
        ),
        (lambda x, n: x[: len(x) // n, : len(x[0]) // n], "cut out a corner"),
        (lambda x, n: np.full((len(x) // n, len(x[0]) // n), x.mean()), "mean of the whole image"),
        (integers, "fractions are cut off"),
        (lambda x, n: by_blocks(x, n).round(), "rounded"),
        (lambda x, n: by_blocks(x, n) // 1, "cut off|rounded down"),
        (lambda x, n: by_blocks(x, n).T, "changed places"),
        (lambda x, n: by_blocks(x, 2), "With n = 2 your function is right"),
        (lambda x, n: blocks(x, n).sum(axis=(1, 3)) / 4, "With n = 2 your function is right|multipl"),
        (lambda x, n: x.mean(), "one number"),
        (lambda x, n: x.reshape(x.shape[0] / n, n, x.shape[1] / n, n), "is a fraction"),
    ],
}
PARAMETERS = {
    "right": [
        lambda height, width, channels, units: height * width * channels * units + units,
        lambda h, w, c, u: (h * w * c + 1) * u,
        lambda h, w, c, u: sum(h * w * c + 1 for _ in range(u)),
        lambda h, w, c, u: float(h * w * c * u + u),
        lambda h, w, c, u: np.prod([h, w, c, u]) + u,
        lambda h, w, c, u: np.array([h * w * c * u + u]),
        lambda h, w, c, u: [h * w * c * u + u],
        lambda units, channels, width, height: height * width * channels * units + units,
        lambda *n: n[0] * n[1] * n[2] * n[3] + n[3],
        lambda h, w, c, u: np.float32(h * w * c * u + u),
    ],
    "wrong": [
        (lambda h, w, c, u: h * w * c * u, "These are the weights."),
        (lambda h, w, c, u: h * w * c * u + 1, "one bias. Each output"),
        (lambda h, w, c, u: h * w * c * (u + 1), "a bias for each input"),
        (lambda h, w, c, u: (h * w + 1) * c * u, "a bias for each channel"),
        (lambda h, w, c, u: h * w * u + u, "The channels are not in your formula. Each pixel"),
        (lambda h, w, c, u: h * w * u, "The channels are not in your formula. Each output"),
        (lambda h, w, c, u: h * w * c + u, "Inputs and outputs are added"),
        (lambda h, w, c, u: h * w * c + 1, "the count of one output"),
        (lambda h, w, c, u: h * w * c, "the number of inputs"),
        (lambda h, w, c, u: (h + w) * c * u + u, "Height and width are added"),
        (lambda h, w, c, u: (h + w + c) * u + u, "The sides are added"),
        (lambda h, w, c, u: h * c * u + u, "The width is not"),
        (lambda h, w, c, u: w * c * u + u, "The height is not"),
        (lambda h, w, c, u: h * h * c * u + u, "Your image is square"),
        (lambda h, w, c, u: 3 * 3 * c * u + u, "a convolution of 3 by 3"),
        (lambda h, w, c, u: 2 * h * w * c * u, "each weight twice"),
        (lambda h, w, c, u: u, "the number of outputs"),
        (lambda h, w, c, u: (h * w * c, u), "One number was expected"),
        (lambda h, w, c: h * w * c, "called with 4 values"),
        (lambda h, w, c, u: print(h * w), "prints its result"),
        (lambda h, w, c, u: h * w * c**2, "is right"),
    ],
}
EXERCISES = {
    check_channels_first: CHANNELS_FIRST,
    check_difference: DIFFERENCE,
    check_grey: GREY,
    check_shrink: SHRINK,
    check_dense_parameters: PARAMETERS,
}


def cases(which):
    return [
        pytest.param(check, case, id=f"{check.__name__}-{number}")
        for check, answers in EXERCISES.items()
        for number, case in enumerate(answers[which])
    ]


@pytest.mark.parametrize(("check", "answer"), cases("right"))
def test_right_answers_of_every_style(capsys, check, answer):
    assert feedback(capsys, check, answer).startswith("Right. ")


@pytest.mark.parametrize(("check", "case"), cases("wrong"))
def test_mistakes_are_named(capsys, check, case):
    answer, message = case
    text = feedback(capsys, check, answer)
    assert "Not yet. " in text
    assert re.search(message, text) or message in text, text


@pytest.mark.parametrize("check", EXERCISES)
def test_ten_styles_and_fifteen_mistakes(check):
    assert len(EXERCISES[check]["right"]) >= 10
    assert len(EXERCISES[check]["wrong"]) >= 15


@pytest.mark.parametrize("check", EXERCISES)
@pytest.mark.parametrize("answer", [..., None, lambda *values: ...])
def test_unanswered(capsys, check, answer):
    assert feedback(capsys, check, answer).startswith("Not answered yet. ")


@pytest.mark.parametrize("check", EXERCISES)
def test_what_is_no_function(capsys, check):
    for answer in (3, "text", np.zeros((2, 2)), int):
        assert feedback(capsys, check, answer).startswith("Not yet. A function was expected")
