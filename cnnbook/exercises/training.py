"""Exercises of the chapter on training and evaluating."""

import math
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, expect_formula
from cnnbook.exercises.feedback import Mistake, Stopped, checker
from cnnbook.exercises.words import given

# --- Which class is taken for which

_rng = np.random.default_rng(10)
_ANSWERED = cases(
    "labels answers classes",
    [
        # Small, each class is shown and answered, and most mistakes tell themselves apart.
        (np.array([2, 0, 1, 2, 3, 0, 2, 3, 1]), np.array([1, 0, 2, 1, 3, 0, 2, 0, 3]), 4),
        (np.array([0, 2, 2, 0, 2]), np.array([0, 0, 2, 2, 0]), 3),  # 1 is neither shown nor answered
        (np.array([1, 0, 1, 1]), np.array([0, 1, 1, 1]), 4),  # nor are the last two
        (np.array([0, 1, 2, 2, 1]), np.array([0, 1, 1, 0, 1]), 3),  # the last is never answered
        (np.array([0, 0, 1, 1, 0]), np.array([2, 0, 1, 2, 1]), 3),  # or never shown
        (_rng.integers(0, 10, 40), _rng.integers(0, 10, 40), 10),
        (_rng.integers(0, 3, 3000), _rng.integers(0, 3, 3000), 3),  # more than a byte holds
    ],
)


def _confusion(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, answers), 1)
    return counts


def _of_counts(change: Callable[[np.ndarray], np.ndarray]) -> Callable:
    return lambda labels, answers, classes: change(_confusion(labels, answers, classes))


