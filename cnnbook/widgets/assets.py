"""The assets that the book itself brings, by name. Pages load each from a file (cnnbook/site/widgets.py)."""

from collections.abc import Callable
from functools import partial

from cnnbook.widgets import examples, gallery, recorded

ASSETS: dict[str, Callable[[], bytes]] = {
    "engine": recorded.engine,  # the script that works a network out
    "examples": examples.packed,  # an image of each class of CIFAR-10
    "filters": recorded.packed,  # the first layer of the recorded network
    "gallery": gallery.packed,  # the pictures that a reader can choose, shared by all labs
    **{f"network-{name}": partial(recorded.packed_network, name) for name in ("baseline", "fast")},
}
