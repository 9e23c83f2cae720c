"""The matplotlib figures that chapters share.

Every function returns a closed `matplotlib.figure.Figure`, so that a notebook shows it once, as the value of
its cell. Figures are opaque and light, readable on light and dark pages alike; their colours are safe for
colour-blind readers (Okabe and Ito, https://jfly.uni-koeln.de/color/), and colour scales carry their numbers.
Maps have the colours of the widgets: DIVERGING from -1 to 1, and its upper half, POSITIVE, from 0 to 1.
"""

import functools
import itertools
import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from os import PathLike
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import CenteredNorm, Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle as Outline
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cnnbook import check
from cnnbook.analysis.evaluation import Evaluation
from cnnbook.analysis.receptive_field import Rectangle
from cnnbook.analysis.robustness import DISTORTIONS, Robustness
from cnnbook.data import Split, load_picture

if TYPE_CHECKING:  # no figure needs Keras
    import keras

NARROW = 4.3  # inches: a telephone shows a figure at two thirds of its size or more, and so much fits there
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#595959"
CURVES = ((BLUE, "o"), (ORANGE, "s"), ("#009E73", "^"), ("#CC79A7", "D"))  # colours and marks, in turns
# The palette of the widgets: frontend/src/ui/colour.ts is built with it.
PALETTE = json.loads((files("cnnbook") / "palette.json").read_text("utf-8"))
_STOPS = np.array(PALETTE["diverging"]) / 255
# An odd number of colours, so that the stops themselves are among them.
DIVERGING = LinearSegmentedColormap.from_list("diverging", _STOPS, 257)
POSITIVE = LinearSegmentedColormap.from_list("positive", _STOPS[len(_STOPS) // 2 :], 257)
STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "font.size": 10,
    "image.interpolation": "nearest",  # pixels are to be seen
    "savefig.facecolor": "white",
}


def _shared_style(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Make `draw` use STYLE alone, whatever the reader's settings, and close its figure."""

    @functools.wraps(draw)
    def styled(*arguments, **options):
        with plt.style.context(["default", STYLE]):
            figure = draw(*arguments, **options)
        plt.close(figure)
        return figure

    return styled


@_shared_style
def show_images(images: Sequence[np.ndarray], titles: Sequence[str] = (), columns: int = 5) -> Figure:
    """Show images in rows, each under its title.

    Args:
        images: what `cnnbook.data.load_picture` takes.
        titles: one for each, or none.
        columns: images in a row.

    Raises:
        ValueError: one is no image, or there are titles, but not one for each image.
    """
    pictures, titles = _pictures(images), [str(title) for title in titles]
    if titles and len(titles) != len(pictures):
        raise ValueError(f"{len(pictures)} images came with {len(titles)} titles")
    title_lines = max((title.count("\n") + 1 for title in titles), default=0)
    figure, axes = _grid(len(pictures), columns, NARROW if columns <= 3 else 7, title_lines)
    for axis, picture in zip(axes, pictures, strict=False):
        axis.imshow(picture)
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title, fontsize=9)
    return figure


@_shared_style
def show_classes(split: Split, class_names: Sequence[str], each: int = 10) -> Figure:
    """Show a row of the first `each` images of every class.

    Raises:
        ValueError: labels that do not fit the names.
    """
    labels = check.labels(split.labels, len(split.images), len(class_names))
    figure, rows = plt.subplots(len(class_names), each, figsize=(7, 0.62 * len(class_names)), squeeze=False)
    for label, (name, axes) in enumerate(zip(class_names, rows, strict=True)):
        for axis, image in zip(axes, split.images[labels == label], strict=False):
            axis.imshow(image)
        for axis in axes:
            _bare(axis)
        axes[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def show_answers(
    split: Split, evaluation: Evaluation, which: Sequence[int], class_names: Sequence[str]
) -> Figure:
    """Show the images at the positions `which`, each under what the network said, how surely, and the truth.

    Raises:
        ValueError: `evaluation` is about other images, or `which` or the names do not fit it.
    """
    _check_names(class_names, evaluation)
    if not np.array_equal(split.labels, evaluation.labels):
        raise ValueError(
            f"expected the evaluation of these {len(split.labels)} images, got one of other labels; "
            "write evaluate(model, split) with this split"
        )
    which = check.labels(which, len(which), len(split.labels)) if len(which) else []
    titles = [
        f"{class_names[evaluation.predictions[i]]} {evaluation.probabilities[i].max():.1%}\n"
        f"is: {class_names[split.labels[i]]}"
        for i in which
    ]
    return show_images(split.images[which], titles)


@_shared_style
def plot_history(history: dict[str, list[float]]) -> Figure:
    """Plot loss and accuracy after each epoch, and those on the validation images, where a run has them.

    Args:
        history: quantity -> one number an epoch; the loss is "smoothed_loss" where labels were smoothed, see
            `cnnbook.runs.named`.
    """
    figure, axes = plt.subplots(2, 1, figsize=(NARROW, 5.4), sharex=True)
    loss = "loss" if "loss" in history else "smoothed_loss"
    for axis, name, unit in zip(axes, (loss, "accuracy"), ("cross-entropy", "right answers"), strict=True):
        for key, label, colour, mark in (
            (name, "training", BLUE, "o"),
            (f"val_{name}", "validation", ORANGE, "s"),
        ):
            if key in history:
                epochs = range(1, len(history[key]) + 1)
                axis.plot(epochs, history[key], color=colour, marker=mark, markersize=4, label=label)
        axis.set(xlabel="epoch", ylabel=unit, title=name.replace("_", " "))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
    axes[0].label_outer()
    axes[1].yaxis.set_major_formatter(PercentFormatter(1))
    axes[1].legend(loc="lower right")
    return figure


@_shared_style
def plot_confusion(evaluation: Evaluation, class_names: Sequence[str]) -> Figure:
    """Plot the confusion matrix: a row a true class, a column an answer. Colour shows mistakes only.

    Raises:
        ValueError: there are not as many names as classes.
    """
    _check_names(class_names, evaluation)
    confusion = evaluation.confusion
    right = np.eye(len(confusion), dtype=bool)
    mistakes = np.ma.masked_array(confusion, right)
    figure, axis = plt.subplots(figsize=(7, 5.8))
    scale = Normalize(0, max(mistakes.max(), 1))
    picture = axis.imshow(mistakes, cmap="Blues", norm=scale)
    axis.set_facecolor("#dddddd")
    for (row, column), count in np.ndenumerate(confusion):
        dark = not right[row, column] and scale(count) > 0.55
        weight = "bold" if right[row, column] else "normal"
        axis.text(
            column, row, count, ha="center", va="center", color="white" if dark else "black", weight=weight
        )
    axis.set_xticks(range(len(class_names)), class_names, rotation=45, ha="right")
    axis.set_yticks(range(len(class_names)), class_names)
    axis.set(xlabel="the network says", ylabel="the image is")
    figure.colorbar(
        picture,
        label="mistakes, in images (right answers: grey)",
        shrink=0.8,
        ticks=MaxNLocator(integer=True),
    )
    return figure


@_shared_style
def plot_per_class(evaluation: Evaluation, class_names: Sequence[str]) -> Figure:
    """Plot the accuracy of each class as a bar, the best on top, and a line at the accuracy of all.

    Raises:
        ValueError: there are not as many names as classes.
    """
    _check_names(class_names, evaluation)
    accuracy = evaluation.per_class_accuracy
    order = np.argsort(accuracy)
    figure, axis = plt.subplots(figsize=(NARROW, 0.35 * len(order) + 1))
    bars = axis.barh([class_names[i] for i in order], accuracy[order], color=BLUE)
    axis.bar_label(bars, [f"{accuracy[i]:.1%}" for i in order], label_type="center", color="white")
    axis.axvline(evaluation.accuracy, color=ORANGE, linestyle="--", label=f"all: {evaluation.accuracy:.1%}")
    axis.set(xlim=(0, 1), xlabel="right answers")
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    return figure


@_shared_style
def plot_network(model: "keras.Sequential") -> Figure:
    """Draw a network from its input, on top, to its answer: a bar a layer, with the shape of what comes out.

    A bar is as wide as the maps, and the higher, the more maps or numbers there are.

    Args:
        model: its layers give maps, (rows, columns, channels), or numbers.

    Raises:
        ValueError: another shape comes out of a layer.
    """
    layers = [("input", "input", model.input_shape[1:])]
    layers += [(layer.name, type(layer).__name__, layer.output.shape[1:]) for layer in model.layers]
    for name, _, shape in layers:
        if len(shape) not in (1, 3):
            raise ValueError(
                f"maps or numbers are expected to come out of every layer, not {shape} of {name}"
            )
    widest = max(shape[1] for _, _, shape in layers if len(shape) == 3)
    figure, axis = plt.subplots(figsize=(NARROW, 0.24 * len(layers) + 0.6))
    top, colours = 0.0, {"Conv2D": BLUE, "Dense": ORANGE, "MaxPooling2D": "#009E73"}
    for name, kind, shape in layers:
        width = shape[1] / widest if len(shape) == 3 else 0.5 / widest
        height = 0.16 + 0.12 * np.log2(shape[-1])
        colour = colours.get(kind, "#b0b0b0")
        axis.add_patch(Outline((-width / 2, top), width, height, color=colour, linewidth=0))
        axis.text(0.6, top + height / 2, name, va="center", fontsize=8)
        axis.text(1.6, top + height / 2, " × ".join(map(str, shape)), va="center", ha="right", fontsize=8)
        top += height + 0.22
    axis.set(xlim=(-0.52, 1.6), ylim=(top, -0.1))
    _bare(axis)
    handles = [Outline((0, 0), 1, 1, color=colour) for colour in (*colours.values(), "#b0b0b0")]
    names = ["convolution", "dense", "pooling", "other"]
    figure.legend(
        handles, names, loc="outside upper left", ncols=4, frameon=False, fontsize=8, handlelength=1
    )
    return figure


@_shared_style
def plot_kernels(kernels: np.ndarray, columns: int = 8) -> Figure:
    """Show kernels as colours, all on one scale: grey is 0, brighter is positive.

    Args:
        kernels: (height, width, 3, filters).
        columns: kernels in a row.

    Raises:
        ValueError: the input has not three channels: then there are no colours to show.
    """
    kernels = check.numbers(kernels, "kernels")
    if kernels.ndim != 4 or kernels.shape[2] != 3:
        raise ValueError(f"kernels have shape {kernels.shape}, expected (height, width, 3, filters)")
    limit = float(np.abs(kernels).max()) or 1.0
    figure, axes = _grid(kernels.shape[3], columns, width=6)
    for axis, kernel in zip(axes, np.moveaxis(kernels, 3, 0), strict=False):
        axis.imshow(0.5 + kernel / (2 * limit))
    _scale(figure, axes, Normalize(-limit, limit), "gray", "weight of red, green and blue")
    return figure


@_shared_style
def plot_feature_maps(maps: np.ndarray, columns: int = 8, label: str = "") -> Figure:
    """Show the feature maps of one image, all on one scale, so that a map that stays 0 looks so.

    After ReLU the scale runs from 0 to the largest value of the layer; where there are negative values, it is
    centred on 0, which is dark.

    Args:
        maps: (H, W, filters).
        columns: maps in a row.
        label: what stands beside the scale.

    Raises:
        ValueError: the maps of several images, or NaN.
    """
    maps = check.numbers(maps, "maps")
    if maps.ndim != 3 or not maps.size:
        raise ValueError(f"expected the maps of one image, (H, W, filters), got {maps.shape}; write maps[0]")
    figure, axes = _grid(maps.shape[2], columns, width=7)
    norm, colours = _colours(maps)
    for axis, map_ in zip(axes, np.moveaxis(maps, 2, 0), strict=False):
        axis.imshow(map_, norm=norm, cmap=colours)
    _scale(figure, axes, norm, colours, label)
    return figure


@_shared_style
def plot_precision_recall(evaluation: Evaluation, class_names: Sequence[str]) -> Figure:
    """Plot precision and recall of each class, with their numbers, the class best found on top.

    A class without images has no recall, one that was never named no precision: there is no mark, then.

    Raises:
        ValueError: there are not as many names as classes.
    """
    _check_names(class_names, evaluation)
    precision, recall = evaluation.per_class_precision, evaluation.per_class_recall
    order = np.argsort(np.nan_to_num(recall))
    places = np.arange(len(order))
    figure, axis = plt.subplots(figsize=(5, 0.4 * len(order) + 1.2))
    for values, label, colour, mark, above in (
        (precision, "precision: of its answers, right", ORANGE, "D", False),
        (recall, "recall: of its images, found", BLUE, "o", True),
    ):
        axis.plot(values[order], places, mark, color=colour, label=label, clip_on=False)
        for place, value in zip(places, values[order], strict=True):
            if np.isfinite(value):
                _number(axis, value, place, colour, above)
    axis.set(xlim=(0, 1), ylim=(-0.6, len(order) - 0.4))
    axis.set_yticks(places, [class_names[i] for i in order])
    axis.grid(axis="y", alpha=0.3)
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    figure.legend(loc="outside upper left", frameon=False, reverse=True)
    return figure


@_shared_style
def plot_calibration(evaluation: Evaluation, bins: int = 10) -> Figure:
    """Plot accuracy by confidence, beside the line where both are equal; below, how many are how sure.

    Raises:
        ValueError: fewer than one bin.
    """
    calibration = evaluation.calibration(bins)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(5, 5.2), sharex=True, gridspec_kw={"height_ratios": (3, 1)}
    )
    above.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="as often right as sure")
    filled = calibration.images > 0
    above.plot(
        calibration.confidence[filled], calibration.accuracy[filled], "o-", color=BLUE, label="the network"
    )
    above.set(xlim=(0, 1), ylim=(0, 1.03), ylabel="right answers")
    above.set_title(f"expected calibration error: {calibration.error:.1%}", fontsize=10)
    above.yaxis.set_major_formatter(PercentFormatter(1))
    above.legend(loc="upper left")
    above.grid(alpha=0.3)
    below.stairs(calibration.images, calibration.edges, fill=True, color=BLUE)
    below.set(xlabel="confidence: the answer's probability", ylabel="images")
    below.xaxis.set_major_formatter(PercentFormatter(1))
    below.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    return figure


