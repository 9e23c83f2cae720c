"""Files written whole or not at all, and runs read back."""

import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from seeds import mean, spread, three_seeds
from tiny_data import tiny_dataset

from benchmarks import training
from cnnbook import __main__ as command
from cnnbook import runs
from cnnbook.analysis.evaluation import Evaluation
from cnnbook.data import load_cifar10
from cnnbook.runs import (
    RECORDED,
    Run,
    RunError,
    default_folder,
    halved,
    list_runs,
    load_ablations,
    load_arrays,
    load_run,
    load_times,
    save_arrays,
    save_json,
    save_run,
)
from cnnbook.training.recipes import ABLATIONS, Recipe

ROOT = Path(__file__).parents[2]
RESULTS = {
    "name": "baseline",
    "epochs": 2,
    "seed": 0,
    "parameters": 10,
    "data": {"name": "digits", "checksum": "of digits"},
    "date": "2026-01-01",
    "confusion": [[1]],
    "per_class_accuracy": [1.0],
    "test_accuracy": 1.0,
    "evaluated_images": 1,
    "seconds_per_epoch": 1.0,
    "settings": {"recipe": {"network": "baseline", "options": {}}},
}
HISTORY = {"loss": [2.0, 1.0], "accuracy": [0.5, 0.6]}


@pytest.fixture
def folder(tmp_path):
    save_run(tmp_path / "run", RESULTS, HISTORY)
    return tmp_path / "run"


CURVE = {"strengths": [0], "accuracy": [0.9], "by_class": [[0.9]]}


@pytest.mark.parametrize(
    "curves",
    [
        None,
        [],
        {"blur": [1]},
        {"blur": {"strengths": [0], "accuracy": [0.9]}},
        {"blur": CURVE | {"by_class": [0.9]}},
        {"blur": CURVE | {"answers": [[1.0], [1.0]]}},
        {"blur": CURVE | {"answers": None}},
    ],
)
def test_a_robustness_that_says_nothing_is_refused(folder, curves):
    with pytest.raises(
        RunError, match=r"recorded without robustness\.json; measure that by: python -m cnnbook robustness"
    ):
        load_run(folder).robustness()
    save_json(folder / "robustness.json", {"curves": curves})
    with pytest.raises(RunError, match="does not hold strengths and accuracies; measure them again"):
        load_run(folder).robustness()


def test_a_run_is_read_back(folder):
    run = load_run(folder)
    assert run.name == "baseline"
    assert run.history == HISTORY
    assert {key: run.results[key] for key in RESULTS} == RESULTS


def test_a_recorded_run_is_found_by_name(folder, monkeypatch):
    monkeypatch.setattr(runs, "RECORDED", folder.parent)
    assert load_run("run") == load_run(folder)
    with pytest.raises(RunError, match=r"no run is called 'nope'.*recorded: run"):
        load_run("nope")


def test_a_run_of_other_data_is_refused(folder):
    data = tiny_dataset()
    said = r"on digits, and this is other data: tiny, made by a test; .* train\('baseline', data\), or load"
    with pytest.raises(RunError, match=said + ".*, without CNNBOOK_DATASET and CNNBOOK_FAST"):
        load_run(folder, replace(data, checksum="another"))
    assert load_run(folder, replace(data, checksum="of digits")) == load_run(folder)


def test_a_folder_is_no_recorded_run_of_its_name(tmp_path, monkeypatch):
    save_run(tmp_path / "baseline", RESULTS, HISTORY)
    monkeypatch.chdir(tmp_path)
    assert [run.results["epochs"] for run in list_runs(".")] == [2]
    assert load_run(Path("baseline")).results["epochs"] == 2
    assert load_run("baseline").results["epochs"] == 12


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 5000, "no run is called 'xxx"),
        ("a\0b", "no run is called 'a"),
        (Path("fast"), r"no run is in the folder fast; the recorded one is load_run\('fast'\), no Path"),
        (RECORDED / "fast" / "results.json", "is a file, and a run is a folder: give .*fast$"),
    ],
    ids=lambda name: f"{name!s:.20}",
)
def test_what_names_no_run_is_one_sentence(name, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match=said):
        load_run(name)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((3,), "expected the name of a recorded run or a folder .* got 3"),
        ((None,), "got None"),
        (("fast", "cifar10"), "expected a Dataset, as load_dataset.* got 'cifar10'"),
    ],
)
def test_arguments_of_another_type_are_refused(arguments, said):
    with pytest.raises(TypeError, match=said):
        load_run(*arguments)


