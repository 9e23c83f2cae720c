"""The widgets of the book. Each is alive in Jupyter, in Colab and in the static pages."""

from .accuracy import AccuracyLab
from .activation import ActivationLab
from .builder import NetworkBuilder
from .channels import ChannelsLab
from .convolution import ConvolutionLab
from .guess import Guess, guess
from .learner import KernelLearner
from .logits import LogitsLab
from .network import NetworkLab
from .pixels import PixelInspector
from .pooling import PoolingLab
from .quiz import Quiz, quiz
from .shape import ShapeLab
from .training import TrainingLab

__all__ = [
    "KINDS",
    "AccuracyLab",
    "ActivationLab",
    "ChannelsLab",
    "ConvolutionLab",
    "KernelLearner",
    "LogitsLab",
    "NetworkBuilder",
    "NetworkLab",
    "PixelInspector",
    "PoolingLab",
    "ShapeLab",
    "TrainingLab",
    "guess",
    "quiz",
]

# By the name of their front end, which is that of a file in frontend/src/widgets.
KINDS = {
    "accuracy": AccuracyLab,
    "activation": ActivationLab,
    "builder": NetworkBuilder,
    "channels": ChannelsLab,
    "convolution": ConvolutionLab,
    "guess": Guess,
    "learner": KernelLearner,
    "logits": LogitsLab,
    "network": NetworkLab,
    "pixels": PixelInspector,
    "pooling": PoolingLab,
    "quiz": Quiz,
    "shape": ShapeLab,
    "training": TrainingLab,
}
