"""Training runs that are recorded: recordings/ holds those of the pages and benchmarks, `load_run` opens any.

A run of the recipe NAME is in its folder NAME; the same with another seed in NAME-seedN, with fewer training
images in NAME-imagesN, with images turned by up to N degrees in NAME-rotationN; what
`python -m cnnbook ablate NAME` tried in ablations/TRY/NAME.

A run is a folder of files, each written whole or not at all: results.json (what was measured, on what, by
which command) and history.json (one number an epoch) are always there; weights.npz, steps.npz (one number a
batch), replay.npz (see `cnnbook.training.replay`) and robustness.json (see `cnnbook.analysis.robustness`)
where they were recorded. Arrays are stored without pickles. As long as it is trained, it holds checkpoint.npz
and a lock.
"""

import functools
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnbook.data import Dataset, fast_mode
from cnnbook.errors import BookError
from cnnbook.system import expanded, write_whole

if TYPE_CHECKING:  # looking at results needs no Keras
    import keras

FORMAT = 2
RECORDED = Path(__file__).parent / "recordings"
NUMBER = (int, float)
# What results.json holds at least, and of which kind it is.
NEEDED = {
    "name": str,
    "epochs": int,
    "seed": int,
    "parameters": int,
    "evaluated_images": int,
    "seconds_per_epoch": NUMBER,
    "confusion": list,
    "per_class_accuracy": list,
    "data": {"name": str, "checksum": str},
    "date": str,
    "settings": {"recipe": {"network": str, "options": dict}},
}


class RunError(BookError):
    """A run or checkpoint is missing, damaged, of another format, of other settings, or in use."""


class Diverged(BookError):
    """The steps of a training were too large; `how` says by what it was noticed."""

    def __init__(self, how: str):
        super().__init__(f"the training has diverged ({how}); try a smaller learning_rate")


@dataclass(frozen=True)
class Run:
    """A finished training run.

    folder: where it is stored. results: what results.json holds; `test_accuracy` is a fraction, `test_loss`
    is in nats. history: name of a quantity -> one number an epoch; see `named`.
    """

    folder: Path
    results: dict
    history: dict[str, list[float]]

    @property
    def name(self) -> str:
        """The recipe that it was trained by."""
        return self.results["name"]

    def steps(self) -> dict[str, np.ndarray]:
        """Read the numbers of each batch of the training.

        Returns:
            Name of a quantity (see `named`) -> one number a batch.

        Raises:
            RunError: they were not recorded, or are damaged.
        """
        return named(load_arrays(self._file("steps.npz")), self.results["settings"]["recipe"])

    def replay(self) -> dict[str, np.ndarray]:
        """Read what the network answered after each epoch; see `cnnbook.training.replay`.

        Raises:
            RunError: it was not recorded, or is damaged.
        """
        return load_arrays(self._file("replay.npz"))

    def robustness(self) -> dict[str, dict[str, list[float]]]:
        """Read how the network bears distorted images, as `python -m cnnbook robustness` measured it.

        Returns:
            Name of a distortion -> "strengths" and "accuracy", a number for each strength, and "by_class", a
            list for each. Where it was recorded, "answers", too: a list for each, how often each class is the
            answer.

        Raises:
            RunError: it was not recorded, or is damaged.
        """
        measure = f"measure that by: python -m cnnbook robustness {self.folder} --folder {self.folder}"
        path = self._file("robustness.json", measure)
        curves = _read(path).get("curves")
        if not isinstance(curves, dict) or not all(_is_curve(curve) for curve in curves.values()):
            raise RunError(f"{path} does not hold strengths and accuracies; measure them again")
        return curves

    def model(self) -> "keras.Model":
        """Build the network with the stored weights.

        Raises:
            RunError: they were not recorded, are damaged or do not fit the network, or it is unknown.
        """
        from cnnbook.models import build  # needs Keras

        recipe = self.results["settings"]["recipe"]
        try:
            model = build(recipe["network"], **recipe["options"])
        except ValueError as error:
            raise RunError(f"{self.folder} holds a network that is not known here: {error}") from None
        load_weights(self._file("weights.npz"), model)
        return model

    def _file(self, name: str, how: str = "train it again to have that") -> Path:
        if not (self.folder / name).is_file():
            raise RunError(f"{self.folder} was recorded without {name}; {how}")
        return self.folder / name


