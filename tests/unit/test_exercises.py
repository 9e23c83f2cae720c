"""Every checker accepts right answers of many styles, names the mistake in wrong ones, never raises."""

import gc
import itertools
import linecache
import math
import re
import sys
import threading
import time
import weakref
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import convolve2d, correlate2d

from cnnbook.exercises import feedback as shared
from cnnbook.exercises.channels import check_green_filter, check_layer
from cnnbook.exercises.compare import expect, expect_formula
from cnnbook.exercises.convolution import check_conv2d, check_output_size, check_shift_kernel
from cnnbook.exercises.feedback import WIDTH, Mistake, checker
from cnnbook.exercises.images import check_difference, check_grey, check_shrink
from cnnbook.exercises.padding import check_pad
from cnnbook.ops import conv2d, output_size, relu

CHECKERS = [check_shift_kernel, check_output_size, check_conv2d]
cells = itertools.count()


def feedback(capsys, check, answer):
    """What the learner reads: one message, and nothing comes back from the call."""
    out = sys.stdout
    assert check(answer) is None
    assert sys.stdout is out
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    return " ".join(lines)


def refused(capsys, check, answer):
    """What the learner reads, without the line of their code that it quotes: the words must say it."""
    text = feedback(capsys, check, answer)
    assert re.match(r"(Your function printed:.* )?Not yet\. ", text)
    return re.sub(r"(?<=Your function stops at )`[^`]*`", "", text)


def cell(code, name):
    """Run code as a cell of a notebook does, whose lines Python can show; return what is called `name`."""
    file = f"<cell {next(cells)}>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    namespace = {"np": np, "math": math}
    exec(compile(code, file, "exec"), namespace)
    return namespace[name]


def test_a_right_answer_is_seen_at_work(monkeypatch):
    """By who has a place for it: the answer in a lab, or what it makes of a photograph."""
    seen = []
    monkeypatch.setattr(shared, "display", seen.append)
    check_shift_kernel(MOVES_RIGHT)
    assert seen == [], "in a script"
    monkeypatch.setattr(shared, "get_ipython", lambda: True)
    check_shift_kernel(np.zeros((3, 3)))
    assert seen == [], "a wrong answer"
    check_shift_kernel(MOVES_RIGHT)
    check_conv2d(lambda image, kernel, stride: conv2d(image, kernel, stride=stride))
    check_difference(lambda first, second: np.abs(first.astype(int) - second))
    check_grey(lambda image: image @ [0.299, 0.587, 0.114])
    check_shrink(lambda image, n: image.reshape(len(image) // n, n, -1, n).mean(axis=(1, 3)))
    check_pad(lambda image, p, mode: np.pad(image, p, "reflect" if mode == "reflect" else "constant"))
    green = np.zeros((3, 3, 3))
    green[:, :, 1] = 1 / 9
    check_green_filter(green)
    check_layer(conv2d)
    kernel, edges, moved, grey, small, padded, lab, maps = seen
    assert np.array_equal(kernel.output, kernel.image[1:-1, :-2])
    assert [len(figure.axes) > 1 for figure in (edges, maps)] == [True, True]
    assert [picture.image.shape for picture in (moved, grey)] == [(32, 48, 3)] * 2
    assert small.image.shape == (24, 37, 3)
    assert np.ptp(padded.image) > 100
    assert np.array_equal(lab.output[..., 0], -lab.output[..., 1])


# --- An image moved to the right

MOVES_RIGHT = [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
GRID = np.array(MOVES_RIGHT, dtype="float32")


class Tensor:
    """Numbers that only `__array__` gives, as those of most libraries."""

    def __init__(self, numbers):
        self.numbers = np.asarray(numbers)

    def __array__(self, dtype=None, copy=None):
        return self.numbers


class Layer:
    """The part of a Keras layer that holds its weights."""

    def __init__(self, *weights):
        self.weights = weights

    def get_weights(self):
        return list(self.weights)


@pytest.mark.parametrize(
    "answer",
    [
        MOVES_RIGHT,
        tuple(map(tuple, MOVES_RIGHT)),
        [np.array(row) for row in MOVES_RIGHT],
        GRID,
        GRID.astype("uint8"),
        GRID.astype(bool),
        GRID.astype(complex),
        np.matrix(MOVES_RIGHT),
        [[1.0, 0.0, 0.0]],
        np.pad(MOVES_RIGHT, 1),
        GRID[:, :, None],
        GRID[:, :, None, None],
        np.array([[1, 0, 0]])[:, :, None, None],
        GRID[None, :, :, None],
        [GRID[:, :, None, None]],
        0.9999999 * GRID + 1e-8,
        [[Fraction(0), Fraction(0), 0], [Fraction(2, 2), 0, 0], [Decimal(0), 0, 0]],
        Tensor(MOVES_RIGHT),
        Layer(GRID[:, :, None, None]),
        Layer(GRID[:, :, None, None], np.zeros(1)),
    ],
)
def test_shift_kernel_accepts(capsys, answer):
    assert feedback(capsys, check_shift_kernel, answer).startswith("Right. Each output pixel copies its left")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([[0, 0, 0], [0, 0, 1], [0, 0, 0]], "moves the image to the left"),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "stays where it is"),
        ([[0, 1, 0], [0, 0, 0], [0, 0, 0]], "moves the image 1 down."),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 1]], "moves the image 1 up and 1 left."),
        ([[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], "moves the image 2 right."),
        ([[0, 0, 0], [2, 0, 0], [0, 0, 0]], "multiplied by 2, so the image becomes brighter"),
        ([[0, 0, 0], [0.5, 0, 0], [0, 0, 0]], "multiplied by 0.5, so the image becomes darker"),
        ([[0, 0, 0], [255, 0, 0], [0, 0, 0]], "multiplied by 255"),
        ([[0, 0, 0], [-1, 0, 0], [0, 0, 0]], "multiplied by -1, so bright and dark change places"),
        (np.ones((3, 3)) / 9, "mixes 9 pixels into each output pixel, which blurs"),
        (np.ones((3, 3)), "a flat area becomes 9 times as bright"),
        ([[0, 0, 0], [1, 1, 0], [0, 0, 0]], "mixes 2 pixels into each output pixel: copies"),
        ([[0, 0, 0], [1, -1, 0], [0, 0, 0]], "compares 2 pixels, with weights that add up to 0"),
        (np.zeros((3, 3)), "all zeros"),
        ([1, 0, 0], "shape (3,)"),
        ([0, 0, 0, 1, 0, 0, 0, 0, 0], "nine numbers in one row"),
        ([[1, 0], [0, 0]], "no middle"),
        (np.zeros((3, 0)), "no middle"),
        (np.zeros((300, 451)), "that of a picture"),
        (np.zeros((3, 3, 3, 1)), "several channels or filters"),
        ([[0, 0, 0], [1, 0], [0, 0, 0]], "rows of equal length"),
        ([[0, 0, 0], [math.nan, 0, 0], [0, 0, 0]], "nan, which is no number"),
        ([[0, 0, 0], [10**400, 0, 0], [0, 0, 0]], "inf, which is no number"),
        ([[0, 0, 0], [1j, 0, 0], [0, 0, 0]], "complex numbers"),
        ([["0", "0"], ["1", "0"]], "have no quotes around them"),
        ("left", "this is str 'left'"),
        ({"kernel": 1}, "must be made of numbers"),
        (1, "shape ()"),
        (iter(MOVES_RIGHT), "list(...) makes a list of them"),
        (lambda image: image, "This is a function"),
        (Layer(), "no weights yet"),
        (Layer(GRID[:, :, None, None], np.ones(1)), "adds a bias"),
    ],
)
def test_shift_kernel_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_shift_kernel, answer)


