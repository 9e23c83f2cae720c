"""Pictures from files, bytes, PIL images and arrays."""

import io
import os
import re
import tracemalloc
import warnings
from unittest.mock import Mock

import numpy as np
import pytest
from pictures import (
    DEEP,
    FILES,
    FOUR_INKS,
    GREY,
    OPACITY,
    SEEN_INK,
    SQUARES,
    as_seen,
    exif,
    file,
    on_white,
    png,
    rgb,
)
from PIL import Image

from cnnbook.data import load_picture
from cnnbook.data.pictures import LARGEST, shrink

FRACTIONS = SQUARES / 255
MASK = GREY > 99


def assert_seen(source, expected):
    """The picture in `source` is `expected`, to one grey level."""
    found = load_picture(source)
    assert (found.shape, found.dtype) == (expected.shape, np.uint8)
    assert abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_seen_as_a_viewer_shows_it_or_refused_in_a_sentence(name, tmp_path):
    data, right = FILES[name]
    path = tmp_path / name
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for source in (data, path, str(path)):
            if isinstance(right, str):
                with pytest.raises(ValueError, match=right) as problem:
                    load_picture(source)
                assert "\n" not in str(problem.value)
            else:
                assert_seen(source, right)
        if not isinstance(right, str) and name != "moving-cover.png":  # Pillow begins with the cover
            with Image.open(path) as image:
                assert_seen(image, right)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(np.dstack([SQUARES, OPACITY])).convert("RGBa"), on_white(SQUARES, OPACITY)),
        (Image.fromarray(np.dstack([GREY, OPACITY])).convert("La"), on_white(rgb(GREY), OPACITY)),
        (Image.fromarray(MASK), rgb(255 * np.uint8(MASK))),
        (FOUR_INKS, SEEN_INK),
        (Image.fromarray(DEEP[..., 1]), rgb(GREY)),
        (Image.fromarray(GREY.astype("int32")), rgb(GREY)),
        (Image.fromarray((GREY / 255).astype("float32")), rgb(GREY)),
    ],
    ids=lambda image: getattr(image, "mode", ""),
)
def test_pil_images_of_every_mode(image, expected):
    assert_seen(image, expected)
    if image.mode not in ("La", "RGBa"):
        assert_seen(file(image, "TIFF"), expected)  # no browser reads it


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (SQUARES, SQUARES),
        (SQUARES.astype("int64"), SQUARES),
        (SQUARES.tolist(), SQUARES),
        (SQUARES[::2, ::-1], SQUARES[::2, ::-1]),
        (FRACTIONS, SQUARES),
        (FRACTIONS.astype("float16"), SQUARES),
        (FRACTIONS * 1.0001, SQUARES),
        (GREY, rgb(GREY)),
        (GREY[..., None], rgb(GREY)),
        (MASK, rgb(255 * np.uint8(MASK))),
        (np.dstack([SQUARES, OPACITY]), on_white(SQUARES, OPACITY)),
        (np.dstack([GREY, OPACITY]) / 255, on_white(rgb(GREY), OPACITY)),
        (GREY * 0, rgb(GREY * 0)),
        (FRACTIONS[:1, :1], SQUARES[:1, :1]),
    ],
)
def test_arrays(image, expected):
    assert_seen(image, expected)


