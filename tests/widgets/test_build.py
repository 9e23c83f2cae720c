"""What is committed is what the source says, and small; the source is typed, tidy, and tested by Node."""

import gzip
import importlib
import re
import shutil
import sys
from pathlib import Path

import pytest

from cnnbook.widgets import KINDS
from cnnbook.widgets.page import SCRIPT, STYLE

ROOT = Path(__file__).parents[2]
# For Safari 15. What JavaScript itself learned later, TypeScript refuses ("lib" in tsconfig.json).
TOO_NEW = re.compile(r"\(\?<[=!]|structuredClone|randomUUID|OffscreenCanvas|requestIdleCallback|roundRect")
# One is allowed, where it is asked whether it is there: what else unpacks 170 MB while they come in is
# larger than a lab. Readers whose browser has none are told to unpack the file first.
ASKED_FOR = re.compile(r'"DecompressionStream"in globalThis\)return[^;]*new DecompressionStream\("gzip"\)')
KILOBYTES = 50  # of a file, gzipped


@pytest.fixture(scope="module")
def frontend():
    """frontend/build.py."""
    sys.path.insert(0, str(ROOT / "frontend"))
    module = importlib.import_module("build")
    module.install()
    yield module
    sys.path.remove(str(ROOT / "frontend"))


def test_types(frontend):
    frontend.check_types()


def test_without_a_browser(frontend):
    frontend.node("--test", "tests/*.test.ts")


def test_format(frontend):
    """As `make format` writes it."""
    frontend.prettier("--check")
    sources = [*(frontend.FRONTEND / "src").rglob("*.ts"), *(frontend.FRONTEND / "tests").glob("*.ts")]
    long = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sources
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > 120
    ]
    assert long == []


def test_committed_files_are_fresh(frontend):
    assert frontend.stale() == [], "run `make frontend` and commit what it writes"


def test_browsers_of_2021_can_read_them(frontend):
    """Safari 15: esbuild has nothing to lower; and what it cannot lower, or does not know, is not there."""
    script = """
        import { transform } from "esbuild";
        import { readFile } from "node:fs/promises";
        const [source, old] = [await readFile(process.argv[1], "utf8"), ["es2021", "safari15"]];
        const loader = process.argv[1].split(".").pop().replace("mjs", "js");
        const options = { loader, minifySyntax: false, charset: "utf8", logLevel: "error" };
        const [as_is, lowered] = await Promise.all(
            ["esnext", old].map((target) => transform(source, { ...options, target })));
        console.log(as_is.code === lowered.code);
    """
    for file in frontend.STATIC.iterdir():
        assert frontend.node("--input-type=module", "-e", script, str(file)) == "true\n", file
        text = file.read_text(encoding="utf-8")
        found = TOO_NEW.findall(text)
        assert found == [], file
        assert "DecompressionStream" not in ASKED_FOR.sub("", text), file


def test_size(frontend):
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in frontend.STATIC.iterdir()}
    assert sorted(sizes) == ["cnnbook.css", "cnnbook.js", "cnnbook.mjs", "engine.js", "networks.js"]
    assert max(sizes.values()) <= 1000 * KILOBYTES, sizes


def test_names_no_registry_and_no_other_host(frontend):
    asks_for_money = {"https://github.com", "https://opencollective.com"}  # nothing is loaded from there
    for folder in (frontend.FRONTEND, ROOT / "benchmarks"):
        lock = (folder / "package-lock.json").read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^/\"]*", lock)) <= asks_for_money
        assert '"resolved"' not in lock
    for file in frontend.STATIC.iterdir():
        assert not re.search("https?://", file.read_text(encoding="utf-8")), file


def test_every_kind_is_alive_on_the_page_to_play_with(frontend, tmp_path, open_page):
    importlib.import_module("play").write(tmp_path)
    for file in (SCRIPT, STYLE):
        shutil.copy(file, tmp_path)
    page = open_page(tmp_path / "index.html", height=20_000)
    for kind in KINDS:
        page.locator(f"[data-kind={kind}] .cnnbook").locator("button:visible, input:visible").first.wait_for()
    assert page.errors == []
