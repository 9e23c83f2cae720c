"""What `make` says before it installs anything, and where it says that the book is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ANOTHER_PYTHON = """#!/bin/sh
exec {python} -c '
import platform, runpy, sys
platform.python_version = lambda: "{version}"
platform.system, platform.machine = lambda: "{system}", lambda: "{machine}"
runpy.run_path(sys.argv[1], run_name="__main__")
' "$@"
"""


@pytest.fixture
def make(tmp_path):
    """A function that runs `make book` with a copy of what it needs, in a folder named as people do."""
    folder = tmp_path / "Küche #1, 100 %"
    folder.mkdir()
    for name in ("Makefile", "check_python.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)

    # What a `make test` around this one would have it print and pass on.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}

    def make(*arguments):
        command = ["make", *arguments, "book"]
        return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)

    make.folder = folder
    return make


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "system", "machine", "said"),
    [
        ("3.14.2", "Linux", "x86_64", "not made for CPython 3.14.2: .* make PYTHON=python3.13 book"),
        ("3.10.9", "Darwin", "arm64", "not made for CPython 3.10.9: .* make PYTHON=python3.13 book"),
        ("3.12.4", "Darwin", "x86_64", "not made for Darwin x86_64: .* Mac with Apple's processor"),
        ("3.12.4", "Windows", "AMD64", "not made for Windows AMD64: .* on Windows: in WSL"),
    ],
)
def test_what_cannot_build_the_book_is_told_before_it_installs(make, version, system, machine, said):
    another = {"python": sys.executable, "version": version, "system": system, "machine": machine}
    script(make.folder / "another", ANOTHER_PYTHON.format(**another))
    done = make("PYTHON=./another")
    line, of_make = done.stderr.splitlines()
    assert re.search(said, line)
    assert "built pages need no Python" in line
    assert of_make.startswith("make: ***")
    assert not (make.folder / ".venv").exists()


def test_the_address_opens_in_any_folder(make):
    script(make.folder / ".venv/bin/jupyter-book", "#!/bin/sh\necho file://$PWD/_build/html/index.html")
    (make.folder / ".venv/bin/python").symlink_to(sys.executable)
    (make.folder / ".venv/.ready").touch()
    address = (make.folder / "_build/html/index.html").as_uri()
    assert make().stdout == f"The book is ready. Open {address}\n"


def test_whatever_is_installed_is_pinned_with_its_hashes():
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    assert len(pins) > 100
    assert all(line.endswith("\\") for line in pins), "the hashes follow"
