"""What chapter 5 says of the recorded network's filter 3 beyond what its cells print."""

import os
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnnbook.data import load_cifar10
from cnnbook.runs import RECORDED, load_arrays

BOOK = Path(__file__).parents[2] / "book"
TEXT = " ".join(
    "\n".join(c.source for c in nbformat.read(BOOK / "05-activation.ipynb", as_version=4).cells).split()
)


@pytest.fixture(scope="module")
def weights():
    return load_arrays(RECORDED / "baseline" / "weights.npz")


def test_what_the_file_keeps_of_its_variance_is_0(weights):
    assert weights["bn1/moving_mean"][3] == weights["bn1/moving_variance"][3] == 0
    smallest = np.nextafter(np.float16(0), np.float16(1), dtype=np.float16)
    for name in ("bn1/moving_mean", "bn1/moving_variance"):  # stored with 16 bits
        np.testing.assert_array_equal(weights[name].astype(np.float16), weights[name])
    assert "0 means less than 0.00000003" in TEXT
    assert float(smallest) / 2 == pytest.approx(3e-8, rel=0.01)


def test_it_changed_more_than_most_in_the_last_epoch():
    before, after = load_arrays(RECORDED / "baseline" / "replay.npz")["filters"][-2:].astype(float)
    largest = np.abs(after - before).max(axis=(0, 1, 2))
    assert (largest > largest[3]).sum() == 2
    assert f"changed by {largest[3]:.4f}, the third largest change among the 32 filters" in TEXT
    assert f"the median is {np.median(largest):.4f}" in TEXT


@pytest.mark.skipif("CNNBOOK_CIFAR10" not in os.environ, reason="needs the real CIFAR-10")
def test_where_it_fires_on_the_training_images(weights):
    data = load_cifar10()
    kernel, bias = weights["conv1/kernel"][..., 3], weights["conv1/bias"][3]
    places = images = count = 0
    for split in (data.train, data.validation):
        for start in range(0, len(split.images), 2_500):
            batch = np.divide(split.images[start : start + 2_500], 255, dtype=np.float32)
            padded = np.pad(batch, ((0, 0), (1, 1), (1, 1), (0, 0)))
            sums = bias + sum(padded[:, i : i + 32, j : j + 32] @ kernel[i, j] for i, j in np.ndindex(3, 3))
            places += int((sums > 0).sum())
            images += int((sums > 0).any(axis=(1, 2)).sum())
            count += sums.size
    said = re.search(
        r"On the 50,000 training images of CIFAR-10, those kept for validation among them, "
        r"it fires at (\d+) of (\d+) million places, on (\d+)",
        TEXT,
    )
    assert [int(number) for number in said.groups()] == [places, count // 10**6, images]
