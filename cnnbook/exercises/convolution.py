"""Exercises of the chapter on convolution."""

import itertools
import math
import re

import numpy as np
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from cnnbook import figures
from cnnbook.data import photo
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, expect_formula
from cnnbook.exercises.feedback import Mistake, Stopped, checker, numbers, returned, squeeze
from cnnbook.exercises.stops import explain
from cnnbook.exercises.words import show
from cnnbook.ops import conv2d, output_size
from cnnbook.widgets import ConvolutionLab
from cnnbook.widgets.convolution import KERNELS

# --- A kernel

LARGE_KERNEL = 15  # rows or columns from which on a "kernel" is rather a picture


@checker
def check_shift_kernel(answer: object) -> tuple[str, ConvolutionLab]:
    """Print whether a kernel moves an image one pixel to the right.

    Args:
        answer: a grid of numbers with odd sides: nested lists, an array, a tensor or a Keras layer. Keras's
            shape (kh, kw, 1, 1) will do, and zeros around it do not matter.
    """
    if callable(answer) and not hasattr(answer, "get_weights"):
        raise Mistake("This is a function. A kernel is a grid of numbers: 3 rows of 3, inside a list.")
    kernel = squeeze(numbers(answer, "The kernel"), 2)
    _check_kernel_shape(kernel)
    used = np.argwhere(~np.isclose(kernel, 0, atol=1e-5))
    if len(used) == 0:
        raise Mistake("This kernel is all zeros: whatever the image, the output is black.")
    if len(used) > 1:
        raise Mistake(
            f"{_what_it_mixes(kernel, len(used))} A moved pixel is a copy of one pixel: how many "
            "numbers of the kernel may differ from zero?"
        )
    weight = kernel[tuple(used[0])]
    if not np.isclose(weight, 1):
        raise Mistake(
            f"One pixel is copied, but multiplied by {show(weight)}, so {_what_it_becomes(weight)}. "
            "By which number do you multiply to keep a value as it is?"
        )
    down, right = np.array(kernel.shape) // 2 - used[0]
    if (down, right) == (0, 0):
        raise Mistake("The 1 in the middle copies every pixel to its own place: the image stays where it is.")
    if (down, right) == (0, -1):
        raise Mistake(
            "This moves the image to the left. The kernel says where an output pixel looks: "
            "looking at its right neighbour brings that neighbour one place to the left."
        )
    if (down, right) != (0, 1):
        ways = ((-down, "up"), (down, "down"), (-right, "left"), (right, "right"))
        moves = " and ".join(f"{n} {way}" for n, way in ways if n > 0)
        raise Mistake(
            f"This moves the image {moves}. Rows of the kernel are up and down, columns are left and right, "
            "and one step away from the middle is one pixel."
        )
    message = (
        "Each output pixel copies its left neighbour, so the image moves one pixel to the right. Here is "
        "such a kernel in the lab: point at a pixel of the map. Which pixel of its patch does it copy?"
    )
    kernel = [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    return message, ConvolutionLab("digit", kernel=kernel, side=16, simple=True, colours="fixed")


def _check_kernel_shape(kernel: np.ndarray) -> None:
    """Raise the `Mistake` about a kernel that is no grid, or has no middle."""
    if kernel.ndim == 1 and kernel.size == 9:
        raise Mistake("These are nine numbers in one row. Put them into three rows of three: [[...], ...].")
    if kernel.ndim > 2:
        raise Mistake(
            f"The shape {kernel.shape} is for several channels or filters. Here the image is grey, and one "
            "map comes out: 3 rows of 3 numbers."
        )
    if kernel.ndim != 2:
        raise Mistake(
            f"A kernel is a grid: rows of numbers inside a list. Yours has the shape {kernel.shape}; "
            "three rows of three numbers have the shape (3, 3)."
        )
    if max(kernel.shape) >= LARGE_KERNEL:
        raise Mistake(
            f"The shape {kernel.shape} is that of a picture. A kernel is asked for, which moves any "
            "picture: 3 rows of 3 numbers."
        )
    if not all(side % 2 for side in kernel.shape):
        raise Mistake(
            f"A kernel of shape {kernel.shape} has no middle, so nobody can say where its result belongs. "
            "Take 3 rows of 3 numbers."
        )


def _what_it_mixes(kernel: np.ndarray, used: int) -> str:
    """Say what a kernel with several numbers does."""
    total = kernel.sum()
    if np.isclose(total, 0, atol=1e-5):
        return f"This kernel compares {used} pixels, with weights that add up to 0, which finds edges."
    if kernel.min() >= 0 and np.isclose(total, 1):
        return f"This kernel mixes {used} pixels into each output pixel, which blurs the image."
    return (
        f"This kernel mixes {used} pixels into each output pixel: copies of the image lie on each other, "
        f"and a flat area becomes {show(total)} times as bright."
    )


def _what_it_becomes(weight: float) -> str:
    if weight < 0:
        return "bright and dark change places"
    return "the image becomes brighter" if weight > 1 else "the image becomes darker"


# --- The size of a map

# Counted on fingers first, then many more, in which different formulas give different numbers.
_SIZES = [(7, 3, 2, 0), (7, 3, 1, 0), (8, 3, 2, 0), (7, 3, 1, 1), (7, 3, 2, 1), (8, 3, 2, 1), (8, 3, 3, 1)]
_SIZES += itertools.product((7, 8, 12, 32), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2))
_SIZES = cases("size kernel stride padding", _SIZES)

