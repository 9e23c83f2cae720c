"""The batches of a training: every image once, the right one-hot labels, changed as the recipe says."""

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset

from cnnbook.models import scale
from cnnbook.training import augment
from cnnbook.training.batches import Batches, epoch_batches
from cnnbook.training.recipes import recipe

SPLIT = tiny_dataset().full_train


def joined(batches):
    images, labels = zip(*(batches[step] for step in range(len(batches))), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def test_without_an_order_the_images_come_as_they_are():
    batches = Batches(SPLIT, classes=3, size=100)
    images, labels = joined(batches)
    assert [len(batches[step][0]) for step in range(len(batches))] == [100] * 6 + [40]
    np.testing.assert_array_equal(images, scale(SPLIT.images))
    np.testing.assert_array_equal(labels, np.eye(3)[SPLIT.labels])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"flip": "random"},
        {"shift": 2},
        {"rotation": 20},
        {"cutout": 3},
        {"flip": "alternating", "shift": 1, "rotation": 5, "cutout": 2},
    ],
)
def test_an_epoch_shows_every_image_once_and_changed_as_the_recipe_says(changes):
    changed, seed, epoch, count = recipe("tiny", **changes), 4, 1, len(SPLIT.labels)
    order = np.random.default_rng([seed, epoch]).permutation(count)
    mirrored = augment.FLIPS[changed.flip](seed, epoch, count)
    shifts = augment.random_shifts(seed, epoch, count, changed.shift)
    angles = augment.random_angles(seed, epoch, count, changed.rotation)
    squares = augment.random_squares(seed, epoch, count, changed.cutout, SPLIT.images.shape[1])
    turned = augment.rotate(augment.mirror(SPLIT.images, mirrored), angles)
    expected = augment.cut_out(augment.shift(turned, shifts), squares, changed.cutout)[order]
    images, labels = joined(epoch_batches(changed, SPLIT, 3, seed, epoch))
    np.testing.assert_array_equal(images, scale(expected))
    np.testing.assert_array_equal(labels, np.eye(3)[SPLIT.labels[order]])
    if not changes:
        np.testing.assert_array_equal(images, scale(SPLIT.images[order]))
    again, _ = joined(epoch_batches(changed, SPLIT, 3, seed, epoch + 1))
    assert (again != images).any()
