"""What goes in: images, labels and probabilities, checked once and by the same rules wherever they are taken.

An array of the wrong kind rarely stops a network. It gives a wrong number. So each function returns what it
was given as an array, or raises ValueError: one sentence that says what came and what to write instead.
"""

from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # this module needs no Keras
    import keras

SUM_TOLERANCE = 0.01  # of a row of probabilities: those of float16 and bfloat16 pass, too
LARGEST = 1.7e308  # about the largest number that a float can hold
OVERSHOOT = 2.0  # fractions may leave 0 to 1 a little, where an image was resized or sharpened


class NotFinite(ValueError):
    """Numbers hold NaN or infinity."""


def numbers(values: object, name: str) -> np.ndarray:
    """Take `values`, called `name` in messages, as an array of numbers, whatever its shape.

    Raises:
        NotFinite: there is NaN or infinity among them.
        ValueError: they are no numbers, or no array.
    """
    array = _array(values, name)
    if array.dtype.name == "bfloat16":  # which NumPy itself does not know
        array = array.astype(np.float32)
    if array.dtype.kind not in "buif":
        raise ValueError(f"expected {name} as an array of numbers, got {_kind(array)}")
    if array.dtype.kind == "f" and array.size and not np.isfinite([array.min(), array.max()]).all():
        bad = np.count_nonzero(~np.isfinite(array))
        raise NotFinite(f"{name} hold {bad} values that are NaN or infinite; look at where they come from")
    return array


def pixels(images: object) -> np.ndarray:
    """Take pixels, an array of any shape, as `cnnbook.models.scale` does: whole numbers from 0 to 255.

    Raises:
        ValueError: fractions, masks, and other numbers.
    """
    array = numbers(images, "images")
    if not array.size:
        return array
    low, high = array.min(), array.max()
    expected = f"expected images of whole numbers from 0 to 255, got {array.dtype} from {low} to {high}"
    if array.dtype.kind == "b":
        raise ValueError(f"{expected}; a mask becomes an image by images * np.uint8(255)")
    if array.dtype.kind == "f":
        if low >= 0 and high <= 1:
            raise ValueError(
                f"{expected}: fractions already, as scale makes them; leave scale out, or make bytes of them "
                'by np.rint(images * 255).astype("uint8")'
            )
        if low >= 0 and high <= 255:
            raise ValueError(f'{expected}; write np.rint(images).astype("uint8")')
        raise ValueError(f"{expected}; bring them to 0 to 255 first")
    if high > 255 and low >= 0 and array.dtype.itemsize == 2:
        raise ValueError(f'{expected}; for images of 16 bits write (images // 257).astype("uint8")')
    if low < 0 or high > 255:
        raise ValueError(f"{expected}; bring them to 0 to 255 first")
    if high == 1 and array.ndim > 1:
        raise ValueError(
            f"{expected}, so nearly black; a mask of 0 and 1 becomes bytes by mask * np.uint8(255), "
            "fractions by np.rint(fractions * 255).astype('uint8') before they are cut to whole numbers"
        )
    return array


def batch(images: object, shape: tuple = (None, None, None)) -> np.ndarray:
    """Take images (N, H, W, C), at least one.

    Args:
        images: an array.
        shape: the (H, W, C) that a network takes; None stands for any size.

    Raises:
        ValueError: another shape, or no image.
    """
    array = numbers(images, "images")
    sizes = ", ".join(name if size is None else str(size) for size, name in zip(shape, "HWC", strict=True))
    came = f"expected images of shape (N, {sizes}), got {array.shape}"
    if array.ndim == 3 and (array.shape[2] == shape[2] or (shape[2] is None and array.shape[2] in (1, 3, 4))):
        raise ValueError(f"{came}; one image is a batch by images[None]")
    if array.ndim == 3:
        raise ValueError(f"{came}: grey images without channels; {_grey('images[..., None]', shape[2])}")
    if array.ndim == 2 and None not in shape and array.shape[1] == np.prod(shape):
        raise ValueError(f"{came}: a row an image; write np.reshape(images, (-1, {sizes}))")
    if array.ndim == 2:
        raise ValueError(f"{came}: one grey image; {_grey('images[None, ..., None]', shape[2])}")
    if array.ndim != 4:
        raise ValueError(came)
    if not array.size:
        raise ValueError(f"{came}: there is no image")
    channels = array.shape[3]
    if channels not in (1, 3, 4, shape[2]) and array.shape[1] in (1, 3, shape[2]):
        raise ValueError(f"{came}: the channels come first; write np.moveaxis(images, 1, -1)")
    if shape[2] not in (None, channels):
        if channels == 1:
            raise ValueError(f"{came}: grey images; {_grey('images', shape[2])}")
        if channels == 4 and shape[2] == 3:
            raise ValueError(
                f"{came}: the fourth channel is transparency; for images from 0 to 255 on white write "
                "np.rint(255 + (images[..., :3] - 255.0) * (images[..., 3:] / 255)).astype('uint8')"
            )
        raise ValueError(f"{came}; the network was built for {shape[2]} channels")
    if any(size not in (None, found) for size, found in zip(shape[:2], array.shape[1:3], strict=True)):
        raise ValueError(f"{came}; bring the images to the size of those that the network was trained on")
    return array


