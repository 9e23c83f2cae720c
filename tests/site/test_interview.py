"""The interview questions: forty, each with a short answer, right numbers and a section that shows it."""

import re
from functools import cache
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from docutils.nodes import make_id
from test_chapters import CHAPTERS, TERMS
from test_glossary import sections

from cnnbook.analysis.receptive_field import receptive_field
from cnnbook.analysis.robustness import recorded
from cnnbook.backend import keras
from cnnbook.models import baseline
from cnnbook.ops import avg_pool2d, cross_entropy, max_pool2d, output_size, sigmoid, softmax
from cnnbook.runs import load_ablations, load_run
from cnnbook.widgets import PoolingLab

BOOK = CHAPTERS[0].parent
PAGE = (BOOK / "interview.md").read_text(encoding="utf-8")
LEVELS = ("Basic", "Intermediate", "Hard")
LISTS, *PARTS = re.split(r"^## (?=Chapter )", PAGE, flags=re.MULTILINE)
QUESTION = re.compile(
    r"### (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"\*\[(?P<level>\w+)\]\(interview\.md#(?P<anchor>\w+)\)(?P<by_hand>, by hand)?\.\* (?P<asked>(?:.+\n)+)\n"
    r"<details>\n<summary>Answer</summary>\n\n(?P<answer>(?:.+\n)+)\n"
    r"Shown in (?P<shown>(?:.+\n)+)\n</details>\n"
)
QUESTIONS = [
    SimpleNamespace(part=part.partition("\n")[0], **match.groupdict())
    for part in PARTS
    for match in QUESTION.finditer(part)
]
SECTIONS = {path.stem: {title for title, _ in sections(path)} for path in CHAPTERS}
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
TAUGHT = re.compile(r"\[(\d+): ([^\]]+)\]\(([\w-]+)\.ipynb#([\w-]+)\)")
END = re.compile(r"[.?!](?=\s|$)")
NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?(?: %)?")

every_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.number)


def words(text):
    """The text of Markdown on one line, without its links and code."""
    return " ".join(re.sub(r"`[^`]*`", "", LINK.sub(r"\1", text)).split())


def test_there_are_forty():
    assert PAGE.count("\n### ") == 40 + len(LEVELS)
    assert [question.number for question in QUESTIONS] == [str(number) for number in range(1, 41)]
    assert len({question.title for question in QUESTIONS}) == 40


@every_question
def test_an_answer_is_short(question):
    assert 2 <= len(END.findall(words(question.answer))) <= 6
    assert not re.search(r"\b(easy|easily|just|simply|obviously)\b", question.asked + question.answer)


@every_question
def test_an_answer_says_where_it_is_shown(question):
    shown = " ".join(question.shown.split())
    found = TAUGHT.findall(shown)
    assert TAUGHT.sub("", shown) in ("", " and ")
    for number, title, chapter, anchor in found:
        assert int(number) == int(chapter.partition("-")[0])
        assert title in SECTIONS[chapter]
        assert anchor == make_id(title)
    number, _, named = question.part.removeprefix("Chapter ").partition(": ")
    assert number in {number for number, *_ in found}
    [title] = {"10": ["10. Train and evaluate on CIFAR-"]}.get(number, [f"{number}. {named}"])
    [chapter] = [path.stem for path in CHAPTERS if int(path.stem[:2]) == int(number)]
    assert any(heading.lower().startswith(title.lower()) for heading in SECTIONS[chapter])


def test_they_stand_in_the_order_of_the_chapters():
    numbers = [int(part.split(":")[0].split()[1]) for part in PARTS]
    assert numbers == sorted(numbers)
    assert set(numbers) <= {int(path.stem[:2]) for path in CHAPTERS}


@pytest.mark.parametrize("level", LEVELS)
def test_each_is_listed_once_by_its_difficulty(level):
    text = LISTS.partition(f"### {level}\n")[2].partition("###")[0]
    listed = re.findall(r"^- \[(\d+)\. (.+)\]\(interview\.md#([\w-]+)\)(.*)$", text, re.MULTILINE)
    chosen = [question for question in QUESTIONS if question.level == level]
    assert len(chosen) >= 8
    assert listed == [(q.number, q.title, make_id(q.title), q.by_hand or "") for q in chosen]
    assert {question.anchor for question in chosen} == {make_id(level)}


