"""Pictures, wherever they come from, as arrays of red, green and blue.

frontend/src/ui/image.ts reads files in the browser and gets the same pixels, to one grey level: upright, on
white where they are transparent, colours in sRGB. What browsers do not agree about is left aside in both: the
gamma of a PNG, and the colour profile of a picture in four inks.
"""

import contextlib
import io
import os
import re
import reprlib
import stat
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ExifTags, ImageCms

GREY = 128  # what is covered shows it, in the middle between black and white
LARGEST = 120_000_000  # pixels of a picture: Pillow holds four bytes of each
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "ICO", "AVIF", "TIFF")  # what browsers read, and TIFF
# How much red, green and blue count: in luma (ITU-R BT.601), and in luminance, which weighs light (sRGB).
LUMA, LUMINANCE = np.array([0.299, 0.587, 0.114]), np.array([0.2126, 0.7152, 0.0722])
PICTURE = "a picture (the path of a file, its bytes, a PIL image or an array)"


def load_picture(source: object) -> np.ndarray:
    """Load a picture, of an animation the first.

    Args:
        source: the path of a file (str or Path), the bytes of one, one that is open in binary mode, a PIL
            image, or an array of integers from 0 to 255 or floats from 0 to 1: (H, W), or (H, W, channels)
            with 1 channel for grey, 2 for grey and opacity, 3 for red, green and blue, 4 for these and
            opacity.

    Returns:
        A new (H, W, 3) uint8 array.

    Raises:
        ValueError: there is no whole picture, or numbers that no picture has.
    """
    with warnings.catch_warnings():
        # They are about sizes, which are limited here, and about broken EXIF.
        warnings.filterwarnings("ignore", module="PIL")
        if isinstance(source, str | os.PathLike):
            path = os.fsdecode(source)
            name = f"{path!r:.200}"
            return _upright(_opened(_read(path, name), name))
        if isinstance(source, bytes | bytearray | memoryview):
            return _upright(_opened(bytes(source), "the file in these bytes"))
        if isinstance(source, PIL.Image.Image):
            return _upright(_loaded(source, "this PIL image"))
        if hasattr(source, "read"):
            return _upright(_opened(_read_open(source), "this open file"))
        return _from_array(source)


