"""What a link to the glossary means, on the page that links.

A page holds the first paragraph of each definition that it links to, as plain words. They are hidden until
`terms.js` shows them; a screen reader reads them with the link, without any script.
"""

import functools
import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

GLOSSARY = "glossary"
LINK = re.compile(rf'<a class="([^"]*)" href="({GLOSSARY}\.html#(term-[\w-]+))"')


@functools.lru_cache(maxsize=1)  # all pages of a build
def _meanings(app: Sphinx) -> dict[str, str]:
    """HTML of what each term means, by its anchor."""
    meanings = {}
    for entry in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        words = [term.astext() for term in entry.findall(nodes.term)]
        paragraph = next(entry.findall(nodes.paragraph)).deepcopy()
        for kind in (addnodes.pending_xref, nodes.reference):
            for link in list(paragraph.findall(kind)):
                link.replace_self(nodes.Text(link.astext()))
        paragraph.insert(0, [nodes.strong("", ", ".join(words)), nodes.Text(": ")])
        html = app.builder.render_partial(paragraph)["fragment"].strip()
        meanings |= {anchor: html for term in entry.findall(nodes.term) for anchor in term["ids"]}
    return meanings


def add_meanings(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Mark the links of a page to terms, and put what they mean behind its text (``html-page-context``)."""
    if not doctree or page == GLOSSARY or GLOSSARY not in app.env.all_docs:
        return
    meanings, used = _meanings(app), {}

    def mark(link: re.Match) -> str:
        classes, address, anchor = link.groups()
        if anchor not in meanings:
            return link[0]  # Sphinx says that there is no such word
        used[anchor] = meanings[anchor].replace("<p>", f'<p id="means-{anchor}">', 1)
        return f'<a class="{classes} term" href="{address}" aria-describedby="means-{anchor}"'

    context["body"] = LINK.sub(mark, context["body"])
    context["body"] += "".join(f'<div class="meaning" hidden>{text}</div>\n' for text in used.values())


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.connect("html-page-context", add_meanings)
