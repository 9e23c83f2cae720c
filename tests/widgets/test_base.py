"""What a cell with a widget stores, and the pictures that widgets take."""

import json

import numpy as np
import PIL.Image
import pytest
from IPython.core.formatters import DisplayFormatter
from ipywidgets.widgets.widget import _remove_buffers
from traitlets import Int, TraitError, Unicode

from cnnbook.data import photo
from cnnbook.widgets import ConvolutionLab, PoolingLab, base
from cnnbook.widgets.base import MIME_TYPE, Widget
from cnnbook.widgets.image import decode_image, encode_image
from cnnbook.widgets.traits import Picture

VIEW = "application/vnd.jupyter.widget-view+json"
COLOURS = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


class Probe(Widget):
    _kind = Unicode("probe").tag(sync=True)
    _hidden = Int(1).tag(sync=True)
    picture = Picture()
    size = Int(3).tag(sync=True)
    note = Unicode("not synced")

    def describe(self):
        return f"A picture of {self.picture.shape[1]} × {self.picture.shape[0]} <pixels>."

    def assets(self):
        return {"large": b"bytes"}


def test_a_cell_stores_a_sentence_with_what_makes_a_live_widget_and_a_view(monkeypatch):
    """Apart, since front ends choose the view where it is one of several types, also where it cannot live."""
    shown = []
    monkeypatch.setattr(base, "display", lambda data, **options: shown.append(data))
    probe = Probe(picture=COLOURS)
    assert DisplayFormatter().format(probe) == ({}, {}), "it shows itself"
    data, view = shown
    assert set(view) == {VIEW}
    assert set(data) == {MIME_TYPE, "text/html", "text/plain"}
    assert data["text/plain"] == "A picture of 4 × 2 <pixels>."
    state = {"picture": encode_image(COLOURS), "size": 3}
    assert data[MIME_TYPE] == {"kind": "probe", "state": state, "assets": ["large"]}
    assert f'<figure class="{probe._still}"' in data["text/html"]
    assert "A picture of 4 × 2 &lt;pixels&gt;." in data["text/html"]
    assert Probe(picture=COLOURS)._still != probe._still


def test_assets_travel_as_binary_buffers_and_in_no_state():
    state, paths, buffers = _remove_buffers(Probe(picture=COLOURS).get_state())
    assert (state["_assets"], paths, buffers) == ({}, [["_assets", "large"]], [b"bytes"])


@pytest.mark.parametrize("lab", [ConvolutionLab(photo("cat")), PoolingLab("digit")], ids=["photo", "name"])
def test_what_a_cell_stores_of_a_lab_holds_no_picture_of_the_gallery(lab):
    data, _ = lab._repr_mimebundle_()
    assert data[MIME_TYPE]["assets"] == ["gallery"]
    assert len(json.dumps(data)) < 1000


def test_the_same_state_gives_the_same_bytes():
    first, second = (Probe(picture=COLOURS)._repr_mimebundle_()[0] for _ in range(2))
    del first[VIEW], second[VIEW]  # an id of its own
    assert json.dumps(first) == json.dumps(second)


def test_unknown_settings_are_named():
    with pytest.raises(TypeError, match="Probe has no setting 'imgae'; it has: picture, size, layout"):
        Probe(imgae=COLOURS)


def test_images_travel_to_the_front_end_and_back():
    probe = Probe(picture=COLOURS)
    sent = json.loads(json.dumps(probe.get_state("picture")))
    probe.picture = np.zeros((1, 1))
    probe.set_state(sent)
    np.testing.assert_array_equal(probe.picture, COLOURS)
    np.testing.assert_array_equal(decode_image(encode_image(COLOURS)), COLOURS)
    # Nearly black, and meant so: what an array with only 0 and 1 may be asked, a picture is not.
    probe.set_state({"picture": encode_image(COLOURS // 23)})
    np.testing.assert_array_equal(probe.picture, COLOURS // 23)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (COLOURS, COLOURS),
        (COLOURS.astype("int64"), COLOURS),
        (COLOURS / 255, COLOURS),
        (COLOURS[..., 0], COLOURS[..., [0, 0, 0]]),
        (COLOURS[..., :1], COLOURS[..., [0, 0, 0]]),
        ([[0, 255]], [[[0, 0, 0], [255, 255, 255]]]),
        (np.array([[True]]), [[[255, 255, 255]]]),
        (PIL.Image.new("RGBA", (2, 1), (9, 8, 7, 255)), [[[9, 8, 7], [9, 8, 7]]]),
        (PIL.Image.new("L", (1, 1), 5), [[[5, 5, 5]]]),
    ],
)
def test_images_of_every_sort(image, expected):
    found = Probe(picture=image).picture
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)


def test_a_widget_keeps_a_copy():
    mine = COLOURS.copy()
    probe = Probe(picture=mine)
    mine[:] = 0
    np.testing.assert_array_equal(probe.picture, COLOURS)
    with pytest.raises(ValueError, match="read-only"):
        probe.picture[0, 0] = 1


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.zeros((5, 2, 2, 3)), r"shape \(5, 2, 2, 3\).*images\[0\]"),
        (np.zeros((2, 2, 5)), r"shape \(2, 2, 5\)"),
        (np.zeros((0, 4)), r"shape \(0, 4\)"),
        (np.full((2, 2), 255.0), "0 to 1 as floats.*255.0 to 255.0"),
        (np.array([[0.5, np.nan]]), "0 to 1 as floats"),
        (np.array([[-1, 300]]), "0 to 255 as integers.*-1 to 300"),
        (np.array([["a"]]), "image of numbers"),
        (None, "expected a picture .*got None"),
    ],
)
def test_bad_images_are_refused_and_the_old_one_stays(image, reason):
    probe = Probe(picture=COLOURS)
    with pytest.raises(TraitError, match=rf"Probe: .*{reason}"):
        probe.picture = image
    np.testing.assert_array_equal(probe.picture, COLOURS)
