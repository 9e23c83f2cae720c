"""What frontend/src/states.ts says: the limits of every widget's state. `make frontend` writes it."""

import json
from textwrap import indent

from cnnbook.widgets import KINDS
from cnnbook.widgets.image import LARGEST_SIDE
from cnnbook.widgets.traits import LARGEST_NUMBER

HEAD = """\
// Written by `make frontend` from the traits in cnnbook/widgets: change them there.
// What a link may change of each kind of widget, and within which limits; parts/rules.ts reads it.
"""


WIDEST = 100  # characters of a rule on one line


def text() -> str:
    """The whole of frontend/src/states.ts."""
    kinds = [
        f"  {kind}: {{\n"
        + "".join(f"    {name}: {_written(rule)},\n" for name, rule in widget.rules().items())
        + "  },\n"
        for kind, widget in KINDS.items()
    ]
    return (
        f"{HEAD}export const RULES = {{\n{''.join(kinds)}}} as const;\n"
        f"export const LARGEST_NUMBER = {LARGEST_NUMBER}; // of a weight or a bias\n"
        f"export const LARGEST_SIDE = {LARGEST_SIDE}; // of a picture, in pixels\n"
    )


def _written(rule: dict) -> str:
    line = json.dumps(rule)
    return line if len(line) <= WIDEST else indent(json.dumps(rule, indent=2), "    ").lstrip()
