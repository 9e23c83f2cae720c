"""A CIFAR-10 of 120 images, to try every way to damage it in a moment; whether the real one is there."""

import hashlib
import io
import os
import pickle
import struct
import tarfile

import numpy as np
import pytest

from cnnbook.data import cifar10
from cnnbook.data.dataset import Split, assemble, in_hash_order

FOLDER = "cifar-10-batches-py"
REAL = pytest.mark.skipif(
    not os.environ.get("CNNBOOK_CIFAR10"), reason="CNNBOOK_CIFAR10 does not say where the real CIFAR-10 is"
)


def batches():
    """Return the content of the six batches, 20 images each."""
    rng = np.random.default_rng(10)
    labels = [label % 10 for label in range(20)]
    return {
        name: {b"data": rng.integers(0, 256, (20, 3072), np.uint8), b"labels": list(labels)}
        for name in cifar10.BATCHES
    }


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """The batches, and a cnnbook.data.cifar10 that takes them for CIFAR-10, with an empty cache of Keras."""
    content = batches()
    splits = {
        name: Split(
            batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy(), np.array(batch[b"labels"])
        )
        for name, batch in content.items()
    }
    train = Split(*map(np.concatenate, zip(*(splits[name] for name in cifar10.BATCHES[:5]), strict=True)))
    whole = assemble("CIFAR-10", cifar10.NAMES, "", train, splits["test_batch"], 1)
    known = {
        name: hashlib.sha256(b"".join(in_hash_order(split)[1])).hexdigest()[:16]
        for name, split in splits.items()
    }
    monkeypatch.setattr(cifar10, "IMAGES_PER_BATCH", 20)
    monkeypatch.setattr(cifar10, "VALIDATION_PER_CLASS", 1)
    monkeypatch.setattr(cifar10, "CHECKSUM", whole.checksum)
    monkeypatch.setattr(cifar10, "KNOWN_CONTENT", known)
    monkeypatch.setattr(cifar10, "ARCHIVE_SHA256", hashlib.sha256(archive(content)).hexdigest())
    monkeypatch.setattr(cifar10, "ARCHIVE_SIZE", len(archive(content)))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("CNNBOOK_CIFAR10", raising=False)
    return content


def write_folder(folder, content):
    """Write batches (dictionaries, or bytes as they are) as an extracted folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, batch in content.items():
        (folder / name).write_bytes(batch if isinstance(batch, bytes) else pickle.dumps(batch, protocol=4))
    return folder


def archive(content, extra=()):
    """Return an archive like the official one: batches as Python 2 pickled them, and a page of text."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        members = {"readme.html": b"<html></html>", **content}
        for name, batch in members.items():
            add(tar, f"{FOLDER}/{name}", batch if isinstance(batch, bytes) else python2_pickle(batch))
        for member in extra:
            tar.addfile(member)
    data = bytearray(file.getvalue())
    data[4:8] = bytes(4)  # no time of day in the header, so the same bytes every time
    return bytes(data)


def add(tar, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def python2_pickle(batch):
    """Return {b"data": array, b"labels": list} as Python 2 pickled it: protocol 2, every text a str."""

    def text(content):
        short = len(content) < 256
        return (b"U" + bytes([len(content)]) if short else b"T" + struct.pack("<i", len(content))) + content

    def integer(number):
        return b"J" + struct.pack("<i", number)

    pixels = batch[b"data"]
    rows, columns = map(integer, pixels.shape)
    dtype = b"cnumpy\ndtype\n" + text(b"u1") + integer(0) + integer(1) + b"\x87R"
    dtype += b"(" + integer(3) + text(b"|") + b"NNN" + integer(-1) + integer(-1) + integer(0) + b"tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
    array += integer(0) + b"\x85" + text(b"b") + b"\x87R"
    array += b"(" + integer(1) + rows + columns + b"\x86" + dtype + b"\x89" + text(pixels.tobytes()) + b"tb"
    labels = b"](" + b"".join(map(integer, batch[b"labels"])) + b"e"
    return b"\x80\x02}(" + text(b"labels") + labels + text(b"data") + array + b"u."
