"""Mirrored and moved images: which, by how much, and that nothing else changes."""

import numpy as np
import pytest

from cnnbook.analysis import robustness
from cnnbook.data import pictures
from cnnbook.data.pictures import GREY
from cnnbook.training.augment import (
    FLIPS,
    cut_out,
    mirror,
    random_angles,
    random_shifts,
    random_squares,
    rotate,
    shift,
    shrink,
)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)


def test_alternating_flip_shows_every_image_both_ways_in_two_epochs():
    epochs = [FLIPS["alternating"](0, epoch, 1000) for epoch in range(4)]
    assert 400 < epochs[0].sum() < 600
    np.testing.assert_array_equal(epochs[1], ~epochs[0])
    np.testing.assert_array_equal(epochs[2:], epochs[:2])
    assert (FLIPS["alternating"](1, 0, 1000) != epochs[0]).any()


def test_random_flip_repeats_about_half_of_the_images():
    first, second = (FLIPS["random"](0, epoch, 1000) for epoch in range(2))
    assert 400 < (first == second).sum() < 600
    np.testing.assert_array_equal(first, FLIPS["random"](0, 0, 1000))


def test_no_flip():
    assert not FLIPS["none"](0, 3, 1000).any()


def test_random_shifts():
    shifts = random_shifts(0, 0, 2000, 2)
    assert shifts.shape == (2000, 2)
    assert set(np.unique(shifts)) == {-2, -1, 0, 1, 2}
    assert {tuple(pair) for pair in shifts} == {(i, j) for i in range(-2, 3) for j in range(-2, 3)}
    np.testing.assert_array_equal(shifts, random_shifts(0, 0, 2000, 2))
    assert (shifts != random_shifts(0, 1, 2000, 2)).any()
    assert not random_shifts(0, 0, 10, 0).any()


def test_mirror_changes_only_what_it_is_told_to(images):
    mirrored = mirror(images, np.array([True, False, True, False, False, False]))
    np.testing.assert_array_equal(mirrored[[0, 2]], images[[0, 2], :, ::-1])
    np.testing.assert_array_equal(mirrored[[1, 3, 4, 5]], images[[1, 3, 4, 5]])


def test_shift_moves_down_and_right_and_reflects_the_border(images):
    moved = shift(images, np.array([[1, 2], [-1, 0], [0, -2], [2, 2], [0, 0], [-2, 1]]))
    assert moved.shape == images.shape
    assert moved.dtype == np.uint8
    np.testing.assert_array_equal(moved[0, 1:, 2:], images[0, :-1, :-2])
    np.testing.assert_array_equal(moved[0, 0, 2:], images[0, 1, :-2])
    np.testing.assert_array_equal(moved[0, 1:, 0], images[0, :-1, 2])
    np.testing.assert_array_equal(moved[1, :-1], images[1, 1:])
    np.testing.assert_array_equal(moved[1, -1], images[1, -2])
    np.testing.assert_array_equal(moved[2, :, :-2], images[2, :, 2:])
    np.testing.assert_array_equal(moved[4], images[4])
    np.testing.assert_array_equal(moved[5, :-2, 1:], images[5, 2:, :-1])


@pytest.mark.parametrize(
    ("pixels", "side"), [(32, 1), (32, 9), (32, 24), (32, 31), (32, 32), (8, 3), (8, 24), (128, 127)]
)
def test_shrink_gets_the_pixels_of_the_shrunk_picture(pixels, side):
    images = np.random.default_rng(0).integers(0, 256, (50, pixels, pixels, 3), np.uint8)
    images[::2] = images[::2, :1, :1] % 2 + 254  # large sums, near to each other
    small = shrink(images, side)
    assert small.dtype == np.uint8
    np.testing.assert_array_equal(small, [pictures.shrink(image, side) for image in images])


def test_random_squares_lie_wherever_they_fit():
    squares = random_squares(0, 0, 2000, 4, 7)
    assert {tuple(first) for first in squares} == {(i, j) for i in range(4) for j in range(4)}
    np.testing.assert_array_equal(squares, random_squares(0, 0, 2000, 4, 7))
    assert (squares != random_squares(0, 1, 2000, 4, 7)).any()
    assert not random_squares(0, 0, 10, 7, 7).any()
    with pytest.raises(ValueError, match="cutout is 8, but the images have 7 pixels a side"):
        random_squares(0, 0, 10, 8, 7)


def test_cut_out_covers_a_square_and_nothing_else(images):
    first = np.array([[0, 0], [2, 4], [1, 3], [0, 4], [2, 0], [1, 1]])
    before, covered = images.copy(), cut_out(images, first, 3)
    for image, (row, column) in zip(images, first, strict=True):
        image[row : row + 3, column : column + 3] = GREY
    np.testing.assert_array_equal(covered, images)
    assert (covered != before).any(axis=(1, 2, 3)).all()


def test_random_angles():
    angles = random_angles(0, 0, 2000, 30)
    assert angles.shape == (2000,)
    assert -30 <= angles.min() < -29
    assert 29 < angles.max() <= 30
    assert abs(angles.mean()) < 1
    np.testing.assert_array_equal(angles, random_angles(0, 0, 2000, 30))
    assert (angles != random_angles(0, 1, 2000, 30)).all()


def test_rotate_turns_each_image_by_its_angle(images):
    square = np.concatenate([images, images], axis=1)[:, :7]
    turned = rotate(square, np.array([0, 90, 180, 20, -35.5, 0]))
    assert turned.dtype == np.uint8
    np.testing.assert_array_equal(turned[[0, 5]], square[[0, 5]])
    np.testing.assert_array_equal(turned[1], np.rot90(square[1]))
    for row, angle in ((3, 20), (4, -35.5)):
        np.testing.assert_array_equal(turned[row], robustness.rotate(square[row : row + 1], angle)[0])
