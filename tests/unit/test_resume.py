"""A training that was stopped, killed or damaged goes on as if it had not been, or is refused."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset
from tiny_training import EPOCHS, assert_same_run, epoch_lines, quiet, stop_in

from cnnbook import models
from cnnbook.analysis.evaluation import Evaluation
from cnnbook.backend import keras
from cnnbook.runs import RunError, load_run
from cnnbook.system import Busy, locked
from cnnbook.training import loop, train

any_backend = pytest.mark.backends


def train_until(epoch, folder):
    with pytest.raises(KeyboardInterrupt):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=folder, report=stop_in(epoch, 4))


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """The folder of a run that was stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("begun")
    train_until(2, folder)
    return folder


@any_backend
def test_a_stopped_run_ends_like_an_unstopped_one(tmp_path, unstopped):
    train_until(3, tmp_path)
    seen = []
    run = train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=lambda p: seen.append(p[:3:2]))
    assert_same_run(run, unstopped)
    assert seen[:2] == [(1, 10), (2, 10)], "finished epochs are told, not trained again"
    assert seen[2] == (3, 1)


@any_backend
def test_a_stopped_run_keeps_its_slow_copy_of_the_weights(tmp_path):
    changes = {"optimizer": "nesterov", "momentum": 0.85, "learning_rate": 0.05, "lookahead": 0.99}
    unstopped = train("tiny", tiny_dataset(), epochs=2, folder=tmp_path / "a", report=quiet, **changes)
    with pytest.raises(KeyboardInterrupt):
        train("tiny", tiny_dataset(), epochs=2, folder=tmp_path / "b", report=stop_in(2, 4), **changes)
    run = train("tiny", tiny_dataset(), epochs=2, folder=tmp_path / "b", report=quiet, **changes)
    assert_same_run(run, unstopped)


@any_backend
def test_a_killed_run_goes_on_from_its_last_whole_epoch(tmp_path, unstopped):
    command = [sys.executable, Path(__file__).with_name("tiny_command.py"), "train", "tiny"]
    command += ["--epochs", str(EPOCHS), "--folder", tmp_path]
    slow = os.environ | {"SECONDS_A_STEP": "0.2"}
    with subprocess.Popen(command, env=slow, stdout=subprocess.PIPE, text=True) as process:
        lines = list(islice(epoch_lines(process), 2))
        lock = locked(tmp_path / "tiny" / "lock", "this one")
        with pytest.raises(Busy, match=f"process {process.pid} on .*, since 20"), lock:
            pass
        time.sleep(0.2)  # into the next epoch, which takes 1 s at least
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    assert [line.split(":")[0] for line in lines] == ["epoch  1 of 4", "epoch  2 of 4"]
    assert process.returncode == -signal.SIGKILL
    done = 2 + rest.count("epoch")  # a busy machine may have come further
    assert done < EPOCHS
    assert not (tmp_path / "tiny" / "results.json").exists()

    steps = []
    run = train(
        "tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=lambda p: steps.append(p.epoch)
    )
    assert steps.count(done) == 1, "a whole epoch is not trained again"
    assert steps.count(done + 1) == 10
    assert_same_run(run, unstopped)


def test_a_finished_run_is_returned_at_once(unstopped, capsys):
    before = (unstopped.folder / "results.json").read_bytes()
    run = train("tiny", tiny_dataset(), epochs=EPOCHS, folder=unstopped.folder.parent)
    assert run == load_run(unstopped.folder)
    assert (unstopped.folder / "results.json").read_bytes() == before
    assert capsys.readouterr().out.count("\n") == EPOCHS, "its epochs are printed again"


def test_a_run_killed_after_its_last_epoch_is_evaluated(tmp_path, unstopped, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(loop, "evaluate", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet)
    assert_same_run(train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet), unstopped)


