"""Distortions of images with known answers, and networks that mind them."""

import numpy as np
import pytest
from scipy import stats

from cnnbook.analysis.robustness import (
    DISTORTIONS,
    aimed_steps,
    blur,
    brighten,
    cover_middle,
    distort,
    keep_middle,
    noise,
    normal_at_places,
    random_steps,
    resize,
    robustness,
    rotate,
    rotate_and_back,
    shift,
    shuffle,
)
from cnnbook.backend import keras
from cnnbook.data import Split

pytestmark = pytest.mark.backends


def brighter_half(sides=(8, 8)):
    """A network that says class 1 where the left half is brighter, by ever so little."""
    inputs = keras.Input((*sides, 3))
    middle = sides[1] // 2
    left = keras.ops.mean(inputs[:, :, :middle] - inputs[:, :, middle:], axis=(1, 2, 3))[:, None]
    scores = keras.ops.concatenate([-left, left], axis=1)
    return keras.Model(inputs, keras.layers.Softmax()(scores))


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (3, 8, 10, 3), np.uint8)


@pytest.mark.parametrize("name", [name for name, each in DISTORTIONS.items() if not each.aimed])
def test_distortions_keep_shape_and_type(name):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    before = images.copy()
    for strength in DISTORTIONS[name].strengths:
        distorted = DISTORTIONS[name].apply(images, strength)
        assert (distorted.shape, distorted.dtype) == (images.shape, np.uint8)
        assert np.array_equal(distorted, images) == (strength == DISTORTIONS[name].nothing), strength
    np.testing.assert_array_equal(images, before)


def test_rotate(images):
    square = images[:, :, :8]
    np.testing.assert_array_equal(rotate(square, 90), np.rot90(square, axes=(1, 2)))
    np.testing.assert_array_equal(rotate(images, 180), images[:, ::-1, ::-1])


def test_rotate_and_back():
    """What is smooth and far from the border stays; what is fine is blurred."""
    ramp = np.broadcast_to(np.arange(0, 192, 6, np.uint8)[None, :, None, None], (1, 32, 32, 3)).copy()
    middle = (slice(None), slice(8, 24), slice(8, 24))
    assert np.abs(rotate_and_back(ramp, 30)[middle].astype(int) - ramp[middle]).max() <= 2
    stripes = np.zeros((1, 32, 32, 3), np.uint8)
    stripes[:, ::2] = 200
    assert rotate_and_back(stripes, 30)[middle].std() < 0.8 * stripes[middle].std()
    np.testing.assert_array_equal(rotate_and_back(stripes, 90), stripes)


def test_resize():
    """Twice as large, an inner square of 4x4 pixels has 8x8; half as large, it has 2x2."""
    images = np.zeros((1, 16, 16, 1), np.uint8)
    images[0, 6:10, 6:10] = 200
    for factor in (0.5, 2):
        resized = resize(images, factor)
        assert resized.sum() / images.sum() == pytest.approx(factor**2, rel=0.1)
        np.testing.assert_array_equal(resized, resized[:, ::-1, ::-1])
    with pytest.raises(ValueError, match="a factor above 0, got 0"):
        resize(images, 0)


def test_resize_averages_what_it_makes_smaller():
    stripes = np.zeros((1, 32, 32, 1), np.uint8)
    stripes[:, ::2] = 200
    inside = resize(stripes, 0.25)[0, 13:19].astype(int)  # beyond it goes on as at the border
    assert np.abs(inside - 100).max() < 12


def test_shift(images):
    np.testing.assert_array_equal(shift(images, 3)[:, :, 3:], images[:, :, :-3])
    np.testing.assert_array_equal(shift(images, 3)[:, :, :3], images[:, :, :1].repeat(3, axis=2))
    np.testing.assert_array_equal(shift(images, -3)[:, :, :-3], images[:, :, 3:])


def test_blur():
    point = np.zeros((1, 9, 9, 2), np.uint8)
    point[0, 4, 4, 0] = 255
    blurred = blur(point, 1)
    assert blurred[..., 1].max() == 0, "channels stay apart"
    assert blurred[0, 4, 4, 0] == round(255 * 0.39905**2)  # the normal density at 0, cut off at 4 sigma
    assert abs(int(blurred.sum()) - 255) < 15
    with pytest.raises(ValueError, match="0 or more, got -1"):
        blur(point, -1)


def test_noise():
    grey = np.full((4, 64, 64, 3), 128, np.uint8)
    added = noise(grey, 10).astype(float) - 128
    assert abs(added.mean()) < 0.1
    assert added.std() == pytest.approx(10, rel=0.02)
    np.testing.assert_array_equal(noise(grey, 10), noise(grey, 10))
    assert not np.array_equal(noise(grey, 10), noise(grey, 10, seed=1))
    assert noise(np.full_like(grey, 250), 50).max() == 255
    with pytest.raises(ValueError, match="0 or more, got -1"):
        noise(grey, -1)


def test_numbers_by_place_are_normal_and_independent():
    """Each statistic within 3.5 of its standard errors."""
    normal = normal_at_places(256, 320)
    assert abs(normal.mean()) < 3.5 / normal.size**0.5
    assert normal.std() == pytest.approx(1, abs=3.5 / (2 * normal.size) ** 0.5)
    assert stats.kstest(normal.ravel(), "norm").pvalue > 0.01
    for numbers in (normal, normal**2):  # what is far from 0 has no neighbours that are, either
        for axis, steps in ((0, (1, 2, 8)), (1, (1, 2, 8)), (2, (1, 2))):
            for step in steps:
                along = np.moveaxis(numbers, axis, 0)
                before, after = along[:-step].ravel(), along[step:].ravel()
                assert abs(np.corrcoef(before, after)[0, 1]) < 3.5 / before.size**0.5, (axis, step)
    np.testing.assert_array_equal(normal_at_places(12, 10), normal[:12, :10])


