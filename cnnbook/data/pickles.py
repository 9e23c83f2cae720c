"""Pickles of arrays, read without running anything that they name.

`pickle.load` calls whatever a file names. An Unpickler that allows NumPy's names alone can still be made to
crash or to hang Python: by an array of objects at invented addresses, or by a key of tuples in each other. So
only the instructions that a batch needs are known here, stand-ins take what NumPy's names would be given, and
a tuple becomes a list, which is no key.

Source: `pickletools` in Python's library says what each instruction means.
"""

import pickle
import pickletools
import re
from io import BytesIO
from pickle import UnpicklingError

import numpy as np

_LONGEST = 100_000  # instructions: a batch of CIFAR-10 has 30,000
_NEEDED = {
    *("PROTO", "FRAME", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BINFLOAT", "LONG1"),
    *("BININT", "BININT1", "BININT2", "BINBYTES", "SHORT_BINBYTES", "BINSTRING", "SHORT_BINSTRING"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "DICT", "SETITEM", "SETITEMS"),
    *("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
    *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
}


def read_arrays(content: bytes) -> dict:
    """Read a pickle of a dictionary, its arrays as read-only NumPy arrays of numbers.

    Python 2's texts are bytes. Reads what Python 2 wrote with protocol 2 and Python 3 with protocol 3 or 4.

    Raises:
        UnpicklingError: it wants anything else, and what.
        Exception: any other one where it is damaged.
    """
    for number, _ in enumerate(pickletools.genops(content)):
        if number > _LONGEST:
            raise UnpicklingError("it holds more instructions than any batch")
    values = _Reader(BytesIO(content), encoding="bytes").load()
    return {key: getattr(value, "array", value) for key, value in values.items()}


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


_NAMES = {
    "numpy.ndarray": _Array,
    "numpy.dtype": _Type,
    "numpy.core.multiarray._reconstruct": _Array,  # NumPy 1
    "numpy._core.multiarray._reconstruct": _Array,  # NumPy 2
}


class _Known(dict):
    """Instruction -> what carries it out."""

    def __missing__(self, code):
        raise UnpicklingError(f"it holds the instruction {bytes([code])}, which was refused")


class _Reader(pickle._Unpickler):  # the one in Python: C's has no such table
    dispatch = _Known(
        (ord(instruction.code), pickle._Unpickler.dispatch[ord(instruction.code)])
        for instruction in pickletools.opcodes
        if instruction.name in _NEEDED
    )

    def find_class(self, module: str, name: str) -> type:
        """Return the stand-in for what a pickle names; the reader calls this.

        Raises:
            UnpicklingError: there is none.
        """
        whole = f"{module}.{name}"
        if whole not in _NAMES:
            raise UnpicklingError(f"it asks to run {whole}, which was refused")
        return _NAMES[whole]

    def _list_of(count):
        def gather(self):
            self.stack[-count:] = [self.stack[-count:]]

        return gather

    def _list_from_mark(self):
        values = self.pop_mark()
        self.stack.append(values)

    dispatch[pickle.TUPLE[0]] = _list_from_mark
    for _code, _count in (pickle.TUPLE1, 1), (pickle.TUPLE2, 2), (pickle.TUPLE3, 3):
        dispatch[_code[0]] = _list_of(_count)


def _text(part, pattern):
    """Return a part of the name of a dtype, which Python 2 has as bytes."""
    text = part.decode("ascii") if isinstance(part, bytes) else part
    if not re.fullmatch(pattern, text):
        raise UnpicklingError(f"it holds an array of {text!r}, and only arrays of numbers are read")
    return text
