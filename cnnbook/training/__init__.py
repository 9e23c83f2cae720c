"""Train a network by a recipe, so that a training that was stopped goes on, and record what it did."""

from cnnbook.training.loop import Progress, train
from cnnbook.training.recipes import falling, recipe

__all__ = ["Progress", "falling", "recipe", "train"]