def test_distort_adds_the_same_noise_in_any_strength():
    grey = np.full((40, 40, 3), 128, np.uint8)
    weak, strong = (distort(grey, (32, 32), noise=sigma).astype(float) - 128 for sigma in (10, 20))
    for sigma, added in ((10, weak), (20, strong)):
        assert abs(added.mean()) < 0.05 * sigma
        assert added.std() == pytest.approx(sigma, rel=0.03)
    assert np.abs(strong - 2 * weak).max() <= 1.5  # each is rounded
    turned = distort(grey, (32, 32), angle=30, right=4, noise=10).astype(float) - 128
    np.testing.assert_array_equal(turned, weak)  # it comes last
    np.testing.assert_array_equal(distort(grey, (32, 32)), grey[:32, :32])
    assert set(np.unique(distort(grey * 0 + 250, (32, 32), noise=128))) >= {0, 255}


def test_brighten():
    image = np.array([0, 100, 250], np.uint8).reshape(1, 1, 1, 3)
    assert brighten(image, 40).ravel().tolist() == [40, 140, 255]
    assert brighten(image, -40).ravel().tolist() == [0, 60, 210]


def test_the_middle_is_covered_or_kept(images):
    middle = (slice(None), slice(2, 6), slice(3, 7))
    covered, kept = cover_middle(images, 4), keep_middle(images, 4)
    assert (covered[middle] == 128).all()
    np.testing.assert_array_equal(kept[middle], images[middle])
    np.testing.assert_array_equal(np.where(covered == images, kept, covered), np.full_like(images, 128))
    with pytest.raises(ValueError, match="a side of at most 8, as the images have, got 9"):
        cover_middle(images, 9)


def test_shuffle_moves_whole_squares():
    images = np.arange(2 * 6 * 4).reshape(2, 6, 4, 1).astype(np.uint8)
    mixed = shuffle(images, 2)
    for before, after in zip(images, mixed, strict=True):
        squares = [
            {
                tuple(image[row : row + 2, column : column + 2].ravel())
                for row in (0, 2, 4)
                for column in (0, 2)
            }
            for image in (before, after)
        ]
        assert squares[0] == squares[1]
    assert not np.array_equal(mixed[1] - images[1, :1, :1], mixed[0]), "each image in its own way"
    with pytest.raises(ValueError, match="squares of 4 do not fill images of 6x4"):
        shuffle(images, 4)


def test_steps_by_chance_and_by_aim():
    """The aimed ones all darken the half that was brighter; those by chance come to nothing."""
    images = np.full((2, 32, 32, 3), 100, np.uint8)
    images[0, :, 16:] += 6
    images[1, :, :16] += 6
    labels, model = np.array([0, 1]), brighter_half((32, 32))
    aimed = aimed_steps(images, 4, model=model, labels=labels).astype(int) - images
    assert (aimed[0, :, 16:] == -4).all()
    assert (aimed[0, :, :16] == 4).all()
    np.testing.assert_array_equal(aimed[1], -aimed[0])
    chance = random_steps(images, 4).astype(int) - images
    assert set(np.unique(chance)) == {-4, 4}
    assert abs(chance.mean()) < 0.3
    split = Split(images, labels)
    assert robustness(model, split, "aimed steps", [0, 2, 4]).accuracy.tolist() == [1, 1, 0]
    assert robustness(model, split, "random steps", [4, 16]).accuracy.tolist() == [1, 1]
    with pytest.raises(ValueError, match="0 or more, got -1"):
        aimed_steps(images, -1, model=model, labels=labels)


def test_robustness():
    """Half a turn makes a network wrong that looks which half is brighter."""
    model = brighter_half()
    images = np.zeros((6, 8, 8, 3), np.uint8)
    labels = np.arange(6) % 2
    images[labels == 1, :, :4] = 200
    images[labels == 0, :, 4:] = 200
    turned = robustness(model, Split(images, labels), "rotation", [0, 90, 180, -30])
    assert turned.distortion == "rotation"
    np.testing.assert_array_equal(turned.by_class[[0, 2]], [[1, 1], [0, 0]])
    np.testing.assert_array_equal(turned.strengths, [0, 90, 180, -30])
    np.testing.assert_array_equal(turned.accuracy[[0, 2, 3]], [1, 0, 1])
    np.testing.assert_array_equal(turned.answers[[0, 2]], [[0.5, 0.5], [0.5, 0.5]])
    np.testing.assert_array_equal(
        robustness(model, Split(images[::2], labels[::2]), "rotation", [180]).answers, [[0, 1]]
    )
    usual = robustness(model, Split(images, labels), "blur")
    np.testing.assert_array_equal(usual.strengths, DISTORTIONS["blur"].strengths)
    np.testing.assert_array_equal(usual.accuracy, np.ones(6))
    with pytest.raises(
        ValueError, match="no distortion is called 'fog'; there is: rotation, rotation and back"
    ):
        robustness(model, Split(images, labels), "fog")
