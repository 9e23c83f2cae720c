"""The checkers of the chapter on dense layers: right answers of many styles, and named mistakes."""

import math
import re

import numpy as np
import pytest
from test_exercises import Tensor, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises.dense import (
    check_cross_entropy,
    check_dropout,
    check_gradient,
    check_parameters,
    check_softmax,
)
from cnnbook.ops import cross_entropy, softmax

rows = np.arange
ops, losses = keras.ops, keras.losses


def below(z):
    return z - z.max(axis=1, keepdims=True)


def share(x):
    return x / x.sum(axis=1, keepdims=True)


def flat(x):
    return x / x.sum(axis=1)


def one_hot(y, places):
    return np.eye(places)[y]


def eye(z, y):
    return one_hot(y, z.shape[1])


def right(x, y):
    return x[rows(len(y)), y]


# --- Softmax


def row_by_row(logits):
    result = []
    for row in logits:
        powers = np.exp(row - max(row))
        result.append(powers / sum(powers))
    return result


def plain_python(logits):
    table = []
    for row in logits.tolist():
        powers = [math.exp(z - max(row)) for z in row]
        table.append([power / sum(powers) for power in powers])
    return table


def filled(logits):
    output = np.zeros(logits.shape)
    for n in range(logits.shape[0]):
        for k in range(logits.shape[1]):
            output[n, k] = 1 / np.exp(np.clip(logits[n] - logits[n, k], -700, 700)).sum()
    return output


@pytest.mark.parametrize(
    "answer",
    [
        lambda logits: share(np.exp(below(logits))),
        lambda z: share(np.exp(z - z.max(1)[:, None])),
        lambda logits: (np.exp(below(logits)).T / np.exp(below(logits)).sum(1)).T,
        lambda logits: np.exp(below(logits) - np.log(np.exp(below(logits)).sum(axis=1, keepdims=True))),
        lambda logits: np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)),
        lambda logits: share(np.exp((logits.T - logits.max(axis=1)).T)),
        lambda logits: np.array([softmax(row) for row in logits]),
        lambda logits: softmax(logits).astype("float32"),
        lambda logits: Tensor(softmax(logits)),
        lambda logits: ops.softmax(logits.astype("float32")),
        lambda logits: ops.softmax(logits.astype("float32"), axis=1)[None],
        lambda logits: keras.layers.Softmax()(logits.astype("float32")),
        lambda logits: np.apply_along_axis(softmax, 1, logits),
        row_by_row,
        plain_python,
        filled,
    ],
)
def test_softmax_accepts(capsys, answer):
    assert feedback(capsys, check_softmax, answer).startswith("Right. Rows of 1,000")


