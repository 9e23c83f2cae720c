"""CIFAR-10: find it, check it to the last pixel, and never run what comes with it.

Source: A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. It has no licence, so no copy of it comes with the book.
"""

import gzip
import hashlib
import os
import re
import tarfile
import zlib
from pathlib import PurePosixPath

import numpy as np

from cnnbook.data.dataset import Dataset, DatasetUnavailable, Split, assemble, in_hash_order
from cnnbook.data.download import DownloadError, download, unfinished
from cnnbook.data.pickles import read_arrays
from cnnbook.system import expanded, keras_home

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
ARCHIVE_SIZE = 170_498_071  # bytes
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

# Bytes, a quarter and more above the true sizes: 31 million a batch, 186 million the archive unpacked.
LARGEST_BATCH = 40_000_000
LARGEST_UNPACKED = 300_000_000

# By the names of their files and folders.
OTHER_VERSIONS = {
    "CIFAR-100": r"cifar-100-.*|meta|fine_label_names\.txt",
    "the binary version of CIFAR-10": r"cifar-10-bin.*|cifar-10-batches-bin|.*_batch.*\.bin",
    "the Matlab version of CIFAR-10": r"cifar-10-matlab.*|cifar-10-batches-mat|.*_batch.*\.mat",
}

# By the first bytes of a file.
NO_ARCHIVES = {
    "a zip file": rb"PK\x03\x04",
    "a bzip2 file": rb"BZh[1-9]1AY",
    "an xz file": rb"\xfd7zXZ",
    "a pickle, such as one batch alone": rb"\x80[\x02-\x05]",
    "a Web page": rb"(?i)\s*<(!doctype|html)",
}

# By a path where nothing is.
NO_PATHS = {
    "begins or ends with a quote": r"^['\"]|['\"]$",
    "begins or ends with a blank": r"^\s|\s$",
    "is an address": r"^\w\w+:/",
    "holds a variable, which nothing has replaced": r"\$|%\w+%",
}


class _NotCifar10(Exception):
    """What is wrong with a copy, in one sentence without an end."""


def load_cifar10(url: str = URL) -> Dataset:
    """Load CIFAR-10: 45,000 training, 5,000 validation and 10,000 test images.

    It is looked for in this order: what CNNBOOK_CIFAR10 names, which is the official archive (a browser may
    have unpacked its .gz), an extracted folder, or a folder in which one of them lies; the cache of Keras
    (in $KERAS_HOME or ~/.keras); a download of 170 MB from `url`, saved where Keras finds it too. A copy is
    checked to the last pixel and label. Its images are put in an order of their own (see `in_hash_order`),
    so every copy gives the same Dataset.

    Args:
        url: where to download the archive from.

    Raises:
        DatasetUnavailable: there is no copy, or it is not CIFAR-10. A bad copy that CNNBOOK_CIFAR10 names is
            an error, whatever else there is; one in the cache is, where the download fails, too.
    """
    named = os.environ.get("CNNBOOK_CIFAR10")
    if named:
        try:
            path = expanded(named)
            return _load(_copies(path) or [path], "local copy")
        except _NotCifar10 as error:
            raise DatasetUnavailable(
                f"CNNBOOK_CIFAR10={named} is not a good copy of CIFAR-10: {error}.\n"
                f"Set it to the official archive ({URL}) or to the folder extracted from it.\n"
                "Or unset it, and the cache of Keras or a download is used."
            ) from None
    problem = "CIFAR-10 is not on this machine"
    datasets = keras_home() / "datasets"
    copies = _copies(datasets) if os.path.isdir(datasets) else []
    try:
        if copies:
            return _load(copies, "cache of Keras")
    except _NotCifar10 as error:  # Keras does not trust a damaged copy either: it downloads again
        problem = f"The copy of CIFAR-10 in {datasets} is not a good one ({error})"
    archive = datasets / "cifar-10-batches-py-target_archive"
    try:
        if str(datasets).startswith("~"):
            raise OSError("the home folder is not known")
        download(url, archive, ARCHIVE_SHA256, ARCHIVE_SIZE)
        return _load([archive], "official download")
    except OSError as error:
        reason = f"{datasets} cannot be written ({error}). Set KERAS_HOME to a folder that can"
    except (DownloadError, _NotCifar10) as error:
        reason = f"the download failed ({error})"
        if unfinished(archive).exists():
            reason += ". The next try goes on where this one ended"
    raise DatasetUnavailable(
        f"{problem}, and {reason}.\n"
        f"If you have a copy, set CNNBOOK_CIFAR10 to the official archive ({URL}) or its extracted folder.\n"
        "If not, set CNNBOOK_DATASET=digits: the book then runs on the handwritten digits of scikit-learn."
    )


def _copies(place, depth=2):
    """Return what can be a copy in a place: itself, or what Keras or a browser has put into that folder."""
    if not os.path.isdir(place) or any(os.path.isfile(place / name) for name in BATCHES):
        return [place]
    copies = []
    for names in "cifar-10-batches-py*", "cifar-10-python*":  # Keras has changed the name more than once
        for inner in sorted(place.glob(names)) if depth else ():
            if inner.suffix != ".partial":  # what earlier editions left of a download
                copies += _copies(inner, depth - 1) or [inner]
    return copies


def _load(copies, source):
    """Return the Dataset of the first good copy. Raises _NotCifar10 with what is wrong with each."""
    problems = []
    for copy in copies:
        try:
            return _read(copy, source)
        except _NotCifar10 as error:
            problems.append(str(error))
    raise _NotCifar10("; ".join(problems))


