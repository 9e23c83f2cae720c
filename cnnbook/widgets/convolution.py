"""The convolution widget: a picture, a kernel, and the map that comes out."""

import functools
import json
import os
from importlib.resources import files

import numpy as np
from traitlets import Bool, Dict, Float, Int, List, TraitError, TraitType, Unicode, observe, validate

from cnnbook.data import digit, load_picture, photo
from cnnbook.data.pictures import shrink
from cnnbook.ops import conv2d
from cnnbook.widgets.base import Widget
from cnnbook.widgets.convolution_picture import draw
from cnnbook.widgets.image import Image, decode_image, encode_image, frozen

# The one list of preset kernels: the front end is built with it.
_PRESETS = json.loads((files("cnnbook.widgets") / "kernels.json").read_text("utf-8"))
KERNELS = {name: np.array(preset["rows"]) / preset["divide"] for name, preset in _PRESETS.items()}
LABELS = {name: preset["label"] for name, preset in _PRESETS.items()}
GALLERY = ("cat", "coffee", "temple")  # photographs that a reader can choose, besides a digit
LARGEST_SIDE = 64  # of a picture in a widget: cells of larger ones could not be pointed at
LARGEST_KERNEL = 7
LARGEST_NUMBER = 1e6  # of a weight or a bias: sums of larger ones could not be written out


@functools.cache
def _gallery():
    """Return the pictures that come with every widget: {name: (H, W, 3) uint8}."""
    pictures = {name: shrink(photo(name), LARGEST_SIDE) for name in GALLERY}
    return pictures | {"digit": digit(3)}


