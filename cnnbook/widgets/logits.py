"""The logits widget: scores that can be dragged, what they make of themselves, and dropout before them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from traitlets import Float, List, TraitError, Unicode

from cnnbook.data.cifar10 import NAMES
from cnnbook.ops import binary_cross_entropy, cross_entropy, dropout_mask, sigmoid, softmax
from cnnbook.widgets.base import Widget
from cnnbook.widgets.traits import choice, index, number, numbers, whole


class LogitsLab(Widget):
    """Drag logits; see probabilities, the loss of the right class and its gradient, and what dropout does.

    >>> LogitsLab(["cat", "dog"], [2, 0]).probabilities.round(2)
    array([0.88, 0.12])

    Args:
        names: of 2 to 10 classes; those of CIFAR-10 unless given. logits: a number a class.
        function: "softmax" or "sigmoid". temperature: 0.01 to 100, what logits are divided by.
        right: the place of the right class in `names`, or None.
        inputs, weights: (n,) and (n, classes), a part of the sums that the logits are: dropout changes it.
        training: "on" or "off". rate: 0 to 90, percent. seed: 0 to 9999, of the mask.
        settings: of function, temperature, right (a reader can change) and gradient (a column); all.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("logits").tag(sync=True)
    names = List(Unicode(), list(NAMES), minlen=2, maxlen=len(NAMES)).tag(sync=True)  # no link changes these
    inputs = List(Float()).tag(sync=True)
    weights = List(List(Float())).tag(sync=True)
    settings = List(Unicode(), ["function", "temperature", "right", "gradient"]).tag(sync=True)
    logits = numbers([0.0] * len(NAMES))  # without dropout; beyond the names they do not count
    function = choice("softmax", "sigmoid")
    temperature = number(1.0, 0.01, 100)
    right = index("names")
    training = choice("off", "on")
    rate = whole(40, 0, 90)
    seed = whole(1, 0, 9999)

    def __init__(self, names: Sequence[str] = NAMES, logits: Sequence[float] = (), **traits: Any):
        traits = {name: np.asarray(value).tolist() for name, value in traits.items()}
        super().__init__(names=list(names), logits=[*logits, *[0.0] * (len(NAMES) - len(logits))], **traits)
        if self.inputs and np.shape(self.weights) != (shape := (len(self.inputs), len(names))):
            raise TraitError(f"Expected weights of the shape {shape}, got {np.shape(self.weights)}.")

    @property
    def mask(self) -> np.ndarray:
        """What each input is multiplied by, (n,): 1, or while training what `dropout_mask` draws."""
        return dropout_mask(len(self.inputs), self.rate / 100 * (self.training == "on"), self.seed)

    @property
    def output(self) -> np.ndarray:
        """The logits that are shown, (classes,): those of the state, and what dropout adds to them."""
        change = ((self.mask - 1) * self.inputs) @ self.weights if self.inputs else 0
        return np.array(self.logits[: len(self.names)]) + change

    @property
    def probabilities(self) -> np.ndarray:
        """What the function makes of the logits, (classes,)."""
        return {"softmax": softmax, "sigmoid": sigmoid}[self.function](self.output / self.temperature)

    @property
    def loss(self) -> float | None:
        """The cross-entropy of the right class, if there is one; with sigmoid the mean over all classes."""
        scores, right = self.output / self.temperature, np.arange(len(self.names)) == self.right
        soft, each = cross_entropy(scores, right.argmax()), binary_cross_entropy(scores, right)
        return None if self.right is None else float(soft if self.function == "softmax" else each)

    def describe(self) -> str:
        """One sentence: each logit and its probability, and the loss."""
        rows = zip(self.names, self.output, self.probabilities, strict=True)
        shares = ", ".join(f"{name} {logit:.3g} ({p:.1%})" for name, logit, p in rows)
        loss = "" if self.right is None else f"; the loss of “{self.names[self.right]}” is {self.loss:.3g}"
        return f"Logits and the probabilities that {self.function} makes of them: {shares}{loss}."
