"""The accuracy lab: a recorded network answers CIFAR-10's test images once more, in the page."""

from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Int, List, TraitError, Unicode, validate

from cnnbook.data import Split
from cnnbook.data.cifar10 import NAMES
from cnnbook.runs import load_run
from cnnbook.widgets.assets import ASSETS, NETWORKS
from cnnbook.widgets.base import Widget
from cnnbook.widgets.traits import cell

if TYPE_CHECKING:  # a recorded confusion matrix needs no Keras
    from cnnbook.analysis.evaluation import Evaluation


class AccuracyLab(Widget):
    """Check the accuracy of a recorded network: drop CIFAR-10, and see the images of each mistake.

    >>> AccuracyLab().confusion.trace()
    9134

    In a notebook it shows your own evaluation at once, with its images. These reach the live view alone: they
    are in no state, no stored cell and no page, because CIFAR-10 has no licence.

    Args:
        name: of a recorded run whose network pages can run: "fast" or "baseline".
        evaluation: of images of `names`, as `cnnbook.analysis.evaluation.evaluate` returns it.
        split: the images that it is an evaluation of, such as `data.test`.
        names: of the classes; those of CIFAR-10 unless given.
        cell: (row, column) of the cell to open, true class and answer, or None.

    Raises:
        TraitError: what cannot be shown, with what was expected.
        RunError: the recorded run is damaged.
    """

    _kind = Unicode("accuracy").tag(sync=True)
    _images = Int(0).tag(sync=True)  # how many there are in the assets, here and now
    network = Unicode("fast").tag(sync=True)
    names = List(Unicode(), list(NAMES), minlen=2).tag(sync=True)
    recorded = List(List(Int())).tag(sync=True)  # its confusion matrix
    own = List(List(Int())).tag(sync=True)  # that of the evaluation, if one is given
    cell = cell()

    def __init__(
        self,
        name: str = "fast",
        evaluation: "Evaluation | None" = None,
        split: Split | None = None,
        **traits: Any,
    ):
        if name not in NETWORKS:
            known = ", ".join(NETWORKS)
            raise TraitError(f"No network called {name!r:.200} can run in a page; there are: {known}.")
        if evaluation is not None:
            traits["own"] = evaluation.confusion.tolist()
            came, expected = len(traits["own"]), len(traits.get("names", NAMES))
            if came != expected:
                raise TraitError(
                    f"Expected an evaluation of {expected} classes, got one of {came}: give names."
                )
        if split is not None:
            traits |= {"_assets": _packed(name) | _images(evaluation, split), "_images": len(split.labels)}
        super().__init__(network=name, recorded=load_run(name).results["confusion"], **traits)

    def assets(self) -> dict[str, bytes]:
        """The network and its scripts, and nothing else: what is named here reaches pages."""
        return _packed(self.network)

    @property
    def confusion(self) -> np.ndarray:
        """The confusion matrix that is shown at first: row = true class, column = answer, cell = images."""
        return np.array(self.own or self.recorded)

    @validate("cell")
    def _check_cell(self, proposal: dict) -> list[int] | None:
        if proposal["value"] is not None and max(proposal["value"]) >= (classes := len(self.names)):
            raise TraitError(
                f"There is no cell {tuple(proposal['value'])}: classes are counted to {classes - 1}."
            )
        return proposal["value"]

    def describe(self) -> str:
        """One sentence: what the matrix says, and the open cell."""
        cells = self.confusion
        right, total = int(cells.trace()), int(cells.sum())
        whose = "an evaluation" if self.own else f"the network “{self.network}”"
        says = (
            f"The confusion matrix of {whose}: {right:,} of {total:,} test images right, {right / total:.2%}"
        )
        if self.cell is None:
            return f"{says}."
        true, answered = (self.names[place] for place in self.cell)
        return f"{says}; of true class “{true}”, answered “{answered}”: {cells[tuple(self.cell)]:,}."


def _packed(name: str) -> dict[str, bytes]:
    return {asset: ASSETS[asset]() for asset in (f"network-{name}", "engine", "networks")}


def _images(evaluation: "Evaluation | None", split: Split) -> dict[str, bytes]:
    """The images of a split, as the files of CIFAR-10 have them, with labels and probabilities."""
    if evaluation is None:
        raise TraitError("Expected the evaluation of these images, too: evaluate(model, data.test).")
    if not np.array_equal(split.labels, evaluation.labels):
        raise TraitError("Expected the evaluation of these images, got one of other labels.")
    if split.images.shape[1:] != (32, 32, 3) or split.images.dtype != np.uint8:
        came = f"{split.images.dtype} {split.images.shape}"
        raise TraitError(f"Expected uint8 images of the shape (N, 32, 32, 3), got {came}.")
    return {
        "images": np.moveaxis(split.images, -1, 1).tobytes(),
        "labels": split.labels.astype(np.uint8).tobytes(),
        "probabilities": evaluation.probabilities.astype("<f4").tobytes(),
    }
