"""One training run: fit, keep a checkpoint after every epoch, evaluate what is stored, record."""

import contextlib
import functools
import importlib
import json
import math
import os
import platform
import shlex
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnbook import replay, workers
from cnnbook.backend import devices, draw_from, keras
from cnnbook.batches import Batches, epoch_batches
from cnnbook.check import NotFinite
from cnnbook.checkpoint import Record, check_settings, load_checkpoint, save_checkpoint
from cnnbook.data import Dataset, Split
from cnnbook.evaluation import evaluate
from cnnbook.files import PARTIAL, Busy, expanded, locked
from cnnbook.models import build, describe, whiten
from cnnbook.recipes import Recipe, recipe
from cnnbook.runs import (
    Run,
    RunError,
    default_folder,
    diverged,
    finite_weights,
    load_run,
    load_weights,
    named,
    save_arrays,
    save_run,
    save_weights,
)

QUANTITIES = ("loss", "smoothed_loss", "accuracy", "val_loss", "val_smoothed_loss", "val_accuracy")


class Progress(NamedTuple):
    """How far a training is. logs: loss and accuracy in this epoch so far (val_... at its end), named as in
    `cnnbook.runs.named`."""

    epoch: int  # from 1
    epochs: int
    step: int  # from 1; equal to `steps` at the end of the epoch
    steps: int
    seconds: float  # since the epoch began
    logs: dict[str, float]


def print_epochs(progress: Progress) -> None:
    """One line an epoch."""
    if progress.step == progress.steps:
        logs = progress.logs
        numbers = ", ".join(f"{name} {logs[name]:.3f}" for name in QUANTITIES if name in logs)
        print(f"epoch {progress.epoch:2d} of {progress.epochs}: {numbers}", flush=True)


def train(
    name: str,
    dataset: Dataset,
    *,
    seed: int = 0,
    folder: str | Path | None = None,
    validation: bool = False,
    replayed: bool = False,
    report: Callable[[Progress], None] = print_epochs,
    **changes,
) -> Run:
    """Train a network by the recipe called `name` (see `cnnbook.recipes`); record the run in `folder`/`name`.

    After every epoch the whole state is stored, so that a training that was stopped or killed goes on from
    its last whole epoch when this is called again, and ends as if it had not been stopped. A finished run is
    returned at once. Workers (see `cnnbook.workers`) train it together; the first one writes, all must read.
    Otherwise only one training at a time is let into a folder.

    validation: False trains on all training images and evaluates on the test images, at the end. True
    trains without the validation images, watches them after every epoch, and leaves the test images alone.
    folder: by default what CNNBOOK_RUNS names, else "runs"; in fast mode one that is deleted at the end.
    replayed: record, too, what the network answers before the first epoch and after each; nothing is chosen
    by it. See `cnnbook.replay`.
    report: called after every step, and once for every epoch that was finished before.
    changes: ingredients of the recipe, such as `epochs=2`; see `cnnbook.recipes.recipe`.

    Raises ValueError (unknown name or ingredient, epochs below 1), RunError (the folder holds a run of other
    settings, one begun on another back end, a damaged one, or is trained in by others; the training has
    diverged) and OSError (the folder cannot be written).
    """
    plan = recipe(name, **changes)
    split = dataset.train if validation else dataset.full_train
    examined = dataset.validation if validation else dataset.test
    model, steps = prepare(plan, dataset, validation, seed)
    classes = model.output_shape[-1]
    settings = {
        "name": name,
        "changes": changes,
        "epochs": plan.epochs,
        "seed": seed,
        "validation": validation,
        "replayed": replayed,
        "backend": keras.backend.backend(),
        "data": {
            "name": dataset.name,
            "checksum": dataset.checksum,
            "training_images": len(split.labels),
        },
        "recipe": asdict(plan),
        "layers": describe(model),
    }
    home = expanded(folder or default_folder()) / name

    def told(epoch, step, seconds, logs):
        report(Progress(epoch, plan.epochs, step, steps, seconds, logs))

    def tell_again(history):
        for epoch, logs in enumerate(_rows(history), start=1):
            told(epoch, steps, logs["seconds"], logs)

    with contextlib.ExitStack() as held:
        if not _is_finished(home):
            workers.once(_hold, held, home)
        if _is_finished(home):
            run = _finished(home, model, settings)
            tell_again(run.history)
            return run
        record = load_checkpoint(home, model, settings)
        tell_again(record.history)
        # Now, for what fails here costs no epoch: a folder that cannot be written, for one.
        about = _about(model, dataset, settings)
        if not record.epochs:
            if replayed:
                record.add_moment(_asked(replay.moment, model, examined))
            workers.once(save_checkpoint, home, model, settings, record)
        watched = Batches(examined, classes, plan.batch_size) if validation else None
        for epoch in range(record.epochs, plan.epochs):
            tell = functools.partial(told, epoch + 1)
            shown = epoch_batches(plan, split, classes, seed, epoch)
            means, by_step = train_epoch(model, shown, watched, tell, (seed, epoch))
            record.add_epoch(means, by_step)
            if replayed:
                record.add_moment(_asked(replay.moment, model, examined))
            workers.once(save_checkpoint, home, model, settings, record)
            tell(steps, means["seconds"], means)
        return _record(home, model, examined, about, record)


