"""Exercises of the chapter on channels and filters."""

import itertools

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.data import photo
from cnnbook.exercises.compare import Formula, cases, expect, expect_formula
from cnnbook.exercises.feedback import Mistake, Stopped, checker, numbers, returned, squeeze
from cnnbook.exercises.words import show
from cnnbook.ops import conv2d
from cnnbook.widgets import ChannelsLab
from cnnbook.widgets.channels import FILTERS

# --- A filter


def _filled(value: float, *index: object) -> np.ndarray:
    """Return a filter (3, 3, 3) with `value` at an index, else 0."""
    weights = np.zeros((3, 3, 3))
    weights[index] = value
    return weights


_EVERY = slice(None)
_GREEN = _filled(1 / 9, _EVERY, _EVERY, 1)
_AXES = "The axes are row, column, channel: weights[:, :, 1] is the kernel for green."
_WRONG_FILTERS = [
    (_filled(1 / 9, 1), f"This fills the middle row of every kernel. {_AXES}"),
    (_filled(1 / 9, _EVERY, 1), f"This fills the middle column of every kernel. {_AXES}"),
    (_filled(1 / 9, _EVERY, _EVERY, 0), "This is red, channel 0. Channels are counted from 0: green is 1."),
    (_filled(1 / 9, _EVERY, _EVERY, 2), "This is blue, channel 2. Channels are counted from 0: green is 1."),
    (_filled(1 / 9), "All three kernels blur, and their sums are added: red and blue are in the map, too."),
    (_filled(1 / 27), "This is the mean of all 27 numbers. Red and blue are meant to stay out of the map."),
    (_filled(1), "All 27 weights are 1. Two of the kernels are meant to let nothing through."),
    (_filled(1, _EVERY, _EVERY, 1), "The nine weights for green add up to 9: the map is 9 times too bright."),
    (_filled(1, 1, 1, 1), "This copies the green pixel in the middle. A mean is made of all nine."),
    (_filled(1 / 9, 1, 1, 1), "One weight is 1/9, the other eight are 0. A mean is made of all nine pixels."),
    (
        _filled(1 / 3, _EVERY, _EVERY, 1),
        "Nine weights of 1/3 add up to 3. By which number is a sum of nine divided?",
    ),
    (
        _filled(1 / 27, _EVERY, _EVERY, 1),
        "Nine weights of 1/27 add up to 1/3: only nine pixels are in this mean.",
    ),
    (
        _filled(-1 / 9, _EVERY, _EVERY, 1),
        "The weights for green are negative: bright green becomes a low number.",
    ),
    (2 * _GREEN - 1 / 9, "This subtracts red and blue. They are meant to have no say: their weights are 0."),
    (1 / 9 - _GREEN, "This lets red and blue through, and stops green."),
    (np.zeros((3, 3, 3)), "All weights are 0, so the map is 0 everywhere."),
]


@checker
def check_green_filter(answer: object) -> tuple[str, ChannelsLab]:
    """Print whether a filter gives the mean of nine green pixels.

    Args:
        answer: weights (3, 3, 3): rows, columns, channels. An axis of length 1 at either end does not matter.
    """
    if callable(answer) and not hasattr(answer, "get_weights"):
        raise Mistake("This is a function. A filter is an array of weights with the shape (3, 3, 3).")
    weights = squeeze(numbers(answer, "The filter"), 3)
    _check_filter_shape(weights.shape)
    if not np.allclose(weights, _GREEN, atol=2e-3):  # who writes 0.111 is right
        for wrong, message in _WRONG_FILTERS:
            if np.allclose(weights, wrong, atol=2e-3):
                raise Mistake(message)
        sums = ", ".join(
            f"{show(total)} for {name}"
            for name, total in zip(("red", "green", "blue"), weights.sum((0, 1)), strict=True)
        )
        raise Mistake(
            f"The weights of your three kernels add up to {sums}. Which of them should let nothing through? "
            "And which weights make a mean of nine pixels?"
        )
    message = (
        "Nine weights of 1/9 for green, and 18 zeros: red and blue are multiplied by 0 before the sums are "
        "added. Here is your filter in the lab, and as filter 2 its negative: what do both outputs add up to?"
    )
    return message, ChannelsLab("coffee", filters=[weights, -weights])


