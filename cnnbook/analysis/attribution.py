"""What a trained network looks at.

Images are as the model takes them (see `cnnbook.models.scale`), "channels last": (N, H, W, C); others are
refused (see `cnnbook.check.network_input`).

**What is explained** is the score that a network gives a class *before* its softmax, the logit: a network
that is sure has a probability near 1 that hardly moves, whatever changes in the image, and logits that do.
Where the last layer is no softmax, its outputs are explained as they are. Source: K. Simonyan, A. Vedaldi and
A. Zisserman, Deep Inside Convolutional Networks, 2013, section 3 (arXiv 1312.6034).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from cnnbook import check
from cnnbook.analysis.receptive_field import unit_position
from cnnbook.backend import keras

layers = keras.layers


def feature_maps(model: keras.Model, images: np.ndarray, layer: str) -> np.ndarray:
    """Compute what a layer puts out.

    Args:
        model: the network.
        images: (N, H, W, C).
        layer: its name; "model/layer" for a layer within a model within `model`.

    Returns:
        (N, H', W', F) for a convolution or pooling layer, (N, F) for a dense one; of a layer used more than
        once, what it puts out last.

    Raises:
        ValueError: an unknown layer, one that has no part in the answer, images that the network does not
            take.
    """
    images, found = check.network_input(model, images), _layer(model, layer)
    if found in model.layers and isinstance(found, layers.InputLayer):
        return images  # Keras does not call it
    return keras.ops.convert_to_numpy(_output(model, found, images))


def kernels(model: keras.Model, layer: str) -> np.ndarray:
    """Return the kernels of a convolution layer: (height, width, input channels, filters).

    Raises:
        ValueError: an unknown layer, or one without kernels.
    """
    found = _layer(model, layer)
    if not hasattr(found, "kernel"):
        raise ValueError(f"{layer!r} is a {type(found).__name__} layer, which has no kernels")
    return keras.ops.convert_to_numpy(found.kernel)


def saliency(model: keras.Model, images: np.ndarray, classes: ArrayLike | None = None) -> np.ndarray:
    """Work out how strongly each pixel could move the score of a class: its gradient without sign.

    Args:
        model: the network.
        images: (N, H, W, C).
        classes: a class for all images or one for each, (N,); by default each image's most probable class.

    Returns:
        (N, H, W), score per unit of input, the largest over the channels of a pixel.

    Raises:
        ValueError: images that the network does not take, classes of a wrong shape, a class that is not
            there, a network whose scores cannot be had.

    Source: Simonyan, Vedaldi and Zisserman, 2013, section 3.1 (arXiv 1312.6034).
    """
    images = check.network_input(model, images)
    score = _score(model, images, _classes(model, images, classes))
    return np.abs(_gradient(score, images)).max(axis=-1)


def grad_cam(
    model: keras.Model, images: np.ndarray, layer: str, classes: ArrayLike | None = None
) -> np.ndarray:
    """Work out where the maps of a layer speak for a class: their sum, weighted by how each moves the score.

    The weight of a map is the mean of the gradient over its positions; negative sums are set to 0.

    Args:
        model: the network.
        images: (N, H, W, C).
        layer: the name of a layer that puts out maps.
        classes: as in `saliency`.

    Returns:
        (N, H', W'), 0 or more, of the layer's own size: stretch it over the image.

    Raises:
        ValueError: as `saliency` does, and for a layer that is unknown, is an input, has no part in the
            answer or has no rows and columns.

    Source: R. Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, 2017, section 3 (arXiv 1610.02391).
    """
    images = check.network_input(model, images)
    found = _layer(model, layer)
    if isinstance(found, layers.InputLayer):
        raise ValueError(f"{layer!r} is an input, expected a layer that puts out maps")
    maps = _maps(model, images, layer)
    score = _score(model, images, _classes(model, images, classes))

    def score_of(given):
        with _changed(found, "call", lambda *_, **__: given):
            return score(images)

    weights = _gradient(score_of, maps).mean(axis=(1, 2), keepdims=True)
    return np.maximum((weights * maps).sum(axis=-1), 0)


def occlusion(
    model: keras.Model,
    images: np.ndarray,
    size: int = 8,
    stride: int = 4,
    fill: ArrayLike | None = None,
    classes: ArrayLike | None = None,
) -> np.ndarray:
    """Measure how much of the probability of a class goes when a square covers a part of the image.

    Args:
        model: the network.
        images: (N, H, W, C).
        size: rows and columns of the square, in pixels.
        stride: it covers each image at every so many rows and columns, and at the last ones.
        fill: its colour, a number or one for each channel; by default a grey in the middle: 0.5, or 127.5 of
            bytes.
        classes: as in `saliency`.

    Returns:
        (N, H, W), the drop in probability, in the mean over all squares that covered the pixel; negative
        where covering it made the network surer.

    Raises:
        ValueError: as `saliency` does, for a colour that no pixel can have, and unless 1 <= stride <= size <=
            the image's height and width.

    Sources: M. Zeiler and R. Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 4.2
    (arXiv 1311.2901); the mean over squares is Captum's (https://captum.ai/api/occlusion.html).
    """
    images = check.network_input(model, images)
    height, width = images.shape[1:3]
    size, stride = check.whole(size, "size", least=1), check.whole(stride, "stride", least=1)
    fill = _colour(images, fill)
    if not 1 <= stride <= size <= min(height, width):
        raise ValueError(
            f"expected 1 <= stride <= size <= {min(height, width)}, the image's shorter side, "
            f"got stride {stride} and size {size}"
        )
    before, classes = _answers(model, images), _classes(model, images, classes)
    covered, squares = np.zeros(images.shape[:3]), np.zeros((height, width))
    for top in _starts(height, size, stride):
        for left in _starts(width, size, stride):
            square = slice(top, top + size), slice(left, left + size)
            changed = images.copy()
            changed[:, *square] = fill
            drop = before - _answers(model, changed)
            covered[:, *square] += drop[range(len(images)), classes][:, None, None]
            squares[square] += 1
    return covered / squares


def _colour(images: np.ndarray, fill: ArrayLike | None) -> np.ndarray:
    white = 255 if images.max() > check.OVERSHOOT else 1
    colour = check.numbers(white / 2 if fill is None else fill, "the colour `fill`")
    if colour.shape not in ((), images.shape[3:]):
        raise ValueError(f"expected one number as fill, or {images.shape[3]}, got shape {colour.shape}")
    if images.min() >= 0 and not 0 <= colour.min() <= colour.max() <= white:
        raise ValueError(f"expected fill from 0 to {white}, as the images are, got {fill!r}")
    return colour


def _starts(length: int, size: int, stride: int) -> list[int]:
    return sorted({*range(0, length - size, stride), length - size})


def effective_field(
    model: keras.Model, images: np.ndarray, layer: str, row: ArrayLike, column: ArrayLike
) -> np.ndarray:
    """Work out how strongly each pixel could move unit (row, column) of a layer.

    That is the gradient of the sum of the unit's channels.

    Args:
        model: the network.
        images: (N, H, W, C).
        layer: the name of a layer that puts out maps.
        row: a number for all images or one for each, (N,).
        column: in the same way.

    Returns:
        (N, H, W), without sign, the largest over the channels of a pixel. It is 0 outside the receptive
        field, and often nearly so in much of it.

    Raises:
        ValueError: an unknown layer, one without rows and columns, a unit that is not there.

    Source: W. Luo et al., Understanding the Effective Receptive Field in Deep Convolutional Neural Networks,
    2016 (arXiv 1701.04128).
    """
    images, found = check.network_input(model, images), _layer(model, layer)
    shape = _maps(model, images, layer).shape
    chosen = np.zeros(shape, np.float32)
    for place in (row, column):
        if np.shape(place) not in ((), (len(images),)):
            raise ValueError(
                f"expected a row and a column, or {len(images)} of each, got {row!r} and {column!r}"
            )
    units = zip(*(np.broadcast_to(place, len(images)) for place in (row, column)), strict=True)
    for image, unit in enumerate(units):
        chosen[image, *unit_position(layer, shape, *unit)] = 1

    def sum_of_chosen(given):
        return keras.ops.sum(keras.ops.multiply(_output(model, found, given), chosen))

    return np.abs(_gradient(sum_of_chosen, images)).max(axis=-1)


def loss_gradient(model: keras.Model, images: np.ndarray, labels: ArrayLike) -> np.ndarray:
    """Work out how each number of an image moves the loss, the cross-entropy of its right answer.

    Args:
        model: the network.
        images: (N, H, W, C).
        labels: the right class for all images or one for each, (N,).

    Returns:
        (N, H, W, C), nats per unit of input.

    Raises:
        ValueError: as `saliency` does.
    """
    images = check.network_input(model, images)
    labels, scores = _classes(model, images, labels), _scores(model, images)

    def loss(given):
        outputs = scores(given)
        right = keras.ops.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)
        return keras.ops.sum(keras.ops.logsumexp(outputs, axis=1)) - keras.ops.sum(outputs * right)

    return _gradient(loss, images)


def _gradient(function: Callable, at: np.ndarray) -> np.ndarray:
    """The gradient of a function of one tensor that gives one number, by the back end in use."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.constant(at)
        with tf.GradientTape() as tape:
            tape.watch(x)
            number = function(x)
        return tape.gradient(number, x, unconnected_gradients="zero").numpy()
    if backend == "jax":
        import jax

        return np.asarray(jax.grad(function)(at))
    import torch

    x = keras.ops.convert_to_tensor(at).requires_grad_()
    connected = function(x) + 0 * x.sum()  # else there is no gradient where the function leaves x out
    return keras.ops.convert_to_numpy(torch.autograd.grad(connected, x)[0])


