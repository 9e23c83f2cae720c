"""What a trained network looks at."""

import numpy as np

from cnnbook.backend import keras


def feature_maps(model: keras.Model, images: np.ndarray, layer: str) -> np.ndarray:
    """What the layer called `layer` puts out for `images`.

    images: (N, H, W, C) as the model takes them (see `cnnbook.models.scale`).
    Returns (N, H', W', F) for a convolution or pooling layer, (N, F) for a dense one.
    Raises ValueError for an unknown layer.
    """
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    part = keras.Model(inputs, model.get_layer(layer).output)
    return keras.ops.convert_to_numpy(part(images, training=False))


def kernels(model: keras.Model, layer: str) -> np.ndarray:
    """The kernels of a convolution layer: (height, width, input channels, filters).

    Raises ValueError for an unknown layer or one without kernels.
    """
    found = model.get_layer(layer)
    if not hasattr(found, "kernel"):
        raise ValueError(f"{layer!r} is a {type(found).__name__} layer, which has no kernels")
    return keras.ops.convert_to_numpy(found.kernel)
