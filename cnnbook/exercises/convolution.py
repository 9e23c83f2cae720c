"""Exercises of the chapter on convolution."""

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnbook.exercises.feedback import Mistake, call, checker, numbers
from cnnbook.ops import conv2d, output_size


@checker
def check_shift_kernel(answer: object) -> str:
    """Print whether a kernel moves an image one pixel to the right.

    Args:
        answer: a grid of numbers with odd sides, nested lists or an array; zeros around it do not matter.
    """
    kernel = numbers(answer, "The kernel")
    if kernel.ndim != 2:
        raise Mistake(
            f"A kernel is a grid: rows of numbers inside a list. Yours has the shape {kernel.shape}; "
            "three rows of three numbers have the shape (3, 3)."
        )
    if not all(side % 2 for side in kernel.shape):
        raise Mistake(
            f"A kernel of shape {kernel.shape} has no middle, so nobody can say where its result belongs. "
            "Take 3 rows of 3 numbers."
        )
    used = np.argwhere(kernel)
    if len(used) == 0:
        raise Mistake("This kernel is all zeros: whatever the image, the output is black.")
    if len(used) > 1:
        raise Mistake(
            f"This kernel mixes {len(used)} pixels into each output pixel, which blurs or finds edges. "
            "A moved pixel is a copy of one pixel: how many numbers of the kernel may differ from zero?"
        )
    weight = kernel[tuple(used[0])]
    if weight != 1:
        raise Mistake(
            f"One pixel is copied, but multiplied by {weight:g}, so the brightness changes. "
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
    return (
        "Each output pixel copies its left neighbour, so the image moves one pixel to the right. "
        "With a flipped kernel, as in mathematics, the 1 would sit on the other side."
    )


# Typical wrong formulas, of input size n, kernel k, stride s and padding p on each side, and what to say.
_WRONG_SIZES = [
    (
        lambda n, k, s, p: (n + 2 * p - k) / s + 1,
        "A map has a whole number of rows. What happens to a last step that does not fit any more?",
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
        "One is missing. The kernel makes so many steps, and it stood somewhere before the first step.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p - k + 1) // s,
        "The 1 is added before the division, so the stride divides it too. "
        "Count the steps first, then the place where the kernel started.",
    ),
    (
        lambda n, k, s, p: (n + p - k) // s + 1,
        "The padding is counted once. It is added on both sides.",
    ),
    (
        lambda n, k, s, p: (n - k) // s + 1,
        "The padding is not in your formula.",
    ),
    (
        lambda n, k, s, p: (n - 2 * p - k) // s + 1,
        "The padding makes your input smaller. It adds rows.",
    ),
    (
        lambda n, k, s, p: n + 2 * p - k + 1,
        "The stride is not in your formula. A kernel that moves s pixels at a time visits fewer places.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p) // s + 1,
        "The kernel is not in your formula. A larger kernel has less room to move.",
    ),
    (
        lambda n, k, s, p: n // s,
        'This divides the input by the stride, close to padding="same". '
        "Kernel and padding are not in your formula.",
    ),
    (
        lambda n, k, s, p: (n + 2 * p) // s - k + 1,
        "You divide first. The stride divides the way that the kernel can move, not the whole input.",
    ),
]


@checker
def check_output_size(answer: object) -> str:
    """Print whether a function gives the size of a map along one axis.

    Args:
        answer: a function of size, kernel, stride and padding (on each side), all integers, that returns the
            number of places of the kernel, as any number type.
    """
    cases = list(itertools.product((7, 8, 12, 32), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2)))
    results = []
    for case in cases:
        given = "size {}, kernel {}, stride {}, padding {}".format(*case)
        result = numbers(call(answer, *case, given=given), "The size")
        if result.size != 1:
            raise Mistake(f"One number was expected, the size along one axis. You returned {result.size}.")
        results.append(result.item())
    expected = [output_size(n, k, stride=s, padding=p).size for n, k, s, p in cases]
    if results == expected:
        return (
            "The way that the kernel can move, divided by the stride and rounded down, and one more for "
            "where it starts: so you know the shape of a layer before you run it."
        )
    which = next(i for i in range(len(cases)) if results[i] != expected[i])
    example = "With size {}, kernel {}, stride {}, padding {} you get {:g}; the kernel has {} places.".format(
        *cases[which], results[which], expected[which]
    )
    for formula, message in _WRONG_SIZES:
        if results == [formula(*case) for case in cases]:
            raise Mistake(f"{message} {example}")
    raise Mistake(f"{example} Draw that row of pixels and count.")


