"""One training that many tests look at, and none changes."""

import pytest


@pytest.fixture(scope="session")
def unstopped(tmp_path_factory):
    """A run of the tiny network that was never stopped."""
    import tiny  # noqa: F401 - here: most tests need no Keras
    from tiny_data import tiny_dataset
    from tiny_training import EPOCHS, quiet

    from cnnbook.training import train

    folder = tmp_path_factory.mktemp("unstopped")
    return train("tiny", tiny_dataset(), epochs=EPOCHS, folder=folder, report=quiet)
