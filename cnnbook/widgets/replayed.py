"""A recorded training, epoch by epoch, and the images that it is watched on: an asset of pages.

The images are the first 24 of the 5,000 validation images; nobody chose them. The network never learned from
them.
"""

import functools
from pathlib import Path

import numpy as np

from cnnbook.data.pictures import load_picture
from cnnbook.packed import pack_arrays
from cnnbook.runs import Run, load_run

RUN = "baseline-validation"
EPOCHS, FILTERS, IMAGES = 12, 32, 24


@functools.cache
def run() -> Run:
    """The recorded run."""
    return load_run(RUN)


@functools.cache
def replay() -> dict[str, np.ndarray]:
    """Its replay, as `cnnbook.training.replay` has it, of these images; filters are float32."""
    whole = run().replay()
    return whole | {
        "filters": whole["filters"].astype(np.float32),
        "probabilities": whole["probabilities"][:, :IMAGES],
        "labels": whole["labels"][:IMAGES],
    }


@functools.cache
def images() -> np.ndarray:
    """The images, (24, 32, 32, 3) uint8."""
    return np.stack(np.split(load_picture(Path(__file__).with_name("replayed.png")), IMAGES, axis=1))


@functools.cache
def packed() -> bytes:
    """The asset: what `replay` returns, the images, and what the training itself was told."""
    history = {name: run().history[name] for name in ("loss", "accuracy")}
    return pack_arrays({"training": history}, replay() | {"images": images()})
