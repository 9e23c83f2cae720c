"""A network and a data set that train in a second, and the command line with both.

`python tiny.py train tiny ...` is `python -m cnnbook train tiny ...`, slowed down so that it can be killed.
"""

import sys
import time
from dataclasses import replace

import numpy as np

from cnnbook.backend import keras
from cnnbook.data import Dataset, Split
from cnnbook.models import NETWORKS
from cnnbook.recipes import BASELINE, RECIPES


def tiny_model():
    """What a resumed training must get right, in 8x8 pixels: moving averages, dropout, Adam."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv1"),
            layers.BatchNormalization(momentum=0.8, name="bn1"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.3, name="drop1"),
            layers.Dense(3, activation="softmax", name="probabilities"),
        ],
        name="tiny",
    )


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


NETWORKS["tiny"] = tiny_model
RECIPES["tiny"] = replace(BASELINE, network="tiny", learning_rate=0.004)

if __name__ == "__main__":
    from cnnbook import __main__ as command
    from cnnbook import training

    def slowed(report):
        def slow_report(progress):
            report(progress)
            time.sleep(0.1)

        return slow_report

    train = training.train
    training.train = lambda *arguments, report, **options: train(*arguments, report=slowed(report), **options)
    command.load_dataset = tiny_dataset
    sys.exit(command.main())
