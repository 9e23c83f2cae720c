"""A chapter to download runs where cnnbook is not installed, and touches nothing where it is."""

import base64
import csv
import hashlib
import importlib
import io
import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from cnnbook.site import download

WHERE = "import cnnbook, pathlib\nfolder = pathlib.Path(cnnbook.__file__).parent\nprint(folder)"
RUNS = "print(sorted(path.name for path in (folder / 'runs').iterdir() if path.is_dir()))"


@pytest.fixture(scope="module")
def wheel():
    return download.build_wheel()


@pytest.fixture(scope="module")
def recorded(wheel):
    """A wheel with two recordings in it."""
    result = io.BytesIO()
    bare = download.with_recordings(wheel[1], [])
    with zipfile.ZipFile(io.BytesIO(bare)) as old, zipfile.ZipFile(result, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("RECORD"):
                for name in ("one", "two"):
                    new.writestr(f"cnnbook/runs/{name}/results.json", "{}")
                    content += f"cnnbook/runs/{name}/results.json,{digest(b'{}')},2\n".encode()
            new.writestr(entry, content)
    return result.getvalue()


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def test_the_wheel_is_the_same_every_time(wheel):
    assert download.build_wheel() == wheel
    assert download.with_recordings(wheel[1], []) == download.with_recordings(wheel[1], [])


def test_only_the_named_recordings_are_carried(recorded):
    kept = download.with_recordings(recorded, ["two"])
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        names = set(archive.namelist())
        record = next(name for name in names if name.endswith("RECORD"))
        rows = {name: sha for name, sha, _ in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert "cnnbook/runs/two/results.json" in names
        assert "cnnbook/runs/one/results.json" not in names
        assert "cnnbook/runs/baseline/results.json" not in names
        assert "cnnbook/runs/__init__.py" in names
        assert set(rows) == names
        assert all(digest(archive.read(name)) == sha for name, sha in rows.items() if name != record)


def test_a_single_file_of_a_recording(wheel):
    kept = download.with_recordings(wheel[1], ["baseline/results.json"])
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        recorded = [name for name in archive.namelist() if name.startswith("cnnbook/runs/baseline")]
    assert recorded == ["cnnbook/runs/baseline/results.json"]


def test_a_recording_that_is_not_there(recorded):
    with pytest.raises(ValueError, match="lacks: three"):
        download.with_recordings(recorded, ["one", "three"])


def test_too_much_to_carry(recorded, monkeypatch):
    monkeypatch.setattr(download, "MAX_RECORDINGS", 1)
    with pytest.raises(ValueError, match="the limit is 1"):
        download.with_recordings(recorded, ["one"])


def test_links_to_other_pages():
    text = "[map](glossary.md#term-map) [next](03-pooling.ipynb) [Keras](https://keras.io) ![x](x.md)"
    assert download.lead_out(text, "") == "map next [Keras](https://keras.io) ![x](x.md)"
    assert download.lead_out(text, "https://a.org/b/") == (
        "[map](https://a.org/b/glossary.html#term-map) [next](https://a.org/b/03-pooling.html) "
        "[Keras](https://keras.io) ![x](x.md)"
    )


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """elsewhere("x") makes an environment with all that is installed here but cnnbook and x; its folder."""

    def elsewhere(*without):
        packages = tmp_path / "packages"
        packages.mkdir()
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if not path.name.startswith(("cnnbook", "_cnnbook", *without)) and path.suffix != ".pth":
                (packages / path.name).symlink_to(path)
        subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
        own = next((tmp_path / "venv").glob("lib/python*/site-packages"))
        (own / "packages.pth").write_text(f"{packages}\n")
        kernel = tmp_path / "jupyter" / "kernels" / "elsewhere"
        kernel.mkdir(parents=True)
        python = str(tmp_path / "venv" / "bin" / "python")
        argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Elsewhere"}))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        monkeypatch.delenv("PYTHONPATH", raising=False)
        return own

    return elsewhere


def run(notebook, folder):
    """Execute a notebook elsewhere; what its cells printed."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="elsewhere", timeout=120, resources=resources).execute()
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def test_it_installs_the_package_and_then_only_what_is_missing(tmp_path, elsewhere, chapter, wheel, recorded):
    own = elsewhere()
    for runs in ["one"], ["two"]:
        notebook = chapter(WHERE, RUNS)
        notebook.metadata.cnnbook = {"runs": runs}
        printed = run(download.self_contained(notebook, wheel[0], recorded), tmp_path)
        assert f"Ready.\n{own / 'cnnbook'}\n" in printed
    assert "['one', 'two']" in printed.replace("'__pycache__', ", "")


def test_it_installs_where_only_recordings_are_left(tmp_path, elsewhere, chapter, wheel):
    """pip leaves behind what it did not bring: the recordings that another chapter added."""
    own = elsewhere()
    left = own / "cnnbook" / "runs" / "one" / "results.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    printed = run(download.self_contained(chapter(WHERE), *wheel), tmp_path)
    assert f"Ready.\n{own / 'cnnbook'}\n" in printed
    assert left.read_text() == "{}"


def test_it_says_what_is_missing(tmp_path, elsewhere, chapter, wheel):
    elsewhere("anywidget")
    with pytest.raises(CellExecutionError, match="cnnbook needs anywidget; run this, then this cell again"):
        run(download.self_contained(chapter(WHERE), *wheel), tmp_path)


def test_it_says_that_keras_has_no_back_end(tmp_path, elsewhere, chapter, wheel, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    elsewhere("tensorflow")
    with pytest.raises(CellExecutionError, match="Keras needs tensorflow; run this, then this cell again"):
        run(download.self_contained(chapter(WHERE), *wheel), tmp_path)


def test_it_does_nothing_where_the_package_is(wheel, monkeypatch, capsys):
    importlib.import_module("cnnbook.backend")  # what Keras imports may ask the system for its name, once
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was started"))
    cell = {}
    exec(download.PREPARE.read_text(), cell)
    cell["prepare"](wheel[0], base64.b64encode(wheel[1]))
    assert capsys.readouterr().out == "Ready.\n"


def test_the_first_cell_prepares_and_is_folded(chapter, wheel):
    cell = download.self_contained(chapter(), *wheel).cells[0]
    assert cell.metadata == {"cellView": "form", "jupyter": {"source_hidden": True}}
    assert cell.source.startswith("# @title ")
    nbformat.validate(download.self_contained(chapter(), *wheel))