def by_math(logits):
    return [[math.exp(z) / sum(map(math.exp, row)) for z in row] for row in logits.tolist()]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda z: share(np.exp(z)), "Small logits come out right"),
        (lambda z: np.exp(z) / np.exp(z).sum(), "All rows together"),
        (lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(), "All rows together"),
        (lambda z: share(np.exp(z - z.max())), "Small logits come out right"),
        (lambda z: np.exp(z) / np.exp(z).sum(axis=0), "columns add up to 1"),
        (lambda z: softmax(z, axis=0), "columns add up to 1"),
        (np.exp, "still have to be divided"),
        (lambda z: np.exp(below(z)), "less the largest. They still have to be divided"),
        (share, "divided by their sum. Take powers"),
        (lambda z: share(below(z)), "less the largest are divided by their sum"),
        (lambda z: share(np.abs(z)), "lose their signs"),
        (lambda z: share(np.maximum(z, 0) + 0.0), "Negative logits become 0"),
        (lambda z: share(z - z.min(axis=1, keepdims=True)), "The smallest is taken off"),
        (below, "stops there"),
        (lambda z: share(2**z), "of 2"),
        (lambda z: share(z**2), "squares"),
        (lambda z: 1 / (1 + np.exp(-z)), "sigmoid"),
        (lambda z: softmax(-z), "the smallest gets the largest"),
        (lambda z: np.log(softmax(z)), "logarithms"),
        (lambda z: np.exp(z) / z.sum(axis=1, keepdims=True), "sum of the logits"),
        (lambda z: np.exp(below(z)) / np.exp(z).sum(axis=1, keepdims=True), "below it is not"),
        (lambda z: np.exp(z) / np.exp(below(z)).sum(axis=1, keepdims=True), "above it is not"),
        (lambda z: softmax(z / z.max(axis=1, keepdims=True)), "Subtract it"),
        (lambda z: softmax(softmax(z)), "taken twice"),
        (lambda z: np.eye(z.shape[1])[z.argmax(axis=1)], "The largest gets all"),
        (lambda z: z.argmax(axis=1), "number of the most probable class"),
        (lambda z: softmax(z).max(axis=1), "largest probability of each row"),
        (lambda z: softmax(z)[0], "first row only"),
        (lambda z: softmax(z).T, "changed places"),
        (lambda z: softmax(z).round(), "rounded"),
        (lambda z: np.exp(z) / np.exp(z).sum(axis=1), "keepdims=True keeps"),
        (lambda z: np.exp(below(z)) / np.exp(below(z)).sum(axis=1), "keepdims=True keeps"),
        (lambda z: share(np.exp(z - z.max(axis=1))), "keepdims=True keeps"),
        (lambda z: flat(np.exp(z - z.max(axis=1))), "With logits [[0, 0.5, 0.25], [1, 0, 3], [-2, 1, 2]]"),
        (lambda z: np.exp(z - z.max(axis=1)), "keepdims=True keeps"),
        (lambda z: share(np.exp(z - z.max()) + 1e-9), "the largest of all rows"),
        (lambda z: np.exp(z - z.max()) / (np.exp(z - z.max()).sum(1)[:, None] + 1e-9), "largest of all rows"),
        (lambda z: np.nan_to_num(share(np.exp(z - z.max()))), "the largest of all rows"),
        (lambda z: share(np.exp(np.clip(z, -700, 700))), "cut off there"),
        (by_math, "e^709 is about the largest"),
        (lambda z: share(np.exp(z - z.max(axis=0))), "largest of each column"),
        (lambda z: share(np.exp(z - z.mean(axis=1, keepdims=True))), "Small logits come out right"),
        (lambda z: np.nan_to_num(share(np.exp(z))), "nan_to_num hides"),
        (lambda z: softmax(z) > 0.5, "True and False"),
        (lambda z: print(softmax(z)), "prints its result"),
        ([[1, 2]], "A function was expected"),
    ],
)
def test_softmax_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_softmax, answer)


# --- How many parameters


def counted(height, width, channels, units):
    return sum(1 for _ in range(height * width * channels * units)) + units


@pytest.mark.parametrize(
    "answer",
    [
        lambda height, width, channels, units: (height * width * channels + 1) * units,
        lambda h, w, c, u: h * w * c * u + u,
        lambda h, w, c, u: u * (1 + h * w * c),
        lambda units, channels, width, height: units + units * channels * width * height,
        lambda *sizes: (np.prod(sizes[:3]) + 1) * sizes[3],
        lambda h, w, c, u: float((h * w * c + 1) * u),
        lambda h, w, c, u: np.int64((h * w * c + 1) * u),
        lambda h, w, c, u: [(h * w * c + 1) * u],
        lambda h, w, c, u: np.zeros((h, w, c)).size * u + u,
        lambda h, w, c, u: np.array((h * w * c + 1) * u),
        lambda **sizes: math.prod(sizes.values()) + sizes["units"],
        counted,
        lambda h, w, c, u: keras.layers.Dense(u).compute_output_shape((1, h * w * c))[1] * (h * w * c + 1),
    ],
)
def test_parameters_accepts(capsys, answer):
    assert feedback(capsys, check_parameters, answer).startswith("Right. 262,272 behind")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda h, w, c, u: h * w * c * u, "The biases are missing"),
        (lambda h, w, c, u: h * w * c * u + 1, "one bias in your formula"),
        (lambda h, w, c, u: h * w * c * (u + 1), "for each input"),
        (lambda h, w, c, u: h * w * c * u + c, "bias for each channel in"),
        (lambda h, w, c, u: h * w * c + u, "share one row of weights"),
        (lambda h, w, c, u: h * w * c, "length of the row"),
        (lambda h, w, c, u: h * w * c + 1, "That is one output"),
        (lambda h, w, c, u: (c + 1) * u, "behind global pooling"),
        (lambda h, w, c, u: c * u, "without biases"),
        (lambda h, w, c, u: (h * w + 1) * u, "The channels are missing"),
        (lambda h, w, c, u: h * w * u, "Channels and biases"),
        (lambda h, w, c, u: (h * w + 1) * c * u, "each channel of each output"),
        (lambda h, w, c, u: (h * w + c + 1) * u, "You add the channels"),
        (lambda h, w, c, u: (h + w + c + 1) * u, "You add the three sizes"),
        (lambda h, w, c, u: (h * h * c + 1) * u, "use the width"),
        (lambda h, w, c, u: (w * w * c + 1) * u, "use the height"),
        (lambda h, w, c, u: (9 * c + 1) * u, "That is a convolution"),
        (lambda h, w, c, u: (h * w * c + 1) * u * h * w, "It is used once"),
        (lambda h, w, c, u: (h * w * c + u) * u, "as many biases"),
        (lambda h, w, c, u: 3, "you get 3; 2 is right. The row has 1 · 1 · 1 numbers"),
        (lambda h, w, c: h * w * c, "It is called with 4 values"),
        (262272, "A function was expected"),
    ],
)
def test_parameters_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_parameters, answer)


