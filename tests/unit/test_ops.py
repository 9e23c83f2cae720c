"""The arithmetic of cnnbook.ops is that of Keras: 2,640 random cases, and every rule of the output size.

Random cases are computed in float64. In float32, TensorFlow 2.21 on a CPU returns uninitialised memory for a
few of them (oneDNN: two images of 12x2x1, a kernel (4, 2, 1, 3), strides (1, 3), padding "same"; float64 is
right, and so is TF_ENABLE_ONEDNN_OPTS=0). The stack of layers is computed in float32.
"""

import itertools

import keras
import numpy as np
import pytest

from cnnbook import ops

CLOSE = 1e-5
SEEDS = range(20)


def numbers(rng, *shape):
    return rng.uniform(-1, 1, shape)


def assert_same(ours, theirs, setting):
    theirs = keras.ops.convert_to_numpy(theirs)
    assert ours.shape == theirs.shape, setting
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=CLOSE, err_msg=str(setting))


def one_or_pair(rng, most):
    """Return a random setting in one of the two ways it may be given, and as a pair."""
    if rng.random() < 0.5:
        both = int(rng.integers(1, most + 1))
        return both, (both, both)
    pair = tuple(int(number) for number in rng.integers(1, most + 1, 2))
    return pair, pair


def random_convolution(rng):
    """Return images, kernel, bias and settings of a convolution that is possible, in Keras too."""
    kernel = numbers(rng, *rng.integers(1, 8, 2), rng.integers(1, 5), rng.integers(1, 5))
    strides, dilations = ((1, (1, 1)), one_or_pair(rng, 3))
    if rng.random() < 0.6:
        strides, dilations = one_or_pair(rng, 4), strides
    explicit = tuple(tuple(int(zeros) for zeros in rng.integers(0, 4, 2)) for _ in range(2))
    padding = ["valid", "same", int(rng.integers(0, 4)), explicit][rng.integers(4)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel.shape[:2], dilations[1], strict=True)]
    least = (1, 1) if padding == "same" else reach
    height, width = (int(rng.integers(size, size + 12)) for size in least)
    images = numbers(rng, rng.integers(1, 3), height, width, kernel.shape[2])
    bias = numbers(rng, kernel.shape[3]) if rng.random() < 0.5 else None
    return images, kernel, bias, strides, padding, dilations


def keras_padded(images, padding):
    """Return the images and the padding that Keras knows by name."""
    if isinstance(padding, str):
        return images, padding
    pairs = ((padding, padding), (padding, padding)) if isinstance(padding, int) else padding
    return keras.ops.pad(images, ((0, 0), *pairs, (0, 0))), "valid"


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_is_that_of_keras(seed):
    rng = np.random.default_rng(seed)
    for _ in range(80):
        images, kernel, bias, (stride, strides), padding, (dilation, dilations) = random_convolution(rng)
        ours = ops.conv2d(images, kernel, bias, stride, padding, dilation)
        padded, name = keras_padded(images, padding)
        theirs = keras.ops.conv(padded, kernel, strides, name, "channels_last", dilations)
        if bias is not None:
            theirs = theirs + bias
        assert_same(ours, theirs, (images.shape, kernel.shape, stride, padding, dilation))


