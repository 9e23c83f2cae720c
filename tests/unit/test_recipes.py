"""Recipes: ingredients that can be changed, one by one, and are refused where they make no sense."""

import numpy as np
import pytest

from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.training.recipes import RECIPES, recipe

pytestmark = pytest.mark.backends


def rates(recipe, steps, at):
    optimizer = recipe.make_optimizer(steps)
    for step in at:
        optimizer.iterations.assign(step)
        yield float(optimizer.learning_rate)


def test_changes_reach_the_recipe_or_its_network():
    changed = recipe("fast", shift=0, epochs=3, whitening=False)
    assert (changed.shift, changed.epochs) == (0, 3)
    assert changed.options == {"width": 0.5, "whitening": False}
    assert changed.learning_rate == RECIPES["fast"].learning_rate
    assert RECIPES["fast"].options == {"width": 0.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"shfit": 1},
            "fast has no ingredient shfit; there is: activation, batch_size,.*whitening, width",
        ),
        ({"dropout": False}, "fast has no ingredient dropout"),
        ({"network": "baseline"}, "fast has no ingredient network"),
        ({"schedule": "rising"}, "schedule is 'rising'; there is: constant, falling, triangular"),
        ({"optimizer": "rmsprop"}, "optimizer is 'rmsprop'; there is: adam, nesterov"),
        ({"flip": "up"}, "flip is 'up'; there is: none, random, alternating"),
        ({"flip": True}, "flip is True, but it is of type str"),
        ({"shift": "a"}, "shift is 'a', but it is of type int"),
        ({"epochs": 1.5}, "epochs is 1.5, but it is of type int"),
        ({"momentum": "much"}, "momentum is 'much', but it is of type float"),
        ({"width": "wide"}, "width is 'wide', but it is something like 1.0"),
        ({"whitening": 0.5}, "whitening is 0.5, but it is something like True"),
        ({"epochs": 0}, "epochs is 0, but it must be at least 1"),
        ({"batch_size": -4}, "batch_size is -4"),
        ({"shift": -1}, "shift is -1"),
        ({"shift": 32}, "shift is 32, but it must be at least 0 and less than 32"),
        ({"shift": True}, "shift is True, but it is of type int"),
        ({"rotation": 200}, "rotation is 200.0, but it must be at least 0 and less than 181"),
        ({"images": -1}, "images is -1"),
        (
            {"small": 8},
            "small is 8 for fast; it is 0, or 9 and more for networks",
        ),
        ({"learning_rate": -0.1}, "learning_rate is -0.1, but it must be at least 0"),
        ({"learning_rate": float("inf")}, "learning_rate is inf"),
        ({"weight_decay": -1}, "weight_decay is -1"),
        ({"bias_rate": float("nan")}, "bias_rate is nan"),
        ({"momentum": 1.5}, "momentum is 1.5, but it must be at least 0 and less than 1"),
        ({"lookahead": 2}, "lookahead is 2.0"),
        ({"label_smoothing": 5}, "label_smoothing is 5.0"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        recipe("fast", **changes)


def test_a_network_that_flattens_takes_no_small_images():
    with pytest.raises(ValueError, match=r"small is 24 for baseline; it is 0, or 9 and more .*: fast"):
        recipe("baseline", small=24)


def test_the_first_images_are_chosen():
    split = Split(np.arange(5 * 3).reshape(5, 1, 1, 3).astype(np.uint8), np.arange(5))
    assert [*recipe("baseline", images=2).choose(split).labels] == [0, 1]
    assert [*recipe("baseline").choose(split).labels] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="images is 6, but there are 5 to train on"):
        recipe("baseline", images=6).choose(split)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="no network is called 'slow'; there is: baseline, fast, fast-wide"):
        recipe("slow")


def test_schedules():
    peak = 0.5
    at = (0, 23, 40, 100)
    constant, falling, triangular = (
        list(rates(recipe("fast", learning_rate=peak, schedule=name), 100, at))
        for name in ("constant", "falling", "triangular")
    )
    np.testing.assert_allclose(constant, [peak] * 4)
    np.testing.assert_allclose(falling, peak * np.array([1, 0.77, 0.6, 0]), atol=1e-7)
    between = 0.07 + 0.93 * 60 / 77
    np.testing.assert_allclose(triangular, peak * np.array([0.2, 1, between, 0.07]), rtol=1e-5)


def test_a_schedule_survives_being_stored():
    schedule = recipe("fast").make_optimizer(100).get_config()["learning_rate"]
    assert schedule["config"] == {"peak": RECIPES["fast"].learning_rate, "steps": 100}


def test_a_whole_number_is_a_number():
    """JSON has 0 for 0.0, which Keras takes for no momentum; NumPy has kinds of its own."""
    for zero in (0, np.float64(0)):
        assert type(recipe("fast", momentum=zero).make_optimizer(10).momentum) is float


def test_optimizers_are_those_of_the_recipe():
    adam, nesterov = (recipe(name).make_optimizer(10) for name in ("baseline", "fast"))
    assert isinstance(adam, keras.optimizers.Adam)
    assert adam.weight_decay is None
    assert (nesterov.momentum, nesterov.nesterov) == (RECIPES["fast"].momentum, True)
    assert nesterov.weight_decay == RECIPES["fast"].weight_decay
    assert (nesterov.bias_rate, nesterov.lookahead) == (RECIPES["fast"].bias_rate, RECIPES["fast"].lookahead)
    assert nesterov.steps == 10
