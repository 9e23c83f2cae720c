"""What a trained network gets right and wrong."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.models import scale


@dataclass(frozen=True)
class Evaluation:
    """The answers of a network to N images of K classes.

    probabilities: (N, K), each row sums to 1. labels: (N,) integers, the right answers.
    """

    probabilities: np.ndarray
    labels: np.ndarray

    @cached_property
    def predictions(self) -> np.ndarray:
        """(N,) integers: the most probable class of each image."""
        return self.probabilities.argmax(axis=1)

    @property
    def correct(self) -> int:
        """How many images are classified right."""
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """The fraction of the images classified right, 0 to 1."""
        return self.correct / len(self.labels)

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats, with probabilities kept above 1e-7 as Keras does."""
        right = self.probabilities[np.arange(len(self.labels)), self.labels].astype(np.float64)
        return float(-np.log(np.clip(right, 1e-7, 1)).mean())

    @cached_property
    def confusion(self) -> np.ndarray:
        """(K, K) integers: row = true class, column = predicted class, cell = number of images."""
        classes = self.probabilities.shape[1]
        cells = np.bincount(self.labels * classes + self.predictions, minlength=classes**2)
        return cells.reshape(classes, classes)

    @property
    def per_class_accuracy(self) -> np.ndarray:
        """(K,) fraction of the images of each class classified right; NaN for a class without images."""
        images = self.confusion.sum(axis=1)
        return np.where(images > 0, self.confusion.diagonal() / np.maximum(images, 1), np.nan)

    def most_confident_mistakes(self, n: int) -> np.ndarray:
        """Positions of at most `n` wrongly classified images, the most confident first."""
        wrong = np.flatnonzero(self.predictions != self.labels)
        confidence = self.probabilities[wrong].max(axis=1)
        return wrong[np.argsort(-confidence, kind="stable")[:n]]


def evaluate(model: keras.Model, split: Split) -> Evaluation:
    """Ask `model` (see `cnnbook.models`) about every image of `split`."""
    probabilities = model.predict(scale(split.images), batch_size=500, verbose=0)
    return Evaluation(np.asarray(probabilities), np.asarray(split.labels).astype(np.int64))
