"""The network lab: page and Python see the same picture, and show what Keras makes of it."""

import json

import keras
import numpy as np
import pytest
from convolution_page import number
from pictures import FILES, jpeg, png
from reader import changeable, follow, fragment, pixels, values

from cnnbook.analysis.attribution import effective_field, grad_cam, occlusion
from cnnbook.runs import load_run
from cnnbook.widgets import NetworkLab

SETTINGS = 12
MODELS = {name: load_run(name).model() for name in ("baseline", "fast")}


AS_IT_IS = {"angle": 0, "zoom": 1, "down": 0, "right": 0, "blur": 0, "brightness": 0, "noise": 0}


def settings(rng, layers):
    """A state by chance; in the first ones, the view is as it is."""
    layer = int(rng.integers(len(layers)))
    rows, columns, maps = (1, 1, *layers[layer].output.shape[1:])[-3:]
    return {
        "picture": str(rng.choice(["test cat", "test ship", "coffee", "digit"])),
        "angle": float(rng.choice([0, 20, -145])),
        "zoom": float(rng.choice([1, 0.6, 2])),
        "down": float(rng.choice([0, 3.5])),
        "right": float(rng.choice([0, -7])),
        "blur": float(rng.choice([0, 1.3])),
        "brightness": float(rng.choice([0, -60, 40])),
        "noise": float(rng.choice([0, 12.5])),
        "layer": layer,
        "map": int(rng.integers(maps)),
        "cell": [int(rng.integers(rows)), int(rng.integers(columns))],
        "off": [] if rng.random() < 0.5 else [f"{layers[2].name} 1", f"{layers[5].name} 7"],
    }


def look_inside(page):
    page.evaluate("reader.press('Look inside')")
    page.evaluate("reader.frames()")


def answers(page):
    """The probabilities and logits of the table, (classes, 2)."""
    rows = page.evaluate(
        "reader.all('.answers tbody tr').map((row) => [...row.cells].map((c) => c.innerText))"
    )
    return np.array(
        [[float(share.strip("%")) / 100, float(number(logit or "0"))] for _, _, share, logit in rows]
    )


@pytest.mark.engines
@pytest.mark.parametrize("name", MODELS)
def test_random_settings_show_what_keras_computes(open_widget, name):
    first, rng = NetworkLab(name, angle=1), np.random.default_rng(0)
    page, layers = open_widget(first), MODELS[name].layers
    for _ in range(SETTINGS):
        state = settings(rng, layers)
        first.set_state(state)
        follow(page, first, **changeable(first))
        picture, _, shown = page.evaluate("reader.maps()")
        where = json.dumps(state)
        seen = np.reshape(pixels(picture), (32, 32, 3))
        assert np.abs(seen - first.image.astype(int)).max() <= 1, where  # two ways to round what lies between
        first.picture, view = seen.astype("uint8"), first.state()
        first.set_state(AS_IT_IS)
        outputs = first.outputs
        expected = np.atleast_3d(outputs[layers[state["layer"]].name].reshape(*np.shape(shown), -1))[
            ..., state["map"]
        ]
        scale = np.abs(outputs[layers[state["layer"]].name]).max()
        np.testing.assert_allclose(values(shown), expected, rtol=1e-4, atol=1e-5 * scale, err_msg=where)
        np.testing.assert_allclose(answers(page)[:, 0], first.probabilities, atol=6e-4, err_msg=where)
        if name == "fast":
            np.testing.assert_allclose(answers(page)[:, 1], outputs["ninth"], rtol=6e-3, atol=1e-5)
        else:  # its softmax is no layer of its own: nothing is known of what went in
            assert not answers(page)[:, 1].any(), where
        first.set_state(view)


