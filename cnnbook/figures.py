"""The matplotlib figures that chapters share.

Every function returns a closed `matplotlib.figure.Figure`, so that a notebook shows it once, as the value of
its cell. Figures are opaque and light, readable on light and dark pages alike; their colours are safe for
colour-blind readers (Okabe and Ito, https://jfly.uni-koeln.de/color/), and colour scales carry their numbers.
"""

import functools
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import CenteredNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cnnbook.data import Split
from cnnbook.evaluation import Evaluation

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#595959"
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
    """Images (H, W, 3) uint8 in rows of `columns`, each under its title."""
    if titles and len(titles) != len(images):
        raise ValueError(f"{len(images)} images came with {len(titles)} titles")
    figure, axes = _grid(
        len(images), columns, width=7, title_lines=max((t.count("\n") + 1 for t in titles), default=0)
    )
    for axis, image in zip(axes, images, strict=False):
        axis.imshow(image)
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title, fontsize=9)
    return figure


@_shared_style
def show_classes(split: Split, class_names: Sequence[str], each: int = 10) -> Figure:
    """A row of the first `each` images of every class."""
    figure, rows = plt.subplots(len(class_names), each, figsize=(7, 0.62 * len(class_names)), squeeze=False)
    for label, (name, axes) in enumerate(zip(class_names, rows, strict=True)):
        for axis, image in zip(axes, split.images[split.labels == label], strict=False):
            axis.imshow(image)
        for axis in axes:
            _bare(axis)
        axes[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def show_answers(
    split: Split, evaluation: Evaluation, which: Sequence[int], class_names: Sequence[str]
) -> Figure:
    """The images at the positions `which`, each under what the network said, how surely, and the truth."""
    titles = [
        f"{class_names[evaluation.predictions[i]]} {evaluation.probabilities[i].max():.1%}\n"
        f"is: {class_names[split.labels[i]]}"
        for i in which
    ]
    return show_images(split.images[which], titles)


@_shared_style
def plot_history(history: dict[str, list[float]]) -> Figure:
    """Loss and accuracy after each epoch; those on the validation images too, where the run watched them."""
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.2))
    for axis, name, unit in zip(axes, ("loss", "accuracy"), ("cross-entropy", "right answers"), strict=True):
        for key, label, colour, mark in (
            (name, "training", BLUE, "o"),
            (f"val_{name}", "validation", ORANGE, "s"),
        ):
            if key in history:
                epochs = range(1, len(history[key]) + 1)
                axis.plot(epochs, history[key], color=colour, marker=mark, markersize=4, label=label)
        axis.set(xlabel="epoch", ylabel=unit, title=name)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1))
    axes[1].legend(loc="lower right")
    return figure


@_shared_style
def plot_confusion(evaluation: Evaluation, class_names: Sequence[str]) -> Figure:
    """The confusion matrix: a row a true class, a column an answer. Colour shows mistakes only."""
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
    """The accuracy of each class as a bar with its number, the best on top; a line at the accuracy of all."""
    accuracy = evaluation.per_class_accuracy
    order = np.argsort(accuracy)
    figure, axis = plt.subplots(figsize=(7, 0.35 * len(order) + 1))
    bars = axis.barh([class_names[i] for i in order], accuracy[order], color=BLUE)
    axis.bar_label(bars, [f"{accuracy[i]:.1%}" for i in order], label_type="center", color="white")
    axis.axvline(evaluation.accuracy, color=ORANGE, linestyle="--", label=f"all: {evaluation.accuracy:.1%}")
    axis.set(xlim=(0, 1), xlabel="right answers")
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
    return figure


@_shared_style
def plot_kernels(kernels: np.ndarray, columns: int = 8) -> Figure:
    """Kernels (height, width, 3, filters) as colours, all on one scale: grey is 0, brighter is positive.

    Raises ValueError where the input has not three channels: then there are no colours to show.
    """
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
    """Feature maps (H, W, filters) of one image, all on one scale, so that a map that stays 0 looks so.

    After ReLU the scale runs from 0 to the largest value of the layer; where there are negative values, it is
    centred on 0, which is white.
    """
    figure, axes = _grid(maps.shape[2], columns, width=7)
    limit = float(np.abs(maps).max()) or 1.0
    norm, colours = (CenteredNorm(0, limit), "PuOr") if maps.min() < 0 else (Normalize(0, limit), "viridis")
    for axis, map_ in zip(axes, np.moveaxis(maps, 2, 0), strict=False):
        axis.imshow(map_, norm=norm, cmap=colours)
    _scale(figure, axes, norm, colours, label)
    return figure


def _grid(count: int, columns: int, width: float, title_lines: int = 0) -> tuple[Figure, list]:
    width, columns = min(width, 1.8 * count), min(columns, count)
    rows = -(-count // columns)
    height = rows * (width / columns + 0.18 * title_lines) + 0.1
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    for axis in axes.flat:
        _bare(axis)
    return figure, list(axes.flat)


def _scale(figure: Figure, axes: list, norm: Normalize, colours: str, label: str) -> None:
    bar = figure.colorbar(plt.cm.ScalarMappable(norm, colours), ax=axes, label=label, shrink=0.8)
    bar.set_ticks(
        sorted({norm.vmin, 0, norm.vmax}), labels=[f"{v:.2f}" for v in sorted({norm.vmin, 0, norm.vmax})]
    )


def _bare(axis) -> None:
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
