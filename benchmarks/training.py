"""How long the article's network and the fast recipe take to the article's accuracy, planned to end there.

    python -m benchmarks.training           a quarter of an hour: what was chosen for each, on one seed
    python -m benchmarks.training --tries   as many tries on each side, to choose by; stored in training.json
    python -m benchmarks.training --seeds   three seeds of what they chose; stored beside the tries

A learning rate that falls to its end pays at the end, so a plan for more epochs than needed loses time. Each
side has as many tries of plans. They are compared on one half of the 5,000 validation images; seconds and
accuracies that are told are those of other seeds, the accuracies on the other half. Two trainings take an
epoch in turns, so that whatever else the machine does slows both. Building and whitening a network counts;
to ask about validation images does not.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

STORED = Path(__file__).with_name("training.json")
LINE = 0.83  # the article's accuracy
ROOM = 0.00375  # by which a try has to pass it: half a standard error of 2,500 images at 83 %
SIDES = ("baseline", "fast")
TRIES = {
    "baseline": [
        {"epochs": 8, "learning_rate": 0.002},
        {"epochs": 8, "learning_rate": 0.003},
        {"epochs": 10, "learning_rate": 0.002},
    ],
    "fast": [
        {"epochs": 2, "learning_rate": 0.55, "small": 24},
        {"epochs": 2, "learning_rate": 0.55, "small": 24, "activation": "relu"},
        {"epochs": 2, "learning_rate": 0.75, "small": 24, "activation": "relu"},
    ],
}
TRIED, SEEDS = 0, (1, 2, 3)  # the seed of the tries, and those of what is told


def work(name: str, changes: dict, seed: int) -> None:
    """Say "ready"; then train for one epoch after each line of input, and answer with one line of JSON."""
    from cnnbook.analysis.evaluation import evaluate
    from cnnbook.data import load_dataset
    from cnnbook.models import multiply_adds
    from cnnbook.training.batches import epoch_batches
    from cnnbook.training.epoch import compiled_model, train_epoch
    from cnnbook.training.recipes import recipe

    dataset, plan = load_dataset(), recipe(name, **changes)
    train, validation = dataset.train, dataset.validation
    start = time.monotonic()
    model = compiled_model(plan, train, seed)
    preparation = time.monotonic() - start
    print("ready", flush=True)
    for epoch, _ in enumerate(sys.stdin):
        batches = epoch_batches(plan, train, model.output_shape[-1], seed, epoch)
        means, _ = train_epoch(model, batches, None, lambda *_: None, (seed, epoch))
        told = {
            "seconds": means["seconds"] + (0 if epoch else preparation),
            "images_per_second": len(train.labels) / means["seconds"],
        }
        if epoch + 1 == plan.epochs:
            halves = (type(validation)(*(part[half::2] for part in validation)) for half in (0, 1))
            told["halves"] = [evaluate(model, half).accuracy for half in halves]
            told["products"] = 3 * sum(multiply_adds(model))
        print(json.dumps(told), flush=True)
        if "halves" in told:
            return


def in_turns(plans: list[tuple[str, dict, int]]) -> list[dict]:
    """Train (name, changes, seed) each, an epoch in turns; return what each took and reached."""
    workers = []
    for plan in plans:
        command = [sys.executable, "-m", "benchmarks.training", json.dumps(plan)]
        workers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        workers[-1].stdout.readline()  # "ready": the next one starts when this one waits
    told = [[] for _ in plans]
    while waiting := [i for i, epochs in enumerate(told) if not (epochs and "halves" in epochs[-1])]:
        for i in waiting:
            print("next", file=workers[i].stdin, flush=True)
            told[i].append(json.loads(workers[i].stdout.readline()))
            print(f"{plans[i]}, epoch {len(told[i])}: {told[i][-1]}", file=sys.stderr, flush=True)
    for worker in workers:
        worker.communicate()
    return [summary(plan, epochs) for plan, epochs in zip(plans, told, strict=True)]


def summary(plan: tuple[str, dict, int], epochs: list[dict]) -> dict:
    """What a training took and reached; `chosen_by` is its accuracy on the half by which plans are chosen."""
    chosen_by, accuracy = epochs[-1]["halves"]
    speed = statistics.median(epoch["images_per_second"] for epoch in epochs)
    return {
        "changes": plan[1],
        "seed": plan[2],
        "seconds": sum(epoch["seconds"] for epoch in epochs),
        "chosen_by": chosen_by,
        "accuracy": accuracy,
        "images_per_second": speed,
        "products_per_second": speed * epochs[-1]["products"],
    }


def choose(tries: list[dict]) -> dict:
    """The changes of the quickest try that passes the line with some room; of the best where none does."""
    passing = [tried for tried in tries if tried["chosen_by"] >= LINE + ROOM]
    chosen = min(passing, key=lambda t: t["seconds"]) if passing else max(tries, key=lambda t: t["chosen_by"])
    return chosen["changes"]


def plain_products() -> float:
    """Multiplications a second, each with its addition, of a plain matrix product: what the machine can."""
    from cnnbook.backend import keras

    side, best = 2048, float("inf")
    factor = keras.random.normal((side, side), seed=0)
    for _ in range(10):
        start = time.monotonic()
        keras.ops.convert_to_numpy(keras.ops.matmul(factor, factor)[0, 0])
        best = min(best, time.monotonic() - start)
    return side**3 / best


def tried() -> dict:
    """What is stored of the tries: what each took and reached, and the plan chosen for each side."""
    told = about()
    pairs = zip(*(TRIES[side] for side in SIDES), strict=True)
    done = [in_turns([(s, plan, TRIED) for s, plan in zip(SIDES, pair, strict=True)]) for pair in pairs]
    tries = {side: [pair[i] for pair in done] for i, side in enumerate(SIDES)}
    chosen = {side: choose(tries[side]) for side in SIDES}
    return {"tries": {**about(told), **tries}, "chosen": chosen}


def measured(chosen: dict, seeds: Sequence[int]) -> dict:
    """What is stored of the trainings by which sides are compared, of these seeds."""
    told = about()
    pairs = [in_turns([(side, chosen[side], seed) for side in SIDES]) for seed in seeds]
    trainings = {side: [pair[i] for pair in pairs] for i, side in enumerate(SIDES)}
    return {**about(told), "plain_products_per_second": plain_products(), "trainings": trainings}


def about(before: dict | None = None) -> dict:
    """When and where something is measured, and the load of the machine: before it, and after it."""
    from cnnbook.training.provenance import hardware

    load = [*(before or {"load": []})["load"], os.getloadavg()[0]]
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {"date": date, "hardware": hardware(), "load": load}


def table(chosen: dict, told: dict) -> list[str]:
    """Lines: for each side its plan, and median and range of what it took and reached."""
    lines = [f"{'':10}{'seconds':>22}{'accuracy':>24}{'images/s':>10}{'of the limit':>14}"]
    trainings = told["trainings"]
    for side, runs in trainings.items():
        seconds = spread([run["seconds"] for run in runs], "{:.0f}")
        accuracy = spread([100 * run["accuracy"] for run in runs], "{:.1f}")
        speed = statistics.median(run["images_per_second"] for run in runs)
        share = statistics.median(run["products_per_second"] for run in runs)
        share = f"{share / told['plain_products_per_second']:.0%}"
        lines.append(f"{side:10}{seconds:>22}{accuracy:>24}{speed:>10.0f}{share:>14}")
    ratios = [b["seconds"] / a["seconds"] for a, b in zip(*trainings.values(), strict=True)]
    lines.append(f"ratio of the seconds, of two that took turns: {spread(ratios, '{:.3f}')}")
    lines += [f"{side}: " + ", ".join(f"{k} {v}" for k, v in chosen[side].items()) for side in trainings]
    short = [side for side, runs in trainings.items() if median_accuracy(runs) < LINE]
    lines += [f"{side} does not reach {LINE:.2%}: its seconds are no time to it" for side in short]
    before, after = told["load"]
    lines.append(f"load before {before:.1f}, after {after:.1f} (a training on two cores makes 2)")
    return lines


def median_accuracy(runs: list[dict]) -> float:
    """Of the trainings of one side, on the half by which nothing was chosen."""
    return statistics.median(run["accuracy"] for run in runs)


def spread(values: list[float], form: str) -> str:
    """The median, and the range where there are several."""
    middle = form.format(statistics.median(values))
    return (
        middle if len(values) == 1 else f"{middle} ({form.format(min(values))} to {form.format(max(values))})"
    )


def main(arguments: list[str]) -> None:
    """The command line."""
    if arguments and not arguments[0].startswith("--"):
        return work(*json.loads(arguments[0]))
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if "--tries" in arguments:
        stored = tried()
        STORED.write_text(json.dumps(stored, indent=1) + "\n")
    chosen = stored.get("chosen") or {side: TRIES[side][0] for side in SIDES}
    if "chosen" not in stored and "--seeds" in arguments:
        sys.exit("--seeds takes what --tries has chosen, and nothing is stored yet: give both.")
    if "chosen" not in stored:
        print("Nothing was chosen yet by --tries: the first plan of each side.", file=sys.stderr)
    if "--seeds" in arguments:
        stored["measured"] = measured(chosen, SEEDS)
        STORED.write_text(json.dumps(stored, indent=1) + "\n")
    if "--tries" not in arguments:
        told = stored["measured"] if "--seeds" in arguments else measured(chosen, SEEDS[:1])
        print(*table(chosen, told), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
