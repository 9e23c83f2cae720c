"""Chapter 02 in a real JupyterLab: every cell runs, and what is done in the widget comes back to Python."""

import json
import shutil
from pathlib import Path

import lab_server
import pytest

CHAPTER = Path(__file__).parents[2] / "book" / "02-convolution.ipynb"
START_MS, RUN_MS = 180_000, 300_000


@pytest.fixture
def chapter(tmp_path, open_page):
    """The chapter in JupyterLab, every cell run."""
    shutil.copy(CHAPTER, tmp_path)
    cells = [cell for cell in json.loads(CHAPTER.read_text())["cells"] if cell["cell_type"] == "code"]
    with lab_server.serve(tmp_path) as address:
        page = open_page(address(CHAPTER.name))
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=START_MS)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=START_MS)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = page.locator(".jp-CodeCell .jp-InputPrompt").last
        page.wait_for_function(
            "([prompt, text]) => prompt.textContent === text",
            arg=[last.element_handle(), f"[{len(cells)}]:"],
            timeout=RUN_MS,
        )
        yield page


def test_every_cell_runs_and_python_follows_the_widget(chapter):
    assert chapter.locator(".jp-OutputArea-output[data-mime-type*=error]").count() == 0
    lab = chapter.locator(".cnnbook .convolution").first
    lab.get_by_role("combobox", name="Kernel").select_option(label="Blur")
    cell = chapter.locator(".jp-CodeCell").filter(has_text="print(lab.kernel)")
    cell.locator(".cm-content").click()
    chapter.keyboard.press("Control+Enter")
    output = cell.locator(".jp-OutputArea-output")
    output.filter(has_text="0.111").wait_for(timeout=START_MS)
    assert "-2" not in output.inner_text().split("Map:")[0]
