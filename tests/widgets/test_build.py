"""What is committed is what the source says, and small."""

import gzip
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# For Safari 15. What JavaScript itself learned later, TypeScript refuses ("lib" in tsconfig.json).
TOO_NEW = re.compile(
    r"\(\?<[=!]|structuredClone|randomUUID|OffscreenCanvas|DecompressionStream|requestIdleCallback|roundRect"
)


@pytest.fixture(scope="module")
def frontend():
    spec = importlib.util.spec_from_file_location("frontend_build", ROOT / "frontend" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install()
    return module


def test_types(frontend):
    frontend.check_types()


def test_committed_files_are_fresh(frontend):
    assert frontend.stale() == [], "run `python frontend/build.py` and commit what it writes"


def test_browsers_of_2021_can_read_them(frontend):
    """Safari 15: esbuild has nothing to lower; and what it cannot lower, or does not know, is not there."""
    script = """
        import { transform } from "esbuild";
        import { readFile } from "node:fs/promises";
        const [source, old] = [await readFile(process.argv[1], "utf8"), ["es2021", "safari15"]];
        const options = { minifySyntax: false, charset: "utf8", logLevel: "error" };
        const [as_is, lowered] = await Promise.all(
            ["esnext", old].map((target) => transform(source, { ...options, target })));
        console.log(as_is.code === lowered.code);
    """
    for file in frontend.STATIC.iterdir():
        assert frontend.node("--input-type=module", "-e", script, str(file)) == "true\n", file
        found = TOO_NEW.findall(file.read_text(encoding="utf-8"))
        assert found == [], file


def test_size(frontend):
    files = sorted(frontend.STATIC.iterdir())
    assert [file.name for file in files] == ["cnnbook.js", "cnnbook.mjs"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 40_000


def test_names_no_registry_and_no_other_host(frontend):
    for file in [frontend.FRONTEND / "package-lock.json", *frontend.STATIC.iterdir()]:
        text = file.read_text(encoding="utf-8")
        assert "http://" not in text, file
        assert "https://" not in text, file
