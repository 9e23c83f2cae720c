"""A data set that a network learns in a second; it needs no Keras."""

import numpy as np

from cnnbook.data import Dataset, Split


def tiny_dataset(seed=0):
    """Three classes of 8x8 images: rather red, green, blue. 640 to learn from, 64 of them held out."""
    random = np.random.default_rng(seed)
    labels = np.arange(800) % 3
    images = random.integers(0, 200, (800, 8, 8, 3))
    images[np.arange(800), :, :, labels] += 55
    images = images.astype(np.uint8)
    return Dataset(
        name="tiny",
        class_names=("red", "green", "blue"),
        source="made by a test",
        checksum=f"checksum {seed}",
        full_train=Split(images[:640], labels[:640]),
        validation_size=64,
        test=Split(images[640:], labels[640:]),
    )
