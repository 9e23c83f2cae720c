"""The pooling widget: a picture, a window, and the largest value or the mean wherever it stands."""

import numpy as np
from traitlets import Unicode

from cnnbook.ops import avg_pool2d, max_pool2d
from cnnbook.widgets.lab import SlidingLab
from cnnbook.widgets.traits import choice, whole


class PoolingLab(SlidingLab):
    """Slide a window over a picture, and see which value it keeps, or what the mean is.

    >>> lab = PoolingLab("cat", pooling="max", size=2, stride=2)
    >>> lab.output.shape
    (16, 24)

    Args:
        image: as for `ConvolutionLab`; the layer sees its brightness.
        pooling: "max" or "average".
        size: 1 to 8, the rows and columns of the window.
        stride: 1 to 8. padding: "valid" or "same"; what lies in the padding neither wins nor counts.
        side: 1 to 64, the most pixels on a side of the picture that the layer sees.
        cell: (row, column) of the output cell to pin, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("pooling").tag(sync=True)
    pooling = choice("max", "average")
    size = whole(2, 1, 8)
    stride = whole(2, 1, 8)
    padding = choice("valid", "same")

    @property
    def output(self) -> np.ndarray:
        """The map, (H', W') float64, not rounded.

        Raises:
            ValueError: the window fits nowhere.
        """
        pool = max_pool2d if self.pooling == "max" else avg_pool2d
        return pool(self.image.astype(float), self.size, self.stride, self.padding)

    def describe(self) -> str:
        """One sentence: picture, window, and what comes out."""
        return self._sentence(
            f"{self.pooling.capitalize()} pooling of {{picture}} {self.size} × {self.size} at a time"
        )
