"""Files that are written whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader, or a crash at any moment, meets the old file or the new one.

    The bytes go to `path` + ".partial" in the same folder (made where it is missing), reach the disk, and
    only then take the name. Raises OSError (full disk, unwritable folder) with the old file untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException as error:  # a stop by Ctrl-C too
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and not error.filename:  # of a full disk the system names no file
            error.filename = str(path)
        raise
