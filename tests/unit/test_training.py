"""Training on a tiny network: what it learns, records and refuses."""

import io
import os
from dataclasses import asdict, replace
from unittest.mock import Mock

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset
from tiny_training import EPOCHS, quiet

from cnnbook import models
from cnnbook.analysis.evaluation import evaluate
from cnnbook.backend import keras
from cnnbook.runs import RunError, load_weights
from cnnbook.training import Progress, provenance, recipe, train
from cnnbook.training.loop import print_epochs

any_backend = pytest.mark.backends


@any_backend
def test_a_run_learns_and_is_recorded(unstopped):
    assert unstopped.results["test_accuracy"] > 2 / 3, "twice as often right as by chance"
    assert unstopped.history["loss"][-1] < unstopped.history["loss"][0]
    assert {len(values) for values in unstopped.history.values()} == {EPOCHS}
    assert sorted(file.name for file in unstopped.folder.iterdir()) == [
        "history.json",
        "results.json",
        "steps.npz",
        "weights.npz",
    ]


@any_backend
def test_every_batch_is_recorded(unstopped):
    """The batches of an epoch have the mean that Keras tells for the epoch."""
    steps = unstopped.steps()
    assert {key: values.shape for key, values in steps.items()} == {"loss": (40,), "accuracy": (40,)}
    for key, values in steps.items():
        np.testing.assert_allclose(
            values.reshape(EPOCHS, 10).mean(axis=1), unstopped.history[key], rtol=1e-4, err_msg=key
        )
        assert values.std() > 0


def test_results_say_where_they_come_from(unstopped):
    results = unstopped.results
    assert results["command"] == f"python -m cnnbook train tiny --data tiny --epochs {EPOCHS} --seed 0"
    assert results["data"] == {"name": "tiny", "source": "made by a test", "checksum": "checksum 0"}
    assert results["parameters"] == models.build("tiny").count_params()
    assert results["versions"]["keras"] == keras.__version__
    assert results["hardware"]["cores"] == os.cpu_count()
    assert results["seconds_per_epoch"] == pytest.approx(np.mean(unstopped.history["seconds"]))
    assert np.sum(results["confusion"]) == results["evaluated_images"] == 160
    assert results["settings"]["data"]["training_images"] == 640


@any_backend
def test_what_is_evaluated_is_what_is_stored(unstopped):
    again = evaluate(unstopped.model(), tiny_dataset().test)
    assert again.accuracy == unstopped.results["test_accuracy"]
    assert again.loss == pytest.approx(unstopped.results["test_loss"], rel=1e-6)
    assert np.load(unstopped.folder / "weights.npz")["conv1/kernel"].dtype == np.float16


@any_backend
def test_an_ingredient_is_changed_and_told(tmp_path):
    changes = {"shift": 1, "flip": "random", "batch_size": 128}
    run = train("tiny", tiny_dataset(), epochs=1, folder=tmp_path, report=quiet, **changes)
    assert run.results["settings"]["recipe"] == asdict(recipe("tiny", epochs=1, **changes))
    assert run.results["command"].endswith(
        "--epochs 1 --seed 0 --change shift=1 --change flip=random --change batch_size=128"
    )
    assert len(run.steps()["loss"]) == 5
    mirrored = evaluate(run.model(), tiny_dataset().test, mirrored=True).accuracy
    assert run.results["test_accuracy_mirrored"] == mirrored


@any_backend
def test_validation_images_are_watched_and_test_images_left_alone(tmp_path):
    dataset = tiny_dataset()
    run = train("tiny", dataset, epochs=2, folder=tmp_path, validation=True, report=quiet)
    assert run.results["settings"]["data"]["training_images"] == 576
    assert run.results["evaluated_images"] == 64
    assert run.results["validation_accuracy"] == evaluate(run.model(), dataset.validation).accuracy
    assert not [key for key in run.results if key.startswith("test")]
    assert len(run.history["val_accuracy"]) == 2


def test_what_the_record_needs_is_known_before_the_first_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "devices", Mock(side_effect=RunError("no devices")))
    with pytest.raises(RunError, match="no devices"):
        train("tiny", tiny_dataset(), folder=tmp_path, report=lambda progress: pytest.fail("it was trained"))


def test_a_class_without_test_images_has_no_accuracy(tmp_path):
    dataset = replace(tiny_dataset(), class_names=("red", "green", "blue", "none of them"))
    run = train("tiny", dataset, epochs=1, folder=tmp_path, report=quiet)
    assert len(run.results["per_class_accuracy"]) == 3


def test_a_folder_that_cannot_be_written_costs_no_epoch(tmp_path):
    (tmp_path / "file").touch()

    def report(progress):
        pytest.fail("an epoch was trained")

    with pytest.raises(OSError, match="file"):
        train("tiny", tiny_dataset(), folder=tmp_path / "file", report=report)


@pytest.mark.parametrize("epochs", [0, -3])
def test_epochs_below_one_are_refused(tmp_path, epochs):
    with pytest.raises(ValueError, match=f"epochs is {epochs}"):
        train("tiny", tiny_dataset(), epochs=epochs, folder=tmp_path)


def test_an_unknown_network_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no network is called 'nope'; there is: baseline"):
        train("nope", tiny_dataset(), folder=tmp_path)


def test_print_epochs_prints_whole_epochs_only(capsys):
    logs = {"loss": 1.23456, "accuracy": 0.5, "val_accuracy": 0.25, "seconds": 3.0}
    print_epochs(Progress(2, 12, 9, 10, 640, 3.0, logs))
    assert capsys.readouterr().out == ""
    print_epochs(Progress(2, 12, 10, 10, 640, 3.0, logs))
    assert capsys.readouterr().out == "epoch  2 of 12: loss 1.235, accuracy 0.500, val_accuracy 0.250\n"


def test_weights_of_another_network_are_refused(tmp_path, unstopped):
    buffer = io.BytesIO()
    np.savez(buffer, format=2, names=["other"], other=np.zeros(3))
    (tmp_path / "weights.npz").write_bytes(buffer.getvalue())
    with pytest.raises(RunError, match="another network than 'tiny'"):
        load_weights(tmp_path / "weights.npz", unstopped.model())
