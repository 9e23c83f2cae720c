"""Printed sentences wrap on narrow screens, printed tables keep their columns and scroll.

A checker breaks its message for a screen of 76 letters (`cnnbook.exercises.feedback`). On a telephone each of
these lines would be cut, or broken a second time, so they are put together again and the page breaks them
where it is full (book.css, ``.prose``).
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from cnnbook.exercises.feedback import WIDTH

# What stands below one another: runs of spaces, indented lines, arrays of several rows.
_COLUMNS = re.compile(r"^[\s\[]|\S {2,}|\[ ", re.MULTILINE)


def is_prose(text: str) -> bool:
    """Say whether printed text has no columns, so that its lines may be broken anywhere."""
    return not _COLUMNS.search(text)


def unbroken(text: str) -> str:
    """Put lines together that were broken because the next word had no room in `WIDTH` letters."""
    lines: list[str] = []
    last = 0  # how long the line before was, as it was printed
    for line in text.splitlines():
        if lines and last and line and last + 1 + len(line.split()[0]) > WIDTH:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
        last = len(line)
    return "\n".join(lines)


class LetSentencesWrap(SphinxPostTransform):
    """Mark the printed outputs that are prose with the class ``prose``."""

    default_priority = 5  # after myst_nb.sphinx_.SelectMimeType (4) has chosen what a cell shows
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Only what a cell has printed; code, and the values of cells, keep their lines."""
        for block in self.document.findall(nodes.literal_block):
            text = block.astext().rstrip()
            if "stream" in block["classes"] and is_prose(text):
                text = unbroken(text)
                block["classes"].append("prose")
                block.children = []
                block += nodes.Text(text)
                block.rawsource = text  # the same as the text: else Sphinx takes it for marked up


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_post_transform(LetSentencesWrap)
