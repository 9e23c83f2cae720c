"""Start the processes that train together, and watch them: what the process does that a user starts.

It needs no Keras, and takes no memory of a GPU away from those that train (see `cnnbook.training.workers`).
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO, NamedTuple

from cnnbook.errors import BookError

PLACE = "CNNBOOK_WORKER"  # I/N@HOST:PORT: which worker a process is, from 0, of how many, and where 0 listens
REFUSED = 2  # the exit code of a worker that has said in one line why it stops
REFUSAL = "python -m cnnbook: "  # how that line begins
MOST = 64  # workers of one machine


class WorkerDied(BookError):
    """A worker has ended in the middle of a training."""


class Worker(NamedTuple):
    """A worker that this process has started."""

    place: str
    process: subprocess.Popen
    errors: IO  # what it writes to its error stream: pages of JAX's, where another worker has died


def places(text: str) -> list[str]:
    """Read which workers this machine is to have: N for N of them, I/N@HOST:PORT for one of several.

    Returns:
        I/N@HOST:PORT of each; see `parse_place`.

    Raises:
        ValueError: `text` is neither.
    """
    if text.isdecimal() and 0 < int(text) <= MOST:
        address = f"127.0.0.1:{free_port()}"
        return [f"{number}/{text}@{address}" for number in range(int(text))]
    parse_place(text)
    return [text]


def parse_place(place: str) -> tuple[int, int, str]:
    """Take I/N@HOST:PORT apart.

    Returns:
        The number of the worker, from 0, how many there are, and HOST:PORT, where number 0 listens.

    Raises:
        ValueError: it has another form, or a number that is too large.
    """
    number, _, rest = place.partition("/")
    count, _, address = rest.partition("@")
    host, _, port = address.rpartition(":")
    numbers = number.isdecimal() and count.isdecimal() and port.isdecimal()
    if not (numbers and host and int(number) < int(count) and int(port) < 2**16):
        raise ValueError(
            f"{place!r} is neither how many workers nor I/N@HOST:PORT (2, at most {MOST}; 0/2@10.0.0.1:7000)"
        )
    return int(number), int(count), address


def run(places: list[str], options: list[str]) -> int:
    """Run this process's own command once for each of `places`.

    A worker that fails stops the rest at once: without it they could only wait. What the first one prints is
    shown. Where a worker has refused its input, its line is shown.

    Args:
        places: as `places` returns them.
        options: what to append to the command.

    Returns:
        0 when all have ended well, else the exit code of the worker that has refused its input.

    Raises:
        WorkerDied: one has ended otherwise.
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


def leave(code: int) -> int:
    """In a worker that has failed, end at once: JAX would wait for the others, and they wait for this one.

    Returns:
        `code`, in any other process.
    """
    if PLACE in os.environ:
        sys.stderr.flush()
        os._exit(code)
    return code


def free_port() -> int:
    """Find a port of the loopback address that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


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
    raise WorkerDied(
        f"worker {worker.place.partition('@')[0]} {how}, so the training stops. "
        "Run the same command again: it goes on from its last whole epoch."
    )
