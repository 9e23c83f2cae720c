"""Handwritten digits that come with scikit-learn: real data where there is no network."""

import numpy as np

from cnnbook.data.dataset import Dataset, Split, assemble, hold_out, in_hash_order

_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def load_digits32() -> Dataset:
    """Load scikit-learn's 1,797 handwritten digits as 32x32 RGB images in ten classes.

    1,297 are for training, 200 for validation, 300 for the test, chosen by hash (see `in_hash_order`). The
    scans are 8x8, enlarged four times with linear interpolation. The same writers are in all three parts, so
    an accuracy on them promises less than it seems to.

    Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49 (the test part).
    """
    ordered, _ = in_hash_order(Split(*_scans()))
    train, test = hold_out(ordered, 30)
    return assemble("digits", _NAMES, "scikit-learn, 8x8 scans enlarged to 32x32", train, test, 20)


def digit(label: int, index: int = 0) -> np.ndarray:
    """Return one handwritten digit.

    Args:
        label: 0 to 9.
        index: which of those with this label, from 0, in the order of scikit-learn.

    Returns:
        (32, 32, 3) uint8, white on black.

    Raises:
        ValueError: a label that is no digit, or an index beyond the last.
    """
    images, labels = _scans()
    found = images[labels == label]
    if not len(found):
        raise ValueError(f"Expected a digit from 0 to 9, got {label!r}.")
    if not 0 <= index < len(found):
        raise ValueError(f"Expected an index from 0 to {len(found) - 1} (scans of a {label}), got {index!r}.")
    return found[index]


def _scans() -> tuple[np.ndarray, np.ndarray]:
    """Return all images (1797, 32, 32, 3) uint8 and their labels, in the order of scikit-learn."""
    from sklearn.datasets import load_digits  # here, because it takes longer to import than all the rest

    scans = load_digits()
    old = np.clip(np.arange(32) * 2 - 3, 0, 56)  # where each new pixel lies, in eighths of an old one
    left, eighths = np.divmod(old, 8)
    # Bilinear interpolation in integers is exact: the same bytes, and so the same hashes, on every machine.
    old_pixels = np.eye(9, 8, dtype=int)  # the ninth is beyond the border, and never counts
    weights = (8 - eighths)[:, None] * old_pixels[left] + eighths[:, None] * old_pixels[left + 1]
    ink = weights @ scans.images.astype(int) @ weights.T  # 0 to 16, times 64
    grey = ((ink * 255 + 512) // 1024).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1), scans.target
