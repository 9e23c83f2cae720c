"""The first cell of a notebook to download, in the environments that students have, with a small wheel."""

import base64
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cnnbook.site import bootstrap, download

NEEDS = "Requires-Dist: pillow>=10\nRequires-Dist: numpy>=1.26; extra == 'more'\n"
ABOUT = """
import importlib, json, os, subprocess, sys
import cnnbook.ops
folder = os.path.dirname(cnnbook.__file__)
runs = os.path.join(folder, "recordings")
child = [sys.executable, *OPTIONS, "-c", "import cnnbook.ops as ops; print(ops.EDITION)"]
about = {
    "edition": cnnbook.ops.EDITION,
    "folder": folder,
    "runs": {name: open(f"{runs}/{name}/results.json").read() for name in sorted(os.listdir(runs))},
    "child": subprocess.run(child, capture_output=True, text=True).stdout.strip(),
}
print(json.dumps(about))
"""


def files(edition, runs, backend=""):
    return {
        "cnnbook/__init__.py": "",
        "cnnbook/backend.py": backend,
        "cnnbook/ops.py": f"EDITION = {edition!r}",
        "cnnbook/site/bootstrap.py": Path(bootstrap.__file__).read_text(),
        **{f"cnnbook/recordings/{name}/results.json": f"{name} of {edition}" for name in runs},
    }


