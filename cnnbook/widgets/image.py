"""Images as traits: NumPy arrays in Python, base64 of raw RGB bytes on the way to a widget."""

import base64

import numpy as np
import PIL.Image
from traitlets import TraitError, TraitType


def encode_image(image):
    """Return (H, W, 3) uint8 as ``{"width": W, "height": H, "rgb": base64 of the rows}``."""
    height, width, _ = image.shape
    return {"width": width, "height": height, "rgb": base64.b64encode(image.tobytes()).decode()}


def decode_image(data):
    """Return the (H, W, 3) uint8 array that `encode_image` got. Raises ValueError where bytes are missing."""
    pixels = np.frombuffer(base64.b64decode(data["rgb"]), np.uint8)
    return pixels.reshape(data["height"], data["width"], 3)


def as_rgb(image):
    """Return an image as a new (H, W, 3) uint8 array that is not to be written to.

    `image` is a PIL image, or an array (H, W), (H, W, 1) or (H, W, 3) of integers from 0 to 255 or floats
    from 0 to 1. Raises ValueError for everything else.
    """
    if isinstance(image, PIL.Image.Image):
        image = image.convert("RGB")
    pixels = np.asarray(image)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if 0 in pixels.shape or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise ValueError(
            f"expected an image of shape (rows, columns) or (rows, columns, 3), got shape {pixels.shape}; "
            "take one image out of a batch with images[0], and drop transparency with image[..., :3]"
        )
    if pixels.dtype == bool:
        pixels = pixels.astype(float)
    if pixels.dtype.kind not in "uif":
        raise ValueError(f"expected an image of numbers, got an array of {pixels.dtype}")
    top, meaning = (1, "0 to 1 as floats") if pixels.dtype.kind == "f" else (255, "0 to 255 as integers")
    if not (pixels.min() >= 0 and pixels.max() <= top):  # also where there is a NaN
        raise ValueError(
            f"expected pixels from {meaning}, got values from {pixels.min()} to {pixels.max()}; "
            "scale them first, or convert them with image.astype('uint8')"
        )
    if pixels.dtype.kind == "f":
        pixels = np.rint(pixels * 255)
    if pixels.ndim == 2:
        pixels = np.stack([pixels] * 3, axis=-1)
    pixels = np.array(pixels, np.uint8, order="C")
    pixels.flags.writeable = False  # a change inside the array would not reach the front end
    return pixels


class Image(TraitType):
    """A synced image: takes what `as_rgb` takes, gives (H, W, 3) uint8."""

    info_text = "an image"

    def __init__(self, default_value=((0,),)):
        super().__init__(as_rgb(default_value))
        self.tag(
            sync=True,
            to_json=lambda image, widget: encode_image(image),
            from_json=lambda data, widget: decode_image(data),
        )

    def validate(self, obj, value):
        try:
            return as_rgb(value)
        except ValueError as problem:
            raise TraitError(f"{type(obj).__name__}.{self.name}: {problem}.") from None
