"""How a trained network bears images that are turned, resized, covered, shuffled, or changed on purpose.

Every distortion takes images (N, H, W, C), whole numbers from 0 to 255, and a strength, and returns new ones
of the same shape, uint8. Pixels between pixels are interpolated. What comes in at the border are the border's
pixels, repeated: black corners would be one more thing to bear, and a mirror would show a second object. All
arithmetic is `scipy.ndimage`'s (https://docs.scipy.org/doc/scipy/reference/ndimage.html).

The idea of accuracy as a function of a distortion's strength: D. Hendrycks and T. Dietterich, Benchmarking
Neural Network Robustness to Common Corruptions and Perturbations, 2019 (arXiv 1903.12261).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from cnnbook import check
from cnnbook.analysis.attribution import loss_gradient
from cnnbook.analysis.evaluation import evaluate
from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.data.pictures import GREY
from cnnbook.models import scale
from cnnbook.runs import Run

MOST = 1_000  # pixels that an image is blurred over, or times that it is resized by: more is no image
AT_ONCE = 250  # images in a step, where gradients take memory
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

    Its numbers are NumPy's, each image has its own: what is measured is measured with them. `distort` adds
    others, which pages can draw, too.

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


def cover_middle(images: np.ndarray, side: int) -> np.ndarray:
    """Lay a grey square, `side` pixels wide and high, on the middle of images (N, H, W, C).

    Raises:
        ValueError: other images, or a side that is no whole number from 0 to theirs.
    """
    covered, middle = _images(images).copy(), _middle(images, side)
    covered[:, *middle] = GREY
    return covered


def keep_middle(images: np.ndarray, side: int) -> np.ndarray:
    """Lay grey on all of images (N, H, W, C) but the square in their middle, `side` pixels wide and high.

    Raises:
        ValueError: as `cover_middle`.
    """
    images, middle = _images(images), _middle(images, side)
    kept = np.full_like(images, GREY)
    kept[:, *middle] = images[:, *middle]
    return kept


def _middle(images: np.ndarray, side: int) -> tuple[slice, slice]:
    height, width = np.shape(images)[1:3]
    side = check.whole(side, "side", least=0)
    if side > min(height, width):
        raise ValueError(f"expected a side of at most {min(height, width)}, as the images have, got {side}")
    top, left = (height - side) // 2, (width - side) // 2
    return slice(top, top + side), slice(left, left + side)


def shuffle(images: np.ndarray, side: int, seed: int = 0) -> np.ndarray:
    """Cut images (N, H, W, C) into squares, `side` pixels wide and high, and mix those of each image.

    What is within a square stays as it was: textures stay, shapes go.

    Args:
        images: what is cut.
        side: of a square.
        seed: of the chance by which they are mixed, every image in its own way.

    Raises:
        ValueError: other images, or squares of which no whole number fits into a row or a column.
    """
    images, side = _images(images), check.whole(side, "side", least=1)
    count, height, width, channels = images.shape
    if height % side or width % side:
        raise ValueError(f"squares of {side} do not fill images of {height}x{width}")
    rows, columns = height // side, width // side
    squares = images.reshape(count, rows, side, columns, side, channels).swapaxes(2, 3)
    squares = squares.reshape(count, rows * columns, side, side, channels)
    order = np.random.default_rng(seed).random((count, rows * columns)).argsort(axis=1)
    mixed = squares[np.arange(count)[:, None], order].reshape(count, rows, columns, side, side, channels)
    return mixed.swapaxes(2, 3).reshape(images.shape)


def random_steps(images: np.ndarray, levels: float, seed: int = 0) -> np.ndarray:
    """Move every number of images (N, H, W, C) by so many grey levels, up or down by chance.

    As large as the steps of `aimed_steps`, without aim.

    Raises:
        ValueError: other images, or levels that are negative or not finite.
    """
    images, levels = _images(images), check.finite(levels, "levels", least=0)
    signs = 2 * np.random.default_rng(seed).integers(0, 2, images.shape, np.int8) - 1
    return _bytes(images + np.float32(levels) * signs)


def aimed_steps(images: np.ndarray, levels: float, *, model: keras.Model, labels: np.ndarray) -> np.ndarray:
    """Move every number of images by so many grey levels, each in the direction that harms the answer.

    That is the direction in which the loss grows, by its gradient; of 255 and 0 no number goes beyond.

    Args:
        images: (N, H, W, C), whole numbers from 0 to 255.
        levels: of 255; bytes move by whole ones.
        model: the network that is to be wrong; see `cnnbook.models`.
        labels: the right answers, (N,).

    Raises:
        ValueError: other images, levels that are negative or not finite, or as `loss_gradient`.

    Source: I. Goodfellow, J. Shlens and C. Szegedy, Explaining and Harnessing Adversarial Examples, 2015,
    section 4 (arXiv 1412.6572).
    """
    images, levels = _images(images), check.finite(levels, "levels", least=0)
    signs = [
        np.sign(loss_gradient(model, scale(images[some]), labels[some]))
        for some in (slice(start, start + AT_ONCE) for start in range(0, len(images), AT_ONCE))
    ]
    return _bytes(images + np.float32(levels) * np.concatenate(signs))


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
    noise: float = 0,
) -> np.ndarray:
    """Blur, turn, resize, move and brighten one picture, in one step of interpolation; then add noise.

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
        noise: the standard deviation of `normal_at_places`, in grey levels of 255, which is added: whatever
            its strength, the same noise. The function `noise` of this module draws other numbers.

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
    seen = np.stack(channels, axis=-1).reshape(*shape, 3) + brightness
    return _bytes(seen + noise * normal_at_places(*shape) if noise else seen)


