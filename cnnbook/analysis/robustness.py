"""How a trained network bears images that are turned, resized, shifted, blurred or noisy.

Every distortion takes images (N, H, W, C), whole numbers from 0 to 255, and a strength, and returns new ones
of the same shape, uint8. Pixels between pixels are interpolated. What comes in at the border are the border's
pixels, repeated: black corners would be one more thing to bear, and a mirror would show a second object. All
arithmetic is `scipy.ndimage`'s (https://docs.scipy.org/doc/scipy/reference/ndimage.html).

The idea of accuracy as a function of a distortion's strength: D. Hendrycks and T. Dietterich, Benchmarking
Neural Network Robustness to Common Corruptions and Perturbations, 2019 (arXiv 1903.12261).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from cnnbook import check
from cnnbook.analysis.evaluation import evaluate
from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.runs import Run

MOST = 1_000  # pixels that an image is blurred over, or times that it is resized by: more is no image
LINEAR = {"order": 1, "mode": "nearest"}


def rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turn images (N, H, W, C) counterclockwise about their centre.

    Raises:
        ValueError: other images, or an angle that is no finite number.
    """
    images, degrees = _images(images), check.finite(degrees, "angle")
    return ndimage.rotate(images, degrees, axes=(2, 1), reshape=False, **LINEAR)


def resize(images: np.ndarray, factor: float) -> np.ndarray:
    """Make what images (N, H, W, C) show `factor` times as large, about their centre; they keep their size.

    What becomes smaller is smoothed first: else pixels would be skipped.

    Raises:
        ValueError: other images, or a factor that is not from 1/1000 to 1000.
    """
    images, factor = _images(images), check.finite(factor, "factor", most=MOST)
    if factor <= 0:
        raise ValueError(f"expected a factor above 0, got {factor}; 0.5 makes images half as large")
    check.finite(factor, "factor", least=1 / MOST)
    smooth = blur(images, (1 / factor - 1) / 2) if factor < 1 else images
    centre = (np.array(images.shape[1:3]) - 1) / 2
    offset = centre * (1 - 1 / factor)
    return ndimage.affine_transform(smooth, [1, 1 / factor, 1 / factor, 1], [0, *offset, 0], **LINEAR)


def shift(images: np.ndarray, pixels: float) -> np.ndarray:
    """Move images (N, H, W, C) to the right; to the left where `pixels` is negative.

    Raises:
        ValueError: other images, or a shift that is no finite number.
    """
    images, pixels = _images(images), check.finite(pixels, "shift")
    return ndimage.shift(images, [0, 0, pixels, 0], **LINEAR)


