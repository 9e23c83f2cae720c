"""What a trained network gets right and wrong."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnbook import check
from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.models import scale


@dataclass(frozen=True)
class Calibration:
    """How often a network is right among answers of about the same confidence, its probability of the answer.

    Args:
        edges: (B + 1,) limits of the B bins; a confidence equal to one belongs to the bin below it.
        images: (B,) integers, answers in each bin.
        confidence: (B,) mean confidence there, 0 to 1; NaN for an empty bin.
        accuracy: (B,) fraction of right answers there, 0 to 1; NaN for an empty bin.
    """

    edges: np.ndarray
    images: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1: how far accuracy is from confidence, the mean over images.

        Source: C. Guo et al., On Calibration of Modern Neural Networks, 2017, section 2 (arXiv 1706.04599).
        """
        gap = np.abs(np.nan_to_num(self.accuracy) - np.nan_to_num(self.confidence))
        return float((gap * self.images).sum() / self.images.sum())


@dataclass(frozen=True)
class Evaluation:
    """The answers of a network to N images of K classes.

    Args:
        probabilities: (N, K), each row sums to 1.
        labels: (N,) integers, the right answers.

    Raises:
        ValueError: they are something else; see `cnnbook.check`.
    """

    probabilities: np.ndarray
    labels: np.ndarray

    def __post_init__(self):
        probabilities = check.probabilities(self.probabilities)
        images, classes = probabilities.shape
        object.__setattr__(self, "probabilities", probabilities)
        object.__setattr__(self, "labels", check.labels(self.labels, images, classes))

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
        return _fraction(self.confusion.diagonal(), self.confusion.sum(axis=1))

    @property
    def per_class_recall(self) -> np.ndarray:
        """(K,) of the images of each class, the fraction found: another name of `per_class_accuracy`."""
        return self.per_class_accuracy

    @property
    def per_class_precision(self) -> np.ndarray:
        """(K,) of the answers naming each class, the fraction that is right; NaN for a class never named."""
        return _fraction(self.confusion.diagonal(), self.confusion.sum(axis=0))

    def calibration(self, bins: int = 10) -> Calibration:
        """Compare confidence with accuracy, in `bins` equally wide bins of the confidence.

        Raises:
            ValueError: fewer than one bin.
        """
        bins = check.whole(bins, "number of bins", least=1)
        confidence = self.probabilities.max(axis=1).astype(np.float64)
        edges = np.linspace(0, 1, bins + 1)
        bin_of = np.clip(np.searchsorted(edges, confidence) - 1, 0, bins - 1)
        images = np.bincount(bin_of, minlength=bins)
        right = np.bincount(bin_of, self.predictions == self.labels, minlength=bins)
        sure = np.bincount(bin_of, confidence, minlength=bins)
        return Calibration(edges, images, _fraction(sure, images), _fraction(right, images))

    def most_confident_mistakes(self, n: int) -> np.ndarray:
        """Find the positions of at most `n` wrongly classified images, the most confident first.

        Raises:
            ValueError: `n` is no whole number of 0 or more.
        """
        n = check.whole(n, "number of mistakes", least=0)
        wrong = np.flatnonzero(self.predictions != self.labels)
        confidence = self.probabilities[wrong].max(axis=1)
        return wrong[np.argsort(-confidence, kind="stable")[:n]]


def _fraction(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def evaluate(model: keras.Model, split: Split, *, mirrored: bool = False) -> Evaluation:
    """Ask a network (see `cnnbook.models`) about every image of `split`.

    A network that divides bytes itself, in a Rescaling layer for example, is given them as they are.

    Args:
        model: the network.
        split: images (N, H, W, C), whole numbers from 0 to 255, with their labels (N,).
        mirrored: ask about each image and its mirror image, and take the mean of both answers.

    Raises:
        ValueError: images that the network does not take, labels that do not fit, answers that are no
            probabilities; see `cnnbook.check`.

    Source, of the mirror images: K. Simonyan and A. Zisserman, Very Deep Convolutional Networks, 2015,
    section 3.2 (arXiv 1409.1556).
    """
    if not isinstance(split, Split):
        came = type(split).__name__
        advice = "data.test" if hasattr(split, "test") else "Split(images, labels), from cnnbook.data"
        raise ValueError(f"expected a Split, images with their labels, got a {came}; write {advice}")
    bring = check.pixels if check.takes_bytes(model) else scale
    images = check.network_input(model, bring(split.images))
    labels = check.labels(split.labels, len(images))  # before the network is asked, which takes longer
    probabilities = model.predict(images, batch_size=500, verbose=0)
    if mirrored:
        probabilities = (probabilities + model.predict(images[:, :, ::-1], batch_size=500, verbose=0)) / 2
    return Evaluation(probabilities, labels)
