"""What a widget's state is made of: traits that carry their limits.

The limits of a trait stand here and nowhere else. Python checks values by them, and `make frontend` writes
its `rule` into frontend/src/states.ts, where it gives the type, the check of links and the limits of fields.
"""

from collections.abc import Mapping
from os.path import exists, expanduser  # pathlib's refuse some names with errors of their own
from types import MappingProxyType
from typing import Any

import numpy as np
from traitlets import Enum, Float, Int, List, TraitError, TraitType, Unicode

from cnnbook.data import load_picture
from cnnbook.data.pictures import shrink
from cnnbook.widgets.gallery import NAMES, gallery
from cnnbook.widgets.image import LARGEST_SIDE, Frozen, decode_image, encode_image, frozen

LONGEST_LABEL = 60  # letters
LARGEST_NUMBER = 1_000_000  # of a weight or a bias: sums of larger ones could not be written out


class _Plain:
    """What makes a trait take NumPy's numbers and arrays as Python's numbers and lists."""

    def validate(self, obj: Any, value: Any) -> Any:
        return super().validate(obj, value.tolist() if isinstance(value, np.generic | np.ndarray) else value)


class _Whole(_Plain, Int):
    def validate(self, obj: Any, value: Any) -> int:
        value = super().validate(obj, value)
        if isinstance(value, bool):  # a 1 in Python, but none on a page
            self.error(obj, value)
        return value


class _Number(_Plain, Float):
    least, most = -LARGEST_NUMBER, LARGEST_NUMBER

    def validate(self, obj: Any, value: Any) -> float:
        try:
            value = super().validate(obj, value)
        except OverflowError:  # a whole number that is larger than every float
            value = float("inf")
        if not self.least <= value <= self.most:  # NaN is not, either
            ends = [
                f"{end:.0e}".replace("e+0", "e").replace("e+", "e") if abs(end) > 1e4 else f"{end:g}"
                for end in (self.least, self.most)
            ]
            raise TraitError(f"Expected a {self.name} from {ends[0]} to {ends[1]}, got {value}.")
        return value


class _Cell(_Plain, List):
    def validate(self, obj: Any, value: Any) -> list[int] | None:
        try:
            return super().validate(obj, value)
        except TraitError:
            raise TraitError(
                f"Expected row and column of a cell, counted from 0, or None as {self.name}, got {value!r}."
            ) from None


def whole(default: int, least: int, most: int) -> TraitType:
    """A whole number from `least` to `most`."""
    rule = {"type": "whole", "least": least, "most": most}
    return _Whole(default, min=least, max=most).tag(sync=True, rule=rule)


def number(default: float, least: float = -LARGEST_NUMBER, most: float = LARGEST_NUMBER) -> TraitType:
    """A number from `least` to `most`: unless given, one that sums can be written out with."""
    trait = _Number(default)
    trait.least, trait.most = least, most
    return trait.tag(sync=True, rule={"type": "number", "least": least, "most": most})


def answer() -> TraitType:
    """A number that the reader gave, or None."""
    trait = _Number(None, allow_none=True)
    trait.most = 1_000_000_000_000  # people guess more than sums can be written out with
    trait.least = -trait.most
    return trait.tag(sync=True, rule={"type": "answer", "most": trait.most})


def choice(*values: str) -> TraitType:
    """One of `values`, at first the first."""
    return Enum(values, values[0]).tag(sync=True, rule={"type": "choice", "of": list(values)})


def cell() -> TraitType:
    """The (row, column) of a cell of a map, or None."""
    place = _Cell(_Whole(min=0), default_value=None, allow_none=True, minlen=2, maxlen=2)
    return place.tag(sync=True, rule={"type": "cell"})


class _Index(_Whole):
    def validate(self, obj: Any, value: Any) -> int:
        value, most = super().validate(obj, value), len(getattr(obj, self.metadata["rule"]["of"])) - 1
        if not 0 <= value <= most:
            raise TraitError(f"{self.name} must be None or from 0 to {most}, but it is {value}.")
        return value


def index(of: str) -> TraitType:
    """The place of an element in the list that is the trait `of`, from 0, or None; `of` is set before it."""
    return _Index(None, allow_none=True).tag(sync=True, rule={"type": "index", "of": of})


class _Labels(_Plain, List):
    def validate(self, obj: Any, value: Any) -> list[str]:
        value = super().validate(obj, value)
        if any(len(each) > LONGEST_LABEL for each in value):
            raise TraitError(
                f"Expected at most {LONGEST_LABEL} letters each as {self.name}, got {value!r:.200}."
            )
        return value


def labels(most: int) -> TraitType:
    """At most `most` names."""
    trait = _Labels(Unicode(), maxlen=most)
    return trait.tag(sync=True, rule={"type": "labels", "most": most, "longest": LONGEST_LABEL})


class _Numbers(_Plain, List):
    def validate(self, obj: Any, value: Any) -> list[float]:
        try:
            return super().validate(obj, value)
        except TraitError:
            raise TraitError(
                f"Expected {self._minlen} numbers from -1e6 to 1e6 as {self.name}, got {value!r:.200}."
            ) from None


def numbers(default: list[float]) -> TraitType:
    """As many numbers as `default` has, each from -1e6 to 1e6."""
    trait = _Numbers(_Number(), default, minlen=len(default), maxlen=len(default))
    return trait.tag(sync=True, rule={"type": "numbers", "count": len(default), "most": LARGEST_NUMBER})


