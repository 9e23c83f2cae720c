"""Numbers to be guessed before the text gives them.

The guesses of a chapter stand in its file in quizzes/ (see quiz.py)::

    [[guesses]]
    name = "weights"
    question = "How many numbers does the layer hold?"
    answer = 896
    why = "3 × 3 × 3 weights and one bias make 28 for a filter, and there are 32."

    [[guesses.mistakes]]
    value = 864
    why = "That is the weights. Each filter has a bias, too."

`within` says how near to a measured number a guess must come; without it the numbers must be equal.
"""

from traitlets import Dict, Float, List, Unicode

from . import traits
from .base import Widget
from .quiz import plain, questions


def guess(chapter: str, name: str) -> "Guess":
    """Return a guess of a chapter: ``guess("convolution", "weights")``.

    Raises:
        ValueError: there is no such chapter or guess.
    """
    guesses = {entry.pop("name"): entry for entry in questions(chapter).get("guesses", [])}
    if name not in guesses:
        known = ", ".join(guesses) or "none yet"
        raise ValueError(f"The chapter {chapter!r} has nothing to guess called {name!r}; it has: {known}.")
    return Guess(**guesses[name])


class Guess(Widget):
    """A number to be guessed. `guess` is the reader's, and None as long as there is none."""

    _kind = Unicode("guess").tag(sync=True)
    question = Unicode().tag(sync=True)
    answer = Float().tag(sync=True)
    within = Float(0.0).tag(sync=True)
    why = Unicode().tag(sync=True)
    mistakes = List(Dict()).tag(sync=True)  # of value and why
    guess = traits.answer()

    def describe(self) -> str:
        """Return the question as one sentence."""
        return f"A number to guess: “{plain(self.question)}”"
