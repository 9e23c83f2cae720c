"""Widgets on static pages, opened from a file: they come alive, or their picture stays."""

import base64
import json
from threading import Event

import pytest
from engines import FRAMES
from web_server import Files, serving

from cnnbook.site.widgets import STILL
from cnnbook.widgets import ConvolutionLab, PoolingLab
from cnnbook.widgets.page import SCRIPT, STYLE, asset_file
from cnnbook.widgets.quiz import Quiz

CHOICES = [
    {"text": "yes", "right": True, "why": "So it is."},
    {"text": "no", "right": False, "why": "It is not so."},
]
FAR_DOWN = '<div style="height: 5000px"></div>'


@pytest.fixture
def quiz():
    return Quiz(question="Is it so?", choices=CHOICES)


def link(page, name, **state):
    code = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
    return f"{page.as_uri()}#{name}:{code}"


def test_widgets_come_alive_when_they_scroll_into_view(open_page, static_page, quiz):
    page = open_page(static_page(quiz, FAR_DOWN, quiz))
    first, second = page.locator(".cnnbook-widget").all()
    first.get_by_role("radio").first.wait_for()
    assert first.locator("img").is_hidden()
    assert second.locator("img").is_visible()
    assert page.get_by_text(STILL).count() == 0
    assert second.get_by_role("radio").count() == 0
    second.scroll_into_view_if_needed()
    second.get_by_role("radio").first.wait_for()
    assert page.errors == []


def test_two_widgets_know_nothing_of_one_another(open_page, static_page, quiz):
    page = open_page(static_page(quiz, quiz))
    first, second = page.locator(".cnnbook-widget").all()
    first.get_by_label("yes").check()
    second.get_by_label("no").check()
    assert first.get_by_label("yes").is_checked()
    assert "So it is." in first.get_by_role("status").inner_text()
    assert "It is not so." in second.get_by_role("status").inner_text()


def test_so_it_is_where_a_browser_cannot_read_the_script(open_page, static_page, quiz, tmp_path):
    """A Safari of 2022 that meets a lookbehind, or any older browser."""
    path = static_page(quiz)
    (tmp_path / SCRIPT.name).write_text(SCRIPT.read_text(encoding="utf-8") + "/(?<", encoding="utf-8")
    page = open_page(path)
    assert page.get_by_alt_text(quiz.describe()).is_visible()
    assert page.get_by_text(STILL).is_visible()
    assert len(page.errors) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('data-kind="quiz"', 'data-kind="riddle"'),
        ('{"choices"', '{{"choices"'),
        ('"choices":', '"chances":'),
    ],
    ids=["unknown kind", "broken state", "missing state"],
)
def test_where_a_widget_cannot_start_its_picture_stays(open_page, static_page, quiz, old, new):
    path = static_page(quiz, quiz)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    page = open_page(path)
    broken, whole = page.locator(".cnnbook-widget").all()
    broken.get_by_text("could not start").wait_for()
    assert broken.locator("img").is_visible()
    assert len(page.errors) == 1
    whole.get_by_label("yes").check()


def test_a_link_opens_a_widget_in_a_state(open_page, static_page, quiz):
    path = static_page(quiz, FAR_DOWN, quiz)
    page = open_page(link(path, "cnnbook-quiz-2", chosen=1))
    page.locator("#cnnbook-quiz-2").get_by_text("It is not so.").wait_for()
    assert page.locator("#cnnbook-quiz-2").bounding_box()["y"] < 800
    # The same page, another link: the browser only says that the fragment changed.
    page.goto(link(path, "cnnbook-quiz-2", chosen=0))
    page.locator("#cnnbook-quiz-2").get_by_text("So it is.").wait_for()
    page.goto(f"{path.as_uri()}#cnnbook-quiz-2:")
    page.locator("#cnnbook-quiz-2 .verdict:empty").wait_for(state="attached")


def test_a_link_opened_where_the_page_is_shown_already_brings_its_widget_into_view(
    open_page, static_page, quiz
):
    path = static_page(FAR_DOWN, quiz, FAR_DOWN, quiz)
    page = open_page(path)
    for name, chosen, verdict in [(2, 1, "It is not so."), (1, 0, "So it is.")]:
        widget = page.locator(f"#cnnbook-quiz-{name}")
        assert widget.get_by_role("radio").count() == 0
        page.goto(link(path, f"cnnbook-quiz-{name}", chosen=chosen))  # only the fragment differs
        widget.get_by_text(verdict).wait_for()
        assert 0 <= widget.bounding_box()["y"] < 800
    page.goto(f"{path.as_uri()}#cnnbook-quiz-1:%%%")
    widget.get_by_text("The link to this widget could not be read").wait_for()
    assert not widget.get_by_label("yes").is_checked()
    page.goto(link(path, "cnnbook-quiz-1", chosen=0))
    widget.get_by_text("So it is.").wait_for()
    assert widget.get_by_role("alert").count() == 0