# Wrong formulas, of input size n, kernel k, stride s and padding p on each side, and what to say.
_WRONG_SIZES: list[Formula] = [
    (
        lambda n, k, s, p: n - k + 1,
        "That is the size of the map of `slide`, which moves one pixel at a time and knows no padding. "
        "Stride and padding are not in your formula.",
    ),
    (
        lambda n, k, s, p: n + 2 * p - k + 1,
        "The stride is not in your formula. A kernel that moves two pixels at a time visits fewer places.",
    ),
    (
        lambda n, k, s, p: (n - k) // s + 1,
        "The padding is not in your formula. Zeros around the image give the kernel more room.",
    ),
    (
        lambda n, k, s, p: (n + p - k) // s + 1,
        "The padding is counted once. It is added on both sides.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k) / s + 1,
        "Your formula gives fractions, but a map has a whole number of places. "
        "What happens to a last step that does not fit any more?",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k) / s,
        "Your formula gives fractions, and one place too few: "
        "the kernel makes so many steps, and it stood somewhere before the first step.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k + 1) / s,
        "Your formula gives fractions, and the 1 is added before the division, so the stride divides it too.",
    ),
    (
        lambda n, k, s, p: (n - k) / s + 1,
        "Your formula gives fractions, and the padding is not in it.",
    ),
    (
        lambda n, k, s, p: (n - k) / s,
        "Your formula gives fractions, the padding is not in it, and the place where the kernel starts is "
        "not counted.",
    ),
    (
        lambda n, k, s, p: math.ceil((n + 2 * p - k) / s),
        "The last place is left out where it fits exactly: a range stops before its end.",
    ),
    (
        lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1,
        "You round up, which counts a place where the kernel sticks out of the image.",
    ),
    (
        lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
        "You round to the nearest number, which can count a place where the kernel sticks out of the image.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k) // s,
        "One place is missing. The kernel makes so many steps, and it stood somewhere before the first step.",
    ),
    (
        lambda n, k, s, p: (n - k) // s,
        "The padding is not in your formula, and the place where the kernel starts is not counted.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k + 1) // s,
        "The 1 is added before the division, so the stride divides it too. "
        "Count the steps first, then the place where the kernel starts.",
    ),
    (
        lambda n, k, s, p: (n - k + 1) // s,
        "The padding is not in your formula, and the 1 is added before the division. "
        "Count the steps first, then the place where the kernel starts.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k + 1) // s + 1,
        "A 1 is added twice. Once is right: for the place where the kernel starts.",
    ),
    (
        lambda n, k, s, p: n + 2 * p - k // s + 1,
        "Python divides before it subtracts, so that the stride divides the kernel alone. "
        "Brackets say what is worked out first.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p) // s - k + 1,
        "You divide too early. The stride divides the way that the kernel can travel, not the whole input.",
    ),
    (
        lambda n, k, s, p: (n - k) // s + 1 + 2 * p,
        "The padding is added after the division. The kernel steps over the zeros with the same stride.",
    ),
    (
        lambda n, k, s, p: (n - 2 * p - k) // s + 1,
        "The padding makes your input smaller. It adds pixels.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p + k) // s + 1,
        "The kernel is added. A larger kernel has less room to travel, not more.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k) * s + 1,
        "You multiply by the stride. With larger steps the kernel stands at fewer places.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p) // s + 1,
        "The kernel is not in your formula. A larger kernel has less room to travel.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k // 2) // s + 1,
        "Half of the kernel is subtracted. How far can the whole of it travel before it meets the far side?",
    ),
    (
        lambda n, k, s, p: (n + 2 * p) // k,
        "You divide by the kernel, as if each place began where the last one ends. "
        "The stride says how far apart they begin.",
    ),
    (
        lambda n, k, s, p: n // s,
        "This divides the input by the stride and no more. Kernel and padding are not in your formula.",
    ),
    (
        lambda n, k, s, p: -(-n // s),
        'This is the size for padding="same". Here the padding is a number, and your formula leaves it out.',
    ),
    (
        lambda n, k, s, p: n,
        "The map is as large as the input in your formula. It is so in few cases.",
    ),
]


