"""What book and documents say of the recordings, in words, is what is recorded."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from seeds import spread, three_seeds

from cnnbook.data.cifar10 import NAMES as CIFAR10
from cnnbook.models import build
from cnnbook.runs import RECORDED, list_runs, load_ablations, load_arrays, load_run, load_times
from cnnbook.training.augment import FLIPS, random_shifts

ROOT = Path(__file__).parents[2]
BENCHMARKS = (ROOT / "benchmarks" / "README.md").read_text()


@pytest.fixture(scope="module")
def chapter():
    """The cells of chapter 10, id -> cell."""
    return {cell.id: cell for cell in nbformat.read(ROOT / "book" / "10-cifar10.ipynb", as_version=4).cells}


def questions(results):
    """How often the training with these results asked the test images; see benchmarks/README.md."""
    snapshots = results["epochs"] + 1 if results["settings"]["replayed"] else 0
    return snapshots + 1 + ("test_accuracy_mirrored" in results)


def words(text):
    return " ".join(text.split())


def percent(fraction):
    return f"{100 * fraction:.2f} %"


def test_every_question_to_the_test_images_is_counted():
    _, _, section = BENCHMARKS.partition("## What the test images were asked")
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    told = {name.removesuffix(", replayed"): (int(asked), right) for _, name, asked, right in rows[1:]}
    asked_in_all, _ = told.pop("all")
    assert asked_in_all == sum(asked for asked, _ in told.values())
    for run in list_runs():
        if run.results["settings"]["validation"]:
            continue  # it asks no test image
        asked, right = told[f"`{run.folder.name}`"]
        accuracies = [run.results[key] for key in run.results if key.startswith("test_accuracy")]
        assert asked == questions(run.results), run.folder
        assert all(percent(accuracy) in right for accuracy in accuracies), run.folder


def test_the_chapter_says_how_often_its_run_asked_the_test_images(chapter):
    text = words("\n".join(cell.source for cell in chapter.values()))
    assert f"asked them {questions(load_run('baseline').results)} times" in text
    assert not re.search(r"(computed|evaluated|asked) once\b", text)


def test_the_chapter_shows_all_seeds_and_their_mean(chapter):
    accuracies, of_fast = (
        [100 * run["test_accuracy"] for run in three_seeds(name)] for name in ("baseline", "fast")
    )
    shown = chapter["seeds-code"].outputs[0].text
    assert all(f"{accuracy:.2f} %" in shown for accuracy in accuracies)
    assert spread("baseline") in shown
    assert max(accuracies) == accuracies[0], "the chapter says of its run that it is the highest"
    assert spread("fast") in words(chapter["seeds-note"].source)
    assert max(of_fast) == of_fast[0], "the chapter says so of that run, too"


def test_what_the_falling_learning_rate_is_worth_is_told_epoch_by_epoch(chapter):
    tries = load_ablations("baseline")
    falls, stays = (
        100 * np.array(tries[name].history["val_accuracy"]) for name in ("complete", "constant-learning-rate")
    )
    after_10, after_11, after_12 = (falls - stays)[9:]
    assert (round(after_10, 1), round(after_12)) == (0.5, 5), "the chapter says half a point and five"
    assert "half a point after ten epochs, five after twelve" in words(chapter["choices-note"].source)
    recorded = 100 * (
        tries["complete"].results["validation_accuracy"]
        - tries["constant-learning-rate"].results["validation_accuracy"]
    )
    told = f"{after_10:.1f} points behind after 10 epochs, {after_11:.1f} after 11, {recorded:.1f} after 12"
    assert told in BENCHMARKS


def test_as_many_images_come_back_unchanged_as_augment_says():
    epochs, images = 10, 20_000
    mirrored = np.array([FLIPS["alternating"](0, epoch, images) for epoch in range(epochs)])
    moved = np.array([random_shifts(0, epoch, images, 2) for epoch in range(epochs)])
    versions = np.sort(mirrored * 25 + (moved + 2) @ [5, 1], axis=0)
    assert round(100 * (np.diff(versions, axis=0) == 0).any(axis=0).mean()) == 57


def test_whitened_patches_vary_as_whiten_says():
    """A filter is a direction of length 1, divided by the root of the variance along it and a little more."""
    kernel = load_arrays(RECORDED / "fast" / "weights.npz")["whiten/kernel"].astype(float)
    left = 1 - 3e-5 * (kernel**2).sum(axis=(0, 1, 2))
    assert (round(left.max(), 2), round(left.min(), 2)) == (1.00, 0.54)


def test_what_the_chapter_saw_of_the_training_that_it_watches(chapter):
    replay, told = load_run("baseline-validation").replay(), words(chapter["watch-note"].source)
    right = np.trace(replay["confusion"].astype(int), axis1=1, axis2=2)
    fallen = np.flatnonzero(np.diff(right) < 0) + 1
    assert f"After epochs {fallen[0]} and {fallen[1]} fewer images" in told
    assert len(fallen) == 2
    filters = replay["filters"].astype(float).reshape(13, 27, 32)
    moved = np.abs(np.diff(filters, axis=0)).mean(axis=(1, 2))
    assert moved.argmax() == 0
    each = np.abs(np.diff(filters, axis=0)).mean(axis=1)
    assert f"{(each.argmax(axis=0) == 0).sum()} of the 32 filters move most in the first epoch" in told
    assert (
        f"{moved[0]:.3f} a weight on average there, and {moved[0] / moved[-1]:.0f} times less in the last"
        in told
    )
    alike = [np.corrcoef(first, last)[0, 1] for first, last in zip(filters[0].T, filters[-1].T, strict=True)]
    assert f"the median filter still has a correlation of {np.median(alike):.2f}" in told
    names = dict(zip(CIFAR10, range(10), strict=True))
    last, first = replay["confusion"][-1], replay["confusion"][0]
    cat, dog = names["cat"], names["dog"]
    assert f"Cats and dogs, in both directions: {last[cat, dog]} and {last[dog, cat]} of the 500 each" in told
    mistakes = last * (1 - np.eye(10, dtype=int))
    assert sorted(np.sort(mistakes, axis=None)[-2:]) == sorted([last[cat, dog], last[dog, cat]])
    assert first.sum(axis=0).argmax() == cat
    assert first[:, cat].sum() > 4_950, "nearly all"
    assert np.ptp(replay["probabilities"][0].astype(int)) <= 4, "almost equal, in 255ths"


def test_the_paired_comparison_is_told_as_it_came_out(chapter):
    replay, told = load_run("baseline-validation").replay(), words(chapter["paired-note"].source)
    hits = replay["probabilities"].argmax(axis=2) == replay["labels"]
    (only_10, only_12), (only_11, again) = (
        ((hits[before] & ~hits[12]).sum(), (~hits[before] & hits[12]).sum()) for before in (10, 11)
    )
    apart = only_10 + only_12
    assert f"disagree about {apart}, and {only_12} of these go to the later one" in told
    assert f"{apart // 2} to {apart // 2}, give or take {np.sqrt(apart):.0f}" in told
    assert (
        f"So {only_12} to {only_10} is {(only_12 - only_10) / np.sqrt(apart):.1f} standard deviations" in told
    )
    assert f"{again} to {only_11}, may well be luck" in told


def test_batch_normalization_remembers_as_the_chapter_says(chapter):
    told = words(chapter["first-fit-note"].source)
    assert build("baseline").get_layer("bn1").momentum == 0.99
    assert 1 / 3 < 0.99**100 < 0.37
    assert load_run("baseline-validation").results["settings"]["data"]["training_images"] == 45_000
    assert -(-45_000 // 64) == 704
    assert 0.99**704 < 0.001
    assert all(
        each in told for each in ("keeps 99 %", "more than a third", "704 steps", "less than a thousandth")
    )


def test_what_the_chapter_says_of_times_is_what_was_measured(chapter):
    times = load_times()

    def middle(runs, quantity):
        return np.median([run[quantity] for run in runs])

    asked, note = words(chapter["sooner"].source), words(chapter["sooner-note"].source)
    first, second = times["measured"]
    assert "Intel" in first["hardware"]["cpu"]
    assert first["hardware"] == times["tries"][-1]["hardware"], "on which the plans were chosen"
    for measured, minutes, passing, sooner, where in (
        (first, 10, (2, 2), 10, "on the"),
        (second, 7, (2, 3), 9, "on the other"),
    ):
        sides = slow, quick = [measured["trainings"][side] for side in ("baseline", "fast")]
        assert round(middle(slow, "seconds") / 60) == minutes
        assert tuple(sum(run["accuracy"] >= 0.83 for run in runs) for runs in sides) == passing
        share = np.median([b["seconds"] / a["seconds"] for a, b in zip(slow, quick, strict=True)])
        assert round(1 / share) == sooner, "about a tenth"
        assert all(f"{share:.3f} {where}" in text for text in (note, words(BENCHMARKS)))
    assert "takes ten minutes on two cores of one of the machines, seven on those of the other" in asked
    assert "of this network two of three did, each time; of *fast* two, then three" in note
    assert len(times["tries"]) == 7
    assert "Seven such plans were tried for this network, and seven for" in asked

    def compared(means, half="accuracy"):
        start = means["as it was"]
        saved, cost = {}, {}
        for name, runs in means.items():
            shares = [run["seconds"] / first["seconds"] for run, first in zip(runs, start, strict=True)]
            saved[name] = 100 * (1 - np.median(shares))
            cost[name] = 100 * (middle(start, half) - middle(runs, half))
        return saved, cost

    saved, cost = compared(times["means"][0]["trainings"])
    filters, pixels = "three quarters of the filters", "24 pixels in the first epoch"
    assert max(saved, key=saved.get) == max(cost, key=cost.get) == filters
    assert (round(cost[filters]), round(cost[pixels])) == (2, 1)
    assert [round(saved[name]) for name in (filters, pixels, "ReLU", "bfloat16")] == [23, 16, 12, 14]
    for text in (words(chapter["sooner-means-note"].source), BENCHMARKS):
        assert all(share in text for share in ("16 %", "12 %", "14 %"))
    assert max(cost["ReLU"], cost["bfloat16"]) < 0.5
    assert abs(saved["batches of 512"]) < 2
    assert cost["batches of 512"] > 0.5
    assert abs(cost["a shorter memory of Lookahead"]) < 0.25
    again = times["means"][1]["trainings"]
    saved, cost = compared(again)
    _, cost_where_chosen = compared(again, "chosen_by")
    assert f"Fewer pixels save {saved[pixels]:.0f} % now, and cost {cost[pixels]:.1f} points" in BENCHMARKS
    new = ("images that are not moved", "half as much label smoothing")
    gained = " and ".join(f"{-cost_where_chosen[name]:.1f}" for name in new)
    lost = " and ".join(f"{cost[name]:.1f}" for name in new)
    assert (gained, lost) == ("0.5 and 0.2", "0.6 and 0.4")
    for text in (words(chapter["sooner-means-note"].source), words(BENCHMARKS)):
        assert f"{gained} points" in text
        assert lost in text
