"""Exercises of the chapter on a whole network."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, expect_formula, same
from cnnbook.exercises.feedback import Arguments, Mistake, Stopped, call, checker, returned
from cnnbook.exercises.words import describe, given, show
from cnnbook.widgets import NetworkBuilder

# --- What comes out of a stack, and what it holds

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


def _field_times_jump(stack: Layers, inside: bool) -> int:
    """The field is multiplied by the jump, too: inside the bracket with what a layer adds, or before it."""
    field, jump = 1, 1
    for kernel, stride in stack:
        field = (field + kernel - 1) * jump if inside else field * jump + kernel - 1
        jump *= stride
    return field


def _jump(stack: Layers) -> int:
    return int(np.prod([stride for _, stride in stack], initial=1))


def _forward(stack: Layers, step: Callable[[int, int, int], int], start: int = 1) -> int:
    """A field that each layer makes of the one before: of field, kernel and stride."""
    field = start
    for kernel, stride in stack:
        field = step(field, kernel, stride)
    return field


def _from_output(
    stack: Layers,
    step: Callable[[int, int, int], int] = lambda field, k, s: (field - 1) * s + k,
    start: int = 1,
) -> int:
    """The way back from an output, as it should be or with another `step`."""
    return _forward(stack[::-1], step, start)


_OVERLAP = "Windows overlap: two of 3×3 see 5 pixels."
_JUMPS = "Of k cells that stand a jump apart, how many jumps are between the first and the last?"
_GAPS = "Of k cells in a row, how many gaps are between the first and the last?"
_HALF_KERNEL = "You add half of the kernel. It looks to both sides."
_OWN_STRIDE = "Each of your layers looks with its own stride, and with none of those before it."
_LAST_LAYER = (
    "Each of your layers puts a new field in the place of the old one. By how much does it make the old one "
    "larger?"
)
_TIMES_FIELD = (
    "You multiply the field by the stride. It is the gaps between outputs that a stride makes larger."
)
_JUMP_GROWS = (
    "Your jump does not take each stride as a factor. Behind a stride of 2 and a stride of 3, how far apart "
    "are two neighbours?"
)
_WRONG_FIELDS: list[Formula] = [
    (
        lambda stack: 0,
        "Your field stays 0. What does a number see without any layer? And a jump of 0 stays 0, whatever the "
        "strides.",
    ),
    (lambda stack: 1, "Your field stays 1. What does each layer add to it? (A jump of 0 adds nothing.)"),
    *(
        (formula, _LAST_LAYER)
        for formula in (
            lambda stack: (stack[-1][0] - 1) * _jump(stack[:-1]),
            lambda stack: (stack[-1][0] - 1) * _jump(stack[:-1]) + 1,
            lambda stack: (stack[-1][0] - 1) * ([1] + [s for _, s in stack])[-2],
            lambda stack: stack[-1][0] - 1,
        )
    ),
    *(
        (formula, f"You add one to the kernel. {_GAPS}")
        for formula in (
            lambda stack: _grown(stack, adds=lambda k, s, jump: (k + 1) * jump),
            lambda stack: _grown(stack, adds=lambda k, s, jump: (k + 1) * jump, start=0),
            lambda stack: _grown(stack, adds=lambda k, s, jump: k + 1),
            lambda stack: _grown(stack, adds=lambda k, s, jump: k + 1, start=0),
        )
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: (k - 2) * jump),
        f"Each of your layers adds one gap too few. {_GAPS}",
    ),
    *(
        (formula, f"`*` comes before `-`: {what} What belongs into brackets?")
        for formula, what in (
            (
                lambda stack: _grown(stack, adds=lambda k, s, jump: k - jump),
                "`k - 1 * jump` subtracts a jump from k.",
            ),
            (
                lambda stack: _grown(stack, adds=lambda k, s, jump: k * jump - 1),
                "`k * jump - 1` subtracts 1 from the product.",
            ),
            (
                lambda stack: _from_output(stack, lambda field, k, s: field - s + k),
                "`field - 1 * stride` subtracts a stride.",
            ),
        )
    ),
    (
        lambda stack: _field(stack) * _jump(stack),
        "You multiply by the jump at the end. The field is in pixels already.",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: (k - 1) * jump if s == 1 else 0),
        "Your layers with a stride add nothing, such as poolings. Their window is their kernel.",
    ),
    (
        lambda stack: max(kernel for kernel, _ in stack),
        "This is the largest kernel. What do the layers make of it together?",
    ),
    (
        lambda stack: _field([(stride, kernel) for kernel, stride in stack]),
        "Kernel and stride have changed places: a layer is (kernel, stride).",
    ),
    *(
        (lambda stack, step=step: _forward(stack, step), _TIMES_FIELD)
        for step in (
            lambda field, k, s: field * s + k - 1,
            lambda field, k, s: field * s + k,
            lambda field, k, s: (field + k - 1) * s,
        )
    ),
    *(
        (
            lambda stack, inside=inside: _field_times_jump(stack, inside),
            "You multiply the field by the jump. It is what a layer adds that is counted in jumps.",
        )
        for inside in (False, True)
    ),
    (
        lambda stack: _forward(stack, lambda field, k, s: field * k * s),
        f"You multiply kernels and strides. {_OVERLAP}",
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
        f"You subtract the stride from the kernel. {_GAPS}",
    ),
    *(
        (lambda stack, half=half: _grown(stack, adds=lambda k, s, jump: half(k) * jump), _HALF_KERNEL)
        for half in (lambda k: k // 2, lambda k: k / 2, lambda k: (k - 1) / 2, lambda k: (k - 1) // 2)
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
        f"You add the whole kernel. {_JUMPS}",
    ),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: k * jump, start=0),
        f"You add the whole kernel, from 0 on. {_JUMPS}",
    ),
    *(
        (
            lambda stack, start=start: _grown(stack, adds=lambda k, s, jump: k * s, start=start),
            f"{_OWN_STRIDE} And it adds the whole kernel.",
        )
        for start in (0, 1)
    ),
    *(
        (
            lambda stack, start=start: _grown(stack, adds=lambda k, s, jump: k, start=start),
            f"You add up the kernels. {_OVERLAP}",
        )
        for start in (0, 1)
    ),
    (
        lambda stack: int(np.prod([kernel for kernel, _ in stack], initial=1)),
        f"You multiply the kernels. {_OVERLAP}",
    ),
    (
        lambda stack: _grown(stack, start=0),
        "One pixel is missing: without any layer, a number sees itself.",
    ),
    (
        lambda stack: _grown(stack, start=0, adds=lambda k, s, jump: k - 1),
        "One pixel is missing, and your strides change nothing.",
    ),
    *(
        (lambda stack, jumps=jumps: _grown(stack, jumps=jumps), _JUMP_GROWS)
        for jumps in (
            lambda k, s, jump: jump + s,
            lambda k, s, jump: jump + s - 1,
            lambda k, s, jump: jump + 1,
            lambda k, s, jump: jump * 2,
            lambda k, s, jump: s if s > 1 else jump,
        )
    ),
    (
        lambda stack: _grown(stack, jumps=lambda k, s, jump: s),
        "Your jump is that of the layer before alone. Behind a stride of 2 and a stride of 3, how "
        "far apart are two "
        "neighbours?",
    ),
    (lambda stack: _grown(stack, adds=lambda k, s, jump: (k - 1) * s), _OWN_STRIDE),
    (
        lambda stack: _grown(stack, adds=lambda k, s, jump: (k - 1) * s, start=0),
        f"{_OWN_STRIDE} And one pixel is missing.",
    ),
    (
        lambda stack: _grown(stack, jumps=lambda k, s, jump: 2 * jump if s > 1 else jump),
        "Your jump doubles at each stride. Strides can be larger than 2.",
    ),
    (
        lambda stack: _field(stack[::-1]),
        "You meet the layers in the wrong order. A rule that leads from the pixels to an output begins with "
        "the first layer, one that leads from an output back to the pixels with the last.",
    ),
    (
        lambda stack: _grown(stack[::-1], own_first=True),
        "You meet the last layer first. What a layer adds is counted in the jump of the layers *before* it.",
    ),
    *(
        (
            lambda stack, step=step: _from_output(stack, step),
            "You multiply the whole field by the stride. Between `field` neighbours there is one gap less.",
        )
        for step in (lambda field, k, s: field * s + k - 1, lambda field, k, s: field * s + k)
    ),
    (
        lambda stack: _from_output(stack, lambda field, k, s: (field + 1) * s + k),
        "You count one gap more than there are neighbours. Between `field` of them there is one less.",
    ),
    (
        lambda stack: _from_output(stack, start=0),
        "Your field begins with 0. Before any layer an output is one number wide.",
    ),
    (
        lambda stack: _from_output(stack, lambda field, k, s: (field - 1) * s),
        "Your kernels add nothing. How many cells does the last of the `field` neighbours look at?",
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
]  # fmt: skip


_STOPS_FIELD = [
    (
        "unsupported operand|can't multiply sequence|not callable",
        "A layer is a pair there, (kernel, stride). Which of its two numbers do you mean?",
    ),
    ("values to unpack", "A layer is a pair, (kernel, stride). Two names take it apart."),
    (
        "'int' object is not subscriptable|cannot unpack non-iterable int",
        "A single number has no parts there. `stack` is a list, stack[0] is a pair, stack[0][0] is a number.",
    ),
]


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
        raise stop.among(_STOPS_FIELD) from None
    except Mistake as wrong:
        if "One number was expected" in str(wrong):
            _explain_several(answer)
        raise
    return (
        "The article's three blocks were among them, 36 pixels behind the last pooling, and "
        "AlexNet's beginning: "
        "67 pixels after two convolutions and two poolings. What would you change to see more: "
        "larger kernels, more "
        "layers, or strides, and where?"
    )


def _explain_several(answer: object) -> None:
    """Raise the `Mistake` about several numbers in the place of one, if it is known which they are."""
    arguments = _FIELDS[-1]
    (stack,) = arguments.values()
    result = returned(answer, arguments, "Your field").ravel()
    each = [float(_field(stack[:i])) for i in range(len(stack) + 1)]
    both = [each[-1], float(_jump(stack))]
    if result.tolist() in (both, both[::-1]):
        says = "You return field and jump. The field alone is asked for."
    elif result.tolist() in (each, each[1:]):
        says = "You return a field for each layer. The one behind the last is asked for, alone."
    elif result.tolist() == 2 * each[-1:]:
        says = "You return rows and columns. They are equal: one number is asked for."
    else:
        return
    raise Mistake(f"{says} With {given(arguments)} you return {show(result)}.")


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
        # The numbers of the first can be worked out by hand: the roots are 1.5 and 2.5. Every mistake below
        # gives numbers of its own (tested).
        (np.array([4.0, -1.0]), np.array([2.0, 6.0]), np.array([3.0, 10.0]), np.array([0.25, 2.75]), 0.25),
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
_NO_EPSILON = "ε is missing: it is added to the variance."
_BETA_IN_FACTOR = "β is in your factor. It is added at the end, and no x is multiplied by it."
_BETA_TIMES = "You multiply β by {}, too. It is added at the end, as it is."
_OF_MEANS = (
    "Your spread is worked out from the means. That of a channel is the root of its own variance, which you "
    "are given."
)
_ADDED_UP = "You add up the channels in your term. Each has its own mean and its own factor."

# What a mistake makes of the factor. The term goes wrong along with it.
_WRONG_FACTORS: list[Formula] = [
    (
        lambda m, v, g, b, e: g / (v + e) ** 1 / 2,
        "A power comes before a division: `** 1 / 2` divides by 2. Write `** 0.5`, or np.sqrt.",
    ),
    (
        lambda m, v, g, b, e: g / np.sqrt(v**2 + e),
        "You square the variance. It is a square already: its root is the spread.",
    ),
    (lambda m, v, g, b, e: g / np.sqrt(v), _NO_EPSILON),
    *(
        (factor, _OUTSIDE)
        for factor in (
            lambda m, v, g, b, e: g / (np.sqrt(v) + e),
            lambda m, v, g, b, e: g / np.sqrt(v) + e,
            lambda m, v, g, b, e: (g + e) / np.sqrt(v),
        )
    ),
    (
        lambda m, v, g, b, e: g / (np.sqrt(v) + np.sqrt(e)),
        "You take two roots and add them. ε is added to the variance before the one root is taken.",
    ),
    (lambda m, v, g, b, e: g / np.sqrt(v * e), "You multiply the variance by ε. It is added to it."),
    (lambda m, v, g, b, e: g / np.sqrt(v + e**2), "You square ε. It is added to the variance as it is."),
    (lambda m, v, g, b, e: g / np.sqrt(v - e), "ε is subtracted from the variance. It is added."),
    (lambda m, v, g, b, e: g / np.sqrt(e), "Below your root stands ε alone. To what is it added?"),
    (
        lambda m, v, g, b, e: g / v + e,
        "`/` comes before `+`: ε is added to the fraction. And you divide by the variance. The spread is its "
        "root.",
    ),
    (
        lambda m, v, g, b, e: g / (v + np.sqrt(e)),
        "You take the root of ε alone. It is that of the sum, of variance and ε.",
    ),
    (lambda m, v, g, b, e: g / (v + e), "You divide by the variance. The spread is its root."),
    (
        lambda m, v, g, b, e: g / v,
        "You divide by the variance. The spread is its root, and ε is missing.",
    ),
    (lambda m, v, g, b, e: g * np.sqrt(v + e), "You multiply by the spread. It is divided by."),
    (
        lambda m, v, g, b, e: g / (v + e) ** 2,
        "You divide by the square of the variance. The spread is its root.",
    ),
    (
        lambda m, v, g, b, e: np.sqrt(g / (v + e)),
        "Your root is taken of the whole fraction. γ stands outside of it.",
    ),
    (lambda m, v, g, b, e: 1 / np.sqrt(v + e), "γ is missing: it multiplies what was divided."),
    (
        lambda m, v, g, b, e: np.sqrt(v + e),
        "Your factor is the spread itself. It stands below the line, and γ is missing.",
    ),
    (
        lambda m, v, g, b, e: g,
        "Your factor is γ alone. By what is the difference from the mean divided?",
    ),
    (
        lambda m, v, g, b, e: np.sqrt(v + e) / g,
        "Your factor is upside down: γ stands above the line, the spread below.",
    ),
    (lambda m, v, g, b, e: -g / np.sqrt(v + e), "Your factor has the opposite sign."),
    (lambda m, v, g, b, e: g**2 / np.sqrt(v + e), "Your factor is multiplied by γ twice."),
    (
        lambda m, v, g, b, e: (g - m) / np.sqrt(v + e),
        "You subtract the mean from γ. It is subtracted from x, and so it ends up in the term.",
    ),
    (
        lambda m, v, g, b, e: g / np.sqrt(v + e) - m,
        "You subtract the mean from the factor. What is left of the formula when x is 0? That is the term.",
    ),
    *(
        (factor, "The mean multiplies or divides your factor. It is subtracted from x: where does it end up?")
        for factor in (
            lambda m, v, g, b, e: g * m,
            lambda m, v, g, b, e: g * m / np.sqrt(v + e),
            lambda m, v, g, b, e: g / m,
        )
    ),
    (
        lambda m, v, g, b, e: g * (1 - m) / np.sqrt(v + e) + b,
        "Your factor is what the layer makes of 1. What it makes of 0 is still in it.",
    ),
    (
        lambda m, v, g, b, e: g * (1 - m) / np.sqrt(v + e),
        "Your factor is made of 1 - mean. What stands before x once the bracket is multiplied out?",
    ),
    *(
        (factor, _BETA_IN_FACTOR)
        for factor in (
            lambda m, v, g, b, e: b * g,
            lambda m, v, g, b, e: b * g / np.sqrt(v + e),
            lambda m, v, g, b, e: g / np.sqrt(v + e) + b,
            lambda m, v, g, b, e: (g + b) / np.sqrt(v + e),
        )
    ),
    (
        lambda m, v, g, b, e: b / np.sqrt(v + e),
        "β stands in your factor in the place of γ: γ multiplies, β is added.",
    ),
    (
        lambda m, v, g, b, e: g / np.sqrt(v.mean() + e),
        "You take one variance for all channels. Each has its own.",
    ),
    (
        lambda m, v, g, b, e: g / v.std(),
        "np.std of the variances says how far *they* lie apart. The spread of a channel is the root "
        "of its own variance.",
    ),
    *(
        (factor, _OF_MEANS)
        for factor in (
            lambda m, v, g, b, e: g / m.std(),
            lambda m, v, g, b, e: g / np.sqrt(m.var() + e),
        )
    ),
]
# What a mistake makes of the term, whose factor f is right.
_WRONG_TERMS = [
    (lambda f, m, v, g, b, e: b - g * m / np.sqrt(v), "Look at your term: ε is missing there."),
    (lambda f, m, v, g, b, e: b - g * m / (np.sqrt(v) + e), f"Look at your term. {_OUTSIDE}"),
    (
        lambda f, m, v, g, b, e: f * m,
        "β is missing from your term. And which sign has the mean in the bracket?",
    ),
    (lambda f, m, v, g, b, e: b * f * m, "You multiply the mean by β. It is added at the end."),
    (
        lambda f, m, v, g, b, e: (b - f) * m,
        "Your bracket is around β and the factor. The factor multiplies the mean, and β stands by itself.",
    ),
    (
        lambda f, m, v, g, b, e: f - b * m,
        "Factor and β have changed places in your term.",
    ),
    (lambda f, m, v, g, b, e: b - f * v, "Your term multiplies the variance. What is subtracted from x?"),
    (lambda f, m, v, g, b, e: b - f, "The mean is missing from your term."),
    *(
        (term, "ε is added to your term. It belongs below the root alone.")
        for term in (lambda f, m, v, g, b, e: b - f * m + e, lambda f, m, v, g, b, e: b - f * m - e)
    ),
    *(
        (term, f"{_ADDED_UP} (`@`, np.dot and np.sum make one number of all.)")
        for term in (
            lambda f, m, v, g, b, e: b - f @ m,
            lambda f, m, v, g, b, e: b - f * m.sum(),
            lambda f, m, v, g, b, e: b.sum() - f @ m,
        )
    ),
    (
        lambda f, m, v, g, b, e: g - f * m,
        "γ stands in your term in the place of β: γ multiplies, β is added.",
    ),
    (lambda f, m, v, g, b, e: b * g - f * m, _BETA_TIMES.format("γ")),
    (lambda f, m, v, g, b, e: b * f, f"{_BETA_TIMES.format('the factor')} And the mean is missing."),
    (lambda f, m, v, g, b, e: b * g, f"{_BETA_TIMES.format('γ')} And the mean is missing."),
    (lambda f, m, v, g, b, e: g * (b - m), f"{_BETA_TIMES.format('γ')} And the mean is not divided."),
    (
        lambda f, m, v, g, b, e: b - f * m * (v + e),
        "Your term multiplies by the spread. It is divided by.",
    ),
    *(
        (
            term,
            "β is missing from your term, and γ or the spread, too. What is left of the formula when x is 0?",
        )
        for term in (
            lambda f, m, v, g, b, e: -m / np.sqrt(v + e),
            lambda f, m, v, g, b, e: -g * m,
            lambda f, m, v, g, b, e: -m,
            lambda f, m, v, g, b, e: m,
        )
    ),
    (lambda f, m, v, g, b, e: 0 * m, "Your terms are 0. What is left of the formula when x is 0?"),
    (
        lambda f, m, v, g, b, e: (b - m) / np.sqrt(v + e),
        "You divide β by the spread, too, and γ is missing from your term. β is added at the end.",
    ),
    (
        lambda f, m, v, g, b, e: b - g * m / (v + e),
        "Your term divides by the variance. The spread is its root.",
    ),
    (lambda f, m, v, g, b, e: b, "Your term is β alone. What is left when x is 0?"),
    (
        lambda f, m, v, g, b, e: b - m,
        "You subtract the mean as it is. It stands in the bracket, and is multiplied along with x.",
    ),
    (
        lambda f, m, v, g, b, e: b + f * m,
        "The mean is added. It is subtracted from x, and so from the term.",
    ),
    (lambda f, m, v, g, b, e: f * m - b, "Your term has the opposite sign."),
    (lambda f, m, v, g, b, e: -f * m, "β is missing from your term."),
    (lambda f, m, v, g, b, e: f * (b - m), _BETA_TIMES.format("the factor")),
    (
        lambda f, m, v, g, b, e: b - m / np.sqrt(v + e),
        "Your term divides the mean, and leaves out γ, which multiplies all of the fraction.",
    ),
    (
        lambda f, m, v, g, b, e: b - g * m,
        "Your term multiplies the mean by γ, and leaves out the spread below the line.",
    ),
    (
        lambda f, m, v, g, b, e: b - m / f,
        "Your term divides the mean by the factor. The bracket is multiplied by it.",
    ),
    (
        lambda f, m, v, g, b, e: f * b - m,
        "Your term multiplies β by the factor, and leaves the mean as it is. Which of the two is in "
        "the bracket?",
    ),
    (lambda f, m, v, g, b, e: m - f * b, "Mean and β have changed places in your term."),
    (lambda f, m, v, g, b, e: b - f * m.mean(), "You take one mean for all channels. Each has its own."),
]
_WRONG_FOLDS: list[Formula] = [
    (
        _both(lambda m, v, g, b, e: b / np.sqrt(v + e), lambda f, m, v, g, b, e: g - f * m),
        "γ and β have changed places: γ multiplies, β is added.",
    ),
    (
        _both(lambda m, v, g, b, e: g / np.sqrt(m + e), lambda f, m, v, g, b, e: b - f * v),
        "Mean and variance have changed places.",
    ),
    *((_both(factor), says) for factor, says in _WRONG_FACTORS),
    *((_both(_right, term), says) for term, says in _WRONG_TERMS),
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


_STOPS_FOLD = [
    (
        "math|only .*size-1|only 0-dim|only length-1",
        "math.sqrt takes one number. np.sqrt takes the root of each number of an array.",
    ),
    ("bitwise_xor", "`^` is no power in Python: it compares bits. np.sqrt takes a root."),
    ("name 'x' is not", "There is no x yet: factor and term are what is done to any x."),
]


@checker
def check_fold(answer: object) -> tuple[str, Figure]:
    """Print whether a function makes a factor and a term of batch normalization in use.

    Args:
        answer: a function of mean, variance, gamma and beta, (C,) each, and of epsilon; it returns (2, C),
            factors and terms.
    """
    for arguments in _NORMALIZED:
        try:
            _expect_fold(answer, arguments)
        except Stopped as stop:
            raise stop.among(_STOPS_FOLD) from None
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


def _expect_fold(answer: object, arguments: Arguments) -> None:
    """Compare a learner's factors and terms with the right ones."""
    try:
        expect(answer, arguments, _fold, _WRONG_FOLDS, "result")
    except Stopped:
        raise
    except Unexplained as wrong:
        if wrong.place is None:
            raise
        row, channel = wrong.place
        says = f"Look at the {('factor', 'term')[row]} of channel {channel}."
        if row == 0:  # the term is right, or wrong in a way of its own
            wide = np.zeros_like(wrong.result[0])
            known = (why for f, why in _WRONG_FACTORS if same(wrong.result[0], f(*arguments.values()) + wide))
            says = next(known, says)
        raise Mistake(f"{says} {wrong}") from None
    except Mistake as wrong:
        if "made of numbers" not in str(wrong) or "quotes" in str(wrong):
            raise
        raise Mistake(
            "Two rows of numbers were expected, factors and terms, each with a number for each channel, and "
            f"this is {describe(call(answer, arguments))}."
        ) from None