class Padding(TraitType):
    """``"valid"``, ``"same"``, or zeros on each side."""

    def __init__(self, most: int):
        super().__init__("valid")
        self.most = most
        self.tag(sync=True, rule={"type": "padding", "most": most})

    def validate(self, obj: Any, value: Any) -> str | int:
        """Check a value (called by traitlets)."""
        if isinstance(value, str) and value in ("valid", "same"):
            return value
        if isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= value <= self.most:
            return int(value)
        raise TraitError(
            f'Expected "valid", "same" or 0 to {self.most} zeros on each side as padding, got {value!r}.'
        )


class Kernel(TraitType):
    """A kernel: takes a name among `presets`, or numbers; gives (rows, columns[, 3]) float64, read-only."""

    def __init__(self, presets: dict[str, np.ndarray], most: int):
        super().__init__(next(iter(presets.values())))
        self.presets, self.most = presets, most
        self.tag(
            sync=True,
            rule={"type": "kernel", "most": most},
            to_json=lambda kernel, widget: np.atleast_3d(kernel).tolist(),
            from_json=lambda rows, widget: rows,
        )

    def validate(self, obj: Any, value: Any) -> np.ndarray:
        """Make an array of a name or of numbers (called by traitlets)."""
        if isinstance(value, str):
            if value not in self.presets:
                names = ", ".join(self.presets)
                raise TraitError(f"There is no kernel {value!r}. Choose one of {names}, or give numbers.")
            value = self.presets[value]
        if np.ma.is_masked(value):
            raise TraitError("Expected a kernel without masked weights: kernel.filled(0) makes them 0.")
        try:
            if np.iscomplexobj(value):
                raise TraitError("Expected a kernel of real numbers, got complex ones: take kernel.real.")
            kernel = np.array(value, float)
        except (TypeError, ValueError):
            raise TraitError(f"Expected a kernel of rows of equal length, got {value!r}.") from None
        except OverflowError:
            raise TraitError("Expected weights from -1e6 to 1e6, but one is larger than any float.") from None
        if kernel.ndim == 3 and kernel.shape[2] == 1:
            kernel = kernel[..., 0]
        fits = kernel.ndim >= 2 and all(1 <= size <= self.most for size in kernel.shape[:2])
        if not fits or kernel.shape[2:] not in ((), (3,)):
            raise TraitError(
                f"Expected a kernel of up to {self.most} rows and columns: (rows, columns), or with slices "
                f"for red, green and blue (rows, columns, 3). Got the shape {kernel.shape}."
            )
        if not (np.abs(kernel) <= LARGEST_NUMBER).all():  # NaN is not, either
            raise TraitError(f"Expected weights from -1e6 to 1e6, but this kernel is {kernel.tolist()}.")
        kernel.flags.writeable = False  # a change inside the array would not reach the front end
        return kernel


class Filters(TraitType):
    """Two filters of one size on three channels: takes names or kernels; gives (k, k, 3, 2), read-only."""

    def __init__(self, presets: dict[str, np.ndarray], most: int, names: list[str]):
        super().__init__(np.stack([presets[name] for name in names], axis=-1))
        self.kernel = Kernel(presets, most)
        self.tag(
            sync=True,
            rule={"type": "filters", "most": most},
            to_json=lambda filters, widget: np.moveaxis(filters, -1, 0).tolist(),
            from_json=lambda kernels, widget: kernels,
        )

    def validate(self, obj: Any, value: Any) -> np.ndarray:
        """Make an array of two names or kernels, or of what Keras holds (called by traitlets)."""
        if isinstance(value, np.ndarray) and value.shape[2:] == (3, 2):
            value = np.moveaxis(value, -1, 0)
        if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
            raise TraitError(f"Expected two filters, a list of names or kernels, got {value!r:.200}.")
        kernels = [self.kernel.validate(obj, kernel) for kernel in value]
        shapes = [kernel.shape for kernel in kernels]
        if any(shape != (shapes[0][0], shapes[0][0], 3) for shape in shapes):
            raise TraitError(
                f"Expected two filters of one shape, such as (3, 3, 3), got the shapes {shapes}."
            )
        filters = np.stack(kernels, axis=-1)
        filters.flags.writeable = False
        return filters


class Picture(TraitType):
    """A picture: takes a name of the gallery or what `load_picture` takes; gives it or (H, W, 3) uint8."""

    def __init__(self, more: Mapping[str, np.ndarray] = MappingProxyType({})):
        """`more` pictures can be named beside those of the gallery."""
        super().__init__("cat")
        self.more = more
        self.tag(
            sync=True,
            rule={"type": "picture", "names": [*more, *NAMES], "most": LARGEST_SIDE},
            to_json=lambda value, widget: value if isinstance(value, str) else encode_image(value),
            from_json=lambda value, widget: value if isinstance(value, str) else frozen(decode_image(value)),
        )

    def validate(self, obj: Any, value: Any) -> str | Frozen:
        """Read a picture, and make it as small as a widget needs it (called by traitlets)."""
        if isinstance(value, Frozen) and not value.flags.writeable:  # it was here before, or comes from there
            if max(value.shape) > LARGEST_SIDE:
                raise TraitError(f"Expected at most {LARGEST_SIDE} pixels a side, got shape {value.shape}.")
            return value
        if isinstance(value, str) and value in (*self.more, *NAMES):
            return value
        if isinstance(value, str) and value and ":" not in value and not exists(expanduser(value)):
            names = ", ".join([*self.more, *NAMES])
            raise TraitError(
                f"There is no picture {value!r:.200}. Choose one of {names}, or a file: none has that name."
            )
        try:
            own = frozen(shrink(load_picture(value), LARGEST_SIDE))
        except ValueError as problem:
            raise TraitError(f"{type(obj).__name__}: {problem}.") from None
        known = {**self.more, **gallery()}
        return next((name for name, picture in known.items() if np.array_equal(own, picture)), own)
