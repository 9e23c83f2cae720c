"""Evaluations of networks with known answers."""

import numpy as np
import pytest

from cnnbook.analysis.evaluation import Evaluation, evaluate
from cnnbook.backend import keras
from cnnbook.data import Split

pytestmark = pytest.mark.backends


@pytest.fixture
def evaluation():
    """Five images of three classes, none of class 2: two right, three wrong."""
    probabilities = np.array(
        [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.0, 0.05, 0.95], [0.2, 0.2, 0.6]]
    )
    return Evaluation(probabilities, np.array([0, 1, 1, 1, 0]))


def test_accuracy_and_confusion(evaluation):
    assert evaluation.correct == 2
    assert evaluation.accuracy == 0.4
    np.testing.assert_array_equal(evaluation.confusion, [[1, 0, 1], [1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(evaluation.per_class_accuracy, [1 / 2, 1 / 3, np.nan])


def test_precision_and_recall(evaluation):
    """Answers: 0, 1, 0, 2, 2; truth: 0, 1, 1, 1, 0."""
    np.testing.assert_array_equal(evaluation.per_class_recall, [1 / 2, 1 / 3, np.nan])
    np.testing.assert_array_equal(evaluation.per_class_precision, [1 / 2, 1, 0])
    never_two = Evaluation(np.array([[0.9, 0.05, 0.05], [0.4, 0.6, 0]]), np.array([0, 2]))
    np.testing.assert_array_equal(never_two.per_class_precision, [1, 0, np.nan])
    np.testing.assert_array_equal(never_two.per_class_recall, [1, np.nan, 0])


def test_calibration(evaluation):
    """Confidences 0.7 and 0.8, right, 0.6, 0.95 and 0.6, wrong."""
    calibration = evaluation.calibration(bins=4)
    np.testing.assert_array_equal(calibration.edges, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(calibration.images, [0, 0, 3, 2])
    np.testing.assert_allclose(calibration.confidence, [np.nan, np.nan, 1.9 / 3, 0.875])
    np.testing.assert_allclose(calibration.accuracy, [np.nan, np.nan, 1 / 3, 1 / 2])
    assert calibration.error == pytest.approx((3 * 0.3 + 2 * 0.375) / 5)


def test_calibration_at_the_limits():
    sure = Evaluation(np.array([[1, 0], [0, 1], [0.5, 0.5]], np.float32), np.array([0, 1, 1]))
    np.testing.assert_array_equal(sure.calibration(2).images, [1, 2])
    assert sure.calibration(2).error == pytest.approx(0.5 / 3)
    assert Evaluation(np.eye(3), np.arange(3)).calibration().error == 0
    assert Evaluation(np.eye(3), np.array([1, 2, 0])).calibration().error == 1
    with pytest.raises(ValueError, match="number of bins to be a whole number, 1 or more, got 0"):
        sure.calibration(0)


def test_calibration_of_answers_as_often_right_as_they_say():
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 100_000)
    labels = (random.uniform(size=100_000) > confidence).astype(int)
    assert Evaluation(np.stack([confidence, 1 - confidence], axis=1), labels).calibration().error < 0.01


def test_loss(evaluation):
    assert evaluation.loss == pytest.approx(-np.log([0.7, 0.8, 0.3, 0.05, 0.2]).mean())
    sure_and_wrong = Evaluation(np.array([[1.0, 0.0]]), np.array([1]))
    assert sure_and_wrong.loss == pytest.approx(-np.log(1e-7))


def test_most_confident_mistakes(evaluation):
    np.testing.assert_array_equal(evaluation.most_confident_mistakes(2), [3, 2])
    np.testing.assert_array_equal(evaluation.most_confident_mistakes(10), [3, 2, 4])


def test_evaluate_asks_about_every_image_and_scales_it():
    """A network that says class 1 as surely as the image is bright."""
    inputs = keras.Input((2, 2, 3))
    brightness = keras.layers.GlobalAveragePooling2D()(inputs)[:, :1]
    model = keras.Model(inputs, keras.ops.concatenate([1 - brightness, brightness], axis=1))
    images = np.zeros((1001, 2, 2, 3), np.uint8)
    images[::2] = 255
    evaluation = evaluate(model, Split(images, np.arange(1001) % 2))
    assert evaluation.probabilities.shape == (1001, 2)
    np.testing.assert_array_equal(evaluation.confusion, [[0, 501], [500, 0]])
    model_is_right = evaluate(model, Split(images, 1 - np.arange(1001) % 2))
    assert model_is_right.accuracy == 1.0
    assert model_is_right.loss == pytest.approx(0, abs=1e-6)


def test_mirrored_answers_are_the_mean_of_both():
    """A network that says class 1 as surely as the left column is bright."""
    inputs = keras.Input((1, 2, 1))
    left = keras.layers.Flatten()(inputs)[:, :1]
    model = keras.Model(inputs, keras.ops.concatenate([1 - left, left], axis=1))
    split = Split(np.array([[[[255], [0]]], [[[255], [255]]]], np.uint8), np.array([1, 1]))
    np.testing.assert_allclose(evaluate(model, split).probabilities[:, 1], [1, 1])
    np.testing.assert_allclose(evaluate(model, split, mirrored=True).probabilities[:, 1], [0.5, 1])