@_shared_style
def plot_robustness(
    curves: Sequence[Robustness], labels: Sequence[str] = (), units: dict[str, str] | None = None
) -> Figure:
    """Plot the accuracy under each strength of each distortion, one panel a distortion, and a legend below.

    Args:
        curves: what `cnnbook.analysis.robustness` measured.
        labels: one for each curve, to compare networks: curves of one distortion share a panel.
        units: name of a distortion -> what stands below its panel; by default its name, and the unit of its
            strengths.

    Raises:
        ValueError: there is no curve, or there are not as many labels as curves.
    """
    if not curves or (labels and len(labels) != len(curves)):
        raise ValueError(f"expected curves, each with a label or none; got {len(curves)} and {len(labels)}")
    names = list(dict.fromkeys(curve.distortion for curve in curves))
    height = 2.1 * len(names) + 0.3 * bool(labels)
    figure, axes = plt.subplots(len(names), 1, figsize=(NARROW, height), squeeze=False)
    looks = dict(zip(dict.fromkeys(labels or [""]), itertools.cycle(CURVES), strict=False))
    for axis, name in zip(axes.flat, names, strict=True):
        for curve, label in zip(curves, labels or [""] * len(curves), strict=True):
            if curve.distortion == name:
                colour, mark = looks[label]
                axis.plot(
                    curve.strengths, curve.accuracy, marker=mark, markersize=4, color=colour, label=label
                )
        unit = (units or {}).get(name, f"{name}: {DISTORTIONS[name].unit}")
        axis.set(ylim=(0, 1), xlabel=unit)
        axis.grid(alpha=0.3)
        axis.yaxis.set_major_formatter(PercentFormatter(1))
    axes[0, 0].set_title("right answers", loc="left", fontsize=10)
    if labels:  # below all panels, where it lies on no curve
        lines = {line.get_label(): line for axis in axes.flat for line in axis.lines}
        figure.legend(lines.values(), lines, loc="outside lower center", ncols=2, frameon=False)
    return figure


