"""Exercises of the chapter on dense layers and probabilities."""

import itertools
import re

import numpy as np

from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, expect_formula, same
from cnnbook.exercises.feedback import Arguments, Mistake, Stopped, checker
from cnnbook.ops import cross_entropy, softmax
from cnnbook.widgets import LogitsLab

# --- Softmax

_rng = np.random.default_rng(7)
_SMALL = np.array([[2.0, 1, -1], [0, 0.5, 0], [1, 0, 3], [0, 1, 2]])
_SQUARE = np.array([[0, 0.5, 0.25], [1, 0, 3], [-2, 1, 2]])  # first, since NumPy takes its rows for columns
_ROWS = [_SQUARE, _SMALL, _rng.normal(size=(4, 4)).round(2), 5 * _rng.normal(size=(3, 5)).round(2)]
_LARGE = np.array([[1000.0, 999, 0], [-1000, -1001, -1000], [1000, -1000, -1000]])


def _without_overflow(answer: object, arguments: Arguments, *rest: object, more: str = "") -> None:
    """Do as `expect` does, after small numbers came out right: here powers of e are infinite, or 0."""
    try:
        expect(answer, arguments, *rest)
    except Unexplained:
        raise
    except Mistake as mistake:
        if not re.search(r"holds -?(nan|inf)", str(mistake)):
            raise
        raise Mistake(
            "Small logits come out right. With 1000 or -1000 in a row there is a nan or an inf: "
            "e^1000 is too large for a computer, and where every power of a row is 0, so is their sum. "
            "Subtract the largest of each row before np.exp" + more + "."
        ) from None


def _powers(z: np.ndarray) -> np.ndarray:
    return np.exp(z)


def _sum(x: np.ndarray) -> np.ndarray:
    return x.sum(axis=1, keepdims=True)


def _below(z: np.ndarray) -> np.ndarray:
    return z - z.max(axis=1, keepdims=True)


# The largest of a row, its sum or both lack keepdims, and NumPy lays them along the columns.
_NO_COLUMN = (
    "Each column meets the number of a row: shapes (N, K) and (N,) are matched from the right. keepdims=True "
    "keeps a largest or a sum as a column, (N, 1)."
)
_WITHOUT_COLUMN = [
    lambda z: _powers(z) / _powers(z).sum(axis=1),
    lambda z: np.exp(_below(z)) / np.exp(_below(z)).sum(axis=1),
    lambda z: softmax(z - z.max(axis=1)),
    lambda z: np.exp(z - z.max(axis=1)) / np.exp(z - z.max(axis=1)).sum(axis=1),
]
_OF_ALL_ROWS = (
    "Small logits come out right. You take off the largest of all rows: in a row far below it every power is "
    "0, and a small number that is added, or nan_to_num, hides that. Each row has a largest of its own."
)

