"""The book's networks, by name."""

import inspect
from collections.abc import Sequence

import numpy as np

from cnnbook import check
from cnnbook.backend import devices, keras

# What the article leaves open about its network. Found in short runs on images held out of the training
# images, and compared with others over 12 epochs on the validation images
# (cnnbook/recordings/ablations); never by the test images.
DROPOUT = (0.2, 0.3, 0.4, 0.4)  # after pool1, pool2, pool3 and the dense layer


def baseline(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    *,
    batch_normalization: bool = True,
    dropout: Sequence[float] = DROPOUT,
) -> keras.Model:
    """Build the article's network: six 3x3 convolutions in three blocks, then two dense layers.

    Args:
        input_shape: (rows, columns, channels) of an image.
        classes: how many probabilities it gives.
        batch_normalization: whether it follows each convolution and the first dense layer.
        dropout: four rates, after each pooling and the dense layer; where one is 0, there is no such layer.

    Returns:
        A model, not compiled, that takes (N, *input_shape) numbers from 0 to 1 (see `scale`) and returns
        (N, classes) probabilities.

    Raises:
        ValueError: `dropout` is not four rates from 0 to below 1.
    """
    if len(dropout) != 4 or not all(_kind(rate) == "number" and 0 <= rate < 1 for rate in dropout):
        raise ValueError(f"dropout is {dropout!r}, but it is four rates from 0 to below 1")
    layers = keras.layers

    def normalized(number):
        return [layers.BatchNormalization(name=f"bn{number}")] if batch_normalization else []

    def dropped(number):
        rate = dropout[number - 1]
        return [layers.Dropout(rate, name=f"drop{number}")] if rate else []

    stack = [keras.Input(input_shape)]
    for block, filters in enumerate((32, 64, 128), start=1):
        for number in (2 * block - 1, 2 * block):
            convolution = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}")
            stack += [convolution, *normalized(number)]
        stack += [layers.MaxPooling2D(2, name=f"pool{block}"), *dropped(block)]
    stack += [
        layers.Flatten(name="flatten"),
        layers.Dense(128, activation="relu", name="dense"),
        *normalized(7),
        *dropped(4),
        layers.Dense(classes, activation="softmax", name="probabilities", dtype="float32"),
    ]
    return keras.Sequential(stack, name="baseline")


def fast(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    *,
    width: float = 1.0,
    whitening: bool = True,
    identity: bool = True,
    batchnorm_scale: bool = False,
    activation: str = "gelu",
) -> keras.Model:
    """Build a network that learns in few epochs: three blocks of two 3x3 convolutions behind a 2x2 one.

    Args:
        input_shape: (rows, columns, channels) of an image.
        classes: how many probabilities it gives.
        width: 1 for the filters of the paper, 64, 256 and 256 in a block; 0.5 for half as many.
        whitening: the first convolution is frozen, for `whiten` to set; False: it learns as the others do.
        identity: the convolutions start with their inputs handed on unchanged; see `identity_kernel`.
        batchnorm_scale: whether batch normalization learns a scale too. The paper leaves it out: the weights
            behind it can scale as well.
        activation: GELU (D. Hendrycks and K. Gimpel, Gaussian Error Linear Units, 2016, arXiv 1606.08415), or
            another by its name in Keras: ReLU is cheaper.

    Returns:
        A model that takes and returns what `baseline` does.

    Raises:
        ValueError: `width` is not from 1/64 to 8.

    Source: K. Jordan, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, 2024 (arXiv 2404.00498).
    """
    if not 1 / 64 <= width <= 8:
        raise ValueError(f"width is {width}, but it is a share of the paper's filters, from 1/64 to 8")
    layers = keras.layers
    channels, size = input_shape[-1], 2
    first = layers.Conv2D(
        2 * size * size * channels,
        size,
        kernel_initializer=small_uniform(),
        name="whiten",
        trainable=not whitening,
    )
    stack = [keras.Input(input_shape), first, layers.Activation(activation, name=f"{activation}0")]
    for number, filters in enumerate((64, 64, 256, 256, 256, 256), start=1):
        stack.append(
            layers.Conv2D(
                round(filters * width),
                3,
                padding="same",
                use_bias=False,
                kernel_initializer="zeros" if identity else small_uniform(),
                name=f"conv{number}",
            )
        )
        if number % 2:
            stack.append(layers.MaxPooling2D(2, name=f"pool{(number + 1) // 2}"))
        stack += [
            # The paper's momentum is 0.6: its batches are four times as large as those of our recipe.
            layers.BatchNormalization(momentum=0.9, epsilon=1e-5, scale=batchnorm_scale, name=f"bn{number}"),
            layers.Activation(activation, name=f"{activation}{number}"),
        ]
    stack += [
        layers.GlobalMaxPooling2D(name="pool4"),
        layers.Dense(
            classes, use_bias=False, kernel_initializer=small_uniform(), name="logits", dtype="float32"
        ),
        layers.Rescaling(1 / 9, name="ninth", dtype="float32"),
        layers.Softmax(name="probabilities", dtype="float32"),
    ]
    model = keras.Sequential(stack, name="fast")
    if identity:
        for number in range(1, 7):
            kernel = model.get_layer(f"conv{number}").kernel
            kernel.assign(identity_kernel(kernel.shape))
    return model


def small_uniform() -> keras.initializers.Initializer:
    """Make weights by chance, uniform up to 1 / sqrt(inputs), as PyTorch starts its layers."""
    return keras.initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform")


