"""Training in several processes on the loopback address: the same as in one; one that dies stops the rest."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from tiny_training import epoch_lines

from cnnbook import launch
from cnnbook.launch import WorkerDied
from cnnbook.runs import load_arrays, load_run

TINY = str(Path(__file__).with_name("tiny_command.py"))
# Ten batches of 63 images, which no two workers can halve, and one of 10; 160 images to answer.
OPTIONS = ["--epochs", "3", "--change", "batch_size=63", "--replayed"]
LOOKAHEAD = ["optimizer=nesterov", "learning_rate=0.1", "momentum=0.85", "bias_rate=4", "lookahead=0.99"]
OPTIONS += [option for change in LOOKAHEAD for option in ("--change", change)]
TIMEOUT = 300  # seconds; for a busy machine


def start(folder, *options, **environment):
    """The command on the tiny data set, in JAX."""
    return subprocess.Popen(
        [sys.executable, TINY, "train", "tiny", *OPTIONS, "--folder", folder, *options],
        env=os.environ | {"KERAS_BACKEND": "jax"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The run of one process by itself."""
    folder = tmp_path_factory.mktemp("one")
    finish(start(folder))
    return load_run(folder / "tiny")


def finish(process):
    """What the command has printed, once it has ended well."""
    out, said = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, said
    return out


def test_workers_train_like_one_process_and_survive_a_kill(tmp_path, one):
    two = start(tmp_path / "two", "--workers", "2", SECONDS_A_STEP="0.1")
    assert next(epoch_lines(two)).startswith("epoch  1 of 3: ")
    killed = psutil.Process(two.pid).children()[1]
    killed.kill()
    since = time.monotonic()
    _, said = two.communicate(timeout=TIMEOUT)
    assert time.monotonic() - since < 30
    assert two.returncode == 2
    assert said == (
        "python -m cnnbook: worker 1/2 died (SIGKILL), so the training stops. "
        "Run the same command again: it goes on from its last whole epoch.\n"
    )

    # As on two machines: one command each.
    address = f"127.0.0.1:{launch.free_port()}"
    resumed = [start(tmp_path / "two", "--workers", f"{number}/2@{address}") for number in (1, 0)]
    for process in resumed:
        assert finish(process).count("epoch ") == 3
    assert_same_run(load_run(tmp_path / "two" / "tiny"), one, 2)


def test_one_worker_trains_on_all_devices_of_its_process(tmp_path, one):
    finish(start(tmp_path, "--workers", "1", XLA_FLAGS="--xla_force_host_platform_device_count=2"))
    assert_same_run(load_run(tmp_path / "tiny"), one, 1)


def test_the_first_worker_cannot_write(tmp_path):
    """The second one only waits, then, and is stopped."""
    (tmp_path / "file").touch()
    two = start(tmp_path / "file", "--workers", "2")
    out, said = two.communicate(timeout=TIMEOUT)
    assert (two.returncode, out) == (2, "")
    assert said == f"python -m cnnbook: {tmp_path / 'file' / 'tiny'}: Not a directory\n"


def assert_same_run(run, other, count):
    files = [load_arrays(each.folder / "weights.npz") for each in (run, other)]
    for key, weight in files[0].items():
        np.testing.assert_allclose(weight, files[1][key], rtol=1e-3, atol=1e-5, err_msg=key)
    for key in ("loss", "accuracy"):
        np.testing.assert_allclose(run.history[key], other.history[key], rtol=1e-5)
        np.testing.assert_allclose(run.steps()[key], other.steps()[key], atol=1e-4)
    replays = run.replay(), other.replay()
    for key, tolerance in {"filters": 1e-3, "confusion": 0, "probabilities": 1}.items():  # the last in 255ths
        snapshots = [replay[key].astype(float) for replay in replays]
        np.testing.assert_allclose(*snapshots, rtol=0, atol=tolerance, err_msg=key)
    assert run.results["confusion"] == other.results["confusion"]
    assert run.results["command"] == other.results["command"] + f" --workers {count}"
    assert len(run.results["hardware"]["devices"]) == 2


@pytest.fixture
def run(monkeypatch):
    """A function that runs one line of Python in each of two workers and returns what `launch.run` does."""

    def run(line):
        code = f"import os, signal, sys, time; number = int(os.environ['CNNBOOK_WORKER'][0]); {line}"
        monkeypatch.setattr("sys.orig_argv", ["python", "-c", code])
        return launch.run(launch.places("2"), ["--folder", "runs"])

    return run


def test_all_end_well(run, capfd):
    assert run("print(os.environ['CNNBOOK_WORKER'][:14], sys.argv[1:])") == 0
    assert capfd.readouterr().out == "0/2@127.0.0.1: ['--folder', 'runs']\n", "the first one's output"


def test_one_that_dies_stops_the_other(run):
    since = time.monotonic()
    with pytest.raises(WorkerDied, match=r"worker 0/2 died \(SIGKILL\).*Run the same command again"):
        run("time.sleep(60) if number else os.kill(os.getpid(), signal.SIGKILL)")
    assert time.monotonic() - since < 30


@pytest.mark.parametrize(("code", "how"), [(-signal.SIGKILL, "SIGKILL"), (1, "exit code 1")])
def test_the_one_that_others_died_of_is_named(code, how):
    """JAX aborts the processes that miss one."""
    both = [launch.Worker(f"{number}/2@127.0.0.1:1", None, io.StringIO()) for number in (0, 1)]
    with pytest.raises(WorkerDied, match=rf"worker 1/2 died \({how}\)"):
        launch._end(both, [-signal.SIGABRT, code])


def test_without_a_worker_of_another_machine(run):
    with pytest.raises(WorkerDied, match=r"worker 0/2 was ended by JAX, most likely because another"):
        run("time.sleep(60) if number else os.abort()")


def test_a_refusal_is_passed_on(run, capfd):
    said = "sys.stderr.write('noise\\npython -m cnnbook: No space left\\n')"
    assert run(f"time.sleep(60) if number else ({said}, sys.exit(2))") == 2
    assert capfd.readouterr().err == "python -m cnnbook: No space left\n"


def test_workers_end_with_the_process_that_started_them(tmp_path):
    two = start(tmp_path, "--workers", "2")
    while len(started := psutil.Process(two.pid).children()) < 2:
        assert two.poll() is None
        time.sleep(0.1)
    two.send_signal(signal.SIGKILL)
    two.communicate()
    assert not psutil.wait_procs(started, timeout=TIMEOUT)[1]


@pytest.mark.parametrize("text", ["two", "0", "-1", "2/2@host:1", "0/2@host", "0/2", "0/2@:7000"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(ValueError, match=r"neither how many workers nor I/N@HOST:PORT"):
        launch.places(text)


def test_on_one_machine_all_meet_at_the_loopback_address():
    first, second = launch.places("2")
    assert first.startswith("0/2@127.0.0.1:")
    assert second == first.replace("0/2", "1/2")