# --- The loss of a batch


def in_loops(logits, labels):
    total = 0
    for row, label in zip(logits, labels, strict=True):
        m = max(row)
        total += math.log(sum(math.exp(z - m) for z in row)) + m - row[label]
    return total / len(labels)


def sparse(logits, labels):
    return losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits.astype("float32"))


@pytest.mark.parametrize(
    "answer",
    [
        lambda logits, labels: cross_entropy(logits, labels).mean(),
        lambda z, y: (np.log(np.exp(below(z)).sum(axis=1)) - right(below(z), y)).mean(),
        lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - right(z, y)),
        lambda z, y: -np.mean(right(below(z) - np.log(np.exp(below(z)).sum(1))[:, None], y)),
        lambda z, y: np.sum(cross_entropy(z, y)) / len(y),
        lambda z, y: float(np.mean(np.float32(cross_entropy(z, y)))),
        lambda z, y: [cross_entropy(z, y).mean()],
        lambda z, y: np.array([[cross_entropy(z, y).mean()]]),
        lambda z, y: Tensor(cross_entropy(z, y).mean()),
        lambda z, y: np.average([cross_entropy(row, label) for row, label in zip(z, y, strict=True)]),
        lambda z, y: -(eye(z, y) * (z - np.logaddexp.reduce(z, axis=1, keepdims=True))).sum() / len(z),
        lambda z, y: ops.mean(
            losses.sparse_categorical_crossentropy(y, z.astype("float32"), from_logits=True)
        ),
        sparse,
        in_loops,
    ],
)
def test_cross_entropy_accepts(capsys, answer):
    assert feedback(capsys, check_cross_entropy, answer).startswith("Right. It is what Sparse")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda z, y: -np.log(right(softmax(z), y)).mean(), "Small logits come out right"),
        (lambda z, y: (np.log(np.exp(z).sum(axis=1)) - right(z, y)).mean(), "Small logits come out right"),
        (lambda z, y: cross_entropy(z, y).sum(), "are added. Take their mean"),
        (lambda z, y: -cross_entropy(z, y).mean(), "The sign is turned"),
        (lambda z, y: -(np.log(softmax(z)) * one_hot(y, len(y))).sum(1).mean(), "your one-hot rows have 4"),
        (lambda z, y: -(one_hot(y, len(y)) * np.log(softmax(z))).sum(1).mean(), "4 images and 3 classes"),
        (lambda z, y: -(np.log(softmax(z)) * one_hot(y, z.shape[1]).T).sum(1).mean(), "one-hot columns"),
        (lambda z, y: -(np.log(softmax(z)) * np.eye(len(y))).sum(1).mean(), "on the diagonal"),
        (lambda z, y: -(y * np.log(softmax(z))).sum(axis=1).mean(), "as if it were an amount"),
        (lambda z, y: -(y * np.log(softmax(z))).mean(), "as if it were an amount"),
        (lambda z, y: cross_entropy(z - z.max(axis=1), y).mean(), "keepdims=True keeps"),
        (lambda z, y: -np.log(right(flat(np.exp(z)), y)).mean(), "keepdims=True keeps"),
        (
            lambda z, y: (np.log(np.exp(z - z.max(1)).sum(1)) + z.max(1) - right(z, y)).mean(),
            "keepdims=True keeps",
        ),
        (cross_entropy, "a loss for each image"),
        (lambda z, y: right(softmax(z), y).mean(), "mean probability of the right class"),
        (lambda z, y: 1 - right(softmax(z), y).mean(), "This is 1 − p"),
        (lambda z, y: -np.log(right(softmax(z), y).mean()), "taken of the mean"),
        (lambda z, y: -np.log(softmax(z)).mean(), "All classes are in your mean"),
        (lambda z, y: -(np.log(softmax(z)) * eye(z, y)).mean(), "images times classes"),
        (lambda z, y: -np.log(softmax(z)).sum(axis=1).mean(), "of all classes are added"),
        (lambda z, y: -np.log(softmax(z).max(axis=1)).mean(), "largest probability"),
        (lambda z, y: -np.log2(right(softmax(z), y)).mean(), "base 2"),
        (lambda z, y: -np.log10(right(softmax(z), y)).mean(), "base 10"),
        (lambda z, y: -np.log(1 - right(softmax(z), y)).mean(), "−ln(1 − p)"),
        (lambda z, y: -right(z, y).mean(), "minus the logit"),
        (lambda z, y: (np.log(np.exp(z).sum(axis=1)) + right(z, y)).mean(), "is added. It is subtracted"),
        (lambda z, y: np.log(np.exp(z).sum(axis=1)).mean(), "still to be subtracted"),
        (lambda z, y: (np.log(np.exp(below(z)).sum(1)) - right(z, y)).mean(), "not from the logit"),
        (lambda z, y: (np.log(np.exp(z).sum(1)) - right(below(z), y)).mean(), "not in the sum"),
        (lambda z, y: cross_entropy(softmax(z), y).mean(), "taken twice"),
        (lambda z, y: -np.log(right(softmax(z, axis=0), y)).mean(), "columns add up to 1"),
        (lambda z, y: -np.log(right(1 / (1 + np.exp(-z)), y)).mean(), "uses a sigmoid"),
        (lambda z, y: ((softmax(z) - eye(z, y)) ** 2).mean(), "squared differences"),
        (lambda z, y: (z.argmax(axis=1) != y).mean(), "share of wrong answers"),
        (lambda z, y: (z.argmax(axis=1) == y).mean(), "This is the accuracy"),
        (
            lambda z, y: -np.log(np.maximum(right(softmax(z), y), 1e-7)).mean(),
            "away from 0 by a small number",
        ),
        (lambda z, y: -np.log(right(softmax(z), y) + 1e-7).mean(), "away from 0 by a small number"),
        (lambda z, y: -np.log(np.clip(right(softmax(z), y), 1e-12, 1)).mean(), "away from 0 by a small"),
        (lambda z, y: -np.log(right(softmax(z), y) + 1e-9).mean(), "away from 0 by a small"),
        (lambda z, y: -np.log(softmax(z))[:, y].mean(), "every label from every row"),
        (lambda z, y: (np.log(np.exp(z).sum()) - right(z, y)).mean(), "over all images"),
        (lambda z, y: -(y[:, None] * np.log(softmax(z))).sum(axis=1).mean(), "as if it were an amount"),
        (lambda z, y: losses.SparseCategoricalCrossentropy()(y, z.astype("float32")), "for probabilities"),
        (lambda z, y: -np.log(softmax(z)[y]).mean(), "takes whole rows"),
        (lambda z, y: cross_entropy(z, y)[0], "first image"),
        (lambda z: z.mean(), "It is called with 2 values"),
        (1.5, "A function was expected"),
    ],
)
def test_cross_entropy_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_cross_entropy, answer)


