"""Values that keep and that break the rules of a widget's state (cnnbook/widgets/traits.py)."""

import base64
from collections.abc import Callable

Rule = dict
HUGE = 1e308


def _image(width: float, height: int, pixels: int) -> dict:
    return {"width": width, "height": height, "rgb": base64.b64encode(bytes(range(3)) * pixels).decode()}


# By the type of a rule: the ends of what it allows, and what it does not allow.
GOOD: dict[str, Callable[[Rule], list]] = {
    "whole": lambda rule: [rule["most"], rule["least"], rule["least"] + 1],
    "number": lambda rule: [rule["least"], max(rule["least"], 0.1) + 0.1],
    "answer": lambda rule: [-rule["most"], 0.1, None],
    "numbers": lambda rule: [[rule["most"]] * rule["count"], [0.5] * rule["count"]],
    "choice": lambda rule: rule["of"][::-1],
    "labels": lambda rule: [["conv1 3", "nowhere 7"], []],
    "index": lambda rule: [1, None],
    "cell": lambda rule: [[0, 0], None],
    "padding": lambda rule: [rule["most"], "same", 0, "valid"],
    "kernel": lambda rule: [[[[1, -2, 1 / 3]] * rule["most"]] * 2, [[[1e6]]]],
    "filters": lambda rule: [
        [[[[1, -2, 1 / 3]] * rule["most"]] * rule["most"], [[[1e6, 0, -1e6]] * rule["most"]] * rule["most"]],
        [[[[1, 0, 0]]], [[[0.3, 0.6, 0.1]]]],
    ],
    "stack": lambda rule: [
        [{"kind": "MaxPooling2D", "size": 1, "stride": 2, "padding": "same"}, {"kind": "BatchNormalization"}],
        [{"kind": "Flatten"}, {"kind": "Dropout", "rate": 0.5}],
    ],
    "picture": lambda rule: [_image(3, rule["most"], 3 * rule["most"]), _image(1, 1, 1), *rule["names"]],
}
BAD: dict[str, Callable[[Rule], list]] = {
    "whole": lambda rule: [
        rule["least"] - 1,
        rule["most"] + 1,
        rule["least"] + 0.5,
        str(rule["least"]),
        None,
    ],
    "number": lambda rule: [rule["most"] + 1, rule["least"] - 0.1, -HUGE, "1", None, [1]],
    "answer": lambda rule: [rule["most"] + 1, -HUGE, "1", [1]],
    "numbers": lambda rule: [
        [0] * (rule["count"] - 1),
        [HUGE] * rule["count"],
        ["1"] * rule["count"],
        [],
        1,
        None,
    ],
    "choice": lambda rule: ["", "neither", None, 0],
    "labels": lambda rule: [["x" * 61], [""] * (rule["most"] + 1), [1], "conv1 3", None],
    "index": lambda rule: [-1, 1000, 0.5, "length", "<img src=x onerror=alert(1)>"],
    "cell": lambda rule: [[1], [0, 0, 0], [0.5, 0], [-1, 0], "00", 0],
    "padding": lambda rule: [-1, rule["most"] + 1, 0.5, "1", "full", None],
    "kernel": lambda rule: [
        [[[1]]] * (rule["most"] + 1),
        [[[1]], [[1], [1]]],
        [[[1, 2]]],
        [[[1], [1, 2, 3]]],
        [[["x"]]],
        [[[HUGE]]],
        [[[]]],
        [[]],
        [],
        1,
        None,
    ],
    "filters": lambda rule: [
        [[[[1, 0, 0]]]],
        [[[[1, 0, 0]]]] * 3,
        [[[[1, 0, 0]]], [[[1, 0, 0]] * 2] * 2],
        [[[[1, 0, 0]] * 2]] * 2,
        [[[[1]]]] * 2,
        [[[[1, 0, HUGE]]]] * 2,
        [[[[1, 0, "x"]]]] * 2,
        [[[[1, 0, 0]] * (rule["most"] + 1)] * (rule["most"] + 1)] * 2,
        ["red", "blue"],
        [],
        1,
        None,
    ],
    "stack": lambda rule: [
        [{"kind": "Flatten"}] * (rule["most"] + 1),
        [{"kind": "Conv3D"}],
        [{"kind": "constructor"}],
        [{"kind": "Flatten", "more": 1}],
        [{"kind": "Dropout", "rate": 2}],
        [{"kind": "Dropout", "rate": "0.5"}],
        [{"kind": "Activation", "activation": "none"}],
        [{}],
        ["Flatten"],
        [None],
        "Flatten",
        1,
        None,
    ],
    "picture": lambda rule: [
        _image(rule["most"] + 1, 1, rule["most"] + 1),
        _image(2, 2, 1),
        _image(0.5, 2, 1),
        "dog",
        ["cat"],
        "",
        None,
    ],
}
