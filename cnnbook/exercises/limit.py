"""A time limit for code that somebody else wrote, so that a loop without end does not hang the notebook."""

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

AGAIN = [0.5] * 20  # seconds between further tries, where an `except:` of the learner has swallowed the first


class TimeUp(BaseException):
    """The time is up. It is no `Exception`, so that an ``except Exception`` lets it pass."""


def limited(work: Callable[[], Result], seconds: float) -> Result:
    """Return ``work()``, unless it takes longer.

    The work stays in this thread, where printing, Keras and the stop button of Jupyter are as ever; another
    thread watches the clock and asks Python to raise `TimeUp` here. A signal would do as well, but Windows
    has none for it; a trace of every line is ten times as slow and gets in the way of debuggers; a process
    cannot take a function of a notebook.

    Python hears it between two steps of its own: one long step of NumPy, or a sleep, ends first.

    Args:
        work: what to do.
        seconds: how long it may take.

    Raises:
        TimeUp: it was stopped; the traceback says where.
    """
    thread, done = threading.get_ident(), threading.Event()

    def watch():
        for wait in (seconds, *AGAIN):
            if done.wait(wait):
                return
            _raise_in(thread, TimeUp)

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()  # on a busy machine the time may be up before this is done
        return work()
    finally:
        while True:  # it may come as late as here: nothing may be left of it outside
            try:
                done.set()
                watcher.join()
                _raise_in(thread, None)
                break
            except TimeUp:
                pass


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have Python raise `error` in a thread, or forget what it was to raise there."""
    value = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), value)
