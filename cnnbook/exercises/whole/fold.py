"""Exercise: batch normalization in use, folded into one factor and one term."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from cnnbook import figures
from cnnbook.exercises.compare import Formula, Unexplained, cases, expect, same
from cnnbook.exercises.feedback import Arguments, Mistake, Stopped, call, checker
from cnnbook.exercises.words import describe

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
        with np.errstate(invalid="ignore"):  # a wrong factor may be the root of a mean below 0
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
