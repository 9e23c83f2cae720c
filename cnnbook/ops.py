"""The layers of a convolutional network in plain NumPy, by the rules of Keras and TensorFlow.

Images are "channels last": (rows, columns, channels), with any number of axes before them, such as one for
the batch. What frameworks call convolution is *cross-correlation*: the kernel is laid on the image as it is,
not flipped (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section 9.1). So it is here.

Floating-point inputs keep their precision; integers, such as the bytes of an image, are computed in float64.
A setting that cannot be met raises ValueError, and the message says what came, what was expected, what to do.
"""

from collections.abc import Callable
from math import erf, sqrt
from operator import index
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

EachAxis = int | tuple[int, int]  # one number for rows and columns, or (rows, columns)
AxisPadding = str | int | tuple[int, int]  # "valid", "same", zeros on either side, or (before, after)
Padding = str | int | tuple[tuple[int, int], tuple[int, int]]  # the last: ((top, bottom), (left, right))


class OutputSize(NamedTuple):
    """What a sliding window makes of one axis."""

    size: int  # positions of the window: the length of the output
    before: int  # zeros added before the first element
    after: int  # zeros added after the last element
    dropped: int  # elements at the end of the padded input that the last window does not reach


def output_size(
    size: int, kernel: int, stride: int = 1, padding: AxisPadding = "valid", dilation: int = 1
) -> OutputSize:
    """Work out what a sliding window makes of one axis.

    Where the stride does not divide what is left, elements at the end are dropped: no output ever reads them.
    They are counted in the padded input, so of those dropped the last `after` are padding.

    Args:
        size: elements of the axis.
        kernel: elements that the window reads.
        stride: elements from one place of the window to the next.
        padding: ``"valid"``: none, the window stays inside the input; ``"same"``: as much as it takes for
            ``ceil(size / stride)`` outputs, half on either side, the odd one *after*; an integer, the zeros
            on either side, or a pair ``(before, after)``.
        dilation: elements from one that the window reads to the next: it covers
            ``(kernel - 1) * dilation + 1``.

    Raises:
        ValueError: a size, kernel, stride or dilation below 1, a negative padding, a window that is larger
            than the padded input.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
    """
    size, kernel = _count(size, "the input size"), _count(kernel, "the kernel size")
    stride, dilation = _count(stride, "the stride"), _count(dilation, "the dilation")
    reach = (kernel - 1) * dilation + 1
    if padding == "same":
        outputs = -(-size // stride)
        missing = max((outputs - 1) * stride + reach - size, 0)
        before, after = missing // 2, missing - missing // 2
    else:
        before, after = _zeros(padding)
    padded = before + size + after
    if reach > padded:
        raise ValueError(
            f"The window covers {reach} elements (kernel {kernel}, dilation {dilation}), the padded input "
            f'has {padded}. Use a smaller kernel or dilation, a larger input, or padding="same".'
        )
    steps, dropped = divmod(padded - reach, stride)
    return OutputSize(steps + 1, before, after, dropped)


def pad2d(x: ArrayLike, padding: Padding, value: float = 0.0) -> np.ndarray:
    """Put rows and columns of one value around images.

    Args:
        x: images, (..., H, W, C), or one, (H, W).
        padding: the number of rows and columns on each side, or ``((top, bottom), (left, right))``.
        value: what they hold.

    Raises:
        ValueError: another padding, or `x` is no image.
    """
    x = np.asarray(x)
    rows, columns = map(_zeros, _paddings(padding))
    if x.ndim < 2:
        raise ValueError(f"Expected an image (H, W) or images (..., H, W, C), got shape {x.shape}.")
    widths = [(0, 0)] * x.ndim
    first = 0 if x.ndim == 2 else x.ndim - 3
    widths[first : first + 2] = rows, columns
    return np.pad(x, widths, constant_values=value)


def conv2d(
    x: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    stride: EachAxis = 1,
    padding: Padding = "valid",
    dilation: EachAxis = 1,
) -> np.ndarray:
    """Slide `kernel` over `x`; each output is the sum of the products of the kernel and the patch under it.

    Args:
        x: images, (..., H, W, C).
        kernel: F filters, (kh, kw, C, F). A kernel (kh, kw) goes with one image (H, W) and gives one map
            (H', W').
        bias: one number a filter, (F,), added to every output of that filter; a single number for one map.
        stride, dilation: integer, or ``(rows, columns)``.
        padding: ``"valid"``, ``"same"``, an integer, or ``((top, bottom), (left, right))``; see
            `output_size`.

    Returns:
        Feature maps, (..., H', W', F).

    Raises:
        ValueError: shapes that do not go together, and settings that `output_size` refuses. A stride and a
            dilation above 1 at once, which Keras refuses, are allowed.

    Source: https://keras.io/api/layers/convolution_layers/convolution2d/
    """
    x, kernel = _floating(x), _floating(kernel)
    if x.ndim == 2 and kernel.ndim == 2:
        return conv2d(x[..., None], kernel[..., None, None], bias, stride, padding, dilation)[..., 0]
    if x.ndim < 3 or kernel.ndim != 4:
        raise ValueError(
            f"Expected images (..., H, W, C) and a kernel (kh, kw, C, F), or an image (H, W) and a kernel "
            f"(kh, kw); got shapes {x.shape} and {kernel.shape}."
        )
    if x.shape[-1] != kernel.shape[2]:
        raise ValueError(
            f"The images have {x.shape[-1]} channels (shape {x.shape}), the kernel is for {kernel.shape[2]} "
            f"(shape {kernel.shape}). A kernel has one slice a channel: give it the shape "
            f"(kh, kw, {x.shape[-1]}, F)."
        )
    patches = _patches(x, kernel.shape[:2], stride, padding, dilation)
    maps = np.tensordot(patches, kernel, axes=[(-2, -1, -3), (0, 1, 2)])
    if bias is None:
        return maps
    bias = np.atleast_1d(_floating(bias))
    if bias.shape != kernel.shape[3:]:
        raise ValueError(f"Expected one bias a filter, shape {kernel.shape[3:]}, got shape {bias.shape}.")
    return maps + bias


def max_pool2d(
    x: ArrayLike, size: EachAxis = 2, stride: EachAxis | None = None, padding: str = "valid"
) -> np.ndarray:
    """Keep the largest value of each window.

    Args:
        x: images, (..., H, W, C), or one, (H, W).
        size: of the window, an integer or ``(rows, columns)``.
        stride: an integer or ``(rows, columns)``; the size where none is given.
        padding: ``"valid"`` or ``"same"``; padded elements never win.

    Returns:
        (..., H', W', C), or (H', W').

    Raises:
        ValueError: `x` is no image, or settings that `output_size` refuses.

    Source: https://keras.io/api/layers/pooling_layers/max_pooling2d/
    """
    return _pool(x, size, stride, padding, outside=-np.inf).max(axis=(-2, -1))


def avg_pool2d(
    x: ArrayLike, size: EachAxis = 2, stride: EachAxis | None = None, padding: str = "valid"
) -> np.ndarray:
    """Keep the mean of each window, in which padded elements do not count.

    Args:
        x, size, stride, padding: as for `max_pool2d`, and so are shapes and errors.

    Source: https://keras.io/api/layers/pooling_layers/average_pooling2d/
    """
    inside = _pool(np.ones_like(_floating(x)), size, stride, padding, outside=0.0).sum(axis=(-2, -1))
    return _pool(x, size, stride, padding, outside=0.0).sum(axis=(-2, -1)) / inside


def relu(x: ArrayLike) -> np.ndarray:
    """Replace negative values, in an array of any shape, by zero."""
    return np.maximum(x, 0)


def leaky_relu(x: ArrayLike, slope: float = 0.2) -> np.ndarray:
    """Multiply negative values, in an array of any shape, by `slope`.

    Source: https://keras.io/api/layers/activations/
    """
    x = _floating(x)
    return np.where(x > 0, x, slope * x)


def elu(x: ArrayLike) -> np.ndarray:
    """Replace negative values, in an array of any shape, by ``exp(x) - 1``.

    Source: https://keras.io/api/layers/activations/
    """
    x = _floating(x)
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def gelu(x: ArrayLike) -> np.ndarray:
    """Multiply each value by the share of a normal distribution that lies below it.

    Source: D. Hendrycks and K. Gimpel, Gaussian Error Linear Units (GELUs), 2016 (arXiv 1606.08415).
    """
    x = _floating(x)
    below = [(1 + erf(value / sqrt(2))) / 2 for value in x.ravel().tolist()]
    return x * np.reshape(below, x.shape).astype(x.dtype)


def sigmoid(x: ArrayLike) -> np.ndarray:
    """Bring values, in an array of any shape, between 0 and 1: ``1 / (1 + exp(-x))``."""
    return np.exp(-np.logaddexp(0, -_floating(x)))


ACTIVATIONS: dict[str, Callable[[ArrayLike], np.ndarray]] = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "gelu": gelu,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "linear": np.asarray,
}
"""Functions that are applied to each number by itself, by their names in Keras."""