@any_backend
def test_a_replay_begins_before_the_first_epoch_and_survives_a_stop(tmp_path):
    options = {"epochs": 3, "report": quiet, "replayed": True}
    whole = train("tiny", tiny_dataset(), folder=tmp_path / "whole", **options)
    with pytest.raises(KeyboardInterrupt):
        train("tiny", tiny_dataset(), folder=tmp_path, **options | {"report": stop_in(2, 4)})
    for run in (whole, train("tiny", tiny_dataset(), folder=tmp_path, **options)):
        replay = run.replay()
        assert {key: array.shape for key, array in replay.items()} == {
            "filters": (4, 3, 3, 3, 4),
            "loss": (4,),
            "confusion": (4, 3, 3),
            "probabilities": (4, 160, 3),
            "labels": (160,),
        }
        keras.utils.set_random_seed(0)
        first = models.build("tiny").get_layer("conv1").get_weights()[0]
        np.testing.assert_allclose(replay["filters"][0], first, rtol=1e-3)
        np.testing.assert_array_equal(replay["filters"][-1], run.model().get_layer("conv1").kernel)
        np.testing.assert_array_equal(replay["labels"], tiny_dataset().test.labels)
        assert replay["loss"][-1] == pytest.approx(run.results["test_loss"], rel=1e-2)
        for confusion, probabilities in zip(replay["confusion"], replay["probabilities"], strict=True):
            answers = probabilities.argmax(axis=1)
            np.testing.assert_array_equal(
                confusion, Evaluation(np.eye(3)[answers], replay["labels"]).confusion
            )
        # The weights are rounded when they are stored: an image on the border may change sides.
        assert abs(np.trace(replay["confusion"][-1]) - run.results["test_accuracy"] * 160) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 5}, "epochs was 4 and is now 5"),
        ({"seed": 1}, "seed was 0 and is now 1"),
        ({"validation": True}, "validation was False and is now True"),
        ({"dataset": tiny_dataset(seed=1)}, "checksum 1"),
    ],
)
def test_other_settings_are_refused(begun, unstopped, options, message):
    options = {"dataset": tiny_dataset(), "epochs": EPOCHS} | options
    for folder in (begun, unstopped.folder.parent):
        with pytest.raises(RunError, match=message):
            train("tiny", folder=folder, report=quiet, **options)


def test_a_run_goes_on_with_the_back_end_that_it_was_begun_with(begun, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(RunError, match=r"backend was '\w+' and is now 'torch'"):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=begun, report=quiet)


def test_ingredients_of_later_versions_were_left_out(tmp_path, unstopped):
    folder = tmp_path / "tiny"
    shutil.copytree(unstopped.folder, folder)
    results = json.loads((folder / "results.json").read_text())
    del results["settings"]["recipe"]["lookahead"], results["settings"]["backend"]
    (folder / "results.json").write_text(json.dumps(results))
    assert train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet) == load_run(folder)
    with pytest.raises(RunError, match=r"\(lookahead was 0.0 and is now 0.5\)"):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet, lookahead=0.5)


def test_a_changed_network_is_refused(unstopped, monkeypatch):
    monkeypatch.setattr(loop, "describe", lambda model: ["conv1 Conv2D 112"])
    with pytest.raises(RunError, match="layers was"):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=unstopped.folder.parent, report=quiet)


@pytest.mark.parametrize("damage", ["half", "empty", "one byte"])
def test_a_damaged_checkpoint_is_refused(tmp_path, begun, damage):
    path = tmp_path / "tiny" / "checkpoint.npz"
    path.parent.mkdir()
    whole = (begun / "tiny" / "checkpoint.npz").read_bytes()
    middle = len(whole) // 2
    weight = whole.index(b"state/000.npy") + 60  # among its numbers, behind the names of the archive
    flipped = whole[:weight] + bytes([whole[weight] ^ 255]) + whole[weight + 1 :]
    path.write_bytes({"half": whole[:middle], "empty": b"", "one byte": flipped}[damage])
    with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet)


def test_another_file_is_no_checkpoint(tmp_path, unstopped):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "checkpoint.npz").write_bytes((unstopped.folder / "weights.npz").read_bytes())
    with pytest.raises(RunError, match="not a checkpoint"):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet)


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, unstopped, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill_after_two(progress):
        if (progress.epoch, progress.step) == (3, 1):
            monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=fill_after_two)
    monkeypatch.undo()
    assert [file.name for file in (tmp_path / "tiny").iterdir()] == ["checkpoint.npz"]
    assert_same_run(train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet), unstopped)
