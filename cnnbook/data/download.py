"""Download one file whole, and go on where a download that was stopped had come to."""

import hashlib
import os
import threading
import time
from contextlib import closing
from functools import partial
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from cnnbook.system import Busy, locked

_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}  # HTTP states that pass by themselves
_SLOWEST = 8_000  # bytes a second: thirty students who share 2 Mbit/s have that


class DownloadError(Exception):
    """The file could not be fetched whole. The message says why, in one line."""


class _Interrupted(DownloadError):
    """The connection or the server failed in a way that may be gone at the next attempt."""


class _AnotherFile(DownloadError):
    """What has arrived is not, or not the beginning of, what was asked for."""


def download(
    url: str,
    path: str | Path,
    sha256: str,
    size: int,
    attempts: int = 4,
    wait: float = 1.0,
    timeout: float = 20.0,
    patience: float = 60.0,
) -> None:
    """Save the file at `url` as `path`, whole and with this SHA-256, and show a progress bar meanwhile.

    What has arrived lies in one file beside `path`, which takes its name at the end: `path` is never half a
    file. Where the connection breaks or this process is stopped or killed, the rest is fetched by the next
    attempt or the next call, where the server can continue. One process at a time downloads to `path`;
    another one waits, and takes what the first has got.

    Args:
        url: of the file.
        path: where it goes.
        sha256: of its content, in hexadecimal digits.
        size: of its content, in bytes.
        attempts: how often a broken connection or a busy server is tried again without any progress.
        wait: seconds after the first failure; twice as many after each further one.
        timeout: seconds of silence that count as a broken connection.
        patience: seconds in which a server may send less than _SLOWEST.

    Raises:
        DownloadError: the server cannot be reached, refuses, is too slow, sends more than `size` bytes or
            another file.
        OSError: the folder cannot be written.
    """
    path = Path(path)
    begun = unfinished(path)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        show = partial(bar.update, bar.add_task("Downloading", total=size))
        others_pace = _Pace(patience, _size(begun))
        while True:
            try:
                with locked(path.with_name(f"{begun.name}.lock"), f"process {os.getpid()}"):
                    if not _is_whole(path, sha256):  # it may be, where another process was quicker
                        settings = attempts, wait, timeout, _Pace(patience, 0), show
                        _complete(begun, url, sha256, size, *settings)
                        os.replace(begun, path)
                        for leftover in path.parent.glob(f"{path.name}.*.partial"):
                            leftover.unlink(missing_ok=True)  # of earlier editions, one for each kill
                    return
            except Busy as other:
                arrived = _size(begun)
                show(completed=arrived)
                others_pace.check(arrived, f"{other}, which is downloading it already, got")
                time.sleep(1)


def unfinished(path: Path) -> Path:
    """Say where the beginning of `path` lies while it is downloaded, and after a download that failed."""
    return path.with_name(f"unfinished-{path.name}")


class _Pace:
    """How fast something arrives. `check` raises DownloadError after so many seconds below _SLOWEST."""

    def __init__(self, seconds, arrived):
        self.seconds, self.since, self.before = seconds, time.monotonic(), arrived

    def check(self, arrived, who):
        now = time.monotonic()
        if now - self.since < self.seconds:
            return
        if 0 <= arrived - self.before < _SLOWEST * self.seconds:  # below 0: it has begun again
            seconds = f"{now - self.since:.0f} seconds"
            raise DownloadError(f"{who} only {arrived - self.before:,} bytes in {seconds}")
        self.since, self.before = now, arrived


def _is_whole(path, sha256):
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _complete(part, url, sha256, size, *settings):
    """Fetch what is missing in a file that may hold a beginning; what turns out not to be one is deleted."""
    begun = _size(part) > 0
    try:
        with part.open("a+b", buffering=0) as file:
            _receive_with_retries(url, file, size, *settings)
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest()
            length = file.tell()
        if found != sha256:
            raise _AnotherFile(
                f"{url} sent another file: {length:,} bytes with SHA-256 {found}, expected {sha256}"
            )
    except _AnotherFile:
        part.unlink()
        if not begun:
            raise
        _complete(part, url, sha256, size, *settings)
    except OSError:  # a full disk is left as it was
        part.unlink(missing_ok=True)
        raise
    finally:
        if _size(part) == 0:
            part.unlink(missing_ok=True)


def _receive_with_retries(url, file, size, attempts, wait, timeout, pace, show):
    received, furthest, failures = 0, file.seek(0, os.SEEK_END), 0
    while True:
        try:
            with closing(_in_a_thread(_stream(url, file.seek(0, os.SEEK_END), size, timeout))) as pieces:
                for piece in pieces:
                    if piece:
                        arrived, content = piece
                        file.truncate(arrived)
                        received += len(content)
                        while content:  # a disk that is nearly full takes a part of it
                            content = content[file.write(content) :]
                        show(completed=file.tell())
                    pace.check(received, f"{url} sent")
            return
        except _Interrupted:
            arrived = file.seek(0, os.SEEK_END)
            failures = 1 if arrived > furthest else failures + 1
            furthest = max(arrived, furthest)
            if failures == attempts:
                raise
            time.sleep(wait * 2 ** (failures - 1))


def _in_a_thread(pieces):
    """Yield what the iterator `pieces` yields, and None after each second in which it yields nothing.

    So whatever a server or a proxy does, and wherever a connection hangs, the caller is asked each second.
    """
    queue, given_up = SimpleQueue(), threading.Event()

    def run():
        end = None
        try:
            for piece in pieces:
                queue.put(piece)
                if given_up.is_set():
                    return
        except Exception as error:
            end = error
        queue.put(end)

    threading.Thread(target=run, daemon=True).start()
    try:
        while True:
            try:
                piece = queue.get(timeout=1)
            except Empty:
                yield None
                continue
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        given_up.set()


def _stream(url, start, size, timeout):
    """Yield (place in the file, bytes) for what comes after `start`, `size` bytes in all at the most.

    A server that cannot continue in the middle begins again at place 0. Raises DownloadError.
    """
    if start == size:
        return
    try:
        headers = {"Range": f"bytes={start}-"} if start else {}
        with urlopen(Request(url, headers=headers), timeout=timeout) as response:
            arrived = start if response.status == 206 else 0
            total = None if response.length is None else arrived + response.length
            _check_length(url, total or 0, size)
            while content := response.read1(1 << 18):  # `read` would wait for all of it
                _check_length(url, arrived + len(content), size)
                yield arrived, content
                arrived += len(content)
    except HTTPError as error:
        kind = _Interrupted if error.code in _TRY_AGAIN else DownloadError
        if error.code == 416:  # there is nothing at `start`: it is not the beginning of this file
            kind = _AnotherFile
        raise kind(" ".join(f"{url} answered {error.code} {error.reason}".split())) from None
    except (OSError, HTTPException) as error:  # no route, no such host, reset, silence, a chunk cut short
        raise _Interrupted(f"{url}: {error or type(error).__name__}") from None
    if total is not None and arrived != total:
        raise _Interrupted(f"{url} broke off after {arrived:,} of {total:,} bytes")


def _check_length(url, length, size):
    if length > size:
        raise _AnotherFile(f"{url} sent another file: {length:,} bytes or more, expected {size:,}")