def dense(x: ArrayLike, weights: ArrayLike, bias: ArrayLike | None = None) -> np.ndarray:
    """Compute the weighted sums ``x @ weights + bias``.

    Args:
        x: inputs, (..., n).
        weights: (n, m), a column an output.
        bias: one number an output, (m,).

    Returns:
        (..., m).

    Raises:
        ValueError: the shapes do not go together.
    """
    x, weights = _floating(x), _floating(weights)
    if x.ndim < 1 or weights.ndim != 2 or x.shape[-1] != len(weights):
        raise ValueError(
            f"Expected inputs (..., n) and weights (n, m), got shapes {x.shape} and {weights.shape}. "
            f"Flatten each image to one row first: x.reshape(len(x), -1)."
        )
    if bias is None:
        return x @ weights
    bias = _floating(bias)
    if bias.shape != weights.shape[1:]:
        raise ValueError(f"Expected one bias an output, shape {weights.shape[1:]}, got shape {bias.shape}.")
    return x @ weights + bias


def softmax(x: ArrayLike, axis: int = -1) -> np.ndarray:
    """Turn scores into positive numbers that sum to 1 along `axis`, in the proportions ``exp(x)``.

    The largest score is taken off first: that changes no result, and `exp` cannot overflow.
    """
    x = _floating(x)
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Compute minus the logarithm of the probability that a softmax gives to the right class.

    Args:
        logits: scores, (..., K).
        labels: the right classes, whole numbers from 0 to K - 1, (...).

    Returns:
        A loss for each label, (...), in nats; finite however small the probability is.

    Source: https://keras.io/api/losses/probabilistic_losses/
    """
    below = _floating(logits) - np.max(logits, axis=-1, keepdims=True)
    right = np.take_along_axis(below, np.asarray(labels)[..., None], axis=-1)[..., 0]
    return np.log(np.exp(below).sum(axis=-1)) - right


def binary_cross_entropy(logits: ArrayLike, targets: ArrayLike) -> np.ndarray:
    """Compute the mean over the last axis of what sigmoids give to what is: -ln p for 1, -ln(1 - p) for 0.

    Args:
        logits, targets: scores, and 0 or 1 for each, (..., K).

    Source: https://keras.io/api/losses/probabilistic_losses/
    """
    logits = _floating(logits)
    return np.logaddexp(0, np.where(np.asarray(targets) == 1, -logits, logits)).mean(axis=-1)


def dropout_mask(count: int, rate: float, seed: int) -> np.ndarray:
    """Draw what dropout multiplies `count` inputs by: 0, or 1 / (1 - rate) for those that it keeps.

    Keras draws other masks: here the pages have to draw the same ones.

    Source: mulberry32, by T. Ettinger, 2017.
    """
    kept = []
    for _ in range(count):
        seed = (seed + 0x6D2B79F5) & 0xFFFFFFFF
        mixed = (seed ^ seed >> 15) * (seed | 1) & 0xFFFFFFFF
        mixed ^= mixed + ((mixed ^ mixed >> 7) * (mixed | 61) & 0xFFFFFFFF) & 0xFFFFFFFF
        kept.append((mixed ^ mixed >> 14) / 2**32 >= rate)
    return np.array(kept) / (1 - rate)


def _patches(
    x: np.ndarray, kernel: tuple, stride: EachAxis, padding: Padding, dilation: EachAxis, outside: float = 0.0
) -> np.ndarray:
    """Return the patch under every position of the window, (..., H', W', C, kh, kw), without copying it."""
    sizes, strides = x.shape[-3:-1], _each_axis(stride, "the stride")
    dilations, paddings = _each_axis(dilation, "the dilation"), _paddings(padding)
    rows, columns = map(output_size, sizes, kernel, strides, paddings, dilations)
    padded = pad2d(x, ((rows.before, rows.after), (columns.before, columns.after)), outside)
    reach = [(size - 1) * step + 1 for size, step in zip(kernel, dilations, strict=True)]
    windows = sliding_window_view(padded, reach, axis=(-3, -2))
    return windows[..., :: strides[0], :: strides[1], :, :: dilations[0], :: dilations[1]]


def _pool(x, size, stride, padding, outside):
    x = _floating(x)
    if x.ndim == 2:
        return _pool(x[..., None], size, stride, padding, outside)[..., 0, :, :]
    if x.ndim < 3:
        raise ValueError(f"Expected an image (H, W) or images (..., H, W, C), got shape {x.shape}.")
    if not isinstance(padding, str):
        raise ValueError(f'Pooling takes padding="valid" or "same", got {padding!r}. Use pad2d before it.')
    size = _each_axis(size, "the pool size")
    return _patches(x, size, size if stride is None else stride, padding, 1, outside)


def _floating(x):
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)


def _count(number, what, least=1):
    try:
        count = index(number)
    except TypeError:
        raise ValueError(f"Expected {what} as a whole number, got {number!r}.") from None
    if count < least:
        raise ValueError(f"Expected {what} to be {least} or more, got {count}.")
    return count


def _two(setting, expected):
    try:
        first, second = setting
    except (TypeError, ValueError):
        raise ValueError(f"Expected {expected}, got {setting!r}.") from None
    return first, second


def _each_axis(setting, what):
    """Return a setting of the rows and of the columns, given as one number for both or as a pair."""
    if np.ndim(setting) == 0:
        setting = (setting, setting)
    return tuple(_count(number, what) for number in _two(setting, f"{what} as a number or (rows, columns)"))


def _paddings(padding):
    """Return the padding of the rows and of the columns, each as `output_size` takes it."""
    if isinstance(padding, (str, int, np.integer)):
        return padding, padding
    expected = 'padding as "valid", "same", a whole number or ((top, bottom), (left, right))'
    rows, columns = _two(padding, expected)
    return _two(rows, expected), _two(columns, expected)


def _zeros(padding):
    """Return ``(before, after)`` for a padding of one axis that does not depend on the window."""
    if padding == "valid":
        return 0, 0
    if isinstance(padding, (int, np.integer)):
        padding = (padding, padding)
    both = _two(padding, 'padding as "valid", "same", a whole number or (before, after)')
    return tuple(_count(zeros, "the padding", least=0) for zeros in both)
