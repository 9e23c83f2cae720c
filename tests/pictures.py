"""Files with pictures, and what is to be seen of them: for the loader in Python and the reader in a browser.

FILES maps a name to the bytes of a file and to what is right: an array (H, W, 3) uint8, worked out here in
ways of its own, or words of the sentence that refuses it.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image

# Six plain squares, each of whole blocks of JPEG, which changes their colours by one grey level at most.
COLOURS = [[(250, 20, 30), (10, 200, 40), (20, 40, 230)], [(0, 0, 0), (128, 96, 160), (240, 230, 90)]]
SQUARES = np.kron(COLOURS, np.ones((16, 16, 1))).astype(np.uint8)
HEIGHT, WIDTH, _ = SQUARES.shape
GREY = SQUARES[..., 1]
OPACITY = np.tile(np.linspace(0, 255, WIDTH).round().astype(np.uint8), (HEIGHT, 1))
INK = np.dstack([SQUARES, GREY[::-1] // 2])  # cyan, magenta, yellow, black
SEEN_INK = np.rint((255 - INK[..., :3].astype(int)) * (255 - INK[..., 3:].astype(int)) / 255).astype(np.uint8)


def as_seen(stored):
    """What is to be seen of `stored` for the orientations 1 to 8 (EXIF 2.3, 4.6.4)."""
    mirrored = stored[:, ::-1]
    turns = (
        (stored, 0),
        (mirrored, 0),
        (stored, 2),
        (mirrored, 2),
        (mirrored, 1),
        (stored, 3),
        (mirrored, 3),
        (stored, 1),
    )
    return [np.rot90(image, quarters) for image, quarters in turns]


def on_white(colours, opacity):
    """What is to be seen of `colours` (H, W, 3) where `opacity` (H, W) is 0 to 255."""
    share = opacity[..., None] / 255
    return np.rint(colours * share + 255 * (1 - share)).astype(np.uint8)


def rgb(grey):
    return np.stack([grey] * 3, axis=-1)


def file(image, format, **options):
    """The bytes of the file that Pillow writes of an array or a PIL image."""
    data = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(np.ascontiguousarray(image))
    image.save(data, format, **options)
    return data.getvalue()


def jpeg(image, **options):
    return file(image, "JPEG", **{"quality": 100, "subsampling": 0} | options)


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(pixels, before=b"", after=b"", size=None):
    """A PNG of an array (H, W, channels), uint8 or uint16, with chunks before and after its pixels."""
    height, width, channels = pixels.shape
    rows = pixels.astype(f">u{pixels.itemsize}").reshape(height, -1)
    content = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", *(size or (width, height)), 8 * pixels.itemsize, kind, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + before + chunk(b"IDAT", content) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def profile(kind, space, connection, **tags):
    """An ICC colour profile (ICC.1:2001-04, 6)."""
    tags = {"desc": b"desc\0\0\0\0\0\0\0\2x" + bytes(79), "cprt": b"text\0\0\0\0x\0", "wtpt": xyz(D50)} | tags
    table, content = b"", b""
    for name, data in tags.items():
        table += name.encode() + struct.pack(">II", 132 + 12 * len(tags) + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    size = 132 + len(table) + len(content)
    header = struct.pack(">I4xI4s4s4s12x4s28x", size, 0x02400000, kind, space, connection, b"acsp")
    return header + xyz(D50)[8:] + bytes(48) + struct.pack(">I", len(tags)) + table + content


def xyz(colour):
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(65536 * number)) for number in colour)


def gamma(exponent):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(256 * exponent))


def srgb(light):
    """The bytes for light from 0 to 1 (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    curve = np.where(light < 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * curve).astype(np.uint8)


# A screen with the colours of Display P3 (in the white of profiles, D50), a grey one, and a press.
D50 = (0.9642, 1, 0.8249)
P3 = np.array([(0.5151, 0.2920, 0.1571), (0.2412, 0.6922, 0.0666), (-0.0011, 0.0419, 0.7841)])
SRGB = np.array([(0.4361, 0.3851, 0.1431), (0.2225, 0.7169, 0.0606), (0.0139, 0.0971, 0.7141)])
COLUMNS = {f"{name}XYZ": xyz(column) for name, column in zip("rgb", P3.T, strict=True)}
WIDE = profile(b"mntr", b"RGB ", b"XYZ ", **COLUMNS, **{f"{name}TRC": gamma(1.8) for name in "rgb"})


def seen_wide(pixels):
    """What is to be seen of `pixels` with the profile WIDE."""
    return srgb((pixels / 255) ** 1.8 @ (np.linalg.inv(SRGB) @ P3).T)


LINEAR = profile(b"mntr", b"GRAY", b"XYZ ", kTRC=gamma(1))
EQUAL = bytes(range(256))
TABLE = b"mft1\0\0\0\0\4\3\2\0" + xyz(np.eye(3).ravel())[8:] + EQUAL * 4 + bytes(range(0, 240, 5)) + EQUAL * 3
PRESS = profile(b"prtr", b"CMYK", b"Lab ", A2B0=TABLE)

FOUR_INKS = Image.frombytes("CMYK", (WIDTH, HEIGHT), INK.tobytes())
PALETTE = Image.fromarray(SQUARES).quantize(8)
INDEX = np.asarray(PALETTE)
HOLE = OPACITY * 0 + 255  # opacity without the first square
HOLE[:16, :16] = 0
OTHER = Image.fromarray(255 - SQUARES)  # the second picture of an animation
DEEP = SQUARES * np.uint16(257) ^ np.arange(WIDTH, dtype=np.uint16)[:, None]  # in 8 bits the same
PHOTO = np.random.default_rng(0).integers(0, 256, (11, 15, 3), np.uint8).repeat(100, 0).repeat(101, 1)
XMP = b'<x xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
SIDEWAYS = as_seen(SQUARES)[5]
JPEG, PNG = jpeg(SQUARES), file(SQUARES, "PNG")
WIDE_JPEG = seen_wide(np.asarray(Image.open(io.BytesIO(JPEG))))
GIF, WEBP = file(PALETTE, "GIF"), file(SQUARES, "WEBP", lossless=True)


def animation(image, format, **options):
    return file(image, format, save_all=True, append_images=[OTHER], duration=50, **options)


FILES = {
    # Which way is up
    **{f"turned{n}.jpg": (jpeg(SQUARES, exif=exif(n)), seen) for n, seen in enumerate(as_seen(SQUARES), 1)},
    **{
        f"turned{n}.png": (file(SQUARES, "PNG", exif=exif(n)), seen)
        for n, seen in enumerate(as_seen(SQUARES), 1)
    },
    **{
        f"turned{n}.webp": (file(SQUARES, "WEBP", lossless=True, exif=exif(n)), seen)
        for n, seen in enumerate(as_seen(SQUARES), 1)
    },
    "turned-after.png": (png(SQUARES, after=chunk(b"eXIf", exif(6)[6:])), SIDEWAYS),
    "turned-and-more.jpg": (
        animation(Image.fromarray(SQUARES), "MPO", quality=100, subsampling=0, exif=exif(6)),
        SIDEWAYS,
    ),
    "turned-profile.jpg": (jpeg(SQUARES, exif=exif(6), icc_profile=WIDE), as_seen(WIDE_JPEG)[5]),
    "turned-nonsense.jpg": (jpeg(SQUARES, exif=exif(9)), SQUARES),
    "turned-nonsense.png": (png(SQUARES, chunk(b"eXIf", b"II*\0nonsense")), SQUARES),
    "turned-xmp.jpg": (jpeg(SQUARES, xmp=XMP), SQUARES),
    # Opacity
    "clear.png": (png(np.dstack([SQUARES, OPACITY])), on_white(SQUARES, OPACITY)),
    "clear-grey.png": (png(np.dstack([GREY, OPACITY])), on_white(rgb(GREY), OPACITY)),
    "clear.webp": (
        file(np.dstack([SQUARES, OPACITY]), "WEBP", lossless=True, exact=True),
        on_white(SQUARES, OPACITY),
    ),
    "clear-all.png": (png(np.dstack([SQUARES, OPACITY * 0])), SQUARES * 0 + 255),
    "clear-palette.png": (
        file(PALETTE, "PNG", transparency=bytes(range(0, 240, 30))),
        on_white(SQUARES, INDEX * np.uint8(30)),
    ),
    "clear-index.png": (file(PALETTE, "PNG", transparency=int(INDEX[0, 0])), on_white(SQUARES, HOLE)),
    "clear.gif": (file(PALETTE, "GIF", transparency=int(INDEX[0, 0])), on_white(SQUARES, HOLE)),
    "clear-colour.png": (file(SQUARES, "PNG", transparency=COLOURS[0][0]), on_white(SQUARES, HOLE)),
    "clear-level.png": (file(GREY, "PNG", transparency=20), on_white(rgb(GREY), HOLE)),
    # Depths, palettes, inks
    "bits.png": (file(Image.fromarray(GREY > 99), "PNG"), rgb(255 * (GREY > 99))),
    "grey.png": (file(GREY, "PNG"), rgb(GREY)),
    "grey.jpg": (jpeg(GREY, subsampling=-1), rgb(GREY)),
    "palette.png": (file(PALETTE, "PNG"), SQUARES),
    "palette.gif": (GIF, SQUARES),
    "palette.bmp": (file(PALETTE, "BMP"), SQUARES),
    "colours.bmp": (file(SQUARES, "BMP"), SQUARES),
    "colours.ico": (file(SQUARES, "ICO", sizes=[(WIDTH, HEIGHT)]), SQUARES),
    "colours.webp": (WEBP, SQUARES),
    "progressive.jpg": (jpeg(SQUARES, progressive=True), SQUARES),
    "deep-grey.png": (png(DEEP[..., 1:2]), rgb(GREY)),
    "deep-dark.png": (png(np.full((4, 4, 1), 300, np.uint16)), np.ones((4, 4, 3), np.uint8)),
    "deep.png": (png(DEEP), SQUARES),
    "deep-clear.png": (png(np.dstack([DEEP, OPACITY * np.uint16(257)])), on_white(SQUARES, OPACITY)),
    "deep-clear-grey.png": (
        png(np.dstack([DEEP[..., 0], OPACITY * np.uint16(257)])),
        on_white(rgb(SQUARES[..., 0]), OPACITY),
    ),
    "deep-level.png": (
        png(GREY[..., None] * np.uint16(257), chunk(b"tRNS", struct.pack(">H", 20 * 257))),
        on_white(rgb(GREY), HOLE),
    ),
    "inks.jpg": (jpeg(FOUR_INKS), SEEN_INK),
    "inks-profile.jpg": (jpeg(FOUR_INKS, icc_profile=PRESS), SEEN_INK),
    # Colours
    "profile.jpg": (jpeg(SQUARES, icc_profile=WIDE), WIDE_JPEG),
    "profile.png": (file(SQUARES, "PNG", icc_profile=WIDE), seen_wide(SQUARES)),
    "profile.webp": (file(SQUARES, "WEBP", lossless=True, icc_profile=WIDE), seen_wide(SQUARES)),
    "profile-palette.png": (file(PALETTE, "PNG", icc_profile=WIDE), seen_wide(SQUARES)),
    "profile-grey.png": (file(GREY, "PNG", icc_profile=LINEAR), rgb(srgb(GREY / 255))),
    "profile-grey.jpg": (jpeg(GREY, subsampling=-1, icc_profile=LINEAR), rgb(srgb(GREY / 255))),
    "profile-other.png": (file(SQUARES, "PNG", icc_profile=LINEAR), SQUARES),
    "profile-inks.jpg": (jpeg(SQUARES, icc_profile=PRESS), SQUARES),
    "profile-broken.png": (file(SQUARES, "PNG", icc_profile=WIDE[:200]), SQUARES),
    "profile-broken.jpg": (jpeg(SQUARES, icc_profile=b"nonsense"), SQUARES),
    "gamma.png": (png(SQUARES, chunk(b"gAMA", struct.pack(">I", 100_000))), SQUARES),
    "wide.png": (png(SQUARES, chunk(b"cICP", b"\x0c\x0d\0\1")), SQUARES),
    # The first picture of an animation
    "moving.gif": (animation(PALETTE, "GIF"), SQUARES),
    "moving.png": (animation(Image.fromarray(SQUARES), "PNG"), SQUARES),
    "moving.webp": (animation(Image.fromarray(SQUARES), "WEBP", lossless=True), SQUARES),
    "moving-cover.png": (animation(Image.fromarray(SQUARES), "PNG", default_image=True), np.asarray(OTHER)),
    "moving-cut.gif": (animation(PALETTE, "GIF")[:-20], SQUARES),
    # Sizes
    "dot.png": (png(np.full((1, 1, 1), 77, np.uint8)), np.full((1, 1, 3), 77, np.uint8)),
    "line.png": (png(np.full((1, 5000, 1), 9, np.uint8)), np.full((1, 5000, 3), 9, np.uint8)),
    "column.png": (png(np.full((5000, 1, 1), 9, np.uint8)), np.full((5000, 1, 3), 9, np.uint8)),
    "photo.png": (png(PHOTO), PHOTO),  # the browser reads it in four parts
    "photo-turned.webp": (file(PHOTO, "WEBP", lossless=True, exif=exif(8)), as_seen(PHOTO)[7]),
    # What follows a picture is not of it
    "more.jpg": (JPEG + b"a film " * 99, SQUARES),
    "more.png": (PNG + b"a film " * 99, SQUARES),
    "more.gif": (GIF + b"a film " * 99, SQUARES),
    # Refused
    "half.jpg": (JPEG[: len(JPEG) // 2], "damaged or cut short"),
    "half.png": (PNG[: len(PNG) // 2], "damaged or cut short"),
    "half.gif": (GIF[: len(GIF) // 2], "damaged or cut short"),
    "half.webp": (WEBP[: len(WEBP) // 2], "damaged or cut short"),
    "nearly.jpg": (JPEG[:-2], "damaged or cut short"),
    "nearly.png": (PNG[:-12], "damaged or cut short"),
    "start.png": (PNG[:20], "damaged or cut short"),
    "changed.png": (PNG[:-30] + b"changed" + PNG[-23:], "damaged"),
    "huge.png": (png(GREY[..., None], size=(20_000, 20_000)), "more than"),
    "empty.jpg": (b"", "is empty"),
    "notes.jpg": (b"not a picture", "is not a picture"),
    "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "is not a picture"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is a HEIC picture"),
}
