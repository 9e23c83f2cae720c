"""The state of a training after a whole epoch, stored so that it can go on from there."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

import numpy as np

from cnnbook.backend import keras
from cnnbook.runs import RunError, load_arrays, named, save_arrays
from cnnbook.training import replay
from cnnbook.training.recipes import Recipe

OPTIONAL = {entry.name: entry.default for entry in fields(Recipe) if entry.default is not MISSING}


@dataclass
class Record:
    """What a training has told so far.

    Args:
        history: quantity -> one number an epoch.
        steps: quantity -> one number a batch.
        replay: see `cnnbook.training.replay`; empty where none was asked for.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    steps: dict[str, np.ndarray] = field(default_factory=dict)
    replay: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self.history.get("accuracy", ()))

    def add_epoch(self, means: dict[str, float], by_step: dict[str, np.ndarray]) -> None:
        """Append the numbers of one epoch: its means, and those of its batches."""
        self.history = {key: [*self.history.get(key, ()), value] for key, value in means.items()}
        self.steps = {
            key: np.append(self.steps.get(key, np.float32([])), values) for key, values in by_step.items()
        }

    def add_snapshot(self, snapshot: dict[str, np.ndarray]) -> None:
        """Append one entry to the replay; see `cnnbook.training.replay.snapshot`."""
        self.replay = replay.append(self.replay, snapshot)


def save_checkpoint(folder: Path, model: keras.Model, settings: dict, record: Record) -> None:
    """Write the state of `model` and the record to `folder`/checkpoint.npz.

    Raises:
        OSError: the folder cannot be written.
    """
    arrays = {f"state/{i:03d}": np.asarray(variable) for i, variable in enumerate(_state(model))}
    arrays |= {f"steps/{key}": values for key, values in record.steps.items()}
    arrays |= {f"replay/{key}": values for key, values in record.replay.items()}
    about = json.dumps({"settings": settings, "history": record.history}, allow_nan=False)
    save_arrays(folder / "checkpoint.npz", {"about": np.array(about), **arrays})


def load_checkpoint(folder: Path, model: keras.Model, settings: dict) -> Record:
    """Set the state of `model` to that of the checkpoint in `folder`.

    Returns:
        The record so far: empty where no epoch is done yet, whatever was to be trained.

    Raises:
        RunError: the checkpoint is damaged, of other settings, or of another network.
    """
    path = folder / "checkpoint.npz"
    if not path.exists():
        return Record()
    arrays = load_arrays(path)
    if "about" not in arrays:
        raise RunError(f"{path} is not a checkpoint; delete {folder} and train again")
    about = json.loads(str(arrays["about"]))
    if not about["history"]:
        return Record()
    check_settings(folder, about["settings"], settings)
    state, stored = _state(model), list(_below("state", arrays).values())
    if [array.shape for array in stored] != [tuple(variable.shape) for variable in state]:
        raise RunError(f"{path} does not fit this version of Keras; delete {folder} and train again")
    for variable, array in zip(state, stored, strict=True):
        variable.assign(array)
    history, steps = (named(each, settings["recipe"]) for each in (about["history"], _below("steps", arrays)))
    return Record(history, steps, _below("replay", arrays))


def check_settings(folder: Path, stored: dict, wanted: dict) -> None:
    """Compare the settings of a run or checkpoint in `folder` with those wanted.

    Raises:
        RunError: they differ.
    """
    # Earlier versions stored no back end; what came to the recipe later was left out, as its default does.
    stored = {"backend": wanted["backend"]} | stored | {"recipe": OPTIONAL | stored["recipe"]}
    wanted = json.loads(json.dumps(wanted))  # as it is stored: lists, no tuples
    # "changes" are in the recipe: epochs=12 changes nothing where 12 is what it says.
    different = _differences(*({**each, "changes": None} for each in (stored, wanted)))
    if different := "; ".join(dict.fromkeys(different)):  # the recipe says "epochs", too
        raise RunError(
            f"{folder} holds a run of other settings ({different}), which stays as it is; ask for the same, "
            f'or for another folder: folder="{folder.parent / "another"}", or --folder for the command'
        )


def _differences(stored, wanted, name: str = "") -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(wanted, dict):
        for key in {**wanted, **stored}:
            whole_name = f"data {key}" if name == "data" else key
            yield from _differences(stored.get(key), wanted.get(key), whole_name)
    elif stored != wanted:
        if name == "layers":  # a line each
            stored, wanted = sorted(set(stored) - set(wanted)), sorted(set(wanted) - set(stored))
        yield f"{name} was {stored!r} and is now {wanted!r}"


def _state(model: keras.Model) -> list:
    """Everything that training changes: weights, moving averages, the seeds of Dropout, the optimizer."""
    return [*model.variables, *model.optimizer.variables]


def _below(part: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        key.removeprefix(f"{part}/"): array for key, array in arrays.items() if key.startswith(f"{part}/")
    }
