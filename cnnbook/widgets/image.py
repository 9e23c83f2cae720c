"""Images on the way to a widget: NumPy arrays in Python, base64 of raw RGB bytes in a state."""

import base64
from typing import Any

import numpy as np

LARGEST_SIDE = 64  # of a picture in a widget: cells of larger ones could not be pointed at


def encode_image(image: np.ndarray) -> dict[str, Any]:
    """`image` (H, W, 3) uint8 as ``{"width": W, "height": H, "rgb": base64 of the rows}``."""
    height, width, _ = image.shape
    return {"width": width, "height": height, "rgb": base64.b64encode(image.tobytes()).decode()}


def decode_image(data: dict[str, Any]) -> np.ndarray:
    """The (H, W, 3) uint8 array that `encode_image` got.

    Raises:
        ValueError: bytes are missing.
    """
    pixels = np.frombuffer(base64.b64decode(data["rgb"]), np.uint8)
    wanted = data["height"] * data["width"] * 3
    if pixels.size != wanted:
        raise ValueError(
            f"expected {wanted} bytes for {data['height']} × {data['width']} pixels, got {pixels.size}"
        )
    return pixels.reshape(data["height"], data["width"], 3)


class Frozen(np.ndarray):
    """An image that `load_picture` or the front end gave, which nobody can change."""


def frozen(image: np.ndarray) -> Frozen:
    """`image`, of which there is no other name, read-only: no change inside it would reach the front end."""
    image.flags.writeable = False
    return image.view(Frozen)
