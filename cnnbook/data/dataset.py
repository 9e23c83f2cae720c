"""What every data set of the book is: images with labels, split in three, and a checksum of all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from cnnbook import check
from cnnbook.errors import BookError


class DatasetUnavailable(BookError):
    """A data set cannot be had, or what was found is not it. The message says what to do."""


class Split(NamedTuple):
    """Images (N, 32, 32, 3) uint8 with their labels (N,) int64: ``images, labels = dataset.test``."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """A data set with its parts: everything to learn from (`full_train`), cut in two, and `test`.

    Raises:
        ValueError: images or labels are not what a Split holds; see `cnnbook.check`.
    """

    name: str
    class_names: tuple[str, ...]  # label 3 is class_names[3]
    source: str  # where this copy came from, in words
    checksum: str  # of all pixels and labels, whatever order they came in; see `assemble`
    full_train: Split
    test: Split  # what a run is evaluated on, and nothing is chosen by
    validation_size: int

    def __post_init__(self):
        shape = (None, None, None)
        for split in (self.full_train, self.test):
            shape = check.batch(check.pixels(split.images), shape).shape[1:]  # that of the test is the same
            check.labels(split.labels, len(split.images), len(self.class_names))

    @property
    def train(self) -> Split:
        """The images to learn from while settings are still being chosen."""
        return Split(*(array[: -self.validation_size] for array in self.full_train))

    @property
    def validation(self) -> Split:
        """The images to choose settings by: as many of each class."""
        return Split(*(array[-self.validation_size :] for array in self.full_train))

    def part(self, train: int, validation: int, test: int) -> "Dataset":
        """Take at most so many images of each split, as many of each class; the source says so."""
        classes = len(self.class_names)
        train, validation, test = (
            hold_out(split, size // classes)[1]
            for split, size in ((self.train, train), (self.validation, validation), (self.test, test))
        )
        sizes = [f"{len(split.labels):,}" for split in (train, validation, test)]
        source = "{}; a part of it: {} training, {} validation and {} test images".format(self.source, *sizes)
        per_class = len(validation.labels) // classes
        return assemble(self.name, self.class_names, source, _join(train, validation), test, per_class)


def assemble(
    name: str,
    class_names: Sequence[str],
    source: str,
    train: Split,
    test: Split,
    validation_per_class: int,
) -> Dataset:
    """Make a Dataset of two splits, the same one whatever order their images come in.

    The checksum is the SHA-256 of the sorted hashes of the images with their labels, training before test.

    Args:
        name: of the data set.
        class_names: one a label.
        source: where this copy came from, in words.
        train: everything to learn from.
        test: what to evaluate on.
        validation_per_class: how many images of each class, the first in the order of `in_hash_order`, are
            for validation.

    Raises:
        ValueError: as `Dataset` does.
    """
    train, train_hashes = in_hash_order(train)
    test, test_hashes = in_hash_order(test)
    checksum = sha256(b"".join(train_hashes + test_hashes)).hexdigest()
    train, validation = hold_out(train, validation_per_class)
    full_train = _join(train, validation)
    return Dataset(name, tuple(class_names), source, checksum, full_train, test, len(validation.labels))


def in_hash_order(split: Split) -> tuple[Split, list[bytes]]:
    """Sort images by the SHA-256 of each, followed by its label as one byte.

    That order is as good as a seeded shuffle, and no archive, machine or version of a library changes it.

    Returns:
        The sorted split, and the hashes, sorted.
    """
    pixels = split.images.reshape(len(split.images), -1)
    size = pixels.shape[1] + 1
    content = memoryview(np.column_stack([pixels, split.labels.astype(np.uint8)])).cast("B")
    hashes = [sha256(content[start : start + size]).digest() for start in range(0, len(content), size)]
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    return Split(split.images[order], split.labels[order].astype(np.int64)), [hashes[i] for i in order]


def hold_out(split: Split, per_class: int) -> tuple[Split, Split]:
    """Take the first `per_class` images of each class out of a split.

    Returns:
        What is left, and what was taken out.
    """
    chosen = np.zeros(len(split.labels), bool)
    for label in np.unique(split.labels):
        chosen[np.flatnonzero(split.labels == label)[:per_class]] = True
    return Split(*(array[~chosen] for array in split)), Split(*(array[chosen] for array in split))


def _join(first: Split, second: Split) -> Split:
    return Split(*(np.concatenate(arrays) for arrays in zip(first, second, strict=True)))
