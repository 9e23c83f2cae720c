"""Fast mode trains for so few steps that batch normalization's averages would still be at their start."""

import pytest

from cnnbook.backend import keras
from cnnbook.data import load_digits32
from cnnbook.models import build
from cnnbook.training import train
from cnnbook.training.epoch import limit_momentum


@pytest.mark.parametrize(("steps", "momentum"), [(5, 0), (38, 1 - 10 / 38), (1_000, 0.99), (9_384, 0.99)])
def test_averages_forget_their_start_within_the_steps_there_are(steps, momentum):
    model = build("baseline")
    limit_momentum(model, steps)
    normalizations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert [layer.momentum for layer in normalizations] == [pytest.approx(momentum)] * 7


def test_a_short_training_learns_digits(tmp_path):
    """38 steps, as many as in fast mode: 10 % where the averages were at their start, 92 % where not."""
    digits = load_digits32().part(1_000, 200, 500)
    run = train("baseline", digits, epochs=2, folder=tmp_path, report=lambda progress: None)
    assert run.results["test_accuracy"] > 0.85