# --- Its gradient


def subtracted(logits, labels):
    result = softmax(logits)
    for n, label in enumerate(labels):
        result[n, label] -= 1
    return result


def indexed(logits, labels):
    gradient = softmax(logits)
    gradient[rows(len(labels)), labels] -= 1
    return gradient


def less(logits, place):
    gradient = softmax(logits)
    gradient[place] -= 1
    return gradient


def measured(logits, labels):
    """Numerically, as the text does."""
    result = np.zeros(logits.shape)
    for k in range(logits.shape[1]):
        step = np.zeros(logits.shape)
        step[:, k] = 1e-5
        more, less = cross_entropy(logits + step, labels), cross_entropy(logits - step, labels)
        result[:, k] = (more - less) / 2e-5
    return result


@pytest.mark.parametrize(
    "answer",
    [
        lambda logits, labels: softmax(logits) - eye(logits, labels),
        lambda z, y: softmax(z) - np.eye(z.shape[1])[y],
        lambda z, y: -(eye(z, y) - softmax(z)),
        lambda z, y: softmax(z) - (np.arange(z.shape[1]) == y[:, None]),
        lambda z, y: (softmax(z) - eye(z, y)).tolist(),
        lambda z, y: (softmax(z) - eye(z, y)).astype("float32"),
        lambda z, y: Tensor(softmax(z) - eye(z, y)),
        lambda z, y: [softmax(row) - np.eye(len(row))[k] for row, k in zip(z, y, strict=True)],
        lambda z, y: ops.softmax(z.astype("float32")) - ops.one_hot(y, z.shape[1]),
        lambda z, y: softmax(z) - keras.utils.to_categorical(y, z.shape[1]),
        lambda z, y: (softmax(z) - eye(z, y))[None],
        subtracted,
        indexed,
        measured,
    ],
)
def test_gradient_accepts(capsys, answer):
    assert feedback(capsys, check_gradient, answer).startswith("Right. Each row adds up to 0")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda z, y: share(np.exp(z)) - eye(z, y), "Small logits come out right"),
        (lambda z, y: eye(z, y) - softmax(z), "The sign is turned"),
        (lambda z, y: (softmax(z) - eye(z, y)) / len(y), "of the *mean* loss"),
        (lambda z, y: softmax(z), "This is p."),
        (eye, "This is y"),
        (lambda z, y: softmax(z) - y[:, None], "the number of the class"),
        (lambda z, y: softmax(z) - y, "the number of the class"),
        (lambda z, y: y - softmax(z), "subtract p from the number of the class"),
        (lambda z, y: y[:, None] - softmax(z), "subtract p from the number of the class"),
        (lambda z, y: softmax(z) - one_hot(y, len(y)), "There are 4 images and 3 classes"),
        (lambda z, y: softmax(z) - one_hot(y, max(y) + 1), "do not go together"),
        (lambda z, y: softmax(z) - np.eye(len(y)), "on the diagonal"),
        (lambda z, y: softmax(z) - np.eye(z.shape[1])[:, y], "one-hot columns"),
        (lambda z, y: softmax(z - z.max(axis=1)) - eye(z, y), "keepdims=True keeps"),
        (lambda z, y: flat(np.exp(below(z))) - eye(z, y), "keepdims=True keeps"),
        (lambda z, y: less(z, (slice(None), y)), "in every row"),
        (lambda z, y: less(z, y), "whole rows"),
        (lambda z, y: (softmax(z) - eye(z, y)).astype(int), "fractions are cut off"),
        (lambda z, y: softmax(z) - 1, "1 from every class"),
        (lambda z, y: z - eye(z, y), "from the logits"),
        (lambda z, y: (softmax(z) - 1) * eye(z, y), "the others have 0"),
        (lambda z, y: softmax(z) * (1 - eye(z, y)), "The right class has 0"),
        (lambda z, y: softmax(z) + eye(z, y), "y is added"),
        (lambda z, y: softmax(z) * (1 - softmax(z)), "slope of each p"),
        (lambda z, y: -eye(z, y) / softmax(z), "by the probabilities"),
        (lambda z, y: softmax(z, axis=0) - eye(z, y), "columns add up to 1"),
        (lambda z, y: softmax(softmax(z)) - eye(z, y), "taken twice"),
        (lambda z, y: 1 / (1 + np.exp(-z)) - eye(z, y), "sigmoid for each class"),
        (lambda z, y: np.abs(softmax(z) - eye(z, y)), "signs are lost"),
        (lambda z, y: (softmax(z) - eye(z, y)) ** 2, "squares"),
        (lambda z, y: (softmax(z) - eye(z, y)).mean(axis=0), "mean over the images"),
        (lambda z, y: (softmax(z) - eye(z, y)).sum(axis=0), "You add up the images"),
        (lambda z, y: right(softmax(z) - eye(z, y), y), "right class of each image only"),
        (cross_entropy, "the loss of each image"),
        (lambda z, y: softmax(z) - np.eye(z.shape[1])[y - 1], "one place too far"),
        (lambda z, y: (softmax(z) - eye(z, y))[0], "first row only"),
        (lambda z, y: softmax(z) - eye(z, z.argmax(1)), "largest class for the right one"),
        (None, "Not answered yet"),
        (np.eye(3), "A function was expected"),
    ],
)
def test_gradient_names_the_mistake(capsys, answer, message):
    said = feedback(capsys, check_gradient, answer) if answer is None else ""
    assert message in (said or refused(capsys, check_gradient, answer))


