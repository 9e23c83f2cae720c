"""Every checker accepts right answers of several styles, names the mistake in wrong ones, never raises."""

import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import convolve2d, correlate2d

from cnnbook.exercises.convolution import check_conv2d, check_output_size, check_shift_kernel
from cnnbook.exercises.feedback import WIDTH
from cnnbook.ops import conv2d

BOOK = Path(__file__).parents[2] / "book"


def feedback(capsys, check, answer):
    """What the learner reads: one message, and nothing comes back from the call."""
    assert check(answer) is None
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    return " ".join(lines)


# --- An image moved to the right

MOVES_RIGHT = [[0, 0, 0], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    "answer",
    [
        MOVES_RIGHT,
        tuple(map(tuple, MOVES_RIGHT)),
        np.array(MOVES_RIGHT),
        np.array(MOVES_RIGHT, dtype="uint8"),
        np.array(MOVES_RIGHT, dtype="float32"),
        [[1.0, 0.0, 0.0]],
        np.pad(MOVES_RIGHT, 1),
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
        ([[0, 0, 0], [2, 0, 0], [0, 0, 0]], "multiplied by 2"),
        ([[0, 0, 0], [-1, 0, 0], [0, 0, 0]], "multiplied by -1"),
        (np.ones((3, 3)) / 9, "mixes 9 pixels"),
        ([[0, 0, 0], [1, -1, 0], [0, 0, 0]], "mixes 2 pixels"),
        (np.zeros((3, 3)), "all zeros"),
        ([1, 0, 0], "shape (3,)"),
        ([[1, 0], [0, 0]], "no middle"),
        (np.zeros((3, 0)), "no middle"),
        ([[0, 0, 0], [1, 0], [0, 0, 0]], "rows of equal length"),
        ([[0, 0, 0], [math.nan, 0, 0], [0, 0, 0]], "nan, which is no number"),
        ([[0, 0, 0], [..., 0, 0], [0, 0, 0]], "must be made of numbers"),
        ("left", "this is str 'left'"),
        ({"kernel": 1}, "must be made of numbers"),
        (1, "shape ()"),
        (lambda image: image, "must be made of numbers"),
    ],
)
def test_shift_kernel_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_shift_kernel, answer)
    assert text.startswith("Not yet. ")
    assert message in text


# --- The size of a map


def counts(size, kernel, stride, padding):
    return len(range(0, size + 2 * padding - kernel + 1, stride))