def _check_filter_shape(shape: tuple) -> None:
    if shape == (3, 3):
        raise Mistake(
            "This is one kernel, (3, 3). A filter that reads three channels has three of them: (3, 3, 3)."
        )
    if shape in ((27,), (9, 3), (3, 9)):
        raise Mistake(
            "These are 27 weights, but not in three axes. reshape(3, 3, 3) gives rows, columns, channels."
        )
    if len(shape) == 4:
        raise Mistake(f"The shape {shape} is that of several filters. Here one is asked for: (3, 3, 3).")
    if shape != (3, 3, 3):
        raise Mistake(f"Your filter has the shape {shape}. 3 rows, 3 columns and 3 channels make (3, 3, 3).")


# --- A layer

_rng = np.random.default_rng(4)
_LAYERS = [
    (
        np.arange(24.0).reshape(3, 4, 2) % 7,
        np.array([1.0, 0, 2, -1, 0, 1, 1, 0, 0, 2, -1, 1, 0, 1, 3, 0, 1, -2, 0, 1, 0, 2, 1, 0]).reshape(
            2, 2, 2, 3
        ),
        np.array([10.0, -20.0, 300.0]),
    ),
    (_rng.normal(size=(6, 5, 4)), _rng.normal(size=(3, 2, 4, 2)), np.array([0.5, -1.5])),
    (_rng.integers(0, 256, (5, 7, 3)).astype(np.uint8), _rng.normal(size=(3, 3, 3, 5)), np.arange(5.0) - 2),
]


