"""Links to a place on another page in plain Markdown, which every notebook viewer understands.

``[stride](glossary.md#term-stride)`` and ``[LeCun](references.md#lecun1998)`` work in every chapter;
MyST alone follows such links only to headings.
"""

from docutils import nodes
from sphinx.application import Sphinx


def register_anchors(app: Sphinx, doctree: nodes.document) -> None:
    """Tell MyST about glossary terms and explicit targets (event ``doctree-read``)."""
    anchors = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for term in doctree.findall(nodes.term):
        for anchor in term["ids"]:
            anchors[anchor.lower()] = (term.line, anchor, term.astext())
    for name, explicit in doctree.nametypes.items():
        if explicit and doctree.nameids.get(name):
            anchors.setdefault(name, (0, doctree.nameids[name], name))


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("doctree-read", register_anchors)