def network_input(model: "keras.Model", images: object) -> np.ndarray:
    """Take images as a network does: fractions, unless it divides bytes itself.

    Numbers below 0 pass: networks of others may take centred images, centred in a way that is not known here.

    Args:
        model: the network.
        images: (N, H, W, C), or (N, ...) where its input has other axes, such as the pixels in a row.

    Returns:
        float32 of the same shape.

    Raises:
        ValueError: images that the network does not take, or what is no network.
    """
    if not hasattr(model, "predict"):
        advice = "; write run.model()" if hasattr(model, "model") else ""
        raise ValueError(f"expected a Keras model, got a {type(model).__name__}{advice}")
    shape = getattr(model, "input_shape", None)  # a model that was never called has none
    answer = getattr(model, "output_shape", None)
    if isinstance(shape, (list, dict)) or isinstance(answer, (list, dict)):
        raise ValueError(f"expected a network with one input and one output, got {shape} and {answer}")
    if shape and len(shape) != 4:
        array = numbers(images, "images")
        if not array.size or array.ndim != len(shape):
            raise ValueError(
                f"expected images of shape {shape}, got {array.shape}; None stands for their number"
            )
    else:
        array = batch(images, shape[1:] if shape else (None, None, None))
    low, high = array.min(), array.max()
    came = f"got {array.dtype} from {low:.4g} to {high:.4g}"
    if array.dtype.kind == "b":
        raise ValueError(f"expected images of numbers, {came}")
    if takes_bytes(model):
        if 0 < high <= 1 and low >= 0:
            raise ValueError(
                f"expected images from 0 to 255, {came}: {model.name!r} divides them itself; "
                "give it the images as they are, without scale"
            )
    elif low >= 0 and high > (OVERSHOOT if array.dtype.kind == "f" else 1):
        raise ValueError(f"expected fractions from 0 to 1, {came}; write scale(images), from cnnbook.models")
    elif low >= 0 and 0 < high <= 1 / 255:
        raise ValueError(
            f"expected fractions from 0 to 1, {came}: divided by 255 twice; leave out one of both"
        )
    return array.astype(np.float32, copy=False)


def takes_bytes(model: "keras.Model") -> bool:
    """Say whether a network brings bytes to small numbers by itself, before anything in it has learned."""
    for step in _steps(model):
        kind = type(step).__name__  # by name: see above
        if kind == "Rescaling" and np.abs(step.scale).max() <= 0.01:
            return True
        if kind == "Normalization" and getattr(step, "mean", None) is not None:
            return bool(np.abs(np.asarray(step.mean)).max() > OVERSHOOT)
        if kind in ("Divide", "TrueDivide", "Multiply"):  # of `inputs / 255`
            by = [x for node in step._inbound_nodes for x in node.arguments.args if isinstance(x, Real)]
            if any(x >= 100 or (kind == "Multiply" and x <= 0.01) for x in by):
                return True
        if getattr(step, "trainable_weights", None):
            return False
    return False