def shrink(image: np.ndarray, side: int) -> np.ndarray:
    """Make a picture smaller: each pixel the mean of its area, rounded half up.

    Whole-number arithmetic: frontend/src/ui/image.ts gets the same pixels to the last bit.

    Args:
        image: (H, W, 3) uint8.
        side: pixels that no side of the result is longer than; a smaller picture stays as it is.

    Returns:
        (H', W', 3) uint8.
    """
    height, width = image.shape[:2]
    longest = max(height, width)
    if longest <= side:
        return image
    rows, columns = (max(1, (2 * n * side + longest) // (2 * longest)) for n in (height, width))
    bands = (np.ascontiguousarray(image[band]) for band in _bands(height, width))
    sums = _areas(np.concatenate([_areas(band, columns, axis=1) for band in bands]), rows, axis=0)
    return ((2 * sums + height * width) // (2 * height * width)).astype(np.uint8)


def _bands(height, width):
    """Yield slices of rows with about a million pixels each: what is made of one takes little memory."""
    step = max(1, 2**20 // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def _areas(values, cells, axis):
    """Return the int64 sums of `values` over `cells` equal parts of an axis, times `cells`."""
    first, rest = np.divmod(np.arange(cells) * values.shape[axis], cells)
    # Of the value at which a cell begins, `rest` of `cells` parts belong to the cell before.
    others = tuple(n for n in range(values.ndim) if n != axis)
    shared = np.expand_dims(rest, others) * values.take(first, axis)
    return cells * np.add.reduceat(values, first, axis, np.int64) - shared + np.roll(shared, -1, axis)


def _read(path, name):
    """Return the bytes of a file. Raises ValueError where there is none, or no picture can be in it."""
    if scheme := re.match(r"(https?|ftp|file|data):", path):
        save = (
            "give its path alone" if scheme[1] == "file" else "save the picture as a file and give its path"
        )
        raise ValueError(f"{name} is an address, and no path: {save}")
    place = os.path.expanduser(path)
    try:
        found = os.stat(place)
        if stat.S_ISREG(found.st_mode) and found.st_size <= 8 * LARGEST:
            return Path(place).read_bytes()
    except FileNotFoundError:
        raise ValueError(f"there is no file {name}") from None
    except OSError as problem:
        raise ValueError(f"{name} cannot be read: {problem.strerror}") from None
    except ValueError:  # a NUL in it
        raise ValueError(f"{name} can be no path of a file") from None
    if stat.S_ISREG(found.st_mode):
        raise ValueError(f"{name} is too large to be a picture: {found.st_size / 1e6:,.0f} MB")
    raise ValueError(f"{name} is not a file")


def _read_open(file):
    """Return the bytes of an open file. Raises ValueError where it has none."""
    try:
        with contextlib.suppress(AttributeError, io.UnsupportedOperation):  # of an answer from the Web
            file.seek(0)  # as Pillow does: what has been written to a BytesIO is at its end
        data = None if isinstance(file, io.TextIOBase) else file.read()
    except (OSError, ValueError) as problem:  # it is closed
        raise ValueError(f"this open file cannot be read ({problem}); give the path of the file") from None
    if not isinstance(data, bytes):
        raise ValueError('expected a file that is open in binary mode, as open(path, "rb") does')
    return data


def _opened(data, name):
    """Return the loaded PIL image in the bytes of a file. Raises ValueError where it is not whole."""
    if not data:
        raise ValueError(f"{name} is empty")
    PIL.Image.init()  # older versions of Pillow lack AVIF
    formats = [format for format in FORMATS if format in PIL.Image.OPEN]
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=formats)
        if image.format == "PNG":  # of which Pillow does not check that it is whole
            if b"IEND\xaeB`\x82" not in data:
                raise EOFError("no end")
            PIL.Image.open(io.BytesIO(data), formats=formats).verify()
        if getattr(image, "default_image", False):  # an APNG for readers that show no animation: browsers do
            image.seek(1)
    except PIL.UnidentifiedImageError:
        if data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif", b"msf"):
            raise ValueError(f"{name} is a HEIC picture; export it as JPEG first") from None
        raise ValueError(f"{name} is not a picture; try a PNG, JPEG, GIF or WebP file") from None
    except PIL.Image.DecompressionBombError:
        raise ValueError(_too_large(name)) from None
    except Exception as problem:  # Pillow's readers raise nearly anything
        raise ValueError(_damaged(name, problem)) from None
    return _loaded(image, name)


def _loaded(image, name):
    """Return the PIL image `image` with its pixels read. Raises ValueError where that cannot be done."""
    width, height = image.size
    if not width * height:
        raise ValueError(f"{name} has no pixels")
    if width * height > LARGEST:
        raise ValueError(_too_large(name))
    try:
        image.load()
    except Exception as problem:
        if getattr(image, "fp", image) is None or "closed" in str(problem):
            raise ValueError(
                f"{name} is closed; do not close it, or call image.load() inside of its `with`"
            ) from None
        raise ValueError(_damaged(name, problem)) from None
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:  # of a PNG: Pillow keeps 8 bits
        raise ValueError(f"{name} has a transparent colour in 16 bits; save it with 8 bits first")
    return image


def _too_large(name):
    return f"{name} has more than {LARGEST // 10**6} million pixels; make it smaller first"


def _damaged(name, problem):
    if isinstance(problem, MemoryError):
        return f"{name} needs more memory than there is; make it smaller first"
    return f"{name} is damaged or cut short; get it again ({problem})"


def _upright(image):
    """Return (H, W, 3) uint8 of a loaded PIL image as it is to be seen."""
    if image.mode in ("I", "F"):  # numbers that may mean anything
        return _from_array(image)
    if image.mode in ("La", "RGBa"):  # colours times opacity
        image = image.convert(image.mode.upper())
    width, height = image.size
    profile = _profile(image)
    pixels = np.empty((height, width, 3), np.uint8)
    for band in _bands(height, width):
        pixels[band] = _on_white(image.crop((0, band.start, width, band.stop)), *profile)
    # EXIF 2.3, 4.6.4
    orientation = _orientation(image)
    if orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    return pixels.swapaxes(0, 1) if orientation > 4 else pixels


def _orientation(image):
    """Return how a PIL image is stored, 1 (upright) to 8, by its EXIF data alone, as browsers do."""
    exif = PIL.Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
    except Exception:  # broken data say nothing
        return 1
    orientation = exif.get(ExifTags.Base.Orientation)
    return orientation if orientation in range(1, 9) else 1


def _profile(image):
    """Return the mode that a PIL image is to be converted to, and a transform from there to sRGB, or None."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info.get("icc_profile") or b""))
        mode = {"RGB ": "RGB", "GRAY": "L"}[profile.profile.xcolor_space]
        if image.mode != "CMYK" and (mode == "RGB" or image.mode in ("1", "L", "LA", "I;16")):
            return mode, ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (KeyError, OSError, ImageCms.PyCMSError):  # none, or a broken one, or one for other colours
        pass
    return "RGB", None


def _on_white(image, mode, transform):
    """Return (H, W, 3) uint8 of a PIL image, converted to `mode` and by `transform`, on white."""
    if image.mode.startswith("I;16"):
        wide = np.asarray(image)
        key = image.info.get("transparency")
        image = PIL.Image.fromarray((wide >> 8).astype(np.uint8))
        if key is not None:
            image.putalpha(PIL.Image.fromarray(wide != key))
    opacity = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        opacity = image.getchannel("A")
    image = image.convert(mode)
    page = PIL.Image.new("RGB", image.size, "white")
    page.paste(ImageCms.applyTransform(image, transform) if transform else image, mask=opacity)
    return np.asarray(page)


def _from_array(source):
    """Return (H, W, 3) uint8 of what NumPy takes for an array. Raises ValueError where that is no image."""
    if np.ma.is_masked(source):
        raise ValueError("expected an image without masked pixels; write image.filled(0) to make them black")
    try:
        pixels = np.asarray(source)
    except Exception as problem:  # rows of unequal length; a tensor that is elsewhere, and says what to do
        reason = str(problem).partition("\n")[0]
        raise ValueError(f"expected {PICTURE}, got a {type(source).__name__}: {reason}") from None
    if pixels.ndim == 0:
        raise ValueError(f"expected {PICTURE}, got {reprlib.repr(source)}")
    if not (pixels.size and (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] <= 4))):
        raise ValueError(
            "expected an image of shape (rows, columns) or (rows, columns, channels) with up to 4 channels, "
            f"got shape {pixels.shape}{_shape_advice(pixels.shape)}"
        )
    pixels = _as_bytes(pixels)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.shape[2] in (2, 4):
        return _upright(PIL.Image.fromarray(pixels))
    return np.array(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def _shape_advice(shape):
    """Return what to write to get an image out of an array of this shape, as the end of a sentence."""
    if 0 in shape:
        return ", which has no pixels"
    if len(shape) == 1:
        return "; give it rows and columns with np.reshape(image, (rows, columns))"
    turned = shape[-1] > 4 and shape[-3] in (1, 3, 4)
    if len(shape) == 3 and turned:
        return "; bring the channels to the end with np.asarray(image).transpose(1, 2, 0)"
    if len(shape) == 3:
        return "; take one image out of a batch with images[0], or one channel with image[..., 0]"
    if len(shape) == 4 and turned:
        return "; take one image out of a batch with np.asarray(images[0]).transpose(1, 2, 0)"
    return "; take one image out of a batch with images[0]"


def _as_bytes(pixels):
    """Return an array of floats from 0 to 1, integers from 0 to 255 or truths as uint8. Raises ValueError."""
    if pixels.dtype == bool:
        return pixels * np.uint8(255)
    if pixels.dtype.kind not in "uif":
        advice = "; try np.array(image, float)" if pixels.dtype.kind in "OV" else ""
        raise ValueError(f"expected an image of numbers, got an array of {pixels.dtype}{advice}")
    low, high = float(pixels.min()), float(pixels.max())
    if pixels.dtype.kind == "f":
        if not (low * 255 >= -0.5 and high * 255 <= 255.5):  # also where there is a NaN
            raise ValueError(f"expected pixels from 0 to 1 as floats, {_range_advice(pixels)}")
        return np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)  # 256 would be 0
    if low < 0 or high > 255:
        raise ValueError(f"expected pixels from 0 to 255 as integers, {_range_advice(pixels)}")
    if high == 1:
        raise ValueError(
            "expected pixels from 0 to 255 as integers, got only 0 and 1, which are black; if 1 means white, "
            "write np.interp(image, (0, 1), (0, 1)); if these were fractions, do not cut them to integers"
        )
    return pixels.astype(np.uint8)


def _range_advice(pixels):
    """Return what to write to get numbers from 0 to 1 out of these, as the end of a sentence."""
    finite = pixels[np.isfinite(pixels)]
    low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
    usual = [top for top in (1, 255, 1023, 4095, 65535) if 0.1 * top < high <= 1.1 * top]
    if usual and low >= -0.1 * high:
        black, white = 0, usual[0]
    else:
        black, white = (-1, 1) if low >= -1 and high <= 1 else (low, high)
    came = f"got values from {pixels.min()} to {pixels.max()}"
    if finite.size < pixels.size:
        return f"{came}; write np.nan_to_num(image, nan={black:g}, posinf={white:g}, neginf={black:g}) first"
    return f"{came}; write np.interp(image, ({black:g}, {white:g}), (0, 1))"
