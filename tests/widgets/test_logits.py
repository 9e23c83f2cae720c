"""The logits widget: Python and page against Keras, the mask that both draw, and what is dragged."""

import re

import keras
import numpy as np
import pytest
from reader import follow
from traitlets import TraitError

from cnnbook.ops import dropout_mask
from cnnbook.widgets import LogitsLab

SETTINGS = 50
ROWS = """() => [...document.querySelectorAll(".logits tr")].slice(1).map((row) => ({
  logit: row.querySelector(".spin").getAttribute("aria-valuenow"),
  bar: row.querySelector("[type=range]").value,
  name: row.querySelector("th div").textContent,
  p: row.cells[2].textContent,
  off: row.cells[3].hidden ? null : row.cells[3].textContent,
  width: row.querySelector(".share").style.width,
}))"""
CELLS = "() => Object.values(document.querySelector('canvas.numbers').texts)"
RNG = np.random.default_rng(7)
INPUTS, WEIGHTS = RNG.normal(size=12).round(2), RNG.normal(size=(12, 4)).round(2)
NAMES = ["cat", "dog", "frog", "ship"]


def lab_of(**state):
    return LogitsLab(NAMES, inputs=INPUTS, weights=WEIGHTS, **state)


def random_state(rng):
    return {
        "logits": (rng.normal(size=10) * 10 ** rng.uniform(-1, 2)).tolist(),
        "function": str(rng.choice(["softmax", "sigmoid"])),
        "temperature": float(rng.choice([1, 1, 0.1, 2.5, 50])),
        "right": [None, 0, 1, 2, 3][rng.integers(5)],
        "training": str(rng.choice(["off", "on"])),
        "rate": int(rng.integers(0, 91)),
        "seed": int(rng.integers(0, 10_000)),
    }


def by_keras(lab):
    """Logits, probabilities and loss as Keras has them, given the mask."""
    layer = keras.layers.Dense(len(NAMES))
    layer.build((None, len(INPUTS)))
    layer.set_weights([WEIGHTS, np.array(lab.logits[:4]) - INPUTS @ WEIGHTS])
    logits = layer((INPUTS * lab.mask)[None].astype("float32")) / lab.temperature
    probabilities = getattr(keras.ops, lab.function)(logits)
    if lab.right is None:
        return logits * lab.temperature, probabilities, None
    name = "categorical" if lab.function == "softmax" else "binary"
    loss = getattr(keras.losses, f"{name}_crossentropy")(np.eye(4)[[lab.right]], logits, from_logits=True)
    return logits * lab.temperature, probabilities, float(loss[0])


def value(text):
    return float(text.replace("−", "-").removesuffix("%"))