_WRONG_SOFTMAX: list[Formula] = [
    *((formula, _NO_COLUMN) for formula in _WITHOUT_COLUMN),
    (lambda z: np.exp(z - z.max(axis=1)), _NO_COLUMN),
    (
        lambda z: np.exp(z - z.max(axis=0)) / _sum(np.exp(z)),
        "The largest of each column is taken off. Whose largest is it to be, and in both lines?",
    ),
    (
        lambda z: softmax(z - z.max(axis=0)),
        "The largest of each column is taken off, and changes each row's differences. Which axis is a row?",
    ),
    (
        lambda z: np.nan_to_num(np.exp(z) / _sum(np.exp(z))),
        "nan_to_num hides the overflow: the shares of that row are gone. Keep the powers small instead.",
    ),
    (lambda z: np.nan_to_num(np.exp(z - z.max()) / _sum(np.exp(z - z.max()))), _OF_ALL_ROWS),
    (lambda z: softmax(np.log(np.exp(z - z.max()) + 1e-9)), _OF_ALL_ROWS),
    (
        lambda z: softmax(np.clip(z, -500, 500)),
        "Large logits are cut off there: 1000 and 999 become equal. Their difference is what counts.",
    ),
    (
        lambda z: _powers(z) / _powers(z).sum(),
        "All rows together add up to 1. Each row has a sum of its own: axis=1.",
    ),
    (
        lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
        "All rows together add up to 1. Each row has a sum of its own: axis=1.",
    ),
    (
        lambda z: softmax(z, axis=0),
        "The columns add up to 1. A row is an image, and its classes share the 1: axis=1.",
    ),
    (
        lambda z: _powers(z) / _powers(z).sum(axis=0, keepdims=True),
        "The columns add up to 1. A row is an image, and its classes share the 1: axis=1.",
    ),
    (_powers, "These are the powers of e. They still have to be divided by the sum of their row."),
    (
        lambda z: np.exp(_below(z)),
        "These are the powers of e, less the largest. They still have to be divided by the sum of their row.",
    ),
    (lambda z: z / _sum(z), "The logits are divided by their sum. Take powers of e first: np.exp."),
    (
        lambda z: _below(z) / _sum(_below(z)),
        "The logits less the largest are divided by their sum. Take powers of e first: np.exp.",
    ),
    (
        lambda z: np.abs(z) / _sum(np.abs(z)),
        "The logits lose their signs, and are divided by their sum. Take powers of e first: np.exp.",
    ),
    (
        lambda z: np.maximum(z, 0) / _sum(np.maximum(z, 0)),
        "Negative logits become 0 there. A power of e is positive for each of them.",
    ),
    (
        lambda z: (z - z.min(axis=1, keepdims=True)) / _sum(z - z.min(axis=1, keepdims=True)),
        "The smallest is taken off, and the rest divided by its sum. Take powers of e first: np.exp.",
    ),
    (
        lambda z: _below(z),
        "This subtracts the largest, and stops there. Powers of e and the sum are missing.",
    ),
    (
        lambda z: 2**z / _sum(2**z),
        "Your powers are of 2. Softmax takes those of e: np.exp.",
    ),
    (lambda z: z**2 / _sum(z**2), "Your powers are squares. Softmax takes powers of e: np.exp."),
    (lambda z: 1 / (1 + np.exp(-z)), "This is a sigmoid for each logit. Softmax makes a row add up to 1."),
    (lambda z: softmax(-z), "The signs of the logits are turned: the smallest gets the largest probability."),
    (
        lambda z: np.log(softmax(z)),
        "These are the logarithms of the probabilities. The last step back, np.exp, is missing.",
    ),
    (
        lambda z: np.exp(z) / _sum(z),
        "The powers are divided by the sum of the logits. The sum of the powers is meant.",
    ),
    (
        lambda z: np.exp(_below(z)) / _sum(np.exp(z)),
        "Above the largest is taken off, below it is not. Take it off once, and use the result for both.",
    ),
    (
        lambda z: np.exp(z) / _sum(np.exp(_below(z))),
        "Below the largest is taken off, above it is not. Take it off once, and use the result for both.",
    ),
    (
        lambda z: np.exp(z / z.max(axis=1, keepdims=True)) / _sum(np.exp(z / z.max(axis=1, keepdims=True))),
        "The logits are divided by the largest. Subtract it: only differences count.",
    ),
    (lambda z: softmax(softmax(z)), "Softmax is taken twice."),
    (
        lambda z: (z == z.max(axis=1, keepdims=True)) * 1.0,
        "The largest gets all. Softmax leaves something to all others.",
    ),
    (
        lambda z: z.argmax(axis=1),
        "This is the number of the most probable class. All probabilities are asked for.",
    ),
    (
        lambda z: softmax(z).max(axis=1),
        "This is the largest probability of each row. All of them are asked for.",
    ),
    (lambda z: softmax(z)[0], "You return the first row only. All images are asked for."),
]


@checker
def check_softmax(answer: object) -> tuple[str, LogitsLab]:
    """Print whether a function turns rows of logits into probabilities, without overflow.

    Args:
        answer: a function of logits (N, K) that returns probabilities (N, K).
    """
    for logits in _ROWS:
        expect(answer, {"logits": logits}, softmax, _WRONG_SOFTMAX, "array of probabilities")
    _without_overflow(answer, {"logits": _LARGE}, softmax, _WRONG_SOFTMAX, "array of probabilities")
    message = (
        "Rows of 1,000 and of -1,000 come out like those of 0 and -1: only differences count. Here is such a "
        "row in the lab. What does it take to change its probabilities?"
    )
    return message, LogitsLab(["cat", "dog", "frog"], [1000, 999, 0], settings=[])


