"""What labs share: a picture, and a window that slides over it."""

from typing import Any

import numpy as np
from traitlets import Bool, TraitError, validate

from cnnbook.data.pictures import shrink
from cnnbook.widgets.base import Widget
from cnnbook.widgets.gallery import gallery, packed
from cnnbook.widgets.image import LARGEST_SIDE
from cnnbook.widgets.traits import Picture, cell, whole


def brightness(image: np.ndarray) -> np.ndarray:
    """(H, W) uint8 of `image` (H, W, 3): the luma of ITU-R BT.601, in whole numbers."""
    return ((image @ np.array([299, 587, 114]) + 500) // 1000).astype(np.uint8)


class PictureLab(Widget):
    """A widget with a picture, of which a layer sees at most `side` pixels a side.

    Args:
        image: a picture of any size, as `load_picture` takes it: the path of a file, its bytes, a PIL image
            or an array; or the name of one that the widget brings, such as "digit".
        traits: values of the other traits.
    """

    picture = Picture()
    side = whole(48, 1, LARGEST_SIDE)

    def __init__(self, image: Any = "cat", **traits: Any):
        super().__init__(**{"picture": image} | traits)

    def assets(self) -> dict[str, bytes]:
        """The pictures that a reader can choose."""
        return {"gallery": packed()}

    @property
    def colour(self) -> bool:
        """Whether the layer sees three channels."""
        return False

    @property
    def image(self) -> np.ndarray:
        """The picture as the layer sees it: (H, W), or (H, W, 3) in colour; uint8. Set it to take another."""
        picture = gallery()[self.picture] if isinstance(self.picture, str) else self.picture
        image = shrink(picture, self.side)
        return image if self.colour else brightness(image)

    @image.setter
    def image(self, image: Any) -> None:
        """Take another picture."""
        self.picture = image

    def _picture(self) -> str:
        """The picture in words."""
        rows, columns = self.image.shape[:2]
        picture = f"“{self.picture}”" if isinstance(self.picture, str) else "a picture"
        return f"{picture}, {rows} × {columns} pixels{' in colour' if self.colour else ''}"


class PinningLab(PictureLab):
    """A lab with a map of cells, of which `cell` pins one.

    A subclass gives `_map`, (words for it, its shape); it raises ValueError where there is none.
    """

    cell = cell()

    def __init__(self, image: Any = "cat", **traits: Any):
        super().__init__(image, **traits)
        self.observe(self._release, [name for name in self.rules() if name != "cell"])

    @validate("cell")
    def _check_cell(self, proposal: dict) -> list[int] | None:
        if proposal["value"] is not None and (problem := self._problem(proposal["value"])):
            raise TraitError(f"There is no cell {tuple(proposal['value'])} to pin: {problem}")
        return proposal["value"]

    def _release(self, change: dict) -> None:
        if self.cell is not None and self._problem(self.cell):
            self.cell = None

    def _problem(self, cell: list[int]) -> str:
        """Why there is no such cell; "" where there is."""
        try:
            name, shape = self._map()
        except ValueError as problem:
            return str(problem)
        if all(place < size for place, size in zip(cell, shape[:2], strict=True)):
            return ""
        return f"the {name} has {shape[0]} rows and {shape[1]} columns, counted from 0."


class SlidingLab(PinningLab):
    """A lab whose window slides over the picture; `cell` pins a cell of its output, `simple` hides settings.

    A subclass gives `output`, (H', W') or (H', W', maps) float64, which raises ValueError where the window
    fits nowhere.
    """

    simple = Bool(False).tag(sync=True)  # no link changes it
    stride = whole(1, 1, 8)

    def _map(self) -> tuple[str, tuple[int, ...]]:
        return "output", self.output.shape

    def _sentence(self, what: str) -> str:
        """`what` happens to the picture, and what comes out."""
        start = what.format(picture=f"{self._picture()},")
        try:
            output = self.output
        except ValueError as problem:
            return f"{start}: there is no output. {problem}"
        shape = " × ".join(map(str, output.shape))
        return f"{start}: the output has {shape} values from {output.min():.4g} to {output.max():.4g}."
