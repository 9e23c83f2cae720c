"""The widgets of the book. Each is alive in Jupyter, in Colab and in the static pages."""

from .convolution import ConvolutionLab
from .quiz import quiz

__all__ = ["ConvolutionLab", "quiz"]
