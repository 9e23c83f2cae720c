"""How long the article's network and the fast recipe take to the article's accuracy, planned to end there.

    python -m benchmarks.training           some minutes: what was chosen for fast, two epochs of the other
    python -m benchmarks.training --tries   as many tries on each side, to choose by; stored (STORED)
    python -m benchmarks.training --seeds   what they chose, three seeds, and three others another day; stored
    python -m benchmarks.training --means   what makes fast quicker, each alone, three seeds; stored, too

What is stored is not repeated; to have it measured anew, take it out of that file.

A learning rate that falls to its end pays at the end, so a plan for more epochs than needed loses time. Each
side has as many tries of plans. They are compared on one half of the 5,000 validation images; seconds and
accuracies that are told are those of other seeds, the accuracies on the other half. Two trainings take an
epoch in turns, always the one of which the smaller share is done, so that what else the machine does for
long slows both. Building, whitening and compiling a network count; to ask about validation images does not.
"""

import contextlib
import functools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cnnbook.system import write_whole

if TYPE_CHECKING:
    from cnnbook.training.recipes import Recipe

STORED = Path(__file__).parents[1] / "cnnbook" / "recordings" / "times.json"  # cnnbook.runs.load_times
COMMAND = [sys.executable, "-m", "benchmarks.training"]  # with a plan: trains it, see `work`
LINE = 0.83  # the article's accuracy
ROOM = 0.00375  # by which a try has to pass it: half a standard error of 2,500 images at 83 %
SIDES = ("baseline", "fast")
# The fifth try of fast, from which those after it start.
FIFTH = {"epochs": 2, "learning_rate": 0.65, "activation": "relu", "small": 24, "lookahead": 0.96}
FIFTH |= {"shift": 0, "label_smoothing": 0.1}
TRIES = {
    "baseline": [
        {"epochs": 8, "learning_rate": 0.002},
        {"epochs": 8, "learning_rate": 0.003, "batch_size": 128},
        {"epochs": 10, "learning_rate": 0.002},
        {"epochs": 9, "learning_rate": 0.003, "batch_size": 128},
        {"epochs": 8, "learning_rate": 0.004, "batch_size": 128},
        {"epochs": 8, "learning_rate": 0.005, "batch_size": 192},
        {"epochs": 8, "learning_rate": 0.003, "batch_size": 96},
    ],
    "fast": [
        {"epochs": 2, "learning_rate": 0.55, "activation": "relu", "small": 24, "lookahead": 0.97},
        {"epochs": 2, "learning_rate": 0.55, "activation": "relu", "small": 20, "lookahead": 0.97},
        {"epochs": 2, "learning_rate": 0.65, "activation": "relu", "small": 24, "lookahead": 0.96},
        {"epochs": 2, "learning_rate": 0.6, "activation": "relu", "small": 24, "lookahead": 0.975},
        FIFTH,
        FIFTH | {"images": 40_000},
        FIFTH | {"small": 22},
    ],
}
# What may make a short plan of fast quicker or better: each of these changes the plan "as it was" alone.
# Where batches have another size, the learning rate and the memory of Lookahead go with it. Two rounds, since
# between them the making of batches became quicker.
SHORT = {"epochs": 2, "learning_rate": 0.55}
MEANS = [
    {
        "as it was": {},
        "24 pixels in the first epoch": {"small": 24},
        "ReLU": {"activation": "relu"},
        "GELU in its tanh form": {"tanh": True},
        "a shorter memory of Lookahead": {"lookahead": 0.97},
        "a rate that falls from the start": {"schedule": "falling"},
        "batches of 512": {"batch_size": 512, "learning_rate": 1.1, "lookahead": 0.987**2},
        "batches of 128": {"batch_size": 128, "learning_rate": 0.275, "lookahead": 0.987**0.5},
        "three quarters of the filters": {"width": 0.375},
        "bfloat16": {"precision": "bfloat16"},
    },
    {
        "as it was": {},
        "24 pixels in the first epoch": {"small": 24},
        "images that are not moved": {"shift": 0},
        "half as much label smoothing": {"label_smoothing": 0.1},
    },
]
# Of the tries, of what is told, and of the means. With 7 and 8 was tried what is not stored
# (benchmarks/README.md). 1 to 3 had been looked at when the last plans were thought of; 9 to 11 had not.
TRIED, SEEDS, OTHER_SEEDS = 0, ((1, 2, 3), (9, 10, 11)), (4, 5, 6)