@_shared_style
def show_maps(
    images: Sequence[np.ndarray], maps: Sequence[np.ndarray], titles: Sequence[str] = (), label: str = ""
) -> Figure:
    """Show images, each under its title, and below each a map of it, stretched to its size.

    The maps share one scale; where there are negative values, it is centred on 0, which is dark.

    Args:
        images: (H, W, 3) each.
        maps: (H', W') each.
        titles: one for each image, or none.
        label: what stands beside the scale.

    Raises:
        ValueError: there are not as many maps as images, or titles as images.
    """
    if len(maps) != len(images) or (titles and len(titles) != len(images)):
        raise ValueError(f"{len(images)} images came with {len(maps)} maps and {len(titles)} titles")
    count = len(images)
    figure, rows = plt.subplots(2, count, figsize=(5, 2 * min(4.1 / count, 2) + 0.4), squeeze=False)
    norm, colours = _colours(np.concatenate([np.ravel(map_) for map_ in maps]))
    for image, map_, above, below in zip(images, maps, *rows, strict=True):
        height, width = np.shape(image)[:2]
        above.imshow(load_picture(image))
        below.imshow(map_, norm=norm, cmap=colours, extent=(0, width, height, 0))
        _bare(above)
        _bare(below)
    for axis, title in zip(rows[0], titles, strict=False):
        axis.set_title(title, fontsize=9)
    _scale(figure, list(rows.flat), norm, colours, label)
    return figure


