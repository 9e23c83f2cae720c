"""Checkpoints of earlier versions, and what makes settings the same."""

import json

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset

from cnnbook.runs import RunError, load_arrays, save_arrays
from cnnbook.training import train
from cnnbook.training.checkpoint import OPTIONAL, check_settings


def stop(progress):
    """A report that presses Ctrl-C in the second epoch."""
    if progress.epoch == 2:
        raise KeyboardInterrupt


def test_a_smoothed_loss_is_called_so_where_earlier_versions_did_not(tmp_path, capsys):
    options = {"epochs": 2, "validation": True, "label_smoothing": 0.2, "folder": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        train("tiny", tiny_dataset(), report=stop, **options)
    path = tmp_path / "tiny" / "checkpoint.npz"
    arrays = load_arrays(path)
    arrays["about"] = np.array(str(arrays["about"]).replace("smoothed_loss", "loss"))
    save_arrays(path, {key.replace("smoothed_loss", "loss"): array for key, array in arrays.items()})
    run = train("tiny", tiny_dataset(), **options)
    assert run.history.keys() == {"smoothed_loss", "accuracy", "val_smoothed_loss", "val_accuracy", "seconds"}
    assert {key: len(values) for key, values in run.steps().items()} == {"smoothed_loss": 18, "accuracy": 18}
    assert capsys.readouterr().out.count(", val_smoothed_loss ") == 2
    assert run.results["validation_loss"] < min(run.history["val_smoothed_loss"]), "that one is plain"


def test_settings_are_compared_as_they_are_stored(tmp_path):
    """JSON has no tuples; the first versions stored no back end."""
    now = {
        "backend": "jax",
        "recipe": {"dropout": (0.2, 0.3)},
        "layers": ["a 1", "b 2"],
        "data": {"name": "x"},
    }
    stored = json.loads(json.dumps(now))
    del stored["backend"]
    same = {"recipe": OPTIONAL | now["recipe"]}
    check_settings(tmp_path, stored, now | same)
    other = {"recipe": OPTIONAL | {"dropout": [0.3, 0.2]}, "layers": ["a 1", "b 3"], "data": {"name": "y"}}
    with pytest.raises(RunError) as refused:
        check_settings(tmp_path, stored, now | other)
    for part in (
        "dropout was [0.2, 0.3] and is now [0.3, 0.2]",
        "layers was ['b 2'] and is now ['b 3']",
        "data name was 'x' and is now 'y'",
    ):
        assert part in str(refused.value)
