"""What every checker shares: one message for whatever a learner hands in, and never a traceback."""

import copy
import functools
import textwrap
import traceback
import warnings
from collections.abc import Callable

import numpy as np

WIDTH = 76  # characters, so that the pages show whole lines


class Mistake(Exception):
    """What is wrong with an answer, and where to look: a message to the learner."""


class Unanswered(Exception):
    """The three dots of an exercise are still in their place."""


def checker(check: Callable[[object], str]) -> Callable[[object], None]:
    """Turn ``check(answer)`` into a function that prints one message.

    ``check`` returns what a right answer shows, and raises `Mistake` for a wrong one.
    """

    @functools.wraps(check)
    def print_feedback(answer):
        try:
            if answer is ... or answer is None:
                raise Unanswered
            message = f"Right. {check(answer)}"
        except Unanswered:
            message = (
                "Not answered yet. Put your answer in the place of the three dots and run the cell again."
            )
        except Mistake as mistake:
            message = f"Not yet. {mistake}"
        print(textwrap.fill(message, WIDTH))

    return print_feedback


def call(function, *arguments, given: str):
    """Return ``function(*arguments)``; what a learner's function can do wrong by itself becomes a `Mistake`.

    It gets copies, so that it may change them. ``given`` describes the arguments in the message.
    """
    if not callable(function):
        raise Mistake(
            f"A function was expected, and this is {describe(function)}. "
            "Hand over the name of your function, without brackets after it."
        )
    try:
        with warnings.catch_warnings():  # NumPy warns of what the message below explains
            warnings.simplefilter("ignore")
            result = function(*copy.deepcopy(arguments))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]  # the first one is ours
        place = f", at `{frames[0].line}`" if frames and frames[0].line else ""
        raise Mistake(
            f"Given {given}, your function stopped with {type(error).__name__}: {error}{place}."
        ) from None
    if result is ...:
        raise Unanswered
    if result is None:
        raise Mistake("Your function returned None. Does its last line say what to return?")
    return result


def numbers(value, what: str) -> np.ndarray:
    """Return ``value`` as a float array, or raise a `Mistake` that calls it ``what``."""
    try:
        array = np.asarray(value)
    except Exception:  # rows of unequal length, or an object that is no array
        array = np.asarray(None)
    if array.dtype.kind not in "buif":
        raise Mistake(
            f"{what} must be made of numbers, in rows of equal length, and this is {describe(value)}."
        )
    if not np.isfinite(array).all():
        raise Mistake(f"{what} holds {array[~np.isfinite(array)][0]}, which is no number.")
    return array.astype(float)


def describe(value) -> str:
    """Say what ``value`` is in a few words."""
    text = repr(value)
    return f"{type(value).__name__} {text}" if len(text) <= 60 else f"of type {type(value).__name__}"
