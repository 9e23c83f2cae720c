# This cell installs cnnbook, the package of the book, from the wheel that stands at its end as text.
# It fetches nothing and changes nothing that is here already. (The book's cnnbook/site/download.py wrote it.)
import base64
import importlib
import importlib.metadata
import importlib.util
import io
import re
import site
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def prepare(name, wheel):
    def place():
        spec = importlib.util.find_spec("cnnbook")
        return spec and spec.origin  # None of a folder with recordings alone, which outlive an uninstall

    wheel = base64.b64decode(wheel)
    if not place():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(wheel)
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(path)]
            done = subprocess.run(pip, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("cnnbook could not be installed here:\n" + done.stderr)
        importlib.invalidate_caches()
        if not place():  # pip made the user's folder only now
            sys.path.append(site.getusersitepackages())

    # A notebook of another chapter may have installed the package without the recordings of this one.
    packages = Path(place()).parents[1]
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for file in archive.namelist():
            if file.startswith("cnnbook/runs/") and not Path(packages, file).exists():
                archive.extract(file, packages)

    missing = []
    for requirement in importlib.metadata.requires("cnnbook"):
        package = re.match(r"[\w.-]+", requirement)[0]
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        names = " ".join(missing)
        raise ImportError(f"cnnbook needs {names}; run this, then this cell again: %pip install {names}")
    try:
        importlib.import_module("cnnbook.backend")  # Keras, on the back end that is chosen here
    except ModuleNotFoundError as error:
        names = error.name
        raise ImportError(
            f"Keras needs {names}; run this, then this cell again: %pip install {names}"
        ) from error
    print("Ready.")
