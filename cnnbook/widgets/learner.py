"""The learning widget: a kernel that finds a secret one, from a picture and the map that it makes of it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from traitlets import Unicode

from cnnbook.ops import conv2d
from cnnbook.widgets.convolution import KERNELS
from cnnbook.widgets.image import LARGEST_SIDE
from cnnbook.widgets.lab import PictureLab
from cnnbook.widgets.traits import choice, numbers, whole

RATE, MEAN, SQUARE, EPSILON = 0.1, 0.9, 0.999, 1e-7  # of Adam, as in Keras
START = [0.3, -0.2, 0.1, 0.2, -0.1, -0.3, -0.2, 0.1, 0.3]


class KernelLearner(PictureLab):
    """Watch a kernel of 3×3 learn: after each step by Adam, its numbers, its map and the loss.

    >>> lab = KernelLearner("coffee", secret="sobel-x", steps=200)
    >>> np.abs(lab.weights - KERNELS["sobel-x"]).max() < 0.02
    True

    Args:
        image: as for `ConvolutionLab`; the layer sees its brightness, from 0 to 1.
        secret: the name of the kernel to be found, one of `KERNELS`.
        start: nine weights to begin with, row by row. steps: 0 to 300.
        side: 1 to 64, the most pixels on a side of the picture that the layer sees.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("learner").tag(sync=True)
    side = whole(24, 1, LARGEST_SIDE)
    secret = choice("sobel-x", *(name for name in KERNELS if name != "sobel-x"))
    start = numbers(START)
    steps = whole(0, 0, 300)

    @property
    def weights(self) -> np.ndarray:
        """The kernel after these steps, (3, 3) float64.

        Raises:
            ValueError: the picture is smaller than the kernel.
        """
        return self._learn()[0]

    @property
    def loss(self) -> float:
        """The mean square of what the map is off, of pixels from 0 to 1; raises as `weights` does."""
        return self._learn()[1]

    def _learn(self) -> tuple[np.ndarray, float]:
        image = self.image / 255
        wanted = conv2d(image, KERNELS[self.secret]).ravel()
        patches, weights = sliding_window_view(image, (3, 3)).reshape(-1, 9), np.array(self.start)
        mean, square = np.zeros(9), np.zeros(9)
        for step in range(1, self.steps + 1):
            gradient = 2 * patches.T @ (patches @ weights - wanted) / len(patches)
            mean += (1 - MEAN) * (gradient - mean)
            square += (1 - SQUARE) * (gradient**2 - square)
            rate = RATE * np.sqrt(1 - SQUARE**step) / (1 - MEAN**step)
            weights = weights - rate * mean / (np.sqrt(square) + EPSILON)
        return weights.reshape(3, 3), float(((patches @ weights - wanted) ** 2).mean())

    def describe(self) -> str:
        """One sentence: picture, secret kernel, and how far it has come."""
        what = f"A kernel learns “{self.secret}” from {self._picture()}"
        try:
            return f"{what}: after {self.steps} steps the loss is {self.loss:.3g}."
        except ValueError:
            return f"{what}: there is no output, for the picture is smaller than the kernel."