# What typical mistakes make of an image x, a 3×3 kernel k and a stride s, and what to say about them.
_WRONG_MAPS = [
    (
        lambda x, k, s: conv2d(x, k[::-1, ::-1], stride=s),
        "The kernel is upside down and mirrored: that is the convolution of mathematics. "
        "Keras lays the kernel on the patch as it is.",
    ),
    (
        lambda x, k, s: conv2d(x, k, stride=s).T,
        "Rows and columns have changed places in your map. The first index counts the rows.",
    ),
    (
        lambda x, k, s: conv2d(x, k.T, stride=s),
        "Rows and columns of the kernel have changed places. "
        "The first index counts the rows, in the patch and in the kernel.",
    ),
    (
        lambda x, k, s: (sliding_window_view(x, k.shape) @ k).sum(axis=(2, 3))[::s, ::s],
        "Patch and kernel are multiplied as matrices (@ or np.dot). "
        "Here each number is multiplied by the one that lies on it: *.",
    ),
    (
        lambda x, k, s: conv2d(x, k, stride=s) / k.size,
        "This is the mean of the products. The kernel's own numbers set the scale: what is left is the sum.",
    ),
    (
        lambda x, k, s: x[2::s, 2::s] * k[-1, -1],
        "Each number of your map is one product, the last one; it has replaced the others. "
        "How do you add to what is already there?",
    ),
    (
        lambda x, k, s: np.trunc(conv2d(x, k, stride=s)),
        "The fractions are cut off. Which dtype has your output?",
    ),
    (
        lambda x, k, s: np.pad(conv2d(x, k, stride=s)[:-1, :-1], ((0, 1), (0, 1))),
        "The last row and the last column of your map are zero: your loops stop one place too early. "
        "Which numbers are in range(3)?",
    ),
    (
        lambda x, k, s: conv2d(x, k),
        "Your map is right for stride 1, and the stride changes nothing in it. "
        "It says how many pixels lie between one place of the kernel and the next.",
    ),
    (
        lambda x, k, s: conv2d(x, k)[: (len(x) - 3) // s + 1, : (len(x[0]) - 3) // s + 1],
        "Your map has the right size, but it covers only a corner of the image: the kernel still moves one "
        "pixel at a time. In which row of the image does the patch of output row 1 begin?",
    ),
    (
        lambda x, k, s: conv2d(x, k, dilation=s),
        "The stride has spread the patch: you skip pixels inside it. The patch stays in one piece; "
        "the stride says where the next patch begins.",
    ),
]


@checker
def check_conv2d(answer: object) -> str:
    """Print whether a function slides a kernel over an image as Keras does.

    Args:
        answer: a function of an image (H, W), a kernel (kh, kw), any dtype, and a stride, that returns the
            map ((H - kh) // stride + 1, (W - kw) // stride + 1) as an array or as nested lists.
    """
    rng = np.random.default_rng(2)
    image, kernel, wide = rng.uniform(1, 5, (7, 10)), rng.uniform(1, 3, (3, 3)), rng.uniform(1, 3, (2, 4))
    for case in ((image, kernel, 1), (image, wide, 1), (image, kernel, 2), (image, wide, 3)):
        _check_map(answer, *case)

    pixels = rng.integers(0, 256, (7, 10), dtype=np.uint8)
    given = "an image of dtype uint8, as photographs are"
    for kernel in (np.array([[1, 2], [3, 4]]), np.array([[-1.5, 0.5], [-2.0, 1.0]])):
        result = numbers(call(answer, pixels, kernel, 1, given=given), "The map")
        if not _same(result, conv2d(pixels, kernel)):
            raise Mistake(
                f"Other images come out right, {given} does not. uint8 holds whole numbers from 0 to 255, "
                "and a sum of products can be larger, negative or a fraction. Which dtype has your output?"
            )
    return (
        "Your function gives what Keras gives: for any kernel or stride, fractions or bytes. "
        "A convolutional layer does this for every channel and every filter, and adds a bias."
    )


def _check_map(answer: object, image: np.ndarray, kernel: np.ndarray, stride: int) -> None:
    """Raise the `Mistake` that explains best why ``answer`` does not give the map of Keras."""
    given = f"an image of shape {image.shape}, a kernel of shape {kernel.shape} and stride {stride}"
    result = numbers(call(answer, image, kernel, stride, given=given), "The map")
    right = conv2d(image, kernel, stride=stride)
    if _same(result, right):
        return
    if result.ndim == 0:
        raise Mistake("Your function returns one number. The kernel visits many places; each has its sum.")
    if result.ndim > 2:
        raise Mistake(
            f"Your map has the shape {result.shape}. The products of one place are still apart: "
            "what makes one number of them?"
        )
    for wrong, message in _WRONG_MAPS if kernel.shape == (3, 3) else ():
        if _same(result, wrong(image, kernel, stride)):
            raise Mistake(message)
    if result.shape == image.shape:
        raise Mistake(
            f"Your map is as large as the image, {image.shape}. Without padding the kernel stays inside the "
            "image, so it has fewer places to stand than the image has pixels."
        )
    if result.shape != right.shape:
        raise Mistake(
            f"Given {given}, your map has the shape {result.shape}; {right.shape} was "
            "expected. Count the places of the kernel in one row, the first and the last included."
        )
    row, column = np.argwhere(~np.isclose(result, right))[0]
    raise Mistake(
        f"Given {given}, your map has {result[row, column]:.3f} in row {row}, column {column}; "
        f"{right[row, column]:.3f} was expected. Write out that sum by hand, and compare it with your code."
    )


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and np.allclose(a, b)
