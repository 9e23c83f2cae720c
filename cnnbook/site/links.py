"""Links from Markdown pages to a lab in a state: ``{lab}`text <02-convolution pooling-2 {"stride": 2}>```.

The lab is the second widget of its kind in that chapter. Its state is JSON, and says what differs from that
which the chapter stores. The build fails where the chapter has no such lab, or the lab refuses the state.
"""

import base64
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from cnnbook.site.widgets import stored
from cnnbook.widgets import KINDS
from cnnbook.widgets.base import MIME_TYPE

TARGET = re.compile(r"(.+?)\s*<([\w-]+) ([a-z]+)-([1-9]\d*) (\{.*\})>", re.DOTALL)


class LabLink(SphinxRole):
    """The role."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The link, or what is wrong with it."""
        try:
            return [self._link()], []
        except Exception as problem:  # of any kind: JSON's, a trait's, a file's
            message = self.inliner.reporter.error(f"{self.rawtext}: {problem}", line=self.lineno)
            return [nodes.problematic(self.rawtext, self.rawtext)], [message]

    def _link(self) -> nodes.reference:
        parts = TARGET.fullmatch(self.text)
        if not parts:
            raise ValueError('expected text <CHAPTER KIND-TURN {"setting": value}>')
        text, chapter, kind, turn, state = parts.groups()
        changes = json.loads(state)
        path = Path(self.env.srcdir, f"{chapter}.ipynb")
        changes = _checked(path, kind, int(turn), changes)
        self.env.note_dependency(path)
        code = base64.urlsafe_b64encode(json.dumps(changes).encode()).decode().rstrip("=") if changes else ""
        return nodes.reference("", text, refuri=f"{chapter}.html#cnnbook-{kind}-{turn}:{code}", internal=True)


def _checked(path: Path, kind: str, turn: int, changes: dict) -> dict:
    """Return the changes as the lab holds them, with settings of layers that were left out.

    Raises unless the chapter stores this lab, and the lab takes the changes.
    """
    labs = stored(path, kind)
    if turn > len(labs):
        raise ValueError(f"{path.name} has {len(labs)} widgets of the kind {kind!r}")
    lab = KINDS[kind]()
    if unknown := changes.keys() - lab.rules().keys():
        raise ValueError(f"a link cannot change {', '.join(sorted(unknown))} of {kind!r}")
    lab.set_state(labs[turn - 1][MIME_TYPE]["state"])
    lab.set_state(changes)
    taken = lab.state()
    return {name: taken[name] for name in changes}


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_role("lab", LabLink())
