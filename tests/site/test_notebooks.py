"""Chapters are executed reproducibly, and what is stored is checked."""

import base64
import io
from contextlib import nullcontext
from functools import partial

import nbformat
import numpy as np
import pytest
from PIL import Image

from cnnbook.data import photo
from cnnbook.site import chromium, notebooks, stills

PLOT = """import matplotlib.pyplot as plt
print("one")
plt.plot([0, 1]);"""
SLIDER = """import ipywidgets
ipywidgets.IntSlider()"""
QUIZ = """from cnnbook.widgets import quiz
quiz("convolution", 1)"""


@pytest.fixture
def run(browser, monkeypatch):
    """The command line, on the browser of the tests: there cannot be another one beside it."""
    monkeypatch.setattr(stills, "camera", lambda: nullcontext(partial(stills.take, browser)))
    return lambda path: notebooks.main([str(path)])


def stored(path):
    return nbformat.read(path, as_version=4)


def test_executing_twice_gives_the_same_file(tmp_path, chapter, run):
    path = tmp_path / "chapter.ipynb"
    notebook = chapter(PLOT, SLIDER, "print('a', flush=True); print('b')", QUIZ)
    notebook.cells[1].metadata.mystnb = {"image": {"alt": "A line."}, "figure": {"caption": "A line"}}
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {}}
    nbformat.write(notebook, path)
    assert run(path) == 0
    first = path.read_bytes()
    assert run(path) == 0
    assert path.read_bytes() == first
    result = stored(path)
    assert [cell.get("execution_count") for cell in result.cells] == [None, 1, 2, 3, 4]
    assert "widgets" not in result.metadata
    assert b"widget-view" not in first
    assert [output.text for output in result.cells[3].outputs] == ["a\nb\n"]
    assert result.cells[4].outputs[0].data.keys() == {notebooks.WIDGET, "image/png", "text/plain"}


def test_a_failing_chapter_is_left_as_it_was(tmp_path, chapter, run, capsys):
    path = tmp_path / "chapter.ipynb"
    nbformat.write(chapter("1 / 0"), path)
    before = path.read_bytes()
    assert run(path) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_warning_is_not_stored(tmp_path, chapter, run, capsys):
    path = tmp_path / "chapter.ipynb"
    nbformat.write(chapter("import warnings\nwarnings.warn('old')"), path)
    assert run(path) == 1
    assert "stderr" in capsys.readouterr().err


def test_without_a_browser_nothing_is_run(tmp_path, chapter, monkeypatch, capsys):
    def camera():
        raise chromium.NoBrowser("No browser starts.")

    monkeypatch.setattr(stills, "camera", camera)
    nbformat.write(chapter("1 / 0"), tmp_path / "chapter.ipynb")
    with pytest.raises(SystemExit, match="1"):
        notebooks.main([str(tmp_path / "chapter.ipynb")])
    assert capsys.readouterr().err == "No browser starts.\n"


@pytest.mark.parametrize("opaque", [True, False])
def test_a_picture_without_a_hole_is_stored_without_alpha(chapter, opaque):
    pixels = np.random.default_rng(0).choice([0, 255], (8, 9, 4)).astype(np.uint8)
    pixels[:, :, 3] = 255 if opaque else 254
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    notebook = chapter(shown(image_png=base64.b64encode(picture.getvalue()).decode()))
    notebooks.normalise(notebook)
    data = notebook.cells[1].outputs[0].data["image/png"]
    stored = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert np.array_equal(stored, pixels[:, :, :3] if opaque else pixels)
    notebooks.normalise(notebook)
    assert notebook.cells[1].outputs[0].data["image/png"] == data


def test_a_photograph_is_stored_as_jpeg(chapter):
    pixels = photo("cat")
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    notebook = chapter(shown(image_png=base64.b64encode(picture.getvalue()).decode()))
    notebooks.normalise(notebook)
    data = notebook.cells[1].outputs[0].data
    assert data.keys() == {"image/jpeg"}
    file = io.BytesIO(base64.b64decode(data["image/jpeg"]))
    assert len(file.getvalue()) < len(picture.getvalue()) / 2
    assert np.abs(np.asarray(Image.open(file)) - pixels.astype(int)).mean() < 3, "grey levels"
    notebooks.normalise(notebook)
    assert notebook.cells[1].outputs[0].data == data


