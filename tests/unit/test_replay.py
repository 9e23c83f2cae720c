"""Probabilities in one byte each keep the network's answer."""

import numpy as np

from cnnbook.training.replay import append, quantized


def test_quantized_keeps_every_answer():
    random = np.random.default_rng(0)
    sharp = random.dirichlet(np.full(10, 0.1), 5000)
    close = np.array([[0.4, 0.4002, 0.1998], [0.4, 0.3998, 0.2002], [0.4998, 0.5002, 0.0], [1 / 3] * 3])
    for probabilities in (sharp, np.full((3, 10), 0.1), close, np.eye(4)):
        kept = quantized(probabilities)
        assert kept.dtype == np.uint8
        np.testing.assert_array_equal(kept.argmax(axis=1), probabilities.argmax(axis=1))
        np.testing.assert_allclose(kept / 255, probabilities, atol=1.5 / 255)


def test_append():
    replay = append({}, {"a": np.zeros((2, 3), np.uint8)})
    replay = append(replay, {"a": np.ones((2, 3), np.uint8)})
    np.testing.assert_array_equal(replay["a"][:, 0, 0], [0, 1])
    assert replay["a"].dtype == np.uint8
