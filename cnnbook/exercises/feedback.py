"""What every checker shares: one message for whatever a learner hands in, and never a traceback."""

import ast
import copy
import functools
import inspect
import io
import re
import sys
import sysconfig
import textwrap
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from decimal import Decimal
from numbers import Real
from pathlib import Path

import numpy as np
from IPython import get_ipython
from IPython.display import display

from cnnbook.exercises.limit import TimeUp, limited
from cnnbook.exercises.stops import explain
from cnnbook.exercises.words import clean, describe, given

WIDTH = 76  # characters, so that the pages show whole lines
LIMIT = 5.0  # seconds for a whole check: the images are small, and the first call of a Keras layer takes 0.3
MOST_NUMBERS = 1_000_000  # in an answer
MOST_PRINTED = 1_000  # characters of what a learner's function prints

Arguments = Mapping[str, object]  # of a learner's function: name -> value, in order

# Whose lines are not the learner's: those of Python, its packages and this one.
_LIBRARIES = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib"))
_LIBRARIES = (*_LIBRARIES, str(Path(__file__).parents[1]))


class Mistake(Exception):
    """What is wrong with an answer, and where to look: a message to the learner."""


class Stopped(Mistake):
    """A learner's function stopped with an error; the message explains it as far as every chapter can.

    `text` is what Python says, "Type: message". A chapter that knows more raises `because` of it.
    """

    def __init__(self, line: str, text: str, arguments: Arguments):
        self.text = text
        self._where = f"Your function stops at `{line}`." if line else "Your function stops."
        self._given = f"Given: {given(arguments)}."
        super().__init__(str(self.because(explain(text))))

    def because(self, reason: str) -> Mistake:
        """Return the mistake with another explanation."""
        return Mistake(f"{self._where} {reason} {self._given}")

    def among(self, reasons: Sequence[tuple[str, str]]) -> Mistake:
        """Return the mistake explained by the first (pattern, why) that fits `text`, or itself."""
        return next((self.because(why) for pattern, why in reasons if re.search(pattern, self.text)), self)


class Unanswered(Exception):
    """The three dots of an exercise are still in their place; the message, if any, says where."""


# --- One message

_IN_PLACE = "Put your answer in the place of the three dots"


def checker(check: Callable[[object], str | tuple[str, object]]) -> Callable[[object], None]:
    """Turn ``check(answer)`` into a function that prints one message, whatever it is given.

    What the learner's function printed in its last call stands above the message of a wrong answer.

    Args:
        check: returns what a right answer shows, as text or as (text, what to display below it: a lab or a
            figure with the answer at work), and raises `Mistake` for a wrong one.
    """

    @functools.wraps(check)
    def print_feedback(answer: object) -> None:
        prints, shown = _Prints(), None
        with redirect_stdout(prints), warnings.catch_warnings():  # NumPy warns of what the message explains
            warnings.simplefilter("ignore")
            message = _message(check, answer)
        if isinstance(message, tuple):
            message, shown = message
        if message.startswith("Not yet") and (printed := prints.getvalue().rstrip()):
            print(f"Your function printed:\n{clean(printed)}\n")
        print(textwrap.fill(message, WIDTH))
        if shown is not None and get_ipython():  # a script has no place for it
            display(shown)

    return print_feedback


def _message(check: Callable, answer: object) -> str | tuple[str, object]:
    """Return what to print about an answer, and with it what to display, if there is something."""
    try:
        if answer is ... or answer is None:
            raise Unanswered
        right = limited(lambda: check(answer), LIMIT)
        return (f"Right. {right[0]}", right[1]) if isinstance(right, tuple) else f"Right. {right}"
    except (Mistake, Unanswered) as wrong:
        if str(wrong) and (line := _line_with_dots(answer)):
            wrong = Unanswered(f"Three dots are left in the line `{line}`.")
        if isinstance(wrong, Mistake):
            return f"Not yet. {wrong}"
        where = f"{wrong} Put your answer in their place" if str(wrong) else _IN_PLACE
        return f"Not answered yet. {where} and run the cell again."
    except TimeUp:
        return f"Not yet. Your answer takes longer than {LIMIT:g} seconds to look at."
    except KeyboardInterrupt:
        raise
    except BaseException:  # an object that raises when it is looked at
        return f"Not yet. This answer, of type {type(answer).__name__}, or what it returns cannot be read."