def test_a_widget_is_stored_without_its_view_and_its_second_sentence(chapter, widget):
    shown = nbformat.from_dict(widget)
    shown.data["text/html"] = "<figure>another id each time</figure>"
    view = nbformat.v4.new_output("display_data", {notebooks.WIDGET_VIEW: {"model_id": "random"}})
    notebook = chapter(nbformat.v4.new_code_cell("lab", outputs=[shown, view]))
    notebooks.normalise(notebook)
    assert notebook.cells[1].outputs == [widget]


def test_jupyter_folds_what_pages_fold(chapter):
    tags = (["hide-output", "nbval-check-output"], ["remove-input"], ["raises-exception"])
    notebook = chapter(*(nbformat.v4.new_code_cell("1", metadata={"tags": each}) for each in tags))
    notebook.cells[-1].metadata.jupyter = {"outputs_hidden": True}  # left behind by a tag that is gone
    notebooks.normalise(notebook)
    folds = [cell.metadata.get("jupyter") for cell in notebook.cells[1:]]
    assert folds == [{"outputs_hidden": True}, {"source_hidden": True}, None]


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("**Predict.** A?\n\n<details>\n<summary>Answer</summary>\n\n3\n\n</details>", "1"),
        ("**Predict.** A?", nbformat.v4.new_code_cell("1", metadata={"tags": ["hide-output"]})),
        ("**Predict.** A?", "guess"),
        ("Say what you expect, then press *Play*. A?", "training"),
    ],
)
def test_a_prediction_whose_result_waits(chapter, widget, text, below):
    if isinstance(below, str) and below != "1":
        below = showing(widget, below)
    found = notebooks.problems(chapter(nbformat.v4.new_markdown_cell(text), below))
    assert [problem for problem in found if "in plain view" in problem] == []


@pytest.mark.parametrize("text", ["**Predict.** A?", "**Predict**, and write:", "**Predict, then drag.** A?"])
def test_a_lab_does_not_ask_before_it_shows(chapter, widget, text):
    found = notebooks.problems(chapter(nbformat.v4.new_markdown_cell(text), showing(widget, "training")))
    assert any("the result is in plain view below" in problem for problem in found)


@pytest.mark.parametrize(
    ("text", "tags", "answered"),
    [
        ("Do they agree?", [], True),
        ("Do they agree?", ["hide-output"], False),
        ("Check that they agree:", [], False),
        ("Do they agree?\n\n<details>\n<summary>Answer</summary>\n\nYes.\n\n</details>", [], False),
    ],
)
def test_a_question_right_above_its_answer(chapter, text, tags, answered):
    answer = printed("True")
    answer.metadata.tags = tags
    found = notebooks.problems(chapter(nbformat.v4.new_markdown_cell(text), answer))
    assert any("answered in plain view below: 'Do they agree?'" in problem for problem in found) == answered


@pytest.mark.parametrize(
    ("text", "tags", "given_away"),
    [
        ("<details>\n<summary>What it shows</summary>\n\n3\n\n</details>", [], True),
        ("<details>\n<summary>What it shows</summary>\n\n3\n\n</details>", ["hide-output"], False),
        ("<details>\n<summary>What it shows</summary>\n\n3\n\n</details>\n\nNow drag.", [], False),
    ],
)
def test_what_gives_a_folded_result_away(chapter, widget, text, tags, given_away):
    folded = code(output_type="stream", text="3")
    folded.metadata.tags = ["hide-output"]
    below = nbformat.v4.new_code_cell("lab", outputs=[widget], metadata={"tags": tags})
    found = notebooks.problems(chapter(folded, nbformat.v4.new_markdown_cell(text), below))
    assert any("gives away the folded result above it: 'lab'" in problem for problem in found) == given_away


