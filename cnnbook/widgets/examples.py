"""Ten images of CIFAR-10 to begin with, one of each class.

Nobody chose them: of each class it is the test image whose file name comes first in the alphabet.
"""

import functools
from pathlib import Path

import numpy as np

from cnnbook.data.cifar10 import NAMES as CIFAR10
from cnnbook.data.pictures import load_picture
from cnnbook.widgets.gallery import packed_pictures

NAMES = tuple(f"test {name}" for name in CIFAR10)


@functools.cache
def examples() -> dict[str, np.ndarray]:
    """The images by name, (32, 32, 3) uint8, read-only."""
    strip = load_picture(Path(__file__).with_name("examples.png"))
    strip.flags.writeable = False
    return dict(zip(NAMES, np.split(strip, len(NAMES), axis=1), strict=True))


@functools.cache
def packed() -> bytes:
    """The asset."""
    return packed_pictures(examples())