def _places(n: int, k: int, s: int, p: int) -> str:
    """Say where the kernel can stand."""
    starts = [*range(0, n + 2 * p - k + 1, s)]
    named = ", ".join(map(str, starts)) if len(starts) <= 9 else f"0, {s}, {2 * s}, ... {starts[-1]}"
    padded = f" of the {n + 2 * p} with the zeros" if p else ""
    return f"The kernel can begin at pixel {named}{padded}."


@checker
def check_output_size(answer: object) -> str:
    """Print whether a function gives the size of a map along one axis.

    Args:
        answer: a function of size, kernel, stride and padding (on each side), all integers, that returns the
            number of places of the kernel, as any number type.
    """
    try:
        expect_formula(
            answer,
            _SIZES,
            lambda n, k, s, p: output_size(n, k, stride=s, padding=p).size,
            _WRONG_SIZES,
            what="size",
            tell=_places,
        )
    except Unexplained as mistake:
        raise Mistake(f"{mistake} {_right_so_far(mistake.result, mistake.fits)}") from None
    return (
        "The way that the kernel can move, divided by the stride and rounded down, and one more for "
        "where it starts: so you know the shape of a layer before you run it. To see it, work out how large "
        "the map of the lab above gets with stride 3 and padding 2, and set them in its Settings."
    )


def _right_so_far(sizes: np.ndarray, fits: np.ndarray) -> str:
    """Say in which cases a formula is right, and where to go on."""
    if (sizes % 1).any():
        return "There are no half places: what happens to a last step that does not fit any more?"
    stride = np.array([case["stride"] for case in _SIZES])
    padding = np.array([case["padding"] for case in _SIZES])
    if fits[stride == 1].all():
        return "With stride 1 your formula is right. How many steps of 2 fit into the same way?"
    if fits[padding == 0].all():
        return "Without padding your formula is right. How long is the row of pixels with the zeros?"
    if fits[(stride == 1) & (padding == 0)].all():
        return "With stride 1 and no padding your formula is right. Bring in one of the two, then the other."
    return "Draw that row of pixels and count."


# --- A map

# The upper left corner is the patch of the chapter, whose sum for the Sobel kernel is -7. The sides of image,
# kernels and maps differ, so that an index that is out of bounds says what it was meant for.
_IMAGE = np.array(
    [
        [1, 2, 0, 7, 5, 9, 3, 6, 8, 4],
        [3, 5, 1, 8, 9, 2, 6, 7, 9, 8],
        [2, 4, 0, 9, 6, 8, 1, 9, 5, 7],
        [7, 3, 8, 2, 9, 5, 8, 4, 9, 6],
        [5, 9, 6, 7, 1, 8, 9, 3, 7, 2],
        [8, 1, 4, 6, 3, 9, 7, 5, 2, 9],
    ],
    dtype=float,
)
_PIXELS = (24 * _IMAGE + 20).astype(np.uint8)
_DIGITS = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])  # as in the chapter: it looks different from each side
_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # has sums below 0
_WIDE = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])

_OTHER_KERNEL = (
    "With kernels of 3 by 3 your function is right. Does a number such as 3 stand in it where kernel.shape "
    "belongs, or have rows and columns of the kernel changed places?"
)
_OTHER_STRIDE = (
    "With stride 1 your function is right. The stride decides where each patch begins, and how large the map "
    "gets."
)
_BYTES = (
    "Other images come out right; this one has the dtype uint8, as photographs have. uint8 holds whole "
    "numbers from 0 to 255; a sum of products can be larger, negative or a fraction. Which dtype has your "
    "output? (For a layer of Keras, image.astype(float) makes the right input.)"
)
_MAPS = [  # image, kernel, stride, and what to say where that map is the first wrong one and nobody knows why
    (_IMAGE, _DIGITS, 1, ""),
    (_IMAGE, _SOBEL, 1, ""),
    (_IMAGE / 4, _SOBEL, 1, ""),
    (_IMAGE, _WIDE, 1, _OTHER_KERNEL),
    (_IMAGE, _DIGITS, 2, _OTHER_STRIDE),
    (_IMAGE, _WIDE, 3, _OTHER_STRIDE),
    (_PIXELS, _WIDE, 1, _BYTES),
    (_PIXELS, -_SOBEL / 4, 1, _BYTES),
]


