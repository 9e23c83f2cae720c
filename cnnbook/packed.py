"""A trained network as pages run it (frontend/src/ops/network.ts): its layers in words, weights as bytes.

A packed network is a line of JSON, then the weights, array after array, little-endian. The JSON holds
"input" (rows, columns, channels), "layers" (see `describe`) and "arrays": [LAYER/WEIGHT, shape, type in
NumPy], in the order of the bytes.
"""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnbook.data import Split
from cnnbook.errors import BookError
from cnnbook.runs import halved, named_weights

if TYPE_CHECKING:  # packing a recorded network needs no Keras
    import keras

ACTIVATIONS = ("linear", "relu", "gelu", "sigmoid", "tanh", "softmax")
WINDOW = {"strides": list, "padding": str}
POOL = {"pool_size": list} | WINDOW
# What is told of each kind of layer, and as what.
KINDS: dict[str, dict[str, Any]] = {
    "Conv2D": WINDOW | {"activation": None},
    "BatchNormalization": {"epsilon": float},
    "Activation": {"activation": None},
    "ReLU": {},
    "Softmax": {},
    "MaxPooling2D": POOL,
    "AveragePooling2D": POOL,
    "GlobalMaxPooling2D": {},
    "GlobalAveragePooling2D": {},
    "Flatten": {},
    "Dense": {"activation": None},
    "Dropout": {},
    "Rescaling": {"scale": float, "offset": float},
}
# What a layer may be set to that a page would leave out, and has to be.
PLAIN: dict[str, Any] = {
    "data_format": "channels_last",
    "dilation_rate": (1, 1),
    "groups": 1,
    "axis": -1,
    "keepdims": False,
    "negative_slope": 0,
    "threshold": 0,
    "max_value": None,
}


class ExportError(BookError):
    """A network has a layer that pages cannot run."""


def describe(model: "keras.Sequential") -> dict:
    """Say what the layers of `model` are.

    Returns:
        "input": rows, columns and channels; "layers": a dictionary each, with name, kind (its class in
        Keras), shape of its output, and what KINDS names.

    Raises:
        ExportError: it is no Sequential of these layers; the message names the layer.
    """
    from cnnbook.backend import keras

    if not isinstance(model, keras.Sequential) or not model.built:
        raise ExportError(f"expected a keras.Sequential that knows its input, got {type(model).__name__}")
    input_shape = list(model.input_shape[1:])
    if len(input_shape) != 3 or None in input_shape:
        raise ExportError(f"expected a network for images (rows, columns, channels), got input {input_shape}")
    return {"input": input_shape, "layers": [_described(layer) for layer in model.layers]}


def _described(layer: "keras.layers.Layer") -> dict:
    kind = type(layer).__name__
    if kind not in KINDS:
        raise ExportError(f"the layer {layer.name} is a {kind}; pages can run: {', '.join(KINDS)}")
    for name, plain in PLAIN.items():
        value = getattr(layer, name, plain)
        if name == "axis" and value in (len(layer.output.shape) - 1, [len(layer.output.shape) - 1]):
            continue
        if value != plain:
            raise ExportError(f"the layer {layer.name} has {name}={value!r}; pages can run {plain!r}")
    told = {}
    for name, read in KINDS[kind].items():
        value = getattr(layer, name)
        told[name] = getattr(value, "__name__", None) if read is None else read(value)
    if told.get("activation", "linear") not in ACTIVATIONS:
        raise ExportError(
            f"the layer {layer.name} has the activation {told['activation']}; pages can run: "
            f"{', '.join(ACTIVATIONS)}"
        )
    return {"name": layer.name, "kind": kind, "shape": list(layer.output.shape[1:])} | told


def pack(told: dict, weights: dict[str, np.ndarray], *, half: bool = True) -> bytes:
    """Pack a network.

    Batch normalization in use is a factor and a term for each channel: they are worked out here.

    Args:
        told: by `describe`.
        weights: LAYER/WEIGHT -> array, as a recorded run stores them.
        half: kernels and biases of convolutions and dense layers as float16, where they fit; else float32.
    """
    arrays = {}
    for layer in told["layers"]:
        name = layer["name"]
        own = {key.split("/")[1]: array for key, array in weights.items() if key.startswith(f"{name}/")}
        if layer["kind"] == "BatchNormalization":
            mean, variance = (own[which].astype(np.float64) for which in ("moving_mean", "moving_variance"))
            factor = own.get("gamma", 1) / np.sqrt(variance + layer["epsilon"])
            own = {"factor": factor, "term": own.get("beta", 0) - mean * factor}
        elif half:
            own = {which: halved(array) for which, array in own.items()}
        arrays |= {
            f"{name}/{which}": array.astype(np.float16 if array.dtype == np.float16 else np.float32)
            for which, array in own.items()
        }
    return pack_arrays(told, arrays)


def pack_arrays(told: dict, arrays: dict[str, np.ndarray]) -> bytes:
    """Pack arrays of float16, float32, uint8 or uint16 by their names, with what is `told` of them."""
    listed = [[name, array.shape, array.dtype.str[1:]] for name, array in arrays.items()]
    content = b"".join(array.astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays.values())
    return json.dumps(told | {"arrays": listed}).encode() + b"\n" + content


def pack_model(model: "keras.Sequential", *, half: bool = False) -> bytes:
    """Pack a network of Keras as it is now; raises as `describe` does."""
    weights = {key: np.asarray(weight) for key, weight in named_weights(model).items()}
    return pack(describe(model), weights, half=half)


def described(packed: bytes) -> dict:
    """Read what `describe` said of a network out of its packed form, with its "arrays"."""
    return json.loads(packed.partition(b"\n")[0])


def rounding(model: "keras.Sequential", split: Split) -> dict[str, float]:
    """Measure what `half` costs: the answers of `model` to the images of `split`, and those when packed.

    Returns:
        "images"; "accuracy" and "accuracy_packed", fractions; "other_answers", how many images get another.

    Raises:
        ValueError: as `cnnbook.analysis.evaluation.evaluate` does.
    """
    from cnnbook.analysis.evaluation import evaluate
    from cnnbook.backend import keras

    packed = keras.models.clone_model(model)
    for layer, copy in zip(model.layers, packed.layers, strict=True):
        weights = layer.get_weights()
        copy.set_weights(
            weights if type(layer).__name__ == "BatchNormalization" else [halved(array) for array in weights]
        )
    before, after = evaluate(model, split), evaluate(packed, split)
    return {
        "images": len(split.labels),
        "accuracy": before.accuracy,
        "accuracy_packed": after.accuracy,
        "other_answers": int((before.predictions != after.predictions).sum()),
    }
