"""Training images changed, so that the network seldom sees quite the same one again.

The recipe `fast` has 50 versions of an image, mirrored or not and moved by up to 2 pixels; within 10 epochs,
57 % of the images are shown in one of them again.
Every choice depends on seed and epoch alone: a resumed training sees what an unstopped one sees.
"""

import numpy as np
from scipy import ndimage

from cnnbook.data.pictures import GREY


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
    images = images.copy()
    images[which] = images[which, :, ::-1]
    return images


def shift(images: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Move images (N, H, W, C), each by its row (down, right) of `by` (N, 2), in whole pixels.

    What comes in at the border is the image reflected there.
    """
    largest = int(np.abs(by).max(initial=0))
    wide = np.pad(images, ((0, 0), (largest, largest), (largest, largest), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(wide, images.shape[1:3], axis=(1, 2))
    top, left = (largest - by).T
    return np.moveaxis(windows[np.arange(len(images)), top, left], 1, -1)


def random_squares(seed: int, epoch: int, images: int, side: int, pixels: int) -> np.ndarray:
    """Choose which square of each image is covered, (images, 2) whole numbers: its first row and column.

    It lies in the image with all of its `side` pixels a side, of the image's `pixels`.

    Raises:
        ValueError: it has no room there.
    """
    if side > pixels:
        raise ValueError(f"cutout is {side}, but the images have {pixels} pixels a side")
    return np.random.default_rng([seed, 4, epoch]).integers(0, pixels - side + 1, (images, 2))


def cut_out(images: np.ndarray, first: np.ndarray, side: int) -> np.ndarray:
    """Cover a square of each image (N, H, W, C) with a middle grey.

    It begins at its row of `first` (N, 2), with row and column, and has `side` pixels a side. No part of a
    thing can be the only one that the network looks for then.

    Source: T. DeVries and G. Taylor, Improved Regularization of Convolutional Neural Networks with Cutout,
    2017 (arXiv 1708.04552); theirs may reach over the border.
    """
    images = images.copy()
    rows, columns = first.T[:, :, None] + np.arange(side)
    images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]] = GREY
    return images


def shrink(images: np.ndarray, side: int) -> np.ndarray:
    """Shrink square images (N, H, H, C) to `side` pixels a side: each the mean of its area, rounded half up.

    Smaller ones stay as they are. The result is to the last bit that of `cnnbook.data.pictures.shrink`, in a
    seventh of the time: float32 holds the sums exactly, and rounds no other way, of images of up to 128
    pixels a side.
    """
    pixels = images.shape[1]
    if pixels <= side:
        return images
    # How much of each pixel lies in each cell, in parts of a pixel of which there are `side`.
    cell, pixel = np.arange(side)[:, None] * pixels, np.arange(pixels) * side
    overlap = np.minimum(cell + pixels, pixel + side) - np.maximum(cell, pixel)
    shares = np.maximum(overlap, 0).astype(np.float32)
    # An image at a time: NumPy hands larger products to threads, which get in the way of a step beside them.
    rows = shares @ images.astype(np.float32).reshape(len(images), pixels, -1)
    sums = shares @ rows.reshape(len(images), side, pixels, -1)
    return np.floor(sums / pixels**2 + 0.5).astype(np.uint8)


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
