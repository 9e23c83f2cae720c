"""The pixel inspector: a picture, and the numbers that it is made of."""

import numpy as np
from traitlets import Unicode

from cnnbook.widgets.lab import PinningLab, brightness
from cnnbook.widgets.traits import choice

CHANNELS = ("red", "green", "blue")


class PixelInspector(PinningLab):
    """Look into a picture: a window of its pixels, enlarged, with their numbers.

    >>> lab = PixelInspector("cat", channel="grey")
    >>> lab.values.shape
    (32, 48)

    Args:
        image: a picture of any size, as `load_picture` takes it, or the name of one that the widget brings.
        channel: "colour" for all three, "red", "green" or "blue" for one of them, or "grey": the luma of
            ITU-R BT.601 in whole numbers.
        scale: "8-bit" for whole numbers from 0 to 255, "0 to 1" for these divided by 255.
        side: 1 to 64, the most pixels on a side of the picture.
        cell: (row, column) of the pixel to pin, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("pixels").tag(sync=True)
    channel = choice("colour", *CHANNELS, "grey")
    scale = choice("8-bit", "0 to 1")

    @property
    def colour(self) -> bool:
        """Whether all three channels are there, which is always so: `image` is (H, W, 3) uint8."""
        return True

    @property
    def values(self) -> np.ndarray:
        """The numbers that are shown: (H, W), or (H, W, 3) in colour; uint8, or float64 from 0 to 1."""
        values = self.image
        if self.channel == "grey":
            values = brightness(values)
        elif self.channel != "colour":
            values = values[..., CHANNELS.index(self.channel)]
        return values if self.scale == "8-bit" else values / 255

    def _map(self) -> tuple[str, tuple[int, ...]]:
        return "picture", self.image.shape[:2]

    def describe(self) -> str:
        """One sentence: picture, channel, and the range of its values."""
        values, picture = self.values, self._picture()
        what = "red, green and blue" if self.channel == "colour" else self.channel
        return f"The numbers of {picture}: {what} from {values.min():.3g} to {values.max():.3g}."
