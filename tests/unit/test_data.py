"""Data sets by name, their splits and checksums; photographs and digits; the real CIFAR-10 where it is."""

import subprocess
import sys
import time

import numpy as np
import pytest
from tiny_cifar10 import REAL

from cnnbook import data
from cnnbook.data import DatasetUnavailable, cifar10, load_cifar10, load_dataset, load_digits32, photo
from cnnbook.data.dataset import Split, assemble


def identities(split):
    return [image.tobytes() + bytes([label]) for image, label in zip(*split, strict=True)]


@pytest.fixture(scope="module")
def real():
    return load_cifar10()


@REAL
def test_the_real_cifar10_is_whole_and_split_evenly(real):
    sizes = {"full_train": 50_000, "train": 45_000, "validation": 5_000, "test": 10_000}
    for name, size in sizes.items():
        split = getattr(real, name)
        assert split.images.shape == (size, 32, 32, 3)
        assert split.images.dtype == np.uint8
        assert np.bincount(split.labels).tolist() == [size // 10] * 10
    assert real.checksum == cifar10.CHECKSUM
    assert (real.name, len(real.class_names), real.class_names[3]) == ("CIFAR-10", 10, "cat")
    assert sorted(identities(real.train) + identities(real.validation)) == sorted(identities(real.full_train))


@REAL
def test_the_order_of_the_real_cifar10_has_no_pattern(real):
    """Neighbours share a class as often as chance has it, so a run may read the images as they come."""
    same = np.mean(real.train.labels[1:] == real.train.labels[:-1])
    assert 0.09 < same < 0.11


@REAL
def test_the_real_cifar10_in_fast_mode_is_a_part_of_it(real, monkeypatch):
    monkeypatch.setenv("CNNBOOK_FAST", "1")
    monkeypatch.delenv("CNNBOOK_DATASET", raising=False)
    part = load_dataset()
    assert [len(getattr(part, split).labels) for split in ("train", "validation", "test")] == [1000, 200, 500]
    assert part.source.endswith("a part of it: 1,000 training, 200 validation and 500 test images")
    assert part.checksum != real.checksum
    for split in ("train", "validation", "test"):
        assert set(identities(getattr(part, split))) <= set(identities(getattr(real, split)))
        assert len(set(np.bincount(getattr(part, split).labels))) == 1


@REAL
def test_the_real_cifar10_loads_fast():
    start = time.process_time()
    load_cifar10()
    assert time.process_time() - start < 6  # seconds of one processor; 1 for a folder, 3 for an archive


def random_split(rng, size):
    return Split(rng.integers(0, 256, (size, 4, 4, 3), np.uint8), np.arange(size) % 5)


def shuffled(rng, split):
    order = rng.permutation(len(split.labels))
    return Split(split.images[order], split.labels[order])


def test_a_dataset_and_its_checksum_do_not_depend_on_the_order():
    rng = np.random.default_rng(0)
    train, test = random_split(rng, 100), random_split(rng, 50)
    first = assemble("any", "abcde", "here", train, test, 2)
    second = assemble("any", "abcde", "there", shuffled(rng, train), shuffled(rng, test), 2)
    assert first.checksum == second.checksum
    assert identities(first.validation) == identities(second.validation)
    assert identities(first.train) == identities(second.train)
    assert np.bincount(first.validation.labels).tolist() == [2] * 5
    assert np.bincount(first.train.labels).tolist() == [18] * 5


def test_a_checksum_sees_a_pixel_a_label_and_a_swap_of_train_and_test():
    rng = np.random.default_rng(0)
    train, test = random_split(rng, 50), random_split(rng, 50)
    checksums = {assemble("any", "abcde", "", train, test, 2).checksum}
    checksums.add(assemble("any", "abcde", "", test, train, 2).checksum)
    train.images[3, 1, 2, 0] ^= 1
    checksums.add(assemble("any", "abcde", "", train, test, 2).checksum)
    train.labels[7] = (train.labels[7] + 1) % 5
    checksums.add(assemble("any", "abcde", "", train, test, 2).checksum)
    assert len(checksums) == 4


def test_digits_are_real_and_the_same_on_every_machine():
    dataset = load_digits32()
    sizes = [len(getattr(dataset, name).labels) for name in ("train", "validation", "test", "full_train")]
    assert sizes == [1297, 200, 300, 1497]
    assert dataset.train.images.shape == (1297, 32, 32, 3)
    assert dataset.train.images.dtype == np.uint8
    assert dataset.train.labels.dtype == np.int64
    assert np.bincount(dataset.validation.labels).tolist() == [20] * 10
    assert np.bincount(dataset.test.labels).tolist() == [30] * 10
    assert dataset.checksum == "2fd8eaee7dc180db12aa786a4940e10218f6a49d361378ba61843ad7bac9edd2"
    assert not set(identities(dataset.test)) & set(identities(dataset.full_train))


def test_a_digit_is_its_scan_enlarged():
    from sklearn.datasets import load_digits

    scans = load_digits()
    for label in range(10):
        image = data.digit(label, 3)
        scan = scans.images[scans.target == label][3]
        assert (image.shape, image.dtype) == ((32, 32, 3), np.uint8)
        blocks = image[..., 0].reshape(8, 4, 8, 4).mean(axis=(1, 3)) / 255 * 16
        assert np.corrcoef(blocks.ravel(), scan.ravel())[0, 1] > 0.97
    with pytest.raises(ValueError, match="from 0 to 9, got 10"):
        data.digit(10)
    with pytest.raises(ValueError, match=r"from 0 to 181 \(scans of a 1\), got 182"):
        data.digit(1, 182)


@pytest.mark.parametrize("name", data.PHOTOS)
def test_photographs_come_with_the_packages(name):
    image = photo(name)
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert image.dtype == np.uint8
    assert min(image.shape[:2]) >= 300
    assert image.std() > 20  # a picture, not a plain


def test_an_unknown_photograph_names_those_there_are():
    assert "cat" in data.PHOTOS
    with pytest.raises(ValueError, match=r"no photograph 'dog'\. Choose one of: cat, astronaut"):
        photo("dog")


def test_the_data_set_is_chosen_by_name_and_never_silently(monkeypatch, tmp_path):
    monkeypatch.delenv("CNNBOOK_FAST", raising=False)
    monkeypatch.setenv("CNNBOOK_DATASET", "digits")
    assert load_dataset().name == "digits"
    monkeypatch.setenv("CNNBOOK_DATASET", "mnist")
    with pytest.raises(ValueError, match=r"CNNBOOK_DATASET=mnist names no data set.*cifar10, digits"):
        load_dataset()
    monkeypatch.delenv("CNNBOOK_DATASET")
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetUnavailable):
        load_dataset()


def test_fast_mode_takes_what_there_is(monkeypatch):
    monkeypatch.setenv("CNNBOOK_DATASET", "digits")
    monkeypatch.setenv("CNNBOOK_FAST", "1")
    assert data.fast_mode()
    part = load_dataset()
    assert part.source.endswith("a part of it: 1,000 training, 200 validation and 300 test images")
    assert np.bincount(part.train.labels).tolist() == [100] * 10
    monkeypatch.setenv("CNNBOOK_FAST", "0")
    assert not data.fast_mode()


def test_importing_the_package_imports_no_framework():
    code = (
        "import sys, cnnbook, cnnbook.ops, cnnbook.data;"
        "print([name for name in ('keras', 'tensorflow', 'sklearn', 'skimage') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
