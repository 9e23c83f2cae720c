"""How fast the network in the page is, beside TensorFlow.js and onnxruntime-web there, and beside Keras.

`python -m benchmarks.network` prints, for both recorded networks, milliseconds an image (one at a time, on
one thread, the engines in turns), what each engine weighs, images a second of Keras on the same machine,
and how long a reader on a slow line waits for an answer. All engines answer as Keras does, or it stops. The
others are named in package.json and installed in this folder; nothing of them is in the book.
"""

import contextlib
import functools
import gzip
import http.server
import operator
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "frontend"))
import build

from benchmarks.onnx_file import converted
from cnnbook.models import scale
from cnnbook.runs import load_run
from cnnbook.site import chromium
from cnnbook.widgets import NetworkLab
from cnnbook.widgets.examples import examples
from cnnbook.widgets.page import SCRIPT, STYLE, asset_file, book_place, inline_json
from cnnbook.widgets.recorded import engine as engine_script
from cnnbook.widgets.recorded import packed_network

HERE = Path(__file__).resolve().parent
NETWORKS = ("fast", "baseline")
ROUNDS, WARM = 40, 5
BOOK = "book"
MODULES = HERE / "node_modules"
# What a page loads beside the script that is bundled for it.
WASM = {
    "TensorFlow.js": MODULES / "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm",
    "onnxruntime-web": MODULES / "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
}
SCRIPTS = {BOOK: "network.js", "TensorFlow.js": "tfjs.js", "onnxruntime-web": "onnx.js"}
ENTRIES = [f"../benchmarks/page/{name}.js" for name in ("race", "tfjs", "onnx")] + ["src/ops/network.ts"]
KERAS_IMAGES = {1: 200, 256: 2048}  # how many are timed, by the batch size
LINE = {"latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8, "offline": False}
OPENINGS = 5

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Network</title>
<link rel="stylesheet" href="{style}"><script defer src="{script}"></script>
{place}</div>
"""

# Notes when the answer is first on the screen after the page was opened, and after a picture was chosen: the
# frame in which it is drawn has ended.
WATCH_ANSWER = """
window.times = {};
const note = (name) => {
  if (name in window.times) return;
  window.times[name] = NaN;
  requestAnimationFrame(() => setTimeout(() => (window.times[name] = performance.now())));
};
addEventListener("change", (event) => {
  if (event.target.type === "file") window.times.chosen = performance.now();
}, { capture: true });
new MutationObserver(() => {
  const text = document.querySelector(".cnnbook")?.textContent ?? "";
  if (text.includes("The network says")) note("waiting" in window.times ? "own" : "example");
  if (text.includes("on its way") && "chosen" in window.times) window.times.waiting = true;
}).observe(document, { childList: true, characterData: true, subtree: true });
"""


compressed = functools.cache(lambda path: gzip.compress(path.read_bytes(), 6))


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files, compressed, as hosts of pages do it (GitHub Pages, Netlify)."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(folder: str) -> Iterator[str]:
    """Serve `folder` and yield its address."""
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def prepare(folder: str, images: np.ndarray) -> dict[str, int]:
    """Write all that the page of the engines loads; return what each engine weighs, bytes when compressed."""
    build.install()
    build.install(HERE)
    build.node("bundle.mjs", folder, *ENTRIES)
    for wasm in WASM.values():
        shutil.copy(wasm, folder)
    for name in NETWORKS:
        packed = packed_network(name)
        Path(folder, f"{name}.cnn").write_bytes(packed)
        Path(folder, f"{name}.onnx").write_bytes(converted(packed))
    Path(folder, "engine.js").write_bytes(engine_script())
    Path(folder, "images.f4").write_bytes(images.astype("<f4").tobytes())
    Path(folder, "race.html").write_text('<!DOCTYPE html><script type="module" src="race.js"></script>')
    loaded = {name: [Path(folder, script), WASM.get(name)] for name, script in SCRIPTS.items()}
    return {
        name: sum(len(gzip.compress(f.read_bytes())) for f in files if f) for name, files in loaded.items()
    }


def race(browser: Browser, address: str, name: str, expected: np.ndarray) -> dict[str, list[float]]:
    """Return milliseconds an image, round after round of each engine.

    Raises:
        ValueError: an engine does not answer as Keras does; nothing is timed then.
    """
    page = browser.new_page()
    page.goto(f"{address}race.html")
    page.wait_for_function("globalThis.ready")
    for engine, answers in page.evaluate(
        "([name, input]) => start(name, input)", [name, [32, 32, 3]]
    ).items():
        difference = np.abs(np.array(answers) - expected).max()
        if not difference < 1e-4:
            raise ValueError(f"{engine} does not answer as Keras does: {name} differs by {difference:.2g}")
    page.evaluate("race", WARM)
    times = page.evaluate("race", ROUNDS)
    page.close()
    return times


def keras_speed(name: str, images: np.ndarray) -> dict[int, float]:
    """Images a second by batch size: the best of three."""
    model = load_run(name).model()
    speeds = {}
    for batch, count in KERAS_IMAGES.items():
        chosen = np.resize(images, (count, *images.shape[1:]))
        seconds = []
        for _ in range(4):  # the first one compiles
            start = time.perf_counter()
            model.predict(chosen, batch_size=batch, verbose=0)
            seconds.append(time.perf_counter() - start)
        speeds[batch] = count / min(seconds[1:])
    return speeds


def open_page(browser: Browser, folder: str, address: str) -> dict[str, list[float]]:
    """Return the milliseconds that a reader on a slow line waits for an answer, opening after opening."""
    lab = NetworkLab("fast")
    place = book_place("network", inline_json(lab.state()), list(lab.assets()))
    Path(folder, "lab.html").write_text(PAGE.format(style=STYLE.name, script=SCRIPT.name, place=place))
    for file in (SCRIPT, STYLE):
        shutil.copy(file, folder)
    for name, text in map(asset_file, lab.assets()):
        Path(folder, name).write_text(text, encoding="utf-8")
    picture = (
        HERE.parent / "cnnbook" / "widgets" / "examples.png"
    )  # a wide picture, of which the middle is taken
    for file in Path(folder).iterdir():
        compressed(file)  # hosts have it in store
    waits = {"an example": [], "the reader's own": []}
    for _ in range(OPENINGS):
        page = browser.new_page()
        slow = page.context.new_cdp_session(page)
        slow.send("Network.enable")
        slow.send("Network.setCacheDisabled", {"cacheDisabled": True})
        slow.send("Network.emulateNetworkConditions", LINE)
        page.add_init_script(WATCH_ANSWER)
        page.goto(f"{address}lab.html")
        page.wait_for_function("window.times.example")
        page.wait_for_load_state("networkidle")
        page.locator("input[type=file]").first.set_input_files(picture)
        page.wait_for_function("window.times.own")
        times = page.evaluate("window.times")
        waits["an example"].append(times["example"])
        waits["the reader's own"].append(times["own"] - times["chosen"])
        page.close()
    return waits


def spread(numbers: list[float], form: Callable[[float], str] = "{:.2f}".format) -> str:
    """The median of `numbers`, the least and the most, as text."""
    return f"{form(statistics.median(numbers))} ({form(min(numbers))} to {form(max(numbers))})"


def table(times: dict[str, dict[str, list[float]]], keras: dict[str, dict[int, float]]) -> str:
    """Milliseconds an image and images a second; how many times as long as the book an engine takes.

    Args:
        times: network -> engine -> milliseconds an image, round after round; the first engine is the book's.
        keras: network -> batch size -> images a second.
    """
    lines = []
    for network, engines in times.items():
        lines.append(f"{network:<24}{'ms an image':>24}{'a second':>10}{'ratio':>8}")
        for engine, each in engines.items():
            beside = statistics.median(map(operator.truediv, each, engines[BOOK]))  # round by round
            lines.append(
                f"  {engine:<22}{spread(each):>24}{1000 / statistics.median(each):10.0f}{beside:8.2f}"
            )
        for batch, speed in keras[network].items():
            lines.append(f"  {f'Keras, {batch} at a time':<22}{1000 / speed:>24.2f}{speed:10.0f}")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print."""
    ten = np.stack(list(examples().values()))
    images = scale(np.concatenate([ten, ten[:, :, ::-1]]))  # twenty: mirrored, too
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        serve(folder) as address,
        contextlib.closing(chromium.launch(playwright)) as browser,
    ):
        sizes = prepare(folder, images)
        times = {}
        for name in NETWORKS:
            expected = load_run(name).model().predict(images, verbose=0)
            times[name] = race(browser, address, name, expected)
        waits = open_page(browser, folder, address)
    print(f"{len(images)} images, one at a time, median of {ROUNDS} rounds (least to most):")
    print(table(times, {name: keras_speed(name, images) for name in NETWORKS}))
    print("what a page loads for it, compressed:")
    for engine, size in sizes.items():
        print(f"  {engine:<22}{size / 1000:>21.1f} kB{size / sizes[BOOK]:>18.0f}")
    print(f"on a line of 10 Mbit/s, median of {OPENINGS}, until a reader sees the answer to")
    for what, each in waits.items():
        print(f"  {what:<22}{spread(each, '{:.0f}'.format):>21} ms")


if __name__ == "__main__":
    main()
