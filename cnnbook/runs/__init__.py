"""Training runs that are recorded: this folder holds those that the pages show, `load_run` opens any.

A run is a folder with three files, each written whole or not at all: results.json (what was measured, on
what, by which command), history.json (one number an epoch) and weights.npz (arrays, no pickles).
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnbook.files import write_whole

FORMAT = 1
RECORDED = Path(__file__).parent
NEEDED = {"name", "epochs", "seed", "parameters", "data", "date", "confusion", "per_class_accuracy"}


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

    def model(self):
        """The network (a keras.Model) with the stored weights. Raises RunError where they do not fit it."""
        from cnnbook.models import build  # here: looking at results needs no Keras

        model = build(self.name)
        load_weights(self.folder / "weights.npz", model)
        return model


def load_run(name: str | Path) -> Run:
    """The recorded run called `name`, or the run in the folder `name`.

    Raises RunError where there is none, or where a file is damaged or of a format this version does not know.
    """
    folder = RECORDED / name if str(name) in _names(RECORDED) else Path(name)
    if not (folder / "results.json").is_file():
        known = ", ".join(_names(RECORDED)) or "none yet"
        raise RunError(f"no run is called {str(name)!r}, and no such folder holds one; recorded: {known}")
    results = _read(folder / "results.json")
    if missing := NEEDED - results.keys():
        raise RunError(f"{folder / 'results.json'} has no {', '.join(sorted(missing))}")
    history = _read(folder / "history.json")
    del history["format"]
    if not all(isinstance(v, list) and len(v) == results["epochs"] for v in history.values()):
        raise RunError(f"{folder / 'history.json'} does not hold {results['epochs']} numbers a line")
    return Run(folder, results, history)


def list_runs(folder: str | Path = RECORDED) -> list[Run]:
    """The runs in `folder`, by default the recorded ones, in the order of their names."""
    return [load_run(Path(folder) / name) for name in _names(Path(folder))]


def load_choices() -> list[dict]:
    """What was tried: `network` in words, `validation_accuracy` (a fraction) after each of its epochs."""
    return _read(RECORDED / "choices.json")["choices"]


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
    np.savez(buffer, format=FORMAT, **arrays)
    write_whole(path, buffer.getvalue())


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """What `save_arrays` wrote. Raises RunError where the file is missing, damaged or of another format."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except Exception as error:  # a damaged archive can raise anything
        raise RunError(f"{path} cannot be read ({error}); delete its folder and train again") from error
    _check_format(path, arrays.pop("format", None))
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
