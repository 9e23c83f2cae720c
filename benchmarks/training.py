"""How long the article's network and the fast recipe take to the article's accuracy, side by side.

`python -m benchmarks.training` trains on the 45,000 training images, an epoch of one network, an epoch of the
next, so that whatever else the machine does slows all; only one of them computes at a time. Building and
whitening a network counts, too. Accuracies are those on the 5,000 validation images, and the time to ask
about these does not count.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from itertools import accumulate

ARTICLE = 0.83
# A learning rate that falls to its end pays at the end: whoever needs no more than the article's accuracy
# plans for fewer epochs from the start, at a learning rate for few epochs.
TRAININGS = {
    "baseline": ("baseline", {}),
    "fast": ("fast", {}),
    "fast, 2 epochs": ("fast", {"epochs": 2, "learning_rate": 0.55}),
}


def work(title):
    """Say "ready"; then train for one epoch after each line of input, and answer with one line of JSON."""
    from cnnbook.analysis.evaluation import evaluate
    from cnnbook.data import load_dataset
    from cnnbook.training import recipes
    from cnnbook.training.batches import epoch_batches
    from cnnbook.training.epoch import compiled_model, train_epoch

    name, changes = TRAININGS[title]
    dataset, recipe = load_dataset(), recipes.recipe(name, **changes)
    train, validation = dataset.train, dataset.validation
    start = time.monotonic()
    model = compiled_model(recipe, train, seed=0)
    preparation = time.monotonic() - start
    print("ready", flush=True)
    for epoch, _ in enumerate(sys.stdin):
        batches = epoch_batches(recipe, train, model.output_shape[-1], 0, epoch)
        means, _ = train_epoch(model, batches, None, lambda *_: None, (0, epoch))
        measured = {
            "seconds": means["seconds"] + (0 if epoch else preparation),
            "accuracy": evaluate(model, validation).accuracy,
            "images_per_second": len(train.labels) / means["seconds"],
            "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
            "last": epoch + 1 == recipe.epochs,
        }
        print(json.dumps(measured), flush=True)
        if measured["last"]:
            return


def interleave():
    """Return what the worker of each training told of each of its epochs."""
    workers = {}
    for title in TRAININGS:
        workers[title] = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.training", title],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        workers[title].stdout.readline()  # "ready": the next one starts when this one waits
    told = {title: [] for title in TRAININGS}
    while waiting := [title for title, epochs in told.items() if not (epochs and epochs[-1]["last"])]:
        for title in waiting:
            print("next", file=workers[title].stdin, flush=True)
            told[title].append(json.loads(workers[title].stdout.readline()))
            print(f"{title}, epoch {len(told[title])}: {told[title][-1]}", file=sys.stderr, flush=True)
    for worker in workers.values():
        worker.communicate()
    return told


def clock(epochs):
    """Return (seconds since the start, accuracy) after each epoch."""
    return list(zip(accumulate(e["seconds"] for e in epochs), (e["accuracy"] for e in epochs), strict=True))


def seconds_to(epochs, accuracy):
    """Return when `accuracy` was first reached after a whole epoch; None where it never was."""
    return next((seconds for seconds, reached in clock(epochs) if reached >= accuracy), None)


def accuracy_at(epochs, seconds):
    """Return the accuracy after the last epoch that ended by then; None before the first."""
    return next((reached for passed, reached in reversed(clock(epochs)) if passed <= seconds), None)


def table(trainings):
    """Return the lines of a table: what each training reached, and as a ratio to the first training."""
    all_of_it = clock(trainings["fast"])[-1][0]
    rows = {
        f"seconds to {ARTICLE:.2%}": lambda epochs: seconds_to(epochs, ARTICLE),
        "seconds in all": lambda epochs: clock(epochs)[-1][0],
        f"accuracy after {all_of_it:.0f} s": lambda epochs: accuracy_at(epochs, all_of_it),
        "accuracy at the end": lambda epochs: epochs[-1]["accuracy"],
        "images a second": lambda epochs: statistics.median(e["images_per_second"] for e in epochs),
        "peak memory, GB": lambda epochs: max(e["gigabytes"] for e in epochs),
    }
    lines = [f"{'':22}" + "".join(f"{title:>16}{'ratio':>8}" for title in trainings)]
    for quantity, measure in rows.items():
        values = [measure(epochs) for epochs in trainings.values()]
        cells = [_cell(value, values[0]) for value in values]
        lines.append(f"{quantity:22}" + "".join(cells))
    return lines


def _cell(value, first):
    if value is None:
        return f"{'never':>16}{'':8}"
    return f"{value:16.4g}" + (f"{'':8}" if first is None else f"{value / first:8.3f}")


if __name__ == "__main__":
    work(sys.argv[1]) if sys.argv[1:] else print(*table(interleave()), sep="\n")
