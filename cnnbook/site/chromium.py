"""The browser that takes stills and tests pages: an installed Chromium or Chrome, else the one of Playwright.

python -m cnnbook.site.chromium   installs one where there is none
"""

import os
import platform
import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Error, Playwright

# The first has no window to draw: it opens a page with two fifths of the work of the second.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)

# Nothing but its pages may use the network.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class NoBrowser(RuntimeError):
    """There is none that starts; says how to get one."""


def launch(playwright: Playwright) -> Browser:
    """Start a browser without a window.

    Raises:
        NoBrowser: there is none that starts.
    """
    try:
        return playwright.chromium.launch(executable_path=_installed(), args=ARGUMENTS)
    except Error as error:
        reason = error.message.strip().splitlines()[0]
        raise NoBrowser(
            f"No browser starts ({reason}). Run `python -m cnnbook.site.chromium`, or install Chromium or "
            f"Chrome, so that one of these is found: {', '.join(NAMES)}."
        ) from None


def install() -> None:
    """Install a browser: Debian's own as root (from the package mirror alone), else Playwright's.

    Ends the program with one line where that fails.
    """
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0:
        commands = [[*commands[0], "--with-deps"]]
        if _system() == "debian":
            options = ["-qq", "--no-install-recommends", NAMES[0]]
            commands = [["apt-get", "update", "-qq"], ["apt-get", "install", *options]]
    for command in commands:
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError):
            sys.exit(
                f"A browser is needed, and `{' '.join(command)}` failed: install Chromium or Chrome, so that "
                f"one of these is found: {', '.join(NAMES)}"
            )


def _installed() -> str | None:
    """The path of an installed browser; None where there is none, so that Playwright takes its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def _system() -> str | None:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:  # no Linux, or a very small one
        return None


if __name__ == "__main__" and not _installed():
    install()
