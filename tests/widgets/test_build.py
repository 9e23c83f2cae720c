"""What is committed is what the source says, and small."""

import gzip
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def frontend():
    spec = importlib.util.spec_from_file_location("frontend_build", ROOT / "frontend" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install()
    return module


def test_types(frontend):
    frontend.check_types()


def test_committed_files_are_fresh(frontend):
    assert frontend.stale() == [], "run `python frontend/build.py` and commit what it writes"


def test_size(frontend):
    files = sorted(frontend.STATIC.iterdir())
    assert [file.name for file in files] == ["cnnbook.js", "cnnbook.mjs"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 40_000


def test_names_no_registry_and_no_other_host(frontend):
    for file in [frontend.FRONTEND / "package-lock.json", *frontend.STATIC.iterdir()]:
        text = file.read_text(encoding="utf-8")
        assert "http://" not in text, file
        assert "https://" not in text, file
