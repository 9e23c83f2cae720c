"""What the first cell of a notebook to download does: `import cnnbook` finds the edition that it carries.

The cell runs this file from its wheel (see download.py), in any Python (hence the quotes around annotations),
and needs nothing else. The wheel is pure Python: it is unpacked into a temporary folder, which is deleted
when the kernel is shut down, and which comes first on Python's path. So nothing is installed, it works
without pip, a network or a home folder, and no kernel finds what another one left half done, or another
edition.
"""

import atexit
import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")  # one of them is enough, see cnnbook/backend.py


class BootstrapError(ImportError):
    """Why the notebook is not ready, and what to do: notebooks show this sentence and no traceback."""

    def _render_traceback_(self) -> "list[str]":
        return [str(self)]


def edition_of(files: "dict[str, bytes]") -> str:
    """Hash an edition: names, such as cnnbook/ops.py, and contents."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name} {len(files[name])}\n".encode() + files[name])
    return digest.hexdigest()[:16]


def files_in(package: Path) -> "dict[str, bytes]":
    """Read the files of the package in this folder, without what Python compiled: name -> content."""
    paths = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(package.parent).as_posix(): path.read_bytes() for path in paths}


def read(archive: zipfile.ZipFile) -> "tuple[dict[str, bytes], dict[str, str]]":
    """Read a wheel.

    Returns:
        The files of the package, name -> content; and what it requires, name -> the lowest version.

    Raises:
        BootstrapError: it is damaged.
    """
    try:
        files = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # a text that was changed can raise anything
        raise BootstrapError("The text in this cell is damaged: download the notebook again.") from None
    metadata = next(files[name].decode() for name in files if name.endswith("/METADATA"))
    requires = re.findall(r"^Requires-Dist: ([\w.-]+)[^\n;]*>=([\d.]+)[^\n;]*$", metadata, re.MULTILINE)
    return {name: files[name] for name in files if name.startswith("cnnbook/")}, dict(requires)


def place() -> "Path | None":
    """Find the folder of the package that is imported or would be; None of a folder with recordings alone."""
    spec = importlib.util.find_spec("cnnbook")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)


def make_importable(edition: str, files: "dict[str, bytes]") -> None:
    """Make `import cnnbook` find this edition and no other, in this kernel and in what it starts.

    Raises:
        BootstrapError: another edition is in use.
        OSError: the files cannot be written.
    """
    found = place()
    if found and found.parent.name.startswith(f"cnnbook-{edition}-"):
        folder = found.parent  # of another chapter of this edition, without the recordings of this one
    elif found and edition_of(files_in(found)) == edition:
        return
    elif "cnnbook" in sys.modules:
        raise BootstrapError(
            f"Another edition of cnnbook is in use in this kernel ({found or 'recordings alone'}): "
            "restart the kernel, then run this cell before any other."
        )
    else:
        if found:
            print(f"Another edition of cnnbook is in {found}: this notebook uses its own.")
        folder = Path(tempfile.mkdtemp(prefix=f"cnnbook-{edition}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        inherited = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), inherited]))


def lacking(requires: "dict[str, str]") -> "dict[str, str]":
    """List packages that are missing or too old: what an installer is asked for -> what is said of it."""
    from importlib import metadata  # here, since Python 3.7 lacks it

    found = {}
    for name, lowest in requires.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = None
        if version is None:  # of what was removed by half, too
            found[name] = name
        elif numbers(version) < numbers(lowest):
            found[f'"{name}>={lowest}"'] = f"{name} {lowest} or newer (here: {version})"
    if not any(map(importlib.util.find_spec, BACKENDS)):
        has_wheels = "jax" if sys.version_info >= (3, 14) else "tensorflow"
        found[has_wheels] = " or ".join(BACKENDS)
    return found


def numbers(version: str) -> "list[int]":
    """Read the numbers of a version, to be compared."""
    return [int(number) for number in re.findall(r"\d+", version)]


def how_to_install(wanted: "list[str]") -> str:
    """Say how to get packages into the environment of this kernel: the end of a sentence."""
    again, names = "run this, then this cell again:", " ".join(wanted)
    home, stdlib = Path(sys.prefix), sysconfig.get_path("stdlib")
    settings = home / "pyvenv.cfg"
    settings = settings.read_text() if settings.is_file() else ""
    managed = sys.prefix == sys.base_prefix and Path(stdlib, "EXTERNALLY-MANAGED").exists()  # PEP 668
    if "extends-environment" in settings:  # of `uv run --with`, made for one command
        options = " ".join(f"--with {name}" for name in wanted)
        return f"start Jupyter again with these options as well: uv run {options}"
    if importlib.util.find_spec("pip") and not managed:
        away = [name for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT") if os.environ.get(name)]
        unset = f" (first unset {' and '.join(away)}, or pip installs elsewhere)" if away else ""
        return f"{again} %pip install {names}{unset}"
    if re.search("^uv = ", settings, re.MULTILINE):
        return f'{again} !uv pip install --python "{sys.executable}" {names}'
    if (home / "conda-meta").is_dir():
        return f"{again} %conda install --yes --channel conda-forge {names}"
    if managed:
        return (
            "the system keeps this Python to itself, so make one of your own: python3 -m venv cnn, then "
            f"cnn/bin/pip install jupyterlab {names}, then open this notebook with cnn/bin/jupyter lab"
        )
    return f"install that where this kernel looks for packages, {home}, then run this cell again: {names}"


def bootstrap(archive: zipfile.ZipFile, edition: str) -> None:
    """Make the package ready, and say so.

    Args:
        archive: the wheel, with the recordings of one chapter.
        edition: `edition_of` the package with all recordings.

    Raises:
        BootstrapError: that cannot be.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 -- the cell runs in any Python
        raise BootstrapError(f"cnnbook needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
    files, requires = read(archive)
    try:
        make_importable(edition, files)
    except OSError as error:
        raise BootstrapError(f"cnnbook could not be unpacked here: {error}.") from None
    missing = lacking(requires)
    if missing:
        raise BootstrapError(f"cnnbook needs {', '.join(missing.values())}; {how_to_install(list(missing))}")
    try:
        importlib.import_module("cnnbook.backend")  # Keras, on the back end that is chosen here
    except ModuleNotFoundError as error:
        raise BootstrapError(f"Keras needs {error.name}; {how_to_install([error.name])}") from None
    print("Ready.")
