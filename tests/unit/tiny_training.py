"""What the tests of `train` share."""

import numpy as np

EPOCHS = 4


def quiet(progress):
    pass


def epoch_lines(process):
    """What a training prints after each epoch, line by line; a slow machine tells its speed, too."""
    return (line for line in process.stdout if line.startswith("epoch"))


def assert_same_run(run, other):
    for weight, expected in zip(run.model().weights, other.model().weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-5, err_msg=weight.path)
    assert run.history.keys() == other.history.keys()
    for key in run.history.keys() - {"seconds"}:
        np.testing.assert_allclose(run.history[key], other.history[key], rtol=1e-5)
    assert run.results["test_accuracy"] == other.results["test_accuracy"]


def stop_in(epoch, step):
    """A report that presses Ctrl-C in the middle of an epoch."""

    def report(progress):
        if (progress.epoch, progress.step) == (epoch, step):
            raise KeyboardInterrupt

    return report
