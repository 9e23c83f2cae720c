"""A network made ready for a training, and one epoch of it."""

import math
import time
from collections.abc import Callable

import numpy as np

from cnnbook.backend import draw_from, keras
from cnnbook.data import Split
from cnnbook.models import build, whiten
from cnnbook.runs import Diverged, finite_weights, named
from cnnbook.training.batches import Batches
from cnnbook.training.recipes import PRECISIONS, Recipe


def compiled_model(recipe: Recipe, train_split: Split, seed: int) -> keras.Model:
    """Build the network of a recipe, ready for its first epoch.

    Args:
        recipe: says which network, and how it is trained.
        train_split: the images that it will be trained on, by which some networks are whitened.
        seed: of its first weights, 0 to 2**32 - 1.
    """
    steps = recipe.epochs * recipe.steps_per_epoch(len(train_split.labels))
    keras.utils.set_random_seed(seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[recipe.precision])
    try:
        model = build(recipe.network, **recipe.options)
    finally:
        keras.config.set_dtype_policy(before)
    limit_momentum(model, steps)
    whiten(model, train_split.images)
    model.compile(
        optimizer=recipe.make_optimizer(steps),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        jit_compile=model.jit_compile,
    )
    model.optimizer.build(model.trainable_variables)  # a checkpoint holds its state
    return model


def limit_momentum(model: keras.Model, steps: int) -> None:
    """Have batch normalization's averages forget what they started with, in a training of so many steps.

    With momentum 0.99 two thirds of an average are still its start, 0 or 1, after 38 steps (fast mode's two
    epochs), and answers given by it are no better than chance. So the momentum is lowered where ten times the
    steps that it remembers, 1 / (1 - momentum), are more than there are: of the start no more than e^-10 is
    left. From 1,000 steps on 0.99 stays.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, max(0.0, 1 - 10 / steps))


def of_any_size(model: keras.Model) -> keras.Model:
    """Make a compiled network of the same layers and optimizer that takes images of any size."""
    other = keras.Sequential([keras.Input((None, None, model.input_shape[-1])), *model.layers])
    other.compile(model.optimizer, model.loss, metrics=["accuracy"], jit_compile=model.jit_compile)
    return other


def train_epoch(
    model: keras.Model,
    batches: Batches,
    validation: Batches | None,
    report: Callable[[int, float, dict[str, float]], None],
    seed: tuple[int, ...],
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Train `model` on every batch once.

    Args:
        model: as `compiled_model` returns it.
        batches: what to train on.
        validation: what to evaluate on at the end, or None.
        report: called as `report(step, seconds, logs)` after every step but the last, whose numbers are those
            returned.
        seed: see `cnnbook.backend.draw_from`.

    Returns:
        The means of this epoch with its seconds, those for `validation` included; and each batch's own
        numbers, float32, one array a quantity.

    Raises:
        Diverged: as soon as a number, or in the end a weight, is NaN or infinite.
    """
    start = time.monotonic()
    running = []  # what Keras tells: the means of the epoch so far
    smoothing = {"label_smoothing": model.loss.label_smoothing}

    def checked(logs, when):
        for key, value in logs.items():
            if not math.isfinite(value):
                raise Diverged(f"{key} is {value:g} {when}")
        return named(logs, smoothing)

    def step_ended(step, logs):
        logs = {key: float(value) for key, value in logs.items()}
        running.append(checked(logs, f"at step {step + 1} of {len(batches)}"))
        if step + 1 < len(batches):
            report(step + 1, time.monotonic() - start, running[-1])

    # Not before: to get ready, Keras draws numbers in the first epoch of a process, and in no other.
    steps = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: draw_from(*seed), on_train_batch_end=step_ended
    )
    full = batches[0][0].shape[1:] == model.input_shape[1:]
    learner = model if full else of_any_size(model)
    fitted = learner.fit(batches, shuffle=False, validation_data=validation, verbose=0, callbacks=[steps])
    seconds = time.monotonic() - start
    means = checked({key: float(values[0]) for key, values in fitted.history.items()}, "after the epoch")
    finite_weights(model)
    images = np.minimum(batches.size * np.arange(1, len(batches) + 1), len(batches.order))
    by_step = {
        key: np.diff(images * [logs[key] for logs in running], prepend=0) / np.diff(images, prepend=0)
        for key in running[0]
    }
    return means | {"seconds": seconds}, {key: values.astype(np.float32) for key, values in by_step.items()}
