"""The channels widget: a picture in colour, two filters, and how each makes one map of three channels."""

import json
from importlib.resources import files

import numpy as np
from traitlets import Unicode

from cnnbook.ops import conv2d
from cnnbook.widgets.convolution import KERNELS
from cnnbook.widgets.image import LARGEST_SIDE
from cnnbook.widgets.lab import SlidingLab
from cnnbook.widgets.traits import Filters, numbers, whole

# The one list of preset filters: the front end is built with it.
_PRESETS = json.loads((files("cnnbook.widgets") / "filters.json").read_text("utf-8"))
FILTERS = {name: KERNELS[p["kernel"]][:, :, None] * p["mix"] for name, p in _PRESETS.items()}


class ChannelsLab(SlidingLab):
    """Slide two filters over a picture in colour: a map from each channel, their sum, and a bias.

    >>> lab = ChannelsLab("coffee", filters=["red-green", "sobel-x"])
    >>> lab.output.shape
    (14, 22, 2)

    Args:
        image: as for `ConvolutionLab`; the layer sees it in colour.
        filters: two, each the name of a preset (`FILTERS`) or (k, k, 3) with k from 1 to 3; or both as
            Keras has them, (k, k, 3, 2).
        biases: two numbers, one for each filter.
        filter: 1 or 2, the filter whose kernels and sums are shown.
        stride: 1 to 8. side: 1 to 64, the most pixels on a side of the picture that the layer sees.
        cell: (row, column) of the output cell to pin, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("channels").tag(sync=True)
    side = whole(24, 1, LARGEST_SIDE)
    filters = Filters(FILTERS, 3, ["red-green", "yellow-blue"])
    biases = numbers([0.0, 0.0])
    filter = whole(1, 1, 2)

    @property
    def colour(self) -> bool:
        """Whether the layer sees three channels: it does."""
        return True

    @property
    def output(self) -> np.ndarray:
        """Both maps, (H', W', 2) float64, not rounded.

        Raises:
            ValueError: the filters fit nowhere.
        """
        return conv2d(self.image, self.filters, self.biases, self.stride)

    def describe(self) -> str:
        """One sentence: picture, filters, and what comes out."""
        size = " × ".join(map(str, self.filters.shape[:3]))
        return self._sentence(f"Convolution of {{picture}} with two filters of {size}")