def test_a_word_of_the_glossary_is_a_link_in_the_first_answer_that_has_it():
    """Not in a question, which it would answer."""
    assert not any("glossary.md" in question.asked for question in QUESTIONS)
    text = "\n\n".join(re.sub(r"`[^`]*`", "", question.answer) for question in QUESTIONS)
    text = re.sub(r"\]\((?!glossary)[^)]*\)", "]", text)
    terms = "|".join(re.escape(term).replace(r"\ ", r"\s") for term in sorted(TERMS, key=len, reverse=True))
    first = {}
    for match in re.finditer(
        rf"\b({terms})(?:s|es)?\b(?!-)(?:\]\(glossary\.md#([\w-]+))?", text, re.IGNORECASE
    ):
        first.setdefault("-".join(match[1].lower().split()), match[2])
    anchors = set(re.findall(r"glossary\.md#([\w-]+)", text))
    assert [term for term, anchor in first.items() if anchor is None and f"term-{term}" not in anchors] == []
    assert len(first) > 40


# What is computed for an answer: every number of three digits or more in it, or with a point or a %.


@cache
def network(**options):
    return baseline(**options)


def parameters(layer, shape):
    layer.build((None, *shape))
    return f"{layer.count_params():,}"


def conv(filters, size, channels, kind="Conv2D"):
    arguments = (size,) if kind == "DepthwiseConv2D" else (filters, size)
    return parameters(getattr(keras.layers, kind)(*arguments), (None, None, channels))


def percent(fraction, digits=1):
    return f"{100 * fraction:.{digits}f} %"


@cache
def printed(chapter):
    """All that the cells of a chapter have printed, as stored."""
    [path] = BOOK.glob(f"{chapter:02}-*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def in_print(chapter, pattern):
    return re.search(pattern, printed(chapter)).groups()


def in_text(chapter, said):
    [path] = BOOK.glob(f"{chapter:02}-*.ipynb")
    text = " ".join(" ".join(cell.source for cell in nbformat.read(path, as_version=4).cells).split())
    assert said in text


def dense_on_pixels():
    return [parameters(keras.layers.Dense(128), (32 * 32 * 3,)), conv(32, 3, 3)]


@cache
def first_losses():
    """Whether with batch normalization -> the first loss on pixels from 0 to 255, and from 0 to 1."""
    line = r"normalized: {} +0 to 255: +([\d.]+) +0 to 1: ([\d.]+)"
    return {answer: tuple(map(float, in_print(1, line.format(answer)))) for answer in (False, True)}


def scaled_pixels():
    large, small = first_losses()[False]
    assert large > 5 * small
    assert abs(np.subtract(*first_losses()[True])) < 0.5
    return [f"{small:.1f}", "255"]


def output_shapes():
    convolved = output_size(224, 7, 2, 3)
    pooled = output_size(convolved.size, 3, 2, 1)
    assert convolved.dropped == pooled.dropped == 1  # one place of the padding behind the pixels
    return [str(convolved.size), str(pooled.size)]


def strides():
    """Behind the three poolings of the book's network a step is so many pixels."""
    assert receptive_field(network(), "pool3").jump == (8, 8)
    return []


def what_same_promises():
    found, seven = output_size(8, 3, 2, "same"), output_size(7, 3, 2, "same")
    assert (found.size, found.before, found.after) == (4, 0, 1)
    assert output_size(8, 3, 2, 1).size == 4
    assert (seven.before, seven.after) == (1, 1)
    return []


def one_pixel():
    three = [conv(64, 1, 256), conv(64, 3, 64), conv(256, 1, 64)]
    together = sum(int(number.replace(",", "")) for number in three)
    whole = conv(256, 3, 256)
    assert together < int(whole.replace(",", "")) / 8
    return [whole, *three, f"{together:,}"]


def larger_images():
    small, large = (network(input_shape=(side, side, 3)) for side in (32, 64))
    for name in ("conv1", "conv6"):
        assert small.get_layer(name).count_params() == large.get_layer(name).count_params()
    return [f"{model.get_layer('dense').count_params():,}" for model in (small, large)]


def vanishing():
    sums = np.linspace(-6, 6, 1_201)
    assert np.gradient(sigmoid(sums), sums).max() == pytest.approx(1 / 4, abs=1e-4)
    assert 0.25**10 < 1e-6
    return []


def dead():
    [found] = in_print(10, r"0 on all 500 images: \[(.*)\]")
    assert found == "3"
    weights = load_run("baseline").model().get_layer("bn1").get_weights()
    assert np.flatnonzero(weights[3] == 0).tolist() == [3]
    in_text(
        5, "50,000 training images of CIFAR-10, those kept for validation among them, it fires at 49 of 51"
    )
    in_text(5, "million places, on 17 images")  # counted by tests/unit/test_sentences_activation.py
    return ["500", "50,000"]


def max_or_average():
    window = np.array([[9.0, 0], [0, 0]])
    assert max_pool2d(window, 2) == 9
    return [f"{avg_pool2d(window, 2).item():g}"]


def small_moves():
    lab = PoolingLab("cat")
    assert (lab.image.shape[0], lab.image.shape[1]) == (32, 48)
    lab.down = 1
    table = printed(6).partition("photographs")[2].partition("edges")[0]
    moved = {
        name: np.array([int(n) for n in re.findall(r"(\d+)%", re.search(rf"^{name} .*$", table, re.M)[0])])
        for name in ("max", "as it is")
    }
    spared = 1 - moved["max"] / moved["as it is"]
    assert spared[0] == pytest.approx(1 / 5, abs=0.02)
    assert abs(spared[2:]).max() < 0.03
    return [str(lab.changed.sum()), str(lab.changed.size)]


def global_pooling():
    return [parameters(keras.layers.Dense(128), (inputs,)) for inputs in (4 * 4 * 128, 128)]


def large_logits():
    logits = np.array([2.0, 1, -1])
    np.testing.assert_allclose(softmax(logits + 100), softmax(logits))
    assert softmax(2 * logits).max() > softmax(logits).max()
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(np.float32(89)))
    return []


