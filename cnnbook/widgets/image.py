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


def frozen(image):
    """Return `image`, from now on read-only: a change inside the array would not reach the front end."""
    image.flags.writeable = False
    return image


class Image(TraitType):
    """A synced image: takes what `load_picture` takes, gives (H, W, 3) uint8, read-only."""

    info_text = "an image"

    def __init__(self, default_value=((0,),)):
        super().__init__(frozen(load_picture(default_value)))
        self.tag(
            sync=True,
            to_json=lambda image, widget: encode_image(image),
            from_json=lambda data, widget: decode_image(data),
        )

    def validate(self, obj, value):
        if _is_frozen(value):  # it was here before, or comes from the front end
            return value
        try:
            return frozen(load_picture(value))
        except ValueError as problem:
            raise TraitError(f"{type(obj).__name__}.{self.name}: {problem}.") from None


def _is_frozen(image):
    if not isinstance(image, np.ndarray) or image.flags.writeable:
        return False
    return image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size > 0
