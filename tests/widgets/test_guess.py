"""Numbers to be guessed: what files may say, and what a reader meets."""

import pytest

from cnnbook.widgets import guess
from cnnbook.widgets.guess import Guess
from cnnbook.widgets.quiz import QUIZZES, questions

MISTAKE = {"value": 27, "why": "Which filter has *no* bias?"}
WEIGHTS = {"question": "How many?", "answer": 28, "why": "27 and 1.", "mistakes": [MISTAKE]}


@pytest.mark.parametrize("path", sorted(QUIZZES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_guess_of_the_book(path):
    for entry in questions(path.stem).get("guesses", []):
        sample = guess(path.stem, entry["name"])
        assert sample.why
        for mistake in sample.mistakes:
            assert abs(mistake["value"] - sample.answer) > sample.within
            sample.guess = mistake["value"]  # it can be typed
            assert mistake["why"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("1000", "✓ Right: it is 1024."), ("1024", "✓ Right"), ("999", "✗ Not 999. It is more.")],
)
def test_ten_halves_may_be_a_thousand(open_page, static_page, typed, said):
    page = open_page(static_page(guess("activation", "halved")))
    page.get_by_label("Your guess").fill(typed)
    page.get_by_role("button", name="Compare").click()
    assert page.get_by_role("status").inner_text().startswith(said)


def test_a_guess_that_is_not_there():
    with pytest.raises(
        ValueError, match=r"'convolution' has nothing to guess called 'wieghts'; it has: .*weights"
    ):
        guess("convolution", "wieghts")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("28", "✓ Right. 27 and 1."),
        ("2.8e1", "✓ Right. 27 and 1."),
        ("27", "✗ Not 27. Which filter has no bias?"),
        ("−3", "✗ Not −3. It is more."),
        ("699840000", "✗ Not 699840000. It is less."),
        ("28 %", "✓ Right. 27 and 1."),  # where percent, or of 100, are asked for
        ("18,496", "Write a number without commas or spaces, such as 12000, −0.5 or 1/9."),
        ("many", "Write a number without commas or spaces, such as 12000, −0.5 or 1/9."),
        ("", "Write a number without commas or spaces, such as 12000, −0.5 or 1/9."),
    ],
)
def test_a_guess_is_compared_and_the_answer_waits(open_page, static_page, typed, said):
    page = open_page(static_page(Guess(**WEIGHTS)))
    field, verdict = page.get_by_label("Your guess"), page.get_by_role("status")
    field.fill(typed)
    field.press("Enter")
    assert verdict.inner_text() == said
    reveal = page.get_by_role("button", name="Show the answer")
    assert reveal.is_visible() == said.startswith("✗")
    if reveal.is_visible():
        reveal.click()
        assert verdict.inner_text().startswith(said)
        assert verdict.inner_text().endswith("It is 28. 27 and 1.")
        field.fill("30")
        field.press("Enter")
        assert verdict.inner_text() == "✗ Not 30. It is less."


@pytest.mark.parametrize(
    ("typed", "said"), [("91", "✓ Right: it is 91.34. Ten classes."), ("80", "✗ Not 80. It is more.")]
)
def test_a_measured_number_is_guessed_nearly(open_page, static_page, typed, said):
    page = open_page(static_page(Guess(question="?", answer=91.34, within=2, why="Ten classes.")))
    page.get_by_label("Your guess").fill(typed)
    page.get_by_role("button", name="Compare").click()
    assert page.get_by_role("status").inner_text() == said
