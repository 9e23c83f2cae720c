"""The chapters as a student on Colab meets them: Colab's versions, its widget manager, and no cnnbook yet.

Simulated: Colab itself cannot be reached from a test. Its versions are installed into an environment of
their own (requirements.txt beside this file), `google.colab` is a stand-in (fake/), and the notebooks are
those that the pages offer to download, which bring the package along.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHAPTERS = sorted(path.name for path in (ROOT / "book").glob("[0-9][0-9]-*.ipynb"))
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.cnnbook.widget+json"


def find_python():
    """Return Colab's Python, 3.13, where this machine has it, else 3.12, else the one that runs this test."""
    for version in ("3.13", "3.12"):
        for python in (f"python{version}", *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
            try:
                subprocess.run([python, "-c", "import ssl"], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError):
                continue
            return python
    return sys.executable


@pytest.fixture(scope="session")
def python():
    """An environment with Colab's versions, made where it is missing or was made from other requirements."""
    home, wanted = ROOT / ".venv-colab", (HERE / "requirements.txt").read_text()
    python, installed = home / "bin" / "python", home / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([find_python(), "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        installed.write_text(wanted)
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", "cnnbook"], check=True)
    return python


@pytest.fixture(scope="session")
def downloads():
    """The notebooks that the pages offer to download."""
    subprocess.run(["make", "-s", "book"], cwd=ROOT, check=True)
    return ROOT / "_build" / "html" / "notebooks"


def colab(tmp_path):
    return os.environ | {
        "PYTHONPATH": str(HERE / "fake"),
        "CNNBOOK_FAST": "1",
        "CNNBOOK_DATASET": "cifar10" if os.environ.get("CNNBOOK_CIFAR10") else "digits",
        "JUPYTER_PLATFORM_DIRS": "1",
        "HOME": str(tmp_path),
    }


def run(command, tmp_path):
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=tmp_path, env=colab(tmp_path), text=True, **both)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_downloaded_chapter_runs_and_shows_what_the_book_shows(chapter, python, downloads, tmp_path):
    before = run([python, "-m", "pip", "list", "--format", "freeze"], tmp_path)
    nbval = ["--nbval-lax", "--nbval-cell-timeout", "300", "-p", "no:cacheprovider"]
    run([python, "-m", "pytest", *nbval, "--rootdir", tmp_path, downloads / chapter], tmp_path)
    after = run([python, "-m", "pip", "list", "--format", "freeze"], tmp_path)
    others = [line for line in after.splitlines() if not line.startswith("cnnbook==")]
    assert others == [line for line in before.splitlines() if not line.startswith("cnnbook==")]


def test_a_widget_is_alive_on_colab(python, downloads, tmp_path):
    notebook = json.loads((downloads / "02-convolution.ipynb").read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    show = 'from cnnbook.widgets import ConvolutionLab\nConvolutionLab([[0, 1], [2, 3]], kernel="identity")'
    notebook["cells"] = [code[0], code[0] | {"source": show, "id": "widget", "outputs": []}]
    path = tmp_path / "widget.ipynb"
    path.write_text(json.dumps(notebook))
    run([python, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", path], tmp_path)
    (output,) = json.loads(path.read_text())["cells"][1]["outputs"]
    assert {WIDGET_VIEW, WIDGET_STATE, "image/png", "text/plain"} <= set(output["data"])
    manager = output["metadata"][WIDGET_VIEW]["colab"]["custom_widget_manager"]["url"]
    assert manager.startswith("https://ssl.gstatic.com/colaboratory-static/widgets/")