def the_first_loss():
    start = cross_entropy(np.zeros((1, 10)), [0]).item()
    assert first_losses()[True][1] > 3
    return ["0.1", "0.01", f"{start:.2f}", f"{-np.log(0.01):.1f}", f"{0.01 - 1:.2f}".removeprefix("-")]


def several_labels():
    right, said = np.eye(10)[[3]], np.full((1, 10), 0.1)
    return [percent(keras.metrics.binary_accuracy(right, said).numpy().mean(), 0)]


def dropout():
    return ["0.4", f"{1 - 0.4:.1f}"]


def field():
    layers = keras.layers
    stack = [keras.Input((32, 32, 1)), *(layers.Conv2D(1, 3, padding="same", name=f"c{n}") for n in (1, 2))]
    stack += [
        layers.MaxPooling2D(2, name="p"),
        *(layers.Conv2D(1, 3, padding="same", name=f"c{n}") for n in (3, 4)),
    ]
    model = keras.Sequential(stack)
    sizes = [receptive_field(model, name).size for name in ("c1", "c2", "p", "c3", "c4")]
    assert sizes == [(n, n) for n in (3, 5, 6, 10, 14)]
    return [" ".join(in_print(8, r"trained: half of it from 193 of 900 pixels, (\d+)%")) + " %"]


def small_kernels():
    two = 2 * int(conv(64, 3, 64).replace(",", ""))
    return [f"{two:,}", conv(64, 5, 64)]


def depthwise():
    steps = [conv(None, 3, 64, "DepthwiseConv2D"), conv(128, 1, 64)]
    together = sum(int(step.replace(",", "")) for step in steps)
    share = (9 * 64 + 64 * 128) / (9 * 64 * 128)
    assert share == pytest.approx(1 / 9 + 1 / 128)
    return [conv(128, 3, 64), *steps, f"{together:,}", "128"]


def two_modes():
    momentum = network().get_layer("bn1").momentum
    return [percent(momentum, 0), "100", percent(momentum**100, 0)]


@cache
def tries():
    return {name: run.history for name, run in load_ablations("baseline").items()}


def why_it_helps():
    return [
        percent(tries()[name]["val_accuracy"][-1]) for name in ("without-batch-normalization", "complete")
    ]


def three_kinds():
    in_text(10, "3.3 % of the test images have a near-duplicate among the training images")
    return ["3.3 %", "10"]


def overfitting():
    history = tries()["without-dropout"]
    loss, right = history["val_loss"], history["val_accuracy"]
    assert (int(np.argmin(loss)) + 1, len(loss)) == (4, 12)
    assert loss[-1] > loss[3]
    assert right[-1] > right[3]
    return [percent(history["accuracy"][-1], 2), percent(right[-1])]


def better_unseen():
    history = load_run("baseline-validation").history
    in_text(10, "asked before the first epoch and after each")
    assert (percent(history["accuracy"][0], 0), percent(history["val_accuracy"][0], 0)) == ("45 %", "51 %")
    return []


def learning_rate():
    run = load_run("baseline-validation")
    assert run.results["settings"]["recipe"]["learning_rate"] == 0.001
    constant, falling = (tries()[name]["val_accuracy"] for name in ("constant-learning-rate", "complete"))
    ends = [f"{100 * accuracy[epoch]:.1f}" for accuracy in (constant, falling) for epoch in (9, 11)]
    return ["0.001", ends[0], f"{ends[1]} %", ends[2], f"{ends[3]} %"]


def precision_and_recall():
    results = load_run("baseline").results
    confusion = np.array(results["confusion"])
    cat, dog = 3, 5
    found, said, cats = confusion[cat, cat], confusion[:, cat].sum(), confusion[cat].sum()
    assert confusion.diagonal().argmin() == cat
    assert (str(found), str(said), f"{cats:,}") == ("699", "934", "1,000")
    return [
        percent(found / cats),
        percent(found / said),
        percent(results["test_accuracy"]),
        str(confusion[cat, dog]),
    ]


