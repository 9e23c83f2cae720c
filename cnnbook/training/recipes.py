"""How each network is trained: every ingredient can be changed, so that its worth can be measured."""

from dataclasses import dataclass, field, fields, replace

from cnnbook.backend import keras
from cnnbook.data import Split
from cnnbook.models import ANY_SIZE, check_options, network_options
from cnnbook.training.augment import FLIPS
from cnnbook.training.optimizers import LookaheadSGD, Rate

# A precision -> Keras's name for computing with it. A bfloat16 has the range of a float32 and 8 binary digits
# in the place of 24: quicker where there are instructions for it, as on GPUs and on processors with AMX
# (https://www.tensorflow.org/guide/mixed_precision).
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}

FLOAT32 = 2.0**128  # what it cannot hold any more

# Ingredient -> the least it may be, and what it stays below. More epochs have more steps than 32 bits can
# count, larger batches more numbers than there is memory; no image is wider than 32 pixels, none turned
# further than upside down.
LIMITS = {
    "epochs": (1, 10_000),
    "batch_size": (1, 10_000),
    "learning_rate": (0, FLOAT32),
    "momentum": (0, 1),
    "bias_rate": (0, FLOAT32),
    "lookahead": (0, 1),
    "weight_decay": (0, FLOAT32),
    "label_smoothing": (0, 1),
    "shift": (0, 32),
    "rotation": (0, 181),
    "cutout": (0, 33),
    "images": (0, 10_000_000),
    "small": (0, 32),
}


