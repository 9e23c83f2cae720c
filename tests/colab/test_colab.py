"""The chapters as a student on Colab or Kaggle meets them: the host's versions, and no cnnbook yet.

Simulated: the hosts themselves cannot be reached from a test. Their versions are installed into environments
of their own (requirements-....txt beside this file), Colab's `google.colab` with its widget manager is a
stand-in (fake/), and the notebooks are those that the pages offer to download, which bring the package along.
"""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHAPTERS = sorted(path.name for path in (ROOT / "book").glob("[0-9][0-9]-*.ipynb"))
PYTHONS = {"colab": "3.13", "kaggle": "3.12"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.cnnbook.widget+json"


def find_python(wanted):
    """Return this version of Python where it is installed, else 3.12, else the one that runs this test."""
    for version in (wanted, "3.12"):
        for python in (f"python{version}", *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
            try:
                subprocess.run([python, "-c", "import ssl"], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError):
                continue
            return python
    return sys.executable


@pytest.fixture(scope="session", params=PYTHONS)
def python(request):
    """An environment with a host's versions, made where it is missing or was made from other requirements."""
    host, requirements = request.param, HERE / f"requirements-{request.param}.txt"
    home, wanted = ROOT / f".venv-{host}", requirements.read_text()
    python, installed = home / "bin" / "python", home / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([find_python(PYTHONS[host]), "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
        installed.write_text(wanted)
    if host == "colab":
        (packages,) = home.glob("lib/python*/site-packages")
        (packages / "fake.pth").write_text(str(HERE / "fake"))
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", "cnnbook"], check=True)
    version = subprocess.run([python, "-V"], check=True, capture_output=True, text=True).stdout.strip()
    if f"{PYTHONS[host]}." not in version:
        warnings.warn(
            f"{host} has Python {PYTHONS[host]}, which is not here: tried with {version}", stacklevel=1
        )
    return python


@pytest.fixture(scope="session")
def downloads():
    """The notebooks that the pages offer to download."""
    subprocess.run(["make", "-s", "book"], cwd=ROOT, check=True)
    return ROOT / "_build" / "html" / "notebooks"


def run(command, tmp_path):
    env = os.environ | {
        "CNNBOOK_FAST": "1",
        "CNNBOOK_DATASET": "cifar10" if os.environ.get("CNNBOOK_CIFAR10") else "digits",
        "JUPYTER_PLATFORM_DIRS": "1",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),  # nbval kills its kernels, so what they keep there stays
    }
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=tmp_path, env=env, text=True, **both)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_downloaded_chapter_runs_and_shows_what_the_book_shows(chapter, python, downloads, tmp_path):
    before = run([python, "-m", "pip", "list", "--format", "freeze"], tmp_path)
    assert "cnnbook" not in before
    nbval = ["--nbval-lax", "--nbval-cell-timeout", "300", "-p", "no:cacheprovider"]
    run([python, "-m", "pytest", *nbval, "--rootdir", tmp_path, downloads / chapter], tmp_path)
    after = run([python, "-m", "pip", "list", "--format", "freeze"], tmp_path)
    assert after == before


# Brings a widget to life from what the host's kernel has sent: its state, and the buffers beside it.
REVIVE = """async ([code, { state, buffers }]) => {
  for (const { path: [trait, name], data } of buffers) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    state[trait] = { ...state[trait], [name]: new DataView(bytes.buffer) };
  }
  const module = new Blob([code], { type: "text/javascript" });
  const { default: widget } = await import(URL.createObjectURL(module));
  const el = document.body.appendChild(document.createElement("div"));
  const model = { get: (name) => state[name], set() {}, save_changes() {}, on() {}, off() {} };
  await widget.render({ model, el });
  return [...el.querySelectorAll(".figures .title")].map((title) => title.textContent);
}"""


def test_a_widget_is_alive_there_with_its_assets(python, downloads, tmp_path, open_page):
    notebook = json.loads((downloads / "02-convolution.ipynb").read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    show = 'from cnnbook.widgets import PoolingLab\nPoolingLab("digit", size=4, stride=4)'
    notebook["cells"] = [code[0], code[0] | {"source": show, "id": "widget", "outputs": []}]
    path = tmp_path / "widget.ipynb"
    path.write_text(json.dumps(notebook))
    run([python, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", path], tmp_path)
    notebook = json.loads(path.read_text())
    sentence, view = notebook["cells"][1]["outputs"]
    assert {WIDGET_STATE, "text/html", "text/plain"} == set(sentence["data"])
    assert sentence["data"][WIDGET_STATE]["assets"] == ["gallery"]
    assert {WIDGET_VIEW} == set(view["data"])
    models = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    model = models[view["data"][WIDGET_VIEW]["model_id"]]
    code = model["state"]["_esm"]
    page = open_page("about:blank")
    assert page.evaluate(REVIVE, [code, model]) == ["Input 32 × 32", "Window 4 × 4", "Output 8 × 8"]
    assert page.errors == []
    if "colab" in str(python):
        manager = view["metadata"][WIDGET_VIEW]["colab"]["custom_widget_manager"]["url"]
        assert manager.startswith("https://ssl.gstatic.com/colaboratory-static/widgets/")