def which_is_better():
    runs = [
        load_run(name).results["test_accuracy"] for name in ("baseline", "baseline-seed1", "baseline-seed2")
    ]
    assert [percent(accuracy, 2) for accuracy in runs[:2]] == ["85.08 %", "84.44 %"]
    [error] = {f"{100 * np.sqrt(accuracy * (1 - accuracy) / 10_000):.2f}" for accuracy in runs[:2]}
    return [error, percent(runs[2], 2)]


def promise():
    lines = {
        name: in_print(11, rf"{name}\s+(\d+\.\d)%\s+(\d+\.\d)%\s+\d+\.\d%") for name in ("baseline", "fast")
    }
    said = load_run("baseline").replay()["probabilities"][-1].astype(float).max(axis=1).mean() / 255
    for name, (right, _) in lines.items():
        assert f"{right} %" == percent(load_run(name).results["test_accuracy"])
    assert f"{lines['baseline'][1]} %" == percent(said)
    assert load_run("fast").results["settings"]["recipe"]["label_smoothing"] > 0
    return ["80 %", *(f"{number} %" for line in lines.values() for number in line)]


def none_of_the_ten():
    [sure] = in_print(11, r"baseline 300 digits, on average (\d+)%")
    left, passed = in_print(11, r"baseline\s+80%\s+(\d+)%\s+[\d.]+%\s+(\d+)%")
    assert int(left) == 75
    return ["300", f"{sure} %", "80 %", f"{passed} %"]


def a_map():
    assert network().get_layer("conv6").output.shape[1:3] == (8, 8)
    return []


def turned():
    fast = recorded(load_run("fast"))
    asked = [("rotation", 90), ("scale", 0.5), ("rotation", 0)]
    curves = [(fast[name], list(fast[name].strengths).index(strength)) for name, strength in asked]
    return ["10,000", *(f"{100 * curve.accuracy[i]:.1f} %" for curve, i in curves)]


def augmentation():
    turned, never = (recorded(load_run(name))["rotation"] for name in ("fast-rotation30", "fast"))
    shares = [curve.accuracy[list(curve.strengths).index(at)] for at in (20, 0) for curve in (turned, never)]
    return ["30", "20", *map(percent, shares)]


def few_images():
    assert 200 * np.sqrt(0.9 * 0.1 / 100) == pytest.approx(6)
    few, all_ = (load_run(name).results["test_accuracy"] for name in ("fast-images1000", "fast"))
    return ["100", "1,000", "50,000", f"{100 * few:.0f} %", f"{100 * all_:.0f} %"]


def when_not():
    results = in_print(
        1, r"dense_network, shuffled: mean (\d+\.\d)%[\s\S]*convolutional_network, shuffled: mean (\d+\.\d)%"
    )
    assert float(results[1]) < float(results[0])
    products = sum(
        np.prod(layer.output.shape[1:]) * np.prod(layer.kernel.shape[:-1])
        for layer in network().layers
        if hasattr(layer, "kernel")
    )
    return [f"{products / 1e6:.1f}"]


COMPUTED = {
    1: dense_on_pixels,
    2: scaled_pixels,
    3: lambda: ["180"],  # degrees
    4: strides,
    5: output_shapes,
    7: what_same_promises,
    8: lambda: [conv(32, 3, 3), conv(64, 3, 32), conv(64, 3, 1)],
    9: one_pixel,
    10: larger_images,
    12: vanishing,
    13: dead,
    14: max_or_average,
    15: small_moves,
    16: global_pooling,
    17: large_logits,
    18: the_first_loss,
    19: several_labels,
    20: dropout,
    21: field,
    22: small_kernels,
    23: depthwise,
    24: two_modes,
    25: why_it_helps,
    26: three_kinds,
    27: overfitting,
    28: better_unseen,
    29: learning_rate,
    30: precision_and_recall,
    31: which_is_better,
    32: promise,
    33: none_of_the_ten,
    34: a_map,
    35: turned,
    36: augmentation,
    37: few_images,
    39: lambda: [f"{np.prod(network().input_shape[1:]):,}"],
    40: when_not,
}


@every_question
def test_its_numbers_are_right(question):
    """What an answer says is given in its question or computed here, and all that is computed is said."""
    text = re.sub(r"\[[^\]]+\]\(references[^)]*\)", "", question.answer)
    said = set(NUMBER.findall(words(text)))
    given = set(NUMBER.findall(words(question.asked)))
    computed = set(COMPUTED.get(int(question.number), list)())
    assert computed - said == set()
    large = {number for number in said if len(re.sub(r"\D", "", number)) > 2 or re.search("[.%]", number)}
    assert large - given - computed == set()
