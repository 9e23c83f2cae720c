"""The picture of a convolution widget, for places where nothing is alive: input, kernel, output, legend."""

from fractions import Fraction
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, MAP, INK, PAPER = 900, 340, "#1f2328", "white"
# The colours of frontend/src/ui/colour.ts: blue for negative, dark for 0, orange for positive.
STOPS = [-1, -0.5, 0, 0.5, 1]
COLOURS = np.array([(205, 232, 255), (30, 108, 190), (18, 20, 24), (205, 98, 16), (255, 236, 198)])


def diverging(share):
    """Return the colours (..., 3) uint8 of `share` (...), values divided by the scale, from -1 to 1."""
    return np.stack([np.interp(share, STOPS, part) for part in COLOURS.T], axis=-1).round().astype(np.uint8)


def weight(value):
    """Return a weight as text: as a fraction where that is exact and shorter than its digits."""
    fraction = Fraction(value).limit_denominator(256)
    exact = fraction and abs(fraction - Fraction(value)) * fraction.denominator < 1e-10
    return str(fraction) if exact and len(str(value)) > 5 else f"{value:.4g}"


def draw(lab):
    """Return what `lab`, a ConvolutionLab, shows as a PIL image."""
    font = _font(15)
    page = Image.new("RGB", (WIDTH, MAP + 90), PAPER)
    pen = ImageDraw.Draw(page)
    image, kernel = lab.image, lab.kernel
    _map(page, image if image.ndim == 3 else np.stack([image] * 3, axis=-1), 20)
    pen.text((20, 12), f"Input {_shape(image)}", INK, font)
    pen.text((WIDTH // 2, 12), f"Kernel {_shape(kernel)}", INK, font, anchor="ma")
    _weights(pen, kernel if kernel.ndim == 2 else kernel.mean(axis=-1), kernel.ndim == 3)
    left = WIDTH - MAP - 20
    try:
        output = lab.output
    except ValueError as problem:
        words = str(problem).split()
        lines = [" ".join(words[i : i + 5]) for i in range(0, len(words), 5)]
        pen.multiline_text((left, 40), "No output.\n" + "\n".join(lines), INK, font, spacing=6)
        return page
    pen.text((left, 12), f"Output {_shape(output)}", INK, font)
    scale = abs(output).max() or 1
    _map(page, diverging(output / scale), left)
    _legend(page, pen, min(output.min(), 0), max(output.max(), 0), scale, left)
    return page


def _map(page, pixels, left):
    height, width = pixels.shape[:2]
    cell = MAP / max(height, width)
    size = max(1, round(width * cell)), max(1, round(height * cell))
    page.paste(Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST), (left, 40))


def _weights(pen, kernel, colour):
    rows, columns = kernel.shape
    cell = min(48, 140 / columns)
    scale = abs(kernel).max() or 1
    left, top = (WIDTH - columns * cell) / 2, 60
    font = _font(max(7, int(cell / 3.4)))
    for (i, j), value in np.ndenumerate(kernel):
        x, y = left + j * cell, top + i * cell
        background = diverging(value / scale)
        pen.rectangle((x, y, x + cell - 2, y + cell - 2), tuple(background.tolist()))
        ink = "black" if background @ [0.2126, 0.7152, 0.0722] > 118 else "white"
        pen.text((x + cell / 2 - 1, y + cell / 2 - 1), weight(value), ink, font, anchor="mm")
    if colour:
        pen.text((WIDTH / 2, top + rows * cell + 8), "mean of the\nthree channels", INK, _font(13), anchor="ma", align="center")


def _legend(page, pen, low, high, scale, left):
    values = np.linspace(low, high, 200)
    bar = diverging(np.tile(values / scale, (10, 1)))
    page.paste(Image.fromarray(bar), (left, MAP + 50))
    marks = {0: low, 199: high}
    if high > low and 40 < (zero := round(199 * -low / (high - low))) < 160:
        marks[zero] = 0
    for x, value in marks.items():
        pen.text((left + x, MAP + 64), f"{value:.4g}", INK, _font(13), anchor="ma" if 0 < x < 199 else "la" if x == 0 else "ra")


def _shape(array):
    return " × ".join(map(str, array.shape))


def _font(size):
    # The font that matplotlib brings is the same everywhere.
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
