"""Pickles of arrays, read without running anything that they name.

`pickle.load` calls whatever a file names. An Unpickler that allows NumPy's names alone can still be made to
crash Python: by an array of objects at invented addresses, by a key of a million tuples in each other, or by
a place in its memory that is billions away. So the instructions are looked through first, and then stand-ins
take what NumPy's names would be given.

Source: `pickletools` in Python's library says what each instruction means.
"""

import pickle
import re
from io import BytesIO
from pickle import UnpicklingError
from pickletools import genops

import numpy as np

_LONGEST = 100_000  # instructions: a batch of CIFAR-10 has 30,000
_MOST_TUPLES = 100  # it has six
_NEEDED = {
    *("PROTO", "FRAME", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BINFLOAT", "LONG1"),
    *("BININT", "BININT1", "BININT2", "BINBYTES", "SHORT_BINBYTES", "BINSTRING", "SHORT_BINSTRING"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
    *("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
}


def read_arrays(content: bytes) -> dict:
    """Return the dictionary that the pickle `content` holds, its arrays as read-only NumPy arrays of numbers.

    Python 2's texts are bytes. Reads what Python 2 wrote with protocol 2 and Python 3 with protocol 3 or 4.
    Raises UnpicklingError, saying what was asked for, where a pickle wants anything else; a damaged one can
    raise any Exception.
    """
    _look_through(content)
    values = _StandIns(BytesIO(content), encoding="bytes").load()
    return {key: getattr(value, "array", value) for key, value in values.items()}


def _look_through(content: bytes) -> None:
    """Raise UnpicklingError where there is an instruction, or so many or so large ones, as no batch needs."""
    tuples = 0
    for number, (instruction, argument, _) in enumerate(genops(content)):
        name = instruction.name
        tuples += name.startswith("TUPLE")
        if name not in _NEEDED or ("PUT" in name and argument > _LONGEST):
            raise UnpicklingError(f"it holds the instruction {name}, which was refused")
        if number > _LONGEST or tuples > _MOST_TUPLES:
            raise UnpicklingError("it holds more instructions than any batch")


class _Type:
    """Stands for a NumPy dtype: of numbers, so that no byte of an array is ever taken for an address."""

    def __init__(self, code, *_):
        self.code, self.order = _text(code, "[iuf][1248]"), "|"

    def __setstate__(self, state):
        self.order = _text(state[1], "[|<>]")


class _Array:
    """Stands for a NumPy array: made of the bytes of the file, and of no others."""

    def __init__(self, *_):
        self.array = None

    def __setstate__(self, state):
        _, shape, dtype, columns_first, content = state
        flat = np.frombuffer(content, np.dtype(dtype.order + dtype.code))
        self.array = flat.reshape(shape, order="F" if columns_first else "C")


class _StandIns(pickle.Unpickler):
    names = {  # noqa: RUF012
        "numpy.ndarray": _Array,
        "numpy.dtype": _Type,
        "numpy.core.multiarray._reconstruct": _Array,  # NumPy 1
        "numpy._core.multiarray._reconstruct": _Array,  # NumPy 2
    }

    def find_class(self, module, name):
        whole = f"{module}.{name}"
        if whole not in self.names:
            raise UnpicklingError(f"it asks to run {whole}, which was refused")
        return self.names[whole]


def _text(part, pattern):
    """Return a part of the name of a dtype, which Python 2 has as bytes."""
    text = part.decode("ascii") if isinstance(part, bytes) else part
    if not re.fullmatch(pattern, text):
        raise UnpicklingError(f"it holds an array of {text!r}, and only arrays of numbers are read")
    return text
