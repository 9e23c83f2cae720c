"""The browser of the tests: an installed Chromium or Chrome, else the one that Playwright brings."""

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


if __name__ == "__main__" and "--install" in sys.argv and not executable():
    subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)
