"""The command line with a network and a data set that train in a second.

`python tiny_command.py train tiny` is `python -m cnnbook train tiny`; the environment variable SECONDS_A_STEP
slows it down, so that it can be killed.
"""

import os
import sys
import time

from tiny_data import tiny_dataset

from cnnbook import __main__ as command
from cnnbook import launch


def slowed(report):
    def slow_report(progress):
        report(progress)
        time.sleep(float(os.environ.get("SECONDS_A_STEP", 0)))

    return slow_report


command.load_dataset = tiny_dataset
if "--workers" not in sys.argv or launch.PLACE in os.environ:  # who only watches workers needs no Keras
    import tiny  # noqa: F401 - puts the network among the book's

    from cnnbook import training

    train = training.train
    training.train = lambda *arguments, report, **options: train(*arguments, report=slowed(report), **options)
command.run()
