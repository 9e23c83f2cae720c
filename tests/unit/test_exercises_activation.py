"""The checkers of the chapter on activation: right answers of many styles, and mistakes that are named."""

import numpy as np
import pytest
from scipy.signal import convolve2d, fftconvolve
from test_exercises import Tensor, cell, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises.activation import check_bias, check_leaky_relu, check_merge, check_sent_back
from cnnbook.ops import conv2d, elu, leaky_relu, relu

# --- Two kernels into one


def copies(first, second, add=True):
    (h, w), (rows, columns) = first.shape, second.shape
    merged = np.zeros((h + rows - 1, w + columns - 1))
    for i in range(rows):
        for j in range(columns):
            part = second[i, j] * first
            merged[i : i + h, j : j + w] = merged[i : i + h, j : j + w] * add + part
    return merged


def weight_by_weight(first, second):
    merged = np.zeros(np.add(first.shape, second.shape) - 1)
    for i, j in np.ndindex(first.shape):
        for k, m in np.ndindex(second.shape):
            merged[i + k, j + m] += first[i, j] * second[k, m]
    return merged


def by_padding(first, second):
    rows, columns = second.shape
    around = ((rows - 1, rows - 1), (columns - 1, columns - 1))
    return conv2d(np.pad(first, around), second[::-1, ::-1])


def by_one_white_pixel(first, second):
    rows, columns = np.add(first.shape, second.shape) - 1
    image = np.zeros((2 * rows - 1, 2 * columns - 1))
    image[rows - 1, columns - 1] = 1
    return conv2d(conv2d(image, first), second)[::-1, ::-1]


def pixel_by_pixel(first, second):
    rows, columns = np.add(first.shape, second.shape) - 1
    pixels = np.eye(rows * columns).reshape(-1, rows, columns, 1)
    maps = conv2d(conv2d(pixels, first[..., None, None]), second[..., None, None])
    return maps.reshape(rows, columns)


def in_lists(first, second):
    (h, w), (rows, columns) = first.shape, second.shape
    return [
        [
            sum(
                first[r - i][c - j] * second[i][j]
                for i in range(rows)
                for j in range(columns)
                if 0 <= r - i < h and 0 <= c - j < w
            )
            for c in range(w + columns - 1)
        ]
        for r in range(h + rows - 1)
    ]


def by_keras(first, second):
    rows, columns = second.shape
    around = [(0, 0), (rows - 1, rows - 1), (columns - 1, columns - 1), (0, 0)]
    image = np.pad(first[None, ..., None], around).astype("float32")
    return keras.ops.conv(image, second[::-1, ::-1, None, None].astype("float32"))


@pytest.mark.parametrize(
    "answer",
    [
        copies,
        weight_by_weight,
        by_padding,
        by_one_white_pixel,
        pixel_by_pixel,
        in_lists,
        by_keras,
        convolve2d,
        fftconvolve,
        lambda first, second: convolve2d(second, first),
        lambda a, b: copies(b, a),
        lambda a, b: copies(a, b).astype("float32"),
        lambda a, b: Tensor(copies(a, b)),
        lambda a, b: copies(a, b)[..., None, None],
        lambda *kernels: copies(*kernels),
    ],
)
def test_merge_accepts(capsys, answer):
    assert feedback(capsys, check_merge, answer).startswith("Right. Your kernel does in one step")


def side_by_side(first, second):
    (h, w), (rows, columns) = first.shape, second.shape
    merged = np.zeros((h * rows, w * columns))
    for i, j in np.ndindex(rows, columns):
        merged[i * h : (i + 1) * h, j * w : (j + 1) * w] = second[i, j] * first
    return merged


def returns_early(first, second):
    merged = np.zeros(np.add(first.shape, second.shape) - 1)
    for i, j in np.ndindex(second.shape):
        merged[i : i + len(first), j : j + first.shape[1]] += second[i, j] * first
        return merged


