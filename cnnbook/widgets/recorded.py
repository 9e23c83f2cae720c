"""The book's recorded networks, and the first layer of one, as assets."""

import functools
import json
from pathlib import Path

import numpy as np

from cnnbook.packed import pack
from cnnbook.runs import RECORDED, load_arrays

STATIC = Path(__file__).parent / "static"
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


def engine() -> bytes:
    """The script that works a network out in a page (frontend/src/hosts/worker.ts)."""
    return (STATIC / "engine.js").read_bytes()


def networks() -> bytes:
    """The script that draws the labs around whole networks (frontend/src/networks.ts)."""
    return (STATIC / "networks.js").read_bytes()


@functools.cache
def packed_network(name: str) -> bytes:
    """The asset: the recorded network called `name`, as `cnnbook.packed` packs it."""
    folder = RECORDED / name
    described = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    return pack(described, load_arrays(folder / "weights.npz"))
