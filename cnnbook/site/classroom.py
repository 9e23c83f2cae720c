"""What a class without a network needs, as one folder for a stick, and as a zip of it.

    python -m cnnbook.site.classroom _build/html _build/class --for windows-3.12 --for macos-3.13

It holds the built pages, the notebooks that carry the package, `open_notebooks.py`, which opens them, and a
page that says how to begin. For each system and Python that is named it holds the wheels as well, in the
versions of requirements.txt and checked against its hashes: Keras on JAX, whose wheels have a sixth of
TensorFlow's size, and JupyterLab. Python itself has to be on the machines already. CIFAR-10 is in it where
CNNBOOK_CIFAR10 names a copy; it is never fetched.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cnnbook.data.cifar10 import BATCHES, load_cifar10
from cnnbook.errors import BookError
from cnnbook.site.download import FOLDER, ROOT

FILES = Path(__file__).with_name("pack")
# A system -> what pip calls what runs there, and what markers of requirements say of it.
SYSTEMS = {
    "windows": (["win_amd64"], ("win32", "Windows", "nt", "AMD64")),
    "macos": (["macosx_12_0_arm64"], ("darwin", "Darwin", "posix", "arm64")),
    "linux": (
        [f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)] + ["manylinux2014_x86_64"],
        ("linux", "Linux", "posix", "x86_64"),
    ),
}
PYTHONS = ("3.11", "3.12", "3.13")
BESIDE = ("jax", "jupyterlab")  # what the notebooks need beside what the package asks for
PIN = re.compile(r"^([\w.-]+)==(\S+)(?: ; (.+?))? \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE)


class ClassError(BookError):
    """Why there is no pack, in one line."""


def write(pages: Path, target: Path, machines: list[str]) -> None:
    """Write the pack.

    Args:
        pages: the built book.
        target: the folder, made anew; its zip lies beside it.
        machines: whose packages come with it, such as "windows-3.12".

    Raises:
        ClassError: packages cannot be fetched, or what lies at `target` is something else.
        DatasetUnavailable: CNNBOOK_CIFAR10 names a copy that is none.
    """
    if target.exists() and not (target / "START.html").is_file():
        raise ClassError(f"{target} is in the way: it is no pack of an earlier time")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(pages, target / "pages", ignore=shutil.ignore_patterns(FOLDER, ".*"))
    shutil.copytree(pages / FOLDER, target / FOLDER)
    for page in (target / "pages").glob("*.html"):
        content = page.read_text(encoding="utf-8")
        page.write_text(content.replace(f'href="{FOLDER}/', f'href="../{FOLDER}/'), encoding="utf-8")
    shutil.copy(FILES / "open_notebooks.py", target)
    real = add_cifar10(target / "cifar-10")
    (target / "START.html").write_text(start_page(machines, real), encoding="utf-8")
    names = wanted()
    for machine in machines:
        fetch(closure(names, machine), machine, target / "packages")
    if machines:
        listed = json.dumps({"machines": machines, "names": names})
        (target / "packages" / "for.json").write_text(listed, encoding="utf-8")
    shutil.make_archive(str(target), "zip", target.parent, target.name)


def start_page(machines: list[str], real: bool) -> str:
    """Write the page that says how to begin, with what is in this pack."""
    page = (FILES / "START.html").read_text(encoding="utf-8")
    names = {"windows": "Windows", "macos": "macOS on Apple's processor", "linux": "Linux"}
    shown = [f"{names[system]} with Python {python}" for system, python in map(_parts, machines)]
    page = page.replace("MACHINES", ", ".join(shown) or "no machine")
    digits = "1,797 handwritten digits, in the place of photographs"
    return page.replace("DATA", "the 60,000 photographs of CIFAR-10" if real else digits)


def add_cifar10(folder: Path) -> bool:
    """Copy the reader's own CIFAR-10, and say whether there is one; the copy is checked."""
    named = os.environ.get("CNNBOOK_CIFAR10")
    if not named or os.environ.get("CNNBOOK_DATASET", "cifar10") != "cifar10":
        return False
    load_cifar10()  # says what is wrong with it
    place = Path(named).expanduser()
    folder.mkdir()
    if place.is_file():
        shutil.copy(place, folder / "cifar-10-python.tar.gz")
        return True
    inner = next(place.rglob(BATCHES[0]), None)
    found = [inner.with_name(name) for name in BATCHES] if inner else place.glob("cifar-10-python*")
    copy = folder / "cifar-10-batches-py" if inner else folder
    copy.mkdir(exist_ok=True)
    for path in found:
        shutil.copy(path, copy)
    return True


