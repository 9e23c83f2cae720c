"""The assets that the book itself brings, by name. Pages load each from a file (cnnbook/site/widgets.py)."""

from collections.abc import Callable

from cnnbook.widgets import gallery, recorded

ASSETS: dict[str, Callable[[], bytes]] = {
    "filters": recorded.packed,  # the first layer of the recorded network
    "gallery": gallery.packed,  # the pictures that a reader can choose, shared by all labs
}
