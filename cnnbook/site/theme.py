"""What the theme (sphinx-book-theme) leaves to be done."""

from sphinx.application import Sphinx
from sphinx.config import Config


def drop_launch_buttons(app: Sphinx, config: Config) -> None:
    """Offer Colab only where _config.yml names the repository; without one the theme raises TypeError."""
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("config-inited", drop_launch_buttons)
