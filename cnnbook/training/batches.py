"""The images of a training, batch by batch."""

from collections.abc import Callable

import numpy as np

from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.models import scale
from cnnbook.training import augment
from cnnbook.training.recipes import Recipe


class Batches(keras.utils.PyDataset):
    """The images of `split` in the order given, `size` at a time, with one-hot labels.

    Each batch is changed and scaled when its turn comes: as float32 all images of CIFAR-10 together take
    614 MB, and TensorFlow would make a second copy.

    Args:
        split: the images.
        classes: how many there are.
        size: images in a batch.
        order: numbers of images in `split`; by default all, as they come.
        change: from images (N, H, W, C) uint8 and their numbers in `split` (N,) to the images to train on.
    """

    def __init__(
        self,
        split: Split,
        classes: int,
        size: int,
        order: np.ndarray | None = None,
        change: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    ):
        # With one thread Keras leaves it to TensorFlow (2.21) when to prepare what, and that often slept for
        # half a minute before it let go of an epoch. On JAX, with two, a resumed training ends otherwise.
        super().__init__(workers=2 if keras.backend.backend() == "tensorflow" else 1)
        self.split, self.classes, self.size, self.change = split, classes, size, change
        self.order = np.arange(len(split.labels)) if order is None else order

    def __len__(self):
        return -(-len(self.order) // self.size)

    def __getitem__(self, step):
        rows = self.order[step * self.size : (step + 1) * self.size]
        images = self.split.images[rows]
        if self.change:
            images = self.change(images, rows)
        return scale(images), keras.utils.to_categorical(self.split.labels[rows], self.classes)


def epoch_batches(recipe: Recipe, split: Split, classes: int, seed: int, epoch: int) -> Batches:
    """Make the batches of one epoch.

    They depend on seed and epoch alone: a resumed training sees what an unstopped one sees.

    Args:
        recipe: says how many images a batch has, and how they are changed.
        split: the images to train on.
        classes: how many there are.
        seed: of the training.
        epoch: from 0.
    """
    images = len(split.labels)
    order = np.random.default_rng([seed, epoch]).permutation(images)
    small = recipe.small if epoch < recipe.epochs // 2 else 0
    if recipe.flip == "none" and not any((recipe.shift, recipe.rotation, recipe.cutout, small)):
        return Batches(split, classes, recipe.batch_size, order)
    mirrored = augment.FLIPS[recipe.flip](seed, epoch, images)
    angles = augment.random_angles(seed, epoch, images, recipe.rotation)
    shifts = augment.random_shifts(seed, epoch, images, recipe.shift)
    squares = augment.random_squares(seed, epoch, images, recipe.cutout, split.images.shape[1])

    def change(batch, rows):
        batch = augment.mirror(batch, mirrored[rows])
        if recipe.rotation:
            batch = augment.rotate(batch, angles[rows])
        batch = augment.shift(batch, shifts[rows])
        if recipe.cutout:
            batch = augment.cut_out(batch, squares[rows], recipe.cutout)
        return augment.shrink(batch, small) if small else batch

    return Batches(split, classes, recipe.batch_size, order, change)
