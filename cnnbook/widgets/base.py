"""What every widget of the book shares: a front end, a state, and an output that is never blank."""

import base64
import io
from pathlib import Path

import anywidget
import traitlets

MIME_TYPE = "application/vnd.cnnbook.widget+json"


class Widget(anywidget.AnyWidget):
    """A widget whose cell output holds the live view, the state, a picture and a sentence.

    A subclass sets `_kind`, declares its state as public synced traits, and supplies `describe()` and `picture()`.
    """

    _esm = Path(__file__).parent / "static" / "cnnbook.mjs"
    _kind = traitlets.Unicode().tag(sync=True)
    _ipython_display_ = None  # ipywidgets 7 would show the live view alone, without _repr_mimebundle_

    def describe(self):
        """One sentence that says what the widget shows now: the alternative text of its picture."""
        raise NotImplementedError

    def picture(self):
        """What the widget shows now, as a PIL image."""
        raise NotImplementedError

    def state(self):
        """The public synced traits as JSON-able values: {name: value}."""
        inherited = set(anywidget.AnyWidget.class_trait_names())
        names = [n for n in sorted(self.traits(sync=True)) if n not in inherited and not n.startswith("_")]
        return {name: self._trait_to_json_of(name) for name in names}

    def _trait_to_json_of(self, name):
        to_json = self.trait_metadata(name, "to_json", self._trait_to_json)
        return to_json(getattr(self, name), self)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        png = io.BytesIO()
        self.picture().save(png, "PNG")
        data = {
            **data,
            MIME_TYPE: {"kind": self._kind, "state": self.state()},
            "image/png": base64.b64encode(png.getvalue()).decode(),
            "text/plain": self.describe(),
        }
        return data, metadata