def test_the_home_folder_is_found(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    assert load_run("~/run") == load_run(folder)
    assert list_runs("~") == [load_run(folder)]


def test_a_smoothed_loss_has_a_name_of_its_own(folder):
    recipe = {"network": "fast", "options": {}, "label_smoothing": 0.2}
    save_run(folder, RESULTS | {"settings": {"recipe": recipe}}, HISTORY | {"val_loss": [3.0, 2.0]})
    save_arrays(folder / "steps.npz", {"loss": np.zeros(4)})
    run = load_run(folder)
    assert run.history == {
        "smoothed_loss": [2.0, 1.0],
        "val_smoothed_loss": [3.0, 2.0],
        "accuracy": [0.5, 0.6],
    }
    assert list(run.steps()) == ["smoothed_loss"]


def test_what_is_no_number_is_not_written(folder):
    with pytest.raises(ValueError, match="nan"):
        save_run(folder, RESULTS, HISTORY | {"loss": [1.0, float("nan")]})
    assert load_run(folder).history == HISTORY


def test_numbers_too_large_for_half_precision_stay_whole():
    assert halved(np.float32([1e6, 1])).tolist() == [1e6, 1]
    assert halved(np.float32([1, 2])).dtype == np.float16


def test_what_was_not_recorded_is_said(folder):
    for ask in (Run.steps, Run.replay):
        with pytest.raises(RunError, match=r"was recorded without \w+\.npz; train it again"):
            ask(load_run(folder))


def test_a_network_of_another_version_is_refused(folder):
    save_arrays(folder / "weights.npz", {})
    run = load_run(folder)
    unknown = replace(run, results=run.results | {"settings": {"recipe": {"network": "vgg", "options": {}}}})
    with pytest.raises(RunError, match="not known here: no network is called 'vgg'"):
        unknown.model()


def test_list_runs(folder):
    save_run(folder.parent / "another", RESULTS, HISTORY)
    (folder.parent / "unfinished").mkdir()
    assert [run.folder.name for run in list_runs(folder.parent)] == ["another", "run"]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("results.json", "{", "cannot be read"),
        ("results.json", "[]", "has format None"),
        ("results.json", json.dumps(RESULTS), "has format None"),
        (
            "results.json",
            json.dumps({**RESULTS, "format": 3}),
            "has format 3, this version of cnnbook reads format 2",
        ),
        ("results.json", json.dumps({"format": 2, "name": "baseline"}), "has no .*confusion.*test_accuracy"),
        *(
            ("results.json", json.dumps({**RESULTS, "format": 2, key: None}).replace(f'"{key}"', '"x"'), key)
            for key in ("settings", "seconds_per_epoch", "evaluated_images", "test_accuracy")
        ),
        (
            "results.json",
            json.dumps(RESULTS | {"format": 2, "test_accuracy": float("nan")}),
            "NaN is no number",
        ),
        ("results.json", json.dumps(RESULTS | {"format": 2, "data": "digits"}), "has no data"),
        ("results.json", json.dumps(RESULTS | {"format": 2, "data": {}}), "has no data name, data checksum"),
        ("results.json", json.dumps(RESULTS | {"format": 2, "settings": {}}), "has no settings recipe"),
        *(
            ("results.json", json.dumps(RESULTS | {"format": 2} | wrong), "contradicts itself")
            for wrong in (
                {"test_accuracy": 5},
                {"test_accuracy_mirrored": 5},
                {"evaluated_images": 2},
                {"per_class_accuracy": [0.5]},
                {"per_class_accuracy": []},
                {"confusion": [1]},
                {"confusion": [["a"]]},
                {"confusion": [[-1]], "evaluated_images": -1},
            )
        ),
        ("results.json", "[" * 100_000, "cannot be read"),
        ("history.json", json.dumps({"format": 2, "loss": [2.0, "low"]}), "does not hold 2 numbers"),
        ("history.json", json.dumps({"format": 2, "loss": [2.0]}), "does not hold 2 numbers"),
        ("history.json", json.dumps({"format": 2, "loss": 2.0}), "does not hold 2 numbers"),
        ("history.json", None, "cannot be read"),
    ],
)
def test_what_is_not_known_is_refused(folder, file, content, message):
    (folder / file).unlink() if content is None else (folder / file).write_text(content)
    with pytest.raises(RunError, match=message):
        load_run(folder)