@pytest.mark.parametrize("name", MODELS)
def test_what_mattered_is_that_of_the_attribution_of_the_book(open_widget, name):
    lab = NetworkLab(name, "test horse")
    page = open_widget(lab)
    image = lab.image[None].astype("float32") / 255
    last = [layer.name for layer in lab.model.layers if layer.name.startswith("conv")][-1]
    expected = {
        "covering": occlusion(lab.model, image, stride=2)[0],
        "Grad-CAM": grad_cam(lab.model, image, last)[0],
        "field": effective_field(lab.model, image, last, 1, 2)[0],
    }
    lab.layer = [layer.name for layer in lab.model.layers].index(last)
    lab.cell = (1, 2)
    for mattered, importance in expected.items():
        follow(page, lab, mattered=mattered, layer=lab.layer, cell=lab.cell)
        page.wait_for_function("!reader.widget.querySelector('.status').textContent.match(/so far|asked/)")
        said = page.evaluate("reader.maps()")[0]
        told = np.array([[float(number(cell.split("counts ")[1])) for cell in row] for row in said])
        lab.mattered = mattered
        np.testing.assert_allclose(lab.importance, importance, atol=1e-5 * np.abs(importance).max())
        rows, columns = importance.shape
        places = np.ix_(np.arange(32) * rows // 32, np.arange(32) * columns // 32)
        np.testing.assert_allclose(told, importance[places], rtol=1e-3, atol=1e-3 * np.abs(importance).max())


@pytest.mark.parametrize("mattered", ["covering", "Grad-CAM"])
def test_an_older_answer_is_not_taken_for_that_of_a_new_question(open_widget, mattered):
    lab = NetworkLab("baseline", "test horse", mattered="covering")
    page = open_widget(lab)
    status = page.locator(".status")
    page.wait_for_function("reader.widget.querySelector('.status').textContent.match(/points;/)")
    page.evaluate("Worker.prototype.postMessage = () => {}")  # from now on it never answers
    page.evaluate("(hash) => { location.hash = hash }", fragment(lab, picture="test ship", mattered=mattered))
    status.get_by_text("The network is asked …").wait_for()
    assert "counts" not in page.evaluate("reader.maps()[0][0][0]")


def test_of_a_pixel_that_was_not_covered_yet_nothing_is_said(open_widget):
    page = open_widget(NetworkLab("baseline", "test horse"))
    look_inside(page)
    page.evaluate("""() => {
      const { postMessage } = Worker.prototype;
      let left = 3; // rows of places
      Worker.prototype.postMessage = function (...given) { if (left-- > 0) postMessage.apply(this, given); };
    }""")
    page.get_by_label("What mattered").select_option("covering")
    page.locator(".status", has_text="so far").wait_for()
    page.wait_for_function("reader.maps()[0][15][31].includes('counts')")  # the third row covers 8 to 15
    assert page.evaluate("reader.broken()") == []
    assert "counts" not in page.evaluate("reader.maps()[0][16][0]")


def test_of_a_new_picture_the_new_answer_is_heard(open_widget):
    page = open_widget(NetworkLab("fast", "test horse"))
    look_inside(page)
    page.evaluate("""() => {
      window.heard = [];
      const live = reader.widget.querySelector(".unseen[role=status]");
      new MutationObserver(() => heard.push(live.textContent)).observe(live, { childList: true });
    }""")
    for name in ("test ship", "coffee"):
        page.get_by_label("Picture", exact=True).select_option(name)
        page.evaluate("reader.frames()")
        said = page.locator(".title", has_text="The network says").inner_text()
        page.wait_for_function("said => heard.at(-1) === said", arg=said)
        assert set(page.evaluate("heard.splice(0)")) <= {"", said}


def test_numbers_without_a_place_have_no_field(open_widget):
    lab = NetworkLab("baseline", "test horse", mattered="field", layer=18)
    with pytest.raises(ValueError, match="flatten have no place on the picture: open a layer with maps"):
        _ = lab.importance
    page = open_widget(lab)
    page.get_by_text("Numbers of this layer have no place on the picture: open a layer with maps.").wait_for()


def test_the_field_is_that_of_the_number_in_hand(open_widget):
    page = open_widget(NetworkLab("baseline", "test horse", mattered="field", layer=8))
    page.wait_for_selector(".inside:not([hidden])")
    grid, layer = page.get_by_role("grid", name="Open map"), page.get_by_label("Layer", exact=True)
    field = page.locator(".status")

    def in_hand(place):
        page.locator(".inside .title").get_by_text(f"Map 0: {place}:").wait_for()
        field.get_by_text(f"the numbers at {place} of").wait_for()

    in_hand("row 8, column 8")
    grid.hover(position={"x": 3, "y": 3})
    in_hand("row 0, column 0")
    layer.select_option(index=14)
    in_hand("row 4, column 4")
    grid.click(position={"x": 3, "y": 3})
    in_hand("row 0, column 0")
    grid.press("ArrowRight")  # takes the pin along
    in_hand("row 0, column 1")
    assert page.get_by_text("(pinned)").count() == 1
    layer.select_option(index=8)
    in_hand("row 8, column 8")


# One file of each kind: all of them go through the same reader in test_convolution_files.py.
TAKEN = ["dot.png", "clear.png", "deep.png", "inks.jpg", "turned6.jpg", "moving.gif"]
REFUSED = ["half.jpg", "half.png", "empty.jpg", "notes.jpg", "huge.png", "phone.heic"]
SIZES = {"phone.jpg": (3009, 4012), "column.jpg": (901, 17), "row.png": (17, 901)}  # rows, columns


def test_a_file_gives_the_picture_that_python_sees_or_a_sentence(open_lab):
    lab, rng = NetworkLab("fast", "test ship"), np.random.default_rng(0)
    page = open_lab(widget=lab)
    files = {name: FILES[name][0] for name in TAKEN}
    for name, (rows, columns) in SIZES.items():
        noise = rng.integers(0, 256, (rows // 17, columns // 17, 3), np.uint8).repeat(17, 0).repeat(17, 1)
        files[name] = png(noise) if name.endswith("png") else jpeg(noise)
    for name, data in files.items():
        lab.image = data
        np.testing.assert_allclose(page.take(name, data), lab.image, atol=1, err_msg=name)
    for name in REFUSED:
        data, why = FILES[name]
        assert why in page.take(name, data)


def own_model():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12, 10, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(3, (3, 2), strides=2, activation="relu", padding="same"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )


def test_a_network_of_ones_own_is_saved_as_one_page(open_page, tmp_path):
    model = own_model()
    lab = NetworkLab(model, "digit", names=["a", "b", "c", "d"], most=255, angle=30)
    assert lab.image.shape == (12, 10, 1)
    np.testing.assert_allclose(lab.probabilities, model.predict(lab.image[None], verbose=0)[0], rtol=1e-5)
    lab.save(tmp_path / "own.html")
    page = open_page(tmp_path / "own.html")
    page.wait_for_selector(".inside:not([hidden])")
    page.wait_for_selector(".cnnbook[aria-busy=false]")
    shares = page.locator(".answers tbody tr td:nth-child(3)").all_inner_texts()
    np.testing.assert_allclose([float(s.strip("%")) / 100 for s in shares], lab.probabilities, atol=6e-3)
    assert page.locator(".answers tbody th").all_inner_texts() == ["a", "b", "c", "d"]
    assert page.errors == []


def test_what_is_known_is_shown_without_the_network(open_widget):
    lab = NetworkLab("fast", "test ship")
    page = open_widget(lab)
    loaded = "[...document.scripts].filter(({ src }) => src.includes('network-fast')).length"
    assert page.evaluate(loaded) == 0
    np.testing.assert_allclose(answers(page)[:, 0], lab.probabilities, atol=6e-4)
    look_inside(page)
    assert page.evaluate(loaded) == 1
    np.testing.assert_allclose(answers(page)[:, 0], lab.probabilities, atol=6e-4)


def test_a_map_that_is_switched_off_is_0_and_hatched(open_widget):
    lab = NetworkLab("fast", "test ship", layer=3, map=2)
    page = open_widget(lab)
    look_inside(page)
    page.evaluate("reader.press('Switch map 2 off')")
    page.evaluate("reader.frames()")
    assert set(values(page.evaluate("reader.maps()")[2]).ravel()) == {0}
    assert "1 hold nothing but 0" in page.locator(".inside").inner_text()
    lab.off = ["pool1 2"]
    np.testing.assert_allclose(answers(page)[:, 0], lab.probabilities, atol=6e-4)
    page.evaluate("reader.press('Switch all maps on')")
    page.evaluate("reader.frames()")
    lab.off = []
    np.testing.assert_allclose(answers(page)[:, 0], lab.probabilities, atol=6e-4)


def test_a_picture_is_turned_by_a_number_that_is_typed_or_slid(open_widget):
    lab = NetworkLab("fast", "test ship")
    page = open_widget(lab)
    typed, slid = (page.get_by_label(name, exact=True) for name in ("Turn", "Turn, to slide"))
    typed.fill("90")
    lab.angle = 90
    page.evaluate("reader.frames()")
    np.testing.assert_allclose(answers(page)[:, 0], lab.probabilities, atol=6e-4)
    assert slid.input_value() == "90"
    slid.fill("-45")
    page.evaluate("reader.frames()")
    assert typed.input_value() == "−45"


def test_the_range_of_the_open_map_is_told_unless_another_is_pointed_at(open_widget):
    lab = NetworkLab("fast", "test ship", layer=3, map=2)
    page = open_widget(lab)
    look_inside(page)
    note = page.locator(".inside .note").first
    assert note.inner_text().startswith("Map 2: ")
    page.get_by_role("grid", name="Maps of the layer").hover(position={"x": 5, "y": 5})
    page.evaluate("reader.frames()")
    assert note.inner_text().startswith("Map 0: ")
    page.mouse.move(0, 0)
    page.evaluate("reader.frames()")
    assert note.inner_text().startswith("Map 2: ")


def test_a_guess_comes_before_the_answer(open_widget):
    lab = NetworkLab("fast", "test horse", guess=True)
    page = open_widget(lab)
    assert "What will the network say?" in page.locator(".lab").inner_text()
    assert not page.locator(".answers").is_visible()
    page.get_by_label("Your guess").select_option("deer")
    page.locator(".title", has_text="The network says: horse, you: deer").wait_for()
    assert page.locator(".answers").is_visible()
    page.get_by_label("Picture", exact=True).select_option("test ship")  # another picture, another guess
    page.evaluate("reader.frames()")
    assert not page.locator(".answers").is_visible()


def test_what_is_none_of_the_ten_gets_an_answer_and_a_warning(open_widget):
    page = open_widget(NetworkLab("fast", "coffee"))
    assert "Whatever you show it" in page.locator(".status").inner_text()
    page.get_by_label("Picture", exact=True).select_option("test ship")
    page.evaluate("reader.frames()")
    assert "Whatever" not in page.locator(".status").inner_text()


CAMERA = """(name) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 48];
  canvas.getContext("2d").fillStyle = "#f00";
  canvas.getContext("2d").fillRect(0, 0, 64, 48);
  window.stream = canvas.captureStream();
  setInterval(() => canvas.getContext("2d").fillRect(0, 0, 64, 48), 20); // a stream shows what changes
  navigator.mediaDevices.getUserMedia = async () => {
    if (name) throw new DOMException("", name);
    return window.stream;
  };
}"""


def test_a_picture_from_the_camera(open_widget):
    page = open_widget(NetworkLab("fast", "test ship"))
    page.evaluate(CAMERA, "")
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Take the picture").click()
    page.wait_for_function("!reader.widget.querySelector('video').offsetHeight")
    page.evaluate("reader.frames()")
    assert set(pixels(page.evaluate("reader.maps()")[0])) == {255, 0}
    assert page.evaluate("window.stream.getTracks().every(({ readyState }) => readyState === 'ended')")


@pytest.mark.parametrize(
    ("name", "why"),
    [("NotAllowedError", "may not be used"), ("NotFoundError", "no camera"), ("OddError", "(OddError)")],
)
def test_a_camera_that_is_refused(open_widget, name, why):
    page = open_widget(NetworkLab("fast", "test ship"))
    page.evaluate(CAMERA, name)
    page.get_by_role("button", name="Camera").click()
    page.evaluate("reader.frames()")
    assert why in "".join(page.evaluate("reader.alerts()"))
    assert not page.locator("video").is_visible()
