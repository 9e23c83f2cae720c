"""The book's networks, by name."""

import numpy as np

from cnnbook.backend import keras

# What the article leaves open about its network. A judgement from short runs on images held out of the
# training images (cnnbook/runs/choices.json), never from the test images.
DROPOUT = (0.2, 0.3, 0.4, 0.4)  # after pool1, pool2, pool3 and the dense layer
BATCH_SIZE = 64
LEARNING_RATE = 0.001  # Adam's usual one, at the first step; see `adam`


def baseline(input_shape=(32, 32, 3), classes=10) -> keras.Model:
    """The article's network: six 3x3 convolutions in three blocks, then two dense layers.

    Takes (N, *input_shape) numbers from 0 to 1 (see `scale`), returns (N, classes) probabilities. The
    model is not compiled.
    """
    layers = keras.layers
    stack = [keras.Input(input_shape)]
    for block, (filters, rate) in enumerate(zip((32, 64, 128), DROPOUT[:3], strict=True), start=1):
        for number in (2 * block - 1, 2 * block):
            stack += [
                layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}"),
                layers.BatchNormalization(name=f"bn{number}"),
            ]
        stack += [layers.MaxPooling2D(2, name=f"pool{block}"), layers.Dropout(rate, name=f"drop{block}")]
    stack += [
        layers.Flatten(name="flatten"),
        layers.Dense(128, activation="relu", name="dense"),
        layers.BatchNormalization(name="bn7"),
        layers.Dropout(DROPOUT[3], name="drop4"),
        layers.Dense(classes, activation="softmax", name="probabilities"),
    ]
    return keras.Sequential(stack, name="baseline")


MODELS = {"baseline": baseline}


def build(name: str) -> keras.Model:
    """The network called `name`, with new weights. Raises ValueError where there is none of that name."""
    if name not in MODELS:
        raise ValueError(f"no network is called {name!r}; there is: {', '.join(MODELS)}")
    model = MODELS[name]()
    model.jit_compile = jit_compile()
    return model


def adam(steps: int) -> keras.optimizers.Optimizer:
    """Adam with a learning rate that falls in a straight line from LEARNING_RATE to 0 over `steps` batches.

    The article does not tell of it. With a constant rate the accuracy on held-out images jumps up and down
    by a percent or so from one epoch to the next (cnnbook/runs/choices.json).
    Source: https://keras.io/api/optimizers/learning_rate_schedules/
    """
    falling = keras.optimizers.schedules.PolynomialDecay(LEARNING_RATE, steps, end_learning_rate=0.0)
    return keras.optimizers.Adam(falling)


def jit_compile() -> bool:
    """Whether Keras should compile with XLA: not in TensorFlow on a CPU, where that is three times slower."""
    if keras.backend.backend() == "tensorflow":
        return not keras.distribution.list_devices()[0].startswith("cpu")
    return keras.backend.backend() == "jax"


def scale(images: np.ndarray) -> np.ndarray:
    """Pixels (..., uint8) as the networks take them: float32 from 0 to 1."""
    return np.divide(images, 255, dtype=np.float32)


def describe(model: keras.Model) -> list[str]:
    """One line a layer: its name, its kind, and how many parameters it has, or a Dropout's rate."""
    return [
        f"{layer.name} {type(layer).__name__} {getattr(layer, 'rate', layer.count_params())}"
        for layer in model.layers
    ]
