"""Python imports this at its start where the folder is on its path: so on Colab, too."""

import google.colab.output  # noqa: F401
