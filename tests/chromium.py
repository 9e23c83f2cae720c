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
    """Install a browser: Debian's own as root (from the package mirror alone), else Playwright's.

    Ends the program with one line where that fails.
    """
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0:
        commands = [[*commands[0], "--with-deps"]]
        if _system() == "debian":
            options = ["-qq", "--no-install-recommends", "chromium"]
            commands = [["apt-get", "update", "-qq"], ["apt-get", "install", *options]]
    for command in commands:
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError):
            sys.exit(
                f"The tests need a browser, and `{' '.join(command)}` failed: install Chromium or Chrome, so "
                f"that one of these is found: {', '.join(NAMES)}"
            )


def _system():
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:  # no Linux, or a very small one
        return None


if __name__ == "__main__" and "--install" in sys.argv and not executable():
    install()
