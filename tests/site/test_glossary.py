"""The glossary has no word that chapters do not use, and each leads back to the section that teaches it."""

import re
from pathlib import Path

import nbformat
import pytest
from docutils.nodes import make_id

from cnnbook.site.notebooks import CODE

BOOK = Path(__file__).resolve().parents[2] / "book"
TEXT = (BOOK / "glossary.md").read_text().partition("```{glossary}\n")[2].rpartition("```")[0]
ENTRIES = dict(entry.split("\n", 1) for entry in re.split(r"\n\n(?=\S)", TEXT.strip()))
TAUGHT = re.compile(r"\n\n  \[(\d+): (.+)\]\(([\w-]+)\.ipynb#([\w-]+)\)$")


def sections(path):
    """(title, text) of each section of a chapter; the code in it left out."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    parts = re.split(r"^#+ (.+)$", CODE.sub("", "\n\n".join(cells)), flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


CHAPTERS = {path.stem: sections(path) for path in sorted(BOOK.glob("*.ipynb"))}


def uses(text, term):
    """Whether a text has a word of the glossary, or a link to it by another name."""
    word = re.escape(term).replace(r"\ ", r"\s")
    anchor = f"](glossary.md#term-{term.lower().replace(' ', '-')})"
    return anchor in text or re.search(rf"\b{word}(?:s|es)?\b", text, re.IGNORECASE)


def test_words_stand_in_the_order_of_the_alphabet():
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)


def test_every_word_is_used():
    text = "\n".join(text for chapter in CHAPTERS.values() for _, text in chapter)
    assert {term for term in ENTRIES if not uses(text, term)} == set()


@pytest.mark.parametrize("term", ENTRIES)
def test_a_word_leads_back_to_the_section_that_teaches_it(term):
    number, title, chapter, anchor = TAUGHT.search(ENTRIES[term]).groups()
    assert int(number) == int(chapter.partition("-")[0])
    assert anchor == make_id(title)
    assert any(title == found and uses(f"{found}\n{text}", term) for found, text in CHAPTERS[chapter])


@pytest.mark.parametrize("term", ENTRIES)
def test_words_of_a_meaning_are_in_the_glossary(term):
    """Sphinx says so of `{term}` where it builds the book; this is faster."""
    for shown, target in re.findall(r"\{term\}`([^`<]+?)(?:\s*<([^`>]+)>)?`", ENTRIES[term]):
        assert " ".join((target or shown).split()) in ENTRIES
