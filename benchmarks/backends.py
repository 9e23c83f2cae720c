"""How many images a second each back end of Keras learns from, with both networks.

    python -m benchmarks.backends    some minutes

All take turns, an epoch of 2,816 images each, four times; the first, in which they compile, does not count.
PyTorch is measured where it is installed. On TensorFlow two threads prepare the batches, on others one does
(see `cnnbook.training.batches`).
"""

import importlib.util
import os
import statistics

from benchmarks.training import SIDES, Plan, in_turns

IMAGES, EPOCHS = 2816, 4  # eleven batches of 256 for fast, 44 of 64 for the article's network
WAYS = {
    "TensorFlow, oneDNN": {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "1"},
    "TensorFlow without it": {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "0"},
    "JAX": {"KERAS_BACKEND": "jax"},
    "PyTorch": {"KERAS_BACKEND": "torch"},
}


def main() -> None:
    """The command line."""
    from cnnbook.training.provenance import hardware

    print(hardware()["cpu"], f"load before {os.getloadavg()[0]:.1f}", sep=", ")
    ways = {way: own for way, own in WAYS.items() if importlib.util.find_spec(own["KERAS_BACKEND"])}
    for side in SIDES:
        changes = {"images": IMAGES, "epochs": EPOCHS + 1}
        plans = [Plan(side, changes, 0, EPOCHS, own) for own in ways.values()]
        for way, epochs in zip(ways, in_turns(plans), strict=True):
            speeds = [epoch["images"] / epoch["seconds"] for epoch in epochs[1:]]
            print(
                f"{side:10}{way:24}{statistics.median(speeds):6.0f} ({min(speeds):.0f} to {max(speeds):.0f})"
            )


if __name__ == "__main__":
    main()
