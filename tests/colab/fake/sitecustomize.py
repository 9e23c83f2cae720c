"""Python imports this at its start where the folder is on PYTHONPATH: on Colab, too, the module is there first."""

import google.colab.output  # noqa: F401