def load_run(name: str | Path, dataset: Dataset | None = None) -> Run:
    """Read the recorded run called `name` (a str), or the run in the folder `name` (~ is the home folder).

    Args:
        name: of a run, such as "baseline", or a folder.
        dataset: what its network will be shown. Class names and test images of other data than it was trained
            on would make nonsense of its answers.

    Raises:
        RunError: there is none, a file is damaged, contradicts itself or is of a format this version does not
            know, or `dataset` is not what the run was trained on.
        TypeError: an argument is of another type.
    """
    if not isinstance(name, str | Path):
        raise TypeError(f"expected the name of a recorded run or a folder (str or Path), got {name!r:.200}")
    if not isinstance(dataset, Dataset | None):
        raise TypeError(f"expected a Dataset, as load_dataset() returns it, got {dataset!r:.200}")
    folder = _folder(name)
    results = _read(folder / "results.json")
    accuracy = "validation_accuracy" if "validation_accuracy" in results else "test_accuracy"
    if missing := _missing(results, NEEDED | {accuracy: NUMBER}):
        raise RunError(f"{folder / 'results.json'} has no {', '.join(missing)}")
    if not _agrees(results, accuracy):
        raise RunError(
            f"{folder / 'results.json'} contradicts itself: its accuracies or its number of images are not "
            "those of its confusion matrix; delete its folder and train again"
        )
    history = _read(folder / "history.json")
    del history["format"]
    if not all(_numbers(values, results["epochs"]) for values in history.values()):
        raise RunError(f"{folder / 'history.json'} does not hold {results['epochs']} numbers a line")
    data = results["data"]
    if dataset is not None and dataset.checksum != data["checksum"]:
        raise RunError(
            f"the run {str(name)!r} was trained on {data['name']}, and this is other data: {dataset.name}, "
            f"{dataset.source}; train on this data by train({results['name']!r}, data), or load that of the "
            "run, without CNNBOOK_DATASET and CNNBOOK_FAST"
        )
    return Run(folder, results, named(history, results["settings"]["recipe"]))


def _folder(name: str | Path) -> Path:
    """The folder that `load_run` reads. Raises RunError where no run is in it."""
    recorded = _names(RECORDED)
    if isinstance(name, str) and name in recorded:
        return RECORDED / name
    folder = expanded(name)
    if os.path.isfile(folder / "results.json"):  # False of a name that no file can have
        return folder
    if os.path.isfile(folder):
        raise RunError(f"{folder} is a file, and a run is a folder: give {folder.parent}")
    if str(name) in recorded:
        raise RunError(
            f"no run is in the folder {name}; the recorded one is load_run({str(name)!r}), no Path"
        )
    known = ", ".join(recorded) or "none yet"
    raise RunError(f"no run is called {str(name)!r:.200}, and no such folder holds one; recorded: {known}")


def _agrees(results: dict, accuracy: str) -> bool:
    """Whether the accuracies in results.json and its number of images are those of its confusion matrix."""
    try:
        confusion = np.array(results["confusion"], float)
        by_class = np.array(results["per_class_accuracy"], float)  # None, of a class without images: NaN
        images, mirrored = results["evaluated_images"], results.get(f"{accuracy}_mirrored", 0)
        with np.errstate(invalid="ignore"):
            right = confusion.diagonal() / confusion.sum(axis=1)
        return bool(
            confusion.shape == 2 * by_class.shape
            and (confusion >= 0).all()
            and confusion.sum() == images > 0
            and np.isclose(confusion.trace() / images, results[accuracy], rtol=0)
            and np.allclose(right, by_class, rtol=0, equal_nan=True)
            and 0 <= mirrored <= 1
        )
    except (TypeError, ValueError, OverflowError):  # no matrix, or no numbers
        return False


