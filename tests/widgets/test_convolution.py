"""The Python side of the convolution widget."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from pictures import exif, jpeg, png
from PIL import Image
from traitlets import TraitError

from cnnbook.data import photo
from cnnbook.widgets import ConvolutionLab
from cnnbook.widgets.convolution import KERNELS
from cnnbook.widgets.lab import brightness, shrink


def keras_output(image, kernel, bias, stride, padding):
    image, kernel = np.atleast_3d(image).astype("float32"), np.atleast_3d(kernel)
    result = keras.ops.conv(image[None], kernel[..., None].astype("float32"), stride, padding)
    return np.asarray(result)[0, ..., 0] + bias


def in_colour(kernel):
    """The same kernel for red, green and blue."""
    return np.stack([kernel] * 3, axis=-1)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("colour", [False, True])
def test_the_output_is_that_of_keras(name, colour):
    kernel = in_colour(KERNELS[name]) if colour else name
    lab = ConvolutionLab(photo("cat"), kernel=kernel, bias=-3.5, stride=2, padding="same", side=20)
    expected = keras_output(lab.image, lab.kernel, -3.5, 2, "same")
    np.testing.assert_allclose(lab.output, expected, atol=1e-5 * abs(expected).max())


def test_a_photograph_is_seen_small_and_grey():
    lab = ConvolutionLab(photo("cat"), kernel="sobel-x")
    assert lab.image.shape == (32, 48)
    assert lab.image.dtype == np.uint8
    assert lab.output.shape == (30, 46)
    lab.side, lab.kernel = 64, in_colour(lab.kernel)
    assert lab.image.shape == (43, 64, 3)
    assert ConvolutionLab("cat").picture == lab.picture == "cat"


def test_every_array_that_is_an_image_is_taken():
    pixels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    colour = np.stack([pixels] * 3, axis=-1)
    for image in (pixels, colour, pixels / np.float32(255), Image.fromarray(pixels)):
        lab = ConvolutionLab(image)
        np.testing.assert_array_equal(lab.image, pixels)
        np.testing.assert_array_equal(lab.output, pixels[1:-1, 1:-1])
    lab.image = "digit"
    assert lab.image.shape == (32, 32)
    lab.image = colour[:1, :1]
    assert lab.image.shape == (1, 1)
    assert ConvolutionLab(np.zeros((3000, 4000), np.uint8)).image.shape == (36, 48)
    assert ConvolutionLab(np.zeros((1, 4000, 3), np.uint8), side=8).image.shape == (1, 8)


def test_a_phones_upright_photo_stands(tmp_path):
    stored = np.zeros((40, 80, 3), np.uint8)
    stored[:, :20, 0] = 255  # on its side: what is above is on the left
    path = tmp_path / "phone.jpg"
    path.write_bytes(jpeg(stored, exif=exif(6)))
    for image in (path, str(path), path.read_bytes(), Image.open(path)):
        lab = ConvolutionLab(image, kernel=in_colour(np.eye(3)))
        assert lab.image.shape == (48, 24, 3)
        assert lab.image[0, :, 0].min() > 200
        assert lab.image[-1].max() < 50


def test_a_name_of_the_gallery_is_not_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat").mkdir()
    assert ConvolutionLab("cat").picture == "cat"
    (tmp_path / "dark.png").write_bytes(png(np.full((4, 4, 1), 300, np.uint16)))
    assert (ConvolutionLab("dark.png").image == 1).all()


def test_shrinking_keeps_the_mean():
    image = np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    small = shrink(image, 20)
    assert small.shape == (14, 20, 3)
    assert abs(small.mean() - image.mean()) < 1
    np.testing.assert_array_equal(shrink(np.full((9, 7, 3), 200, np.uint8), 4), np.full((4, 3, 3), 200))
    blocks = np.kron(image[:5, :5, 0], np.ones((3, 3), np.uint8))[..., None].repeat(3, -1)
    np.testing.assert_array_equal(shrink(blocks, 5), image[:5, :5, :1].repeat(3, -1))


def test_brightness_is_that_of_pillow():
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    difference = brightness(image).astype(int) - np.asarray(Image.fromarray(image).convert("L"))
    assert abs(difference).max() <= 1


def test_a_kernel_of_three_slices_asks_for_colour():
    kernel = np.random.default_rng(0).normal(size=(2, 4, 3))
    lab = ConvolutionLab(photo("cat"), kernel=kernel)
    assert lab.image.shape[2:] == (3,)
    np.testing.assert_array_equal(lab.kernel, kernel)
    lab.kernel = [[1, 2], [3, 4]]
    assert lab.image.ndim == 2


def test_what_the_front_end_sends_arrives():
    lab = ConvolutionLab("cat")
    seen = []
    lab.observe(lambda change: seen.append(change.new), "kernel")
    lab.set_state({"kernel": [[[1.5]], [[-2.0]]], "padding": 3, "cell": [1, 2], "stride": 2})
    np.testing.assert_array_equal(lab.kernel, [[1.5], [-2.0]])
    assert (lab.padding, lab.cell, lab.stride) == (3, [1, 2], 2)
    np.testing.assert_array_equal(seen[-1], lab.kernel)
    lab.set_state({"kernel": [[[1, 2, 3]]], "picture": {"width": 1, "height": 2, "rgb": "AAECAwQF"}})
    np.testing.assert_array_equal(lab.image, [[[0, 1, 2]], [[3, 4, 5]]])
    lab.set_state({"picture": "digit"})
    assert lab.picture == "digit"


def test_a_cell_is_pinned_as_long_as_there_is_such_a_cell():
    lab = ConvolutionLab("digit", side=8, cell=(5, 5))
    lab.bias = 3
    assert lab.cell == [5, 5]
    lab.stride = 2
    assert lab.cell is None
    lab.cell = (2, 2)
    lab.kernel = np.ones((7, 7))
    assert lab.cell is None
    lab.padding, lab.dilation = 0, 2
    with pytest.raises(TraitError, match=r"no cell \(0, 0\) to pin: The window covers 13 elements"):
        lab.cell = (0, 0)


def test_the_state_survives_json():
    lab = ConvolutionLab(np.eye(9), kernel="gaussian", padding=2, cell=(1, 1))
    again = ConvolutionLab()
    again.set_state(json.loads(json.dumps(lab.state())))
    assert again.state() == lab.state()
    np.testing.assert_array_equal(again.output, lab.output)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": "sobel"}, "no kernel 'sobel'. Choose one of identity"),
        ({"kernel": [[1, 2], [3]]}, "rows of equal length"),
        ({"kernel": np.ones((8, 8))}, "up to 7 rows"),
        ({"kernel": np.ones((3, 3, 2))}, r"shape \(3, 3, 2\)"),
        ({"kernel": [1, 2, 3]}, r"shape \(3,\)"),
        ({"kernel": [[np.nan]]}, "weights from -1e6 to 1e6.*nan"),
        ({"kernel": [[1e7]]}, "weights from -1e6 to 1e6.*10000000"),
        ({"kernel": np.ma.masked_equal(np.eye(3), 1)}, r"without masked weights: kernel\.filled\(0\)"),
        ({"kernel": np.eye(3) * 1j}, r"real numbers, got complex ones: take kernel\.real"),
        ({"bias": 1 + 0j}, "expected a float, not the complex"),
        ({"kernel": [[10**400]]}, "weights from -1e6 to 1e6"),
        ({"bias": 10**400}, "bias from -1e6 to 1e6"),
        ({"bias": np.inf}, "bias from -1e6 to 1e6, got inf"),
        ({"padding": "full"}, '"valid", "same" or 0 to 16'),
        ({"padding": -1}, "-1"),
        ({"stride": 0}, "stride"),
        ({"stride": True}, "expected an int, not the bool True"),  # the page would have no output
        ({"dilation": 9}, "dilation"),
        ({"side": 65}, "side"),
        ({"cell": (1,)}, r"row and column .* as cell, got \(1,\)"),
        ({"cell": (-1, 0)}, r"row and column .* as cell, got \(-1, 0\)"),
        ({"cell": (2, 46)}, r"no cell \(2, 46\) to pin: the output has 30 rows and 46 columns"),
        ({"image": "dog"}, r"no picture 'dog'\. Choose one of cat, .*, or a file: none has that name\.$"),
        (
            {"image": "https://x.org/a.png"},
            "ConvolutionLab: 'https://x.org/a.png' is an address, and no path",
        ),
        ({"image": "x" * 500}, "no picture 'xxx"),
        ({"picture": "dog"}, "no picture 'dog'"),
        ({"image": ""}, "ConvolutionLab: there is no file ''"),
        ({"image": Path("cat")}, "ConvolutionLab: there is no file 'cat'"),
        ({"image": b"cat"}, "ConvolutionLab: the file in these bytes is not a picture"),
        ({"image": None}, "ConvolutionLab: expected a picture"),
        ({"image": np.zeros((2, 3, 5))}, r"got shape \(2, 3, 5\)"),
        ({"image": np.full((2, 2), 2.0)}, "0 to 1"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(arguments, message):
    with pytest.raises(TraitError, match=message):
        ConvolutionLab(**arguments)


def test_numbers_of_numpy_are_numbers():
    lab = ConvolutionLab(bias=np.float32(2), cell=np.array([1, 2]), stride=np.int64(2), padding=np.int8(1))
    assert (lab.bias, lab.cell, lab.stride, lab.padding) == (2, [1, 2], 2, 1)
    lab.cell = (np.int64(0), 1)
    json.dumps(lab.state())


def test_a_kernel_cannot_change_behind_the_view():
    lab = ConvolutionLab("cat", kernel="blur")
    with pytest.raises(ValueError, match="read-only"):
        lab.kernel[0, 0] = 5


def test_the_sentence():
    lab = ConvolutionLab("cat", kernel="sobel-x")
    assert lab.describe() == (
        "Convolution of “cat”, 32 × 48 pixels, with a kernel of 3 × 3 (Sobel x: left to right): "
        f"the output has 30 × 46 values from {lab.output.min():.4g} to {lab.output.max():.4g}."
    )
    assert "pixels in colour, with a kernel of 3 × 3 (Blur): " in (
        ConvolutionLab("cat", kernel=in_colour(KERNELS["blur"])).describe()
    )
    lab = ConvolutionLab(np.zeros((1, 1)))
    assert (
        "a picture, 1 × 1 pixels, with a kernel of 3 × 3 (Identity): there is no output. " in lab.describe()
    )
    with pytest.raises(ValueError, match="padded input"):
        _ = lab.output
