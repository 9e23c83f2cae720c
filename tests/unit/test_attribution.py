"""What networks with known answers look at."""

import numpy as np
import pytest

from cnnbook import models
from cnnbook.analysis.attribution import (
    effective_field,
    feature_maps,
    grad_cam,
    kernels,
    occlusion,
    saliency,
)
from cnnbook.backend import keras

pytestmark = pytest.mark.backends

layers = keras.layers
RANDOM = np.random.default_rng(0)


@pytest.fixture
def edges():
    """A network with one convolution: left minus right, in the second filter its negative."""
    model = keras.Sequential(
        [
            keras.Input((4, 5, 1)),
            layers.Conv2D(2, (1, 2), activation="relu", name="edges"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
        ]
    )
    model.get_layer("edges").set_weights([np.array([[[[1, -1]], [[-1, 1]]]]), np.zeros(2)])
    return model


def test_feature_maps(edges):
    image = np.zeros((1, 4, 5, 1), np.float32)
    image[0, :, 2:] = 0.75
    maps = feature_maps(edges, image, "edges")
    assert maps.shape == (1, 4, 4, 2)
    np.testing.assert_array_equal(maps[0, :, :, 0], 0)
    np.testing.assert_array_equal(maps[0, 0, :, 1], [0, 0.75, 0, 0])
    assert feature_maps(edges, image, "pool").shape == (1, 2, 2, 2)
    assert feature_maps(edges, image, "flatten").shape == (1, 8)


def test_the_input_is_a_layer():
    image = keras.Input((2, 2, 1), name="image")
    model = keras.Model(image, layers.Flatten(name="flatten")(image))
    pixels = np.arange(4, dtype=np.float32).reshape(1, 2, 2, 1) / 4
    np.testing.assert_array_equal(feature_maps(model, pixels, "image"), pixels)
    with pytest.raises(ValueError, match="'image' is an input, expected a layer that puts out maps"):
        grad_cam(model, pixels, "image")


def test_a_layer_that_answers_nothing_is_refused():
    class Idle(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten, self.idle = layers.Flatten(name="flatten"), layers.ReLU(name="idle")

        def call(self, images):
            return self.flatten(images)

    with pytest.raises(ValueError, match="'idle' has no part in what"):
        feature_maps(Idle(), np.zeros((1, 2, 2, 1)), "idle")


def test_feature_maps_are_those_of_a_trained_network():
    """Dropout is off: the maps are the same each time."""
    model = keras.Sequential([keras.Input((2, 2, 1)), layers.Dropout(0.9, name="drop")])
    np.testing.assert_array_equal(feature_maps(model, np.ones((1, 2, 2, 1)), "drop"), np.ones((1, 2, 2, 1)))


def test_kernels(edges):
    assert kernels(edges, "edges").shape == (1, 2, 1, 2)
    np.testing.assert_array_equal(kernels(edges, "edges")[0, :, 0, 0], [1, -1])


def test_layers_that_are_not_there(edges):
    with pytest.raises(ValueError, match="No such layer: nope"):
        feature_maps(edges, np.zeros((1, 4, 5, 1)), "nope")
    with pytest.raises(ValueError, match="'pool' is a MaxPooling2D layer, which has no kernels"):
        kernels(edges, "pool")


def test_feature_maps_of_models_within_models_and_with_branches():
    block = keras.Sequential([keras.Input((2, 2, 1)), layers.Rescaling(3, name="three")], name="block")
    image = keras.Input((2, 2, 1))
    total = layers.Add(name="total")([image, block(image)])
    model = keras.Model(image, total)
    ones = np.ones((1, 2, 2, 1))
    np.testing.assert_array_equal(feature_maps(model, ones, "block/three"), 3 * ones)
    np.testing.assert_array_equal(feature_maps(model, ones, "total"), 4 * ones)
    assert model.get_layer("total").output is total, "the model is as it was"


def linear(head):
    """A network of 2x2 pixels in two channels and three classes, whose logits are weighted sums."""
    model = keras.Sequential([keras.Input((2, 2, 2)), layers.Flatten(), *head])
    weights = RANDOM.normal(size=(8, 3))
    model.layers[1].set_weights([50 * weights, np.zeros(3)])  # so large that the softmax is saturated
    return model, 50 * weights.T.reshape(3, 2, 2, 2)


HEADS = {
    "activation": lambda: [layers.Dense(3, activation="softmax")],
    "softmax layer": lambda: [layers.Dense(3), layers.Softmax()],
    "activation layer": lambda: [layers.Dense(3), layers.Activation("softmax")],
    "no softmax": lambda: [layers.Dense(3)],
    "scaled": lambda: [layers.Dense(3), layers.Rescaling(1.0), layers.Softmax()],
}


@pytest.mark.parametrize("head", HEADS)
def test_saliency_is_the_gradient_of_the_logit(head):
    model, weights = linear(HEADS[head]())
    images = RANDOM.uniform(size=(4, 2, 2, 2)).astype(np.float32)
    before = model.predict(images, verbose=0)
    for classes in (0, [2, 1, 0, 2]):
        expected = np.abs(weights[classes]).max(axis=-1)
        shape = (4, 2, 2)
        np.testing.assert_allclose(
            saliency(model, images, classes), np.broadcast_to(expected, shape), rtol=1e-4
        )
    most_probable = before.argmax(axis=1)
    np.testing.assert_allclose(saliency(model, images), np.abs(weights[most_probable]).max(-1), rtol=1e-4)
    after = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(after, before, atol=1e-6, err_msg="the model is as it was")
    assert not any("call" in vars(layer) for layer in model.layers)


def test_a_softmax_in_a_model_within_a_model_is_left_out_too():
    inner, weights = linear(HEADS["softmax layer"]())
    model = keras.Sequential([keras.Input((2, 2, 2)), layers.Rescaling(2.0), inner])
    images = RANDOM.uniform(size=(1, 2, 2, 2))
    np.testing.assert_allclose(saliency(model, images, 1)[0], 2 * np.abs(weights[1]).max(-1), rtol=1e-4)


def maps_and_mean(branch=False):
    """Two maps of an image, what is bright and what is dark; the classes weigh the means of both."""
    image = keras.Input((4, 6, 1))
    maps = layers.Conv2D(2, 1, activation="relu", name="maps")(image)
    together = layers.Concatenate(name="both")([maps, image]) if branch else maps
    mean = layers.GlobalAveragePooling2D(name="mean")(together)
    model = keras.Model(image, layers.Dense(2, activation="softmax", name="classes")(mean))
    model.get_layer("maps").set_weights([np.array([[[[1, -1]]]]), np.zeros(2)])
    class_weights = np.array([[24, -48], [-24, 24]] + [[7, 7]] * branch)
    model.get_layer("classes").set_weights([class_weights, np.zeros(2)])
    return model


@pytest.mark.parametrize("branch", [False, True])
def test_grad_cam_sums_the_maps_by_what_they_are_worth(branch):
    """The gradient of a class by a cell of a map is its weight / (4 x 6 cells), above and below 0."""
    images = RANDOM.normal(size=(3, 4, 6, 1)).astype(np.float32)
    bright, dark = np.maximum(images[..., 0], 0), np.maximum(-images[..., 0], 0)
    model = maps_and_mean(branch)
    np.testing.assert_allclose(grad_cam(model, images, "maps", 0), bright, rtol=1e-5)
    expected = np.stack([bright[0], dark[1], bright[2]])
    expected[1] -= bright[1]
    expected[1].clip(0, out=expected[1])
    np.testing.assert_allclose(grad_cam(model, images, "maps", [0, 1, 0]), expected, rtol=1e-5)
    assert grad_cam(model, images, "maps").shape == (3, 4, 6)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="compiles for half a minute, for nothing new")
def test_the_networks_of_the_book_can_be_explained():
    images = RANDOM.uniform(size=(2, 32, 32, 3)).astype(np.float32)
    for model, layer, size in ((models.baseline(), "conv6", 8), (models.fast(width=0.125), "gelu6", 3)):
        before = model.get_weights()
        assert grad_cam(model, images, layer).shape == (2, size, size)
        assert saliency(model, images).shape == (2, 32, 32)
        assert saliency(model, images).max() > 0
        assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def one_pixel(row, column):
    """The probability of class 1 is the value of one pixel."""
    image = keras.Input((5, 6, 1))
    value = image[:, row, column]
    return keras.Model(image, keras.ops.concatenate([1 - value, value], axis=1))


def test_occlusion_finds_the_one_pixel_that_matters():
    images = np.full((2, 5, 6, 1), 0.9, np.float32)
    images[1, 3, 2] = 0.2
    drop = occlusion(one_pixel(3, 2), images, size=1, stride=1, classes=1)
    expected = np.zeros((2, 5, 6))
    expected[:, 3, 2] = 0.9 - 0.5, 0.2 - 0.5
    np.testing.assert_allclose(drop, expected, atol=1e-6)
    np.testing.assert_allclose(occlusion(one_pixel(3, 2), images, 1, 1), np.abs(expected), atol=1e-6)


def test_occlusion_is_the_mean_over_the_squares_on_a_pixel():
    """Squares of 2x2 at rows 0, 2, 3 and columns 0, 2, 4: row 3 is under two of them."""
    images = np.ones((1, 5, 6, 1), np.float32)
    drop = occlusion(one_pixel(2, 2), images, size=2, stride=2, fill=[0.25], classes=1)
    expected = np.zeros((5, 6))
    expected[2, 2:4], expected[3, 2:4] = 0.75, 0.75 / 2
    np.testing.assert_allclose(drop[0], expected, atol=1e-6)


def test_a_softmax_that_is_not_the_last_layer_is_not_passed_over():
    """Its probabilities would be explained, which hardly move."""
    model, _ = linear([layers.Dense(3), layers.Softmax(), layers.Activation("linear")])
    with pytest.raises(ValueError, match="its last layer is no softmax that could be left out"):
        saliency(model, RANDOM.uniform(size=(2, 2, 2, 2)))


def test_the_square_has_a_colour_that_a_pixel_can_have():
    images = np.full((1, 5, 6, 1), 0.9, np.float32)
    assert occlusion(one_pixel(2, 2), images, 1, 1, classes=1)[0, 2, 2] == pytest.approx(0.4)
    for fill, words in ((128, "fill from 0 to 1"), (np.nan, "NaN"), ((0.1, 0.2), r"got shape \(2,\)")):
        with pytest.raises(ValueError, match=words):
            occlusion(one_pixel(2, 2), images, 1, 1, fill=fill)


def test_what_explanations_refuse(edges):
    model, images = maps_and_mean(), np.zeros((2, 4, 6, 1))
    with pytest.raises(
        ValueError, match=r"expected images of shape \(N, 4, 6, 1\), got \(4, 6, 1\); .* images\[None\]"
    ):
        saliency(model, images[0])
    with pytest.raises(ValueError, match="expected classes from 0 to 1, got 2 to 2"):
        saliency(model, images, 2)
    with pytest.raises(ValueError, match="a class, or one for each of 2 images"):
        occlusion(model, images, 2, 1, classes=[0, 1, 1])
    with pytest.raises(ValueError, match=r"'mean' puts out shape \(2, 2\), expected maps"):
        grad_cam(model, images, "mean")
    with pytest.raises(ValueError, match=r"1 <= stride <= size <= 4.* got stride 4 and size 8"):
        occlusion(model, images)
    with pytest.raises(ValueError, match=r"puts out shape \(1, 4, 6, 2\), expected \(images, classes\)"):
        saliency(keras.Model(model.inputs[0], model.get_layer("maps").output), images[:1])
    with pytest.raises(ValueError, match="none at row 4, column 0"):
        effective_field(model, images, "maps", [0, 4], 0)