@contextmanager
def _changed(layer: keras.Layer, name: str, value) -> Iterator[None]:
    """Have `layer` take `value` as its attribute `name`, for a while.

    So a layer of any model, however it is wired, can be listened to or replaced; what Keras offers for it, a
    second model from the middle of the first, leaves traces in the first.
    """
    own = vars(layer)
    before = {name: own[name]} if name in own else {}
    setattr(layer, name, value)
    try:
        yield
    finally:
        setattr(layer, name, before[name]) if before else delattr(layer, name)


def _layer(model: keras.Model, name: str) -> keras.Layer:
    def within(part, step):
        if not hasattr(part, "get_layer"):
            raise ValueError(f"{part.name!r} holds no layers, so none is called {name!r}")
        return part.get_layer(step)

    if not isinstance(name, str):
        raise ValueError(f"expected the name of a layer, such as {model.layers[-1].name!r}, got {name!r}")
    return reduce(within, name.split("/"), model)


def _output(model: keras.Model, layer: keras.Layer, images):
    """What `layer` of `model` puts out for `images`, as a tensor of the back end."""
    call, outputs = layer.call, []

    def listen(*arguments, **options):
        outputs.append(call(*arguments, **options))
        return outputs[-1]

    with _changed(layer, "call", listen):
        model(images, training=False)
    if not outputs:
        raise ValueError(f"the layer {layer.name!r} has no part in what {model.name!r} puts out")
    return outputs[-1]


