"""What the theme (sphinx-book-theme) leaves to be done."""

from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.config import Config

# The icons that pages show, as a font of 2 kB before the theme's own of 156; any other one still loads that.
ICONS = ["F002", "F03A", "F03B", "F042", "F062", "F065", "F078", "F0C9", "F104", "F105", "F135", "F185"]
ICONS += ["F186"]
ICON_FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
ICON_STYLE = """\
@font-face {
  font-family: "Font Awesome 6 Free";
  font-weight: 900;
  font-display: block;
  src: url("icons.woff") format("woff");
  unicode-range: %s;
}
"""
# The theme's scripts stop where a browser keeps nothing, or has no room left: now they write in vain.
STORAGE = """\
<script>
  try {
    localStorage.setItem("cnnbook-room", "");
    localStorage.removeItem("cnnbook-room");
  } catch {
    try {
      localStorage.length; // throws where it is refused, or null
      Storage.prototype.setItem = () => {};
    } catch {
      const nothing = { getItem: () => null, setItem() {}, removeItem() {} };
      Object.defineProperty(window, "localStorage", { value: nothing });
    }
  }
</script>
"""
UNUSED = ("scripts/fontawesome.js*", "scripts/*.map", "styles/*.map", "vendor/fontawesome/webfonts/*.ttf")


def configure(app: Sphinx, config: Config) -> None:
    """Adjust the settings of the theme (event ``config-inited``)."""
    config.templates_path.append(str(Path(__file__).with_name("templates")))
    config.html_context.setdefault("default_mode", "auto")  # without it every page logs an error
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)  # the theme cannot do without a repository


def bear_no_storage(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put `STORAGE` before the first script of the theme (event ``html-page-context``)."""
    context["metatags"] = STORAGE + context.get("metatags", "")


def name_folds(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Give the folds of the navigation a name, for screen readers (event ``html-page-context``)."""
    navigation = context["generate_toctree_html"]

    def named(**options: object) -> BeautifulSoup:
        found = navigation(**options)
        for fold in found("summary"):
            fold["aria-label"] = "More pages"
        return found

    context["generate_toctree_html"] = named


def write_icons(app: Sphinx, error: Exception | None) -> None:
    """Cut the icons that pages show out of the theme's font (event ``build-finished``)."""
    static = Path(app.outdir, "_static")
    if error or not (static / ICON_FONT).exists():
        return
    subset.main(
        [
            str(static / ICON_FONT),
            f"--unicodes={','.join(ICONS)}",
            "--flavor=woff",
            f"--output-file={static / 'icons.woff'}",
        ]
    )
    (static / "icons.css").write_text(ICON_STYLE % ", ".join(f"U+{icon}" for icon in ICONS), encoding="utf-8")


def remove_unused(app: Sphinx, error: Exception | None) -> None:
    """Leave out 6 MB of files that no page loads (event ``build-finished``)."""
    for pattern in UNUSED:
        for path in Path(app.outdir, "_static").glob(pattern):
            path.unlink()


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("config-inited", configure)
    app.connect("html-page-context", bear_no_storage)
    app.connect("html-page-context", name_folds, priority=900)  # after the theme has made what it changes
    app.add_css_file("icons.css")
    app.connect("build-finished", write_icons)
    app.connect("build-finished", remove_unused)
