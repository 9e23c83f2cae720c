"""A real JupyterLab: chapter 02 runs, Python follows its widget, and a sentence is there for the next day."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import lab_server
import nbformat
import pytest

from cnnbook.widgets import quiz
from cnnbook.widgets.gallery import gallery, packed
from cnnbook.widgets.image import encode_image

CHAPTER = Path(__file__).parents[2] / "book" / "02-convolution.ipynb"
START_MS, RUN_MS = 180_000, 300_000
STILL = "This widget comes to life where its cell is run."
SENTENCE = quiz("convolution", 1).describe()[:40]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def address(folder):
    """A function from the name of a notebook in `folder` to its address in JupyterLab."""
    with lab_server.serve(folder) as address:
        yield address


@pytest.fixture
def run(open_page, address):
    """A function that opens a notebook in JupyterLab and runs all its cells; returns the page."""

    def run(name, cells):
        """Wait for cell number `cells`."""
        page = open_page(address(name))
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=START_MS)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=START_MS)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(
            "text => [...document.querySelectorAll('.jp-InputPrompt')].some((e) => e.textContent === text)",
            arg=f"[{cells}]:",
            timeout=RUN_MS,
        )
        return page

    return run


@pytest.fixture
def chapter(folder, run):
    """The chapter in JupyterLab, every cell run."""
    shutil.copy(CHAPTER, folder)
    cells = [cell for cell in json.loads(CHAPTER.read_text())["cells"] if cell["cell_type"] == "code"]
    shown = [not cell["metadata"].get("jupyter", {}).get("source_hidden") for cell in cells]
    return run(CHAPTER.name, len(cells) - shown[::-1].index(True))  # a folded cell shows no number


def write(path, source):
    """A notebook of one cell."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cell = nbformat.v4.new_code_cell(source)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), path)


@pytest.fixture
def small(folder):
    """The path of a notebook with one widget."""
    write(folder / "small.ipynb", 'from cnnbook.widgets import quiz\nquiz("convolution", 1)')
    return folder / "small.ipynb"


def save(page):
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.jp-mod-dirty')")


def test_every_cell_runs_and_python_follows_the_widget(chapter, folder):
    assert chapter.locator(".jp-OutputArea-output[data-mime-type*=error]").count() == 0
    lab = chapter.locator(".cnnbook .lab").first
    assert lab.locator(".tools").first.evaluate("el => getComputedStyle(el).display") == "flex", (
        "no style sheet"
    )
    lab.get_by_role("combobox", name="Kernel").select_option(label="Blur")
    # The pictures to choose from came as binary buffers.
    lab.get_by_role("combobox", name="Picture").select_option(label="digit")
    lab.get_by_text("Input 32 × 32").wait_for()
    cell = chapter.locator(".jp-CodeCell").filter(has_text="print(lab.kernel)")
    cell.locator(".cm-content").click()
    chapter.keyboard.press("Control+Enter")
    output = cell.locator(".jp-OutputArea-output")
    output.filter(has_text="0.111").wait_for(timeout=START_MS)
    assert "-2" not in output.inner_text().split("Map:")[0]
    save(chapter)
    saved = (folder / CHAPTER.name).read_text()
    assert not [name for name, image in gallery().items() if encode_image(image)["rgb"][:100] in saved]
    assert base64.b64encode(packed()[:99]).decode() not in saved


def test_the_arrow_keys_move_a_slider_and_not_the_notebook(folder, run):
    write(folder / "slider.ipynb", "from cnnbook.widgets import ActivationLab\nActivationLab(bias=0)")
    slider = run("slider.ipynb", cells=1).get_by_label("Bias, to slide")
    slider.press("ArrowRight")
    assert float(slider.input_value()) > 0


def test_a_notebook_that_is_opened_again_keeps_its_sentence(small, run, open_page, address):
    page = run(small.name, cells=1)
    page.locator(".cnnbook .quiz").wait_for()
    assert page.get_by_text(STILL).is_hidden()
    save(page)
    kernels, request = page.url.partition("/lab/")[0] + "/api/kernels", page.request
    page.close()
    known = {"Authorization": f"token {lab_server.TOKEN}"}  # without it the server refuses to delete
    for kernel in request.get(kernels).json():
        assert request.delete(f"{kernels}/{kernel['id']}", headers=known).ok
    page = open_page(address(small.name))
    page.get_by_text(STILL).wait_for(timeout=START_MS)
    page.get_by_text(SENTENCE).wait_for()


def test_a_handout_keeps_its_sentence_without_a_network(small, browser):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", small]
    subprocess.run(command, check=True, capture_output=True)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(small.with_suffix(".html").as_uri())
    assert page.get_by_text(STILL).is_visible()
    assert page.get_by_text(SENTENCE).is_visible()
    context.close()