def by_pixels_of_whole_numbers(first, second):
    merged = np.zeros(np.add(first.shape, second.shape) - 1, int)
    for r, c in np.ndindex(merged.shape):
        merged[r, c] = weight_by_weight(first, second)[r, c]
    return merged


def places(*changes):
    """The solution of the chapter, with some code in the place of other code."""
    code = """
def merge(first, second):
    (h, w), (rows, columns) = first.shape, second.shape
    merged = np.zeros((h + rows - 1, w + columns - 1))
    for i in range(rows):
        for j in range(columns):
            merged[i:i + h, j:j + w] += second[i, j] * first
    return merged
"""
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return cell(code, "merge")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda a, b: copies(a, b[::-1, ::-1]), "counted from its end"),
        (lambda a, b: copies(a[::-1, ::-1], b), "The first kernel is turned"),
        (lambda a, b: copies(a, b, add=False), "the later has replaced the earlier"),
        (lambda a, b: copies(a, np.ones(b.shape)), "counts the same"),
        (lambda a, b: copies(np.ones(a.shape), b), "weights of the first kernel are missing"),
        (lambda a, b: a * b, "weight by weight"),
        (lambda a, b: a + b, "You add the kernels"),
        (np.kron, "lie side by side"),
        (side_by_side, "lie side by side"),
        (np.multiply.outer, "add those that meet the same pixel"),
        (conv2d, "What is read grows"),
        (lambda a, b: convolve2d(a, b, "valid"), "smaller than the first"),
        (lambda a, b: convolve2d(a, b, "same"), "as large as the first"),
        (lambda a, b: conv2d(a, b, padding="same"), "as large as the first"),
        (lambda a, b: np.pad(a, [(0, n - 1) for n in b.shape]), "Only the first kernel"),
        (returns_early, "Does `return` stand inside the loop?"),
        (lambda a, b: copies(a, b) / b.size, "not divided"),
        (lambda a, b: copies(a, b) / abs(copies(a, b)).sum(), "divided by their sum"),
        (lambda a, b: copies(a, b)[::-1, ::-1], "upside down and mirrored"),
        (lambda a, b: copies(a, b)[:-1, :-1], "the shape"),
        (lambda a, b: relu(copies(a, b)), "as ReLU or a clip"),
        (lambda a, b: copies(a, b) + 1, "1 is added to each"),
        (lambda a, b: np.zeros(np.add(a.shape, b.shape) - 1), "All your numbers are 0"),
        (lambda a, b: a @ b, "multiply as matrices"),
        (places((":i + h", ":h"), (":j + w", ":w")), "does each of your places begin and end where"),
        (places(("[i, j]", "[j, i]")), "do the indices stand in the right order?"),
        (by_pixels_of_whole_numbers, "The fractions are cut off"),
        (lambda a, b: np.array([[3.0, 7, 2]]), "These are the numbers of (1, 2) and (3, 1)"),
        (lambda a, b: np.array([[3.0, 7, 2]]), "has the shape (1, 3); the shape (3, 3) was expected"),
        (lambda a, b: None, "returned None"),
        (lambda kernel: kernel, "It is called with 2 values: first, second."),
        ([[3, 7, 2]], "A function was expected"),
    ],
)
def test_merge_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_merge, answer)


# --- A bias


def by_sorting(sums, share):
    ordered = sorted(sums.ravel(), reverse=True)
    return -ordered[round(share * len(ordered))]


def by_trying(sums, share):
    bias = -sums.max()
    while (sums + bias > 0).mean() < share - 1e-9:
        bias += 0.001
    return bias


def by_halving(sums, share):
    low, high = -sums.max(), -sums.min()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (sums + middle > 0).mean() < share - 1e-9 else (low, middle)
    return high


