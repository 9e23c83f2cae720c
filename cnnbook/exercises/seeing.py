"""Exercises of the chapter on what the network sees."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.exercises.compare import Formula, cases, expect, expect_formula
from cnnbook.exercises.feedback import checker

# --- A square from the middle, made small

_rng = np.random.default_rng(11)
_PHOTOS = cases(
    "photo side",
    [
        (np.array([[9, 60, 255, 9], [9, 10, 201, 9]]), 1),  # small, and most mistakes tell themselves apart
        (np.array([[9, 51, 102, 9], [9, 153, 204, 9]]), 2),
        (np.array([[9, 9], [51, 102], [153, 204], [9, 9]]), 2),
        (_rng.integers(0, 256, (4, 6), np.uint8), 2),
        (_rng.integers(0, 256, (9, 5), np.uint8), 2),
        (_rng.integers(0, 256, (6, 12), np.uint8), 3),
        (_rng.integers(0, 256, (8, 8), np.uint8), 4),
        (_rng.integers(0, 256, (11, 14), np.uint8), 3),  # left over on both sides, an odd number of columns
        (_rng.integers(0, 256, (96, 160), np.uint8), 32),
    ],
)


def _cut(photo: np.ndarray, length: int) -> np.ndarray:
    top, left = ((n - length) // 2 for n in photo.shape)
    return photo[top : top + length, left : left + length]


def _block(photo: np.ndarray, side: int) -> int:
    return min(photo.shape) // side


def _blocks(square: np.ndarray, side: int) -> np.ndarray:
    """(side, block, side, block)."""
    block = len(square) // side
    return square.reshape(side, block, side, block).astype(float)


def _middle(photo: np.ndarray, side: int) -> np.ndarray:
    return _cut(photo, side * _block(photo, side))


def _ready(photo: np.ndarray, side: int) -> np.ndarray:
    return _blocks(_middle(photo, side), side).mean(axis=(1, 3)) / 255


def _corner(photo: np.ndarray, side: int) -> np.ndarray:
    length = side * _block(photo, side)
    return _blocks(photo[:length, :length], side).mean(axis=(1, 3)) / 255


def _end(photo: np.ndarray, side: int) -> np.ndarray:
    length = side * _block(photo, side)
    return _blocks(photo[len(photo) - length :, photo.shape[1] - length :], side).mean(axis=(1, 3)) / 255


def _cut_twice(photo: np.ndarray, side: int) -> np.ndarray:
    length = side * _block(photo, side)
    return _blocks(_cut(photo, min(photo.shape))[:length, :length], side).mean(axis=(1, 3)) / 255


def _begun(photo: np.ndarray, side: int, starts: Callable[[int, int], int]) -> np.ndarray:
    length = side * _block(photo, side)
    top, left = (starts(n, length) for n in photo.shape)
    return _blocks(photo[top : top + length, left : left + length], side).mean(axis=(1, 3)) / 255


def _squeezed(photo: np.ndarray, side: int) -> np.ndarray:
    high, wide = (n // side for n in photo.shape)
    means = photo[: side * high, : side * wide].reshape(side, high, side, wide).mean(axis=(1, 3))
    return means / 255


def _every(photo: np.ndarray, side: int) -> np.ndarray:
    block = _block(photo, side)
    return _middle(photo, side)[::block, ::block] / 255


def _interleaved(photo: np.ndarray, side: int) -> np.ndarray:
    block = _block(photo, side)
    return _middle(photo, side).reshape(block, side, block, side).mean(axis=(0, 2)) / 255


_NO_MEAN = "One pixel of each block is kept, the others are skipped or cut away; fine stripes become coarse. "
_ONE_LATE = (
    "Your square begins one pixel too late where an odd number is left over: that pixel is to be at the end. "
)
_WRONG_READY: list[Formula] = [
    (
        _corner,
        "You cut from the upper left corner. The square is to be in the middle: as much is left over on one "
        "side as on the other.",
    ),
    (_end, "You cut from the lower right corner. The square is to be in the middle."),
    (
        _cut_twice,
        "Your square is in the middle, and is then shortened at its end alone. Cut the shorter one at once.",
    ),
    (
        lambda photo, side: _begun(photo, side, lambda n, length: n // 2 - length // 2),
        _ONE_LATE + "Halve the difference, not each of the two.",
    ),
    (lambda photo, side: _begun(photo, side, lambda n, length: (n - length + 1) // 2), _ONE_LATE),
    (
        _squeezed,
        "The whole photograph is squeezed into a square, and what is in it gets thinner. Cut first.",
    ),
    (
        lambda photo, side: 255 * _ready(photo, side),
        "Your numbers go up to 255. The networks of this book take fractions, from 0 to 1.",
    ),
    (
        lambda photo, side: _corner(photo, side) * 255,
        "You cut from the upper left corner, and leave numbers up to 255. Middle, and fractions from 0 to 1.",
    ),
    (
        lambda photo, side: _ready(photo, side) / 255,
        "You divide by 255 twice.",
    ),
    (
        lambda photo, side: _ready(photo, side) * 255 / 256,
        "You divide by 256. The largest byte is 255, and is to become 1.",
    ),
    (
        lambda photo, side: _ready(photo, side) * 2 - 1,
        "Your numbers go from -1 to 1, as some networks want them. Those of this book learned from 0 to 1.",
    ),
    (_every, _NO_MEAN + "Take the mean of each."),
    (lambda photo, side: 255 * _every(photo, side), _NO_MEAN + "Take the mean of each, as a fraction."),
    (
        lambda photo, side: _blocks(_middle(photo, side), side).max(axis=(1, 3)) / 255,
        "You keep the largest of each block, as max pooling does. A smaller photograph has the mean.",
    ),
    (
        lambda photo, side: _blocks(_middle(photo, side), side).min(axis=(1, 3)) / 255,
        "You keep the smallest of each block. A smaller photograph has the mean.",
    ),
    (
        lambda photo, side: np.median(_blocks(_middle(photo, side), side), axis=(1, 3)) / 255,
        "You take the median of each block. The mean is asked for.",
    ),
    (
        lambda photo, side: _blocks(_middle(photo, side), side).sum(axis=(1, 3)) / 255,
        "You add up each block, and do not divide by how many pixels it has.",
    ),
    (
        _interleaved,
        "The axes of reshape are in another order: rows of places first, then the rows within a block. Yours "
        "mixes pixels that are far apart.",
    ),
    (
        lambda photo, side: _middle(photo, side) / 255,
        "The square is cut and divided by 255. It still has to be made smaller.",
    ),
    (
        lambda photo, side: np.floor(255 * _ready(photo, side)) / 255,
        "The fractions of your means are cut off, as `//` and whole numbers do it.",
    ),
    (
        lambda photo, side: np.round(255 * _ready(photo, side)) / 255,
        "Your means are rounded to whole bytes before the division. Leave them as they are.",
    ),
    (
        lambda photo, side: (
            (_blocks(_middle(photo, side), side).sum(axis=(1, 3)) % 256) / _block(photo, side) ** 2 / 255
        ),
        "The sums of your blocks begin again at 0 after 255: they are added as bytes. Make floats first.",
    ),
    (
        lambda photo, side: _ready(photo, side).mean(axis=0),
        "You take the mean of whole columns. Each block has a mean of its own.",
    ),
]


@checker
def check_ready(answer: object) -> tuple[str, Figure]:
    """Print whether a function cuts the middle of a photograph and shrinks it by means.

    Args:
        answer: a function of photo (H, W) uint8 and side that returns (side, side) numbers from 0 to 1.
    """
    for arguments in _PHOTOS:
        expect(answer, arguments, _ready, _WRONG_READY, "picture")
    stripes = np.tile((np.arange(288) % 10 < 5) * np.uint8(255), (288, 1))
    shown = [_ready(stripes, 32), _every(stripes, 32)]
    message = (
        "Below are stripes of 5 pixels, 288 pixels of them, made 32 wide in two ways. Which of the two shows "
        "wide stripes that are not in the photograph? A network cannot know that."
    )
    return message, figures.show_images(shown, ["the means of blocks", "every ninth pixel"], 2)


# --- Cover it piece by piece


class _Score:
    """A little network for messages: it has a name, and says how much of its pattern is in an image."""

    def __init__(self, name: str, formula: Callable[[np.ndarray], float], shape: tuple[int, int]):
        self.name, self.formula, self.shape = name, formula, shape

    def __call__(self, image: object) -> float:
        image = np.asarray(image, float)
        if image.shape != self.shape:
            raise ValueError(f"the network takes an image of shape {self.shape}, and got {image.shape}")
        return float(self.formula(image))

    def __str__(self) -> str:
        return self.name

    def __deepcopy__(self, memo: dict) -> "_Score":
        return self


def _weighted(weights: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda image: (image * weights).sum() / np.abs(weights).sum()


_TINY = np.array([[1, 0, 0.25], [0.75, 1, 0]])
_W23 = np.array([[3.0, 1, 2], [1, 4, -2]])
_COVERED = cases(
    "network image size",
    [
        (_Score("that weighs [[3, 1, 2], [1, 4, -2]]", _weighted(_W23), (2, 3)), _TINY, 1),
        (_Score("that weighs [[3, 1, 2], [1, 4, -2]]", _weighted(_W23), (2, 3)), _TINY, 2),
        *(
            (_Score("of random weights", _weighted(_rng.normal(size=shape).round(1)), shape), image, size)
            for shape, size in (((4, 4), 2), ((5, 4), 2), ((4, 6), 3), ((5, 7), 3))
            for image in (_rng.random(shape).round(2),)
        ),
        (_Score("that says how dark it is, squared", lambda x: (1 - x.mean()) ** 2, (4, 5)),
         _rng.random((4, 5)).round(2), 2),
    ],
)  # fmt: skip


def _slid(
    network: Callable,
    image: np.ndarray,
    size: int,
    fill: float | Callable = 0.5,
    step: int = 1,
    rest: bool = False,
    keep: bool = False,
    short: int = 0,
) -> np.ndarray:
    """What the network says with a square covered, for each place of it."""
    rows, columns = (n - size + 1 - short for n in image.shape)
    said, changed = np.zeros((rows, columns)), image.copy()
    for row, column in np.ndindex(rows, columns):
        changed = changed if keep else image.copy()
        square = np.s_[row * step : row * step + size, column * step : column * step + size]
        colour = fill(image, square) if callable(fill) else fill
        if rest:
            changed = np.full_like(image, colour)
            changed[square] = image[square]
        else:
            changed[square] = colour
        said[row, column] = network(changed)
    return said


def _dropped(network: Callable, image: np.ndarray, size: int, **how: object) -> np.ndarray:
    return network(image) - _slid(network, image, size, **how)


def _from_start_to_size(network: Callable, image: np.ndarray, size: int) -> np.ndarray:
    drops = np.zeros([n - size + 1 for n in image.shape])
    for row, column in np.ndindex(drops.shape):
        changed = image.copy()
        changed[row:size, column:size] = 0.5
        drops[row, column] = network(image) - network(changed)
    return drops


def _one_wider(network: Callable, image: np.ndarray, size: int) -> np.ndarray:
    drops = np.zeros([n - size + 1 for n in image.shape])
    for row, column in np.ndindex(drops.shape):
        changed = image.copy()
        changed[row : row + size + 1, column : column + size + 1] = 0.5
        drops[row, column] = network(image) - network(changed)
    return drops


def _spread(network: Callable, image: np.ndarray, size: int) -> np.ndarray:
    total, squares = np.zeros(image.shape), np.zeros(image.shape)
    drops = _dropped(network, image, size)
    for row, column in np.ndindex(drops.shape):
        total[row : row + size, column : column + size] += drops[row, column]
        squares[row : row + size, column : column + size] += 1
    return total / squares


_COLOUR = "The square is to be grey, 0.5. "
_WRONG_OCCLUSION: list[Formula] = [
    (
        lambda n, i, s: -_dropped(n, i, s),
        "The sign is turned. What the network loses is to be positive: before, less after.",
    ),
    (_slid, "This is what the network says with a square covered. How much less is it than before?"),
    (
        lambda n, i, s: _dropped(n, i, s, keep=True),
        "The squares pile up: each stays when the next is laid, all on one array. Begin with a fresh "
        "copy of the image each time.",
    ),
    (
        lambda n, i, s: _slid(n, i, s, keep=True),
        "The squares pile up, and nothing is subtracted. A fresh copy each time, and before less after.",
    ),
    (lambda n, i, s: -_dropped(n, i, s, keep=True), "The squares pile up, and the sign is turned."),
    (lambda n, i, s: _dropped(n, i, s, fill=0.0), _COLOUR + "Yours is black."),
    (lambda n, i, s: _dropped(n, i, s, fill=1.0), _COLOUR + "Yours is white."),
    (lambda n, i, s: _dropped(n, i, s, fill=127.5), _COLOUR + "127.5 is for bytes; here 1 is white."),
    (lambda n, i, s: _dropped(n, i, s, fill=127), _COLOUR + "127 is for bytes; here 1 is white."),
    (lambda n, i, s: _dropped(n, i, s, fill=128), _COLOUR + "128 is for bytes; here 1 is white."),
    (
        lambda n, i, s: _dropped(n, i, s, fill=lambda image, square: image.mean()),
        _COLOUR + "Yours has the mean of the image.",
    ),
    (
        lambda n, i, s: _dropped(n, i, s, fill=lambda image, square: image[square].mean()),
        _COLOUR + "Yours has the mean of what it covers.",
    ),
    (
        lambda n, i, s: _dropped(n, i, s, fill=lambda image, square: 0.5 * image[square]),
        _COLOUR + "Yours darkens what is there by half.",
    ),
    (
        lambda n, i, s: _dropped(n, i, s, rest=True),
        "You cover everything *but* the square. Cover the square, and leave the rest.",
    ),
    (lambda n, i, s: _dropped(n, i, s, rest=True, fill=0.0), "You cover everything *but* the square."),
    (
        lambda n, i, s: _dropped(n, i, s, short=1),
        "The last place is missing in both directions: a loop over range(n) ends at n - 1.",
    ),
    (
        lambda n, i, s: _dropped(n, i, 1)[: len(i) - s + 1, : i.shape[1] - s + 1],
        "You cover a single pixel at each place, whatever `size` says.",
    ),
    (
        lambda n, i, s: _dropped(n, i, 1),
        "You cover a single pixel at each place, whatever `size` says.",
    ),
    (_from_start_to_size, "Your squares end at `size`, wherever they begin: let them end at row + size."),
    (_one_wider, "Your squares are one pixel too high and too wide: a slice ends before its second number."),
    (
        lambda n, i, s: np.abs(_dropped(n, i, s)),
        "Your numbers have lost their signs. Where covering made the network surer, the drop is negative.",
    ),
    (
        lambda n, i, s: np.maximum(_dropped(n, i, s), 0),
        "Negative drops have become 0. They say where covering made the network surer.",
    ),
    (
        lambda n, i, s: _dropped(n, i, s) / n(i),
        "You divide by what the network said before. The drop itself is asked for.",
    ),
    (
        lambda n, i, s: _slid(n, i, s) / n(i),
        "This is the share that is left. How much is gone, in probability?",
    ),
    (
        lambda n, i, s: np.array([[i[r, c] - _slid(n, i, s)[r, c] for c in range(i.shape[1] - s + 1)]
                                  for r in range(i.shape[0] - s + 1)]),
        "You subtract from a pixel. The network's answer to the whole image comes first.",
    ),
    (
        lambda n, i, s: np.full([k - s + 1 for k in i.shape], _dropped(n, i, s)[-1, -1]),
        "All your numbers are equal, those of the last place.",
    ),
    (_spread, "You spread the drops over the pixels. One number for each place of the square is asked for."),
]  # fmt: skip


def _occlusion(network: Callable, image: np.ndarray, size: int) -> np.ndarray:
    return _dropped(network, image, size)


@checker
def check_occlusion(answer: object) -> tuple[str, Figure]:
    """Print whether a function measures what covering each square of an image costs an answer.

    Args:
        answer: a function of network, a function of an image that returns a number, of image (H, W) from 0 to
            1, and of size; it returns (H - size + 1, W - size + 1).
    """
    for arguments in _COVERED:
        expect(answer, arguments, _occlusion, _WRONG_OCCLUSION, "map")
    either = np.zeros((12, 20))
    either[4:8, 3:7] = either[4:8, 13:17] = 1
    eyes = np.s_[4:8, 3:7], np.s_[4:8, 13:17]
    seen = {
        "needs both": lambda x: min(x[eye].mean() for eye in eyes),
        "one is enough": lambda x: max(x[eye].mean() for eye in eyes),
    }
    maps = {title: _dropped(score, either, 4) for title, score in seen.items()}
    message = (
        "Your map also shows what covering cannot: below, two networks look for two white squares. The one "
        "that needs both loses by each. Of the other, for which one is enough, the map is empty. Does "
        "nothing matter to it?"
    )
    return message, figures.plot_maps(maps, -0.5, 0.5, columns=2)


# --- How far probabilities are from what is so

_ANSWERS = [
    (np.array([0.95, 0.85, 0.95, 0.35, 0.95]), np.array([True, False, True, True, False]), 4),
    (np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, False, True, True]), 10),
    (np.array([0.15, 0.35, 0.35, 0.92]), np.array([False, True, False, True]), 5),
]
for _n, _count in ((30, 5), (200, 10), (1000, 20)):  # no answer on the edge of a bin
    _sure = (0.1 + 0.9 * _rng.random(_n)).round(3) - 0.0004
    _ANSWERS.append((_sure, _rng.random(_n) < _sure**2, _count))
_ANSWERS = cases("sure right bins", _ANSWERS)


def _bins(sure: np.ndarray, bins: int) -> np.ndarray:
    return np.clip(np.floor(np.asarray(sure) * bins), 0, bins - 1).astype(int)


def _gaps(sure: np.ndarray, right: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """(full bins,) the mean of `sure` less the share of `right`, and how many answers are in each."""
    place = _bins(sure, bins)
    full = np.unique(place)
    gap = np.array([sure[place == b].mean() - right[place == b].mean() for b in full])
    return gap, np.array([(place == b).sum() for b in full])


def _error(sure: np.ndarray, right: np.ndarray, bins: int) -> float:
    gap, count = _gaps(sure, right, bins)
    return (np.abs(gap) * count).sum() / count.sum()


def _from_middles(sure: np.ndarray, right: np.ndarray, bins: int) -> float:
    place = _bins(sure, bins)
    gap = [abs((b + 0.5) / bins - right[place == b].mean()) * (place == b).sum() for b in np.unique(place)]
    return sum(gap) / len(sure)


def _crowded(sure: np.ndarray, right: np.ndarray, bins: int) -> float:
    parts = np.array_split(np.argsort(sure, kind="stable"), bins)
    return sum(abs(sure[p].mean() - right[p].mean()) * len(p) for p in parts if len(p)) / len(sure)


_TOGETHER = (
    "Where you are too sure and where you are not sure enough cancel: all answers are taken together, or "
    "bins with their signs, which comes to the same. In each bin the distance counts."
)
_WRONG_ERROR: list[Formula] = [
    (lambda s, r, b: s.mean() - r.mean(), _TOGETHER),
    (lambda s, r, b: abs(s.mean() - r.mean()), _TOGETHER),
    (lambda s, r, b: r.mean() - s.mean(), _TOGETHER),
    (
        lambda s, r, b: np.abs(_gaps(s, r, b)[0]).mean(),
        "Each bin counts the same in your mean, however few answers are in it. Each *answer* is to count the "
        "same.",
    ),
    (
        lambda s, r, b: np.abs(_gaps(s, r, b)[0]).sum() / b,
        "You divide by the number of bins, empty ones too. Each *answer* is to count the same.",
    ),
    (
        lambda s, r, b: np.abs(_gaps(s, r, b)[0]).sum(),
        "You add up the distances of the bins. How many of all answers are in each?",
    ),
    (
        lambda s, r, b: (lambda g, c: (np.abs(g) * c).sum())(*_gaps(s, r, b)),
        "Each distance counts as often as its bin has answers. Divide by the number of all answers.",
    ),
    (
        lambda s, r, b: (lambda g, c: (np.abs(g) * c).sum() / b)(*_gaps(s, r, b)),
        "You divide by the number of bins. Divide by the number of all answers.",
    ),
    (
        lambda s, r, b: np.abs(_gaps(s, r, b)[0]).max(),
        "This is the worst bin. The mean over all answers is asked for.",
    ),
    (
        lambda s, r, b: (lambda g, c: (g**2 * c).sum() / c.sum())(*_gaps(s, r, b)),
        "You square the distances. Take them as they are, without sign.",
    ),
    (
        lambda s, r, b: np.sqrt((lambda g, c: (g**2 * c).sum() / c.sum())(*_gaps(s, r, b))),
        "You square the distances, and take the root of the mean. Take them as they are, without sign.",
    ),
    (
        lambda s, r, b: ((s - r) ** 2).mean(),
        "You compare each answer with 0 or 1, squared. A single answer is right or wrong; whether 0.8 fits "
        "shows in many of them together.",
    ),
    (
        lambda s, r, b: np.abs(s - r).mean(),
        "You compare each answer with 0 or 1. A single answer is right or wrong; whether 0.8 fits shows in "
        "many of them together.",
    ),
    (
        _from_middles,
        "You take the middle of each bin for how sure its answers are. Take the mean of `sure` in it.",
    ),
    (
        _crowded,
        "Your bins hold equally many answers. They are to be equally wide, from 0 to 1.",
    ),
    (
        lambda s, r, b: 100 * _error(s, r, b),
        "This is in percent. The error is asked for as a fraction.",
    ),
    (
        lambda s, r, b: 1 - _error(s, r, b),
        "This is 1 less the error. Of a calibrated network the error is 0.",
    ),
    (
        lambda s, r, b: _error(s, r, b - 1),
        "You have one bin too few: there is one edge more than there are bins.",
    ),
    (
        lambda s, r, b: _error(s, r, b) / len(_gaps(s, r, b)[0]),
        "Your distances are weighted by the share of their answers. You take their mean: add them up.",
    ),
    (
        lambda s, r, b: _error(s, r, 10),
        "You take 10 bins, whatever `bins` says.",
    ),
    (
        lambda s, r, b: _error(s, ~r, b),
        "You compare with the share of *wrong* answers.",
    ),
    (lambda s, r, b: r.mean(), "This is the accuracy. How sure was the network, bin by bin?"),
    (lambda s, r, b: 1 - r.mean(), "This is the share of wrong answers. How sure were they?"),
    (lambda s, r, b: s.mean(), "This is how sure the network was. How often was it right, bin by bin?"),
]  # fmt: skip


@checker
def check_calibration(answer: object) -> tuple[str, Figure]:
    """Print whether a function computes the expected calibration error.

    Args:
        answer: a function of sure (N,), probabilities; of right (N,), True and False; and of bins, how many.
    """
    expect_formula(answer, _ANSWERS, _error, _WRONG_ERROR, "error")
    from cnnbook.analysis.evaluation import Evaluation  # needs Keras

    sure = np.repeat([0.7, 0.9], 500)
    right = np.r_[np.arange(500) < 450, np.arange(500) < 350]
    evaluation = Evaluation(np.stack([sure, 1 - sure], axis=1), np.where(right, 0, 1))
    message = (
        "And here is why it goes bin by bin: 500 answers with 70 %, of which 90 % are right, and 500 with "
        "90 %, of which 70 % are. On average this network is as sure as it is right. What would you tell "
        "somebody who relies on its 90 %?"
    )
    return message, figures.plot_calibration(evaluation)
