"""The assets that the book itself brings, by name. Pages load each from a file (cnnbook/site/widgets.py)."""

import functools
from collections.abc import Callable

from cnnbook.widgets import examples, gallery, recorded, replayed

NETWORKS = ("fast", "baseline")
"""The recorded networks that pages can run, each an asset: "network-" and its name."""

ASSETS: dict[str, Callable[[], bytes]] = {
    "engine": recorded.engine,  # the script that works a network out
    "examples": examples.packed,  # an image of each class of CIFAR-10
    "filters": recorded.packed,  # the first layer of the recorded network
    "gallery": gallery.packed,  # the pictures that a reader can choose, shared by all labs
    "networks": recorded.networks,  # the script that draws the labs around whole networks
    "training": replayed.packed,  # a recorded training, epoch by epoch
    **{f"network-{name}": functools.partial(recorded.packed_network, name) for name in NETWORKS},
}
