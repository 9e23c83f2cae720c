"""The checkers of the chapter on padding: styles accepted, mistakes named."""

import math

import numpy as np
import pytest
from test_exercises import feedback

from cnnbook.exercises.padding import check_pad, check_reads, check_same, check_size
from cnnbook.ops import output_size

# --- Padding

MODES = {"zero": "constant", "reflect": "reflect"}


def assigned(image, p, mode):
    h, w = image.shape
    padded = np.zeros((h + 2 * p, w + 2 * p))
    padded[p : p + h, p : p + w] = image
    if mode == "reflect":
        for n in range(p):
            padded[n] = padded[2 * p - n]
            padded[-1 - n] = padded[-1 - 2 * p + n]
        for n in range(p):
            padded[:, n] = padded[:, 2 * p - n]
            padded[:, -1 - n] = padded[:, -1 - 2 * p + n]
    return padded


def indexed(image, p, mode):
    def mirror(n):
        places = np.abs(np.arange(-p, n + p))
        return n - 1 - np.abs(n - 1 - places)

    rows, columns = map(mirror, image.shape)
    padded = image[rows][:, columns].copy()
    if mode == "zero":
        padded[:p] = padded[-p:] = 0
        padded[:, :p] = padded[:, -p:] = 0
    return padded


def loops(image, p, mode):
    h, w = image.shape

    def inside(place, size):
        return place if 0 <= place < size else -place if place < 0 else 2 * (size - 1) - place

    def value(r, c):
        if mode == "zero" and not (0 <= r < h and 0 <= c < w):
            return 0
        return image[inside(r, h)][inside(c, w)]

    return [[value(r, c) for c in range(-p, w + p)] for r in range(-p, h + p)]


def stacked(image, p, mode):
    if mode == "reflect":
        image = np.concatenate([image[p:0:-1], image, image[-2 : -2 - p : -1]])
        return np.concatenate([image[:, p:0:-1], image, image[:, -2 : -2 - p : -1]], axis=1)
    image = np.vstack([np.zeros((p, image.shape[1])), image, np.zeros((p, image.shape[1]))])
    return np.hstack([np.zeros((len(image), p)), image, np.zeros((len(image), p))])


def taken(image, p, mode):
    places = [np.pad(np.arange(n), p, mode="reflect") for n in image.shape]
    inside = np.pad(np.ones(image.shape), p)
    return image[np.ix_(*places)] * (inside if mode == "zero" else 1)


PADS = [
    assigned,
    indexed,
    loops,
    stacked,
    taken,
    lambda image, p, mode: np.pad(image, p, mode=MODES[mode]),
    lambda image, p, mode: np.pad(image, p, mode=MODES[mode])[None, :, :, None],
    lambda image, p, mode: assigned(image, p, mode).astype("float32"),
    lambda image, p, mode: assigned(image, p, mode).tolist(),
    lambda mode, p, image: assigned(image, p, mode),
]


@pytest.mark.parametrize("answer", PADS)
def test_pad_accepts(capsys, answer):
    assert feedback(capsys, check_pad, answer).startswith("Right. Zeros or a mirror")


def mode(other):
    return lambda image, p, mode: np.pad(image, p, mode="constant" if mode == "zero" else other)


def widths(*of):
    return lambda image, p, mode: np.pad(image, [(a * p, b * p) for a, b in of], mode=MODES[mode])


def corner(image, p, mode):
    padded = np.zeros((len(image) + 2 * p, len(image[0]) + 2 * p))
    padded[: len(image), : len(image[0])] = image
    return padded


def slices(top, bottom):
    """Reflection by slices of rows, then columns."""

    def pad(image, p, mode):
        if mode == "zero":
            return np.pad(image, p)
        image = np.concatenate([top(image, p), image, bottom(image, p)])
        return np.concatenate([top(image.T, p).T, image, bottom(image.T, p).T], axis=1)

    return pad


