"""The whole book in one PDF for paper: its pages one after the other, printed by Chromium.

    python -m cnnbook.site.pdf _build/html book.pdf

book.css and print.js say what paper shows, also of a page that a reader prints. Here all pages become one
document, so that links lead from page to page. It is printed twice: the first time says what is on which.
"""

import argparse
import re
import sys
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader

from cnnbook.site import chromium

PAGE = """\
<!DOCTYPE html>
<html lang="en" data-theme="light">
<meta charset="utf-8">
<title>{title}</title>
{styles}
<script defer src="{script}"></script>
<main class="bd-main"><div class="bd-content"><div class="bd-article-container">
<section class="cover"><p class="title">{title}</p>
<p>The pages of the book, for paper. Where they are alive, there is a picture here, and a sentence.
Answers and results stand at the end of each chapter, so that there is something to predict.</p>
<p>{authors}. Text and figures: CC BY 4.0. Code: MIT.</p>
</section>
<nav class="book-contents"><h2>Contents</h2><ol>{contents}</ol></nav>
{articles}
</div></div></main>
</html>
"""
LINE = '<li class="level-{kind}"><a class="paged" href="#{id}">{title}</a></li>'
FOOTER = """\
<div style="width: 100%; font: 8pt sans-serif; text-align: center"><span class="pageNumber"></span></div>
"""
MARGIN = {"top": "16mm", "right": "18mm", "bottom": "18mm", "left": "18mm"}
LAB = re.compile(r"(cnnbook-[a-z]+-\d+):.*")  # the end of a link to a widget in a state
# Heard before print.js, which then does not undo what page numbers are written into.
KEEP = 'addEventListener("afterprint", (event) => event.stopImmediatePropagation());'
PREPARE = """async () => {
  dispatchEvent(new Event("beforeprint"));
  await Promise.all([...document.images].map((picture) => picture.decode()));
}"""
NUMBER = """(pages) => document.querySelectorAll("a.paged, .where a").forEach((link) => {
  link.dataset.page = pages[link.hash.slice(1)];
})"""


def names(folder: Path) -> list[str]:
    """The pages of a built book in their order, as its navigation has them."""
    links = _soup(folder / "index.html").select(".bd-docs-nav a")
    return list(
        dict.fromkeys("index" if a["href"] == "#" else a["href"].removesuffix(".html") for a in links)
    )


def document(folder: Path) -> str:
    """The book as one page."""
    pages = {name: _soup(folder / f"{name}.html") for name in names(folder)}
    first = pages["index"]
    articles = {name: _article(name, page, folder, pages.keys()) for name, page in pages.items()}
    contents = [
        LINE.format(kind=heading.name, id=heading.parent["id"], title=heading.decode_contents())
        for article in articles.values()
        for heading in article.select("h1, h2")
    ]
    styles = [link["href"] for page in pages.values() for link in page.select("link[rel=stylesheet]")]
    return PAGE.format(
        title=escape(first.select_one(".logo__title").get_text(strip=True)),
        authors=escape(first.select_one(".component-author").get_text(strip=True)),
        styles="\n".join(
            f'<link rel="stylesheet" href="{_address(folder, style)}">' for style in dict.fromkeys(styles)
        ),
        script=_address(folder, "_static/print.js"),
        contents="\n".join(contents),
        articles="\n".join(map(str, articles.values())),
    )


def write(folder: Path, target: Path) -> int:
    """Print the book in `folder`; returns how many pages it has."""
    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page()
        page.add_init_script(KEEP)
        path = Path(scratch, "book.html")
        path.write_text(document(folder), encoding="utf-8")
        page.goto(path.as_uri())
        page.evaluate(PREPARE)
        _print(page, target)
        page.evaluate(NUMBER, _places(target))
        _print(page, target)
        browser.close()
    return len(PdfReader(target).pages)


def _article(name: str, page: BeautifulSoup, folder: Path, known: set[str]) -> Tag:
    """What paper shows of a page, with ids that no other page has."""
    article = page.select_one(".bd-article")
    for unused in article.select(".headerlink, .download, .still"):
        unused.decompose()
    for kind in {place["data-kind"] for place in article.select(".cnnbook-widget")}:
        for turn, place in enumerate(article.select(f".cnnbook-widget[data-kind={kind}]"), start=1):
            place["id"] = f"cnnbook-{kind}-{turn}"
    for element in article.select("[id]"):
        element["id"] = f"{name}.{element['id']}"
    for heading in article.select("h1, h2"):  # Sphinx gives the id to the section
        heading.parent["id"] = heading.parent.get("id", name)
    for link in article.select("a[href]"):
        target, _, anchor = link["href"].partition("#")
        other = target.removesuffix(".html") or name
        if other in known:
            anchor = LAB.sub(r"\1", anchor)
            link["href"] = f"#{other}.{anchor}" if anchor else f"#{other}"
        elif not re.match("[a-z]+:", target):
            link.name = "span"  # of a file beside the pages: a picture by itself, the index
            del link["href"]
    for picture in article.select("img"):
        picture["src"] = _address(folder, picture["src"])
        picture["loading"] = "eager"
    article.name = "article"
    article["id"] = name
    return article


def _address(folder: Path, name: str) -> str:
    return urljoin(f"{folder.resolve().as_uri()}/", name)


def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _print(page: Page, target: Path) -> None:
    options = {"margin": MARGIN, "display_header_footer": True, "header_template": "<p></p>"}
    page.pdf(path=target, format="A4", tagged=True, outline=True, footer_template=FOOTER, **options)


def _places(path: Path) -> dict[str, int]:
    """On which page each place stands that a link leads to."""
    reader = PdfReader(path)
    places = reader.named_destinations.items()
    return {name.lstrip("/"): reader.get_destination_page_number(place) + 1 for name, place in places}


def main() -> None:
    """Write the PDF, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the built pages")
    parser.add_argument("target", type=Path, help="the PDF")
    options = parser.parse_args()
    try:
        count = write(options.folder, options.target)
    except chromium.NoBrowser as problem:
        sys.exit(str(problem))
    print(f"{count} pages are in {options.target.absolute()}")


if __name__ == "__main__":
    main()
