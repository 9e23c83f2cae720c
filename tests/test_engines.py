"""What the tests in other engines rely on."""

import pytest
from engines import FRAMES

PAGE = """<!DOCTYPE html>
<meta charset="utf-8">
<title>Page</title>
<style>body { margin: 0 } button { width: 50px; height: 50px }</style>
<button onclick="document.title = 'clicked'"></button><input>
<script>console.error("said"); setTimeout(() => { throw new TypeError("thrown"); }, 0);</script>
"""
ASK = """new Promise((done) => {
  Object.assign(new Image(), { src: "http://example.org/", onerror: () => done(null) });
})"""
SIZE = "[innerWidth, innerHeight]"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    return path


@pytest.mark.engines
def test_mouse_keys_and_errors(open_page, path):
    page = open_page(path, width=320, height=500)
    assert page.evaluate(SIZE) == [320, 500]
    page.mouse.click(20, 20)
    assert page.evaluate("document.title") == "clicked"
    page.keyboard.press("Tab")
    page.keyboard.type("1/9 −x")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Delete")
    assert page.evaluate("() => document.activeElement.value") == "/9 −x"
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert page.evaluate(SIZE) == [1920, 1080]
    page.wait_for_function("() => document.readyState === 'complete'")
    said, thrown = page.errors
    assert said == "said"
    assert "thrown" in thrown


SCRIPT = """
const fail = (name) => { throw new RangeError(name); };
setTimeout(() => fail("timeout"));
requestAnimationFrame(() => fail("frame"));
addEventListener("click", () => fail("click"));
const once = new ResizeObserver(() => { once.disconnect(); fail("size"); });
once.observe(document.body);
// Each finds the other changed after its turn, frame after frame.
const [first, second] = ["a", "b"].map((name) => document.getElementById(name));
for (const [one, other] of [[first, second], [second, first]])
  new ResizeObserver(() => { other.style.width = `${other.clientWidth + 1}px`; }).observe(one);
"""


@pytest.mark.engines
def test_what_a_script_in_a_file_throws_is_told_and_nothing_else(open_page, tmp_path):
    (tmp_path / "script.js").write_text(SCRIPT)
    path = tmp_path / "page.html"
    path.write_text('<meta charset="utf-8"><p id="a"></p><p id="b"></p><script src="script.js"></script>')
    page = open_page(path)
    page.mouse.click(20, 20)
    page.evaluate(FRAMES)
    page.evaluate("new Promise((done) => setTimeout(done, 500))")
    assert page.evaluate("document.getElementById('a').clientWidth") > 5  # they went on and on
    for where in ("timeout", "frame", "click", "size"):
        assert [error for error in page.errors if where in error.splitlines()[0]], where
    assert len(page.errors) == 4


@pytest.mark.engines
@pytest.mark.parametrize("on", [True, False])
def test_dark_and_less_motion(open_page, path, on):
    page = open_page(path, dark=on, reduced_motion=on)
    for query in ("(prefers-color-scheme: dark)", "(prefers-reduced-motion)"):
        assert page.evaluate("query => matchMedia(query).matches", query) == on


@pytest.mark.engines
def test_another_host_is_out_of_reach(open_page, path, engine):
    page = open_page(path)
    page.evaluate(ASK)
    assert any("example.org" in address for address in engine.close())
