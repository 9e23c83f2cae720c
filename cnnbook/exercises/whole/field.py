"""Exercise: how far a number of the last map sees."""

from collections.abc import Callable, Sequence

import numpy as np

from cnnbook.exercises.compare import Formula, cases, expect_formula
from cnnbook.exercises.feedback import Mistake, Stopped, checker, returned
from cnnbook.exercises.words import given, show

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
