"""`python -m cnnbook`: what it prints and its exit codes."""

import errno
import hashlib
import json
import os
import shlex
import shutil
import signal
import time

import keras
import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_cifar10 import REAL
from tiny_data import tiny_dataset

from cnnbook import __main__ as command
from cnnbook import training
from cnnbook.analysis.robustness import DISTORTIONS, recorded, robustness
from cnnbook.data import DatasetUnavailable, load_cifar10
from cnnbook.packed import pack_model
from cnnbook.runs import load_ablations, load_arrays, load_run, save_arrays
from cnnbook.training import recipes


@pytest.fixture
def cnnbook(monkeypatch, capsys):
    """A function that runs the command on the tiny data set and returns its exit code and what it printed."""
    monkeypatch.setattr(command, "load_dataset", tiny_dataset)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["cnnbook", *map(str, arguments)])
        try:
            code = command.main()
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one finished run."""
    folder = tmp_path_factory.mktemp("runs")
    training.train("tiny", tiny_dataset(), epochs=1, folder=folder, report=lambda progress: None)
    return folder


def test_train_prints_lines_where_there_is_no_terminal(cnnbook, tmp_path):
    code, out, _ = cnnbook("train", "tiny", "--epochs", 2, "--folder", tmp_path)
    lines = out.splitlines()
    assert code == 0
    assert [line[:12] for line in lines] == ["epoch  1 of ", "epoch  2 of ", "tiny: " + lines[2][6:12]]
    assert "of 160 test images right" in lines[2]


def test_train_shows_a_bar_in_a_terminal(cnnbook, tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    code, out, _ = cnnbook("train", "tiny", "--epochs", 1, "--folder", tmp_path)
    assert code == 0
    for part in ("epoch 1/1", "step 10/10", "loss ", "accuracy ", "images/s"):
        assert part in out


def test_the_time_left_is_that_of_the_epochs_trained_now(monkeypatch):
    """Eight epochs were trained before the stop and are told at once: they are no speed."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    report = command.LiveReport()
    logs = {"loss": 1.0, "accuracy": 0.5}
    for epoch in range(1, 9):
        report(training.Progress(epoch, 12, 100, 100, 640, 30.0, logs))
    for step in (1, 2, 3):
        report(training.Progress(9, 12, step, 100, 640, 0.2 * step, logs))
        time.sleep(0.2)
    (task,) = report.bar.tasks
    assert (task.completed, task.total) == (803, 1200)
    assert task.speed < 10, "a step in 0.2 s or more"


def test_without_a_terminal_speed_and_time_left_are_told_once_in_the_first_seconds(capsys):
    report = command.LiveReport()
    for step, seconds in ((10, 4.0), (30, 6.0), (50, 10.0)):
        report(training.Progress(2, 3, step, 100, 6_000, seconds, {"loss": 1.0, "accuracy": 0.5}))
    assert capsys.readouterr().out == "300 images a second; 0:34 minutes left\n"


def test_train_changes_ingredients_and_records_a_replay(cnnbook, tmp_path):
    changes = ("--change", "shift=1", "--change", "flip=random", "--replayed")
    code, out, _ = cnnbook("train", "tiny", "--epochs", 1, "--folder", tmp_path, *changes)
    assert code == 0
    run = load_run(tmp_path / "tiny")
    assert run.results["settings"]["changes"] == {"shift": 1, "flip": "random", "epochs": 1}
    assert len(run.replay()["confusion"]) == 2
    words = shlex.split(run.results["command"].removeprefix("python -m cnnbook ").replace("--data tiny ", ""))
    assert cnnbook(*words, "--folder", tmp_path)[1].splitlines()[-1] == out.splitlines()[-1]


def test_resume_goes_on_but_does_not_start_anew(cnnbook, tmp_path):
    code, _, err = cnnbook("train", "tiny", "--resume", "--folder", tmp_path)
    assert code == 2
    assert err.endswith("holds no training to go on with; leave out --resume\n")
    assert not list(tmp_path.iterdir())
    cnnbook("train", "tiny", "--epochs", 1, "--folder", tmp_path)
    assert cnnbook("train", "tiny", "--epochs", 1, "--resume", "--folder", tmp_path)[0] == 0