@pytest.mark.parametrize(
    "fragment",
    [
        "#cnnbook-quiz-1:%%%",
        "#cnnbook-quiz-1:bm9uc2Vuc2U",
        "#cnnbook-quiz-1:bnVsbA",
        "#cnnbook-quiz-9:e30",
        "#:",
        "#a section",
    ],
)
def test_nonsense_in_the_address_does_no_damage(open_page, static_page, quiz, fragment):
    path = static_page(quiz)
    page = open_page(path.as_uri() + fragment)
    page.get_by_label("yes").wait_for()
    asked = fragment.startswith("#cnnbook-quiz-1:")
    unread = page.get_by_role("alert").get_by_text("The link to this widget could not be read")
    assert unread.count() == page.get_by_role("alert").count() == int(asked)
    page.get_by_label("yes").check()
    assert "So it is." in page.locator(".cnnbook-widget").get_by_role("status").inner_text()
    assert page.errors == []


@pytest.mark.parametrize("around", ["{}%3A{}", "{}:{}.", "{}%3A{})."])
def test_a_link_that_a_chat_or_a_sentence_has_changed_arrives(open_page, static_page, quiz, around):
    address, _, code = link(static_page(quiz), "cnnbook-quiz-1", chosen=1).rpartition(":")
    page = open_page(around.format(address, code))
    page.get_by_text("It is not so.").wait_for()
    assert page.get_by_role("alert").count() == 0


def test_a_link_to_a_widget_that_is_not_there_says_so(open_page, static_page, quiz):
    path = static_page(FAR_DOWN, quiz)
    page = open_page(link(path, "cnnbook-quiz-9", chosen=1))
    lost = page.get_by_text("The link asks for a widget that this page does not have.")
    assert 0 <= lost.bounding_box()["y"] < 800
    page.goto(link(path, "cnnbook-quiz-1", chosen=1))
    page.get_by_text("It is not so.").wait_for()
    assert lost.count() == 0
    page.goto(f"{path.as_uri()}#a-section:e30")
    page.wait_for_timeout(100)
    assert lost.count() == 0
    assert page.errors == []


TOP = "document.querySelector('[data-kind=quiz]').getBoundingClientRect().top"
GROW = """() => {
  const more = Object.assign(document.createElement("div"), { style: "height: 2000px" });
  document.querySelector("main").prepend(more);
}"""


@pytest.mark.engines
@pytest.mark.parametrize("fragment", ["cnnbook-quiz-1:", "below"])
def test_what_a_link_asks_for_stays_in_view_until_the_reader_moves(open_page, static_page, quiz, fragment):
    path = static_page(ConvolutionLab("cat"), "<h2 id='below'>Below</h2>", quiz, FAR_DOWN)
    page = open_page(f"{path.as_uri()}#{fragment}", width=360)
    page.wait_for_function("() => document.querySelector('[data-kind=convolution] [role=grid]')")
    page.evaluate(GROW)  # as a lab above does when it comes to life
    page.wait_for_function(f"() => {TOP} > 0 && {TOP} < 700")
    page.evaluate("dispatchEvent(new WheelEvent('wheel'))")
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'")  # what browsers do by themselves
    page.evaluate(GROW)
    page.evaluate(FRAMES)
    assert page.evaluate(TOP) > 1_000


def test_what_a_link_asked_for_is_let_go_when_the_reader_goes_back(open_page, static_page, quiz):
    page = open_page(static_page(FAR_DOWN, quiz))
    page.evaluate("location.hash = 'cnnbook-quiz-1:'")
    page.wait_for_function(f"() => {TOP} > 0 && {TOP} < 700")
    page.go_back()
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(GROW)
    page.evaluate(FRAMES)
    assert page.evaluate(TOP) > 5_000


@pytest.mark.parametrize("typed", ["", "1.", "7", "1e"])
def test_back_takes_a_field_away_while_it_is_typed_in(open_page, static_page, typed):
    path = static_page(ConvolutionLab("digit"))
    page = open_page(link(path, "cnnbook-convolution-1", kernel=[[[2]]]))
    weights = page.get_by_role("group", name="Weights").get_by_role("spinbutton")
    weights.nth(0).wait_for()
    page.goto(link(path, "cnnbook-convolution-1", kernel=[[[3]] * 2] * 2))
    weights.nth(3).fill(typed)
    page.go_back()
    weights.nth(3).wait_for(state="detached")
    page.wait_for_timeout(100)
    assert [weight.input_value() for weight in weights.all()] == ["2"]
    assert page.get_by_role("alert").count() == 0
    assert page.errors == []