@pytest.mark.parametrize(
    "answer",
    [
        lambda sums, share: -np.quantile(sums, 1 - share),
        lambda sums, share: -np.percentile(sums, 100 * (1 - share)),
        lambda sums, share: np.quantile(-sums, share),
        lambda sums, share: np.percentile(-sums, 100 * share),
        lambda sums, share: -np.quantile(sums.ravel(), 1 - share, method="midpoint"),
        by_sorting,
        by_trying,
        by_halving,
        lambda sums, share: [-np.quantile(sums, 1 - share)],
        lambda sums, share: Tensor(-np.quantile(sums, 1 - share)),
        lambda s, p: -np.partition(s.ravel(), s.size - 1 - round(p * s.size))[s.size - 1 - round(p * s.size)],
        lambda *given: by_sorting(*given),
    ],
)
def test_bias_accepts(capsys, answer):
    assert feedback(capsys, check_bias, answer).startswith("Right. At minus the bias lies the threshold")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda s, p: np.quantile(s, 1 - p), "This is the threshold"),
        (lambda s, p: -np.quantile(s, p), "The share that you are given lies below"),
        (lambda s, p: np.quantile(s, p), "Two things are turned round"),
        (lambda s, p: -np.percentile(s, 1 - p), "np.quantile counts from 0 to 1"),
        (lambda s, p: -np.percentile(s, p), "np.quantile counts from 0 to 1"),
        (lambda s, p: -np.percentile(s, 100 - p), "np.quantile counts from 0 to 1"),
        (lambda s, p: -sorted(s.ravel())[-round(p * s.size)], "ReLU of 0 is 0"),
        (lambda s, p: -sorted(s.ravel())[int((1 - p) * s.size)], "ReLU of 0 is 0"),
        (lambda s, p: -sorted(s.ravel())[int((1 - p) * s.size) - 1], "int() cuts off"),
        (lambda s, p: -sorted(s.ravel())[round(p * s.size)], "counted from the wrong end"),
        (lambda s, p: -sorted(s.ravel())[round(p * s.size) - 1], "counted from the wrong end"),
        (lambda s, p: sorted(s.ravel(), reverse=True)[round(p * s.size)], "This is the threshold"),
        (lambda s, p: sorted(s.ravel(), reverse=True)[round(p * s.size) - 1], "This is the threshold"),
        (lambda s, p: sorted(s.ravel())[-round(p * s.size) - 1], "This is the threshold"),
        (lambda s, p: sorted(s.ravel())[round(p * s.size)], "Two things are turned round"),
        (lambda s, p: -np.quantile(s, 0.9), "A share of 0.1 fires, whatever share"),
        (lambda s, p: sorted(s), "gives one for each number"),
        (lambda s, p: -sorted(s.ravel())[p * s.size], "round(...) makes it whole"),
        (lambda s, p: -p * s.max(), "A share of the largest sum"),
        (lambda s, p: -(1 - p) * s.max(), "A share of the largest sum"),
        (lambda s, p: -(s.max() - p * np.ptp(s)), "do not lie evenly"),
        (lambda s, p: -s.mean(), "minus the mean"),
        (lambda s, p: -np.median(s), "With minus the median"),
        (lambda s, p: -s.max(), "nothing fires"),
        (lambda s, p: -s.min(), "all fire but the smallest"),
        (lambda s, p: p, "This is the share."),
        (lambda s, p: -p, "minus the share"),
        (lambda s, p: 1 - p, "stays silent"),
        (lambda s, p: -np.quantile(abs(s), 1 - p), "without their signs"),
        (lambda s, p: -np.quantile(s[0], 1 - p), "first row alone"),
        (lambda s, p: p * s.size, "how many places should fire"),
        (lambda s, p: 100, "10 of 10 places fire, and 2 should"),
        (lambda s, p: s - np.quantile(s, 1 - p), "One number was expected, the bias"),
        (lambda s, p: s > np.quantile(s, 1 - p), "True and False"),
        (lambda s, p: print(-np.quantile(s, 1 - p)), "prints its result"),
        (lambda s: s, "It is called with 2 values"),
        (-1.5, "A function was expected"),
    ],
)
def test_bias_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_bias, answer)


# --- A bend that is not so sharp