def test_ablate_leaves_out_one_ingredient_at_a_time(cnnbook, tmp_path, monkeypatch):
    tries = {"complete": {}, "slow": {"learning_rate": 0.0001}}
    monkeypatch.setitem(recipes.ABLATIONS, "tiny", tries)
    code, out, _ = cnnbook("ablate", "tiny", "--epochs", 2, "--folder", tmp_path)
    assert code == 0
    runs = load_ablations("tiny", tmp_path)
    assert list(runs) == ["complete", "slow"]
    for run in runs.values():
        assert run.results["evaluated_images"] == 64, "never the test images"
    table = [line.split() for line in out.splitlines()[-3:]]
    assert table[0] == ["recipe", "accuracy", "difference", "mirrored", "epochs", "s/epoch"]
    accuracies = [run.results["validation_accuracy"] for run in runs.values()]
    assert accuracies[0] > accuracies[1]
    for row, attempt, accuracy in zip(table[1:], tries, accuracies, strict=True):
        assert row[:2] == [attempt, f"{accuracy:.2%}"]
        assert float(row[2]) == pytest.approx(100 * (accuracy - accuracies[0]), abs=0.006)
        assert row[3] == "2", "epochs; no image is mirrored"
    told_again = [line.split() for line in cnnbook("runs", tmp_path)[1].splitlines()[-3:]]
    assert told_again == table


