"""What every widget of the book shares: a front end, a state, and a picture for where nothing runs."""

import base64
import io
import secrets
from html import escape
from pathlib import Path

import anywidget
from IPython.display import display
from traitlets import Unicode, default

MIME_TYPE = "application/vnd.cnnbook.widget+json"
VIEW = "application/vnd.jupyter.widget-view+json"
STILL = """\
<figure class="{name}" style="margin: 0">
<img src="data:image/png;base64,{png}" alt="{sentence}" style="max-width: 100%; background: #fff">
<figcaption>A picture of this widget. It comes to life where this cell is run.</figcaption>
</figure>"""


class Widget(anywidget.AnyWidget):
    """A widget of the book.

    A cell that shows it has two outputs. The first is for places where nothing runs, such as a handout, or a
    notebook that is opened again: a picture and a sentence, and kind and state, of which static pages make a
    live widget. The second is the live view of Jupyter and Colab, which hides the first once it is drawn.
    The same state gives the same picture and sentence, byte for byte.

    A subclass overrides `_kind` with the name of its front end (``_kind = Unicode("quiz").tag(sync=True)``),
    declares its state as public synced traits, and supplies `describe` and `picture`.

    Raises TypeError for an argument that is not a trait, and TraitError for a value that a trait refuses.
    """

    _esm = Path(__file__).parent / "static" / "cnnbook.mjs"
    _kind = Unicode().tag(sync=True)
    _still = Unicode().tag(sync=True)  # the class of the HTML element that the live view hides

    def __init__(self, **traits):
        for name in traits:
            if not self.has_trait(name):  # traitlets would only warn
                known = ", ".join([*self.state_names(), "layout"])
                raise TypeError(f"{type(self).__name__} has no setting {name!r}; it has: {known}.")
        super().__init__(**traits)

    @default("_still")
    def _new_still(self):
        return f"cnnbook-still-{secrets.token_hex(4)}"

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

    def _ipython_display_(self):
        # Two outputs: of one, JupyterLab, Notebook and nbconvert always choose the view, and where its kernel
        # is gone, they show a message or nothing.
        data, metadata = self._repr_mimebundle_()
        view = {VIEW: data.pop(VIEW)}
        data["text/html"] = STILL.format(
            name=self._still, png=data["image/png"], sentence=escape(data["text/plain"])
        )
        display(data, raw=True)
        display(view, metadata=metadata, raw=True)
