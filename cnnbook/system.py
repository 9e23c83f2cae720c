"""What the book asks of the operating system: whole files, locks, folders, and silence."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

PARTIAL = ".partial"  # how the name of a file ends that is not whole yet; a killed process leaves it behind


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader, or a crash at any moment, meets the old file or the new one.

    The bytes go to a file in the same folder (made where it is missing) that nobody else writes to, reach the
    disk, and only then take the name.

    Raises:
        OSError: full disk, unwritable folder; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        with open(partial, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException as error:  # a stop by Ctrl-C too
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError):  # the system names the partial file, or both, or of a full disk none
            error.filename = str(path)
            del error.filename2
        raise


def expanded(path: str | Path) -> Path:
    """Put the home folder in the place of ~, where it is known."""
    return Path(os.path.expanduser(path))


def keras_home() -> Path:
    """Find where Keras keeps its settings and data sets, by the rules of `keras.src.backend.config`."""
    home = os.path.expanduser("~")
    usual = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return expanded(os.environ.get("KERAS_HOME") or usual)


class Busy(Exception):
    """Somebody holds a lock already. The message is what they wrote into it."""


@contextlib.contextmanager
def locked(path: Path, holder: str) -> Iterator[None]:
    """Hold a lock, a file that is made for it and then deleted.

    The system lets go of it when its process ends, however that ends. On a file system that has no locks,
    as of some networks, everybody gets it.

    Args:
        path: of the file.
        holder: who holds it; stands in the file.

    Raises:
        Busy: it is held, if only by another thread.
        OSError: unwritable folder.
    """
    descriptor = _hold(path)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, holder.encode())
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows deletes no open file; there it stays, and hinders nobody
            path.unlink()
        os.close(descriptor)


def _hold(path: Path) -> int:
    """The descriptor of the file `path`, locked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tries = 100  # some network file systems never say that a file is itself
    while True:
        tries -= 1
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            if not tries or os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:
            pass
        except (BlockingIOError, PermissionError):
            holder = os.read(descriptor, 1_000).decode()
            os.close(descriptor)
            raise Busy(holder or "another process") from None
        os.close(descriptor)  # its last holder has deleted it meanwhile: there is, or will be, another


def _lock(descriptor: int) -> None:
    """Lock an open file. Raises BlockingIOError (Windows: PermissionError) where another one of it is."""
    if os.name == "nt":
        import msvcrt

        os.lseek(descriptor, 2**30, os.SEEK_SET)  # behind all that others are to read
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass  # a file system without locks


@contextlib.contextmanager
def silenced(descriptor: int) -> Iterator[None]:
    """Lose what libraries write to this stream of the process (1: output, 2: errors)."""
    kept = os.dup(descriptor)
    try:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), descriptor)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
