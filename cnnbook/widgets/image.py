"""Images as traits: NumPy arrays in Python, base64 of raw RGB bytes on the way to a widget."""

import base64

import numpy as np
from traitlets import TraitError, TraitType

from cnnbook.data import load_picture


def encode_image(image):
    """Return (H, W, 3) uint8 as ``{"width": W, "height": H, "rgb": base64 of the rows}``."""
    height, width, _ = image.shape
    return {"width": width, "height": height, "rgb": base64.b64encode(image.tobytes()).decode()}


def decode_image(data):
    """Return the (H, W, 3) uint8 array that `encode_image` got. Raises ValueError where bytes are missing."""
    pixels = np.frombuffer(base64.b64decode(data["rgb"]), np.uint8)
    return pixels.reshape(data["height"], data["width"], 3)


class Frozen(np.ndarray):
    """An image that `load_picture` or the front end gave, which nobody can change."""


def frozen(image: np.ndarray) -> Frozen:
    """`image`, of which there is no other name, read-only: no change inside it would reach the front end."""
    image.flags.writeable = False
    return image.view(Frozen)


class Image(TraitType):
    """A synced image: takes what `load_picture` takes, gives (H, W, 3) uint8, read-only."""

    info_text = "an image"

    def __init__(self, default_value=((0,),)):
        super().__init__(frozen(load_picture(default_value)))
        self.tag(
            sync=True,
            to_json=lambda image, widget: encode_image(image),
            from_json=lambda data, widget: frozen(decode_image(data)),
        )

    def validate(self, obj, value):
        if isinstance(value, Frozen) and not value.flags.writeable:  # it was here before, or comes from there
            return value
        try:
            return frozen(load_picture(value))
        except ValueError as problem:
            raise TraitError(f"{type(obj).__name__}.{self.name}: {problem}.") from None
