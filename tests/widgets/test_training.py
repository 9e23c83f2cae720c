"""The training lab: what it shows of each epoch is what was recorded."""

import re

import numpy as np
import pytest
from reader import follow
from test_accuracy import seen
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


@pytest.mark.engines
def test_the_page_shows_it(open_widget):
    page = open_widget(TrainingLab())
    for epoch, picture in ((0, 0), (5, 23), (12, 3)):
        follow(page, TrainingLab(), epoch=epoch, image=picture, cell=[3, 5], filter=31)
        lab = TrainingLab(epoch=epoch)
        title = page.locator(".lab .title").first.inner_text()
        assert title.startswith(
            f"After {epoch} of 12 epochs: {100 * lab.accuracy:.1f} % of 5,000 validation images"
        )
        assert title.endswith(f"loss {lab.loss:.3f}")
        followed = ", ".join(map(str, REPLAY["confusion"][: epoch + 1, 3, 5]))
        note = page.locator(".confusion + .note").inner_text()
        assert note == f"true cat, answered dog, from epoch 0 on: {followed}."
        _, matrix = page.evaluate("reader.maps()")
        page.locator(".confusion [role=grid]").dispatch_event("blur")  # else the last cell is pointed at
        page.evaluate("reader.frames()")
        np.testing.assert_array_equal(
            [[int(cell.split()[-1]) for cell in row] for row in matrix], lab.confusion
        )
        for i, card in enumerate(page.locator(".cards button").all()):
            said = card.inner_text()
            answer = lab.probabilities[i].argmax()
            assert said.split()[:2] == ["✓" if answer == REPLAY["labels"][i] else "✗", NAMES[answer]]
            assert abs(percent(said) - 100 * lab.probabilities[i].max()) < 0.51
            np.testing.assert_array_equal(seen(card), images()[i])
        shares = [
            percent(row.replace("%", " %")) for row in page.locator(".answer tbody tr").all_inner_texts()
        ]
        np.testing.assert_allclose(shares, 100 * lab.probabilities[picture], atol=0.06)
        assert page.locator(".film canvas").count() == epoch + 1
        weights = REPLAY["filters"][..., 31].astype(float)
        largest = np.abs(REPLAY["filters"].astype(float)).max()
        now = page.locator(".film canvas").last.evaluate(
            "canvas => [...canvas.getContext('2d').getImageData(0, 0, 3, 3).data]"
        )
        drawn = np.reshape(now, (3, 3, 4))[..., :3]
        np.testing.assert_allclose(drawn, 127.5 + 127.5 * weights[epoch] / largest, atol=1)
        moved = np.abs(weights[epoch] - weights[0]).mean()
        way = page.locator(".film + .note").inner_text()
        assert float(way.split("by ")[1].split()[0]) == pytest.approx(moved, rel=0.05)
        if epoch:
            moved = np.abs(weights[epoch] - weights[epoch - 1]).mean()
            assert float(way.split("by ")[2].split()[0]) == pytest.approx(moved, rel=0.05)
            assert way.endswith(f" in epoch {epoch}.")


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
