"""Pages on paper: what a reader prints, and the PDF of the whole book."""

import re
import subprocess
import sys
import unicodedata

import pytest
from engines import FRAMES
from pypdf import PdfReader
from test_pages import BOOK, every_page

from cnnbook.site import pdf

CHAPTER = "02-convolution"
WIDTH = 658  # of what is printed on A4, between its margins
# What paper shows, in a document that is as wide as paper.
PRINT = 'dispatchEvent(new Event("beforeprint"))'
PRINTED = 'dispatchEvent(new Event("afterprint"))'
SEEN = """(what) => [...document.querySelectorAll(what)]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height > 1)
  .map((element) => element.innerText || element.tagName)"""
CUT = """() => [...document.querySelectorAll(".bd-article *")].filter((element) => {
  if (!element.checkVisibility() || element.closest("math, .cnnbook")) return false;
  const box = getComputedStyle(element).display !== "inline" && element.matches("pre, table, div, figure");
  const cut = box && element.scrollWidth > element.clientWidth + 1;
  return cut || element.getBoundingClientRect().right > innerWidth;
}).map((element) => `${element.tagName}.${element.className}: ${element.innerText.slice(0, 80)}`)"""
# Neither the picture that is loaded by now nor an address that need not be printed changes the page.
BODY = """document.querySelector("main").innerHTML.replaceAll(' loading="eager"', ' loading="lazy"')
  .replaceAll("external shown", "external").replaceAll(' class=""', "")"""


def to_paper(page):
    """Show the page as paper would."""
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.evaluate(PRINT)
    page.emulate_media(media="print")


@every_page
def test_nothing_is_cut_and_nothing_to_press(book, open_page, name):
    page = open_page(book / f"{name}.html")
    to_paper(page)
    assert page.evaluate(CUT) == []
    assert (
        page.evaluate(SEEN, "button, nav:not([aria-label=Page]), .copybtn, .headerlink, footer, details")
        == []
    )
    assert page.errors == []


