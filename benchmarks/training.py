"""How long the fast recipe and the article's network take to the article's accuracy, side by side.

`python -m benchmarks.training` trains both on the 45,000 training images, an epoch of one, an epoch of the
other, so that whatever else the machine does slows both; only one of them computes at a time. Accuracies are
those on the 5,000 validation images, and the time to ask about these does not count.
"""

import json
import resource
import subprocess
import sys
from itertools import accumulate

ARTICLE = 0.83
NAMES = ("baseline", "fast")


def work(name):
    """Train for one epoch after each line on standard input, and answer with one line of JSON."""
    from cnnbook.batches import epoch_batches
    from cnnbook.data import load_dataset
    from cnnbook.evaluation import evaluate
    from cnnbook.recipes import recipe
    from cnnbook.training import prepare, train_epoch

    dataset, plan = load_dataset(), recipe(name)
    model, _ = prepare(plan, dataset, validation=True, seed=0)
    train = dataset.train
    for epoch, _ in enumerate(sys.stdin):
        shown = epoch_batches(plan, train, model.output_shape[-1], 0, epoch)
        means, _ = train_epoch(model, shown, None, lambda *_: None)
        told = {
            "seconds": means["seconds"],
            "accuracy": evaluate(model, dataset.validation).accuracy,
            "images_per_second": len(train.labels) / means["seconds"],
            "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
            "last": epoch + 1 == plan.epochs,
        }
        print(json.dumps(told), flush=True)
        if told["last"]:
            return


def interleave():
    """Return what the workers of both networks told of each of their epochs."""
    workers = {
        name: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.training", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in NAMES
    }
    told = {name: [] for name in NAMES}
    while waiting := [name for name in NAMES if not (told[name] and told[name][-1]["last"])]:
        for name in waiting:
            print("next", file=workers[name].stdin, flush=True)
            told[name].append(json.loads(workers[name].stdout.readline()))
            print(f"{name} epoch {len(told[name])}: {told[name][-1]}", file=sys.stderr, flush=True)
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
    """Return the accuracy after the last epoch that ended by then; 0 before the first."""
    return next((reached for passed, reached in reversed(clock(epochs)) if passed <= seconds), 0.0)


def main():
    told = interleave()
    baseline, fast = (told[name] for name in NAMES)
    all_of_it = clock(fast)[-1][0]
    rows = {
        f"seconds to {ARTICLE:.2%}": [seconds_to(epochs, ARTICLE) for epochs in (baseline, fast)],
        "seconds in all": [clock(epochs)[-1][0] for epochs in (baseline, fast)],
        f"accuracy after {all_of_it:.0f} s": [accuracy_at(epochs, all_of_it) for epochs in (baseline, fast)],
        "accuracy at the end": [epochs[-1]["accuracy"] for epochs in (baseline, fast)],
    }
    for quantity in ("images_per_second", "gigabytes"):
        rows[quantity.replace("_", " ")] = [
            max(epoch[quantity] for epoch in epochs) for epochs in (baseline, fast)
        ]
    print(f"{'':24}{'baseline':>12}{'fast':>12}{'baseline : fast':>18}")
    for title, (slow, quick) in rows.items():
        ratio = f"{slow / quick:18.2f}" if slow and quick else f"{'-':>18}"
        print(f"{title:24}{slow or 0:12.4g}{quick or 0:12.4g}{ratio}")


if __name__ == "__main__":
    work(sys.argv[1]) if sys.argv[1:] else main()
