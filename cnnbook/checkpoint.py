"""The state of a training after a whole epoch, stored so that it can go on from there."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

import numpy as np

from cnnbook import replay
from cnnbook.backend import keras
from cnnbook.recipes import Recipe
from cnnbook.runs import RunError, load_arrays, named, save_arrays

OPTIONAL = {entry.name: entry.default for entry in fields(Recipe) if entry.default is not MISSING}


@dataclass
class Record:
    """What a training has told so far.

    history: quantity -> one number an epoch. steps: quantity -> one number a batch. replay: see
    `cnnbook.replay`; empty where none was asked for.
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

    def add_moment(self, moment: dict[str, np.ndarray]) -> None:
        """Append one entry to the replay."""
        self.replay = replay.append(self.replay, moment)


def save_checkpoint(home: Path, model: keras.Model, settings: dict, record: Record) -> None:
    """Write the state of `model` and the record to `home`/checkpoint.npz. Raises OSError."""
    arrays = {f"state/{i:03d}": np.asarray(variable) for i, variable in enumerate(_state(model))}
    arrays |= {f"steps/{key}": values for key, values in record.steps.items()}
    arrays |= {f"replay/{key}": values for key, values in record.replay.items()}
    about = json.dumps({"settings": settings, "history": record.history}, allow_nan=False)
    save_arrays(home / "checkpoint.npz", {"about": np.array(about), **arrays})


def load_checkpoint(home: Path, model: keras.Model, settings: dict) -> Record:
    """Set the state of `model` and return the record so far: empty where no epoch is done yet, whatever was
    to be trained.

    Raises RunError where the checkpoint is damaged, of other settings, or of another network.
    """
    path = home / "checkpoint.npz"
    if not path.exists():
        return Record()
    arrays = load_arrays(path)
    if "about" not in arrays:
        raise RunError(f"{path} is not a checkpoint; delete {home} and train again")
    about = json.loads(str(arrays["about"]))
    if not about["history"]:
        return Record()
    check_settings(home, about["settings"], settings)
    state, stored = _state(model), list(_below("state", arrays).values())
    if [array.shape for array in stored] != [tuple(variable.shape) for variable in state]:
        raise RunError(f"{path} does not fit this version of Keras; delete {home} and train again")
    for variable, array in zip(state, stored, strict=True):
        variable.assign(array)
    history, steps = (named(each, settings["recipe"]) for each in (about["history"], _below("steps", arrays)))
    return Record(history, steps, _below("replay", arrays))


def check_settings(home: Path, stored: dict, wanted: dict) -> None:
    """Raise RunError where a run or checkpoint in `home` was made with other settings than those wanted."""
    # Earlier versions stored no back end; what came to the recipe later was left out, as its default does.
    stored = {"backend": wanted["backend"]} | stored | {"recipe": OPTIONAL | stored["recipe"]}
    wanted = json.loads(json.dumps(wanted))  # as it is stored: lists, no tuples
    # "changes" are in the recipe: epochs=12 changes nothing where 12 is what it says.
    different = _differences(*({**each, "changes": None} for each in (stored, wanted)))
    if different := "; ".join(dict.fromkeys(different)):  # the recipe says "epochs", too
        raise RunError(
            f"{home} holds a run of other settings ({different}), which stays as it is; ask for the same, or "
            f'for another folder: folder="{home.parent / "another"}", or --folder for the command'
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


def _state(model) -> list:
    """Everything that training changes: weights, moving averages, the seeds of Dropout, the optimizer."""
    return [*model.variables, *model.optimizer.variables]


def _below(part: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        key.removeprefix(f"{part}/"): array for key, array in arrays.items() if key.startswith(f"{part}/")
    }
