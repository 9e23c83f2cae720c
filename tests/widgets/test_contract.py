"""What every kind of widget keeps to. A new kind is a line in WIDGETS."""

import base64
import json
import re
from random import Random

import pytest
from axe_playwright_python.sync_playwright import Axe
from rule_values import BAD, GOOD
from traitlets import TraitError

from cnnbook.site.widgets import STILL
from cnnbook.widgets import KINDS, ConvolutionLab, PoolingLab, quiz

WIDGETS = {
    "convolution": ConvolutionLab("digit", kernel="sobel-x", side=12),
    "pooling": PoolingLab("digit", size=3, stride=2, side=12),
    "quiz": quiz("convolution", 1),
}
ACTIONS = 2000  # of chance, on all widgets together

every_widget = pytest.mark.parametrize("widget", WIDGETS.values(), ids=WIDGETS)

ALIVE = "document.querySelector('.cnnbook-widget > img').style.display === 'none'"
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
OPEN_ALL = "document.querySelectorAll('details').forEach((folded) => (folded.open = true))"
# Everything that a reader sees: words, fields, and every pixel of every canvas.
SHOWN = """() => {
  const widget = document.querySelector(".cnnbook");
  const all = (selector, read) => [...widget.querySelectorAll(selector)].map(read);
  return [
    widget.innerText,
    all("input, select", ({ type, checked, value }) => (/radio|checkbox/.test(type) ? checked : value)),
    all("canvas", (canvas) => canvas.toDataURL()),
  ];
}"""
# As a link that is followed on the page itself.
FOLLOW = """(hash) => new Promise((done) => {
  const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => done(null)));
  if (location.hash === hash) return drawn();
  addEventListener("hashchange", drawn, { once: true });
  location.hash = hash;
})"""
ALERTS = "[...document.querySelectorAll('.cnnbook [role=alert]')].filter((e) => e.offsetHeight).map((e) => e.innerText)"
UNREAD = "could not be read"


def test_every_kind_is_here():
    assert {kind: type(widget) for kind, widget in WIDGETS.items()} == KINDS


@pytest.fixture
def open_widget(open_page, static_page):
    """A function that opens a page with one widget, alive; the test fails where the page reports an error."""
    pages = []

    def open_widget(widget, dark=False, **options):
        page = open_page(static_page(widget, dark=dark), dark=dark, **options)
        page.wait_for_function(ALIVE)
        page.evaluate(FRAMES)
        pages.append(page)
        return page

    yield open_widget
    assert [page.errors for page in pages] == [[]] * len(pages)


def fragment(widget, **state):
    """The part of a link that asks for a state."""
    code = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
    return f"#cnnbook-{widget._kind}-1:{code}"


def other_state(widget):
    """A state that keeps every rule and differs from that of `widget` wherever Python allows it at once."""
    other = type(widget)()
    other.set_state(widget.state())
    for name, rule in widget.rules().items():
        for value in GOOD[rule["type"]](rule):
            try:
                other.set_state({name: value})
            except TraitError:
                continue
            if other.state()[name] != widget.state()[name]:
                break
    return {name: value for name, value in other.state().items() if name in widget.rules()}


@pytest.mark.engines
@every_widget
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(open_widget, widget, dark):
    page = open_widget(widget, dark=dark)
    for state in ({}, other_state(widget)):
        page.evaluate(FOLLOW, fragment(widget, **state))
        page.evaluate(OPEN_ALL)
        found = Axe().run(page, options={"rules": {"page-has-heading-one": {"enabled": False}}})
        assert [(rule["id"], [n["html"] for n in rule["nodes"]]) for rule in found.response["violations"]] == []
    assert page.evaluate("getComputedStyle(document.querySelector('.cnnbook')).colorScheme") == (
        "dark" if dark else "light"
    )


@pytest.mark.engines
@every_widget
def test_320_pixels_are_wide_enough(open_widget, widget):
    page = open_widget(widget, width=320, touch=True)
    for state in ({}, other_state(widget)):
        page.evaluate(FOLLOW, fragment(widget, **state))
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(SMALL) == []


# What a finger would miss, where there are fingers.
SMALL = """() => !matchMedia("(pointer: coarse)").matches ? [] :
  [...document.querySelectorAll(".cnnbook :is(button, select, summary, label.choice, input:not([type=checkbox], [type=radio])")]
    .map((e) => [e.textContent || e.ariaLabel, e.getBoundingClientRect()])
    .filter(([, { width, height }]) => width && (width < 44 || height < 44))
    .map(([name, { width, height }]) => `${name}: ${width} × ${height}`)"""


