"""What the benchmarks make of what they measured, and the networks that they hand to others."""

import json
import sys

import numpy as np
import pytest

from benchmarks import network, training
from benchmarks.onnx_file import unpacked
from cnnbook.models import baseline, fast, multiply_adds
from cnnbook.runs import load_run
from cnnbook.training import recipe
from cnnbook.widgets import NetworkBuilder
from cnnbook.widgets.recorded import packed_network


def tried(seconds, chosen_by, **changes):
    return {"changes": changes, "seconds": seconds, "chosen_by": chosen_by}


def test_the_quickest_plan_that_passes_with_room_is_chosen():
    tries = [tried(5, 0.833, epochs=1), tried(9, 0.84, epochs=2), tried(8, 0.838, epochs=3)]
    assert training.choose(tries) == {"epochs": 3}
    assert training.choose(tries[:1]) == {"epochs": 1}, "the best, where none has passed"


def test_every_try_is_told_and_a_choice_among_those_that_fail():
    stored = {
        "tries": [
            {"baseline": tried(9, 0.84, epochs=9), "fast": tried(2, 0.831, learning_rate=0.9**2)},
            {"baseline": tried(8, 0.833, epochs=8), "fast": tried(3, 0.83, epochs=3)},
        ],
        "chosen": {"baseline": {"epochs": 9}, "fast": {"learning_rate": 0.9**2}},
    }
    assert [" ".join(line.split()) for line in training.tries_table(stored)[1:]] == [
        "baseline 9 84.0 epochs 9 (chosen)",
        "baseline 8 83.3 epochs 8",
        "fast 2 83.1 learning_rate 0.81 (chosen as the best: none passes with room)",
        "fast 3 83.0 epochs 3",
    ]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Two pairs of plans, the first of them tried, and the file where that is stored."""
    monkeypatch.setattr(training, "TRIES", {side: [{"epochs": 2}, {"epochs": 3}] for side in training.SIDES})
    monkeypatch.setattr(training, "STORED", tmp_path / "times.json")
    parts = {
        "tries": [{side: tried(1, 0.9, epochs=2) for side in training.SIDES}],
        "chosen": {side: {"epochs": 2} for side in training.SIDES},
        "measured": "of 2 epochs",
    }
    training.keep({}, **parts)
    return parts


def test_what_is_stored_is_not_tried_again_and_each_try_is_stored_when_it_is_done(stored, monkeypatch):
    more = [*training.TRIES["fast"], {"epochs": 4}]
    monkeypatch.setattr(training, "TRIES", {side: more for side in training.SIDES})

    def stopped(plans):
        if plans[0].changes == {"epochs": 4}:
            raise KeyboardInterrupt
        return [tried(1, 0.5, **plan.changes) for plan in plans]

    monkeypatch.setattr(training, "compared", stopped)
    with pytest.raises(KeyboardInterrupt):
        training.main(["--tries"])
    kept = json.loads(training.STORED.read_text())
    assert kept["tries"][:1] == stored["tries"]
    assert [pair["fast"] for pair in kept["tries"][1:]] == [tried(1, 0.5, epochs=3)]
    assert len(kept["tries"][1]["load"]) == 2


@pytest.mark.parametrize(("seconds", "left"), [(2, True), (0.5, False)])
def test_what_was_measured_is_kept_until_another_plan_is_chosen(stored, monkeypatch, seconds, left):
    monkeypatch.setattr(
        training, "compared", lambda plans: [tried(seconds, 0.9, **plan.changes) for plan in plans]
    )
    training.main(["--tries"])
    assert ("measured" in json.loads(training.STORED.read_text())) is left
    training.main(["--tries"])  # nothing is left to try
    assert ("measured" in json.loads(training.STORED.read_text())) is left


def test_by_another_rule_another_plan_is_chosen_of_those_that_are_tried(stored, monkeypatch):
    monkeypatch.setattr(
        training, "compared", lambda plans: [tried(2, 0.85, **plan.changes) for plan in plans]
    )
    training.main(["--tries"])
    monkeypatch.setattr(
        training, "choose", lambda tries: max(tries, key=lambda one: one["seconds"])["changes"]
    )
    training.main(["--tries"])
    assert json.loads(training.STORED.read_text())["chosen"]["fast"] == {"epochs": 3}


def test_the_form_for_every_day_counts_what_two_epochs_of_the_long_plan_take(monkeypatch):
    def in_turns(plans):
        assert [(plan.name, plan.stop) for plan in plans] == [("baseline", 2), ("fast", 0)]
        first = {"seconds": 60, "processor_seconds": 100, "images": 10, "products": 10}
        return [[first, first | {"seconds": 50}], [first, first | {"seconds": 40, "halves": [0.8, 0.84]}]]

    monkeypatch.setattr(training, "in_turns", in_turns)
    lines = training.everyday({"baseline": {"epochs": 10}, "fast": {"epochs": 2}})
    assert lines[0] == "fast: 100 s to 84.0% of 2,500 validation images"
    assert lines[1] == "baseline: 60 and 50 s for two of 10 epochs, so about 510 s in all"
    assert lines[2].startswith("ratio: about 0.20;")


def test_both_sides_have_as_many_tries_and_no_seed_serves_twice():
    assert len({len(training.TRIES[side]) for side in training.SIDES}) == 1
    seeds = [training.TRIED, *(seed for three in training.SEEDS for seed in three), *training.OTHER_SEEDS]
    assert len(seeds) == len(set(seeds))


def test_seeds_that_are_stored_are_not_measured_again(stored, monkeypatch):
    monkeypatch.setattr(training, "SEEDS", ((1, 2), (3, 4)))
    monkeypatch.setattr(training, "plain_products", lambda: 100)
    runs = {side: run(9, 0.84, epochs=2) for side in training.SIDES}
    monkeypatch.setattr(
        training, "compared", lambda plans: [runs[plan.name] | {"seed": plan.seed} for plan in plans]
    )
    first = training.measured({side: (side, {"epochs": 2}) for side in training.SIDES}, (1, 2))
    training.keep(stored, measured=[first])
    training.main(["--seeds"])
    kept = json.loads(training.STORED.read_text())["measured"]
    assert kept[0] == first
    assert [[each["seed"] for each in told["trainings"]["fast"]] for told in kept] == [[1, 2], [3, 4]]


def run(seconds, accuracy, chosen_by=0.83, **changes):
    speeds = {"images_per_second": 10, "products_per_second": 50}
    return {"seconds": seconds, "accuracy": accuracy, "chosen_by": chosen_by, "changes": changes} | speeds


def test_what_is_told_is_median_and_range_and_the_ratio_of_those_that_took_turns():
    told = {
        "trainings": {
            "baseline": [run(100, 0.84), run(200, 0.83, 0.829), run(120, 0.85)],
            "fast": [run(10, 0.82, epochs=2), run(40, 0.84), run(6, 0.81)],
        },
        "load": [0.0, 2.0],
        "hardware": {"cpu": "Some", "cores": 2},
        "date": "2026-11-28T05:00:00+00:00",
        "plain_products_per_second": 100,
    }
    lines = [" ".join(line.split()) for line in training.table(told)]
    assert lines[1] == "baseline 120 (100 to 200) 1.000 (1.000 to 1.000) 84.0 (83.0 to 85.0) 10 50%"
    assert lines[2] == "fast 10 (6 to 40) 0.100 (0.050 to 0.200) 82.0 (81.0 to 84.0) 10 50%"
    assert "fast: epochs 2" in lines
    assert "baseline: 3 of 3 reach 83.00%, on the other half 2" in lines
    assert "fast: 1 of 3 reach 83.00%, on the other half 3" in lines
    assert lines[-1] == "Some, 2 cores, 2026-11-28, load before 0.0"


def test_a_training_is_told_epoch_by_epoch():
    epochs = [
        {"seconds": 3, "processor_seconds": 5, "images": 40, "products": 400},
        {"seconds": 1, "processor_seconds": 2, "images": 40, "products": 800, "halves": [0.8, 0.9]},
    ]
    told = training.summary(training.Plan("fast", {"epochs": 2}, 1), epochs)
    assert told == {
        "changes": {"epochs": 2},
        "seed": 1,
        "seconds": 4,
        "chosen_by": 0.8,
        "accuracy": 0.9,
        "cores": 1.75,
        "images_per_second": 20,
        "products_per_second": 300,
    }


def test_fewer_pixels_are_fewer_products_and_what_is_frozen_has_none_backwards():
    plan = recipe("fast", width=0.125)
    whole, small = (training.products_per_image(plan, side) for side in (32, 24))
    frozen, _, first, *others = multiply_adds(fast(width=0.125))
    assert whole == frozen + 2 * first + 3 * sum(others)
    assert 0.4 < small / whole < 0.6


def test_every_plan_is_one_and_every_mean_changes_something():
    for side in training.SIDES:
        assert len({str(recipe(side, **plan)) for plan in training.TRIES[side]}) == len(training.TRIES[side])
    for means in training.MEANS:
        plans = [training.SHORT | own for own in means.values() if "tanh" not in own]
        assert len({str(recipe("fast", **plan)) for plan in plans}) == len(plans)


def test_an_epoch_is_taken_where_the_smaller_share_is_done(monkeypatch, tmp_path):
    """Two workers that say at once what they are told to."""
    stub = tmp_path / "stub.py"
    stub.write_text("import sys\nprint('ready', flush=True)\nfor _ in sys.stdin: print('{}', flush=True)\n")
    order = []
    monkeypatch.setattr(training, "COMMAND", [sys.executable, str(stub)])
    monkeypatch.setattr(training, "tell", lambda plan, line: order.append(plan.name))
    plans = [training.Plan("long", {"epochs": 6}, 0), training.Plan("short", {"epochs": 9}, 0, stop=2)]
    assert training.in_turns(plans) == [[{}] * 6, [{}] * 2]
    assert order == ["long", "short", *3 * ["long"], "short", *2 * ["long"]]


@pytest.mark.parametrize(("says", "error"), [("", "could not be trained"), ("print('ready')", "ended early")])
def test_a_worker_that_ends_is_named(monkeypatch, tmp_path, says, error):
    (tmp_path / "stub.py").write_text(says)
    monkeypatch.setattr(training, "COMMAND", [sys.executable, str(tmp_path / "stub.py")])
    with pytest.raises(SystemExit, match=f"Plan\\(name='fast'.*{error}"):
        training.in_turns([training.Plan("fast", {"epochs": 1}, 0)])


@pytest.mark.parametrize("arguments", [[], ["--seeds"], ["--sides"], ["tries"]])
def test_what_cannot_be_measured_is_refused(monkeypatch, tmp_path, arguments):
    monkeypatch.setattr(training, "STORED", tmp_path / "times.json")
    with pytest.raises(SystemExit, match="--tries"):
        training.main(arguments)


def test_multiply_adds_of_the_article_are_those_of_the_builder():
    assert sum(multiply_adds(baseline())) == sum(NetworkBuilder("article").multiply_adds)


def test_an_engine_is_compared_round_by_round():
    times = {"fast": {"book": [1, 2, 3], "other": [2, 4, 60]}}
    lines = network.table(times, {"fast": {1: 250}}).splitlines()
    assert [line.split() for line in lines] == [
        ["fast", "ms", "an", "image", "a", "second", "ratio"],
        ["book", "2.00", "(1.00", "to", "3.00)", "500", "1.00"],
        ["other", "4.00", "(2.00", "to", "60.00)", "250", "2.00"],
        ["Keras,", "1", "at", "a", "time", "4.00", "250"],
    ]


def test_others_get_the_weights_of_the_book():
    told, arrays = unpacked(packed_network("fast"))
    model = load_run("fast").model()
    assert [layer["name"] for layer in told["layers"]] == [layer.name for layer in model.layers]
    np.testing.assert_array_equal(arrays["conv6"]["kernel"], model.get_layer("conv6").get_weights()[0])