def half_reflected(axis):
    def pad(image, p, mode):
        way, other = [(p, p), (0, 0)], [(0, 0), (p, p)]
        first, second = (way, other) if axis == 0 else (other, way)
        return np.pad(np.pad(image, first, mode=MODES[mode]), second)

    return pad


def without_corners(image, p, mode):
    padded = np.pad(image, p, mode=MODES[mode])
    padded[:p, :p] = padded[:p, -p:] = padded[-p:, :p] = padded[-p:, -p:] = 0
    return padded


def never_filled(image, p, mode):
    padded = np.zeros((len(image) + 2 * p, len(image[0]) + 2 * p))
    padded[p:-p, p:-p] == image  # noqa: B015
    return padded


def too_small(image, p, mode):
    padded = np.zeros((len(image) + p, len(image[0]) + p))
    padded[p:-p, p:-p] = image
    return padded


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda image, p, mode: image, "nothing is around it"),
        (lambda image, p, mode: np.pad(image, p), "the mode changes nothing"),
        (mode("symmetric"), "stand there twice"),
        (mode("edge"), "stand there twice"),
        (mode("wrap"), "called “circular”"),
        (slices(lambda x, p: x[1 : p + 1], lambda x, p: x[-p - 1 : -1]), "not in the order of a mirror"),
        (slices(lambda x, p: x[p - 1 :: -1][:p], lambda x, p: x[::-1][:p]), "stand there twice"),
        (
            slices(lambda x, p: x[-2 : -2 - p : -1], lambda x, p: x[p:0:-1]),
            "have changed sides",
        ),
        (half_reflected(0), "Rows are reflected, columns are not"),
        (half_reflected(1), "Columns are reflected, rows are not"),
        (without_corners, "corners are still zeros"),
        (corner, "the image lies in the corner"),
        (widths((0, 2), (0, 2)), "all of it comes after"),
        (widths((2, 0), (2, 0)), "All of it comes before the image"),
        (widths((0, 1), (0, 1)), "Only below and to the right"),
        (widths((1, 0), (1, 0)), "Only above and to the left"),
        (widths((1, 1), (0, 0)), "Only rows are added"),
        (widths((0, 0), (1, 1)), "Only columns are added"),
        (lambda image, p, mode: np.pad(image, 1, mode=MODES[mode]), "one pixel wide, whatever p is"),
        (widths((2, 2), (2, 2)), "Twice as much"),
        (lambda image, p, mode: np.pad(image, p, constant_values=1), "Ones are added"),
        (lambda image, p, mode: image[p:-p, p:-p], "cuts pixels off"),
        (never_filled, "All your numbers are 0"),
        (too_small, "could not broadcast"),
        (
            lambda image, p, mode: np.pad(image, p, mode=MODES[mode]).astype(int),
            "fractions are cut off",
        ),
        (lambda image, p, mode: None, "returned None"),
        (lambda image, p: image, "It is called with 3 values: image, p, mode"),
        (np.zeros((5, 6)), "A function was expected"),
    ],
)
def test_pad_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_pad, answer)
    assert text.startswith("Not yet. ")
    if message == "could not broadcast":
        assert "were put into a place of the shape" in text
    else:
        assert message in text


# --- What an output reads


def walks(i, kernel, stride, before, dilation):
    place, places = i * stride - before, []
    while len(places) < kernel:
        places.append(place)
        place += dilation
    return places


READS = [
    lambda i, kernel, stride, before, dilation: [i * stride - before + j * dilation for j in range(kernel)],
    lambda i, kernel, stride, before, dilation: i * stride - before + dilation * np.arange(kernel),
    lambda i, k, s, b, d: list(range(i * s - b, i * s - b + k * d, d)),
    lambda i, k, s, b, d: range(i * s - b, i * s - b + (k - 1) * d + 1, d),
    lambda i, k, s, b, d: tuple(i * s - b + j * d for j in range(k)),
    lambda i, k, s, b, d: np.arange(-b, 200)[i * s :: d][:k],
    lambda i, k, s, b, d: np.array([i * s - b + j * d for j in range(k)], "float32"),
    lambda i, k, s, b, d: np.array([[i * s - b + j * d for j in range(k)]]),
    lambda dilation, before, i, kernel, stride: [i * stride - before + j * dilation for j in range(kernel)],
    lambda i, k, s, b, d: sorted({i * s - b + j * d for j in range(k)}),
    walks,
]


