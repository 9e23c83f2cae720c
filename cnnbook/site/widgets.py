"""Widgets on pages without a kernel: state inline, assets in files, a picture where no script runs."""

import functools
from html import escape
from pathlib import Path
from typing import ClassVar

import nbformat
from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from cnnbook.widgets.base import MIME_TYPE
from cnnbook.widgets.page import SCRIPT, STYLE, asset_file, book_place, inline_json

STILL = "A picture of this widget. It comes to life in a browser that runs scripts, of 2021 or newer."


QUESTIONS = ("quiz", "guess")  # their pictures show all that their sentences say


class WidgetNode(nodes.General, nodes.Element):
    """A widget: `kind`, `state` (JSON text) and `names` of its assets; its only child is its picture."""


class WidgetRenderer(MimeRenderPlugin):
    """Plugin of myst-nb (entry point group ``myst_nb.mime_renderers``)."""

    mime_priority_overrides: ClassVar = [("html", MIME_TYPE, 0)]  # before the PNG and the view for Jupyter

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        """The node of a widget, still without its picture; None for every other MIME type."""
        if data.mime_type != MIME_TYPE:
            return None
        content = data.content
        return [
            WidgetNode(kind=content["kind"], state=inline_json(content["state"]), names=content["assets"])
        ]


class AddPictures(SphinxPostTransform):
    """Move the picture and the sentence of a widget, for myst-nb outputs of their own, into its node."""

    default_priority = 3  # before myst_nb.sphinx_.SelectMimeType (4) throws the other outputs away
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Raise KeyError where a widget was stored without its picture or its sentence."""
        for widget in self.document.findall(WidgetNode):
            if widget.children:  # of a Markdown page
                continue
            outputs = {output["mime_type"]: output[0] for output in widget.parent.parent}
            picture = outputs["image/png"].deepcopy()
            picture["alt"] = outputs["text/plain"].astext().strip()
            picture["loading"] = "lazy"  # it is seldom seen
            widget.append(picture)


class StoredWidget(SphinxDirective):
    """Show a widget that a chapter stores on a Markdown page: ``{widget} CHAPTER``.

    It is the first of its ``kind`` there, or the one whose ``turn`` it is.
    """

    required_arguments = 1
    option_spec: ClassVar = {"kind": directives.unchanged_required, "turn": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        """The node of the widget, with its picture; an error where the chapter has none."""
        path = Path(self.env.srcdir, f"{self.arguments[0]}.ipynb")
        self.env.note_dependency(path)
        kind, turn = self.options["kind"], self.options.get("turn", 1)
        if len(found := stored(path, kind)) < turn:
            raise self.error(
                f"{path.name} stores {len(found)} widgets of kind {kind!r}, so none is number {turn}"
            )
        data = found[turn - 1]
        content, picture = data[MIME_TYPE], f"data:image/png;base64,{data['image/png']}"
        node = WidgetNode(kind=content["kind"], state=inline_json(content["state"]), names=content["assets"])
        node += nodes.image(uri=picture, alt=data["text/plain"])
        return [node]


def stored(path: Path, kind: str) -> list[dict]:
    """The data of the widgets of this kind that a chapter stores, in their order."""
    return [data for data in _stored(path, path.stat().st_mtime_ns) if data[MIME_TYPE]["kind"] == kind]


@functools.lru_cache(maxsize=32)  # a page may link to many labs of a chapter
def _stored(path: Path, changed: int) -> list[dict]:
    outputs = (
        output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])
    )
    return [output["data"] for output in outputs if MIME_TYPE in output.get("data", {})]


def visit_widget(translator: HTML5Translator, node: WidgetNode) -> None:
    """Open the `<div>`; the picture follows as its child."""
    translator.body.append(book_place(node["kind"], node["state"], node["names"]))


def depart_widget(translator: HTML5Translator, node: WidgetNode) -> None:
    """Close the `<div>`, with a sentence that cnnbook.js removes, and one for paper (book.css)."""
    said = "" if node["kind"] in QUESTIONS else f'<p class="on-paper">{escape(node[0]["alt"])}</p>'
    translator.body.append(f'<p class="still">{STILL}</p>{said}</div>\n')


def add_front_end(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load cnnbook.js and its style sheet, on pages with a widget only (event ``html-page-context``)."""
    if doctree and next(doctree.findall(WidgetNode), None):
        app.add_js_file(SCRIPT.name, loading_method="defer")
        app.add_css_file(STYLE.name)


def write_assets(app: Sphinx, error: Exception | None) -> None:
    """Write the assets that some page uses beside cnnbook.js, a file each (event ``build-finished``)."""
    if error or app.builder.format != "html":
        return
    pages = map(app.env.get_doctree, app.env.all_docs)
    for name in {name for page in pages for node in page.findall(WidgetNode) for name in node["names"]}:
        file, text = asset_file(name)
        Path(app.outdir, "_static", file).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_node(WidgetNode, html=(visit_widget, depart_widget))
    app.add_post_transform(AddPictures)
    app.add_directive("widget", StoredWidget)
    app.connect(
        "config-inited", lambda app, config: config.html_static_path.extend(map(str, (SCRIPT, STYLE)))
    )
    app.connect("html-page-context", add_front_end)
    app.connect("build-finished", write_assets)
