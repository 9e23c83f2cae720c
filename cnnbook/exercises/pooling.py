"""Exercises of the chapter on pooling."""

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.data import photo
from cnnbook.exercises.compare import Formula, expect, expect_formula
from cnnbook.exercises.feedback import Mistake, Stopped, checker, numbers, returned, squeeze
from cnnbook.exercises.words import show
from cnnbook.ops import avg_pool2d, conv2d, max_pool2d
from cnnbook.widgets import PoolingLab

# --- Max pooling

_rng = np.random.default_rng(6)
_PAGE = np.array([[1, 3, 2, 0, 9], [5, 2, 1, 1, 7], [0, 0, 4, 4, 8], [0, 6, 4, 4, 2]])
# The first tells mistakes apart: size, stride, 1, 2 and their neighbours all differ.
_IMAGES = [
    {"image": _rng.normal(size=(13, 19)).round(2) - 1, "size": 4, "stride": 6},
    {"image": _PAGE, "size": 2, "stride": 2},
    {"image": _rng.normal(size=(7, 10)).round(2) - 1, "size": 3, "stride": 2},
    {"image": _rng.integers(0, 256, (6, 9)).astype(np.uint8), "size": 3, "stride": 3},
]


def _windows(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Return the window at every place, (H', W', size, size)."""
    return np.lib.stride_tricks.sliding_window_view(x, (size, size))[::stride, ::stride]


def _at_once(x: np.ndarray, size: int, rows: range, columns: range) -> np.ndarray:
    """Return the largest value of windows that begin in these rows and columns, cut off at the end."""
    return np.array([[x[r : r + size, c : c + size].max() for c in columns] for r in rows], float)


def _places(x: np.ndarray, size: int, stride: int) -> tuple[int, int]:
    return (x.shape[0] - size) // stride + 1, (x.shape[1] - size) // stride + 1


def _in_steps(places: tuple[int, int], step: int) -> tuple[range, range]:
    return range(0, places[0] * step, step), range(0, places[1] * step, step)


def _in_zeros(x: np.ndarray, size: int, stride: int, step: int) -> np.ndarray:
    """Return the map in an array as large as the image, its numbers `step` apart."""
    around, pooled = np.zeros(x.shape), max_pool2d(x, size, stride)
    rows, columns = (step * side for side in pooled.shape)
    around[:rows:step, :columns:step] = pooled
    return around


_TOO_LARGE = (
    "Your map is as large as the image, and mostly zeros. How many windows fit, in rows and in columns?"
)
_WRONG_POOLS: list[Formula] = [
    (
        lambda x, k, s: _at_once(x, k, range(0, x.shape[0] - k, s), range(0, x.shape[1] - k, s)),
        "The last window that fits is missing: range(a, b) ends before b, and a window may begin at "
        "rows − size itself.",
    ),
    (avg_pool2d, "You take the mean of each window. The largest value was asked for."),
    (lambda x, k, s: -max_pool2d(-x.astype(float), k, s), "You keep the smallest value of each window."),
    (lambda x, k, s: avg_pool2d(x, k, s) * k * k, "You add up each window. Its largest value is kept."),
    (
        lambda x, k, s: np.maximum(max_pool2d(x, k, s), 0),
        "Where all numbers of a window are negative, you return 0. Did you begin with 0 as the largest so "
        "far?",
    ),
    (
        lambda x, k, s: _at_once(x, k, range(_places(x, k, s)[0]), range(_places(x, k, s)[1])),
        "Your windows begin at rows 0, 1, 2 and so on. The stride says how far apart they begin: "
        "r * stride, c * stride.",
    ),
    (
        lambda x, k, s: _at_once(x, k, *_in_steps(_places(x, k, s), k)),
        "Your windows begin a window apart: r * size. How far they move is the stride.",
    ),
    (
        lambda x, k, s: max_pool2d(x, k, k),
        "Your window moves by its own size. How far it moves is the stride.",
    ),
    (lambda x, k, s: max_pool2d(x, s, s), "Your window is as large as the stride. Its side is `size`."),
    (lambda x, k, s: max_pool2d(x, 2, s), "Your window has 2 rows and columns. Its side is `size`."),
    (lambda x, k, s: max_pool2d(x, k, 2), "Your window moves by 2. How far it moves is the stride."),
    (lambda x, k, s: max_pool2d(x, 2, 2), "Your window is 2×2 and moves by 2. Use size and stride."),
    (lambda x, k, s: max_pool2d(x, k, 1), "The stride is not used: your window stands at every place."),
    (
        lambda x, k, s: max_pool2d(x, k, s, "same"),
        "Your result has rows or columns too many: the last windows stick out. A window that does not fit "
        "is left out.",
    ),
    (
        lambda x, k, s: _at_once(x, k, range(0, x.shape[0], s), range(0, x.shape[1], s)),
        "Your last windows are cut off at the end of the image. A window that does not fit is left out: "
        "(rows − size) // stride + 1 of them do.",
    ),
    (
        lambda x, k, s: _at_once(x, k, *_in_steps((x.shape[0] // s, x.shape[1] // s), s)),
        "rows // stride counts steps, and after the last of them a window need not fit: "
        "(rows − size) // stride + 1 of them do.",
    ),
    (
        lambda x, k, s: _at_once(x.T, k, *_in_steps(_places(x, k, s), s)),
        "Rows and columns have changed places inside of your window: its rows begin at r * stride, where r "
        "counts the rows of your map.",
    ),
    (
        lambda x, k, s: _at_once(x, k, *_in_steps((_places(x, k, s)[0],) * 2, s)),
        "You have as many columns as rows. The columns are counted from image.shape[1].",
    ),
    (
        lambda x, k, s: _at_once(x, k, *_in_steps((_places(x, k, s)[1],) * 2, s)),
        "You have as many rows as columns. The rows are counted from image.shape[0].",
    ),
    (lambda x, k, s: max_pool2d(x, s, k), "Size and stride have changed places."),
    (lambda x, k, s: _in_zeros(x, k, s, 1), _TOO_LARGE),
    (lambda x, k, s: _in_zeros(x, k, s, s), _TOO_LARGE),
    (
        lambda x, k, s: max_pool2d(x, k, s)[:-1, :-1],
        "The last window that fits is missing, below and on the right. Where it begins counts, too: + 1.",
    ),
    (
        lambda x, k, s: x[::s, ::s][: _places(x, k, s)[0], : _places(x, k, s)[1]],
        "You keep the first pixel of each window. The largest one is wanted.",
    ),
    (lambda x, k, s: x[::s, ::s], "You keep every pixel at a stride. The largest of each window is wanted."),
    (
        lambda x, k, s: _windows(x, k - 1, s)[: _places(x, k, s)[0], : _places(x, k, s)[1]].max((2, 3)),
        "Your windows are a row and a column too small: image[r : r + size] ends before r + size by itself.",
    ),
    (
        lambda x, k, s: _at_once(x, k + 1, *_in_steps(_places(x, k, s), s)),
        "Your windows are a row and a column too large.",
    ),
    (
        lambda x, k, s: _windows(x, k, s)[:, :, 0].max(2),
        "You look at the first row of each window. The largest of all its rows is wanted.",
    ),
    (
        lambda x, k, s: _windows(x, k, s)[:, :, :, 0].max(2),
        "You look at the first column of each window. The largest of all its columns is wanted.",
    ),
    (
        lambda x, k, s: _windows(x, k, s).max(3),
        "You keep the largest of each *row* of a window. One number is left of a window.",
    ),
    (
        lambda x, k, s: _windows(x, k, s).reshape(*_places(x, k, s), -1).argmax(2),
        "This is where the largest value stands, as argmax gives it. The value itself is wanted.",
    ),
    (
        lambda x, k, s: np.abs(_windows(x, k, s).astype(float)).max((2, 3)),
        "You take the largest without its sign. −3 is smaller than 1.",
    ),
    (
        lambda x, k, s: np.full(_places(x, k, s), x.max()),
        "Every place has the largest value of the whole image. Look inside of the window only.",
    ),
    (lambda x, k, s: x.max(), "This is the largest value of the image. Each window has one."),
    (lambda x, k, s: x, "You return the image as it is."),
]

_STOPS = [
    (
        "zero-size array|empty",
        "A window is empty there: its end comes before its beginning, or it begins beyond the image. "
        "It reads the rows from r * stride to r * stride + size.",
    ),
    (
        "index {stride} is out of bounds",
        "Do r or c go in steps of the stride there? The place in your map is r // stride, c // stride then: "
        "its rows and columns are counted 0, 1, 2.",
    ),
    (
        "truth value of an array",
        "The built-in max() compares the rows of a window, and which of two rows is the larger? "
        "window.max() looks at its numbers.",
    ),
    (
        "cannot reshape array",
        "Cut into blocks by reshape, an image has to be filled by them, and they cannot overlap or leave "
        "gaps. Here rows are left over, and the stride is not the size.",
    ),
]


@checker
def check_max_pool(answer: object) -> tuple[str, Figure]:
    """Print whether a function is max pooling.

    Args:
        answer: a function of an image (H, W), a size and a stride, that returns the map of the largest values
            as an array, a tensor or nested lists.
    """
    for arguments in _IMAGES:
        try:
            expect(answer, arguments, max_pool2d, _WRONG_POOLS)
        except Stopped as stop:
            raise stop.among([(pattern.format(**arguments), why) for pattern, why in _STOPS]) from None
    message = (
        "Your function gives what Keras gives, with rows that fill no window, and with negative numbers. "
        "Below is "
        "your function at work. In the lab above, set Window 3 and Stride 3: the rows that it never reads "
        "are hatched."
    )
    cat = photo("cat")[::2, ::2].mean(axis=-1)
    shown = {}
    for size in (2, 4, 8):
        pooled = returned(answer, {"image": cat, "size": size, "stride": size}, "Your map")
        shown[f"windows of {size}×{size}"] = squeeze(pooled, 2)
    return message, figures.plot_maps(shown, 0, 255)


# --- Average pooling as a convolution


def _filled(value: float, pixels: tuple = (slice(None), slice(None)), step: int = 1) -> np.ndarray:
    """Return weights (2, 2, 3, 3) with `value` where a filter reads its own channel, at some pixels."""
    window = np.zeros((2, 2))
    window[pixels] = value
    return window[:, :, None, None] * np.eye(3)[::step]


_AVERAGE = _filled(1 / 4)
_FIRST = _AVERAGE * (np.arange(3) == 0)
_WRONG_WEIGHTS = [
    (
        np.full((2, 2, 3, 3), 1 / 4),
        "Every filter reads all three channels here, and adds them up. Pooling treats each channel by "
        "itself.",
    ),
    (
        np.full((2, 2, 3, 3), 1 / 12),
        "This is the mean of all three channels, three times: a grey picture. Each channel has a mean of "
        "its own.",
    ),
    (
        _filled(1),
        "The four weights of a channel add up to 4: a sum, four times too bright. A mean was asked for.",
    ),
    (_filled(1 / 2), "Four weights of 1/2 add up to 2. By which number is a sum of four divided?"),
    (_filled(1 / 9), "1/9 belongs to a window of 3×3. This one has four pixels."),
    (_filled(1 / 3), "1/3 is for three channels. They are not mixed here: the mean is of four pixels."),
    (_filled(1 / 12), "Twelve numbers lie under the window, and each filter reads four of them."),
    (_filled(1 / 16), "1/16 is right for 4×4 pixels. Here there are four."),
    (_filled(1, (0, 0)), "This copies the first pixel of each window, and skips the others."),
    (
        _filled(1 / 4, (0, 0)),
        "One weight of a channel is 1/4, three are 0. All four pixels belong to the mean.",
    ),
    (_filled(1 / 2, (0,)), "This is the mean of the upper two pixels. The lower two belong to it."),
    (
        _filled(1 / 2, (slice(None), 0)),
        "This is the mean of the left two pixels. The right two belong to it.",
    ),
    (
        _filled(1 / 4, (np.arange(2), np.arange(2))),
        "Only two corners of the window have weights. All four pixels belong to the mean.",
    ),
    (_filled(1 / 4, step=-1), "Filter 0 reads blue here, and filter 2 red: the channels change places."),
    (_filled(-1 / 4), "The weights are negative. A mean of bright pixels is bright."),
    (_FIRST, "Filter 0 is right; the others are 0, so green and blue are black."),
    (
        np.full((2, 2, 3, 3), 1 / 36),
        "1/36 is for a mean of 36 numbers. A filter reads one channel here, and of it four pixels.",
    ),
    (
        np.full((2, 2, 3, 3), 1 / 3),
        "Every filter adds up all three channels here, a third of each. Pooling treats each channel by "
        "itself, and the mean is of four pixels.",
    ),
    (np.ones((2, 2, 3, 3)), "All 36 weights are 1. Most of them should let nothing through."),
    (1 / 4 - _AVERAGE, "Each filter reads the two channels that are not its own."),
    (np.zeros((2, 2, 3, 3)), "All weights are 0, so the output is 0 everywhere."),
]
_WRONG_SHAPES = {
    (): "This is one number. A layer has one for each pixel, channel and filter",
    (4,): "These are four numbers in a row, the window of one channel",
    (
        3,
        2,
        2,
    ): "This is one kernel a channel, with the channels first. Three maps come out, so there are three "
    "filters, each with a kernel for each channel; rows and columns come first",
    (
        2,
        2,
    ): "This is one kernel. A layer that makes three channels of three has a kernel for each pair of them",
    (
        2,
        2,
        3,
    ): "This is one filter, or one kernel a channel. Three maps come out, so there are three filters, each "
    "with a kernel for each channel",
    (
        2,
        2,
        3,
        1,
    ): "This is one filter; three maps come out. (DepthwiseConv2D, which treats each channel by itself, "
    "takes this shape. Conv2D does not)",
    (2, 2, 1, 3): "These filters read one channel. The photograph has three",
    (3, 3, 2, 2): "Rows and columns come first, then the channels that come in, then the filters",
    (3, 3, 3, 3): "This kernel has 3×3 pixels. The window has 2×2",
    (36,): "These are 36 numbers in a row. reshape(2, 2, 3, 3) gives them axes",
    (4, 3, 3): "The four pixels of the window are two rows and two columns",
}

_COLOURS = ("red", "green", "blue")


def _first_wrong(weights: np.ndarray) -> str:
    """Say what is wrong with the first four weights, of one filter for one channel, that are not right."""
    fits = np.isclose(weights, _AVERAGE, atol=1e-4).all(axis=(0, 1)).T
    index, channel = map(int, np.argwhere(~fits)[0])
    four = weights[:, :, channel, index]
    what = f"In filter {index} the weights for {_COLOURS[channel]} are {show(four)}."
    if channel != index:
        return f"{what} It makes the mean of {_COLOURS[index]} alone. Which weights let nothing through?"
    if np.isclose(four.sum(), 1, atol=1e-4):
        return f"{what} They add up to 1, as they should, but a mean takes as much of each pixel."
    return f"{what} They add up to {show(four.sum())}. To which sum do the weights of a mean add up?"


@checker
def check_average_weights(answer: object) -> tuple[str, Figure]:
    """Print whether weights make a convolution of 2×2 and stride 2 the average pooling of three channels.

    Args:
        answer: (2, 2, 3, 3): rows, columns, channels that come in, filters; or a Keras layer that has them.
    """
    if "Pooling" in type(answer).__name__:
        raise Mistake(
            "This is the pooling itself, which has no weights. A Conv2D that does the same has some."
        )
    if callable(answer) and not hasattr(answer, "get_weights"):
        raise Mistake(
            "This is a function. The weights of a layer are an array, here of the shape (2, 2, 3, 3)."
        )
    weights = squeeze(numbers(answer, "The array of weights"), 4)
    if weights.shape != (2, 2, 3, 3):
        reason = _WRONG_SHAPES.get(weights.shape, f"Your array has the shape {weights.shape}")
        raise Mistake(f"{reason}: the shape wanted is (2, 2, 3, 3).")
    if not np.allclose(weights, _AVERAGE, atol=1e-4):
        for wrong, message in _WRONG_WEIGHTS:
            if np.allclose(weights, wrong, atol=1e-4):
                raise Mistake(message)
        raise Mistake(_first_wrong(weights))
    message = (
        "12 weights of 1/4, and 24 zeros: filter c reads channel c alone. So average pooling is a "
        "convolution whose "
        "weights nobody learns. Below is what your weights make of a photograph, once and four times."
    )
    coffee = [photo("coffee") / 255]
    for _ in range(4):
        coffee.append(conv2d(coffee[-1], weights, stride=2))
    titles = [" × ".join(map(str, picture.shape[:2])) for picture in coffee]
    return message, figures.show_images(
        [coffee[0], coffee[1], coffee[4]], [titles[0], titles[1], titles[4]], columns=3
    )


# --- How many outputs a move changes

_STRIPES = np.array([[0, 0, 1, 1], [0, 0, 1, 1]])
_MOVES = [{"image": _STRIPES, "pixels": pixels} for pixels in (1, 2, 4)]
_MOVES += [
    {"image": _rng.integers(0, 4, shape), "pixels": pixels}
    for shape in ((6, 8), (7, 9), (5, 12))
    for pixels in (0, 1, 2, 3)
]


def _pooled(x: np.ndarray) -> np.ndarray:
    return max_pool2d(x, 2)


def _rolled(x: np.ndarray, right: int) -> np.ndarray:
    return np.roll(x, right, axis=1)


def _share(x: np.ndarray, y: np.ndarray) -> float:
    return float((x != y).mean())


_WRONG_SHARES: list[Formula] = [
    (
        lambda x, p: (_pooled(_rolled(x, p)) != _pooled(x)).sum(),
        "This is how many outputs change. The share is wanted: of all outputs.",
    ),
    (
        lambda x, p: _share(_rolled(x, p), x),
        "This is the share of *pixels* that change. Pool both pictures first.",
    ),
    (
        lambda x, p: 1 - _share(_pooled(_rolled(x, p)), _pooled(x)),
        "This is the share that stays as it was: `!=` says which are different.",
    ),
    (
        lambda x, p: 100 * _share(_pooled(_rolled(x, p)), _pooled(x)),
        "This is in percent. A share goes from 0 to 1.",
    ),
    (
        lambda x, p: _share(_pooled(np.roll(x, p, axis=0)), _pooled(x)),
        "You move the picture down: axis 0 are the rows. To the right is axis=1.",
    ),
    (
        lambda x, p: _share(_pooled(np.roll(x, p)), _pooled(x)),
        "Without an axis np.roll writes the picture in one row, so what leaves comes in one row lower. "
        "axis=1.",
    ),
    (
        lambda x, p: _share(_pooled(np.roll(x, p, axis=(0, 1))), _pooled(x)),
        "You move the picture down as well. To the right alone is axis=1.",
    ),
    (
        lambda x, p: _share(_pooled(_rolled(x, -p)), _pooled(x)),
        "You move the picture to the left. A positive number goes to the right.",
    ),
    (
        lambda x, p: _share(_rolled(_pooled(x), p), _pooled(x)),
        "You pool first, and move the *output*. It is the picture that moves.",
    ),
    (
        lambda x, p: _share(_pooled(_rolled(x, p)), _rolled(_pooled(x), p)),
        "You compare with the old output, moved along. Compare with the old output as it stands.",
    ),
    (
        lambda x, p: _share(avg_pool2d(_rolled(x, p), 2), avg_pool2d(x, 2)),
        "You take averages. The window is that of max pooling.",
    ),
    (
        lambda x, p: _share(max_pool2d(_rolled(x, p), 2, 1), max_pool2d(x, 2, 1)),
        "Your window moves by 1. It moves by 2, as max_pool2d(image, 2) does by itself.",
    ),
    (
        lambda x, p: np.abs(_pooled(_rolled(x, p)) - _pooled(x)).mean(),
        "This is by how much the outputs change on average. The share of those that change is wanted.",
    ),
    (
        lambda x, p: (_pooled(_rolled(x, p)) - _pooled(x)).mean(),
        "This is the mean difference: ups and downs cancel in it. The share of outputs that change is "
        "wanted.",
    ),
    (
        lambda x, p: (_pooled(x) - _pooled(_rolled(x, p))).mean(),
        "This is the mean difference: ups and downs cancel in it. The share of outputs that change is "
        "wanted.",
    ),
    (
        lambda x, p: _share(_pooled(np.pad(x, ((0, 0), (p, 0)))[:, : x.shape[1]]), _pooled(x)),
        "Zeros come in on the left. In a circle it is what has left on the right, as np.roll does it.",
    ),
    (
        lambda x, p: (_pooled(_rolled(x, p)) != _pooled(x)).sum() / _pooled(x).shape[1],
        "You divide by the number of columns. The output has rows times columns numbers: .size.",
    ),
    (
        lambda x, p: (_pooled(_rolled(x, p)) != _pooled(x)).sum() / x.size,
        "You divide by the number of pixels. There are fewer outputs: divide by theirs, or take .mean().",
    ),
    (
        lambda x, p: (_pooled(_rolled(x, p)) != _pooled(x)).sum() / len(_pooled(x)),
        "len() counts the rows of the output. It has rows times columns numbers: .size.",
    ),
    (
        lambda x, p: (_pooled(_rolled(x, p)) > _pooled(x)).mean(),
        "This is the share of outputs that grow. Those that shrink have changed, too.",
    ),
    (
        lambda x, p: _share(_pooled(_rolled(x, 1)), _pooled(x)),
        "You always move by 1. How far is given: `pixels`.",
    ),
    (
        lambda x, p: float((_pooled(_rolled(x, p)) != _pooled(x)).any()),
        "This says whether any output changes. Which share of them does?",
    ),
    (lambda x, p: 0, "You compare the output with itself, or with one of the same picture: nothing changes."),
]

_GRID = {"image": _rng.integers(0, 4, (6, 8)), "pixels": 1}
_SHARE_STOPS = [
    (
        "truth value of an array",
        "One answer, yes or no, is wanted there, and rows or maps hold many numbers. `before != after` has "
        "an answer for each number, and their mean is the share.",
    ),
    (
        "could not be broadcast|pool size|window covers",
        "Is the window of both maps 2, and have they one shape? `pixels` says how far the picture moves, not "
        "how large the window is.",
    ),
]


@checker
def check_changed(answer: object) -> tuple[str, PoolingLab]:
    """Print whether a function gives the share of max pooling's outputs that a move changes.

    Args:
        answer: a function of an image (H, W) and the pixels that it moves to the right, in a circle.
    """
    try:
        _expect_share(answer)
    except Stopped as stop:
        raise stop.among(_SHARE_STOPS) from None
    message = (
        "The comparison of all outputs, and its mean. Here is a digit, moved to the right by one pixel: "
        "fewer of its outputs change than of the cat's. What have those in common that stay as they are?"
    )
    return message, PoolingLab("digit", right=1)


def _expect_share(answer: object) -> None:
    share = returned(answer, _GRID, "Your share")
    if share.shape == _pooled(_GRID["image"])[0].shape:
        raise Mistake(
            f"You return {share.size} numbers, one a column: the built-in sum() adds up rows, and leaves a "
            "row. (before != after).sum() adds up all, and so does np.sum."
        )
    expect_formula(
        answer,
        _MOVES,
        lambda x, p: _share(_pooled(_rolled(x, p)), _pooled(x)),
        _WRONG_SHARES,
        "share of changed outputs",
        lambda x, p: (
            f"Before the move the map is {show(_pooled(x))}, after it {show(_pooled(_rolled(x, p)))}."
            if x.size < 9
            else ""
        ),
    )
