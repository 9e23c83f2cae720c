"""The networks have the layers that the article and the chapters say."""

import re
import zipfile
from itertools import pairwise

import numpy as np
import pytest

from cnnbook import models
from cnnbook.backend import keras
from cnnbook.training.recipes import RECIPES

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def baseline():
    return models.build("baseline")


def test_baseline_has_the_layers_of_the_article(baseline):
    convolutions = [layer for layer in baseline.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.name for layer in convolutions] == [f"conv{i}" for i in range(1, 7)]
    assert [layer.filters for layer in convolutions] == [32, 32, 64, 64, 128, 128]
    assert {(layer.kernel_size, layer.padding) for layer in convolutions} == {((3, 3), "same")}
    assert baseline.get_layer("pool3").output.shape == (None, 4, 4, 128)
    assert baseline.get_layer("dense").units == 128
    assert baseline.output_shape == (None, 10)


def test_baseline_has_the_parameters_counted_by_hand(baseline):
    """The weights of convolution and dense layers: (kernel height x width x inputs + 1) x outputs."""
    channels = (3, 32, 32, 64, 64, 128, 128)
    convolutions = [(3 * 3 * inputs + 1) * filters for inputs, filters in pairwise(channels)]
    dense = [(4 * 4 * 128 + 1) * 128, (128 + 1) * 10]
    counted = [layer.count_params() for layer in baseline.layers if hasattr(layer, "kernel")]
    assert counted == convolutions + dense


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ({"batch_normalization": False}, keras.layers.BatchNormalization),
        ({"dropout": [0, 0, 0, 0]}, keras.layers.Dropout),
    ],
)
def test_an_ingredient_of_the_baseline_can_be_left_out(baseline, option, kind):
    without = models.build("baseline", **option)
    assert [layer.name for layer in without.layers] == [
        layer.name for layer in baseline.layers if not isinstance(layer, kind)
    ]


def test_dropout_is_as_strong_as_told():
    model = models.build("baseline", dropout=[0.1, 0, 0.3, 0.4])
    rates = {layer.name: layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)}
    assert rates == {"drop1": 0.1, "drop3": 0.3, "drop4": 0.4}
    for wrong in ([0.1, 0.2], [0.1, 0.2, 0.3, 1], [-0.1, 0, 0, 0]):
        with pytest.raises(ValueError, match="but it is four rates from 0 to below 1"):
            models.baseline(dropout=wrong)


def test_baseline_fits_other_images():
    model = models.baseline((64, 48, 1), classes=7)
    assert model.get_layer("pool3").output.shape == (None, 8, 6, 128)
    assert model.output_shape == (None, 7)


def test_equal_seeds_make_equal_weights():
    first, second = [], []
    for weights in (first, second):
        keras.utils.set_random_seed(3)
        weights += models.build("baseline").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_build_refuses_unknown_names():
    with pytest.raises(ValueError, match="no network is called 'resnet'; there is: baseline, fast"):
        models.build("resnet")

    with pytest.raises(ValueError, match="baseline has no option width"):
        models.build("baseline", width=2)


def test_fast_has_the_parameters_counted_by_hand():
    """Without biases in the convolutions; batch normalization has a shift and two averages a channel."""
    channels = (24, 64, 64, 256, 256, 256, 256)
    for width in (1, 0.5):
        kept = [24, *(int(width * count) for count in channels[1:])]
        convolutions = sum(9 * inputs * filters for inputs, filters in pairwise(kept))
        whiten, dense = (2 * 2 * 3 + 1) * 24, kept[-1] * 10
        model = models.build("fast", width=width)
        assert model.count_params() == whiten + convolutions + 3 * sum(kept[1:]) + dense
        assert model.get_layer("pool3").output.shape == (None, 3, 3, kept[-1])