def normal_at_places(rows: int, columns: int) -> np.ndarray:
    """Draw a normally distributed number for each channel of each pixel, by its place alone.

    frontend/src/ops/normal.ts draws the same: a hash of the place (lowbias32) gives two numbers between 0
    and 1, of which Box and Muller's transform makes one. A larger picture has those of a smaller one in its
    corner.

    Args:
        rows: at most 8,191; from there on they repeat.
        columns: at most 65,536.

    Returns:
        (rows, columns, 3) float64, of mean 0 and standard deviation 1.

    Source: https://github.com/skeeto/hash-prospector
    """
    row, column, channel = np.indices((rows, columns, 3), np.uint32)
    place = (row + np.uint32(1)) << 19 | column << 3 | channel << 1  # never 0, which the hash leaves as it is
    chance, turn = ((_hashed(each) + 0.5) / 2**32 for each in (place, place + np.uint32(1)))
    return np.sqrt(-2 * np.log(chance)) * np.sin(2 * np.pi * turn)


def _hashed(numbers: np.ndarray) -> np.ndarray:
    mixed = (numbers ^ numbers >> 16) * np.uint32(0x7FEB352D)  # modulo 2**32
    mixed = (mixed ^ mixed >> 15) * np.uint32(0x846CA68B)
    return mixed ^ mixed >> 16


def _images(images: np.ndarray) -> np.ndarray:
    return check.batch(check.pixels(images)).astype(np.uint8, copy=False)


def _bytes(pixels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


class Distortion(NamedTuple):
    """A way to distort images: `apply(images, strength)`, what the strength is, and some worth trying.

    aimed: `apply` takes the model and the right labels, too. nothing: the strength that changes nothing, for
    images of 32x32.
    """

    apply: Callable[..., np.ndarray]
    unit: str
    strengths: tuple[float, ...]
    aimed: bool = False
    nothing: float = 0


DISTORTIONS = {
    "rotation": Distortion(
        rotate,
        "degrees counterclockwise",
        (-90, -60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60, 90, 180),
    ),
    "rotation and back": Distortion(
        rotate_and_back, "degrees counterclockwise, and back", (0, 10, 20, 30, 45, 60)
    ),
    "scale": Distortion(resize, "times as large", (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2), nothing=1),
    "shift": Distortion(shift, "pixels to the right", (-12, -8, -4, -2, 0, 2, 4, 8, 12)),
    "blur": Distortion(blur, "standard deviation in pixels", (0, 0.5, 1, 1.5, 2, 3)),
    "noise": Distortion(noise, "standard deviation in grey levels of 255", (0, 5, 10, 20, 40, 80)),
    "brightness": Distortion(brighten, "grey levels of 255 added", (-120, -80, -40, 0, 40, 80, 120)),
    "middle covered": Distortion(cover_middle, "pixels, side of the grey square", (0, 8, 16, 24)),
    "middle kept": Distortion(keep_middle, "pixels, side of the square left", (8, 16, 24, 32), nothing=32),
    "shuffled": Distortion(shuffle, "pixels, side of the squares", (2, 4, 8, 16, 32), nothing=32),
    "random steps": Distortion(random_steps, "grey levels of 255, up or down by chance", (0, 1, 2, 4, 8, 16)),
    "aimed steps": Distortion(aimed_steps, "grey levels of 255, up or down by aim", (0, 1, 2, 4, 8), True),
}


class Robustness(NamedTuple):
    """What a distortion does to a network.

    strengths: (S,). accuracy: (S,), the fraction of right answers under each. by_class: (S, K), the same for
    the images of each class, NaN for one without images. answers: (S, K), how often each class is the answer,
    a fraction of all images, whatever they show; None where that was not recorded.
    """

    distortion: str
    strengths: np.ndarray
    accuracy: np.ndarray
    by_class: np.ndarray
    answers: np.ndarray | None = None


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
    apply, usual = DISTORTIONS[distortion].apply, DISTORTIONS[distortion].strengths
    if DISTORTIONS[distortion].aimed:
        apply = partial(apply, model=model, labels=split.labels)
    strengths = np.atleast_1d(check.numbers(usual if strengths is None else strengths, "strengths"))
    answers = [evaluate(model, split._replace(images=apply(split.images, s))) for s in strengths.tolist()]
    accuracy, by_class = ([getattr(a, name) for a in answers] for name in ("accuracy", "per_class_accuracy"))
    named = [a.confusion.sum(axis=0) / len(split.labels) for a in answers]
    return Robustness(distortion, strengths, *map(np.array, (accuracy, by_class, named)))


def recorded(run: Run) -> dict[str, Robustness]:
    """Return what `python -m cnnbook robustness` recorded of a run: name of a distortion -> what it does.

    Raises:
        RunError: see `Run.robustness`.
    """
    return {
        name: Robustness(
            name,
            *(
                np.array(curve[key], float) if key in curve else None
                for key in ("strengths", "accuracy", "by_class", "answers")
            ),
        )
        for name, curve in run.robustness().items()
    }
