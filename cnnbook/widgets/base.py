"""What every widget of the book shares: a front end, a state, and a sentence for where nothing runs."""

import secrets
from html import escape
from pathlib import Path
from typing import Any

import anywidget
from IPython.display import display
from traitlets import Bytes, Dict, Unicode, default

from cnnbook.system import write_whole

MIME_TYPE = "application/vnd.cnnbook.widget+json"
VIEW = "application/vnd.jupyter.widget-view+json"
STILL = """\
<figure class="{name}" style="margin: 0">
<figcaption>{sentence} <em>This widget comes to life where its cell is run.</em></figcaption>
</figure>"""


class Widget(anywidget.AnyWidget):
    """A widget of the book.

    A cell that shows it has two outputs. The first is for places where nothing runs, such as a notebook that
    is opened again: a sentence that says what the widget shows, and kind, state and the names of its assets,
    of which static pages make a live widget. The second is the live view of Jupyter and Colab, which hides
    the first once it is drawn. So a notebook that a reader saves keeps the sentence. Only the chapters of the
    book have a picture of the widget, too: `make notebooks` takes it (cnnbook/site/stills.py).

    A subclass overrides `_kind` with the name of its front end (``_kind = Unicode("quiz").tag(sync=True)``),
    declares its state as public synced traits (see traits.py), and supplies `describe`; what is too large for
    a state, it names in `assets`.

    Raises TypeError for an argument that is not a trait, and TraitError for a value that a trait refuses.
    """

    _esm = Path(__file__).parent / "static" / "cnnbook.mjs"
    _css = _esm.with_suffix(".css")
    _kind = Unicode().tag(sync=True)
    _still = Unicode().tag(sync=True)  # the class of the HTML element that the live view hides
    _assets = Dict(Bytes()).tag(sync=True)  # travels as binary buffers

    def __init__(self, **traits: Any):
        for name in traits:
            if not self.has_trait(name):  # traitlets would only warn
                known = ", ".join([*self.state_names(), "layout"])
                raise TypeError(f"{type(self).__name__} has no setting {name!r}; it has: {known}.")
        super().__init__(**traits)

    @default("_still")
    def _new_still(self) -> str:
        return f"cnnbook-still-{secrets.token_hex(4)}"

    @default("_assets")
    def _new_assets(self) -> dict[str, bytes]:
        return self.assets()

    def assets(self) -> dict[str, bytes]:
        """What the front end needs and no state can hold, by name; there, `model.asset(name)` gets it.

        A stored cell names these; what else is in `_assets` reaches the live view alone.
        """
        return {}

    def save(self, path: str | Path) -> None:
        """Write a page with the widget as it is now: one file, alive in any browser, to keep or to send.

        Raises:
            OSError: it cannot be written.
        """
        from cnnbook.widgets.page import alone  # which needs the assets of all widgets

        write_whole(Path(path), alone(self).encode())

    def describe(self) -> str:
        """One sentence that says what the widget shows now: the alternative text of its picture."""
        raise NotImplementedError

    @classmethod
    def state_names(cls) -> list[str]:
        """The names of the traits that make up the state: the public synced ones, sorted."""
        inherited = anywidget.AnyWidget.class_trait_names()
        return sorted(n for n in cls.class_trait_names(sync=True) if n not in inherited and n[0] != "_")

    @classmethod
    def rules(cls) -> dict[str, dict]:
        """The limits of what a link may change, by the names of the traits: see traits.py."""
        traits = cls.class_traits()
        return {name: rule for name in cls.state_names() if (rule := traits[name].metadata.get("rule"))}

    def state(self) -> dict[str, Any]:
        """The state as a dictionary that can be written as JSON."""
        return {name: self._json(name) for name in self.state_names()}

    def _json(self, name: str) -> Any:
        to_json = self.trait_metadata(name, "to_json", self._trait_to_json)
        return to_json(getattr(self, name), self)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data |= {
            MIME_TYPE: {"kind": self._kind, "state": self.state(), "assets": sorted(self.assets())},
            "text/plain": self.describe(),
        }
        return data, metadata

    def _ipython_display_(self) -> None:
        # Two outputs: of one, JupyterLab, Notebook and nbconvert always choose the view, and where its kernel
        # is gone, they show a message or nothing.
        data, metadata = self._repr_mimebundle_()
        view = {VIEW: data.pop(VIEW)}
        data["text/html"] = STILL.format(name=self._still, sentence=escape(data["text/plain"]))
        display(data, raw=True)
        display(view, metadata=metadata, raw=True)
