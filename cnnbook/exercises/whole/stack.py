"""Exercise: what comes out of a stack of layers, and how many parameters it holds."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, same
from cnnbook.exercises.feedback import Arguments, Mistake, Stopped, call, checker, returned
from cnnbook.exercises.words import describe, given, show
from cnnbook.widgets import NetworkBuilder

Shape = tuple[int, int, int]

_ARTICLE = [
    part for filters in (32, 64, 128) for part in (("conv", filters, 3), ("conv", filters, 3), ("pool", 2))
]
_STACKS = cases(
    "shape stack",
    [
        # Small, and most mistakes tell themselves apart: 4 · (25 · 2 + 1) and 6 · (9 · 4 + 1) parameters.
        ((8, 13, 2), [("conv", 4, 5), ("pool", 3), ("conv", 6, 3)]),
        ((8, 12, 3), [("conv", 5, 1)]),
        ((8, 12, 3), [("pool", 2)]),
        ((9, 14, 2), [("pool", 2), ("conv", 4, 3), ("conv", 6, 3), ("pool", 2)]),
        ((20, 33, 1), [("conv", 3, 1), ("pool", 3), ("conv", 7, 5), ("pool", 2)]),
        ((32, 32, 3), _ARTICLE),
    ],
)


def _walk(
    shape: Shape,
    stack: Sequence[tuple],
    held: Callable[[int, int, int], int] = lambda k, c, f: (k * k * c + 1) * f,
    side: Callable[[int, int], float] = lambda n, size: n // size,
    reads: Callable[[int, int], int] = lambda before, image: before,
    shrink: Callable[[int, int], int] = lambda n, k: n,
    makes: Callable[[int, int], int] = lambda filters, before: filters,
) -> list[float]:
    """Return rows, columns, channels and parameters of a stack.

    held: parameters of a convolution, of kernel, channels and filters; side: what pooling leaves of a side;
    reads: the channels that a filter reads, of those before it and of the image; shrink: what a convolution
    leaves of a side; makes: how many channels it makes.
    """
    rows, columns, channels = shape
    parameters = 0
    for kind, number, *kernel in stack:
        if kind == "conv":
            parameters += held(kernel[0], reads(channels, shape[2]), number)
            channels = makes(number, channels)
            rows, columns = shrink(rows, kernel[0]), shrink(columns, kernel[0])
        else:
            rows, columns = side(rows, number), side(columns, number)
    return [rows, columns, channels, parameters]


def _with(**changes: Callable) -> Callable:
    return lambda shape, stack: _walk(shape, stack, **changes)


def _only(part: slice) -> Callable:
    return lambda shape, stack: _walk(shape, stack[part])


def _last_parameters(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    """The parameters of the last convolution alone, as if each count replaced the one before."""
    convolutions = [i for i, layer in enumerate(stack) if layer[0] == "conv"]
    before = _walk(shape, stack[: convolutions[-1]])[3] if convolutions else 0
    *out, parameters = _walk(shape, stack)
    return [*out, parameters - before]


def _pools_too(held: Callable[[int, int], int]) -> Callable:
    """Poolings hold parameters: of size and channels."""

    def walk(shape: Shape, stack: Sequence[tuple]) -> list[float]:
        *out, parameters = _walk(shape, stack)
        for i, (kind, size, *_) in enumerate(stack):
            parameters += held(size, _walk(shape, stack[:i])[2]) if kind == "pool" else 0
        return [*out, parameters]

    return walk


def _work(bias: int) -> Callable:
    """Multiply-adds in the place of parameters."""

    def walk(shape: Shape, stack: Sequence[tuple]) -> list[float]:
        rows, columns, channels, total = *shape, 0
        for kind, number, *kernel in stack:
            if kind == "conv":
                total += rows * columns * (kernel[0] ** 2 * channels + bias) * number
                channels = number
            else:
                rows, columns = rows // number, columns // number
        return [rows, columns, channels, total]

    return walk


def _told_apart(first: int, second: int) -> Callable:
    """As if a convolution were (kind, kernel, filters): these two numbers of it change places."""
    order = [0, first, second]
    return lambda shape, stack: _walk(
        shape, [tuple(layer[i] for i in order) if len(layer) == 3 else layer for layer in stack]
    )


def _filters_first(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    """The channels are overwritten before the parameters are counted."""
    return _walk(shape, stack, held=lambda k, c, f: (k * k * f + 1) * f)


def _rows_alone(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    rows, _, *rest = _walk(shape, stack)
    return [rows, shape[1], *rest]


def _columns_alone(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    _, *rest = _walk(shape, stack)
    return [shape[0], *rest]


def _columns_of_rows(again: bool) -> Callable:
    """Columns are worked out from the rows: from those before the pooling, or from those after it."""

    def walk(shape: Shape, stack: Sequence[tuple]) -> list[float]:
        rows, columns = shape[:2]
        for size in (layer[1] for layer in stack if layer[0] == "pool"):
            rows, columns = rows // size, rows // size // (size if again else 1)
        return [rows, columns, *_walk(shape, stack)[2:]]

    return walk


def _kernel_as_size(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    """Poolings whose window is the kernel of the convolution before."""
    rows, columns, kernel = *shape[:2], 1
    for layer in stack:
        if layer[0] == "conv":
            kernel = layer[2]
        else:
            rows, columns = rows // kernel, columns // kernel
    return [rows, columns, *_walk(shape, stack)[2:]]


def _more_parameters(count: int) -> Callable:
    return lambda shape, stack: np.add(_walk(shape, stack), [0, 0, 0, count])


def _channels_pooled(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    rows, columns, channels, parameters = *shape, 0
    for kind, number, *kernel in stack:
        if kind == "conv":
            parameters, channels = parameters + (kernel[0] ** 2 * channels + 1) * number, number
        else:
            rows, columns, channels = rows // number, columns // number, channels // number
    return [rows, columns, channels, parameters]


def _all_pools(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    rows, columns, channels = shape
    for layer in stack:
        rows, columns = rows // layer[1], columns // layer[1]
    return [rows, columns, channels, 0]


def _dense(bias: int) -> Callable:
    """Each convolution counted as a dense layer would be."""

    def walk(shape: Shape, stack: Sequence[tuple]) -> list[float]:
        rows, columns, channels, parameters = *shape, 0
        for kind, number, *_ in stack:
            if kind == "conv":
                parameters, channels = parameters + (rows * columns * channels + bias) * number, number
            else:
                rows, columns = rows // number, columns // number
        return [rows, columns, channels, parameters]

    return walk


_POOLS_LEARN = "You count parameters of poolings. Which of their numbers are learned?"
_PLACES_TOO = (
    "You count the places, too: these are multiply-adds. A weight is one parameter wherever it is used."
)
_SMALLER = "Your convolutions make the map smaller. Here their padding keeps its size."
_WRONG_STACKS: list[Formula] = [
    (
        _told_apart(2, 1),
        "Filters and kernel have changed places: a convolution is (kind, filters, kernel).",
    ),
    (
        _filters_first,
        "Your channels are the new ones before the parameters are counted. A filter reads the channels that "
        "come in.",
    ),
    (_rows_alone, "Your poolings leave the columns as they are. The window moves along both."),
    (_columns_alone, "Your poolings leave the rows as they are. The window moves along both."),
    *(
        (_columns_of_rows(again), "Your columns are worked out from the rows. How many came in?")
        for again in (False, True)
    ),
    (
        _kernel_as_size,
        "Your poolings take the kernel of the convolution before as their size. Where does a pooling say its "
        "own?",
    ),
    (_channels_pooled, "Your poolings take channels away. Each map is pooled by itself, and none is lost."),
    (
        _all_pools,
        "Each of your layers is treated as a pooling. The kind of a convolution is written \"conv\".",
    ),
    (_dense(0), "You count a weight for every place. The places of a convolution share its weights."),
    (_dense(1), "You count a weight for every place. The places of a convolution share its weights."),
    (_with(held=lambda k, c, f: k * k * c * f), "Your biases are missing: each filter adds one number."),
    (
        _with(held=lambda k, c, f: (k * k + 1) * f),
        "Your filters have one kernel each. A filter has one for every channel that it reads.",
    ),
    (
        _with(held=lambda k, c, f: k * k * f),
        "Your filters have one kernel each, and no bias. A filter has a kernel for every channel "
        "that it reads.",
    ),
    *(
        # k^2 * c is k ^ (2 * c).
        (
            _with(held=held),
            "`^` is no power in Python: it compares bits, and 3 ^ 2 is 1. What stands for a power?",
        )
        for held in (
            lambda k, c, f: (k ^ (2 * c + 1)) * f,
            lambda k, c, f: ((c * k) ^ 3) * f,
            lambda k, c, f: ((k ^ 2) * c + 1) * f,
            lambda k, c, f: k ^ (2 * c * f + f),
            lambda k, c, f: (f * k) ^ (2 * c + f),
            lambda k, c, f: (c * k) ^ (3 * f),
            lambda k, c, f: (f * c * k) ^ (2 + f),
            lambda k, c, f: k ^ (2 * c * f),
            lambda k, c, f: (k ^ 2) * c * f,
        )
    ),
    *(
        (
            _with(held=held),
            "You multiply the side of the kernel by 2. A square of 3×3 has more cells than 6.",
        )
        for held in (lambda k, c, f: (2 * k * c + 1) * f, lambda k, c, f: 2 * k * c * f)
    ),
    (
        _with(held=lambda k, c, f: (k * c + 1) * f),
        "You multiply by the side of the kernel once. It has rows and columns.",
    ),
    (
        _with(held=lambda k, c, f: k * c * f),
        "You multiply by the side of the kernel once. It has rows and columns. And the biases are missing.",
    ),
    (
        _with(held=lambda k, c, f: k * k * c),
        "You count the weights of one filter of each layer, and no bias. How many filters are there?",
    ),
    (
        _with(held=lambda k, c, f: k * k * c + f),
        "You count the weights of one filter and the biases of all. `*` comes before `+`: what belongs into "
        "brackets?",
    ),
    (
        _with(held=lambda k, c, f: (k * k + 1) * c * f),
        "You count a bias for every kernel. It is added once the sums of all channels are added up: "
        "one a filter.",
    ),
    (
        _with(held=lambda k, c, f: k * k * c * f + 1),
        "You count one bias a layer. Each filter has one of its own.",
    ),
    (
        _with(held=lambda k, c, f: k * k * c + 1),
        "You count one filter of each layer. How many are there?",
    ),
    (
        _with(held=lambda k, c, f: (k * k * c + f) * f),
        "Each of your filters has as many biases as there are filters. It has one.",
    ),
    (
        _with(held=lambda k, c, f: k * k * c * f + c),
        "You count a bias for each channel that comes in. It belongs to a filter, and to what comes out.",
    ),
    (
        _with(reads=lambda before, image: image),
        "Each of your layers reads the channels of the image. What does the second convolution read?",
    ),
    (
        _with(reads=lambda before, image: image, makes=lambda filters, before: before),
        "The channels stay those of the image. How many maps does a convolution make?",
    ),
    (
        _with(makes=lambda filters, before: before),
        "The channels stay those of the image. How many maps does a convolution make?",
    ),
    (
        _with(makes=lambda filters, before: filters * before),
        "You multiply the filters by the channels. A filter adds up all channels that it reads, and "
        "makes one map.",
    ),
    (
        _with(makes=lambda filters, before: filters + before),
        "You add the filters to the channels. What comes out are the maps of the filters, and nothing else.",
    ),
    *(
        (_with(shrink=shrink), _SMALLER)
        for shrink in (lambda n, k: n - k + 1, lambda n, k: n - k, lambda n, k: n // k)
    ),
    (
        _with(side=lambda n, size: n),
        "You return the rows and columns of the image. What do the poolings leave of them?",
    ),
    (
        _with(side=lambda n, size: -(-n // size)),
        "You round up where a window does not fit. It is left out.",
    ),
    (
        _with(side=lambda n, size: round(n / size)),
        "You round to the nearest number where a window does not fit. It is left out.",
    ),
    (_with(side=lambda n, size: n // 2), "Your poolings halve, whatever their size."),
    (
        _with(side=lambda n, size: n - size + 1),
        "Your pooling window moves by 1. It moves by its own size.",
    ),
    (_with(side=lambda n, size: n - size), "You subtract the size of the window. How often does it fit?"),
    (
        _with(side=lambda n, size: (n - size) // size),
        "Your poolings make a row and a column too few. The window at the very beginning counts, too.",
    ),
    *(
        (_pools_too(held), _POOLS_LEARN)
        for held in (
            lambda size, channels: size * size,
            lambda size, channels: size * size * channels,
            lambda size, channels: (size * size + 1) * channels,
            lambda size, channels: (size * size * channels + 1) * channels,
        )
    ),
    *((_work(bias), _PLACES_TOO) for bias in (0, 1)),
    (_more_parameters(1), "One parameter is too many. With what do they begin, before the first layer?"),
    *(
        (_more_parameters(count), "Your parameters are nearly right. Which number do you add or leave out?")
        for count in (-2, -1, 2)
    ),
    (_last_parameters, "These are the parameters of the last convolution. Those before it count, too."),
    (_only(slice(1)), "You stop after the first layer. Does `return` stand inside the loop?"),
    (
        _only(slice(-1)),
        "The last layer is left out. How far does your loop run, and where does `return` stand?",
    ),
    (_only(slice(1, None)), "The first layer is left out."),
    (
        lambda shape, stack: [*_walk(shape, stack)[:2], shape[2], _walk(shape, stack)[3]],
        "You return the channels of the image. The filters of the last convolution make them anew.",
    ),
    (
        lambda shape, stack: [*_walk(shape, stack)[:3], 0],
        "Your parameters stay 0. Is what each layer holds added to them?",
    ),
    (
        lambda shape, stack: np.take(_walk(shape, stack), [1, 0, 2, 3]),
        "Rows and columns have changed places. Rows come first.",
    ),
    (
        lambda shape, stack: np.take(_walk(shape, stack), [3, 0, 1, 2]),
        "The parameters come last: rows, columns, channels, parameters.",
    ),
    (
        lambda shape, stack: np.take(_walk(shape, stack), [2, 0, 1, 3]),
        "The channels come third: rows, columns, channels, parameters.",
    ),
]  # fmt: skip
_STOPS_STACK = [
    (
        "tuple index out of range",
        "A layer has no part with this number. Parts are counted from 0: the kind is layer[0], a pooling "
        "ends with layer[1], a convolution with layer[2].",
    ),
    (
        "not enough values to unpack",
        "Not all layers have three parts: a pooling has two, its kind and its size. Ask for the kind first.",
    ),
    ("too many values to unpack", "A convolution has three parts, a pooling two. Ask for the kind first."),
    (
        "unsupported operand|can't multiply sequence|must be str",
        "A layer is a tuple there, and its first part is a text. layer[1] is its first number.",
    ),
    (
        "'int' object is not subscriptable|cannot unpack non-iterable int",
        "A single number has no parts. Filters, kernel and size are one number each.",
    ),
]
_FOUR = ("rows", "columns", "channels", "parameters")


@checker
def check_stack(answer: object) -> tuple[str, NetworkBuilder]:
    """Print whether a function follows shape and parameters through a stack.

    Args:
        answer: a function of shape, (rows, columns, channels), and of stack, a list of ("conv", filters,
            kernel), with padding that keeps the size, and ("pool", size); it returns rows, columns, channels
            and parameters.
    """
    for arguments in _STACKS:
        try:
            _expect_stack(answer, arguments)
        except Stopped as stop:
            raise stop.among(_STOPS_STACK) from None
    message = (
        "The last stack was the convolutions and poolings of the article's network: 4 × 4 × 128, and 287,008 "
        "parameters. Below is LeNet-5, nearly, whose convolutions have no padding. Which line would you "
        "have to add for it?"
    )
    return message, NetworkBuilder("lenet")


def _expect_stack(answer: object, arguments: Arguments) -> None:
    """Compare a learner's four numbers with the right ones."""
    right = np.array(_walk(*arguments.values()), float)
    _expect_four(answer, arguments, right)
    try:
        expect(answer, arguments, lambda *_: right, _WRONG_STACKS, "result")
    except Unexplained as wrong:
        if wrong.place is None:
            raise Mistake(f"Four numbers were expected: {', '.join(_FOUR)}. {wrong}") from None
        raise Mistake(f"{_look_at_stack(wrong.result, right)} {wrong}") from None


