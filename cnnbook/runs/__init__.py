"""Training runs that are recorded: this folder holds those of the pages and benchmarks, `load_run` opens any.

A run of the recipe NAME is in the folder NAME; the same with another seed in NAME-seedN; what
`python -m cnnbook ablate NAME` tried in ablations/TRY/NAME.

A run is a folder of files, each written whole or not at all: results.json (what was measured, on what, by
which command) and history.json (one number an epoch) are always there; weights.npz, steps.npz (one number a
batch) and replay.npz (see `cnnbook.replay`) where they were recorded. Arrays are stored without pickles.
"""

import functools
import io
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnbook.data import Dataset, fast_mode
from cnnbook.files import write_whole

FORMAT = 2
RECORDED = Path(__file__).parent
NEEDED = {
    *("name", "epochs", "seed", "parameters", "data", "date", "settings", "seconds_per_epoch"),
    *("evaluated_images", "confusion", "per_class_accuracy"),
}


class RunError(Exception):
    """A run or checkpoint that is missing, damaged, of another format or of other settings."""


@dataclass(frozen=True)
class Run:
    """A finished training run.

    folder: where it is stored. results: what results.json holds; `test_accuracy` is a fraction, `test_loss`
    is in nats. history: name of a quantity -> one number an epoch.
    """

    folder: Path
    results: dict
    history: dict[str, list[float]]

    @property
    def name(self) -> str:
        return self.results["name"]

    def steps(self) -> dict[str, np.ndarray]:
        """Name of a quantity -> one number for each batch of the training.

        Raises RunError where they were not recorded.
        """
        return load_arrays(self._file("steps.npz"))

    def replay(self) -> dict[str, np.ndarray]:
        """What the network answered after each epoch; see `cnnbook.replay`.

        Raises RunError where it was not recorded.
        """
        return load_arrays(self._file("replay.npz"))

    def model(self):
        """The network (a keras.Model) with the stored weights.

        Raises RunError where they were not recorded or do not fit the network, or it is unknown.
        """
        from cnnbook.models import build  # here: looking at results needs no Keras

        plan = self.results["settings"]["recipe"]
        try:
            model = build(plan["network"], **plan["options"])
        except ValueError as error:
            raise RunError(f"{self.folder} holds a network that is not known here: {error}") from error
        load_weights(self._file("weights.npz"), model)
        return model

    def _file(self, name: str) -> Path:
        if not (self.folder / name).is_file():
            raise RunError(f"{self.folder} was recorded without {name}; train it again to have that")
        return self.folder / name


def load_run(name: str | Path, dataset: Dataset | None = None) -> Run:
    """The recorded run called `name`, or the run in the folder `name`.

    dataset: what its network will be shown. Class names and test images of other data than it was trained on
    would make nonsense of its answers.

    Raises RunError where there is none, where a file is damaged or of a format this version does not know,
    and where `dataset` is not what the run was trained on.
    """
    folder = RECORDED / name if str(name) in _names(RECORDED) else Path(name)
    if not (folder / "results.json").is_file():
        known = ", ".join(_names(RECORDED)) or "none yet"
        raise RunError(f"no run is called {str(name)!r}, and no such folder holds one; recorded: {known}")
    results = _read(folder / "results.json")
    needed = NEEDED if "validation_accuracy" in results else NEEDED | {"test_accuracy"}
    if missing := needed - results.keys():
        raise RunError(f"{folder / 'results.json'} has no {', '.join(sorted(missing))}")
    history = _read(folder / "history.json")
    del history["format"]
    if not all(isinstance(v, list) and len(v) == results["epochs"] for v in history.values()):
        raise RunError(f"{folder / 'history.json'} does not hold {results['epochs']} numbers a line")
    data = results["data"]
    if dataset and dataset.checksum != data["checksum"]:
        raise RunError(
            f"the run {str(name)!r} was trained on {data['name']}, and this is other data: {dataset.name}, "
            f"{dataset.source}. Load the same data, or train on this."
        )
    return Run(folder, results, history)


