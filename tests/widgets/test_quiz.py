"""Questions: what files may say, and what a reader meets."""

import sys
from random import Random

import pytest
from axe_playwright_python.sync_playwright import Axe
from reader import AXE
from traitlets import TraitError

from cnnbook.widgets import quiz
from cnnbook.widgets.quiz import QUIZZES, Quiz, plain

SAMPLE = """
[[questions]]
question = "What does a `3 × 3` kernel see, and *where*?"

[[questions.choices]]
text = "Nine pixels at a *time*"
right = true
why = "Its patch is `3 × 3`."

[[questions.choices]]
text = "The whole image"
right = false
why = "That would be a dense layer."

[[questions.choices]]
text = "2*3*4 <b>pixels</b>"
right = false
why = "A star is no *emphasis* there."
"""


@pytest.fixture
def sample(tmp_path, monkeypatch):
    (tmp_path / "sample.toml").write_text(SAMPLE, encoding="utf-8")
    monkeypatch.setattr(sys.modules["cnnbook.widgets.quiz"], "QUIZZES", tmp_path)
    return quiz("sample", 1)


def test_reads_a_question(sample):
    assert sample.question.startswith("What does")
    assert [choice["right"] for choice in sample.choices] == [True, False, False]
    assert sample.chosen is None


@pytest.mark.parametrize("number", [0, 2, -1, "1", None])
def test_a_question_that_is_not_there(sample, number):
    with pytest.raises(ValueError, match=f"has questions 1 to 1, but none is {number!r}"):
        quiz("sample", number)


def test_a_chapter_that_is_not_there(sample):
    with pytest.raises(ValueError, match=r"chapter 'smaple'; chapters with a quiz: sample\."):
        quiz("smaple", 1)


@pytest.mark.parametrize("path", sorted(QUIZZES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_quiz_of_the_book(path):
    number = path.read_text(encoding="utf-8").count("[[questions]]")
    assert number >= 1
    for n in range(1, number + 1):
        question = quiz(path.stem, n)
        assert all(choice["text"].strip() and choice["why"].strip() for choice in question.choices)


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ([{"text": "a", "right": True}], "this one is {'text': 'a', 'right': True}"),
        ([{"text": "a", "right": "yes", "why": "b"}], "text, right .true or false. and why"),
        ([{"text": "a", "right": True, "why": "b"}], "has 1, of which 1 are right"),
        ([{"text": "a", "right": True, "why": "b"}] * 2, "has 2, of which 2 are right"),
        ([{"text": "a", "right": False, "why": "b"}] * 2, "has 2, of which 0 are right"),
    ],
)
def test_choices_that_make_no_question(choices, reason):
    with pytest.raises(TraitError, match=reason):
        Quiz(question="?", choices=choices)


@pytest.mark.parametrize("chosen", [3, -1])
def test_an_answer_that_is_not_there(sample, chosen):
    with pytest.raises(TraitError, match=f"from 0 to 2, but it is {chosen}"):
        sample.chosen = chosen


def test_the_sentence_gives_nothing_away(sample):
    before = sample.describe()
    assert before == (
        "A question, “What does a 3 × 3 kernel see, and where?”, with the answers "
        "(a) Nine pixels at a time; (b) The whole image; (c) 2*3*4 <b>pixels</b>."
    )
    sample.choices = [{**choice, "right": not i, "why": "?"} for i, choice in enumerate(sample.choices)]
    assert sample.describe() == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a `b*c*` d", "a b*c* d"),
        ("*all* of it", "all of it"),
        ("2*3*4", "2*3*4"),
        ("a * b * c", "a * b * c"),
    ],
)
def test_plain_text(text, expected):
    assert plain(text) == expected


def test_the_page_marks_what_the_sentence_leaves_out(open_page, static_page):
    random = Random(0)
    pieces = ["*", "*", "`", " ", "a", "2", "b c", "."]
    texts = ["".join(random.choices(pieces, k=random.randint(3, 12))) for _ in range(6 * 24)]
    choices = [{"text": text, "right": index % 24 == 0, "why": "?"} for index, text in enumerate(texts)]
    questions = [Quiz(question="?", choices=choices[start : start + 24]) for start in range(0, 6 * 24, 24)]
    page = open_page(static_page(*questions), height=10_000)
    page.locator(".choice").nth(6 * 24 - 1).wait_for()
    shown = page.locator(".choice span").evaluate_all("spans => spans.map((span) => span.textContent)")
    assert shown == [plain(text) for text in texts]


def test_mouse(open_page, static_page, sample):
    page = open_page(static_page(sample))
    status = page.get_by_role("status")
    page.get_by_role("group", name="What does a 3 × 3 kernel see, and where?").wait_for()
    assert status.inner_text() == ""
    page.get_by_text("The whole image").click()
    assert status.inner_text() == "✗ Not this one. That would be a dense layer."
    page.get_by_role("radio", name="2*3*4 <b>pixels</b>").click()
    assert status.inner_text() == "✗ Not this one. A star is no emphasis there."
    page.get_by_text("Nine pixels").click()
    assert status.inner_text() == "✓ Right. Its patch is 3 × 3."
    assert status.locator("code").inner_text() == "3 × 3"
    assert page.get_by_role("radio", checked=True).count() == 1
    assert page.errors == []


def test_keyboard(open_page, static_page, sample):
    page = open_page(static_page(sample))
    page.get_by_role("radio").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert "✓ Right." in page.get_by_role("status").inner_text()
    page.keyboard.press("ArrowDown")
    assert "dense layer" in page.get_by_role("status").inner_text()
    focused = page.get_by_label("The whole image")
    assert (
        focused.evaluate(
            "el => el === document.activeElement && parseFloat(getComputedStyle(el).outlineWidth)"
        )
        >= 2
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_right_answer_is_accessible(open_page, static_page, sample, dark):
    page = open_page(static_page(sample, dark=dark), dark=dark)
    page.get_by_text("Nine pixels").click()
    page.mouse.move(0, 0)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
