"""How fast the convolution widget answers the pointer, beside ipywidgets.interact in JupyterLab.

`python -m benchmarks.widget` prints, for the same picture and kernel in the same browser, the 95th percentile
of the time from the event that chooses another output cell to the frame that shows its patch and its sum, and
the ratio of the two.
"""

import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import lab_server

from cnnbook.site import chromium
from cnnbook.widgets import ConvolutionLab
from cnnbook.widgets.page import SCRIPT, asset_file, book_place, inline_json

MOVES, SLIDES = 300, 20
WIDGETS = {
    "5 x 5": {"kernel": np.arange(25).reshape(5, 5) - 12, "side": 64},  # beside interact
    "7 x 7 in colour": {"kernel": np.arange(147).reshape(7, 7, 3) - 73, "side": 64},
}

# The time from a pointer event to the first task after the frame in which it was drawn.
WATCH_POINTER = """() => {
  window.times = [];
  addEventListener("pointermove", () => {
    const start = performance.now();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.times.push(performance.now() - start);
      port2.postMessage(0);
    });
  }, { capture: true });
}"""

INTERACT = """
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import interact
from cnnbook.widgets import ConvolutionLab

lab = ConvolutionLab("cat", kernel=np.arange(25).reshape(5, 5) - 12, side=64)
image, kernel, output = lab.image, lab.kernel, lab.output


@interact(row=(0, output.shape[0] - 1), column=(0, output.shape[1] - 1))
def show(row=10, column=10):
    patch = image[row : row + 5, column : column + 5]
    figure, axes = plt.subplots(1, 3, figsize=(9, 3))
    axes[0].imshow(image, cmap="gray")
    axes[0].add_patch(plt.Rectangle((column - 0.5, row - 0.5), 5, 5, fill=False, color="yellow"))
    axes[1].imshow(output, cmap="RdBu")
    axes[1].plot(column, row, "ys")
    axes[2].imshow(patch * kernel, cmap="RdBu")
    for (i, j), product in np.ndenumerate(patch * kernel):
        axes[2].text(j, i, f"{product:g}", ha="center", va="center", fontsize=6)
    axes[2].set_title(f"{(patch * kernel).sum():g}")
    plt.show()
"""

# The time from a key on the slider to the frame with the new picture.
SLIDE = """() => new Promise((resolve) => {
  const area = document.querySelector(".widget-interact .widget-output");
  let start;
  new MutationObserver(async (_, observer) => {
    const picture = area.querySelector("img");
    if (!picture || picture === window.last) return;
    observer.disconnect();
    window.last = picture;
    await picture.decode();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
  }).observe(area, { childList: true, subtree: true });
  const handle = document.querySelector(".widget-interact .noUi-handle");
  window.last = area.querySelector("img");
  start = performance.now();
  handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
})"""


def measure_widget(browser, folder, settings):
    """Return the times in ms of MOVES pointer moves over the output of a widget on a static page."""
    lab = ConvolutionLab("cat", **settings)
    page_file = Path(folder) / "widget.html"
    page_file.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><script defer src="{SCRIPT.name}"></script>'
        f"{book_place('convolution', inline_json(lab.state()), list(lab.assets()))}</div>",
        encoding="utf-8",
    )
    shutil.copy(SCRIPT, folder)
    for name, text in map(asset_file, lab.assets()):
        Path(folder, name).write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto(page_file.as_uri())
    box = page.get_by_role("grid").nth(1).bounding_box()
    page.evaluate(WATCH_POINTER)
    rng = random.Random(0)
    for _ in range(MOVES):
        page.mouse.move(box["x"] + rng.random() * box["width"], box["y"] + rng.random() * box["height"])
    page.wait_for_function("window.times.length > 100")
    times = page.evaluate("window.times")
    page.close()
    return times


def measure_interact(browser, folder):
    """Return the times in ms of SLIDES moves of a slider of ipywidgets.interact in a real JupyterLab."""
    cell = {"cell_type": "code", "source": INTERACT, "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}
    (Path(folder) / "interact.ipynb").write_text(json.dumps(notebook))
    with lab_server.serve(folder) as address:
        page = browser.new_page()
        page.goto(address("interact.ipynb"))
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)  # else nothing runs
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        page.locator(".widget-interact img").wait_for(timeout=120_000)
        page.evaluate(SLIDE)  # the first one is slower
        times = [page.evaluate(SLIDE) for _ in range(SLIDES)]
        page.close()
    return times


def main():
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(playwright)
        widgets = {name: measure_widget(browser, folder, settings) for name, settings in WIDGETS.items()}
        interact = measure_interact(browser, folder)
        browser.close()
    late = {name: float(np.percentile(times, 95)) for name, times in widgets.items()}
    for name, time in late.items():
        print(f"widget, kernel {name}, pointer to repaint, 95th percentile of {MOVES}: {time:.1f} ms")
    slow = float(np.percentile(interact, 95))
    print(f"interact and matplotlib in JupyterLab, slider to repaint, of {SLIDES}: {slow:.0f} ms")
    print(f"ratio: {slow / late['5 x 5']:.0f}")


if __name__ == "__main__":
    main()
