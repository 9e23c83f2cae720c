"""Every page of the built book, in each engine where engines may differ, with every other host out of reach.

`open_page` (tests/conftest.py) fails a test whose page asks any other host, and lists what goes wrong.
"""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

BOOK = Path(__file__).resolve().parents[2] / "book"
PAGES = sorted({path.stem for path in [*BOOK.glob("*.md"), *BOOK.glob("*.ipynb")]} | {"genindex", "search"})
MAX_PAGE = 700_000  # bytes that travel until a page is there, all that it loads counted
MAX_INDEX = 350_000  # of the first page, for which nobody should wait

# In WebKit axe does not see the titles that name the copy buttons of Sphinx.
NAME_BUTTONS = """document.querySelectorAll(".copybtn title").forEach((title) => {
  title.closest("button").ariaLabel = title.textContent;
})"""
# Half-way from light to dark, colours have less contrast than at either end.
STILL = "Promise.allSettled(document.getAnimations().map(({ finished }) => finished))"
# No widget is at work, nothing has changed for a while: axe loses the text of a button that is drawn anew.
AT_REST = """() => new Promise((done) => {
  const quiet = () => (document.querySelector("[aria-busy=true]") ? wait() : (observer.disconnect(), done()));
  let timer = 0;
  const wait = () => (clearTimeout(timer), (timer = setTimeout(quiet, 250)));
  const observer = new MutationObserver(wait);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  wait();
})"""
# Scrolls until it is so: where widgets above change their height, WebKit does not keep the place.
COMES_TO_LIFE = """(turn) => {
  const widget = document.querySelectorAll(".cnnbook-widget")[turn];
  widget.closest("details")?.setAttribute("open", "");
  if (widget.querySelector("img").offsetHeight) widget.scrollIntoView();
  return !widget.querySelector("img").offsetHeight;
}"""
# How pictures that link to themselves in full stand in their boxes, and whether those scroll and say so.
PICTURES = """() => [...document.querySelectorAll(".picture")].map((link) => {
  link.scrollLeft = 9;
  const { width, naturalWidth } = link.firstElementChild;
  const told = parseFloat(getComputedStyle(link, "::after").height) > 9;
  return [link.clientWidth, width, naturalWidth, link.scrollLeft > 0, told];
})"""
# What else may be wider than the page, when all folds are open: whether it is, and whether it says so.
WIDE = """async (boxes) => {
  document.querySelectorAll("main details:not(.cnnbook *)").forEach((fold) => (fold.open = true));
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  return [...document.querySelectorAll(boxes)].filter((box) => !box.closest(".cnnbook-widget")).map((box) => {
    const told = parseFloat(getComputedStyle(box, "::after").height) > 9;
    const [cut, prose] = [box.scrollWidth - box.clientWidth, box.matches(".prose *")];
    return [box.innerText.slice(0, 80), cut, told, box.tabIndex, prose];
  });
}"""
CUT = """([lines, beside]) => [...document.querySelectorAll(lines)]
  .filter((line) => !line.closest(beside) && line.scrollWidth > line.clientWidth)
  .map((line) => line.innerText)"""

# Those in folds are fetched when the fold is opened.
UNFOLD = """async () => {
  document.querySelectorAll("main details").forEach((fold) => (fold.open = true));
  await Promise.all([...document.querySelectorAll(".picture img")].map((picture) => {
    picture.loading = "eager";
    return picture.decode();
  }));
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame); // until signs are right
}"""

every_page = pytest.mark.parametrize("name", PAGES)


def bring_to_life(page):
    """Scroll to every widget, open its fold, and wait until it has taken the place of its picture."""
    for turn in range(page.evaluate("document.querySelectorAll('.cnnbook-widget').length")):
        page.wait_for_function(COMES_TO_LIFE, arg=turn)


