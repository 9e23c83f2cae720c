"""Right results and wrong ones, and the mistakes that lead to them.

A mistake is known by what it makes of the arguments: a formula that gives the same wrong numbers. So most
checkers are a table of such formulas, and a call of `expect` for arrays or of `expect_formula` for numbers.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from cnnbook.exercises.feedback import Arguments, Mistake, call, returned, squeeze
from cnnbook.exercises.words import given, show, where

Formula = tuple[Callable, str]  # what a mistake makes of the arguments, in their order, and what to say


def cases(names: str, rows: Iterable[tuple]) -> list[Arguments]:
    """Name the values of each row: ``cases("size kernel", [(7, 3)])`` is ``[{"size": 7, "kernel": 3}]``."""
    return [dict(zip(names.split(), row, strict=True)) for row in rows]


class Unexplained(Mistake):
    """A result is wrong, and no known mistake leads to it; the chapter may know more.

    `result` is what came, an array; `fits` says of each of its numbers whether it is right, or is None where
    the shape is wrong.
    """

    def __init__(self, message: str, result: np.ndarray, fits: np.ndarray | None = None):
        super().__init__(message)
        self.result, self.fits = result, fits

    @property
    def place(self) -> tuple[int, ...] | None:
        """The index of the first wrong number, if the shape is right."""
        return None if self.fits is None else _first(~self.fits)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Say whether arrays have one shape and, as far as numbers of 32 bits can tell, the same numbers."""
    return a.shape == b.shape and bool(_close(a, b).all())


def _close(a, b):
    largest = np.abs(b).max(initial=0) or 1
    if np.array_equal(b, np.rint(b)):  # whole numbers: beside a large one, a small one may not be wrong by 1
        return np.isclose(a, b, rtol=0, atol=min(1e-5 * largest, 0.25))
    return np.isclose(a, b, rtol=1e-5, atol=1e-5 * largest)


def _each_close(a, b):
    """Compare numbers that have nothing to do with one another: a large one excuses no small one."""
    return np.isclose(a, b, rtol=1e-5, atol=1e-6)


def _first(where):
    return tuple(map(int, np.argwhere(where)[0]))


def expect(
    answer: object,
    arguments: Arguments,
    right: Callable[..., np.ndarray],
    wrong: Sequence[Formula] = (),
    what: str = "map",
    axes: Sequence[str] = (),
) -> None:
    """Compare the array that a learner's function returns with the right one, and name the mistake.

    Args:
        answer: the learner's function.
        arguments: name -> value, in order.
        right: a function of these arguments, in this order.
        wrong: mistakes of the chapter, the likeliest first: a function like `right`, and what to say. What
            is often done to right numbers afterwards is known here.
        what: what the function returns, in messages.
        axes: what its axes are called there, if not row, column, channel.

    Raises:
        Mistake: it is wrong. `Stopped` and `Unexplained` are those of which the chapter may know more.
        Unanswered: the three dots are still there.
    """
    values = tuple(arguments.values())
    expected = np.asarray(right(*values), float)
    result = squeeze(returned(answer, arguments, f"Your {what}"), expected.ndim)
    if same(result, expected):
        return
    name = _named(result, wrong, values) or _named(result, _AFTERWARDS, (expected,))
    if result.shape == expected.shape:
        name, fits = name or _scaled(result, expected), _close(result, expected)
        place = _first(~fits)
        at = f" in {where(place, axes)}" if place else ""
        has, was = f"{show(result[place])}{at}", show(expected[place])
    else:
        name, fits = name or _misshapen(result, expected, what), None
        has = f"the shape {result.shape}" if result.ndim else f"one number, {show(result)}"
        was = f"the shape {expected.shape}"
    evidence = f"With {given(arguments)}, your {what} has {has}; {was} was expected."
    if name:
        raise Mistake(f"{name} {evidence}")
    raise Unexplained(evidence, result, fits)


def expect_formula(
    answer: object,
    cases: Sequence[Arguments],
    right: Callable[..., float],
    wrong: Sequence[Formula] = (),
    what: str = "number",
    tell: Callable[..., str] = lambda *_: "",
) -> None:
    """Compare the numbers that a learner's function returns, one a case, with the right ones.

    Args:
        answer: the learner's function.
        cases: of arguments, name -> value. The first that comes out wrong is shown, so begin with those that
            can be counted on fingers; the others tell formulas apart.
        right: a function of these arguments, in this order.
        wrong: mistakes of the chapter, the likeliest first: a function like `right`, and what to say.
        what: what the function returns, in messages.
        tell: a sentence on what is right in a case, of these arguments.

    Raises:
        Mistake, Unanswered: as `expect` does.
    """
    results = np.array([_one_number(answer, case, what) for case in cases])
    expected = np.array([right(*case.values()) for case in cases], float)
    fits = _each_close(results, expected)
    if fits.all():
        return
    first = int(np.argmin(fits))
    case = cases[first]
    call(answer, case)  # once more, so that it is this call of which the learner sees what it prints
    evidence = f"With {given(case)} you get {show(results[first])}; {show(expected[first])} is right."
    evidence = f"{evidence} {tell(*case.values())}".strip()
    for formula, message in wrong:
        if _each_close(results, np.array([formula(*case.values()) for case in cases], float)).all():
            raise Mistake(f"{message} {evidence}")
    raise Unexplained(evidence, results, fits)