def wanted() -> list[str]:
    """List what has to be installed for the notebooks, by the names that the package asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*(Requirement(text).name for text in project["dependencies"]), *BESIDE]


def closure(names: list[str], machine: str) -> list[str]:
    """List these packages and all that they need on this machine: lines of requirements.txt, with hashes."""
    environment = _environment(machine)
    pins: dict[str, str] = {}
    for name, version, marker, hashes in PIN.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")):
        if not marker or Marker(marker).evaluate(environment):
            pins[canonicalize_name(name)] = f"{name}=={version} \\\n{hashes}"
    open_, needed = [(canonicalize_name(name), ("",)) for name in names], set()
    while open_:
        name, extras = open_.pop()
        if (name, extras) in needed:
            continue
        needed.add((name, extras))
        for requirement in map(Requirement, _requires(name)):
            marker = requirement.marker
            if not marker or any(marker.evaluate({**environment, "extra": extra}) for extra in extras):
                open_.append((canonicalize_name(requirement.name), ("", *sorted(requirement.extras))))
    return [pins[name] for name in sorted({name for name, _ in needed})]


def fetch(pins: list[str], machine: str, folder: Path) -> None:
    """Fetch wheels by pip; those that are there already are not fetched again."""
    system, python = _parts(machine)
    tags, _ = SYSTEMS[system]
    with TemporaryDirectory() as scratch:
        listed = Path(scratch, "requirements.txt")
        listed.write_text("".join(pins), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(listed)]
        command += ["--implementation=cp", f"--python-version={python}", f"--dest={folder}"]
        done = subprocess.run([*command, *(f"--platform={tag}" for tag in tags)])
    if done.returncode:
        raise ClassError(f"pip could not fetch the packages for {machine}; FOR=none makes a pack without any")


def here() -> list[str]:
    """Name this machine; no name where packages for its like are not packed."""
    system = {"Darwin": "macos"}.get(platform.system(), platform.system().lower())
    known = system in SYSTEMS and platform.machine() == SYSTEMS[system][1][-1]
    return [f"{system}-{sys.version_info.major}.{sys.version_info.minor}"] if known else []


def _parts(machine: str) -> tuple[str, str]:
    system, _, python = machine.partition("-")
    if system not in SYSTEMS or python not in PYTHONS:
        raise ClassError(
            f"{machine!r} is no machine: FOR takes {', '.join(SYSTEMS)}, each with a Python, "
            f"{', '.join(PYTHONS)}, such as windows-{PYTHONS[-1]}; or none"
        )
    return system, python


def _environment(machine: str) -> dict[str, str]:
    system, python = _parts(machine)
    names = ("sys_platform", "platform_system", "os_name", "platform_machine")
    version = {"python_version": python, "python_full_version": f"{python}.9", "extra": ""}
    return {**default_environment(), **dict(zip(names, SYSTEMS[system][1], strict=True)), **version}


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # of another system: pywinpty, colorama, appnope need nothing
        return []


def main() -> None:
    """Write the pack, and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, help="the built book")
    parser.add_argument("target", type=Path, help="the folder to write")
    parser.add_argument(
        "--for", dest="machines", action="append", help="windows-3.12, ...; none: no packages"
    )
    options = parser.parse_args()
    machines = [name for name in options.machines or here() if name != "none"]
    try:
        list(map(_parts, machines))
        write(options.pages, options.target, machines)
    except BookError as problem:
        sys.exit(str(problem))
    target = options.target.absolute()
    size = target.with_name(f"{target.name}.zip").stat().st_size / 1e6
    print(f"The pack is in {target}, and as {target.name}.zip beside it ({size:.0f} MB).")
    print(f"Packages for: {', '.join(machines) or 'no machine'}. Open START.html.")


if __name__ == "__main__":
    main()