def _read(path, source):
    batches, other_version = {}, None
    for name, content in _contents(path):
        if content is None:
            other_version = other_version or _other_version(name)
        else:
            batches[name] = _parse(name, content)
    missing = [name for name in BATCHES if name not in batches]
    if missing and other_version:
        raise _NotCifar10(f"{path.name} holds {other_version}, and the Python version of CIFAR-10 is needed")
    if missing:
        raise _NotCifar10(f"{', '.join(missing)} missing in {path.name}")
    train = Split(*map(np.concatenate, zip(*(batches[name] for name in BATCHES[:5]), strict=True)))
    dataset = assemble("CIFAR-10", NAMES, source, train, batches["test_batch"], VALIDATION_PER_CLASS)
    if dataset.checksum != CHECKSUM:
        strange = [
            name
            for name, content in _contents(path)
            if content is not None and not _is_known(name, content, batches[name])
        ]
        if strange:
            raise _NotCifar10(f"images or labels in {', '.join(strange)} are not those published")
        raise _NotCifar10("its batches come from copies in different orders, so images are missing or double")
    return dataset


def _other_version(name):
    """Return which other version of the data holds a file or folder of this name, or None."""
    versions = (version for version, names in OTHER_VERSIONS.items() if re.fullmatch(names, name))
    return next(versions, None)


def _contents(path):
    """Yield the name of each file in an archive or a folder, and its bytes where it is a batch, or None."""
    try:
        path.stat()  # says why, where it cannot be looked at
        if path.is_dir():
            yield from _folder_contents(path)
        elif path.is_file():
            yield from _archive_contents(path)
        else:
            raise FileNotFoundError
    except (FileNotFoundError, NotADirectoryError):
        odd = next(
            (f" (the value {odd})" for odd, sign in NO_PATHS.items() if re.search(sign, str(path))), ""
        )
        raise _NotCifar10(f"there is no such file or folder{odd}") from None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise _NotCifar10(f"{path.name} is damaged, cut short or cannot be read ({error})") from None


def _folder_contents(path):
    for inner in sorted(path.iterdir()):
        if inner.name in BATCHES and inner.is_file():
            with inner.open("rb") as file:
                yield inner.name, _batch(inner.name, file, inner.stat().st_size)
        else:
            yield inner.name, None


def _archive_contents(path):
    """Nothing is extracted to disk. An archive with any link, or any member placed outside it, is refused."""
    with path.open("rb") as file:
        start = file.read(100)
    for kind, sign in NO_ARCHIVES.items():
        if re.match(sign, start):
            raise _NotCifar10(f"{path.name} is {kind}, and no folder or tar archive, packed with gzip or not")
    opener = gzip.open if start.startswith(b"\x1f\x8b") else open  # some browsers unpack it as they save it
    with opener(path, "rb") as file:
        for name, member in _members(file):
            place = PurePosixPath(name)
            plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
            if place.is_absolute() or ".." in place.parts or not (plain or member.isdir()):
                raise _NotCifar10(f"the archive holds {name!r}, which is a link or points outside it")
            if plain and place.name in BATCHES:
                yield place.name, _batch(place.name, file, member.size)
            else:
                yield place.name, None


def _members(file):
    """Yield the name of each member of an open archive, and its header; its content is next in the file.

    An open `tarfile` reads what a header announces, be it a name of 6 GiB.
    """
    long_name = None
    while not (header := file.read(tarfile.BLOCKSIZE)) or any(header):  # at the end there is a block of zeros
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        name, start = long_name or member.name, file.tell()
        if member.size < 0:
            raise tarfile.ReadError(f"{name!r} has {member.size:,} bytes")
        if start + member.size > LARGEST_UNPACKED:
            size = f"{start + member.size:,} bytes up to {name!r}"
            raise _NotCifar10(f"the archive holds {size}, and all of CIFAR-10 has 186 million")
        if member.type in (b"L", b"x"):  # GNU's and pax's notes about the next member
            note = file.read(min(member.size, 100_000)).decode("utf-8", "surrogateescape")
            found = re.search(r"(.*)\0" if member.type == b"L" else r"\d path=(.*)\n", note)
            long_name = found and found[1]
        elif member.type != b"g":  # a note about all members
            yield name, member
            long_name = None
        file.seek(start + member.size + -member.size % tarfile.BLOCKSIZE)


def _batch(name, file, size):
    """Return the bytes of a batch, which are read only where there are no more than it can have."""
    if size > LARGEST_BATCH:
        raise _NotCifar10(f"{name} has {size:,} bytes, and a batch of CIFAR-10 has 31 million")
    content = file.read(size)
    if len(content) < size:
        raise EOFError(f"{name} ends after {len(content):,} of {size:,} bytes")
    return content


def _parse(name, content):
    """Return the images and labels of one batch. A row has 1,024 red values, then 1,024 green, 1,024 blue."""
    try:
        batch = read_arrays(content)
        pixels, labels = batch[b"data"], batch[b"labels"]
        if not isinstance(labels, np.ndarray):
            if not all(type(label) in (int, float) for label in labels):
                raise TypeError("a label is no number")
            labels = np.array(labels)
    except Exception as error:  # a damaged pickle can raise anything
        reason = re.sub("[^ -~]+", " ", f"{type(error).__name__}: {error}")[:200]  # of which a file has a say
        raise _NotCifar10(f"{name} cannot be read as a batch ({reason})") from None
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
