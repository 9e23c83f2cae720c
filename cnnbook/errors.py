"""Errors that are a message to whoever runs the code."""


class BookError(Exception):
    """Its message says all: a notebook shows that and no traceback, `python -m cnnbook` prints it."""

    def _render_traceback_(self) -> list[str]:  # which IPython looks for
        return [str(self)]
