"""Download one file whole, or leave nothing behind."""

import hashlib
import os
import time
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}  # HTTP states that pass by themselves


class DownloadError(Exception):
    """The file could not be fetched whole. The message says why, in one line."""


class _Interrupted(DownloadError):
    """The connection or the server failed in a way that may be gone at the next attempt."""


def download(url, path, sha256, attempts=4, wait=1.0, timeout=30.0):
    """Save the file at `url` as `path`, whole and with this SHA-256, and show a progress bar meanwhile.

    A broken connection or a busy server is tried again, `attempts` times in all: `wait` seconds after the
    first failure, twice as long after each further one. What has arrived is kept, and continued where the
    server can. `timeout` is the silence in seconds that counts as a broken connection. The bytes go to a
    temporary file beside `path` that takes its name at the end or is deleted: `path` is never half a file.

    Raises DownloadError where the server cannot be reached, refuses, or sends another file, and OSError where
    the folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w+b") as file:
            _receive_with_retries(url, file, attempts, wait, timeout)
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest()
            length = file.tell()
        if found != sha256:
            raise DownloadError(
                f"{url} sent another file: {length:,} bytes with SHA-256 {found}, expected {sha256}"
            )
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _receive_with_retries(url, file, attempts, wait, timeout):
    columns = TextColumn("Downloading"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        for attempt in range(attempts):
            try:
                for arrived, total, content in _stream(url, file.tell(), timeout):
                    file.seek(arrived)
                    file.truncate()
                    file.write(content)
                    bar.update(task, completed=file.tell(), total=total)
                return
            except _Interrupted:
                if attempt == attempts - 1:
                    raise
                time.sleep(wait * 2**attempt)


def _stream(url, start, timeout):
    """Yield (place in the file, length of the whole file or None, bytes) for what comes after `start`.

    A server that cannot continue in the middle begins again at place 0. Raises DownloadError.
    """
    try:
        headers = {"Range": f"bytes={start}-"} if start else {}
        with urlopen(Request(url, headers=headers), timeout=timeout) as response:
            arrived = start if response.status == 206 else 0
            total = None if response.length is None else arrived + response.length
            while content := response.read(1 << 18):
                yield arrived, total, content
                arrived += len(content)
    except HTTPError as error:
        kind = _Interrupted if error.code in _TRY_AGAIN else DownloadError
        raise kind(f"{url} answered {error.code} {error.reason}") from None
    except (OSError, HTTPException) as error:  # no route, no such host, reset, silence, a chunk cut short
        raise _Interrupted(f"{url}: {error or type(error).__name__}") from None
    if total is not None and arrived != total:
        raise _Interrupted(f"{url} broke off after {arrived:,} of {total:,} bytes")
