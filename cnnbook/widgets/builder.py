"""The network builder: layers in a stack, and what each makes of an image, counted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import TraitError, Unicode

from cnnbook.widgets.base import Widget
from cnnbook.widgets.recorded import networks
from cnnbook.widgets.stack import KERAS, KINDS, PLAIN, Stack
from cnnbook.widgets.traits import whole

if TYPE_CHECKING:
    import keras

PRESETS = json.loads(Path(__file__).with_name("stacks.json").read_text(encoding="utf-8"))


class NetworkBuilder(Widget):
    """Stack layers, and see at once what comes out of each, its parameters, what it costs and what it sees.

    >>> NetworkBuilder("article").model.count_params()
    552874

    Args:
        network: a `keras.Sequential` for images, of the layers in `cnnbook.widgets.stack.KINDS`; or the name
            of a network that the builder brings, one of `PRESETS`.
        rows, columns: 1 to 1024, and
        channels: 1 to 1024, of the image.
        layers: dictionaries, each with its kind and settings, such as {"kind": "Conv2D", "filters": 32}.

    Raises:
        TraitError: a network or a layer that the builder does not know, with what was expected.
    """

    _kind = Unicode("builder").tag(sync=True)
    rows = whole(32, 1, 1024)
    columns = whole(32, 1, 1024)
    channels = whole(3, 1, 1024)
    layers = Stack()

    def __init__(self, network: "str | keras.Sequential" = "article", **traits: Any):
        if not isinstance(network, str):
            given = _read(network)
        elif network in PRESETS:
            given = PRESETS[network]
        else:
            raise TraitError(f"There is no network {network!r:.100}. Choose one of {', '.join(PRESETS)}.")
        shape = dict(zip(("rows", "columns", "channels"), given["input"], strict=True))
        super().__init__(**shape | {"layers": given["layers"]} | traits)

    def assets(self) -> dict[str, bytes]:
        """The script that draws it."""
        return {"networks": networks()}

    @property
    def model(self) -> "keras.Sequential":
        """The network, built by Keras with first weights.

        Raises:
            ValueError: a layer cannot follow the one before, as Keras says it.
        """
        from cnnbook.backend import keras

        stack = [keras.Input((self.rows, self.columns, self.channels))]
        for layer in self.layers:
            settings = {KERAS.get(name, name): value for name, value in layer.items() if name != "kind"}
            stack.append(getattr(keras.layers, layer["kind"])(**settings))
        return keras.Sequential(stack)

    @property
    def multiply_adds(self) -> list[int]:
        """Of each layer, as `cnnbook.models.multiply_adds` counts them; raises as `model` does."""
        from cnnbook.models import multiply_adds

        return multiply_adds(self.model)

    def describe(self) -> str:
        """One sentence: how many layers, what they cost, or why they cannot be built."""
        shape = f"{self.rows} × {self.columns} × {self.channels}"
        start = f"A network of {len(self.layers)} layers for images of {shape}"
        try:
            model = self.model
        except ValueError:
            return f"{start}: it cannot be built, for a layer does not fit what comes out of the one before."
        products = sum(self.multiply_adds)
        return f"{start}: {model.count_params():,} parameters, {products:,} multiply-adds an image."


def _read(model: "keras.Sequential") -> dict:
    """Its input and layers, as a preset has them; raises TraitError where the builder has no such layer."""
    from cnnbook.backend import keras

    if not isinstance(model, keras.Sequential) or not model.built or len(model.input_shape) != 4:
        raise TraitError(
            f"Expected a keras.Sequential that knows its input, an image; got {type(model).__name__}."
        )
    return {"input": model.input_shape[1:], "layers": [_layer(layer) for layer in model.layers]}


def _layer(layer: "keras.layers.Layer") -> dict:
    kind, told = type(layer).__name__, {}
    if kind == "ReLU" and (layer.max_value is not None or layer.negative_slope or layer.threshold):
        raise TraitError(f"The layer {layer.name} is a bent ReLU; the builder knows the plain one.")
    if kind in ("ReLU", "Softmax"):
        return {"kind": "Activation", "activation": kind.lower()}
    if kind not in KINDS:
        raise TraitError(f"The layer {layer.name} is a {kind}; the builder knows: {', '.join(KINDS)}.")
    for name, plain in PLAIN.items():
        if (value := np.unique(getattr(layer, name, plain)).tolist()) != [plain]:
            raise TraitError(f"The layer {layer.name} has {name}={value[0]!r}; the builder knows {plain!r}.")
    for name in KINDS[kind]:
        value = getattr(layer, KERAS.get(name, name))
        if isinstance(value, tuple):
            if len(set(value)) > 1:
                raise TraitError(
                    f"The layer {layer.name} has {KERAS[name]}={value}; the builder knows squares."
                )
            value = value[0]
        told[name] = getattr(value, "__name__", value)
    return {"kind": kind} | told