def named(quantities: dict, recipe: dict) -> dict:
    """Call the quantities of a training by their right names.

    Where it smooths labels, the loss that it lowers is "smoothed_loss", on the validation images
    "val_smoothed_loss": not to be compared with "test_loss", the plain cross-entropy. Earlier versions called
    it "loss", too.

    Args:
        quantities: name -> numbers.
        recipe: what results.json says of the recipe, or its "label_smoothing" alone.
    """
    if not recipe.get("label_smoothing"):
        return quantities
    names = {f"{part}loss": f"{part}smoothed_loss" for part in ("", "val_")}
    return {names.get(name, name): numbers for name, numbers in quantities.items()}


def _missing(content: dict, needed: dict, within: str = "") -> list[str]:
    """The names of what `content` does not hold, or not of the kind that is needed."""
    missing = []
    for name, kind in needed.items():
        value = content.get(name)
        if not isinstance(value, dict if isinstance(kind, dict) else kind):
            missing.append(within + name)
        elif isinstance(kind, dict):
            missing += _missing(value, kind, f"{within}{name} ")
    return missing


def _numbers(values, count: int) -> bool:
    return isinstance(values, list) and len(values) == count and all(isinstance(v, NUMBER) for v in values)


def _is_curve(curve) -> bool:
    """Whether this is a distortion's entry in robustness.json."""
    if not isinstance(curve, dict) or not isinstance(curve.get("strengths"), list):
        return False
    strengths, accuracy, by_class = (curve.get(key) for key in ("strengths", "accuracy", "by_class"))
    count = len(strengths)
    if not (_numbers(strengths, count) and _numbers(accuracy, count)):
        return False
    lists = [by_class, curve["answers"]] if "answers" in curve else [by_class]
    return all(
        isinstance(each, list)
        and len(each) == count
        and all(isinstance(row, list) and _numbers(row, len(row)) for row in each)
        for each in lists
    )


def default_folder() -> Path:
    """Say where runs go: CNNBOOK_RUNS, else "runs" here; in fast mode a folder that is deleted at the end."""
    if fast_mode():
        return Path(_temporary_folder().name)
    return expanded(os.environ.get("CNNBOOK_RUNS", "runs"))


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="cnnbook-runs-")


def list_runs(folder: str | Path = RECORDED, damaged: Callable[[RunError], None] | None = None) -> list[Run]:
    """Read the runs in `folder`, by default the recorded ones, in the order of their names.

    Args:
        folder: holds a folder for each run.
        damaged: is called with what is wrong with a run, which is then left out.

    Raises:
        RunError: a run cannot be read, and there is no `damaged`.
    """
    return _load_all(expanded(folder).glob("*/results.json"), damaged)


def load_times() -> dict:
    """Read what the benchmark of trainings (benchmarks/training.py, in the repository) measured last.

    Returns:
        "measured", and "means" in a list, each with "trainings": name -> a training for each seed, with its
        "seconds", its "accuracy" on 2,500 validation images, and the "changes" to its recipe; beside them how
        plans were "chosen", by which "tries".
    """
    return json.loads((RECORDED / "times.json").read_text(encoding="utf-8"))


def list_ablations(folder: str | Path = RECORDED) -> list[str]:
    """List the networks of which `folder` holds tries of `ablate`, in the order of their names."""
    return sorted({file.parent.name for file in expanded(folder).glob("ablations/*/*/results.json")})


def load_ablations(
    name: str, folder: str | Path = RECORDED, damaged: Callable[[RunError], None] | None = None
) -> dict[str, Run]:
    """Read what `python -m cnnbook ablate NAME` tried.

    Args:
        name: of a network.
        folder: holds the folder "ablations".
        damaged: as in `list_runs`.

    Returns:
        Name of the try -> its run, in the order of the names.

    Raises:
        RunError: a run cannot be read, and there is no `damaged`.
    """
    runs = _load_all(expanded(folder).glob(f"ablations/*/{name}/results.json"), damaged)
    return {run.folder.parent.name: run for run in runs}


