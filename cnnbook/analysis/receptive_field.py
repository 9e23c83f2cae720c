"""Which part of an image the units of a layer read, worked out from the layers alone."""

from typing import NamedTuple

import numpy as np

from cnnbook import check
from cnnbook.backend import keras
from cnnbook.ops import output_size

layers = keras.layers
# The layers that are known: those with a window, those that read everything, those that read one unit.
CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
POOLING = (layers.MaxPooling2D, layers.AveragePooling2D)
WHOLE = (layers.Flatten, layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D)
UNIT_BY_UNIT = (
    *(layers.InputLayer, layers.Identity, layers.Dense, layers.Rescaling, layers.Normalization),
    *(layers.BatchNormalization, layers.Dropout, layers.SpatialDropout2D, layers.GaussianDropout),
    *(layers.GaussianNoise, layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU),
    *(layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum),
)
ALONG_AN_AXIS = (layers.Softmax, layers.Concatenate)


class ReceptiveField(NamedTuple):
    """The window of the input that each unit of a layer reads, each number for (rows, columns).

    Unit (i, j) reads at most the `size` rows from ``start + i * jump`` on, and so for columns; of these,
    those outside the image are padding. jump is 0 where all units read the same, behind a Flatten or global
    pooling layer.
    """

    size: tuple[int, int]
    jump: tuple[int, int]
    start: tuple[int, int]


class Rectangle(NamedTuple):
    """A part of an image, in pixels: ``image[top:bottom, left:right]``."""

    top: int
    bottom: int
    left: int
    right: int


def receptive_field(model: keras.Model, layer: str) -> ReceptiveField:
    """Work out what the units of a layer read of the image, by kernel sizes, strides, dilations and paddings.

    Of units in the middle this is the truth; near the border some of it may be padding of a layer between:
    see `receptive_rectangle`.

    Raises:
        ValueError: an unknown layer, a layer on the way whose window is not known here (each message names
            it), a model whose input is not one image of fixed size.

    Source: A. Araujo, W. Norris and J. Sim, Computing Receptive Fields of Convolutional Neural Networks,
    Distill 2019 (https://distill.pub/2019/computing-receptive-fields/).
    """
    fields = []
    for axis in (0, 1):
        first, second = (_reads(model, layer, axis, unit, clipped=False) for unit in (0, 1))
        start = int(first.min())
        fields.append((int(first.max()) + 1 - start, int(second.min()) - start, start))
    return ReceptiveField(*zip(*fields, strict=True))


def receptive_rectangle(
    model: keras.Model, layer: str, row: int | None = None, column: int | None = None
) -> Rectangle:
    """Work out the smallest rectangle of the image with every pixel that a unit of a layer reads.

    It is exact: what layers on the way read of their padding is left out.

    Args:
        model: the network.
        layer: the name of one of its layers.
        row: of the unit, from 0. Leave out both of a layer without rows and columns, such as a dense one: all
            its units read the same.
        column: of the unit, from 0.

    Returns:
        The rectangle; the empty Rectangle(0, 0, 0, 0) of a unit that reads nothing but padding.

    Raises:
        ValueError: as `receptive_field` does, and for a unit that is not there.
    """
    unit = unit_position(layer, _last_use(model, layer).output.shape, row, column)
    rows, columns = (_reads(model, layer, axis, unit[axis], clipped=True) for axis in (0, 1))
    if not (rows.size and columns.size):
        return Rectangle(0, 0, 0, 0)
    return Rectangle(int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1)


def unit_position(layer: str, shape: tuple, row: int | None, column: int | None) -> tuple[int, int]:
    """Find the (row, column) of a unit of `layer`, which puts out `shape`; (0, 0) where that has none.

    Raises:
        ValueError: a row or column is missing, is not there, or makes no sense.
    """
    if len(shape) != 4:
        if row is not None or column is not None:
            raise ValueError(f"the units of {layer!r} have no row and column; leave them out")
        return 0, 0
    if row is None or column is None:
        raise ValueError(f"{layer!r} has {shape[1]} x {shape[2]} units; name a row and a column")
    row, column = check.whole(row, "row"), check.whole(column, "column")
    if not (0 <= row < shape[1] and 0 <= column < shape[2]):
        raise ValueError(f"{layer!r} has {shape[1]} x {shape[2]} units, none at row {row}, column {column}")
    return row, column