@pytest.mark.engines
def test_random_settings_show_what_keras_computes(open_widget):
    first = lab_of()
    page, rng = open_widget(first), np.random.default_rng(0)
    for _ in range(SETTINGS):
        state = random_state(rng)
        follow(page, first, **state)
        lab = lab_of(**state)
        logits, probabilities, loss = by_keras(lab)
        np.testing.assert_allclose(lab.output, logits[0], rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(lab.probabilities, probabilities[0], rtol=1e-3, atol=1e-4)
        rows = page.evaluate(ROWS)
        np.testing.assert_allclose([float(row["logit"]) for row in rows], lab.output, rtol=1e-6, atol=1e-6)
        shown = [value(row["p"]) / 100 for row in rows]
        np.testing.assert_allclose(shown, probabilities[0], atol=6e-4)
        assert [value(row["width"]) for row in rows] == [value(row["p"]) for row in rows]
        kept = [value(text) for text in page.evaluate(CELLS)]
        np.testing.assert_allclose(kept, INPUTS * lab.mask, rtol=6e-3)
        title = page.evaluate("document.querySelector('.story .title').textContent")
        if lab.right is None:
            assert lab.loss is None
            assert "Loss" not in title
            assert {row["off"] for row in rows} == {None}
        else:
            assert lab.loss == pytest.approx(loss, rel=1e-3, abs=1e-4)
            assert value(title.split("≈ ")[1]) == pytest.approx(lab.loss, rel=1e-3, abs=1e-9)
            gradient = lab.probabilities - np.eye(4)[lab.right]
            np.testing.assert_allclose([value(row["off"]) for row in rows], gradient, atol=6e-4)
            assert [row["name"].endswith("✓") for row in rows] == list(np.eye(4)[lab.right] == 1)


@pytest.mark.parametrize("function", ["softmax", "sigmoid"])
def test_p_is_written_out(open_widget, function):
    lab = LogitsLab(NAMES, [2, -1, 0.5, 3], function=function, right=2, temperature=2)
    page = open_widget(lab)
    text = page.locator(".sum").inner_text().replace("−", "-")
    name, above, below, result = re.match(r"p of (\w+) = (\S+) / \((.*)\) ≈ (\S+)", text).groups()
    power = lambda term: np.exp(float(term[2:])) if term.startswith("e^") else float(term)  # noqa: E731
    assert name == "frog"
    share = power(above) / sum(map(power, below.split(" + ")))
    assert share == pytest.approx(float(result), rel=1e-3)
    assert share == pytest.approx(lab.probabilities[2], rel=1e-3)


@pytest.mark.parametrize("state", [{}, {"right": 1, "training": "on"}, {"function": "sigmoid", "right": 0}])
def test_what_is_copied_gives_the_numbers_on_the_page(open_widget, state):
    lab = lab_of(logits=[1, 2, -3, 0.25], temperature=1.5, **state)
    page = open_widget(lab)
    page.evaluate("reader.press('Copy as Keras')")
    names = {"print": lambda *_: None}
    exec(page.evaluate("copied"), names)
    np.testing.assert_allclose(names["probabilities"], lab.probabilities, rtol=1e-5)
    if lab.right is not None:
        assert float(names["loss"]) == pytest.approx(lab.loss, rel=1e-5)


def test_what_is_dragged_and_typed_is_the_logit_that_is_shown(open_widget):
    page = open_widget(lab_of(logits=[1, 2, 3, 4], training="on", seed=3))
    bar = page.get_by_label("Drag dog")
    bar.fill("-2.5")
    page.evaluate("reader.frames()")
    assert float(page.evaluate(ROWS)[1]["logit"]) == pytest.approx(-2.5)
    field = page.get_by_label("Logit of frog")
    field.fill("7")
    page.evaluate("reader.frames()")
    rows = page.evaluate(ROWS)
    assert (rows[2]["logit"], rows[2]["bar"]) == ("7", "7")
    assert float(rows[1]["logit"]) == pytest.approx(-2.5)


def test_the_next_mask_is_another_and_said(open_widget):
    lab = lab_of(seed=9999)
    page = open_widget(lab)
    assert "Dropped inputs: none. The others are multiplied by 1." in page.evaluate("reader.widget.innerText")
    page.evaluate("reader.press('Next mask')")
    page.evaluate("reader.frames()")
    gone = [str(i + 1) for i in np.flatnonzero(dropout_mask(12, 0.4, 0) == 0)]
    sentence = f"Dropped inputs: {', '.join(gone)}. The others are multiplied by 1.667."
    assert any(sentence in said for said in page.evaluate("reader.all('.unseen').map((e) => e.textContent)"))


def test_when_all_are_dropped_the_factor_is_still_said(open_widget):
    seed = next(seed for seed in range(9999) if not dropout_mask(12, 0.9, seed).any())
    page = open_widget(lab_of(training="on", rate=90, seed=seed))
    assert "The others are multiplied by 10." in page.evaluate("reader.widget.innerText")


def test_the_gradient_waits_until_it_is_asked_for(open_widget):
    page = open_widget(lab_of(right=1, settings=["right"]))
    assert {row["off"] for row in page.evaluate(ROWS)} == {None}


def test_a_temperature_that_cannot_be_is_explained(open_widget):
    page = open_widget(LogitsLab())
    field = page.get_by_label("Temperature")
    field.fill("0")
    page.keyboard.press("Tab")
    message = "Temperature can be a number such as 2, −0.5 or 1/9, from 0.01 to 100. You typed “0”"
    assert message in page.get_by_role("alert").inner_text()


def test_a_lab_shows_the_settings_that_it_is_given(open_widget):
    page = open_widget(LogitsLab(["yes", "no"], settings=["temperature"]))
    assert page.get_by_label("Temperature").is_visible()
    assert not page.get_by_label("Function").count() + page.get_by_label("Right class").count()
    assert not page.get_by_label("Training").is_visible()


def test_a_large_logit_overflows_nothing(open_widget):
    lab = LogitsLab(logits=[1e6, -1e6], temperature=0.01, right=1)
    assert lab.loss == pytest.approx(2e8)
    page = open_widget(lab)
    assert page.evaluate("reader.broken()") == []
    assert "≈ 200000000" in page.locator(".story .title").inner_text()


def test_a_mask_drops_its_share_and_keeps_the_mean():
    masks = np.array([dropout_mask(16, 0.4, seed) for seed in range(10_000)])
    assert (masks == 0).mean() == pytest.approx(0.4, abs=0.01)
    np.testing.assert_allclose(masks.mean(axis=0), 1, atol=0.03)
    assert np.unique(masks) == pytest.approx([0, 1 / 0.6])
    assert len(dropout_mask(0, 0.5, 1)) == 0
    assert dropout_mask(3, 0, 1).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": ["one"]}, "names"),
        ({"names": list("abcdefghijk")}, "names"),
        ({"logits": [1] * 11}, "Expected 10 numbers"),
        ({"logits": [np.nan]}, "Expected 10 numbers"),
        ({"temperature": 0}, "temperature from 0.01 to 100, got 0"),
        ({"temperature": 101}, "temperature from 0.01 to 100"),
        ({"right": 10}, "right must be None or from 0 to 9, but it is 10"),
        ({"names": ["a", "b"], "right": 2}, "from 0 to 1"),
        ({"rate": 91}, "rate"),
        ({"function": "relu"}, "function"),
        ({"inputs": [1, 2], "weights": [[1, 2]]}, r"weights of the shape \(2, 10\), got \(1, 2\)"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(arguments, message):
    with pytest.raises(TraitError, match=message):
        LogitsLab(**arguments)


def test_the_sentence():
    lab = LogitsLab(["cat", "dog"], [2, 0])
    sentence = "Logits and the probabilities that softmax makes of them: cat 2 (88.1%), dog 0 (11.9%)"
    assert lab.describe() == f"{sentence}."
    lab.right = 1
    assert lab.describe() == f"{sentence}; the loss of “dog” is 2.13."
