"""Links to labs in a state: what the role makes of them, and which it refuses."""

import base64
import json
from types import SimpleNamespace

import nbformat
import pytest

from cnnbook.site.links import LabLink
from cnnbook.widgets import ConvolutionLab, NetworkBuilder
from cnnbook.widgets.base import MIME_TYPE
from cnnbook.widgets.stack import complete


@pytest.fixture
def role(tmp_path, chapter):
    """role(text) -> the node, and the messages of what is wrong."""
    labs = [ConvolutionLab("digit", side=12), ConvolutionLab("cat")]
    outputs = [
        nbformat.v4.new_output(
            "display_data", {MIME_TYPE: {"kind": "convolution", "state": lab.state(), "assets": []}}
        )
        for lab in labs
    ]
    cells = [nbformat.v4.new_code_cell("lab", outputs=[output]) for output in outputs]
    nbformat.write(chapter(*cells), tmp_path / "02-labs.ipynb")
    messages = []
    report = SimpleNamespace(error=lambda message, line: messages.append(message) or message)

    def call(text):
        link = LabLink()
        settings = SimpleNamespace(env=SimpleNamespace(srcdir=tmp_path, note_dependency=lambda path: None))
        inliner = SimpleNamespace(
            reporter=report, document=SimpleNamespace(settings=settings, current_source="")
        )
        return link("lab", f"{{lab}}`{text}`", text, 1, inliner), messages

    return call


def test_a_link_leads_to_the_lab_in_its_state(role):
    (found, _), messages = role('a stride <02-labs convolution-2 {"stride": 2, "padding": "same"}>')
    assert messages == []
    assert found[0].astext() == "a stride"
    page, _, code = found[0]["refuri"].partition(":")
    assert page == "02-labs.html#cnnbook-convolution-2"
    state = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
    assert state == {"stride": 2, "padding": "same"}


def test_layers_are_told_with_all_their_settings(tmp_path, chapter, role):
    """The page takes no others."""
    lab = NetworkBuilder("vgg")
    output = nbformat.v4.new_output(
        "display_data", {MIME_TYPE: {"kind": "builder", "state": lab.state(), "assets": []}}
    )
    nbformat.write(chapter(nbformat.v4.new_code_cell("lab", outputs=[output])), tmp_path / "08-labs.ipynb")
    (found, _), messages = role('a pooling <08-labs builder-1 {"layers": [{"kind": "MaxPooling2D"}]}>')
    assert messages == []
    code = found[0]["refuri"].partition(":")[2]
    state = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
    assert state == {"layers": [complete({"kind": "MaxPooling2D"})]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("words", "expected text <CHAPTER"),
        ("a <02-labs convolution-3 {}>", "has 2 widgets of the kind 'convolution'"),
        ("a <02-labs pooling-1 {}>", "has 0 widgets of the kind 'pooling'"),
        ('a <02-labs convolution-1 {"stride": 9}>', "stride"),
        ('a <02-labs convolution-1 {"simple": true}>', "cannot change simple"),
        ('a <02-labs convolution-1 {"cell": [50, 50]}>', "There is no cell"),
        ('a <02-labs convolution-1 {"stride" 2}>', "delimiter"),
        ("a <03-none convolution-1 {}>", "03-none.ipynb"),
    ],
)
def test_a_link_to_nothing_is_refused(role, text, said):
    _, messages = role(text)
    assert said in messages[0]
