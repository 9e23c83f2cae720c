"""Links to a place on another page in plain Markdown, which every notebook viewer understands.

``[stride](glossary.md#term-stride)`` and ``[LeCun](references.md#lecun1998)`` work in every chapter;
so does ``[a section](02-convolution.ipynb#slide-the-kernel)``. MyST alone follows none of them.
"""

from docutils import nodes
from sphinx.application import Sphinx


def register_anchors(app: Sphinx, doctree: nodes.document) -> None:
    """Tell MyST about glossary terms, explicit targets and sections (event ``doctree-read``)."""
    anchors = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for term in doctree.findall(nodes.term):
        for anchor in term["ids"]:
            anchors[anchor.lower()] = (term.line, anchor, term.astext())
    for name, explicit in doctree.nametypes.items():
        if explicit and doctree.nameids.get(name):
            anchors.setdefault(name, (0, doctree.nameids[name], name))
    for section in doctree.findall(nodes.section):
        for anchor in section["ids"]:
            anchors.setdefault(anchor.lower(), (section.line, anchor, section[0].astext()))


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("doctree-read", register_anchors)
