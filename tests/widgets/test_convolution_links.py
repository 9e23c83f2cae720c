"""Links that bring a convolution widget back, text that it copies, two of them in a page."""

import base64
import json

import numpy as np
import pytest
from convolution_page import DIGIT, Lab
from reader import changeable

from cnnbook.widgets import ConvolutionLab


def test_two_widgets_are_independent(open_page, static_page):
    page = open_page(static_page(ConvolutionLab(**DIGIT), ConvolutionLab(**DIGIT)))
    first, second = Lab(page), Lab(page, 1)
    second.el.get_by_label("Kernel", exact=True).select_option("blur")
    second.hover(second.output, 1, 1)
    assert second.kernel() == ["1/9"] * 9
    assert first.kernel() == ["−1", "0", "1", "−2", "0", "2", "−1", "0", "1"]
    assert "row 5, column 5:" in first.title.inner_text()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_a_link_brings_everything_back_and_reset_undoes_it(open_lab, open_page):
    lab = open_lab()
    before = lab.sum.inner_text()
    lab.settings(Stride=2, Dilation=2, Padding="zeros", Zeros_on_each_side=3, Colour=True, Kernel_rows=2)
    lab.el.get_by_label("Bias", exact=True).fill("7/2")
    lab.el.get_by_label("Bias", exact=True).blur()
    lab.button("Draw").click()
    lab.page.mouse.click(*lab.at(lab.input, 5, 5))
    lab.settle()
    lab.button("Draw").click()
    lab.page.mouse.click(*lab.at(lab.output, 2, 2))
    lab.settle()
    other = Lab(open_page(lab.copied("Copy link")))
    for shown in (other, lab):
        assert "row 2, column 2:" in shown.title.inner_text()
        assert "(pinned)" in shown.title.inner_text()
    assert other.sum.inner_text() == lab.sum.inner_text()
    assert other.sizes() == lab.sizes()
    np.testing.assert_array_equal(other.keras_output(), lab.keras_output())
    other.button("Reset").click()
    other.settle()
    assert other.sum.inner_text() == before


def test_back_to_before_a_link_is_back_to_before_it(open_page, static_page):
    path = static_page(ConvolutionLab(**DIGIT, bias=2))
    page = open_page(path)
    lab = Lab(page)
    bias = lab.el.get_by_label("Bias", exact=True)
    page.evaluate("hash => { location.hash = hash; }", linked(path, '{"bias":5}').split("#")[1])
    lab.settle()
    assert bias.input_value() == "5"
    page.go_back()
    lab.settle()
    assert bias.input_value() == "2"


def linked(path, state):
    code = base64.urlsafe_b64encode(state.encode()).decode().rstrip("=")
    return f"{path.as_uri()}#cnnbook-convolution-1:{code}"


# Every rule broken: frontend/tests/rules.test.ts, and the contract.
@pytest.mark.parametrize(
    "state", ["nonsense", "[]", "5", '{"bias":5,"kernel":[[["x"]]]}', '{"bias":5,"gallery":{}}']
)
def test_a_link_that_makes_no_sense_is_not_used_and_says_so(open_page, static_page, state):
    path = static_page(ConvolutionLab(**DIGIT, bias=2))
    page = open_page(linked(path, state))
    lab = Lab(page)
    assert "could not be read" in lab.el.get_by_role("alert").inner_text()
    assert lab.kernel() == ["−1", "0", "1", "−2", "0", "2", "−1", "0", "1"]
    assert lab.sizes() == ["12×12", "3×3", "10×10"]
    assert " + bias 2 = " in lab.sum.inner_text()
    assert page.errors == []


@pytest.mark.parametrize(
    "state",
    [
        {"image": np.ones((1, 1)), "kernel": [[1e6]], "side": 1, "padding": 3, "cell": (4, 0)},
        {"kernel": np.full((7, 7, 3), 1 / 3), "padding": 16, "stride": 8, "dilation": 8, "side": 64},
        {"image": np.ones((64, 64, 3)), "kernel": np.ones((7, 1)), "padding": "same", "bias": -1e6},
    ],
)
def test_what_python_can_show_a_link_can_ask(open_page, static_page, state):
    shown, asked = ConvolutionLab(**DIGIT), ConvolutionLab(**(DIGIT | state))
    wanted = changeable(asked)
    lab = Lab(open_page(linked(static_page(shown), json.dumps(wanted))))
    assert lab.el.get_by_role("alert").count() == 0
    assert lab.page.errors == []
    np.testing.assert_allclose(lab.keras_output(), asked.output, rtol=1e-5)


def test_where_the_clipboard_is_closed_the_text_is_shown(open_lab):
    lab = open_lab()
    lab.page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('no')))")
    lab.button("Copy as Keras").click()
    box = lab.el.get_by_label("Copy as Keras: text to copy")
    box.wait_for()
    assert "keras.layers.Conv2D(" in box.input_value()