def prepare(plan: Recipe, dataset: Dataset, validation: bool, seed: int) -> tuple[keras.Model, int]:
    """The network of the recipe, ready for its first epoch, and how many batches an epoch has."""
    split = dataset.train if validation else dataset.full_train
    steps = -(-len(split.labels) // plan.batch_size)
    keras.utils.set_random_seed(seed)
    model = build(plan.network, **plan.options)
    forget_the_start(model, plan.epochs * steps)
    whiten(model, split.images)
    model.compile(
        optimizer=plan.make_optimizer(plan.epochs * steps),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=plan.label_smoothing),
        metrics=["accuracy"],
        jit_compile=model.jit_compile,
    )
    model.optimizer.build(model.trainable_variables)  # a checkpoint holds its state
    return model, steps


def forget_the_start(model: keras.Model, steps: int) -> None:
    """Have batch normalization's averages forget what they started with, in a training of so many steps.

    With momentum 0.99 two thirds of an average are still its start, 0 or 1, after 38 steps (fast mode's two
    epochs), and answers given by it are no better than chance. So the momentum is lowered where ten times the
    steps that it remembers, 1 / (1 - momentum), are more than there are: of the start no more than e^-10 is
    left. From 1,000 steps on 0.99 stays.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, max(0.0, 1 - 10 / steps))


def train_epoch(
    model: keras.Model, shown: Batches, watched: Batches | None, report: Callable, seed: tuple[int, ...]
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Show `model` every batch once; return the means of this epoch with its seconds, and each batch's own.

    The seconds include those for the questions about `watched`.
    `report(step, seconds, logs)` is called after every step but the last, whose numbers are those returned.
    seed: see `cnnbook.backend.draw_from`.

    Raises RunError as soon as a number, or in the end a weight, is NaN or infinite: it has diverged.
    """
    start = time.monotonic()
    running = []  # what Keras tells: the means of the epoch so far
    smoothing = {"label_smoothing": model.loss.label_smoothing}

    def told(logs, when):
        for key, value in logs.items():
            if not math.isfinite(value):
                raise diverged(f"{key} is {value:g} {when}")
        return named(logs, smoothing)

    def step_ended(step, logs):
        logs = {key: float(value) for key, value in logs.items()}
        running.append(told(logs, f"at step {step + 1} of {len(shown)}"))
        if step + 1 < len(shown):
            report(step + 1, time.monotonic() - start, running[-1])

    # Not before: to get ready, Keras draws numbers in the first epoch of a process, and in no other.
    steps = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: draw_from(*seed), on_train_batch_end=step_ended
    )
    fitted = model.fit(shown, shuffle=False, validation_data=watched, verbose=0, callbacks=[steps])
    seconds = time.monotonic() - start
    means = told({key: float(values[0]) for key, values in fitted.history.items()}, "after the epoch")
    finite_weights(model)
    images = np.minimum(shown.size * np.arange(1, len(shown) + 1), len(shown.order))
    by_step = {
        key: np.diff(images * [logs[key] for logs in running], prepend=0) / np.diff(images, prepend=0)
        for key in running[0]
    }
    return means | {"seconds": seconds}, {key: values.astype(np.float32) for key, values in by_step.items()}


