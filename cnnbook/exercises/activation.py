"""Exercises of the chapter on activation."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from scipy.signal import convolve2d

from cnnbook import figures
from cnnbook.exercises.compare import Formula, expect
from cnnbook.exercises.feedback import Arguments, Mistake, checker, returned, squeeze
from cnnbook.exercises.words import given, show
from cnnbook.ops import conv2d, leaky_relu, relu
from cnnbook.widgets import ActivationLab, ConvolutionLab
from cnnbook.widgets.convolution import KERNELS

_rng = np.random.default_rng(5)

# --- Two kernels into one

_KERNELS = [
    (np.array([[1.0, 2]]), np.array([[3.0, 1]])),
    (np.array([[2.0, 1], [0.5, -1]]), np.array([[3.0, 1], [2, 0]])),
    (np.array([[1.0, 2, 1], [0, 3, 0], [-1, 1, 2]]), np.array([[3.0, 1], [2, 0]])),
    (_rng.normal(size=(3, 3)), _rng.normal(size=(3, 3))),
    (_rng.normal(size=(2, 3)), _rng.normal(size=(4, 2))),
]


def _laid(first: np.ndarray, second: np.ndarray, put: np.ufunc | None) -> np.ndarray:
    """Lay copies of `first` at the places of `second`; `put` joins them, else the later replaces."""
    (h, w), (rows, columns) = first.shape, second.shape
    merged = np.zeros((h + rows - 1, w + columns - 1))
    for i, j in np.ndindex(rows, columns):
        place = np.s_[i : i + h, j : j + w]
        merged[place] = put(merged[place], second[i, j] * first) if put else second[i, j] * first
    return merged


_WRONG_KERNELS: list[Formula] = [
    (
        lambda a, b: convolve2d(*_KERNELS[0]),
        "These are the numbers of (1, 2) and (3, 1), whatever kernels are given. Where are `first` "
        "and `second` used?",
    ),
    (
        lambda a, b: convolve2d(a, b)[::-1, ::-1],
        "Your kernel is upside down and mirrored. (The picture of one white pixel that goes through both "
        "layers is so.)",
    ),
    (
        lambda a, b: convolve2d(a[::-1, ::-1], b),
        "The first kernel is turned upside down and mirrored. Its copies are laid as they are.",
    ),
    (
        lambda a, b: convolve2d(a, b[::-1, ::-1]),
        "Copies of the first kernel lie at the right places with the wrong weights, those of the second "
        "kernel counted from its end. The copy in row i, column j has the weight second[i, j].",
    ),
    (
        lambda a, b: _laid(a, b, None),
        "Where copies overlap, the later has replaced the earlier. They are added: `+=`.",
    ),
    (
        lambda a, b: _laid(a, np.ones_like(b), np.add),
        "Every copy of the first kernel counts the same. Each has a weight, second[i, j].",
    ),
    (
        lambda a, b: _laid(np.ones_like(a), b, np.add),
        "The weights of the first kernel are missing: they are all 1 in your result.",
    ),
    (lambda a, b: _laid(a, b, np.maximum), "Where copies overlap, you keep the larger. They are added."),
    (
        lambda a, b: a * b,
        "You multiply weight by weight. Two kernels on top of each other read more pixels than one of them.",
    ),
    (lambda a, b: a + b, "You add the kernels. That is what two layers *beside* each other come to."),
    (
        lambda a, b: a @ b,
        "This is the product of matrices, rows by columns. Kernels slide, they are no matrices here.",
    ),
    (
        np.kron,
        "The copies lie side by side. Neighbouring outputs of the first layer overlap: each copy lies one "
        "pixel on.",
    ),
    (
        lambda a, b: np.kron(b, a),
        "The copies lie side by side. Neighbouring outputs of the first layer overlap: each copy lies one "
        "pixel on.",
    ),
    (
        lambda a, b: np.multiply.outer(a, b)[
            0
        ],  # of one row, as the first is, with axes as they are compared
        "You multiply each weight with each, which is right. Now add those that meet the same pixel.",
    ),
    (
        lambda a, b: conv2d(a, b),
        "You slide the second kernel over the first and stay inside. What is read grows: h1 + h2 - 1 rows.",
    ),
    (
        lambda a, b: convolve2d(a, b, "valid"),
        "Your kernel is smaller than the first. What is read grows: h1 + h2 - 1 rows.",
    ),
    (
        lambda a, b: convolve2d(a, b, "same"),
        "Your kernel is as large as the first, and its border is cut off. It has h1 + h2 - 1 rows.",
    ),
    (
        lambda a, b: conv2d(a, b, padding="same"),
        "Your kernel is as large as the first, and its border is cut off. It has h1 + h2 - 1 rows.",
    ),
    (
        lambda a, b: np.pad(a, [(0, n - 1) for n in b.shape]),
        "Only the first kernel is in your result, once. Does `return` stand inside the loop?",
    ),
    (
        lambda a, b: _laid(a, b, np.add) / b.size,
        "You take the mean of the copies. They are added, and not divided.",
    ),
    (
        lambda a, b: _laid(a, b, np.add) / np.abs(_laid(a, b, np.add)).sum(),
        "Your weights are divided by their sum. The two layers do no such thing.",
    ),
    (
        lambda a, b: _laid(a, np.where(np.indices(b.shape).sum(axis=0) == 0, b, 0), np.add),
        "Only the copy for second[0, 0] is there. Does `return` stand inside the loop?",
    ),
]


@checker
def check_merge(answer: object) -> tuple[str, ConvolutionLab]:
    """Print whether a function makes one kernel of two that follow each other, with nothing in between.

    Args:
        answer: a function of two kernels, (h1, w1) and (h2, w2), the first of which meets the image first,
            that returns (h1 + h2 - 1, w1 + w2 - 1).
    """
    for first, second in _KERNELS:
        expect(answer, {"first": first, "second": second}, convolve2d, _WRONG_KERNELS, "kernel")
    message = (
        "Your kernel does in one step what the two do one after the other. Here is what your function makes "
        "of a blur that is done twice: where are its largest weights, and why there?"
    )
    twice = returned(answer, {"first": KERNELS["blur"], "second": KERNELS["blur"]}, "Your kernel")
    return message, ConvolutionLab("cat", kernel=squeeze(twice, 2), colours="fixed", simple=True)


# --- A bias for a share

_SUMS = [
    (np.array([[-3.0, 1, 4, 0, 2], [7, -1, 5, -2, 3]]), 0.2),
    (np.array([[-3.0, 1, 4, 0, 2], [7, -1, 5, -2, 3]]), 0.5),
    (np.array([[-3.0, 1, 4, 0, 2], [7, -1, 5, -2, 3]]), 0.9),
    (_rng.normal(0.3, 1, (10, 20)), 0.1),
    (_rng.normal(-2, 1, (20, 10)), 0.25),
]
_LIES = "Which share of the sums lies *above* your threshold?"
_WRONG_BIASES: list[Formula] = [
    *(
        (
            lambda s, p, q=q: -np.percentile(s, q(p)),
            "np.percentile counts from 0 to 100, where a share of 0.2 is 20. np.quantile counts from 0 to 1.",
        )
        for q in (lambda p: p, lambda p: 1 - p, lambda p: 100 - p)
    ),
    (
        lambda s, p: -np.sort(s.ravel())[int((1 - p) * s.size) - 1],
        "int() cuts off what follows the point, and (1 - 0.9) * 10 is 0.9999999999999998 to a computer. "
        "round() goes to the nearest whole number.",
    ),
    (lambda s, p: -p * s.max(), "A share of the largest sum says nothing of how many sums lie above it."),
    (lambda s, p: -(1 - p) * s.max(), "A share of the largest sum says nothing of how many lie above it."),
    (
        lambda s, p: -(s.min() + (1 - p) * np.ptp(s)),
        "You go a share of the way from the smallest sum to the largest. The sums do not lie evenly on "
        "that way: sort them, or use np.quantile.",
    ),
    (lambda s, p: -s.mean(), f"This is minus the mean, whatever the share. {_LIES}"),
    (lambda s, p: -np.median(s), f"With minus the median half of them fire, whatever the share. {_LIES}"),
    (lambda s, p: -s.max(), "With this bias the largest sum becomes 0, and nothing fires."),
    (lambda s, p: -s.min(), "With this bias all fire but the smallest."),
    (lambda s, p: p, "This is the share. How large the bias must be, only the sums can say."),
    (lambda s, p: -p, "This is minus the share. How large the bias must be, only the sums can say."),
    (lambda s, p: 1 - p, "This is the share that stays silent. How large the bias must be, the sums say."),
    (
        lambda s, p: -np.quantile(np.abs(s), 1 - p),
        "You take the sums without their signs. ReLU fires where they are large, not where they are far "
        "from 0.",
    ),
    (
        lambda s, p: -np.quantile(s[0], 1 - p),
        "You look at the first row alone. The share is one of all places.",
    ),
    (lambda s, p: round(p * s.size), "This is how many places should fire. Asked for is the bias."),
]


def _counted_wrong(biases: list[float]) -> str | None:
    """Say what is wrong with biases by how many places fire: any number between two sums is the same bias."""

    def counts(sign: int, share: Callable[[float], float]) -> bool:
        """Say whether the sums at or above `sign` times the bias are as many as a share asks for."""
        for (sums, given_share), bias in zip(_SUMS, biases, strict=True):
            above = sums + sign * bias
            if round(share(given_share) * sums.size) not in {(above > 0).sum(), (above >= 0).sum()}:
                return False
        return True

    fire = {float((sums + bias > 0).mean()) for (sums, _), bias in zip(_SUMS, biases, strict=True)}
    if counts(1, lambda share: share):
        return (
            "At the last place that should fire, your bias makes the sum 0, and ReLU of 0 is 0. The "
            "threshold lies below that sum."
        )
    if counts(-1, lambda share: share):
        return (
            "This is the threshold that the sums must exceed. A sum exceeds it where sum + bias is above 0: "
            "what is the bias then?"
        )
    if counts(1, lambda share: 1 - share):
        return f"The share that you are given lies below your threshold, counted from the wrong end. {_LIES}"
    if counts(-1, lambda share: 1 - share):
        return (
            "Two things are turned round: the share counts from the largest sum down, and the bias is the "
            "threshold with its sign changed."
        )
    if len(fire) == 1 and 0 < min(fire) < 1:
        return f"A share of {show(min(fire))} fires, whatever share you are given. Where is `share` used?"
    return None


@checker
def check_bias(answer: object) -> tuple[str, ActivationLab]:
    """Print whether a function finds the bias at which ReLU lets a share of the places of a map fire.

    Args:
        answer: a function of the sums, (H, W), without a bias, and of a share between 0 and 1. It returns one
            number: with it, ``sums + bias`` is above 0 at that share of the places.
    """
    results = []
    for sums, share in _SUMS:
        arguments: Arguments = {"sums": sums, "share": share}
        result = returned(answer, arguments, "Your bias")
        if result.size != 1:
            raise Mistake(
                f"One number was expected, the bias. With {given(arguments)} you return {result.size}."
            )
        results.append(result.item())
    fire = [int((sums + bias > 0).sum()) for (sums, _), bias in zip(_SUMS, results, strict=True)]
    wanted = [round(share * sums.size) for sums, share in _SUMS]
    if fire != wanted:
        first = next(i for i, count in enumerate(fire) if count != wanted[i])
        sums, share = _SUMS[first]
        evidence = (
            f"With the sums {show(sums) if sums.size <= 10 else f'of shape {sums.shape}'} and share {share} "
            f"your bias is {show(results[first])}: "
            f"{fire[first]} of {sums.size} places fire, and {wanted[first]} should."
        )
        for formula, message in _WRONG_BIASES:
            if np.allclose(results, [formula(*case) for case in _SUMS], atol=1e-6):
                raise Mistake(f"{message} {evidence}")
        raise Mistake(f"{_counted_wrong(results) or ''} {evidence}".lstrip())
    message = (
        "At minus the bias lies the threshold, and above it the share that you want. Here is the lab with "
        "the bias that your function finds for a share of 0.1: how much of what comes out is 0?"
    )
    lab = ActivationLab("cat")
    lab.bias = returned(answer, {"sums": lab.sums, "share": 0.1}, "Your bias").item()
    return message, lab


# --- A bend that is not so sharp

_NUMBERS = [
    {"x": np.array([[-2.0, 0.25], [3, -0.25], [0.75, -1]]), "slope": 0.5},
    {"x": np.array([[-2.0, 0.25], [3, -0.25], [0.75, -1]]), "slope": 0.1},
    {"x": np.array([-4.0, -0.25, 0, 1, 6]), "slope": 0.0},
    {"x": _rng.normal(size=(2, 3, 4)), "slope": 0.2},
]
_WRONG_LEAKS: list[Formula] = [
    (lambda x, s: relu(x), "Negative numbers become 0, as in ReLU. They are to be multiplied by the slope."),
    (
        lambda x, s: s * x,
        "All numbers are multiplied by the slope. Those above 0 are meant to stay.",
    ),
    (
        lambda x, s: np.where(x > 0, s * x, x),
        "The two halves have changed places: numbers above 0 stay, those below are multiplied.",
    ),
    (lambda x, s: x, "All numbers stay as they are. Where is the slope used?"),
    (
        lambda x, s: np.where(x > 0, x, s),
        "Negative numbers become the slope itself. They are to be multiplied by it.",
    ),
    (lambda x, s: np.where(x > 0, x, -s), "Negative numbers become minus the slope. Multiply them by it."),
    (
        lambda x, s: np.maximum(x, s),
        "You take the larger of the number and the slope. Compare it with slope * x.",
    ),
    (
        lambda x, s: np.maximum(x, -s),
        "You cut off at minus the slope. Negative numbers are multiplied by it.",
    ),
    (
        lambda x, s: np.where(x > 0, x, -s * x),
        "Negative numbers come out positive. slope * x keeps the sign of x.",
    ),
    (lambda x, s: np.abs(x), "Your numbers have lost their signs, as abs() does it."),
    (
        lambda x, s: np.where(x > 0, x, x - s),
        "The slope is subtracted from negative numbers. They are multiplied by it.",
    ),
    (lambda x, s: np.where(x > 0, x, x + s), "The slope is added to negative numbers. Multiply them by it."),
    (
        lambda x, s: np.where(x > 0, x, x / s),
        "Negative numbers are divided by the slope. They are multiplied by it.",
    ),
    (lambda x, s: x + s * x, "You add x and slope * x. It is the one or the other."),
    (
        lambda x, s: np.where(x > 0, x, (1 - s) * x),
        "Negative numbers are multiplied by 1 - slope. They are multiplied by the slope.",
    ),
    (
        lambda x, s: np.where(x > 0, x, s * np.expm1(np.minimum(x, 0))),
        "This is ELU, with its exponential. A leaky ReLU is straight on both sides.",
    ),
    *(
        (lambda x, s, n=n: leaky_relu(x, n), f"The slope is {n} whatever you are given. Use `slope`.")
        for n in (0.1, 0.2, 0.3, 0.01)
    ),
    (lambda x, s: x > 0, "You return where numbers are above 0, and not the numbers."),
    (lambda x, s: x[x > 0], "You return the numbers above 0 alone. Each number keeps its place."),
    (lambda x, s: np.where(x > s, x, s * x), "Your bend lies at the slope. It lies at 0: compare x with 0."),
    (lambda x, s: np.where(x > 1, x, s * x), "Your bend lies at 1. It lies at 0."),
    (
        lambda x, s: relu(x) + s * x,
        "You add slope * x everywhere. Numbers above 0 are meant to stay: it is the one or the other.",
    ),
    (
        lambda x, s: relu(s * x),
        "ReLU comes last here and makes every negative number 0. These stay, smaller.",
    ),
    (
        lambda x, s: np.where(x > 0, 1, s),
        "This is how steep the function is at each number. What comes out is x times that.",
    ),
]


@checker
def check_leaky_relu(answer: object) -> tuple[str, Figure]:
    """Print whether a function is a leaky ReLU.

    Args:
        answer: a function of an array of any shape and of a slope from 0 to 1, that returns as many numbers:
            those above 0 as they are, the others multiplied by the slope.
    """
    for arguments in _NUMBERS:
        expect(answer, arguments, leaky_relu, _WRONG_LEAKS, "array")
    message = (
        "With slope 0 it is ReLU, with 1 it changes nothing. Below is what it makes of edges, with slopes of "
        "0 and of 0.2: what is there on the right that is missing on the left?"
    )
    edges = ActivationLab("cat").sums
    maps = {
        f"slope {slope}": squeeze(returned(answer, {"x": edges, "slope": slope}, "Your array"), 2)
        for slope in (0.0, 0.2)
    }
    return message, figures.plot_maps(maps, -1, 1)


# --- What is sent back

_SENT = [
    {
        "sums": np.array([[-2.0, 0.5, 1.5], [3, -1, 0.25]]),
        "sent": np.array([[10.0, 20, 5], [-30, -40, 8]]),
    },
    {"sums": np.array([[1.5, -0.5, 2]]), "sent": np.array([[-1.0, 2, 0.25]])},
    {"sums": _rng.normal(size=(3, 4, 2)), "sent": _rng.normal(size=(3, 4, 2))},
]
_WRONG_SENT: list[Formula] = [
    (
        lambda x, g: relu(g),
        "You apply ReLU to what is sent back. What counts is the sign of the *sum*, on the way forward.",
    ),
    (
        lambda x, g: g * relu(x),
        "You multiply by ReLU of the sum. It is multiplied by the *slope* of ReLU there, which is 0 or 1.",
    ),
    (lambda x, g: g * x, "You multiply by the sum. It is multiplied by the slope of ReLU there: 0 or 1."),
    (lambda x, g: g, "All that is sent back passes. Where the sum was negative, nothing does."),
    (
        lambda x, g: np.where(x > 0, 1, 0),
        "This is the slope of ReLU. What is sent back is multiplied by it.",
    ),
    (lambda x, g: relu(x), "This is the way forward. On the way back, `sent` is multiplied by the slope."),
    (
        lambda x, g: np.where((x > 0) & (g > 0), g, 0),
        "You stop what is negative among what is sent back. It passes, too, where the sum was above 0.",
    ),
    (
        lambda x, g: np.where((x > 0) & (g < 0), g, 0),
        "You stop what is positive among what is sent back. It passes, too, where the sum was above 0.",
    ),
    (
        lambda x, g: np.where(x < 0, g, 0),
        "You let through where the sum was negative. It is the other way round.",
    ),
    (lambda x, g: np.where(x > 0, x, 0) + g, "You add ReLU of the sums. What is sent back is multiplied."),
    (
        lambda x, g: g * np.sign(x),
        "Where the sum was negative you change the sign. The slope there is 0, not −1.",
    ),
    (
        lambda x, g: np.abs(g) * (x > 0),
        "Your numbers have lost their signs. What is sent back is multiplied by 0 or 1, no more.",
    ),
    (lambda x, g: -g * (x > 0), "All your numbers have the opposite sign. The slope is 0 or 1."),
    (
        lambda x, g: np.where(x > 0, g, 0.2 * g),
        "This is the way back through a leaky ReLU. ReLU lets nothing through where the sum was negative.",
    ),
    (lambda x, g: np.where(g > 0, x, 0), "`sums` and `sent` have changed places in your function."),
    (lambda x, g: (g > 0) * 1.0, "This looks at what is sent back alone, and the sums are not used."),
    (lambda x, g: g[x > 0], "You return what passes, without the zeros. Each number keeps its place."),
    (lambda x, g: g + (x > 0), "You add the slope. What is sent back is multiplied by it."),
    (lambda x, g: np.where(x > 1, g, 0), "You let through above 1. ReLU bends at 0."),
    (
        lambda x, g: relu(x) * relu(g),
        "You multiply ReLU of both. What is sent back is multiplied by the slope at the sum, 0 or 1, and "
        "keeps its sign.",
    ),
    (
        lambda x, g: np.minimum(g, 0),
        "You keep what is negative of what is sent back, whatever the sum was. It is the sum that decides.",
    ),
    (lambda x, g: relu(g * x), "You multiply with the sum, then cut off. Multiply with the slope, 0 or 1."),
]


@checker
def check_sent_back(answer: object) -> tuple[str, Figure]:
    """Print whether a function sends gradients back through ReLU.

    Args:
        answer: a function of the sums that went into ReLU and of what is sent back to its output, arrays of
            one shape. It returns what arrives at the sums.
    """
    for arguments in _SENT:
        expect(answer, arguments, lambda x, g: g * (x > 0), _WRONG_SENT, "array")
    message = (
        "ReLU is a gate that the sum sets on the way forward. Below are the sums of the cat's edges, and "
        "what arrives at them where 1 is sent back to every place."
    )
    edges = ActivationLab("cat").sums
    arrives = returned(answer, {"sums": edges, "sent": np.ones_like(edges)}, "Your array")
    return message, figures.plot_maps({"sums": edges, "what arrives": squeeze(arrives, 2)}, -1, 1)
