"""LookaheadSGD: compared with Keras where its ingredients are off, and with the papers' formulas where on."""

import numpy as np
import pytest

from cnnbook.backend import keras
from cnnbook.training.optimizers import EVERY, LookaheadSGD
from cnnbook.training.recipes import RECIPES

pytestmark = pytest.mark.backends

SGD = {"momentum": 0.85, "nesterov": True, "weight_decay": 0.01}
RATE = 0.1


class KerasSGD(keras.optimizers.SGD):
    """By the formulas that all back ends share: for the class itself PyTorch has its own."""


def gradients(step):
    random = np.random.default_rng(step)
    return [random.normal(size=shape).astype(np.float32) for shape in ((3, 2), (2,))]


def trained(optimizer, steps, name="beta"):
    """The weights (3, 2) and biases (2,), called `name`, after each of so many batches."""
    shapes = {"kernel": (3, 2), name: (2,)}
    variables = [keras.Variable(np.ones(shape, np.float32), name=key) for key, shape in shapes.items()]
    optimizer.build(variables)
    told = []
    for step in range(steps):
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients(step)], variables)
        told.append([keras.ops.convert_to_numpy(variable).copy() for variable in variables])
    return told


def test_without_its_ingredients_it_is_that_of_keras():
    ours = trained(LookaheadSGD(RATE, 12, **SGD), 12)
    theirs = trained(KerasSGD(RATE, **SGD), 12)
    for (weights, biases), (their_weights, their_biases) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(weights, their_weights)
        np.testing.assert_array_equal(biases, their_biases)


def test_biases_of_batch_normalization_learn_at_their_own_rate():
    plain = SGD | {"weight_decay": None}
    ours = trained(LookaheadSGD(RATE, 4, bias_rate=64.0, **plain), 4)
    theirs = trained(KerasSGD(RATE, **plain), 4)
    faster = trained(KerasSGD(64 * RATE, **plain), 4)
    for (weights, biases), (their_weights, _), (_, faster_biases) in zip(ours, theirs, faster, strict=True):
        np.testing.assert_array_equal(weights, their_weights)
        np.testing.assert_allclose(biases, faster_biases, rtol=1e-5)


@pytest.mark.parametrize("name", ["bias", "gamma"])
def test_no_other_weights_of_one_axis_do(name):
    """Else a network with such weights, `whitening=False` or `batchnorm_scale=True`, changes two things."""
    ours = trained(LookaheadSGD(RATE, 4, bias_rate=64.0, **SGD), 4, name)
    np.testing.assert_array_equal(ours[-1][1], trained(KerasSGD(RATE, **SGD), 4, name)[-1][1])


def test_weights_start_again_from_the_slow_copy():
    steps, lookahead = 12, 0.9  # the last batch, too, does not end a five
    plain = {"momentum": 0.0}  # so that what comes before a look does not go on after it
    after = trained(LookaheadSGD(RATE, steps, lookahead=lookahead, **plain), steps)
    for part in range(2):
        fast = slow = np.ones_like(after[0][part])
        for step in range(steps):
            fast = fast - np.float32(RATE) * gradients(step)[part]
            if step + 1 == steps:
                fast = slow
            elif (step + 1) % EVERY == 0:
                kept = lookahead**EVERY * ((step + 1) / steps) ** 3
                fast = slow = kept * slow + (1 - kept) * fast
            np.testing.assert_allclose(after[step][part], fast, rtol=1e-5, atol=1e-6)


def test_it_survives_being_stored_with_a_network(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(RECIPES["fast"].make_optimizer(12), loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert again.get_config() == model.optimizer.get_config()
    assert (again.steps, again.bias_rate, again.lookahead, again.nesterov) == (12, 64.0, 0.987, True)
