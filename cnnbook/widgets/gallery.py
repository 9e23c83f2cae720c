"""The pictures that a reader can choose in every lab: one asset, shared by all of them."""

import functools
import json

import numpy as np

from cnnbook.data import digit, photo
from cnnbook.data.pictures import shrink
from cnnbook.widgets.image import LARGEST_SIDE

NAMES = ("cat", "coffee", "temple", "digit", "two lines")  # photographs, and drawings


def _two_lines() -> np.ndarray:
    """A line that falls from left to right, and one that rises: white on black, (12, 24, 3) uint8."""
    rows = np.arange(2, 10)
    lines = np.zeros((12, 24, 3), np.uint8)
    lines[rows, rows] = lines[rows, 23 - rows] = 255
    return lines


@functools.cache
def gallery() -> dict[str, np.ndarray]:
    """The pictures by name, (H, W, 3) uint8, read-only."""
    drawings = {"digit": digit(3), "two lines": _two_lines()}
    pictures = {name: shrink(photo(name), LARGEST_SIDE) for name in NAMES if name not in drawings} | drawings
    for picture in pictures.values():
        picture.flags.writeable = False
    return pictures


@functools.cache
def packed() -> bytes:
    """The asset."""
    return packed_pictures(gallery())


def packed_pictures(pictures: dict[str, np.ndarray]) -> bytes:
    """Pack pictures, (H, W, 3) uint8: a line of JSON with names, widths and heights, then their bytes."""
    sizes = [[name, image.shape[1], image.shape[0]] for name, image in pictures.items()]
    return json.dumps(sizes).encode() + b"\n" + b"".join(image.tobytes() for image in pictures.values())