def _expect_four(answer: object, arguments: Arguments, right: np.ndarray) -> None:
    """Raise a `Mistake` that says what is missing, unless a learner's function returns four numbers."""
    try:
        result = returned(answer, arguments, "Your result").ravel()
    except Mistake as wrong:
        if "made of numbers" not in str(wrong) or "quotes" in str(wrong):
            raise
        raise Mistake(
            f"Four numbers side by side were expected, {', '.join(_FOUR)}, without brackets or names among "
            f"them, and this is {describe(call(answer, arguments))}."
        ) from None
    if result.size == len(right):
        return
    says = f"Four numbers were expected: {', '.join(_FOUR)}."
    for parts in combinations(range(len(right)), result.size):
        if same(result, right[list(parts)]):
            says = f"Missing: {', '.join(name for i, name in enumerate(_FOUR) if i not in parts)}. {says}"
    came = show(result) if result.size < 10 else f"{result.size} numbers"
    raise Mistake(f"{says} With {given(arguments)} you return {came}.")


def _look_at_stack(result: np.ndarray, right: np.ndarray) -> str:
    """Say where to look in four numbers that no known mistake explains."""
    for name, side in zip(_FOUR[:2], result[:2], strict=True):
        if not float(side).is_integer():
            return f"You have {show(side)} {name}. A window that does not fit is left out, and no part stays."
    if same(np.sort(result), np.sort(right)):
        return f"Your four numbers stand in another order than is asked for: {', '.join(_FOUR)}."
    return f"Look at the {_FOUR[int(np.argmax(np.abs(result - right) > 0.01))]}."
