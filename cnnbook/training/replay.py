"""What a network answers at the start of its training and after every epoch, small enough for a page.

A replay is a dictionary of arrays with one entry for each of the E = epochs + 1 snapshots:

filters (E, height, width, channels, F) float16, or float32 where that is too small for one: the kernels of
the first convolution that learns.
loss (E,) float32: the mean cross-entropy over the N images, in nats.
confusion (E, K, K) uint16: row = true class, column = the network's answer.
probabilities (E, N, K) uint8: of the K classes for each of the N images, in 255ths; the largest is always
the network's answer.

And labels (N,) uint8, the true classes of the images, which a finished training adds.
The recorded `baseline` was replayed before losses and labels were kept.
"""

import numpy as np

from cnnbook.analysis.evaluation import evaluate
from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.runs import halved


def snapshot(model: keras.Model, split: Split) -> dict[str, np.ndarray]:
    """Take one entry of a replay, without the leading E: what `model` is and answers now.

    Raises:
        ValueError: as `evaluate` does.
    """
    evaluation = evaluate(model, split)
    first = next(
        layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D) and layer.trainable
    )
    return {
        "filters": halved(keras.ops.convert_to_numpy(first.kernel)),
        "loss": np.float32(evaluation.loss),
        "confusion": evaluation.confusion.astype(np.uint16),
        "probabilities": quantized(evaluation.probabilities),
    }


def quantized(probabilities: np.ndarray) -> np.ndarray:
    """Round probabilities (N, K) to 255ths, uint8, with the largest of each row still the first largest."""
    rows, answers = np.arange(len(probabilities)), probabilities.argmax(axis=1)
    bytes_ = np.rint(probabilities * 255).astype(np.uint8)
    tied = bytes_.argmax(axis=1) != answers
    # Two large ones that are rounded to the same: neither is 255, for they add up to 1 at most.
    bytes_[rows[tied], answers[tied]] += 1
    return bytes_


def append(replay: dict[str, np.ndarray], entry: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the replay with one more entry."""
    return {
        key: np.concatenate([replay[key], value[None]]) if key in replay else value[None]
        for key, value in entry.items()
    }
