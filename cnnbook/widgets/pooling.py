"""The pooling widget: a picture, a window, the largest value or the mean wherever it stands, and a move."""

import numpy as np
from traitlets import Unicode

from cnnbook.ops import avg_pool2d, max_pool2d
from cnnbook.widgets.lab import SlidingLab
from cnnbook.widgets.traits import choice, whole


class PoolingLab(SlidingLab):
    """Slide a window over a picture, see which value it keeps, or what the mean is, and move the picture.

    >>> lab = PoolingLab("cat", pooling="max", size=2, stride=2, down=1)
    >>> lab.output.shape
    (16, 24)
    >>> round(float(lab.changed.mean()), 2)  # the share of outputs that the move changed
    0.78

    Args:
        image: as for `ConvolutionLab`; the layer sees its brightness.
        pooling: "max" or "average".
        size: 1 to 8, the rows and columns of the window.
        stride: 1 to 8. padding: "valid" or "same"; what lies in the padding neither wins nor counts.
        side: 1 to 64, the most pixels on a side of the picture that the layer sees.
        down, right: -4 to 4, how many of these pixels it is moved; what leaves comes in on the other side.
        simple: True hides padding and moves.
        cell: (row, column) of the output cell to pin, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("pooling").tag(sync=True)
    pooling = choice("max", "average")
    size = whole(2, 1, 8)
    stride = whole(2, 1, 8)
    padding = choice("valid", "same")
    down = whole(0, -4, 4)
    right = whole(0, -4, 4)

    @property
    def moved(self) -> np.ndarray:
        """The picture after the move, (H, W) uint8; `image` is the one before."""
        return np.roll(self.image, (self.down, self.right), axis=(0, 1))

    @property
    def output(self) -> np.ndarray:
        """The map of the moved picture, (H', W') float64, not rounded.

        Raises:
            ValueError: the window fits nowhere.
        """
        return self._pooled(self.moved)

    @property
    def changed(self) -> np.ndarray:
        """Whether each output is another one than without the move, (H', W') bool; raises as `output`."""
        return self.output != self._pooled(self.image)

    def _pooled(self, image: np.ndarray) -> np.ndarray:
        pool = max_pool2d if self.pooling == "max" else avg_pool2d
        return pool(image.astype(float), self.size, self.stride, self.padding)

    def describe(self) -> str:
        """One sentence: picture, window, and what comes out."""
        down, right = "up" if self.down < 0 else "down", "left" if self.right < 0 else "right"
        move = (
            f" moved {abs(self.down)} {down} and {abs(self.right)} {right},"
            if self.down or self.right
            else ""
        )
        return self._sentence(
            f"{self.pooling.capitalize()} pooling of {{picture}}{move} {self.size} × {self.size} at a time"
        )