@_shared_style
def show_map_rows(
    images: Sequence[np.ndarray], rows: dict[str, Sequence[np.ndarray]], titles: Sequence[str] = ()
) -> Figure:
    """Show images, each under its title, and below them rows of maps of them, stretched to their size.

    Each row has a scale of its own, written beside it; where there are negative values, it is centred on 0,
    which is dark.

    Args:
        images: (H, W, 3) each.
        rows: name -> (H', W') for each image.
        titles: one for each image, or none.

    Raises:
        ValueError: a row has not as many maps as there are images, or the titles are not as many.
    """
    count = len(images)
    wrong = {name: len(maps) for name, maps in rows.items() if len(maps) != count}
    if wrong or (titles and len(titles) != count):
        raise ValueError(f"{count} images came with {len(titles)} titles, and rows of other lengths: {wrong}")
    size, lines = min(6 / count, 1.3), 1 + len(rows)
    figure, axes = plt.subplots(lines, count, figsize=(size * count + 0.6, size * lines + 0.3), squeeze=False)
    for axis in axes.flat:
        _bare(axis)
    for image, axis in zip(images, axes[0], strict=True):
        axis.imshow(load_picture(image))
    for title, axis in zip(titles, axes[0], strict=False):
        axis.set_title(title, fontsize=9)
    for (name, maps), line in zip(rows.items(), axes[1:], strict=True):
        norm, colours = _colours(np.concatenate([np.ravel(map_) for map_ in maps]))
        for image, map_, axis in zip(images, maps, line, strict=True):
            height, width = np.shape(image)[:2]
            axis.imshow(map_, norm=norm, cmap=colours, extent=(0, width, height, 0))
        low = f"{norm.vmin:.2g}" if norm.vmin else "0"
        line[0].set_ylabel(f"{name}\n{low} to {norm.vmax:.2g}", fontsize=9)
    return figure


