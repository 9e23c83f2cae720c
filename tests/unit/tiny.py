"""A network that trains in a second on the data of `tiny_data`; to import this puts it among the book's."""

from dataclasses import replace

from cnnbook.backend import keras
from cnnbook.models import NETWORKS
from cnnbook.training.recipes import BASELINE, RECIPES


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


NETWORKS["tiny"] = tiny_model
RECIPES["tiny"] = replace(BASELINE, network="tiny", learning_rate=0.004)
