"""Python is written as `make format` writes it, and has no fault that ruff finds."""

import subprocess
from pathlib import Path

import pytest
from ruff import find_ruff_bin

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(arguments):
    done = subprocess.run([find_ruff_bin(), *arguments, "--quiet", ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
