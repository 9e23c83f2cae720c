"""The same training in several processes, on one machine or more: each computes its share of every batch.

A worker uses all devices of its process: one worker is enough for a machine with several GPUs.

Keras and JAX do the work: `keras.distribution` says who holds what, XLA divides the computation and adds the
parts up. The process that a user starts is no worker: it starts those of its machine and watches them.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import IO, NamedTuple

from cnnbook.runs import RunError
from cnnbook.streams import unheard

PLACE = "CNNBOOK_WORKER"  # I/N@HOST:PORT: which worker a process is, from 0, of how many, and where 0 listens
REFUSED = 2  # the exit code of a worker that has said in one line why it stops
REFUSAL = "python -m cnnbook: "  # how that line begins
MOST = 64  # workers of one machine
SILENCE = 30  # seconds until JAX takes a worker of which nothing is heard for dead


class Worker(NamedTuple):
    """A worker that this process has started."""

    place: str
    process: subprocess.Popen
    errors: IO  # what it writes to its error stream: pages of JAX's, where another worker has died


def places(text: str) -> list[str]:
    """The workers that `text` asks for on this machine: N for N of them, I/N@HOST:PORT for one of several.

    Raises ValueError where it is neither.
    """
    if text.isdecimal() and 0 < int(text) <= MOST:
        address = f"127.0.0.1:{free_port()}"
        return [f"{number}/{text}@{address}" for number in range(int(text))]
    _parse(text)
    return [text]


def run(places: list[str], options: list[str]) -> int:
    """Run this process's own command once for each of `places`, and return 0 when all have ended well.

    options: what to append to the command.

    A worker that fails stops the rest at once: without it they could only wait. What the first one prints is
    shown. Where a worker has refused its input, its line is shown and its exit code returned.

    Raises RunError where one has died.
    """
    workers = []
    try:
        for place in places:
            workers.append(_start(place, options, silent=place != places[0]))
        while None in (codes := [worker.process.poll() for worker in workers]) and not any(codes):
            time.sleep(0.1)
        return _end(workers, codes)
    finally:
        for worker in workers:
            worker.process.kill()  # not `terminate`, which JAX takes for a notice, and goes on
            worker.process.wait()
            worker.errors.close()


def join() -> None:
    """In a worker, wait for the others, and have every network built from here on trained by all together.

    Elsewhere nothing. JAX asks that it comes before anything is computed. From here on a worker ends when the
    process that started it has ended.

    Source: https://docs.jax.dev/en/latest/multi_process.html
    """
    if PLACE not in os.environ:
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import jax

    from cnnbook.backend import keras

    number, count, address = _parse(os.environ[PLACE])
    # `keras.distribution.initialize` calls this, too, but would listen to every network, and notice a worker
    # that hangs after 100 seconds.
    jax.distributed.initialize(
        address, count, number, coordinator_bind_address=address, heartbeat_timeout_seconds=SILENCE
    )
    sys.excepthook = _leave_with_traceback
    keras.distribution.set_distribution(_shared_batches())
    keras.utils.set_random_seed(0)  # JAX checks that all start a network with the same numbers
    with unheard(sys.stdout.fileno()):  # Gloo, which connects processors, prints that it does
        once(lambda: None)


def count() -> int:
    """How many workers train together; 0 where a process trains by itself, on one device."""
    return _distribution().num_processes if _distribution() else 0


def once(write: Callable, *arguments) -> None:
    """Call `write(*arguments)` in the first worker alone; all go on when it is done.

    It must not make or set variables of Keras: all workers do that together.
    """
    if not _distribution():
        return write(*arguments)
    import jax
    from jax.experimental import multihost_utils

    if jax.process_index() == 0:
        write(*arguments)
    multihost_utils.sync_global_devices("written")


def leave(code: int) -> int:
    """In a worker that has failed, end at once: JAX would wait for the others, and they wait for this one.

    Elsewhere, return `code`.
    """
    if PLACE in os.environ:
        sys.stderr.flush()
        os._exit(code)
    return code


def free_port() -> int:
    """A port of the loopback address that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _end_with_parent() -> None:
    sys.stdin.read()  # a pipe, which closes however the parent ends
    os._exit(1)


def _leave_with_traceback(*exception) -> None:
    sys.__excepthook__(*exception)
    time.sleep(1)  # where it came of another's death, that one is noticed first
    leave(1)


def _distribution():
    from cnnbook.backend import keras

    return keras.distribution.distribution()


def _shared_batches():
    """A distribution in which every worker is given whole batches and computes its share of each layer.

    `DataParallel` itself takes equal parts of a batch, one from each worker, and so no batch of 63 for two.
    Here XLA divides it, whatever its size, and computes what one process would: the statistics of
    BatchNormalization are those of the whole batch, and Dropout draws the same numbers.
    """
    from cnnbook.backend import keras

    layout = keras.distribution.TensorLayout

    class SharedBatches(keras.distribution.DataParallel):
        def get_data_layout(self, data_shape):
            return layout([None] * len(data_shape), self.device_mesh)

        def get_tensor_layout(self, path):
            # Everyone gets the answers: `predict` can return only what its own process holds.
            shared = [] if path.endswith("/probabilities/output") else [self.batch_dim_name]
            return layout(shared, self.device_mesh)

    return SharedBatches(auto_shard_dataset=False)


def _parse(place: str) -> tuple[int, int, str]:
    number, _, rest = place.partition("/")
    count, _, address = rest.partition("@")
    host, _, port = address.rpartition(":")
    numbers = number.isdecimal() and count.isdecimal() and port.isdecimal()
    if not (numbers and host and int(number) < int(count) and int(port) < 2**16):
        raise ValueError(
            f"{place!r} is neither how many workers nor I/N@HOST:PORT (2, at most {MOST}; 0/2@10.0.0.1:7000)"
        )
    return int(number), int(count), address


def _start(place: str, options: list[str], silent: bool) -> Worker:
    errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `run` closes it
    process = subprocess.Popen(
        [sys.executable, *sys.orig_argv[1:], *options],
        env=os.environ | {PLACE: place, "KERAS_BACKEND": "jax"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL if silent else None,
        stderr=errors,
        start_new_session=True,  # Ctrl-C is for this process alone
    )
    return Worker(place, process, errors)


def _end(workers: list[Worker], codes: list[int | None]) -> int:
    """What the exit codes say together; see `run`."""
    failed = [(worker, code) for worker, code in zip(workers, codes, strict=True) if code]
    if not failed:
        return 0
    # Where one worker is missing, JAX aborts the others: an abort explains least.
    worker, code = min(failed, key=lambda entry: (entry[1] != REFUSED, entry[1] == -signal.SIGABRT))
    worker.errors.seek(0)
    lines = worker.errors.read().splitlines()
    if code == REFUSED:
        print(next(line for line in lines if line.startswith(REFUSAL)), file=sys.stderr)
        return REFUSED
    if code > 0:
        traceback = next((i for i, line in enumerate(lines) if line.startswith("Traceback")), 0)
        print(*lines[traceback:], sep="\n", file=sys.stderr)
    how = f"died (exit code {code})" if code > 0 else f"died ({signal.Signals(-code).name})"
    if code == -signal.SIGABRT:
        how = "was ended by JAX, most likely because another one died or is not heard of"
    raise RunError(
        f"worker {worker.place.partition('@')[0]} {how}, so the training stops. "
        "Run the same command again: it goes on from its last whole epoch."
    )
