"""The checkers of the chapter on training: right answers of many styles, and named mistakes."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.stats import binomtest, norm
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from test_exercises import Tensor, feedback, refused

from cnnbook.analysis.evaluation import Evaluation  # before a check: it takes longer than its limit
from cnnbook.backend import keras
from cnnbook.exercises.training import check_confusion, check_paired, check_precision_recall

ops = keras.ops


# --- Which class is taken for which


def confusion(labels, answers, classes):
    return Evaluation(np.eye(classes)[answers], labels).confusion


def counted(labels, answers, classes):
    matrix = np.zeros((classes, classes), int)
    for label, answer in zip(labels, answers, strict=True):
        matrix[label][answer] += 1
    return matrix


def cell_by_cell(labels, answers, classes):
    matrix = np.empty((classes, classes))
    for row in range(classes):
        for column in range(classes):
            matrix[row, column] = np.sum((labels == row) & (answers == column))
    return matrix


def in_lists(labels, answers, classes):
    matrix = [[0] * classes for _ in range(classes)]
    for i in range(len(labels)):
        matrix[labels[i]][answers[i]] += 1
    return matrix


def by_counter(labels, answers, classes):
    found = Counter(zip(labels.tolist(), answers.tolist(), strict=True))
    return [[found[row, column] for column in range(classes)] for row in range(classes)]


def by_add_at(labels, answers, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, answers), 1)
    return matrix


def by_bincount(labels, answers, classes):
    return np.bincount(labels * classes + answers, minlength=classes**2).reshape(classes, classes)


def row_by_row(labels, answers, classes):
    return np.stack([np.bincount(answers[labels == row], minlength=classes) for row in range(classes)])


def by_keras(labels, answers, classes):
    shown, said = ops.one_hot(labels, classes), ops.one_hot(answers, classes)
    return ops.matmul(ops.transpose(shown), said)


def by_segments(labels, answers, classes):
    ones = ops.ones(len(labels))
    sums = ops.segment_sum(ones, ops.convert_to_tensor(labels * classes + answers), classes**2)
    return ops.reshape(sums, (classes, classes))


@pytest.mark.parametrize(
    "answer",
    [
        confusion,
        counted,
        cell_by_cell,
        in_lists,
        by_counter,
        by_add_at,
        by_bincount,
        row_by_row,
        by_keras,
        by_segments,
        lambda labels, answers, classes: confusion_matrix(labels, answers, labels=range(classes)),
        lambda y, a, k: np.histogram2d(y, a, bins=k, range=((0, k), (0, k)))[0],
        lambda y, a, k: coo_matrix((np.ones(len(y)), (y, a)), shape=(k, k)).toarray(),
        lambda y, a, k: np.eye(k)[y].T @ np.eye(k)[a],
        lambda y, a, k: np.einsum("ni,nj->ij", np.eye(k)[y], np.eye(k)[a]),
        lambda y, a, k: tuple(map(tuple, confusion(y, a, k))),
        lambda y, a, k: Tensor(confusion(y, a, k)),
        lambda y, a, k: np.matrix(confusion(y, a, k)),
        lambda y, a, k: confusion(y, a, k).astype("uint16"),
        lambda y, a, k: confusion(y, a, k)[None, :, :, None],
        lambda classes, answers, labels: confusion(labels, answers, classes),
    ],
)
def test_confusion_accepts(capsys, answer):
    assert feedback(capsys, check_confusion, answer).startswith("Right. Below, another network")


def fancy(labels, answers, classes):
    matrix = np.zeros((classes, classes))
    matrix[labels, answers] += 1
    return matrix


def chained(labels, answers, classes):
    matrix = np.zeros((classes, classes))
    matrix[labels][answers] += 1
    return matrix


def in_bytes(labels, answers, classes):
    matrix = np.zeros((classes, classes), "uint8")
    np.add.at(matrix, (labels, answers), 1)
    return matrix


def sized(size):
    """A matrix of another size than asked for."""

    def answer(labels, answers, classes):
        matrix = np.zeros([size(labels, answers)] * 2)
        for label, said in zip(labels, answers, strict=True):
            matrix[label, said] += 1
        return matrix

    return answer


def found_classes(labels, answers, classes):
    found = sorted({*labels, *answers})
    return [[((labels == row) & (answers == column)).sum() for column in found] for row in found]


def cross_table(labels, answers, classes):
    rows, columns = np.unique(labels), np.unique(answers)
    return [[((labels == row) & (answers == column)).sum() for column in columns] for row in rows]


def moved(rows, columns):
    def answer(labels, answers, classes):
        matrix = np.zeros((classes, classes))
        for label, said in zip(labels, answers, strict=True):
            matrix[label - rows, said - columns] += 1
        return matrix

    return answer


def looped(first, last):
    def answer(labels, answers, classes):
        matrix = np.zeros((classes, classes))
        for row in range(first, classes - last):
            for column in range(first, classes - last):
                matrix[row, column] = ((labels == row) & (answers == column)).sum()
        return matrix

    return answer


def returns_early(labels, answers, classes):
    matrix = np.zeros((classes, classes))
    for label, said in zip(labels, answers, strict=True):
        matrix[label, said] += 1
        return matrix


def begins_again(labels, answers, classes):
    for label, said in zip(labels, answers, strict=True):
        matrix = np.zeros((classes, classes))
        matrix[label, said] += 1
    return matrix


def by_class(labels, answers, classes):
    return np.array([(answers[labels == k] == k).mean() for k in range(classes)])


def one_against_all(labels, answers, classes):
    return confusion((labels == 0).astype(int), (answers == 0).astype(int), 2)


def right_and_wrong(labels, answers, classes):
    right = (labels == answers).sum()
    return [[right, len(labels) - right], [len(labels) - right, right]]


def no_minlength(labels, answers, classes):
    return np.bincount(labels * classes + answers).reshape(classes, classes)


def of_lists(change):
    return lambda y, a, k: change(confusion(y, a, k))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda y, a, k: confusion(a, y, k), "your rows are what the network says. A row"),
        (lambda y, a, k: confusion_matrix(a, y, labels=range(k)), "your rows are what the network says"),
        (lambda y, a, k: by_bincount(a, y, k), "your rows are what the network says"),
        (fancy, "None of your numbers is above 1. Where several"),
        (lambda y, a, k: fancy(a, y, k), "above 1, and your rows"),
        (chained, "in the matrix or in a copy?"),
        (lambda y, a, k: np.zeros((k, k)), "All your counts are 0"),
        (in_bytes, "held as uint8"),
        (
            lambda y, a, k: confusion_matrix(y, a, labels=range(k), normalize="true"),
            "shares of the images of",
        ),
        (lambda y, a, k: confusion_matrix(y, a, labels=range(k), normalize="pred"), "shares of the answers"),
        (lambda y, a, k: confusion_matrix(y, a, labels=range(k), normalize="all"), "shares of all images"),
        (of_lists(lambda c: c / c.sum(axis=1, keepdims=True)), "shares of the images of each class"),
        (of_lists(lambda c: c / c.sum(axis=1)), "each column divided by the sum of a row"),
        (of_lists(lambda c: 100 * c / c.sum(axis=1)[:, None]), "percent of the images of each class"),
        (of_lists(lambda c: 100 * c / c.sum(axis=0)), "percent of the answers"),
        (of_lists(lambda c: 100 * c / c.sum()), "percent of all images"),
        (of_lists(lambda c: np.diag(np.diag(c))), "right answers only"),
        (of_lists(np.diag), "This is the diagonal"),
        (of_lists(lambda c: c - np.diag(np.diag(c))), "The right answers are missing"),
        (found_classes, "room only for classes that occur"),
        (cross_table, "room only for classes that occur"),
        (lambda y, a, k: confusion_matrix(y, a), "room only for classes that occur"),
        (lambda y, a, k: confusion_matrix(a, y), "your rows are what the network says"),
        (sized(lambda y, a: max(y.max(), a.max()) + 1), "room only for classes that occur"),
        (sized(lambda y, a: y.max() + 1), "room only for classes that occur"),
        (sized(lambda y, a: len(set(y))), "no such row or column. Classes are counted from 0, and"),
        (sized(lambda y, a: y.max()), "no such row or column"),
        (sized(lambda y, a: 10), "10 rows and columns, whatever `classes`"),
        (lambda y, a, k: counted(y + 1, a + 1, k + 1), "begins with an empty row and column"),
        (lambda y, a, k: counted(y + 1, a + 1, k), "Classes are counted from 0"),
        (moved(1, 1), "one row too high and one column"),
        (moved(1, 0), "one row too high. "),
        (moved(0, 1), "one column too far to the left. "),
        (looped(1, 0), "Class 0 is left out: its row and its column are empty"),
        (looped(0, 1), "The last class is left out"),
        (of_lists(lambda c: c[1:, 1:]), "Class 0 is left out. Classes"),
        (of_lists(lambda c: c[:-1, :-1]), "one short on each side"),
        (of_lists(lambda c: np.pad(c, (0, 1))), "one too many on each side"),
        (lambda y, a, k: confusion(y[:-1], a[:-1], k), "The last image is not counted"),
        (lambda y, a, k: confusion(y[1:], a[1:], k), "The first image is not counted"),
        (returns_early, "Only the first image is counted"),
        (begins_again, "Only the last image is counted"),
        (of_lists(lambda c: c + c.T), "twice, in its cell and mirrored"),
        (of_lists(lambda c: c + 1), "one image too many"),
        (
            lambda y, a, k: [[sum((y == i) | (a == j)) for j in range(k)] for i in range(k)],
            "*or* are called the other",
        ),
        (lambda y, a, k: np.outer(np.bincount(y, None, k), np.bincount(a, None, k)), "apart and multiply"),
        (lambda y, a, k: [[sum(y == i) for j in range(k)] for i in range(k)], "Each row has one number"),
        (lambda y, a, k: [[sum(a == j) for j in range(k)] for i in range(k)], "Each column has one number"),
        (lambda y, a, k: (y[:, None] == a).astype(int), "each image with each"),
        (lambda y, a, k: (a[:, None] == y).astype(int), "each image with each"),
        (lambda y, a, k: y[:, None] == a, "True and False"),
        (lambda y, a, k: (y == a).astype(int), "of each image whether it is right"),
        (lambda y, a, k: np.bincount(y, minlength=k), "how often each class is shown"),
        (lambda y, a, k: np.bincount(a, minlength=k), "how often each class is answered"),
        (by_class, "the accuracy of each class"),
        (lambda y, a, k: (y == a).mean(), "how often the network is right"),
        (lambda y, a, k: 100 * (y == a).mean(), "how often the network is right"),
        (lambda y, a, k: (y == a).sum(), "how often the network is right"),
        (lambda y, a, k: [(y == a).sum(), (y != a).sum()], "how often the network is right"),
        (lambda y, a, k: (y != a).sum(), "how many answers are wrong"),
        (one_against_all, "for two classes, or for right and wrong"),
        (right_and_wrong, "for two classes, or for right and wrong"),
        (no_minlength, "np.bincount ends at the largest number"),
        (of_lists(np.ravel), "one long row"),
        (of_lists(lambda c: c[::-1]), "upside down"),
        (lambda y, a, k: confusion(y, a, k)[:1], "the first row only"),
        (lambda y, a, k: [], "your matrix has the shape (0,)"),
        (lambda y, a, k: y, "your matrix has the shape (9,)"),
        (lambda y, a, k: {0: 1}, "must be made of numbers"),
        (lambda y, a, k: Counter(zip(y, a, strict=True)), "must be made of numbers"),
        (lambda y, a, k: "matrix", "must be made of numbers"),
        (lambda y, a, k: None, "returned None"),
        (lambda y, a, k: np.full((k, k), np.nan), "holds nan"),
        (lambda y, a: 0, "It is called with 3 values: labels, answers, classes"),
        (lambda y, a, k: print(confusion(y, a, k)), "prints its result"),
        (np.eye(4), "A function was expected"),
        ("counted", "A function was expected"),
    ],
)
def test_confusion_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_confusion, answer)


def test_a_wrong_matrix_is_told_in_the_readers_own_numbers(capsys):
    said = refused(capsys, check_confusion, fancy)
    assert "With labels [2, 0, 1, 2, 3, 0, 2, 3, 1], answers [1, 0, 2, 1, 3, 0, 2, 0, 3], classes 4" in said
    assert said.endswith("your matrix has 1 in row 0, column 0; 2 was expected.")


# --- How far an answer can be relied on, and how much is found


def shares(c):
    return np.stack([np.diag(c) / c.sum(axis=0), np.diag(c) / c.sum(axis=1)])


def sums(c):
    return np.stack([c.sum(axis=0), c.sum(axis=1)])


def in_loops(confusion):
    precision, recall = [], []
    for k in range(len(confusion)):
        precision.append(confusion[k, k] / confusion[:, k].sum())
        recall.append(confusion[k, k] / confusion[k].sum())
    return precision, recall


def plain(confusion):
    rows = confusion.tolist()
    columns = list(zip(*rows, strict=True))
    return [[line[k] / sum(line) for k, line in enumerate(lines)] for lines in (columns, rows)]


def filled(confusion):
    table = np.zeros((2, len(confusion)))
    for k, right in enumerate(confusion.diagonal()):
        table[:, k] = right / confusion[:, k].sum(), right / confusion[k, :].sum()
    return table


def by_sklearn(c):
    labels, answers = (np.repeat(place.ravel(), c.ravel()) for place in np.indices(c.shape))
    return precision_recall_fscore_support(labels, answers, zero_division=0)[:2]


def with_ops(confusion):
    c = ops.cast(confusion, "float32")
    return ops.stack([ops.diagonal(c) / ops.sum(c, axis=0), ops.diagonal(c) / ops.sum(c, axis=1)])


def by_evaluation(c):
    labels, answers = (np.repeat(place.ravel(), c.ravel()) for place in np.indices(c.shape))
    evaluation = Evaluation(np.eye(len(c))[answers], labels)
    return evaluation.per_class_precision, evaluation.per_class_recall


def tp_fp_fn(c):
    tp = np.diag(c)
    fp, fn = c.sum(axis=0) - tp, c.sum(axis=1) - tp
    return [tp / (tp + fp), tp / (tp + fn)]


@pytest.mark.parametrize(
    "answer",
    [
        shares,
        in_loops,
        plain,
        filled,
        by_sklearn,
        with_ops,
        by_evaluation,
        tp_fp_fn,
        lambda c: np.diag(c) / sums(c),
        lambda c: [(c / c.sum(axis=0)).diagonal(), (c / c.sum(axis=1, keepdims=True)).diagonal()],
        lambda c: [(c / c.sum(axis=0)).diagonal(), (c / c.sum(axis=1)).diagonal()],
        lambda c: np.vstack([c.diagonal() / np.ones(len(c)).dot(c), c.diagonal() / (c @ np.ones(len(c)))]),
        lambda c: [np.diag(m) / m.sum(axis=0) for m in (c, c.T)],
        lambda c: Tensor(shares(c)),
        lambda c: shares(c).astype("float32"),
        lambda c: np.matrix(shares(c)),
        lambda c: shares(c)[None],
        lambda confusion: shares(confusion).tolist(),
    ],
)
def test_precision_recall_accepts(capsys, answer):
    assert feedback(capsys, check_precision_recall, answer).startswith("Right. Below are three classes")


def twice(values):
    return np.stack([values, values])


def others(c):
    return c.sum() - c.sum(axis=0) - c.sum(axis=1) + np.diag(c)


def f1(c):
    precision, recall = shares(c)
    return np.nan_to_num(2 * precision * recall / (precision + recall))


def accuracy(c):
    return np.trace(c) / c.sum()


def specificity(c):
    return others(c) / (c.sum() - c.sum(axis=1))


def whole(c, by_column=True):
    return np.stack([c / c.sum(axis=0), c / (c.sum(axis=1, keepdims=True) if by_column else c.sum(axis=1))])


# What to do with both rows, and what is said of it.
ROWS = [
    (lambda c: twice(np.full(len(c), accuracy(c))), "he accuracy of all classes together"),
    (lambda c: twice(np.diag(c) / c.sum()), "ou divide by the number of all images"),
    (lambda c: twice((np.diag(c) + others(c)) / c.sum()), "a truck is not called frog"),
    (lambda c: sums(c) / sums(c), "ou divide a sum by itself"),
    (lambda c: 1 - shares(c), "he share that is wrong"),
    (lambda c: 100 * shares(c), "in percent"),
    (lambda c: shares(c).round(2), "our numbers are rounded"),
    (lambda c: shares(c).round(3), "our numbers are rounded"),
    (lambda c: sums(c) / np.diag(c), "fractions are upside down"),
    (lambda c: np.diag(c) / (sums(c) - np.diag(c)), "he right ones by the wrong ones"),
    (lambda c: np.diag(c) / (sums(c) + np.diag(c)), "ou count the right ones twice below"),
    (lambda c: twice(f1(c)), "called F1"),
    (lambda c: twice(shares(c).mean(axis=0)), "he mean of precision and recall"),
    (lambda c: twice(np.diag(c) / sums(c).sum(axis=0)), "by images and answers together"),
    (lambda c: twice(np.diag(c) / (sums(c).sum(axis=0) - np.diag(c))), "of a class or called so"),
    (lambda c: c.max(axis=0) / c.sum(axis=0), "ou take the largest"),
    (lambda c: np.trace(c) / sums(c), "he right answers of all classes"),
    (lambda c: twice(np.diag(c) / np.trace(c)), "by all that is right"),
    (lambda c: twice(np.diag(c)), "how many are right. Of how many?"),
    (sums, "how many there are"),
    (lambda c: sums(c) / c.sum(), "how large a share"),
    (lambda c: sums(c) - np.diag(c), "how many are wrong"),
]


@pytest.mark.parametrize(("answer", "message"), ROWS)
def test_a_mistake_is_named_in_both_rows_and_in_one(capsys, answer, message):
    def of_both(c):
        return answer(c) if answer(c).ndim == 2 else np.stack([answer(m) for m in (c, c.T)])

    assert message in refused(capsys, check_precision_recall, of_both)
    beside = refused(capsys, check_precision_recall, lambda c: [of_both(c)[0], shares(c)[1]])
    assert "Recall is right, precision is not: " in beside
    assert message in beside
    beside = refused(capsys, check_precision_recall, lambda c: [shares(c)[0], of_both(c)[1]])
    assert "Precision is right, recall is not: " in beside
    assert message in beside


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda c: shares(c)[::-1], "Precision and recall have changed places"),
        (lambda c: shares(c.T), "Precision and recall have changed places"),
        (lambda c: twice(shares(c)[0]), "Both rows are precision"),
        (lambda c: twice(shares(c)[1]), "Both rows are recall"),
        (lambda c: [shares(c)[0], specificity(c)], "all *other* classes"),
        (lambda c: [specificity(c.T), specificity(c)], "all *other* classes"),
        (lambda c: shares(c).T, "a row for each class. Two rows"),
        (lambda c: np.column_stack(in_loops(c)[::-1]), "a row for each class, and recall stands first"),
        (whole, "Each of your rows is a whole matrix"),
        (lambda c: whole(c, False), "Each of your rows is a whole matrix"),
        (lambda c: whole(c)[::-1], "Each of your rows is a whole matrix"),
        (lambda c: c / c.sum(axis=0), "You divide each cell"),
        (lambda c: c / c.sum(axis=1), "You divide each cell"),
        (lambda c: c / c.sum(axis=1)[:, None], "You divide each cell"),
        (lambda c: c / c.sum(), "You divide each cell"),
        (lambda c: shares(c)[0], "You return precision alone"),
        (lambda c: shares(c)[1], "You return recall alone"),
        (lambda c: shares(c)[1:], "You return recall alone"),
        (f1, "called F1. Two rows"),
        (lambda c: [*shares(c), f1(c)], "a third row"),
        (lambda c: shares(c).mean(axis=1), "the mean over the classes. Each"),
        (lambda c: shares(c)[::-1].mean(axis=1), "the mean over the classes, and recall stands first"),
        (lambda c: shares(c)[:, 0], "the two numbers of one class"),
        (lambda c: shares(c)[:, -1], "the two numbers of one class"),
        (lambda c: [accuracy(c)] * 2, "You return two numbers, both the accuracy"),
        (accuracy, "the accuracy of all classes together"),
        (lambda c: np.ravel(shares(c)), "one long row"),
        (
            lambda c: [shares(c)[0], shares(c)[0] ** 2],
            "Your row of precision is right, that of recall is not",
        ),
        (
            lambda c: [shares(c)[1] ** 2, shares(c)[1]],
            "Your row of recall is right, that of precision is not",
        ),
        (lambda c: [c.sum(axis=0) // np.diag(c), np.diag(c) // c.sum(axis=1)], "With confusion [[6, 2, 2],"),
        (lambda c: np.diag(c) // sums(c), "Fractions below 1 become 0"),
        (lambda c: shares(c)[:, ::-1], "Left and right have changed places"),
        (lambda c: shares(c).astype(int), "Fractions below 1 become 0"),
        (lambda c: np.zeros((2, len(c))), "All your numbers are 0. Fractions"),
        (lambda c: {"precision": 1}, "must be made of numbers"),
        (lambda c: ("precision", "recall"), "must be made of numbers"),
        (
            lambda c: (np.diag(c) / c.sum(axis=0, keepdims=True), np.diag(c) / c.sum(axis=1, keepdims=True)),
            "Its parts have the shapes (1, 3) and (3, 3)",
        ),
        (lambda c: shares(c) > 0.5, "True and False"),
        (lambda c: np.diag(c) / np.zeros((2, len(c))), "holds inf"),
        (lambda c: None, "returned None"),
        (lambda c: c[:, 5], "Index 5 was asked of axis 1"),
        (lambda c, k: 0, "It is called with 1 values: confusion"),
        (lambda c: print(shares(c)), "prints its result"),
        ([[0.5], [0.5]], "A function was expected"),
    ],
)
def test_precision_recall_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_precision_recall, answer)


# --- Two networks, asked about the same images


def lead(first, second):
    a, b = (first & ~second).sum(), (second & ~first).sum()
    return 0 if a + b == 0 else (b - a) / np.sqrt(a + b)


def one_by_one(first, second):
    only_first = only_second = 0
    for one, two in zip(first, second, strict=True):
        if one and not two:
            only_first += 1
        elif two and not one:
            only_second += 1
    apart = only_first + only_second
    return (only_second - only_first) / math.sqrt(apart) if apart else 0.0


def pure_python(first, second):
    gains = [int(b) - int(a) for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    apart = sum(map(abs, gains))
    return sum(gains) / apart**0.5 if apart else 0


def of_ops(first, second):
    gain = ops.cast(second, "float32") - ops.cast(first, "float32")
    return ops.sum(gain) / ops.sqrt(ops.maximum(ops.sum(ops.square(gain)), 1))


def by_table(first, second):
    (_, b), (a, _) = confusion_matrix(first, second, labels=[False, True])
    return (b - a) / max(a + b, 1) ** 0.5


def of_binomial(first, second):
    b, n = (second & ~first).sum(), (first ^ second).sum()
    return (b - n / 2) / (np.sqrt(n) / 2) if n else 0.0


def hidden_nan(first, second):
    a, b = (first > second).sum(), (second > first).sum()
    return np.nan_to_num((b - a) / np.sqrt(a + b))


@pytest.mark.parametrize(
    "answer",
    [
        lead,
        one_by_one,
        pure_python,
        of_ops,
        by_table,
        of_binomial,
        hidden_nan,
        lambda first, second: (second.sum() - first.sum()) / np.sqrt(max((first != second).sum(), 1)),
        lambda p, q: [lead(p, q)],
        lambda p, q: np.array([[lead(p, q)]]),
        lambda p, q: np.float32(lead(p, q)),
        lambda p, q: Tensor(lead(p, q)),
        lambda p, q: ops.convert_to_tensor(float(lead(p, q))),
        lambda second, first: lead(first, second),
    ],
)
def test_paired_accepts(capsys, answer):
    assert feedback(capsys, check_paired, answer).startswith("Right. Below are two pairs of networks")


def counts(p, q):
    return (p & ~q).sum(), (q & ~p).sum()


def ahead(p, q):
    return (q & ~p).sum() - (p & ~q).sum()


def apart(p, q):
    return max((p != q).sum(), 1)


def unpaired(p, q):
    a, b = p.mean(), q.mean()
    return (b - a) / max(np.sqrt(a * (1 - a) / len(p) + b * (1 - b) / len(q)), 1e-9)


def pooled(p, q):
    both = (p.mean() + q.mean()) / 2
    return (q.mean() - p.mean()) / max(np.sqrt(both * (1 - both) * 2 / len(p)), 1e-9)


def paired_t(p, q, ddof=1):
    gain = q.astype(int) - p
    return gain.mean() / max(gain.std(ddof=ddof) / np.sqrt(len(p)), 1e-9)


def tilde(first, second):
    """~ of a bool of Python is true, always."""
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    a = sum(1 for one, two in pairs if one and ~two)
    b = sum(1 for one, two in pairs if two and ~one)
    return (b - a) / max(a + b, 1) ** 0.5


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda p, q: lead(q, p), "The sign is turned: your number is positive where the *first*"),
        (lambda p, q: abs(lead(p, q)), "has lost its sign"),
        (lambda p, q: lead(p, q) ** 2, "as in a chi-squared test"),
        (lambda p, q: lead(p, q) * abs(lead(p, q)), "Your number is squared"),
        (lambda p, q: np.sign(ahead(p, q)) * (abs(ahead(p, q)) - 1) / apart(p, q) ** 0.5, "the continuity"),
        (lambda p, q: (abs(ahead(p, q)) - 1) / apart(p, q) ** 0.5, "the continuity correction"),
        (lambda p, q: (ahead(p, q) - 1) / apart(p, q) ** 0.5, "the continuity correction"),
        (lambda p, q: (abs(ahead(p, q)) - 1) ** 2 / apart(p, q), "out here. And your number is squared"),
        (unpaired, "as if each network had been asked about images of its own"),
        (pooled, "as if each network had been asked about images of its own"),
        (lambda p, q: unpaired(q, p), "ahead. And the sign is turned"),
        (tilde, "images that both have right"),
        (lambda p, q: (q.sum() - p.sum()) / max(q.sum() + p.sum(), 1) ** 0.5, "images that both have right"),
        (
            lambda p, q: (q.mean() - p.mean()) / max((p.mean() * (1 - p.mean()) / len(p)) ** 0.5, 1e-9),
            "how far the first accuracy may vary",
        ),
        (lambda p, q: ahead(p, q) / apart(p, q), "their variance, not yet"),
        (lambda p, q: -ahead(p, q) / apart(p, q), "not yet the deviation. And the sign"),
        (lambda p, q: q.mean() - p.mean(), "the difference of the two accuracies. How"),
        (lambda p, q: p.mean() - q.mean(), "the difference of the two accuracies, the first less"),
        (lambda p, q: 100 * (q.mean() - p.mean()), "in percentage points"),
        (lambda p, q: ahead(p, q) / np.sqrt(len(p)), "You count all images below the fraction bar"),
        (lambda p, q: ahead(p, q) / max((p == q).sum(), 1) ** 0.5, "how many images they *agree* about"),
        (ahead, "by how many images the second is ahead"),
        (lambda p, q: ahead(q, p), "by how many images the first is ahead"),
        (lambda p, q: (p != q).sum(), "how many images they disagree about. Who"),
        (lambda p, q: (p != q).sum() ** 0.5, "This is one standard deviation"),
        (lambda p, q: (q & ~p).sum(), "how many images only the second has right"),
        (lambda p, q: (q & ~p).sum() / apart(p, q) ** 0.5, "Those that only the first has are missing"),
        (lambda p, q: (q & ~p).sum() / apart(p, q), "the share of the second"),
        (lambda p, q: lead(p, q) / 2, "half of what it should be"),
        (lambda p, q: 2 * lead(p, q), "twice what it should be"),
        (paired_t, "vary about their mean"),
        (lambda p, q: paired_t(p, q, 0), "vary about their mean"),
        (lambda p, q: 2 * norm.sf(abs(lead(p, q))), "This is a probability"),
        (lambda p, q: norm.sf(lead(p, q)), "This is a probability"),
        (lambda p, q: norm.cdf(lead(p, q)), "This is a probability"),
        (lambda p, q: binomtest(int(counts(p, q)[1]), apart(p, q)).pvalue, "This is a probability"),
        (lambda p, q: round(lead(p, q), 2), "Your number is rounded"),
        (lambda p, q: int(lead(p, q)), "is cut off"),
        (lambda p, q: 0, "Your number is always 0"),
        (lambda p, q: (q - p).sum(), "NumPy neither subtracts True and False"),
        (lambda p, q: (-p & q).sum(), "NumPy neither subtracts True and False"),
        (lambda p, q: q and not p, "gives one for each number"),
        (lambda p, q: math.sqrt(ahead(p, q)), "A root is taken of a number below 0"),
        (lambda p, q: ahead(p, q) / np.sqrt((p != q).sum()), "the same images right. How far ahead"),
        (lambda p, q: ahead(p, q) / np.sqrt((p != q).sum()), "Given: first [True, False, True, True]"),
        (lambda p, q: int(ahead(p, q)) / int((p != q).sum()) ** 0.5, "It divides by 0 there. These two"),
        (lambda p, q: lead(p, q) if (p != q).any() else 1, "the same images right. How far ahead"),
        (lambda p, q: lead(p, q) if (p != q).any() else None, "returned None"),
        (lambda p, q: q.astype(float) - p, "One number was expected, the lead"),
        (lambda p, q: q, "True and False"),
        (lambda p, q: lead(p, q) > 2, "True and False"),
        (lambda p, q: "second", "must be made of numbers"),
        (lambda p, q: counts(p, q), "One number was expected, the lead"),
        (lambda p, q: {"z": lead(p, q)}, "must be made of numbers"),
        (
            lambda p, q: 7,
            "7; 1 is right. Only the first is right about 1 of the images, only the second about 3.",
        ),
        (lambda p: 0, "It is called with 2 values: first, second"),
        (lambda p, q: print(lead(p, q)), "prints its result"),
        (1.0, "A function was expected"),
    ],
)
def test_paired_names_the_mistake(capsys, answer, message):
    assert message in refused(capsys, check_paired, answer)


# --- All three

RIGHT = [(check_confusion, counted), (check_precision_recall, shares), (check_paired, lead)]


def test_a_right_answer_shows_something_and_asks():
    for check, answer in RIGHT:
        message, figure = check.__wrapped__(answer)
        assert figure.axes
        assert "?" in message


def test_the_two_pairs_differ_in_how_much_they_disagree_alone():
    _, figure = check_paired.__wrapped__(lead)
    *maps, _ = figure.axes
    gains = [np.asarray(axis.images[0].get_array()) for axis in maps]
    assert [gain.sum() for gain in gains] == [8, 8]
    assert [np.abs(gain).sum() for gain in gains] == [8, 160]
    assert [axis.get_title().split()[0] for axis in maps] == ["2.8", "0.6"]


@pytest.mark.parametrize("seed", range(8))
def test_an_unknown_mistake_is_told_with_a_place_or_a_number(capsys, seed):
    """Random numbers in the right shape, and right ones with one place changed."""
    rng = np.random.default_rng(seed)

    def off(values, by):
        values = np.array(values, float)
        values[np.unravel_index(rng.integers(values.size), values.shape)] += by
        return values

    answers = [
        (check_confusion, lambda y, a, k: rng.integers(0, 9, (k, k)) + 0.0),
        (check_confusion, lambda y, a, k: off(counted(y, a, k), 1)),
        (check_precision_recall, lambda c: rng.random((2, len(c)))),
        (check_precision_recall, lambda c: off(shares(c), 0.01)),
        (check_paired, lambda p, q: rng.normal()),
        (check_paired, lambda p, q: lead(p, q) + 0.01),
    ]
    for check, answer in answers:
        assert "was expected" in (said := refused(capsys, check, answer)) or "is right." in said


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
@pytest.mark.parametrize("answer", [None, ..., lambda *_: ...])
def test_three_dots_are_no_mistake(capsys, check, answer):
    assert feedback(capsys, check, answer).startswith("Not answered yet. ")


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
@pytest.mark.parametrize(
    "value", [3, "x", [], {}, {1}, object(), 1j, b"1", [[1], [1, 2]], range(3), np.array("a"), len, int]
)
def test_whatever_is_handed_in_or_returned_gets_one_message(capsys, check, value):
    assert feedback(capsys, check, value).startswith("Not yet. ")
    assert feedback(capsys, check, lambda *_: value).startswith("Not yet. ")