@pytest.mark.parametrize("folder", ["", "part"])
def test_labs_share_the_file_of_an_asset_and_load_it_when_they_come_alive(open_page, static_page, folder):
    path = static_page(FAR_DOWN, ConvolutionLab("digit"), PoolingLab("cat"))
    if folder:
        (path.parent / folder).mkdir()
        html = path.read_text(encoding="utf-8")
        for file in (SCRIPT, STYLE):
            html = html.replace(file.name, f"../{file.name}")
        path = path.parent / folder / path.name
        path.write_text(html, encoding="utf-8")
    file, text = asset_file("gallery")
    assert len(path.read_text(encoding="utf-8")) < 20_000 < len(text)
    page = open_page(path)
    loaded = []
    page.on("request", lambda request: loaded.append(request.url.rsplit("/", 1)[1]))
    page.wait_for_timeout(300)
    assert loaded == []
    for widget in page.locator(".cnnbook-widget").all():
        widget.scroll_into_view_if_needed()
        widget.get_by_role("grid").first.wait_for()
    assert loaded == [file]
    assert page.errors == []


FILE, ASSET = asset_file("gallery")
DAMAGED = f"A file of this page, {FILE}, is missing or damaged."


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, DAMAGED),
        ("", DAMAGED),
        (ASSET[:20_000], DAMAGED),
        ("<!DOCTYPE html><title>Not found</title>", DAMAGED),
        (ASSET.replace(FILE, "cnnbook-other.js"), DAMAGED),
        (ASSET[:20_001] + '");', "Its pictures arrived damaged."),
    ],
    ids=["missing", "empty", "cut", "a page", "another", "cut inside"],
)
def test_without_its_asset_a_widget_stays_a_picture_and_says_why(
    open_page, static_page, quiz, tmp_path, script, reason
):
    path = static_page(ConvolutionLab("digit"), quiz)
    (tmp_path / FILE).unlink()
    if script is not None:
        (tmp_path / FILE).write_text(script)
    page = open_page(path)
    lab, other = page.locator(".cnnbook-widget").all()
    lab.get_by_text(reason).wait_for()
    assert lab.locator("img").is_visible()
    other.get_by_label("yes").check()


@pytest.fixture
def weak(tmp_path):
    """weak(page, *fates): its address where FILE is refused ("503") or kept back ("held"), and then sent."""
    over, left = Event(), []

    class Handler(Files):
        def do_GET(self):
            fate = left.pop(0) if left and self.path.endswith(FILE) else "sent"
            if fate == "503":
                self.send_error(503)
            elif fate == "held":
                over.wait()
            else:
                super().do_GET()

    def weak(page, *fates):
        left[:] = fates
        return f"{address}/{page.name}"

    with serving(tmp_path, Handler) as address:
        yield weak
        over.set()


@pytest.mark.engines
def test_an_asset_that_a_weak_network_loses_is_asked_for_again(open_page, static_page, weak):
    page = open_page(weak(static_page(ConvolutionLab("digit")), "503"))
    page.wait_for_function("document.querySelector('.cnnbook [role=grid]')")
    assert "could not start" not in page.evaluate("document.body.innerText")


@pytest.mark.engines
def test_a_page_that_is_left_while_an_asset_loads_complains_of_nothing(open_page, static_page, quiz, weak):
    """Firefox tells the script of a page that is being left that its files are missing."""
    lab, other = static_page(FAR_DOWN, ConvolutionLab("digit")), static_page(quiz)
    page = open_page(weak(lab, "held"))
    page.evaluate("document.querySelector('.cnnbook-widget').scrollIntoView()")
    page.wait_for_function(f"document.querySelector('script[src*={FILE.split('.')[0]}]')")
    page.goto(weak(other))
    page.wait_for_function("document.querySelector('.cnnbook input')")
    assert page.errors == []


MODULE = """async ([code, state, harsh]) => {
    const file = new Blob([code], { type: "text/javascript" });
    const { default: widget } = await import(URL.createObjectURL(file));
    const refuse = () => { throw new Error("not here"); };
    const listeners = {};
    const model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; listeners[`change:${name}`]?.(); },
        on: (event, listener) => { listeners[event] = listener; },
        save_changes: harsh ? refuse : () => {},
        off: harsh ? refuse : (event) => { delete listeners[event]; },
    };
    const still = document.body.appendChild(document.createElement("figure"));
    still.className = state._still;
    const el = document.createElement("div");
    const clean = await widget.render({ model, el });
    const home = document.body.appendChild(document.createElement("section"));
    (harsh ? home.attachShadow({ mode: "open" }) : home).append(el);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    el.querySelector("input").click();
    const found = {
        chosen: state.chosen,
        verdict: el.querySelector("[role=status]").textContent,
        still: getComputedStyle(still).display,
    };
    clean();
    return { ...found, left: el.childElementCount, stillLeft: getComputedStyle(still).display };
}"""


@pytest.mark.parametrize(
    "harsh", [False, True], ids=["like Jupyter", "like a page that can only read, in a shadow root"]
)
def test_the_module_for_notebooks(open_page, static_page, quiz, harsh):
    page = open_page(static_page())
    state = {"_kind": "quiz", "_still": quiz._still, **quiz.state()}
    found = page.evaluate(MODULE, [str(quiz._esm), state, harsh])
    shown = {"chosen": 0, "verdict": "✓ Right. So it is.", "still": "none"}
    assert found == {**shown, "left": 0, "stillLeft": "block"}
