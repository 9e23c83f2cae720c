"""The checkers of the chapter on channels: right answers of many styles, and the mistakes that are named."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from test_exercises import Layer, Tensor, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises.channels import (
    check_green_filter,
    check_layer,
    check_multiplications,
    check_parameters,
)
from cnnbook.ops import conv2d, dense, relu

# --- A filter


def green(value, *index, shape=(3, 3, 3)):
    weights = np.zeros(shape)
    weights[index] = value
    return weights


ALL = slice(None)
GREEN = green(1 / 9, ALL, ALL, 1)


@pytest.mark.parametrize(
    "answer",
    [
        GREEN,
        GREEN.tolist(),
        tuple(map(tuple, GREEN)),
        GREEN.astype("float32"),
        GREEN[..., None],
        GREEN[None],
        [GREEN[..., None]],
        GREEN.round(3),
        np.ones((3, 3, 1)) / 9 * [0, 1, 0],
        np.stack([np.zeros((3, 3)), np.full((3, 3), 1 / 9), np.zeros((3, 3))], axis=2),
        [[[0, Fraction(1, 9), 0]] * 3] * 3,
        np.array([[[0, 1, 0]] * 3] * 3) / 9,
        np.einsum("ij,c->ijc", np.full((3, 3), 1 / 9), [0, 1, 0]),
        Tensor(GREEN),
        Layer(GREEN[..., None]),
        Layer(GREEN[..., None], np.zeros(1)),
    ],
)
def test_green_filter_accepts(capsys, answer):
    assert feedback(capsys, check_green_filter, answer).startswith("Right. Nine weights of 1/9 for green")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (green(1 / 9, 1), "the middle row of every kernel. The axes are row, column, channel"),
        (green(1 / 9, ALL, 1), "the middle column of every kernel"),
        (green(1 / 9, ALL, ALL, 0), "This is red"),
        (green(1 / 9, ALL, ALL, 2), "This is blue"),
        (np.full((3, 3, 3), 1 / 9), "All three kernels blur"),
        (np.full((3, 3, 3), 1 / 27), "mean of all 27"),
        (np.ones((3, 3, 3)), "All 27 weights are 1"),
        (green(1, ALL, ALL, 1), "9 times too bright"),
        (green(1, 1, 1, 1), "copies the green pixel in the middle"),
        (green(1 / 9, 1, 1, 1), "the other eight are 0"),
        (green(1 / 3, ALL, ALL, 1), "add up to 3"),
        (green(1 / 27, ALL, ALL, 1), "add up to 1/3"),
        (-GREEN, "are negative"),
        (2 * GREEN - 1 / 9, "subtracts red and blue"),
        (1 / 9 - GREEN, "stops green"),
        (0 * GREEN, "All weights are 0"),
        (2 * GREEN, "add up to 0 for red, 2 for green, 0 for blue"),
        (np.full((3, 3), 1 / 9), "This is one kernel"),
        (np.ones(27) / 9, "not in three axes"),
        (np.ones((3, 3, 3, 2)), "several filters"),
        (np.ones((3, 5, 3)), "shape (3, 5, 3)"),
        (np.ones((5, 5, 3)), "shape (5, 5, 3)"),
        (1 / 9, "shape ()"),
        ("green", "must be made of numbers"),
        (lambda image: image[:, :, 1], "This is a function"),
        ([[[0, "1/9", 0]] * 3] * 3, "have no quotes"),
        (Layer(GREEN[..., None], np.ones(1)), "adds a bias"),
    ],
)
def test_green_filter_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_green_filter, answer)


# --- A layer


def loops(image, weights, bias):
    maps = []
    for f in range(weights.shape[3]):
        total = bias[f]
        for c in range(weights.shape[2]):
            total = total + conv2d(image[:, :, c], weights[:, :, c, f])
        maps.append(total)
    return np.stack(maps, axis=-1)


def all_loops(image, weights, bias):
    (h, w, _), (kh, kw, _, filters) = image.shape, weights.shape
    output = np.zeros((h - kh + 1, w - kw + 1, filters))
    for f, r, c in np.ndindex(filters, h - kh + 1, w - kw + 1):
        patch = image[r : r + kh, c : c + kw]
        output[r, c, f] = (patch * weights[:, :, :, f]).sum() + bias[f]
    return output


def one_patch_at_a_time(image, weights, bias):
    (h, w, _), (kh, kw) = image.shape, weights.shape[:2]
    rows = [[image[r : r + kh, c : c + kw] for c in range(w - kw + 1)] for r in range(h - kh + 1)]
    return np.tensordot(np.array(rows), weights, 3) + bias


def as_dense(image, weights, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, weights.shape[:2], (0, 1))
    patches = np.moveaxis(windows, 2, -1)
    return dense(patches.reshape(*patches.shape[:2], -1), weights.reshape(-1, len(bias)), bias)


def shifted(image, weights, bias):
    (h, w, _), (kh, kw) = image.shape, weights.shape[:2]
    parts = [
        image[i : i + h - kh + 1, j : j + w - kw + 1] @ weights[i, j]
        for i, j in itertools.product(range(kh), range(kw))
    ]
    return sum(parts) + bias


def by_keras(image, weights, bias):
    images = image[None].astype("float32")
    return keras.ops.conv(images, weights.astype("float32")) + bias.astype("float32")


def in_place(image, weights, bias):
    output = np.stack([conv2d(image[:, :, 0], weights[:, :, 0, f]) for f in range(len(bias))], -1)
    for c in range(1, image.shape[2]):
        for f in range(len(bias)):
            output[:, :, f] += conv2d(image[:, :, c], weights[:, :, c, f])
    output += bias
    return output


@pytest.mark.parametrize(
    "answer",
    [
        loops,
        all_loops,
        one_patch_at_a_time,
        as_dense,
        shifted,
        by_keras,
        in_place,
        conv2d,
        lambda image, weights, bias: conv2d(image, weights) + bias,
        lambda x, w, b: loops(x, w, b).tolist(),
        lambda x, w, b: loops(x, w, b).astype("float32"),
        lambda x, w, b: Tensor(loops(x, w, b)),
        lambda *given: loops(*given),
        lambda image, weights, bias, stride=1: conv2d(image, weights, bias, stride),
        lambda x, w, b: (
            np.einsum("ijckl,klcf->ijf", np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], (0, 1)), w)
            + b
        ),
    ],
)
def test_layer_accepts(capsys, answer):
    assert feedback(capsys, check_layer, answer).startswith("Right. Your function gives what Keras gives")


def apart(x, w):
    return np.stack([conv2d(x[..., c : c + 1], w[:, :, c : c + 1]) for c in range(x.shape[2])], axis=2)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x, w, b: conv2d(x, w), "The bias is missing"),
        (lambda x, w, b: conv2d(x, w, b * x.shape[2]), "once for each channel"),
        (lambda x, w, b: conv2d(x, w) - b, "subtracted"),
        (lambda x, w, b: conv2d(x, w) * b, "multiplied by the bias"),
        (lambda x, w, b: conv2d(x, w) + b[0], "bias[0]"),
        (lambda x, w, b: conv2d(x, w) + sum(b), "all biases"),
        (lambda x, w, b: conv2d(x[..., :1], w[:, :, :1], b), "Only channel 0"),
        (lambda x, w, b: conv2d(x[..., -1:], w[:, :, -1:], b), "Only the last channel"),
        (lambda x, w, b: apart(x, w).mean(axis=2) + b, "the mean over the channels"),
        (lambda x, w, b: apart(x, w).max(axis=2) + b, "the largest"),
        (lambda x, w, b: apart(x, w), "not added up"),
        (lambda x, w, b: apart(x, w) + b, "not added up"),
        (lambda x, w, b: conv2d(x, w[:, :, [0] * x.shape[2]], b), "Every channel meets the kernel"),
        (lambda x, w, b: conv2d(x[..., [0] * x.shape[2]], w, b), "Every kernel gets channel 0"),
        (lambda x, w, b: conv2d(x, w[..., [0] * len(b)], b), "made with filter 0"),
        (lambda x, w, b: conv2d(x, w, b)[..., 0], "the map of filter 0 alone"),
        (lambda x, w, b: conv2d(x, w, b)[..., -1], "the last filter alone"),
        (lambda x, w, b: conv2d(x, w, b) * (np.arange(len(b)) == 0), "Map 0 is right"),
        (lambda x, w, b: conv2d(x, w, b).sum(axis=2), "The maps of the filters are added up"),
        (lambda x, w, b: np.moveaxis(conv2d(x, w, b), 2, 0), "come first in the shape"),
        (lambda x, w, b: conv2d(x[..., ::-1], w, b), "in the wrong order"),
        (lambda x, w, b: conv2d(x, w[::-1, ::-1], b), "turned upside down"),
        (lambda x, w, b: conv2d(x, w, b, padding="same"), "something is padded"),
        (lambda x, w, b: relu(conv2d(x, w, b)), "as ReLU or a clip does it"),
        (lambda x, w, b: 0 * conv2d(x, w, b), "All your numbers are 0"),
        (lambda x, w, b: x * w, "weights[:, :, c, f]"),
        (lambda x, w, b: conv2d(x, w[:, :, 0], b), "weights[:, :, c, f]"),
        (lambda x, w, b: x[:2, :2] * w, "weights[:, :, c, f]"),
        (lambda x, w, b: None, "returned None"),
        (lambda x, w: conv2d(x, w), "It is called with 3 values: image, weights, bias."),
        (np.zeros((3, 3)), "A function was expected"),
    ],
)
def test_layer_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_layer, answer)


# --- Counting


def counted(kernel, channels, filters):
    one = 0
    for _ in range(channels):
        one += kernel * kernel
    return sum(one + 1 for _ in range(filters))


def counted_by_keras(kernel, channels, filters):
    layer = keras.layers.Conv2D(filters, kernel)
    layer.build((None, None, None, channels))
    return layer.count_params()


@pytest.mark.parametrize(
    "answer",
    [
        lambda k, c, f: (k * k * c + 1) * f,
        lambda k, c, f: k**2 * c * f + f,
        lambda k, c, f: f * (1 + c * k * k),
        lambda k, c, f: np.zeros((k, k, c, f)).size + np.zeros(f).size,
        lambda k, c, f: np.prod([k, k, c, f]) + f,
        lambda k, c, f: float(k * k * c * f + f),
        lambda k, c, f: np.array([k * k * c * f + f]),
        lambda *given: counted(*given),
        counted,
        counted_by_keras,
        lambda filters, channels, kernel: (kernel**2 * channels + 1) * filters,
    ],
)
def test_parameters_accepts(capsys, answer):
    assert feedback(capsys, check_parameters, answer).startswith("Right. (kernel · kernel · channels + 1)")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda k, c, f: k * k * c * f, "The biases are missing"),
        (lambda k, c, f: k * k * c * f, "With kernel 3, channels 1, filters 1 you get 9; 10 is right."),
        (lambda k, c, f: k * k * f + f, "The channels are not in your formula"),
        (lambda k, c, f: k * k * f, "Neither is in your formula"),
        (lambda k, c, f: k * k * c * f + 1, "The layer has one bias"),
        (lambda k, c, f: (k * k + 1) * c * f, "Each kernel has a bias"),
        (lambda k, c, f: k * c * f + f, "as many rows as columns"),
        (lambda k, c, f: 2 * k * c * f + f, "not kernel + kernel"),
        (lambda k, c, f: k * k * c + 1, "That is one filter"),
        (lambda k, c, f: k * k * c, "the weights of one filter"),
        (lambda k, c, f: k * k * c + f, "share one set of weights"),
        (lambda k, c, f: k * k * c * f + c, "a bias for each channel"),
        (lambda k, c, f: (k * k * f + 1) * c, "changed places"),
        (lambda k, c, f: (k * k + c + 1) * f, "You add the channels"),
        (lambda k, c, f: (k * k + c) * f, "You add the channels"),
        (lambda k, c, f: k * k * (c + f) + f, "You add channels and filters"),
        (lambda k, c, f: k * k * (c + 1) * f, "The bias is as large as a kernel"),
        (lambda k, c, f: k**3 * f + f, "The third side of a filter"),
        (lambda k, c, f: 896, "you get 896; 10 is right. A filter holds 3 · 3 · 1 weights and a bias"),
        (lambda k, c, f: (k, k, c, f), "One number was expected"),
        (lambda k, c, f: print(k * k * c * f), "prints its result"),
        (lambda k, c: k * k * c, "It is called with 3 values"),
        (896, "A function was expected"),
    ],
)
def test_parameters_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_parameters, answer)


def places(h, w, k):
    return (h - k + 1) * (w - k + 1)


def walked(height, width, kernel, channels, filters):
    rows, columns = range(height - kernel + 1), range(width - kernel + 1)
    return sum(kernel * kernel * channels * filters for _ in rows for _ in columns)


@pytest.mark.parametrize(
    "answer",
    [
        lambda h, w, k, c, f: (h - k + 1) * (w - k + 1) * k * k * c * f,
        lambda h, w, k, c, f: f * c * k**2 * places(h, w, k),
        lambda h, w, k, c, f: conv2d(np.zeros((h, w)), np.zeros((k, k))).size * k * k * c * f,
        lambda h, w, k, c, f: np.prod(conv2d(np.ones((h, w, c)), np.ones((k, k, c, f))).shape) * k * k * c,
        lambda h, w, k, c, f: conv2d(np.ones((h, w, c)), np.ones((k, k, c, f))).sum(),
        lambda h, w, k, c, f: float(places(h, w, k) * k * k * c * f),
        lambda h, w, k, c, f: np.array([[places(h, w, k) * k * k * c * f]]),
        lambda h, w, k, c, f: Tensor(places(h, w, k) * k * k * c * f),
        lambda *given: walked(*given),
        walked,
        lambda filters, channels, kernel, width, height: walked(height, width, kernel, channels, filters),
    ],
)
def test_multiplications_accepts(capsys, answer):
    assert feedback(capsys, check_multiplications, answer).startswith("Right. 777,600 for the first layer")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda h, w, k, c, f: h * w * k * k * c * f, "cannot begin at every pixel"),
        (lambda h, w, k, c, f: k * k * c * f, "These are the weights"),
        (lambda h, w, k, c, f: (k * k * c + 1) * f, "weights and biases"),
        (lambda h, w, k, c, f: places(h, w, k) * k * k * f, "The channels are missing"),
        (lambda h, w, k, c, f: places(h, w, k) * k * k * c, "That is one filter"),
        (lambda h, w, k, c, f: places(h, w, k) * k * k, "That is one kernel"),
        (lambda h, w, k, c, f: places(h, w, k) * c * f, "kernel × kernel products"),
        (lambda h, w, k, c, f: places(h, w, k) * k * c * f, "kernel × kernel weights"),
        (lambda h, w, k, c, f: places(h, w, k) * f, "the numbers of the maps"),
        (lambda h, w, k, c, f: places(h, w, k) * (k * k * c + 1) * f, "The bias is counted"),
        (lambda h, w, k, c, f: 2 * places(h, w, k) * k * k * c * f, "each for itself"),
        (lambda h, w, k, c, f: (h - k) * (w - k) * k * k * c * f, "counts, too: + 1"),
        (lambda h, w, k, c, f: (h - k + 1) ** 2 * k * k * c * f, "use the width"),
        (lambda h, w, k, c, f: (w - k + 1) ** 2 * k * k * c * f, "use the height"),
        (lambda h, w, k, c, f: (h + w - 2 * k + 2) * k * k * c * f, "rows times columns"),
        (lambda h, w, k, c, f: h * w * c * places(h, w, k) * f, "That is a dense layer"),
        (lambda h, w, k, c, f: (h // k) * (w // k) * k * k * c * f, "moves by its own size"),
        (lambda h, w, k, c, f: places(h, w, k) * (k * k + c) * f, "You add the channels"),
        (lambda h, w, k, c, f: 7, "you get 7; 9 is right. The kernel fits at 1 · 1 places"),
        (lambda h, w, k, c, f: str(h), "Numbers have no quotes"),
        (lambda h, w, k: h * w, "It is called with 5 values"),
        (777600, "A function was expected"),
    ],
)
def test_multiplications_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_multiplications, answer)
