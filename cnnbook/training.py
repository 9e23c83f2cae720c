"""One training run: fit, keep a checkpoint after every epoch, evaluate what is stored, record."""

import functools
import importlib
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnbook.backend import keras
from cnnbook.data import Dataset, Split, fast_mode
from cnnbook.evaluation import evaluate
from cnnbook.models import BATCH_SIZE, LEARNING_RATE, adam, build, describe, scale
from cnnbook.runs import (
    Run,
    RunError,
    load_arrays,
    load_run,
    load_weights,
    save_arrays,
    save_run,
    save_weights,
)


class Progress(NamedTuple):
    """How far a training is. logs: loss and accuracy in this epoch so far (val_... at its end)."""

    epoch: int  # from 1
    epochs: int
    step: int  # from 1; equal to `steps` at the end of the epoch
    steps: int
    seconds: float  # since the epoch began
    logs: dict[str, float]


def print_epochs(progress: Progress) -> None:
    """One line an epoch."""
    if progress.step == progress.steps:
        numbers = ", ".join(f"{name} {progress.logs[name]:.3f}" for name in _quantities(progress.logs))
        print(f"epoch {progress.epoch:2d} of {progress.epochs}: {numbers}", flush=True)


def train(
    name: str,
    dataset: Dataset,
    *,
    epochs: int = 12,
    seed: int = 0,
    folder: str | Path | None = None,
    validation: bool = False,
    report: Callable[[Progress], None] = print_epochs,
) -> Run:
    """Train the network called `name` (see `cnnbook.models`) and record the run in `folder`/`name`.

    After every epoch the whole state is stored, so that a training that was stopped or killed goes on from
    its last whole epoch when this is called again, and ends as if it had not been stopped. A finished run is
    returned at once.

    validation: False trains on all training images and evaluates once, at the end, on the test images. True
    trains without the validation images, watches them after every epoch, and leaves the test images alone.
    folder: by default what CNNBOOK_RUNS names, else "runs"; in fast mode one that is deleted at the end.
    report: called after every step, and once for every epoch that was finished before.

    Raises ValueError (unknown name, epochs below 1), RunError (the folder holds a run of other settings, or a
    damaged one) and OSError (the folder cannot be written).
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}, but a training needs at least 1")
    keras.utils.set_random_seed(seed)
    model = build(name)
    split = dataset.train if validation else dataset.full_train
    batches = functools.partial(Batches, classes=model.output_shape[-1])
    steps = len(batches(split, np.arange(len(split.labels))))
    model.compile(
        optimizer=adam(epochs * steps),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=model.jit_compile,
    )
    settings = {
        "name": name,
        "epochs": epochs,
        "seed": seed,
        "validation": validation,
        "data": {"name": dataset.name, "checksum": dataset.checksum, "training_images": len(split.labels)},
        "batch_size": BATCH_SIZE,
        "optimizer": type(model.optimizer).__name__,
        "learning_rate": LEARNING_RATE,
        "layers": describe(model),
    }
    home = Path(folder or default_folder()) / name

    def told(epoch, step, seconds, logs):
        report(Progress(epoch, epochs, step, steps, seconds, logs))

    finished = (home / "results.json").is_file()
    if finished:
        run = load_run(home)
        _check_settings(home, run.results["settings"], settings)
        history = run.history
    else:
        history = _load_checkpoint(home, model, settings)
    for epoch, logs in enumerate(_rows(history), start=1):
        told(epoch, steps, logs["seconds"], logs)
    if finished:
        return run

    if not history:  # now, so that a folder that cannot be written costs no epoch
        _save_checkpoint(home, model, settings, history)
    held_out = dataset.validation
    watched = batches(held_out, np.arange(len(held_out.labels))) if validation else None
    for epoch in range(len(history.get("loss", ())), epochs):
        # The order depends on seed and epoch alone: a resumed training sees what an unstopped one sees.
        order = np.random.default_rng([seed, epoch]).permutation(len(split.labels))
        tell = functools.partial(told, epoch + 1)
        logs = _train_epoch(model, batches(split, order), watched, tell)
        history = {key: [*history.get(key, ()), value] for key, value in logs.items()}
        _save_checkpoint(home, model, settings, history)
        tell(steps, logs["seconds"], logs)
    return _record(home, model, dataset, settings, history)


def default_folder() -> Path:
    """Where runs go: CNNBOOK_RUNS, else "runs" here; in fast mode a folder that is deleted at the end."""
    if fast_mode():
        return Path(_temporary_folder().name)
    return Path(os.environ.get("CNNBOOK_RUNS", "runs"))


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="cnnbook-runs-")


class Batches(keras.utils.PyDataset):
    """The images of `split` in the order given, batch by batch, with one-hot labels.

    Each batch is scaled when its turn comes: as float32 all images of CIFAR-10 together take 614 MB, and
    TensorFlow would make a second copy.
    """

    def __init__(self, split: Split, order: np.ndarray, classes: int):
        super().__init__()
        self.split, self.order, self.classes = split, order, classes

    def __len__(self):
        return -(-len(self.order) // BATCH_SIZE)

    def __getitem__(self, step):
        rows = self.order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
        return scale(self.split.images[rows]), keras.utils.to_categorical(
            self.split.labels[rows], self.classes
        )


def _train_epoch(model, batches: Batches, watched: Batches | None, report: Callable) -> dict[str, float]:
    """Show `model` every batch once; return the means of this epoch and its seconds.

    `report(step, seconds, logs)` is called after every step but the last, whose numbers are those returned.
    """
    start = time.monotonic()

    def step_ended(step, logs):
        if step + 1 < len(batches):
            report(step + 1, time.monotonic() - start, {key: float(value) for key, value in logs.items()})

    ended = keras.callbacks.LambdaCallback(on_train_batch_end=step_ended)
    fitted = model.fit(batches, shuffle=False, validation_data=watched, verbose=0, callbacks=[ended])
    means = {key: float(values[0]) for key, values in fitted.history.items()}
    return means | {"seconds": time.monotonic() - start}


def _state(model) -> list:
    """Everything that training changes: weights, moving averages, the seeds of Dropout, the optimizer."""
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def _save_checkpoint(home: Path, model, settings: dict, history: dict) -> None:
    arrays = {f"state{i:03d}": np.asarray(variable) for i, variable in enumerate(_state(model))}
    about = json.dumps({"settings": settings, "history": history})
    save_arrays(home / "checkpoint.npz", {"about": np.array(about), **arrays})


def _load_checkpoint(home: Path, model, settings: dict) -> dict[str, list[float]]:
    """Set the state of `model` and return the history so far: empty where there is no checkpoint yet."""
    path = home / "checkpoint.npz"
    if not path.exists():
        return {}
    arrays = load_arrays(path)
    if "about" not in arrays:
        raise RunError(f"{path} is not a checkpoint; delete {home} and train again")
    about = json.loads(str(arrays.pop("about")))
    _check_settings(home, about["settings"], settings)
    state = _state(model)
    if [array.shape for array in arrays.values()] != [tuple(variable.shape) for variable in state]:
        raise RunError(f"{path} does not fit this version of Keras; delete {home} and train again")
    for variable, array in zip(state, arrays.values(), strict=True):
        variable.assign(array)
    return about["history"]


def _check_settings(home: Path, stored: dict, wanted: dict) -> None:
    different = [key for key in wanted if stored.get(key) != wanted[key]]
    if different:
        values = "; ".join(f"{key} was {stored.get(key)!r} and is now {wanted[key]!r}" for key in different)
        raise RunError(f"{home} holds a run of other settings ({values}); delete it or choose another folder")


def _record(home: Path, model, dataset: Dataset, settings: dict, history: dict) -> Run:
    """Store the weights, evaluate what was stored, write results.json last: only then is the run finished."""
    save_weights(home / "weights.npz", model)
    load_weights(home / "weights.npz", model)
    part = "validation" if settings["validation"] else "test"
    evaluation = evaluate(model, getattr(dataset, part))
    results = {
        "name": settings["name"],
        "epochs": settings["epochs"],
        "seed": settings["seed"],
        f"{part}_accuracy": evaluation.accuracy,
        f"{part}_loss": evaluation.loss,
        "evaluated_images": len(evaluation.labels),
        "per_class_accuracy": evaluation.per_class_accuracy.tolist(),
        "confusion": evaluation.confusion.tolist(),
        "seconds_per_epoch": float(np.mean(history["seconds"])),
        "parameters": model.count_params(),
        "versions": _versions(),
        "hardware": _hardware(),
        "data": {"name": dataset.name, "source": dataset.source, "checksum": dataset.checksum},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": _command(settings),
        "settings": settings,
    }
    save_run(home, results, history)
    (home / "checkpoint.npz").unlink(missing_ok=True)
    return load_run(home)


def _command(settings: dict) -> str:
    data = settings["data"]["name"].lower().replace("-", "")
    options = f"--data {data} --epochs {settings['epochs']} --seed {settings['seed']}"
    return f"python -m cnnbook train {settings['name']} {options}" + " --validation" * settings["validation"]


def _versions() -> dict[str, str]:
    packages = map(importlib.import_module, ("keras", keras.backend.backend(), "numpy"))
    return {"python": platform.python_version()} | {p.__name__: p.__version__ for p in packages}


def _hardware() -> dict:
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "devices": keras.distribution.list_devices(),
        "system": platform.system(),
    }


def _quantities(logs: dict) -> list[str]:
    return [name for name in ("loss", "accuracy", "val_loss", "val_accuracy") if name in logs]


def _rows(history: dict[str, list[float]]) -> list[dict[str, float]]:
    return [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
