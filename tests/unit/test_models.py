"""The networks have the layers that the article and the chapters say."""

from itertools import pairwise

import numpy as np
import pytest

from cnnbook import models
from cnnbook.backend import keras


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
    with pytest.raises(ValueError, match="no network is called 'resnet'; there is: baseline"):
        models.build("resnet")


def test_scale():
    scaled = models.scale(np.array([0, 51, 255], np.uint8))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [0, 0.2, 1])


def test_describe_tells_networks_apart(baseline, monkeypatch):
    described = models.describe(baseline)
    assert described[0] == "conv1 Conv2D 896"
    monkeypatch.setattr(models, "DROPOUT", (0.1, 0.1, 0.1, 0.1))
    assert models.describe(models.baseline()) != described


def test_the_learning_rate_falls_to_zero():
    optimizer = models.adam(steps=100)
    rates = []
    for step in (0, 25, 50, 100):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    np.testing.assert_allclose(rates, np.array([1, 0.75, 0.5, 0]) * models.LEARNING_RATE, rtol=1e-5)