@_shared_style
def show_detail(
    image: np.ndarray, top: int, left: int, size: int, frame: tuple[int, int, int, int] | None = None
) -> Figure:
    """Show a grey image with a frame around a square of it, and below it that square, enlarged.

    Args:
        image: (H, W), from 0, black, to 255, white.
        top: row and
        left: column of the first pixel of the square.
        size: of its sides, in pixels.
        frame: first and last row, first and last column of pixels to be framed in the enlarged square, as
            counted in `image`; None for no frame.
    """
    above = NARROW * len(image) / len(image[0])
    size_of_both = NARROW, above + 0.65 * NARROW
    figure, axes = plt.subplots(2, 1, figsize=size_of_both, height_ratios=(above, 0.65 * NARROW))
    for axis, pixels in zip(axes, (image, image[top : top + size, left : left + size]), strict=True):
        axis.imshow(pixels, cmap="gray", vmin=0, vmax=255)
        _bare(axis)
    looks = {"fill": False, "color": ORANGE, "linewidth": 2}
    axes[0].add_patch(Outline((left, top), size, size, **looks))
    if frame:
        first, last, begin, end = frame
        corner = begin - left - 0.5, first - top - 0.5  # the middle of a pixel is at a whole number
        axes[1].add_patch(Outline(corner, end - begin + 1, last - first + 1, **looks))
    return figure


