"""The widgets of the book. Each is alive in Jupyter, in Colab and in the static pages."""

from .quiz import quiz

__all__ = ["quiz"]
