"""One training run: fit, keep a checkpoint after every epoch, evaluate what is stored, record."""

import contextlib
import functools
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnbook.analysis.evaluation import evaluate
from cnnbook.backend import keras
from cnnbook.check import NotFinite
from cnnbook.data import Dataset, Split
from cnnbook.models import build, describe
from cnnbook.runs import (
    Diverged,
    Run,
    RunError,
    default_folder,
    load_run,
    load_weights,
    save_arrays,
    save_run,
    save_weights,
)
from cnnbook.system import PARTIAL, Busy, expanded, locked
from cnnbook.training import recipes, replay, workers
from cnnbook.training.batches import Batches, epoch_batches
from cnnbook.training.checkpoint import Record, check_settings, load_checkpoint, save_checkpoint
from cnnbook.training.epoch import compiled_model, train_epoch
from cnnbook.training.provenance import provenance
from cnnbook.training.recipes import Recipe

QUANTITIES = ("loss", "smoothed_loss", "accuracy", "val_loss", "val_smoothed_loss", "val_accuracy")


class Progress(NamedTuple):
    """How far a training is.

    logs: loss and accuracy in this epoch so far (val_... at its end), named as in `cnnbook.runs.named`.
    """

    epoch: int  # from 1
    epochs: int
    step: int  # from 1; equal to `steps` at the end of the epoch
    steps: int
    images: int  # in an epoch
    seconds: float  # since the epoch began
    logs: dict[str, float]


def print_epochs(progress: Progress) -> None:
    """Print one line an epoch."""
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
    **changes: object,
) -> Run:
    """Train a network by the recipe called `name`, and record the run in `folder`/`name`.

    After every epoch the whole state is stored, so that a training that was stopped or killed goes on from
    its last whole epoch when this is called again, and ends as if it had not been stopped. A finished run is
    returned at once. Workers (see `cnnbook.training.workers`) train it together; the first one writes, all
    must read. Otherwise only one training at a time is let into a folder.

    Args:
        name: a name in `cnnbook.training.recipes.RECIPES`.
        dataset: what to train and to evaluate on.
        seed: of the first weights, of the order of the images and of all other chance, 0 to 2**32 - 1.
        folder: by default what CNNBOOK_RUNS names, else "runs"; in fast mode one that is deleted at the end.
        validation: False trains on all training images and evaluates on the test images, at the end. True
            trains without the validation images, evaluates on them after every epoch, and leaves the test
            images alone.
        replayed: record, too, what the network answers before the first epoch and after each; nothing is
            chosen by it. See `cnnbook.training.replay`.
        report: called after every step, and once for every epoch that was finished before.
        changes: ingredients of the recipe, such as `epochs=2`; see `cnnbook.training.recipe`.

    Returns:
        The finished run.

    Raises:
        ValueError: unknown name or ingredient, or a value that it cannot have, such as epochs below 1 or more
            images than there are.
        RunError: the folder holds a run of other settings, one begun on another back end, a damaged one, or
            is trained in by others.
        Diverged: the steps of the training were too large.
        OSError: the folder cannot be written.
    """
    recipe = recipes.recipe(name, **changes)
    train_split = recipe.choose(dataset.train if validation else dataset.full_train)
    model = compiled_model(recipe, train_split, seed)
    settings = {
        "name": name,
        "changes": changes,
        "epochs": recipe.epochs,
        "seed": seed,
        "validation": validation,
        "replayed": replayed,
        "backend": keras.backend.backend(),
        "data": {
            "name": dataset.name,
            "checksum": dataset.checksum,
            "training_images": len(train_split.labels),
        },
        "recipe": asdict(recipe),
        "layers": describe(model),
    }
    training = _Training(
        folder=expanded(folder or default_folder()) / name,
        recipe=recipe,
        model=model,
        settings=settings,
        train_split=train_split,
        evaluated_split=dataset.validation if validation else dataset.test,
        report=report,
    )
    with contextlib.ExitStack() as held:
        if not training.is_finished():
            workers.once(_hold, held, training.folder)
        if training.is_finished():
            return training.recorded()
        record = training.resume()
        about = provenance(model, dataset, settings)  # here, where what fails costs no epoch
        training.run_epochs(record)
        return training.finish(record, about)


