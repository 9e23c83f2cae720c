"""What a word of the glossary means is shown where the word is: pointed at, focused, tapped (WCAG 1.4.13)."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGE = "02-convolution.html"
# Where a word and its meaning are: the word in the text, scrolled into the middle.
BOX = """([what, turn]) => {
  const element = [...document.querySelectorAll(what)].filter((each) => each.offsetHeight)[turn];
  if (what === "a.term") element.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, right, bottom } = element.getClientRects()[0];
  return { left, top, right, bottom, x: (left + right) / 2, y: (top + bottom) / 2 };
}"""
FIRST, SECOND = (
    "() => document.querySelectorAll('a.term')[0].focus()",
    "() => document.querySelectorAll('a.term')[1].focus()",
)


def shows(page, words):
    """Wait until this is the meaning that is shown; "" for none."""
    page.wait_for_function(
        """(words) => {
          const shown = [...document.querySelectorAll(".meaning")].filter((box) => box.offsetHeight);
          return words ? shown.length === 1 && shown[0].innerText.startsWith(words) : !shown.length;
        }""",
        arg=words,
    )


def point(page, what, turn=0):
    box = page.evaluate(BOX, [what, turn])
    page.mouse.move(box["x"], box["y"])
    return box


def by_keys(page):
    """From now on the focus is that of keys."""
    page.mouse.click(3, 3)
    page.keyboard.press("Tab")
    if not page.evaluate("document.hasFocus()"):  # WebKit, where a page of another look has it
        pytest.skip("this window cannot get the focus")


def name(page, turn=0):
    """The word whose meaning the link shows."""
    return page.evaluate(
        """(turn) => document.getElementById(document.querySelectorAll("a.term")[turn]
          .getAttribute("aria-describedby")).querySelector("strong").innerText""",
        turn,
    )


@pytest.fixture
def page(book, open_page):
    page = open_page(book / PAGE)
    yield page
    assert page.errors == []


@pytest.mark.engines
def test_pointing_at_a_word_shows_what_it_means(page):
    point(page, "a.term")
    shows(page, name(page))
    # The pointer may go there, and stay.
    box = page.evaluate(BOX, [".meaning", 0])
    page.mouse.move(box["x"], box["top"] + 4)
    page.mouse.move(box["x"], box["y"])
    page.evaluate("new Promise((done) => setTimeout(done, 600))")
    shows(page, name(page))
    page.mouse.move(box["right"] + 100, box["bottom"] + 100)
    shows(page, "")


@pytest.mark.engines
def test_escape_hides_it_and_leaves_pointer_and_focus_where_they_are(page):
    point(page, "a.term")
    shows(page, name(page))
    page.keyboard.press("Escape")
    shows(page, "")
    by_keys(page)
    page.evaluate(SECOND)
    shows(page, name(page, 1))
    page.keyboard.press("Escape")
    shows(page, "")
    assert page.evaluate("document.activeElement === document.querySelectorAll('a.term')[1]")


@pytest.mark.engines
def test_the_focus_shows_it_and_takes_it_away(page):
    by_keys(page)
    page.evaluate(FIRST)
    shows(page, name(page))
    page.evaluate("new Promise((done) => setTimeout(done, 600))")
    shows(page, name(page))
    page.evaluate(SECOND)
    shows(page, name(page, 1))
    page.evaluate("() => document.activeElement.blur()")
    shows(page, "")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_tap_shows_it_and_leads_on(book, open_page, width):
    page = open_page(book / PAGE, width=width, touch=True)
    word = page.locator("a.term").nth(3)
    word.tap()
    shows(page, name(page, 3))
    assert page.url.endswith(PAGE)
    more = page.locator(".meaning a")
    assert more.inner_text() == "In the glossary"
    assert more.get_attribute("href") == word.evaluate("link => link.href")
    page.touchscreen.tap(width - 20, 60)  # beside it
    shows(page, "")
    word.tap()
    shows(page, name(page, 3))
    more.tap()
    page.wait_for_url("**/glossary.html#term-*")
    page.go_back()
    shows(page, "")


def test_a_second_tap_follows_the_link(book, open_page):
    page = open_page(book / PAGE, width=360, touch=True)
    page.locator("a.term").nth(3).tap()
    shows(page, name(page, 3))
    page.locator("a.term").nth(3).tap()
    page.wait_for_url("**/glossary.html#term-*")


def test_a_click_and_a_key_follow_the_link(page):
    page.locator("a.term").first.click()
    page.wait_for_url("**/glossary.html#term-*")
    page.go_back()
    page.locator("a.term").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-*")


# Points at word after word, and tells of each whose meaning is painted where it should not be. The page puts
# it right in a ResizeObserver, the last thing before a frame is painted, so one that came after it is what
# looks: before that, a widget that came to life in this very frame has moved the word alone. What moves in
# such a turn itself is put right in the next one. In the end something grows above the last word, in the
# frame that is looked at.
PLACES = """async () => {
  const wrong = [];
  const frame = () => new Promise(requestAnimationFrame);
  const painted = () => new Promise((done) => {
    const observer = new ResizeObserver(() => {
      observer.disconnect();
      done();
    });
    observer.observe(document.body);
  });
  const off = (word) => {
    const meaning = document.getElementById(word.getAttribute("aria-describedby")).parentElement;
    const [box, line] = [meaning.getBoundingClientRect(), word.getClientRects()[0]];
    const away = box.top >= line.bottom ? box.top - line.bottom : line.top - box.bottom;
    const right = box.left >= 0 && box.right <= innerWidth && away >= 0 && away <= 8 && box.height;
    return right ? undefined : [word.innerText, box.left, box.right, away];
  };
  const look = async (word) => {
    await painted();
    if (!off(word)) return;
    await painted();
    if (off(word)) wrong.push(off(word));
  };
  const words = [...document.querySelectorAll("a.term")].filter((word) => word.innerText); // not in a fold
  for (const word of words) {
    word.scrollIntoView({ block: "nearest", behavior: "instant" });
    word.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
    await new Promise((done) => setTimeout(done, 200));
    await frame();
    await look(word);
  }
  await frame();
  const grown = document.createElement("div");
  grown.style.height = "50px";
  document.querySelector("article h1").before(grown);
  await look(words.at(-1));
  return wrong;
}"""


# The theme makes code that scrolls reachable by keyboard a moment after the page has its width.
REACHED = """[...document.querySelectorAll("pre")].every(
  (code) => code.tabIndex === 0 || code.scrollWidth <= code.clientWidth)"""


@pytest.mark.engines
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_stays_in_the_window_and_beside_its_word(book, open_page, width, dark):
    """Each word of a chapter with long meanings, while widgets come to life; axe looks at the last one."""
    page = open_page(book / "07-dense.html", width=width, height=740, dark=dark)
    assert page.evaluate(PLACES) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.wait_for_function(REACHED)
    found = Axe().run(page, {"exclude": [[".cnnbook-widget"], [".copybtn"]]}).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []


def test_a_reader_who_hears_the_page_gets_it_without_scripts(book, open_page):
    page = open_page(book / PAGE, javascript=False)
    assert page.locator(".meaning >> visible=true").count() == 0
    session = page.context.new_cdp_session(page)
    for turn in (0, 5):
        link = page.locator("a.term").nth(turn)
        meaning = page.locator(f"#{link.get_attribute('aria-describedby')}")
        address = {"expression": f"document.querySelectorAll('a.term')[{turn}]"}
        found = session.send("Runtime.evaluate", address)["result"]["objectId"]
        tree = session.send("Accessibility.getPartialAXTree", {"objectId": found, "fetchRelatives": False})[
            "nodes"
        ]
        heard = tree[0]["description"]["value"]
        assert re.sub(r"\s+", "", heard) == re.sub(r"\s+", "", meaning.text_content())


def test_forced_colours_keep_its_border(book, open_page):
    page = open_page(book / PAGE)
    page.emulate_media(forced_colors="active")
    point(page, "a.term")
    shows(page, name(page))
    line = "getComputedStyle([...document.querySelectorAll('.meaning')].find((box) => box.offsetHeight))"
    assert page.evaluate(f"{line}.borderTopStyle") == "solid"
    assert page.evaluate(f"{line}.borderTopColor") != page.evaluate(f"{line}.backgroundColor")
