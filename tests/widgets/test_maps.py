"""The maps of the labs, read from the page, cell by cell, against Keras."""

import json

import keras
import numpy as np
import pytest
from reader import changeable, follow, pixels, values

from cnnbook.widgets import ConvolutionLab, PoolingLab

SETTINGS = 50  # of each lab


def random_convolution(rng):
    rows, columns = rng.integers(1, 6, 2)
    kernel = [rng.normal(size=(rows, columns)), rng.integers(-9, 10, (rows, columns)) / rng.integers(1, 30)]
    kernel = kernel[rng.integers(2)] * rng.integers(1, 3)
    if rng.random() < 0.3:
        kernel = kernel[..., None] * rng.integers(-2, 3, 3)
    stride, dilation = ((1, int(rng.integers(1, 4))), (int(rng.integers(1, 5)), 1))[rng.integers(2)]
    return {
        "kernel": kernel,
        "bias": float(rng.choice([0, -7, 2.5])),
        "stride": stride,
        "dilation": dilation,
        "padding": ["valid", "same", int(rng.integers(0, 5))][rng.integers(3)],
    }


def random_pooling(rng):
    return {
        "pooling": ["max", "average"][rng.integers(2)],
        "size": int(rng.integers(1, 9)),
        "stride": int(rng.integers(1, 9)),
        "padding": ["valid", "same"][rng.integers(2)],
    }


def convolution_by_keras(lab):
    image = np.atleast_3d(lab.image).astype("float32")
    padding = lab.padding
    if isinstance(padding, int):
        image, padding = np.pad(image, ((padding, padding), (padding, padding), (0, 0))), "valid"
    kernel = np.atleast_3d(lab.kernel)[..., None].astype("float32")
    output = keras.ops.conv(image[None], kernel, lab.stride, padding, "channels_last", lab.dilation)
    return np.asarray(output)[0, ..., 0] + lab.bias


def pooling_by_keras(lab):
    pool = keras.ops.max_pool if lab.pooling == "max" else keras.ops.average_pool
    output = pool(lab.image[None, ..., None].astype("float32"), lab.size, lab.stride, lab.padding)
    return np.asarray(output)[0, ..., 0]


LABS = {
    "convolution": (ConvolutionLab, random_convolution, convolution_by_keras),
    "pooling": (PoolingLab, random_pooling, pooling_by_keras),
}


def random_labs(kind, rng):
    """Labs whose window fits somewhere, on pictures of random pixels and sizes."""
    lab_of, settings, _ = LABS[kind]
    while True:
        pixels = rng.integers(0, 256, (*rng.integers(1, 15, 2), 3), dtype=np.uint8)
        lab = lab_of(pixels, side=int(rng.integers(4, 15)), **settings(rng))
        try:
            lab.output  # noqa: B018
        except ValueError:
            continue
        yield lab


@pytest.mark.engines
@pytest.mark.parametrize("kind", LABS)
def test_random_settings_show_what_keras_computes(open_widget, kind):
    first = LABS[kind][0]("digit", side=8)
    page = open_widget(first)
    for _, lab in zip(range(SETTINGS), random_labs(kind, np.random.default_rng(0)), strict=False):
        state = changeable(lab)
        follow(page, first, **state)
        seen, output = page.evaluate("reader.maps()")
        where = json.dumps(state)
        assert pixels(seen) == lab.image.ravel().tolist(), where
        expected = LABS[kind][2](lab)
        found = values(output)
        size = np.abs(lab.kernel).sum() * 255 + abs(lab.bias) if kind == "convolution" else 255
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * size, err_msg=where)
