"""What every widget of the book shares: a front end, a state, and an output that is never blank."""

import base64
import io
from pathlib import Path

import anywidget
from traitlets import Unicode

MIME_TYPE = "application/vnd.cnnbook.widget+json"


class Widget(anywidget.AnyWidget):
    """A widget of the book.

    Its cell output holds the live view, its kind and state for static pages, a picture for places where
    nothing runs, and a sentence. The same state gives the same output, byte for byte.

    A subclass overrides `_kind` with the name of its front end (``_kind = Unicode("quiz").tag(sync=True)``),
    declares its state as public synced traits, and supplies `describe` and `picture`.

    Raises TypeError for an argument that is not a trait, and TraitError for a value that a trait refuses.
    """

    _esm = Path(__file__).parent / "static" / "cnnbook.mjs"
    _kind = Unicode().tag(sync=True)
    _ipython_display_ = None  # the one of ipywidgets 7 would show the live view alone

    def __init__(self, **traits):
        for name in traits:
            if not self.has_trait(name):  # traitlets would only warn
                known = ", ".join([*self.state_names(), "layout"])
                raise TypeError(f"{type(self).__name__} has no setting {name!r}; it has: {known}.")
        super().__init__(**traits)

    def describe(self):
        """Return one sentence that says what the widget shows now: the alternative text of its picture."""
        raise NotImplementedError

    def picture(self):
        """Return what the widget shows now as a PIL image."""
        raise NotImplementedError

    @classmethod
    def state_names(cls):
        """Return the names of the traits that make up the state: the public synced ones, sorted."""
        inherited = anywidget.AnyWidget.class_trait_names()
        return sorted(n for n in cls.class_trait_names(sync=True) if n not in inherited and n[0] != "_")

    def state(self):
        """Return the state as a dictionary that can be written as JSON."""
        return {name: self._json(name) for name in self.state_names()}

    def _json(self, name):
        to_json = self.trait_metadata(name, "to_json", self._trait_to_json)
        return to_json(getattr(self, name), self)

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        png = io.BytesIO()
        self.picture().save(png, "PNG", optimize=True)
        data |= {
            MIME_TYPE: {"kind": self._kind, "state": self.state()},
            "image/png": base64.b64encode(png.getvalue()).decode(),
            "text/plain": self.describe(),
        }
        return data, metadata