@dataclass(frozen=True)
class Recipe:
    """A network and the way to train it.

    Args:
        network: a name in `cnnbook.models.NETWORKS`.
        epochs: how often each training image is shown.
        batch_size: images in a step; more ask for a learning rate larger by as much (P. Goyal et al.,
            Accurate, Large Minibatch SGD, 2017, arXiv 1706.02677).
        optimizer: a name in `OPTIMIZERS`.
        learning_rate: the largest.
        schedule: how it changes, a name in `SCHEDULES`.
        options: arguments of the function that builds the network.
        momentum: of "nesterov" only.
        bias_rate: of "nesterov" only; see `cnnbook.training.optimizers.LookaheadSGD`.
        lookahead: of "nesterov" only; see there.
        weight_decay: the fraction of every weight, times the learning rate, that each step takes away
            (I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, 2019, arXiv 1711.05101).
        label_smoothing: the share of the right class, below 1, that is spread over all classes (Szegedy et
            al., Rethinking the Inception Architecture for Computer Vision, 2016, section 7). No answer has a
            smoothed loss of 0 then: with 0.2 and ten classes the least is 0.867.
        flip: how training images are mirrored, a name in `cnnbook.training.augment.FLIPS`.
        shift: by how many pixels they are moved at most.
        rotation: by how many degrees they are turned at most, either way.
        cutout: pixels a side of a square that is covered somewhere in each image.
        images: how many of the training images are used, the first ones; 0: all.
        small: pixels a side to which they are shrunk in the first half of the epochs, rounded down; 0: never.
            Fewer pixels are less work. The network has to take images of any size, of 9 pixels and more.
        precision: how many digits a step computes with, a name in `PRECISIONS`; the weights keep float32, and
            so do the network's last layers and every answer after the training.

    Raises:
        ValueError: a name that is unknown, or a value that an ingredient cannot have; see `LIMITS`.
    """

    network: str
    epochs: int
    batch_size: int
    optimizer: str
    learning_rate: float
    schedule: str
    options: dict = field(default_factory=dict)
    momentum: float = 0.0
    bias_rate: float = 1.0
    lookahead: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    flip: str = "none"
    shift: int = 0
    rotation: float = 0.0
    cutout: int = 0
    images: int = 0
    small: int = 0
    precision: str = "float32"

    def __post_init__(self):
        for entry in fields(self):
            value = getattr(self, entry.name)
            kind = (int, float) if entry.type is float else entry.type
            if not isinstance(value, kind) or isinstance(value, bool):
                raise ValueError(f"{entry.name} is {value!r}, but it is of type {entry.type.__name__}")
            if entry.type is float and abs(value) < FLOAT32:
                object.__setattr__(self, entry.name, float(value))  # Keras takes no 0 for a momentum
        check_options(self.network, self.options)
        names = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "flip": FLIPS, "precision": PRECISIONS}
        for name, known in names.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; there is: {', '.join(known)}")
        if self.small and (self.network not in ANY_SIZE or self.small < 9):
            raise ValueError(
                f"small is {self.small} for {self.network}; it is 0, or 9 and more for networks that take "
                f"images of any size: {', '.join(ANY_SIZE)}"
            )
        for name, (least, above) in LIMITS.items():
            value = getattr(self, name)
            if not least <= value < above:
                raise ValueError(
                    f"{name} is {value}, but it must be at least {least} and less than {above:g}"
                )

    def choose(self, split: Split) -> Split:
        """Take the images to train on, the first ones of `split`.

        Raises:
            ValueError: there are not as many.
        """
        if self.images > len(split.labels):
            raise ValueError(f"images is {self.images}, but there are {len(split.labels)} to train on")
        return Split(*(part[: self.images or None] for part in split))

    def steps_per_epoch(self, images: int) -> int:
        """Count the batches of an epoch over so many images; the last one may be smaller."""
        return -(-images // self.batch_size)

    def make_optimizer(self, steps: int) -> keras.optimizers.Optimizer:
        """Make the optimizer of a training of so many batches in all."""
        rate = SCHEDULES[self.schedule](self.learning_rate, steps)
        return OPTIMIZERS[self.optimizer](self, rate, steps)


def constant(peak: float, steps: int) -> float:
    """Keep the learning rate as it is, whatever the number of batches."""
    return peak


def falling(peak: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Let the learning rate fall in a straight line from `peak` to 0 over `steps` batches.

    Source: https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/
    """
    return keras.optimizers.schedules.PolynomialDecay(peak, steps, end_learning_rate=0.0)


@keras.saving.register_keras_serializable("cnnbook")
class Triangular(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate rises in a straight line to `peak` and falls in another, over `steps` batches.

    It starts at 0.2, is highest after 0.23 of the steps and ends at 0.07 of `peak`: the shares of K. Jordan,
    94% on CIFAR-10 in 3.29 Seconds on a Single GPU, 2024 (arXiv 2404.00498). The idea: L. Smith, Cyclical
    Learning Rates for Training Neural Networks, 2017 (arXiv 1506.01186).
    """

    START, HIGHEST, END = 0.2, 0.23, 0.07

    def __init__(self, peak: float, steps: int):
        self.peak, self.steps = peak, steps

    def __call__(self, step):
        done = keras.ops.cast(step, "float32") / self.steps
        up = self.START + (1 - self.START) * done / self.HIGHEST
        down = self.END + (1 - self.END) * (1 - done) / (1 - self.HIGHEST)
        return self.peak * keras.ops.maximum(keras.ops.minimum(up, down), self.END)

    def get_config(self) -> dict:
        """Return the arguments that make the same schedule again; Keras calls this."""
        return {"peak": self.peak, "steps": self.steps}


SCHEDULES = {"constant": constant, "falling": falling, "triangular": Triangular}


def adam(recipe: Recipe, rate: Rate, steps: int) -> keras.optimizers.Optimizer:
    """Make Adam, for a training of any number of batches.

    Source: D. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, 2015 (arXiv 1412.6980).
    """
    return keras.optimizers.Adam(rate, weight_decay=recipe.weight_decay or None)


def nesterov(recipe: Recipe, rate: Rate, steps: int) -> keras.optimizers.Optimizer:
    """Make gradient descent with Nesterov momentum, for a training of so many batches in all.

    Source: I. Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.
    """
    return LookaheadSGD(
        rate,
        steps,
        bias_rate=recipe.bias_rate,
        lookahead=recipe.lookahead,
        momentum=recipe.momentum,
        nesterov=True,
        weight_decay=recipe.weight_decay or None,
    )


OPTIMIZERS = {"adam": adam, "nesterov": nesterov}

# The article's network, with what it leaves open (cnnbook.models.DROPOUT says how that was chosen).
BASELINE = Recipe(
    network="baseline", epochs=12, batch_size=64, optimizer="adam", learning_rate=0.001, schedule="falling"
)

# The recipe of Jordan, 2024 (arXiv 2404.00498), in Keras, with a quarter of its batch size: better than 512
# in trainings of 2 epochs (benchmarks/README.md); its own 1,024 was not tried. So a quarter of its learning
# rate, which the validation images cannot tell from half as much again, and of what the slow copy of the
# weights takes in at once: 0.987 is the fourth root of its 0.95.
# Left out: that the bias of the whitening layer learns for three epochs, inputs scaled by mean and deviation
# (the whitening does that), batch normalization's averages in the slow copy of Lookahead, half precision, and
# six views of a test image (here there are two, itself and its mirror image). FAST has half of the filters.
FAST = Recipe(
    network="fast",
    options={"width": 0.5},
    epochs=10,
    batch_size=256,
    optimizer="nesterov",
    learning_rate=0.375,
    schedule="triangular",
    momentum=0.85,
    bias_rate=64.0,
    lookahead=0.987,
    weight_decay=0.009,
    label_smoothing=0.2,
    flip="alternating",
    shift=2,
)

# All of the filters. In 40 epochs they learn nearly every training image by heart, so a part of each is
# covered; the first half of the epochs sees small images, which saves time (benchmarks/README.md).
WIDE = replace(FAST, options={"width": 1.0, "activation": "relu"}, epochs=44, cutout=12, small=24)

RECIPES = {"baseline": BASELINE, "fast": FAST, "fast-wide": WIDE}

# What `python -m cnnbook ablate` leaves out, one at a time: name of a try -> changes to the recipe.
ABLATIONS = {
    "baseline": {
        "complete": {},
        "constant-learning-rate": {"schedule": "constant"},
        "dropout-0.25": {"dropout": [0.25, 0.25, 0.25, 0.25]},
        "without-dropout": {"dropout": [0, 0, 0, 0]},
        "without-batch-normalization": {"batch_normalization": False},
        "without-both": {"batch_normalization": False, "dropout": [0, 0, 0, 0]},
    },
    "fast": {
        "complete": {},
        "without-whitening": {"whitening": False},
        "without-identity": {"identity": False},
        "with-batchnorm-scale": {"batchnorm_scale": True},
        "without-label-smoothing": {"label_smoothing": 0.0},
        "falling-learning-rate": {"schedule": "falling"},
        # A push of momentum goes on for 1 / (1 - 0.85) steps: without it, steps are as much larger, and what
        # each of them takes away from the weights is the same.
        "without-momentum": {"momentum": 0.0, "learning_rate": 2.5, "weight_decay": 0.00135},
        "without-fast-biases": {"bias_rate": 1.0},
        "without-lookahead": {"lookahead": 0.0},
        "without-weight-decay": {"weight_decay": 0.0},
        "random-flip": {"flip": "random"},
        "without-flip": {"flip": "none"},
        "without-shift": {"shift": 0},
        "small-batches": {"batch_size": 64, "learning_rate": 0.375 / 4, "lookahead": 0.987**0.25},
    },
}


def recipe(name: str, **changes: object) -> Recipe:
    """Take the recipe called `name` with some ingredients changed.

    Args:
        name: a name in `RECIPES`.
        changes: fields of `Recipe`, or arguments of its network (`recipe("fast", whitening=False)`).

    Raises:
        ValueError: an unknown name or ingredient, or a value that it cannot have.
    """
    if name not in RECIPES:
        raise ValueError(f"no network is called {name!r}; there is: {', '.join(RECIPES)}")
    base = RECIPES[name]
    own = {entry.name for entry in fields(Recipe)} - {"network", "options"}
    options = network_options(base.network)
    if unknown := changes.keys() - own - options.keys():
        known = ", ".join(sorted(own | options.keys()))
        raise ValueError(f"{name} has no ingredient {', '.join(sorted(unknown))}; there is: {known}")
    merged = base.options | {key: value for key, value in changes.items() if key in options}
    return replace(base, options=merged, **{key: value for key, value in changes.items() if key in own})
