"""Files that were made to crash Python or to fill its memory, in the place of CIFAR-10."""

import gzip
import os
import pickle
import subprocess
import sys
import tarfile

import numpy as np
from tiny_cifar10 import FOLDER, write_folder


def reduced(function, arguments, state):
    """Return what pickles as a call of `function` and its `__setstate__`."""

    class Call:
        def __reduce__(self):
            return function, arguments, state

    return Call()


def hostile_pickles():
    """Pickles that name NumPy's arrays alone, or nothing, and crash or drown a Python that runs them."""
    reconstruct = np.empty(0).__reduce__()[0]
    pointers = reduced(np.dtype, ("O8", False, True), (3, "|", None, None, None, -1, -1, 0))
    objects = reduced(reconstruct, (np.ndarray, (0,), b"b"), (1, (2,), pointers, False, b"A" * 16))
    nested = b"".join(b"](h%ch%ceq%c" % (n, n, n + 1) for n in range(40))
    yield pickle.dumps({b"labels": [objects], b"data": b""}, 4), "holds an array of 'O8'"
    yield b"\x80\x02}N\x85" + b"\x85" * 2_000_000 + b"Ns.", "more instructions than"  # tuples in each other
    yield b"\x80\x02}N\x85" + b"\x85" * 90_000 + b"Ns.", "unhashable type"
    doubled = b"".join(b"q%ch%ch%c\x86" % (n, n, n) for n in range(59))  # keys that take hours to hash
    yield b"\x80\x02}(N" + doubled + b"u.", "unhashable type"
    yield b"\x80\x02}r\xff\xff\xff\xff.", "KeyError"  # a memo of 4 billion
    yield b"\x80\x02}(C\x06labels](](K\x01eq\x00" + nested + b"eC\x04dataNu.", "a label is no number"


def test_hostile_files_neither_crash_nor_drown_python(tmp_path):
    """In one process that may take 3 GB: it would be gone with the first that succeeds."""
    expected = {}
    for number, (content, says) in enumerate(hostile_pickles()):
        expected[write_folder(tmp_path / str(number), {"data_batch_1": content})] = says
    for name, kind in ("file", tarfile.REGTYPE), ("pax", b"x"), ("long", b"L"), ("sparse", b"S"):
        member = tarfile.TarInfo(f"{FOLDER}/data_batch_1")
        member.type, member.size = kind, 6 << 30
        with gzip.open(tmp_path / name, "wb") as file:
            file.write(member.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))
        expected[tmp_path / name] = "the archive holds"
    large = write_folder(tmp_path / "large", {"data_batch_1": b""})
    os.truncate(large / "data_batch_1", 6 << 30)
    expected[large] = "data_batch_1 has 6,442,450,944 bytes"
    cache = tmp_path / "keras" / "datasets"
    write_folder(cache / FOLDER, {"data_batch_1": next(hostile_pickles())[0]})
    code = """if True:
        import os, resource, sys, time
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        time.sleep = lambda seconds: None
        from cnnbook.data import DatasetUnavailable, load_cifar10
        for os.environ["CNNBOOK_CIFAR10"] in *sys.argv[1:], "":
            try:
                load_cifar10("http://127.0.0.1:9/")
            except DatasetUnavailable as error:
                print(str(error).splitlines()[0])
    """
    environment = {**os.environ, "KERAS_HOME": str(cache.parent), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *expected]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    for line, says in zip(run.stdout.splitlines(), [*expected.values(), "array of 'O8'"], strict=True):
        assert says in line