@pytest.mark.parametrize("answer", READS)
def test_reads_accepts(capsys, answer):
    assert feedback(capsys, check_reads, answer).startswith("Right. The window begins at i · stride")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda i, k, s, b, d: [i * s + j * d for j in range(k)], "places in the padded row"),
        (lambda i, k, s, b, d: [max(0, i * s - b + j * d) for j in range(k)], "have become 0"),
        (
            lambda i, k, s, b, d: [i * s - b + j * d for j in range(k) if i * s - b + j * d >= 0],
            "are left out",
        ),
        (lambda i, k, s, b, d: [i * s + b + j * d for j in range(k)], "`before` is added"),
        (lambda i, k, s, b, d: [i - b + j * d for j in range(k)], "The stride is not in your places"),
        (lambda i, k, s, b, d: [(i - b) * s + j * d for j in range(k)], "The stride multiplies `before`"),
        (lambda i, k, s, b, d: list(range(i * s - b, i * s - b + k)), "The dilation is not in your places"),
        (lambda i, k, s, b, d: [i * s - b + j * (d + 1) for j in range(k)], "one too far apart"),
        (lambda i, k, s, b, d: [(i * s + j) * d - b for j in range(k)], "spreads the first place"),
        (lambda i, k, s, b, d: [i * d - b + j * s for j in range(k)], "Stride and dilation have changed"),
        (
            lambda i, k, s, b, d: np.arange(i * s - b, i * s - b + (k - 1) * d + 1),
            "all that the window spans.",
        ),
        (lambda i, k, s, b, d: np.arange(i * s - b, i * s - b + k * d), "window spans, and more"),
        (lambda i, k, s, b, d: [i * k - b + j * d for j in range(k)], "moves by its own size"),
        (lambda i, k, s, b, d: [i * s - k // 2 + j * d for j in range(k)], "the middle of the window"),
        (lambda i, k, s, b, d: [i * s - b + j * d for j in range(k + 1)], "one place too many"),
        (lambda i, k, s, b, d: [i * s - b + j * d for j in range(k - 1)], "One place is missing"),
        (lambda i, k, s, b, d: [i * s - b + j * d for j in range(1, k + 1)], "With i 2, kernel 3"),
        (lambda i, k, s, b, d: [i * s - b + j * d + 1 for j in range(k)], "one too far on"),
        (lambda i, k, s, b, d: [(i + 1) * s - b + j * d for j in range(k)], "places of the next output"),
        (lambda i, k, s, b, d: [j * d for j in range(k)], "reads the same places"),
        (lambda i, k, s, b, d: i * s - b, "This is the first place"),
        (lambda i, k, s, b, d: (i * s - b, i * s - b + (k - 1) * d), "the first and the last place"),
        (lambda i, k, s, b, d: (i * s - b, i * s - b + (k - 1) * d + 1), "begins and ends"),
        (lambda i, k, s, b, d: (j for j in range(k)), "is a generator, not yet numbers"),
        (lambda i, k, s, b, d: None, "returned None"),
        (lambda i, k: [i], "It is called with 5 values"),
        ([0, 1, 2], "A function was expected"),
    ],
)
def test_reads_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_reads, answer)
    assert text.startswith("Not yet. ")
    assert message in text


# --- The size of a map


def counts(size, kernel, stride, padding, dilation):
    return len(range(0, size + 2 * padding - (kernel - 1) * dilation, stride))


