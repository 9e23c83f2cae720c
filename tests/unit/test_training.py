"""Training on a tiny network: resumed, killed, damaged, refused."""

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset

from cnnbook import models, training
from cnnbook.backend import keras
from cnnbook.batches import epoch_batches
from cnnbook.data import Split
from cnnbook.evaluation import Evaluation, evaluate
from cnnbook.files import Busy, locked
from cnnbook.recipes import recipe
from cnnbook.runs import RunError, load_run, load_weights
from cnnbook.training import print_epochs, train

EPOCHS = 4

any_backend = pytest.mark.backends


def quiet(progress):
    pass


@pytest.fixture(scope="module")
def unstopped(tmp_path_factory):
    """A run that was never stopped."""
    return train(
        "tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path_factory.mktemp("unstopped"), report=quiet
    )


def assert_same_run(run, other):
    for weight, expected in zip(run.model().weights, other.model().weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-5, err_msg=weight.path)
    assert run.history.keys() == other.history.keys()
    for key in run.history.keys() - {"seconds"}:
        np.testing.assert_allclose(run.history[key], other.history[key], rtol=1e-5)
    assert run.results["test_accuracy"] == other.results["test_accuracy"]


def stop_in(epoch, step):
    """A report that presses Ctrl-C in the middle of an epoch."""

    def report(progress):
        if (progress.epoch, progress.step) == (epoch, step):
            raise KeyboardInterrupt

    return report


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
        lines = [process.stdout.readline() for _ in range(2)]
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
        patch.setattr(training, "evaluate", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet)
    assert_same_run(train("tiny", tiny_dataset(), epochs=EPOCHS, folder=tmp_path, report=quiet), unstopped)


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


NARROW = {"epochs": 2, "width": 0.125, "batch_size": 64}


@pytest.fixture(scope="module")
def photos():
    """160 images of CIFAR-10's size."""
    random = np.random.default_rng(0)
    split = Split(random.integers(0, 256, (160, 32, 32, 3)).astype(np.uint8), np.arange(160) % 10)
    return replace(tiny_dataset(), class_names=tuple("abcdefghij"), full_train=split, test=split)


@pytest.fixture(scope="module")
def fast(photos, tmp_path_factory):
    """A run of the fast recipe, of few filters, that was never stopped."""
    return train("fast", photos, folder=tmp_path_factory.mktemp("fast"), report=quiet, **NARROW)


@any_backend
def test_the_fast_recipe_goes_on_where_it_was_stopped(tmp_path, photos, fast):
    with pytest.raises(KeyboardInterrupt):
        train("fast", photos, folder=tmp_path, report=stop_in(2, 1), **NARROW)
    assert_same_run(train("fast", photos, folder=tmp_path, report=quiet, **NARROW), fast)


@any_backend
def test_the_fast_recipe_whitens_by_its_training_images_and_keeps_that(photos, fast):
    model = models.build("fast", width=0.125)
    models.whiten(model, photos.full_train.images)
    trained = fast.model().get_layer("whiten").get_weights()
    for weight, expected in zip(trained, model.get_layer("whiten").get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-5)


@any_backend
def test_the_fast_recipe_learns_from_smoothed_labels(photos, fast):
    """A fifth of each label is spread over ten classes."""
    plan = recipe("fast", **NARROW)
    model, _ = training.prepare(plan, photos, validation=False, seed=0)
    images, labels = epoch_batches(plan, photos.full_train, 10, seed=0, epoch=0)[0]
    logarithms = np.log(keras.ops.convert_to_numpy(model(images, training=True)))
    loss = -np.mean(np.sum((0.8 * labels + 0.02) * logarithms, axis=1))
    assert fast.steps()["smoothed_loss"][0] == pytest.approx(loss, rel=1e-4)


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
            "confusion": (4, 3, 3),
            "probabilities": (4, 160, 3),
        }
        keras.utils.set_random_seed(0)
        first = models.build("tiny").get_layer("conv1").get_weights()[0]
        np.testing.assert_allclose(replay["filters"][0], first, rtol=1e-3)
        np.testing.assert_array_equal(replay["filters"][-1], run.model().get_layer("conv1").kernel)
        labels = tiny_dataset().test.labels
        for confusion, probabilities in zip(replay["confusion"], replay["probabilities"], strict=True):
            answers = probabilities.argmax(axis=1)
            np.testing.assert_array_equal(confusion, Evaluation(np.eye(3)[answers], labels).confusion)
        # The weights are rounded when they are stored: an image on the border may change sides.
        assert abs(np.trace(replay["confusion"][-1]) - run.results["test_accuracy"] * 160) <= 1


@any_backend
def test_validation_images_are_watched_and_test_images_left_alone(tmp_path):
    dataset = tiny_dataset()
    run = train("tiny", dataset, epochs=2, folder=tmp_path, validation=True, report=quiet)
    assert run.results["settings"]["data"]["training_images"] == 576
    assert run.results["evaluated_images"] == 64
    assert run.results["validation_accuracy"] == evaluate(run.model(), dataset.validation).accuracy
    assert not [key for key in run.results if key.startswith("test")]
    assert len(run.history["val_accuracy"]) == 2


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
    monkeypatch.setattr(training, "describe", lambda model: ["conv1 Conv2D 112"])
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


def test_what_the_record_needs_is_known_before_the_first_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "devices", Mock(side_effect=RunError("no devices")))
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


@pytest.mark.parametrize("epochs", [0, -3])
def test_epochs_below_one_are_refused(tmp_path, epochs):
    with pytest.raises(ValueError, match=f"epochs is {epochs}"):
        train("tiny", tiny_dataset(), epochs=epochs, folder=tmp_path)


def test_an_unknown_network_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no network is called 'nope'; there is: baseline"):
        train("nope", tiny_dataset(), folder=tmp_path)


def test_print_epochs_prints_whole_epochs_only(capsys):
    logs = {"loss": 1.23456, "accuracy": 0.5, "val_accuracy": 0.25, "seconds": 3.0}
    print_epochs(training.Progress(2, 12, 9, 10, 3.0, logs))
    assert capsys.readouterr().out == ""
    print_epochs(training.Progress(2, 12, 10, 10, 3.0, logs))
    assert capsys.readouterr().out == "epoch  2 of 12: loss 1.235, accuracy 0.500, val_accuracy 0.250\n"


def test_weights_of_another_network_are_refused(tmp_path, unstopped):
    buffer = io.BytesIO()
    np.savez(buffer, format=2, names=["other"], other=np.zeros(3))
    (tmp_path / "weights.npz").write_bytes(buffer.getvalue())
    with pytest.raises(RunError, match="another network than 'tiny'"):
        load_weights(tmp_path / "weights.npz", unstopped.model())