def _right(x: np.ndarray, k: np.ndarray, s: int) -> np.ndarray:
    return conv2d(x, k, stride=s)


def _patches(x: np.ndarray, k: np.ndarray, s: int) -> np.ndarray:
    return sliding_window_view(x, k.shape)[::s, ::s]


def _running_total(x: np.ndarray, k: np.ndarray, s: int) -> np.ndarray:
    y = _right(x, k, s)
    return np.cumsum(y).reshape(y.shape)


def _without_last(x: np.ndarray, k: np.ndarray, s: int) -> np.ndarray:
    return np.pad(_right(x, k, s)[:-1, :-1], ((0, 1), (0, 1)))


def _first_everywhere(x: np.ndarray, k: np.ndarray, s: int) -> np.ndarray:
    y = _right(x, k, s)
    return np.full_like(y, y[0, 0])


def _spread(x: np.ndarray, k: np.ndarray, s: int) -> np.ndarray:
    y = np.zeros_like(conv2d(x, k))
    y[::s, ::s] = _right(x, k, s)
    return y


def _in_corner(shape: tuple, y: np.ndarray) -> np.ndarray:
    return np.pad(y, [(0, large - small) for large, small in zip(shape, y.shape, strict=True)])


def _cut(x: np.ndarray, k: np.ndarray, s: int, strides: tuple) -> np.ndarray:
    """Return the map with other strides, cut to the size of the right one."""
    rows, columns = _right(x, k, s).shape
    return conv2d(x, k, stride=strides)[:rows, :columns]


_ONLY_DOWN = "The stride counts down only: to the right the kernel still moves one pixel at a time."
_ONLY_RIGHT = "The stride counts to the right only: down the kernel still moves one pixel at a time."
_PADDED = (
    "Your map counts places where the kernel sticks out of the image, as with padding. "
    "Here the kernel stays inside, and fits at fewer places than the image has pixels."
)