def test_the_ingredients_of_fast_can_be_left_out():
    shifted_only = models.build("fast").get_layer("bn1")
    assert len(shifted_only.weights) == 3
    assert len(models.build("fast", batchnorm_scale=True).get_layer("bn1").weights) == 4
    assert not models.build("fast").get_layer("whiten").trainable_weights
    assert models.build("fast", whitening=False).get_layer("whiten").trainable_weights
    kernel = models.build("fast", identity=False).get_layer("conv2").get_weights()[0]
    assert 0.9 < np.abs(kernel).max() * np.sqrt(9 * 64) <= 1


@pytest.mark.parametrize("size", [(3, 3), (1, 5)])
def test_identity_hands_its_inputs_on(size):
    maps = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype("float32")

    def convolved(filters):
        kernel = models.identity_kernel((*size, 3, filters))
        return keras.ops.convert_to_numpy(keras.ops.conv(maps, kernel, padding="same"))

    out = convolved(5)
    np.testing.assert_allclose(out[..., :3], maps, rtol=1e-6)
    assert np.abs(out[..., 3:]).max() > 0.01
    np.testing.assert_allclose(convolved(2), maps[..., :2], rtol=1e-6)


def test_fast_starts_with_its_inputs_handed_on_and_all_layers_differ():
    model = models.build("fast", width=0.25)
    assert np.array_equal(model.get_layer("conv2").get_weights()[0][1, 1], np.eye(16))
    by_chance = [models.build("fast", width=0.25, identity=False).get_layer(f"conv{i}") for i in (4, 5)]
    assert not np.array_equal(*(layer.get_weights()[0] for layer in by_chance))


@pytest.mark.parametrize("name", RECIPES)
def test_a_saved_network_opens_anywhere(name, tmp_path):
    """It is made of what Keras has, so that a process without this package can open it, too."""
    recipe = RECIPES[name]
    model = models.build(recipe.network, **recipe.options)
    images = np.random.default_rng(0).random((2, *model.input_shape[1:]), np.float32)
    models.whiten(model, np.uint8(255 * images))
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        config = archive.read("config.json").decode()
    assert {module.split(".")[0] for module in re.findall(r'"module": "([^"]+)"', config)} == {"keras"}
    assert not set(re.findall(r'"registered_name": "([^"]+)"', config)) & {"cnnbook"}
    opened = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(opened.predict(images, verbose=0), model.predict(images, verbose=0))


def test_whitened_patches_have_no_mean_and_do_not_vary_together():
    random = np.random.default_rng(0)
    smooth = random.normal(size=(200, 16, 16, 3)).cumsum(axis=1).cumsum(axis=2) + random.normal(
        size=(200, 1, 1, 3)
    )
    images = np.clip(128 + 12 * smooth, 0, 255).astype(np.uint8)
    model = models.fast((16, 16, 3), width=0.125)
    before = model.get_layer("conv1").get_weights()
    models.whiten(model, images)
    whitened = keras.ops.convert_to_numpy(model.get_layer("whiten")(models.scale(images))).reshape(-1, 24)
    covariance = np.cov(whitened, rowvar=False)
    np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(covariance[:12, :12] - np.diag(np.diag(covariance[:12, :12])), 0, atol=1e-3)
    np.testing.assert_allclose(np.diag(covariance)[:6], 1, atol=0.05)
    assert np.diag(covariance).max() < 1.001
    np.testing.assert_allclose(whitened[:, 12:], -whitened[:, :12], atol=1e-4)
    np.testing.assert_array_equal(model.get_layer("conv1").get_weights(), before)


def test_whiten_leaves_networks_alone_that_learn_their_first_layer(baseline):
    for model in (baseline, models.build("fast", whitening=False)):
        before = model.get_weights()
        models.whiten(model, np.zeros((4, 32, 32, 3), np.uint8))
        assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_scale():
    scaled = models.scale(np.array([0, 51, 255], np.uint8))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [0, 0.2, 1])


def test_describe_tells_networks_apart(baseline):
    described = models.describe(baseline)
    assert described[0] == "conv1 Conv2D 896"
    assert models.describe(models.baseline(dropout=(0.1, 0.1, 0.1, 0.1))) != described