def cell(edition="mine", runs=("one", "two"), carried=("one",), needs=NEEDS, backend=""):
    """The first cell of a chapter of this edition, which has `runs` and whose chapter names those carried."""
    everything = {
        **files(edition, runs, backend),
        "cnnbook-0.1.0.dist-info/METADATA": f"Name: cnnbook\n{needs}",
    }
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        record = "".join(f"{name},,\n" for name in everything)
        for name, content in {**everything, "cnnbook-0.1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, content)
    return download.first_cell(wheel.getvalue(), list(carried)).source


@pytest.fixture
def kernel(tmp_path):
    """kernel(cell, ...) runs cells in one Python that has Pillow 10, TensorFlow, no pip and nothing else."""
    packages, temporary = tmp_path / "packages", tmp_path / "temporary"
    temporary.mkdir()
    for name in ("pillow-10.1.dist-info/METADATA", "tensorflow.py"):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("Metadata-Version: 2.1\nName: pillow\nVersion: 10.1\n" * ("/" in name))

    def kernel(*cells, **variables):
        nowhere = str(temporary / "no" / "home")
        environment = {"PATH": os.environ["PATH"], "HOME": nowhere, "TMPDIR": str(temporary)} | variables
        environment["PYTHONPATH"] = str(packages)
        program = f"OPTIONS = ['-S', '-B']\ncells = {list(cells)!r}\nfor cell in cells: exec(cell, globals())"
        command = [sys.executable, "-S", "-B", "-c", program]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert not list(temporary.iterdir()), "something is left behind"
        return done.stdout + (done.stderr.splitlines() or [""])[-1]

    kernel.packages = packages
    return kernel


def about(printed):
    return json.loads(printed.splitlines()[-1])


def install(folder, edition, runs):
    for name, content in files(edition, runs).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def tree(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "variables",
    [{}, {"PIP_TARGET": "/x", "PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_PREFIX": "/y"}],
    ids=["no pip, no home", "odd PIP_ variables"],
)
def test_it_needs_nothing_but_python(kernel, variables):
    before = tree(kernel.packages)
    printed = kernel(cell(), ABOUT, **variables)
    assert printed.startswith("Ready.\n{")
    found = about(printed)
    assert found["edition"] == found["child"] == "mine"
    assert found["runs"] == {"one": "one of mine"}
    assert tree(kernel.packages) == before


def test_another_chapter_of_the_edition_adds_its_recordings(kernel):
    printed = kernel(cell(carried=["one"]), ABOUT, cell(carried=["two"]), cell(carried=["one"]), ABOUT)
    assert printed.count("Ready.") == 3
    first = json.loads(printed.splitlines()[1])
    assert about(printed) == first | {"runs": {"one": "one of mine", "two": "two of mine"}}


def test_what_was_damaged_meanwhile_is_mended(kernel):
    damage = """
import cnnbook, pathlib, shutil
folder = pathlib.Path(cnnbook.__file__).parent
(folder / "ops.py").write_text("EDITION = 'tampered'")
shutil.rmtree(folder / "recordings")
"""
    assert about(kernel(cell(), damage, cell(), ABOUT))["runs"] == {"one": "one of mine"}
    assert about(kernel(cell(), damage, cell(), ABOUT))["edition"] == "mine"


def test_an_edition_that_is_installed_is_left_alone(kernel):
    install(kernel.packages, "other", ["one", "three"])
    before = tree(kernel.packages)
    printed = kernel(cell(), ABOUT)
    said, ready, _ = printed.splitlines()
    assert said == f"Another edition of cnnbook is in {kernel.packages}/cnnbook: this notebook uses its own."
    assert ready == "Ready."
    assert about(printed)["runs"] == {"one": "one of mine"}
    assert about(printed)["edition"] == about(printed)["child"] == "mine"
    assert tree(kernel.packages) == before


def test_the_same_edition_is_used_where_it_is(kernel):
    install(kernel.packages, "mine", ["one", "two"])
    printed = kernel("import cnnbook.ops", cell(), ABOUT)
    assert printed.startswith("Ready.\n{")
    assert about(printed)["folder"] == str(kernel.packages / "cnnbook")


@pytest.mark.parametrize("runs", [["one"], ["one", "two", "three"]], ids=["one less", "one more"])
def test_an_edition_may_differ_in_its_recordings_alone(kernel, runs):
    install(kernel.packages, "mine", runs)
    printed = kernel(cell(), ABOUT)
    assert printed.startswith("Another edition")
    assert about(printed)["runs"] == {"one": "one of mine"}


@pytest.mark.parametrize("name", ["cnnbook.py", "cnnbook/recordings/one/results.json"])
def test_what_only_has_the_name(kernel, name):
    """A student's own file; recordings that an edition which used pip left behind."""
    (kernel.packages / name).parent.mkdir(parents=True, exist_ok=True)
    (kernel.packages / name).write_text("1")
    assert about(kernel(cell(), ABOUT))["runs"] == {"one": "one of mine"}


@pytest.mark.parametrize("first", ["import cnnbook.ops", cell("other"), "import cnnbook.recordings"])
def test_two_editions_never_meet_in_one_kernel(kernel, first):
    if first == "import cnnbook.ops":
        install(kernel.packages, "other", ["one"])
    if first == "import cnnbook.recordings":  # recordings alone, imported as a namespace
        install(kernel.packages, "other", ["one"])
        (kernel.packages / "cnnbook" / "__init__.py").unlink()
    printed = kernel(first, cell(), "print('went on')")
    assert "BootstrapError: Another edition of cnnbook is in use in this kernel (" in printed
    assert printed.endswith("restart the kernel, then run this cell before any other.")
    assert "went on" not in printed


def test_what_is_missing_or_too_old_is_named_at_once(kernel):
    (kernel.packages / "tensorflow.py").unlink()
    printed = kernel(cell(needs="Requires-Dist: pillow>=10.2\nRequires-Dist: rich>=13\n"))
    assert printed.partition(";")[0].endswith(
        "cnnbook needs pillow 10.2 or newer (here: 10.1), rich, tensorflow or jax or torch"
    )
    assert printed.endswith(': "pillow>=10.2" rich tensorflow')


def test_what_keras_misses_is_named(kernel):
    assert "BootstrapError: Keras needs absent; install that where" in kernel(cell(backend="import absent"))


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_another_back_end_will_do(kernel, name):
    (kernel.packages / "tensorflow.py").rename(kernel.packages / f"{name}.py")
    assert kernel(cell()) == "Ready.\n"


@pytest.mark.parametrize("position", [0.1, 0.5, 0.9])
def test_a_damaged_text(kernel, position):
    source = cell()
    place = source.index('PACKAGE = "') + int(position * (source.index("EDITION") - source.index("PACKAGE")))
    for damaged in (source[:place] + "####" + source[place + 4 :], source[:place] + source[place + 5 :]):
        assert kernel(damaged).endswith("The text in this cell is damaged: download the notebook again.")


def test_nowhere_to_unpack(kernel):
    forbid = "import tempfile; tempfile.tempdir = __import__('sys').executable"
    assert "BootstrapError: cnnbook could not be unpacked here: " in kernel(forbid, cell())


def test_a_python_that_is_too_old(kernel):
    old = "import sys; sys.version_info, sys.version = (3, 9, 1), '3.9.1 (main)'"
    assert kernel(old, cell()).endswith("cnnbook needs Python 3.11 or newer, and this is 3.9.1.")


@pytest.mark.parametrize(
    ("files", "variables", "expected"),
    [
        (["pip.py", "pyvenv.cfg"], {}, "this cell again: %pip install rich"),
        (["pip.py"], {"PIP_TARGET": "/x"}, "%pip install rich (first unset PIP_TARGET, or "),
        (["pyvenv.cfg", "uv"], {}, 'this cell again: !uv pip install --python "PYTHON" rich'),
        (["pyvenv.cfg", "uv run"], {}, "with these options as well: uv run --with rich"),
        (["pip.py", "EXTERNALLY-MANAGED"], {}, "cnn/bin/pip install jupyterlab rich, then open"),
        (["pip.py", "EXTERNALLY-MANAGED", "pyvenv.cfg"], {}, "this cell again: %pip install rich"),
        (["conda-meta/history"], {}, "this cell again: %conda install --yes --channel conda-forge rich"),
        ([], {}, "then run this cell again: rich"),
    ],
    ids=["venv", "PIP_TARGET", "uv venv", "uv run", "PEP 668", "venv on PEP 668", "conda", "unknown"],
)
def test_the_command_fits_the_environment(tmp_path, monkeypatch, files, variables, expected):
    lines = {"uv": "uv = 0.13.9\n", "uv run": "uv = 0.13.9\nextends-environment = /x\n"}
    for file in files:
        path = tmp_path / ("pyvenv.cfg" if file in lines else file)
        path.parent.mkdir(exist_ok=True)
        path.write_text(lines.get(file, ""))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", "/usr" if "pyvenv.cfg" in files else str(tmp_path))
    monkeypatch.setattr(sys, "executable", "PYTHON")
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: (tmp_path / f"{name}.py").exists() or None)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert expected in bootstrap.how_to_install(["rich"])


def test_the_cell_is_short_but_for_one_line():
    lines = cell().splitlines()
    package = next(index for index, line in enumerate(lines) if len(line) > 1000)
    assert len(lines) < 35
    assert package < len(lines) - 15, "a traceback that shows the call would show the package"
    assert base64.b64decode(lines[package].partition('"')[2][:-1]).startswith(b"PK")
