"""The process's own streams, past Python."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def unheard(descriptor: int) -> Iterator[None]:
    """What libraries write to this stream of the process (1: output, 2: errors) is lost."""
    kept = os.dup(descriptor)
    try:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), descriptor)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
