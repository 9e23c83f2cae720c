"""Evaluation, maps and kernels of networks with known answers."""

import numpy as np
import pytest

from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.evaluation import Evaluation, evaluate
from cnnbook.interpret import feature_maps, kernels


@pytest.fixture
def evaluation():
    """Five images of three classes, none of class 2: two right, three wrong."""
    probabilities = np.array(
        [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.0, 0.05, 0.95], [0.2, 0.2, 0.6]]
    )
    return Evaluation(probabilities, np.array([0, 1, 1, 1, 0]))


def test_accuracy_and_confusion(evaluation):
    assert evaluation.correct == 2
    assert evaluation.accuracy == 0.4
    np.testing.assert_array_equal(evaluation.confusion, [[1, 0, 1], [1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(evaluation.per_class_accuracy, [1 / 2, 1 / 3, np.nan])


def test_loss(evaluation):
    assert evaluation.loss == pytest.approx(-np.log([0.7, 0.8, 0.3, 0.05, 0.2]).mean())
    sure_and_wrong = Evaluation(np.array([[1.0, 0.0]]), np.array([1]))
    assert sure_and_wrong.loss == pytest.approx(-np.log(1e-7))


def test_most_confident_mistakes(evaluation):
    np.testing.assert_array_equal(evaluation.most_confident_mistakes(2), [3, 2])
    np.testing.assert_array_equal(evaluation.most_confident_mistakes(10), [3, 2, 4])


def test_evaluate_asks_about_every_image_and_scales_it():
    """A network that says class 1 as surely as the image is bright."""
    inputs = keras.Input((2, 2, 3))
    brightness = keras.layers.GlobalAveragePooling2D()(inputs)[:, :1]
    model = keras.Model(inputs, keras.ops.concatenate([1 - brightness, brightness], axis=1))
    images = np.zeros((1001, 2, 2, 3), np.uint8)
    images[::2] = 255
    evaluation = evaluate(model, Split(images, np.arange(1001) % 2))
    assert evaluation.probabilities.shape == (1001, 2)
    np.testing.assert_array_equal(evaluation.confusion, [[0, 501], [500, 0]])
    model_is_right = evaluate(model, Split(images, 1 - np.arange(1001) % 2))
    assert model_is_right.accuracy == 1.0
    assert model_is_right.loss == pytest.approx(0, abs=1e-6)


@pytest.fixture
def edges():
    """A network with one convolution: left minus right, in the second filter its negative."""
    model = keras.Sequential(
        [
            keras.Input((4, 5, 1)),
            keras.layers.Conv2D(2, (1, 2), activation="relu", name="edges"),
            keras.layers.MaxPooling2D(2, name="pool"),
            keras.layers.Flatten(name="flatten"),
        ]
    )
    model.get_layer("edges").set_weights([np.array([[[[1, -1]], [[-1, 1]]]]), np.zeros(2)])
    return model


def test_feature_maps(edges):
    image = np.zeros((1, 4, 5, 1), np.float32)
    image[0, :, 2:] = 3
    maps = feature_maps(edges, image, "edges")
    assert maps.shape == (1, 4, 4, 2)
    np.testing.assert_array_equal(maps[0, :, :, 0], 0)
    np.testing.assert_array_equal(maps[0, 0, :, 1], [0, 3, 0, 0])
    assert feature_maps(edges, image, "pool").shape == (1, 2, 2, 2)
    assert feature_maps(edges, image, "flatten").shape == (1, 8)


def test_feature_maps_are_those_of_a_trained_network():
    """Dropout is off: the maps are the same each time."""
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Dropout(0.9, name="drop")])
    np.testing.assert_array_equal(feature_maps(model, np.ones((1, 2, 2, 1)), "drop"), np.ones((1, 2, 2, 1)))


def test_kernels(edges):
    assert kernels(edges, "edges").shape == (1, 2, 1, 2)
    np.testing.assert_array_equal(kernels(edges, "edges")[0, :, 0, 0], [1, -1])


def test_layers_that_are_not_there(edges):
    with pytest.raises(ValueError, match="No such layer: nope"):
        feature_maps(edges, np.zeros((1, 4, 5, 1)), "nope")
    with pytest.raises(ValueError, match="'pool' is a MaxPooling2D layer, which has no kernels"):
        kernels(edges, "pool")