def _is_finished(home: Path) -> bool:
    return (home / "results.json").is_file()


def _finished(home: Path, model, settings: dict) -> Run:
    """The run in `home`. Raises RunError where it is not what `settings` ask for, or its weights are damaged.

    It may be a recording that was left without them.
    """
    run = load_run(home)
    stored = run.results["settings"]
    replayed = stored.get("replayed", False)
    as_it_was = {"backend": stored.get("backend"), "replayed": settings["replayed"] or replayed}
    check_settings(home, stored, settings | as_it_was)
    if (home / "weights.npz").exists():
        load_weights(home / "weights.npz", model)
    return run


def _hold(held: contextlib.ExitStack, home: Path) -> None:
    """Let no other training into `home` until `held` is left, and tidy up after those that were killed.

    Raises RunError where there is one.
    """
    holder = f"process {os.getpid()} on {platform.node()}, since {datetime.now():%Y-%m-%d %H:%M}"
    try:
        held.enter_context(locked(home / "lock", holder))
    except Busy as busy:
        raise RunError(
            f"{home} is being trained in by {busy}; wait until that ends, stop it, or choose another folder"
        ) from None
    for partial in home.glob(f"*{PARTIAL}"):
        if time.time() - partial.stat().st_mtime > 3600:  # else of one that runs where there are no locks
            partial.unlink(missing_ok=True)


def _asked(question: Callable, model, split: Split, **options):
    """What `question` (`evaluate`, `replay.moment`) says; RunError where the answers are no numbers."""
    try:
        return question(model, split, **options)
    except NotFinite as error:
        raise diverged(str(error)) from None


def _record(home: Path, model, examined: Split, about: dict, record: Record) -> Run:
    """Store the weights, evaluate what was stored, write results.json last: only then is the run finished."""
    workers.once(save_weights, home / "weights.npz", model)
    load_weights(home / "weights.npz", model)
    workers.once(save_arrays, home / "steps.npz", record.steps)
    if record.replay:
        workers.once(save_arrays, home / "replay.npz", record.replay)
    part = "validation" if about["settings"]["validation"] else "test"
    evaluation = _asked(evaluate, model, examined)
    results = about | {
        f"{part}_accuracy": evaluation.accuracy,
        f"{part}_loss": evaluation.loss,
        "evaluated_images": len(evaluation.labels),
        "per_class_accuracy": [None if math.isnan(a) else a for a in evaluation.per_class_accuracy],
        "confusion": evaluation.confusion.tolist(),
        "seconds_per_epoch": float(np.mean(record.history["seconds"])),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if about["settings"]["recipe"]["flip"] != "none":
        results[f"{part}_accuracy_mirrored"] = _asked(evaluate, model, examined, mirrored=True).accuracy
    workers.once(save_run, home, results, record.history)
    workers.once((home / "checkpoint.npz").unlink, True)  # True: it may be missing
    return load_run(home)


def _about(model, dataset: Dataset, settings: dict) -> dict:
    """What results.json says that is known before the training."""
    return {
        "name": settings["name"],
        "epochs": settings["epochs"],
        "seed": settings["seed"],
        "parameters": model.count_params(),
        "versions": _versions(),
        "hardware": _hardware(),
        "data": {"name": dataset.name, "source": dataset.source, "checksum": dataset.checksum},
        "command": _command(settings),
        "settings": settings,
    }


def _command(settings: dict) -> str:
    """What a shell takes to make this run."""
    words = ["python", "-m", "cnnbook", "train", settings["name"]]
    words += ["--data", settings["data"]["name"].lower().replace("-", "")]
    words += ["--epochs", str(settings["epochs"]), "--seed", str(settings["seed"])]
    for key, value in settings["changes"].items():
        if key != "epochs":
            words += ["--change", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    words += [f"--{flag}" for flag in ("validation", "replayed") if settings[flag]]
    words += ["--workers", str(workers.count())] if workers.count() else []
    return shlex.join(words)


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
        "devices": devices(),
        "system": platform.system(),
    }


def _rows(history: dict[str, list[float]]) -> list[dict[str, float]]:
    return [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