def _load_all(files: Iterable[Path], damaged: Callable[[RunError], None] | None) -> list[Run]:
    runs = []
    for file in sorted(files):
        try:
            runs.append(load_run(file.parent))
        except RunError as error:
            if damaged is None:
                raise
            damaged(error)
    return runs


def _names(folder: Path) -> list[str]:
    return sorted(file.parent.name for file in folder.glob("*/results.json"))


def save_run(folder: Path, results: dict, history: dict[str, list[float]]) -> None:
    """Write history.json, then results.json: a folder with results.json is a finished run.

    Raises:
        OSError: the folder cannot be written.
    """
    for name, content in (("history", history), ("results", results)):
        save_json(folder / f"{name}.json", content)


def save_json(path: Path, content: dict) -> None:
    """Write a file of a run that is no array, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    write_whole(path, json.dumps({"format": FORMAT, **content}, indent=1, allow_nan=False).encode())


def save_weights(path: Path, model: "keras.Model") -> None:
    """Write the weights, rounded by `halved`, under LAYER/WEIGHT.

    Raises:
        Diverged: one is no finite number.
        OSError: the file cannot be written.
    """
    save_arrays(path, {key: halved(array) for key, array in finite_weights(model).items()})


def finite_weights(model: "keras.Model") -> dict[str, np.ndarray]:
    """Return the weights, LAYER/WEIGHT -> array.

    Raises:
        Diverged: one is no finite number.
    """
    arrays = {key: np.asarray(weight) for key, weight in named_weights(model).items()}
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise Diverged(f"{key} holds NaN or infinite numbers")
    return arrays


def halved(array: np.ndarray) -> np.ndarray:
    """Round an array to float16; where a number is too large for that, leave it as it is."""
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.isfinite(half).all() else array


def load_weights(path: Path, model: "keras.Model") -> None:
    """Set the weights of `model` to those in the file at `path`.

    Raises:
        RunError: the file is missing or damaged, its weights do not fit, or one is no finite number; then
            none is changed.
    """
    arrays, weights = load_arrays(path), named_weights(model)
    if {key: array.shape for key, array in arrays.items()} != {key: w.shape for key, w in weights.items()}:
        raise RunError(f"{path} holds the weights of another network than {model.name!r}")
    for key, array in arrays.items():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise RunError(f"{path}: {key} holds what is no finite number; delete its folder and train again")
    for key, weight in weights.items():
        weight.assign(arrays[key].astype(np.float32))


def named_weights(model: "keras.Model") -> dict:
    """Return the weights as the back end holds them, by LAYER/WEIGHT."""
    # Not by weight.path, which depends on the version of Keras.
    return {f"{layer.name}/{weight.name}": weight for layer in model.layers for weight in layer.weights}


def save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as one .npz file, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, format=FORMAT, names=np.array(list(arrays), dtype=str), **arrays)
    write_whole(path, buffer.getvalue())


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read what `save_arrays` wrote.

    Raises:
        RunError: the file is missing, damaged or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except FileNotFoundError:
        raise RunError(f"there is no {path}; delete its folder and train again") from None
    except Exception:  # a damaged archive can raise anything, and advise to trust it
        raise RunError(f"{path} is damaged; delete its folder and train again") from None
    _check_format(path, arrays.pop("format", None))
    # One wrong byte in the archive's list of contents can hide some of them.
    if arrays.pop("names", np.array([])).tolist() != list(arrays):
        raise RunError(f"{path} does not hold all it says; delete its folder and train again")
    return arrays


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path} cannot be read ({error}); delete its folder and train again") from None
    _check_format(path, content.get("format") if isinstance(content, dict) else None)
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _check_format(path: Path, found) -> None:
    if found != FORMAT:
        raise RunError(f"{path} has format {found}, this version of cnnbook reads format {FORMAT}")
