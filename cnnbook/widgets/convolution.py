"""The convolution widget: a picture, a kernel, and the map that comes out."""

import json
from importlib.resources import files

import numpy as np
from traitlets import Unicode

from cnnbook.ops import conv2d
from cnnbook.widgets.lab import SlidingLab
from cnnbook.widgets.traits import Kernel, Padding, choice, number, whole

# The one list of preset kernels: the front end is built with it.
_PRESETS = json.loads((files("cnnbook.widgets") / "kernels.json").read_text("utf-8"))
KERNELS = {name: np.array(preset["rows"]) / preset["divide"] for name, preset in _PRESETS.items()}
LABELS = {name: preset["label"] for name, preset in _PRESETS.items()}


class ConvolutionLab(SlidingLab):
    """Slide a kernel over a picture, and see every sum that makes a pixel of the map.

    >>> lab = ConvolutionLab(photo("cat"), kernel="sobel-x")
    >>> lab.output.shape
    (30, 46)

    Args:
        image: a picture of any size, as `load_picture` takes it: the path of a file, its bytes, a PIL image
            or an array; or the name of one that the widget brings, such as "digit". The layer sees its pixels
            as 0 to 255.
        kernel: the name of a preset (`KERNELS`), or (rows, columns), or (rows, columns, 3): then the layer
            sees the picture in colour.
        bias: is added to every sum.
        stride: 1 to 8. dilation: 1 to 8. padding: "valid", "same" or 0 to 16 zeros on each side.
        side: 1 to 64, the most pixels on a side of the picture that the layer sees.
        colours: "fitted" to the map, or "fixed" from -255 to 255, so that maps can be compared.
        cell: (row, column) of the output cell to pin, or None.
        simple: whether to show the kernel alone, without bias and settings.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("convolution").tag(sync=True)
    kernel = Kernel(KERNELS, 7)
    bias = number(0.0)
    padding = Padding(16)
    dilation = whole(1, 1, 8)
    colours = choice("fitted", "fixed")

    @property
    def colour(self) -> bool:
        """Whether the kernel has slices for red, green and blue, and the layer sees them."""
        return self.kernel.ndim == 3

    @property
    def output(self) -> np.ndarray:
        """The map, (H', W') float64, not rounded.

        Raises:
            ValueError: the kernel fits nowhere.
        """
        image, kernel = np.atleast_3d(self.image), np.atleast_3d(self.kernel)
        layer = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return conv2d(image, kernel[..., None], [self.bias], **layer)[..., 0]

    def describe(self) -> str:
        """One sentence: picture, kernel, and what comes out."""
        slices = np.moveaxis(np.atleast_3d(self.kernel), -1, 0)
        known = (name for name in KERNELS if all(np.array_equal(KERNELS[name], k) for k in slices))
        label = next((f" ({LABELS[name]})" for name in known), "")
        rows, columns = self.kernel.shape[:2]
        return self._sentence(f"Convolution of {{picture}} with a kernel of {rows} × {columns}{label}")