def _line_with_dots(function: object) -> str:
    """Return the first line of a learner's function where three dots stand for code, or an empty text.

    In ``x[..., 0]`` and ``x[...] = 0`` they do not. A lambda is left out: its source is the line around it.
    """
    if not isinstance(function, types.FunctionType) or function.__code__.co_name == "<lambda>":
        return ""
    try:
        source = textwrap.dedent(inspect.getsource(function))
        nodes = list(ast.walk(ast.parse(source)))
    except Exception:  # it was typed neither into a cell nor into a file, or the file has changed
        return ""
    indices = [n for n in nodes if isinstance(n, ast.Subscript)]
    indices = [n.slice for n in indices if isinstance(n.slice, ast.Tuple) or isinstance(n.ctx, ast.Store)]
    allowed = {node for part in indices for node in ast.walk(part)}
    dots = [n.lineno for n in nodes if isinstance(n, ast.Constant) and n.value is ... and n not in allowed]
    return source.splitlines()[min(dots) - 1].strip() if dots else ""


class _Prints(io.StringIO):
    """Holds the beginning of what a call prints: a loop without end prints for seconds."""

    def write(self, text: str) -> int:
        super().write(text[: max(MOST_PRINTED - self.tell(), 0)])
        return len(text)

    def clear(self) -> None:
        self.seek(0)
        self.truncate()


# --- The learner's function


def call(function: object, arguments: Arguments) -> object:
    """Call a learner's function: by the names of the arguments if it has them, else in their order.

    Args:
        function: what the learner handed in.
        arguments: name -> value; it gets copies.

    Raises:
        Stopped: it stops with an error.
        Mistake: it is no function, takes other arguments, does not end, changes an array that it is given, or
            returns nothing.
        Unanswered: it returns the three dots, or computes with them.
    """
    if hasattr(function, "get_weights"):
        raise Mistake(
            "This is a Keras layer or model, whose settings are fixed. "
            f"A function of {', '.join(arguments)} was expected."
        )
    if not callable(function) or isinstance(function, type):
        raise Mistake(
            f"A function was expected, and this is {describe(function)}. "
            "Hand over the name of your function, without brackets after it or quotes around it."
        )
    copies = copy.deepcopy(dict(arguments))
    positional, named = _bound(function, copies)
    prints = sys.stdout if isinstance(sys.stdout, _Prints) else _Prints()
    prints.clear()
    stop = None
    try:
        result = function(*positional, **named)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        stop = _stop(error, arguments)
    if stop:
        raise stop  # not above, where it would hold on to the learner's variables
    if result is ...:
        raise Unanswered
    if result is None and prints.getvalue():
        raise Mistake(
            "Your function prints its result and returns None. print() only shows a value; "
            "`return` hands it over to whoever called."
        )
    if result is None:
        raise Mistake("Your function returned None. Does its last line say what to return?")
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and not np.array_equal(value, copies[name]):
            raise Mistake(
                f"Your function changes the {name} that it is given, and whoever uses it next finds other "
                f"numbers in it. Leave it as it is: {name}.copy() is an array of your own."
            )
    return result


def returned(function: object, arguments: Arguments, what: str) -> np.ndarray:
    """Call a learner's function, and take the numbers that it returns, called `what` in messages.

    Raises:
        Mistake, Stopped, Unanswered: as `call` and `numbers` do; a Mistake for True and False, too.
    """
    array = _array(call(function, arguments), what)
    if array.dtype.kind == "b":
        raise Mistake(f"{what} holds True and False, as a comparison gives them. Numbers were expected.")
    return array.astype(float)


def _bound(function: Callable, arguments: dict) -> tuple[tuple, dict]:
    """Return what to call `function` with, by order and by name."""
    by_order, by_name = (tuple(arguments.values()), {}), ((), arguments)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions that are written in C do not say what they take
        return by_order
    for positional, named in (by_name, by_order):
        try:
            signature.bind(*positional, **named)
            return positional, named
        except TypeError:
            pass
    raise Mistake(
        f"Your function takes {', '.join(signature.parameters) or 'nothing'}. It is called with "
        f"{len(arguments)} values: {', '.join(arguments)}."
    )


