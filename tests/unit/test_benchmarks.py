"""What the benchmarks make of what they measured, and the networks that they hand to others."""

import numpy as np

from benchmarks import network
from benchmarks.onnx_file import unpacked
from benchmarks.training import accuracy_at, seconds_to, table
from cnnbook.runs import load_run
from cnnbook.widgets.recorded import packed_network


def told(*epochs):
    return [
        {"seconds": seconds, "accuracy": accuracy, "images_per_second": 100 / seconds, "gigabytes": 1.5}
        for seconds, accuracy in epochs
    ]


SLOW = told((10, 0.5), (12, 0.82), (10, 0.84))
FAST = told((5, 0.7), (5, 0.83), (5, 0.9))


def test_time_is_that_after_whole_epochs():
    assert seconds_to(SLOW, 0.83) == 32
    assert seconds_to(FAST, 0.83) == 10, "as good as asked for is enough"
    assert seconds_to(SLOW, 0.85) is None
    assert [accuracy_at(SLOW, seconds) for seconds in (9, 10, 31, 32)] == [None, 0.5, 0.82, 0.84]


def rows(slow, fast):
    return {line[:22].strip(): line[22:].split() for line in table({"slow": slow, "fast": fast})}


def test_the_first_is_what_others_are_compared_with():
    assert rows(SLOW, FAST) == {
        "": ["slow", "ratio", "fast", "ratio"],
        "seconds to 83.00%": ["32", "1.000", "10", "0.312"],
        "seconds in all": ["32", "1.000", "15", "0.469"],
        "accuracy after 15 s": ["0.5", "1.000", "0.9", "1.800"],
        "accuracy at the end": ["0.84", "1.000", "0.9", "1.071"],
        "images a second": ["10", "1.000", "20", "2.000"],
        "peak memory, GB": ["1.5", "1.000", "1.5", "1.000"],
    }


def test_who_never_gets_there_does_not_hide_who_does():
    assert rows(SLOW[:2], FAST)["seconds to 83.00%"] == ["never", "10"]
    assert rows(SLOW, FAST[:1])["seconds to 83.00%"] == ["32", "1.000", "never"]


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