def test_stopping_says_how_to_go_on(cnnbook, tmp_path, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", stop)
    code, out, err = cnnbook("train", "tiny", "--folder", tmp_path)
    assert (code, err) == (130, "")
    assert out == "Stopped. Run the same command again: a training goes on from its last whole epoch.\n"


def test_a_stop_that_an_import_turns_into_an_error_is_a_stop(cnnbook, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "signals", [])

    def stop(*arguments, **options):
        with pytest.raises(KeyboardInterrupt):
            command.stop(signal.SIGTERM, None)
        raise ImportError("initialization failed")

    monkeypatch.setattr(training, "train", stop)
    assert cnnbook("train", "tiny", "--folder", tmp_path)[::2] == (143, "")


def test_a_stop_whose_exception_was_lost_comes_with_the_next_step(cnnbook, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "signals", [signal.SIGINT])
    code, out, _ = cnnbook("train", "tiny", "--folder", tmp_path)
    assert (code, out.count("\n")) == (130, 1)


def test_a_training_that_diverges_is_one_line(cnnbook, tmp_path):
    code, _, err = cnnbook("train", "tiny", "--change", "learning_rate=1e30", "--folder", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    assert "has diverged" in err


def test_fast_mode_does_not_say_that_it_keeps_a_run(cnnbook, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNBOOK_FAST", "1")
    monkeypatch.setattr(command, "default_folder", lambda: tmp_path)
    out = cnnbook("train", "tiny", "--epochs", 1)[1]
    assert out.endswith("%. Not kept, as ever in fast mode; --folder FOLDER keeps it.\n")
    assert (
        f"%. Stored in {tmp_path / 'tiny'}.\n"
        in cnnbook("train", "tiny", "--epochs", 1, "--folder", tmp_path)[1]
    )


def test_evaluate_recomputes_the_stored_accuracy(cnnbook, folder):
    code, out, _ = cnnbook("evaluate", folder / "tiny")
    assert code == 0
    assert out.endswith("The same, class by class.\n")


def test_robustness_prints_and_stores_what_a_distortion_does(cnnbook, folder, tmp_path, monkeypatch):
    few = {"scale": (0.5, 1), "shuffled": (2, 8), "aimed steps": (0, 4)}
    few = {name: DISTORTIONS[name]._replace(strengths=strengths) for name, strengths in few.items()}
    monkeypatch.setattr("cnnbook.analysis.robustness.DISTORTIONS", few)
    code, out, _ = cnnbook("robustness", folder / "tiny", "--folder", tmp_path)
    assert code == 0
    run = load_run(folder / "tiny")
    assert [line[:-1] for line in out.splitlines() if line.endswith(":")] == [
        f"{name}, {distortion.unit}" for name, distortion in few.items()
    ]
    shutil.copytree(folder / "tiny", tmp_path, dirs_exist_ok=True)
    for name, curve in recorded(load_run(tmp_path)).items():
        assert tuple(curve.strengths) == few[name].strengths
        nothing = list(curve.strengths).index(min(8, few[name].nothing))
        assert curve.accuracy[nothing] == run.results["test_accuracy"]
        np.testing.assert_allclose(curve.answers.sum(axis=1), 1)
    assert set(recorded(load_run(tmp_path))) == set(few)
    assert cnnbook("robustness", folder / "tiny", "--folder", tmp_path, "--only", "scale")[0] == 0
    assert set(recorded(load_run(tmp_path))) == {"scale"}
    code, _, err = cnnbook("robustness", folder / "tiny", "--only", "fog")
    assert (code, "no distortion is called 'fog'; there is: " in err) == (2, True)
    assert f"160 test images a line. Stored in {tmp_path / 'robustness.json'}." in out


@REAL
def test_a_recorded_robustness_is_recomputed():
    run, split = load_run("fast"), load_cifar10().test
    for name, strength in (("rotation", 30), ("noise", 20), ("scale", 0.7)):
        curve = recorded(run)[name]
        [accuracy] = robustness(run.model(), split, name, [strength]).accuracy
        assert accuracy == pytest.approx(curve.accuracy[list(curve.strengths).index(strength)], abs=5e-4)


@REAL
@pytest.mark.parametrize("name", ["baseline", "fast"])
def test_recorded_accuracies_are_recomputed(name, monkeypatch, capsys):
    monkeypatch.setenv("CNNBOOK_FAST", "0")
    monkeypatch.setattr("sys.argv", ["cnnbook", "evaluate", name])
    assert command.main() == 0
    out, results = capsys.readouterr().out, load_run(name).results
    assert f"Recomputed: {round(1e4 * results['test_accuracy'])} of 10000 test images" in out
    if "test_accuracy_mirrored" in results:
        mirrored = results["test_accuracy_mirrored"]
        assert f"With their mirror images: {mirrored:.2%}. Recomputed: {round(1e4 * mirrored)}.\n" in out
    assert out.endswith("The same, class by class.\n")


def one_image_more(results):
    confusion = np.array(results["confusion"])
    row, column = np.argwhere(confusion * (1 - np.eye(len(confusion))))[0]
    confusion[row, row] += 1
    confusion[row, column] -= 1
    results["confusion"] = confusion.tolist()
    results["test_accuracy"] += 1 / 160
    results["per_class_accuracy"][row] = confusion[row, row] / confusion[row].sum()


def classes_exchanged(results):
    results["confusion"] = [row[::-1] for row in results["confusion"][::-1]]
    results["per_class_accuracy"].reverse()


def another_mirrored_accuracy(results):
    results["test_accuracy_mirrored"] = 1.0


@pytest.mark.parametrize("forge", [one_image_more, classes_exchanged, another_mirrored_accuracy])
def test_evaluate_finds_what_is_not_the_same(cnnbook, folder, forge):
    path = folder / "tiny" / "results.json"
    stored = path.read_text()
    results = json.loads(stored)
    forge(results)
    path.write_text(json.dumps(results))
    code, out, _ = cnnbook("evaluate", folder / "tiny")
    path.write_text(stored)
    assert code == 1
    assert out.endswith("NOT the same.\n")


def test_a_finished_run_whose_weights_are_gone_or_damaged_is_told(cnnbook, folder, tmp_path):
    again = ("train", "tiny", "--epochs", 1, "--folder", tmp_path)
    weights = shutil.copytree(folder / "tiny", tmp_path / "tiny") / "weights.npz"
    stored = load_arrays(weights)
    save_arrays(weights, {key: array * np.float16("nan") for key, array in stored.items()})
    for ask in (again, ("evaluate", tmp_path / "tiny")):
        code, _, err = cnnbook(*ask)
        assert (code, err.count("\n")) == (2, 1)
        assert "holds what is no finite number; delete its folder" in err
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "weights.npz is damaged" in cnnbook(*again)[2]
    weights.unlink()
    code, out, _ = cnnbook(*again)
    assert code == 0
    assert out.endswith(
        f"Stored in {tmp_path / 'tiny'}, but without weights.npz: to have that, "
        "delete the folder and train again.\n"
    )


def test_evaluate_refuses_other_data(cnnbook, folder, monkeypatch):
    monkeypatch.setattr(command, "load_dataset", lambda: tiny_dataset(seed=1))
    code, _, err = cnnbook("evaluate", folder / "tiny")
    assert code == 2
    assert "other data" in err


def test_runs_prints_a_table(cnnbook, folder):
    code, out, _ = cnnbook("runs", folder)
    assert code == 0
    assert out.splitlines()[0].split() == [
        *("run", "data", "images", "epochs", "seed", "accuracy", "s/epoch", "weights")
    ]
    assert out.splitlines()[1].split()[:2] == ["tiny", "tiny"]


def test_a_damaged_run_hides_no_other(cnnbook, folder, tmp_path):
    for place in ("tiny", "other", "ablations/complete/tiny", "ablations/slow/tiny", "ablations/fast/tiny"):
        shutil.copytree(folder / "tiny", tmp_path / place)
        path = tmp_path / place / "results.json"
        path.write_text(path.read_text().replace("test_accuracy", "validation_accuracy"))
    for place in ("other", "ablations/complete/tiny"):
        (tmp_path / place / "results.json").write_text("{")
    code, out, err = cnnbook("runs", tmp_path)
    assert code == 1
    rows = [line.split() for line in out.splitlines() if line]
    assert [row[0] for row in rows] == ["run", "tiny", "tiny,", "recipe", "fast", "slow"]
    assert len(rows[-1]) == 4, "no difference from another than the complete recipe"
    assert err.count("\n") == 2
    for place in ("other", "ablations/complete/tiny"):
        assert f"python -m cnnbook: {tmp_path / place / 'results.json'} cannot be read" in err


def test_the_table_of_recorded_runs_fits_a_terminal(cnnbook, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = cnnbook("runs")
    assert code == 0
    assert all(f"\n{name} " in out for name in ("baseline", "fast", "complete", "without-dropout"))
    assert "…" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "nope"], "no network is called 'nope'; there is: baseline"),
        (["train", "tiny", "--epochs", "-3"], "'-3' is not a whole number of at least 1"),
        (["train", "tiny", "--epochs", "1.5"], "'1.5' is not a whole number of at least 1"),
        (["train", "tiny", "--seed", "-1"], "'-1' is not a whole number from 0"),
        (["train", "tiny", "--workers", "two"], "'two' is neither how many workers nor I/N@HOST:PORT"),
        (["train", "tiny", "--change", "shift"], "'shift' is not INGREDIENT=VALUE"),
        (["train", "tiny", "--change", "shfit=1"], "tiny has no ingredient shfit; there is: batch_size"),
        (["train", "tiny", "--change", "learning_rate=nan"], "is nan, but it must be at least 0 and less"),
        (
            ["train", "tiny", "--change", "momentum=.5", "--change", "momentum=1"],
            "to be 0.5 and 1; say which",
        ),
        (["train", "tiny", "--change", "shift=far"], "shift is 'far', but it is of type int"),
        (["ablate", "tiny"], "no ingredients are listed for 'tiny'; they are for: baseline, fast"),
        (
            ["train", "tiny", "--change", "momentum=1"],
            "momentum is 1.0, but it must be at least 0 and less than 1",
        ),
        (
            ["train", "tiny", "--change", "learning_rate=NaN"],
            "learning_rate is nan, but it must be at least",
        ),
        (["train", "baseline", "--change", 'dropout=["a", 0, 0, 0]'], "but it is four rates from 0"),
        (["train", "fast", "--change", "width=0"], "filters"),
        (["train", "fast", "--change", "width=Infinity"], "width is inf, but it is a share"),
        (["train", "fast", "--change", "width=1e9"], "width is 1000000000.0, but it is a share"),
        (["train", "tiny", "--change", f"learning_rate={10**400}"], "0, but it must be at least 0 and less"),
        (["train", "tiny", "--change", "learning_rate=1e39"], "learning_rate is 1e+39, but it must be at"),
        (["train", "tiny", "--change", "batch_size=99999999999"], "batch_size is 99999999999, but it must"),
        (["train", "tiny", "--change", "epochs=3", "--epochs", "2"], "epochs is to be 3 and 2; say which"),
        (
            ["train", "tiny", "--change", "shift=1", "--change", "shift=2"],
            "shift is to be 1 and 2; say which",
        ),
        (
            ["train", "tiny", "--epochs", "9" * 20],
            f"epochs is {'9' * 20}, but it must be at least 1 and less",
        ),
        (["ablate", "fast", "--epochs", "9" * 20], "epochs is 9"),
        (["train", "tiny", "--seed", "9" * 20], "is not a whole number from 0 to 4294967295"),
        (["train", "tiny", "--workers", "0"], "'0' is neither how many workers"),
        (["train", "tiny", "--workers", "9" * 20], "9' is neither how many workers"),
        (["train", "tiny", "--workers", "0/2@host:99999"], "'0/2@host:99999' is neither how many workers"),
        (["train", "tiny", "--data", "mnist"], "invalid choice: 'mnist'"),
        (["train"], "NAME"),
        (["evaluate", "nope"], "no run is called 'nope'"),
        (["runs", "nope"], "nope is no folder"),
        ([], "COMMAND"),
    ],
)
def test_bad_input_is_one_clear_line(cnnbook, arguments, message):
    code, out, err = cnnbook(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_folder_that_cannot_be_written(cnnbook, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = cnnbook("train", "tiny", "--folder", tmp_path / "file")
    assert code == 2
    assert err == f"python -m cnnbook: {tmp_path / 'file' / 'tiny'}: Not a directory\n"


def test_a_damaged_checkpoint(cnnbook, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "checkpoint.npz").write_bytes(b"damaged")
    code, _, err = cnnbook("train", "tiny", "--folder", tmp_path)
    assert code == 2
    assert err == (
        f"python -m cnnbook: {tmp_path / 'tiny' / 'checkpoint.npz'} is damaged; "
        "delete its folder and train again\n"
    )


def test_a_full_disk(cnnbook, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as a write does: without the file's name

    monkeypatch.setattr("cnnbook.system.os.fsync", full)
    code, _, err = cnnbook("train", "tiny", "--folder", tmp_path)
    assert code == 2
    assert err == f"python -m cnnbook: {tmp_path / 'tiny' / 'checkpoint.npz'}: No space left on device\n"


def test_other_settings(cnnbook, folder):
    code, _, err = cnnbook("train", "tiny", "--epochs", 3, "--folder", folder)
    assert code == 2
    assert err == (
        f"python -m cnnbook: {folder / 'tiny'} holds a run of other settings (epochs was 1 and is now 3), "
        "which stays as it is; ask for the same, or for another folder: "
        f'folder="{folder / "another"}", or --folder for the command\n'
    )


def test_a_data_set_of_an_unknown_name(monkeypatch, capsys):
    monkeypatch.setenv("CNNBOOK_DATASET", "mnist")
    monkeypatch.setattr("sys.argv", ["cnnbook", "train", "baseline"])
    assert command.main() == 2
    assert capsys.readouterr().err.startswith("python -m cnnbook: CNNBOOK_DATASET=mnist names no data set.")


def test_no_data(cnnbook, monkeypatch):
    def unavailable():
        raise DatasetUnavailable("there is no CIFAR-10 here")

    monkeypatch.setattr(command, "load_dataset", unavailable)
    assert cnnbook("train", "tiny") == (2, "", "python -m cnnbook: there is no CIFAR-10 here\n")


def test_export_packs_a_run_and_says_what_rounding_costs(cnnbook, folder, tmp_path):
    code, out, _ = cnnbook("export", folder / "tiny", "--folder", tmp_path / "new")
    assert code == 0
    packed = (tmp_path / "new" / "tiny.cnn").read_bytes()
    told = json.loads((tmp_path / "new" / "tiny.json").read_text())
    assert packed == pack_model(load_run(folder / "tiny").model(), half=True)
    assert told["sha256"] == hashlib.sha256(packed).hexdigest()
    assert told["accuracy"] == load_run(folder / "tiny").results["test_accuracy"]
    assert told["images"] == 160  # of the tiny data set
    assert f"{told['other_answers']} get another answer." in out


def test_export_of_a_file_of_keras_counts_the_answers_that_change(cnnbook, tmp_path):
    inputs, classes = tiny_dataset().test.images.shape[1:], len(tiny_dataset().class_names)
    layers = keras.layers
    model = keras.Sequential([keras.Input(inputs), layers.Flatten(), layers.Dense(classes, "softmax")])
    model.layers[-1].set_weights([np.zeros((np.prod(inputs), classes)), np.arange(classes) * 1e-5 + 1])
    model.save(tmp_path / "own.keras")
    code, _, _ = cnnbook("export", tmp_path / "own.keras", "--folder", tmp_path)
    told = json.loads((tmp_path / "own.json").read_text())
    assert code == 0
    assert told["other_answers"] == told["images"]  # 1.00001 is 1 in half precision: all classes are alike


@pytest.mark.parametrize(
    ("name", "why"),
    [("none.keras", "there is no file"), ("text.keras", "holds no network that Keras can open")],
)
def test_export_of_no_network(cnnbook, tmp_path, name, why):
    (tmp_path / "text.keras").write_text("no network")
    code, out, err = cnnbook("export", tmp_path / name, "--folder", tmp_path)
    assert (code, out) == (command.BAD_INPUT, "")
    assert why in err