@pytest.mark.engines
@every_widget
def test_a_link_leads_there_and_back(open_widget, widget):
    other = other_state(widget)
    page = open_widget(widget)
    first = page.evaluate(SHOWN)
    page.evaluate(FOLLOW, fragment(widget, **other))
    there = page.evaluate(SHOWN)
    assert there != first
    buttons = page.evaluate("[...document.querySelectorAll('.cnnbook button')].map((button) => button.textContent)")
    if "Copy link" in buttons:
        page.evaluate("void (navigator.clipboard.writeText = async (text) => { window.copied = text })")
        press(page, "Copy link")
        code = page.evaluate("copied").split(":")[-1]
        copied = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        assert copied == {name: value for name, value in other.items() if value != widget.state()[name]}
    page.evaluate(FOLLOW, fragment(widget).split(":")[0] + ":")
    assert page.evaluate(SHOWN) == first
    if "Reset" in buttons:
        page.evaluate(FOLLOW, fragment(widget, **other))
        press(page, "Reset")
        assert page.evaluate(SHOWN) == first
    built = type(widget)()
    built.set_state(widget.state() | other)
    assert open_widget(built).evaluate(SHOWN) == there


def press(page, name):
    page.evaluate(
        "name => [...document.querySelectorAll('.cnnbook button')].find((e) => e.textContent === name).click()", name
    )
    page.evaluate(FRAMES)


@pytest.mark.engines
@every_widget
def test_each_rule_is_kept_by_the_page_and_by_python(open_widget, widget):
    page = open_widget(widget)
    first = page.evaluate(SHOWN)
    other = type(widget)()
    for name, rule in widget.rules().items():
        for value in GOOD[rule["type"]](rule):
            page.evaluate(FOLLOW, fragment(widget, **{name: value}))
            assert page.evaluate(ALERTS) == [], (name, value)
            assert page.evaluate(WRONG) == [], (name, value)
        for value in BAD[rule["type"]](rule):
            page.evaluate(FOLLOW, fragment(widget, **{name: value}))
            assert UNREAD in "".join(page.evaluate(ALERTS)), (name, value)
            other.set_state(widget.state())
            with pytest.raises((TraitError, ValueError, TypeError, KeyError)):
                other.set_state({name: value})
    for name in ({"unknown", "__proto__", *widget.state()} - {*widget.rules()}):
        page.evaluate(FOLLOW, fragment(widget, **{name: 1}))
        assert UNREAD in "".join(page.evaluate(ALERTS)), name
    page.evaluate(FOLLOW, fragment(widget).split(":")[0] + ":")
    assert page.evaluate(SHOWN) == first


# What no widget may ever show: a number that is none, an empty place, an entry twice.
WRONG = """() => {
  const widget = document.querySelector(".cnnbook");
  const found = [];
  const visible = (e) => e.getClientRects().length > 0;
  const said = [...widget.querySelectorAll("*")].filter((e) => !e.closest("[role=alert], textarea"))
    .flatMap((e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).concat(e.ariaLabel ?? [], e.title ?? []));
  const drawn = [...widget.querySelectorAll("canvas")].flatMap((canvas) => Object.values(canvas.texts ?? {}));
  found.push(...said.concat(drawn).filter((text) => /NaN|undefined|Infinity|∞|null|\\[object/.test(text)));
  if (widget.innerText.trim().length < 20) found.push("hardly a word");
  for (const canvas of widget.querySelectorAll("canvas:not(.marks)")) {
    if (visible(canvas) && !canvas.getContext("2d").getImageData(0, 0, 1, 1).data[3]) found.push("a blank canvas");
  }
  for (const { options } of widget.querySelectorAll("select")) {
    const values = [...options].map(({ value }) => value);
    if (new Set(values).size < values.length) found.push(`an option twice: ${values}`);
  }
  return found;
}"""

# The controls that a reader sees, and which of them, counted from 0, has the focus. One of several radio buttons that
# belong together is reached by Tab, the others by arrow keys.
CONTROLS = """() => {
  const all = ".cnnbook :is(button, select, input, textarea, summary, a[href], [tabindex='0'])";
  return [...document.querySelectorAll(all)].filter((e, _, every) =>
    e.getClientRects().length && getComputedStyle(e).visibility === "visible" && !e.disabled && e.tabIndex >= 0
    && (e.type !== "radio" || e.checked || (!every.some((o) => o.name === e.name && o.checked) && e === every.find((o) => o.name === e.name))));
}"""
NAMES = f"""() => ({CONTROLS})().map((e) => e.ariaLabel || e.labels?.[0]?.innerText || e.textContent || e.title)"""
FOCUSED = f"""() => {{
  const e = document.activeElement;
  const style = getComputedStyle(e);
  return [({CONTROLS})().indexOf(e), e.localName, e.type ?? e.getAttribute("role"),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
}}"""
# A press of a button is noted and has no effect, so that the walk goes on.
NOTE_CLICKS = """() => {
  window.pressed = [];
  addEventListener("click", (event) => {
    pressed.push(event.target);
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}"""


