"""What chapter 8 says in words beyond what its cells print, and its quiz, is what is counted and measured."""

import tomllib
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnnbook.analysis.attribution import effective_field
from cnnbook.analysis.receptive_field import receptive_field, receptive_rectangle
from cnnbook.backend import keras
from cnnbook.data import PHOTOS
from cnnbook.exercises.whole.field import _field
from cnnbook.exercises.whole.stack import _walk
from cnnbook.models import scale
from cnnbook.runs import load_ablations, load_run
from cnnbook.widgets import NetworkBuilder
from cnnbook.widgets.builder import PRESETS
from cnnbook.widgets.examples import examples

ROOT = Path(__file__).parents[2]
CELLS = {c.id: c for c in nbformat.read(ROOT / "book" / "08-whole-network.ipynb", as_version=4).cells}
TEXT = " ".join("\n".join(cell.source for cell in CELLS.values()).split())
QUIZ = tomllib.loads((ROOT / "cnnbook" / "widgets" / "quizzes" / "whole.toml").read_text())
GUESSES = {guess["name"]: guess for guess in QUIZ["guesses"]}


def lab(network="article", change=lambda layers: None, **traits):
    """What the builder counts of a network whose layers are changed."""
    start = NetworkBuilder(network, **traits)
    layers = [dict(layer) for layer in start.layers]
    change(layers)
    return NetworkBuilder(rows=start.rows, columns=start.columns, channels=start.channels, layers=layers)


def held(found, kind):
    return [e.count_params() for e in found.model.layers if type(e).__name__ == kind]


def printed(cell):
    return "".join(output.get("text", "") for output in CELLS[cell].outputs)


DIGIT = {"kind": "Conv2D", "filters": 12}, {"kind": "MaxPooling2D"}, {"kind": "Flatten"}
DENSE = {"kind": "Dense", "units": 10, "activation": "softmax"}


def digit(*layers):
    return NetworkBuilder(rows=28, columns=28, channels=1, layers=[*layers, DENSE]).model


def test_the_answers_to_the_first_lab():
    twice = digit(DIGIT[0], {"kind": "Conv2D", "filters": 16}, *DIGIT[1:])
    flat, dense = twice.layers[-2:]
    told = f"makes 16 maps, flatten {flat.output.shape[1]:,} numbers, and the dense layer has"
    assert f"{told} {dense.count_params():,} parameters" in TEXT
    with pytest.raises(ValueError, match=r".*"):
        digit(DIGIT[0], DIGIT[2], DIGIT[1])
    assert digit(DIGIT[0], DIGIT[1]).output_shape == (None, 14, 14, 10)
    assert "ten probabilities *at each of 14 × 14 places*" in TEXT
    sides = [e.output.shape[1] for e in digit(DIGIT[0], *4 * [DIGIT[1]], DIGIT[2]).layers[:5]]
    assert f"Four: {', '.join(map(str, sides))}." in TEXT
    with pytest.raises(ValueError, match=r".*"):
        digit(DIGIT[0], *5 * [DIGIT[1]], DIGIT[2])


def test_the_answers_to_the_lab_with_the_articles_network():
    plain, large = lab(), lab(rows=64, columns=64)
    assert held(large, "Conv2D") == held(plain, "Conv2D")
    assert np.sum(large.multiply_adds[:18]) == 4 * np.sum(plain.multiply_adds[:18])
    unpooled = lab(change=lambda layers: layers.pop(16))
    assert held(large, "Dense")[0] == held(unpooled, "Dense")[0] == 1_048_704
    assert TEXT.count("1,048,704") == 2
    assert sum(unpooled.multiply_adds) > sum(plain.multiply_adds)
    grown = sum(unpooled.multiply_adds) / sum(plain.multiply_adds) - 1
    assert f"The work grows by {grown:.0%} only".replace("%", " %") in TEXT
    kernels = [lab(change=lambda layers, at=at: layers[at].update(kernel=5)).model for at in (0, 14)]
    sixth = [[layer.name for layer in model.layers if "conv" in layer.name][5] for model in kernels]
    fields = [receptive_field(model, name).size[0] for model, name in zip(kernels, sixth, strict=True)]
    assert fields == [34, 40]
    assert f"{fields[0]}, two more than before. In the sixth it is {fields[1]}, eight more" in TEXT
    strided = lab(change=lambda layers: layers[0].update(stride=2))
    assert f"A quarter, {sum(strided.multiply_adds) / 1e6:.1f} million" in TEXT
    assert sum(plain.multiply_adds) / sum(strided.multiply_adds) == pytest.approx(4, rel=0.001)


