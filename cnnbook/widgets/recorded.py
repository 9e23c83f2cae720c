"""The first layer of the book's recorded network, as an asset."""

import functools

import numpy as np

from cnnbook.runs import RECORDED, load_arrays

LEARNED = [str(index) for index in range(32)]
"""The names of its filters."""


@functools.cache
def recorded() -> np.ndarray:
    """The filters, (32, 28) float32: the weights of each, row by row, then its bias; read-only."""
    arrays = load_arrays(RECORDED / "baseline" / "weights.npz")
    numbers = np.vstack([arrays["conv1/kernel"].reshape(27, 32), arrays["conv1/bias"]]).T.astype("<f4")
    numbers.flags.writeable = False
    return numbers


def packed() -> bytes:
    """The asset: the numbers of filter after filter."""
    return recorded().tobytes()
