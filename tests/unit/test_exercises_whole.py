"""The checkers of the chapter on a whole network: right answers of many styles, and named mistakes."""

import functools
import math

import numpy as np
import pytest
from test_exercises import Tensor, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises.whole import field, fold, stack
from cnnbook.exercises.whole.field import check_field
from cnnbook.exercises.whole.fold import check_fold
from cnnbook.exercises.whole.stack import check_stack

layers, ops = keras.layers, keras.ops


# --- What comes out of a stack, and what it holds


def stacked(shape, stack):
    rows, columns, channels = shape
    parameters = 0
    for layer in stack:
        if layer[0] == "conv":
            _, filters, kernel = layer
            parameters += (kernel * kernel * channels + 1) * filters
            channels = filters
        else:
            rows, columns = rows // layer[1], columns // layer[1]
    return rows, columns, channels, parameters


def by_match(shape, stack):
    rows, columns, channels = shape
    total = 0
    for layer in stack:
        match layer:
            case ("conv", filters, kernel):
                total, channels = total + kernel**2 * channels * filters + filters, filters
            case ("pool", size):
                rows, columns = rows // size, columns // size
    return [rows, columns, channels, total]


def by_recursion(shape, stack):
    if not stack:
        return (*shape, 0)
    (kind, *numbers), *rest = stack
    rows, columns, channels = shape
    if kind == "pool":
        return by_recursion((rows // numbers[0], columns // numbers[0], channels), rest)
    filters, kernel = numbers
    *out, more = by_recursion((rows, columns, filters), rest)
    return (*out, more + (kernel**2 * channels + 1) * filters)


def by_keras(shape, stack):
    model = keras.Sequential([keras.Input(shape)])
    for _, number, *kernel in stack:
        layer = layers.Conv2D(number, kernel[0], padding="same") if kernel else layers.MaxPooling2D(number)
        model.add(layer)
    out = model.layers[-1].output.shape[1:] if stack else shape
    return [*out, model.count_params()]


def by_steps(shape, stack):
    """One that subtracts windows until none fits."""
    rows, columns, channels = shape
    parameters = 0
    for layer in stack:
        if len(layer) == 3:
            parameters += layer[1] * (channels * layer[2] * layer[2]) + layer[1]
            channels = layer[1]
        if len(layer) == 2:
            rows = len(range(0, rows - layer[1] + 1, layer[1]))
            columns = len(range(0, columns - layer[1] + 1, layer[1]))
    return rows, columns, channels, parameters


def by_reduce(shape, stack):
    def step(so_far, layer):
        rows, columns, channels, total = so_far
        if layer[0] == "pool":
            return rows // layer[1], columns // layer[1], channels, total
        return rows, columns, layer[1], total + (layer[2] ** 2 * channels + 1) * layer[1]

    return functools.reduce(step, stack, (*shape, 0))


def in_an_array(shape, stack):
    out, parameters = np.array(shape), 0
    for kind, number, *kernel in stack:
        if kind == "conv":
            parameters += np.prod([kernel[0], kernel[0], out[2], number]) + number
            out[2] = number
        else:
            out[:2] //= number
    return np.append(out, parameters)


@pytest.mark.parametrize(
    "answer",
    [
        stacked,
        by_match,
        by_recursion,
        by_keras,
        by_steps,
        by_reduce,
        in_an_array,
        lambda shape, stack: list(stacked(shape, stack)),
        lambda shape, stack: np.array(stacked(shape, stack), "float32"),
        lambda shape, stack: Tensor(np.array(stacked(shape, stack))),
        lambda shape, stack: ops.convert_to_tensor(stacked(shape, stack)),
        lambda stack, shape: stacked(shape, stack),
        lambda a, b: np.array(stacked(a, b))[:, None],
    ],
)
def test_stack_accepts(capsys, answer):
    assert feedback(capsys, check_stack, answer).startswith("Right. The last stack was")


def walked(held=None, side=None, reads=None, shrink=None, makes=None, early=False, skip=()):
    """A walk through the stack that does one thing in another way."""

    def answer(shape, stack):
        rows, columns, channels = shape
        parameters = 0
        for i, (kind, number, *kernel) in enumerate(stack):
            if i in skip or i - len(stack) in skip:
                continue
            if kind == "conv":
                (k,) = kernel
                seen = shape[2] if reads == "image" else channels
                parameters += held(k, seen, number) if held else (k * k * seen + 1) * number
                channels = makes(number, channels) if makes else number
                if shrink:
                    rows, columns = shrink(rows, k), shrink(columns, k)
            else:
                rows, columns = (
                    (side or (lambda n, s: n // s))(rows, number),
                    (side or (lambda n, s: n // s))(columns, number),
                )
            if early:
                return rows, columns, channels, parameters
        return rows, columns, channels, parameters

    return answer


def replaced(shape, stack):
    rows, columns, channels = shape
    parameters = 0
    for layer in stack:
        if layer[0] == "conv":
            parameters = (layer[2] ** 2 * channels + 1) * layer[1]
            channels = layer[1]
        else:
            rows, columns = rows // layer[1], columns // layer[1]
    return rows, columns, channels, parameters


def pools_learn(held):
    def answer(shape, stack):
        out = np.array(stacked(shape, stack))
        for i, layer in enumerate(stack):
            if layer[0] == "pool":
                out[3] += held(layer[1], stacked(shape, stack[:i])[2])
        return out

    return answer


def kernel_left_over(shape, stack):
    rows, columns, *_ = shape
    for layer in stack:
        if layer[0] == "conv":
            kernel = layer[2]
        else:
            rows, columns = rows // kernel, columns // kernel
    return rows, columns, *stacked(shape, stack)[2:]


def columns_of_rows(shape, stack):
    rows, columns, *_ = shape
    for size in (e[1] for e in stack if e[0] == "pool"):
        rows, columns = rows // size, rows // size
    return rows, columns, *stacked(shape, stack)[2:]


def columns_of_pooled_rows(shape, stack):
    rows, columns, *_ = shape
    for size in (e[1] for e in stack if e[0] == "pool"):
        rows = rows // size
        columns = rows // size
    return rows, columns, *stacked(shape, stack)[2:]


def overwritten(shape, stack):
    rows, columns, channels = shape
    total = 0
    for layer in stack:
        if layer[0] == "conv":
            channels = layer[1]
            total += (layer[2] ** 2 * channels + 1) * layer[1]
        else:
            rows, columns = rows // layer[1], columns // layer[1]
    return rows, columns, channels, total


def channels_pooled(shape, stack):
    out, total = list(shape), 0
    for kind, number, *kernel in stack:
        if kind == "conv":
            total, out[2] = total + (kernel[0] ** 2 * out[2] + 1) * number, number
        else:
            out = [n // number for n in out]
    return *out, total


def dense(shape, stack):
    rows, columns, channels = shape
    total = 0
    for layer in stack:
        if layer[0] == "conv":
            total += (rows * columns * channels + 1) * layer[1]
            channels = layer[1]
        else:
            rows, columns = rows // layer[1], columns // layer[1]
    return rows, columns, channels, total


def multiplied(bias):
    def answer(shape, stack):
        rows, columns, channels = shape
        total = 0
        for layer in stack:
            if layer[0] == "conv":
                total += rows * columns * (layer[2] ** 2 * channels + bias) * layer[1]
                channels = layer[1]
            else:
                rows, columns = rows // layer[1], columns // layer[1]
        return rows, columns, channels, total

    return answer


def of_result(change):
    return lambda shape, stack: change(stacked(shape, stack))


def unpacked(shape, stack):
    for kind, filters, kernel in stack:  # noqa: B007
        pass
    return stacked(shape, stack)


def two_each(shape, stack):
    for kind, number in stack:  # noqa: B007
        pass
    return stacked(shape, stack)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (walked(held=lambda k, c, f: k * k * c * f), "Your biases are missing"),
        (walked(held=lambda k, c, f: (k * k + 1) * f), "one kernel each. A filter has one"),
        (walked(held=lambda k, c, f: k * k * f), "one kernel each, and no bias"),
        (walked(held=lambda k, c, f: (k * c + 1) * f), "the side of the kernel once"),
        (walked(held=lambda k, c, f: k * c * f), "once. It has rows and columns. And the biases"),
        (walked(held=lambda k, c, f: (k ^ 2 * c + 1) * f), "`^` is no power"),
        (walked(held=lambda k, c, f: (c * k ^ 2 + 1) * f), "`^` is no power"),
        (walked(held=lambda k, c, f: ((k ^ 2) * c + 1) * f), "`^` is no power"),
        (walked(held=lambda k, c, f: k ^ 2 * c * f + f), "`^` is no power"),
        (walked(held=lambda k, c, f: f * k ^ 2 * c + f), "`^` is no power"),
        (walked(held=lambda k, c, f: c * k ^ 2 * f + f), "`^` is no power"),
        (walked(held=lambda k, c, f: f * c * k ^ 2 + f), "`^` is no power"),
        (walked(held=lambda k, c, f: k ^ 2 * c * f), "`^` is no power"),
        (walked(held=lambda k, c, f: (k ^ 2) * c * f), "`^` is no power"),
        (walked(held=lambda k, c, f: (k * 2 * c + 1) * f), "the side of the kernel by 2"),
        (walked(held=lambda k, c, f: k * 2 * c * f), "the side of the kernel by 2"),
        (walked(held=lambda k, c, f: k * k * c), "one filter of each layer, and no bias"),
        (walked(held=lambda k, c, f: k * k * c + 1 * f), "`*` comes before `+`"),
        (walked(held=lambda k, c, f: (k * k + 1) * c * f), "a bias for every kernel"),
        (walked(held=lambda k, c, f: k * k * c * f + 1), "one bias a layer"),
        (walked(held=lambda k, c, f: k * k * c + 1), "one filter of each layer"),
        (walked(held=lambda k, c, f: (k * k * c + f) * f), "as many biases as there are filters"),
        (walked(held=lambda k, c, f: k * k * c * f + c), "each channel that comes in"),
        (walked(reads="image"), "reads the channels of the image"),
        (walked(makes=lambda f, c: c), "The channels stay those of the image"),
        (walked(makes=lambda f, c: f * c), "multiply the filters by the channels"),
        (walked(makes=lambda f, c: f + c), "add the filters to the channels"),
        (walked(shrink=lambda n, k: n - k + 1), "make the map smaller"),
        (walked(shrink=lambda n, k: n - k), "make the map smaller"),
        (walked(shrink=lambda n, k: n // k), "make the map smaller"),
        (walked(side=lambda n, s: n), "rows and columns of the image"),
        (walked(side=lambda n, s: n / s), "You have 2.66667 rows. A window that does not fit"),
        (walked(side=lambda n, s: n / 2), "You have 6.5 columns. A window that does not fit"),
        (walked(side=lambda n, s: n / s, held=lambda k, c, f: 7), "You have 2.66667 rows"),
        (lambda s, t: (stacked(s, t)[0], 13 / 3, *stacked(s, t)[2:]), "You have 4.33333 columns"),
        (walked(side=lambda n, s: (n - s) // s), "a row and a column too few"),
        (walked(side=lambda n, s: math.ceil(n / s)), "round up where a window"),
        (walked(side=lambda n, s: n // 2), "halve, whatever their size"),
        (walked(side=lambda n, s: n - s + 1), "moves by 1"),
        (walked(side=lambda n, s: n - s), "subtract the size of the window"),
        (pools_learn(lambda size, c: size**2), "parameters of poolings"),
        (pools_learn(lambda size, c: size**2 * c), "parameters of poolings"),
        (pools_learn(lambda size, c: (size**2 + 1) * c), "parameters of poolings"),
        (pools_learn(lambda size, c: (size**2 * c + 1) * c), "parameters of poolings"),
        (kernel_left_over, "take the kernel of the convolution before"),
        (columns_of_rows, "Your columns are worked out from the rows"),
        (columns_of_pooled_rows, "Your columns are worked out from the rows"),
        (lambda s, t: stacked(s, [(e[0], *e[:0:-1]) for e in t]), "Filters and kernel have changed places"),
        (overwritten, "the new ones before the parameters are counted"),
        (lambda s, t: (stacked(s, t)[0], s[1], *stacked(s, t)[2:]), "leave the columns as they are"),
        (lambda s, t: (s[0], *stacked(s, t)[1:]), "leave the rows as they are"),
        (channels_pooled, "Your poolings take channels away"),
        (lambda s, t: stacked(s, [("pool", e[1]) for e in t]), "is treated as a pooling"),
        (dense, "a weight for every place"),
        (lambda s, t: [layer[3] for layer in t], "Parts are counted from 0"),
        (multiplied(0), "these are multiply-adds"),
        (multiplied(1), "these are multiply-adds"),
        (replaced, "of the last convolution. Those"),
        (walked(early=True), "stop after the first layer"),
        (walked(skip=(-1,)), "last layer is left out"),
        (walked(skip=(0,)), "first layer is left out"),
        (lambda s, t: (*s[:2], *stacked(s, t)[2:]), "rows and columns of the image"),
        (lambda s, t: (*stacked(s, t)[:2], s[2], stacked(s, t)[3]), "channels of the image"),
        (of_result(lambda r: (*r[:3], 0)), "parameters stay 0"),
        (of_result(lambda r: (r[1], r[0], *r[2:])), "Rows and columns have changed places"),
        (of_result(lambda r: (r[3], *r[:3])), "The parameters come last"),
        (of_result(lambda r: (r[2], r[0], r[1], r[3])), "The channels come third"),
        (of_result(lambda r: (*r[:2], r[3], r[2])), "stand in another order"),
        (of_result(lambda r: r[::-1]), "stand in another order"),
        (of_result(lambda r: (r[0], r[2], r[1], r[3])), "stand in another order"),
        (of_result(lambda r: r[:3]), "Missing: parameters. Four numbers"),
        (of_result(lambda r: r[3]), "Missing: rows, columns, channels. Four numbers"),
        (of_result(lambda r: (*r[:2], r[3])), "Missing: channels. Four numbers"),
        (of_result(lambda r: (r[0] * r[1], r[3])), "you return [8, 426]"),
        (of_result(lambda r: (*r, 7)), "you return [2, 4, 6, 426, 7]"),
        (of_result(lambda r: (*r[:3], r[3] + 1)), "One parameter is too many"),
        (of_result(lambda r: (*r[:3], r[3] + 2)), "nearly right"),
        (of_result(lambda r: (*r[:3], r[3] - 1)), "nearly right"),
        (of_result(lambda r: (*r[:3], r[3] + 7)), "Look at the parameters."),
        (of_result(lambda r: (r[0] + 5, *r[1:])), "Look at the rows."),
        (of_result(lambda r: (*r, *r)), "Four numbers were expected"),
        (of_result(lambda r: (r[:3], r[3])), "without brackets or names among them"),
        (of_result(lambda r: dict(zip("abcd", r, strict=True))), "without brackets or names among them"),
        (of_result(str), "quotes around them"),
        (lambda shape, stack: [k[0] for _, _, k in stack[:1]], "A single number has no parts"),
        (unpacked, "not all layers have three parts"),
        (two_each, "A convolution has three parts, a pooling two"),
        (lambda shape, stack: shape + stack, "concatenate"),
        (lambda shape, stack: None, "returned None"),
        (lambda shape, stack: print(stacked(shape, stack)), "prints its result"),
        (lambda shape: shape, "It is called with 2 values"),
        ((8, 12, 5, 140), "A function was expected"),
    ],
)
def test_stack_names_the_mistake(capsys, answer, message):
    assert message.lower() in refused(capsys, check_stack, answer).lower()


def test_a_wrong_stack_is_told_in_the_readers_own_numbers(capsys):
    said = refused(capsys, check_stack, walked(held=lambda k, c, f: k * k * c * f))
    assert "With shape (8, 13, 2), stack [('conv', 4, 5), ('pool', 3), ('conv', 6, 3)]" in said
    assert said.endswith("your result has 416 in place 3; 426 was expected.")


@pytest.mark.parametrize(
    ("place", "says"),
    enumerate(
        ["Look at the rows", "Look at the columns", "Look at the channels", "One parameter is too many"]
    ),
)
def test_many_parameters_excuse_no_wrong_number(capsys, place, says):
    """287,008 parameters are right to within 0.001 % where 2 rows too many are no longer seen."""

    def answer(shape, stack):
        result = np.array(stacked(shape, stack))
        result[place] += len(stack) > 4
        return result

    said = refused(capsys, check_stack, answer)
    assert says in said
    assert "With shape (32, 32, 3)" in said


# --- How far a number sees


def field_of(stack):
    field, jump = 1, 1
    for kernel, stride in stack:
        field += (kernel - 1) * jump
        jump *= stride
    return field


def backwards(stack):
    field = 1
    for kernel, stride in reversed(stack):
        field = (field - 1) * stride + kernel
    return field


def by_sets(stack):
    """Every pixel that output 0 reads."""
    places = {0}
    for kernel, stride in stack[::-1]:
        places = {place * stride + i for place in places for i in range(kernel)}
    return max(places) + 1 - min(places)


def by_ends(stack):
    last = 0
    for kernel, stride in stack[::-1]:
        last = last * stride + kernel - 1
    return last + 1


def by_products(stack):
    strides = np.array([s for _, s in stack])
    return 1 + sum((k - 1) * int(np.prod(strides[:i])) for i, (k, _) in enumerate(stack))


def by_cumprod(stack):
    if not stack:
        return 1
    kernels, strides = np.array(stack).T
    jumps = np.cumprod(np.r_[1, strides[:-1]])
    return 1 + ((kernels - 1) * jumps).sum()


def by_field_recursion(stack):
    return 1 if not stack else (by_field_recursion(stack[1:]) - 1) * stack[0][1] + stack[0][0]


@pytest.mark.parametrize(
    "answer",
    [
        field_of,
        backwards,
        by_sets,
        by_ends,
        by_products,
        by_cumprod,
        by_field_recursion,
        lambda stack: float(field_of(stack)),
        lambda stack: np.array([field_of(stack)]),
        lambda stack: Tensor(np.array(field_of(stack))),
        lambda layers: field_of(layers),
    ],
)
def test_field_accepts(capsys, answer):
    assert feedback(capsys, check_field, answer).startswith("Right. The article's three blocks")


def grown(adds=lambda k, s, j: (k - 1) * j, jumps=lambda k, s, j: j * s, start=1, first=False):
    def answer(stack):
        field, jump = start, 1
        for kernel, stride in stack:
            if first:
                jump = jumps(kernel, stride, jump)
                field += adds(kernel, stride, jump)
            else:
                field += adds(kernel, stride, jump)
                jump = jumps(kernel, stride, jump)
        return field

    return answer


def forgot_to_reverse(stack):
    field = 1
    for kernel, stride in stack:
        field = (field - 1) * stride + kernel
    return field


def whole_field_times_stride(stack):
    field = 1
    for kernel, stride in stack[::-1]:
        field = field * stride + kernel - 1
    return field


def forward(step, start=1):
    def answer(stack):
        field = start
        for kernel, stride in stack:
            field = step(field, kernel, stride)
        return field

    return answer


def back(step, start=1):
    return lambda stack: forward(step, start)(stack[::-1])


def multiplied_by_jump(step):
    def answer(stack):
        field, jump = 1, 1
        for kernel, stride in stack:
            field = step(field, kernel, jump)
            jump *= stride
        return field

    return answer


def replaced_field(first=0, last_jump_only=False):
    def answer(stack):
        jump = 1
        for kernel, stride in stack:
            field = first + (kernel - 1) * jump
            jump = stride if last_jump_only else jump * stride
        return field

    return answer


def of_each(stack):
    return [field_of(stack[: i + 1]) for i in range(len(stack))]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (grown(adds=lambda k, s, j: k - 1), "Your strides change nothing"),
        (grown(first=True), "looks with its own stride. A stride"),
        (grown(adds=lambda k, s, j: k * j), "You add the whole kernel. Of k cells"),
        (grown(adds=lambda k, s, j: k * j, start=0), "You add the whole kernel, from 0 on"),
        (grown(adds=lambda k, s, j: k), "Windows overlap"),
        (lambda stack: sum(k for k, _ in stack), "Windows overlap"),
        (lambda stack: math.prod(k for k, _ in stack), "You multiply the kernels"),
        (grown(start=0), "a number sees itself"),
        (grown(start=0, adds=lambda k, s, j: k - 1), "One pixel is missing, and your strides"),
        (grown(jumps=lambda k, s, j: j + s), "each stride as a factor"),
        (grown(jumps=lambda k, s, j: j + s - 1), "each stride as a factor"),
        (grown(jumps=lambda k, s, j: j + 1), "each stride as a factor"),
        (grown(jumps=lambda k, s, j: j * 2), "each stride as a factor"),
        (grown(jumps=lambda k, s, j: s if s > 1 else j), "each stride as a factor"),
        (grown(jumps=lambda k, s, j: s), "Your jump is that of the layer before alone"),
        (grown(adds=lambda k, s, j: (k - 1) * s), "with none of those before it"),
        (grown(jumps=lambda k, s, j: j * k), "You multiply the kernels"),
        (grown(jumps=lambda k, s, j: 2 * j if s > 1 else j), "Strides can be larger than 2"),
        (forgot_to_reverse, "You meet the layers in the wrong order"),
        (lambda stack: field_of(stack[::-1]), "You meet the layers in the wrong order"),
        (lambda stack: grown(first=True)(stack[::-1]), "You meet the last layer first"),
        (whole_field_times_stride, "multiply the whole field by the stride"),
        (lambda stack: math.prod(s for _, s in stack), "how far apart neighbouring numbers are"),
        (lambda stack: field_of(stack[:1]), "stop after the first layer"),
        (lambda stack: field_of(stack[:-1]), "last layer is left out"),
        (lambda stack: field_of(stack[1:]), "first layer is left out"),
        (lambda stack: field_of(stack[-1:]), "what the last layer sees"),
        (lambda stack: field_of(stack) ** 2, "Its side is asked for"),
        (lambda stack: field_of(stack) + 1, "One pixel is too many"),
        (lambda stack: 1, "Your field stays 1"),
        (grown(start=0, adds=lambda k, s, j: 0 * k), "Your field stays 0"),
        (replaced_field(), "puts a new field in the place of the old one"),
        (replaced_field(last_jump_only=True), "puts a new field in the place of the old one"),
        (replaced_field(first=1), "puts a new field in the place of the old one"),
        (lambda stack: stack[-1][0] - 1, "puts a new field in the place of the old one"),
        (grown(adds=lambda k, s, j: (k + 1) * j), "You add one to the kernel"),
        (grown(adds=lambda k, s, j: (k + 1) * j, start=0), "You add one to the kernel"),
        (grown(adds=lambda k, s, j: k + 1), "You add one to the kernel"),
        (grown(adds=lambda k, s, j: (k - 2) * j), "one gap too few"),
        (grown(adds=lambda k, s, j: k - 1 * j), "`k - 1 * jump` subtracts a jump"),
        (grown(adds=lambda k, s, j: k * j - 1), "`k * jump - 1` subtracts 1"),
        (back(lambda f, k, s: f - 1 * s + k), "`field - 1 * stride` subtracts a stride"),
        (lambda s: field_of(s) * math.prod(t for _, t in s), "multiply by the jump at the end"),
        (grown(adds=lambda k, s, j: (k - 1) * j * (s == 1)), "Your layers with a stride add nothing"),
        (lambda stack: max(stack)[0], "This is the largest kernel"),
        (grown(adds=lambda k, s, j: k * s), "none of those before it. And it adds the whole kernel"),
        (grown(adds=lambda k, s, j: k * s, start=0), "none of those before it. And it adds the whole"),
        (grown(adds=lambda k, s, j: (k - 1) * s, start=0), "none of those before it. And one pixel"),
        (grown(adds=lambda k, s, j: k / 2 * j), "You add half of the kernel. It looks"),
        (grown(adds=lambda k, s, j: (k - 1) / 2 * j), "You add half of the kernel. It looks"),
        (grown(adds=lambda k, s, j: (k - 1) // 2 * j), "You add half of the kernel. It looks"),
        (back(lambda f, k, s: f * s + k), "multiply the whole field by the stride"),
        (back(lambda f, k, s: (f + 1) * s + k), "one gap more than there are neighbours"),
        (back(lambda f, k, s: (f - 1) * s + k, start=0), "Your field begins with 0"),
        (back(lambda f, k, s: (f - 1) * s), "Your kernels add nothing"),
        (back(lambda f, k, s: (f - 1) * s + k - 1), "one gap too few"),
        (forward(lambda f, k, s: f * s + k), "the gaps between outputs that a stride makes larger"),
        (forward(lambda f, k, s: (f + k - 1) * s), "the gaps between outputs that a stride makes"),
        (multiplied_by_jump(lambda f, k, j: f * j + k - 1), "You multiply the field by the jump"),
        (multiplied_by_jump(lambda f, k, j: (f + k - 1) * j), "You multiply the field by the jump"),
        (lambda stack: (field_of(stack), math.prod(s for _, s in stack)), "You return field and jump"),
        (lambda stack: (math.prod(s for _, s in stack), field_of(stack)), "You return field and jump"),
        (lambda stack: 2 * [field_of(stack)], "You return rows and columns"),
        (of_each, "You return a field for each layer"),
        (lambda stack: [1, *of_each(stack)], "You return a field for each layer"),
        (lambda stack: [k for k, s, padding in stack], "Two names take it apart"),
        (lambda stack: [k for k, s in stack[0]], "A single number has no parts"),
        (lambda stack: [k[0] for k, s in stack], "A single number has no parts"),
        (lambda stack: 36, "you get 36; 3 is right"),
        (lambda stack: (field_of(stack), 4), "One number was expected"),
        (lambda stack: sum(layer for layer in stack), "Which of its two numbers"),
        (lambda stack: stack[0][0], "stop after the first layer"),
        (lambda stack: print(field_of(stack)), "prints its result"),
        (lambda stack, jump: 3, "It is called with 1 values"),
        (36, "A function was expected"),
        (lambda s: field_of([(b, a) for a, b in s]), "Kernel and stride have changed places"),
        (forward(lambda f, k, s: f * s + k - 1), "the gaps between outputs that a stride makes larger"),
        (forward(lambda f, k, s: f * k * s), "You multiply kernels and strides"),
        (
            lambda s: field_of([(k, 1) for k, _ in s]) * math.prod(t for _, t in s),
            "by the jump once, at the end",
        ),
        (lambda s: field_of([(3, t) for _, t in s]), "adds two cells, as 3×3 does"),
        (lambda s: field_of([(k - t + 1, t) for k, t in s]), "You subtract the stride from the kernel"),
        (lambda s: field_of([(k // 2 + 1, t) for k, t in s]), "You add half of the kernel. It looks"),
        (lambda s: field_of([(k // 2 * 2 + 1, t) for k, t in s]), "half of the kernel on each side"),
    ],
)
def test_field_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_field, answer)


# --- Batch normalization in use


def folded(mean, variance, gamma, beta, epsilon):
    factor = gamma / np.sqrt(variance + epsilon)
    return factor, beta - factor * mean


def by_channel(mean, variance, gamma, beta, epsilon):
    factors, terms = [], []
    for m, v, g, b in zip(mean, variance, gamma, beta, strict=True):
        factors.append(g / math.sqrt(v + epsilon))
        terms.append(b - m * g / math.sqrt(v + epsilon))
    return factors, terms


def by_two_points(mean, variance, gamma, beta, epsilon):
    """What the layer makes of 0 and of 1."""

    def normal(x):
        return gamma * (x - mean) / (variance + epsilon) ** 0.5 + beta

    return normal(1) - normal(0), normal(0)


def by_layer(mean, variance, gamma, beta, epsilon):
    layer = layers.BatchNormalization(epsilon=epsilon)
    layer.build((None, len(mean)))
    layer.set_weights([gamma, beta, mean, variance])
    zero, one = (ops.convert_to_numpy(layer(np.full((1, len(mean)), n, "float32")))[0] for n in (0, 1))
    return np.stack([one - zero, zero])


@pytest.mark.parametrize(
    "answer",
    [
        folded,
        by_channel,
        by_two_points,
        by_layer,
        lambda *a: np.stack(folded(*a)),
        lambda *a: list(folded(*a)),
        lambda *a: Tensor(np.stack(folded(*a))),
        lambda *a: np.stack(folded(*a)).astype("float32"),
        lambda *a: ops.stack(folded(*a)),
        lambda m, v, g, b, e: (g * (v + e) ** -0.5, b - g * m * (v + e) ** -0.5),
        lambda m, v, g, b, e: [np.divide(g, np.sqrt(v + e)), -m * g / np.sqrt(v + e) + b],
        lambda epsilon, beta, gamma, variance, mean: folded(mean, variance, gamma, beta, epsilon),
    ],
)
def test_fold_accepts(capsys, answer):
    assert feedback(capsys, check_fold, answer).startswith("Right. Below are the 32 channels")


def factor(f):
    def answer(m, v, g, b, e):
        return f(v, g, e), b - f(v, g, e) * m

    return answer


def term(t):
    def answer(m, v, g, b, e):
        f = g / np.sqrt(v + e)
        return f, t(f, m, v + e, g, b)

    return answer


def of_all(change):
    return lambda m, v, g, b, e: change(g / np.sqrt(v + e), m, v, g, b, e)


def of_both(change):
    return lambda *a: change(np.stack(folded(*a)))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (factor(lambda v, g, e: g / np.sqrt(v)), "ε is missing: it is added"),
        (lambda m, v, g, b, e: (g / np.sqrt(v), folded(m, v, g, b, e)[1]), "ε is missing: it is added"),
        (lambda m, v, g, b, e: (g / (v + e), b), "You divide by the variance. The spread is its root"),
        (factor(lambda v, g, e: g / np.sqrt(v) + e), "ε stands below the root"),
        (factor(lambda v, g, e: (g + e) / np.sqrt(v)), "ε stands below the root"),
        (factor(lambda v, g, e: g / (np.sqrt(v) + np.sqrt(e))), "You take two roots"),
        (factor(lambda v, g, e: g / (v + e**0.5)), "the root of ε alone"),
        (factor(lambda v, g, e: g / np.sqrt(v * e)), "You multiply the variance by ε"),
        (factor(lambda v, g, e: g / np.sqrt(v + e**2)), "You square ε"),
        (factor(lambda v, g, e: g / np.sqrt(e) + 0 * v), "Below your root stands ε alone"),
        (factor(lambda v, g, e: g / v + e), "`/` comes before `+`"),
        (factor(lambda v, g, e: np.sqrt(g / (v + e))), "Your root is taken of the whole fraction"),
        (factor(lambda v, g, e: np.sqrt(v + e)), "Your factor is the spread itself"),
        (factor(lambda v, g, e: -g / np.sqrt(v + e)), "Your factor has the opposite sign"),
        (factor(lambda v, g, e: g**2 / np.sqrt(v + e)), "multiplied by γ twice"),
        (of_all(lambda f, m, v, g, b, e: (b * g, b - b * g * m)), "β is in your factor"),
        (of_all(lambda f, m, v, g, b, e: (b * g, b - f * m)), "β is in your factor"),
        (of_all(lambda f, m, v, g, b, e: (b * f, b - b * f * m)), "β is in your factor"),
        (of_all(lambda f, m, v, g, b, e: (f + b, b - f * m)), "β is in your factor"),
        (of_all(lambda f, m, v, g, b, e: ((g + b) / np.sqrt(v + e), b - f * m)), "β is in your factor"),
        (of_all(lambda f, m, v, g, b, e: (b / np.sqrt(v + e), b - f * m)), "in the place of γ"),
        (of_all(lambda f, m, v, g, b, e: (g * m, b)), "The mean multiplies or divides your factor"),
        (of_all(lambda f, m, v, g, b, e: (f * m, b)), "The mean multiplies or divides your factor"),
        (of_all(lambda f, m, v, g, b, e: (g / m, b)), "The mean multiplies or divides your factor"),
        (of_all(lambda f, m, v, g, b, e: (f - f * m + b, b - f * m)), "what the layer makes of 1"),
        (of_all(lambda f, m, v, g, b, e: (f * (1 - m), b)), "Your factor is made of 1 - mean"),
        (of_all(lambda f, m, v, g, b, e: (g / m.std(), b)), "Your spread is worked out from the means"),
        (of_all(lambda f, m, v, g, b, e: (g / np.sqrt(m.var() + e), b)), "worked out from the means"),
        (of_all(lambda f, m, v, g, b, e: (f, b - g * m / np.sqrt(v))), "ε is missing there"),
        (of_all(lambda f, m, v, g, b, e: (f, b - g * m / (np.sqrt(v) + e))), "Look at your term. ε stands"),
        (of_all(lambda f, m, v, g, b, e: (f, b - f * m + e)), "ε is added to your term"),
        (of_all(lambda f, m, v, g, b, e: (f, b - f * v)), "Your term multiplies the variance"),
        (of_all(lambda f, m, v, g, b, e: (f, b - f)), "The mean is missing from your term"),
        (of_all(lambda f, m, v, g, b, e: (f, b - f @ m)), "You add up the channels"),
        (of_all(lambda f, m, v, g, b, e: (f, b - f * m.sum())), "You add up the channels"),
        (of_all(lambda f, m, v, g, b, e: (f, g - f * m)), "in the place of β"),
        (term(lambda f, m, v, g, b: g * b - f * m), "You multiply β by γ, too"),
        (term(lambda f, m, v, g, b: g * b), "You multiply β by γ, too"),
        (term(lambda f, m, v, g, b: g * (b - m)), "You multiply β by γ, too"),
        (term(lambda f, m, v, g, b: f * b), "You multiply β by the factor, too"),
        (term(lambda f, m, v, g, b: f * m), "β is missing from your term. And which sign"),
        (term(lambda f, m, v, g, b: b * f * m), "You multiply the mean by β"),
        (term(lambda f, m, v, g, b: (b - f) * m), "around β and the factor"),
        (term(lambda f, m, v, g, b: f - b * m), "Factor and β have changed places"),
        (term(lambda f, m, v, g, b: b - f * m * v), "Your term multiplies by the spread"),
        (term(lambda f, m, v, g, b: -m / np.sqrt(v)), "and γ or the spread, too"),
        (term(lambda f, m, v, g, b: -g * m), "and γ or the spread, too"),
        (term(lambda f, m, v, g, b: -m), "and γ or the spread, too"),
        (term(lambda f, m, v, g, b: 0 * m), "Your terms are 0"),
        (lambda m, v, g, b, e: (folded(m, v, g, b, e)[0][0], b), "Two rows of numbers were expected"),
        (lambda *a: lambda x: folded(*a), "Two rows of numbers were expected"),
        (lambda m, v, g, b, e: g / (v + e) ^ 2, "`^` is no power"),
        (lambda m, v, g, b, e: g * (x - m), "There is no x yet"),  # noqa: F821
        (factor(lambda v, g, e: g / (np.sqrt(v) + e)), "ε stands below the root"),
        (factor(lambda v, g, e: g / (v + e)), "You divide by the variance"),
        (factor(lambda v, g, e: g / (v + e) ** 1 / 2), "`** 1 / 2` divides by 2"),
        (factor(lambda v, g, e: g / np.sqrt(v**2 + e)), "You square the variance"),
        (lambda m, v, g, b, e: ((g - m) / np.sqrt(v + e), b), "You subtract the mean from γ"),
        (lambda m, v, g, b, e: (g / np.sqrt(v + e) - m, b), "You subtract the mean from the factor"),
        (term(lambda f, m, v, g, b: (b - m) / np.sqrt(v)), "You divide β by the spread, too"),
        (term(lambda f, m, v, g, b: b - g * m / v), "Your term divides by the variance"),
        (factor(lambda v, g, e: g * np.sqrt(v + e)), "You multiply by the spread"),
        (factor(lambda v, g, e: g / (v + e) ** 2), "the square of the variance"),
        (factor(lambda v, g, e: g / np.sqrt(v - e)), "ε is subtracted"),
        (factor(lambda v, g, e: 1 / np.sqrt(v + e)), "γ is missing"),
        (factor(lambda v, g, e: g), "Your factor is γ alone"),
        (factor(lambda v, g, e: np.sqrt(v + e) / g), "upside down"),
        (factor(lambda v, g, e: g / np.sqrt(v.mean() + e)), "one variance for all channels"),
        (term(lambda f, m, v, g, b: b), "Your term is β alone"),
        (term(lambda f, m, v, g, b: b - m), "You subtract the mean as it is"),
        (term(lambda f, m, v, g, b: b + f * m), "The mean is added"),
        (term(lambda f, m, v, g, b: f * m - b), "opposite sign"),
        (term(lambda f, m, v, g, b: -f * m), "β is missing"),
        (term(lambda f, m, v, g, b: f * (b - m)), "You multiply β by the factor, too"),
        (term(lambda f, m, v, g, b: b - m / np.sqrt(v)), "leaves out γ"),
        (term(lambda f, m, v, g, b: b - g * m), "leaves out the spread"),
        (term(lambda f, m, v, g, b: b - m / f), "divides the mean by the factor"),
        (term(lambda f, m, v, g, b: f * b - m), "leaves the mean as it is"),
        (term(lambda f, m, v, g, b: m - f * b), "Mean and β have changed places"),
        (term(lambda f, m, v, g, b: b - f * m.mean()), "one mean for all channels"),
        (lambda m, v, g, b, e: folded(m, v, b, g, e), "γ and β have changed places"),
        (lambda m, v, g, b, e: np.nan_to_num(folded(v, m, g, b, e)), "Look at|changed places"),
        (of_both(lambda r: r[::-1]), "Factor and term have changed places"),
        (of_both(np.transpose), "a row for each channel"),
        (of_both(np.ravel), "stand in one row"),
        (of_both(lambda r: r[0]), "The terms are asked for, too"),
        (of_both(lambda r: r[1]), "The factors are asked for, too"),
        (of_both(lambda r: r.sum(axis=0)), "You add factor and term"),
        (of_both(lambda r: r[:, 0]), "This is the first channel"),
        (of_both(lambda r: r + np.array([[0], [0.5]])), "Look at the term of channel 0"),
        (lambda m, v, g, b, e: (g / math.sqrt(v + e), b), "np.sqrt takes the root of each"),
        (lambda *a: None, "returned None"),
        (lambda *a: print(folded(*a)), "prints its result"),
        (lambda mean, variance: mean, "It is called with 5 values"),
        (layers.BatchNormalization(), "Keras layer or model"),
        (np.ones((2, 2)), "A function was expected"),
    ],
)
def test_fold_names_the_mistake(capsys, answer, message):
    said = refused(capsys, check_fold, answer)
    assert any(part in said for part in message.split("|")), said


def test_the_first_case_can_be_worked_out_by_hand(capsys):
    said = refused(capsys, check_fold, term(lambda f, m, v, g, b: b))
    told = "With mean [4, -1], variance [2, 6], gamma [3, 10], beta [0.25, 2.75], epsilon 0.25"
    assert told in said
    assert said.endswith("your result has 0.25 in row 1, column 0; -7.75 was expected.")


def fields(formula):
    """What a formula makes of all cases: by these together it is told."""
    return lambda *_: [formula(*case.values()) for case in field._FIELDS]


@pytest.mark.parametrize(
    ("arguments", "right", "table"),
    [
        (stack._STACKS[0], stack._walk, stack._WRONG_STACKS),
        ({}, fields(field._field), [(fields(formula), says) for formula, says in field._WRONG_FIELDS]),
        (fold._NORMALIZED[0], fold._fold, fold._WRONG_FOLDS),
    ],
)
def test_no_mistake_passes_for_another_by_chance(arguments, right, table):
    """A formula is told by its numbers in the first case: two with the same would be mixed up."""
    values, found = tuple(arguments.values()), {}
    expected = np.asarray(right(*values), float)
    for formula, message in table:
        result = np.asarray(formula(*values), float)
        if result.shape == expected.shape and np.allclose(result, expected):
            continue  # it goes wrong in a later case
        others = found.setdefault(result.shape, [])
        same = [said for numbers, said in others if np.allclose(numbers, result) and said != message]
        assert not same, (message, same)
        others.append((result, message))
