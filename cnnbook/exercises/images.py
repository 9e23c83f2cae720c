"""Exercises of the chapter on images."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnbook.data import photo
from cnnbook.data.pictures import LUMA
from cnnbook.exercises.compare import Formula, cases, expect, expect_formula
from cnnbook.exercises.feedback import Mistake, checker, returned, squeeze
from cnnbook.widgets import PixelInspector

# --- Channels first

# Row 1, column 2 holds 12 in red, 112 in green and 212 in blue. No two sides are equal.
_CODED = (
    10 * np.arange(4)[:, None, None] + np.arange(5)[None, :, None] + 100 * np.arange(3)[None, None, :]
).astype(np.uint8)

_WRONG_AXES: list[Formula] = [
    (
        lambda x: x.reshape(x.shape[2], *x.shape[:2]),
        "reshape keeps the numbers in the order in which they lie in memory and counts them off anew: "
        "red, green and blue get mixed up. What is needed moves an axis.",
    ),
    (
        lambda x: x.T,
        "All axes are turned around: rows and columns have changed places, too, and the picture lies on its "
        "side. Only the channels move to the front.",
    ),
    (
        lambda x: x,
        "The channels are still last. (Functions of NumPy return a new array; the old one stays as it is.)",
    ),
    (lambda x: x.transpose(1, 0, 2), "You exchange rows and columns. The channels are to move."),
    (lambda x: x.transpose(0, 2, 1), "The channels have moved past the columns only. They go to the front."),
    (
        lambda x: x.transpose(1, 2, 0),
        "The rows have moved to the end. The channels are to move to the front: from axis 2, or -1, to 0.",
    ),
    (
        lambda x: x.transpose(2, 0, 1)[::-1],
        "The channels are in front, and blue comes first. Red stays first.",
    ),
    (lambda x: x.transpose(2, 0, 1)[:, ::-1], "The channels are in front, and the picture is upside down."),
    (lambda x: x.transpose(2, 0, 1)[:, :, ::-1], "The channels are in front, and the picture is mirrored."),
    (lambda x: x[..., 0], "You return the red channel alone. The others stand behind it."),
    (lambda x: x[0], "x[0] is the first row, not the first channel."),
    (lambda x: x[:3], "image[0] is the first row, not the red channel, which is image[:, :, 0]."),
    (lambda x: x.mean(axis=-1), "You mix the channels into one. All three stay."),
    (lambda x: x.sum(axis=-1), "You add the channels up. All three stay."),
    (
        lambda x: x.reshape(-1, x.shape[2]).T,
        "Each channel has become one long row. Keep rows and columns: (channels, rows, columns).",
    ),
    (
        lambda x: np.concatenate(list(x.transpose(2, 0, 1))),
        "The channels lie below one another in one grid. np.stack gives them an axis of their own.",
    ),
    (
        lambda x: np.concatenate(list(x.transpose(2, 0, 1)), axis=1),
        "The channels lie side by side in one grid. np.stack gives them an axis of their own.",
    ),
    (lambda x: x.ravel(), "You return all numbers in one row. Keep three axes."),
]


@checker
def check_channels_first(answer: object) -> str:
    """Print whether a function brings an image from (rows, columns, channels) to (channels, rows, columns).

    Args:
        answer: a function of an image (H, W, C) that returns (C, H, W), as an array or as nested lists.
    """
    expect(answer, {"image": _CODED}, lambda x: np.moveaxis(x, -1, 0), _WRONG_AXES, what="result")
    return (
        "The same numbers, asked for in another order: image[row, column, channel] is now "
        "result[channel, row, column]. So PyTorch wants them."
    )


# --- The difference of two images

# Photographs in colour, two rows of two pixels; bytes on both sides of 128, and differences, too.
_BEFORE = np.array([[[200, 100, 7], [90, 0, 255]], [[3, 250, 60], [128, 127, 31]]], np.uint8)
_AFTER = np.array([[[100, 200, 4], [96, 140, 0]], [[9, 2, 66], [127, 255, 30]]], np.uint8)


def _signed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return x.astype(int) - y


def _apart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(_signed(x, y))


_WRAPPED = (
    "A difference below 0 goes on from 255: 100 - 200 is 156 there, and abs() afterwards does not help. Make "
    "another type of one image before you subtract."
)
_WRONG_DIFFERENCES: list[Formula] = [
    (lambda x, y: x - y, _WRAPPED),
    (lambda x, y: y - x, _WRAPPED),
    (lambda x, y: np.maximum(x - y, y - x), _WRAPPED),
    (lambda x, y: np.where(x < y, x - y, y - x), f"You subtract the larger from the smaller. {_WRAPPED}"),
    (
        lambda x, y: x.astype(np.uint16) - y,
        "uint16 has no numbers below 0 either: the u is for unsigned.",
    ),
    (
        lambda x, y: np.minimum(x - y, y - x),
        "Right where they are at most 128 apart, and wrong beyond: the smaller of two wrapped differences.",
    ),
    (
        lambda x, y: np.abs(x.astype(np.int8) - y.astype(np.int8)),
        "int8 holds -128 to 127, so bytes above 127 turn negative in it. Take a type with more room.",
    ),
    (
        _signed,
        "Your differences are negative where the second image is brighter. Asked is how large they are.",
    ),
    (
        lambda x, y: -_signed(x, y),
        "Your differences are negative where the first image is brighter. Asked is how large they are.",
    ),
    (
        lambda x, y: np.maximum(_signed(x, y), 0),
        "Where the second image is brighter you say 0, as a clip does it. There, too, the images differ.",
    ),
    (
        lambda x, y: np.maximum(-_signed(x, y), 0),
        "Where the first image is brighter you say 0, as a clip does it. There, too, the images differ.",
    ),
    (lambda x, y: _signed(x, y) ** 2, "Your differences are squared."),
    (lambda x, y: (x - y) ** 2, f"Your differences are squared, and before that: {_WRAPPED}"),
    (lambda x, y: 255 - _apart(x, y), "Bright and dark have changed places: equal pixels give 0."),
    (lambda x, y: x + y, "You add the images up, as uint8, which begins again at 0 after 255."),
    (lambda x, y: x.astype(int) + y, "You add the images up. How far are their pixels apart?"),
    (
        lambda x, y: (x.astype(int) + y) / 2,
        "That is the mean of both images. How far are their pixels apart?",
    ),
    (np.maximum, "That is the brighter pixel of each two. How far are they apart?"),
    (np.minimum, "That is the darker pixel of each two. How far are they apart?"),
    (lambda x, y: x ^ y, "^ compares bit by bit. How far are the two numbers apart?"),
    (lambda x, y: _apart(x, y).mean(), "You return one number, the mean. Each pixel keeps its own."),
    (
        lambda x, y: _apart(x, y).max(),
        "You return one number, the largest. Each pixel keeps its own.",
    ),
    (lambda x, y: _signed(x, y).sum(), "You return one number, all added up. Each pixel keeps its own."),
    (lambda x, y: x, "You return the first image."),
    (lambda x, y: y, "You return the second image."),
]


@checker
def check_difference(answer: object) -> tuple[str, PixelInspector]:
    """Print whether a function tells how far the pixels of two photographs are apart.

    Args:
        answer: a function of two uint8 images of one shape that returns the difference of each two numbers,
            without a sign, in any type.
    """
    for first, second in ((_BEFORE, _AFTER), (_AFTER[:1], _BEFORE[:1])):
        arguments = {"first": first, "second": second}
        expect(answer, arguments, _apart, _WRONG_DIFFERENCES, what="difference")
    message = (
        "In a type that has negative numbers, 100 - 200 is -100, and its size 100. The result fits into "
        "bytes again: .astype(np.uint8) would lose nothing. Here is how far the cat is from itself, moved by "
        "one pixel: where is it bright, and why?"
    )
    cat = photo("cat")[::6, ::6]
    moved = returned(answer, {"first": cat[:, 1:], "second": cat[:, :-1]}, "Your difference")
    return message, PixelInspector(moved.astype(np.uint8))


# --- Grey

_COLOURS = np.array(
    [
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]],
        [[250, 130, 119], [31, 200, 99], [87, 45, 210], [200, 180, 40]],
        [[60, 70, 80], [255, 255, 255], [120, 10, 33], [0, 91, 17]],
    ],
    np.uint8,
)


def _light(x: np.ndarray) -> np.ndarray:
    share = x / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


_WRONG_GREYS: list[Formula] = [
    (
        lambda x: x.mean(axis=-1),
        "That is the plain mean: pure green and pure blue come out equally bright. Green looks far brighter.",
    ),
    (
        lambda x: (x[..., 0] + x[..., 1] + x[..., 2]) / 3,
        "That is the plain mean, and the sum of three bytes is a byte, which begins again at 0 after 255.",
    ),
    (
        lambda x: np.tensordot(LUMA, x[:3], 1),
        "image[0] is the first row, not the red channel, which is image[:, :, 0].",
    ),
    (
        lambda x: (30 * x[..., 0] + 59 * x[..., 1] + 11 * x[..., 2]) // 100,
        "A whole number times a byte is a byte, and begins again at 0 after 255. Make another type first.",
    ),
    (lambda x: x @ LUMA[::-1], "Red has the weight of blue, and blue that of red. Red is channel 0 here."),
    (
        lambda x: x @ [0.2126, 0.7152, 0.0722],
        "These are the weights of ITU-R BT.709. Here those of BT.601 are asked for.",
    ),
    (lambda x: x @ [0.2989, 0.587, 0.114], "Almost: the weight of red is 0.299."),
    (lambda x: x @ LUMA / 255, "Your numbers go from 0 to 1. Here 255 stays white."),
    (lambda x: _light(x) @ [0.2126, 0.7152, 0.0722], "That is the light, from 0 to 1. Asked is the luma."),
    (lambda x: x @ LUMA / 3, "Your sum is divided by 3. The weights add up to 1 already."),
    (
        lambda x: x @ LUMA * 1000,
        "Your weights are whole numbers: 299, 587, 114. Their sum is 1000; divide by it.",
    ),
    (
        lambda x: np.floor(x * LUMA).sum(axis=-1),
        "Each product is cut off before they are added. Add first, and round at the end, if at all.",
    ),
    (lambda x: x.sum(axis=-1), "You add up the channels without weights, so that white is 765."),
    (lambda x: x[..., 0], "That is the red channel alone."),
    (lambda x: x[..., 1], "That is the green channel alone. It comes close, and leaves out two."),
    (lambda x: x[..., 2], "That is the blue channel alone."),
    (lambda x: x.max(axis=-1), "That is the largest of the three numbers. Asked is a sum with weights."),
    (
        lambda x: x.max(axis=-1) / 2 + x.min(axis=-1) / 2,
        "That is the middle between the largest and the smallest number. Asked is a sum with weights.",
    ),
    (
        lambda x: np.repeat((x @ LUMA)[..., None], 3, axis=-1),
        "The numbers are right, and each stands there three times. Grey has one channel.",
    ),
    (
        lambda x: x * LUMA,
        "The channels have their weights, and are still apart. What is left to do?",
    ),
    (lambda x: x.mean(axis=0), "Axis 0 are the rows. The channels are axis 2, or -1."),
    (lambda x: x.mean(axis=1), "Axis 1 are the columns. The channels are axis 2, or -1."),
    (lambda x: x.mean(), "You return one number for the whole image. Each pixel keeps one."),
]


@checker
def check_grey(answer: object) -> tuple[str, PixelInspector]:
    """Print whether a function makes a grey image with the luma weights of ITU-R BT.601.

    Args:
        answer: a function of an image (H, W, 3) uint8 that returns (H, W), or (H, W, 1), from 0 to 255;
            fractions, rounded or cut off.
    """
    arguments = {"image": _COLOURS}
    grey = squeeze(returned(answer, arguments, "Your image"), 2)
    right = _COLOURS @ LUMA
    if grey.shape != right.shape or np.abs(grey - right).max() >= 1:  # else it is right, or rounded
        expect(answer, arguments, lambda x: x @ LUMA, _WRONG_GREYS, what="image")
    message = (
        "Pure green gives 150, pure red 76, pure blue 29, and white stays 255, for the weights add up to 1. "
        "Here is the coffee, grey by your function: how bright is the red saucer now?"
    )
    coffee = squeeze(returned(answer, {"image": photo("coffee")[::6, ::6]}, "Your image"), 2)
    return message, PixelInspector(coffee.astype(np.uint8))


# --- An image made smaller

_LARGE = np.array(
    [
        [112, 72, 106, 172, 175, 161],
        [124, 71, 93, 170, 180, 168],
        [90, 60, 80, 164, 188, 177],
        [80, 67, 81, 155, 189, 181],
        [156, 111, 90, 144, 188, 178],
        [159, 132, 110, 124, 164, 171],
    ],
    np.uint8,
)  # red, around an eye of the cat; the first four rows are taken with 2, so that sides differ


def _blocks(x: np.ndarray, n: int) -> np.ndarray:
    """The blocks of n by n numbers, (H / n, W / n, n, n) float."""
    return sliding_window_view(x.astype(float), (n, n))[::n, ::n]


def _shrunk(x: np.ndarray, n: int) -> np.ndarray:
    return _blocks(x, n).mean(axis=(2, 3))


_SKIPPED = (
    "You keep one pixel of each block and skip the others, which makes false patterns. Use all of them."
)
_WRONG_SHRUNK: list[Formula] = [
    (lambda x, n: x[::n, ::n], _SKIPPED),
    (lambda x, n: x[n - 1 :: n, n - 1 :: n], _SKIPPED),
    (lambda x, n: x[n // 2 :: n, n // 2 :: n], _SKIPPED),
    (
        lambda x, n: _blocks(x, n).max(axis=(2, 3)),
        "You keep the largest number of each block. Take the mean.",
    ),
    (
        lambda x, n: _blocks(x, n).min(axis=(2, 3)),
        "You keep the smallest number of each block. Take the mean.",
    ),
    (lambda x, n: np.median(_blocks(x, n), axis=(2, 3)), "That is the median of each block. Take the mean."),
    (lambda x, n: _blocks(x, n).sum(axis=(2, 3)), "You add up each block. How many numbers does it hold?"),
    (
        lambda x, n: _blocks(x, n).sum(axis=(2, 3)) / n,
        "You divide the sum by the side of a block. It holds side × side numbers.",
    ),
    (
        lambda x, n: _blocks(x, n).sum(axis=(2, 3)) % 256 / n**2,
        "The sums are held as uint8, which begins again at 0 after 255. Add in another type.",
    ),
    (
        lambda x, n: x.reshape(len(x) // n, -1, n, n).mean(axis=(2, 3)),
        "reshape reads along the rows, so the last axes of (rows, columns, n, n) are not the blocks. Cut "
        "each side where it is: (rows, n, columns, n).",
    ),
    (
        lambda x, n: x.reshape(n, len(x) // n, n, -1).mean(axis=(0, 2)),
        "The axes of your reshape are in another order: pixels far apart are averaged. Within a side the "
        "blocks come first, then the n pixels of each: (rows, n, columns, n).",
    ),
    (
        lambda x, n: x.reshape(len(x) // n, n, -1, n).mean(axis=(0, 2)),
        "Your mean runs over the blocks. It belongs to the axes of length n, within a block.",
    ),
    (
        lambda x, n: x.reshape(len(x), -1, n).mean(axis=2),
        "The columns are averaged, the rows are not. A block has n of both.",
    ),
    (
        lambda x, n: x.reshape(len(x) // n, n, -1).mean(axis=1),
        "The rows are averaged, the columns are not. A block has n of both.",
    ),
    (
        lambda x, n: sliding_window_view(x, (n, n)).mean(axis=(2, 3)),
        "Your block moves on by one pixel, and blocks overlap. Each begins where the last ends.",
    ),
    (
        lambda x, n: sliding_window_view(x, (n, n)).mean(axis=(2, 3))[: len(x) // n, : len(x[0]) // n],
        "Your image has the right size and shows a corner only. In which row does the second block begin?",
    ),
    (
        lambda x, n: x[: len(x) // n, : len(x[0]) // n],
        "You cut out a corner. All of the picture is to be there.",
    ),
    (
        lambda x, n: np.full((len(x) // n, len(x[0]) // n), x.mean()),
        "Each number is the mean of the whole image. Take that of its block.",
    ),
    (
        lambda x, n: np.repeat(np.repeat(_shrunk(x, n), n, 0), n, 1),
        "The means are right; each stands there n × n times.",
    ),
]


@checker
def check_shrink(answer: object) -> tuple[str, PixelInspector]:
    """Print whether a function shrinks an image by the mean of blocks.

    Args:
        answer: a function of an image (H, W) uint8 and n that returns (H / n, W / n); n divides both sides.
    """
    expect(answer, {"image": _LARGE[:4], "n": 2}, _shrunk, _WRONG_SHRUNK, what="image")
    try:
        expect(answer, {"image": _LARGE, "n": 3}, _shrunk, _WRONG_SHRUNK, what="image")
    except Mistake as mistake:
        raise Mistake(
            f"With n = 2 your function is right. Does a 2 or a 4 stand in it where n belongs? {mistake}"
        ) from None
    message = (
        "Every pixel of the large image counts, each in one block. The labs of this book shrink pictures so; "
        "where n does not divide a side, pixels count in part. Here is the cat, as small as your function "
        "makes it with n = 12: where do you still see it?"
    )
    cat = photo("cat")[:288, :444, 1]
    small = squeeze(returned(answer, {"image": cat, "n": 12}, "Your image"), 2)
    return message, PixelInspector(small.astype(np.uint8))


# --- The weights of a dense layer

_LAYERS = [(2, 2, 1, 1), (2, 2, 1, 3), (2, 3, 3, 2), (3, 2, 3, 4), (8, 8, 1, 32)]
_LAYERS = cases("height width channels units", _LAYERS)

_NO_BIAS = "Each output adds a bias of its own, which is a parameter, too."
_WRONG_COUNTS: list[Formula] = [
    (lambda h, w, c, u: h * w * c * u, f"These are the weights. {_NO_BIAS}"),
    (lambda h, w, c, u: h * w * c * u + 1, "You count one bias. Each output has its own."),
    (lambda h, w, c, u: h * w * c * (u + 1), "You count a bias for each input. Each output has one."),
    (lambda h, w, c, u: (h * w + 1) * c * u, "You count a bias for each channel. Each output has one."),
    (
        lambda h, w, c, u: h * w * u + u,
        "The channels are not in your formula. Each pixel holds so many numbers.",
    ),
    (lambda h, w, c, u: h * w * u, f"The channels are not in your formula. {_NO_BIAS}"),
    (
        lambda h, w, c, u: h * w * c + u,
        "Inputs and outputs are added. Each output has a weight for each input.",
    ),
    (lambda h, w, c, u: h * w * c + 1, "That is the count of one output. How many are there?"),
    (
        lambda h, w, c, u: h * w * c,
        "That is the number of inputs. Each output has a weight for each of them.",
    ),
    (lambda h, w, c, u: h * w * c + c, "That is a weight for each input. Each output has so many."),
    (lambda h, w, c, u: (h + w) * c * u + u, "Height and width are added. How many pixels has the image?"),
    (lambda h, w, c, u: (h + w + c) * u + u, "The sides are added. How many numbers has the image?"),
    (lambda h, w, c, u: h * c * u + u, "The width is not in your formula."),
    (lambda h, w, c, u: w * c * u + u, "The height is not in your formula."),
    (lambda h, w, c, u: h * h * c * u + u, "Your image is square. Height and width may differ."),
    (lambda h, w, c, u: w * w * c * u + u, "Your image is square. Height and width may differ."),
    (lambda h, w, c, u: 9 * c * u + u, "That is a convolution of 3 by 3. A dense layer has no small window."),
    (lambda h, w, c, u: h * w * c * u + h * w * c, "You count a bias for each input. Each output has one."),
    (lambda h, w, c, u: 2 * h * w * c * u, "You count each weight twice."),
    (lambda h, w, c, u: u, "That is the number of outputs, or of biases."),
]


@checker
def check_dense_parameters(answer: object) -> str:
    """Print whether a function counts the parameters of a dense layer on an image.

    Args:
        answer: a function of height, width, channels and units, whole numbers, that returns the number of
            weights and biases.
    """
    expect_formula(
        answer,
        _LAYERS,
        lambda h, w, c, u: h * w * c * u + u,
        _WRONG_COUNTS,
        what="number of parameters",
        tell=lambda h, w, c, u: f"{h * w * c} inputs and {u} outputs.",
    )
    return (
        "A weight for each pair of an input and an output, and a bias for each output. It grows with the "
        "size of the image: with 128 units the cat's photograph needs 51,955,328."
    )
