"""Arguments, numbers and objects in the words of a message."""

import re
import reprlib
from collections.abc import Mapping, Sequence

import numpy as np

SMALL = 9  # numbers of an array that messages show; of a larger one they show the shape


def given(arguments: Mapping[str, object]) -> str:
    """Name arguments and their values, as in "image of shape (6, 10), stride 2"."""
    return ", ".join(f"{name} {_value(value)}" for name, value in arguments.items())


def _value(value):
    if not isinstance(value, np.ndarray):
        return str(value)
    dtype = "" if value.dtype in (float, int, bool) else f"dtype {value.dtype}"
    if value.size <= SMALL:
        return f"{show(value)} of {dtype}" if dtype else show(value)
    return f"of shape {value.shape} and {dtype}" if dtype else f"of shape {value.shape}"


def show(value: float | np.ndarray) -> str:
    """Write a number, a truth or a grid of them as one would by hand, as in "[[1, 2.5], [0, -1]]"."""
    if np.ndim(value):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, bool | np.bool_):
        return str(value)
    return f"{float(value) + 0.0:.6g}"  # -0.0 + 0.0 is 0.0


_AXES = {1: ("place",), 2: ("row", "column"), 3: ("row", "column", "channel")}


def where(place: tuple, axes: Sequence[str] = ()) -> str:
    """Name the index of a number, as in "row 0, column 1"; `axes` are other names than those of an image."""
    axes = axes or _AXES.get(len(place))
    return ", ".join(f"{a} {i}" for a, i in zip(axes, place, strict=True)) if axes else f"place {place}"


def describe(value: object) -> str:
    """Say what `value` is in a few words."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    try:
        text = reprlib.repr(value)
    except Exception:  # its class raises when it is asked
        text = "..."
    short = len(text) <= 60 and "..." not in text and " at 0x" not in text
    return f"{type(value).__name__} {text}" if short else f"of type {type(value).__name__}"


def clean(text: str) -> str:
    """Leave out the colours of a terminal, and what cannot be printed."""
    return re.sub(r"\x1b\[[\d;]*m", "", text).encode("utf-8", "replace").decode("utf-8")
