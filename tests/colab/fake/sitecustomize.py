"""Python imports this at its start where the folder is on PYTHONPATH: so on Colab, too."""

import google.colab.output  # noqa: F401