def brightness(image):
    """Return (H, W) uint8 of `image` (H, W, 3): the luma of ITU-R BT.601, in whole numbers."""
    return ((image @ np.array([299, 587, 114]) + 500) // 1000).astype(np.uint8)


class Plain:
    """What makes a trait take NumPy's numbers and arrays as Python's numbers and lists."""

    def validate(self, obj, value):
        return super().validate(obj, value.tolist() if isinstance(value, np.generic | np.ndarray) else value)


class Truth(Plain, Bool):
    """A truth."""


class Whole(Plain, Int):
    """A whole number."""


class Number(Plain, Float):
    """A number."""


class Numbers(Plain, List):
    """A list of numbers."""


class Kernel(TraitType):
    """A synced kernel: takes a preset's name or numbers, gives (rows, columns) or (rows, columns, 3)."""

    def __init__(self):
        super().__init__(
            KERNELS["identity"],
            sync=True,
            to_json=lambda kernel, widget: np.atleast_3d(kernel).tolist(),
            from_json=lambda rows, widget: rows,
        )

    def validate(self, obj, value):
        if isinstance(value, str):
            if value not in KERNELS:
                names = ", ".join(KERNELS)
                raise TraitError(f"There is no kernel {value!r}. Choose one of {names}, or give numbers.")
            value = KERNELS[value]
        if np.ma.is_masked(value):
            raise TraitError("Expected a kernel without masked weights: kernel.filled(0) makes them 0.")
        try:
            if np.iscomplexobj(value):
                raise TraitError("Expected a kernel of real numbers, got complex ones: take kernel.real.")
            kernel = np.array(value, float)
        except (TypeError, ValueError):
            raise TraitError(f"Expected a kernel of rows of equal length, got {value!r}.") from None
        if kernel.ndim == 3 and kernel.shape[2] == 1:
            kernel = kernel[..., 0]
        fits = kernel.ndim >= 2 and all(1 <= size <= LARGEST_KERNEL for size in kernel.shape[:2])
        if not fits or kernel.shape[2:] not in ((), (3,)):
            raise TraitError(
                f"Expected a kernel of up to {LARGEST_KERNEL} rows and columns: (rows, columns), or with "
                f"slices for red, green and blue (rows, columns, 3). Got the shape {kernel.shape}."
            )
        if not (np.abs(kernel) <= LARGEST_NUMBER).all():  # NaN is not, either
            raise TraitError(f"Expected weights from -1e6 to 1e6, but this kernel is {kernel.tolist()}.")
        kernel.flags.writeable = False  # a change inside the array would not reach the front end
        return kernel


class Padding(TraitType):
    """Synced padding: ``"valid"``, ``"same"``, or zeros on each side; a string in the front end."""

    def __init__(self):
        super().__init__(
            "valid",
            sync=True,
            to_json=lambda padding, widget: str(padding),
            from_json=lambda text, widget: int(text) if text.isdigit() else text,
        )

    def validate(self, obj, value):
        if value in ("valid", "same"):
            return value
        if isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= value <= 16:
            return int(value)
        raise TraitError(f'Expected "valid", "same" or 0 to 16 zeros on each side as padding, got {value!r}.')


class ConvolutionLab(Widget):
    """Slide a kernel over a picture, and see every sum that makes a pixel of the map.

    >>> lab = ConvolutionLab(photo("cat"), kernel="sobel-x")
    >>> lab.output.shape
    (30, 46)

    Args:
        image: a picture of any size, as `load_picture` takes it: the path of a file, its bytes, a PIL image
            or an array; or the name of one that the widget brings, such as "digit". The layer sees its pixels
            as 0 to 255.
        kernel: the name of a preset (`KERNELS`), or (rows, columns), or (rows, columns, 3) for colour.
        bias: is added to every sum.
        stride: 1 to 8. dilation: 1 to 8. padding: "valid", "same" or 0 to 16 zeros on each side.
        side: 1 to 64, the most pixels on a side of the picture that the layer sees.
        colour: three channels instead of one; a colour kernel sets it by itself.
        cell: (row, column) of the output cell to pin, or None.

    Raises TraitError for what it cannot show, with what was expected.
    """

    _kind = Unicode("convolution").tag(sync=True)
    gallery = Dict().tag(
        sync=True,
        to_json=lambda images, widget: {name: encode_image(image) for name, image in images.items()},
        from_json=lambda images, widget: {name: decode_image(image) for name, image in images.items()},
    )
    source = Unicode("cat").tag(sync=True)
    own = Image()
    side = Whole(48, min=1, max=LARGEST_SIDE).tag(sync=True)
    colour = Truth(False).tag(sync=True)
    kernel = Kernel()
    bias = Number(0.0).tag(sync=True)
    stride = Whole(1, min=1, max=8).tag(sync=True)
    padding = Padding()
    dilation = Whole(1, min=1, max=8).tag(sync=True)
    cell = Numbers(Whole(), default_value=None, allow_none=True, minlen=2, maxlen=2).tag(sync=True)

    def __init__(self, image="cat", **traits):
        super().__init__(gallery=_gallery(), **_source(image), **traits)

    @property
    def image(self):
        """The picture as the layer sees it: (H, W), or (H, W, 3) in colour; uint8. Set it to take another."""
        image = shrink(self.gallery[self.source] if self.source else self.own, self.side)
        return image if self.colour else brightness(image)

    @image.setter
    def image(self, image):
        with self.hold_trait_notifications():
            for name, value in _source(image).items():
                setattr(self, name, value)

    @property
    def output(self):
        """The map, (H', W') float64, not rounded. Raises ValueError where the kernel fits nowhere."""
        image, kernel = np.atleast_3d(self.image), np.atleast_3d(self.kernel)
        layer = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return conv2d(image, kernel[..., None], [self.bias], **layer)[..., 0]

    @validate("source")
    def _check_source(self, proposal):
        name = proposal["value"]
        if name and name not in self.gallery:
            names = ", ".join(self.gallery)
            raise TraitError(
                f"There is no picture {name!r:.200}. Choose one of {names}, or a file: none has that name."
            )
        return name

    @validate("own")
    def _check_own(self, proposal):
        return frozen(shrink(proposal["value"], LARGEST_SIDE))

    @validate("bias")
    def _check_bias(self, proposal):
        if not abs(proposal["value"]) <= LARGEST_NUMBER:  # NaN is not, either
            raise TraitError(f"Expected a bias from -1e6 to 1e6, got {proposal['value']}.")
        return proposal["value"]

    @validate("kernel")
    def _check_kernel(self, proposal):
        kernel = proposal["value"]
        return _for_channels(kernel, 3) if self.colour and kernel.ndim == 2 else kernel

    @observe("kernel")
    def _follow_kernel(self, change):
        if self.kernel.ndim == 3:
            self.colour = True

    @observe("colour")
    def _follow_colour(self, change):
        self.kernel = _for_channels(self.kernel, 3 if self.colour else 1)

    def describe(self):
        rows, columns = self.image.shape[:2]
        picture = f"“{self.source}”" if self.source else "a picture"
        start = f"Convolution of {picture}, {rows} × {columns} pixels{' in colour' * self.colour}, with "
        start += f"a kernel of {self.kernel.shape[0]} × {self.kernel.shape[1]}"
        for name, kernel in KERNELS.items():
            if np.array_equal(_for_channels(kernel, 3 if self.colour else 1), self.kernel):
                start += f" ({LABELS[name]})"
        try:
            output = self.output
        except ValueError as problem:
            return f"{start}: there is no output. {problem}"
        shape = f"{output.shape[0]} × {output.shape[1]}"
        return f"{start}: the output has {shape} values from {output.min():.4g} to {output.max():.4g}."

    def picture(self):
        return draw(self)


def _source(image):
    """Return the traits that make `image` the picture: its name where the gallery has it, else its pixels."""
    named = isinstance(image, str) and image != ""
    if named and (image in _gallery() or not (":" in image or os.path.exists(os.path.expanduser(image)))):
        return {"source": image}
    try:
        own = frozen(shrink(load_picture(image), LARGEST_SIDE))
    except ValueError as problem:
        raise TraitError(f"ConvolutionLab: {problem}.") from None
    known = [name for name, picture in _gallery().items() if np.array_equal(own, picture)]
    return {"source": known[0]} if known else {"source": "", "own": own}


def _for_channels(kernel, channels):
    """Return `kernel` (kh, kw) copied to each of 3 channels, or the mean of the slices of (kh, kw, 3)."""
    if kernel.ndim == 2:
        return kernel if channels == 1 else np.stack([kernel] * 3, axis=-1)
    if channels == 3:
        return kernel
    equal = (kernel == kernel[..., :1]).all()
    return kernel[..., 0] if equal else kernel.mean(axis=-1)