def _apart(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the map of every kernel, (H', W', C, F), not added up."""
    maps = [conv2d(x[:, :, c : c + 1], w[:, :, c : c + 1]) for c in range(x.shape[2])]
    return np.stack(maps, axis=2)


def _alone(maps: np.ndarray, index: int) -> np.ndarray:
    """Return `maps` with zeros for all but one."""
    return maps * (np.arange(maps.shape[2]) == index % maps.shape[2])


_ADDED_UP = (
    "The maps of the channels are not added up. However many channels come in, a filter makes one map."
)
_WRONG_LAYERS: list[Formula] = [
    (lambda x, w, b: conv2d(x, w), "The bias is missing."),
    (
        lambda x, w, b: conv2d(x, w, b * x.shape[2]),
        "The bias is added once for each channel. It joins the sum of the channels, once.",
    ),
    (lambda x, w, b: conv2d(x, w, -b), "The bias is subtracted. It is added."),
    (lambda x, w, b: conv2d(x, w) * b, "The sums are multiplied by the bias. It is added."),
    (lambda x, w, b: conv2d(x, w) + b[0], "Every map gets bias[0]. Each filter has a bias of its own."),
    (lambda x, w, b: conv2d(x, w) + b.sum(), "Every map gets all biases. Each filter has one of its own."),
    (
        lambda x, w, b: conv2d(x[:, :, :1], w[:, :, :1], b),
        "Only channel 0 is in your maps. Does `return`, or the line that puts the map in its place, stand "
        "inside the loop over channels?",
    ),
    (
        lambda x, w, b: conv2d(x[:, :, -1:], w[:, :, -1:], b),
        "Only the last channel is in your maps: each has replaced the one before. Add with `+=`.",
    ),
    (
        lambda x, w, b: conv2d(x, w) / x.shape[2] + b,
        "You take the mean over the channels. Their maps are added, and not divided.",
    ),
    (
        lambda x, w, b: _apart(x, w).max(axis=2) + b,
        "You take the largest of the channels' maps. They are added.",
    ),
    (lambda x, w, b: _apart(x, w), _ADDED_UP),
    (lambda x, w, b: _apart(x, w) + b, _ADDED_UP),
    (lambda x, w, b: (_apart(x, w) + b).reshape(*_apart(x, w).shape[:2], -1), _ADDED_UP),
    (
        lambda x, w, b: conv2d(x, np.repeat(w[:, :, :1], x.shape[2], axis=2), b),
        "Every channel meets the kernel for channel 0. Each has a kernel of its own: weights[:, :, c, f].",
    ),
    (
        lambda x, w, b: conv2d(np.repeat(x[:, :, :1], x.shape[2], axis=2), w, b),
        "Every kernel gets channel 0 of the image. Each reads a channel of its own: image[:, :, c].",
    ),
    (
        lambda x, w, b: conv2d(x, np.repeat(w[..., :1], len(b), axis=3), b),
        "Every map is made with filter 0. Map f is made with weights[:, :, :, f].",
    ),
    (
        lambda x, w, b: conv2d(x, w, b)[..., 0],
        "You return the map of filter 0 alone. Does `return` stand inside the loop over filters?",
    ),
    (
        lambda x, w, b: conv2d(x, w, b)[..., -1],
        "You return the map of the last filter alone: each has replaced the one before. Where do "
        "you keep them?",
    ),
    (
        lambda x, w, b: _alone(conv2d(x, w, b), 0),
        "Map 0 is right, the others are 0. Does `return` stand inside the loop over filters?",
    ),
    (
        lambda x, w, b: conv2d(x, w, b).sum(axis=2),
        "The maps of the filters are added up. Channels are added; each filter keeps a map of its own.",
    ),
    (
        lambda x, w, b: np.moveaxis(conv2d(x, w, b), 2, 0),
        "Your maps come first in the shape: (filter, row, column). Here the filter comes last, as in Keras: "
        "np.stack(maps, axis=-1).",
    ),
    (
        lambda x, w, b: conv2d(x, w[:, :, ::-1], b),
        "The kernels meet the channels in the wrong order: the first reads the last channel.",
    ),
    (
        lambda x, w, b: conv2d(x, w[::-1, ::-1], b),
        "Your kernels are turned upside down and mirrored, as in mathematics. Networks lay them on "
        "as they are.",
    ),
    (
        lambda x, w, b: conv2d(x, w, b, padding="same"),
        "Your maps are as large as the image: something is padded. Here the kernels stay inside.",
    ),
]


@checker
def check_layer(answer: object) -> tuple[str, Figure]:
    """Print whether a function computes all maps of a convolutional layer.

    Args:
        answer: a function of an image (H, W, C), weights (kh, kw, C, F) and a bias (F,), that returns the
            maps (H - kh + 1, W - kw + 1, F) as an array, a tensor or nested lists.
    """
    for image, weights, bias in _LAYERS:
        arguments = {"image": image, "weights": weights, "bias": bias}
        try:
            expect(answer, arguments, conv2d, _WRONG_LAYERS, "stack of maps")
        except Stopped as stop:
            if not any(word in stop.text for word in ("broadcast", "axes", "channels", "Expected images")):
                raise
            raise stop.because(
                f"{stop.text}. The kernel of filter f for channel c is weights[:, :, c, f], and it goes with "
                "image[:, :, c]; the map of a filter has rows and columns only."
            ) from None
    message = (
        "Your function gives what Keras gives, for any number of channels and filters. The maps are the "
        "channels of the next layer: call it again on what it returns, with weights (kh, kw, F, more). Below "
        "are two maps that it makes of the coffee."
    )
    names = ["red-green", "yellow-blue"]
    weights = np.stack([FILTERS[name] for name in names], axis=-1)
    arguments = {"image": photo("coffee")[::6, ::6].astype(float), "weights": weights, "bias": np.zeros(2)}
    maps = squeeze(returned(answer, arguments, "Your stack of maps"), 3)
    titles = ["red minus green", "yellow minus blue"]
    return message, figures.plot_maps(dict(zip(titles, np.moveaxis(maps, -1, 0), strict=True)), -255, 255)


# --- How many numbers

_PARAMETERS = [(3, 1, 1), (3, 3, 1), (3, 3, 2), (3, 3, 32), (3, 32, 64), (5, 32, 64), (1, 64, 16)]
_PARAMETERS += itertools.product((1, 2, 3, 5), (1, 3, 7), (1, 4, 10))
_PARAMETERS = cases("kernel channels filters", _PARAMETERS)
_WRONG_PARAMETERS: list[Formula] = [
    (lambda k, c, f: k * k * c * f, "The biases are missing: each filter adds a number of its own."),
    (
        lambda k, c, f: k * k * f + f,
        "A filter has a kernel for each channel. The channels are not in your formula.",
    ),
    (
        lambda k, c, f: k * k * f,
        "A filter has a kernel for each channel, and a bias. Neither is in your formula.",
    ),
    (lambda k, c, f: k * k * c * f + 1, "The layer has one bias in your formula. Each filter has one."),
    (
        lambda k, c, f: (k * k + 1) * c * f,
        "Each kernel has a bias in your formula. The sums of a filter are added first, and one "
        "bias joins them.",
    ),
    (
        lambda k, c, f: k * c * f + f,
        "A kernel has as many rows as columns: it holds kernel × kernel weights.",
    ),
    (lambda k, c, f: 2 * k * c * f + f, "A kernel holds kernel × kernel weights, not kernel + kernel."),
    (lambda k, c, f: k * k * c + 1, "That is one filter. There are several."),
    (lambda k, c, f: k * k * c, "These are the weights of one filter. There are several, each with a bias."),
    (
        lambda k, c, f: k * k * c + f,
        "All filters share one set of weights in your formula. Each has its own.",
    ),
    (
        lambda k, c, f: k * k * c * f + c,
        "There is a bias for each channel in your formula, not for each filter: have they changed places?",
    ),
    (
        lambda k, c, f: k * k * c * f + c * f,
        "There is a bias for each kernel in your formula. There is one a filter.",
    ),
    (
        lambda k, c, f: (k * k + c + 1) * f,
        "You add the channels. There are kernel × kernel weights for *each* channel.",
    ),
    (
        lambda k, c, f: (k * k + c) * f,
        "You add the channels. There are kernel × kernel weights for *each* channel.",
    ),
    (
        lambda k, c, f: k * k * (c + f) + f,
        "You add channels and filters. Each filter has a kernel for each channel.",
    ),
    (
        lambda k, c, f: k * k * (c + 1) * f,
        "The bias is as large as a kernel in your formula. It is one number.",
    ),
    (
        lambda k, c, f: k**3 * f + f,
        "The third side of a filter is the number of channels, not the size of the kernel.",
    ),
]


@checker
def check_parameters(answer: object) -> str:
    """Print whether a function counts the weights and biases of a convolutional layer.

    Args:
        answer: a function of kernel (its rows, and its columns), channels and filters, whole numbers.
    """
    expect_formula(
        answer,
        _PARAMETERS,
        lambda k, c, f: (k * k * c + 1) * f,
        _WRONG_PARAMETERS,
        "number of weights and biases",
        lambda k, c, f: f"A filter holds {k} · {k} · {c} weights and a bias, {k * k * c + 1} numbers.",
    )
    return (
        "(kernel · kernel · channels + 1) · filters: 896 for the first layer of a network, 18,496 "
        "for 64 filters "
        "on 32 maps. The size of the image is not in it."
    )


# --- How many multiplications

_WORK = [
    (3, 3, 3, 1, 1),
    (3, 4, 3, 1, 1),
    (4, 5, 3, 1, 1),
    (4, 5, 3, 2, 1),
    (4, 5, 3, 2, 3),
]
_WORK += itertools.product((5, 8), (5, 9), (1, 2, 3), (1, 3), (1, 4))
_WORK = cases("height width kernel channels filters", _WORK)


def _places(h: int, w: int, k: int) -> int:
    return (h - k + 1) * (w - k + 1)


_WRONG_WORK: list[Formula] = [
    (
        lambda h, w, k, c, f: h * w * k * k * c * f,
        "The kernel cannot begin at every pixel: in a row it fits at width − kernel + 1 places.",
    ),
    (
        lambda h, w, k, c, f: k * k * c * f,
        "These are the weights. Each is used again at every place of the map.",
    ),
    (
        lambda h, w, k, c, f: (k * k * c + 1) * f,
        "These are weights and biases. Each weight is used again at every place of the map.",
    ),
    (
        lambda h, w, k, c, f: _places(h, w, k) * k * k * f,
        "The channels are missing: a filter reads all of them.",
    ),
    (lambda h, w, k, c, f: _places(h, w, k) * k * k * c, "That is one filter. There are several."),
    (
        lambda h, w, k, c, f: _places(h, w, k) * k * k,
        "That is one kernel. Each filter has one for each channel.",
    ),
    (
        lambda h, w, k, c, f: _places(h, w, k) * c * f,
        "At each place a kernel makes kernel × kernel products.",
    ),
    (lambda h, w, k, c, f: _places(h, w, k) * k * c * f, "A kernel has kernel × kernel weights."),
    (
        lambda h, w, k, c, f: _places(h, w, k) * f,
        "These are the numbers of the maps. Each takes several products.",
    ),
    (
        lambda h, w, k, c, f: _places(h, w, k) * (k * k * c + 1) * f,
        "The bias is counted. It is added, and takes no multiplication.",
    ),
    (
        lambda h, w, k, c, f: 2 * _places(h, w, k) * k * k * c * f,
        "Multiplications and additions are counted, each for itself. Here a product with its "
        "addition is one.",
    ),
    (
        lambda h, w, k, c, f: (h - k) * (w - k) * k * k * c * f,
        "The place where the kernel begins counts, too: + 1.",
    ),
    (
        lambda h, w, k, c, f: (h - k + 1) ** 2 * k * k * c * f,
        "An image may be wider than high: use the width, too.",
    ),
    (
        lambda h, w, k, c, f: (w - k + 1) ** 2 * k * k * c * f,
        "An image may be wider than high: use the height, too.",
    ),
    (
        lambda h, w, k, c, f: (h + w - 2 * k + 2) * k * k * c * f,
        "The places of a map are rows times columns.",
    ),
    (
        lambda h, w, k, c, f: h * w * c * _places(h, w, k) * f,
        "That is a dense layer: every output reads the whole image. Here it reads one patch.",
    ),
    (
        lambda h, w, k, c, f: (h // k) * (w // k) * k * k * c * f,
        "Your kernel moves by its own size. With stride 1 the patches overlap.",
    ),
    (
        lambda h, w, k, c, f: _places(h, w, k) * (k * k + c) * f,
        "You add the channels. There are kernel × kernel products for *each* channel.",
    ),
]


@checker
def check_multiplications(answer: object) -> str:
    """Print whether a function counts the multiplications of a convolutional layer, stride 1, no padding.

    Args:
        answer: a function of height and width of the image, kernel, channels and filters, whole numbers.
    """
    expect_formula(
        answer,
        _WORK,
        lambda h, w, k, c, f: _places(h, w, k) * k * k * c * f,
        _WRONG_WORK,
        "number of multiplications",
        lambda h, w, k, c, f: (
            f"The kernel fits at {h - k + 1} · {w - k + 1} places, and each takes {k} · {k} · {c} "
            f"products a filter."
        ),
    )
    return (
        "777,600 for the first layer of a network that reads 32×32 pixels, and 55 times as many at "
        "224×224, with "
        "the same 864 weights. What you pay for an image is its size; what you store is not."
    )