@pytest.mark.engines
@every_widget
def test_every_control_is_reached_and_used_by_keyboard(open_widget, widget):
    page = open_widget(widget)
    page.evaluate(OPEN_ALL)
    page.evaluate(NOTE_CLICKS)
    names = page.evaluate(NAMES)
    assert names
    assert all(names)
    reached = []
    for _ in names:
        page.keyboard.press("Tab")
        turn, element, kind, outlined = page.evaluate(FOCUSED)
        reached.append(turn)
        assert outlined, names[turn]
        if element in ("button", "summary"):
            for key in ("Enter", "Space"):
                page.keyboard.press(key)
                assert page.evaluate("pressed.pop() === document.activeElement"), names[turn]
        elif kind == "text":
            before = page.evaluate("document.activeElement.value")
            page.keyboard.press("7")
            assert page.evaluate("document.activeElement.value") != before, names[turn]
        elif kind == "radio":
            page.keyboard.press("ArrowDown")
            assert page.evaluate("document.activeElement.checked")
        elif kind == "grid":
            cell = "document.activeElement.querySelector('[role=gridcell]').textContent"
            before = page.evaluate(cell)
            page.keyboard.press("ArrowRight")
            assert page.evaluate(cell) != before
    assert reached == list(range(len(names)))
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[0] == -1  # it is no trap


@pytest.mark.engines
@every_widget
def test_less_motion(open_widget, widget):
    page = open_widget(widget, reduced_motion=True)
    page.evaluate(OPEN_ALL)
    page.evaluate(FOLLOW, fragment(widget, **other_state(widget)))
    assert page.evaluate("document.getAnimations().length") == 0
    moving = """() => [...document.querySelectorAll(".cnnbook, .cnnbook *")].map((e) => getComputedStyle(e))
      .filter((s) => /[1-9]/.test(s.transitionDuration + s.animationDuration) || s.scrollBehavior === "smooth").length"""
    assert page.evaluate(moving) == 0


@every_widget
def test_forced_colours_hide_no_state(open_widget, widget):
    page = open_widget(widget)
    page.emulate_media(forced_colors="active")
    page.evaluate(OPEN_ALL)
    for _ in page.evaluate(NAMES):
        page.keyboard.press("Tab")
        turn, *_, outlined = page.evaluate(FOCUSED)
        assert outlined, turn
    look = """() => [...document.querySelectorAll(".cnnbook [aria-pressed]")].map((button) => [true, false].map((on) => {
      button.setAttribute("aria-pressed", on);
      const { backgroundColor, borderTopColor, borderTopWidth } = getComputedStyle(button);
      return [backgroundColor, borderTopColor, borderTopWidth].join();
    }))"""
    assert [on for on, off in page.evaluate(look) if on == off] == []


@every_widget
def test_without_scripts_there_is_a_picture_and_a_sentence(open_page, static_page, widget):
    page = open_page(static_page(widget), javascript=False)
    assert page.get_by_alt_text(widget.describe()).is_visible()
    assert page.get_by_text(STILL).is_visible()


MODULE = """async ([code, state, assets, harsh]) => {
  const global = new Set();
  for (const target of [window, document, document.body, document.documentElement]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (...words) => { global.add(words[1]); addEventListener.apply(target, words); };
    target.removeEventListener = (...words) => { global.delete(words[1]); removeEventListener.apply(target, words); };
  }
  const file = new Blob([code], { type: "text/javascript" });
  const { default: widget } = await import(URL.createObjectURL(file));
  const bytes = (base64) => new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
  const all = { ...state, _assets: Object.fromEntries(Object.entries(assets).map(([name, data]) => [name, bytes(data)])) };
  const refuse = () => { throw new Error("not here"); };
  const listeners = new Set();
  const model = {
    get: (name) => all[name],
    set: (name, value) => { all[name] = value; },
    on: (event, listener) => { listeners.add(listener); },
    save_changes: harsh ? refuse : () => {},
    off: harsh ? refuse : (event, listener) => { listeners.delete(listener); },
  };
  const still = document.body.appendChild(document.createElement("figure"));
  still.className = state._still;
  const el = document.createElement("div");
  const before = document.querySelectorAll("*").length;
  const clean = await widget.render({ model, el });
  const home = document.body.appendChild(document.createElement("section"));
  (harsh ? home.attachShadow({ mode: "open" }) : home).append(el);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  const alive = [el.innerText.length > 20, getComputedStyle(el).display, getComputedStyle(still).display];
  clean();
  home.remove();
  const left = document.querySelectorAll("*").length - before;
  return { alive, left: [left, el.childElementCount, getComputedStyle(still).display, harsh ? 0 : listeners.size, global.size] };
}"""


