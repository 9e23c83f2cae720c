"""Formulas as MathML, made while the book is built: no script, no font, nothing fetched, readable aloud."""

import re
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# latex2mathml writes "ln p" as the names of two numbers, which stand as close as factors do.
FUNCTION = re.compile(r"(<mi>[a-z]{2,}</mi>)(?=<m(?!o\b))")
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mroot": 2}


def to_mathml(latex: str, display: str = "inline") -> str:
    """Write a formula as a `<math>` element.

    Args:
        latex: what stands between the dollar signs.
        display: ``"inline"`` or ``"block"``.

    Raises:
        ValueError: what latex2mathml lets through and a browser would show as an error or as raw LaTeX.
    """
    mathml = FUNCTION.sub(r'\1<mspace width="0.17em" />', convert(latex, display=display))
    if unknown := re.search(r"\\[A-Za-z]+", mathml):
        raise ValueError(f"no MathML for {unknown[0]!r}; write it another way")
    for element in ElementTree.fromstring(mathml).iter():
        tag = element.tag.rpartition("}")[2]
        if len(element) != PARTS.get(tag, len(element)):
            raise ValueError(f"<{tag}> needs {PARTS[tag]} parts, has {len(element)}: is an argument missing?")
    return mathml


def _render(node: nodes.Element, display: str) -> str:
    try:
        return to_mathml(node.astext(), display)
    except Exception as error:  # latex2mathml raises a class of its own for each kind of bad input
        logger.warning("formula %r: %r", node.astext(), error, location=node)
        return ""


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula of a line of text."""
    translator.body.append(_render(node, "inline"))
    raise nodes.SkipNode


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number where it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="formula", tabindex="0"))
    translator.body.append(_render(node, "block"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Offer the renderer as ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
