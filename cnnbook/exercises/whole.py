"""Exercises of the chapter on a whole network."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, expect_formula
from cnnbook.exercises.feedback import Mistake, Stopped, checker
from cnnbook.widgets import NetworkBuilder

# --- What comes out of a stack, and what it holds

Shape = tuple[int, int, int]

_ARTICLE = [
    part for filters in (32, 64, 128) for part in (("conv", filters, 3), ("conv", filters, 3), ("pool", 2))
]
_STACKS = cases(
    "shape stack",
    [
        # Small, and most mistakes tell themselves apart: 4 · (9 · 2 + 1) and 6 · (25 · 4 + 1) parameters.
        ((8, 13, 2), [("conv", 4, 3), ("pool", 3), ("conv", 6, 5)]),
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


def _pools_too(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    rows, columns, channels, parameters = shape[0], shape[1], shape[2], 0
    for kind, number, *kernel in stack:
        if kind == "conv":
            parameters, channels = parameters + (kernel[0] ** 2 * channels + 1) * number, number
        else:
            parameters += number * number
            rows, columns = rows // number, columns // number
    return [rows, columns, channels, parameters]


def _work(shape: Shape, stack: Sequence[tuple]) -> list[float]:
    """Multiply-adds in the place of parameters."""
    rows, columns, channels, total = *shape, 0
    for kind, number, *kernel in stack:
        if kind == "conv":
            total, channels = total + rows * columns * kernel[0] ** 2 * channels * number, number
        else:
            rows, columns = rows // number, columns // number
    return [rows, columns, channels, total]


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
    (
        _with(held=lambda k, c, f: (k * c + 1) * f),
        "You multiply by the side of the kernel once. It has rows and columns.",
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
    (
        _with(shrink=lambda n, k: n - k + 1),
        "Your convolutions make the map smaller. Here their padding keeps its size.",
    ),
    (
        _with(side=lambda n, size: n),
        "You return the rows and columns of the image. What do the poolings leave of them?",
    ),
    (
        _with(side=lambda n, size: n / size),
        "Half a row came out of a pooling. A window that does not fit is left out.",
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
    (_pools_too, "You count parameters of poolings. Which of their numbers are learned?"),
    (
        _work,
        "You count the places, too: these are multiply-adds. A weight is one parameter wherever it is "
        "used.",
    ),
    (_last_parameters, "These are the parameters of the last convolution. Those before it count, too."),
    (_only(slice(1)), "You stop after the first layer. Does `return` stand inside the loop?"),
    (_only(slice(-1)), "The last layer is left out."),
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
    (lambda shape, stack: _walk(shape, stack)[:3], "This is the shape. The parameters are asked for, too."),
    (lambda shape, stack: _walk(shape, stack)[3], "These are the parameters. The shape is asked for, too."),
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
]


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
            expect(answer, arguments, lambda *a: np.array(_walk(*a), float), _WRONG_STACKS, "result")
        except Stopped as stop:
            raise stop.among(_STOPS_STACK) from None
        except Unexplained as wrong:
            if wrong.place is None:
                raise Mistake(
                    f"Four numbers were expected: rows, columns, channels, parameters. {wrong}"
                ) from None
            what = ("rows", "columns", "channels", "parameters")[wrong.place[0]]
            raise Mistake(f"Look at the {what}. {wrong}") from None
    message = (
        "The last stack was the convolutions and poolings of the article's network: 4 × 4 × 128, and 287,008 "
        "parameters. Below is LeNet-5, nearly, whose convolutions have no padding. Which line would you "
        "have to add for it?"
    )
    return message, NetworkBuilder("lenet")


# --- How far a number sees

_FIELDS = cases(
    "stack",
    [
        ([(3, 1)],),
        ([(3, 1), (3, 1)],),
        ([(2, 2), (3, 1)],),
        ([(3, 1), (2, 2), (3, 1)],),
        ([(7, 2), (3, 2), (5, 1), (3, 3), (4, 1)],),
        ([(1, 1), (5, 4), (1, 2), (3, 1)],),
        ([(3, 1), (3, 1), (2, 2)] * 3,),
        ([(11, 4), (3, 2), (5, 1), (3, 2)],),
    ],
)
Layers = Sequence[tuple[int, int]]


def _field(stack: Layers) -> int:
    field, jump = 1, 1
    for kernel, stride in stack:
        field += (kernel - 1) * jump
        jump *= stride
    return field


def _grown(
    stack: Layers,
    adds: Callable[[int, int, int], int] = lambda k, s, jump: (k - 1) * jump,
    jumps: Callable[[int, int, int], int] = lambda k, s, jump: jump * s,
    start: int = 1,
    own_first: bool = False,
) -> int:
    """A field that grows by `adds` a layer and whose jump becomes `jumps`, from `start` on.

    own_first: a layer's own stride changes the jump before the layer looks.
    """
    field, jump = start, 1
    for kernel, stride in stack:
        if own_first:
            jump = jumps(kernel, stride, jump)
        field += adds(kernel, stride, jump)
        if not own_first:
            jump = jumps(kernel, stride, jump)
    return field


def _backwards(stack: Layers) -> int:
    """The right recursion from the output, in the wrong order."""
    field = 1
    for kernel, stride in stack:
        field = (field - 1) * stride + kernel
    return field


def _times_stride(stack: Layers) -> int:
    field = 1
    for kernel, stride in reversed(stack):
        field = field * stride + kernel - 1
    return field


def _jump(stack: Layers) -> int:
    return int(np.prod([stride for _, stride in stack], initial=1))


def _forward(stack: Layers, step: Callable[[int, int, int], int]) -> int:
    """A field that each layer makes of the one before: of field, kernel and stride."""
    field = 1
    for kernel, stride in stack:
        field = step(field, kernel, stride)
    return field


_WRONG_FIELDS: list[Formula] = [
    (
        lambda stack: _field([(stride, kernel) for kernel, stride in stack]),
        "Kernel and stride have changed places: a layer is (kernel, stride).",
    ),
    (
        lambda stack: _forward(stack, lambda field, k, s: field * s + k - 1),
        "You multiply the field by the stride. It is the gaps between outputs that a stride makes larger.",
    ),
    (
        lambda stack: _forward(stack, lambda field, k, s: field * k * s),
        "You multiply kernels and strides. Windows overlap: two of 3×3 see 5 pixels.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k - 1) * _jump(stack),
        "You multiply by the jump once, at the end. Each layer looks with the jump that holds where it "
        "stands.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: 2 * jump),
        "Each of your layers adds two cells, as 3×3 does. The kernel can be another.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: (k - s) * jump),
        "You subtract the stride from the kernel. Of k cells in a row, how many gaps are between the first "
        "and the last?",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k // 2 * jump),
        "You add half of the kernel. It looks to both sides.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: 2 * (k // 2) * jump),
        "You add half of the kernel on each side. A kernel of an even size has no middle: count its cells.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k - 1),
        "Your strides change nothing. After one, neighbouring outputs are further apart than pixels.",
    ),
    (
        lambda stack: _grown(stack, own_first=True),
        "Each of your layers looks with its own stride. A stride moves apart what the layers "
        "*behind* it read.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k * jump),
        "You add the whole kernel. Of k cells that stand a jump apart, how many jumps are between "
        "the first and the last?",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k * jump, start=0),
        "You add the whole kernel, from 0 on. Of k cells that stand a jump apart, how many jumps are "
        "between the first and "
        "the last?",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k),
        "You add up the kernels. Windows overlap: two of 3×3 see 5 pixels.",
    ),
    (
        lambda stack: sum(kernel for kernel, _ in stack),
        "You add up the kernels. Windows overlap: two of 3×3 see 5 pixels.",
    ),
    (
        lambda stack: int(np.prod([kernel for kernel, _ in stack], initial=1)),
        "You multiply the kernels. Windows overlap: two of 3×3 see 5 pixels.",
    ),
    (
        lambda stack: _grown(stack, start=0),
        "One pixel is missing: without any layer, a number sees itself.",
    ),
    (
        lambda stack: _grown(stack, start=0, adds=lambda k, s, jump: k - 1),
        "One pixel is missing, and your strides change nothing.",
    ),
    (
        lambda stack: _grown(stack, jumps=lambda k, s, jump: jump + s),
        "Your jump grows by the stride. Behind a stride of 2 and a stride of 3, how far apart are "
        "two neighbours?",
    ),
    (
        lambda stack: _grown(stack, jumps=lambda k, s, jump: jump + s - 1),
        "Your jump grows by the stride. Behind a stride of 2 and a stride of 3, how far apart are "
        "two neighbours?",
    ),
    (
        lambda stack: _grown(stack, jumps=lambda k, s, jump: s),
        "Your jump is that of the layer before alone. Behind a stride of 2 and a stride of 3, how "
        "far apart are two "
        "neighbours?",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: (k - 1) * s),
        "Each of your layers looks with its own stride, and with none of those before it.",
    ),
    (
        lambda stack: _grown(stack, jumps=lambda k, s, jump: 2 * jump if s > 1 else jump),
        "Your jump doubles at each stride. Strides can be larger than 2.",
    ),
    (
        _backwards,
        "Your rule leads from an output back to the pixels. In which order does it meet the layers?",
    ),
    (
        _times_stride,
        "You multiply the whole field by the stride. Between `field` neighbours there is one gap less.",
    ),
    (_jump, "This is how far apart neighbouring numbers are. How many pixels does one of them span?"),
    (
        lambda stack: _grown(stack[:1]),
        "You stop after the first layer. Does `return` stand inside the loop?",
    ),
    (lambda stack: _grown(stack[:-1]), "The last layer is left out."),
    (lambda stack: _grown(stack[1:]), "The first layer is left out."),
    (
        lambda stack: _grown(stack[-1:]),
        "This is what the last layer sees of the one before it. How many pixels is that?",
    ),
    (lambda stack: _field(stack) ** 2, "This is how many pixels the square holds. Its side is asked for."),
    (
        lambda stack: _field(stack) + 1,
        "One pixel is too many: without any layer, a number sees itself alone.",
    ),
    (lambda stack: 1, "Your field stays 1. What does each layer add to it?"),
]  # fmt: skip


@checker
def check_field(answer: object) -> str:
    """Print whether a function works out the receptive field of a stack.

    Args:
        answer: a function of stack, a list of (kernel, stride), the first layer first; it returns the pixels
            that a number behind the last one spans.
    """
    try:
        expect_formula(answer, _FIELDS, _field, _WRONG_FIELDS, "field")
    except Stopped as stop:
        raise stop.among(
            [
                (
                    "unsupported operand|can't multiply sequence|not callable",
                    "A layer is a pair there, (kernel, stride). Which of its two numbers do you mean?",
                ),
            ]
        ) from None
    return (
        "The article's three blocks were among them, 36 pixels behind the last pooling, and "
        "AlexNet's beginning: "
        "67 pixels after two convolutions and two poolings. What would you change to see more: "
        "larger kernels, more "
        "layers, or strides, and where?"
    )


# --- Batch normalization in use

_rng = np.random.default_rng(8)


def _drawn(channels: int) -> tuple:
    return (
        _rng.normal(size=channels).round(2),
        (_rng.random(channels) * 3 + 0.1).round(2),
        (_rng.normal(size=channels) + 0.3).round(2),
        _rng.normal(size=channels).round(2),
        0.001,
    )


_NORMALIZED = cases(
    "mean variance gamma beta epsilon",
    [
        # The numbers of the first can be worked out by hand: the roots are 2 and 3. Every mistake below gives
        # numbers of its own (tested).
        (np.array([2.0, -1.0]), np.array([3.0, 8.0]), np.array([6.0, 15.0]), np.array([1.0, 0.5]), 1.0),
        _drawn(3),
        _drawn(7),
        (np.array([0.5, 0.25]), np.array([0.0, 0.01]), np.array([2.0, -1.0]), np.array([0.0, 3.0]), 0.001),
    ],
)


def _fold(mean, variance, gamma, beta, epsilon):
    factor = gamma / np.sqrt(variance + epsilon)
    return np.stack([factor, beta - factor * mean])


def _both(factor: Callable, term: Callable | None = None) -> Callable:
    """Rows of a factor, and of a term that is made of it: beta - factor * mean, unless told otherwise."""

    def fold(mean, variance, gamma, beta, epsilon):
        f = factor(mean, variance, gamma, beta, epsilon)
        t = beta - f * mean if term is None else term(f, mean, variance, gamma, beta, epsilon)
        return np.stack([np.broadcast_to(f, mean.shape), np.broadcast_to(t, mean.shape)])

    return fold


def _right(m, v, g, b, e):
    return g / np.sqrt(v + e)


_OUTSIDE = "ε stands below the root, beside the variance: added before the root is taken."
_WRONG_FOLDS: list[Formula] = [
    (
        _both(lambda m, v, g, b, e: g / (v + e) ** 1 / 2),
        "A power comes before a division: `** 1 / 2` divides by 2. Write `** 0.5`, or np.sqrt.",
    ),
    (
        _both(lambda m, v, g, b, e: g / np.sqrt(v**2 + e)),
        "You square the variance. It is a square already: its root is the spread.",
    ),
    (
        _both(lambda m, v, g, b, e: (g - m) / np.sqrt(v + e), lambda f, m, v, g, b, e: b),
        "You subtract the mean from γ. It is subtracted from x, and so it ends up in the term.",
    ),
    (
        _both(lambda m, v, g, b, e: g / np.sqrt(v + e) - m, lambda f, m, v, g, b, e: b),
        "You subtract the mean from the factor. What is left of the formula when x is 0? That is the term.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: (b - m) / np.sqrt(v + e)),
        "You divide β by the spread, too, and γ is missing from your term. β is added at the end.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: b - g * m / (v + e)),
        "Your term divides by the variance. The spread is its root.",
    ),
    (_both(lambda m, v, g, b, e: g / np.sqrt(v)), "ε is missing: it is added to the variance."),
    (_both(lambda m, v, g, b, e: g / (np.sqrt(v) + e)), _OUTSIDE),
    (_both(lambda m, v, g, b, e: g / np.sqrt(v) + e), _OUTSIDE),
    (
        _both(lambda m, v, g, b, e: g / (v + e)),
        "You divide by the variance. The spread is its root.",
    ),
    (
        _both(lambda m, v, g, b, e: g / v),
        "You divide by the variance. The spread is its root, and ε is missing.",
    ),
    (
        _both(lambda m, v, g, b, e: g * np.sqrt(v + e)),
        "You multiply by the spread. It is divided by.",
    ),
    (
        _both(lambda m, v, g, b, e: g / (v + e) ** 2),
        "You divide by the square of the variance. The spread is its root.",
    ),
    (_both(lambda m, v, g, b, e: g / np.sqrt(v - e)), "ε is subtracted from the variance. It is added."),
    (_both(lambda m, v, g, b, e: 1 / np.sqrt(v + e)), "γ is missing: it multiplies what was divided."),
    (
        _both(lambda m, v, g, b, e: g),
        "Your factor is γ alone. By what is the difference from the mean divided?",
    ),
    (
        _both(lambda m, v, g, b, e: np.sqrt(v + e) / g),
        "Your factor is upside down: γ stands above the line, the spread below.",
    ),
    (_both(_right, lambda f, m, v, g, b, e: b), "Your term is β alone. What is left when x is 0?"),
    (
        _both(_right, lambda f, m, v, g, b, e: b - m),
        "You subtract the mean as it is. It stands in the bracket, and is multiplied along with x.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: b + f * m),
        "The mean is added. It is subtracted from x, and so from the term.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: f * m - b),
        "Your term has the opposite sign.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: -f * m),
        "β is missing from your term.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: f * (b - m)),
        "You multiply β by the factor, too. It is added at the end.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: b - m / np.sqrt(v + e)),
        "Your term divides the mean, and leaves out γ, which multiplies all of the fraction.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: b - g * m),
        "Your term multiplies the mean by γ, and leaves out the spread below the line.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: b - m / f),
        "Your term divides the mean by the factor. The bracket is multiplied by it.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: f * b - m),
        "Your term multiplies β by the factor, and leaves the mean as it is. Which of the two is in "
        "the bracket?",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: m - f * b),
        "Mean and β have changed places in your term.",
    ),
    (
        _both(lambda m, v, g, b, e: b / np.sqrt(v + e), lambda f, m, v, g, b, e: g - f * m),
        "γ and β have changed places: γ multiplies, β is added.",
    ),
    (
        _both(lambda m, v, g, b, e: g / np.sqrt(m + e), lambda f, m, v, g, b, e: b - f * v),
        "Mean and variance have changed places.",
    ),
    (
        _both(lambda m, v, g, b, e: g / np.sqrt(v.mean() + e), lambda f, m, v, g, b, e: b - f * m),
        "You take one variance for all channels. Each has its own.",
    ),
    (
        _both(_right, lambda f, m, v, g, b, e: b - f * m.mean()),
        "You take one mean for all channels. Each has its own.",
    ),
    (
        _both(lambda m, v, g, b, e: g / v.std(), lambda f, m, v, g, b, e: b - f * m),
        "np.std of the variances says how far *they* lie apart. The spread of a channel is the root "
        "of its own variance.",
    ),
    (lambda *a: _fold(*a)[::-1], "Factor and term have changed places: the factor comes first."),
    (
        lambda *a: _fold(*a).T,
        "Your result has a row for each channel. One row of factors and one of terms are asked for.",
    ),
    (
        lambda *a: _fold(*a).ravel(),
        "Your numbers are right, and stand in one row. Two are asked for: factors, terms.",
    ),
    (lambda *a: _fold(*a)[0], "These are the factors. The terms are asked for, too."),
    (lambda *a: _fold(*a)[1], "These are the terms. The factors are asked for, too."),
    (
        lambda *a: _fold(*a).sum(axis=0),
        "You add factor and term. They are asked for one by one: x is not known yet.",
    ),
    (lambda *a: _fold(*a)[:, 0], "This is the first channel. Each has its two numbers."),
]  # fmt: skip


@checker
def check_fold(answer: object) -> tuple[str, Figure]:
    """Print whether a function makes a factor and a term of batch normalization in use.

    Args:
        answer: a function of mean, variance, gamma and beta, (C,) each, and of epsilon; it returns (2, C),
            factors and terms.
    """
    for arguments in _NORMALIZED:
        try:
            expect(answer, arguments, _fold, _WRONG_FOLDS, "result")
        except Stopped as stop:
            raise stop.among(
                [
                    (
                        "math|only .*size-1|only 0-dim|only length-1",
                        "math.sqrt takes one number. np.sqrt takes the root of each number of an array.",
                    )
                ]
            ) from None
        except Unexplained as wrong:
            if wrong.place is None:
                raise
            what = ("factor", "term")[wrong.place[0]]
            raise Mistake(f"Look at the {what} of channel {wrong.place[1]}. {wrong}") from None
    from cnnbook.runs import load_run

    layer = load_run("baseline").model().get_layer("bn2")  # needs Keras
    gamma, beta, mean, variance = (np.array(w, float) for w in layer.get_weights())
    factor = _fold(mean, variance, gamma, beta, layer.epsilon)[0]
    x = np.linspace(0, 3, 60)
    rows = factor[:, None] * x + _fold(mean, variance, gamma, beta, layer.epsilon)[1][:, None]
    message = (
        "Below are the 32 channels of the recorded network's bn2, a row each: what it makes of 0 on "
        "the left, to "
        "3 on the right. A straight line each, so nothing bends. How would the rows look if all γ were 0?"
    )
    return message, figures.plot_maps({"bn2 in use": rows}, -4, 4, columns=1)
