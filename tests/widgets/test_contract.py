"""What every kind of widget keeps to. A new kind is a line in WIDGETS; reader.js acts in the page."""

import base64
import json
from contextlib import suppress
from random import Random

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from reader import AXE, READER, follow, fragment
from rule_values import BAD, GOOD
from traitlets import TraitError

from cnnbook.site.widgets import STILL
from cnnbook.widgets import (
    KINDS,
    AccuracyLab,
    ActivationLab,
    ChannelsLab,
    ConvolutionLab,
    KernelLearner,
    LogitsLab,
    NetworkBuilder,
    NetworkLab,
    PixelInspector,
    PoolingLab,
    ShapeLab,
    TrainingLab,
    guess,
    quiz,
)

WIDGETS = {
    "accuracy": AccuracyLab(),
    "activation": ActivationLab("cat", side=12),
    "builder": NetworkBuilder("separable"),
    "channels": ChannelsLab("coffee", side=12),
    "convolution": ConvolutionLab("digit", kernel="sobel-x", side=12),
    "guess": guess("convolution", "weights"),
    "learner": KernelLearner("digit", side=12, steps=3),
    "logits": LogitsLab(
        ["cat", "dog", "frog"], [2, 1, 3], inputs=[1, -2, 0.5], weights=np.eye(3), training="on", right=0
    ),
    "network": NetworkLab("fast", angle=10),  # so that the page cannot do without the network
    "pixels": PixelInspector("cat", side=24),
    "pooling": PoolingLab("digit", size=3, stride=1, side=12),
    "quiz": quiz("convolution", 1),
    "shape": ShapeLab(stride=2),
    "training": TrainingLab(epoch=3),
}
ACTIONS = 2000  # of chance, on all widgets together

every_widget = pytest.mark.parametrize("widget", WIDGETS.values(), ids=WIDGETS)


def other_state(widget):
    """A state that keeps every rule, has an output, and differs from that of `widget` in all that it can."""
    other = KINDS[widget._kind]()
    other.set_state(widget.state())
    for name, rule in reversed(widget.rules().items()):  # padding first, which gives a kernel its room
        for value in GOOD[rule["type"]](rule):
            before = other.state()
            with suppress(TraitError):  # a cell that the output has not
                other.set_state({name: value})
            if "no output" in other.describe():
                other.set_state(before)
            elif other.state()[name] != widget.state()[name]:
                break
    return {name: value for name, value in other.state().items() if name in widget.rules()}


def shown(page):
    """What a reader sees who points at the last map."""
    page.mouse.move(0, 0)
    page.evaluate("reader.frames()")
    if place := page.evaluate("reader.lastMap()"):
        page.mouse.move(*place)
    page.evaluate("reader.frames()")
    return page.evaluate("reader.shown()")


def test_every_kind_is_here():
    assert WIDGETS.keys() == KINDS.keys()


@pytest.mark.engines
@every_widget
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(open_widget, widget, dark):
    page = open_widget(widget, dark=dark)
    follow(page, widget, **other_state(widget))
    page.evaluate("reader.use()")
    page.mouse.move(0, 0)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("reader.nameless()") == []
    assert page.evaluate("getComputedStyle(reader.widget).colorScheme") == ("dark" if dark else "light")


@pytest.mark.engines
@every_widget
def test_320_pixels_are_wide_enough(open_widget, widget):
    page = open_widget(widget, width=320, touch=True)
    for state in ({}, other_state(widget)):
        follow(page, widget, **state)
        page.evaluate("reader.use()")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate("matchMedia('(pointer: coarse)').matches ? reader.small() : []") == []


@pytest.mark.engines
@every_widget
def test_every_control_is_reached_and_operated_by_keyboard(open_widget, widget):
    page = open_widget(widget)
    page.evaluate("reader.expect()")
    idle, stops = [], 0
    page.keyboard.press("Tab")
    while focused := page.evaluate("reader.focused()"):
        name, key = focused
        before = page.evaluate("reader.state()")
        if key:
            page.keyboard.press(key)
            page.evaluate("reader.frames()")
            if page.evaluate("reader.state()") == before:
                idle.append(name)
        if name.startswith("summary") or name == "button Large":
            page.keyboard.press(key)  # open again, and no longer large: there, Tab stays within
        stops += 1
        assert stops < 200, "the focus is caught"
        page.keyboard.press("Tab")
    assert idle == []
    assert page.evaluate("reader.unreached()") == []


@pytest.mark.engines
@every_widget
def test_a_link_leads_there_and_back(open_widget, widget):
    other = other_state(widget)
    page = open_widget(widget)
    first = shown(page)
    follow(page, widget, **other)
    there = shown(page)
    assert there != first
    if page.evaluate("reader.press('Copy link')"):
        code = page.evaluate("copied").split(":")[-1]
        copied = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        assert copied == {name: value for name, value in other.items() if value != widget.state()[name]}
    follow(page, widget)
    assert shown(page) == first
    follow(page, widget, **other)
    if page.evaluate("reader.press('Reset')"):
        assert shown(page) == first
    built = KINDS[widget._kind]()
    built.set_state(widget.state() | other)
    assert shown(open_widget(built)) == there