@pytest.mark.engines
@every_page
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_from_a_file_and_accessible(book, open_page, name, dark):
    page = open_page(book / f"{name}.html", dark=dark)
    bring_to_life(page)
    assert page.errors == []
    assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    page.evaluate(NAME_BUTTONS)
    page.evaluate(STILL)
    page.evaluate(AT_REST)
    violations = [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in Axe().run(page).response["violations"]
        for node in rule["nodes"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert violations == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_link_that_is_pointed_at_can_be_read(book, open_page, dark):
    page = open_page(book / "10-cifar10.html", dark=dark)
    for place in (
        ".bd-sidebar-secondary a.nav-link >> nth=3",
        ".bd-sidebar-primary a >> nth=3",
        ".bd-article p a >> nth=0",
    ):
        page.locator(place).hover()
        page.evaluate(STILL)
        rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
        found = Axe().run(page, options=rules).response["violations"]
        assert [node["html"][:200] for rule in found for node in rule["nodes"]] == []


@every_page
def test_from_a_server_in_a_sub_folder(served, open_page, name):
    page = open_page(f"{served}/{name}.html")
    bring_to_life(page)
    assert page.errors == []


@every_page
def test_weight(served, sent, open_page, name):
    """On first load. What a reader scrolls to or asks for comes later: stills, and the assets of widgets."""
    sent.clear()
    open_page(f"{served}/{name}.html").wait_for_load_state("networkidle")
    assert sum(sent.values()) <= (MAX_INDEX if name == "index" else MAX_PAGE), sent
    assert not [path for path in sent if "fontawesome" in path], "icons.woff lacks an icon"


@pytest.mark.engines
@every_page
def test_on_a_telephone(book, open_page, name):
    page = open_page(book / f"{name}.html", width=360, height=740, touch=True)
    bring_to_life(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.errors == []
    page.evaluate(UNFOLD)
    for box, shown, full, scrolls, told in page.evaluate(PICTURES):
        assert box <= 330
        assert shown >= 0.65 * full - 1, "letters become too small to read"
        assert shown <= box or scrolls
        assert told <= scrolls
        assert told or shown < box + 64, "cut, and nothing says so"  # boxes within boxes are narrower
    assert page.evaluate(CUT, [".prev-next-area a", "nothing"]) == []
    for text, cut, told, tab, prose in page.evaluate(WIDE, ".cell_output pre, .bd-article table, .formula"):
        assert told or cut <= 4, f"{cut} pixels are cut, and nothing says so: {text}"
        assert cut > 0 or not told, f"fits: {text}"
        assert not (told and prose), f"sentences wrap: {text}"
        assert tab == 0 or not told, f"no key scrolls it: {text}"


@pytest.mark.parametrize("width", [360, 1280])
def test_what_stays_in_view_is_below_the_bar_of_the_page(book, open_page, width):
    page = open_page(book / "10-cifar10.html", width=width, height=740)
    bring_to_life(page)
    page.locator(".cnnbook .kept + *").evaluate("below => below.scrollIntoView({ block: 'start' })")
    bar, kept = (
        page.locator(name).evaluate("el => el.getBoundingClientRect().toJSON()")
        for name in (".bd-header-article", ".cnnbook .kept")
    )
    assert bar["top"] == 0
    assert abs(kept["top"] - bar["bottom"]) <= 1


@pytest.mark.parametrize("name", sorted(path.stem for path in BOOK.glob("*.ipynb")))
def test_white_stays_white_in_the_dark(book, open_page, name):
    """Texts speak of the colours of figures: pure red is (255, 0, 0), and a number beyond 255 is white."""
    page = open_page(book / f"{name}.html", dark=True)
    page.evaluate(UNFOLD)
    page.evaluate(STILL)
    figures = page.locator(".cell_output .picture img")
    for turn in range(figures.count()):
        figures.nth(turn).scroll_into_view_if_needed()
        figures.nth(turn).evaluate("picture => picture.decode()")
        with Image.open(io.BytesIO(figures.nth(turn).screenshot())) as shown:
            pixels = np.asarray(shown.convert("RGB"))
        assert pixels.max() == 255, f"figure {turn} is dimmed, at most {pixels.max()}"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["index", "02-convolution", "glossary"])
def test_the_navigation_opens_and_closes(book, open_page, name, width):
    page = open_page(book / f"{name}.html", width=width, height=740)
    navigation = page.get_by_role("navigation", name="Main")
    toggle = page.locator(".primary-toggle:visible")
    assert toggle.count() == 1
    for _ in range(2):
        seen = navigation.is_visible()
        toggle.click()
        navigation.wait_for(state="hidden" if seen else "visible")
        if width == 360:
            navigation.get_by_role("link", name="3. Padding").click(trial=True)
            page.keyboard.press("Escape")
            navigation.wait_for(state="hidden")
    page.locator(".search-button__button:visible").first.click()
    page.get_by_role("searchbox").wait_for()
    page.keyboard.press("Escape")
    if width == 360:
        toggle.click()
        navigation.get_by_role("link", name="3. Padding").click()
        page.wait_for_url("**/03-padding-stride.html")
    assert page.errors == []


@pytest.mark.engines
@every_page
def test_code_is_not_cut(book, open_page, name):
    page = open_page(book / f"{name}.html")
    page.evaluate("document.querySelectorAll('details').forEach((answer) => (answer.open = true))")
    assert page.evaluate(CUT, [".bd-article pre", ".cnnbook"]) == []


@every_page
def test_without_scripts(book, open_page, name):
    page = open_page(book / f"{name}.html", javascript=False)
    assert page.locator("h1").last.is_visible()
    for fold in page.locator("main details:has(.cnnbook-widget) > summary").all():
        fold.click()
    for widget in page.locator(".cnnbook-widget > img").all():
        assert widget.is_visible()
        assert len(widget.get_attribute("alt")) > 20
    assert page.locator("img:not([alt])").count() == 0


@every_page
def test_every_link_arrives(book, name):
    html = (book / f"{name}.html").read_text()
    for target, anchor in re.findall(r'href="(?![a-z]+:)([^"#?]*)[^"#]*(?:#([^"]*))?"', html):
        path = book / (target or f"{name}.html")
        assert path.is_file(), f"{name} links to {target}"
        if lab := re.match(
            r"cnnbook-(\w+)-(\d+):", anchor or ""
        ):  # its state is checked when the book is built
            assert path.read_text().count(f'data-kind="{lab[1]}"') >= int(lab[2]), (
                f"{name}: {target}#{anchor}"
            )
        elif anchor and path.suffix == ".html":
            assert f'id="{anchor}"' in path.read_text(), f"{name} links to {target}#{anchor}"


@every_page
def test_nothing_comes_from_another_host(book, name):
    html = (book / f"{name}.html").read_text()
    loaded = re.findall(r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"|<link[^>]*\shref="([^"]+)"', html)
    assert [url for pair in loaded for url in pair if re.match(r"(https?:)?//", url)] == []


def test_style_sheets_load_nothing_from_another_host(book):
    for path in (book / "_static").rglob("*.css"):
        assert not re.search(r"(@import|url\()[\s\"']*(https?:)?//", path.read_text()), path.name


@pytest.mark.engines
def test_search_finds_a_word(served, open_page):
    page = open_page(f"{served}/search.html?q=kernel")
    page.wait_for_function("document.querySelector('#search-results')?.innerText.includes('Glossary')")
    assert page.errors == []


@pytest.mark.parametrize("name", sorted(path.stem for path in BOOK.glob("*.ipynb")))
def test_colab_button_only_where_the_repository_is_named(book, name):
    repository = yaml.safe_load((BOOK.parent / "_config.yml").read_text())["repository"]["url"]
    assert ("colab.research.google.com" in (book / f"{name}.html").read_text()) == bool(repository)
