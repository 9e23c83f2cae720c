"""What the theme (sphinx-book-theme) leaves to be done."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

UNUSED = ("scripts/fontawesome.js*", "scripts/*.map", "styles/*.map", "vendor/fontawesome/webfonts/*.ttf")


def configure(app: Sphinx, config: Config) -> None:
    """Adjust the settings of the theme (event ``config-inited``)."""
    config.templates_path.append(str(Path(__file__).with_name("templates")))
    config.html_context.setdefault("default_mode", "auto")  # without it every page logs an error
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)  # the theme cannot do without a repository


def remove_unused(app: Sphinx, error: Exception | None) -> None:
    """Leave out 6 MB of files that no page loads (event ``build-finished``)."""
    for pattern in UNUSED:
        for path in Path(app.outdir, "_static").glob(pattern):
            path.unlink()


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("config-inited", configure)
    app.connect("build-finished", remove_unused)
