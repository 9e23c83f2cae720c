"""The activation widget: the sums of a filter, the function that each goes through, and what comes out."""

from typing import Any

import numpy as np
from traitlets import Unicode

from cnnbook.ops import ACTIVATIONS, conv2d
from cnnbook.widgets.convolution import KERNELS, LABELS
from cnnbook.widgets.lab import PinningLab
from cnnbook.widgets.recorded import LEARNED, packed, recorded
from cnnbook.widgets.traits import choice, number


class ActivationLab(PinningLab):
    """Send every sum of a filter through a function, and see what becomes of the map.

    >>> lab = ActivationLab("cat", filter="sobel-x", bias=-1)
    >>> lab.output.shape, lab.output.min()
    ((30, 46), 0.0)

    Args:
        image: as for `ConvolutionLab`; the layer sees its pixels as 0 to 1.
        filter: the name of a preset (`KERNELS`), which reads the brightness, or 0 to 31, a filter of the
            first layer of the book's recorded network, which reads all three channels. Nothing is padded.
        bias: is added to every sum; 0, or that of the recorded filter, unless given.
        activation: a name in `cnnbook.ops.ACTIVATIONS`; "linear" changes nothing.
        side: 1 to 64, the most pixels on a side of the picture that the layer sees.
        cell: (row, column) of the cell to pin, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("activation").tag(sync=True)
    filter = choice("sobel-x", *(name for name in KERNELS if name != "sobel-x"), *LEARNED)
    bias = number(0.0)
    activation = choice(*ACTIVATIONS)

    def __init__(self, image: Any = "cat", **traits: Any):
        name = traits["filter"] = str(traits.get("filter", "sobel-x"))
        given = {"bias": float(recorded()[int(name), -1])} if name in LEARNED else {}
        super().__init__(image, **given | traits)

    def assets(self) -> dict[str, bytes]:
        """The pictures and the recorded filters."""
        return super().assets() | {"filters": packed()}

    @property
    def colour(self) -> bool:
        """Whether the filter reads three channels."""
        return self.filter in LEARNED

    @property
    def sums(self) -> np.ndarray:
        """What goes into the function, (H', W') float64: the sums of the filter with the bias.

        Raises:
            ValueError: the filter fits nowhere.
        """
        kernel = recorded()[int(self.filter), :-1] if self.colour else KERNELS[self.filter]
        channels = 3 if self.colour else 1
        image = self.image.reshape(*self.image.shape[:2], channels)
        sums = conv2d(image, np.reshape(kernel, (3, 3, channels, 1)).astype(float))[..., 0]
        return sums / 255 + self.bias  # divided last: sums of whole numbers that are 0 are 0 then

    @property
    def output(self) -> np.ndarray:
        """What comes out of the function, (H', W') float64; raises as `sums` does."""
        return ACTIVATIONS[self.activation](self.sums)

    @property
    def share(self) -> float:
        """The share of the output that is 0; raises as `sums` does."""
        return float((self.output == 0).mean())

    def _map(self) -> tuple[str, tuple[int, ...]]:
        return "output", self.sums.shape

    def describe(self) -> str:
        """One sentence: picture, filter, function, and what comes out."""
        name = f"filter {self.filter} of the network" if self.colour else LABELS[self.filter]
        sums = f"the sums of {self._picture()}, under “{name}” with bias {self.bias:.3g}"
        start = f"“{self.activation}” of {sums}"
        try:
            output = self.output
        except ValueError as problem:
            return f"{start}: there is no output. {problem}"
        return f"{start}: {self.share:.4g} of the output is 0, its largest number is {output.max():.4g}."
