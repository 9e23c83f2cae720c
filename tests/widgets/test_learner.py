"""The learning widget: its steps are Keras's, in Python and on the page."""

import re

import keras
import numpy as np
import pytest
from reader import follow
from traitlets import TraitError

from cnnbook.ops import conv2d
from cnnbook.widgets import KernelLearner
from cnnbook.widgets.convolution import KERNELS


def keras_weights(lab):
    """What Keras has learned after the steps of `lab`: its weights, and the loss that they have."""
    image = (lab.image / 255).astype("float32")[None, ..., None]
    wanted = conv2d(lab.image / 255, KERNELS[lab.secret]).astype("float32")[None, ..., None]
    layer = keras.layers.Conv2D(1, 3, use_bias=False)
    model = keras.Sequential([keras.Input(image.shape[1:]), layer])
    layer.set_weights([np.reshape(lab.start, (3, 3, 1, 1))])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    if lab.steps:
        model.fit(image, wanted, epochs=lab.steps, verbose=0)
    return layer.get_weights()[0][:, :, 0, 0], model.evaluate(image, wanted, verbose=0)


LABS = [
    KernelLearner("coffee"),
    KernelLearner("coffee", steps=1, secret="blur"),
    KernelLearner("cat", steps=40, secret="sharpen", side=17, start=[5, 0, -5, 0.1, 0, 0, 0, 0, 2]),
    KernelLearner("digit", steps=150),
]


@pytest.mark.parametrize("lab", LABS, ids=KernelLearner.describe)
def test_python_and_the_page_learn_as_keras_does(open_widget, lab):
    weights, loss = keras_weights(lab)
    np.testing.assert_allclose(lab.weights, weights, rtol=1e-3, atol=2e-3)
    assert lab.loss == pytest.approx(loss, rel=1e-2, abs=1e-5)
    page = open_widget(lab)
    title = page.evaluate("document.querySelector('.story .title').textContent")
    steps, shown = re.fullmatch(r"After (\d+) steps: loss (.*)", title).groups()
    assert int(steps) == lab.steps
    assert float(shown.replace("−", "-")) == pytest.approx(lab.loss, rel=0.01, abs=1e-9)
    now = page.evaluate("Object.values(document.querySelector('canvas.numbers').texts)")
    assert np.abs(np.array([float(n.replace("−", "-")) for n in now]) - lab.weights.ravel()).max() < 0.01
    _, wanted, given = page.evaluate("reader.maps()")
    for shown, kernel in ((wanted, KERNELS[lab.secret]), (given, lab.weights)):
        numbers = [[float(cell.rsplit(" ", 1)[1].replace("−", "-")) for cell in row] for row in shown]
        np.testing.assert_allclose(numbers, conv2d(lab.image.astype(float), kernel), rtol=1e-4, atol=1e-3)


def test_a_picture_that_is_too_small_is_explained(open_widget):
    lab = KernelLearner(np.zeros((2, 9)))
    assert "smaller than the kernel" in lab.describe()
    with pytest.raises(ValueError, match="Use a smaller kernel"):
        _ = lab.weights
    page = open_widget(lab)
    assert "it fits nowhere" in page.evaluate("reader.widget.innerText")


@pytest.mark.parametrize("start", [[0] * 8, [[0] * 3] * 3, [np.inf] * 9, "random", 0])
def test_a_start_has_nine_numbers(start):
    with pytest.raises(TraitError, match="Expected 9 numbers from -1e6 to 1e6 as start"):
        KernelLearner(start=start)


def test_a_flat_picture_teaches_nothing_about_edges(open_widget):
    """Many kernels are as right: their map is 0, and their weights are far from the secret ones."""
    lab = KernelLearner(np.full((9, 9), 200, np.uint8), steps=300)
    assert lab.loss < 1e-6
    assert np.abs(lab.weights - KERNELS["sobel-x"]).max() > 1


def test_the_slider_scrubs_and_a_new_start_begins_anew(open_widget):
    page = open_widget(KernelLearner("coffee"))
    follow(page, KernelLearner("coffee"), steps=200)
    assert "After 200 steps" in page.evaluate("document.querySelector('.story .title').textContent")
    page.evaluate("reader.press('New start')")
    page.evaluate("reader.frames()")
    assert "After 0 steps" in page.evaluate("document.querySelector('.story .title').textContent")
