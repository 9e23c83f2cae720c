"""The committed chapters are as stored by `make notebooks`."""

from pathlib import Path

import nbformat
import pytest
import yaml

from cnnbook.site.notebooks import normalise, problems

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path):
    notebook = nbformat.read(path, as_version=4)
    assert problems(notebook) == []
    before = nbformat.writes(notebook)
    normalise(notebook)
    assert nbformat.writes(notebook) == before, "stored by something else than `make notebooks`"


def test_every_page_is_in_the_table_of_contents():
    toc = yaml.safe_load((BOOK.parent / "_toc.yml").read_text())
    chapters = [chapter["file"] for part in toc.get("parts", [toc]) for chapter in part["chapters"]]
    assert {toc["root"], *chapters} == {path.stem for path in [*CHAPTERS, *BOOK.glob("*.md")]}
