"""The runs that were recorded with three seeds, and what they say together."""

import numpy as np

from cnnbook.runs import load_run


def three_seeds(name):
    """The results of the recipe called `name` with seeds 0, 1 and 2."""
    return [load_run(name + seed).results for seed in ("", "-seed1", "-seed2")]


def mean(name):
    return np.mean([run["test_accuracy"] for run in three_seeds(name)])


def spread(name, quantity="test_accuracy"):
    """Mean and standard deviation, as pages tell them."""
    accuracy = 100 * np.array([run[quantity] for run in three_seeds(name)])
    return f"{accuracy.mean():.2f} ± {accuracy.std(ddof=1):.2f} %"
