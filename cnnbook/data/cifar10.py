"""CIFAR-10: find it, check it to the last pixel, and never run what comes with it.

Source: A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. It has no licence, so no copy of it comes with the book.
"""

import hashlib
import os
import pickle
import tarfile
import zlib
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np

from cnnbook.data.dataset import DatasetUnavailable, Split, assemble, in_hash_order
from cnnbook.data.download import DownloadError, download

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
CHECKSUM = "f08f3fc8e9e44e051211a4e932c7b19cc739dedc35a38a2b568cc33faeffb522"  # see `assemble`

BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
IMAGES_PER_BATCH = 10_000
VALIDATION_PER_CLASS = 500

# Only to say which batch of a wrong copy is the wrong one: the MD5 of each file as published, and the start
# of the SHA-256 of the sorted image hashes of each batch in the copy that the project's own machines use,
# which holds the same images in another order.
KNOWN_FILES = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
KNOWN_CONTENT = {
    "data_batch_1": "e15b6e5544727004",
    "data_batch_2": "8b3742e2c699535d",
    "data_batch_3": "4a88d868e480724c",
    "data_batch_4": "e4a739086833ae57",
    "data_batch_5": "2cf32c95a9741613",
    "test_batch": "65a6ffe079453e51",
}


class _NotCifar10(Exception):
    """What is wrong with a copy, in one sentence without an end."""


def load_cifar10(url=URL):
    """Return CIFAR-10 as a Dataset: 45,000 training, 5,000 validation and 10,000 test images.

    It is looked for in this order: the official archive or an extracted folder that CNNBOOK_CIFAR10 names;
    the cache of Keras ($KERAS_HOME or ~/.keras); a download of 170 MB from `url`, saved where Keras finds it
    too. A copy is checked to the last pixel and label. Its images are put in an order of their own (see
    `in_hash_order`), so every copy gives the same Dataset.

    Raises DatasetUnavailable, saying what to do, where there is no copy or it is not CIFAR-10. A bad copy
    that CNNBOOK_CIFAR10 names is an error, whatever else there is.
    """
    named = os.environ.get("CNNBOOK_CIFAR10")
    if named:
        try:
            return _load(Path(named).expanduser(), "local copy")
        except _NotCifar10 as error:
            raise DatasetUnavailable(
                f"CNNBOOK_CIFAR10={named} is not a good copy of CIFAR-10: {error}.\n"
                f"Set it to the official archive ({URL}) or to the folder extracted from it.\n"
                "Or unset it, and the cache of Keras or a download is used."
            ) from error
    datasets = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
    for copy in sorted(datasets.glob("cifar-10-batches-py*")):  # Keras has changed the name more than once
        try:
            return _load(copy, "cache of Keras")
        except _NotCifar10:
            continue  # Keras does not trust a damaged copy either: it downloads again
    archive = datasets / "cifar-10-batches-py-target_archive"
    try:
        download(url, archive, ARCHIVE_SHA256)
        return _load(archive, "official download")
    except OSError as error:
        reason = f"{datasets} cannot be written ({error}). Set KERAS_HOME to a folder that can"
    except (DownloadError, _NotCifar10) as error:
        reason = f"the download failed ({error})"
    raise DatasetUnavailable(
        f"CIFAR-10 is not on this machine, and {reason}.\n"
        f"If you have a copy, set CNNBOOK_CIFAR10 to the official archive ({URL}) or its extracted folder.\n"
        "If not, set CNNBOOK_DATASET=digits: the book then runs on the handwritten digits of scikit-learn."
    )


def _load(path, source):
    batches = {name: _parse(name, content) for name, content in _contents(path)}
    missing = [name for name in BATCHES if name not in batches]
    if missing:
        raise _NotCifar10(f"{', '.join(missing)} missing in {path.name}")
    train = Split(*map(np.concatenate, zip(*(batches[name] for name in BATCHES[:5]), strict=True)))
    dataset = assemble("CIFAR-10", NAMES, source, train, batches["test_batch"], VALIDATION_PER_CLASS)
    if dataset.checksum != CHECKSUM:
        strange = [name for name, content in _contents(path) if not _is_known(name, content, batches[name])]
        if strange:
            raise _NotCifar10(f"images or labels in {', '.join(strange)} are not those published")
        raise _NotCifar10("its batches come from copies in different orders, so images are missing or double")
    return dataset


def _contents(path):
    """Yield the name and the bytes of each batch in an archive or a folder."""
    try:
        if path.is_file():
            yield from _archive_contents(path)
        elif path.is_dir():
            inner = path / "cifar-10-batches-py"
            folder = inner if inner.is_dir() else path
            for name in BATCHES:
                if (folder / name).is_file():
                    yield name, (folder / name).read_bytes()
        else:
            raise _NotCifar10("there is no such file or folder")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise _NotCifar10(f"{path.name} is damaged, cut short or cannot be read ({error})") from error


def _archive_contents(path):
    """Nothing is extracted to disk. An archive with any link, or any member placed outside it, is refused."""
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            place = PurePosixPath(member.name)
            if place.is_absolute() or ".." in place.parts or not (member.isfile() or member.isdir()):
                raise _NotCifar10(f"the archive holds {member.name!r}, which is a link or points outside it")
            if member.isfile() and place.name in BATCHES:
                yield place.name, archive.extractfile(member).read()


class _ArraysOnly(pickle.Unpickler):
    """Builds dictionaries, lists, numbers, bytes and NumPy arrays; any other name in a pickle is refused."""

    _reconstruct = np.empty(0).__reduce__()[0]  # its module is numpy.core before NumPy 2, numpy._core since
    allowed = {  # noqa: RUF012
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    }

    def find_class(self, module, name):
        if (module, name) not in self.allowed:
            raise pickle.UnpicklingError(f"it asks to run {module}.{name}, which was refused")
        return self.allowed[module, name]


def _parse(name, content):
    """Return the images and labels of one batch. A row has 1,024 red values, then 1,024 green, 1,024 blue."""
    try:
        batch = _ArraysOnly(BytesIO(content), encoding="bytes").load()
        pixels, labels = batch[b"data"], np.asarray(batch[b"labels"])
    except Exception as error:  # a damaged pickle can raise anything
        raise _NotCifar10(f"{name} cannot be read as a batch ({type(error).__name__}: {error})") from error
    expected = (IMAGES_PER_BATCH, 3 * 32 * 32)
    if getattr(pixels, "shape", None) != expected or pixels.dtype != np.uint8:
        got = f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise _NotCifar10(f"{name} holds {got}, expected uint8 {expected}")
    if labels.shape != expected[:1] or labels.dtype.kind not in "iu":
        raise _NotCifar10(f"{name} has {labels.dtype} labels {labels.shape}, not integers {expected[:1]}")
    if labels.min() < 0 or labels.max() > 9:
        raise _NotCifar10(f"{name} holds labels from {labels.min()} to {labels.max()}, expected 0 to 9")
    red_green_blue = np.split(pixels, 3, axis=1)
    return Split(np.stack(red_green_blue, axis=-1).reshape(-1, 32, 32, 3), labels)


def _is_known(name, content, batch):
    if hashlib.md5(content, usedforsecurity=False).hexdigest() == KNOWN_FILES[name]:
        return True
    return hashlib.sha256(b"".join(in_hash_order(batch)[1])).hexdigest().startswith(KNOWN_CONTENT[name])
