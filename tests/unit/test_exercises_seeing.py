"""The checkers of the chapter on what the network sees: right answers of many styles, and named mistakes."""

from itertools import pairwise

import numpy as np
import pytest
from test_exercises import Tensor, feedback, refused

from cnnbook.backend import keras  # before a check: it takes longer than its limit
from cnnbook.exercises.seeing import check_calibration, check_occlusion, check_ready

ops = keras.ops


# --- A square from the middle, made small


def middle(photo, side, cut="middle"):
    length = side * (min(photo.shape) // side)
    top, left = ((n - length) // 2 for n in photo.shape)
    if cut == "corner":
        top = left = 0
    if cut == "end":
        top, left = (n - length for n in photo.shape)
    if cut == "late":
        top, left = ((n - length + 1) // 2 for n in photo.shape)
    if cut == "halves":
        top, left = (n // 2 - length // 2 for n in photo.shape)
    return photo[top : top + length, left : left + length]


def blocks(square, side):
    return square.reshape(side, len(square) // side, side, -1)


def ready(photo, side, cut="middle"):
    return blocks(middle(photo, side, cut), side).mean(axis=(1, 3)) / 255


def by_loops(photo, side):
    square, block = middle(photo, side), min(photo.shape) // side
    result = np.zeros((side, side))
    for row in range(side):
        for column in range(side):
            part = square[row * block : (row + 1) * block, column * block : (column + 1) * block]
            result[row, column] = part.mean() / 255
    return result


def by_lists(photo, side):
    square, block = middle(photo, side) / 255, min(photo.shape) // side
    starts = range(0, side * block, block)
    return [[square[r : r + block, c : c + block].mean() for c in starts] for r in starts]


def by_sums(photo, side):
    block = min(photo.shape) // side
    return blocks(middle(photo, side), side).sum(axis=(1, 3), dtype=int) / block**2 / 255


def by_keras(photo, side):
    square = middle(photo, side).astype("float32") / 255
    return ops.average_pool(square[None, :, :, None], min(photo.shape) // side)


def by_add_at(photo, side):
    square, result = middle(photo, side), np.zeros((side, side))
    block = len(square) // side
    for place, value in np.ndenumerate(square):
        result[place[0] // block, place[1] // block] += value / 255 / block**2
    return result


@pytest.mark.parametrize(
    "answer",
    [
        ready,
        by_loops,
        by_lists,
        by_sums,
        by_keras,
        by_add_at,
        lambda photo, side: Tensor(ready(photo, side)),
        lambda photo, side: ready(photo, side).astype("float32"),
        lambda photo, side: ready(photo, side).tolist(),
        lambda photo, side: ready(photo, side)[..., None],
        lambda side, photo: ready(photo, side),
        lambda p, n: blocks(middle(p / 255, n), n).mean(3).mean(1),
        lambda p, n: np.add.reduceat(
            np.add.reduceat(middle(p / 255, n), np.arange(n) * (min(p.shape) // n), axis=0),
            np.arange(n) * (min(p.shape) // n), axis=1,
        ) / (min(p.shape) // n) ** 2,
    ],
)  # fmt: skip
def test_ready_accepts(capsys, answer):
    assert feedback(capsys, check_ready, answer).startswith("Right. Below are stripes")


def squeezed(photo, side):
    high, wide = (n // side for n in photo.shape)
    return photo[: side * high, : side * wide].reshape(side, high, side, wide).mean(axis=(1, 3)) / 255


def every(photo, side):
    block = min(photo.shape) // side
    return middle(photo, side)[::block, ::block] / 255


def cut_twice(photo, side):
    top, left = ((n - min(photo.shape)) // 2 for n in photo.shape)
    length = side * (min(photo.shape) // side)
    return blocks(photo[top : top + length, left : left + length], side).mean(axis=(1, 3)) / 255


def whole_bytes(photo, side):
    return blocks(middle(photo, side), side).mean(axis=(1, 3)).astype(int) / 255


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda p, n: ready(p, n, "corner"), "You cut from the upper left corner. The square is"),
        (lambda p, n: ready(p, n, "end"), "lower right corner"),
        (cut_twice, "shortened at its end alone"),
        (lambda p, n: ready(p, n, "late"), "one pixel too late"),
        (lambda p, n: ready(p, n, "halves"), "Halve the difference"),
        (squeezed, "is squeezed into a square"),
        (lambda p, n: 255 * ready(p, n), "Your numbers go up to 255"),
        (lambda p, n: 255 * ready(p, n, "corner"), "upper left corner, and leave numbers"),
        (lambda p, n: ready(p, n) / 255, "divide by 255 twice"),
        (lambda p, n: ready(p, n) * 255 / 256, "divide by 256"),
        (lambda p, n: 2 * ready(p, n) - 1, "from -1 to 1"),
        (every, "fine stripes become coarse"),
        (lambda p, n: 255 * every(p, n), "Take the mean of each, as a fraction"),
        (lambda p, n: blocks(middle(p, n), n).max(axis=(1, 3)) / 255, "as max pooling does"),
        (lambda p, n: blocks(middle(p, n), n).min(axis=(1, 3)) / 255, "the smallest of each block"),
        (lambda p, n: np.median(blocks(middle(p, n), n), axis=(1, 3)) / 255, "the median"),
        (lambda p, n: blocks(middle(p, n), n).sum(axis=(1, 3)) / 255, "how many pixels"),
        (
            lambda p, n: middle(p, n).reshape(min(p.shape) // n, n, -1, n).mean(axis=(0, 2)) / 255,
            "mixes pixels that are far apart",
        ),
        (lambda p, n: p[(len(p) - n) // 2 :, (p.shape[1] - n) // 2 :][:n, :n] / 255, "skipped or cut away"),
        (lambda p, n: middle(p, n) / 255, "still has to be made smaller"),
        (whole_bytes, "cut off, as `//`"),
        (lambda p, n: blocks(middle(p, n), n).mean(axis=(1, 3)).round() / 255, "rounded to whole bytes"),
        (lambda p, n: ready(p, n).T, "changed places"),
        (lambda p, n: ready(p, n)[::-1], "upside down"),
        (lambda p, n: ready(p, n).mean(), "You return one number"),
        (lambda p, n: p / 255, "your picture has the shape (2, 4)"),
        (lambda p: p, "It is called with 2 values"),
        (lambda p, n: print(ready(p, n)), "prints its result"),
        (np.eye(2), "A function was expected"),
    ],
)
def test_ready_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_ready, answer)


# --- Cover it piece by piece


def covered(network, image, size, fill=0.5, keep=False, rest=False, short=0):
    """What is said with each square covered."""
    rows, columns = (n - size + 1 - short for n in image.shape)
    said, changed = np.zeros((rows, columns)), image.copy()
    for r in range(rows):
        for c in range(columns):
            if not keep:
                changed = image.copy()
            square = changed[r : r + size, c : c + size]
            if rest:
                kept = square.copy()
                changed[:] = fill
                changed[r : r + size, c : c + size] = kept
            else:
                square[:] = fill(square) if callable(fill) else fill
            said[r, c] = network(changed)
    return said


def drop(network, image, size, **how):
    return network(image) - covered(network, image, size, **how)


def one_list(network, image, size):
    before, result = network(image), []
    for r in range(len(image) - size + 1):
        row = []
        for c in range(len(image[0]) - size + 1):
            changed = np.array(image)
            changed[r : r + size, c : c + size] = 0.5
            row.append(before - network(changed))
        result.append(row)
    return result


def put_back(network, image, size):
    before = network(image)
    result = np.empty([n - size + 1 for n in image.shape])
    for r, c in np.ndindex(result.shape):
        kept = image[r : r + size, c : c + size].copy()
        image[r : r + size, c : c + size] = 0.5
        result[r, c] = before - network(image)
        image[r : r + size, c : c + size] = kept
    return result


def by_masks(network, image, size):
    rows, columns = np.indices(image.shape)
    result = np.zeros([n - size + 1 for n in image.shape])
    for r, c in np.ndindex(result.shape):
        inside = (rows >= r) & (rows < r + size) & (columns >= c) & (columns < c + size)
        result[r, c] = network(image) - network(np.where(inside, 0.5, image))
    return result


@pytest.mark.parametrize(
    "answer",
    [
        drop,
        one_list,
        put_back,
        by_masks,
        lambda network, image, size: -(covered(network, image, size) - network(image)),
        lambda n, i, s: drop(n, i, s).astype("float32"),
        lambda n, i, s: drop(n, i.tolist() and i, s).tolist(),
        lambda n, i, s: Tensor(drop(n, i, s)),
        lambda n, i, s: ops.convert_to_tensor(drop(n, i, s)),
        lambda n, i, s: drop(n, i, s)[None, :, :, None],
        lambda size, image, network: drop(network, image, size),
        lambda n, i, s: drop(n, i, s, fill=np.full((s, s), 0.5)),
    ],
)
def test_occlusion_accepts(capsys, answer):
    assert feedback(capsys, check_occlusion, answer).startswith("Right. Your map also shows")


def with_square(network, image, size, square):
    result = np.zeros([n - size + 1 for n in image.shape])
    for r, c in np.ndindex(result.shape):
        changed = image.copy()
        changed[square(r, size), square(c, size)] = 0.5
        result[r, c] = network(image) - network(changed)
    return result


def one_pixel(network, image, size):
    return with_square(network, image, size, lambda start, size: start)


def from_start_to_size(network, image, size):
    return with_square(network, image, size, lambda start, size: slice(start, size))


def one_wider(network, image, size):
    return with_square(network, image, size, lambda start, size: slice(start, start + size + 1))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda n, i, s: -drop(n, i, s), "The sign is turned"),
        (covered, "How much less is it than before?"),
        (lambda n, i, s: drop(n, i, s, keep=True), "The squares pile up: each stays"),
        (lambda n, i, s: covered(n, i, s, keep=True), "pile up, and nothing is subtracted"),
        (lambda n, i, s: -drop(n, i, s, keep=True), "pile up, and the sign"),
        (lambda n, i, s: drop(n, i, s, fill=0), "Yours is black"),
        (lambda n, i, s: drop(n, i, s, fill=1), "Yours is white"),
        (lambda n, i, s: drop(n, i, s, fill=127.5), "127.5 is for bytes"),
        (lambda n, i, s: drop(n, i, s, fill=i.mean()), "the mean of the image"),
        (lambda n, i, s: drop(n, i, s, fill=np.mean), "the mean of what it covers"),
        (lambda n, i, s: drop(n, i, s, fill=lambda x: x / 2), "darkens what is there"),
        (lambda n, i, s: drop(n, i, s, rest=True), "everything *but* the square"),
        (lambda n, i, s: drop(n, i, s, short=1), "last place is missing"),
        (lambda n, i, s: drop(n, i, 1), "a single pixel at each place"),
        (one_pixel, "a single pixel at each place"),
        (from_start_to_size, "end at `size`, wherever they begin"),
        (one_wider, "one pixel too high and too wide"),
        (lambda n, i, s: np.abs(drop(n, i, s)), "lost their signs. Where covering"),
        (lambda n, i, s: np.maximum(drop(n, i, s), 0), "Negative drops have become 0"),
        (lambda n, i, s: drop(n, i, s) / n(i), "divide by what the network said"),
        (lambda n, i, s: covered(n, i, s) / n(i), "the share that is left"),
        (lambda n, i, s: 0 * drop(n, i, s) + drop(n, i, s)[-1, -1], "those of the last place"),
        (lambda n, i, s: drop(n, i, s).T, "changed places"),
        (lambda n, i, s: drop(n, i, s).max(), "returns one number"),
        (lambda n, i, s: n(i[:s, :s]), "the network takes an image of shape (2, 3)"),
        (lambda i, s: i, "It is called with 3 values: network, image, size"),
        (lambda n, i, s: n, "must be made of numbers"),
        ([[1]], "A function was expected"),
    ],
)
def test_occlusion_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_occlusion, answer)


def test_the_network_of_a_counter_example_has_words(capsys):
    said = refused(capsys, check_occlusion, covered)
    assert "With network that weighs [[3, 1, 2], [1, 4, -2]], image [[1, 0, 0.25], [0.75, 1, 0]]" in said


# --- How far probabilities are from what is so


def places(sure, bins):
    return np.minimum((sure * bins).astype(int), bins - 1)


def parts(sure, right, bins):
    """(full bins,) mean, share of right answers, count."""
    place = places(sure, bins)
    found = [
        (sure[place == b].mean(), right[place == b].mean(), (place == b).sum()) for b in np.unique(place)
    ]
    return np.array(found).T


def error(sure, right, bins):
    mean, share, count = parts(sure, right, bins)
    return (abs(mean - share) * count).sum() / len(sure)


def by_edges(sure, right, bins):
    total, edges = 0, np.linspace(0, 1, bins + 1)
    for low, high in pairwise(edges):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            total += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
    return total


def by_bincount(sure, right, bins):
    place = places(sure, bins)
    return abs(np.bincount(place, sure - right)).sum() / len(sure)


def plain_python(sure, right, bins):
    sums = [0.0] * bins
    for p, ok in zip(sure.tolist(), right.tolist(), strict=True):
        sums[min(int(p * bins), bins - 1)] += p - ok
    return sum(map(abs, sums)) / len(sure)


def by_histogram(sure, right, bins):
    more, _ = np.histogram(sure, bins, (0, 1), weights=sure - right)
    return np.abs(more).sum() / len(sure)


@pytest.mark.parametrize(
    "answer",
    [
        error,
        by_edges,
        by_bincount,
        plain_python,
        by_histogram,
        lambda sure, right, bins: [error(sure, right, bins)],
        lambda s, r, b: np.float32(error(s, r, b)),
        lambda s, r, b: np.array(error(s, r, b)),
        lambda s, r, b: Tensor(np.array(error(s, r, b))),
        lambda s, r, b: ops.convert_to_tensor(error(s, r, b)),
        lambda bins, right, sure: error(sure, right, bins),
        lambda s, r, b: np.average(abs(np.subtract(*parts(s, r, b)[:2])), weights=parts(s, r, b)[2]),
    ],
)
def test_calibration_accepts(capsys, answer):
    assert feedback(capsys, check_calibration, answer).startswith("Right. And here is why")


def gap(s, r, b):
    mean, share, count = parts(s, r, b)
    return mean - share, count


def squares(s, r, b):
    return np.average(gap(s, r, b)[0] ** 2, weights=gap(s, r, b)[1])


def nan_bins(s, r, b):
    place = places(s, b)
    return np.mean([abs(s[place == i].mean() - r[place == i].mean()) for i in range(b)])


def one_bin_too_few(s, r, b):
    place = np.digitize(s, np.linspace(0, 1, b)) - 1
    return sum(abs(s[place == i].mean() - r[place == i].mean()) * (place == i).mean() for i in set(place))


def middles(s, r, b):
    place = places(s, b)
    return sum(abs((i + 0.5) / b - r[place == i].mean()) * (place == i).mean() for i in set(place))


def crowded(s, r, b):
    chunks = np.array_split(np.argsort(s, kind="stable"), b)
    return sum(abs(s[p].mean() - r[p].mean()) * len(p) for p in chunks if len(p)) / len(s)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda s, r, b: s.mean() - r.mean(), "cancel: all answers are taken together"),
        (lambda s, r, b: abs(s.mean() - r.mean()), "cancel"),
        (lambda s, r, b: np.average(gap(s, r, b)[0], weights=gap(s, r, b)[1]), "bins with their signs"),
        (lambda s, r, b: abs(gap(s, r, b)[0]).mean(), "Each bin counts the same"),
        (lambda s, r, b: abs(gap(s, r, b)[0]).sum() / b, "empty ones too"),
        (lambda s, r, b: abs(gap(s, r, b)[0]).sum(), "How many of all answers"),
        (lambda s, r, b: (abs(gap(s, r, b)[0]) * gap(s, r, b)[1]).sum(), "Divide by the number of all"),
        (lambda s, r, b: (abs(gap(s, r, b)[0]) * gap(s, r, b)[1]).sum() / b, "by the number of bins. Divide"),
        (lambda s, r, b: abs(gap(s, r, b)[0]).max(), "the worst bin"),
        (lambda s, r, b: squares(s, r, b), "You square the distances. "),
        (lambda s, r, b: squares(s, r, b) ** 0.5, "and take the root"),
        (lambda s, r, b: ((s - r) ** 2).mean(), "with 0 or 1, squared"),
        (lambda s, r, b: abs(s - r).mean(), "You compare each answer with 0 or 1. "),
        (middles, "middle of each bin"),
        (crowded, "equally many answers"),
        (lambda s, r, b: 100 * error(s, r, b), "in percent"),
        (lambda s, r, b: 1 - error(s, r, b), "1 less the error"),
        (lambda s, r, b: error(s, r, 10), "10 bins, whatever"),
        (one_bin_too_few, "one bin too few"),
        (lambda s, r, b: error(s, r, b) / len(gap(s, r, b)[0]), "You take their mean: add"),
        (lambda s, r, b: error(s, ~r, b), "*wrong* answers"),
        (lambda s, r, b: r.mean(), "This is the accuracy"),
        (lambda s, r, b: 1 - r.mean(), "share of wrong answers"),
        (lambda s, r, b: s.mean(), "how sure the network was"),
        (nan_bins, "holds nan"),
        (lambda s, r, b: abs(gap(s, r, b)[0]), "One number was expected"),
        (lambda s, r: 0, "It is called with 3 values"),
        (lambda s, r, b: 0, "you get 0; 0.47 is right"),
        (0.03, "A function was expected"),
    ],
)  # fmt: skip
def test_calibration_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_calibration, answer)


def test_a_right_answer_shows_something_and_asks():
    for check, answer in ((check_ready, ready), (check_occlusion, drop), (check_calibration, error)):
        message, figure = check.__wrapped__(answer)
        assert len(figure.axes) > 1
        assert "?" in message or "cannot know" in message