def with_holes(image, hole):
    return np.where(MASK if image.ndim == 2 else MASK[..., None], image, hole)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        # Ranges: bytes as floats, 16 and 12 bits, -1 to 1, around 0, beyond white
        (SQUARES.astype(float), SQUARES),
        (SQUARES * 1.02 - 2, np.clip(SQUARES * 1.02 - 2, 0, 255)),
        (SQUARES * np.uint16(257), SQUARES),
        (SQUARES * 257.0, SQUARES),
        (SQUARES * np.int32(16), SQUARES),
        (2 * FRACTIONS - 1, SQUARES),
        ((FRACTIONS - 0.4) / 0.2, SQUARES * (255 / 250)),
        (FRACTIONS * 1.05, np.clip(SQUARES * 1.05, 0, 255)),
        (np.int16(SQUARES) - 100, SQUARES * (255 / 250)),
        # Truths and fractions cut to integers
        (MASK.astype(np.uint8), rgb(255 * np.uint8(MASK))),
        # What is no number
        (with_holes(FRACTIONS, np.nan), with_holes(SQUARES, 0)),
        (with_holes(GREY, np.inf), rgb(with_holes(GREY, 255))),
        (GREY * np.nan, rgb(GREY * 0)),
        (SQUARES.astype(object), SQUARES),
        # Shapes: channels first, a batch, both, a row
        (SQUARES.transpose(2, 0, 1), SQUARES),
        (GREY[None], rgb(GREY)),
        (SQUARES[None], SQUARES),
        (SQUARES.transpose(2, 0, 1)[None] / 255, SQUARES),
        (np.stack([GREY] * 5), rgb(GREY)),
        (SQUARES[None, None], SQUARES),
        (GREY.ravel(), rgb(GREY)),
        (SQUARES.transpose(2, 0, 1)[None].tolist(), SQUARES),
    ],
)
def test_the_advice_for_an_array_gives_the_picture(image, expected):
    rows, columns = GREY.shape
    for _ in range(3):
        try:
            found = load_picture(image)
            break
        except ValueError as problem:
            advice = re.search(r"^[^\n]*?(np\.[^\n]*\)|images\[0\])[^\n]*$", str(problem))[1]
            image = eval(
                advice, {"np": np, "image": image, "images": image, "rows": rows, "columns": columns}
            )
    else:
        pytest.fail(f"no picture after three pieces of advice, the last of them {advice}")
    assert abs(found.astype(int) - expected).max() <= 1


