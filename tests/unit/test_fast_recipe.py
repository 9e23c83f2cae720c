"""The fast recipe: whitened inputs, smoothed labels, and where it goes on when it was stopped."""

from dataclasses import replace

import numpy as np
import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset
from tiny_training import assert_same_run, quiet, stop_in

from cnnbook import models
from cnnbook.analysis.evaluation import evaluate
from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.training import recipe, train
from cnnbook.training.batches import epoch_batches
from cnnbook.training.epoch import compiled_model

any_backend = pytest.mark.backends


NARROW = {"epochs": 2, "width": 0.125, "batch_size": 64}


@pytest.fixture(scope="module")
def photos():
    """160 images of CIFAR-10's size."""
    random = np.random.default_rng(0)
    split = Split(random.integers(0, 256, (160, 32, 32, 3)).astype(np.uint8), np.arange(160) % 10)
    return replace(tiny_dataset(), class_names=tuple("abcdefghij"), full_train=split, test=split)


@pytest.fixture(scope="module")
def fast(photos, tmp_path_factory):
    """A run of the fast recipe, of few filters, that was never stopped."""
    return train("fast", photos, folder=tmp_path_factory.mktemp("fast"), report=quiet, **NARROW)


@any_backend
def test_the_fast_recipe_goes_on_where_it_was_stopped(tmp_path, photos, fast):
    with pytest.raises(KeyboardInterrupt):
        train("fast", photos, folder=tmp_path, report=stop_in(2, 1), **NARROW)
    assert_same_run(train("fast", photos, folder=tmp_path, report=quiet, **NARROW), fast)


@any_backend
def test_images_are_small_in_the_first_half_of_the_epochs(tmp_path, photos):
    small = NARROW | {"small": 16, "activation": "relu"}
    changed = recipe("fast", **small)
    first = [epoch_batches(changed, photos.full_train, 10, 0, epoch)[0][0] for epoch in (0, 1)]
    assert [images.shape[1:3] for images in first] == [(16, 16), (32, 32)]
    with pytest.raises(KeyboardInterrupt):
        train("fast", photos, folder=tmp_path / "stopped", report=stop_in(2, 1), **small)
    stopped = train("fast", photos, folder=tmp_path / "stopped", report=quiet, **small)
    assert_same_run(stopped, train("fast", photos, folder=tmp_path, report=quiet, **small))


@any_backend
def test_steps_of_few_digits_keep_weights_and_answers_of_float32(tmp_path, photos):
    rough = NARROW | {"precision": "bfloat16"}
    model = compiled_model(recipe("fast", **rough), photos.full_train, seed=0)
    assert {layer.compute_dtype for layer in model.layers} == {"bfloat16", "float32"}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32", "what a reader builds next is as ever"
    with pytest.raises(KeyboardInterrupt):
        train("fast", photos, folder=tmp_path / "stopped", report=stop_in(2, 1), **rough)
    run = train("fast", photos, folder=tmp_path / "stopped", report=quiet, **rough)
    assert_same_run(run, train("fast", photos, folder=tmp_path, report=quiet, **rough))
    answers = evaluate(run.model(), photos.test)
    assert (answers.accuracy, answers.loss) == (run.results["test_accuracy"], run.results["test_loss"])


@any_backend
def test_the_fast_recipe_whitens_by_its_training_images_and_keeps_that(photos, fast):
    model = models.build("fast", width=0.125)
    models.whiten(model, photos.full_train.images)
    trained = fast.model().get_layer("whiten").get_weights()
    for weight, expected in zip(trained, model.get_layer("whiten").get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-5)


@any_backend
def test_the_fast_recipe_learns_from_smoothed_labels(photos, fast):
    """A fifth of each label is spread over ten classes."""
    narrow = recipe("fast", **NARROW)
    model = compiled_model(narrow, photos.full_train, seed=0)
    images, labels = epoch_batches(narrow, photos.full_train, 10, seed=0, epoch=0)[0]
    logarithms = np.log(keras.ops.convert_to_numpy(model(images, training=True)))
    loss = -np.mean(np.sum((0.8 * labels + 0.02) * logarithms, axis=1))
    assert fast.steps()["smoothed_loss"][0] == pytest.approx(loss, rel=1e-4)