# What mistakes make of an image x, a kernel k and a stride s, and what to say about them.
_WRONG_MAPS: list[Formula] = [
    (
        lambda x, k, s: _right(x, k[::-1, ::-1], s),
        "The kernel is upside down and mirrored: that is the convolution of mathematics. "
        "Keras lays the kernel on the patch as it is.",
    ),
    (
        lambda x, k, s: _right(x, k.T, s),
        "Rows and columns of the kernel have changed places. "
        "The first index counts the rows, in the patch and in the kernel.",
    ),
    (
        lambda x, k, s: (_patches(x, k, s) @ k).sum(axis=(2, 3)),
        "Patch and kernel are multiplied as matrices (@ or np.dot). "
        "Here each number is multiplied by the one that lies on it: *.",
    ),
    (
        lambda x, k, s: _right(x, k, s) / k.size,
        "This is the mean of the products. The kernel's own numbers set the scale: what is left is the sum.",
    ),
    (
        lambda x, k, s: _right(x, k, s) / k.sum(),
        "Your sums are divided by the sum of the kernel. The kernel is used as it is.",
    ),
    (
        lambda x, k, s: (_patches(x, k, s) * k).max(axis=(2, 3)),
        "You keep the largest product of each place. All of them are added.",
    ),
    (
        lambda x, k, s: _patches(x, k, s)[..., -1, -1] * k[-1, -1],
        "Each number of your map is one product, the last one; it has replaced the others. "
        "How do you add to what is already there?",
    ),
    (
        lambda x, k, s: _patches(x, k, s).sum(axis=(2, 3)),
        "You add up the patch, and the kernel is not used.",
    ),
    (
        lambda x, k, s: (_patches(x, k, s) + k).sum(axis=(2, 3)),
        "Patch and kernel are added. Numbers that lie on each other are multiplied.",
    ),
    (
        lambda x, k, s: _patches(x, k, s).sum(axis=(2, 3)) * k.sum(),
        "You add up patch and kernel first, and multiply then. Multiply number by number, then add.",
    ),
    (
        _running_total,
        "Each number of your map contains all before it. Where does the sum begin again at 0? "
        "It must at every place.",
    ),
    (
        lambda x, k, s: np.cumsum(_right(x, k, s), axis=1),
        "Each number of your map contains those to its left. Where does the sum begin again at 0? "
        "It must at every place, not once a row.",
    ),
    (
        _first_everywhere,
        "Every place of your map holds the sum of the first patch. Where does the patch move along?",
    ),
    (
        _without_last,
        "The last row and the last column of your map are zero: your loops stop one place too early. "
        "Which numbers are in range(3)?",
    ),
    (
        lambda x, k, s: conv2d(x, k),
        "Your map is right for stride 1, and the stride changes nothing in it. "
        "It says how many pixels lie between one place of the kernel and the next.",
    ),
    (
        lambda x, k, s: _cut(x, k, s, (1, 1)),
        "Your map has the right size, but it covers only a corner of the image: the kernel still moves one "
        "pixel at a time. In which row of the image does the patch of output row 1 begin?",
    ),
    (
        _spread,
        "The right numbers are there, with zeros between them: each stands where its patch begins in the "
        "image. The second place of the kernel is place 1 of the map, whatever the stride.",
    ),
    (
        lambda x, k, s: _in_corner(conv2d(x, k).shape, _right(x, k, s)),
        "The right numbers are there, in the corner of a map that is as large as for stride 1. "
        "With a larger stride the kernel stands at fewer places.",
    ),
    (
        lambda x, k, s: _in_corner(x.shape, _right(x, k, s)),
        "The right numbers are there, in the corner of a map that is as large as the image. "
        "The kernel has fewer places than the image has pixels.",
    ),
    (lambda x, k, s: conv2d(x, k, stride=(s, 1)), _ONLY_DOWN),
    (lambda x, k, s: _cut(x, k, s, (s, 1)), _ONLY_DOWN),
    (lambda x, k, s: conv2d(x, k, stride=(1, s)), _ONLY_RIGHT),
    (lambda x, k, s: _cut(x, k, s, (1, s)), _ONLY_RIGHT),
    (
        lambda x, k, s: conv2d(x, k, stride=k.shape),
        "Your kernel moves by its own size: patches do not overlap. The stride says how far it moves.",
    ),
    (
        lambda x, k, s: _right(x[::s, ::s], k, 1),
        "The stride has thinned out the image before the kernel came. The patch stays in one piece; "
        "the stride says where the next patch begins.",
    ),
    (
        lambda x, k, s: conv2d(x, k, dilation=s),
        "The stride has spread the patch: you skip pixels inside it. The patch stays in one piece; "
        "the stride says where the next patch begins.",
    ),
    (lambda x, k, s: conv2d(x, k, stride=s, padding="same"), _PADDED),
    (lambda x, k, s: conv2d(x, k, padding="same")[::s, ::s], _PADDED),
    (lambda x, k, s: conv2d(x, k, stride=s, padding=1), _PADDED),
]


@checker
def check_conv2d(answer: object) -> tuple[str, Figure]:
    """Print whether a function slides a kernel over an image as Keras does.

    Args:
        answer: a function of an image (H, W), a kernel (kh, kw), any dtype, and a stride, that returns the
            map ((H - kh) // stride + 1, (W - kw) // stride + 1) as an array, a tensor or nested lists. Axes
            of length 1 at either end, as Keras has them, do not matter.
    """
    for image, kernel, stride, hint in _MAPS:
        _check_map(answer, image, kernel, stride, hint)
    message = (
        "Your function gives what Keras gives: for any kernel or stride, fractions or bytes. "
        "A convolutional layer does this for every channel and every filter, and adds a bias. Below is your "
        "function at work: what does it find in the cat?"
    )
    arguments = {"image": photo("cat")[::4, ::4].mean(axis=-1), "kernel": KERNELS["sobel-x"], "stride": 1}
    edges = squeeze(returned(answer, arguments, "Your map"), 2)
    return message, figures.plot_maps({"Sobel x, by your function": edges}, -500, 500)


def _check_map(answer: object, image: np.ndarray, kernel: np.ndarray, stride: int, hint: str) -> None:
    """Raise the `Mistake` that explains best why `answer` does not give the map of Keras."""
    try:
        expect(answer, {"image": image, "kernel": kernel, "stride": stride}, _right, _WRONG_MAPS)
    except Stopped as stop:
        reason = hint if hint is _BYTES else f"{_why_it_stops(stop.text, image, kernel, stride)} {hint}"
        raise stop.because(reason.strip()) from None
    except Unexplained as mistake:
        raise Mistake(f"{mistake} {hint or _where_to_look(mistake, image, kernel)}") from None


