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
    """Send every sum of a filter through a function, and see which of them get through.

    >>> ActivationLab("cat", filter="sobel-x", bias=-1).output.shape
    (30, 46)

    Args:
        image: as for `ConvolutionLab`; its pixels are 0 to 1 here.
        filter: a name in `KERNELS`, which reads the brightness, or 0 to 31: a filter of the recorded
            network's first layer, which reads three channels. Nothing is padded.
        bias: is added to every sum; 0, or that of the recorded filter, unless given.
        activation: a name in `cnnbook.ops.ACTIVATIONS`; "linear" changes nothing.
        side, cell: as for `ConvolutionLab`.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("activation").tag(sync=True)
    filter = choice("sobel-x", *(name for name in KERNELS if name != "sobel-x"), *LEARNED)
    bias = number(0.0)
    activation = choice(*ACTIVATIONS)

    def __init__(self, image: Any = "cat", **traits: Any):
        traits["filter"] = name = str(traits.get("filter", "sobel-x"))
        super().__init__(image, **{"bias": recorded()[int(name), -1] if name in LEARNED else 0.0} | traits)

    def assets(self) -> dict[str, bytes]:
        """The pictures and the recorded filters."""
        return super().assets() | {"filters": packed()}

    @property
    def colour(self) -> bool:
        """Whether the filter reads three channels."""
        return self.filter in LEARNED

    @property
    def sums(self) -> np.ndarray:
        """What goes into the function, (H', W') float64; raises ValueError where the filter fits nowhere."""
        kernel = recorded()[int(self.filter), :-1] if self.colour else KERNELS[self.filter]
        image = np.atleast_3d(self.image)
        sums = conv2d(image, np.reshape(kernel, (3, 3, image.shape[2], 1)).astype(float))[..., 0]
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
        try:
            told = f"{self.share:.4g} of the output is 0, its largest number is {self.output.max():.4g}."
        except ValueError as problem:
            told = f"there is no output. {problem}"
        return f"“{self.activation}” of {sums}: {told}"
