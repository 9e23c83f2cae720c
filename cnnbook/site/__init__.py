"""Sphinx extension of the book: pages that are alive and ask no other host for anything."""

from sphinx.application import Sphinx

from cnnbook.site import anchors, download, links, mathml, pictures, printed, terms, theme, widgets


def setup(app: Sphinx) -> dict:
    """Register every part of the extension (called by Sphinx)."""
    for part in (anchors, download, links, mathml, pictures, printed, terms, theme, widgets):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
