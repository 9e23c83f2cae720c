"""Questions with answers to choose from, each of which says why it is right or wrong.

The questions of a chapter are a TOML file in quizzes/, named like the chapter::

    # quizzes/convolution.toml
    [[questions]]
    question = "How many outputs does a `3`-wide kernel give on 5 pixels?"

    [[questions.choices]]
    text = "3"
    right = true
    why = "It fits at the first, second and third pixel."

    [[questions.choices]]
    text = "5"
    right = false
    why = "That would take *padding*: two of the five places hang over the edge."

Texts may hold `code` and *emphasis*, nothing else. A question has at least two choices; one is right.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from traitlets import Dict, List, TraitError, Unicode, validate

from .base import Widget
from .traits import index

QUIZZES = Path(__file__).parent / "quizzes"
FIELDS = {"text": str, "right": bool, "why": str}


def quiz(chapter: str, number: int) -> "Quiz":
    """Return question `number`, from 1, of a chapter: ``quiz("convolution", 1)``.

    Raises:
        ValueError: there is no such chapter or question.
        TraitError: its choices are amiss.
    """
    entries = questions(chapter)["questions"]
    if number not in range(1, len(entries) + 1):
        raise ValueError(f"The quiz {chapter!r} has questions 1 to {len(entries)}, but none is {number!r}.")
    return Quiz(**entries[number - 1])


def questions(chapter: str) -> dict[str, list[dict]]:
    """Read all that a chapter asks in widgets.

    Raises:
        ValueError: there is no such chapter.
    """
    path = QUIZZES / f"{chapter}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in QUIZZES.glob("*.toml"))) or "none yet"
        raise ValueError(f"No quiz belongs to a chapter {chapter!r}; chapters with a quiz: {known}.")
    return tomllib.loads(path.read_text(encoding="utf-8"))


class Quiz(Widget):
    """One question. `chosen` is the number of the chosen answer, from 0, and None as long as there is none.

    Raises TraitError for choices that the format above does not allow.
    """

    _kind = Unicode("quiz").tag(sync=True)
    question = Unicode().tag(sync=True)
    choices = List(Dict()).tag(sync=True)
    chosen = index("choices")

    @validate("choices")
    def _check_choices(self, proposal: dict[str, Any]) -> list[dict[str, Any]]:
        choices = proposal["value"]
        for choice in choices:
            if {field: type(value) for field, value in choice.items()} != FIELDS:
                raise TraitError(f"A choice has text, right (true or false) and why; this one is {choice}.")
        right = sum(choice["right"] for choice in choices)
        if len(choices) < 2 or right != 1:
            raise TraitError(
                f"A question has two choices or more, of which one is right; {self.question!r} has "
                f"{len(choices)}, of which {right} are right."
            )
        return choices

    def describe(self) -> str:
        """Return the question and its answers as one sentence."""
        answers = "; ".join(f"({letter}) {text}" for letter, text in self._answers())
        return f"A question, “{plain(self.question)}”, with the answers {answers}."

    def _answers(self) -> list[tuple[str, str]]:
        return [(chr(ord("a") + i), plain(choice["text"])) for i, choice in enumerate(self.choices)]


def plain(text: str) -> str:
    """Return `text` without the marks of code and emphasis."""
    return re.sub(r"`([^`]+)`|(?<!\w)\*([^*\s](?:[^*]*[^*\s])?)\*(?!\w)", lambda m: m[1] or m[2], text)
