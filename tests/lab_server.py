"""A real JupyterLab, for tests and benchmarks that need one."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TOKEN = "tests"
START_SECONDS = 180
STOP_SECONDS = 10

# A page that holds every cell, asks nothing, and looks nowhere else for news.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


@contextlib.contextmanager
def serve(folder):
    """Run JupyterLab on `folder`; yield a function from a notebook's name to its address."""
    with tempfile.TemporaryDirectory() as home:
        settings = Path(home) / "settings"
        settings.mkdir()
        (settings / "overrides.json").write_text(json.dumps(SETTINGS))
        ready = Path(home) / "runtime"
        environment = os.environ | {
            "HOME": home,
            "JUPYTER_CONFIG_DIR": str(Path(home) / "config"),
            "JUPYTER_RUNTIME_DIR": str(ready),
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"]
        options = [f"--LabApp.app_settings_dir={settings}", f"--IdentityProvider.token={TOKEN}"]
        server = subprocess.Popen([*command, *options], cwd=folder, env=environment, stderr=subprocess.PIPE)
        try:
            address = _address(ready)
            yield lambda notebook: f"{address}lab/tree/{notebook}?token={TOKEN}&reset"
        finally:
            server.terminate()
            try:
                server.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:  # now and then an idle thread of its own keeps it from ending
                server.kill()
                server.communicate()


def _address(runtime):
    """Wait for the server's own note of where it listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for note in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, OSError):
                url = json.loads(note.read_text())["url"]
                urllib.request.urlopen(f"{url}api/status?token={TOKEN}").close()
                return url
        time.sleep(0.2)
    raise TimeoutError(f"JupyterLab did not answer within {START_SECONDS} s")
