"""Exercises of the chapter on the limits of a network."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, same
from cnnbook.exercises.feedback import Arguments, Mistake, Stopped, checker, numbers, returned, squeeze
from cnnbook.exercises.words import show
from cnnbook.ops import conv2d
from cnnbook.widgets.examples import examples

# --- A kernel that does not mind quarter turns

_SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_PREWITT = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
_LETTER = np.zeros((16, 16), np.uint8)  # an F, so that no two of its four turns are alike
_LETTER[2:14, 4:6] = _LETTER[2:4, 4:12] = _LETTER[7:9, 4:10] = 255
_SIDES = "It compares one side with the other, and so answers to edges of one direction."


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return np.allclose(a, b, rtol=0, atol=1e-5)


def _half_turned(k: np.ndarray) -> np.ndarray:
    return np.rot90(k, 2)


# What a kernel is that a quarter turn changes: the first that fits. Its largest number is 1, or -1.
_WHAT_TURNING_CHANGES: list[tuple[Callable[[np.ndarray], bool], str]] = [
    (
        lambda k: any(_alike(k, np.rot90(_SOBEL, n) / 2) for n in range(4)),
        f"This is a Sobel kernel. {_SIDES} After a quarter turn these edges have the other direction.",
    ),
    (
        lambda k: any(_alike(k, np.rot90(_PREWITT, n)) for n in range(4)),
        f"This is a Prewitt kernel. {_SIDES} After a quarter turn these edges have the other direction.",
    ),
    (
        lambda k: _alike(np.rot90(k), -k),
        "A quarter turn makes your kernel its own negative. So the map of a turned picture is the turned map "
        "with the opposite sign. It is to be the same map.",
    ),
    (
        lambda k: _alike(_half_turned(k), -k),
        f"Half a turn makes your kernel its own negative. {_SIDES} A quarter turn makes another kernel.",
    ),
    (
        lambda k: _alike(k, k[::-1]) and _alike(k, k[:, ::-1]),
        "Your kernel is the same in both mirrors, left to right and up to down, and so after half a turn. A "
        "quarter turn asks for more: it makes rows of the columns.",
    ),
    (
        lambda k: _alike(k, _half_turned(k)),
        "Half a turn leaves your kernel as it is. A quarter turn does not.",
    ),
    (
        lambda k: _alike(k, k[:, ::-1]),
        "Your kernel is the same in a mirror, left to right. A quarter turn is no mirror: what was above "
        "stands at a side then.",
    ),
    (
        lambda k: _alike(k, k[::-1]),
        "Your kernel is the same upside down. A quarter turn brings what was at a side above or below.",
    ),
    (
        lambda k: _alike(k, k.T) or _alike(k, _half_turned(k.T)),
        "Your kernel is the same when rows and columns change places along a diagonal. A quarter turn brings "
        "each corner to the next corner.",
    ),
]


@checker
def check_turning_kernel(answer: object) -> tuple[str, Figure]:
    """Print whether a kernel does not mind quarter turns, and answers to nothing where a picture is flat.

    Args:
        answer: a grid (3, 3) of numbers: nested lists, an array, a tensor or a Keras layer. Keras's shape
            (3, 3, 1, 1) will do.
    """
    if callable(answer) and not hasattr(answer, "get_weights"):
        raise Mistake("This is a function. A kernel is a grid of numbers: 3 rows of 3, inside a list.")
    kernel = squeeze(numbers(answer, "The kernel"), 2)
    _check_three_by_three(kernel.shape)
    largest = np.abs(kernel).max()
    if largest == 0:
        raise Mistake("This kernel is all zeros. It minds no turn, for its map is 0 whatever the picture.")
    unit = kernel / largest
    _check_turns(kernel, unit)
    _check_sum(kernel, unit)
    pictures = [_LETTER, np.rot90(_LETTER)]
    rows = {
        name: [conv2d(x / 255, k) for x in pictures] for name, k in (("yours", unit), ("Sobel", _SOBEL / 2))
    }
    message = (
        "Below is a picture, beside it the same after a quarter turn. Your kernel's map turns along. Turn "
        "the left map of Sobel in your head: is it the right one? If all kernels of a layer were like yours, "
        "what could its maps no longer say about an edge?"
    )
    return message, figures.show_map_rows(pictures, rows, ["as it is", "turned"])


def _check_three_by_three(shape: tuple[int, ...]) -> None:
    """Raise the `Mistake` about a kernel of another shape."""
    if shape == (9,):
        raise Mistake("These are nine numbers in one row. Put them into three rows of three: [[...], ...].")
    if len(shape) > 2:
        raise Mistake(
            f"The shape {shape} is for several channels or filters. One kernel is asked for: 3 rows of 3 "
            "numbers."
        )
    if shape != (3, 3):
        raise Mistake(f"Your kernel has the shape {shape}. 3 rows of 3 numbers are asked for.")


def _check_turns(kernel: np.ndarray, unit: np.ndarray) -> None:
    """Raise the `Mistake` about a kernel that a quarter turn changes."""
    turned = np.rot90(kernel)
    apart = np.argwhere(~np.isclose(np.rot90(unit), unit, rtol=0, atol=1e-5))
    if not len(apart):
        return
    row, column = place = tuple(map(int, apart[0]))
    what = next(
        (says for fits, says in _WHAT_TURNING_CHANGES if fits(unit)), "A quarter turn changes your kernel."
    )
    raise Mistake(
        f"{what} In row {row}, column {column} it has {show(kernel[place])}; turned, it has "
        f"{show(turned[place])} there."
    )


def _check_sum(kernel: np.ndarray, unit: np.ndarray) -> None:
    """Raise the `Mistake` about a kernel whose numbers do not add up to 0."""
    if np.isclose(unit.sum(), 0, atol=1e-5):
        return
    total, middle = show(kernel.sum()), kernel[1, 1]
    around = unit.copy()
    around[1, 1] = 0
    if _alike(around, 0):
        does = "copies it" if np.isclose(middle, 1) else f"multiplies it by {show(middle)}"
        raise Mistake(
            f"No turn changes your kernel. But it looks at one pixel alone, and {does}. It sees no "
            "neighbours, and where the picture is flat it answers, too."
        )
    flat = f"Where the picture is flat, 100 everywhere, it answers {show(100 * kernel.sum())} and not 0."
    if np.ptp(unit) < 1e-5:
        raise Mistake(
            f"No turn changes your kernel. But all its numbers are equal: it adds up nine pixels. {flat}"
        )
    if kernel.max() < 256 and np.where(kernel > 127, kernel - 256, kernel).sum() == 0:
        raise Mistake(
            "No turn changes your kernel. But none of its numbers is below 0: as bytes, uint8, -4 is 252. "
            f"Which type has numbers below 0? {flat}"
        )
    if unit.min() >= 0:
        raise Mistake(f"No turn changes your kernel. But it blurs: none of its numbers takes away. {flat}")
    raise Mistake(f"No turn changes your kernel. But its numbers add up to {total}. {flat}")


# --- A step by aim

_rng = np.random.default_rng(12)
_AT_THE_ENDS = np.array([0, 1, 2, 3, 5, 60, 128, 200, 250, 252, 253, 254, 255], np.uint8)


def _case(shape: tuple[int, int], levels: int, size: float) -> tuple[np.ndarray, np.ndarray, int]:
    gradient = _rng.normal(size=(*shape, 3)) * size
    gradient[_rng.random(gradient.shape) < 0.15] = 0
    return _rng.choice(_AT_THE_ENDS, gradient.shape), gradient, levels


_STEPS = cases(
    "image gradient levels",
    [
        # Small, and most mistakes tell themselves apart.
        (
            np.array([[[2, 254, 100], [3, 250, 128]]], np.uint8),
            np.array([[[-0.25, 0.75, 0.0], [0.75, -1.5, -2.5]]]),
            4,
        ),
        _case((4, 5), 1, 1.0),
        _case((7, 3), 8, 0.01),
        _case((6, 9), 40, 10.0),
        _case((5, 5), 0, 1.0),
    ],
)
_FAINT = cases("image gradient levels", [_case((4, 6), 4, 1e-12)])


def _clipped(x: np.ndarray) -> np.ndarray:
    return np.clip(x, 0, 255)


def _wrapped(x: np.ndarray) -> np.ndarray:
    return np.trunc(x) % 256


def _as_int8(x: np.ndarray) -> np.ndarray:
    """What is left of whole numbers in 8 bits with a sign."""
    return (np.trunc(x).astype(float) + 128) % 256 - 128


def _signs(gradient: np.ndarray, levels: int) -> np.ndarray:
    return levels * np.sign(gradient)


def _step(image: np.ndarray, gradient: np.ndarray, levels: int) -> np.ndarray:
    return _clipped(image + _signs(gradient, levels))


def _ended(end: Callable[[np.ndarray], np.ndarray]) -> Callable:
    """The right step, kept in the range in another way."""
    return lambda image, gradient, levels: end(image + _signs(gradient, levels))


def _stepped(step: Callable[[np.ndarray, int], np.ndarray]) -> list[Callable]:
    """Another step, of gradient and levels: kept in the range, cut off, rounded, as it is, as bytes."""
    return [
        lambda image, gradient, levels, end=end: end(image + step(gradient, levels))
        for end in (_clipped, lambda x: np.trunc(_clipped(x)), lambda x: np.rint(_clipped(x)), np.array,
                    _wrapped)
    ]  # fmt: skip


def _only_at(index: int | tuple) -> Callable:
    """The right step at one place of the picture, which is else as it was."""

    def step(image: np.ndarray, gradient: np.ndarray, levels: int) -> np.ndarray:
        moved = image.astype(float)
        moved[index] = _step(image, gradient, levels)[index]
        return moved

    return step


_BEGINS_AGAIN = (
    "Your numbers begin again at the other end: as bytes, 254 + 4 is 2, and 2 - 4 is 254. Add in a type that "
    "has room for both, and keep the sum in the range before it becomes bytes. A clip afterwards is too late."
)
_INT8 = (
    "int8 holds -128 to 127, and a picture goes up to 255: 254 becomes -2 there. Take a type with more room, "
    "before you add, and bytes only at the end."
)
_WHOLE_SLOPES = (
    "You make whole numbers of the gradient before you ask for its direction: -0.25 becomes 0 there, and a "
    "small slope tells the direction as well."
)
_ZERO_BY_ZERO = (
    "You divide where the gradient is 0, and 0 / 0 is nan, no number. Elsewhere {} What is to happen where "
    "the gradient is 0?"
)
_ONE_END = "You keep your numbers in the range at one end only. 0 and 255 are both ends."
_TIMES = (
    "The gradient says here how far to go, too: your step grows with its size. Each number is to move by "
    "`levels`, however steep it is there. What of the gradient says where to, and not how far?"
)
_ZERO = (
    "Where the gradient is 0, your number moves {}. A small change does nothing to the loss there: it is to "
    "stay."
)
_ONE_WAY = (
    "Your numbers only move {}. Where the gradient is {} 0, the loss grows if the number gets {}: it is to "
    "move, too."
)
_STEP_MISTAKES: list[tuple[Callable[[np.ndarray, int], np.ndarray], str]] = [
    (
        lambda g, n: -_signs(g, n),
        "You move against the gradient, as training moves weights, and the loss becomes smaller. Here it is "
        "to grow.",
    ),
    (
        lambda g, n: _signs(g, n) % 256,
        "Your steps down have become steps up: held as bytes, -4 is 252. Which type has numbers below 0?",
    ),
    (lambda g, n: np.where(g > 0, n, -n), _ZERO.format("down")),
    (lambda g, n: np.where(g >= 0, n, -n), _ZERO.format("up")),
    (lambda g, n: np.where(g > 0, -n, n), "You move against the gradient, and where it is 0, too."),
    (lambda g, n: np.where(g < 0, n, -n), "You move against the gradient, and where it is 0, too."),
    (lambda g, n: n * (g > 0), _ONE_WAY.format("up", "below", "smaller")),
    (lambda g, n: -n * (g < 0), _ONE_WAY.format("down", "above", "larger")),
    (
        lambda g, n: n * np.abs(np.sign(g)),
        "All your steps go up. Where the gradient is below 0, the loss grows if the number gets smaller.",
    ),
    (
        lambda g, n: np.full(g.shape, n),
        "You add `levels` to each number. That makes the picture brighter; the gradient has no say in it.",
    ),
    (lambda g, n: n * g, _TIMES),
    (lambda g, n: n * np.trunc(g), _TIMES),
    (lambda g, n: n * np.sign(np.trunc(g)), _WHOLE_SLOPES),
    (lambda g, n: n * np.sign(np.trunc(g) % 256), f"{_WHOLE_SLOPES} Bytes have no numbers below 0, "
                                                  "either."),
    (lambda g, n: n * np.sign(np.rint(g)), _WHOLE_SLOPES),
    (lambda g, n: g, "You add the gradient itself. `levels` has no say in it, and each number is to move by "
                     "so much."),
    (lambda g, n: -n * g, "You move against the gradient, and by its size. Neither is asked for."),
    (lambda g, n: n * g / (np.abs(g).max() or 1), f"You divide by the largest of the gradient. {_TIMES}"),
    (lambda g, n: n * g / (np.linalg.norm(g) or 1), f"You divide by the length of the gradient. {_TIMES}"),
    (lambda g, n: n * g / (np.abs(g).sum() or 1), f"You divide by all of the gradient, added up. {_TIMES}"),
    (lambda g, n: n * g / (np.abs(g).mean() or 1), f"You divide by the gradient's mean size. {_TIMES}"),
    (lambda g, n: n * g / (g.std() or 1), f"You divide by the spread of the gradient. {_TIMES}"),
    (
        lambda g, n: n * g / np.maximum(np.linalg.norm(g, axis=-1, keepdims=True), 1e-300),
        f"You divide each pixel's three slopes by their length. {_TIMES}",
    ),
    (lambda g, n: np.clip(g, -n, n), f"You bound the gradient by `levels`. {_TIMES}"),
    (lambda g, n: np.clip(n * g, -n, n), f"You bound the step by `levels`. {_TIMES}"),
    (lambda g, n: np.sign(g), "Each of your numbers moves by 1. `levels` says by how much."),
    (lambda g, n: n / 255 * np.sign(g), "You divide `levels` by 255. Here the picture goes up to 255, and "
                                        "`levels` counts in its numbers."),
    (lambda g, n: 255 * n * np.sign(g), "You multiply `levels` by 255. The picture goes up to 255, and "
                                        "`levels` counts in its numbers."),
    (
        lambda g, n: n * np.sign(g.sum(axis=-1, keepdims=True)),
        "The three colours of a pixel move together. Each number has a gradient of its own.",
    ),
    (
        lambda g, n: n * np.sign(g.mean()),
        "The whole picture moves in one direction. Each number has a gradient of its own.",
    ),
]  # fmt: skip
_WRONG_STEPS: list[Formula] = [
    (lambda image, g, n: image, "You return the picture as it was given. Does the sum get a name?"),
    (_ended(_wrapped), _BEGINS_AGAIN),
    (_ended(lambda x: np.maximum(_wrapped(x), 0)), _BEGINS_AGAIN),
    *(
        (formula, _INT8)
        for formula in (
            _ended(_as_int8),
            _ended(lambda x: _clipped(_as_int8(x))),
            _ended(lambda x: _as_int8(_clipped(x))),
            lambda image, g, n: _as_int8(image) + _signs(g, n),
            lambda image, g, n: _clipped(_as_int8(image) + _signs(g, n)),
        )
    ),
    (
        lambda image, g, n: np.where(g == 0, 0, _step(image, g, n)),
        "Where the gradient is 0, your number becomes 0. It is to stay as it was. Is there a division 0 / 0? "
        "It gives nan, and nan as a whole number is often 0.",
    ),
    (
        _ended(np.array),
        "Some of your numbers are below 0 or above 255. No screen shows them: the picture is to stay one, "
        "from 0 to 255.",
    ),
    *(
        (_ended(end), _ONE_END)
        for end in (
            lambda x: np.maximum(x, 0),
            lambda x: np.minimum(x, 255),
            lambda x: np.maximum(x, 0) % 256,
            lambda x: np.minimum(x, 255) % 256,
        )
    ),
    *(
        (_ended(end), "You keep your numbers from 0 to 256. The largest byte is 255.")
        for end in (lambda x: np.clip(x, 0, 256), lambda x: np.clip(x, 0, 256) % 256)
    ),
    (
        _ended(lambda x: np.clip(x, 0, 1)),
        "You keep your numbers from 0 to 1, and all the others become 1. Here 255 is white.",
    ),
    *(
        (
            lambda image, g, n, end=end: end(np.clip(image, n, 255 - n) + _signs(g, n)),
            "You clip the picture before you add, and so move what is near 0 and 255 by more than `levels`. "
            "Which of the two comes last?",
        )
        for end in (np.array, _clipped)
    ),
    (
        lambda image, g, n: _step(image, g, n) / 255,
        "Your numbers go from 0 to 1. Bytes are asked for, from 0 to 255, as they came.",
    ),
    (
        lambda image, g, n: image / 255 + _signs(g, n) / 255,
        "Your numbers are fractions, and some are below 0 or above 1. Bytes are asked for, from 0 to 255.",
    ),
    *(
        (
            lambda image, g, n, end=end: end(np.clip(image / 255 + _signs(g, n), 0, 1)),
            "The picture is divided by 255, and `levels` is not: each step goes from black to white. Stay "
            "with numbers up to 255.",
        )
        for end in (np.array, lambda x: 255 * x)
    ),
    *((formula, says) for step, says in _STEP_MISTAKES for formula in _stepped(step)),
    *(
        (formula, "This is the step alone. Add it to the picture.")
        for formula in (
            lambda image, g, n: _signs(g, n),
            lambda image, g, n: np.maximum(_signs(g, n), 0),
            lambda image, g, n: _signs(g, n) % 256,
        )
    ),
    *(
        (_only_at(index), f"{what} has moved. Does `return` stand inside the loop? A function ends there.")
        for index, what in ((np.s_[0, 0, 0], "Only the first number"), (np.s_[0, 0], "Only the first pixel"),
                            (0, "Only the first row"))
    ),
    (_only_at(np.s_[..., 0]), "Only channel 0 has moved. Each of the three has its gradient."),
]  # fmt: skip
_STOPS_STEP = [
    (
        "has no attribute 'sign'",
        "An array has no `.sign()`. NumPy has a function of this name, which takes the array.",
    ),
    (
        r"must be real number|only .*(?:size-1|0-dim|length-1)|can be converted to Python scalars",
        "Functions of `math` take one number, and a whole array stands there. Those of NumPy take each "
        "number of an array.",
    ),
    (
        "Cannot cast ufunc",
        "`+=` and `-=` write into the picture as it is, in bytes, and fractions or numbers below 0 have no "
        "place there. Give the sum a name of its own.",
    ),
]


@checker
def check_step(answer: object) -> tuple[str, Figure]:
    """Print whether a function moves each number of a picture in the direction in which the loss grows.

    Args:
        answer: a function of image (H, W, 3) uint8, of gradient (H, W, 3) and of levels, a whole number; it
            returns the picture (H, W, 3), each number moved by `levels` where the gradient is not 0, and kept
            from 0 to 255, in any type.
    """
    _expect_steps(answer, _STEPS, _WRONG_STEPS)
    try:
        _expect_steps(answer, _FAINT, [])
    except Mistake as wrong:
        raise Mistake(
            "With larger gradients your function is right. These are tiny, and tell the direction as well as "
            f"large ones: only 0 tells none. {wrong}"
        ) from None
    cat = examples()["test cat"]
    rng = np.random.default_rng(0)
    weights = rng.normal(size=cat.shape)
    aimed = _step(cat, weights, 4)
    sums = [
        abs(((_step(cat, direction, 4) - cat) * weights).sum())
        for direction in (weights, *rng.normal(size=(100, *cat.shape)))
    ]
    changed = np.clip(128 + 15 * (aimed - cat), 0, 255)
    message = (
        "Below is a cat, 3,072 numbers, and the same after a step of 4 levels. What it aims at is a made-up "
        f"sum: each number times a weight of its own. The step moves this sum by {sums[0]:,.0f}. Steps of 4 "
        f"levels by chance move it by {np.mean(sums[1:]):,.0f}, the mean of 100. With a picture twice as "
        "wide and twice as high, how many times as far would each of the two go?"
    )
    pictures = [cat, aimed.astype(np.uint8), changed.astype(np.uint8)]
    return message, figures.show_images(pictures, ["before", "after", "the step, 15 times"], 3)


def _expect_steps(answer: object, steps: list[Arguments], wrong_steps: list[Formula]) -> None:
    """Compare a learner's steps with the right ones, and explain what formulas do not know."""
    for arguments in steps:
        try:
            expect(answer, arguments, _step, wrong_steps, "picture")
        except Stopped as stop:
            raise stop.among(_STOPS_STEP) from None
        except Unexplained as wrong:
            if wrong.fits is None:
                raise
            short = _step(*arguments.values()) - wrong.result
            if np.isin(short.round(4), (0, 1)).all():
                raise Mistake(
                    "Some of your numbers are 1 too small. Fractions become bytes by being cut off, and "
                    f"6.9999 becomes 6. Whole numbers need no division. {wrong}"
                ) from None
            raise
        except Mistake as wrong:
            if "holds nan" in str(wrong):
                _explain_nan(answer, arguments)
            raise