def work(name: str, changes: dict, seed: int) -> None:
    """Say "ready"; then train for one epoch after each line of input, and answer with one line of JSON.

    It ends with the plan, or with the input.
    """
    from cnnbook.analysis.evaluation import evaluate
    from cnnbook.backend import keras
    from cnnbook.data import load_dataset
    from cnnbook.training.batches import epoch_batches
    from cnnbook.training.epoch import compiled_model, train_epoch
    from cnnbook.training.recipes import recipe

    tanh = changes.pop("tanh", False)
    dataset, plan = load_dataset(), recipe(name, **changes)
    train, validation = plan.choose(dataset.train), dataset.validation
    start, busy = time.monotonic(), time.process_time()
    model = compiled_model(plan, train, seed)
    for layer in model.layers:
        if tanh and isinstance(layer, keras.layers.Activation):
            layer.activation = functools.partial(keras.activations.gelu, approximate=True)
    preparation = time.monotonic() - start, time.process_time() - busy
    products = {side: products_per_image(plan, side) for side in {train.images.shape[1], plan.small or 32}}
    print("ready", flush=True)
    for epoch, _ in enumerate(sys.stdin):
        busy = time.process_time()
        batches = epoch_batches(plan, train, model.output_shape[-1], seed, epoch)
        means, _ = train_epoch(model, batches, None, lambda *_: None, (seed, epoch))
        told = {
            "seconds": means["seconds"] + preparation[0],
            "processor_seconds": time.process_time() - busy + preparation[1],
            "images": len(train.labels),
            "products": len(train.labels) * products[batches[0][0].shape[1]],
        }
        preparation = 0, 0  # is in the first
        if epoch + 1 == plan.epochs:
            halves = (type(validation)(*(part[half::2] for part in validation)) for half in (0, 1))
            told["halves"] = [evaluate(model, half).accuracy for half in halves]
        print(json.dumps(told), flush=True)
        if "halves" in told:
            return


def products_per_image(plan: "Recipe", side: int) -> int:
    """Multiplications, each with its addition, of one step for one image of so many pixels a side.

    Backwards there are as many as forwards for the gradient by a layer's weights, and as many by its inputs.
    A frozen layer needs neither, and the first one that learns, no gradient by its inputs.
    """
    from cnnbook.models import NETWORKS, multiply_adds

    model = NETWORKS[plan.network]((side, side, 3), **plan.options)
    learning = [
        count for layer, count in zip(model.layers, multiply_adds(model), strict=True) if layer.trainable
    ]
    first = next(count for count in learning if count)
    return sum(multiply_adds(model)) + 2 * sum(learning) - first


class Plan(NamedTuple):
    """A training to measure: of `name` with `changes` to its recipe."""

    name: str
    changes: dict
    seed: int
    stop: int = 0  # after so many epochs; 0: after the last
    environment: dict = MappingProxyType({})


def in_turns(plans: Sequence[Plan]) -> list[list[dict]]:
    """Train each, an epoch in turns; return what `work` told of its epochs."""
    workers = []
    for plan in plans:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        workers.append(
            subprocess.Popen([*COMMAND, json.dumps(plan[:3])], env=os.environ | plan.environment, **pipes)
        )
        if not workers[-1].stdout.readline():  # "ready": the next one starts when this one waits
            sys.exit(f"{plan} could not be trained; why stands above")
    told = [[] for _ in plans]
    epochs = [plan.stop or plan.changes["epochs"] for plan in plans]
    while any(left := [len(done) < planned for done, planned in zip(told, epochs, strict=True)]):
        i = min((i for i, more in enumerate(left) if more), key=lambda i: len(told[i]) / epochs[i])
        with contextlib.suppress(BrokenPipeError):
            print("next", file=workers[i].stdin, flush=True)
        line = workers[i].stdout.readline() or sys.exit(f"{plans[i]} ended early; why stands above")
        told[i].append(json.loads(line))
        tell(plans[i], line)
    for worker in workers:
        worker.communicate()
    return told


def tell(plan: Plan, line: str) -> None:
    """Say beside the results what a worker told of an epoch."""
    print(plan.name, in_words(plan.changes), f"seed {plan.seed}: {line}", end="", file=sys.stderr, flush=True)


