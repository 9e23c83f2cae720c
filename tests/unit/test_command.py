"""`python -m cnnbook`: what it prints and its exit codes."""

import json

import pytest
from tiny import tiny_dataset
from tiny_cifar10 import REAL

from cnnbook import __main__ as command
from cnnbook import recipes, training
from cnnbook.data import DatasetUnavailable
from cnnbook.runs import load_ablations, load_run


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


def test_train_changes_ingredients_and_records_a_replay(cnnbook, tmp_path):
    changes = ("--change", "shift=1", "--change", "flip=random", "--replayed")
    code, out, _ = cnnbook("train", "tiny", "--epochs", 1, "--folder", tmp_path, *changes)
    assert code == 0
    run = load_run(tmp_path / "tiny")
    assert run.results["settings"]["changes"] == {"shift": 1, "flip": "random", "epochs": 1}
    assert len(run.replay()["confusion"]) == 2
    words = run.results["command"].removeprefix("python -m cnnbook ").replace("--data tiny ", "").split()
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
    assert table[0] == ["recipe", "accuracy", "difference", "s/epoch"]
    accuracies = [run.results["validation_accuracy"] for run in runs.values()]
    assert accuracies[0] > accuracies[1]
    for row, attempt, accuracy in zip(table[1:], tries, accuracies, strict=True):
        assert row[:2] == [attempt, f"{accuracy:.2%}"]
        assert float(row[2]) == pytest.approx(100 * (accuracy - accuracies[0]), abs=0.006)


def test_stopping_says_how_to_go_on(cnnbook, tmp_path, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", stop)
    code, out, err = cnnbook("train", "tiny", "--folder", tmp_path)
    assert (code, err) == (130, "")
    assert out == "Stopped. Run the same command again: a training goes on from its last whole epoch.\n"


def test_evaluate_recomputes_the_stored_accuracy(cnnbook, folder):
    code, out, _ = cnnbook("evaluate", folder / "tiny")
    assert code == 0
    assert out.endswith("The same.\n")


@REAL
@pytest.mark.parametrize("name", ["baseline", "fast"])
def test_recorded_accuracies_are_recomputed(name, monkeypatch, capsys):
    monkeypatch.setenv("CNNBOOK_FAST", "0")
    monkeypatch.setattr("sys.argv", ["cnnbook", "evaluate", name])
    assert command.main() == 0
    out = capsys.readouterr().out
    assert f"Recomputed: {round(1e4 * load_run(name).results['test_accuracy'])} of 10000 test images" in out
    assert out.endswith("The same.\n")


def test_evaluate_finds_one_image_too_many(cnnbook, folder):
    path = folder / "tiny" / "results.json"
    stored = path.read_text()
    results = json.loads(stored)
    results["test_accuracy"] += 1 / 160
    path.write_text(json.dumps(results))
    code, out, _ = cnnbook("evaluate", folder / "tiny")
    path.write_text(stored)
    assert code == 1
    assert out.endswith("NOT the same.\n")


def test_evaluate_refuses_other_data(cnnbook, folder, monkeypatch):
    monkeypatch.setattr(command, "load_dataset", lambda: tiny_dataset(seed=1))
    code, _, err = cnnbook("evaluate", folder / "tiny")
    assert code == 2
    assert "other data" in err


def test_runs_prints_a_table(cnnbook, folder):
    code, out, _ = cnnbook("runs", folder)
    assert code == 0
    assert out.splitlines()[0].split() == [
        *("run", "data", "date", "images", "epochs", "seed", "accuracy", "s/epoch", "weights")
    ]
    assert out.splitlines()[1].split()[:2] == ["tiny", "tiny"]


def test_the_table_of_recorded_runs_fits_a_terminal(cnnbook, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = cnnbook("runs")
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
        (["train", "tiny", "--change", "shift=far"], "shift is 'far', but it is of type int"),
        (["ablate", "tiny"], "no ingredients are listed for 'tiny'; they are for: baseline, fast"),
        (["train", "tiny", "--data", "mnist"], "invalid choice: 'mnist'"),
        (["train"], "NAME"),
        (["evaluate", "nope"], "no run is called 'nope'"),
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
    assert "checkpoint.npz cannot be read" in err


def test_no_data(cnnbook, monkeypatch):
    def unavailable():
        raise DatasetUnavailable("there is no CIFAR-10 here")

    monkeypatch.setattr(command, "load_dataset", unavailable)
    assert cnnbook("train", "tiny") == (2, "", "python -m cnnbook: there is no CIFAR-10 here\n")
