"""The training lab: what it shows of each epoch is what was recorded."""

import re

import numpy as np
import pytest
from reader import follow
from tiny_cifar10 import REAL
from traitlets import TraitError

from cnnbook.analysis.evaluation import Evaluation
from cnnbook.data import load_cifar10
from cnnbook.data.cifar10 import NAMES
from cnnbook.runs import load_run
from cnnbook.widgets import TrainingLab
from cnnbook.widgets.replayed import images

RUN = load_run("baseline-validation")
REPLAY = RUN.replay()


def percent(text):
    return float(re.search(r"([\d.]+) %", text)[1])


@pytest.mark.parametrize("epoch", [0, 1, 12])
def test_python_says_what_was_recorded(epoch):
    lab = TrainingLab(epoch=epoch)
    said = REPLAY["probabilities"][epoch].astype(float)
    answers = Evaluation(said / said.sum(axis=1, keepdims=True), REPLAY["labels"])
    np.testing.assert_array_equal(lab.confusion, answers.confusion)
    assert lab.accuracy == answers.accuracy
    assert lab.loss == pytest.approx(answers.loss, rel=0.1)  # of probabilities in 255ths
    np.testing.assert_array_equal(lab.filters, REPLAY["filters"][epoch])
    assert lab.probabilities.sum(axis=1) == pytest.approx(1, abs=0.02)
    assert f"{lab.accuracy:.1%}" in lab.describe()


def test_the_recording_ends_where_the_training_did():
    for name, array in (("val_loss", REPLAY["loss"]), ("val_accuracy", None)):
        after = [TrainingLab(epoch=epoch).accuracy for epoch in range(13)] if array is None else array
        np.testing.assert_allclose(after[1:], RUN.history[name], atol=3e-4)
    assert abs(np.trace(REPLAY["confusion"][-1]) - 5000 * RUN.results["validation_accuracy"]) <= 5


@REAL
def test_the_images_are_the_first_that_the_network_never_learned_from():
    split = load_cifar10().validation
    np.testing.assert_array_equal(images(), split.images[:24])
    np.testing.assert_array_equal(REPLAY["labels"], split.labels)


def test_its_asset_is_light():
    assert len(TrainingLab().assets()["training"]) * 4 / 3 < 400_000


SHOWN = """() => {
  const all = (selector, read) => Array.from(document.querySelectorAll(`.lab ${selector}`), read);
  const texts = (selector) => all(selector, ({ innerText }) => innerText);
  const pixels = (selector) => all(selector, (canvas) =>
    [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]);
  return {
    title: texts(".title")[0], cards: texts(".cards button"), rows: texts(".answer tbody tr"),
    followed: texts(".confusion + .note")[0], way: texts(".film + .note")[0],
    images: pixels(".cards canvas"), film: pixels(".film canvas"),
  };
}"""


def coloured(pixels, side):
    """(side, side, 3) of what a canvas holds."""
    return np.reshape(pixels, (side, side, 4))[..., :3]


@pytest.mark.engines
def test_the_page_shows_it(open_widget):
    page = open_widget(TrainingLab())
    for epoch, picture in ((0, 0), (5, 23), (12, 3)):
        follow(page, TrainingLab(), epoch=epoch, image=picture, cell=[3, 5], filter=31)
        lab, shown = TrainingLab(epoch=epoch), page.evaluate(SHOWN)
        right = f"{100 * lab.accuracy:.1f} % of 5,000 validation images right"
        assert shown["title"] == f"After {epoch} of 12 epochs: {right}, loss {lab.loss:.3f}"
        followed = ", ".join(map(str, REPLAY["confusion"][: epoch + 1, 3, 5]))
        assert shown["followed"] == f"true cat, answered dog, from epoch 0 on: {followed}."
        for i, said in enumerate(shown["cards"]):
            answer = lab.probabilities[i].argmax()
            assert said.split()[:2] == ["✓" if answer == REPLAY["labels"][i] else "✗", NAMES[answer]]
            assert abs(percent(said) - 100 * lab.probabilities[i].max()) < 0.51
            np.testing.assert_array_equal(coloured(shown["images"][i], 32), images()[i])
        shares = [percent(row.replace("%", " %")) for row in shown["rows"]]
        np.testing.assert_allclose(shares, 100 * lab.probabilities[picture], atol=0.06)
        filters = REPLAY["filters"].astype(float)
        weights, largest = filters[..., 31], np.abs(filters).max()
        assert len(shown["film"]) == epoch + 1
        now = coloured(shown["film"][-1], 3)
        np.testing.assert_allclose(now, 127.5 + 127.5 * weights[epoch] / largest, atol=1)
        moved = np.abs(weights[epoch] - weights[0]).mean()
        said = shown["way"].split("by ")
        assert float(said[1].split()[0]) == pytest.approx(moved, rel=0.05)
        if epoch:
            moved = np.abs(weights[epoch] - weights[epoch - 1]).mean()
            assert float(said[2].split()[0]) == pytest.approx(moved, rel=0.05)
            assert shown["way"].endswith(f" in epoch {epoch}.")
        _, matrix = page.evaluate("reader.maps()")
        counts = [[int(cell.split()[-1]) for cell in row] for row in matrix]
        np.testing.assert_array_equal(counts, lab.confusion)
        # Else the last cell is pointed at.
        page.evaluate("document.querySelector('.confusion .map').dispatchEvent(new Event('blur'))")
        page.evaluate("reader.frames()")


def test_it_plays_to_the_end_and_again(open_widget):
    page = open_widget(TrainingLab(epoch=10))
    slider = page.get_by_role("slider")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('input[type=range]').value === '12'")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('input[type=range]').value === '1'")
    page.get_by_role("button", name="Pause").click()
    slider.focus()
    slider.press("End")
    page.evaluate("reader.frames()")
    assert "83.6 % of 5,000" in page.locator(".lab .title").first.inner_text()
    slider.press("Home")
    slider.press("ArrowRight")
    page.evaluate("reader.frames()")
    assert slider.get_attribute("aria-valuetext").startswith("After 1 of 12 epochs: 51.4 %")


def test_what_is_not_there_is_refused():
    for setting in ({"epoch": 13}, {"filter": 32}, {"image": 24}):
        with pytest.raises(TraitError):
            TrainingLab(**setting)
