"""Receptive fields, worked out by hand and seen in gradients."""

import numpy as np
import pytest

from cnnbook import models
from cnnbook.analysis.attribution import effective_field
from cnnbook.analysis.receptive_field import ReceptiveField, Rectangle, receptive_field, receptive_rectangle
from cnnbook.backend import keras

pytestmark = pytest.mark.backends

layers = keras.layers
NETWORKS, UNITS = 10, 50  # of each network


def test_receptive_fields_worked_out_by_hand():
    """The windows of the baseline, with one filter a layer."""
    model = keras.Sequential([keras.Input((32, 32, 1))])
    for block in (1, 2, 3):
        for number in (2 * block - 1, 2 * block):
            model.add(layers.Conv2D(1, 3, padding="same", activation="relu", name=f"conv{number}"))
            model.add(layers.BatchNormalization())
        model.add(layers.MaxPooling2D(2, name=f"pool{block}"))
        model.add(layers.Dropout(0.5, name=f"drop{block}"))
    for layer in (layers.Flatten(), layers.Dense(2, name="dense"), layers.Softmax(name="probabilities")):
        model.add(layer)
    known = {"conv1": (3, 1), "conv2": (5, 1), "pool1": (6, 2), "conv3": (10, 2), "conv4": (14, 2)}
    known |= {"pool2": (16, 4), "conv5": (24, 4), "conv6": (32, 4), "drop3": (36, 8)}
    for layer, (size, jump) in known.items():
        field = receptive_field(model, layer)
        assert (field.size, field.jump) == ((size, size), (jump, jump)), layer
    assert receptive_field(model, "conv2").start == (-2, -2)
    assert receptive_rectangle(model, "conv2", 0, 10) == Rectangle(0, 3, 8, 13)
    assert receptive_rectangle(model, "probabilities") == Rectangle(0, 32, 0, 32)
    assert receptive_field(model, "probabilities").jump == (0, 0)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="builds for 10 seconds, and computes nothing with JAX"
)
@pytest.mark.parametrize("network", ["baseline", "fast"])
def test_the_answers_of_the_books_networks_depend_on_the_whole_image(network):
    model = models.build(network)
    assert receptive_rectangle(model, "probabilities") == Rectangle(0, 32, 0, 32)


def test_receptive_field_of_rectangles_strides_and_gaps():
    """Rows: windows of 3, 2 apart, from -1 on ("same" on 7). Columns: 2 elements with 2 left out between."""
    model = keras.Sequential(
        [
            keras.Input((7, 9, 1)),
            layers.MaxPooling2D((3, 1), strides=(2, 1), padding="same", name="pool"),
            layers.Conv2D(1, (1, 2), dilation_rate=(1, 3), name="gap"),
        ]
    )
    assert receptive_field(model, "gap") == ReceptiveField((3, 4), (2, 1), (-1, 0))
    assert receptive_rectangle(model, "gap", 0, 5) == Rectangle(0, 2, 5, 9)
    assert receptive_rectangle(model, "gap", 3, 0) == Rectangle(5, 7, 0, 4)


def test_padding_between_layers_is_not_read():
    """No unit of the first layer reads row 9, though the second asks beyond the last unit."""
    model = keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            layers.Conv2D(1, 3, strides=2, name="first"),
            layers.Conv2D(1, 3, padding="same", name="second"),
        ]
    )
    field = receptive_field(model, "second")
    assert field.start[0] + 3 * field.jump[0] + field.size[0] == 11
    assert receptive_rectangle(model, "second", 3, 3) == Rectangle(4, 9, 4, 9)


def test_a_unit_may_read_padding_only():
    model = keras.Sequential(
        [keras.Input((3, 3, 1)), layers.Conv2D(1, 2, padding="same", dilation_rate=10, name="far")]
    )
    assert receptive_rectangle(model, "far", 1, 1) == Rectangle(0, 0, 0, 0)


def test_a_layer_of_several_models_has_a_receptive_field_in_each():
    shared = layers.Conv2D(1, 2, padding="same", name="shared")
    one, two = (keras.Sequential([keras.Input((size, size, 1)), shared]) for size in (5, 3))
    assert receptive_rectangle(one, "shared", 4, 4) == Rectangle(4, 5, 4, 5)
    assert receptive_rectangle(two, "shared", 2, 1) == Rectangle(2, 3, 1, 3)
    image = keras.Input((9, 9, 1))
    twice = keras.Model(image, shared(shared(image)))
    assert receptive_field(twice, "shared").size == (3, 3)


def test_receptive_field_behind_branches():
    """A kernel of 5 and one of 1 side by side; then a factor a channel from the whole image."""
    image = keras.Input((9, 9, 2))
    wide = layers.Conv2D(2, 5, padding="same")(image)
    total = layers.Add(name="total")([image, wide])
    side = layers.Concatenate(name="side")([image, total])
    factor = layers.GlobalAveragePooling2D(keepdims=True)(side)
    model = keras.Model(image, layers.Multiply(name="product")([side, factor]))
    assert receptive_rectangle(model, "side", 4, 0) == Rectangle(2, 7, 0, 3)
    assert receptive_field(model, "total") == ReceptiveField((5, 5), (1, 1), (-2, -2))
    assert receptive_rectangle(model, "product", 4, 0) == Rectangle(0, 9, 0, 9)
    images = np.random.default_rng(0).uniform(0.5, 1, (1, 9, 9, 2))
    assert (effective_field(model, images, "product", 8, 8) > 0).all()


