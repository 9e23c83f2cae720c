"""A packed network (`cnnbook.packed`) as a file of ONNX (https://onnx.ai), which onnxruntime-web reads.

The few messages of onnx.proto that it takes are written here, field by field; each comment names the field.
"""

import json

import numpy as np

OPSET = 20  # the first one with Gelu
FLOAT = 1  # TensorProto.DataType
ACTIVATIONS = {"relu": "Relu", "gelu": "Gelu", "softmax": "Softmax"}


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _field(number: int, value: int | str | bytes) -> bytes:
    """A field of a protocol buffer: an integer, or anything that has a length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _attribute(name: str, value: int | float | str | list[int]) -> bytes:
    told = _field(1, name)  # name
    if isinstance(value, float):
        return told + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _field(20, 1)  # f, type FLOAT
    if isinstance(value, int):
        return told + _field(3, value) + _field(20, 2)  # i, type INT
    if isinstance(value, str):
        return told + _field(4, value) + _field(20, 3)  # s, type STRING
    return told + b"".join(_field(8, number) for number in value) + _field(20, 7)  # ints, type INTS


def _value(name: str, shape: list[int]) -> bytes:
    """A ValueInfoProto of float32."""
    dimensions = b"".join(_field(1, _field(1, size)) for size in shape)  # dim, dim_value
    tensor = _field(1, FLOAT) + _field(2, dimensions)  # elem_type, shape
    return _field(1, name) + _field(2, _field(1, tensor))  # name, type, tensor_type


class Graph:
    """Nodes and constants of a network, in their order; `last` is the name of what came out of the latest."""

    def __init__(self, first: str):
        self.nodes, self.constants, self.last = [], [], first

    def constant(self, array: np.ndarray) -> str:
        """Add a constant and return its name."""
        name = f"constant{len(self.constants)}"
        told = b"".join(_field(1, size) for size in array.shape)  # dims
        told += _field(2, FLOAT) + _field(8, name)  # data_type, name
        self.constants.append(told + _field(9, array.astype("<f4").tobytes()))  # raw_data
        return name

    def add(self, kind: str, *constants: np.ndarray, **attributes: int | float | str | list[int]) -> None:
        """Add a node: what came out of the latest goes into it first, then the constants."""
        inputs = [self.last, *map(self.constant, constants)]
        self.last = f"value{len(self.nodes)}"
        node = b"".join(_field(1, name) for name in inputs) + _field(2, self.last) + _field(4, kind)
        self.nodes.append(node + b"".join(_field(5, _attribute(*pair)) for pair in attributes.items()))


def unpacked(packed: bytes) -> tuple[dict, dict[str, dict[str, np.ndarray]]]:
    """What a packed network says, and its arrays as float32: layer -> what -> array."""
    line, _, content = packed.partition(b"\n")
    told, arrays, at = json.loads(line), {}, 0
    for name, shape, kind in told["arrays"]:
        array = np.frombuffer(content, f"<{kind}", int(np.prod(shape)), at).reshape(shape)
        at += array.nbytes
        layer, what = name.split("/")
        arrays.setdefault(layer, {})[what] = array.astype("f4")
    return told, arrays


def converted(packed: bytes) -> bytes:
    """The network as an ONNX file, from (1, rows, columns, channels) to (1, classes).

    Inside, channels come first, as ONNX has it. Batch normalization stays an operation of its own:
    onnxruntime folds it into the convolution before it, where it can.

    Raises:
        ValueError: a layer that the recorded networks do not have.
    """
    told, arrays = unpacked(packed)
    graph = Graph("input")
    graph.add("Transpose", perm=[0, 3, 1, 2])
    for layer in told["layers"]:
        _add(graph, layer, arrays.get(layer["name"], {}))
    outside = _value("input", [1, *told["input"]]), _value(graph.last, [1, *told["layers"][-1]["shape"]])
    content = [_field(1, node) for node in graph.nodes] + [_field(2, "network")]  # node, name
    content += [_field(5, constant) for constant in graph.constants]  # initializer
    content += [_field(11, outside[0]), _field(12, outside[1])]  # input, output
    model = _field(1, 9) + _field(7, b"".join(content))  # ir_version, graph
    return model + _field(8, _field(1, "") + _field(2, OPSET))  # opset_import


def _add(graph: Graph, layer: dict, arrays: dict[str, np.ndarray]) -> None:
    kind = layer["kind"]
    auto_pad = {"same": "SAME_UPPER", "valid": "VALID"}.get(layer.get("padding"), "")
    bias = [arrays["bias"]] if "bias" in arrays else []
    match kind:
        case "Conv2D":
            kernel = arrays["kernel"].transpose(3, 2, 0, 1)
            graph.add("Conv", kernel, *bias, strides=layer["strides"], auto_pad=auto_pad)
        case "Dense":
            graph.add("Gemm", arrays["kernel"], *bias)
        case "BatchNormalization":
            factor, term = arrays["factor"], arrays["term"]
            zeros = np.zeros_like(factor)
            graph.add("BatchNormalization", factor, term, zeros, zeros + 1, epsilon=0.0)
        case "MaxPooling2D":
            graph.add("MaxPool", kernel_shape=layer["pool_size"], strides=layer["strides"], auto_pad=auto_pad)
        case "GlobalMaxPooling2D":
            graph.add("GlobalMaxPool")
            graph.add("Flatten")
        case "Flatten":
            graph.add("Transpose", perm=[0, 2, 3, 1])
            graph.add("Flatten")
        case "Rescaling":
            graph.add("Mul", np.array([layer["scale"]]))
            graph.add("Add", np.array([layer["offset"]]))
        case "Activation" | "Softmax" | "Dropout":
            pass
        case _:
            raise ValueError(f"no {kind} here")
    activation = "softmax" if kind == "Softmax" else layer.get("activation", "linear")
    if activation != "linear":
        graph.add(ACTIVATIONS[activation])