@pytest.mark.parametrize(
    "answer",
    [
        lambda n, k, s, p: (n + 2 * p - k) // s + 1,
        lambda n, k, s, p: math.floor((n + 2 * p - k) / s + 1),
        lambda n, k, s, p: np.floor((n + 2 * p - k) / s) + 1,
        lambda n, k, s, p: np.array([(n + 2 * p - k + s) // s]),
        counts,
    ],
)
def test_output_size_accepts(capsys, answer):
    assert feedback(capsys, check_output_size, answer).startswith("Right. The way that the kernel can move")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n, k, s, p: (n + 2 * p - k) / s + 1, "does not fit"),
        (lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1, "round up"),
        (lambda n, k, s, p: round((n + 2 * p - k) / s) + 1, "round to the nearest"),
        (lambda n, k, s, p: (n + 2 * p - k) // s, "One is missing"),
        (lambda n, k, s, p: (n + 2 * p - k + 1) // s, "before the division"),
        (lambda n, k, s, p: (n + p - k) // s + 1, "counted once"),
        (lambda n, k, s, p: (n - k) // s + 1, "padding is not in your formula"),
        (lambda n, k, s, p: (n - 2 * p - k) // s + 1, "makes your input smaller"),
        (lambda n, k, s, p: n + 2 * p - k + 1, "stride is not in your formula"),
        (lambda n, k, s, p: (n + 2 * p) // s + 1, "kernel is not in your formula"),
        (lambda n, k, s, p: n // s, "by the stride, close to padding"),
        (lambda n, k, s, p: (n + 2 * p) // s - k + 1, "divide first"),
        (lambda n, k, s, p: 5, "With size 7, kernel 1, stride 1, padding 0 you get 5; the kernel has 7"),
        (lambda n, k, s, p: (n, n), "One number was expected"),
        (lambda n, k, s, p: str(n), "must be made of numbers"),
        (lambda n, k, s, p: None, "returned None"),
        (lambda n, k, s, p: n / p, "stopped with ZeroDivisionError"),
        (lambda n, k: n - k + 1, "stopped with TypeError"),
        (3, "A function was expected"),
    ],
)
def test_output_size_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_output_size, answer)
    assert text.startswith("Not yet. ")
    assert message in text


# --- Convolution with a stride


def loops(
    image,
    kernel,
    stride,
    cell=lambda patch, kernel: (patch * kernel).sum(),
    turn=lambda kernel: kernel,
    new=np.zeros,
    places=lambda size, kernel, stride: (size - kernel) // stride + 1,
):
    """The usual answer, with a place for each usual mistake."""
    kernel = turn(kernel)
    (kh, kw), (h, w) = kernel.shape, image.shape
    output = new((places(h, kh, stride), places(w, kw, stride)))
    for r in range(output.shape[0]):
        for c in range(output.shape[1]):
            top, left = r * stride, c * stride
            output[r, c] = cell(image[top : top + kh, left : left + kw], kernel)
    return output


def nested_lists(image, kernel, stride):
    (kh, kw), (h, w) = kernel.shape, image.shape
    rows, columns = range(0, h - kh + 1, stride), range(0, w - kw + 1, stride)
    cells = [(i, j) for i in range(kh) for j in range(kw)]
    return [[sum(image[r + i][c + j] * kernel[i][j] for i, j in cells) for c in columns] for r in rows]


def shifted_images(image, kernel, stride):
    (kh, kw), (h, w) = kernel.shape, image.shape
    full = 0
    for i in range(kh):
        for j in range(kw):
            full = full + kernel[i, j] * image[i : h - kh + 1 + i, j : w - kw + 1 + j]
    return full[::stride, ::stride]


def windows(image, kernel, stride):
    return np.einsum("rcij,ij->rc", sliding_window_view(image, kernel.shape), kernel)[::stride, ::stride]


def scipy_first(image, kernel, stride):
    return correlate2d(image, kernel.astype(float), mode="valid")[::stride, ::stride]


@pytest.mark.parametrize("answer", [loops, nested_lists, shifted_images, windows, scipy_first])
def test_conv2d_accepts(capsys, answer):
    assert feedback(capsys, check_conv2d, answer).startswith("Right. Your function gives what Keras gives")


def overwrites(image, kernel, stride):
    (kh, kw), (h, w) = kernel.shape, image.shape
    for i in range(kh):
        for j in range(kw):
            output = image[i : h - kh + 1 + i, j : w - kw + 1 + j] * kernel[i, j]
    return output[::stride, ::stride]


def stops_early(image, kernel, stride):
    output = loops(image, kernel, stride)
    output[-1] = output[:, -1] = 0
    return output


def of_image_dtype(image, kernel, stride):
    return loops(image, kernel, stride, new=lambda shape: np.zeros(shape, image.dtype))


def stays_in_the_corner(image, kernel, stride):
    output = loops(image, kernel, stride)
    return loops(image, kernel, 1)[: len(output), : len(output[0])]


def always_three(image, kernel, stride):
    return loops(image, kernel, stride, cell=lambda patch, kernel: (patch[:3, :3] * kernel[:3, :3]).sum())


def in_place(image, kernel, stride):
    image -= image.min()
    return loops(image, kernel, stride)


def wrong_index(image, kernel, stride):
    return image[100, 100]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda i, k, s: convolve2d(i, k, mode="valid")[::s, ::s], "upside down and mirrored"),
        (lambda i, k, s: correlate2d(i, k, mode="same"), "as large as the image, (7, 10)"),
        (lambda i, k, s: loops(i, k, s, places=lambda n, k, s: n - k), "shape (4, 7); (5, 8) was expected"),
        (lambda i, k, s: loops(i, k, s).T, "changed places in your map"),
        (lambda i, k, s: loops(i, k, s, turn=np.transpose), "Rows and columns of the kernel"),
        (lambda i, k, s: loops(i, k, s, cell=lambda p, k: (p * k).mean()), "mean of the products"),
        (lambda i, k, s: loops(i, k, s, cell=lambda p, k: (p @ k).sum()), "multiplied as matrices"),
        (lambda i, k, s: loops(i, k, s, new=lambda shape: np.zeros(shape, int)), "fractions are cut off"),
        (lambda i, k, s: sliding_window_view(i, k.shape) * k, "products of one place are still apart"),
        (lambda i, k, s: (i[:3, :3] * k).sum(), "returns one number"),
        (overwrites, "is one product, the last one"),
        (stops_early, "stop one place too early"),
        (always_three, "a kernel of shape (2, 4) and stride 1"),
        (lambda i, k, s: loops(i, k, 1), "the stride changes nothing"),
        (stays_in_the_corner, "only a corner of the image"),
        (lambda i, k, s: conv2d(i, k, dilation=s), "has spread the patch"),
        (
            lambda i, k, s: loops(i, k, s, places=lambda n, k, s: (n - k + 1) // s),
            "shape (2, 4); (3, 4) was expected",
        ),
        (of_image_dtype, "dtype uint8"),
        (lambda i, k, s: loops(i, k, s).astype(i.dtype), "dtype uint8"),
        (lambda i, k, s: loops(i, k, s) + 1, "in row 0, column 0"),
        (in_place, "in row 0, column 0"),
        (lambda i, k, s: loops(i, k, s) * math.nan, "nan, which is no number"),
        (lambda i, k, s: print, "must be made of numbers"),
        (lambda i, k, s: [[1, 2], [3]], "rows of equal length"),
        (lambda i, k, s: None, "returned None"),
        (lambda i, k: i, "stopped with TypeError"),
        (wrong_index, "stopped with IndexError"),
        (wrong_index, "at `return image[100, 100]`"),
        (np.zeros((4, 6)), "A function was expected, and this is of type ndarray"),
        (7, "A function was expected, and this is int 7"),
    ],
)
def test_conv2d_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_conv2d, answer)
    assert text.startswith("Not yet. ")
    assert message in text


# --- Unanswered exercises and the solutions in the book


@pytest.mark.parametrize("answer", [None, ...])
@pytest.mark.parametrize("check", [check_shift_kernel, check_conv2d, check_output_size])
def test_unanswered(capsys, check, answer):
    assert feedback(capsys, check, answer).startswith("Not answered yet.")


@pytest.mark.parametrize("check", [check_conv2d, check_output_size])
def test_unanswered_function(capsys, check):
    assert feedback(capsys, check, lambda *arguments: ...).startswith("Not answered yet.")


def solutions(notebook):
    """Python code in the folded solutions of a chapter."""
    cells = nbformat.read(BOOK / notebook, as_version=4).cells
    folded = re.findall(
        r"<details>.*?</details>", "\n".join(c.source for c in cells if c.cell_type == "markdown"), re.S
    )
    return re.findall(r"```python\n(.*?)```", "\n".join(folded), re.S)


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (check_shift_kernel, "shift_kernel"),
        (check_conv2d, "my_conv2d"),
        (check_output_size, "my_output_size"),
    ],
)
def test_solutions_of_the_convolution_chapter_are_right(capsys, check, name):
    codes = [code for code in solutions("02-convolution.ipynb") if name in code]
    assert codes
    for code in codes:
        namespace = {"np": np}
        exec(code, namespace)
        assert feedback(capsys, check, namespace[name]).startswith("Right.")
