"""What the benchmarks make of what they measured, and the networks that they hand to others."""

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


def test_both_sides_have_as_many_tries_and_other_seeds_than_those():
    assert len({len(training.TRIES[side]) for side in training.SIDES}) == 1
    assert training.TRIED not in training.SEEDS


def run(seconds, accuracy, **changes):
    speeds = {"images_per_second": 10, "products_per_second": 50}
    return {"seconds": seconds, "accuracy": accuracy, "changes": changes} | speeds


def test_what_is_told_is_median_and_range_and_the_ratio_of_those_that_took_turns():
    told = {
        "trainings": {
            "baseline": [run(100, 0.84), run(200, 0.83), run(120, 0.85)],
            "fast": [run(10, 0.82, epochs=2), run(40, 0.84), run(6, 0.81)],
        },
        "load": [0.0, 2.0],
        "plain_products_per_second": 100,
    }
    lines = [" ".join(line.split()) for line in training.table(told)]
    assert lines[1] == "baseline 120 (100 to 200) 1.000 (1.000 to 1.000) 84.0 (83.0 to 85.0) 10 50%"
    assert lines[2] == "fast 10 (6 to 40) 0.100 (0.050 to 0.200) 82.0 (81.0 to 84.0) 10 50%"
    assert "fast: epochs 2" in lines
    assert "fast does not reach 83.00%: its seconds are no time to it" in lines


def test_a_training_is_told_epoch_by_epoch():
    epochs = [
        {"seconds": 3, "images": 40, "products": 400},
        {"seconds": 1, "images": 40, "products": 800, "halves": [0.8, 0.9]},
    ]
    told = training.summary(training.Plan("fast", {"epochs": 2}, 1), epochs)
    assert told == {
        "changes": {"epochs": 2},
        "seed": 1,
        "seconds": 4,
        "chosen_by": 0.8,
        "accuracy": 0.9,
        "images_per_second": 20,
        "products_per_second": 300,
    }


def test_fewer_pixels_are_fewer_products():
    plan = recipe("fast", width=0.125)
    whole, small = (training.products_per_image(plan, side) for side in (32, 24))
    assert whole == 3 * sum(multiply_adds(fast(width=0.125)))
    assert 0.4 < small / whole < 0.6


@pytest.mark.parametrize("mean", training.MEANS)
def test_a_mean_changes_what_the_recipe_has(mean):
    changes = {key: value for key, value in (training.SHORT | training.MEANS[mean]).items() if key != "tanh"}
    assert recipe("fast", **changes) != recipe("fast")


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