def _stop(error: BaseException, arguments: Arguments) -> Exception:
    """Say why and where a learner's function stopped, and with which arguments."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.line for f in frames if f.line and not f.filename.startswith(_LIBRARIES)]
    line = textwrap.shorten(lines[-1], WIDTH, placeholder=" ...") if lines else ""
    if isinstance(error, TimeUp):
        place = f" at `{line}`" if line else ""
        return Mistake(
            f"Your function does not come to an end: after {LIMIT:g} seconds it still runs{place}. "
            f"What must change so that its loop ends? Given: {given(arguments)}."
        )
    text = textwrap.shorten(clean(f"{type(error).__name__}: {error}"), 200, placeholder=" ...")
    if re.search("'ellipsis'|'Ellipsis'|single ellipsis", text):
        what = f"The line `{line}`" if line else "Your function"
        return Unanswered(f"{what} works with three dots that are left there, or in what it uses.")
    return Stopped(line, text, arguments)


# --- Numbers


def numbers(value: object, what: str) -> np.ndarray:
    """Take numbers of any shape, called `what` in messages, as a float array.

    Lists, arrays, fractions, tensors of Keras; a Keras layer without bias stands for its kernel.

    Raises:
        Mistake: they are no numbers, not all finite, or far too many.
        Unanswered: there are three dots among them.
    """
    return _array(value, what).astype(float)


def squeeze(array: np.ndarray, ndim: int) -> np.ndarray:
    """Drop axes of length 1 until `ndim` are left: at the end, where channels are, then in front.

    So a map (1, H, W, 1) or a kernel (kh, kw, 1, 1) of Keras becomes a grid. Axes in the middle stay.
    """
    while array.ndim > ndim and 1 in (array.shape[0], array.shape[-1]):
        array = array[..., 0] if array.shape[-1] == 1 else array[0]
    return array


def _array(value: object, what: str) -> np.ndarray:
    """Return `value` as an array of finite real numbers, or of True and False."""
    if hasattr(type(value), "__next__"):
        raise Mistake(f"{what} is a {type(value).__name__}, not yet numbers. list(...) makes a list of them.")
    too_many = Mistake(f"{what} has more than {MOST_NUMBERS:,} numbers. Which sizes did you ask for?")
    if _count(value) > MOST_NUMBERS:
        raise too_many
    try:
        array = np.asarray(_unwrapped(value))
        if array.dtype.name == "bfloat16":  # which NumPy itself does not know
            array = array.astype(np.float32)
    except Mistake:
        raise
    except Exception:  # rows of unequal length, or an object that is no array
        array = np.asarray(None)
    if array.size > MOST_NUMBERS:
        raise too_many
    if array.dtype.kind == "O":
        array = _from_objects(array)
    if array.dtype.kind == "c":
        if not np.allclose(array.imag, 0, atol=1e-6):
            raise Mistake(f"{what} holds complex numbers. Real ones were expected.")
        array = array.real
    if array.dtype.kind not in "buif":
        hint = ""
        if array.dtype.kind in "US":
            hint = " Numbers have no quotes around them."
        elif sizes := _unequal(value):
            hint = f" Its parts have the shapes {' and '.join(map(str, sizes))}."
        elif isinstance(value, tuple):
            hint = " Two things with a comma between them are a tuple."
        raise Mistake(
            f"{what} must be made of numbers, in rows of equal length, and this is {describe(value)}.{hint}"
        )
    if not np.isfinite(array).all():
        raise Mistake(
            f"{what} holds {array[~np.isfinite(array)][0]}, which is no number. "
            "It comes from a division by 0, or from an array that was never filled."
        )
    return array


def _unequal(value: object) -> list[tuple[int, ...]]:
    """Return the shapes of a few arrays in a list or tuple, or nothing where they are equal."""
    if not (isinstance(value, list | tuple) and all(isinstance(part, np.ndarray) for part in value[:5])):
        return []
    shapes = [part.shape for part in value[:5]]
    return shapes if len(value) < 5 and len(set(shapes)) > 1 else []


def _count(value: object) -> int:
    """Return about how many numbers `value` will make, before an array is made of it."""
    count = 1
    for _ in range(8):  # no deeper: a list can hold itself
        if not isinstance(value, list | tuple | range) or not value:
            break
        count, value = count * len(value), value[0]
    return count


def _unwrapped(value: object) -> object:
    """Return what a tensor or a layer of Keras holds, and anything else as it is."""
    if hasattr(value, "get_weights"):
        weights = value.get_weights()
        if not weights:
            raise Mistake("This layer has no weights yet. Build it, then give it weights with set_weights.")
        if any(np.any(bias) for bias in weights[1:]):
            raise Mistake("This layer adds a bias to every sum. Make it with use_bias=False.")
        return weights[0]
    ops = sys.modules.get("keras.ops")  # where Keras is not loaded, nothing is a tensor
    return ops.convert_to_numpy(value) if ops and ops.is_tensor(value) else value


def _from_objects(array: np.ndarray) -> np.ndarray:
    """Return fractions and decimals as floats, and other objects as they are."""
    if any(element is ... for element in array.flat):
        raise Unanswered("Three dots are left among the numbers.")
    if not array.size or not all(isinstance(element, Real | Decimal) for element in array.flat):
        return array
    try:
        return array.astype(float)
    except OverflowError:
        return np.full(array.shape, np.inf)