@pytest.mark.engines
@every_widget
def test_each_rule_is_kept_by_the_page_and_by_python(open_widget, widget):
    page = open_widget(widget)
    first = shown(page)
    python = KINDS[widget._kind]()
    for name, rule in widget.rules().items():
        for value in GOOD[rule["type"]](rule):
            follow(page, widget, **{name: value})
            assert page.evaluate("reader.alerts()") == [], (name, value)
            assert page.evaluate("reader.broken()") == [], (name, value)
        for value in BAD[rule["type"]](rule):
            follow(page, widget, **{name: value})
            assert "could not be read" in "".join(page.evaluate("reader.alerts()")), (name, value)
            with suppress(TraitError, ValueError, TypeError, KeyError):
                python.set_state({name: value})
            assert python.state()[name] != value
    for name in {"unknown", "__proto__", *widget.state()} - widget.rules().keys():
        follow(page, widget, **{name: 1})
        assert "could not be read" in "".join(page.evaluate("reader.alerts()")), name
    follow(page, widget)
    assert shown(page) == first


@pytest.mark.engines
@every_widget
def test_less_motion(open_widget, widget):
    page = open_widget(widget, reduced_motion=True)
    follow(page, widget, **other_state(widget))
    page.evaluate("reader.use()")
    assert page.evaluate("reader.moving()") == []


@every_widget
def test_forced_colours_hide_no_state(open_widget, widget):
    page = open_widget(widget)
    page.emulate_media(forced_colors="active")
    page.evaluate("reader.use()")
    page.keyboard.press("Tab")
    assert page.evaluate("reader.indistinct()") == []


@every_widget
def test_without_scripts_there_is_a_picture_and_a_sentence(open_page, static_page, widget):
    page = open_page(static_page(widget), javascript=False)
    assert page.get_by_alt_text(widget.describe()).is_visible()
    assert page.get_by_text(STILL).is_visible()


@pytest.mark.engines
@every_widget
@pytest.mark.parametrize("harsh", [False, True], ids=["like Jupyter", "that can only read, in a shadow root"])
def test_the_module_for_notebooks_leaves_nothing_behind(open_page, static_page, widget, harsh):
    page = open_page(static_page())
    page.evaluate(READER)
    values = {"_kind": widget._kind, "_still": widget._still, **widget.state()}
    assets = {name: base64.b64encode(data).decode() for name, data in widget.assets().items()}
    found = page.evaluate("words => reader.host(...words)", [widget._esm, values, assets, harsh])
    assert found["still"] == "none"
    assert found["alive"] > 0
    assert found["after"] == found["before"]
    assert page.errors == []


KEYS = [
    "Tab",
    "Shift+Tab",
    "Enter",
    "Space",
    "Escape",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Backspace",
    "Delete",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Control+Home",
    "Control+End",
]
TYPED = (
    "0",
    "5",
    "-",
    "−1/3",
    "1/0",
    "1e999",
    "-1e-9",
    "9" * 15,
    "1,000.5",
    "٣",
    "½",
    "0x10",
    "nan",
    "<b>",
    " ",
)


@pytest.mark.engines
@every_widget
def test_no_chain_of_actions_breaks_it(open_widget, widget):
    random = Random(2)
    page = open_widget(widget)
    states = ({}, other_state(widget), {"a": 1})
    links = ["#%%%", *(fragment(widget, **state) for state in states)]
    follow(page, widget, **other_state(widget))
    follow(page, widget)
    before, done = page.evaluate("reader.sizes()"), []
    for number in range(ACTIONS // len(WIDGETS)):
        action = random.choice(
            ["press", "press", "press", "drag", "key", "key", "key", "type", "follow", "back"]
        )
        detail = ""
        if action in ("press", "drag"):
            detail, *place = page.evaluate(
                "share => reader.spot(...share)", [random.random() for _ in range(3)]
            )
            page.mouse.move(*place)
            page.mouse.down()
            if action == "drag":
                page.mouse.move(random.randrange(1200), random.randrange(700))
            page.mouse.up()
        elif action == "key":
            page.keyboard.press(detail := random.choice(KEYS))
        elif action == "type":
            page.keyboard.type(detail := random.choice(TYPED))
        elif action == "follow":
            page.evaluate("hash => reader.follow(hash)", detail := random.choice(links))
        else:
            page.evaluate("reader.back()")
        done.append(f"{action} {detail}")
        if number % 5 == 0:
            page.evaluate("reader.frames()")
            assert page.evaluate("reader.broken()") == [], done[-20:]
            assert page.errors == [], done[-20:]
    page.keyboard.press("Escape")
    page.evaluate("reader.press('Reset')")
    follow(page, widget, **other_state(widget))
    follow(page, widget)
    assert page.evaluate("reader.sizes()") == before