def test_shares_of_work_and_of_weights():
    found = lab()
    work = {e.name: n for e, n in zip(found.model.layers, found.multiply_adds, strict=True)}
    dense = sum(n for name, n in work.items() if name.startswith("dense"))
    total = sum(work.values())
    assert f"{1 - dense / total:.1%}".replace("%", " %") + " of the multiply-adds are in" in TEXT
    guess = GUESSES["dense-work"]
    assert guess["answer"] == round(100 * dense / total, 1)
    assert f"{dense:,} of {total / 1e6:.1f} million" in guess["why"]
    kernels = [np.prod(e.kernel.shape) for e in found.model.layers if hasattr(e, "kernel")]
    assert f"{kernels[6] / sum(kernels):.0%}".replace("%", " %") + " of the weights are in one dense" in TEXT
    assert [n for n in found.multiply_adds if n == 9_437_184] == 3 * [9_437_184]
    each = [np.prod(e.output.shape[1:]) for e in found.model.layers]
    outputs, first = sum(each), sum(each[:6])
    parameters = [e.count_params() for e in found.model.layers]
    assert first > outputs / 2
    share = f"{sum(parameters[:6]) / sum(parameters):.0%}".replace("%", " %")
    assert f"More than half of it comes from the first block, which holds {share} of the parameters" in TEXT
    assert f"`bn1`, with 32 channels, has {parameters[1]}, and" in TEXT
    assert round(64 * outputs / found.model.count_params()) == 30  # "thirty times as much"


def test_the_answers_to_the_lab_of_savings():
    plain = sum(lab("separable").multiply_adds)

    def one(side):
        layer = {"kind": "Conv2D", "filters": 128, "kernel": side}
        return sum(NetworkBuilder(rows=16, columns=16, channels=64, layers=[layer]).multiply_adds)

    assert f"From {plain / 1e6:.1f} to {one(3) / 1e6:.1f} million multiply-adds: {one(3) / plain:.1f}" in TEXT
    wider = sum(lab("separable", lambda layers: layers[0].update(kernel=5)).multiply_adds)
    assert f"By {wider / plain - 1:.0%}, to {wider / 1e6:.1f} million".replace("%", " %") in TEXT
    assert f"A full 5×5 would take {one(5) / 1e6:.0f} million" in TEXT
    alex = NetworkBuilder("alexnet")
    first, all_of_it = held(alex, "Dense")[0], alex.model.count_params()
    assert f"first dense layer has {first / 1e6:.1f} of its {all_of_it / 1e6:.1f} million" in TEXT
    parts = [name for name in PRESETS if not held(NetworkBuilder(name), "Dense")]
    labels = [f"*{PRESETS[name]['label'].split(':')[0]}*" for name in parts]
    assert f"{labels[0]}, {labels[1]} and {labels[2]} have none" in TEXT
    assert len(labels) == 3
    lenet = NetworkBuilder("lenet").model
    assert max(lenet.layers, key=lambda e: e.count_params()) is lenet.layers[4]
    assert lenet.layers[4].output.shape[1:3] == (1, 1)
    pooled = NetworkBuilder("global")
    assert f"with {held(pooled, 'Dense')[0]:,} of {pooled.model.count_params():,}" in TEXT


def test_fields_of_the_quiz():
    def field(at):
        layers = 3 * [keras.layers.Conv2D]
        model = keras.Sequential([keras.Input((40, 40, 1))])
        for i in range(len(layers) + 1):
            model.add(keras.layers.MaxPooling2D(2) if i == at else keras.layers.Conv2D(1, 3))
        return receptive_field(model, model.layers[-1].name).size[0]

    answers = {choice["text"]: choice["why"] for choice in QUIZ["questions"][1]["choices"]}
    assert f"{field(0)} pixels. Behind all three it is {field(3)}." in answers["In front of all three"]
    assert f"That gives {field(2)} pixels" in answers["Between the second and the third"]