class _Window(NamedTuple):
    """What a layer reads along one axis: unit i reads i * stride - before + dilation * (0 .. kernel - 1)."""

    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0


def _reads(model: keras.Model, layer: str, axis: int, unit: int, clipped: bool) -> np.ndarray:
    """The rows (axis 0) or columns (axis 1) of the image that a unit of `layer` reads, sorted.

    clipped: leave out padding, that of every layer on the way; else maps are taken to go on there.
    """
    wanted = {id(_last_use(model, layer).output): np.array([unit])}
    for step in reversed(_steps(model)):
        if id(step.output) not in wanted:
            continue
        units = wanted.pop(id(step.output))
        for tensor in step.inputs:
            window = _window(step, tensor, axis)
            first = units[:, None] * window.stride - window.before
            read = first + window.dilation * np.arange(window.kernel)
            if clipped:
                read = read[(read >= 0) & (read < _length(tensor, axis))]
            wanted[id(tensor)] = np.union1d(wanted.get(id(tensor), read), read)
        if not step.inputs:
            return units


class _Step(NamedTuple):
    """One use of a layer in a model, by the tensors that describe what goes in and out."""

    layer: keras.Layer
    inputs: list
    output: object


def _steps(model: keras.Model) -> list[_Step]:
    """The uses of layers that lead from the image to the model's answer, each behind those that it reads.

    Not by layer.input and layer.output: Sequential.add and other models make layers have several of them.
    """
    _image_size(model)
    steps, seen = [], set()

    def visit(tensor):
        if id(tensor) not in seen:
            seen.add(id(tensor))
            layer, use, _ = tensor._keras_history
            inputs = layer._inbound_nodes[use].input_tensors
            for needed in inputs:
                visit(needed)
            steps.append(_Step(layer, inputs, tensor))

    for tensor in model.outputs:
        visit(tensor)
    return steps


def _last_use(model: keras.Model, layer: str) -> _Step:
    found = model.get_layer(layer)
    uses = [step for step in _steps(model) if step.layer is found]
    if not uses:
        raise ValueError(f"{layer!r} has no part in the model's answer; name another layer")
    return uses[-1]


def _image_size(model: keras.Model) -> None:
    shapes = [tensor.shape for tensor in getattr(model, "inputs", None) or []]
    if len(shapes) != 1 or len(shapes[0]) != 4 or None in shapes[0][1:3]:
        raise ValueError(
            f"expected a model of one input (N, H, W, C) with H and W fixed, got "
            f"{shapes or 'one without an Input'}; build it on keras.Input((H, W, C))"
        )


def _length(tensor, axis: int) -> int:
    return tensor.shape[1 + axis] if len(tensor.shape) == 4 else 1


def _window(step: _Step, tensor, axis: int) -> _Window:
    """What a layer reads of the rows (axis 0) or columns (axis 1) of `tensor`, one of its inputs."""
    layer, size = step.layer, _length(tensor, axis)
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise ValueError(f'{layer.name!r} has data_format="{layer.data_format}", expected "channels_last"')
    if isinstance(layer, CONVOLUTIONS + POOLING):
        kernel = (layer.pool_size if isinstance(layer, POOLING) else layer.kernel_size)[axis]
        stride, dilation = layer.strides[axis], getattr(layer, "dilation_rate", (1, 1))[axis]
        before = output_size(size, kernel, stride, layer.padding, dilation).before
        return _Window(kernel, stride, dilation, before)
    if isinstance(layer, WHOLE):
        return _Window(kernel=size, stride=0)
    if isinstance(layer, layers.ZeroPadding2D):
        return _Window(before=layer.padding[axis][0])
    along_channels = isinstance(layer, ALONG_AN_AXIS) and layer.axis in (-1, len(step.output.shape) - 1)
    if isinstance(layer, UNIT_BY_UNIT) or along_channels:
        spread = size == 1 and _length(step.output, axis) > 1  # one row for all, as broadcasting does
        return _Window(stride=0 if spread else 1)
    raise ValueError(
        f"what {layer.name!r} reads is not known here: it is a {type(layer).__name__} layer; "
        "name a layer before it"
    )