@dataclass(frozen=True)
class _Training:
    """A training with all that stays the same from its first epoch to its last."""

    folder: Path  # of this run
    recipe: Recipe
    model: keras.Model
    settings: dict
    train_split: Split  # what it is trained on
    evaluated_split: Split
    report: Callable[[Progress], None]

    def is_finished(self) -> bool:
        return (self.folder / "results.json").is_file()

    def recorded(self) -> Run:
        """The run in the folder. Raises RunError where it is of other settings, or its weights are damaged.

        It may be a recording that was left without them.
        """
        run = load_run(self.folder)
        stored = run.results["settings"]
        replayed = self.settings["replayed"] or stored.get("replayed", False)
        as_it_was = {"backend": stored.get("backend"), "replayed": replayed}
        check_settings(self.folder, stored, self.settings | as_it_was)
        if (self.folder / "weights.npz").exists():
            load_weights(self.folder / "weights.npz", self.model)
        self._tell_again(run.history)
        return run

    def resume(self) -> Record:
        """Set the model to where the training was stopped, and return the record so far."""
        record = load_checkpoint(self.folder, self.model, self.settings)
        self._tell_again(record.history)
        return record

    def run_epochs(self, record: Record) -> None:
        """Train for the epochs that are left, and store a checkpoint before the first and after each."""
        classes, seed = self.model.output_shape[-1], self.settings["seed"]
        validation = None
        if self.settings["validation"]:
            validation = Batches(self.evaluated_split, classes, self.recipe.batch_size)
        if not record.epochs:
            self._save(record)
        for epoch in range(record.epochs, self.recipe.epochs):
            tell = functools.partial(self._tell, epoch + 1)
            batches = epoch_batches(self.recipe, self.train_split, classes, seed, epoch)
            means, by_step = train_epoch(self.model, batches, validation, tell, (seed, epoch))
            record.add_epoch(means, by_step)
            self._save(record)
            tell(len(batches), means["seconds"], means)

    def finish(self, record: Record, about: dict) -> Run:
        """Store the weights, evaluate what was stored, and write results.json last: then it is finished."""
        workers.once(save_weights, self.folder / "weights.npz", self.model)
        stored = build(self.recipe.network, **self.recipe.options)  # of float32, as readers build it
        load_weights(self.folder / "weights.npz", stored)
        workers.once(save_arrays, self.folder / "steps.npz", record.steps)
        if record.replay:
            whole = record.replay | {"labels": self.evaluated_split.labels.astype(np.uint8)}
            workers.once(save_arrays, self.folder / "replay.npz", whole)
        part = "validation" if self.settings["validation"] else "test"
        evaluation = self._ask(evaluate, stored)
        results = about | {
            f"{part}_accuracy": evaluation.accuracy,
            f"{part}_loss": evaluation.loss,
            "evaluated_images": len(evaluation.labels),
            "per_class_accuracy": [None if math.isnan(a) else a for a in evaluation.per_class_accuracy],
            "confusion": evaluation.confusion.tolist(),
            "seconds_per_epoch": float(np.mean(record.history["seconds"])),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if self.recipe.flip != "none":
            results[f"{part}_accuracy_mirrored"] = self._ask(evaluate, stored, mirrored=True).accuracy
        workers.once(save_run, self.folder, results, record.history)
        workers.once((self.folder / "checkpoint.npz").unlink, True)  # True: it may be missing
        return load_run(self.folder)

    def _save(self, record: Record) -> None:
        if self.settings["replayed"]:
            record.add_snapshot(self._ask(replay.snapshot, self.model))
        workers.once(save_checkpoint, self.folder, self.model, self.settings, record)

    def _ask(self, question: Callable, model: keras.Model, **options):
        """What `question` (`evaluate`, `replay.snapshot`) says; Diverged where the answers are no numbers."""
        try:
            return question(model, self.evaluated_split, **options)
        except NotFinite as error:
            raise Diverged(str(error)) from None

    def _tell(self, epoch: int, step: int, seconds: float, logs: dict[str, float]) -> None:
        images = len(self.train_split.labels)
        steps = self.recipe.steps_per_epoch(images)
        self.report(Progress(epoch, self.recipe.epochs, step, steps, images, seconds, logs))

    def _tell_again(self, history: dict[str, list[float]]) -> None:
        """Report the epochs that were finished before."""
        steps = self.recipe.steps_per_epoch(len(self.train_split.labels))
        for epoch, values in enumerate(zip(*history.values(), strict=True), start=1):
            logs = dict(zip(history, values, strict=True))
            self._tell(epoch, steps, logs["seconds"], logs)


def _hold(held: contextlib.ExitStack, folder: Path) -> None:
    """Let no other training into `folder` until `held` is left, and tidy up after those that were killed.

    Raises RunError where there is one.
    """
    holder = f"process {os.getpid()} on {platform.node()}, since {datetime.now():%Y-%m-%d %H:%M}"
    try:
        held.enter_context(locked(folder / "lock", holder))
    except Busy as busy:
        raise RunError(
            f"{folder} is being trained in by {busy}; wait until that ends, stop it, or choose another folder"
        ) from None
    for partial in folder.glob(f"*{PARTIAL}"):
        if time.time() - partial.stat().st_mtime > 3600:  # else of one that runs where there are no locks
            partial.unlink(missing_ok=True)
