"""The images of a training, batch by batch."""

from collections.abc import Callable

import numpy as np

from cnnbook import augment
from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.models import scale
from cnnbook.recipes import Recipe


class Batches(keras.utils.PyDataset):
    """The images of `split` in the order given, `size` at a time, with one-hot labels.

    Each batch is changed and scaled when its turn comes: as float32 all images of CIFAR-10 together take
    614 MB, and TensorFlow would make a second copy.

    change: from images (N, H, W, C) uint8 and their numbers in `split` (N,) to the images to train on.
    """

    def __init__(self, split: Split, classes: int, size: int, order=None, change: Callable | None = None):
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


def epoch_batches(plan: Recipe, split: Split, classes: int, seed: int, epoch: int) -> Batches:
    """The batches of one epoch, from 0, by the recipe `plan`.

    They depend on seed and epoch alone: a resumed training sees what an unstopped one sees.
    """
    images = len(split.labels)
    order = np.random.default_rng([seed, epoch]).permutation(images)
    if plan.flip == "none" and not plan.shift:
        return Batches(split, classes, plan.batch_size, order)
    mirrored = augment.FLIPS[plan.flip](seed, epoch, images)
    shifts = augment.random_shifts(seed, epoch, images, plan.shift)

    def change(batch, rows):
        return augment.shift(augment.mirror(batch, mirrored[rows]), shifts[rows])

    return Batches(split, classes, plan.batch_size, order, change)