def test_pictures_stand_for_widgets_with_their_sentences(book, open_page):
    page = open_page(book / f"{CHAPTER}.html", dark=True)
    lab = page.locator(".cnnbook-widget[data-kind=convolution]").first
    lab.scroll_into_view_if_needed()
    lab.locator("> img").wait_for(state="hidden")
    assert not lab.locator(".on-paper").is_visible()
    to_paper(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "light", "paper is white"
    assert page.evaluate(SEEN, ".cnnbook, .still") == []
    for widget in page.locator(".cnnbook-widget").all():
        assert widget.locator("> img").evaluate("picture => picture.decode()") is None
        assert widget.locator("> img").is_visible()
        sentence = widget.locator("> .on-paper")
        if widget.get_attribute("data-kind") in ("quiz", "guess"):
            assert sentence.count() == 0
        else:
            assert sentence.inner_text() == widget.locator("> img").get_attribute("alt")


def test_answers_stand_at_the_end(book, open_page):
    page = open_page(book / f"{CHAPTER}.html")
    folds = page.locator(".bd-article details").count()
    asked = page.locator(".cnnbook-widget:is([data-kind=quiz], [data-kind=guess])").count()
    secret = page.locator(".bd-article details", has_text="What it shows").first.text_content()
    to_paper(page)
    entries = page.locator(".answers .entry")
    assert entries.count() == folds + asked
    text = page.locator(".bd-article").inner_text()
    questions, answers = re.split(r"^Answers$", text, maxsplit=1, flags=re.MULTILINE)
    assert "Orange: darker on the left" in answers
    assert "Orange: darker on the left" not in questions
    assert secret.strip().splitlines()[-1] in answers
    assert "The right column gives" not in questions
    assert "-7. The right column gives 0 + 2 + 0 = 2" in answers, "of the guess"
    numbers = [int(number) for number in re.findall(r": number (\d+) at the end", questions)]
    assert numbers == list(range(1, folds + asked + 1))
    for link in page.locator(".where a").all():
        name = page.locator(link.get_attribute("href")).locator(".name").inner_text()
        assert name.startswith(f"{link.inner_text()}. ")


@pytest.mark.engines
@pytest.mark.parametrize("name", [CHAPTER, "references", "search"])
def test_after_printing_a_page_is_as_it_was(book, open_page, name):
    page = open_page(book / f"{name}.html", dark=True)
    page.evaluate("document.querySelectorAll('main details')[1]?.setAttribute('open', '')")
    # The theme says which code can be scrolled by keys 300 ms after a change, of the window, too, which comes
    # with a frame: before all this, not within.
    page.evaluate(FRAMES)
    page.evaluate("new Promise((done) => setTimeout(done, 500))")
    before, printed, after = page.evaluate(
        f"() => {{ const seen = [{BODY}]; {PRINT}; {PRINT}; seen.push({BODY}); {PRINTED};"
        f" return [...seen, {BODY}]; }}"
    )
    assert (printed != before) == (name == CHAPTER)
    assert after == before
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.errors == []


@pytest.mark.parametrize("name", [path.stem for path in sorted(BOOK.glob("teaching-*.md"))])
def test_a_sheet_is_printed_without_its_answers(book, open_page, name, tmp_path):
    page = open_page(book / f"{name}.html")
    page.evaluate("window.print = () => (window.asked = true)")
    page.get_by_role("button", name="Print this sheet").click()
    assert page.evaluate("window.asked")
    page.evaluate(PRINT)
    alone = on_paper(page, tmp_path)
    assert len(alone) <= 2
    assert re.match(r"Chapter \d+, .*?\. Name: \.", alone[0])
    assert not re.search("Goals|Minutes|Answers|Contents|Print this", " ".join(alone))
    page.evaluate(PRINTED)
    whole = on_paper(page, tmp_path)
    assert any(text.startswith("Sheet Chapter") for text in whole), "with its page it begins on a new one"
    assert whole[-1].startswith("Answers to the sheet")


def on_paper(page, folder):
    """The text of each sheet of paper."""
    page.pdf(path=folder / "printed.pdf", format="A4")
    return [plain(paper.extract_text()) for paper in PdfReader(folder / "printed.pdf").pages]


@pytest.mark.parametrize(("said", "text"), [(False, "arXiv"), (True, "w3.org")])
def test_addresses_are_printed_once(book, open_page, said, text):
    page = open_page(book / "references.html")
    to_paper(page)
    link = page.locator("a.external", has_text=text).first
    shown = link.evaluate("link => getComputedStyle(link, '::after').content")
    assert ("https://" in shown) == (not said)


@pytest.fixture(scope="module")
def printed(book, tmp_path_factory):
    """The whole book as `make pdf` prints it."""
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    done = subprocess.run(
        [sys.executable, "-m", "cnnbook.site.pdf", book, path], capture_output=True, text=True, check=True
    )
    reader = PdfReader(path)
    assert done.stdout == f"{len(reader.pages)} pages are in {path}\n"
    assert len(reader.pages) > 100
    return reader


@pytest.fixture(scope="module")
def texts(printed):
    """The text of every page, without ligatures and line ends."""
    return [plain(page.extract_text()) for page in printed.pages]


def plain(text):
    words = unicodedata.normalize("NFKC", text).replace("\u2060", "").replace("CIFAR- 10", "CIFAR-10").split()
    return " ".join(words)


def chapters(book):
    """The titles of all pages in the book, by their names."""
    return {name: pdf._soup(book / f"{name}.html").select_one(".bd-article h1") for name in pdf.names(book)}


def test_every_page_of_the_book_is_there_once(book, printed, texts):
    marks = [mark for mark in printed.outline if not isinstance(mark, list)]
    titles = [plain(title.contents[0]) for title in chapters(book).values()]
    assert [plain(mark.title) for mark in marks if mark.title != "Contents"] == titles
    for mark, title in zip(marks[-len(titles) :], titles, strict=True):
        assert texts[printed.get_destination_page_number(mark)].startswith(title)


def test_bookmarks_are_headings(book, printed):
    headings = {
        plain(heading.get_text().rstrip("#"))
        for name in pdf.names(book)
        for heading in pdf._soup(book / f"{name}.html").select(".bd-article :is(h1, h2, h3, h4)")
    }
    marks = [plain(mark.title) for mark in flat(printed.outline)]
    assert len(marks) > 100
    assert set(marks) - headings == {"Contents", "Answers"}, "these paper alone has"


def flat(outline):
    for mark in outline:
        yield from flat(mark) if isinstance(mark, list) else (mark,)


def test_no_page_is_empty_and_each_has_its_number(texts):
    for number, text in enumerate(texts, start=1):
        assert re.search(rf"(^|\D){number}$", text), f"page {number} ends in {text[-40:]!r}"
    bare = [number for number, text in enumerate(texts, start=1) if len(text) < 10]
    assert bare == []


def test_every_still_is_there(book, printed):
    widgets = sum(page.count('class="cnnbook-widget"') for page in map(html(book), pdf.names(book)))
    figures = sum(page.count('class="picture"') for page in map(html(book), pdf.names(book)))
    pictures = sum(count_images(page) for page in printed.pages)
    assert widgets > 90
    assert pictures >= widgets + figures


def html(book):
    return lambda name: (book / f"{name}.html").read_text()


def count_images(page):
    """How often a page draws a picture."""
    pictures = {name for name, thing in page["/Resources"].get("/XObject", {}).items() if is_picture(thing)}
    drawn = re.findall(rb"(/\w+) Do", page.get_contents().get_data())
    return sum(name.decode() in pictures for name in drawn)


def is_picture(thing):
    return thing.get_object()["/Subtype"] == "/Image"


def test_links_stay_in_the_book_or_lead_to_the_web(printed):
    inside = 0
    for page in printed.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            address = note.get("/A", {}).get("/URI")
            assert address is None or re.match("https?://", address), address
            if address is None:
                assert note["/Dest"] in printed.named_destinations
                inside += 1
    assert inside > 500


def test_contents_and_answers_give_pages(printed, texts):
    contents = " ".join(texts[1:4])
    for title in ("Slide the kernel", "Compare two networks on the same images"):
        number = int(re.search(rf"{title} (\d+)", contents)[1])
        assert title in texts[number - 1]
    found = re.findall(r"The result: number (\d+), page (\d+), at the end of this chapter", " ".join(texts))
    assert len(found) > 100
    for number, place in found:
        assert f"{number}. The result" in texts[int(place) - 1]