def _explain_nan(answer: object, arguments: Arguments) -> None:
    """Raise the `Mistake` about a nan that comes from a gradient of 0, if that is what it comes from."""
    gradient = arguments["gradient"]
    steep = {**arguments, "gradient": np.where(gradient == 0, 0.5, gradient)}
    try:
        picture = returned(answer, steep, "Your picture")
    except Mistake:
        return
    right = same(squeeze(picture, 3), _step(*steep.values()))
    raise Mistake(
        _ZERO_BY_ZERO.format("you are right." if right else "you divide by something else, too.")
    ) from None


# --- What changes from frame to frame

_FRAMES = cases(
    "frames",
    [
        # Small: frames of two pixels, whose differences are above 127 and below 0, too.
        (np.array([[[10, 200]], [[12, 60]], [[255, 61]], [[0, 61]]], np.uint8),),
        (_rng.integers(0, 256, (2, 3, 4), np.uint8),),
        (_rng.integers(0, 256, (5, 4, 3), np.uint8),),
        (_rng.integers(0, 256, (3, 7, 6), np.uint8),),
        (_rng.integers(0, 256, (9, 5, 8), np.uint8),),
    ],
)
_FILM = ("difference", "row", "column")


def _differences(frames: np.ndarray) -> np.ndarray:
    return np.diff(frames.astype(float), axis=0)


