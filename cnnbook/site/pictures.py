"""Pictures that can be read on a telephone: each is a link to its file, to be enlarged there.

On a narrow screen the link is also a box in which a large picture scrolls sideways, so that its letters stay
readable (book.css, ``.picture``). The focus can go there, so the arrow keys scroll it as a finger does.
"""

import posixpath
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from cnnbook.site.widgets import WidgetNode

LINK = '<a class="picture" href="%s" title="Open the picture by itself" style="--width: %dpx">'


class PictureNode(nodes.General, nodes.Element):
    """A link around a picture, its only child, to its file; attribute `width`: that of the file in pixels."""


class LinkPictures(SphinxPostTransform):
    """Put every picture into such a link, except those of widgets and those that are links already."""

    default_priority = 5  # after myst_nb.sphinx_.SelectMimeType (4) has chosen what a cell shows
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Read each picture's width from its file."""
        for image in list(self.document.findall(nodes.image)):
            if not isinstance(image.parent, (WidgetNode, nodes.reference)):
                with Image.open(Path(self.env.srcdir, image["uri"])) as file:
                    link = PictureNode(width=file.width)
                if _is_folded(image):
                    image["loading"] = "lazy"  # fetched when the fold is opened
                image.replace_self(link)
                link.append(image)


def _is_folded(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, nodes.Element) and "tag_hide-output" in node.get("classes", []):
            return True
    return False


def visit_picture(translator: HTML5Translator, node: PictureNode) -> None:
    """Open the link; its name is the picture's alt text."""
    builder = translator.builder
    address = posixpath.join(builder.imgpath, quote(builder.images[node[0]["uri"]]))
    translator.body.append(LINK % (address, node["width"]))


def depart_picture(translator: HTML5Translator, node: PictureNode) -> None:
    """Close the link."""
    translator.body.append("</a>\n")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_node(PictureNode, html=(visit_picture, depart_picture))
    app.add_post_transform(LinkPictures)
