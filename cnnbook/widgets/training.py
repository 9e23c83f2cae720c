"""The training lab: a recorded training, to be scrubbed through."""

import numpy as np
from traitlets import List, Unicode

from cnnbook.data.cifar10 import NAMES
from cnnbook.widgets.base import Widget
from cnnbook.widgets.recorded import networks
from cnnbook.widgets.replayed import EPOCHS, FILTERS, IMAGES, RUN, packed, replay
from cnnbook.widgets.traits import cell, whole


class TrainingLab(Widget):
    """Scrub through the recorded training of the article's network, watched on validation images.

    After each epoch: the filters of the first layer, loss and accuracy, the confusion matrix, and the answers
    to two dozen images.

    >>> TrainingLab(epoch=12).accuracy > TrainingLab(epoch=1).accuracy
    True

    Args:
        epoch: how many epochs are over, 0 to 12.
        filter: of the first layer, from 0: its way is shown.
        image: of the two dozen, from 0: the network's answer to it is written out.
        cell: (row, column) of the cell of the confusion matrix to follow, true class and answer, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
        RunError: the recorded run is damaged.
    """

    _kind = Unicode("training").tag(sync=True)
    run = Unicode(RUN).tag(sync=True)
    names = List(Unicode(), list(NAMES)).tag(sync=True)
    epoch = whole(0, 0, EPOCHS)
    filter = whole(0, 0, FILTERS - 1)
    image = whole(0, 0, IMAGES - 1)
    cell = cell()

    def assets(self) -> dict[str, bytes]:
        """The recording, and the script that draws it."""
        return {"training": packed(), "networks": networks()}

    @property
    def filters(self) -> np.ndarray:
        """The kernels of the first layer, (3, 3, 3, 32) float32."""
        return replay()["filters"][self.epoch]

    @property
    def confusion(self) -> np.ndarray:
        """The confusion matrix of the validation images: row = true class, column = answer, cell = images."""
        return replay()["confusion"][self.epoch]

    @property
    def accuracy(self) -> float:
        """The fraction of the validation images that it answers right."""
        return float(self.confusion.trace() / self.confusion.sum())

    @property
    def loss(self) -> float:
        """Its loss on the validation images, in nats."""
        return float(replay()["loss"][self.epoch])

    @property
    def probabilities(self) -> np.ndarray:
        """What it says of the two dozen images, (24, 10), to 1/255."""
        return replay()["probabilities"][self.epoch] / 255

    def describe(self) -> str:
        """One sentence: where in the training it is, and how good the network is there."""
        return (
            f"A recorded training after {self.epoch} of {EPOCHS} epochs: {self.accuracy:.1%} of "
            f"{self.confusion.sum():,} validation images right, loss {self.loss:.3f}."
        )