def test_arrays_are_read_back(tmp_path):
    arrays = {"conv1/kernel": np.arange(6, dtype=np.float16).reshape(2, 3), "text": np.array("{}")}
    save_arrays(tmp_path / "a.npz", arrays)
    for key, array in load_arrays(tmp_path / "a.npz").items():
        assert array.dtype == arrays[key].dtype
        np.testing.assert_array_equal(array, arrays[key])


def test_a_damaged_archive_is_refused_and_never_read_wrong(tmp_path):
    random = np.random.default_rng(0)
    arrays = {"a": random.random(50, dtype=np.float32), "b": np.array("text")}
    path = tmp_path / "a.npz"
    save_arrays(path, arrays)
    whole, refused = path.read_bytes(), 0
    for place in random.integers(len(whole), size=300):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ random.integers(1, 256)]) + whole[place + 1 :])
        try:
            found = load_arrays(path)
        except RunError:
            refused += 1
        else:  # the byte says nothing about the arrays: a date, an attribute
            assert all(np.array_equal(found[key], arrays[key]) for key in arrays)
    assert refused > 150


def test_a_pickle_in_an_archive_does_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("code in an archive was run",))

    with open(tmp_path / "a.npz", "wb") as file:
        np.savez(file, format=2, a=np.array([Bomb()], dtype=object))
    with pytest.raises(RunError, match="is damaged"):
        load_arrays(tmp_path / "a.npz")


def test_an_archive_of_another_format_is_refused(tmp_path):
    with open(tmp_path / "a.npz", "wb") as file:
        np.savez(file, format=3)
    with pytest.raises(RunError, match="format 3"):
        load_arrays(tmp_path / "a.npz")


RECORDED_RUNS = [*list_runs(), *load_ablations("baseline").values(), *load_ablations("fast").values()]


@pytest.mark.parametrize("run", RECORDED_RUNS, ids=lambda run: str(run.folder.relative_to(RECORDED)))
def test_recorded_runs_are_whole_and_traceable(run):
    results, settings = run.results, run.results["settings"]
    name, seed = results["name"], results["seed"]
    validation = settings["validation"]
    images, part = (5_000, "validation") if validation else (10_000, "test")
    assert np.trace(results["confusion"]) == round(results[f"{part}_accuracy"] * images)
    assert np.sum(results["confusion"]) == results["evaluated_images"] == images
    assert settings["data"]["training_images"] == (
        settings["recipe"].get("images") or (45_000 if validation else 50_000)
    )
    assert len(results["data"]["checksum"]) == 64
    assert results["date"] > "2026"
    assert {"python", "keras", "numpy"} <= results["versions"].keys()
    assert results["hardware"]["cpu"]
    words = shlex.split(results["command"].removeprefix("TF_ENABLE_ONEDNN_OPTS=1 "))
    python, dash_m, package, *arguments = words
    assert (python, dash_m, package) == ("python", "-m", "cnnbook")
    told = command.parser().parse_args(arguments)
    changes = {key: value for key, value in settings["changes"].items() if key != "epochs"}
    assert (told.run, told.name, told.data) == (command.train, name, "cifar10")
    assert (told.epochs, told.seed, told.validation) == (results["epochs"], seed, validation)
    assert dict(told.change) == changes
    if run.folder.parent == RECORDED:
        endings = ["-validation"] * validation + [f"-seed{seed}"] * bool(seed)
        # With how many digits a step computed is up to the processor, and in the results.
        endings += [f"-{key}{value}" for key, value in changes.items() if key != "precision"]
        assert run.folder.name == name + "".join(endings)
    else:
        assert run.folder.parent.name in ABLATIONS[name]
        assert changes == ABLATIONS[name][run.folder.parent.name]


@pytest.mark.parametrize("name", ABLATIONS)
def test_recorded_tries_can_be_compared(name):
    settings = [run.results["settings"] for run in load_ablations(name).values()]
    assert len({(each["epochs"], each["seed"], each["data"]["checksum"]) for each in settings}) == 1
    assert load_ablations(name).keys() == ABLATIONS[name].keys()


@pytest.mark.parametrize("name", ["baseline", "fast"])
def test_recorded_weights_are_those_of_the_network(name):
    run = load_run(name)
    assert run.results["parameters"] == run.model().count_params()