def test_what_one_place_of_two_layers_can_depend_on():
    network, dog = load_run("baseline").model(), scale(np.array([examples()["test dog"]]))
    for layer, count in (("conv6", 900), ("conv2", 25)):
        assert (effective_field(network, dog, layer, 4, 4)[0] > 0).sum() == count
    assert "depend on 900 pixels, 30 × 30" in TEXT
    assert "2. 25, all inside its small frame." in TEXT
    assert "72 pieces of photographs" in TEXT
    assert 9 * len(PHOTOS) == 72
    assert len(examples()) == 10
    # Near a border the orange is not in the middle of the frame.
    frame = receptive_rectangle(network, "conv6", 1, 1)
    field = effective_field(network, dog, "conv6", 1, 1)[0]
    assert (field.sum(axis=1) @ np.arange(32)) / field.sum() < (frame.top + frame.bottom - 1) / 2 - 1


def test_no_lab_shows_a_field_before_it_is_asked_for():
    """The builder with the article's network has a column with the answers."""
    order = list(CELLS)
    assert order.index("article-lab") > order.index("field-code")


def test_what_was_measured_of_the_effective_field():
    lines = printed("effective-result").splitlines()
    count = int(lines[0].split(" from ")[1].split()[0])
    guess = GUESSES["half"]
    assert guess["answer"] == round(100 * count / 900)
    assert f"{count} of 900" in guess["why"]
    by_chance = [int(line.split(": ")[1].split()[0]) for line in lines[1:]]
    assert len(by_chance) == 3
    assert min(by_chance) > count, "the chapter says that training made it narrower"
    assert "one trained network, three that were not" in TEXT


def test_both_modes_of_batch_normalization():
    rows = [line.split() for line in printed("bn-both").splitlines()[1:]]
    assert all(name == use == training for name, use, _, training, _ in rows)
    moved = [abs(int(a[:-1]) - int(b[:-1])) for _, _, a, _, b in rows]
    assert f"move by up to {max(moved)} points" in TEXT
    alone = {line.split(maxsplit=1)[1] for line in printed("bn-alone").splitlines()}
    assert alone == {"cat 19%"}
    assert "with the same 19 %" in TEXT
    assert GUESSES["alone"]["answer"] == 1
    beside = [line.split()[3] for line in printed("bn-pairs").splitlines()]
    assert f"It does: a {beside[0]}, a {beside[1]}, a {beside[2]}." in TEXT


def test_behind_the_dense_layer_one_image_leaves_beta():
    network = load_run("baseline").model()
    x, last = scale(np.array([examples()["test ship"]])), network.get_layer("bn7")
    for layer in network.layers[: network.layers.index(last)]:
        x = layer(x, training=isinstance(layer, keras.layers.BatchNormalization))
    # Keras subtracts after it has multiplied, with 32 bits: 0 is 0.00003 here.
    np.testing.assert_allclose(last(x, training=True)[0], last.get_weights()[1], atol=1e-4)


def test_what_batch_normalization_is_worth_is_what_chapter_10_prints():
    tries = load_ablations("baseline")
    without, complete = (
        f"{100 * tries[name].results['validation_accuracy']:.1f} %"
        for name in ("without-batch-normalization", "complete")
    )
    of = "of the [validation](glossary.md#term-validation-set) images right"
    assert f"got {without} {of}, with it {complete}" in TEXT


def test_the_answers_to_what_the_checkers_ask_at_the_end():
    lenet = NetworkBuilder("lenet").model
    sides = [e.output.shape[1] for e in lenet.layers if len(e.output.shape) == 4]
    assert f"{lenet.input_shape[1]} rows become {', '.join(map(str, sides[:-1]))} and {sides[-1]}" in TEXT
    stack = [("conv", 6, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("conv", 120, 5)]
    rows, _, _, parameters = _walk((32, 32, 1), stack)
    assert parameters == sum(e.count_params() for e in lenet.layers if "conv" in e.name)
    assert f"With padding there would be {rows} in the end" in TEXT
    assert f"The parameters of the convolutions are {parameters:,} either way" in TEXT

    block = 3 * [(3, 1), (3, 1), (2, 2)]

    def with_(at, layer):
        return _field([*block[:at], layer, *block[at + 1 :]])

    strided, larger = ([with_(at, layer) for at in (0, 7)] for layer in ((3, 2), (5, 1)))
    told = f"the {_field(block)} become {strided[0]}, with one in its sixth {strided[1]}"
    assert f"first convolution {told}" in TEXT
    assert f"5×5 in the first makes {larger[0]}, in the sixth {larger[1]}" in TEXT
    more = [_field(stack) - _field(block) for stack in ([(3, 1), *block], [*block, (3, 1)])]
    assert f"in front of all adds {more[0]} pixels, behind the last pooling {more[1]}" in TEXT
