"""The browser of the tests: an installed Chromium or Chrome, else the one that Playwright brings.

python tests/chromium.py --install   does nothing where there is one
"""

import os
import platform
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Nothing but the pages under test may use the network.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def executable():
    """Return the path of an installed browser; None where there is none, so that Playwright takes its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def install():
    """Install a browser: Debian's own as root (from the package mirror alone), else Playwright's."""
    if sys.platform == "linux" and platform.freedesktop_os_release()["ID"] == "debian" and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", "chromium"], check=True)
    else:
        with_system_packages = ["--with-deps"] if os.geteuid() == 0 else []
        command = [sys.executable, "-m", "playwright", "install", *with_system_packages, "chromium"]
        subprocess.run(command, check=True)


if __name__ == "__main__" and "--install" in sys.argv and not executable():
    install()
