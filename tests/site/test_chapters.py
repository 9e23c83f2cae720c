"""The committed chapters are as stored by `make notebooks`, and what pages promise is there."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from cnnbook.site.notebooks import CODE, execute, normalise, problems

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
QUIZZES = BOOK.parent / "cnnbook" / "widgets" / "quizzes"
TERMS = re.findall(
    r"^(\w.*)\n  ", (BOOK / "glossary.md").read_text().partition("```{glossary}")[2], re.MULTILINE
)
NO_PROSE = re.compile(r"^#[^\n]*|^\$\$.*?^\$\$|\$[^$\n]+\$|\]\((?!glossary)[^)]*\)", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path):
    notebook = nbformat.read(path, as_version=4)
    assert problems(notebook) == []
    before = nbformat.writes(notebook)
    normalise(notebook)
    assert nbformat.writes(notebook) == before, "stored by something else than `make notebooks`"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_word_of_the_glossary_is_a_link_where_it_is_first_used(path):
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    text = NO_PROSE.sub("", "\n\n".join(CODE.sub("", source) for source in cells))
    words = "|".join(re.escape(term).replace(r"\ ", r"\s") for term in sorted(TERMS, key=len, reverse=True))
    first_uses = {}
    for match in re.finditer(
        rf"\b({words})(?:s|es)?\b(?!-)(?:[^\[\]]{{,20}}\]\(glossary\.md#([\w-]+))?", text, re.IGNORECASE
    ):
        first_uses.setdefault(" ".join(match[1].split()).lower(), (match[2], match[0]))
    without = [
        use for term, (anchor, use) in first_uses.items() if anchor != "term-" + term.replace(" ", "-")
    ]
    assert without == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_its_number_is_that_of_its_file(path):
    title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
    assert title.startswith(f"# {int(path.stem.partition('-')[0])}. ")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_its_minutes_are_the_same_wherever_they_are_told(path):
    opening = nbformat.read(path, as_version=4).cells[0].source
    told = re.search(r"\*\*Time:\*\* (?:about )?(\d+) minutes.*?(\d+) more for the", opening, re.DOTALL)
    listed = re.search(rf"\({path.name}\)\*\*, (\d+) \+ (\d+):", (BOOK / "index.md").read_text())
    planned = re.search(
        rf"\(teaching-{path.stem}\.md\) \| (\d+) \+ (\d+) \|", (BOOK / "teaching.md").read_text()
    )
    page = re.search(
        r"(\d+) minutes to read.*?, (\d+) more for", (BOOK / f"teaching-{path.stem}.md").read_text()
    )
    assert told.groups() == listed.groups() == planned.groups() == page.groups()


# What a reader sees without opening a fold.
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)


def in_plain_view(cell, quizzes):
    """The text of a cell as the page shows it at first, with the questions and answers of a quiz in it."""
    if cell.cell_type == "markdown":
        return FOLDED.sub("", cell.source)
    if asked := re.search(r'^quiz\("\w+", (\d+)\)', cell.source, re.MULTILINE):
        question = quizzes["questions"][int(asked[1]) - 1]
        return " ".join([question["question"], *(choice["text"] for choice in question["choices"])])
    shown = "" if "remove-input" in cell.metadata.get("tags", []) else cell.source
    if "hide-output" not in cell.metadata.get("tags", []):
        shown += "".join(output.get("text", "") for output in cell.outputs)
    return shown


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_number_to_guess_stands_nowhere_near(path):
    """Neither before nor after the question in its section; numbers of one digit stand everywhere."""
    sections, answers = [[]], []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown" and re.match("## ", cell.source):
            sections.append([])
        sections[-1].append(cell)
    for section in sections:
        source = "\n".join(cell.source for cell in section if cell.cell_type == "code")
        for name, which in re.findall(r'^guess\("(\w+)", "([\w-]+)"\)', source, re.MULTILINE):
            quizzes = tomllib.loads((QUIZZES / f"{name}.toml").read_text())
            [answer] = [each["answer"] for each in quizzes["guesses"] if each["name"] == which]
            number = rf"(?<![\d.,]){answer}(?![\d.]*\d)"
            view = " ".join(in_plain_view(cell, quizzes) for cell in section).replace(",", "")
            if abs(answer) > 9 and re.search(number, view):
                answers.append(which)
    assert answers == []


# Names are what this is about: nbval has trained these networks for real.
ONE_STEP = """
from cnnbook.backend import keras
def in_one_step(self, x, y=None, *rest, fit=keras.Model.fit, **options):
    if y is None:  # the book's own training, which is short in fast mode
        return fit(self, x, **options)
    return fit(self, x[:32], y[:32], *rest, **options | {"epochs": 1})
keras.Model.fit = in_one_step
"""


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_reader_may_go_back_and_run_any_cell_again(path, monkeypatch, tmp_path):
    monkeypatch.setenv("CNNBOOK_FAST", "1")
    monkeypatch.setenv("CNNBOOK_RUNS", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    first = nbformat.v4.new_code_cell(ONE_STEP.strip())
    notebook.cells = [first, *code, *map(nbformat.from_dict, code[::-1])]
    execute(notebook, path.parent)


def test_teachers_are_told_what_a_hub_needs():
    requirements = tomllib.loads((BOOK.parent / "pyproject.toml").read_text())["project"]["dependencies"]
    packages = {re.match(r"[\w-]+", requirement)[0] for requirement in requirements} | {"tensorflow"}
    teaching = (BOOK / "teaching.md").read_text().partition("## Without a network")[2].lower()
    assert {package for package in packages if package not in teaching} == set()


def test_every_page_is_in_the_table_of_contents():
    toc = yaml.safe_load((BOOK.parent / "_toc.yml").read_text())
    chapters = [chapter for part in toc.get("parts", [toc]) for chapter in part["chapters"]]
    chapters += [section for chapter in chapters for section in chapter.get("sections", [])]
    assert {toc["root"], *(chapter["file"] for chapter in chapters)} == {
        path.stem for path in [*CHAPTERS, *BOOK.glob("*.md")]
    }
