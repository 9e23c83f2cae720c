"""Say in one line where the packages of requirements.txt cannot be had; the Makefile asks before it installs.

Where all can be had, `uv pip compile --only-binary :all: requirements.txt` says, given --python-version and
--python-platform.
"""

import platform
import sys
import sysconfig

PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("Linux x86_64", "Linux aarch64", "Darwin arm64")
PAGES = "The built pages need no Python: take them from any other machine."


def objection() -> str | None:
    """Why the book cannot be built by this Python, and what can be done; None where it can."""
    here = f"{platform.system()} {platform.machine()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    if here not in MACHINES or "musl" in str(sysconfig.get_config_var("SOABI")):
        return (
            f"TensorFlow is not made for {here}: the book is built on Linux (x86_64 or aarch64, with glibc; "
            f"on Windows: in WSL), or on a Mac with Apple's processor, by a Python made for it. {PAGES}"
        )
    known = python.startswith(tuple(f"CPython {version}." for version in PYTHONS))
    if not known or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return (
            f"The book's packages are not made for {python}: it is built by CPython {', '.join(PYTHONS)}; "
            f"say where one is: make PYTHON=python{PYTHONS[-1]} book. {PAGES}"
        )
    return None


if __name__ == "__main__":
    sys.exit(objection())
