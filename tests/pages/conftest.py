"""The book as `make book` builds it."""

import fcntl
import gzip
import io
import os
import re
import subprocess
from pathlib import Path

import pytest
from web_server import Files, serving

ROOT = Path(__file__).resolve().parents[2]
TEXT = re.compile("text/|.*(javascript|json|svg)")  # MIME types that GitHub Pages and others send compressed


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the built pages: built once, also where several processes share the tests."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    pages = shared / "_build" / "html"
    with open(shared / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (pages / "index.html").exists():
            command = ["make", "--no-print-directory", "book", f"OUTPUT={shared}"]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    return pages


@pytest.fixture(scope="session")
def sent():
    """What the server of `served` has sent since someone cleared it: paths and bytes as they travelled."""
    return {}


@pytest.fixture(scope="session")
def served(book, sent):
    """The address of the book on a web server, in a sub-folder."""

    class Handler(Files):
        def send_head(self):
            path = Path(self.translate_path(self.path))
            if not path.is_file():
                return super().send_head()
            kind, content = self.guess_type(path), path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            if TEXT.match(kind):
                content = gzip.compress(content, 6)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            sent[self.path] = len(content)
            return io.BytesIO(content)

    with serving(book.parents[1], Handler) as address:
        yield f"{address}/{book.relative_to(book.parents[1])}"