def _score(model: keras.Model, images: np.ndarray, classes: np.ndarray) -> Callable:
    """A function of images: the sum of their scores for `classes`.

    No image has a part in the answer to another, so its gradient is that of each image's score.
    Raises as `_scores`.
    """
    scores = _scores(model, images)

    def score(images):
        outputs = scores(images)
        return keras.ops.sum(outputs * keras.ops.one_hot(classes, outputs.shape[-1], dtype=outputs.dtype))

    return score


def _scores(model: keras.Model, images: np.ndarray) -> Callable:
    """A function of images: their scores for all classes, before the softmax.

    Raises ValueError where the scores of `images` are probabilities all the same: another part of the network
    makes them.
    """

    def scores(images):
        with _without_softmax(model):
            return model(images, training=False)

    left = keras.ops.convert_to_numpy(scores(images)).astype(np.float64)
    if left.min() >= 0 and np.abs(left.sum(axis=1) - 1).max() < check.SUM_TOLERANCE:
        raise ValueError(
            f"{model.name!r} gives probabilities, and its last layer is no softmax that could be left out: "
            "let keras.layers.Softmax() be its last layer"
        )
    return scores


def _without_softmax(model: keras.Model) -> AbstractContextManager:
    last = model
    while isinstance(last, keras.Model):
        last = last.layers[-1]
    if isinstance(last, layers.Softmax):
        return _changed(last, "call", lambda inputs, *_, **__: inputs)
    if getattr(last, "activation", None) is keras.activations.softmax:
        return _changed(last, "activation", keras.activations.linear)
    return nullcontext()


def _answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(images, training=False))


def _classes(model: keras.Model, images: np.ndarray, classes: ArrayLike | None) -> np.ndarray:
    answers = _answers(model, images)
    if answers.ndim != 2:
        raise ValueError(f"the model puts out shape {answers.shape}, expected (images, classes)")
    if classes is None:
        return answers.argmax(axis=1)
    classes, count = check.numbers(classes, "classes"), answers.shape[1]
    if classes.shape not in ((), (len(images),)) or classes.dtype.kind not in "iu":
        came = f"{classes.dtype} of shape {classes.shape}"
        raise ValueError(f"expected a class, or one for each of {len(images)} images, got {came}")
    if classes.min() < 0 or classes.max() >= count:
        raise ValueError(f"expected classes from 0 to {count - 1}, got {classes.min()} to {classes.max()}")
    return np.broadcast_to(classes, len(images))


def _maps(model: keras.Model, images: np.ndarray, layer: str) -> np.ndarray:
    maps = feature_maps(model, images, layer)
    if maps.ndim != 4:
        raise ValueError(
            f"{layer!r} puts out shape {maps.shape}, expected maps (N, H, W, F); name another layer"
        )
    return maps