def labels(values: object, images: int, classes: int | None = None) -> np.ndarray:
    """Take labels, one for each of so many images.

    Args:
        values: whole numbers (N,), from 0 to `classes` - 1.
        images: N.
        classes: how many there are; None stands for any number.

    Returns:
        (N,) int64.

    Raises:
        ValueError: another shape, or other numbers.
    """
    array = _array(values, "labels")
    expected = f"expected labels of shape ({images},), whole numbers"
    if array.dtype.kind not in "uif" and array.size:
        named = array.dtype.kind == "U"
        advice = "[class_names.index(name) for name in labels]" if named else "np.asarray(labels).astype(int)"
        raise ValueError(f"{expected}, got {_kind(array)}; write {advice}")
    came = f"{expected}, got {array.dtype} {array.shape}"
    if array.ndim == 2 and len(array) == images:
        how = "labels[:, 0]" if array.shape[1] == 1 else "labels.argmax(axis=1) for one-hot rows"
        raise ValueError(f"{came}; write {how}")
    if array.shape != (images,):
        raise ValueError(f"{came}: there must be one for each image")
    if array.dtype.kind == "f":
        raise ValueError(f"{came}; whole ones become integers by labels.astype(int)")
    if images and (array.min() < 0 or (classes is not None and array.max() >= classes)):
        limit = "of 0 or more" if classes is None else f"from 0 to {classes - 1}"
        one_based = classes is not None and array.min() == 1 and array.max() == classes
        advice = "; write labels - 1" if one_based else ""
        raise ValueError(f"expected labels {limit}, got {array.min()} to {array.max()}{advice}")
    return array.astype(np.int64, copy=False)


def probabilities(values: object) -> np.ndarray:
    """Take probabilities (N, K) of K classes, two or more: each from 0 to 1, each row with the sum 1.

    Raises:
        ValueError: another shape, or other numbers.
    """
    array = numbers(values, "the answers of the network")
    expected = "expected probabilities of shape (images, classes)"
    if array.ndim != 2:
        raise ValueError(f"{expected}, got {array.shape}")
    if array.shape[1] < 2:
        raise ValueError(f"{expected}, got {array.shape}; for p, one a row, write np.hstack([1 - p, p])")
    if not array.size:
        raise ValueError(f"{expected}, got {array.shape}: there is no image")
    sums = array.sum(axis=1, dtype=np.float64)
    came = f"{expected} with rows that sum to 1, got sums from {sums.min():.4g} to {sums.max():.4g}"
    if array.min() >= 0 and np.abs(sums - 100).max() < 100 * SUM_TOLERANCE:
        raise ValueError(f"{came}: these are percentages; divide them by 100")
    if array.min() < -SUM_TOLERANCE or array.max() > 1 + SUM_TOLERANCE:
        raise ValueError(
            f"{came}: there is no softmax at its end; write keras.Sequential([model, keras.layers.Softmax()])"
        )
    if np.abs(sums - 1).max() > SUM_TOLERANCE:
        raise ValueError(
            f"{came}: a sigmoid or ReLU at its end answers for each class by itself; train it with softmax"
        )
    return array


def finite(value: object, name: str, least: float = -LARGEST, most: float = LARGEST) -> float:
    """Take a number, called `name` in messages, from `least` to `most`.

    Raises:
        ValueError: another number, such as NaN or infinity, or no number.
    """
    if not (isinstance(value, Real) and least <= value <= most):
        limits = [f"at most {most:g}"] * (most < LARGEST) + [f"{least:g} or more"] * (least > -LARGEST)
        raise ValueError(
            f"expected {', '.join([f'the {name} to be a finite number', *limits])}, got {value!r}"
        )
    return float(value)


def whole(value: object, name: str, least: float = -np.inf) -> int:
    """Take a whole number, called `name` in messages, of at least `least`.

    Raises:
        ValueError: another number, or no number.
    """
    if not isinstance(value, Integral) or isinstance(value, (bool, np.bool_)) or value < least:
        limit = f", {least} or more" if least > -np.inf else ""
        raise ValueError(f"expected the {name} to be a whole number{limit}, got {value!r}")
    return int(value)


def _array(values: object, name: str) -> np.ndarray:
    if np.ma.is_masked(values):
        raise ValueError(f"some of the {name} are masked; write .filled(0) behind them, or leave those out")
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"expected {name} as one array, got rows of different shapes") from None
    except Exception as error:  # a tensor that is elsewhere, and says what to do
        reason = str(error).partition("\n")[0]
        raise ValueError(f"expected {name} as an array, got a {type(values).__name__}: {reason}") from None


def _steps(model):
    """The layers and operations of a network, those of networks within it in their place."""
    for step in getattr(model, "operations", None) or getattr(model, "layers", ()):
        yield from _steps(step) if hasattr(step, "layers") else (step,)


def _kind(array: np.ndarray) -> str:
    kinds = {"U": "text", "S": "bytes of text", "O": "objects", "c": "complex numbers", "M": "dates"}
    return kinds.get(array.dtype.kind, str(array.dtype))


def _grey(images: str, channels: int | None) -> str:
    return f"write {images}" if channels in (None, 1) else f"write np.repeat({images}, {channels}, axis=-1)"
