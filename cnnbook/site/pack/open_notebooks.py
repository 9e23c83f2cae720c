"""Opens the notebooks of the book, without a network: python open_notebooks.py

The first time, it makes a Python environment in this folder out of the files in the folder packages. Nothing
is installed elsewhere, and nothing is fetched. Options are handed on to JupyterLab, such as --no-browser.
"""

from __future__ import annotations  # an old Python shall say what is missing, not stop at a type

import importlib.util
import json
import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "packages"
ENVIRONMENT = HERE / "environment"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
READY = ENVIRONMENT / "ready"
SYSTEMS = {"Windows AMD64": "windows", "Darwin arm64": "macos", "Linux x86_64": "linux"}
# JupyterLab asks at its first start whether it may fetch news.
SETTINGS = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


def this_machine() -> str:
    """Name this system and Python as the list in the folder packages does: "windows-3.12"."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{SYSTEMS.get(system, system)}-{sys.version_info[0]}.{sys.version_info[1]}"


def settings() -> dict[str, str]:
    """Say what the notebooks shall use: the real CIFAR-10 where it is in this folder, else digits."""
    data = HERE / "cifar-10"
    chosen = {"CNNBOOK_CIFAR10": str(data)} if data.is_dir() else {"CNNBOOK_DATASET": "digits"}
    return {**chosen, "CNNBOOK_FAST": "1", **os.environ}


def prepare(names: list[str]) -> None:
    """Make the environment with these packages; end the program where that fails."""
    if not importlib.util.find_spec("ensurepip"):
        sys.exit("ensurepip is missing: this system keeps it in a package of its own, python3-venv.")
    print("Preparing, once: this takes some minutes. Leave this window open.", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [PYTHON, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.call([*map(str, pip), "--no-index", "--find-links", str(PACKAGES), *names]):
        sys.exit(
            "That did not work: the lines above say why. Is the disk full, is a file missing on the stick?"
        )
    config = ENVIRONMENT / "etc" / "jupyter" / "labconfig"
    config.mkdir(parents=True, exist_ok=True)
    (config / "page_config.json").write_text(json.dumps(SETTINGS))
    READY.touch()


def python() -> Path | str:
    """Return the Python that runs the notebooks, made where it is missing; or say why there is none."""
    listed = PACKAGES / "for.json"
    packed = json.loads(listed.read_text()) if listed.is_file() else {"machines": [], "names": []}
    if READY.is_file():
        return PYTHON
    if this_machine() in packed["machines"]:
        prepare(packed["names"])
        return PYTHON
    if all(map(importlib.util.find_spec, ("jupyterlab", "keras", "anywidget", "skimage"))):
        return sys.executable
    has = ", ".join(packed["machines"]) or "no machine"
    sys.exit(
        f"This is {this_machine()}, and the packages here are for {has}. Use the pages: they need no Python."
    )


def main() -> None:
    """Open JupyterLab on the notebooks."""
    command = [python(), "-m", "jupyterlab", "--notebook-dir", HERE / "notebooks", *sys.argv[1:]]
    print("JupyterLab opens in your browser. To end it, close this window or press Ctrl-C here.", flush=True)
    never = "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
    sys.exit(subprocess.call([*map(str, command), never], env=settings()))


if __name__ == "__main__":
    main()