def test_the_recorded_replay_is_that_of_the_recorded_run():
    run, replay = load_run("baseline"), load_run("baseline").replay()
    assert len(replay["confusion"]) == run.results["epochs"] + 1
    assert replay["probabilities"].shape == (13, 10_000, 10)
    for confusion, probabilities in zip(replay["confusion"], replay["probabilities"], strict=True):
        np.testing.assert_array_equal(confusion.sum(axis=1), 1_000)
        answers = np.bincount(probabilities.argmax(axis=1), minlength=10)
        np.testing.assert_array_equal(confusion.sum(axis=0), answers)
    assert np.trace(replay["confusion"][0]) < 2_000, "before the first epoch it guesses"
    # What is evaluated at the end is what is stored, with rounded weights.
    assert abs(np.trace(replay["confusion"][-1]) - 10_000 * run.results["test_accuracy"]) <= 10


def test_the_recording_that_is_watched_asked_validation_images_alone():
    run = load_run("baseline-validation")
    settings = run.results["settings"]
    assert settings["validation"]
    assert settings["replayed"]
    assert settings["seed"] == 0
    assert not [key for key in run.results if key.startswith("test_")]
    replay = run.replay()
    assert replay["probabilities"].shape == (13, 5_000, 10)
    for confusion, probabilities in zip(replay["confusion"], replay["probabilities"], strict=True):
        answers = Evaluation(np.eye(10)[probabilities.argmax(axis=1)], replay["labels"])
        np.testing.assert_array_equal(confusion, answers.confusion)
    assert replay["loss"][0] == pytest.approx(np.log(10), abs=0.01)
    np.testing.assert_allclose(replay["loss"][1:], run.history["val_loss"], rtol=1e-4)
    # The ablation that changes nothing is the same training.
    assert run.history["val_accuracy"] == load_ablations("baseline")["complete"].history["val_accuracy"]


def test_what_chapter_7_says_of_how_sure_the_recorded_network_was():
    run = load_run("baseline")
    said = run.replay()["probabilities"][-1].astype(float)
    text = (ROOT / "book" / "07-dense.ipynb").read_text(encoding="utf-8")
    sure, right = said.max(axis=1).mean() / 255, run.results["test_accuracy"]
    assert f"{right:.1%} of its answers were right".replace("%", " %") in text
    assert f"More, {sure:.1%}".replace("%", " %") in text
    assert f"by {100 * (sure - right):.1f} points" in text
    if "CNNBOOK_CIFAR10" in os.environ:
        labels = load_cifar10().test.labels
        error = Evaluation(said / said.sum(axis=1, keepdims=True), labels).calibration().error
        assert f"about {100 * error:.0f} points apart" in text


def test_the_article_is_reached_and_passed():
    assert mean("baseline") >= 0.83
    assert min(run["test_accuracy"] for run in three_seeds("fast")) >= 0.90
    wide = load_run("fast-wide")
    assert wide.results["test_accuracy"] >= 0.935
    assert sum(wide.history["seconds"]) <= 45 * 60


def percent(fraction):
    return f"{100 * fraction:.2f} %"


@pytest.fixture(scope="module")
def rows():
    """The rows of the tables in benchmarks/README.md, each a list of its cells."""
    lines = (ROOT / "benchmarks" / "README.md").read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def test_the_benchmarks_tell_what_is_recorded(rows):
    for run in list_runs():
        part = "validation" if run.results["settings"]["validation"] else "test"
        told = {percent(run.results[f"{part}_accuracy"]), f"{sum(run.history['seconds']):,.0f}"}
        if "test_accuracy_mirrored" in run.results:
            told.add(percent(run.results["test_accuracy_mirrored"]))
        found = [row for row in rows if row[0] == f"`{run.folder.name}`"]
        assert found
        assert all(told <= {cell.strip("*") for cell in row} for row in found), (told, found)


@pytest.mark.parametrize("name", ABLATIONS)
def test_the_benchmarks_tell_every_try(rows, name):
    tries = {attempt: run.results for attempt, run in load_ablations(name).items()}
    complete = tries["complete"]["validation_accuracy"]
    for attempt, results in tries.items():
        accuracy = results["validation_accuracy"]
        told = [attempt, percent(accuracy), f"{100 * (accuracy - complete):+.2f}"]
        if "validation_accuracy_mirrored" in results:
            told.append(percent(results["validation_accuracy_mirrored"]))
        assert any(row[: len(told)] == told for row in rows), told


