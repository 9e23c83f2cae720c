"""The layers that the network builder knows, and a stack of them as a trait."""

from typing import Any

from traitlets import TraitError, TraitType

from cnnbook.packed import ACTIVATIONS

MOST = 60  # layers

Layers = list[dict[str, Any]]


def _whole(start: int, most: int) -> dict:
    return {"type": "whole", "least": 1, "most": most, "start": start}


def _choice(*values: str) -> dict:
    return {"type": "choice", "of": list(values), "start": values[0]}


_ACTIVATION = {"activation": _choice("relu", *(name for name in ACTIVATIONS if name != "relu"))}
_CONVOLUTION = {
    "kernel": _whole(3, 15),
    "stride": _whole(1, 8),
    "padding": _choice("same", "valid"),
} | _ACTIVATION
_POOLING = {"size": _whole(2, 15), "stride": _whole(2, 8), "padding": _choice("valid", "same")}
KINDS: dict[str, dict[str, dict]] = {
    "Conv2D": {"filters": _whole(32, 4096)} | _CONVOLUTION,
    "DepthwiseConv2D": _CONVOLUTION,
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalMaxPooling2D": {},
    "GlobalAveragePooling2D": {},
    "BatchNormalization": {},
    "Activation": _ACTIVATION,
    "Dropout": {"rate": {"type": "number", "least": 0, "most": 0.95, "start": 0.25}},
    "Flatten": {},
    "Dense": {"units": _whole(128, 8192)} | _ACTIVATION,
}
"""Kind of a layer, its class in Keras -> what can be set -> its limits, and what it is at first."""

KERAS = {"kernel": "kernel_size", "size": "pool_size", "stride": "strides"}
"""What Keras calls these settings; the others have the same name there."""

PLAIN = {
    "use_bias": True,
    "dilation_rate": 1,
    "groups": 1,
    "depth_multiplier": 1,
    "data_format": "channels_last",
    "keepdims": False,
    "center": True,
    "scale": True,
}
"""What a layer of Keras may be set to that the builder would leave out, and has to be."""


def complete(layer: dict) -> dict:
    """Return `layer` with all its settings: those that it lacks are what they are at first.

    Raises:
        TraitError: a kind or a setting that is not known, or a value outside of its limits.
    """
    if not isinstance(layer, dict) or not isinstance(layer.get("kind"), str) or layer["kind"] not in KINDS:
        raise TraitError(
            f"Expected a layer such as {{'kind': 'Conv2D', 'filters': 32}}, got {layer!r:.200}; "
            f"the kinds are: {', '.join(KINDS)}."
        )
    settings = KINDS[layer["kind"]]
    if unknown := sorted(layer.keys() - settings.keys() - {"kind"}, key=str):
        raise TraitError(
            f"A layer {layer['kind']} has no setting {unknown[0]!r}; it has: {', '.join(settings) or 'none'}."
        )
    whole = {"kind": layer["kind"]} | {
        name: layer.get(name, rule["start"]) for name, rule in settings.items()
    }
    for name, rule in settings.items():
        if not _fits(whole[name], rule):
            limits = (
                ", ".join(rule["of"]) if rule["type"] == "choice" else f"{rule['least']} to {rule['most']}"
            )
            raise TraitError(f"The {name} of a layer {layer['kind']} is {limits}, not {whole[name]!r:.100}.")
    return whole


def _fits(value: Any, rule: dict) -> bool:
    if rule["type"] == "choice":
        return isinstance(value, str) and value in rule["of"]
    types = int if rule["type"] == "whole" else (int, float)
    return isinstance(value, types) and not isinstance(value, bool) and rule["least"] <= value <= rule["most"]


class Stack(TraitType):
    """At most MOST layers, each a dictionary with its kind and its settings."""

    def __init__(self) -> None:
        super().__init__([])
        self.tag(
            sync=True, rule={"type": "stack", "most": MOST, "kinds": KINDS, "keras": KERAS, "plain": PLAIN}
        )

    def validate(self, obj: Any, value: Any) -> Layers:
        """Check the layers, and complete them (called by traitlets)."""
        if not isinstance(value, list | tuple) or len(value) > MOST:
            raise TraitError(f"Expected a list of at most {MOST} layers, got {value!r:.200}.")
        return [complete(layer) for layer in value]