def _occurring(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """A row and a column for each class that is shown or answered, in their order."""
    found = np.union1d(labels, answers)
    return _confusion(labels, answers, classes)[np.ix_(found, found)]


def _table(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """A row for each class that is shown, a column for each that is answered."""
    return _confusion(labels, answers, classes)[np.ix_(np.unique(labels), np.unique(answers))]


def _up_to(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    last = max(labels.max(), answers.max()) + 1
    return _confusion(labels, answers, classes)[:last, :last]


def _each_with_each(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    return labels[:, None] == answers


_TOO_SMALL = (
    "Your matrix has room only for classes that occur. A class that is never shown, or never answered, keeps "
    "its row and its column."
)
_AVERAGE = "This is how often the network is right. Which class does it take for which?"
_WRONG_CONFUSION: list[Formula] = [
    (
        _of_counts(np.transpose),
        "Rows and columns have changed places: your rows are what the network says. A row is for what an "
        "image is, a column for what it is called.",
    ),
    (
        lambda y, a, k: _confusion(y, a, k) > 0,
        "None of your numbers is above 1. Where several images belong into one cell, they are to be counted "
        "one by one. (NumPy writes each cell once in a line, however often it is named there.)",
    ),
    (
        lambda y, a, k: _confusion(a, y, k) > 0,
        "None of your numbers is above 1, and your rows are what the network says. Count each image, in the "
        "row of what it is.",
    ),
    *(
        (
            _of_counts(lambda c, share=share, factor=factor: factor * share(c)),
            f"These are {unit} of {what}. The number of images is asked for.",
        )
        for factor, unit in ((1, "shares"), (100, "percent"))
        for share, what in (
            (lambda c: c / c.sum(axis=1, keepdims=True), "the images of each class"),
            (lambda c: c / c.sum(axis=0), "the answers of each kind"),
            (lambda c: c / c.sum(), "all images"),
        )
    ),
    (
        _of_counts(lambda c: c / c.sum(axis=1)),
        "These are shares, each column divided by the sum of a row. The number of images is asked for.",
    ),
    (
        _of_counts(lambda c: c * np.eye(len(c))),
        "Your matrix has right answers only. Wrong ones have a place, too: which?",
    ),
    (
        _of_counts(np.diagonal),
        "This is the diagonal: how many images of each class are right. Where are the wrong answers?",
    ),
    (
        _of_counts(lambda c: c - c * np.eye(len(c))),
        "The right answers are missing. They are counted on the diagonal.",
    ),
    (
        _of_counts(np.zeros_like),
        "All your counts are 0. Where do you count, in the matrix or in a copy? With one array in the "
        "brackets, NumPy picks rows and copies them.",
    ),
    (_occurring, _TOO_SMALL),
    (_table, _TOO_SMALL),
    (_up_to, _TOO_SMALL),
    (lambda y, a, k: _occurring(a, y, k), _TOO_SMALL + " And your rows are what the network says."),
    (lambda y, a, k: _table(a, y, k), _TOO_SMALL + " And your rows are what the network says."),
    (
        lambda y, a, k: np.pad(_confusion(y, a, k), (0, 10 - k)),
        "Your matrix has 10 rows and columns, whatever `classes` says.",
    ),
    (
        _of_counts(lambda c: np.pad(c, ((1, 0), (1, 0)))),
        "Your matrix begins with an empty row and column. The first class is 0.",
    ),
    (
        _of_counts(lambda c: np.roll(c, (-1, -1), (0, 1))),
        "Each count stands one row too high and one column too far to the left. The first class is 0.",
    ),
    (_of_counts(lambda c: np.roll(c, -1, 0)), "Each count stands one row too high. The first class is 0."),
    (
        _of_counts(lambda c: np.roll(c, -1, 1)),
        "Each count stands one column too far to the left. The first class is 0.",
    ),
    (
        _of_counts(lambda c: np.pad(c[1:, 1:], ((1, 0), (1, 0)))),
        "Class 0 is left out: its row and its column are empty.",
    ),
    (
        _of_counts(lambda c: np.pad(c[:-1, :-1], ((0, 1), (0, 1)))),
        "The last class is left out: its row and its column are empty. A range(n) ends at n - 1.",
    ),
    (_of_counts(lambda c: c[1:, 1:]), "Class 0 is left out. Classes are counted from 0."),
    (
        lambda y, a, k: _confusion(y[:-1], a[:-1], k),
        "The last image is not counted.",
    ),
    (lambda y, a, k: _confusion(y[1:], a[1:], k), "The first image is not counted."),
    (
        lambda y, a, k: _confusion(y[:1], a[:1], k),
        "Only the first image is counted. Does `return` stand inside the loop? A function ends there.",
    ),
    (
        lambda y, a, k: _confusion(y[-1:], a[-1:], k),
        "Only the last image is counted. Does each image begin with a new matrix?",
    ),
    (
        _of_counts(lambda c: c + c.T),
        "You count each image twice, in its cell and mirrored. A cat called dog and a dog called cat are two "
        "mistakes.",
    ),
    (
        _of_counts(lambda c: c + 1),
        "Each of your cells has one image too many. From which number does the matrix count?",
    ),
    (
        lambda y, a, k: np.array([[((y == i) | (a == j)).sum() for j in range(k)] for i in range(k)]),
        "You count images that are of one class *or* are called the other. Both have to hold.",
    ),
    (
        _of_counts(lambda c: np.outer(c.sum(axis=1), c.sum(axis=0))),
        "You count images and answers apart and multiply. Which answer goes with which image?",
    ),
    (
        _of_counts(lambda c: np.outer(c.sum(axis=1), np.ones(len(c)))),
        "Each row has one number all along, how many images of its class there are. What are they called?",
    ),
    (
        _of_counts(lambda c: np.outer(np.ones(len(c)), c.sum(axis=0))),
        "Each column has one number all along, how often this is answered. And what are these images?",
    ),
    (_each_with_each, "You compare each image with each. An image has one answer, its own."),
    (lambda y, a, k: _each_with_each(a, y, k), "You compare each image with each. An image has one answer."),
    (lambda y, a, k: y == a, "This says of each image whether it is right. How many are there in each cell?"),
    (_of_counts(lambda c: c.sum(axis=1)), "This is how often each class is shown. And what is it called?"),
    (_of_counts(lambda c: c.sum(axis=0)), "This is how often each class is answered. And what is shown?"),
    (
        _of_counts(lambda c: c.diagonal() / c.sum(axis=1)),
        "This is the accuracy of each class. Which class does the network take for which?",
    ),
    (lambda y, a, k: (y == a).mean(), _AVERAGE),
    (lambda y, a, k: 100 * (y == a).mean(), _AVERAGE),
    (lambda y, a, k: (y == a).sum(), _AVERAGE),
    (lambda y, a, k: (y != a).sum(), "This is how many answers are wrong. Which class is taken for which?"),
    (lambda y, a, k: [(y == a).sum(), (y != a).sum()], _AVERAGE),
]  # fmt: skip
_STOPS_CONFUSION = [
    (
        "out of bounds for axis",
        "Your matrix has no such row or column. Classes are counted from 0, and how many there are `classes` "
        "says: not each has to be among the labels.",
    ),
    (
        "cannot reshape array",
        "There are too few or too many counts for that shape. np.bincount ends at the largest number that it "
        "meets, or at `minlength` if that is more: cells behind it are missing, and are 0.",
    ),
]


@checker
def check_confusion(answer: object) -> tuple[str, Figure]:
    """Print whether a function counts which class a network takes for which.

    Args:
        answer: a function of labels (N,) and answers (N,), whole numbers from 0, and of classes, how many
            there are; it returns (classes, classes): row = true class, column = answer, cell = images.
    """
    for arguments in _ANSWERED:
        try:
            expect(answer, arguments, _confusion, _WRONG_CONFUSION, "matrix")
        except Stopped as stop:
            raise stop.among(_STOPS_CONFUSION) from None
        except Unexplained as wrong:
            if wrong.result.shape != (2, 2) or wrong.fits is not None:
                raise
            raise Mistake(
                "Two rows and two columns are for two classes, or for right and wrong. Here each class has a "
                f"row and a column. {wrong}"
            ) from None
    from cnnbook.analysis.evaluation import Evaluation  # needs Keras

    labels = np.repeat([0, 1, 2], [90, 7, 3])
    evaluation = Evaluation(np.tile([0.9, 0.06, 0.04], (100, 1)), labels)
    message = (
        "Below, another network was asked about 100 images, and 90 of its answers are right. What has it "
        "learned? And where in the matrix do you see it?"
    )
    return message, figures.plot_confusion(evaluation, ["cat", "dog", "frog"])


# --- How far an answer can be relied on, and how much is found

_weak = _rng.integers(1, 9, (4, 4))
_MATRICES = cases(
    "confusion",
    [
        (np.array([[6, 2, 2], [1, 3, 0], [1, 0, 5]]),),  # all sums differ
        (np.array([[50, 10], [5, 35]]),),
        (_weak,),  # the largest of a row need not be on the diagonal
        (np.array([[0, 2, 1], [1, 4, 0], [3, 1, 2]]),),  # class 0 is never right
        (_rng.integers(0, 20, (10, 10)) + 200 * np.eye(10, dtype=int),),
    ],
)


def _shares(c: np.ndarray) -> np.ndarray:
    right = c.diagonal()
    return np.stack([right / c.sum(axis=0), right / c.sum(axis=1)])


def _sums(c: np.ndarray) -> np.ndarray:
    """(2, K): how often each class is answered, and how often it is shown."""
    return np.stack([c.sum(axis=0), c.sum(axis=1)])


def _twice(values: object) -> np.ndarray:
    return np.stack([values, values])


def _harmonic(c: np.ndarray) -> np.ndarray:
    return 2 * c.diagonal() / _sums(c).sum(axis=0)


def _others(c: np.ndarray) -> np.ndarray:
    """(K,) images that neither are of a class nor are called so."""
    return c.sum() - _sums(c).sum(axis=0) + c.diagonal()


# What may become of both rows, or of one of them.
_WRONG_ROWS: list[Formula] = [
    (
        lambda c: _twice(np.full(len(c), c.trace() / c.sum())),
        "This is the accuracy of all classes together. Each class has a number of its own.",
    ),
    (
        lambda c: _twice(c.diagonal() / c.sum()),
        "You divide by the number of all images. Only some of them are called this class, and only some are "
        "of it.",
    ),
    (
        lambda c: _twice((c.diagonal() + _others(c)) / c.sum()),
        "You count it as right that a truck is not called frog. This is the accuracy of “frog or not”.",
    ),
    (
        lambda c: np.ones((2, len(c))),
        "You divide a sum by itself. Which of these images are right? They stand on the diagonal.",
    ),
    (
        lambda c: 1 - _shares(c),
        "This is the share that is wrong. The share that is right is asked for.",
    ),
    (lambda c: 100 * _shares(c), "This is in percent. Fractions from 0 to 1 are asked for."),
    *(
        (
            lambda c, digits=digits: np.round(_shares(c), digits),
            "Your numbers are rounded. The fractions are meant to stay.",
        )
        for digits in (2, 3, 1, 4)
    ),
    (
        lambda c: 1 / _shares(c),
        "Your fractions are upside down: the right ones are the part, and the sum is the whole.",
    ),
    (
        lambda c: c.diagonal() / (_sums(c) - c.diagonal()),
        "You divide the right ones by the wrong ones. Divide by both together.",
    ),
    (
        lambda c: c.diagonal() / (_sums(c) + c.diagonal()),
        "You count the right ones twice below the fraction bar: the sum of a row or a column has them in it.",
    ),
    (
        lambda c: _twice(_harmonic(c)),
        "This is the harmonic mean of precision and recall, called F1. Both themselves are asked for.",
    ),
    (
        lambda c: _twice(_shares(c).mean(axis=0)),
        "This is the mean of precision and recall. Both themselves are asked for.",
    ),
    (
        lambda c: _twice(_harmonic(c) / 2),
        "You divide by images and answers together. Precision divides by one, recall by the other.",
    ),
    (
        lambda c: _twice(c.diagonal() / (_sums(c).sum(axis=0) - c.diagonal())),
        "You divide by all that are of a class or called so. Precision and recall ask about one of the two.",
    ),
    (
        lambda c: _others(c) / (c.sum() - _sums(c)),
        "This asks about the images of all *other* classes, or about answers that name another.",
    ),
    (
        lambda c: _others(c) / (c.sum() - _sums(c)[::-1]),
        "This asks about the images of all *other* classes, or about answers that name another.",
    ),
    (
        lambda c: np.stack([c.max(axis=0), c.max(axis=1)]) / _sums(c),
        "You take the largest number of a row or a column. The right answers stand on the diagonal, large or "
        "small.",
    ),
    (
        lambda c: c.trace() / _sums(c),
        "You take the right answers of all classes together. Each class has its own.",
    ),
    (
        lambda c: _twice(c.diagonal() / c.trace()),
        "You divide by all that is right. Wrong answers count in the whole, too.",
    ),
    (lambda c: _twice(c.diagonal()), "This is how many are right. Of how many?"),
    (_sums, "This is how many there are. Which share of them is right?"),
    (lambda c: _sums(c) / c.sum(), "This is how large a share of all it is. Which share of *it* is right?"),
    (lambda c: _sums(c) - c.diagonal(), "This is how many are wrong. Which share is right?"),
]  # fmt: skip


def _beside_a_right_row(formula: Callable, wrong: int) -> Callable:
    def both(c: np.ndarray) -> np.ndarray:
        rows = _shares(c)
        rows[wrong] = formula(c)[wrong]
        return rows

    return both


_TWO_ROWS = "Two rows are asked for, precision and below it recall."
_NO_DIAGONAL = (
    "Each of your rows is a whole matrix: each cell is divided. Of a class, only one of its cells is right."
)
_WRONG_SHARES: list[Formula] = [
    (
        lambda c: np.zeros_like(_shares(c)),
        "All your numbers are 0. Fractions below 1 become 0 where only whole numbers have room: `//` cuts "
        "them off, and so does an array of whole numbers.",
    ),
    (
        lambda c: _shares(c)[::-1],
        "Precision and recall have changed places. Precision is about the answers that name a class, recall "
        "about the images that are of it. Which of them stand in a column?",
    ),
    (lambda c: _twice(_shares(c)[0]), "Both rows are precision. Recall asks how much of a class is found."),
    (
        lambda c: _twice(_shares(c)[1]),
        "Both rows are recall. Precision asks how far an answer can be trusted.",
    ),
    *_WRONG_ROWS,
    *(
        (_beside_a_right_row(formula, wrong), f"{names} is not: {message[0].lower()}{message[1:]}")
        for wrong, names in ((0, "Recall is right, precision"), (1, "Precision is right, recall"))
        for formula, message in _WRONG_ROWS
    ),
    (
        lambda c: _shares(c).T,
        f"Your table has a row for each class. {_TWO_ROWS}",
    ),
    (
        lambda c: _shares(c)[::-1].T,
        f"Your table has a row for each class, and recall stands first. {_TWO_ROWS}",
    ),
    *(
        (
            lambda c, order=order, keep=keep: np.stack(
                [c / c.sum(axis=0), c / c.sum(axis=1, keepdims=keep)][::order]
            ),
            _NO_DIAGONAL,
        )
        for order in (1, -1)
        for keep in (True, False)
    ),
    *(
        (
            formula,
            "You divide each cell, and leave out which of them are the right answers.",
        )
        for formula in (
            lambda c: c / c.sum(axis=0),
            lambda c: c / c.sum(axis=1, keepdims=True),
            lambda c: c / c.sum(axis=1),
            lambda c: c / c.sum(),
        )
    ),
    (lambda c: _shares(c)[0], f"You return precision alone. {_TWO_ROWS}"),
    (lambda c: _shares(c)[1], f"You return recall alone. {_TWO_ROWS}"),
    (lambda c: _shares(c)[1][None], f"You return recall alone. {_TWO_ROWS}"),
    (_harmonic, f"This is the harmonic mean of precision and recall, called F1. {_TWO_ROWS}"),
    (
        lambda c: np.stack([*_shares(c), _harmonic(c)]),
        f"Your table has a third row, the harmonic mean. {_TWO_ROWS}",
    ),
    (
        lambda c: _shares(c).mean(axis=1),
        "You take the mean over the classes. Each class keeps its number.",
    ),
    (
        lambda c: _shares(c)[::-1].mean(axis=1),
        "You take the mean over the classes, and recall stands first. Each class keeps its number.",
    ),
    *(
        (
            lambda c, place=place: _shares(c)[:, place],
            "You return the two numbers of one class. All classes are asked for.",
        )
        for place in (0, 1, -1)
    ),
    (
        lambda c: _twice(c.trace() / c.sum()),
        "You return two numbers, both the accuracy of all classes together. Each class has its own two.",
    ),
    (lambda c: c.trace() / c.sum(), "This is the accuracy of all classes together. Each class has its own."),
]  # fmt: skip


@checker
def check_precision_recall(answer: object) -> tuple[str, Figure]:
    """Print whether a function computes precision and recall of each class.

    Args:
        answer: a function of confusion (K, K), row = true class, column = answer, in which no row and no
            column is empty; it returns (2, K): precision, then recall.
    """
    for arguments in _MATRICES:
        try:
            expect(answer, arguments, _shares, _WRONG_SHARES, "table")
        except Unexplained as wrong:
            rows = [] if wrong.fits is None else wrong.fits.all(axis=1).tolist()
            names = ["precision", "recall"]
            if not any(rows):
                raise
            other, fits = (names[rows.index(value)] for value in (False, True))
            raise Mistake(f"Your row of {fits} is right, that of {other} is not. {wrong}") from None
    from cnnbook.analysis.evaluation import Evaluation  # needs Keras

    confusion = np.array([[97, 3, 0], [46, 54, 0], [30, 16, 54]])
    labels, answers = (np.repeat(places.ravel(), confusion.ravel()) for places in np.indices((3, 3)))
    message = (
        "Below are three classes of another network, 100 images of each. Which of the three words does it "
        "say when it is in doubt? And which would you believe at once?"
    )
    evaluation = Evaluation(np.eye(3)[answers], labels)
    return message, figures.plot_precision_recall(evaluation, ["cat", "dog", "frog"])


# --- Two networks, asked about the same images


def _two_networks(images: int, alike: float, first: float, second: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw which images two networks have right, of which a share `alike` is as hard for both."""
    luck = _rng.random(images)
    other = np.where(_rng.random(images) < alike, luck, _rng.random(images))
    return luck < first, other < second


_T, _F = True, False
_PAIRS = cases(
    "first second",
    [
        (np.array([_T, _T, _F, _F, _F, _T, _F, _T]), np.array([_T, _F, _T, _T, _T, _T, _F, _T])),  # 1 and 3
        (np.array([_F, _T, _F, _F, _F, _F]), np.array([_T, _T, _T, _T, _T, _F])),  # 0 and 4
        (np.array([_T, _T, _T, _F, _T, _F]), np.array([_F, _T, _F, _F, _T, _T])),  # 2 and 1
        (np.array([_T, _F, _T, _F]), np.array([_F, _T, _T, _F])),  # 1 and 1
        _two_networks(60, 0.7, 0.8, 0.85),
        _two_networks(200, 0.5, 0.8, 0.7),
        _two_networks(1000, 0.9, 0.85, 0.9),
    ],
)
_ALIKE = cases(
    "first second",
    [
        (np.array([_T, _F, _T, _T]), np.array([_T, _F, _T, _T])),
        (np.array([_T, _T, _T]), np.array([_T, _T, _T])),
        (np.array([_F, _F]), np.array([_F, _F])),
    ],
)


def _counts(first: np.ndarray, second: np.ndarray) -> tuple[np.float64, np.float64]:
    """How many images only the first has right, and how many only the second."""
    return np.float64((first & ~second).sum()), np.float64((second & ~first).sum())


def _lead(first: np.ndarray, second: np.ndarray) -> float:
    a, b = _counts(first, second)
    return (b - a) / np.sqrt(a + b) if a + b else 0.0


def _ahead(first: np.ndarray, second: np.ndarray) -> np.float64:
    a, b = _counts(first, second)
    return b - a


def _apart(first: np.ndarray, second: np.ndarray) -> np.float64:
    return np.float64((first != second).sum())


def _unpaired(first: np.ndarray, second: np.ndarray) -> float:
    p, q = first.mean(), second.mean()
    return (q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / len(first))


def _pooled(first: np.ndarray, second: np.ndarray) -> float:
    p = np.concatenate([first, second]).mean()
    return (second.mean() - first.mean()) / np.sqrt(2 * p * (1 - p) / len(first))


def _about_the_mean(ddof: int) -> Callable:
    def formula(first: np.ndarray, second: np.ndarray) -> float:
        gain = second.astype(float) - first
        return gain.mean() / gain.std(ddof=ddof) * np.sqrt(len(gain))

    return formula


def _exact(first: np.ndarray, second: np.ndarray) -> float:
    a, b = map(int, _counts(first, second))
    return min(1, 2 * sum(math.comb(a + b, k) for k in range(min(a, b) + 1)) / 2 ** (a + b))


_CORRECTED = (
    "You move the difference towards 0 before you divide, the continuity correction. It is left out here."
)
_TWO_SHARES = (
    "You compare two accuracies as if each network had been asked about images of its own. Both saw the "
    "same: what both have right, or both wrong, says nothing about which is ahead."
)
_NO_ROOT = "You divide by how many images they disagree about. That is their variance, not yet the deviation."
_PROBABILITY = (
    "This is a probability: how often luck alone would make such a difference. The number of standard "
    "deviations is asked for."
)
_WRONG_LEADS: list[Formula] = [
    (
        lambda p, q: -_lead(p, q),
        "The sign is turned: your number is positive where the *first* network is ahead.",
    ),
    (
        lambda p, q: abs(_lead(p, q)),
        "Your number has lost its sign. Where the first network is ahead, it is negative.",
    ),
    (
        lambda p, q: _lead(p, q) ** 2,
        "Your number is squared, as in a chi-squared test. It no longer says which of the two is ahead.",
    ),
    (lambda p, q: _lead(p, q) * abs(_lead(p, q)), "Your number is squared. Standard deviations are not."),
    (lambda p, q: np.sign(_ahead(p, q)) * max(abs(_ahead(p, q)) - 1, 0) / np.sqrt(_apart(p, q)), _CORRECTED),
    (lambda p, q: np.sign(_ahead(p, q)) * (abs(_ahead(p, q)) - 1) / np.sqrt(_apart(p, q)), _CORRECTED),
    (lambda p, q: (abs(_ahead(p, q)) - 1) / np.sqrt(_apart(p, q)), _CORRECTED),
    (lambda p, q: (_ahead(p, q) - 1) / np.sqrt(_apart(p, q)), _CORRECTED),
    (
        lambda p, q: (abs(_ahead(p, q)) - 1) ** 2 / _apart(p, q),
        _CORRECTED + " And your number is squared.",
    ),
    (_unpaired, _TWO_SHARES),
    (_pooled, _TWO_SHARES),
    (lambda p, q: -_unpaired(p, q), _TWO_SHARES + " And the sign is turned."),
    (
        lambda p, q: (q.sum() - p.sum()) / np.sqrt(q.sum() + p.sum()),
        "You also count images that both have right. They say nothing about which is ahead. (Of a bool of "
        "Python, `~True` is -2, and -2 counts as true: `not` turns it.)",
    ),
    (
        lambda p, q: (q.mean() - p.mean()) / np.sqrt(p.mean() * (1 - p.mean()) / len(p)),
        "You divide by how far the first accuracy may vary. The second varies, too, and both with the same "
        "images.",
    ),
    (lambda p, q: _ahead(p, q) / _apart(p, q), _NO_ROOT),
    (lambda p, q: -_ahead(p, q) / _apart(p, q), _NO_ROOT + " And the sign is turned."),
    (
        lambda p, q: _ahead(p, q) / len(p),
        "This is the difference of the two accuracies. How large is it beside what luck makes of it?",
    ),
    (
        lambda p, q: -_ahead(p, q) / len(p),
        "This is the difference of the two accuracies, the first less the second. How large is it beside "
        "what luck makes of it?",
    ),
    (
        lambda p, q: 100 * _ahead(p, q) / len(p),
        "This is the difference of the two accuracies in percentage points. How large is it beside what luck "
        "makes of it?",
    ),
    (
        lambda p, q: _ahead(p, q) / np.sqrt(len(p)),
        "You count all images below the fraction bar. Where both say the same, nothing can go one way or the "
        "other.",
    ),
    (
        lambda p, q: _ahead(p, q) / np.sqrt((p == q).sum()),
        "You divide by the root of how many images they *agree* about. Which images say who is ahead?",
    ),
    (
        _ahead,
        "This is by how many images the second is ahead. How many standard deviations is that?",
    ),
    (
        lambda p, q: -_ahead(p, q),
        "This is by how many images the first is ahead. How many standard deviations is the second?",
    ),
    (_apart, "This is how many images they disagree about. Who is ahead?"),
    (lambda p, q: np.sqrt(_apart(p, q)), "This is one standard deviation. How many is the second ahead?"),
    (
        lambda p, q: _counts(p, q)[1],
        "This is how many images only the second has right. What of those that only the first has?",
    ),
    (
        lambda p, q: _counts(p, q)[1] / np.sqrt(_apart(p, q)),
        "Above the fraction bar are the images that only the second has right. Those that only the first has "
        "are missing there.",
    ),
    (
        lambda p, q: _counts(p, q)[1] / _apart(p, q),
        "This is the share of the second among the images that they disagree about. How many standard "
        "deviations is it ahead?",
    ),
    (
        lambda p, q: _lead(p, q) / 2,
        "Your number is half of what it should be. Each image moves the difference by 1, up or down.",
    ),
    (lambda p, q: 2 * _lead(p, q), "Your number is twice what it should be."),
    *(
        (
            _about_the_mean(ddof),
            "You measure how the differences vary about their mean. Measure about 0: what would luck alone "
            "do, if neither were ahead?",
        )
        for ddof in (1, 0)
    ),
    (lambda p, q: math.erfc(abs(_lead(p, q)) / math.sqrt(2)), _PROBABILITY),
    (lambda p, q: math.erfc(_lead(p, q) / math.sqrt(2)) / 2, _PROBABILITY),
    (lambda p, q: 1 - math.erfc(_lead(p, q) / math.sqrt(2)) / 2, _PROBABILITY),
    (_exact, _PROBABILITY),
    *(
        (
            lambda p, q, digits=digits: round(_lead(p, q), digits),
            "Your number is rounded. Its fraction is meant to stay.",
        )
        for digits in (2, 1, 0, 3)
    ),
    (lambda p, q: math.trunc(_lead(p, q)), "The fraction of your number is cut off."),
    (lambda p, q: 0.0, "Your number is always 0. Do you compare image by image?"),
]
_STOPS_LEAD = [
    (
        "math domain|nonnegative",
        "A root is taken of a number below 0 there. A number of images never is.",
    ),
]
_NEITHER = "These two networks have the same images right. How far ahead is the second then?"


def _tell(first: np.ndarray, second: np.ndarray) -> str:
    a, b = _counts(first, second)
    return f"Only the first is right about {a:g} of the images, only the second about {b:g}."


@checker
def check_paired(answer: object) -> tuple[str, Figure]:
    """Print whether a function says how far one network is ahead of another on the same images.

    Args:
        answer: a function of first (N,) and second (N,), True where a network is right, that returns by how
            many standard deviations the second is ahead: McNemar's test, without continuity correction.
    """
    try:
        expect_formula(answer, _PAIRS, _lead, _WRONG_LEADS, "lead", _tell)
    except Stopped as stop:
        raise stop.among(_STOPS_LEAD) from None
    for alike in _ALIKE:
        try:
            expect_formula(answer, [alike], _lead, what="lead")
        except Stopped as stop:
            raise stop.among([("ZeroDivisionError", f"It divides by 0 there. {_NEITHER}")]) from None
        except Unexplained as wrong:
            raise Mistake(f"{_NEITHER} {wrong}") from None
        except Mistake as wrong:
            raise Mistake(f"{_NEITHER} {wrong} Given: {given(alike)}.") from None
    maps = {f"{_lead(*pair):.1f} standard deviations": _disagreement(*pair) for pair in _same_difference()}
    figure = figures.plot_maps(maps, -1, 1)
    scale = figure.axes[-1]
    scale.set_xticks([-1, 0, 1], ["only the first", "both or neither", "only the second"])
    scale.set_xlabel("right")
    message = (
        "Below are two pairs of networks; each square is one of 400 images. In both pairs the second has 8 "
        "more of them right, two percentage points. But left they disagree about 8 images, which makes 2.8 "
        "standard deviations, and right about 160, which makes 0.6. If all shares stayed as they are: how "
        "many images would it take on the right until the lead is hardly luck any more?"
    )
    return message, figure


def _same_difference() -> list[tuple[np.ndarray, np.ndarray]]:
    """Two pairs of networks with the same two accuracies, one of which disagrees much more."""
    rng, pairs = np.random.default_rng(0), []
    for apart in (8, 160):
        place = rng.permutation(400)
        lost, gained = apart // 2 - 4, apart // 2 + 4  # by the second
        pairs.append((place < 300, (place >= lost) & (place < 300 + gained)))
    return pairs


def _disagreement(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (second.astype(int) - first).reshape(20, 20)