# --- A dense layer behind maps

_COUNTS = [(1, 1, 1, 1), (1, 1, 3, 2), (2, 2, 1, 1), (2, 3, 4, 5), (4, 4, 128, 128), (1, 1, 128, 10)]
_COUNTS += itertools.product((1, 3, 4), (2, 5), (1, 7), (1, 6))
_COUNTS = cases("height width channels units", _COUNTS)
_WRONG_COUNTS: list[Formula] = [
    (lambda h, w, c, u: h * w * c * u, "The biases are missing: each output adds a number of its own."),
    (lambda h, w, c, u: h * w * c * u + 1, "The layer has one bias in your formula. Each output has one."),
    (
        lambda h, w, c, u: h * w * c * u + h * w * c,
        "There is a bias for each input in your formula. There is one for each output.",
    ),
    (
        lambda h, w, c, u: h * w * c * u + c,
        "There is a bias for each channel in your formula, not for each output.",
    ),
    (
        lambda h, w, c, u: h * w * c + u,
        "All outputs share one row of weights in your formula. Each has its own.",
    ),
    (
        lambda h, w, c, u: h * w * c,
        "That is the length of the row. Each output has as many weights, and a bias.",
    ),
    (lambda h, w, c, u: h * w * c + 1, "That is one output. There are several."),
    (
        lambda h, w, c, u: (c + 1) * u,
        "That is a dense layer on one place, or behind global pooling. Flatten hands on every place.",
    ),
    (
        lambda h, w, c, u: c * u,
        "That is a dense layer on one place, without biases. Flatten hands on every place.",
    ),
    (lambda h, w, c, u: (h * w + 1) * u, "The channels are missing: at each place stand as many numbers."),
    (
        lambda h, w, c, u: h * w * u,
        "Channels and biases are missing. At each place stand as many numbers as channels.",
    ),
    (
        lambda h, w, c, u: (h * w + 1) * c * u,
        "There is a bias for each channel of each output. An output has one bias.",
    ),
    (
        lambda h, w, c, u: (h * w + c + 1) * u,
        "You add the channels. The row has height · width · channels numbers.",
    ),
    (
        lambda h, w, c, u: (h * w + c) * u,
        "You add the channels. The row has height · width · channels numbers.",
    ),
    (lambda h, w, c, u: (h + w + c + 1) * u, "You add the three sizes. The row is as long as their product."),
    (lambda h, w, c, u: (h * h * c + 1) * u, "Maps may be wider than high: use the width, too."),
    (lambda h, w, c, u: (w * w * c + 1) * u, "Maps may be wider than high: use the height, too."),
    (
        lambda h, w, c, u: (9 * c + 1) * u,
        "That is a convolution with a kernel of 3×3. A dense layer has a weight for every input.",
    ),
    (
        lambda h, w, c, u: (h * w * c + 1) * u * h * w,
        "You count the layer once for each place. It is used once.",
    ),
    (
        lambda h, w, c, u: (h * w * c + u) * u,
        "Each output has as many biases as there are outputs. It has one.",
    ),
]


@checker
def check_parameters(answer: object) -> str:
    """Print whether a function counts weights and biases of a dense layer behind flattened maps.

    Args:
        answer: a function of height, width and channels of the maps and of units, whole numbers.
    """
    expect_formula(
        answer,
        _COUNTS,
        lambda h, w, c, u: (h * w * c + 1) * u,
        _WRONG_COUNTS,
        "number of parameters",
        lambda h, w, c, u: (
            f"The row has {h} · {w} · {c} numbers, and there is a bias for each of {u} outputs."
        ),
    )
    return (
        "262,272 behind maps of 4×4×128, and 1,048,704 behind 8×8×128. Photographs twice as wide and high "
        "have four times as many inputs here, where a convolution stays as it is."
    )