@pytest.mark.parametrize("name", ["baseline", "fast"])
def test_three_seeds_differ_in_nothing_else(name):
    runs = three_seeds(name)
    assert [run["seed"] for run in runs] == [0, 1, 2]
    # Ingredients that a run was recorded without have the value that changes nothing.
    assert len({str(Recipe(**run["settings"]["recipe"])) for run in runs}) == 1


def test_the_benchmarks_tell_three_seeds(rows):
    assert any(f"**{spread('baseline')}**" in row for row in rows)
    assert any(
        {f"**{spread('fast')}**", f"**{spread('fast', 'test_accuracy_mirrored')}**"} <= set(row)
        for row in rows
    )
    by_class = 100 * np.array([run["per_class_accuracy"] for run in three_seeds("baseline")])
    told = [
        f"{middle:.1f} ± {deviation:.1f} %"
        for middle, deviation in zip(by_class.mean(0), by_class.std(0, ddof=1), strict=True)
    ]
    header = rows.index(["class", "test accuracy"])
    assert [row[1] for row in rows[header + 2 : header + 12]] == told


@pytest.fixture(scope="module")
def readme():
    """The words of README.md."""
    return " ".join((ROOT / "README.md").read_text().split())


def test_the_readme_tells_what_is_recorded(readme):
    wide = [load_run(name).results for name in ("fast-wide", "fast-wide-seed1")]
    for same in (three_seeds("baseline"), three_seeds("fast"), wide):
        minutes = [run["epochs"] * run["seconds_per_epoch"] / 60 for run in same]
        assert f"{min(minutes):.0f} to {max(minutes):.0f} minutes" in readme
        assert percent(np.mean([run["test_accuracy"] for run in same])) in readme
        assert percent(same[0]["test_accuracy"]) in readme
    assert percent(wide[1]["test_accuracy"]) in readme
    assert percent(np.mean([run["test_accuracy_mirrored"] for run in wide])) in readme


def test_benchmarks_and_readme_tell_the_times_that_are_recorded_of_what_is_tried(readme):
    times = load_times()
    benchmarks = (ROOT / "benchmarks" / "README.md").read_text()
    for lines in (
        training.tries_table(times),
        *map(training.table, times["measured"] + times["means"]),
    ):
        assert "\n".join(["```text", *lines, "```"]) in benchmarks
    for side, plans in training.TRIES.items():
        assert [pair[side]["changes"] for pair in times["tries"]] == plans
    assert [list(told["trainings"]) for told in times["means"]] == [list(means) for means in training.MEANS]
    for measured, told in zip(
        times["measured"],
        (
            "the article's takes {:.1f} minutes on that processor and `fast`, in two epochs, {:.0f} seconds",
            "on an AMD EPYC {:.1f} minutes and {:.0f} seconds",
        ),
        strict=True,
    ):
        slow, quick = (
            np.median([run["seconds"] for run in measured["trainings"][side]]) for side in training.SIDES
        )
        assert told.format(slow / 60, quick) in readme


def test_recordings_are_small():
    files = [file for file in RECORDED.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")]
    assert {file.name for file in files} <= {
        *("results.json", "history.json", "network.json", "robustness.json", "times.json"),
        *("weights.npz", "steps.npz", "replay.npz"),
    }
    assert sum(file.stat().st_size for file in files) < 12_000_000


def test_recordings_hold_no_image():
    """What has one entry for each image has ten numbers there; nothing else is made of bytes."""
    for file in RECORDED.rglob("*.npz"):
        for key, array in load_arrays(file).items():
            if array.dtype == np.uint8:
                assert array.shape[1:] in [(10_000, 10), (5_000, 10), ()], (file, key)
            assert array.shape[-3:] != (32, 32, 3), (file, key)


def test_default_folder(monkeypatch):
    monkeypatch.delenv("CNNBOOK_FAST", raising=False)
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    assert default_folder() == Path("runs")
    monkeypatch.setenv("CNNBOOK_RUNS", "elsewhere")
    assert default_folder() == Path("elsewhere")
    monkeypatch.setenv("CNNBOOK_FAST", "1")
    assert default_folder().is_dir()
    assert default_folder() not in (Path("runs"), Path("elsewhere"))
