"""The pictures of widgets: of the living widget, the same for the same, and no oftener than needed."""

import base64
import io
from types import SimpleNamespace

import nbformat
import pytest
from PIL import Image
from playwright.sync_api import Error

from cnnbook.site import chromium, stills
from cnnbook.widgets import ConvolutionLab, Quiz

QUIZ = {"question": "One?", "choices": [{"text": text, "right": text == "1", "why": "Why."} for text in "12"]}


def stored(widget):
    """What a cell stores of a widget."""
    data, _ = widget._repr_mimebundle_()
    return nbformat.v4.new_output("display_data", {stills.MIME_TYPE: data[stills.MIME_TYPE]})


@pytest.mark.parametrize(("kind", "change"), [(ConvolutionLab, {"stride": 2}), (Quiz, {"chosen": 0})])
def test_the_same_state_gives_the_same_bytes(browser, kind, change):
    state = QUIZ if kind is Quiz else {}
    pages = [stills.page_of(stored(kind(**state | more)).data[stills.MIME_TYPE]) for more in ({}, {}, change)]
    first, second, other = (stills.take(browser, page) for page in pages)
    assert first == second != other
    picture = Image.open(io.BytesIO(first))
    assert picture.width == stills.WIDTH * stills.SCALE
    assert len(picture.getcolors()) > 20, "letters and lines, not an empty page"


def test_a_still_is_taken_once(chapter, tmp_path, monkeypatch):
    taken = []

    def take(files):
        taken.append(files)
        return b"still %d" % len(taken)

    def shown(widget):
        return chapter(nbformat.v4.new_code_cell("lab", outputs=[stored(widget)]))

    first, again, other = shown(Quiz(**QUIZ)), shown(Quiz(**QUIZ)), shown(Quiz(**QUIZ, chosen=0))
    stills.add(first, {}, take)
    stills.add(again, stills.stored(first), take)
    assert len(taken) == 1
    assert again == first
    assert base64.b64decode(first.cells[1].outputs[0].data["image/png"]) == b"still 1"
    stills.add(other, stills.stored(first), take)
    assert len(taken) == 2, "another state"
    for number, name in enumerate(("SCRIPT", "STYLE"), start=3):
        file = tmp_path / getattr(stills, name).name
        file.write_text("/* another one */")
        monkeypatch.setattr(stills, name, file)
        stills.add(again, stills.stored(first), take)
        assert len(taken) == number, name


def test_a_widget_that_does_not_start_is_no_still(browser):
    with pytest.raises(stills.StillError, match="No widget is called “none”"):
        stills.take(browser, stills.page_of({"kind": "none", "state": {}, "assets": []}))


def test_without_a_browser_it_is_said_how_to_get_one():
    def launch(**_):
        raise Error("Executable doesn't exist at chrome\n╔════════╗\n║ Looks like ...")

    playwright = SimpleNamespace(chromium=SimpleNamespace(launch=launch))
    with pytest.raises(chromium.NoBrowser, match=r"chrome\)\. Run `python -m cnnbook.site.chromium`"):
        chromium.launch(playwright)
