"""What teachers are told: minutes add up, sections exist, and the answers to the sheets are right."""

import re
from math import log, sqrt
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnnbook.ops import conv2d
from cnnbook.widgets import ConvolutionLab

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted(path.stem for path in BOOK.glob("*.ipynb"))
TEACHING = (BOOK / "teaching.md").read_text()
PLANS = re.split(r"^\| Minutes \| What \|.*\n", TEACHING.partition("## The chapters")[0], flags=re.MULTILINE)
LONGER = 2  # from here on the plans are made of the minutes of the chapters' pages
LINK = re.compile(r"\]\(([\w-]+)\.(?:ipynb|md)(?:#([\w-]+))?\)")


def page(chapter):
    return (BOOK / f"teaching-{chapter}.md").read_text()


def rows(plan):
    """(begin, end, the rest) of each row below a table's head."""
    table = re.match(r"(?:\|.*\n)+", plan)[0]
    return [
        (int(a), int(b), rest) for a, b, rest in re.findall(r"^\| (\d+)–(\d+) \|(.*)", table, re.MULTILINE)
    ]


def anchors(name):
    """The anchors of the headings of a page or chapter."""
    if (BOOK / f"{name}.md").exists():
        text = (BOOK / f"{name}.md").read_text()
    else:
        cells = nbformat.read(BOOK / f"{name}.ipynb", as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    return {re.sub("[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings}


def minutes(chapter):
    """The rows of a chapter's page: minutes, and the sections that they are for."""
    table = re.findall(r"^\| (\d+) \| (.*?) \|", page(chapter).partition("## Minutes")[2], re.MULTILINE)
    return [(int(number), {anchor for _, anchor in LINK.findall(sections)}) for number, sections in table]


def test_the_plans_are_there():
    ends = [rows(plan)[-1][1] for plan in PLANS[1:]]
    assert ends == [45, 90, 220, *[90] * 6]


@pytest.mark.parametrize("plan", PLANS[1:], ids=range(1, len(PLANS)))
def test_a_plan_has_no_gaps(plan):
    ends = [0, *(end for _, end, _ in rows(plan))]
    assert [begin for begin, _, _ in rows(plan)] == ends[:-1]
    assert all(begin < end for begin, end, _ in rows(plan))
    table = re.match(r"(?:\|.*\n)+", plan)[0]
    assert len(rows(plan)) == table.count("\n") - 1, "every row has minutes"


def test_a_break_comes_at_least_every_45_minutes_of_half_a_day():
    breaks = [(begin, end) for begin, end, rest in rows(PLANS[3]) if "**Break**" in rest]
    assert breaks == [(45, 55), (100, 120), (165, 175)]


@pytest.mark.parametrize("name", ["teaching", *(f"teaching-{chapter}" for chapter in CHAPTERS)])
def test_every_page_and_section_that_is_linked_exists(name):
    text = (BOOK / f"{name}.md").read_text()
    found = {path.stem: anchors(path.stem) for path in [*BOOK.glob("*.ipynb"), *BOOK.glob("teaching*.md")]}
    lost = [
        link for link in LINK.findall(text) if link[0] in found and link[1] and link[1] not in found[link[0]]
    ]
    assert lost == []


@pytest.mark.parametrize("plan", PLANS[1 + LONGER :], ids=range(1 + LONGER, len(PLANS)))
def test_a_longer_plan_gives_a_section_its_minutes(plan):
    """Rows that say that they take a part of a section may take less."""
    too_short = []
    for begin, end, rest in rows(plan):
        asked = 0
        for chapter in CHAPTERS:
            wanted = {anchor for name, anchor in LINK.findall(rest) if name == chapter}
            asked += sum(number for number, sections in minutes(chapter) if sections & wanted)
        if end - begin < asked and "(part)" not in rest:
            too_short.append((begin, end, asked, rest))
    assert too_short == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_a_page_for_teachers_with_all_its_parts(chapter):
    headings = re.findall("^## (.*)", page(chapter), re.MULTILINE)
    parts = ["Goals", "Minutes", "Ask, and what to hear", "What goes wrong", "Exit question", "Sheet"]
    assert headings == [*parts, "Answers to the sheet"]
    assert f"](teaching-{chapter}.md)" in TEACHING
    assert re.search(rf"{{lab}}`[^`]+ <{chapter} ", page(chapter))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_minutes_of_a_chapter_add_up(chapter):
    """To what the chapter, the page for teachers, their list and the first page say."""
    title = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells[0].source
    play, exercises = map(int, re.search(r"Time:\*\* .*?(\d+) minutes.*?(\d+) more", title).groups())
    assert sum(number for number, _ in minutes(chapter)) == play
    assert re.search(rf"^\[.*?: {play} minutes .*?, {exercises} more", page(chapter), re.MULTILINE)
    assert re.search(rf"\(teaching-{chapter}\.md\) \| {play} \+ {exercises} \|", TEACHING)
    assert f"({chapter}.ipynb)**, {play} + {exercises}:" in (BOOK / "index.md").read_text()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_task_of_a_sheet_has_an_answer(chapter):
    sheet, answers = page(chapter).partition("## Sheet")[2].split("## Answers to the sheet")
    tasks, found = (re.findall(r"^(\d)\. ", part, re.MULTILINE) for part in (sheet, answers))
    assert tasks == found == [str(number) for number in range(1, len(tasks) + 1)]
    assert len(tasks) >= 3


def answers():
    """Each sheet's numbers, worked out again."""
    luma = np.array([0.299, 0.587, 0.114])
    yield "01", 1, f"{260 % 256}, {-10 % 256} and {300 % 256}"
    yield "01", 3, f"{luma @ [255, 255, 0]:.0f} and {luma @ [0, 0, 255]:.0f}"
    picture = np.array([[[255, 0, 10], [1, 2, 3]], [[7, 8, 9], [0, 50, 100]]])
    yield "01", 2, f"`{picture.transpose(2, 0, 1).tolist()}`"
    yield "01", 5, f"{64 * 64 * 3 * 100:,} weights"
    patch, kernel = (
        np.array([[2, 0, 1], [3, 1, 0], [0, 2, 4]]),
        np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
    )
    yield "02", 0, f"= {(patch * kernel).sum()}."
    edge = conv2d(np.array([[0.0, 0, 0, 1, 1, 1]] * 6), -kernel.astype(float))
    yield "02", 1, ", ".join(f"{value:.0f}" for value in edge[0])
    yield "02", 4, f"{8 * 10}, {8 * 28}, {8 * 73}"
    yield "03", 1, f"{-(-10 // 2)} outputs; 4 · 2 + 3 = {4 * 2 + 3} places; one zero"
    yield "03", 3, "Pixels {}, {} and {}".format(*(2 * 2 - 1 + 2 * tap for tap in range(3)))
    yield "04", 0, f"with the bias {1 - 1 + 1 + 1 + 2}"
    yield "04", 1, f"{8 * 28}; {16 * 73:,}"
    yield "04", 2, f"{8 * 8 * 27 * 8:,}; 6 · 6 · 72 · 16 = {6 * 6 * 72 * 16:,}"
    yield "05", 0, ", ".join(map(str, np.convolve([1, -1], [1, -1]))).replace("-", "−")
    sums = np.array([5, 1, -2, 4, 0, 3, -1, 2, 6, -3])
    assert [(sums + bias > 0).sum() for bias in (-4, -3.9, -3.5, -3, -2.9)] == [2, 3, 3, 3, 4]
    yield "05", 2, "above −4 and up to −3"
    yield "05", 5, f"1/{4**5:,}"
    table = np.array([[3, 1, 0, 2, 7, 1], [0, 4, 5, 1, 2, 6], [2, 2, 8, 0, 1, 3], [6, 0, 1, 1, 9, 4]])
    windows = table.reshape(2, 2, 3, 2).swapaxes(1, 2).reshape(2, 3, 4)
    maxima, means = (
        " and ".join(", ".join(f"{value:g}" for value in row) for row in rows)
        for rows in (windows.max(-1), windows.mean(-1))
    )
    yield "06", 0, f"Maxima {maxima}; means {means}"
    table = np.vstack([table, [5, 7, 3, 2, 0, 9]])
    large = [[table[r : r + 3, c : c + 3].max() for c in (0, 2)] for r in (0, 2)]
    yield "06", 1, " and ".join(", ".join(map(str, row)) for row in large)
    circle = np.array([0, 0, 0, 1, 1, 1])
    old = [[*np.roll(circle, move).reshape(2, 3).max(1)] for move in range(6)]
    assert old == [[0, 1], [1, 1], [1, 1], [1, 0], [1, 1], [1, 1]]
    yield "06", 4, f"{128 * 16:,} and 128"
    assert np.ravel([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])[(1 * 2 + 0) * 2 + 1] == 6
    yield "07", 0, "at place 5, counted from 0, where the 6 is"
    yield "07", 3, f"0, {log(2):.2f}, {log(4):.2f}"
    yield "07", 4, f"{log(5):.2f}; 0.7, −0.8, 0.1"
    yield "08", 0, f"{4 * 4 * 128 * 128 + 128:,}; {128 * 128 + 128:,}"
    yield "08", 1, f"{1 + 2}, {1 + 2 + 2}, {1 + 2 + 2 + 2 * 2}"
    yield "08", 2, f"{32 * 9 * 32 + 32:,}; {32 * 9 + 32} + {32 * 32 + 32:,} = {32 * 10 + 32 * 33:,}"
    yield "08", 3, f"= {4 / sqrt(3 + 1):.0f}; 1 − 2 · 2 = −{2 * 2 - 1}"
    yield "10", 1, f"{200 * sqrt(0.9 * 0.1 / 1000):.1f} points"
    yield "10", 2, f"16 / √16 = {16 / sqrt(16):.0f}"
    yield "10", 3, f"{-log(0.5):.2f}; {-log(0.01):.1f}"
    yield "10", 4, f"{50_000 // 100 * 3:,}"
    block = 400 // 32
    side = 32 * block
    yield "11", 0, f"{block}×{block} pixels, so the square has {side} pixels a side"
    yield "11", 0, f"row {(400 - side) // 2} and column {(600 - side) // 2}"
    kernels = ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    kernels += ([[1, 2, 1], [2, 4, 2], [1, 2, 1]],)
    turns = [name for name, kernel in zip("ABC", kernels, strict=True) if (np.rot90(kernel) == kernel).all()]
    flat = [name for name, kernel in zip("ABC", kernels, strict=True) if np.sum(kernel) == 0]
    yield "12", 0, f"{' and '.join(turns)} do not mind it. {' and '.join(flat)} give 0."
    yield "12", 1, f"By {48**2 / 32**2}; "
    yield "12", 2, "{}, {} and {}".format(*np.clip([253 + 4, 2 - 4, 100 - 4], 0, 255))
    yield "12", 3, f"{np.mean([0.2, 0.9, 0.4]):.1f}, twice"
    yield "11", 2, f"{0.5 * abs(0.5 - 0.9) + 0.5 * abs(1 - 0.6):.1f}: half"


@pytest.mark.parametrize(("number", "task", "answer"), list(answers()))
def test_the_answers_are_right(number, task, answer):
    [chapter] = [name for name in CHAPTERS if name.startswith(number)]
    found = page(chapter).partition("## Answers to the sheet")[2]
    assert answer in re.split(r"^\d\. ", found, flags=re.MULTILINE)[task + 1].replace("\n   ", " ")


FALLING = np.eye(3)


@pytest.mark.parametrize(
    ("kernel", "falling", "rising", "told"),
    [
        (FALLING, 765, 255, "makes 765 there, and leaves 255 on the rising line"),
        (
            np.array([[0, 0, -1], [0, 2, 0], [-1, 0, 0]]),
            510,
            0,
            "0 elsewhere: 510, and 0 but for the ends",
        ),
    ],
    ids=["to hear first", "darker"],
)
def test_two_lines_answer_as_the_short_lesson_says(kernel, falling, rising, told):
    lab = ConvolutionLab("two lines", kernel=kernel, simple=True)
    middles = range(3, 9)  # of patches that hold three pixels of a line
    assert {lab.output[at - 1, at - 1] for at in middles} == {falling}
    assert {lab.output[at - 1, 22 - at] for at in middles} == {rising}
    assert told in TEACHING
    assert lab.output[2, 2] == lab.output.max() == falling


def test_the_border_of_the_pupil_in_the_short_lesson():
    assert ConvolutionLab("cat", kernel="sobel-x", simple=True).output[11, 16] == -345
    assert '{"cell": [11, 16]}>`, −345' in TEACHING


def test_the_exit_question_of_the_short_lesson():
    sobel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert (np.array([[5, 5, 5], [5, 5, 5], [5, 5, 9]]) * sobel).sum() == 4
    assert "5 5 5, 5 5 5, 5 5 9. Which number? *4:" in TEACHING
