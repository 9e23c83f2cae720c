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

    Args:
        check: returns what a right answer shows, and raises `Mistake` for a wrong one.
    """

    @functools.wraps(check)
    def print_feedback(answer: object) -> None:
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


def call(function: object, *arguments: object, given: str) -> object:
    """Call a learner's function, with copies of the arguments, so that it may change them.

    Args:
        function: what the learner handed in.
        arguments: what it gets.
        given: describes them in messages.

    Raises:
        Mistake: it is no function, stops, or returns nothing.
        Unanswered: it returns the three dots.
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


def numbers(value: object, what: str) -> np.ndarray:
    """Take numbers of any shape, called `what` in messages, as a float array.

    Raises:
        Mistake: they are no numbers, or not all finite.
    """
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


def describe(value: object) -> str:
    """Say what ``value`` is in a few words."""
    text = repr(value)
    return f"{type(value).__name__} {text}" if len(text) <= 60 else f"of type {type(value).__name__}"
