"""A chapter to download runs where cnnbook is not installed, and touches nothing where it is."""

import base64
import csv
import hashlib
import io
import json
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

from cnnbook.site import bootstrap, download

WHERE = "import cnnbook, pathlib\nfolder = pathlib.Path(cnnbook.__file__).parent\nprint(folder)"
RUNS = "print(sorted(path.name for path in (folder / 'recordings').iterdir() if path.is_dir()))"


@pytest.fixture(scope="module")
def wheel():
    return download.build_wheel()


@pytest.fixture(scope="module")
def recorded(wheel):
    """A wheel with two recordings in it."""
    result = io.BytesIO()
    bare = download.with_recordings(wheel, [])
    with zipfile.ZipFile(io.BytesIO(bare)) as old, zipfile.ZipFile(result, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("RECORD"):
                for name in ("one", "two"):
                    new.writestr(f"cnnbook/recordings/{name}/results.json", "{}")
                    content += f"cnnbook/recordings/{name}/results.json,{digest(b'{}')},2\n".encode()
            new.writestr(entry, content)
    return result.getvalue()


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def test_the_wheel_is_the_same_every_time(wheel):
    assert download.build_wheel() == wheel
    assert download.with_recordings(wheel, []) == download.with_recordings(wheel, [])


def test_only_the_named_recordings_are_carried(recorded):
    kept = download.with_recordings(recorded, ["two"])
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        names = set(archive.namelist())
        record = next(name for name in names if name.endswith("RECORD"))
        rows = {name: sha for name, sha, _ in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert "cnnbook/recordings/two/results.json" in names
        assert "cnnbook/recordings/one/results.json" not in names
        assert "cnnbook/recordings/baseline/results.json" not in names
        assert "cnnbook/runs.py" in names
        assert set(rows) == names
        assert all(digest(archive.read(name)) == sha for name, sha in rows.items() if name != record)


def test_a_single_file_of_a_recording(wheel):
    kept = download.with_recordings(wheel, ["baseline/results.json"])
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        recorded = [name for name in archive.namelist() if name.startswith("cnnbook/recordings/baseline")]
    assert recorded == ["cnnbook/recordings/baseline/results.json"]


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
    """elsewhere("x") makes an environment with what is installed here but cnnbook, pip and x; its folder."""

    def elsewhere(*without):
        packages = tmp_path / "packages"
        packages.mkdir()
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if not path.name.startswith(("cnnbook", "_cnnbook", "pip", *without)) and path.suffix != ".pth":
                (packages / path.name).symlink_to(path)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
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
    client = NotebookClient(notebook, kernel_name="elsewhere", timeout=120, resources=resources)
    client.create_kernel_manager().shutdown_wait_time = 120  # it has a folder to delete
    client.execute()
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def test_it_brings_the_package_and_leaves_everything_else_alone(tmp_path, elsewhere, chapter, recorded):
    own = elsewhere()
    before = sorted(own.iterdir())
    notebook = chapter(WHERE, RUNS)
    notebook.metadata.cnnbook = {"runs": ["one"]}
    first, folder, runs = run(download.self_contained(notebook, recorded), tmp_path).splitlines()
    assert first == "Ready."
    assert Path(folder).is_relative_to(tempfile.gettempdir())
    assert not Path(folder).exists(), "its kernel has ended"
    assert "one" in runs
    assert "two" not in runs
    assert sorted(own.iterdir()) == before


def test_it_says_what_is_missing_in_one_sentence(tmp_path, elsewhere, chapter, wheel):
    elsewhere("anywidget", "tensorflow", "jax", "torch")
    notebook = download.self_contained(chapter(WHERE), wheel)
    with pytest.raises(CellExecutionError):
        run(notebook, tmp_path)
    (sentence,) = notebook.cells[0].outputs[0].traceback
    assert sentence.startswith("cnnbook needs anywidget, tensorflow or jax or torch; install that where ")
    assert sentence.endswith(f"{tmp_path}/venv, then run this cell again: anywidget tensorflow")


def test_the_checkout_is_of_the_edition_of_its_wheel():
    checkout = bootstrap.edition_of(bootstrap.files_in(download.ROOT / "cnnbook"))
    assert checkout == download.edition(download.build_wheel())


def test_what_the_package_requires_is_found_in_its_wheel(wheel):
    _, requires = bootstrap.read(zipfile.ZipFile(io.BytesIO(wheel)))
    project = tomllib.loads((download.ROOT / "pyproject.toml").read_text())["project"]
    assert [f"{name}>={lowest}" for name, lowest in requires.items()] == project["dependencies"]


def test_the_first_cell_is_folded_and_converters_leave_it_out(chapter, wheel):
    notebook = download.self_contained(chapter("print('kept')"), wheel)
    nbformat.validate(notebook)
    cell = nbformat.reads(nbformat.writes(notebook), as_version=4).cells[0]  # as saved by a front end
    assert cell.source.startswith("# @title ")
    assert cell.metadata["cellView"] == "form"
    assert cell.metadata["jupyter"]["source_hidden"]
    cell.outputs = [nbformat.v4.new_output("stream", text="Ready.")]
    notebook.cells[0] = cell
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "Ready." in page
    assert "kept" in page
    assert "PACKAGE" not in page


def test_what_is_to_be_predicted_is_not_there(chapter, wheel):
    cells = [nbformat.v4.new_code_cell("1 + 1", execution_count=number) for number in (1, 2)]
    for cell in cells:
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    cells[0].metadata.update(tags=["hide-output"], jupyter={"outputs_hidden": True})
    notebook = download.self_contained(chapter(*cells), wheel)
    nbformat.validate(notebook)
    _, _, hidden, shown = notebook.cells
    assert (hidden.outputs, hidden.metadata) == ([], {"tags": ["hide-output"]})
    assert shown.outputs != []


@pytest.mark.parametrize("carried", [["fast"], ["fast", "times.json"]])
def test_beside_a_checkout_a_chapter_opens_no_recording_that_its_download_lacks(tmp_path, chapter, carried):
    """Whoever forgets one is told by the chapters' own run; so that this run cannot forget to look, this."""
    notebook = chapter("from cnnbook.runs import load_times\n\ntimes = load_times()")
    notebook.metadata.cnnbook = {"runs": carried}
    nbformat.write(notebook, tmp_path / "chapter.ipynb")
    chapters = ["-p", "no:cacheprovider", "--nbval-lax", "tests/conftest.py", tmp_path / "chapter.ipynb"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *chapters], cwd=download.ROOT, capture_output=True, text=True
    )
    assert done.returncode == (0 if "times.json" in carried else 1), done.stdout
    assert ("has no times.json" in done.stdout) == ("times.json" not in carried)