def summary(plan: Plan, epochs: list[dict]) -> dict:
    """What a training took and reached; `chosen_by` is its accuracy on the half by which plans are chosen."""
    chosen_by, accuracy = epochs[-1]["halves"]
    seconds, images, products = (sum(e[key] for e in epochs) for key in ("seconds", "images", "products"))
    return {
        "changes": plan.changes,
        "seed": plan.seed,
        "seconds": seconds,
        "chosen_by": chosen_by,
        "accuracy": accuracy,
        "cores": sum(e["processor_seconds"] for e in epochs) / seconds,
        "images_per_second": images / seconds,
        "products_per_second": products / seconds,
    }


def compared(plans: Sequence[Plan]) -> list[dict]:
    """The summary of each of these plans, trained in turns."""
    return [summary(plan, epochs) for plan, epochs in zip(plans, in_turns(plans), strict=True)]


def choose(tries: list[dict]) -> dict:
    """The changes of the quickest try that passes the line with some room; of the best where none does."""
    passing = [tried for tried in tries if passes(tried)]
    chosen = min(passing, key=lambda t: t["seconds"]) if passing else max(tries, key=lambda t: t["chosen_by"])
    return chosen["changes"]


def passes(tried: dict) -> bool:
    """Whether a try passes the line with some room, so that another seed has a chance to."""
    return tried["chosen_by"] >= LINE + ROOM


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


def tried(before: list[dict]) -> Iterator[dict]:
    """What is stored of each pair of plans that is not among those of `before`, as soon as it is tried."""
    known = [[pair[side]["changes"] for side in SIDES] for pair in before]
    for plans in zip(*(TRIES[side] for side in SIDES), strict=True):
        if list(plans) not in known:
            told = about()
            runs = compared([Plan(side, plan, TRIED) for side, plan in zip(SIDES, plans, strict=True)])
            yield {**about(told), **dict(zip(SIDES, runs, strict=True))}


def measured(plans: dict[str, tuple[str, dict]], seeds: Sequence[int], at_once: bool = True) -> dict:
    """What is stored of trainings that are compared: each of (name, changes) with each of the seeds.

    Those of a seed take an epoch in turns, or, where not `at_once`, all of their epochs: many would not fit
    into memory together.
    """
    told, done = about(), []
    for seed in seeds:
        trainings = [Plan(*plan, seed) for plan in plans.values()]
        done.append(compared(trainings) if at_once else [compared([plan])[0] for plan in trainings])
    trainings = {called: [runs[i] for runs in done] for i, called in enumerate(plans)}
    return {**about(told), "plain_products_per_second": plain_products(), "trainings": trainings}


def measure_rest(stored: dict, part: str, wanted: Sequence, measure: Callable[..., dict]) -> None:
    """Measure what of `wanted` is not stored in this part yet, store each when it is done; print all."""
    done = stored.get(part, [])
    for each in wanted[len(done) :]:
        done = [*done, measure(each)]
        keep(stored, **{part: done})
    print(*(line for told in done for line in table(told)), sep="\n")


def about(before: dict | None = None) -> dict:
    """When and where something is measured, and the load of the machine: before it, and after it."""
    from cnnbook.training.provenance import hardware, versions

    load = [*(before or {"load": []})["load"], os.getloadavg()[0]]
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {"date": date, "hardware": hardware(), "versions": versions(), "load": load}


def table(told: dict) -> list[str]:
    """Lines: median and range of what each took and reached, and the ratio of its seconds to the first's.

    The ratio is one for each seed. "limit": which share the convolutions and dense layers alone, in the whole
    time, are of the multiply-adds that a plain matrix product made on that machine, right after.
    """
    trainings = told["trainings"]
    wide = max(map(len, trainings))
    lines = [f"{'':{wide}}{'seconds':>17}{'ratio':>23}{'accuracy':>21}{'images/s':>10}{'limit':>7}"]
    first = next(iter(trainings.values()))
    for called, runs in trainings.items():
        seconds = spread([run["seconds"] for run in runs], "{:.0f}")
        ratio = spread([b["seconds"] / a["seconds"] for a, b in zip(first, runs, strict=True)], "{:.3f}")
        accuracy = spread([100 * run["accuracy"] for run in runs], "{:.1f}")
        speed = statistics.median(run["images_per_second"] for run in runs)
        share = statistics.median(run["products_per_second"] for run in runs)
        share = f"{share / told['plain_products_per_second']:.0%}"
        lines.append(f"{called:{wide}}{seconds:>17}{ratio:>23}{accuracy:>21}{speed:>10.0f}{share:>7}")
    lines += [f"{called}: {in_words(runs[0]['changes'])}" for called, runs in trainings.items()]
    for called, runs in trainings.items():
        reached, chosen_by = (sum(run[half] >= LINE for run in runs) for half in ("accuracy", "chosen_by"))
        if min(reached, chosen_by) < len(runs):
            lines.append(
                f"{called}: {reached} of {len(runs)} reach {LINE:.2%}, on the other half {chosen_by}"
            )
    where = f"{told['hardware']['cpu']}, {told['hardware']['cores']} cores, {told['date'][:10]}"
    lines.append(f"{where}, load before {told['load'][0]:.1f}")
    return lines