SIZES = [
    lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d - 1) // s + 1,
    lambda n, k, s, p, d: (n + 2 * p - ((k - 1) * d + 1)) // s + 1,
    lambda n, k, s, p, d: math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1),
    lambda n, k, s, p, d: np.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1,
    lambda n, k, s, p, d: int((n + 2 * p - (k + (k - 1) * (d - 1))) / s) + 1,
    lambda n, k, s, p, d: -(-(n + 2 * p - (k - 1) * d) // s),
    lambda n, k, s, p, d: np.array([(n + 2 * p - (k - 1) * d - 1) // s + 1]),
    lambda n, k, s, p, d: np.float32((n + 2 * p - (k - 1) * d - 1) // s + 1),
    lambda dilation, padding, stride, kernel, size: counts(size, kernel, stride, padding, dilation),
    lambda n, k, s, p, d: output_size(n, k, s, p, d).size,
    counts,
]


@pytest.mark.parametrize("answer", SIZES)
def test_size_accepts(capsys, answer):
    assert feedback(capsys, check_size, answer).startswith("Right. This is the whole formula")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n, k, s, p, d: (n + 2 * p - k) // s + 1, "The dilation is not in your formula"),
        (lambda n, k, s, p, d: (n + 2 * p - k * d) // s + 1, "does not span kernel · dilation"),
        (lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d) // s + 1, "Your span is one too small"),
        (lambda n, k, s, p, d: (n + 2 * p - k - (k - 1) * d) // s + 1, "Dilation 1 means no gap"),
        (lambda n, k, s, p, d: (n + 2 * p - k - d + 1) // s + 1, "You count one gap"),
        (lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d - 1) / s + 1, "gives fractions"),
        (lambda n, k, s, p, d: math.ceil((n + 2 * p - (k - 1) * d - 1) / s) + 1, "You round up"),
        (lambda n, k, s, p, d: round((n + 2 * p - (k - 1) * d - 1) / s) + 1, "round to the nearest"),
        (lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d - 1) // s, "One is missing"),
        (lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d) // s, "added before the division"),
        (lambda n, k, s, p, d: (n + p - (k - 1) * d - 1) // s + 1, "The padding is counted once"),
        (lambda n, k, s, p, d: (n - (k - 1) * d - 1) // s + 1, "The padding is not in your formula"),
        (lambda n, k, s, p, d: n + 2 * p - (k - 1) * d, "The stride is not in your formula"),
        (lambda n, k, s, p, d: (n + 2 * p) // s - (k - 1) * d, "You divide too early"),
        (lambda n, k, s, p, d: (n - 2 * p - (k - 1) * d - 1) // s + 1, "makes your row shorter"),
        (lambda n, k, s, p, d: (n + 2 * p + (k - 1) * d + 1) // s + 1, "The kernel is added"),
        (
            lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d - 1) // (s * d) + 1,
            "The dilation divides the steps",
        ),
        (lambda n, k, s, p, d: (n + 2 * p - (k - 1) * d - 1) * s + 1, "You multiply by the stride"),
        (lambda n, k, s, p, d: (n + 2 * p) // s + 1, "The kernel is not in your formula"),
        (lambda n, k, s, p, d: math.ceil(n / s), "This is the size for padding “same”"),
        (lambda n, k, s, p, d: n, "as large as the row"),
        (lambda n, k, s, p, d: counts(n, k, s, p, 1) if d == 1 else 0, "With dilation 1 it is right"),
        (lambda n, k, s, p, d: None, "returned None"),
        (lambda n, k, s, p: n, "It is called with 5 values"),
        (5, "A function was expected"),
    ],
)
def test_size_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_size, answer)
    assert text.startswith("Not yet. ")
    assert message in text


# --- Where "same" puts its zeros


def total(n, k, s):
    return max(0, (math.ceil(n / s) - 1) * s + k - n)


def tensorflow(size, kernel, stride):
    """As its documentation has it."""
    both = max(kernel - stride, 0) if size % stride == 0 else max(kernel - size % stride, 0)
    return both // 2, both - both // 2


def searches(size, kernel, stride):
    zeros = 0
    while size + zeros < kernel or (size + zeros - kernel) // stride + 1 < -(-size // stride):
        zeros += 1
    before = zeros // 2
    return before, zeros - before


SAMES = [
    lambda n, k, s: (total(n, k, s) // 2, total(n, k, s) - total(n, k, s) // 2),
    lambda n, k, s: [total(n, k, s) // 2, -(-total(n, k, s) // 2)],
    lambda n, k, s: (math.floor(total(n, k, s) / 2), math.ceil(total(n, k, s) / 2)),
    lambda n, k, s: divmod(total(n, k, s), 2)[0] + np.array([0, total(n, k, s) % 2]),
    lambda n, k, s: np.array([total(n, k, s) // 2, (total(n, k, s) + 1) // 2], "float32"),
    lambda n, k, s: ([total(n, k, s) // 2], [(total(n, k, s) + 1) // 2]),
    lambda stride, kernel, size: tensorflow(size, kernel, stride),
    lambda n, k, s: output_size(n, k, s, "same")[1:3],
    lambda n, k, s: list({"before": total(n, k, s) // 2, "after": (total(n, k, s) + 1) // 2}.values()),
    tensorflow,
    searches,
]


@pytest.mark.parametrize("answer", SAMES)
def test_same_accepts(capsys, answer):
    assert feedback(capsys, check_same, answer).startswith("Right. As few as it takes")


def halves(n):
    return n // 2, n - n // 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n, k, s: (k // 2, k // 2), "Half of the kernel is right"),
        (lambda n, k, s: ((k - 1) // 2, (k - 1) // 2), "does not depend on size and stride"),
        (lambda n, k, s: halves(k - 1), "These are the zeros at stride 1"),
        (lambda n, k, s: halves(total(n, k, s))[::-1], "Before and after have changed places"),
        (lambda n, k, s: (total(n, k, s) // 2,) * 2, "you lose one zero"),
        (lambda n, k, s: (math.ceil(total(n, k, s) / 2),) * 2, "you add one zero"),
        (lambda n, k, s: (total(n, k, s) / 2,) * 2, "Half a zero"),
        (lambda n, k, s: halves((math.ceil(n / s) - 1) * s + k - n), "can be negative"),
        (lambda n, k, s: halves(max(0, (n // s - 1) * s + k - n)), "You count floor"),
        (lambda n, k, s: halves(max(0, (round(n / s) - 1) * s + k - n)), "to the nearest"),
        (lambda n, k, s: halves((n - 1) * s + k - n), "You count `size` outputs"),
        (lambda n, k, s: halves(math.ceil(n / s) * s + k - n), "a step too many"),
        (lambda n, k, s: halves(max(0, math.ceil(n / s) - 1 + k - n)), "not multiplied by the stride"),
        (lambda n, k, s: (0, total(n, k, s)), "All of them come after"),
        (lambda n, k, s: (total(n, k, s), 0), "All of them come before"),
        (lambda n, k, s: (total(n, k, s),) * 2, "the whole number on each side"),
        (total, "how many zeros there are together"),
        (lambda n, k, s: math.ceil(n / s), "the number of outputs"),
        (lambda n, k, s: (0, 0), "that is “valid”"),
        (lambda n, k, s: halves((math.ceil(n / s) - 1) * s + k), "how far the last window reaches"),
        (lambda n, k, s: (1, 2), "With size 8, kernel 3, stride 2 you get [1, 2]; [0, 1] is right"),
        (lambda n, k, s: None, "returned None"),
        (lambda n, k: (1, 1), "It is called with 3 values"),
        ((0, 1), "A function was expected"),
    ],
)
def test_same_names_the_mistake(capsys, answer, message):
    text = feedback(capsys, check_same, answer)
    assert text.startswith("Not yet. ")
    assert message in text


# --- All of them

CHECKS = {"my_pad": check_pad, "my_reads": check_reads, "my_size": check_size, "my_same": check_same}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("answer", [None, ..., lambda *arguments: ...])
def test_unanswered(capsys, check, answer):
    assert feedback(capsys, check, answer).startswith("Not answered yet.")