# --- The loss of a batch

_BATCHES = [
    (_SQUARE, np.array([2, 2, 0])),
    (_SMALL, np.array([0, 2, 2, 2])),
    (_rng.normal(size=(4, 5)).round(2), np.array([4, 0, 2, 2])),
    (3 * _rng.normal(size=(3, 3)).round(2), np.array([1, 1, 0])),
    (_LARGE, np.array([2, 1, 1])),
]
*_BATCHES, _LARGE_BATCH = cases("logits labels", _BATCHES)


def _loss(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return cross_entropy(z, y).mean()


def _right(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what stands in each row at its label."""
    return x[np.arange(len(y)), y]


def _eye(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.eye(z.shape[1])[y]


def _expect(answer: object, batch: Arguments, *rest: object) -> None:
    """Do as `expect` does, and name one-hot rows that are as long as there are images."""
    try:
        expect(answer, batch, *rest)
    except Stopped as stop:
        images, classes = batch["logits"].shape
        if images == classes or f"({images},{images})" not in stop.text:
            raise
        raise stop.because(
            f"There are {images} images and {classes} classes, and your one-hot rows have {images} places, "
            "one for each image. Each row needs a place for each class."
        ) from None


_DIAGONAL = (
    "Your 1s stand on the diagonal, as if image 0 were of class 0, and image 1 of class 1. `labels` says of "
    "which class each is."
)
_ONE_HOT_COLUMNS = (
    "[:, labels] makes one-hot columns, one for each image. Logits have a row for each: which axis is to be "
    "indexed?"
)


def _cut(z: np.ndarray) -> np.ndarray:
    return np.clip(z, 1e-7, 1 - 1e-7)


def _floor(epsilon: float) -> Formula:
    return (
        lambda z, y: -np.log(np.clip(_right(softmax(z), y), epsilon, 1)).mean(),
        "You keep p away from 0 by a small number, so a sure and wrong answer costs no more than that. From "
        "the logits the logarithm needs no p.",
    )


_WRONG_LOSSES: list[Formula] = [
    (
        lambda z, y: -np.log(softmax(z))[:, y].mean(),
        "[:, labels] takes every label from every row. Row 0 needs its own label, row 1 its own.",
    ),
    (
        lambda z, y: -np.log(softmax(z)[y]).mean(),
        "[labels] takes whole rows, as if a label numbered images. It numbers columns.",
    ),
    (
        lambda z, y: (np.log(np.exp(z).sum()) - _right(z, y)).mean(),
        "The sum runs over all images. Each row has a sum of its own.",
    ),
    *(
        (
            lambda z, y, place=place, mean=mean: -mean(y[place] * np.log(softmax(z))),
            "A label is multiplied as if it were an amount. It says which class counts.",
        )
        for place in (np.s_[:], np.s_[:, None])
        for mean in (np.mean, lambda x: x.sum(axis=1).mean())
    ),
    (lambda z, y: -(np.eye(z.shape[1])[:, y] * np.log(softmax(z))).sum(axis=1).mean(), _ONE_HOT_COLUMNS),
    (lambda z, y: -(np.eye(len(y)) * np.log(softmax(z))).sum(axis=1).mean(), _DIAGONAL),
    *(
        (lambda z, y, shares=shares: -np.log(_right(shares(z), y)).mean(), _NO_COLUMN)
        for shares in _WITHOUT_COLUMN
    ),
    (
        lambda z, y: (np.log(np.exp(z - z.max(axis=1)).sum(axis=1)) + z.max(axis=1) - _right(z, y)).mean(),
        _NO_COLUMN,
    ),
    (
        lambda z, y: -np.log(_right(_cut(z) / _sum(_cut(z)), y)).mean(),
        "The loss takes these logits for probabilities. What does it have to be told?",
    ),
    (lambda z, y: cross_entropy(z, y).sum(), "The losses of the images are added. Take their mean."),
    (lambda z, y: -_loss(z, y), "The sign is turned. ln of a probability is negative, and a loss is not."),
    (cross_entropy, "You return a loss for each image. Their mean is asked for, one number."),
    (
        lambda z, y: _right(softmax(z), y).mean(),
        "This is the mean probability of the right class. Its logarithm is missing, and the minus.",
    ),
    (lambda z, y: 1 - _right(softmax(z), y).mean(), "This is 1 − p. Cross-entropy is −ln p."),
    (
        lambda z, y: -np.log(_right(softmax(z), y).mean()),
        "The logarithm is taken of the mean. Take the mean of the logarithms: each image has its own loss.",
    ),
    (
        lambda z, y: -np.log(softmax(z)).mean(),
        "All classes are in your mean. Only the right one of each image counts.",
    ),
    (
        lambda z, y: -(np.log(softmax(z)) * _eye(z, y)).mean(),
        "You divide by images times classes. The zeros of the other classes are no images: divide by N.",
    ),
    (
        lambda z, y: -np.log(softmax(z)).sum(axis=1).mean(),
        "The logarithms of all classes are added. Only the right one of each image counts.",
    ),
    (
        lambda z, y: -np.log(softmax(z).max(axis=1)).mean(),
        "This takes the largest probability of each row. The right class may have a smaller one.",
    ),
    (
        lambda z, y: -np.log2(_right(softmax(z), y)).mean(),
        "This is the logarithm to base 2. np.log is to base e.",
    ),
    (
        lambda z, y: -np.log10(_right(softmax(z), y)).mean(),
        "This is the logarithm to base 10. np.log is to base e.",
    ),
    (
        lambda z, y: -np.log(1 - _right(softmax(z), y)).mean(),
        "This is −ln(1 − p): it is small where the right class gets little.",
    ),
    (
        lambda z, y: -_right(z, y).mean(),
        "This is minus the logit of the right class. The ln of the sum is missing.",
    ),
    (lambda z, y: _right(z, y).mean(), "This is the mean logit of the right class, no loss yet."),
    (
        lambda z, y: (np.log(np.exp(z).sum(axis=1)) + _right(z, y)).mean(),
        "The logit of the right class is added. It is subtracted from the ln of the sum.",
    ),
    (
        lambda z, y: np.log(np.exp(z).sum(axis=1)).mean(),
        "This is the ln of the sum. The logit of the right class is still to be subtracted.",
    ),
    (
        lambda z, y: np.log(np.exp(_below(z)).sum(axis=1)).mean(),
        "This is the loss as if the largest logit were that of the right class.",
    ),
    (
        lambda z, y: (np.log(np.exp(_below(z)).sum(axis=1)) - _right(z, y)).mean(),
        "The largest is taken off in the sum, and not from the logit of the right class.",
    ),
    (
        lambda z, y: (np.log(np.exp(z).sum(axis=1)) - _right(_below(z), y)).mean(),
        "The largest is taken off the logit of the right class, and not in the sum.",
    ),
    (lambda z, y: _loss(softmax(z), y), "Softmax is taken twice. The function gets logits."),
    (
        lambda z, y: -np.log(_right(softmax(z, axis=0), y)).mean(),
        "Your columns add up to 1. A row is an image, and its classes share the 1: axis=1.",
    ),
    (
        lambda z, y: -np.log(_right(1 / (1 + np.exp(-z)), y)).mean(),
        "This uses a sigmoid. One of K classes is right: softmax.",
    ),
    (
        lambda z, y: np.logaddexp(0, np.where(_eye(z, y) == 1, -z, z)).mean(),
        "This is the binary cross-entropy. One of K classes is right: softmax, and −ln p of that class.",
    ),
    (
        lambda z, y: ((softmax(z) - _eye(z, y)) ** 2).mean(),
        "These are squared differences. Cross-entropy is −ln p of the right class.",
    ),
    (
        lambda z, y: ((softmax(z) - _eye(z, y)) ** 2).sum(axis=1).mean(),
        "These are squared differences. Cross-entropy is −ln p of the right class.",
    ),
    (
        lambda z, y: (z.argmax(axis=1) != y).mean(),
        "This is the share of wrong answers. The loss asks how wrong they are.",
    ),
    (lambda z, y: (z.argmax(axis=1) == y).mean(), "This is the accuracy."),
    *map(_floor, (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)),
    (
        lambda z, y: cross_entropy(z, y)[0],
        "This is the loss of the first image. The mean of all is asked for.",
    ),
    (
        lambda z, y: cross_entropy(z, y)[-1],
        "This is the loss of the last image. The mean of all is asked for.",
    ),
]


@checker
def check_cross_entropy(answer: object) -> tuple[str, LogitsLab]:
    """Print whether a function computes the mean cross-entropy of a batch from its logits.

    Args:
        answer: a function of logits (N, K) and labels (N,) that returns one number.
    """
    for batch in _BATCHES:
        _expect(answer, batch, _loss, _WRONG_LOSSES, "loss")
    more = ", and take the logarithm of no probability: it may be 0"
    _without_overflow(answer, _LARGE_BATCH, _loss, _WRONG_LOSSES, "loss", more=more)
    message = (
        "It is what SparseCategoricalCrossentropy(from_logits=True) gives, and a sure and wrong answer costs "
        "1,000, no infinity. Here is one in the lab: which of the two logits takes the loss to 0?"
    )
    return message, LogitsLab(["cat", "frog"], [0, 1000], right=0, settings=["right"])


# --- Its gradient


def _gradient(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return softmax(z) - _eye(z, y)


def _less(z: np.ndarray, place: object) -> np.ndarray:
    """Return the probabilities, 1 less at a place."""
    p = softmax(z)
    p[place] -= 1
    return p


_WRONG_GRADIENTS: list[Formula] = [
    (
        lambda z, y: _less(z, (slice(None), y)),
        "[:, labels] takes 1 from these columns in every row. Each row has a label of its own.",
    ),
    (
        lambda z, y: _less(z, y),
        "[labels] takes 1 from whole rows, as if a label numbered images. It numbers columns.",
    ),
    (
        lambda z, y: _gradient(z, y).astype(int),
        "The fractions are cut off: whole numbers cannot hold a probability.",
    ),
    (
        lambda z, y: -_gradient(z, y),
        "The sign is turned: this is y − p, the way that training goes. The gradient points the other way.",
    ),
    (
        lambda z, y: _gradient(z, y) / len(y),
        "This is the gradient of the *mean* loss, divided by N. Here each image has its own.",
    ),
    (lambda z, y: softmax(z), "This is p. What should have been said, y, is still to be subtracted."),
    (lambda z, y: _eye(z, y), "This is y, one-hot. What was said, p, is missing."),
    *(
        (
            lambda z, y, place=place: softmax(z) - y[place],
            "You subtract the number of the class. Subtract its one-hot row: 1 at its place, 0 elsewhere.",
        )
        for place in (np.s_[:], np.s_[:, None])
    ),
    *(
        (
            lambda z, y, place=place: y[place] - softmax(z),
            "You subtract p from the number of the class. The other way round was expected, and with the "
            "one-hot row of the class: 1 at its place, 0 elsewhere.",
        )
        for place in (np.s_[:], np.s_[:, None])
    ),
    (lambda z, y: softmax(z) - np.eye(z.shape[1])[:, y], _ONE_HOT_COLUMNS),
    (lambda z, y: softmax(z) - np.eye(len(y)), _DIAGONAL),
    *((lambda z, y, shares=shares: shares(z) - _eye(z, y), _NO_COLUMN) for shares in _WITHOUT_COLUMN),
    (lambda z, y: softmax(z) - 1, "You subtract 1 from every class. Only the right one has it."),
    (lambda z, y: z - _eye(z, y), "You subtract from the logits. Make probabilities of them first."),
    (
        lambda z, y: (softmax(z) - 1) * _eye(z, y),
        "The right class has its gradient, the others have 0. They are pushed down: each by its p.",
    ),
    (
        lambda z, y: softmax(z) * (1 - _eye(z, y)),
        "The right class has 0 there. What is p less y, where y is 1?",
    ),
    (lambda z, y: softmax(z) + _eye(z, y), "y is added. It is subtracted."),
    (
        lambda z, y: softmax(z) * (1 - softmax(z)),
        "This is the slope of each p by its own logit. The loss is −ln p of the right class.",
    ),
    (
        lambda z, y: -_eye(z, y) / softmax(z),
        "This is the gradient by the probabilities, −1 / p. It is asked for by the logits.",
    ),
    (
        lambda z, y: softmax(z, axis=0) - _eye(z, y),
        "Your columns add up to 1. A row is an image, and its classes share the 1: axis=1.",
    ),
    (lambda z, y: softmax(softmax(z)) - _eye(z, y), "Softmax is taken twice."),
    (
        lambda z, y: 1 / (1 + np.exp(-z)) - _eye(z, y),
        "This is the gradient behind a sigmoid for each class. Here the classes share a softmax.",
    ),
    (
        lambda z, y: np.abs(_gradient(z, y)),
        "The signs are lost. That of the right class is negative: its logit goes up.",
    ),
    (lambda z, y: _gradient(z, y) ** 2, "These are squares. The gradient is the difference itself."),
    (
        lambda z, y: _gradient(z, y).mean(axis=0),
        "You take the mean over the images. Each image keeps its row.",
    ),
    (lambda z, y: _gradient(z, y).sum(axis=0), "You add up the images. Each image keeps its row."),
    (
        lambda z, y: _right(_gradient(z, y), y),
        "You return the right class of each image only. All K are asked for.",
    ),
    (
        lambda z, y: cross_entropy(z, y),
        "This is the loss of each image. Its gradient has a number for each class.",
    ),
    (
        lambda z, y: softmax(z) - np.eye(z.shape[1])[y - 1],
        "Each 1 stands one place too far to the left. Classes are counted from 0.",
    ),
    (lambda z, y: _gradient(z, y)[0], "You return the first row only. All images are asked for."),
    (
        lambda z, y: softmax(z) - _eye(z, z.argmax(axis=1)),
        "You take the largest class for the right one. labels says which is.",
    ),
]


@checker
def check_gradient(answer: object) -> tuple[str, LogitsLab]:
    """Print whether a function computes the gradient of each image's cross-entropy by its logits.

    Args:
        answer: a function of logits (N, K) and labels (N,) that returns (N, K).
    """
    for batch in _BATCHES:
        _expect(answer, batch, _gradient, _WRONG_GRADIENTS, "gradient")
    _without_overflow(answer, _LARGE_BATCH, _gradient, _WRONG_GRADIENTS, "gradient")
    message = (
        "Each row adds up to 0: what one class gains, the others lose. In the lab it is the last column. For "
        "which logits is all of it 0, or nearly?"
    )
    return message, LogitsLab(["cat", "dog", "frog"], [2.5, 2.5, 3.2], right=0)


# --- Dropout

_DROPS = [
    (np.array([[1.0, 2, 3, 5]]), np.array([[True, False, True, True]]), 0.2),
    (_rng.normal(size=(3, 5)).round(2), _rng.random((3, 5)) >= 0.4, 0.4),
    (_rng.normal(size=(2, 6)).round(2), _rng.random((2, 6)) >= 0.3, 0.3),
    (np.array([[1.5, -2.0]]), np.array([[True, True]]), 0.0),
]
_DROPS = cases("x kept rate", _DROPS)


def _dropped(x: np.ndarray, k: np.ndarray, r: float) -> np.ndarray:
    return x * k / (1 - r)


_HAPPENS = (
    "You divide by the share that this mask happens to keep. Another mask keeps another, and the factor was "
    "expected to be the same: it depends on `rate` alone."
)
_WRONG_DROPS: list[Formula] = [
    (
        lambda x, k, r: x * k / 0.6,
        "The factor is the same for every rate there. How does it depend on `rate`?",
    ),
    (lambda x, k, r: x * k * 2, "The factor is the same for every rate there. How does it depend on `rate`?"),
    (
        lambda x, k, r: x * k,
        "What stays is not scaled, so the sum behind it would be smaller than after training, when all stay.",
    ),
    (
        lambda x, k, r: x * k * (1 - r),
        "What stays becomes smaller. Fewer numbers have to make up for all: they were expected to grow.",
    ),
    (
        lambda x, k, r: x * k / r,
        "You divide by the share that is dropped: the more is dropped, the less do the others grow. It was "
        "expected the other way round.",
    ),
    (
        lambda x, k, r: x * k * r,
        "You multiply by the share that is dropped: what stays becomes smaller. It was expected to grow.",
    ),
    (
        lambda x, k, r: x * k * (1 + r),
        "1 + rate is too little: with half of them gone, the others count twice.",
    ),
    (lambda x, k, r: x * k / (1 + r), "What stays becomes smaller. It has to make up for what is dropped."),
    (
        lambda x, k, r: x * ~k / (1 - r),
        "The wrong ones stay: kept is True where a number stays.",
    ),
    (
        lambda x, k, r: x * ~k,
        "The wrong ones stay: kept is True where a number stays. And those that stay are scaled.",
    ),
    (lambda x, k, r: x * ~k / r, "The wrong ones stay: kept is True where a number stays."),
    (lambda x, k, r: x / (1 - r), "Nothing is dropped. Where kept is False, 0 is expected."),
    (lambda x, k, r: x, "Nothing has changed. That is dropout after training."),
    (
        lambda x, k, r: x * (1 - r),
        "All numbers are scaled, and none is dropped. That is the paper's way after training.",
    ),
    (lambda x, k, r: x * k / k.mean(), _HAPPENS),
    (lambda x, k, r: x * k / k.mean(axis=1, keepdims=True), _HAPPENS),
    (lambda x, k, r: np.where(k, x / (1 - r), x), "The dropped numbers stay as they are. They become 0."),
    (
        lambda x, k, r: np.where(k, x, x / (1 - r)),
        "The dropped numbers are scaled. They become 0, and the others are.",
    ),
    (
        lambda x, k, r: np.where(k, x / (1 - r), x.mean()),
        "The dropped numbers become the mean. They become 0.",
    ),
    (lambda x, k, r: k / (1 - r), "This is what the inputs are multiplied by. The inputs are missing."),
    (lambda x, k, r: k * 1.0, "This is the mask, as 1 and 0. The inputs are missing."),
    (
        lambda x, k, r: x * k - r,
        "rate is subtracted from all, so what is dropped is below 0. It becomes 0, and what stays grows.",
    ),
    (lambda x, k, r: x * k / (1 - r) ** 2, "It is scaled twice."),
    (
        lambda x, k, r: x[k],
        "The dropped numbers are taken away, and the shape with them. They become 0, at their places.",
    ),
    (
        lambda x, k, r: x[k] / (1 - r),
        "The dropped numbers are taken away, and the shape with them. They become 0, at their places.",
    ),
    (
        lambda x, k, r: x * k / np.sqrt(1 - r),
        "The root keeps the mean of the squares. Dropout keeps the mean of the numbers themselves.",
    ),
]


@checker
def check_dropout(answer: object) -> tuple[str, LogitsLab]:
    """Print whether a function does what Keras's dropout does in training, given which numbers stay.

    Args:
        answer: a function of x (N, n), kept (N, n), True and False, and rate, that returns (N, n).
    """
    for arguments in _DROPS:
        try:
            expect(answer, arguments, _dropped, _WRONG_DROPS, "output")
        except Unexplained as wrong:  # are the places alone wrong?
            x, _, rate = arguments.values()
            if wrong.fits is None or not same(wrong.result, _dropped(x, wrong.result != 0, rate)):
                raise
            raise Mistake(f"You draw a mask of your own. `kept` says which numbers stay. {wrong}") from None
    message = (
        "Here are eight ones, dropped by the same formula, and their sum as the logit of “yes”. It "
        "is 8 on average. "
        "Press *Next mask*: which values does it take?"
    )
    inputs, weights = [1.0] * 8, [[1.0, 0.0]] * 8
    state = {"inputs": inputs, "weights": weights, "training": "on", "rate": 50, "settings": []}
    return message, LogitsLab(["yes", "no"], [8, 0], **state)