def tries_table(stored: dict) -> list[str]:
    """Lines: what every try took, what it reached on the half by which plans are chosen, and its plan."""
    lines = [f"{'':10}{'seconds':>8}{'accuracy':>10}"]
    for side in SIDES:
        for run in (pair[side] for pair in stored["tries"]):
            chosen = " (chosen)" if run["changes"] == stored["chosen"][side] else ""
            chosen = chosen and (chosen if passes(run) else " (chosen as the best: none passes with room)")
            numbers = f"{run['seconds']:>8.0f}{100 * run['chosen_by']:>10.1f}"
            lines.append(f"{side:10}{numbers}  {in_words(run['changes'])}{chosen}")
    return lines


def in_words(changes: dict) -> str:
    """The changes of a plan in one line."""
    return ", ".join(
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}" for key, value in changes.items()
    )


def spread(values: list[float], form: str) -> str:
    """The median and the range."""
    middle, least, most = map(form.format, (statistics.median(values), min(values), max(values)))
    return f"{middle} ({least} to {most})"


def main(arguments: list[str]) -> None:
    """The command line."""
    if arguments and arguments[0].startswith("["):
        return work(*json.loads(arguments[0]))
    if unknown := set(arguments) - {"--tries", "--seeds", "--means"}:
        sys.exit(f"there is --tries, --seeds and --means, but no {' '.join(sorted(unknown))}")
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if "--tries" in arguments:
        tries = stored.get("tries", [])
        for pair in tried(tries):
            tries = [*tries, pair]
            keep(stored, tries=tries)
        chosen = {side: choose([pair[side] for pair in tries]) for side in SIDES}
        if chosen != stored.get("chosen"):
            stored.pop("measured", None)  # of what was chosen before
        keep(stored, chosen=chosen)
        print(*tries_table(stored), sep="\n")
    if "chosen" not in stored and (not arguments or "--seeds" in arguments):
        sys.exit(f"{STORED} says nothing of what --tries has chosen: give --tries, too")
    if "--seeds" in arguments:
        chosen = {side: (side, stored["chosen"][side]) for side in SIDES}
        measure_rest(stored, "measured", SEEDS, lambda seeds: measured(chosen, seeds))
    if "--means" in arguments:
        rounds = [{mean: ("fast", SHORT | own) for mean, own in means.items()} for means in MEANS]
        measure_rest(stored, "means", rounds, lambda short: measured(short, OTHER_SEEDS, at_once=False))
    if not arguments:
        print(*everyday(stored["chosen"]), sep="\n")


def keep(stored: dict, **parts: object) -> None:
    """Store what was measured beside what is stored."""
    stored |= parts
    write_whole(STORED, (json.dumps(stored, indent=1) + "\n").encode())


def everyday(chosen: dict) -> list[str]:
    """Lines: what fast takes and reaches here, and what its epochs would take the article's network."""
    load = os.getloadavg()[0]
    slow, quick = (
        Plan(side, chosen[side], SEEDS[0][0], stop) for side, stop in zip(SIDES, (2, 0), strict=True)
    )
    [first, second], epochs = in_turns([slow, quick])
    trained, planned = summary(quick, epochs), chosen[slow.name]["epochs"]
    seconds = first["seconds"] + (planned - 1) * second["seconds"]
    both = f"{first['seconds']:.0f} and {second['seconds']:.0f} s"
    return [
        f"{quick.name}: {trained['seconds']:.0f} s to {trained['accuracy']:.1%} of 2,500 validation images",
        f"{slow.name}: {both} for two of {planned} epochs, so about {seconds:.0f} s in all",
        f"ratio: about {trained['seconds'] / seconds:.2f}; load before {load:.1f}",
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