def default_folder() -> Path:
    """Where runs go: CNNBOOK_RUNS, else "runs" here; in fast mode a folder that is deleted at the end."""
    if fast_mode():
        return Path(_temporary_folder().name)
    return Path(os.environ.get("CNNBOOK_RUNS", "runs"))


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="cnnbook-runs-")


def list_runs(folder: str | Path = RECORDED) -> list[Run]:
    """The runs in `folder`, by default the recorded ones, in the order of their names.

    Raises RunError where one cannot be read.
    """
    return [load_run(Path(folder) / name) for name in _names(Path(folder))]


def list_ablations(folder: str | Path = RECORDED) -> list[str]:
    """The networks of which `folder` holds tries, in the order of their names."""
    return sorted({file.parent.name for file in Path(folder).glob("ablations/*/*/results.json")})


def load_ablations(name: str, folder: str | Path = RECORDED) -> dict[str, Run]:
    """What `python -m cnnbook ablate NAME` tried, in the order of the names: name of the try -> its run.

    Raises RunError where one cannot be read.
    """
    found = sorted(Path(folder).glob(f"ablations/*/{name}/results.json"))
    return {file.parent.parent.name: load_run(file.parent) for file in found}


def _names(folder: Path) -> list[str]:
    return sorted(file.parent.name for file in folder.glob("*/results.json"))


def save_run(folder: Path, results: dict, history: dict[str, list[float]]) -> None:
    """Write history.json, then results.json: a folder with results.json is a finished run. Raises OSError."""
    for name, content in (("history", history), ("results", results)):
        text = json.dumps({"format": FORMAT, **content}, indent=1)
        write_whole(folder / f"{name}.json", text.encode())


def save_weights(path: Path, model) -> None:
    """Write the weights, as float16 (float32 where a number is too large for it), under LAYER/WEIGHT."""
    arrays = {key: np.asarray(weight) for key, weight in _named_weights(model).items()}
    with np.errstate(over="ignore"):
        half = {key: array.astype(np.float16) for key, array in arrays.items()}
    save_arrays(path, {key: half[key] if np.isfinite(half[key]).all() else arrays[key] for key in arrays})


def load_weights(path: Path, model) -> None:
    """Set the weights of `model` to those in the file at `path`. Raises RunError where they do not fit."""
    arrays, weights = load_arrays(path), _named_weights(model)
    if {key: array.shape for key, array in arrays.items()} != {key: w.shape for key, w in weights.items()}:
        raise RunError(f"{path} holds the weights of another network than {model.name!r}")
    for key, weight in weights.items():
        weight.assign(arrays[key].astype(np.float32))


def _named_weights(model) -> dict:
    # Not by weight.path, which depends on the version of Keras.
    return {f"{layer.name}/{weight.name}": weight for layer in model.layers for weight in layer.weights}


def save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays as one .npz file, whole or not at all. Raises OSError."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, format=FORMAT, names=np.array(list(arrays), dtype=str), **arrays)
    write_whole(path, buffer.getvalue())


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """What `save_arrays` wrote. Raises RunError where the file is missing, damaged or of another format."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except FileNotFoundError as error:
        raise RunError(f"there is no {path}; delete its folder and train again") from error
    except Exception as error:  # a damaged archive can raise anything, and advise to trust it
        raise RunError(f"{path} is damaged; delete its folder and train again") from error
    _check_format(path, arrays.pop("format", None))
    # One wrong byte in the archive's list of contents can hide some of them.
    if arrays.pop("names", np.array([])).tolist() != list(arrays):
        raise RunError(f"{path} does not hold all it says; delete its folder and train again")
    return arrays


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); delete its folder and train again") from error
    _check_format(path, content.get("format") if isinstance(content, dict) else None)
    return content


def _check_format(path: Path, found) -> None:
    if found != FORMAT:
        raise RunError(f"{path} has format {found}, this version of cnnbook reads format {FORMAT}")