@pytest.mark.engines
@every_widget
@pytest.mark.parametrize("harsh", [False, True], ids=["like Jupyter", "that can only read, in a shadow root"])
def test_the_module_for_notebooks_leaves_nothing_behind(open_page, static_page, widget, harsh):
    page = open_page(static_page())
    state = {"_kind": widget._kind, "_still": widget._still, **widget.state()}
    assets = {name: base64.b64encode(data).decode() for name, data in widget.assets().items()}
    found = page.evaluate(MODULE, [widget._esm, state, assets, harsh])
    assert found["alive"] == [True, "block", "none"]
    assert found["left"] == [1, 0, "block", 0, 0]  # one style sheet for all widgets stays
    assert page.errors == []


# Where a reader might press: the middle of every control, and anywhere on what is larger. No file is asked for: that
# window would stand above the page.
PLACES = """(share) => {
  const places = [...document.querySelectorAll(".cnnbook :is(button, input, summary, label, canvas, .weight)")]
    .filter((e) => e.getClientRects().length && e.type !== "file" && !/file|picture/i.test(e.textContent));
  const place = places[Math.floor(share[0] * places.length)];
  place.scrollIntoView({ block: "nearest", inline: "nearest" });
  const { left, top, width, height } = place.getBoundingClientRect();
  return [left + width * share[1], top + height * share[2]];
}"""
CHOOSE = """(share) => {
  const lists = [...document.querySelectorAll(".cnnbook select")].filter((e) => e.getClientRects().length && !e.disabled);
  if (!lists.length) return;
  const list = lists[Math.floor(share[0] * lists.length)];
  list.focus();
  list.selectedIndex = Math.floor(share[1] * list.length);
  for (const name of ["input", "change"]) list.dispatchEvent(new Event(name, { bubbles: true }));
}"""
SIZE = """() => {
  const widget = document.querySelector(".cnnbook");
  return [widget.querySelectorAll("*").length, document.querySelectorAll("*").length - widget.querySelectorAll("*").length];
}"""
KEYS = ["Tab", "Shift+Tab", "Enter", "Space", "Escape", "Home", "End", "PageUp", "PageDown", "Backspace", "Delete",
        "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Control+Home", "Control+End", "Shift+ArrowUp"]  # fmt: skip
GARBAGE = ["0", "5", "-", "−1/3", "1/0", "1e999", "-1e-9", "99999999", "9" * 50, "1,000.5", "1.000,5", "٣", "½", "0x10",
           "NaN", "Infinity", "<b>", "e", "  2 ", "\U0001f431"]  # fmt: skip


@pytest.mark.engines
@every_widget
def test_no_chain_of_actions_breaks_it(open_widget, widget):
    random = Random(f"{widget._kind} 0")
    page = open_widget(widget)
    page.evaluate(OPEN_ALL)
    first, size = page.evaluate(SHOWN), page.evaluate(SIZE)
    links = [fragment(widget), fragment(widget, **other_state(widget)), "#nonsense", f"#cnnbook-{widget._kind}-1:%%%"]
    steps = 0  # of the history, that can be gone back

    def act():
        nonlocal steps
        shares = [random.random() for _ in range(3)]
        kind = random.choices(["press", "drag", "key", "type", "choose", "follow", "back"], [6, 2, 6, 3, 2, 1, 1])[0]
        if kind in ("press", "drag"):
            page.mouse.move(*page.evaluate(PLACES, shares))
            page.mouse.down()
            if kind == "drag":
                page.mouse.move(random.randrange(1280), random.randrange(800))
            page.mouse.up()
        elif kind == "key":
            page.keyboard.press(random.choice(KEYS))
        elif kind == "type":
            page.keyboard.type(random.choice(GARBAGE))
        elif kind == "choose":
            page.evaluate(CHOOSE, shares)
        elif kind == "follow":
            link = random.choice(links)
            steps += page.evaluate("location.hash") != link
            page.evaluate(FOLLOW, link)
        elif steps:
            steps -= 1
            page.go_back()
        return kind

    done = []
    for number in range(ACTIONS // len(WIDGETS)):
        done.append(act())
        if number % 10 == 9:
            page.evaluate(FRAMES)
            assert page.evaluate(WRONG) == [], done[-10:]
            assert page.errors == [], done[-10:]
    page.evaluate(FOLLOW, "#")
    page.evaluate(FOLLOW, fragment(widget).split(":")[0] + ":")
    page.reload()