def identity_kernel(shape: tuple[int, int, int, int]) -> np.ndarray:
    """Make weights of a convolution that hand each input channel on unchanged; further filters by chance.

    These are no initializer of ours: a saved network would name it, and could not be opened without it.

    Args:
        shape: (rows, columns, inputs, filters).

    Returns:
        float32 of that shape.

    Source: S. Zagoruyko and N. Komodakis, DiracNets, 2017 (arXiv 1706.00388).
    """
    *size, inputs, outputs = shape
    kernel = keras.ops.convert_to_numpy(small_uniform()(shape)).copy()
    handed_on = min(inputs, outputs)
    kernel[..., :handed_on] = 0
    kernel[size[0] // 2, size[1] // 2, range(handed_on), range(handed_on)] = 1
    return kernel


def whiten(model: keras.Model, images: np.ndarray) -> None:
    """Set the frozen layer "whiten" of `model`, where it has one.

    Over the patches of the first 5,000 images, the first half of its filters then gives numbers of mean 0
    that do not rise and fall together, the second half their negatives. Their variance is nearly 1, less
    where patches hardly vary: 1.00 to 0.54 on CIFAR-10.

    The filters are the eigenvectors of the covariance of the patches, each divided by the square root of
    its eigenvalue and a little. The paper's bias starts at 0 and learns for three epochs; this one takes the
    mean away and stays.

    Args:
        model: any network; only one with such a layer is changed.
        images: (N, H, W, C), whole numbers from 0 to 255.

    Source: Jordan, 2024, section 3.2 (arXiv 2404.00498), after D. Page, How to Train Your ResNet 8: Bag of
    Tricks, 2019.
    """
    layer = next((layer for layer in model.layers if layer.name == "whiten" and not layer.trainable), None)
    if layer is None:
        return
    size, images = layer.kernel_size, images[:5_000]
    count, total, products = 0, 0, 0
    for start in range(0, len(images), 100):  # what few images need stays in the processor's caches
        few = scale(images[start : start + 100]).astype(np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(few, size, axis=(1, 2))
        patches = np.moveaxis(windows, 3, -1).reshape(-1, np.prod(size) * images.shape[-1])
        count += len(patches)
        total += patches.sum(axis=0)
        products += patches.T @ patches
    mean = total / count
    values, vectors = np.linalg.eigh(products / count - np.outer(mean, mean))
    vectors = vectors[:, ::-1] / np.sqrt(values[::-1] + 3e-5)  # the last, of hardly any contrast, stay small
    kernel = np.concatenate([vectors, -vectors], axis=1)
    layer.set_weights([kernel.reshape(layer.kernel.shape), -mean @ kernel])


NETWORKS = {"baseline": baseline, "fast": fast}
ANY_SIZE = ("fast",)  # those that pool over the whole map at their end


def build(name: str, **options: object) -> keras.Model:
    """Build the network called `name`, with new weights.

    Args:
        name: a name in NETWORKS.
        options: arguments of that function, such as `batch_normalization=False`.

    Raises:
        ValueError: there is no network of that name, or no such option.
    """
    if name not in NETWORKS:
        raise ValueError(f"no network is called {name!r}; there is: {', '.join(NETWORKS)}")
    check_options(name, options)
    model = NETWORKS[name](**options)
    model.jit_compile = jit_compile()
    return model


def network_options(name: str) -> dict:
    """List what can be changed in the network called `name`: option -> what it is otherwise; see `build`."""
    arguments = inspect.signature(NETWORKS[name]).parameters.values()
    return {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}


def check_options(name: str, options: dict) -> None:
    """Refuse options that the network called `name` cannot have.

    Raises:
        ValueError: one that it does not have, or of another kind.
    """
    defaults = network_options(name)
    if unknown := options.keys() - defaults:
        raise ValueError(f"{name} has no option {', '.join(sorted(unknown))}")
    for option, value in options.items():
        if _kind(value) is None or _kind(value) != _kind(defaults[option]):
            raise ValueError(f"{option} is {value!r}, but it is something like {defaults[option]!r}")


def _kind(value):
    kinds = {"truth": bool, "number": (int, float), "list": (list, tuple), "text": str}
    return next((name for name, types in kinds.items() if isinstance(value, types)), None)


def multiply_adds(model: keras.Model) -> list[int]:
    """Count, of each layer, how many multiplications, each with its addition, one image takes.

    Those of convolutions and dense layers are counted, as is usual.
    """
    return [
        int(np.prod(layer.output.shape[1:-1]) * np.prod(layer.kernel.shape))
        if hasattr(layer, "kernel")
        else 0
        for layer in model.layers
    ]


def jit_compile() -> bool:
    """Say whether Keras should compile with XLA: not in TensorFlow on a CPU, three times slower then."""
    if keras.backend.backend() == "tensorflow":
        return not devices()[0].startswith("cpu")
    return keras.backend.backend() == "jax"


def scale(images: np.ndarray) -> np.ndarray:
    """Bring pixels to fractions, as the networks take them.

    Args:
        images: pixels of any shape, whole numbers from 0 to 255.

    Returns:
        float32 of that shape, 0 to 1.

    Raises:
        ValueError: fractions, and other numbers that bytes are not; see `cnnbook.check.pixels`.
    """
    return np.divide(check.pixels(images), 255, dtype=np.float32)


def describe(model: keras.Model) -> list[str]:
    """Write one line a layer: its name, its kind, and how many parameters it has, or a Dropout's rate."""
    return [
        f"{layer.name} {type(layer).__name__} {getattr(layer, 'rate', layer.count_params())}"
        for layer in model.layers
    ]
