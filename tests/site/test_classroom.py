"""The pack for a class without a network: what is in it, for which machines, and how it opens notebooks."""

import importlib.util
import io
import json
import re
import sys
import tomllib
import zipfile

import pytest

from cnnbook.data import DatasetUnavailable
from cnnbook.site import classroom


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """A built book of one chapter, and no CIFAR-10."""
    monkeypatch.delenv("CNNBOOK_CIFAR10", raising=False)
    monkeypatch.delenv("CNNBOOK_DATASET", raising=False)
    folder = tmp_path / "html"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "02-convolution.ipynb").write_text("{}")
    (folder / "index.html").write_text("index")
    (folder / "02-convolution.html").write_text(
        '<a href="notebooks/02-convolution.ipynb" download>ü</a>', "utf-8"
    )
    return folder


@pytest.fixture
def opener():
    """The script of the pack as a module."""
    spec = importlib.util.spec_from_file_location("open_notebooks", classroom.FILES / "open_notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_and_notebooks_are_on_the_stick(pages, tmp_path):
    target = tmp_path / "class"
    classroom.write(pages, target, [])
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert files == {
        "START.html",
        "open_notebooks.py",
        "pages/index.html",
        "pages/02-convolution.html",
        "notebooks/02-convolution.ipynb",
    }
    page = target / "pages" / "02-convolution.html"
    link = re.search('href="(.*?)"', page.read_text("utf-8"))[1]
    assert (page.parent / link).is_file()
    start = (target / "START.html").read_text("utf-8")
    assert "The packages in this folder are for: no machine." in start
    assert "1,797 handwritten digits" in start
    for link in re.findall('href="(.*?)"', start):
        assert (target / link).is_file()
    with zipfile.ZipFile(tmp_path / "class.zip") as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert names == {f"class/{name}" for name in files}


def test_a_second_pack_replaces_the_first_and_nothing_else(pages, tmp_path):
    target = tmp_path / "class"
    classroom.write(pages, target, [])
    (target / "environment").mkdir()
    classroom.write(pages, target, [])
    assert not (target / "environment").exists()
    (tmp_path / "mine").mkdir()
    with pytest.raises(classroom.ClassError, match="in the way"):
        classroom.write(pages, tmp_path / "mine", [])


@pytest.mark.parametrize("kind", ["archive", "folder", "folder of the archive"])
def test_cifar10_comes_along_where_the_teacher_has_it(pages, tmp_path, monkeypatch, opener, kind):
    asked = []
    monkeypatch.setattr(classroom, "load_cifar10", lambda: asked.append("checked"))
    mine = tmp_path / "data"
    mine.mkdir()
    if kind == "folder":
        for name in (*classroom.BATCHES, "photographs of mine"):
            (mine / name).write_text(name)
        expected = {f"cifar-10-batches-py/{name}" for name in classroom.BATCHES}
    else:
        (mine / "cifar-10-python.tar.gz").write_text("archive")
        expected = {"cifar-10-python.tar.gz"}
    named = mine / "cifar-10-python.tar.gz" if kind == "archive" else mine
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(named))
    target = tmp_path / "class"
    classroom.write(pages, target, [])
    packed = target / "cifar-10"
    assert asked == ["checked"]
    assert {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()} == expected
    assert "the 60,000 photographs of CIFAR-10" in (target / "START.html").read_text("utf-8")
    monkeypatch.setattr(opener, "HERE", target)
    monkeypatch.delenv("CNNBOOK_CIFAR10")
    assert opener.settings()["CNNBOOK_CIFAR10"] == str(packed)


def test_a_bad_copy_of_cifar10_makes_no_pack(pages, tmp_path, monkeypatch):
    (tmp_path / "bad").mkdir()
    monkeypatch.setenv("CNNBOOK_CIFAR10", str(tmp_path / "bad"))
    with pytest.raises(DatasetUnavailable, match="not a good copy"):
        classroom.write(pages, tmp_path / "class", [])


@pytest.mark.parametrize("system", classroom.SYSTEMS)
@pytest.mark.parametrize("python", classroom.PYTHONS)
def test_all_that_is_needed_is_listed_with_hashes(system, python):
    pins = classroom.closure(classroom.wanted(), f"{system}-{python}")
    names = {pin.partition("==")[0] for pin in pins}
    project = tomllib.loads((classroom.ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.match(r"[\w-]+", text)[0] for text in project["dependencies"]}
    assert asked | {"jax", "jaxlib", "jupyterlab", "ipykernel"} <= names
    assert not names & {"tensorflow", "jupyter-book", "sphinx", "pytest", "playwright"}
    assert ("pywinpty" in names) == (system == "windows")
    assert ("ptyprocess" in names) == (system != "windows")
    assert len(pins) == len(names)
    assert all("--hash=sha256:" in pin and ";" not in pin for pin in pins)


@pytest.mark.parametrize("machine", ["windows", "windows-3.10", "solaris-3.12", ""])
def test_a_machine_that_is_none_is_refused(machine):
    with pytest.raises(classroom.ClassError, match=r"FOR takes windows, macos, linux.* or none"):
        classroom.closure([], machine)


def test_packages_that_cannot_be_fetched_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(classroom.subprocess, "run", lambda command: type("Done", (), {"returncode": 1}))
    with pytest.raises(classroom.ClassError, match=r"for linux-3\.12; FOR=none"):
        classroom.fetch([], "linux-3.12", tmp_path)


def test_the_opener_takes_digits_in_fast_mode(opener, tmp_path, monkeypatch):
    for name in ("CNNBOOK_CIFAR10", "CNNBOOK_DATASET", "CNNBOOK_FAST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(opener, "HERE", tmp_path)
    chosen = opener.settings()
    assert (chosen["CNNBOOK_DATASET"], chosen["CNNBOOK_FAST"]) == ("digits", "1")
    monkeypatch.setenv("CNNBOOK_FAST", "")
    assert opener.settings()["CNNBOOK_FAST"] == "", "whoever knows better is not overruled"


def test_the_opener_prepares_once_and_only_for_machines_in_the_pack(opener, tmp_path, monkeypatch):
    prepared = []
    monkeypatch.setattr(opener, "PACKAGES", tmp_path)
    monkeypatch.setattr(opener, "READY", tmp_path / "ready")
    monkeypatch.setattr(opener, "prepare", prepared.append)
    (tmp_path / "for.json").write_text(json.dumps({"machines": [opener.this_machine()], "names": ["keras"]}))
    assert opener.python() == opener.PYTHON
    assert prepared == [["keras"]]
    (tmp_path / "ready").touch()
    opener.python()
    assert len(prepared) == 1
    (tmp_path / "ready").unlink()
    (tmp_path / "for.json").unlink()
    assert opener.python() == sys.executable, "where all is installed already, nothing is"
    monkeypatch.setattr(opener.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"This is .*, and the packages here are for no machine\."):
        opener.python()


def test_the_command_says_where_the_pack_is(pages, tmp_path, monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    monkeypatch.setattr(sys, "argv", ["classroom", str(pages), str(tmp_path / "class"), "--for", "none"])
    classroom.main()
    assert str(tmp_path / "class") in said.getvalue()
    assert "Packages for: no machine." in said.getvalue()
