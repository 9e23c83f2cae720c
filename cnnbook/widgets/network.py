"""The network widget: a picture, every layer's maps of it, each of their numbers, and the answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Bool, Dict, Float, List, Unicode

from cnnbook.data.cifar10 import NAMES as CIFAR10
from cnnbook.data.pictures import shrink
from cnnbook.widgets.base import Widget
from cnnbook.widgets.examples import NAMES as EXAMPLES
from cnnbook.widgets.examples import examples as ten
from cnnbook.widgets.examples import packed as packed_examples
from cnnbook.widgets.gallery import gallery, packed
from cnnbook.widgets.lab import brightness
from cnnbook.widgets.recorded import engine, networks, packed_network
from cnnbook.widgets.traits import Picture, cell, choice, labels, number, whole

if TYPE_CHECKING:
    import keras

VIEW = ("angle", "zoom", "down", "right", "blur", "brightness", "noise")


class NetworkLab(Widget):
    """Look into a trained network: its maps of a picture, where each number comes from, and its answer.

    >>> NetworkLab("fast", "test horse").answer
    'horse'

    Args:
        network: the name of a recorded run, "fast" or "baseline"; or a `keras.Sequential` for images, of the
            layers that `cnnbook.packed` knows.
        image: as for `ConvolutionLab`, or the name of an example, such as "test cat". The middle of
            it is what the network sees.
        names: of the classes, where the network is your own.
        guess: whether the reader is asked what the network will say before it is shown.
        most: what the network takes for a pixel of 255: 1, or 255 where it scales pixels itself.
        angle, zoom, down, right, blur, brightness, noise: how the picture is changed; `distort` of
            `cnnbook.analysis.robustness` says what each is.
        layer: the place of the layer that is open, from 0; unless given, the first convolution.
        map: the map of it that is open, from 0.
        cell: (row, column) of the number in it to pin, or None.
        off: maps that are switched off, such as "conv3 12".
        mattered: what is laid over the picture: how much covering a part of it costs the answer, where the
            maps of the last convolution speak for it, or, "field", how strongly each pixel could move the
            numbers at the open place; see `importance`.

    Raises:
        ExportError: a layer that pages cannot run; the message names it.
        TraitError: what cannot be shown, with what was expected.
    """

    _kind = Unicode("network").tag(sync=True)
    picture = Picture(ten())
    angle = number(0, -180, 180)
    zoom = number(1, 0.25, 4)
    down = number(0, -32, 32)
    right = number(0, -32, 32)
    blur = number(0, 0, 4)
    brightness = number(0, -128, 128)
    noise = number(0, 0, 128)
    layer = whole(0, 0, 999)
    map = whole(0, 0, 9999)
    cell = cell()
    off = labels(64)
    mattered = choice("nothing", "covering", "Grad-CAM", "field")
    # What no link changes.
    run = Unicode().tag(sync=True)  # "" for a network of the reader's own
    asset = Unicode().tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    examples = List(Unicode()).tag(sync=True)
    input = List().tag(sync=True)
    most = Float(1.0).tag(sync=True)
    guess = Bool(False).tag(sync=True)
    known = Dict().tag(sync=True)  # what it answers to pictures that have a name

    def __init__(
        self,
        network: "str | keras.Sequential" = "fast",
        image: Any = EXAMPLES[7],
        *,
        names: Sequence[str] | None = None,
        most: float = 1,
        **traits: Any,
    ):
        from cnnbook.packed import described, pack_model
        from cnnbook.runs import load_run

        own = not isinstance(network, str)
        self.model = network if own else load_run(network).model()
        self._bytes = pack_model(self.model) if own else packed_network(network)
        told = described(self._bytes)
        classes = int(np.prod(told["layers"][-1]["shape"]))
        if names is None:
            names = [f"class {i}" for i in range(classes)] if own else CIFAR10
        kinds = [layer["kind"] for layer in told["layers"]]
        super().__init__(
            **{
                "run": "" if own else network,
                "asset": "network" if own else f"network-{network}",
                "names": list(names),
                "input": told["input"],
                "most": most,
                "examples": list(EXAMPLES),
                "picture": image,
                "layer": kinds.index("Conv2D") if "Conv2D" in kinds else 0,
            }
            | traits
        )
        if not own:
            pictures = _named()
            seen = np.stack([self._seen(picture) for picture in pictures.values()])
            answers = self.model.predict(seen * np.float32(most / 255), verbose=0)
            rounded = np.round(answers.astype(float), 4).tolist()
            self.known = dict(zip(pictures, rounded, strict=True))

    def assets(self) -> dict[str, bytes]:
        """The pictures that a reader can choose, the network, and the scripts that draw and run it."""
        pictures = {"gallery": packed(), "examples": packed_examples()}
        return pictures | {self.asset: self._bytes, "engine": engine(), "networks": networks()}

    @property
    def image(self) -> np.ndarray:
        """The picture as the network sees it, (rows, columns, channels) uint8; set it to take another."""
        picture = _named()[self.picture] if isinstance(self.picture, str) else self.picture
        return self._seen(picture, **{name: getattr(self, name) for name in VIEW})

    @image.setter
    def image(self, image: Any) -> None:
        """Take another picture."""
        self.picture = image

    def _seen(self, picture: np.ndarray, **view: float) -> np.ndarray:
        from cnnbook.analysis.robustness import distort

        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        rows, columns, channels = self.input
        middle = shrink(picture[top : top + side, left : left + side], max(rows, columns))
        seen = distort(middle, (rows, columns), **view)
        return seen if channels == 3 else brightness(seen)[..., None]

    @property
    def outputs(self) -> dict[str, np.ndarray]:
        """What comes out of every layer, by its name, float32; maps that are switched off are 0."""
        from cnnbook.backend import keras

        values, outputs = self.image[None] * np.float32(self.most / 255), {}
        for layer in self.model.layers:
            # A copy, for what is switched off.
            values = np.array(keras.ops.convert_to_numpy(layer(values, training=False)))
            for name, _, map in (each.rpartition(" ") for each in self.off):
                if name == layer.name and map.isdecimal() and int(map) < values.shape[-1]:
                    values[..., int(map)] = 0
            outputs[layer.name] = values[0]
        return outputs

    @property
    def probabilities(self) -> np.ndarray:
        """(classes,) float32: what comes out of the last layer."""
        return self.outputs[self.model.layers[-1].name]

    @property
    def importance(self) -> np.ndarray | None:
        """What `mattered` says, as in `cnnbook.analysis.attribution`, with all maps on; or None.

        (rows, columns): what covering costs the answer, Grad-CAM in the size of the last convolution, or the
        effective field of the place that is pinned, else of the middle of the open layer.

        Raises:
            ValueError: the effective field of a layer without maps.
        """
        from cnnbook.analysis.attribution import effective_field, grad_cam, occlusion

        image = self.image[None] * np.float32(self.most / 255)
        if self.mattered == "covering":
            return occlusion(self.model, image, size=min(8, *image.shape[1:3]), stride=2, fill=self.most / 2)[
                0
            ]
        if self.mattered == "Grad-CAM":
            convolutions = [layer.name for layer in self.model.layers if type(layer).__name__ == "Conv2D"]
            return grad_cam(self.model, image, convolutions[-1])[0]
        if self.mattered == "field":
            layer = self.model.layers[min(self.layer, len(self.model.layers) - 1)]
            sides = layer.output.shape[1:-1]
            if not sides:
                raise ValueError(
                    f"numbers of {layer.name} have no place on the picture: open a layer with maps"
                )
            places = self.cell or [side // 2 for side in sides]
            row, column = (min(place, side - 1) for place, side in zip(places, sides, strict=True))
            return effective_field(self.model, image, layer.name, row, column)[0]
        return None

    @property
    def answer(self) -> str:
        """The class that is the most probable."""
        return self._answer(self.probabilities)

    def _answer(self, probabilities: np.ndarray) -> str:
        return self.names[int(probabilities.argmax())]

    def describe(self) -> str:
        """One sentence: the network, the picture, and the answer."""
        name = f"The recorded network “{self.run}”" if self.run else "Your network"
        picture = f"“{self.picture}”" if isinstance(self.picture, str) else "a picture"
        probabilities = self.probabilities  # for which the whole network is worked out
        return f"{name} sees {picture} and answers {self._answer(probabilities)}, {probabilities.max():.1%}."


def _named() -> dict[str, np.ndarray]:
    """The pictures that can be named."""
    return {**ten(), **gallery()}
