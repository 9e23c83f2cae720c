"""The shape widget: one side of a picture, where a window can stand on it, and how large the map gets."""

from traitlets import Enum, List, Unicode

from cnnbook.ops import OutputSize, output_size
from cnnbook.widgets.base import Widget
from cnnbook.widgets.traits import Padding, whole

SETTINGS = ("size", "kernel", "stride", "padding", "dilation", "wanted", "libraries")


class ShapeLab(Widget):
    """Let a window stand wherever it fits on one row of pixels, and see who reads what.

    >>> lab = ShapeLab(size=7, kernel=3, stride=2, padding="same")
    >>> lab.output_size, lab.zeros
    (4, (1, 1))

    Args:
        size: 1 to 32, the pixels of the row.
        kernel: 1 to 7. stride: 1 to 5. dilation: 1 to 4.
        padding: "valid", "same" or 0 to 8 zeros on each side.
        wanted: 1 to 32, the outputs for which the widget looks for a padding.
        settings: the names of those of the above that a reader can change there, and "libraries" where Keras
            and PyTorch stand side by side; all unless given.

    Raises:
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("shape").tag(sync=True)
    size = whole(7, 1, 32)
    kernel = whole(3, 1, 7)
    stride = whole(1, 1, 5)
    padding = Padding(8)
    dilation = whole(1, 1, 4)
    wanted = whole(7, 1, 32)
    settings = List(Enum(SETTINGS), list(SETTINGS)).tag(sync=True)

    @property
    def _axis(self) -> OutputSize:
        return output_size(self.size, self.kernel, self.stride, self.padding, self.dilation)

    @property
    def output_size(self) -> int:
        """How many outputs there are.

        Raises:
            ValueError: the window fits nowhere.
        """
        return self._axis.size

    @property
    def zeros(self) -> tuple[int, int]:
        """How many zeros stand (before, after) the pixels.

        Raises:
            ValueError: the window fits nowhere.
        """
        return self._axis.before, self._axis.after

    def reads(self, output: int) -> list[int]:
        """Return the places that an output reads, counted from pixel 0; outside of the row are zeros."""
        first = output * self.stride - self.zeros[0]
        return [first + weight * self.dilation for weight in range(self.kernel)]

    def describe(self) -> str:
        """One sentence: the row, the window, and what comes out."""
        window = f"a window of {self.kernel}, stride {self.stride}, dilation {self.dilation}"
        start = f"A row of {self.size} pixels, {window}, padding {self.padding}"
        try:
            outputs, (before, after) = self.output_size, self.zeros
        except ValueError as problem:
            return f"{start}: there is no output. {problem}"
        plural = "output" if outputs == 1 else "outputs"
        return f"{start}: {outputs} {plural}, zeros before the pixels: {before}, after them: {after}."