def number_by_number(x, slope):
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        result[place] = x[place] if x[place] > 0 else slope * x[place]
    return result


def with_a_mask(x, slope):
    result = x.copy()
    result[result < 0] *= slope
    return result


@pytest.mark.parametrize(
    "answer",
    [
        leaky_relu,
        lambda x, slope: np.maximum(x, slope * x),
        lambda x, slope: np.where(x > 0, x, slope * x),
        lambda x, slope: np.where(x < 0, slope * x, x),
        lambda x, slope: relu(x) - slope * relu(-x),
        lambda x, slope: np.maximum(x, 0) + slope * np.minimum(x, 0),
        lambda x, slope: x * np.where(x > 0, 1, slope),
        lambda x, slope: (x > 0) * x + (x <= 0) * slope * x,
        lambda x, slope: ((1 + slope) * x + (1 - slope) * np.abs(x)) / 2,
        number_by_number,
        with_a_mask,
        lambda x, slope: number_by_number(x, slope).tolist(),
        lambda x, slope: np.vectorize(lambda n: n if n > 0 else slope * n)(x),
        lambda x, slope: keras.activations.leaky_relu(x.astype("float32"), slope),
        lambda *given: np.clip(given[0], 0, None) + np.clip(given[0], None, 0) * given[1],
        lambda x, slope: Tensor(with_a_mask(x, slope)),
    ],
)
def test_leaky_relu_accepts(capsys, answer):
    assert feedback(capsys, check_leaky_relu, answer).startswith("Right. With slope 0 it is ReLU")


def whole_on_the_right(x, slope):
    result = x.copy()
    result[result < 0] = slope * result
    return result


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x, slope: relu(x), "Negative numbers become 0, as in ReLU"),
        (lambda x, slope: slope * x, "All numbers are multiplied"),
        (lambda x, slope: np.where(x > 0, slope * x, x), "changed places"),
        (lambda x, slope: x, "stay as they are"),
        (lambda x, slope: np.where(x > 0, x, slope), "become the slope itself"),
        (lambda x, slope: np.where(x > 0, x, -slope), "become minus the slope"),
        (lambda x, slope: np.maximum(x, slope), "the larger of the number and the slope"),
        (lambda x, slope: np.maximum(x, -slope), "cut off at minus the slope"),
        (lambda x, slope: np.where(x > 0, x, -slope * x), "come out positive"),
        (lambda x, slope: abs(x), "lost their signs"),
        (lambda x, slope: np.minimum(x, slope * x), "changed places"),
        (lambda x, slope: np.where(x > 0, x, x - slope), "is subtracted"),
        (lambda x, slope: np.where(x > 0, x, x + slope), "is added"),
        (lambda x, slope: np.where(x > 0, x, x / slope), "divided by"),
        (lambda x, slope: x + slope * x, "the one or the other"),
        (lambda x, slope: np.where(x > 0, x, (1 - slope) * x), "1 - slope"),
        (lambda x, slope: np.where(x > 0, x, slope * (np.exp(x) - 1)), "This is ELU"),
        (lambda x, slope: leaky_relu(x), "The slope is 0.2 whatever"),
        (lambda x, slope: np.where(x > 0, x, 0.01 * x), "The slope is 0.01 whatever"),
        (lambda x, slope: x > 0, "True and False"),
        (lambda x, slope: x[x > 0], "above 0 alone"),
        (lambda x, slope: np.where(x > 1, x, slope * x), "Your bend lies at 1."),
        (lambda x, slope: elu(x), "was expected"),
        (lambda x, slope: np.where(x > slope, x, slope * x), "Your bend lies at the slope."),
        (lambda x, slope: relu(x) + slope * x, "You add slope * x everywhere"),
        (lambda x, slope: relu(slope * x), "ReLU comes last"),
        (lambda x, slope: np.where(x > 0, 1, slope), "how steep the function is"),
        (lambda x, slope: x if x > 0 else slope * x, "gives one for each number"),
        (lambda x, slope: max(x, slope * x), "gives one for each number"),
        (lambda x, slope: [v if v > 0 else slope * v for v in x], "gives one for each number"),
        (lambda x, slope: np.max(x, slope * x), "np.maximum compares two arrays"),
        (whole_on_the_right, "Pick there with the same condition."),
        (lambda x: relu(x), "It is called with 2 values"),
        (0.2, "A function was expected"),
    ],
)
def test_leaky_relu_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_leaky_relu, answer)


