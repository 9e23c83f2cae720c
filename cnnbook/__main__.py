"""`python -m cnnbook`: train a network, check or distort a run, list the runs, pack one for pages."""

import argparse
import atexit
import contextlib
import hashlib
import json
import math
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends it at once; `run` does better after these imports

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cnnbook import launch
from cnnbook.data import LOADERS, Dataset, fast_mode, load_dataset
from cnnbook.errors import BookError
from cnnbook.runs import (
    RECORDED,
    Run,
    default_folder,
    list_ablations,
    list_runs,
    load_ablations,
    load_run,
    save_json,
)
from cnnbook.system import expanded, write_whole

# Exit codes. What a worker refuses, its parent passes on; 1: a run is damaged, or not what it says.
# A signal has 128 more than its number, as in a shell: 130 for Ctrl-C, 143 for SIGTERM.
BAD_INPUT, DIFFERENT, STOPPED = launch.REFUSED, 1, 128

FIRST_SECONDS = 5  # of an epoch, after which its speed is told: at first, networks are made ready

Arguments = argparse.Namespace
signals: list[int] = []  # those that `stop` was called for


class CommandError(BookError):
    """What the command is asked to do makes no sense."""


class Parser(argparse.ArgumentParser):
    """What reads a command line, and answers a wrong one in one line."""

    def error(self, message: str) -> NoReturn:
        """End this process with a message; argparse calls this."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")  # one line: without the usage


def positive(text: str) -> int:
    """Read a whole number of at least 1; this and what follows raise ArgumentTypeError for another text."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def seed(text: str) -> int:
    """Read a whole number below 2**32, as Keras takes them."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 4294967295")
    return int(text)


def change(text: str) -> tuple[str, object]:
    """Read INGREDIENT=VALUE: a number, a list, true or false, else a word."""
    ingredient, equals, value = text.partition("=")
    if not (ingredient and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not INGREDIENT=VALUE, such as shift=0")
    for read in (json.loads, float):  # float reads ".5", too, and "nan", which the recipe refuses as a number
        with contextlib.suppress(ValueError, RecursionError):
            return ingredient, read(value.lower() if value in ("True", "False") else value)
    return ingredient, value  # a word


def places(text: str) -> list[str]:
    """Read which workers are to train; see `cnnbook.launch.places`."""
    try:
        return launch.places(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(error) from None


def parser() -> Parser:
    """Make what reads the command line; `arguments.run` is the function of the command."""
    main = Parser(prog="python -m cnnbook", description=__doc__)
    commands = main.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("train", help="train a network; goes on from its last whole epoch")
    command.add_argument("name", metavar="NAME", help="which network: baseline, fast or fast-wide")
    command.add_argument("--validation", action="store_true", help="train on 45,000, watch the other 5,000")
    command.add_argument("--replayed", action="store_true", help="record the answers after each epoch, too")
    command.add_argument("--change", type=change, action="append", default=[], metavar="INGREDIENT=VALUE")
    command.add_argument("--resume", action="store_true", help="refuse to start anew where nothing was begun")
    command.add_argument(
        "--workers",
        type=places,
        metavar="N",
        help="train in N processes, on JAX; 1 for all GPUs of a machine; on N machines with one folder: "
        "I/N@HOST:PORT, the number of this one from 0 and where number 0 listens",
    )
    command.set_defaults(run=train)

    evaluate_ = commands.add_parser("evaluate", help="recompute an accuracy from stored weights")
    evaluate_.add_argument("name", metavar="NAME", help="a recorded run, or the folder of one")
    evaluate_.set_defaults(run=evaluate)

    ablate_ = commands.add_parser(
        "ablate", help="what each ingredient of a recipe is worth, on validation images"
    )
    ablate_.add_argument("name", metavar="NAME", help="baseline or fast")
    ablate_.set_defaults(run=ablate)
    for trains in (command, ablate_):
        trains.add_argument("--epochs", type=positive, help="default: what the network's recipe says")
        trains.add_argument("--seed", type=seed, default=0)
        trains.add_argument("--folder", type=expanded, help="where the run goes; default: runs")

    export_ = commands.add_parser("export", help="pack a network for pages; measures what rounding costs")
    export_.add_argument("name", metavar="NAME", help="a recorded run, the folder of one, or a .keras file")
    export_.add_argument("--folder", type=expanded, default=Path(), help="where it goes; default: here")
    export_.set_defaults(run=export)

    robustness_ = commands.add_parser("robustness", help="how a network bears images that are distorted")
    robustness_.add_argument("name", metavar="NAME", help="a recorded run, or the folder of one")
    robustness_.add_argument("--folder", type=expanded, help="where it is stored; default: runs/NAME")
    robustness_.add_argument("--only", action="append", metavar="DISTORTION", help="one; may be given again")
    robustness_.set_defaults(run=robustness)

    for reads_data in (command, evaluate_, ablate_, export_, robustness_):
        reads_data.add_argument("--data", choices=list(LOADERS), help="default: cifar10")

    runs_ = commands.add_parser("runs", help="a table of the recorded runs, or of those in a folder")
    runs_.add_argument("folder", nargs="?", type=expanded, default=RECORDED)
    runs_.set_defaults(run=runs)
    return main


def train(arguments: Arguments) -> int:
    """Train a network; returns the exit code, as the other commands do."""
    folder, is_worker = _folder(arguments) / arguments.name, launch.PLACE in os.environ
    if arguments.workers and not is_worker:
        _dataset(arguments)  # here, so that it is downloaded once
        if code := launch.run(arguments.workers, ["--folder", str(folder.parent)]):
            return code
    else:
        from cnnbook.training import workers  # here: `runs` needs no Keras, and who starts workers must not

        workers.join()
        changes = _changes(arguments, arguments.change)
        begun = any((folder / file).exists() for file in ("checkpoint.npz", "results.json"))
        if arguments.resume and not begun:
            raise CommandError(f"{folder} holds no training to go on with; leave out --resume")
        options = {"validation": arguments.validation, "replayed": arguments.replayed}
        run = _train(arguments, _dataset(arguments), folder.parent, **options, **changes)
        print(_accuracy(run), end=" ", flush=True)
    if not is_worker:
        kept = arguments.folder or not fast_mode()
        print(_stored(folder) if kept else "Not kept, as ever in fast mode; --folder FOLDER keeps it.")
    return 0


def _stored(folder: Path) -> str:
    if (folder / "weights.npz").exists():
        return f"Stored in {folder}."
    return f"Stored in {folder}, but without weights.npz: to have that, delete the folder and train again."


def ablate(arguments: Arguments) -> int:
    """Train a network with each ingredient of its recipe left out, and print what that is worth."""
    from cnnbook.training.recipes import ABLATIONS

    if arguments.name not in ABLATIONS:
        raise CommandError(
            f"no ingredients are listed for {arguments.name!r}; they are for: {', '.join(ABLATIONS)}"
        )
    epochs, folder, tries = _changes(arguments, []), _folder(arguments) / "ablations", {}
    dataset = _dataset(arguments)
    for attempt, changes in ABLATIONS[arguments.name].items():
        print(f"{attempt}:", flush=True)
        tries[attempt] = _train(arguments, dataset, folder / attempt, validation=True, **changes, **epochs)
    print_ablations(tries)
    return 0


def print_ablations(tries: dict[str, Run]) -> None:
    """Print a table: what was changed, the accuracy on the validation images, how far it is from that of the
    complete recipe, where that could be read, and, where the recipe mirrors images, the accuracy of answers
    averaged with those about the mirrored image.
    """
    tries = {name: run.results for name, run in tries.items() if "validation_accuracy" in run.results}
    complete = tries["complete"]["validation_accuracy"] if "complete" in tries else None
    table = Table(box=None, pad_edge=False)
    table.add_column("recipe", no_wrap=True)
    for title in ("accuracy", "difference", "mirrored", "epochs", "s/epoch"):
        table.add_column(title, justify="right", no_wrap=True)
    for attempt, results in tries.items():
        accuracy, mirrored = (results.get(f"validation_accuracy{kind}") for kind in ("", "_mirrored"))
        table.add_row(
            attempt,
            f"{accuracy:.2%}",
            "" if complete is None else f"{100 * (accuracy - complete):+.2f}",
            f"{mirrored:.2%}" if mirrored else "",
            str(results["epochs"]),
            f"{results['seconds_per_epoch']:.1f}",
        )
    Console().print(table)


def _train(arguments: Arguments, dataset: Dataset, folder: Path, validation: bool, **options: object) -> Run:
    from cnnbook import training  # here: `runs` needs no Keras

    with LiveReport() as report:
        return training.train(
            arguments.name,
            dataset,
            seed=arguments.seed,
            folder=folder,
            validation=validation,
            report=report,
            **options,
        )


def _changes(arguments: Arguments, asked: list[tuple[str, object]]) -> dict:
    """Ingredient -> value, as `asked` and by --epochs. Raises CommandError where these make no sense."""
    from cnnbook.models import build
    from cnnbook.training import recipe

    if arguments.epochs:
        asked = [*asked, ("epochs", arguments.epochs)]
    changes = dict(asked)
    for ingredient, value in asked:
        if repr(value) != repr(changes[ingredient]):
            raise CommandError(f"{ingredient} is to be {value!r} and {changes[ingredient]!r}; say which")
    try:
        changed = recipe(arguments.name, **changes)
        build(changed.network, **changed.options)
    except ValueError as error:
        raise CommandError(error) from None
    return changes


def _folder(arguments: Arguments) -> Path:
    return arguments.folder or default_folder()


class LiveReport:
    """A progress bar in a terminal, one line an epoch elsewhere; what `train` reports to."""

    def __init__(self):
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TextColumn("step {task.fields[step]}/{task.fields[steps]}"),
            TextColumn("{task.fields[loss]}  accuracy {task.fields[accuracy]:.1%}"),
            TextColumn("{task.fields[speed]:,.0f} images/s"),
            TimeRemainingColumn(),
            console=Console(),
        )
        self.task = None
        self.told = False  # without a bar: how long it will take

    def __enter__(self):
        if self.bar.console.is_terminal:
            self.bar.start()
        return self

    def __exit__(self, *exception):
        if self.bar.console.is_terminal:
            self.bar.stop()

    def __call__(self, progress) -> None:
        from cnnbook.training.loop import print_epochs

        if signals:  # `stop` was called where an exception is ignored, in a callback of JAX's
            raise KeyboardInterrupt
        print_epochs(progress)
        if not self.bar.console.is_terminal:
            return self._tell(progress)
        logs = progress.logs
        fields = {
            "epoch": progress.epoch,
            "epochs": progress.epochs,
            "step": progress.step,
            "steps": progress.steps,
            "loss": next(f"{key} {logs[key]:.3f}" for key in ("loss", "smoothed_loss") if key in logs),
            "accuracy": logs["accuracy"],
            "speed": progress.images * progress.step / progress.steps / progress.seconds,
        }
        done = (progress.epoch - 1) * progress.steps + progress.step
        if self.task is None:
            if progress.step == progress.steps > 1:
                return  # finished before, and told in no time: it says nothing about the time left
            total = progress.epochs * progress.steps
            self.task = self.bar.add_task("", total=total, completed=done, **fields)
        self.bar.update(self.task, completed=done, **fields)

    def _tell(self, progress) -> None:
        """Print once, some seconds after the start, how fast it goes and how long that will take."""
        if self.told or progress.step == progress.steps or progress.seconds < FIRST_SECONDS:
            return
        self.told = True
        done = progress.step / progress.steps
        epochs = progress.epochs - progress.epoch + 1 - done
        minutes, seconds = divmod(round(progress.seconds / done * epochs), 60)
        speed = progress.images * done / progress.seconds
        print(f"{speed:,.0f} images a second; {minutes}:{seconds:02} minutes left", flush=True)


def evaluate(arguments: Arguments) -> int:
    """Recompute a recorded accuracy from the stored weights, and print whether it is the same."""
    load_run(arguments.name)  # before the data, which take longer
    dataset = _dataset(arguments)
    run = load_run(arguments.name, dataset)
    from cnnbook.analysis import evaluation

    part, model = _part(run), run.model()
    split = getattr(dataset, part)
    answers = evaluation.evaluate(model, split)
    print(f"{_accuracy(run)} Recomputed: {answers.correct} of {len(split.labels)} {part} images.")
    again = {"accuracy": answers.accuracy}
    if f"{part}_accuracy_mirrored" in run.results:
        mirrored = evaluation.evaluate(model, split, mirrored=True)
        again["accuracy_mirrored"] = mirrored.accuracy
        stored = run.results[f"{part}_accuracy_mirrored"]
        print(f"With their mirror images: {stored:.2%}. Recomputed: {mirrored.correct}.")
    same = answers.confusion.tolist() == run.results["confusion"]
    same &= all(run.results[f"{part}_{key}"] == accuracy for key, accuracy in again.items())
    print("The same, class by class." if same else "NOT the same.")
    return 0 if same else DIFFERENT


def robustness(arguments: Arguments) -> int:
    """Ask a network about all its images, distorted in every way; print and store how often it is right."""
    load_run(arguments.name)  # before the data, which take longer
    from cnnbook.analysis.robustness import DISTORTIONS
    from cnnbook.analysis.robustness import robustness as measure
    from cnnbook.training.provenance import hardware, versions

    chosen = arguments.only or list(DISTORTIONS)
    if unknown := sorted({*chosen} - {*DISTORTIONS}):
        raise CommandError(f"no distortion is called {unknown[0]!r}; there is: {', '.join(DISTORTIONS)}")
    dataset = _dataset(arguments)
    run = load_run(arguments.name, dataset)
    part, model, curves = _part(run), run.model(), {}
    split = getattr(dataset, part)
    for name in chosen:
        distortion = DISTORTIONS[name]
        print(f"{name}, {distortion.unit}:", flush=True)
        accuracy, by_class, answers = [], [], []
        for strength in distortion.strengths:
            measured = measure(model, split, name, [strength])
            accuracy += measured.accuracy.tolist()
            by_class.append([None if math.isnan(a) else a for a in measured.by_class[0]])
            answers += measured.answers.tolist()
            print(f"  {strength:>6} {accuracy[-1]:.2%}", flush=True)
        curves[name] = {
            "strengths": list(distortion.strengths),
            "accuracy": accuracy,
            "by_class": by_class,
            "answers": answers,
        }
    file = (arguments.folder or default_folder() / run.folder.name) / "robustness.json"
    about = {"images": len(split.labels), "part": part, "checksum": dataset.checksum}
    save_json(file, about | {"versions": versions(), "hardware": hardware(), "curves": curves})
    print(f"{len(split.labels)} {part} images a line. Stored in {file}.")
    return 0


def export(arguments: Arguments) -> int:
    """Write a network as pages run it, NAME.cnn, and what is known of it, NAME.json; print both."""
    name, run = expanded(arguments.name), None
    if name.suffix != ".keras":
        run = load_run(arguments.name)  # before the data, which take longer
    elif not name.is_file():
        raise CommandError(f"there is no file {name}")
    dataset = _dataset(arguments)
    from cnnbook import packed
    from cnnbook.backend import keras

    try:
        model = run.model() if run else keras.models.load_model(name, compile=False)
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(f"{name} holds no network that Keras can open: {error}") from None
    content = packed.pack_model(model, half=True)
    told = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    told |= {"data": dataset.name} | packed.rounding(model, dataset.test)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    file = arguments.folder / f"{run.folder.name if run else name.stem}.cnn"
    write_whole(file, content)
    write_whole(file.with_suffix(".json"), json.dumps(told, indent=1).encode())
    print(f"{file}: {len(content):,} bytes. {told['images']} test images of {dataset.name}: ", end="")
    print(f"{told['accuracy']:.2%} right, {told['accuracy_packed']:.2%} packed; ", end="")
    print(f"{told['other_answers']} get another answer.")
    return 0


def runs(arguments: Arguments) -> int:
    """Print a table of runs, and what is wrong with those that cannot be read."""
    if not arguments.folder.is_dir():
        raise CommandError(f"{arguments.folder} is no folder")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))  # 80 columns
    for title in ("run", "data", "images"):
        table.add_column(title, no_wrap=True)
    for title in ("epochs", "seed", "accuracy", "s/epoch", "weights"):
        table.add_column(title, justify="right", no_wrap=True)
    damaged = []
    for run in list_runs(arguments.folder, damaged.append):
        results, part = run.results, _part(run)
        table.add_row(
            run.folder.name,
            results["data"]["name"],
            part,
            str(results["epochs"]),
            str(results["seed"]),
            f"{results[f'{part}_accuracy']:.2%}",
            f"{results['seconds_per_epoch']:.1f}",
            f"{results['parameters']:,}",
        )
    Console().print(table)
    for name in list_ablations(arguments.folder):
        print(f"\n{name}, tries on the validation images:")
        print_ablations(load_ablations(name, arguments.folder, damaged.append))
    for error in damaged:
        print(f"{launch.REFUSAL}{error}", file=sys.stderr)
    return DIFFERENT if damaged else 0


def _dataset(arguments: Arguments) -> Dataset:
    if arguments.data:
        os.environ["CNNBOOK_DATASET"] = arguments.data
    try:
        return load_dataset()
    except ValueError as error:
        raise CommandError(error) from None


def _part(run: Run) -> str:
    return "test" if "test_accuracy" in run.results else "validation"


def _accuracy(run: Run) -> str:
    part, images = _part(run), run.results["evaluated_images"]
    fraction = run.results[f"{part}_accuracy"]
    return f"{run.name}: {round(fraction * images)} of {images} {part} images right, {fraction:.2%}."


def main() -> int:
    """Run the command of this process, say in one line why where that cannot be, and return the exit code."""
    try:
        arguments = parser().parse_args()
        code = arguments.run(arguments)
        sys.stdout.flush()  # here, where it can be told that nobody reads on
        return code
    except BaseException as error:
        if signals or isinstance(error, KeyboardInterrupt):  # an import that is stopped can raise anything
            print("Stopped. Run the same command again: a training goes on from its last whole epoch.")
            return STOPPED + (signals or [signal.SIGINT])[0]
        if isinstance(error, BrokenPipeError):  # behind `| head`: says nothing, as other tools
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return STOPPED + 13  # SIGPIPE, which Windows has not
        if not isinstance(error, (BookError, OSError, ImportError)):
            raise
        message = f"{error.filename}: {error.strerror}" if getattr(error, "filename", None) else error
    print(f"{launch.REFUSAL}{message}", file=sys.stderr)
    return launch.leave(BAD_INPUT)


def stop(number: int, frame: object) -> None:
    """Take Ctrl-C or SIGTERM: the first stops what runs, the second comes too late, the third ends it."""
    signals.append(number)
    if len(signals) == 1:
        raise KeyboardInterrupt
    if len(signals) > 2:
        os._exit(STOPPED + number)


def run() -> None:
    """Run `main` as all that this process does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as behind `nohup`
            signal.signal(number, stop)
    sys.unraisablehook = lambda lost: None if signals else sys.__unraisablehook__(lost)
    if code := main():
        # All is said. On a longer way out TensorFlow complains of batches that nobody took, and Python dies
        # of a signal that comes then.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    run()
