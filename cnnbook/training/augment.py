"""Training images changed, so that the network seldom sees quite the same one again.

The recipe `fast` has 50 versions of an image, mirrored or not and moved by up to 2 pixels; within 10 epochs,
57 % of the images are shown in one of them again.
Every choice depends on seed and epoch alone: a resumed training sees what an unstopped one sees.
"""

import numpy as np
from scipy import ndimage

from cnnbook.data import pictures


def alternating_flip(seed: int, epoch: int, images: int) -> np.ndarray:
    """Choose which images are mirrored, (images,) bool: by chance in epoch 0, in turns from then on.

    Two epochs in a row so show every image both ways, where chance alone would repeat half of them.

    Source: K. Jordan, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, 2024, section 3.6 (arXiv 2404.00498).
    """
    first = np.random.default_rng([seed, 1]).random(images) < 0.5
    return first ^ (epoch % 2 == 1)


def random_flip(seed: int, epoch: int, images: int) -> np.ndarray:
    """Choose which images are mirrored, (images,) bool: half of them, by chance, in every epoch."""
    return np.random.default_rng([seed, 1, epoch]).random(images) < 0.5


def no_flip(seed: int, epoch: int, images: int) -> np.ndarray:
    """Choose which images are mirrored, (images,) bool: none."""
    return np.zeros(images, bool)


FLIPS = {"none": no_flip, "random": random_flip, "alternating": alternating_flip}


def random_shifts(seed: int, epoch: int, images: int, largest: int) -> np.ndarray:
    """Choose how many pixels each image moves down and to the right.

    Args:
        seed: of the training.
        epoch: from 0.
        images: how many there are.
        largest: number of pixels.

    Returns:
        (images, 2) whole numbers, -largest to largest.

    Source: Jordan, 2024, section 3.1: 2 pixels, reflected at the border.
    """
    return np.random.default_rng([seed, 2, epoch]).integers(-largest, largest + 1, (images, 2))


def mirror(images: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Exchange left and right of those of the images (N, H, W, C) for which `which` (N,) is True."""
    return np.where(which[:, None, None, None], images[:, :, ::-1], images)


def shift(images: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Move images (N, H, W, C), each by its row (down, right) of `by` (N, 2), in whole pixels.

    What comes in at the border is the image reflected there.
    """
    largest = int(np.abs(by).max(initial=0))
    wide = np.pad(images, ((0, 0), (largest, largest), (largest, largest), (0, 0)), mode="reflect")
    height, width = images.shape[1:3]
    rows = largest - by[:, :1] + np.arange(height)
    columns = largest - by[:, 1:] + np.arange(width)
    return wide[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


def shrink(images: np.ndarray, side: int) -> np.ndarray:
    """Shrink square images (N, H, H, C) to `side` pixels a side; see `cnnbook.data.pictures.shrink`."""
    side_by_side = np.moveaxis(images, 0, 2)
    small = pictures.shrink(side_by_side.reshape(*images.shape[1:3], -1), side)
    return np.moveaxis(small.reshape(*small.shape[:2], *side_by_side.shape[2:]), 2, 0)


def random_angles(seed: int, epoch: int, images: int, largest: float) -> np.ndarray:
    """Choose how far each image is turned, (images,) degrees counterclockwise, -largest to largest.

    Every angle between is as likely as another.
    """
    return np.random.default_rng([seed, 3, epoch]).uniform(-largest, largest, images)


def rotate(images: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Turn images (N, H, W, C), each by its angle of `degrees` (N,), counterclockwise about its centre.

    As `cnnbook.analysis.robustness.rotate` does: pixels between pixels are interpolated, and what comes in at
    the border are the border's pixels, repeated.
    """
    turned = np.empty_like(images)
    for image, angle, into in zip(images, degrees, turned, strict=True):
        ndimage.rotate(image, angle, axes=(1, 0), reshape=False, output=into, order=1, mode="nearest")
    return turned