def showing(widget, kind):
    """A cell that shows a widget of this kind."""
    shown = nbformat.from_dict(widget)
    shown.data[notebooks.WIDGET].kind = kind
    return nbformat.v4.new_code_cell("lab", outputs=[shown])


def code(source="1", count=1, **output):
    outputs = [nbformat.v4.new_output(**output)] if output else []
    return nbformat.v4.new_code_cell(source, execution_count=count, outputs=outputs)


def printed(text, name="stdout"):
    return code(output_type="stream", name=name, text=text)


def shown(**data):
    data = {key.replace("_", "/"): value for key, value in data.items()}
    return code(output_type="display_data", data=data)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (code(count=2), "cell numbers"),
        (code(count=None), "cell numbers"),
        (code("\n".join("x = 1" for _ in range(31))), "31 lines"),
        (code("\n".join("x = 1" for _ in range(9))), "median"),
        (code("x = 1  # " + "x" * 68), "a line of code with 77 characters"),
        (printed("short\n" + "x" * 77), "a line of output with 77 characters"),
        (
            nbformat.v4.new_markdown_cell("```python\n" + "x" * 77 + "\n```"),
            "a line of code with 77 characters",
        ),
        (code(output_type="error", ename="ValueError", evalue="no", traceback=[]), "ValueError"),
        (printed("careful", name="stderr"), "stderr"),
        (printed("10%\r20%"), "progress bar"),
        (printed("saved to /home/someone/run"), "absolute path"),
        (printed("<Model at 0x7f3a5c0011d0>"), "object address"),
        (printed("done 2026-11-22 13:37:00"), "time stamp"),
        (printed("x" * 1_000_001), "bytes"),
        (shown(image_png="", text_plain="<Figure>"), "alt text"),
        (shown(image_png="", text_plain="<Figure>"), "caption"),
        (shown(**{notebooks.WIDGET_VIEW: {}}), "kernel that is gone"),
        (shown(**{notebooks.WIDGET: {}}), "widget without image/png"),
        (shown(**{notebooks.WIDGET: {"kind": "quiz", "state": {"x": 1}}}), "x of 'quiz' is of another"),
        (nbformat.v4.new_markdown_cell("# Another title"), "first-level"),
        (nbformat.v4.new_markdown_cell("### Too deep"), "skips a level"),
        (nbformat.v4.new_markdown_cell("```{note}\nHello\n```"), "MyST directive"),
        (nbformat.v4.new_markdown_cell(":::{note}\nHello\n:::"), "MyST directive"),
        (nbformat.v4.new_markdown_cell("(target)=\n## Here"), "MyST directive"),
        (nbformat.v4.new_markdown_cell("the {term}`kernel`"), "MyST role"),
        (nbformat.v4.new_markdown_cell("**Predict.** How many?"), "in plain view below: 'How many?'"),
        (
            nbformat.v4.new_markdown_cell("**Predict.** A?\n\n**Predict.** B?\n\n<details>0</details>"),
            "view below: 'A?'",
        ),
        (nbformat.v4.new_markdown_cell("This is easy."), "talks down"),
        (nbformat.v4.new_markdown_cell("You just slide it."), "talks down"),
        (nbformat.v4.new_markdown_cell("![a cat](cat.png)"), "picture from a file"),
    ],
)
def test_each_problem_is_named(chapter, cell, problem):
    assert any(problem in text for text in notebooks.problems(chapter(cell)))


@pytest.mark.parametrize(
    "cell",
    [
        code("x = 1  # " + "x" * 67),
        nbformat.v4.new_markdown_cell("A line of text may be as long as it likes: " + "word " * 20),
        code("x = 1\nx", output_type="execute_result", data={"text/plain": "1"}, execution_count=1),
        printed("https://keras.io/api/ 32/32 images, 5/10 wrong"),
        nbformat.v4.new_markdown_cell("Adjust `just`:\n\n```python\n# easy\n```\n\nset $\\{1\\}$"),
        nbformat.v4.new_markdown_cell("## A section\n\n### Below it\n\n## Another"),
    ],
)
def test_a_good_chapter_has_no_problem(chapter, cell):
    assert notebooks.problems(chapter(cell)) == []
