"""Exercises of the chapter on padding and stride."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from cnnbook.data import photo
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, expect_formula, same
from cnnbook.exercises.feedback import Arguments, Mistake, checker, returned, squeeze
from cnnbook.exercises.words import given, show
from cnnbook.ops import output_size
from cnnbook.widgets import PixelInspector, ShapeLab

# --- Rows and columns around an image

_IMAGE = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], [0.9, 1.0, 0.15, 0.25]])
_MODES = {"zero": "constant", "reflect": "reflect"}


def _padded(x: np.ndarray, p: int, mode: str) -> np.ndarray:
    return np.pad(x, p, mode=_MODES[mode])


def _with(mode: str) -> Callable:
    """Pad as NumPy does in another mode, if reflection is asked for."""
    return lambda x, p, asked: np.pad(x, p, mode=mode if asked == "reflect" else "constant")


def _around(*widths: tuple) -> Callable:
    """Pad with other widths: (before, after) of rows and of columns, in p."""

    def pad(x, p, mode):
        return np.pad(x, [(a * p, b * p) for a, b in widths], mode=_MODES[mode])

    return pad


def _in_the_corner(x: np.ndarray, p: int, mode: str) -> np.ndarray:
    return np.pad(x, ((0, 2 * p), (0, 2 * p)))


def _rows_reflected(x: np.ndarray, p: int, mode: str) -> np.ndarray:
    return np.pad(np.pad(x, ((p, p), (0, 0)), mode="reflect"), ((0, 0), (p, p)))


def _columns_reflected(x: np.ndarray, p: int, mode: str) -> np.ndarray:
    return np.pad(np.pad(x, ((0, 0), (p, p)), mode="reflect"), ((p, p), (0, 0)))


def _no_corners(x: np.ndarray, p: int, mode: str) -> np.ndarray:
    padded = np.pad(x, p, mode="reflect")
    for rows, columns in itertools.product((slice(p), slice(-p, None)), repeat=2):
        padded[rows, columns] = 0
    return padded


def _taken(index: Callable) -> Callable:
    """Reflect by other indices: `index` gives those of one axis, of its length and p."""
    return lambda x, p, mode: x[np.ix_(index(x.shape[0], p), index(x.shape[1], p))]


def _not_turned(n: int, p: int) -> list[int]:
    return [*range(1, p + 1), *range(n), *range(n - p - 1, n - 1)]


def _one_further(n: int, p: int) -> list[int]:
    return [*range(p + 1, 1, -1), *range(n), *range(n - 3, n - 3 - p, -1)]


def _other_side(n: int, p: int) -> list[int]:
    return [*range(n - 2, n - 2 - p, -1), *range(n), *range(p, 0, -1)]


_TWICE = (
    "The outermost pixels stand there twice, as with “replicate”. A reflection leaves them out: next to x0 "
    "stands x1."
)
_WRONG_PADS: list[Formula] = [
    (lambda x, p, mode: x, "This is the image as it came: nothing is around it."),
    (
        _with("constant"),
        "Your zeros are right, but the mode changes nothing. “reflect” takes pixels.",
    ),
    (_with("edge"), _TWICE),
    (_with("symmetric"), _TWICE),
    (_with("wrap"), "The pixels come from the opposite side, which is called “circular”."),
    (_taken(_not_turned), "The right pixels, but not in the order of a mirror: the nearest first."),
    (_taken(_one_further), "Your mirror begins one pixel too far inside: next to x0 stands x1."),
    (
        _taken(_other_side),
        "The mirrored pixels have changed sides: next to x0 stands x1.",
    ),
    (_rows_reflected, "Rows are reflected, columns are not: left and right still hold zeros."),
    (_columns_reflected, "Columns are reflected, rows are not: above and below are still zeros."),
    (
        _no_corners,
        "The corners are still zeros. Reflect the columns of what you have after the rows, not of the image.",
    ),
    (_in_the_corner, "The size is right, but the image lies in the corner: all of it comes after."),
    (
        _around((2, 0), (2, 0)),
        "All of it comes before the image. Half belongs after its last row and column.",
    ),
    (_around((0, 1), (0, 1)), "Only below and to the right something is added. All four sides get it."),
    (_around((1, 0), (1, 0)), "Only above and to the left something is added. All four sides get it."),
    (_around((1, 1), (0, 0)), "Only rows are added. Columns on the left and right belong to it, too."),
    (_around((0, 0), (1, 1)), "Only columns are added. Rows above and below belong to it, too."),
    (
        lambda x, p, mode: np.pad(x, 1, mode=_MODES[mode]),
        "It is one pixel wide, whatever p is. Where does a 1 stand that should be p?",
    ),
    (_around((2, 2), (2, 2)), "Twice as much is added: p on each side, not 2 · p."),
    (lambda x, p, mode: np.pad(x, p, constant_values=1), "Ones are added. Padding with zeros is black."),
    (lambda x, p, mode: x[p:-p, p:-p], "This cuts pixels off. Padding adds some."),
    (
        lambda x, p, mode: np.pad(x, ((p, 0), (p, 0))),
        "There is room above and on the left alone. p rows come above *and* below: h + 2 · p.",
    ),
    (
        lambda x, p, mode: np.pad(np.pad(x, ((p, 0), (p, 0)), "reflect"), ((0, p), (0, p)), "symmetric"),
        "Right above and on the left. Below and on the right the last pixel stands twice.",
    ),
]


@checker
def check_pad(answer: object) -> tuple[str, PixelInspector]:
    """Print whether a function puts p zeros, or p reflected pixels, on each side of an image.

    Args:
        answer: a function of an image (H, W), p and mode, "zero" or "reflect"; p is less than H and W.
    """
    for mode, p in itertools.product(_MODES, (1, 2)):
        try:
            expect(answer, {"image": _IMAGE, "p": p, "mode": mode}, _padded, _WRONG_PADS, what="padded image")
        except Unexplained as mistake:
            hint = "" if p == 1 else " With p = 1 it is right."
            raise Mistake(
                f"{mistake}{hint} The image is {show(_IMAGE)}. Draw it with {p} on each side."
            ) from None
    message = (
        "Zeros or a mirror, p of them on each side, corners included. This is np.pad with mode “constant” "
        "or “reflect”, and what a layer does before its kernel moves. Here is the cat with 8 reflected "
        "pixels on each side, by your function: can you see where the photograph ends?"
    )
    arguments = {"image": photo("cat")[::8, ::8, 1].astype(float), "p": 8, "mode": "reflect"}
    padded = squeeze(returned(answer, arguments, "Your padded image"), 2)
    return message, PixelInspector(padded.astype(np.uint8))


# --- What an output reads


def _reads(i: int, k: int, s: int, before: int, d: int) -> list[int]:
    return [i * s - before + j * d for j in range(k)]


_READS = [
    (2, 3, 2, 1, 1),
    (0, 3, 1, 1, 1),
    (0, 3, 2, 0, 1),
    (3, 3, 1, 0, 1),
    (2, 3, 3, 2, 2),
    (4, 5, 2, 3, 3),
]
_READS += itertools.product((0, 1, 3), (1, 2, 4), (1, 2, 3), (0, 2), (1, 2))
_READS = cases("i kernel stride before dilation", _READS)

_WRONG_READS: list[Formula] = [
    (
        lambda i, k, s, b, d: [i * s + j * d for j in range(k)],
        "These are places in the padded row. Pixel 0 stands `before` places further on: count from there.",
    ),
    (
        lambda i, k, s, b, d: [max(0, place) for place in _reads(i, k, s, b, d)],
        "Places before pixel 0 have become 0. They keep their negative numbers: there are zeros.",
    ),
    (
        lambda i, k, s, b, d: [place for place in _reads(i, k, s, b, d) if place >= 0],
        "Places before pixel 0 are left out. They belong to it, with their negative numbers.",
    ),
    (
        lambda i, k, s, b, d: [i * s + b + j * d for j in range(k)],
        "`before` is added. With zeros in front, the window of output 0 begins before pixel 0.",
    ),
    (lambda i, k, s, b, d: [i - b + j * d for j in range(k)], "The stride is not in your places."),
    (
        lambda i, k, s, b, d: [(i - b) * s + j * d for j in range(k)],
        "The stride multiplies `before`, too. Zeros are places, not steps.",
    ),
    (lambda i, k, s, b, d: [i * s - b + j for j in range(k)], "The dilation is not in your places."),
    (
        lambda i, k, s, b, d: [i * s - b + j * (d + 1) for j in range(k)],
        "Your places are one too far apart: with dilation 1 they are neighbours.",
    ),
    (
        lambda i, k, s, b, d: [(i * s + j) * d - b for j in range(k)],
        "The dilation spreads the first place, too. It lies between the places of one window.",
    ),
    (
        lambda i, k, s, b, d: [i * d - b + j * s for j in range(k)],
        "Stride and dilation have changed places: the stride leads from window to window.",
    ),
    (
        lambda i, k, s, b, d: list(range(i * s - b, i * s - b + (k - 1) * d + 1)),
        "This is all that the window spans. A dilated window reads some of it.",
    ),
    (
        lambda i, k, s, b, d: list(range(i * s - b, i * s - b + k * d)),
        "This is all that the window spans, and more. A dilated window reads some of it.",
    ),
    (
        lambda i, k, s, b, d: list(range(i * s - b, i * s - b + k, d)),
        "range ends after `kernel` pixels. A dilated window is longer.",
    ),
    (
        lambda i, k, s, b, d: [i * s - b + j * (d - 1) for j in range(k)],
        "dilation is the distance from weight to weight. At 1 they are neighbours.",
    ),
    (
        lambda i, k, s, b, d: [i * s - b + j * d for j in range(1, k + 1)],
        "Your first weight stands a dilation further on. It stands on the first place.",
    ),
    (
        lambda i, k, s, b, d: [i * k - b + j * d for j in range(k)],
        "Your window moves by its own size. The stride says how far it moves.",
    ),
    (
        lambda i, k, s, b, d: [i * s - k // 2 + j * d for j in range(k)],
        "You put the middle of the window on i times the stride. How many zeros stand in front is given.",
    ),
    (lambda i, k, s, b, d: [i * s - b + j * d for j in range(k + 1)], "There is one place too many."),
    (
        lambda i, k, s, b, d: [i * s - b + j * d for j in range(k - 1)],
        "One place is missing: range leaves its end out.",
    ),
    (
        lambda i, k, s, b, d: [i * s - b + j * d + 1 for j in range(k)],
        "All places are one too far on. The first pixel is pixel 0.",
    ),
    (
        lambda i, k, s, b, d: [(i + 1) * s - b + j * d for j in range(k)],
        "These are the places of the next output. The first output is output 0.",
    ),
    (lambda i, k, s, b, d: [j * d for j in range(k)], "Every output reads the same places in your function."),
    (
        lambda i, k, s, b, d: i * s - b,
        "This is the first place. The output reads one for each number of the kernel.",
    ),
    (
        lambda i, k, s, b, d: [i * s - b, i * s - b + (k - 1) * d],
        "These are the first and the last place. Those between them are read, too.",
    ),
    (
        lambda i, k, s, b, d: [i * s - b, i * s - b + (k - 1) * d + 1],
        "This is where the window begins and ends. All places that it reads are asked for.",
    ),
]


@checker
def check_reads(answer: object) -> tuple[str, ShapeLab]:
    """Print whether a function gives the places that an output reads.

    Args:
        answer: a function of i, kernel, stride, before (zeros in front of the row) and dilation, that returns
            the places, counted from pixel 0, in their order.
    """
    _expect_lists(answer, _READS, _reads, _WRONG_READS, "list of places")
    message = (
        "The window begins at i · stride − before, and its places are a dilation apart. Here are some such "
        "numbers in a lab, with one zero before the row: does it say what your function says?"
    )
    return message, ShapeLab(size=7, kernel=3, stride=2, padding=1, dilation=2)


def _expect_lists(
    answer: object, cases: Sequence[Arguments], right: Callable, wrong: Sequence[Formula], what: str
) -> None:
    """Compare the numbers that a function returns in each case with the right ones.

    A mistake is named by a formula that gives the same numbers in all cases.
    """
    results = [np.ravel(returned(answer, case, f"Your {what}")) for case in cases]
    if not all(same(result, _row(right, case)) for result, case in zip(results, cases, strict=True)):
        for formula, message in wrong:
            if all(same(result, _row(formula, case)) for result, case in zip(results, cases, strict=True)):
                raise Mistake(f"{message} {_example(results, cases, right)}")
        raise Mistake(_example(results, cases, right))


def _row(formula: Callable, case: Arguments) -> np.ndarray:
    return np.ravel(np.asarray(formula(*case.values()), float))


def _example(results: list[np.ndarray], cases: Sequence[Arguments], right: Callable) -> str:
    """The first case that came out wrong."""
    for result, case in zip(results, cases, strict=True):
        if not same(result, expected := _row(right, case)):
            break
    return f"With {given(case)} you get {show(result)}; {show(expected)} is right."


# --- The size of a map

_SIZES = [
    (7, 3, 1, 0, 2),
    (7, 3, 2, 1, 1),
    (7, 3, 1, 0, 1),
    (9, 3, 2, 0, 2),
    (8, 3, 2, 1, 1),
    (12, 5, 3, 2, 2),
]
_SIZES += itertools.product((15, 16, 32), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2, 3))
_SIZES = cases("size kernel stride padding dilation", _SIZES)


def _span(k: int, d: int) -> int:
    return (k - 1) * d + 1


_WRONG_SIZES: list[Formula] = [
    (
        lambda n, k, s, p, d: (n + 2 * p - k) // s + 1,
        "The dilation is not in your formula. A kernel of 3 with a gap between its numbers spans 5 pixels.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - k * d) // s + 1,
        "A dilated kernel does not span kernel · dilation: behind its last number there is no gap.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d) // s + 1,
        "Your span is one too small: to the steps from weight to weight the first pixel is added.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - (k + (k - 1) * d)) // s + 1,
        "Dilation 1 means no gap. Between neighbours lie dilation − 1 pixels.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - (k + d - 1)) // s + 1,
        "You count one gap. There is one between any two neighbours of the kernel.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d + 1) // s + 1,
        "The minus holds for the whole span: put it in parentheses.",
    ),
    (
        lambda n, k, s, p, d: n + 2 * p - _span(k, d) // s + 1,
        "`//` comes before the minus: the stride divides the span alone. Put the way in parentheses.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - (k + d)) // s + 1,
        "Kernel and dilation are added. Count the span of 3 weights at dilation 2: it is 5.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - (k * (d + 1) - 1)) // s + 1,
        "Dilation 1 leaves no gap. Count the span of 3 weights at dilation 2: it is 5.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - _span(k, d)) / s + 1,
        "Your formula gives fractions. What happens to a last step that does not fit any more?",
    ),
    (
        lambda n, k, s, p, d: math.ceil((n + 2 * p - _span(k, d)) / s) + 1,
        "You round up, which counts a place where the window sticks out.",
    ),
    (
        lambda n, k, s, p, d: round((n + 2 * p - _span(k, d)) / s) + 1,
        "You round to the nearest number, which can count a place where the window sticks out.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - _span(k, d)) // s,
        "One is missing: the window stood somewhere before its first step.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - _span(k, d) + 1) // s,
        "The 1 is added before the division, so the stride divides it, too.",
    ),
    (
        lambda n, k, s, p, d: (n + p - _span(k, d)) // s + 1,
        "The padding is counted once. It is added on both sides.",
    ),
    (lambda n, k, s, p, d: (n - _span(k, d)) // s + 1, "The padding is not in your formula."),
    (
        lambda n, k, s, p, d: n + 2 * p - _span(k, d) + 1,
        "The stride is not in your formula: with larger steps there are fewer places.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p) // s - _span(k, d) + 1,
        "You divide too early. The stride divides the way that the window travels, not the whole row.",
    ),
    (
        lambda n, k, s, p, d: (n - 2 * p - _span(k, d)) // s + 1,
        "The padding makes your row shorter. It adds pixels.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p + _span(k, d)) // s + 1,
        "The kernel is added. A larger one has less room to travel.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - _span(k, d)) // (s * d) + 1,
        "The dilation divides the steps. It makes the window larger, not its steps.",
    ),
    (
        lambda n, k, s, p, d: (n + 2 * p - _span(k, d)) * s + 1,
        "You multiply by the stride: with larger steps there are fewer places.",
    ),
    (lambda n, k, s, p, d: (n + 2 * p) // s + 1, "The kernel is not in your formula."),
    (
        lambda n, k, s, p, d: -(-n // s),
        "This is the size for padding “same”. Here the padding is a number of zeros on each side.",
    ),
    (lambda n, k, s, p, d: n, "The map is as large as the row in your formula. It is so in few cases."),
]


@checker
def check_size(answer: object) -> str:
    """Print whether a function gives the size of a map along one axis, with dilation.

    Args:
        answer: a function of size, kernel, stride, padding (on each side) and dilation, that returns the
            number of places of the window.
    """
    try:
        expect_formula(
            answer,
            _SIZES,
            lambda n, k, s, p, d: output_size(n, k, s, p, d).size,
            _WRONG_SIZES,
            what="number of places",
            tell=lambda n, k, s, p, d: f"The window spans {_span(k, d)} of {n + 2 * p} pixels and zeros.",
        )
    except Unexplained as mistake:
        plain = np.array([case["dilation"] == 1 for case in _SIZES])
        hint = "With dilation 1 it is right. What does the window span?" if mistake.fits[plain].all() else ""
        raise Mistake(f"{mistake} {hint}".strip()) from None
    return (
        "This is the whole formula: what the window spans, the way it has left, the steps that fit in, and "
        "the place where it starts. PyTorch's documentation has the same one."
    )


# --- Where "same" puts its zeros


def _same(n: int, k: int, s: int) -> tuple[int, int]:
    return output_size(n, k, s, "same")[1:3]


def _total(n: int, k: int, s: int) -> int:
    return max(0, (-(-n // s) - 1) * s + k - n)


def _halves(total: int) -> tuple[int, int]:
    return total // 2, total - total // 2


_SAME = [(8, 3, 2), (7, 3, 2), (8, 3, 1), (8, 4, 1), (6, 1, 2), (224, 7, 2), (10, 5, 3), (9, 2, 3)]
_SAME += itertools.product((5, 6, 7, 8), (1, 2, 3, 5), (1, 2, 3))
_SAME = cases("size kernel stride", _SAME)

_WRONG_SAME: list[Formula] = [
    (
        lambda n, k, s: (k // 2, k // 2),
        "Half of the kernel is right for odd kernels at stride 1. With a stride it can take fewer.",
    ),
    (
        lambda n, k, s: ((k - 1) // 2, (k - 1) // 2),
        "This does not depend on size and stride. “same” adds what ceil(size / stride) outputs need.",
    ),
    (
        lambda n, k, s: _halves(k - 1),
        "These are the zeros at stride 1. With a larger stride, where does the last window end?",
    ),
    (
        lambda n, k, s: _same(n, k, s)[::-1],
        "Before and after have changed places: of an odd number the larger half comes after.",
    ),
    (
        lambda n, k, s: (_total(n, k, s) // 2,) * 2,
        "An odd number has no equal halves, and you lose one zero. It comes after.",
    ),
    (
        lambda n, k, s: (-(-_total(n, k, s) // 2),) * 2,
        "An odd number has no equal halves, and you add one zero. TensorFlow does not.",
    ),
    (
        lambda n, k, s: (_total(n, k, s) / 2,) * 2,
        "Half a zero cannot be added. TensorFlow gives the larger half to the end.",
    ),
    (
        lambda n, k, s: _halves((-(-n // s) - 1) * s + k - n),
        "Your number of zeros can be negative. Where nothing is missing, nothing is added: max(0, ...).",
    ),
    (
        lambda n, k, s: (_total(n, k, s) // 2, _total(n, k, s) // 2 + 1),
        "That is right for odd numbers of zeros alone.",
    ),
    (
        lambda n, k, s: _halves(abs((-(-n // s) - 1) * s + k - n)),
        "abs() turns a negative number around. Where nothing is missing, nothing is added.",
    ),
    (
        lambda n, k, s: (round(_total(n, k, s) / 2), _total(n, k, s) - round(_total(n, k, s) / 2)),
        "round(1.5) is 2, and round(0.5) is 0. `//` rounds down: the smaller half comes before.",
    ),
    (
        lambda n, k, s: _halves(max(0, (n // s - 1) * s + k - n)),
        "You count floor(size / stride) outputs. “same” rounds up: ceil.",
    ),
    (
        lambda n, k, s: _halves(max(0, (round(n / s) - 1) * s + k - n)),
        "You round the number of outputs to the nearest. “same” rounds up: ceil.",
    ),
    (
        lambda n, k, s: _halves((n - 1) * s + k - n),
        "You count `size` outputs. With a stride “same” does not keep the size: it is ceil(size / stride).",
    ),
    (
        lambda n, k, s: _halves(-(-n // s) * s + k - n),
        "You count a step too many: from the first of n outputs to the last it takes n − 1 steps.",
    ),
    (
        lambda n, k, s: _halves(max(0, -(-n // s) - 1 + k - n)),
        "The steps are not multiplied by the stride.",
    ),
    (
        lambda n, k, s: (0, _total(n, k, s)),
        "All of them come after in your function. They are split in halves.",
    ),
    (
        lambda n, k, s: (_total(n, k, s), 0),
        "All of them come before in your function. They are split in halves.",
    ),
    (lambda n, k, s: (_total(n, k, s),) * 2, "This is the whole number on each side. It is split in halves."),
    (_total, "This is how many zeros there are together. How many of them come before, how many after?"),
    (lambda n, k, s: -(-n // s), "This is the number of outputs. How many zeros do they need?"),
    (lambda n, k, s: (0, 0), "No zeros at all: that is “valid”."),
    (
        lambda n, k, s: _halves((-(-n // s) - 1) * s + k),
        "This is how far the last window reaches. `size` of these places are pixels, the rest are zeros.",
    ),
]


@checker
def check_same(answer: object) -> tuple[str, ShapeLab]:
    """Print whether a function gives the zeros that "same" adds.

    Args:
        answer: a function of size, kernel and stride that returns (before, after).
    """
    _expect_lists(answer, _SAME, _same, _WRONG_SAME, "pair (before, after)")
    message = (
        "As few as it takes, and an odd one at the end. For 224 pixels, a kernel of 7 and stride 2 that is "
        "(2, 3). PyTorch's padding=3 puts (3, 3) there, and every output reads other pixels. Here is a "
        "smaller case: what is different with 7 pixels?"
    )
    return message, ShapeLab(size=8, kernel=3, stride=2, padding="same")