@_shared_style
def plot_maps(maps: dict[str, np.ndarray], low: float, high: float, columns: int = 2) -> Figure:
    """Show maps side by side on one scale: grey from 0 on, else with the colours of the widgets around 0.

    Args:
        maps: title -> (H, W).
        low: what has the first colour of the scale: 0, or -`high`. Numbers beyond an end have its colour.
        high: what has the last one.
        columns: maps in a row.
    """
    count, (height, width) = len(maps), next(iter(maps.values())).shape
    rows = -(-count // columns)
    size = (NARROW, 0.8 + rows * (0.35 + NARROW / columns * height / width))
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    norm, colours = Normalize(low, high), "gray" if low == 0 else DIVERGING
    for axis, (title, values) in zip(axes.flat, maps.items(), strict=False):
        axis.imshow(values, norm=norm, cmap=colours)
        axis.set_title(title, fontsize=10)
    for axis in axes.flat:
        _bare(axis)
    bar = figure.colorbar(
        plt.cm.ScalarMappable(norm, colours), ax=axes, location="bottom", aspect=30, extend="both"
    )
    bar.set_label("output")
    return figure


@_shared_style
def plot_functions(
    functions: dict[str, Callable[[np.ndarray], np.ndarray]], slopes: Callable, reach: float = 4.0
) -> Figure:
    """Plot functions of one number, three a panel, and beside each panel how steep they are.

    Args:
        functions: name -> a function of an array.
        slopes: a function of such a function and of an array, that says how steep the one is at the other.
        reach: numbers from -`reach` to `reach` go in.
    """
    x = np.linspace(-reach, reach, 801)
    items = list(functions.items())
    groups = [items[start : start + 3] for start in range(0, len(items), 3)]
    figure, axes = plt.subplots(
        len(groups), 2, figsize=(NARROW, 2.2 * len(groups)), squeeze=False, sharey="col"
    )
    for group, (left, right) in zip(groups, axes, strict=True):
        for (name, function), (colour, _), dashes in zip(group, CURVES, ("-", "--", ":"), strict=False):
            left.plot(x, function(x), dashes, color=colour, label=name, linewidth=2)
            right.plot(x, slopes(function, x), dashes, color=colour, linewidth=2)
        for axis in (left, right):
            axis.axhline(0, color=GREY, linewidth=0.8)
            axis.axvline(0, color=GREY, linewidth=0.8)
            axis.grid(alpha=0.3)
        left.legend(loc="upper left", frameon=False, fontsize=8, borderpad=0, handlelength=1.5)
    axes[0, 0].set(title="what comes out", ylim=(-1.3, 3.5))
    axes[0, 1].set(title="slope", ylim=(-0.2, 1.2))
    for axis in axes[-1]:
        axis.set_xlabel("what goes in")
    return figure


@_shared_style
def show_rectangles(image: np.ndarray, rectangles: dict[str, Rectangle], columns: int = 3) -> Figure:
    """Show an image (H, W, 3) once for each named rectangle, such as a unit's receptive field, outlined.

    Raises:
        ValueError: there is no rectangle.
    """
    if not rectangles:
        raise ValueError("expected rectangles, got none")
    figure, axes = _grid(len(rectangles), columns, width=5, title_lines=2)
    for axis, (name, (top, bottom, left, right)) in zip(axes, rectangles.items(), strict=False):
        axis.imshow(load_picture(image))
        for colour, width in (("black", 4), (PALETTE["patch"], 2)):  # an edge to see on any image
            outline = (left - 0.5, top - 0.5), right - left, bottom - top
            axis.add_patch(Outline(*outline, fill=False, color=colour, linewidth=width, clip_on=False))
        axis.set_title(f"{name}\n{bottom - top} × {right - left}", fontsize=9)
    return figure


def _pictures(images: Sequence) -> list[np.ndarray]:
    """What `load_picture` makes of each. Raises ValueError for one image in the place of several, or none."""
    if isinstance(images, (str, bytes, PathLike)) or not hasattr(images, "__len__"):
        raise ValueError(f"expected a list of images, got a {type(images).__name__}; write [image] for one")
    if not len(images):
        raise ValueError("expected images, got none")
    first = np.shape(images[0])
    if len(first) == 2 and first[1] in (1, 3, 4):  # a row of one image
        raise ValueError(f"expected several images, got one of shape {(len(images), *first)}; write [image]")
    return [load_picture(image) for image in images]


def _check_names(class_names: Sequence[str], evaluation: Evaluation) -> None:
    classes = evaluation.probabilities.shape[1]
    if len(class_names) != classes:
        raise ValueError(f"expected the names of {classes} classes, got {len(class_names)}")


def _number(axis, value: float, place: float, colour: str, above: bool) -> None:
    align = "bottom" if above else "top"
    axis.annotate(
        f"{value:.1%}",
        (value, place),
        (0, 3 if above else -3),
        textcoords="offset points",
        ha="center" if 0.08 < value < 0.92 else "left" if value < 0.5 else "right",
        va=align,
        color=colour,
        fontsize=8,
    )


def _colours(values: np.ndarray) -> tuple[Normalize, Colormap]:
    """A scale for all of `values` and its colours: from 0 to the largest, or as far below 0 as above."""
    limit = float(np.abs(values).max()) or 1.0
    return (CenteredNorm(0, limit), DIVERGING) if values.min() < 0 else (Normalize(0, limit), POSITIVE)


def _grid(count: int, columns: int, width: float, title_lines: int = 0) -> tuple[Figure, list]:
    columns = check.whole(columns, "number of columns", least=1)
    width, columns = min(width, 1.8 * count), min(columns, count)
    rows = -(-count // columns)
    height = rows * (width / columns + 0.18 * title_lines) + 0.1
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    for axis in axes.flat:
        _bare(axis)
    return figure, list(axes.flat)


def _scale(figure: Figure, axes: list, norm: Normalize, colours: str | Colormap, label: str) -> None:
    bar = figure.colorbar(plt.cm.ScalarMappable(norm, colours), ax=axes, label=label, shrink=0.8)
    bar.set_ticks(
        sorted({norm.vmin, 0, norm.vmax}), labels=[f"{v:.2f}" for v in sorted({norm.vmin, 0, norm.vmax})]
    )


def _bare(axis) -> None:
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
