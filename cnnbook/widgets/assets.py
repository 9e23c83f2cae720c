"""The assets that the book itself brings, by name. Pages load each from a file (cnnbook/site/widgets.py)."""

from collections.abc import Callable

from cnnbook.widgets import gallery

ASSETS: dict[str, Callable[[], bytes]] = {"gallery": gallery.packed}