def test_leaky_relu_leaves_what_it_is_given(capsys):
    def changes(x, slope):
        x[x < 0] *= slope
        return x

    assert "changes the x that it is given" in refused(capsys, check_leaky_relu, changes)


# --- What is sent back


def place_by_place(sums, sent):
    result = np.zeros(sums.shape)
    for place in np.ndindex(sums.shape):
        if sums[place] > 0:
            result[place] = sent[place]
    return result


def masked(sums, sent):
    result = sent.copy()
    result[sums < 0] = 0
    return result


@pytest.mark.parametrize(
    "answer",
    [
        lambda sums, sent: sent * (sums > 0),
        lambda sums, sent: np.where(sums > 0, sent, 0),
        lambda sums, sent: np.where(relu(sums) > 0, sent, 0),
        lambda sums, sent: sent * np.heaviside(sums, 0),
        lambda sums, sent: sent * np.sign(relu(sums)),
        lambda sums, sent: sent * (relu(sums) - relu(sums - 1e-6)) / 1e-6,
        lambda sums, sent: sent - sent * (sums < 0),
        lambda sums, sent: (sums > 0).astype(float) * sent,
        place_by_place,
        masked,
        lambda sums, sent: masked(sums, sent).tolist(),
        lambda sums, sent: Tensor(masked(sums, sent)),
        lambda *given: masked(*given),
        lambda sums, sent: keras.ops.where(sums > 0, sent.astype("float32"), 0),
    ],
)
def test_sent_back_accepts(capsys, answer):
    assert feedback(capsys, check_sent_back, answer).startswith("Right. ReLU is a gate")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x, g: relu(g), "You apply ReLU to what is sent back"),
        (lambda x, g: g * relu(x), "multiply by ReLU of the sum"),
        (lambda x, g: g * x, "You multiply by the sum"),
        (lambda x, g: g, "All that is sent back passes"),
        (lambda x, g: (x > 0) * 1, "This is the slope"),
        (lambda x, g: relu(x), "This is the way forward"),
        (lambda x, g: g * (x > 0) * (g > 0), "You stop what is negative"),
        (lambda x, g: g * (x > 0) * (g < 0), "You stop what is positive"),
        (lambda x, g: g * (x < 0), "the other way round"),
        (lambda x, g: relu(x) + g, "You add ReLU"),
        (lambda x, g: g * np.sign(x), "you change the sign"),
        (lambda x, g: abs(g) * (x > 0), "lost their signs"),
        (lambda x, g: -g * (x > 0), "the opposite sign"),
        (lambda x, g: np.where(x > 0, g, 0.2 * g), "a leaky ReLU"),
        (lambda x, g: x * (g > 0), "have changed places"),
        (lambda x, g: (g > 0) * 1.0, "the sums are not used"),
        (lambda x, g: g[x > 0], "without the zeros"),
        (lambda x, g: g + (x > 0), "You add the slope"),
        (lambda x, g: np.where(x > 1, g, 0), "above 1"),
        (lambda x, g: relu(x * g), "then cut off"),
        (lambda x, g: x > 0, "True and False"),
        (lambda x, g: relu(x) * relu(g), "You multiply ReLU of both"),
        (lambda x, g: np.minimum(g, 0), "whatever the sum was"),
        (lambda x, g: g if x > 0 else 0, "gives one for each number"),
        (lambda x: relu(x), "It is called with 2 values"),
        (1, "A function was expected"),
    ],
)
def test_sent_back_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_sent_back, answer)
