"""Whatever the book cites is in its references, and they list nothing that it does not cite."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "book" / "references.md").read_text()
LISTED = dict(re.findall(r"^\((\w+)\)=\n(.+?)(?=\n\n)", TEXT, re.MULTILINE | re.DOTALL))
# (first author, year) of what is listed; the article has neither.
KNOWN = {
    name: (re.split(r",| \(", entry)[0], re.search(r"\((\d{4})\)", entry)[1])
    for name, entry in LISTED.items()
    if name != "article"
}
# Prose that cites: chapters, and pages with links; code and benchmarks, which name author and year.
PAGES = {
    path.stem: path.read_text() for path in (ROOT / "book").glob("*.md") if path.stem != "references"
} | {
    path.stem: "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    for path in (ROOT / "book").glob("*.ipynb")
}
PROGRAMS = {
    str(path.relative_to(ROOT)): re.sub(r"\s*\n\s*(?:#|//|\*)?\s*", " ", path.read_text())
    for pattern in ("cnnbook/**/*.py", "cnnbook/**/*.toml", "frontend/src/**/*.ts", "benchmarks/*.*")
    for path in ROOT.glob(pattern)
    if path.suffix in (".py", ".toml", ".ts", ".md")
}
# "Jordan, 2024", "Jordan (2024)", "Distill 2019"; no dates.
YEAR = re.compile(
    r"(?:(?<=[\w*)],) |(?<=Distill )|(?<= )\()((?:19|20)\d\d)\b(?!-)",
)
LINK = re.compile(r"\[([^\]]+)\]\(references\.md#(\w+)\)")


def cited(text):
    """The references whose first author stands before their year; and what stands before any other year."""
    found, unknown = set(), []
    for match in YEAR.finditer(text):
        before = text[max(0, match.start() - 250) : match.start()]
        names = [name for name, (author, when) in KNOWN.items() if when == match[1] and author in before]
        if names:
            found.add(max(names, key=lambda name: before.rindex(KNOWN[name][0])))
        else:
            unknown.append(before[-80:] + match[0])
    return found, unknown


@pytest.mark.parametrize("file", [file for file in PROGRAMS if cited(PROGRAMS[file]) != (set(), [])])
def test_what_code_and_benchmarks_cite_is_listed(file):
    assert cited(PROGRAMS[file])[1] == []


def test_every_paper_that_code_names_by_its_number_is_listed():
    numbers = re.findall(r"arXiv:? ?(\d{4}\.\d{5})", " ".join(PROGRAMS.values()))
    assert [number for number in numbers if f"(https://arxiv.org/abs/{number})" not in TEXT] == []


def test_every_address_that_code_names_as_a_source_is_listed():
    listed = re.findall(r"\]\((https://[^)]+)\)", TEXT)
    sources = re.findall(r'Sources?:? .*?(?=""")', " ".join(PROGRAMS.values()))
    addresses = re.findall(r"https://[^\s)]+", " ".join(sources))
    assert len(addresses) > 9
    assert [address for address in addresses if not address.startswith(tuple(listed))] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_pages_cite_is_listed(page):
    text = PAGES[page]
    for said, name in LINK.findall(text):
        if name != "article":
            author, year = KNOWN[name]
            assert author in said, said
            assert year in said, said
    assert cited(LINK.sub("", text))[1] == []


def test_nothing_is_listed_that_is_not_cited():
    links = {name for text in PAGES.values() for _, name in LINK.findall(text)}
    named = set().union(*(cited(text)[0] for text in PROGRAMS.values()))
    assert set(LISTED) - links - named == set()


def test_every_reference_says_what_is_in_it():
    """Behind its address, or behind its title."""
    for name, entry in LISTED.items():
        said = re.split(r"\]\([^)]+\)\.?" if "](" in entry else r"\.\*", entry)[-1]
        assert len(said.split()) > 4, name


def test_papers_stand_in_the_order_of_their_authors():
    names = [name for name in LISTED if name != "article"]
    assert names == sorted(names, key=lambda name: (KNOWN[name][0].lower().replace("ü", "u"), KNOWN[name][1]))