def random_layer(random):
    """A kind of layer and its settings: any kernel, strides, dilation and padding, and positive weights."""

    def positive(shape, dtype=None):
        return keras.ops.convert_to_tensor(random.uniform(0.5, 1, shape), dtype)

    def pair(low, high):
        return tuple(random.integers(low, high, 2).tolist())

    window = {"strides": pair(1, 4), "padding": str(random.choice(["valid", "same"]))}
    weights = {"bias_initializer": "ones", "kernel_size": pair(1, 5)}
    separate = {
        "depthwise_initializer": positive,
        "strides": window["strides"][:1] * 2,
    }  # Keras wants equal ones
    gaps = {"dilation_rate": pair(1, 4), "strides": 1}  # and no stride and dilation above 1 at once
    return [
        (layers.Conv2D, weights | window | {"filters": 2, "kernel_initializer": positive}),
        (layers.Conv2D, weights | window | gaps | {"filters": 2, "kernel_initializer": positive}),
        (layers.DepthwiseConv2D, weights | window | separate),
        (
            layers.SeparableConv2D,
            weights | window | separate | {"filters": 2, "pointwise_initializer": positive},
        ),
        (layers.MaxPooling2D, window | {"pool_size": pair(1, 5)}),
        (layers.AveragePooling2D, window | {"pool_size": pair(1, 5)}),
        (layers.ZeroPadding2D, {"padding": (pair(0, 3), pair(0, 3))}),
        (layers.ReLU, {}),
    ][random.integers(8)]


def random_network(random):
    """A network of two to four random layers, and the same with means in place of maxima.

    Its numbers are positive, so no gradient is 0 by chance. The gradient of a maximum is 0 by all but one of
    the numbers that it reads; a mean reads the same.
    """
    size = (*random.integers(10, 24, 2).tolist(), 2)
    while True:
        stack = [random_layer(random) for _ in range(random.integers(2, 5))]
        means = [
            (layers.AveragePooling2D if kind is layers.MaxPooling2D else kind, how) for kind, how in stack
        ]
        try:
            return [
                keras.Sequential([keras.Input(size), *(kind(**how) for kind, how in some)])
                for some in (stack, means)
            ]
        except ValueError:  # a window larger than its input
            continue


def hull(seen):
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return Rectangle(0, 0, 0, 0)
    return Rectangle(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_receptive_fields_are_where_gradients_are(seed):
    """500 random units of random networks, against what moves them by gradient."""
    random = np.random.default_rng(seed)
    model, means = random_network(random)
    last, last_of_means = model.layers[-1].name, means.layers[-1].name
    rows, columns = (random.integers(0, count, UNITS) for count in model.output_shape[1:3])
    images = random.uniform(0.5, 1, (UNITS, *model.input_shape[1:])).astype(np.float32)
    seen = effective_field(means, images, last_of_means, rows, columns) > 0
    of_maxima = effective_field(model, images, last, rows, columns) > 0
    field = receptive_field(model, last)
    for i in range(UNITS):
        rectangle = receptive_rectangle(model, last, rows[i], columns[i])
        assert rectangle == hull(seen[i])
        assert not (of_maxima[i] & ~seen[i]).any()
        top, left = (np.array(field.start) + np.array(field.jump) * (rows[i], columns[i])).tolist()
        if rectangle.bottom:
            assert top <= rectangle.top < rectangle.bottom <= top + field.size[0]
            assert left <= rectangle.left < rectangle.right <= left + field.size[1]


def test_what_receptive_field_refuses():
    def model(*stack, size=(8, 8, 1)):
        return keras.Sequential([keras.Input(size), *stack])

    up = model(layers.UpSampling2D(name="up"), layers.Flatten(name="flat"))
    with pytest.raises(ValueError, match="'up' reads is not known here: it is a UpSampling2D layer"):
        receptive_field(up, "flat")
    with pytest.raises(ValueError, match="not known here: it is a Softmax layer"):
        receptive_field(model(layers.Softmax(axis=1, name="rows")), "rows")
    with pytest.raises(ValueError, match="with H and W fixed"):
        receptive_field(model(layers.Conv2D(1, 3, name="c"), size=(None, None, 1)), "c")
    with pytest.raises(ValueError, match="got one without an Input"):
        receptive_field(keras.Sequential([layers.Conv2D(1, 3, name="c")]), "c")
    first = layers.MaxPooling2D(1, data_format="channels_first", name="first")
    with pytest.raises(ValueError, match="'first' has data_format=\"channels_first\""):
        receptive_field(model(first), "first")
    pooled = model(layers.MaxPooling2D(2, name="pool"), layers.Flatten(name="flatten"), size=(4, 5, 1))
    with pytest.raises(ValueError, match="'pool' has 2 x 2 units, none at row 2, column -1"):
        receptive_rectangle(pooled, "pool", 2, -1)
    with pytest.raises(ValueError, match="'pool' has 2 x 2 units; name a row and a column"):
        receptive_rectangle(pooled, "pool")
    with pytest.raises(ValueError, match="the units of 'flatten' have no row and column"):
        receptive_rectangle(pooled, "flatten", 0, 0)
