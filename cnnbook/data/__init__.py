"""Where the book's images come from: CIFAR-10, handwritten digits, photographs."""

import os

from cnnbook.data.cifar10 import load_cifar10
from cnnbook.data.dataset import Dataset, DatasetUnavailable, Split
from cnnbook.data.digits import digit, load_digits32
from cnnbook.data.photos import PHOTOS, photo
from cnnbook.data.pictures import load_picture

__all__ = [
    "PHOTOS",
    "Dataset",
    "DatasetUnavailable",
    "Split",
    "digit",
    "fast_mode",
    "load_cifar10",
    "load_dataset",
    "load_digits32",
    "load_picture",
    "photo",
]

LOADERS = {"cifar10": load_cifar10, "digits": load_digits32}


def fast_mode() -> bool:
    """Say whether CNNBOOK_FAST=1 asks for small data and short training, as the tests do."""
    return os.environ.get("CNNBOOK_FAST") == "1"


def load_dataset() -> Dataset:
    """Load the data set that CNNBOOK_DATASET names: ``"cifar10"`` (where it is not set) or ``"digits"``.

    In fast mode it is a part: 1,000 training, 200 validation and 500 test images, or what there is, as many
    of each class; `Dataset.source` says so.

    Raises:
        ValueError: an unknown name.
        DatasetUnavailable: as `load_cifar10` does; data that was not asked for never takes the place of data
            that was.
    """
    name = os.environ.get("CNNBOOK_DATASET") or "cifar10"
    if name not in LOADERS:
        raise ValueError(f"CNNBOOK_DATASET={name} names no data set. Set it to one of: {', '.join(LOADERS)}.")
    dataset = LOADERS[name]()
    return dataset.part(1_000, 200, 500) if fast_mode() else dataset
