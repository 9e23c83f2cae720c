"""The picture of a convolution widget, for places where nothing is alive: input, kernel, output, legend."""

import textwrap
from fractions import Fraction
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, MAP, TOP, INK, PAPER = 900, 340, 40, "#1f2328", "white"
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
    image, kernel = lab.image, lab.kernel
    try:
        output, problem = lab.output, None
    except ValueError as error:
        output, problem = np.zeros((1, 1)), str(error)
    cell = MAP / max(*image.shape[:2], *output.shape)
    height = max(round(cell * max(image.shape[0], output.shape[0])), 180)
    page = Image.new("RGB", (WIDTH, TOP + height + 60), PAPER)
    pen = ImageDraw.Draw(page)
    left, middle, right = 20, WIDTH // 2, WIDTH - MAP - 20
    _map(page, image if image.ndim == 3 else np.stack([image] * 3, axis=-1), left, cell)
    pen.text((left, 12), f"Input {_shape(image)}", INK, _font(15))
    pen.text((middle, 12), f"Kernel {_shape(kernel)}", INK, _font(15), anchor="ma")
    _weights(pen, kernel)
    if problem:
        pen.multiline_text((right, 12), textwrap.fill(f"No output. {problem}", 42), INK, _font(15), spacing=6)
        return page
    pen.text((right, 12), f"Output {_shape(output)}", INK, _font(15))
    scale = abs(output).max() or 1
    _map(page, diverging(output / scale), right, cell)
    _legend(page, pen, min(output.min(), 0), max(output.max(), 0), scale, (right, TOP + height + 12))
    return page


def _map(page, pixels, left, cell):
    height, width = (max(1, round(size * cell)) for size in pixels.shape[:2])
    page.paste(Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST), (left, TOP))


def _weights(pen, kernel):
    """Draw the numbers of a kernel; of one with channels the mean."""
    colour = kernel.ndim == 3
    kernel = kernel.mean(axis=-1) if colour else kernel
    rows, columns = kernel.shape
    cell = 140 / max(rows, columns, 3)
    left = (WIDTH - columns * cell) / 2
    colours = diverging(kernel / (abs(kernel).max() or 1))
    for (i, j), value in np.ndenumerate(kernel):
        x, y = left + j * cell, TOP + i * cell
        pen.rectangle((x, y, x + cell - 2, y + cell - 2), tuple(colours[i, j].tolist()))
        ink = "black" if colours[i, j] @ [0.2126, 0.7152, 0.0722] > 118 else "white"
        place = x + cell / 2 - 1, y + cell / 2 - 1
        pen.text(place, weight(value), ink, _font(max(7, int(cell / 3.4))), anchor="mm")
    if colour:
        pen.text((WIDTH / 2, TOP + 148), "mean of the channels", INK, _font(13), anchor="ma")


def _legend(page, pen, low, high, scale, corner):
    left, top = corner
    page.paste(Image.fromarray(diverging(np.tile(np.linspace(low, high, 200) / scale, (10, 1)))), corner)
    zero = round(200 * -low / (high - low)) if high > low else 0
    marks = [(0, low, "la"), (200, high, "ra")] + [(zero, 0, "ma")] * (40 < zero < 160)
    for x, value, anchor in marks:
        pen.text((left + x, top + 14), f"{value:.4g}", INK, _font(13), anchor=anchor)


def _shape(array):
    return " × ".join(map(str, array.shape))


def _font(size):
    # The font that matplotlib brings is the same everywhere.
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