def _one_number(answer: object, case: Arguments, what: str) -> float:
    result = returned(answer, case, f"Your {what}")
    if result.size != 1:
        raise Mistake(f"One number was expected, the {what}. With {given(case)} you return {result.size}.")
    return result.item()


def _named(result: np.ndarray, formulas: Sequence[Formula], values: tuple) -> str | None:
    """Return what to say about the first formula that gives `result`."""
    for formula, message in formulas:
        try:
            if same(result, np.asarray(formula(*values), float)):
                return message
        except (ValueError, IndexError):  # the formula is for other shapes
            pass
    return None


def _scaled(result: np.ndarray, expected: np.ndarray) -> str | None:
    """Say whether something is added to all numbers, or multiplies them all."""
    if np.ptp(expected) == 0:
        return None
    shift = (result - expected).mean()
    if same(result - shift, expected):
        return f"{show(shift)} is added to each of your numbers, as a bias would be. There is none here."
    factor, shift = np.polyfit(expected.ravel(), result.ravel(), 1)
    if math.isclose(factor, 0, abs_tol=1e-9) or not same((result - shift) / factor, expected):
        return None
    if abs(shift) > 1e-5 * np.abs(result).max():
        return "Your numbers are stretched and moved into another range. They are meant to stay as they are."
    by = f"multiplied by {show(factor)}" if abs(factor) > 1 else f"divided by {show(1 / factor)}"
    return f"Each of your numbers is {by}. They are meant to stay as they are."


def _misshapen(result: np.ndarray, expected: np.ndarray, what: str) -> str | None:
    """Say what is wrong with a shape, where that is plain."""
    if result.ndim == 0:
        return f"Your function returns one number. Your {what} should have many."
    if result.ndim > expected.ndim:
        return f"Your {what} has {result.ndim} axes, and {expected.ndim} were expected."
    if result.ndim < expected.ndim:
        return None
    if result.shape == expected.shape[::-1]:
        return "Rows and columns have changed places in the shape. Rows come first."
    differences = set(np.subtract(result.shape, expected.shape))
    if differences == {-1}:
        return f"Your {what} is one short on each side. The last place counts, too."
    if differences == {1}:
        return f"Your {what} has one too many on each side."
    return None


def _only(y: np.ndarray, index: int | tuple) -> np.ndarray:
    """Return zeros around what stands at `index` of `y`."""
    alone = np.zeros_like(y)
    alone[index] = y[index]
    return alone


_EARLY = "Does `return` stand inside the {}? A function ends there."

# What may have been done to the right numbers, in any chapter.
_AFTERWARDS: list[Formula] = [
    (
        np.zeros_like,
        "All your numbers are 0: none is ever put in its place. Does the loop run at all, and does it put a "
        "value in with `=`? (`==` compares.)",
    ),
    (np.abs, "Your numbers have lost their signs, as abs() does it. Negative ones are meant to stay."),
    (
        lambda y: np.maximum(y, 0),
        "Your negative numbers have become 0, as ReLU or a clip does it. They are meant to stay.",
    ),
    (
        lambda y: np.clip(y, 0, 255),
        "Your numbers are cut off at 0 and 255, as a clip does it. They may leave the range of pixels.",
    ),
    (
        lambda y: np.clip(y, 0, 1),
        "Your numbers are cut off at 0 and 1, as a clip does it. They may leave the range of pixels.",
    ),
    (lambda y: np.clip(y, -1, 1), "Your numbers are cut off at -1 and 1, as a clip does it."),
    (np.trunc, "The fractions are cut off. Which dtype has your output?"),
    (np.floor, "Your numbers are rounded down. The fractions are meant to stay."),
    (np.round, "Your numbers are rounded. The fractions are meant to stay."),
    (
        lambda y: np.trunc(y) % 256,
        "Your numbers begin again at 0 after 255: they are held as uint8, which has none that are larger, "
        "negative or fractions. Which dtype has your output?",
    ),
    (np.negative, "All your numbers have the opposite sign."),
    (np.transpose, "Rows and columns have changed places in your result. The first index counts the rows."),
    (lambda y: y[::-1, :], "Your result is upside down."),
    (lambda y: y[:, ::-1], "Left and right have changed places in your result."),
    (lambda y: y[::-1, ::-1], "Your result is upside down and mirrored."),
    (
        np.ravel,
        "Your numbers are right, but they stand in one long row. reshape, or a list a row, makes a grid.",
    ),
    (
        lambda y: _only(y, (0,) * y.ndim),
        f"The first number is right, the others are as they were at the start. {_EARLY.format('loops')}",
    ),
    (
        lambda y: y[(0,) * y.ndim],
        f"You return one number, the first. {_EARLY.format('loops')}",
    ),
    (
        lambda y: y[(-1,) * y.ndim],
        "You return one number, the last: each has replaced the one before. Where do you keep them all?",
    ),
    (np.sum, "You return one number, all places added up. Each place keeps its own."),
    (
        lambda y: _only(y, 0),
        f"The first row is right, the others are as they were at the start. {_EARLY.format('outer loop')}",
    ),
    (lambda y: y[:1, :], f"You return the first row only. {_EARLY.format('outer loop')}"),
    (lambda y: y[0, :], f"You return the first row only. {_EARLY.format('outer loop')}"),
    (
        lambda y: y[-1:, :],
        "You return the last row only: each has replaced the one before. Where do you keep them all?",
    ),
    (
        lambda y: y[-1, :],
        "You return the last row only: each has replaced the one before. Where do you keep them all?",
    ),
]