def _of_differences(change: Callable[[np.ndarray], np.ndarray]) -> Callable:
    return lambda frames: change(_differences(frames))


def _of_frames(change: Callable[[np.ndarray], np.ndarray]) -> list[Callable]:
    """What a change makes of frames of floats, and what it makes of them as bytes."""
    return [lambda f: change(f.astype(float)), lambda f: change(f.astype(float)) % 256]


def _frame_mistakes(*mistakes: tuple[Callable, str]) -> list[Formula]:
    return [(formula, says) for change, says in mistakes for formula in _of_frames(change)]


_BELOW_0 = (
    "What gets darker comes out bright: as bytes, 60 - 200 is 116. A type afterwards is too late. Subtract "
    "in a type that has numbers below 0."
)
_NO_SIGNS = (
    "Your numbers have lost their signs, as abs() does it. The sign says in which direction a pixel changes, "
    "brighter or darker. Without them a film is the same forwards and backwards."
)
_NO_ROOM = "int8 holds -128 to 127, and a difference of two bytes can be larger. Take a type with more room."
_KEEPS_T = (
    "You return as many pictures as there are frames. But no frame {}: of T frames there are T - 1 "
    "differences."
)
_WRONG_FRAMES: list[Formula] = [
    (_of_differences(lambda d: d % 256), _BELOW_0),
    (
        _of_differences(lambda d: -d),
        "Your signs are turned. What becomes brighter is to be positive: the later frame less the earlier.",
    ),
    (
        _of_differences(lambda d: -d % 256),
        "You subtract the later frame from the earlier. And what is below 0 goes on from 255, as bytes do.",
    ),
    *((_of_differences(change), _NO_SIGNS) for change in (np.abs, lambda d: np.abs(_as_int8(d)))),
    (_of_differences(lambda d: np.abs(d) / 255), f"{_NO_SIGNS} And you divide by 255."),
    *(
        (formula, f"{_NO_SIGNS} And of T frames there are T - 1 differences.")
        for formula in (
            lambda f: np.abs(np.diff(f.astype(float), axis=0, prepend=f[:1])),
            lambda f: np.abs(np.diff(f.astype(float), axis=0, append=f[-1:])),
        )
    ),
    (
        _of_differences(lambda d: np.maximum(d, 0)),
        "Where it gets darker, you say 0. That, too, is a change, and below 0.",
    ),
    (
        _of_differences(lambda d: np.minimum(d, 0)),
        "Where it gets brighter, you say 0. That, too, is a change, and above 0.",
    ),
    (_of_differences(_as_int8), _NO_ROOM),
    (
        _of_differences(lambda d: _as_int8(-d)),
        f"You subtract the later frame from the earlier. And {_NO_ROOM}",
    ),
    *(
        (
            _of_differences(lambda d, low=low: np.clip(d, low, 127)),
            f"You cut off at {low} and 127. {_NO_ROOM}",
        )
        for low in (-128, -127)
    ),
    *(
        (
            _of_differences(lambda d, bits=bits: d % 2.0**bits),
            f"uint{bits} has no numbers below 0 either: the u is for unsigned.",
        )
        for bits in (16, 32, 64)
    ),
    *(
        (
            _of_differences(lambda d, bits=bits: -d % 2.0**bits),
            "You subtract the later frame from the earlier. And "
            f"uint{bits} has no numbers below 0 either: the u is for unsigned.",
        )
        for bits in (16, 32, 64)
    ),
    (_of_differences(lambda d: d / 255), "You divide by 255. Whole steps of brightness are asked for."),
    (
        _of_differences(lambda d: d / 2 + 127.5),
        "You move your numbers into the range of pixels. They are meant to be below 0 where it gets darker.",
    ),
    (
        _of_differences(lambda d: np.clip(d + 128, 0, 255)),
        "You move your numbers into the range of pixels. They are meant to be below 0 where it gets darker.",
    ),
    (_of_differences(np.sign), "You return the signs. By how much is asked, too."),
    (_of_differences(np.square), "Your differences are squared."),
    *_frame_mistakes(
        (
            lambda f: np.diff(f, axis=2),
            "You compare each column with the next, within a frame. Time is axis 0. (The last axis is what "
            "NumPy takes where none is named.)",
        ),
        (
            lambda f: np.diff(f, axis=1),
            "You compare each row with the next, within a frame. Time is axis 0: frames[0] is a frame.",
        ),
        (
            lambda f: f[-1] - f[0],
            "You compare the last frame with the first. What happens between them is lost.",
        ),
        (
            lambda f: f[-1:] - f[:1],
            "You compare the last frame with the first. What happens between them is lost.",
        ),
        (
            lambda f: f[0] - f[-1],
            "You compare the first frame with the last. Each with the next is asked for.",
        ),
        (lambda f: f[1:] - f[0], "You compare each frame with the first. Each with the one before is meant."),
        (lambda f: f - f[0], "You compare each frame with the first. Each with the one before is meant."),
        (lambda f: f[-1] - f[:-1], "You compare each frame with the last. Each with the next is meant."),
        (
            lambda f: f - f.mean(axis=0),
            "You compare each frame with the mean of all. Each with the one before is meant.",
        ),
        (
            lambda f: f[2:] - f[:-2],
            "You leave out the frame between: each is compared with the one after the next.",
        ),
        (
            lambda f: f[1::2] - f[: len(f) // 2 * 2 : 2],
            "You compare frames in pairs that share none. What happens from one pair to the next is missing.",
        ),
        (lambda f: np.diff(f, n=2, axis=0), "You take the differences of differences. Once is asked for."),
        (
            lambda f: np.diff(f, axis=0, prepend=f[:1]),
            _KEEPS_T.format("stands before the first"),
        ),
        (lambda f: np.diff(f, axis=0, append=f[-1:]), _KEEPS_T.format("comes after the last")),
        (
            lambda f: f - np.roll(f, 1, axis=0),
            "The first frame is compared with the last, as a roll or the index -1 does it. No frame stands "
            "before the first.",
        ),
        (
            lambda f: np.roll(f, -1, axis=0) - f,
            "The last frame is compared with the first, as a roll does it. No frame comes after the last.",
        ),
        (
            lambda f: f[:-1] - np.roll(f, 1, axis=0)[:-1],
            "The first frame is compared with the last, as the index -1 does it, and the last change is "
            "missing. Where does your loop begin, and where does it end?",
        ),
        (
            lambda f: np.diff(f, axis=0, prepend=0),
            "Your first picture is the first frame itself. Of T frames there are T - 1 differences.",
        ),
        (
            lambda f: np.gradient(f, axis=0),
            "You take the mean of the change before a frame and of that after it, as np.gradient does. From "
            "each frame to the next is asked.",
        ),
        (lambda f: f[1:] + f[:-1], "You add each two frames. How far apart are they?"),
        (
            lambda f: np.diff(f[::-1], axis=0),
            "You go through the film backwards: the first of your pictures is of the last two frames.",
        ),
        (
            lambda f: np.diff(f, axis=0)[::-1],
            "Your pictures stand in reverse. The first two frames come first.",
        ),
    ),
    (lambda f: f[1:], "You return the frames without the first. What has changed in each?"),
    (lambda f: f[:-1], "You return the frames without the last. What changes after each?"),
    (
        _of_differences(lambda d: np.concatenate([d[:1], np.zeros_like(d[1:])])),
        "Only the first of your pictures is right, the others are as they were at the start. Does `return` "
        "stand inside the loop? A function ends there.",
    ),
    *(
        (_of_differences(change), "You return the first change alone. Does `return` stand inside the loop?")
        for change in (lambda d: d[:1], lambda d: d[0])
    ),
    *(
        (
            _of_differences(change),
            "You return the last change alone: each has replaced the one before. Where do you keep them all?",
        )
        for change in (lambda d: d[-1:], lambda d: d[-1])
    ),
    (
        _of_differences(lambda d: d[:-1]),
        "The last change is missing. T frames make T - 1 differences: how far does your loop run?",
    ),
    (_of_differences(lambda d: d[1:]), "The first change is missing. Where does your loop begin?"),
    *(
        (_of_differences(change), "You put all changes together into one picture. Each keeps its own.")
        for change in (lambda d: d.sum(axis=0), lambda d: d.mean(axis=0))
    ),
    *(
        (_of_differences(change), "You return one number for each change. Each pixel keeps its own.")
        for change in (
            lambda d: d.sum(axis=(1, 2)),
            lambda d: d.mean(axis=(1, 2)),
            lambda d: np.abs(d).mean(axis=(1, 2)),
            lambda d: np.abs(d).sum(axis=(1, 2)),
        )
    ),
    (
        _of_differences(lambda d: np.moveaxis(d, 0, -1)),
        "Time has gone to the last axis. It stays the first: (T - 1, H, W).",
    ),
    (
        _of_differences(lambda d: d.swapaxes(1, 2)),
        "Rows and columns have changed places in your pictures.",
    ),
    (_of_differences(lambda d: d[:, ::-1]), "Your pictures are upside down."),
    (_of_differences(lambda d: d[:, :, ::-1]), "Your pictures are mirrored."),
    *(
        (
            _of_differences(change),
            "Your numbers are right, and the pictures have lost their rows and columns.",
        )
        for change in (np.ravel, lambda d: d.reshape(len(d), -1))
    ),
]


@checker
def check_differences(answer: object) -> tuple[str, Figure]:
    """Print whether a function says what becomes brighter and darker from each frame of a film to the next.

    Args:
        answer: a function of frames (T, H, W) uint8, T at least 2; it returns (T - 1, H, W), below 0 where it
            gets darker, in any type.
    """
    for arguments in _FRAMES:
        _expect_differences(answer, arguments)
    film = _ball([2, 3, 6, 11])
    maps = {
        f"{name}: frame {i} to {i + 1}": difference
        for i, both in enumerate(zip(_differences(film[::-1]), _differences(film), strict=True))
        for name, difference in zip("AB", both, strict=True)
    }
    figure = figures.plot_maps(maps, -255, 255)
    figure.axes[-1].set_xlabel("grey levels: below 0 darker, above 0 brighter")
    message = (
        "Below are the differences of two films of a bright ball. One shows it falling, faster and faster. "
        "The other is the same film, played backwards. Which is which, A or B, and by what do you know? The "
        "single frames are the same in both."
    )
    return message, figure


def _expect_differences(answer: object, arguments: Arguments) -> None:
    """Compare with the right differences, and explain shapes that formulas do not know."""
    frames = arguments["frames"]
    try:
        expect(answer, arguments, _differences, _WRONG_FRAMES, "result", _FILM)
    except Unexplained as wrong:
        if wrong.result.shape != frames.shape:
            raise
        raise Mistake(
            "You return as many pictures as there are frames. Of T frames there are T - 1 differences. "
            f"{wrong}"
        ) from None
    shape, wanted = returned(answer, arguments, "Your result").shape, (len(frames) - 1, *frames.shape[1:])
    if shape != wanted:
        raise Mistake(
            f"Your numbers are right. But your result has the shape {shape}, with an axis of length 1 that "
            f"nobody asked for: {wanted} was expected, (T - 1, H, W), one number a pixel."
        )


def _ball(rows: list[int]) -> np.ndarray:
    """A film of a ball, (T, 14, 20) uint8: in each frame its middle is in the row given, on dark grey."""
    row, column = np.indices((14, 20))
    return np.array([np.where((row - r) ** 2 + (column - 9) ** 2 < 6, 230, 40) for r in rows], np.uint8)