def rotate_and_back(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turn images (N, H, W, C) counterclockwise, and then back: upright again, with all that turning spoils.

    Corners are lost and pixels are interpolated, here twice. What a network minds of this, it does not mind
    because the image is turned.

    Raises:
        ValueError: as `rotate`.
    """
    return rotate(rotate(images, degrees), -degrees)


def blur(images: np.ndarray, sigma: float) -> np.ndarray:
    """Lay a Gaussian filter of standard deviation `sigma`, in pixels, on images (N, H, W, C).

    Raises:
        ValueError: other images, or a standard deviation that is not from 0 to 1000.
    """
    images, sigma = _images(images), check.finite(sigma, "standard deviation", least=0, most=MOST)
    return _bytes(ndimage.gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0), mode="nearest"))


def noise(images: np.ndarray, sigma: float, seed: int = 0) -> np.ndarray:
    """Add normally distributed noise to images (N, H, W, C).

    Args:
        images: what it is added to.
        sigma: its standard deviation, in grey levels of 255.
        seed: equal seeds give equal noise, but for its strength.

    Raises:
        ValueError: other images, or a standard deviation that is negative or no finite number.
    """
    images, sigma = _images(images), check.finite(sigma, "standard deviation", least=0)
    normal = np.random.default_rng(seed).standard_normal(images.shape, np.float32)
    return _bytes(images + sigma * normal)


def brighten(images: np.ndarray, levels: float) -> np.ndarray:
    """Add so many grey levels of 255 to all numbers of images (N, H, W, C); they stay within 0 and 255.

    Raises:
        ValueError: other images, or a number of levels that is not finite.
    """
    images, levels = _images(images), check.finite(levels, "levels")
    return _bytes(images.astype(np.float32) + levels)


def distort(
    image: np.ndarray,
    shape: tuple[int, int],
    *,
    angle: float = 0,
    zoom: float = 1,
    down: float = 0,
    right: float = 0,
    blur: float = 0,
    brightness: float = 0,
) -> np.ndarray:
    """Blur, turn, resize, move and brighten one picture, in one step of interpolation.

    frontend/src/ops/distort.ts gets the same pixels, to one grey level.

    Args:
        image: (H, W, 3) uint8.
        shape: rows and columns of what comes out; the whole picture is brought to them.
        angle: degrees counterclockwise about the centre.
        zoom: times as large.
        down: by so many pixels of what comes out; right: too.
        right: see `down`.
        blur: the standard deviation of a Gaussian, in pixels of `image`.
        brightness: is added, in grey levels of 255.

    Returns:
        (*shape, 3) uint8.
    """
    smooth = ndimage.gaussian_filter(image.astype(float), (blur, blur, 0), mode="nearest")
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / zoom
    sizes, wanted = np.array(image.shape[:2]), np.array(shape)
    places = np.indices(shape).reshape(2, -1) - ((wanted - 1) / 2 + [down, right])[:, None]
    places = (matrix @ places) * (sizes / wanted)[:, None] + ((sizes - 1) / 2)[:, None]
    channels = [ndimage.map_coordinates(smooth[..., c], places, **LINEAR) for c in range(3)]
    return _bytes(np.stack(channels, axis=-1).reshape(*shape, 3) + brightness)


def _images(images: np.ndarray) -> np.ndarray:
    return check.batch(check.pixels(images)).astype(np.uint8, copy=False)


def _bytes(pixels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


class Distortion(NamedTuple):
    """A way to distort images: `apply(images, strength)`, what the strength is, and some worth trying."""

    apply: Callable[[np.ndarray, float], np.ndarray]
    unit: str
    strengths: tuple[float, ...]


DISTORTIONS = {
    "rotation": Distortion(
        rotate,
        "degrees counterclockwise",
        (-90, -60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60, 90, 180),
    ),
    "rotation and back": Distortion(
        rotate_and_back, "degrees counterclockwise, and back", (0, 10, 20, 30, 45, 60)
    ),
    "scale": Distortion(resize, "times as large", (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2)),
    "shift": Distortion(shift, "pixels to the right", (-12, -8, -4, -2, 0, 2, 4, 8, 12)),
    "blur": Distortion(blur, "standard deviation in pixels", (0, 0.5, 1, 1.5, 2, 3)),
    "noise": Distortion(noise, "standard deviation in grey levels of 255", (0, 5, 10, 20, 40, 80)),
    "brightness": Distortion(brighten, "grey levels of 255 added", (-120, -80, -40, 0, 40, 80, 120)),
}


class Robustness(NamedTuple):
    """What a distortion does to a network: strengths (S,) and the accuracy under each, (S,) fractions."""

    distortion: str
    strengths: np.ndarray
    accuracy: np.ndarray


def robustness(
    model: keras.Model, split: Split, distortion: str, strengths: Sequence[float] | None = None
) -> Robustness:
    """Evaluate a network on all images of `split`, distorted more and more.

    Args:
        model: the network; see `evaluate`.
        split: images (N, H, W, C), whole numbers from 0 to 255, with their labels (N,).
        distortion: a name in DISTORTIONS.
        strengths: of the distortion, (S,); by default those listed there. The images are evaluated once for
            each.

    Raises:
        ValueError: an unknown name, a strength that the distortion refuses, and as `evaluate` does.
    """
    if distortion not in DISTORTIONS:
        raise ValueError(f"no distortion is called {distortion!r}; there is: {', '.join(DISTORTIONS)}")
    apply, _, usual = DISTORTIONS[distortion]
    strengths = np.atleast_1d(check.numbers(usual if strengths is None else strengths, "strengths"))
    accuracy = [
        evaluate(model, split._replace(images=apply(split.images, strength))).accuracy
        for strength in strengths
    ]
    return Robustness(distortion, strengths, np.array(accuracy))


def recorded(run: Run) -> dict[str, Robustness]:
    """Return what `python -m cnnbook robustness` recorded of a run: name of a distortion -> what it does.

    Raises:
        RunError: see `Run.robustness`.
    """
    return {
        name: Robustness(name, np.array(curve["strengths"]), np.array(curve["accuracy"]))
        for name, curve in run.robustness().items()
    }
