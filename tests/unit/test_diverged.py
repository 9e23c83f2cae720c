"""Trainings and networks whose numbers are no numbers any more: refused at once, and never recorded."""

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset

from cnnbook import models
from cnnbook.runs import Diverged, load_weights, save_weights
from cnnbook.training import recipe, train
from cnnbook.training.batches import Batches, epoch_batches
from cnnbook.training.epoch import compiled_model, train_epoch

any_backend = pytest.mark.backends


def quiet(*progress):
    pass


@any_backend
def test_a_training_that_diverges_stops_at_once(tmp_path):
    steps = []
    with pytest.raises(Diverged, match=r"has diverged \(loss is \w+ at step \d of 10\); try a smaller learn"):
        train(
            *("tiny", tiny_dataset()),
            epochs=2,
            folder=tmp_path,
            report=lambda progress: steps.append(progress.step),
            learning_rate=1e30,
        )
    assert len(steps) < 9
    assert [file.name for file in (tmp_path / "tiny").iterdir()] == ["checkpoint.npz"]
    train("tiny", tiny_dataset(), epochs=1, folder=tmp_path, report=quiet)  # no epoch was done: none is lost


def whose_averages_are(name, value):
    """A network that is being trained, and the batches of an epoch. An average is not used in training."""
    split = tiny_dataset().train
    model = compiled_model(recipe("tiny"), split, seed=0)
    getattr(model.get_layer("bn1"), name).assign([value] * 4)
    return model, epoch_batches(recipe("tiny"), split, 3, seed=0, epoch=0)


@any_backend
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("moving_mean", np.nan, "bn1/moving_mean holds NaN or infinite numbers"),
        ("moving_variance", -1e6, "val_loss is nan after the epoch"),  # its root is no number
    ],
)
def test_it_has_diverged_where_the_loss_does_not_show_it(name, value, message):
    model, batches = whose_averages_are(name, value)
    validation = Batches(tiny_dataset().validation, 3, 64) if message.startswith("val") else None
    with pytest.raises(Diverged, match=message):
        train_epoch(model, batches, validation, quiet, (0, 0))


def test_a_run_whose_answers_are_no_numbers_is_not_finished(tmp_path):
    """After one large step the weights are numbers still."""
    one_step = {"epochs": 1, "batch_size": 640, "learning_rate": 1e30, "report": quiet}
    with pytest.raises(Diverged, match=r"has diverged \(.*NaN or infinite"):
        train("tiny", tiny_dataset(), folder=tmp_path, **one_step)
    assert not (tmp_path / "tiny" / "results.json").exists()


def test_weights_too_large_for_half_precision_survive(tmp_path):
    model = models.build("tiny")
    model.get_layer("probabilities").bias.assign([1e6, 0.1, -2])
    save_weights(tmp_path / "weights.npz", model)
    again = models.build("tiny")
    load_weights(tmp_path / "weights.npz", again)
    np.testing.assert_allclose(again.get_layer("probabilities").bias, [1e6, 0.1, -2], rtol=1e-3)
    np.testing.assert_allclose(again.weights[0], model.weights[0], rtol=1e-3)


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    model = models.build("tiny")
    model.get_layer("probabilities").bias.assign([np.nan, 0, 0])
    with pytest.raises(Diverged, match=r"has diverged \(probabilities/bias holds NaN"):
        save_weights(tmp_path / "weights.npz", model)
    assert not list(tmp_path.iterdir())