# --- The size of a map


def counts(size, kernel, stride, padding):
    return len(range(0, size + 2 * padding - kernel + 1, stride))


def walks(size, kernel, stride, padding):
    places, start = 0, -padding
    while start + kernel <= size + padding:
        places, start = places + 1, start + stride
    return places


def recurses(n, k, s=1, p=0):
    return 0 if n + 2 * p < k else 1 + recurses(n - s, k, s, p)


def keywords(*, padding, stride, kernel, size, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def other_order(padding, stride, kernel, size):
    return (size + 2 * padding - kernel) // stride + 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda n, k, s, p: (n + 2 * p - k) // s + 1,
        lambda n, k, s, p: math.floor((n + 2 * p - k) / s + 1),
        lambda n, k, s, p: math.ceil((n + 2 * p - k + 1) / s),
        lambda n, k, s, p: np.floor((n + 2 * p - k) / s) + 1,
        lambda n, k, s, p: np.array([(n + 2 * p - k + s) // s]),
        lambda n, k, s, p: [[int((n + 2 * p - k) / s + 1)]],
        lambda n, k, s, p: (n + 2 * p - k) // s + 0.9999999,
        lambda n, k, s, p: Fraction((n + 2 * p - k) // s + 1),
        lambda n, k, s, p: Tensor((n + 2 * p - k) // s + 1),
        lambda n, k, s, p: np.convolve(np.ones(n + 2 * p), np.ones(k), mode="valid")[::s].size,
        lambda n, k, s, p: output_size(n, k, s, p).size,
        lambda *given: counts(*given),
        counts,
        walks,
        recurses,
        keywords,
        other_order,
    ],
)
def test_output_size_accepts(capsys, answer):
    assert feedback(capsys, check_output_size, answer).startswith("Right. The way that the kernel can move")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n, k, s, p: n - k + 1, "the size of the map of `slide`"),
        (lambda n, k, s, p: n - k + 1, "With size 7, kernel 3, stride 2, padding 0 you get 5; 3 is right."),
        (lambda n, k, s, p: n - k + 1, "The kernel can begin at pixel 0, 2, 4."),
        (lambda n, k, s, p: (n + 2 * p - k) / s + 1, "does not fit"),
        (
            lambda n, k, s, p: (n + 2 * p - k) / s + 1,
            "size 8, kernel 3, stride 2, padding 0 you get 3.5; 3 is",
        ),
        (lambda n, k, s, p: (n + 2 * p - k) / s, "gives fractions, and one place too few"),
        (lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1, "round up"),
        (lambda n, k, s, p: round((n + 2 * p - k) / s) + 1, "round to the nearest"),
        (lambda n, k, s, p: (n + 2 * p - k) // s, "One place is missing"),
        (lambda n, k, s, p: (n - k) // s, "the place where the kernel starts is not counted"),
        (lambda n, k, s, p: (n + 2 * p - k + 1) // s, "before the division"),
        (lambda n, k, s, p: (n - k + 1) // s, "padding is not in your formula, and the 1 is added before"),
        (lambda n, k, s, p: (n + 2 * p - k + 1) // s + 1, "A 1 is added twice"),
        (lambda n, k, s, p: n + 2 * p - k // s + 1, "divides before it subtracts"),
        (lambda n, k, s, p: (n + p - k) // s + 1, "counted once"),
        (
            lambda n, k, s, p: (n + p - k) // s + 1,
            "begin at pixel 0, 1, 2, 3, 4, 5, 6 of the 9 with the zeros",
        ),
        (lambda n, k, s, p: (n - k) // s + 1, "padding is not in your formula. Zeros"),
        (lambda n, k, s, p: (n - k) // s + 1 + 2 * p, "padding is added after the division"),
        (lambda n, k, s, p: (n - 2 * p - k) // s + 1, "makes your input smaller"),
        (lambda n, k, s, p: n + 2 * p - k + 1, "The stride is not in your formula"),
        (lambda n, k, s, p: (n + 2 * p) // s + 1, "kernel is not in your formula"),
        (lambda n, k, s, p: (n + 2 * p + k) // s + 1, "The kernel is added"),
        (lambda n, k, s, p: (n + 2 * p - k) * s + 1, "You multiply by the stride"),
        (lambda n, k, s, p: (n + 2 * p - k // 2) // s + 1, "Half of the kernel"),
        (lambda n, k, s, p: (n + 2 * p) // k, "You divide by the kernel"),
        (lambda n, k, s, p: n // s, "divides the input by the stride and no more"),
        (lambda n, k, s, p: math.ceil(n / s), 'the size for padding="same"'),
        (lambda n, k, s, p: n, "as large as the input in your formula"),
        (lambda n, k, s, p: (n + 2 * p) // s - k + 1, "divide too early"),
        (
            lambda n, k, s, p: 5,
            "padding 0 you get 5; 3 is right. The kernel can begin at pixel 0, 2, 4. Draw",
        ),
        (lambda n, k, s, p: (n + 2 * p - k) // s + s, "With stride 1 your formula is right"),
        (lambda n, k, s, p: (n + 3 * p - k) // s + 1, "Without padding your formula is right"),
        (lambda n, k, s, p: (n + 3 * p - k) // s + s, "With stride 1 and no padding"),
        (
            lambda n, k, s, p: n / s,
            "you get 3.5; 3 is right. The kernel can begin at pixel 0, 2, 4. There are no",
        ),
        (lambda n, k, s, p: (n, n), "One number was expected"),
        (lambda n, k, s, p: output_size(n, k, s, p), "you return 4"),
        (lambda n, k, s, p: str(n), "Numbers have no quotes"),
        (lambda n, k, s, p: n > k, "True and False"),
        (lambda n, k, s, p: (n for _ in range(k)), "is a generator"),
        (lambda n, k, s, p: None, "returned None"),
        (lambda n, k, s, p: print(n), "prints its result and returns None"),
        (lambda n, k, s, p: print(n), "Your function printed: 7"),
        (lambda n, k, s, p: n / p, "It divides by 0 there. Given: size 7, kernel 3, stride 2, padding 0."),
        (lambda n, k, s, p: range(n / s), "`/` makes one, even of 4 / 2"),
        (lambda n, k, s, p: recurses(n, k, -s, p), "calls itself without end"),
        (lambda n, k, s, p: sys.exit(), "`exit` ends the whole program"),
        (lambda n, k: n - k + 1, "takes n, k. It is called with 4 values: size, kernel, stride, padding."),
        (3, "A function was expected, and this is int 3. Hand over the name"),
        ("my_output_size", "without brackets after it or quotes around it"),
        (int, "this is the class int"),
        (Layer(GRID), "This is a Keras layer"),
    ],
)
def test_output_size_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_output_size, answer)


# --- Convolution with a stride

LOOPS = """
def my_conv2d(image, kernel, stride):
    (h, w), (kh, kw) = image.shape, kernel.shape
    output = np.zeros(((h - kh) // stride + 1, (w - kw) // stride + 1))
    for r in range((h - kh) // stride + 1):
        for c in range((w - kw) // stride + 1):
            top, left = r * stride, c * stride
            patch = image[top : top + kh, left : left + kw]
            output[r, c] = (patch * kernel).sum()
    return output
"""
SIZE = "((h - kh) // stride + 1, (w - kw) // stride + 1)"
ZEROS = f"np.zeros({SIZE})"
ROWS, COLUMNS = "range((h - kh) // stride + 1)", "range((w - kw) // stride + 1)"
PATCH = "image[top : top + kh, left : left + kw]"
PUT, SUM = "output[r, c] = ", "(patch * kernel).sum()"
LAST = "    return output"


def loops(*changes, code=LOOPS):
    """The usual answer, with some of its code replaced: (old, new), (old, new), ..."""
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return cell(code, "my_conv2d")


PIXEL_LOOPS = """
def my_conv2d(image, kernel, stride):
    (h, w), (kh, kw) = image.shape, kernel.shape
    output = []
    for r in range(0, h - kh + 1, stride):
        row = []
        for c in range(0, w - kw + 1, stride):
            total = 0
            for i in range(kh):
                for j in range(kw):
                    total += image[r + i][c + j] * kernel[i][j]
            row.append(total)
        output.append(row)
    return output
"""
BEGIN = "            total = 0\n"


def pixel_loops(*changes):
    return loops(*changes, code=PIXEL_LOOPS)


def shifted_images(image, kernel, stride):
    (kh, kw), (h, w) = kernel.shape, image.shape
    full = 0
    for i in range(kh):
        for j in range(kw):
            full = full + kernel[i, j] * image[i : h - kh + 1 + i, j : w - kw + 1 + j]
    return full[::stride, ::stride]


def windows(image, kernel, stride):
    return np.einsum("rcij,ij->rc", sliding_window_view(image, kernel.shape), kernel)[::stride, ::stride]


def columns(image, kernel, stride):
    patches = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return (patches.reshape(*patches.shape[:2], -1) @ kernel.ravel()).astype("float32")


def fourier(image, kernel, stride):
    kh, kw = kernel.shape
    spectrum = np.fft.fft2(image) * np.fft.fft2(kernel[::-1, ::-1], image.shape)
    return np.fft.ifft2(spectrum)[kh - 1 :: stride, kw - 1 :: stride]


def scipy_first(image, kernel, stride):
    return correlate2d(image, kernel.astype(float), mode="valid")[::stride, ::stride]


def like_keras(image, kernel, stride):
    return Tensor(conv2d(image[None, :, :, None].astype("float32"), kernel[:, :, None, None], stride=stride))


@pytest.mark.parametrize(
    "answer",
    [
        loops(),
        loops((SUM, "np.sum(patch * kernel)")),
        loops((SUM, "np.vdot(patch, kernel)")),
        loops((SUM, "sum(sum(patch * kernel))")),
        loops((LAST, "    return output.tolist()")),
        loops((LAST, "    return np.matrix(output)")),
        loops((LAST, "    return output[:, :, None]")),
        loops((LAST, "    return output + 1e-7")),
        loops((ZEROS, f"np.empty({SIZE}, 'float32')")),
        loops(
            ("image, kernel, stride)", "x, k, s=1)"), ("(h, w)", "image, kernel, stride = x, k, s; (h, w)")
        ),
        pixel_loops(),
        shifted_images,
        windows,
        columns,
        fourier,
        scipy_first,
        like_keras,
    ],
)
def test_conv2d_accepts(capsys, answer):
    assert feedback(capsys, check_conv2d, answer).startswith("Right. Your function gives what Keras gives")


def overwrites(image, kernel, stride):
    (kh, kw), (h, w) = kernel.shape, image.shape
    for i in range(kh):
        for j in range(kw):
            output = image[i : h - kh + 1 + i, j : w - kw + 1 + j] * kernel[i, j]
    return output[::stride, ::stride]


def in_place(image, kernel, stride):
    image -= 1
    return conv2d(image, kernel, stride=stride)


def wrong_index(image, kernel, stride):
    return image[100, 100]


AS_IS = ("top, left = r * stride, c * stride", "top, left = r, c")
IN_PIXELS = ((ROWS, "range(0, h - kh + 1, stride)"), (COLUMNS, "range(0, w - kw + 1, stride)"), AS_IS)
AS_STRIDE_1 = (SIZE, "(h - kh + 1, w - kw + 1)")
TO_THE_END = ((ROWS, "range(h)"), (COLUMNS, "range(w)"), AS_IS)
THREES = "sum(image[top + i, left + j] * kernel[i, j] for i in range(3) for j in range(3))"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        # It stops with an error of Python or NumPy
        (loops(*IN_PIXELS), "Index 4 is outside the map, which has 4 columns. Your index counts pixels"),
        (loops(*IN_PIXELS), "With stride 1 your function is right."),
        (
            loops((PATCH, "image[top : top + kh - 1, left : left + kw - 1]")),
            "(2, 2), the kernel (3, 3). It is one short",
        ),
        (
            loops((PATCH, "image[top : top + kh + 1, left : left + kw + 1]")),
            "one too long: a slice leaves its end",
        ),
        (loops((PATCH, "image[top:kh, left:kw]")), "the end of your slice does not move along"),
        (loops((PATCH, "image[top * kh : top * kh + kh, left : left + kw]")), "It is empty"),
        (
            loops((PATCH, "image[left : left + kh, top : top + kw]")),
            "bottom edge: in how many rows can it begin? Or rows",
        ),
        (loops((PATCH, "image[top : top + kh : stride, left : left + kw : stride]")), "skips pixels inside"),
        (loops((SUM, "(image * kernel).sum()")), "The whole image meets the kernel"),
        (loops((SUM, "(image[top] * kernel).sum()")), "A patch has rows and columns"),
        (loops(*TO_THE_END), "sticks out of the image at the right edge"),
        (
            loops(*TO_THE_END, (SUM, "sum(image[r + i, c + j] for i in range(kh) for j in range(kw))")),
            "Index 10 is outside the image, which has 10 columns: the kernel sticks out",
        ),
        (
            loops((SIZE, "((h - kh) // stride, (w - kw) // stride)")),
            "The map has 7 columns, and the kernel fits at 8 places",
        ),
        (
            loops((PUT, "output[c, r] = ")),
            "Index 4 is outside the map, which has 4 rows. How far does your loop run",
        ),
        (loops((SUM, "patch * kernel")), "Several numbers were put into one place"),
        (loops((SUM, "sum(patch * kernel)")), "The built-in sum() adds up rows"),
        (loops((SIZE, "((h - kh) / stride + 1, (w - kw) / stride + 1)")), "`//` divides and rounds down"),
        (loops((ROWS, "range((h - kh) / stride + 1)")), "`//` divides and rounds down"),
        (loops((PATCH, "image[top / 1 : top + kh, left : left + kw]")), "`//` divides and rounds down"),
        (loops((SIZE, SIZE[1:-1])), "with brackets of their own: np.zeros((rows, columns))"),
        (
            loops((PATCH, "image[top : top + 3, left : left + 3]")),
            "The patch is 3 by 3, whatever the kernel is",
        ),
        (loops((SUM, THREES)), "Index 2 is outside the kernel, which has 2 rows"),
        (loops((SUM, THREES)), "Does a number such as 3 stand in it where kernel.shape belongs"),
        (
            loops(("(kh, kw)", "(kw, kh)")),
            "The patch has the shape (4, 2), the kernel (2, 4). Rows and columns",
        ),
        (loops((ZEROS, "[]")), "asked one after the other, [row][column]"),
        (loops((ZEROS, "[]"), (PUT, "output[r][c] = ")), "a list grows by append alone"),
        (loops((PATCH, "image(top, left)")), "Places in an array take square ones"),
        (loops(("(patch", "(pach")), "Nothing is called `pach` there"),
        (loops((SUM, "output + missing")), "Nothing is called `missing` there"),
        (loops((PUT, "total += ")), "`total` is used before it has a value"),
        (loops(("(h, w), (kh, kw)", "h, w, kh, kw")), "Left of the `=`"),
        (loops(("image.shape", "image.tolist().shape")), "A list has no `.shape`"),
        (wrong_index, "Index 100 is outside the image, which has 6 rows"),
        (lambda i, k, s: np.linalg.inv(np.zeros((2, 2))), "Python says LinAlgError: Singular matrix."),
        # It returns too little
        (loops((LAST, "        return output")), "The first row is right, the others are as they were"),
        (
            loops((LAST, "            return output")),
            "`return` stand inside the loops? A function ends there",
        ),
        (lambda i, k, s: (i[:3, :3] * k).sum(), "You return one number, the first."),
        (lambda i, k, s: conv2d(i, k, stride=s)[-1, -1], "one number, the last"),
        (lambda i, k, s: conv2d(i, k, stride=s).sum(), "one number, all places added up"),
        (lambda i, k, s: conv2d(i, k, stride=s)[0], "the first row only"),
        (lambda i, k, s: conv2d(i, k, stride=s)[-1:], "the last row only"),
        (lambda i, k, s: 12345, "returns one number. Your map should have many"),
        (lambda i, k, s: conv2d(i, k, stride=s).ravel(), "stand in one long row"),
        (lambda i, k, s: sliding_window_view(i, k.shape) * k, "Your map has 4 axes, and 2 were expected"),
        (loops((PUT, "output[r, c] == ")), "All your numbers are 0"),
        (loops((LAST, "    print(output)")), "prints its result and returns None"),
        (loops((LAST, "")), "returned None"),
        (lambda i, k, s: (conv2d(i, k, stride=s), s), "Two things with a comma between them are a tuple"),
        (lambda i, k, s: (row for row in i), "is a generator"),
        (lambda i, k, s: print, "must be made of numbers"),
        (lambda i, k, s: [[1, 2], [3]], "rows of equal length"),
        # It computes something else
        (lambda i, k, s: convolve2d(i, k, mode="valid")[::s, ::s], "upside down and mirrored: that is"),
        (loops((SUM, "(patch * kernel.T).sum()")), "Rows and columns of the kernel"),
        (loops((LAST, "    return output.T")), "changed places in your result"),
        (loops((LAST, "    return output[::-1]")), "Your result is upside down."),
        (loops((SUM, "(patch * kernel).mean()")), "mean of the products"),
        (loops((SUM, "(patch @ kernel).sum()")), "multiplied as matrices"),
        (loops((SUM, "(patch * kernel).max()")), "the largest product"),
        (loops((SUM, "patch.sum()")), "the kernel is not used"),
        (loops((SUM, "(patch + kernel).sum()")), "Patch and kernel are added."),
        (loops((SUM, "patch.sum() * kernel.sum()")), "add up patch and kernel first"),
        (loops((SUM, "(patch * kernel).sum() / kernel.sum()")), "divided by the sum of the kernel"),
        (loops((SUM, "(patch * kernel).sum() + 1")), "1 is added to each of your numbers, as a bias"),
        (loops((SUM, "(patch * kernel).sum() / 255")), "Each of your numbers is divided by 255"),
        (loops((LAST, "    return (output - output.min()) / np.ptp(output)")), "moved into another range"),
        (loops((SUM, "abs((patch * kernel).sum())")), "lost their signs, as abs() does it"),
        (loops((SUM, "abs((patch * kernel).sum())")), "your map has 7 in row 0, column 0; -7 was expected"),
        (loops((SUM, "max(0, (patch * kernel).sum())")), "have become 0, as ReLU"),
        (loops((LAST, "    return np.clip(output, 0, 255)")), "cut off at 0 and 255"),
        (loops((LAST, "    return np.clip(output, 0, 1)")), "cut off at 0 and 1"),
        (loops((LAST, "    return -output")), "the opposite sign"),
        (loops((LAST, "    return output.round()")), "Your numbers are rounded."),
        (loops((LAST, "    return output.astype(int)")), "fractions are cut off"),
        (loops((LAST, "    return output > 0")), "True and False"),
        (loops((LAST, "    return output * 1j")), "complex numbers"),
        (loops((LAST, "    return output * np.nan")), "nan, which is no number"),
        (
            loops((SUM, "patch.mean()")),
            "There the kernel lies on the patch [[1, 2, 0], [3, 5, 1], [2, 4, 0]]",
        ),
        (overwrites, "is one product, the last one"),
        (pixel_loops((BEGIN, ""), ("output = []", "output, total = [], 0")), "map contains all before it"),
        (pixel_loops((BEGIN, ""), ("row = []", "row, total = [], 0")), "contains those to its left"),
        (
            loops(("top, left = r * stride, c * stride", "top, left = 0, 0")),
            "holds the sum of the first patch",
        ),
        (
            loops((ROWS, "range((h - kh) // stride)"), (COLUMNS, "range((w - kw) // stride)")),
            "stop one place too early",
        ),
        (in_place, "Your function changes the image that it is given"),
        # The size, the stride, the kernel, the dtype
        (lambda i, k, s: correlate2d(i, k, mode="same"), "counts places where the kernel sticks out"),
        (loops((SIZE, "(h, w)")), "in the corner of a map that is as large as the image"),
        (lambda i, k, s: np.ones(i.shape), "Your map is as large as the image."),
        (lambda i, k, s: conv2d(i, k)[:-1, :-1], "one short on each side"),
        (lambda i, k, s: conv2d(i, k)[:-1, :-1], "has the shape (3, 7); the shape (4, 8) was expected"),
        (lambda i, k, s: np.ones((2, 5)), "Count the places of the kernel in one row"),
        (lambda i, k, s: conv2d(i, k), "the stride changes nothing"),
        (loops(AS_IS), "only a corner of the image"),
        (loops(("c * stride", "c")), "The stride counts down only"),
        (loops(("= r * stride", "= r")), "The stride counts to the right only"),
        (loops(AS_STRIDE_1), "in the corner of a map that is as large as for stride 1"),
        (loops(AS_STRIDE_1, *IN_PIXELS), "with zeros between them"),
        (lambda i, k, s: conv2d(i, k, stride=1 if s == 1 else k.shape), "moves by its own size"),
        (lambda i, k, s: conv2d(i[::s, ::s], k), "thinned out the image"),
        (lambda i, k, s: conv2d(i, k, dilation=s), "has spread the patch"),
        (
            loops((SIZE, "((h - kh + 1) // stride, (w - kw + 1) // stride)")),
            "With stride 1 your function is right",
        ),
        (
            loops(("(patch * kernel)", "(patch[:3, :3] * kernel[:3, :3])")),
            "With kernels of 3 by 3 your function",
        ),
        (loops((ZEROS, ZEROS[:-1] + ", image.dtype)")), "begin again at 0 after 255"),
        (loops((ZEROS, ZEROS[:-1] + ", image.dtype)")), "shape (6, 10) and dtype uint8"),
        (loops((ZEROS, ZEROS[:-1] + ", kernel.dtype)")), "fractions are cut off"),
        (loops((ZEROS, ZEROS[:-1] + ", np.uint8)")), "begin again at 0 after 255"),
        (
            loops((SUM, "int((patch * kernel).sum())"), (ZEROS, ZEROS[:-1] + ", np.uint8)")),
            "does not hold",
        ),
        (lambda i, k, s: conv2d(i, k, stride=s) * (i.dtype == float), "All your numbers are 0"),
        (lambda i, k, s: conv2d(i // 2 if i.dtype == np.uint8 else i, k, stride=s), "divided by 2"),
        # It is no such function
        (lambda i, k: i, "takes i, k. It is called with 3 values: image, kernel, stride."),
        (conv2d(np.ones((6, 8)), np.ones((3, 3))), "A function was expected, and this is of type ndarray"),
        (7, "A function was expected, and this is int 7"),
        (Layer(GRID), "A function of image, kernel, stride was expected"),
    ],
)
def test_conv2d_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_conv2d, answer)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (loops(*IN_PIXELS), "output[r, c] = (patch * kernel).sum()"),
        (loops((ZEROS, "[]")), "output[r, c] = (patch * kernel).sum()"),
        (wrong_index, "return image[100, 100]"),
    ],
)
def test_the_line_where_it_stops_is_quoted(capsys, answer, line):
    assert f"Not yet. Your function stops at `{line}`. " in feedback(capsys, check_conv2d, answer)


# --- Unanswered exercises

HALF_FILLED = {
    "size = ...": "    size = ...\n    return np.zeros((size - 1, size - 1))",
    "output = np.zeros(...)": "    output = np.zeros(...)\n    return output",
    "for r in range(...):": "    total = 0\n    for r in range(...):\n        total += r\n    return total",
    "for r in ...:": "    for r in ...:\n        return r",
    "return (image * ...).sum()": "    return (image * ...).sum()",
    "patch = image[...]": "    patch = image[...]\n    return patch[..., 0] * kernel",
    "places[0, 0] = ...": "    places = np.zeros((4, 8))\n    places[0, 0] = ...\n    return places",
    "total = ...": "    total = ...\n    return np.zeros((4, 8))",
    "rows = [[...]]": "    rows = [[...]]\n    return rows",
    "...": "    ...",
}


@pytest.mark.parametrize("answer", [None, ...])
@pytest.mark.parametrize("check", CHECKERS)
def test_unanswered(capsys, check, answer):
    text = "Not answered yet. Put your answer in the place of the three dots and run the cell again."
    assert feedback(capsys, check, answer) == text


@pytest.mark.parametrize("check", [check_conv2d, check_output_size])
def test_unanswered_function(capsys, check):
    assert feedback(capsys, check, lambda *arguments: ...).startswith("Not answered yet. Put your answer")


@pytest.mark.parametrize("line", HALF_FILLED)
def test_half_filled(capsys, line):
    answer = cell(f"def my_conv2d(image, kernel, stride):\n{HALF_FILLED[line]}", "my_conv2d")
    text = feedback(capsys, check_conv2d, answer)
    assert text.startswith(f"Not answered yet. Three dots are left in the line `{line}`.")


def test_half_filled_kernel(capsys):
    text = feedback(capsys, check_shift_kernel, [[0, 0, 0], [..., 0, 0], [0, 0, 0]])
    assert text.startswith("Not answered yet. Three dots are left among the numbers.")


def test_dots_in_another_function(capsys):
    answer = loops((ZEROS, "np.zeros((stub(), stub()))"))
    answer.__globals__["stub"] = lambda: ...
    text = feedback(capsys, check_conv2d, answer)
    assert "Not answered yet. The line `output = np.zeros((stub(), stub()))` works with three dots" in text


@pytest.mark.parametrize("line", ["image[..., 0] = 1", "output = image[..., None]", "image[...] = 1"])
def test_dots_that_numpy_understands(capsys, line):
    answer = cell(f"def f(image, kernel, stride):\n    image = image.copy()\n    {line}\n    return 1", "f")
    assert "returns one number" in refused(capsys, check_conv2d, answer)


# --- Whatever is handed in


class Raises:
    """Raises whatever it is asked."""

    def __init__(self, error):
        object.__setattr__(self, "error", error)

    def _raise(self, *_, **__):
        raise object.__getattribute__(self, "error")

    __array__ = __eq__ = __repr__ = __str__ = __len__ = __iter__ = __bool__ = __float__ = __getattr__ = _raise
    __hash__ = None


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError


def stops(error):
    def answer(*arguments):
        raise error

    return answer


ITSELF = []
ITSELF.append(ITSELF)
HOSTILE = [
    Raises(ValueError()),
    Raises(SystemExit()),
    Raises(Unspeakable()),
    ITSELF,
    range(10**12),
    [[0] * 1000] * 10_000,
    np.broadcast_to(1.0, (10**6, 10**6)),
    10**400,
    np.zeros((3, 3), [("a", int)]),
    np.datetime64("2020-01-01"),
    np.ma.masked_array([1, 2]),
    [[[0]], [[1], [2]]],
    [],
    "\ud800",
    b"3",
    object(),
    np,
    Raises,
    ValueError("3"),
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("check", CHECKERS)
def test_never_raises(capsys, check, number):
    refused(capsys, check, HOSTILE[number])
    refused(capsys, check, lambda *arguments: HOSTILE[number])


@pytest.mark.parametrize(
    "error", [Unspeakable(), GeneratorExit(), ValueError("\ud800"), SyntaxError("x" * 999)]
)
def test_a_function_may_stop_with_any_error(capsys, error):
    refused(capsys, check_conv2d, stops(error))


def test_the_stop_button_stops_the_check():
    with pytest.raises(KeyboardInterrupt):
        check_conv2d(stops(KeyboardInterrupt()))


def test_nothing_of_a_function_stays_behind():
    class Large:
        pass

    kept = []

    def answer(image, kernel, stride):
        large = Large()
        kept.append(weakref.ref(large))
        raise ValueError

    gc.disable()
    try:
        check_conv2d(answer)
        assert kept[0]() is None
    finally:
        gc.enable()


def test_what_a_function_prints_is_shown_shortened_and_above_a_mistake_only(capsys):
    def wordy(size, kernel, stride, padding):
        print("word " * 1000)
        return counts(size, kernel, stride, padding)

    check_output_size(wordy)
    assert capsys.readouterr().out.startswith("Right.")
    check_output_size(lambda *arguments: wordy(*arguments) + 1)
    out = capsys.readouterr().out
    assert out.startswith("Your function printed:\nword word")
    assert out.count("word") == 200
    assert "\n\nNot yet." in out
    check_output_size(lambda size, kernel, stride, padding: print("size", size) or size / stride)
    assert capsys.readouterr().out.startswith("Your function printed:\nsize 7\n\nNot yet. With size 7,")


# --- The time limit


@pytest.mark.parametrize(
    "loop",
    [
        "while True:\n        pass",
        "while True:\n        print(image)",
        "while True:\n        try:\n            1 / 0\n        except Exception:\n            pass",
    ],
)
def test_a_loop_without_end_is_stopped(capsys, monkeypatch, loop):
    monkeypatch.setattr(shared, "LIMIT", 0.1)
    answer = cell(f"def my_conv2d(image, kernel, stride):\n    {loop}", "my_conv2d")
    threads = threading.active_count()
    check_conv2d(answer)
    out = " ".join(capsys.readouterr().out.split())
    assert "Not yet. Your function does not come to an end: after 0.1 seconds it still runs at `" in out
    assert len(out) < 2000
    assert threading.active_count() == threads


def test_a_loop_that_swallows_every_error_is_stopped(capsys, monkeypatch):
    def answer(*arguments):
        while True:
            try:
                while True:
                    pass
            except:  # noqa: E722 - as learners write it
                if time.monotonic() - start > 0.3:
                    raise

    start = time.monotonic()
    monkeypatch.setattr(shared, "LIMIT", 0.1)
    assert "does not come to an end" in refused(capsys, check_output_size, answer)


def test_the_time_may_be_up_at_the_very_start(capsys, monkeypatch):
    """Where the machine is so busy that the watcher runs before the work does."""
    start = threading.Thread.start

    def late(thread):
        start(thread)
        time.sleep(0.1)

    monkeypatch.setattr(threading.Thread, "start", late)
    monkeypatch.setattr(shared, "LIMIT", 0.01)
    threads = threading.active_count()
    assert "takes longer than 0.01 seconds" in feedback(capsys, checker(lambda answer: "It is."), 1)
    assert threading.active_count() == threads


def test_an_object_without_end_is_stopped(capsys, monkeypatch):
    class Endless:
        def __array__(self, dtype=None, copy=None):
            while True:
                pass

    monkeypatch.setattr(shared, "LIMIT", 0.1)
    assert "takes longer than 0.1 seconds" in refused(capsys, check_shift_kernel, Endless())


def test_the_time_may_be_up_at_the_very_end(capsys, monkeypatch):
    monkeypatch.setattr(shared, "LIMIT", 0.01)
    threads = threading.active_count()
    check = checker(lambda answer: time.sleep(0.0095) or "It is.")
    late = "Not yet. Your answer takes longer than 0.01 seconds to look at."
    assert {feedback(capsys, check, 1) for _ in range(20)} <= {"Right. It is.", late}
    assert threading.active_count() == threads, "somebody still watches the clock"


# --- What the checkers of other chapters stand on


@checker
def check_relu(answer):
    for x in (np.array([-1.5, 0, 2]), np.arange(-6.0, 6).reshape(3, 4)):
        expect(answer, {"x": x}, relu, [(np.abs, "The sign is turned.")], what="activation")
    return "Negative numbers become 0."


@checker
def check_weights(answer):
    cases = [{"inputs": n, "outputs": m} for n, m in ((3, 2), (10, 4))]
    right, wrong = (lambda n, m: n * m + m), [(lambda n, m: n * m, "The biases are missing.")]
    expect_formula(answer, cases, right, wrong, what="number of weights")
    return "A weight for each pair, and a bias for each output."


@pytest.mark.parametrize(
    ("check", "answer", "message"),
    [
        (check_relu, lambda x: np.maximum(x, 0), "Right. Negative numbers become 0."),
        (
            check_relu,
            lambda x: np.abs(x),
            "Not yet. The sign is turned. With x [-1.5, 0, 2], your activation has 1.5",
        ),
        (check_relu, lambda x: x, "your activation has -1.5 in place 0; 0 was expected."),
        (check_relu, lambda x: x > 0, "Your activation holds True and False"),
        (check_relu, lambda x: x.clip(0).T, "With x of shape (3, 4), your activation has the shape (4, 3)"),
        (check_weights, lambda inputs, outputs: (inputs + 1) * outputs, "Right. A weight for each pair"),
        (
            check_weights,
            lambda inputs, outputs: inputs * outputs,
            "The biases are missing. With inputs 3, outputs 2",
        ),
        (check_weights, lambda inputs, outputs: 0, "you get 0; 8 is right."),
    ],
)
def test_another_chapter(capsys, check, answer, message):
    assert message in feedback(capsys, check, answer)


# --- Keras, and large numbers


@pytest.mark.backends
def test_keras(capsys, monkeypatch):
    from cnnbook.backend import keras

    monkeypatch.setattr(shared, "LIMIT", 60)  # where many tests run at once

    def layer(kernel, **settings):
        made = keras.layers.Conv2D(1, kernel.shape, use_bias=False, **settings)
        made.build((None, None, None, 1))
        made.set_weights([kernel[:, :, None, None]])
        return made

    for answer in (layer(GRID), layer(GRID).kernel, keras.ops.convert_to_tensor(GRID)):
        assert feedback(capsys, check_shift_kernel, answer).startswith("Right.")

    def on_bytes(image, kernel, stride):
        return layer(kernel, strides=stride)(image[None, :, :, None])

    def on_fractions(image, kernel, stride):
        return on_bytes(image.astype("float32"), kernel, stride)

    assert feedback(capsys, check_conv2d, on_fractions).startswith("Right.")
    assert "A function of image, kernel, stride was expected" in refused(capsys, check_conv2d, layer(GRID))
    text = feedback(capsys, check_conv2d, on_bytes)  # some back ends convert bytes by themselves
    assert text.startswith("Right.") or "image.astype(float) makes the right input" in text


def test_a_large_case_does_not_excuse_a_small_one():
    cases = [{"n": 3}, {"n": 10_000_000}]
    with pytest.raises(Mistake, match="With n 3 you get 4; 3 is right"):
        expect_formula(lambda n: n + 1, cases, lambda n: n)