# --- Dropout


def one_by_one(x, kept, rate):
    output = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        if kept[i]:
            output[i] = x[i] / (1 - rate)
    return output


def in_place(x, kept, rate):
    x = x / (1 - rate)
    x[~kept] = 0
    return x


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, kept, rate: x * kept / (1 - rate),
        lambda x, k, r: np.where(k, x / (1 - r), 0),
        lambda x, k, r: x * (k / (1 - r)),
        lambda x, k, r: x * k * (1 / (1 - r)),
        lambda x, k, r: x * k.astype("float32") / np.float32(1 - r),
        lambda x, k, r: (x * k / (1 - r)).tolist(),
        lambda x, k, r: Tensor(x * k / (1 - r)),
        lambda x, k, r: np.multiply(x, k) / (1 - r),
        lambda x, k, r: x / (1 - r) - np.where(k, 0, x / (1 - r)),
        lambda x, k, r: [row * keep / (1 - r) for row, keep in zip(x, k, strict=True)],
        lambda x, k, r: ops.where(k, x / (1 - r), 0.0),
        lambda x, k, r: (x * k / (1 - r))[..., None],
        one_by_one,
        in_place,
    ],
)
def test_dropout_accepts(capsys, answer):
    assert feedback(capsys, check_dropout, answer).startswith("Right. Here are eight ones")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x, k, r: x * k, "What stays is not scaled"),
        (lambda x, k, r: x * k * (1 - r), "What stays becomes smaller"),
        (lambda x, k, r: np.where(r > 0, x * k / max(r, 0.1), x), "share that is dropped"),
        (lambda x, k, r: x * (np.random.default_rng(2).random(x.shape) >= r) / (1 - r), "mask of your own"),
        (lambda x, k, r: keras.layers.Dropout(r, seed=3)(x, training=True), "mask of your own"),
        (lambda x, k, r: x * k / 0.6, "How does it depend"),
        (lambda x, k, r: x * k * r, "multiply by the share"),
        (lambda x, k, r: x * k * (1 + r), "too little"),
        (lambda x, k, r: x * k / (1 + r), "What stays becomes smaller"),
        (lambda x, k, r: x * ~k / (1 - r), "The wrong ones stay"),
        (lambda x, k, r: x * ~k, "The wrong ones stay"),
        (lambda x, k, r: x / (1 - r), "Nothing is dropped"),
        (lambda x, k, r: x, "Nothing has changed"),
        (lambda x, k, r: x * (1 - r), "after training"),
        (lambda x, k, r: x * k / k.mean(), "happens to keep"),
        (lambda x, k, r: x * k / k.mean(axis=1, keepdims=True), "happens to keep"),
        (lambda x, k, r: np.where(k, x / (1 - r), x), "stay as they are"),
        (lambda x, k, r: np.where(k, x, x / (1 - r)), "dropped numbers are scaled"),
        (lambda x, k, r: np.where(k, x / (1 - r), x.mean()), "become the mean"),
        (lambda x, k, r: k / (1 - r), "The inputs are missing"),
        (lambda x, k, r: k * 1.0, "This is the mask"),
        (lambda x, k, r: x * k - r, "rate is subtracted"),
        (lambda x, k, r: x * k / (1 - r) ** 2, "scaled twice"),
        (lambda x, k, r: x[k], "taken away"),
        (lambda x, k, r: x[k] / (1 - r), "taken away"),
        (lambda x, k, r: x * k / np.sqrt(1 - r), "The root"),
        (lambda x, k, r: x * k * 2, "kept [[True, False, True, True]], rate 0.2, your output has 2 in row 0"),
        (lambda x, k, r: x[:, :2], "your output has the shape (1, 2); the shape (1, 4) was expected"),
        (lambda x, k: x * k, "It is called with 3 values"),
        (0.4, "A function was expected"),
    ],
)
def test_dropout_names_the_mistake(capsys, answer, message):
    said = refused(capsys, check_dropout, answer)
    assert message in said
    assert re.search("1 [-−] rate|[Dd]ivide by", said.replace("You divide by", "")) is None, "a line to type"


def test_an_own_mask_is_named_by_what_came(capsys):
    """Not by a second call, which would draw another."""
    places = iter([[0, 1, 1, 1]])
    said = refused(capsys, check_dropout, lambda x, k, r: x * next(places) / (1 - r))
    assert "You draw a mask of your own." in said
    assert "your output has 0 in row 0, column 0; 1.25 was expected" in said


def test_a_right_answer_is_seen_in_the_lab():
    for check, answer in (
        (check_softmax, softmax),
        (check_cross_entropy, lambda z, y: cross_entropy(z, y).mean()),
        (check_gradient, indexed),
        (check_dropout, one_by_one),
    ):
        message, lab = check.__wrapped__(answer)
        assert "?" in message
        assert lab.state()["names"][0] in ("cat", "yes")
