"""Copies of CIFAR-10, good and bad. Of a bad copy nothing runs, and the message names the batch."""

import bz2
import gzip
import inspect
import io
import lzma
import os
import pickle
import shutil
import sys
import tarfile
import traceback

import numpy as np
import pytest
from tiny_cifar10 import FOLDER, add, archive, tiny, write_folder

from cnnbook.data import DatasetUnavailable, cifar10, load_cifar10

__all__ = ["tiny"]  # a fixture


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A function that makes CNNBOOK_CIFAR10 name a folder of batches, or an archive (bytes)."""

    def copy(content):
        path = tmp_path / "copy"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write_folder(path, content)
        monkeypatch.setenv("CNNBOOK_CIFAR10", str(path))
        return path

    return copy


def refused(match):
    return pytest.raises(DatasetUnavailable, match=match)


def test_folder_and_archive_give_the_same_dataset(tiny, copy):
    folder = copy(tiny)
    first = load_cifar10()
    shutil.rmtree(folder)
    copy(archive(tiny))
    second = load_cifar10()
    assert first.checksum == second.checksum == cifar10.CHECKSUM
    for split in ("train", "validation", "test", "full_train"):
        for ours, theirs in zip(getattr(first, split), getattr(second, split), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_the_order_of_the_images_in_a_copy_does_not_matter(tiny, copy):
    copy(tiny)
    first = load_cifar10()
    rng = np.random.default_rng(0)
    pixels = np.concatenate([tiny[name][b"data"] for name in cifar10.BATCHES[:5]])
    labels = np.concatenate([tiny[name][b"labels"] for name in cifar10.BATCHES[:5]])
    order = rng.permutation(100)
    for start, name in zip(range(0, 100, 20), cifar10.BATCHES[:5], strict=True):
        chosen = order[start : start + 20]
        tiny[name] = {b"data": pixels[chosen], b"labels": labels[chosen]}
    copy(tiny)
    second = load_cifar10()
    assert first.checksum == second.checksum
    np.testing.assert_array_equal(first.train.images, second.train.images)
    np.testing.assert_array_equal(first.validation.images, second.validation.images)


def test_pixels_are_rows_of_red_green_blue(tiny, copy):
    copy(tiny)
    row = tiny["test_batch"][b"data"][0]
    image = np.stack([row[:1024], row[1024:2048], row[2048:]], axis=-1).reshape(32, 32, 3)
    dataset = load_cifar10()
    assert any(np.array_equal(image, other) for other in dataset.test.images)
    assert dataset.train.images.shape == (90, 32, 32, 3)
    assert dataset.train.images.dtype == np.uint8
    assert dataset.train.labels.dtype == np.int64
    assert np.bincount(dataset.validation.labels).tolist() == [1] * 10


def test_the_folder_around_the_folder_and_a_home_are_understood(tiny, tmp_path, monkeypatch):
    write_folder(tmp_path / "around" / FOLDER, tiny)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CNNBOOK_CIFAR10", "~/around")
    assert load_cifar10().checksum == cifar10.CHECKSUM


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_batches_that_python_3_wrote(tiny, copy, protocol):
    arrays = {name: pickle.dumps(batch, protocol) for name, batch in tiny.items()}
    copy(arrays)
    if protocol in (3, 4):
        assert load_cifar10().checksum == cifar10.CHECKSUM
    else:  # needs more than arrays: _codecs.encode, numpy._core.numeric._frombuffer
        with refused("data_batch_1 cannot be read as a batch.*was refused"):
            load_cifar10()


def test_arrays_in_other_orders_of_bytes_and_of_rows(tiny, copy):
    for name, dtype in zip(cifar10.BATCHES, ["<i8", ">i8", "i4", "u1", "u2", ">i2"], strict=True):
        batch = tiny[name]
        labels = np.array(batch[b"labels"], dtype)
        tiny[name] = change(batch, labels=labels, data=np.asfortranarray(batch[b"data"]))
    copy(tiny)
    assert load_cifar10().checksum == cifar10.CHECKSUM


def place(tmp_path, tiny, *names):
    """Write the archive under the last name, as it is or unpacked, into the folders before it."""
    path = tmp_path.joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress(archive(tiny)) if path.suffix == ".tar" else archive(tiny))


@pytest.mark.parametrize("name", [f"cifar-10-python{end}" for end in (".tar.gz", ".tar", " (1).tar.gz")])
@pytest.mark.parametrize("named", ["file", "folder", "folder around"])
def test_what_a_browser_saves(tiny, tmp_path, monkeypatch, name, named):
    names = ["around", "cifar-10-python", name]
    place(tmp_path, tiny, *names)
    path = tmp_path.joinpath(*names[: {"file": 3, "folder": 2, "folder around": 1}[named]])
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(path))
    assert load_cifar10().checksum == cifar10.CHECKSUM


def test_a_name_says_nothing_about_what_is_packed(tiny, tmp_path, monkeypatch):
    place(tmp_path, tiny, "a.tar")
    place(tmp_path, tiny, "b.tar.gz")
    for file, other in ("a.tar", "c.tar.gz"), ("b.tar.gz", "d.tar"):
        monkeypatch.setenv("CNNBOOK_CIFAR10", str((tmp_path / file).rename(tmp_path / other)))
        assert load_cifar10().checksum == cifar10.CHECKSUM


def test_a_good_copy_beside_a_bad_one(tiny, tmp_path, monkeypatch):
    write_folder(tmp_path / FOLDER, {"data_batch_1": b""})
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(tmp_path))
    with refused("data_batch_1 cannot be read"):
        load_cifar10()
    place(tmp_path, tiny, "cifar-10-python.tar")
    assert load_cifar10().checksum == cifar10.CHECKSUM


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("depth", [1, 8])
def test_an_archive_that_was_packed_again(tiny, copy, kind, depth):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=kind, pax_headers={"comment": "é"}) as tar:
        for name, batch in tiny.items():
            for inner in f"._{name}", name:  # macOS adds the first
                add(tar, f"{'a folder with its name/' * depth}{FOLDER}/{inner}", pickle.dumps(batch, 4))
    copy(file.getvalue())
    assert load_cifar10().checksum == cifar10.CHECKSUM


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["cifar-100-python/meta", "cifar-100-python/train"], "holds CIFAR-100, and"),
        (["cifar-10-batches-bin/data_batch_1.bin"], "holds the binary version of CIFAR-10, and"),
        (["cifar-10-batches-mat/data_batch_1.mat"], "holds the Matlab version of CIFAR-10, and"),
    ],
)
def test_another_version_is_called_by_its_name(tmp_path, monkeypatch, names, says):
    for name in names:
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / name).write_bytes(b"content")
    with tarfile.open(tmp_path / "archive", "w:gz") as tar:
        tar.add(tmp_path / "copy" / names[0], names[0])
    for path in (tmp_path / "copy" / names[0]).parent, tmp_path / "copy", tmp_path / "archive":
        monkeypatch.setenv("CNNBOOK_CIFAR10", str(path))
        with refused(f"{path.name} {says} the Python version of CIFAR-10 is needed") as error:
            load_cifar10()
        assert "cifar-10-python.tar.gz" in str(error.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [("~nosuchuser/x", "there is no such file"), ("/" + "x" * 300, "cannot be read .*name too long")],
)
def test_a_place_that_cannot_be_looked_at_and_one_message(monkeypatch, name, says):
    monkeypatch.setenv("CNNBOOK_CIFAR10", name)
    with refused(says) as error:
        load_cifar10()
    assert "".join(traceback.format_exception(error.value)).count("Traceback") == 1


def test_folders_that_lead_in_circles(tmp_path, monkeypatch):
    for name in "cifar-10-python", FOLDER:
        (tmp_path / name).symlink_to(tmp_path)
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(tmp_path))
    with refused(f"missing in {FOLDER}"):
        load_cifar10()


def test_a_place_that_does_not_exist(tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(tmp_path / "nowhere"))
    with refused("nowhere is not a good copy.*there is no such file or folder") as error:
        load_cifar10()
    assert len(str(error.value).splitlines()) == 3


def test_a_missing_batch(tiny, copy):
    del tiny["data_batch_4"], tiny["test_batch"]
    copy(tiny)
    with refused("data_batch_4, test_batch missing in copy"):
        load_cifar10()


def change(batch, **settings):
    return {**batch, **{key.encode(): value for key, value in settings.items()}}


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda batch: change(batch, data=batch[b"data"][:19]), r"holds uint8 \(19, 3072\), expected uint8"),
        (lambda batch: change(batch, data=batch[b"data"].astype(float)), "holds float64"),
        (lambda batch: change(batch, data=b"pixels"), "holds bytes, expected"),
        (lambda batch: change(batch, labels=batch[b"labels"][:-1]), r"has int64 labels \(19,\), not"),
        (lambda batch: change(batch, labels=[0.5] * 20), "has float64 labels"),
        (lambda batch: change(batch, labels=[[1, 2], [3]]), "cannot be read as a batch"),
        (lambda batch: change(batch, labels=[*range(19), -1]), "labels from -1 to 18, expected 0 to 9"),
        (lambda batch: change(batch, labels=[10] * 20), "labels from 10 to 10, expected 0 to 9"),
        (lambda batch: {b"data": batch[b"data"], b"fine_labels": batch[b"labels"]}, "b'labels'"),
        (lambda batch: ["not", "a", "batch"], "cannot be read as a batch"),
        (lambda batch: b"", "cannot be read as a batch"),
        (lambda batch: b"\x80\x04garbage", "cannot be read as a batch"),
        (lambda batch: pickle.dumps(batch, 4)[:-500], "cannot be read as a batch"),
        (lambda batch: change(batch, data=batch[b"data"] ^ 1), "images or labels in data_batch_3 are not"),
        (
            lambda batch: change(batch, labels=batch[b"labels"][::-1]),
            "images or labels in data_batch_3 are not",
        ),
    ],
)
def test_a_bad_batch_is_refused_by_name(tiny, copy, damage, says):
    tiny["data_batch_3"] = damage(tiny["data_batch_3"])
    copy(tiny)
    with refused(f"data_batch_3.*{says}" if "data_batch_3" not in says else says):
        load_cifar10()


def test_one_changed_pixel_and_one_batch_twice(tiny, copy):
    tiny["test_batch"][b"data"][7, 1000] ^= 1
    copy(tiny)
    with refused("in test_batch are not those published"):
        load_cifar10()
    tiny["test_batch"] = tiny["data_batch_1"]
    copy(tiny)
    with refused("in test_batch are not those published"):
        load_cifar10()


class Bomb:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("in_archive", [False, True])
def test_a_pickle_that_runs_code_does_not_run(tiny, copy, tmp_path, protocol, in_archive):
    mark = tmp_path / "it-ran"
    bomb = Bomb(os.system, f"{sys.executable} -c \"open(r'{mark}', 'w')\"")
    pickle.loads(pickle.dumps(bomb, protocol))
    assert mark.exists()  # the bomb works
    mark.unlink()
    tiny["data_batch_2"] = pickle.dumps({"data": bomb}, protocol)
    copy(archive(tiny) if in_archive else tiny)
    with refused("data_batch_2 cannot be read.*asks to run .*system, which was refused"):
        load_cifar10()
    assert not mark.exists()


@pytest.mark.parametrize("function", [eval, exec, getattr, __import__, open, np.load, np.memmap, type])
def test_a_pickle_names_nothing_but_arrays(tiny, copy, function):
    tiny["data_batch_1"] = pickle.dumps(Bomb(function, "1"), 4)
    copy(tiny)
    with refused("data_batch_1 cannot be read.*was refused"):
        load_cifar10()


def link(name, target, kind):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../outside"),
        tarfile.TarInfo("/etc/outside"),
        tarfile.TarInfo(f"{FOLDER}/../../outside"),
        link(f"{FOLDER}/test_batch", "/etc/passwd", tarfile.SYMTYPE),
        link(f"{FOLDER}/test_batch", "../../outside", tarfile.LNKTYPE),
        link(f"{FOLDER}/test_batch", "", tarfile.FIFOTYPE),
    ],
)
def test_a_member_that_points_outside_is_refused(tiny, copy, tmp_path, member):
    copy(archive(tiny, [member]))
    before = sorted(tmp_path.rglob("*"))
    with refused(f"holds '{member.name}', which is a link or points outside"):
        load_cifar10()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\3\4\x14", "a zip file"),
        (bz2.compress(b"tar"), "a bzip2 file"),
        (lzma.compress(b"tar"), "an xz file"),
        (pickle.dumps({b"data": b""}, 2), "a pickle, such as one batch alone"),
        (b"\n<!doctype HTML><title>Not found", "a Web page"),
        (b"<html>Sign in</html>", "a Web page"),
    ],
)
def test_a_file_of_another_kind_is_called_by_it(copy, start, kind):
    copy(start + bytes(1000))
    with refused(f"copy is {kind}, and no folder or tar archive"):
        load_cifar10()


@pytest.mark.parametrize(
    ("value", "odd"),
    [
        ('"{}"', "begins or ends with a quote"),
        (" {}", "begins or ends with a blank"),
        ("file://{}", "is an address"),
        ("$NOWHERE/{}", "holds a variable, which nothing has replaced"),
    ],
)
def test_an_odd_value_is_said_to_be_odd(tmp_path, monkeypatch, value, odd):
    monkeypatch.setenv("CNNBOOK_CIFAR10", value.format(tmp_path))
    with refused(rf"no such file or folder \(the value {odd}\)\."):
        load_cifar10()


@pytest.mark.parametrize("kept", [0, 0.00001, 0.001, 0.1, 0.5, 0.99])
def test_an_archive_cut_short(tiny, copy, kept):
    whole = archive(tiny)
    copy(whole[: int(kept * len(whole))])
    with refused("copy is damaged, cut short or cannot be read"):
        load_cifar10()


def test_an_archive_with_a_changed_byte_and_a_file_that_is_none(tiny, copy):
    whole = bytearray(archive(tiny))
    whole[len(whole) // 2] ^= 255
    copy(bytes(whole))
    with refused("is not a good copy of CIFAR-10"):
        load_cifar10()
    copy(b"Sign in")
    with refused("copy is damaged, cut short or cannot be read"):
        load_cifar10()


@pytest.mark.parametrize("name", ["cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"])
def test_an_archive_in_the_cache_of_keras_is_used_as_it_is(tiny, tmp_path, name):
    cached = tmp_path / "keras" / "datasets" / name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(archive(tiny))
    dataset = load_cifar10(url="http://localhost:9/never-asked")
    assert dataset.source == "cache of Keras"
    assert [path.name for path in cached.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", ["cifar-10-batches-py", f"cifar-10-batches-py-target/{FOLDER}"])
def test_a_folder_in_the_cache_of_keras_is_used_as_it_is(tiny, tmp_path, name):
    write_folder(tmp_path / "keras" / "datasets" / name, tiny)
    assert load_cifar10(url="http://localhost:9/never-asked").source == "cache of Keras"


def test_a_bad_copy_that_is_named_is_an_error_even_with_a_good_one_in_the_cache(tiny, copy, tmp_path):
    write_folder(tmp_path / "keras" / "datasets" / FOLDER, tiny)
    del tiny["data_batch_5"]
    copy(tiny)
    with refused("data_batch_5 missing"):
        load_cifar10()


def test_the_cache_is_where_keras_has_it():
    """A new Keras that renames it fails here."""
    import keras

    source = inspect.getsource(sys.modules[keras.datasets.cifar10.load_data.__module__])
    assert 'dirname = "cifar-10-batches-py-target"' in source
    assert cifar10.URL in source
    assert cifar10.ARCHIVE_SHA256 in source