@pytest.mark.parametrize("seed", SEEDS)
def test_pooling_is_that_of_keras(seed):
    rng = np.random.default_rng(seed)
    for _ in range(20):
        size, sizes = one_or_pair(rng, 5)
        stride, strides = one_or_pair(rng, 4) if rng.random() < 0.7 else (None, sizes)
        padding = ["valid", "same"][rng.integers(2)]
        height, width = (int(rng.integers(least, least + 12)) for least in sizes)
        images = numbers(rng, rng.integers(1, 3), height, width, rng.integers(1, 4))
        setting = images.shape, size, stride, padding
        for ours, theirs in (
            (ops.max_pool2d, keras.ops.max_pool),
            (ops.avg_pool2d, keras.ops.average_pool),
        ):
            assert_same(
                ours(images, size, stride, padding),
                theirs(images, sizes, strides, padding, "channels_last"),
                setting,
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_dense_relu_and_softmax_are_those_of_keras(seed):
    rng = np.random.default_rng(seed)
    for _ in range(4):
        rows, inputs, outputs = rng.integers(2, 20, 3)  # Keras warns of a softmax of one
        x, weights, bias = numbers(rng, rows, inputs), numbers(rng, inputs, outputs), numbers(rng, outputs)
        scores = ops.dense(x, weights, bias)
        assert_same(scores, keras.ops.add(keras.ops.matmul(x, weights), bias), x.shape)
        assert_same(ops.relu(scores), keras.ops.relu(scores), x.shape)
        for axis in (0, 1, -1):
            assert_same(ops.softmax(scores, axis), keras.ops.softmax(scores, axis), axis)
        large = scores * 1000  # exp() of these overflows where the largest is not taken off
        assert_same(ops.softmax(large), keras.ops.softmax(large), x.shape)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stack_of_layers_is_that_of_keras(seed):
    """The layers a chapter builds, with their weights: so no argument of ours means another than Keras's."""
    rng = np.random.default_rng(seed)
    images = numbers(rng, 2, *rng.integers(8, 20, 2), 3).astype(np.float32)
    model = keras.Sequential(
        [
            keras.layers.Input(images.shape[1:]),
            keras.layers.ZeroPadding2D(((1, 0), (2, 1))),
            keras.layers.Conv2D(4, (3, 2), strides=2, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2, padding="same"),
            keras.layers.Conv2D(5, 2, dilation_rate=(2, 1), padding="same", activation="relu"),
            keras.layers.AveragePooling2D((1, 2), padding="same"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.set_weights([numbers(rng, *weights.shape) for weights in model.get_weights()])
    assert model.dtype == "float32"
    first, first_bias, second, second_bias, last, last_bias = model.get_weights()
    x = ops.pad2d(images, ((1, 0), (2, 1)))
    x = ops.max_pool2d(ops.relu(ops.conv2d(x, first, first_bias, stride=2, padding="same")), padding="same")
    x = ops.relu(ops.conv2d(x, second, second_bias, padding="same", dilation=(2, 1)))
    x = ops.avg_pool2d(x, (1, 2), padding="same")
    x = ops.softmax(ops.dense(x.reshape(len(x), -1), last, last_bias))
    assert_same(x, model(images), images.shape)


def test_stride_and_dilation_together_skip_outputs_of_the_dilated_convolution():
    """Keras refuses both at once; without `same`, a stride only leaves outputs out."""
    rng = np.random.default_rng(0)
    images, kernel = numbers(rng, 1, 15, 18, 2), numbers(rng, 3, 2, 2, 3)
    every = keras.ops.conv(images, kernel, 1, "valid", "channels_last", (2, 3))
    assert_same(ops.conv2d(images, kernel, stride=(3, 2), dilation=(2, 3)), every[:, ::3, ::2], "both")


def test_one_image_and_one_kernel_give_one_map():
    image = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(ops.conv2d(image, [[1, 0], [0, -1]]), np.full((2, 3), -5.0))
    np.testing.assert_array_equal(ops.conv2d(image, [[1, 0], [0, -1]], bias=7), np.full((2, 3), 2.0))
    np.testing.assert_array_equal(ops.max_pool2d(image), [[5, 7]])
    np.testing.assert_array_equal(ops.avg_pool2d(image), [[2.5, 4.5]])
    assert ops.pad2d(image, ((1, 0), (0, 2)), value=-1).shape == (4, 6)


def test_it_is_cross_correlation_not_convolution():
    spike = np.zeros((3, 3))
    spike[1, 1] = 1
    kernel = np.arange(9).reshape(3, 3)
    np.testing.assert_array_equal(ops.conv2d(spike, kernel, padding="same"), kernel[::-1, ::-1])


def test_any_axes_before_rows_columns_channels():
    rng = np.random.default_rng(0)
    images, kernel = numbers(rng, 2, 3, 6, 7, 2), numbers(rng, 3, 3, 2, 4)
    maps = ops.conv2d(images, kernel, padding="same")
    assert maps.shape == (2, 3, 6, 7, 4)
    np.testing.assert_allclose(maps[1, 2], ops.conv2d(images[1, 2], kernel, padding="same"), atol=CLOSE)
    assert ops.max_pool2d(images).shape == (2, 3, 3, 3, 2)
    assert ops.pad2d(images, 1).shape == (2, 3, 8, 9, 2)


def test_bytes_do_not_overflow_and_floats_keep_their_precision():
    white = np.full((3, 3), 255, np.uint8)
    assert ops.conv2d(white, np.ones((3, 3), np.int8)) == 9 * 255
    assert ops.avg_pool2d(white, 3) == 255
    single = np.ones((4, 4), np.float32)
    assert ops.conv2d(single, single).dtype == ops.avg_pool2d(single).dtype == np.float32


def test_output_size_against_counting():
    paddings = ["valid", "same", 0, 2, (0, 1), (3, 0), (1, 4)]
    settings = itertools.product(range(1, 14), range(1, 6), range(1, 6), paddings, range(1, 4))
    possible = 0
    for size, kernel, stride, padding, dilation in settings:
        try:
            found = ops.output_size(size, kernel, stride, padding, dilation)
        except ValueError:
            found = None
        if padding == "same":
            before, after = found.before, found.after
            assert after - before in (0, 1)
            assert found.size == -(-size // stride)
            assert before + after == 0 or found.dropped == 0
        else:
            before, after = {"valid": (0, 0), 0: (0, 0), 2: (2, 2)}.get(padding, padding)
        padded = before + size + after
        windows = [
            [start + step * dilation for step in range(kernel)]
            for start in range(0, padded, stride)
            if start + (kernel - 1) * dilation < padded
        ]
        if not windows:
            assert found is None
            continue
        possible += 1
        dropped = padded - 1 - max(max(window) for window in windows)
        assert found == (len(windows), before, after, dropped), (size, kernel, stride, padding, dilation)
    assert possible > 5000


def test_dropped_rows_and_columns_change_no_output():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(11, 14)), rng.normal(size=(3, 3))
    rows, columns = ops.output_size(11, 3, 3), ops.output_size(14, 3, 4)
    assert (rows.dropped, columns.dropped) == (2, 3)
    maps = ops.conv2d(image, kernel, stride=(3, 4))
    other = image.copy()
    other[-rows.dropped :] += 1
    other[:, -columns.dropped :] += 1
    np.testing.assert_array_equal(ops.conv2d(other, kernel, stride=(3, 4)), maps)
    other[-rows.dropped - 1] += 1
    assert not np.array_equal(ops.conv2d(other, kernel, stride=(3, 4)), maps)


IMAGE, KERNEL = np.ones((5, 6)), np.ones((3, 3))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ops.conv2d(IMAGE, np.ones((6, 6))), r"covers 6 elements.*has 5.*smaller kernel"),
        (lambda: ops.conv2d(IMAGE, KERNEL, dilation=4), r"covers 9 elements \(kernel 3, dilation 4\).*has 5"),
        (lambda: ops.conv2d(IMAGE, KERNEL, stride=0), "the stride to be 1 or more, got 0"),
        (lambda: ops.conv2d(IMAGE, KERNEL, stride=1.5), "the stride as a whole number, got 1.5"),
        (lambda: ops.conv2d(IMAGE, KERNEL, stride=(1, 2, 3)), r"\(rows, columns\), got \(1, 2, 3\)"),
        (lambda: ops.conv2d(IMAGE, KERNEL, dilation=-1), "the dilation to be 1 or more, got -1"),
        (lambda: ops.conv2d(IMAGE, KERNEL, padding="full"), '"valid", "same".*got \'full\''),
        (lambda: ops.conv2d(IMAGE, KERNEL, padding=None), '"valid", "same".*got None'),
        (lambda: ops.conv2d(IMAGE, KERNEL, padding=-1), "the padding to be 0 or more, got -1"),
        (lambda: ops.conv2d(IMAGE, KERNEL, padding=(1, 2)), r"\(\(top, bottom\), \(left, right\)\), got"),
        (lambda: ops.conv2d(IMAGE, KERNEL, padding=((1, 2), 3)), r"\(\(top, bottom\), \(left, right\)\)"),
        (lambda: ops.conv2d(IMAGE, KERNEL[0]), r"Expected images .* got shapes \(5, 6\) and \(3,\)"),
        (lambda: ops.conv2d(np.ones((5, 5, 3)), np.ones((3, 3, 1, 2))), "have 3 channels.*is for 1.*3, F"),
        (
            lambda: ops.conv2d(np.ones((5, 5, 3)), np.ones((3, 3, 3, 2)), np.ones(3)),
            r"\(2,\), got shape \(3,\)",
        ),
        (lambda: ops.conv2d(np.ones((0, 5, 3)), np.ones((3, 3, 3, 2))), "input size to be 1 or more, got 0"),
        (lambda: ops.pad2d(IMAGE, "same"), "padding"),
        (lambda: ops.pad2d(np.ones(3), 1), r"Expected an image .* got shape \(3,\)"),
        (lambda: ops.max_pool2d(IMAGE, 7), "covers 7 elements"),
        (lambda: ops.max_pool2d(IMAGE, padding=1), 'takes padding="valid" or "same", got 1'),
        (lambda: ops.avg_pool2d(IMAGE, 0), "the pool size to be 1 or more"),
        (lambda: ops.avg_pool2d(np.ones(3)), r"Expected an image .* got shape \(3,\)"),
        (lambda: ops.dense(IMAGE, np.ones((5, 2))), r"got shapes \(5, 6\) and \(5, 2\). Flatten"),
        (lambda: ops.dense(IMAGE, np.ones((6, 2)), np.ones(3)), r"\(2,\), got shape \(3,\)"),
        (lambda: ops.output_size(5, 3, padding=(1, 2, 3)), r"\(before, after\), got \(1, 2, 3\)"),
    ],
)
def test_impossible_settings_say_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()