def _where_to_look(mistake: Unexplained, image: np.ndarray, kernel: np.ndarray) -> str:
    """Say what to compare, at stride 1."""
    if mistake.result.shape == image.shape:
        return f"Your map is as large as the image. {_PADDED}"
    if mistake.place is None:
        return "Count the places of the kernel in one row, the first and the last included."
    row, column = mistake.place
    patch = image[row : row + len(kernel), column : column + len(kernel[0])]
    return f"There the kernel lies on the patch {show(patch)}. Add up the products by hand, and compare."


def _why_it_stops(text: str, image: np.ndarray, kernel: np.ndarray, stride: int) -> str:
    """Say what an error of Python, "Type: message", has to do with convolution."""
    shapes = [tuple(map(int, re.findall(r"\d+", shape))) for shape in re.findall(r"\(\d+,[\d,]*\)", text)]
    others = [shape for shape in shapes if shape != kernel.shape]
    if "broadcast together" in text and kernel.shape in shapes and others:
        return _why_it_does_not_fit(others[0], image.shape, kernel.shape, stride)
    if found := re.search(r"index (\d+) is out of bounds for axis ([01]) with size (\d+)", text):
        return _why_it_is_outside(*map(int, found.groups()), image.shape, kernel.shape, stride)
    return explain(text)


def _why_it_does_not_fit(patch: tuple, image: tuple, kernel: tuple, stride: int) -> str:
    """Say why a patch has not the shape of the kernel."""
    sizes = f"The patch has the shape {patch}, the kernel {kernel}."
    if patch == image:
        return "The whole image meets the kernel. A patch is a piece of it: image[top:bottom, left:right]."
    if len(patch) != 2:
        return f"{sizes} A patch has rows and columns: image[top:bottom, left:right]."
    if patch == (3, 3):
        return "The patch is 3 by 3, whatever the kernel is."
    if patch == kernel[::-1]:
        return f"{sizes} Rows and columns have changed places."
    if 0 in patch:
        return f"{sizes} It is empty: it begins outside the image, or ends before it begins."
    if stride > 1 and patch == tuple(-(-side // stride) for side in kernel):
        return f"{sizes} The stride skips pixels inside the patch. It counts from one patch to the next only."
    missing = tuple(np.subtract(kernel, patch))
    if missing == (1, 1):
        return f"{sizes} It is one short: a slice leaves its end out, as range does."
    if missing == (-1, -1):
        return (
            f"{sizes} It is one too long: a slice leaves its end out, so the end is the start plus the size."
        )
    if missing[0] == 0 and missing[1] > 0:
        return (
            f"{sizes} Either the kernel sticks out of the image at the right edge: in how many columns can "
            "it begin? Or the end of your slice does not move along with its start."
        )
    if missing[1] == 0 and missing[0] > 0:
        return (
            f"{sizes} Either the kernel sticks out of the image at the bottom edge: in how many rows can "
            "it begin? Or rows and columns have changed places."
        )
    return f"{sizes} Where does the patch begin, and where does it end?"


def _why_it_is_outside(index: int, first: int, size: int, image: tuple, kernel: tuple, stride: int) -> str:
    """Say which array an index has left."""
    for axis in (first, 1):  # y[r][c] asks for column c in axis 0 of a row
        along = ("rows", "columns")[axis]
        places = (image[axis] - kernel[axis]) // stride + 1
        if size == image[axis]:
            return (
                f"Index {index} is outside the image, which has {size} {along}: the kernel sticks out. "
                "At how many places does it fit in?"
            )
        if size == places and stride > 1:
            return (
                f"Index {index} is outside the map, which has {size} {along}. Your index counts pixels, in "
                f"steps of {stride}; which place of the map is it after one step?"
            )
        if size == places:
            return (
                f"Index {index} is outside the map, which has {size} {along}. "
                "How far does your loop run, and which index comes first?"
            )
        if size == places - 1:
            return (
                f"The map has {size} {along}, and the kernel fits at {places} places: the first counts, too."
            )
        if size == kernel[axis]:
            return f"Index {index} is outside the kernel, which has {size} {along}."
    return f"Index {index} is outside an array that has {size} places there."