class Elsewhere:
    def __array__(self, *args, **options):
        raise RuntimeError("This tensor wants a gradient. Use tensor.detach().")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (None, r"expected a picture \(the path of a file, .* or an array\), got None"),
        ({"image": 3}, "got {'image': 3}"),
        (5, "got 5"),
        ([[1, 2], [3]], "got a list: .*inhomogeneous shape"),
        (Elsewhere(), r"got a Elsewhere: This tensor wants a gradient. Use tensor.detach\(\)."),
        (np.zeros((0, 4)), r"shape \(0, 4\), which has no pixels"),
        (Image.new("RGB", (0, 4)), "this PIL image has no pixels"),
        (np.array([["a"]]), "image of numbers, got an array of <U1"),
        (GREY * 1j, "image of numbers, got an array of complex128"),
        (np.zeros((7, 4, 5)), r"images\[0\], or one channel with image\[..., 0\]"),
        ("holiday.jpg", "there is no file 'holiday.jpg'"),
        ("~nosuchuser/holiday.jpg", "there is no file '~nosuchuser/holiday.jpg'"),
        ("", "there is no file ''"),
        ("x" * 5000, "'xxx.* cannot be read: File name too long"),
        (os.curdir, "'.' is not a file"),
        (os.devnull, "not a file"),
        ("a\0b.png", "can be no path of a file"),
        ("https://x.org/a.png", "is an address, and no path: save the picture as a file"),
        ("file:///a.png", "is an address, and no path: give its path alone"),
        (np.ma.masked_equal(GREY, GREY[0, 0]), r"without masked pixels; write image.filled\(0\)"),
        (io.StringIO("text"), "binary mode"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(source, problem):
    with pytest.raises(ValueError, match=problem) as raised:
        load_picture(source)
    assert len(str(raised.value)) < 300
    assert "\n" not in str(raised.value)


def test_a_file_that_is_open_is_read(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(SQUARES).save(buffer, "PNG")  # and stays at its end
    assert_seen(buffer, SQUARES)
    path = tmp_path / "squares.png"
    path.write_bytes(buffer.getvalue())
    with path.open("rb") as opened:
        assert_seen(opened, SQUARES)
    with pytest.raises(ValueError, match=r"this open file cannot be read .*closed.*; give the path"):
        load_picture(opened)
    with Image.open(path) as never_read:
        pass
    closed = Image.fromarray(SQUARES)
    closed.close()
    for image in (never_read, closed):
        with pytest.raises(ValueError, match=r"is closed; do not close it, or call image\.load\(\)"):
            load_picture(image)


def test_a_lack_of_memory_is_no_damage(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", Mock(side_effect=MemoryError))
    with pytest.raises(ValueError, match="needs more memory than there is; make it smaller first"):
        load_picture(Image.fromarray(SQUARES))


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "film.mp4"
    with path.open("wb") as film:
        film.truncate(8 * LARGEST + 1)  # takes no space
    with pytest.raises(ValueError, match=r"film.mp4' is too large to be a picture: 960 MB"):
        load_picture(path)


def test_a_picture_is_a_copy():
    mine = SQUARES.copy()
    picture = load_picture(mine)
    picture[:] = 0
    np.testing.assert_array_equal(mine, SQUARES)


def random_picture(rng):
    """What a picture may come as, and what is to be seen of it."""
    colours = rng.integers(0, 256, (*rng.integers(1, 40, 2), 3), np.uint8)
    opacity = rng.integers(0, 256, colours.shape[:2], np.uint8)
    grey, clear = rng.random(2) < 0.4
    colours = rgb(colours[..., 0]) if grey else colours
    layers = [colours[..., :1] if grey else colours] + [opacity[..., None]] * bool(clear)
    stored, seen = np.concatenate(layers, axis=-1), on_white(colours, opacity) if clear else colours
    turn, flat = int(rng.integers(1, 9)), stored[..., 0] if stored.shape[2] == 1 else stored
    turned = as_seen(seen)[turn - 1]
    match rng.integers(7):
        case 0:
            return flat.astype(rng.choice(["u1", "i2", "u4", "i8"])), seen
        case 1:
            return stored / np.dtype(rng.choice(["f4", "f8"])).type(255), seen
        case 2:
            return file(flat, "PNG", exif=exif(turn)), turned
        case 3:
            image = Image.fromarray(flat).convert("RGBA" if clear else "RGB")
            return file(image, "WEBP", lossless=True, exact=True, exif=exif(turn)), turned
        case 4:
            return png(stored * np.uint16(257) ^ rng.integers(0, 128, stored.shape, np.uint16)), seen
        case 5:
            image = Image.fromarray(flat)
            image.info["exif"] = exif(turn)
            return image, turned
        case _:
            data = file(colours, "JPEG", exif=exif(turn), quality=int(rng.integers(20, 100)))
            return data, as_seen(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))[turn - 1]


def spoiled(source, rng):
    """A source with something wrong: a file cut short or changed in a byte, an array of another kind."""
    if isinstance(source, bytes):
        place = int(rng.integers(len(source)))
        changed = source[:place] + bytes([source[place] ^ int(rng.integers(1, 256))]) + source[place + 1 :]
        return source[:place] if rng.random() < 0.5 else changed
    if isinstance(source, Image.Image):
        return rng.choice([source.filename, str(source), None]) if hasattr(source, "filename") else None
    kinds = (
        *(lambda x: x[None], lambda x: x[..., None, None], lambda x: x.astype(object), lambda x: x - 1.5),
        *(
            lambda x: x * 1000.0,
            lambda x: np.where(x > x.mean(), x, np.nan),
            lambda x: x[:0],
            lambda x: x * 1j,
        ),
    )
    return kinds[rng.integers(len(kinds))](source)


def test_500_random_pictures():
    """Each as it is to be seen; spoiled, the same or one sentence (a changed byte may change the picture)."""
    rng, refused = np.random.default_rng(0), []
    for _ in range(250):
        source, seen = random_picture(rng)
        assert_seen(source, seen)
        try:
            picture = load_picture(wrong := spoiled(source, rng))
        except ValueError as problem:
            refused.append(str(problem))
            continue
        assert picture.dtype == np.uint8
        if not isinstance(wrong, bytes) or len(wrong) < len(source):
            assert_seen(wrong, seen)
    assert len(refused) > 150
    assert not [sentence for sentence in refused if "\n" in sentence]


def test_shrinking_is_the_mean_of_each_area():
    rng = np.random.default_rng(0)
    for _ in range(50):
        image = rng.integers(0, 256, (*rng.integers(1, 60, 2), 3), np.uint8)
        small = shrink(image, int(rng.integers(1, 60)))
        (height, width), (rows, columns) = image.shape[:2], small.shape[:2]
        fine = image.astype(int).repeat(rows, axis=0).repeat(columns, axis=1)
        sums = fine.reshape(rows, height, columns, width, 3).sum(axis=(1, 3))
        np.testing.assert_array_equal(small, np.floor(sums / (height * width) + 0.5))


def test_a_photograph_is_shrunk_in_little_memory():
    photo = np.full((3000, 4000, 3), 7, np.uint8)
    tracemalloc.start()
    assert (shrink(photo, 64) == 7).all()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * photo.nbytes
