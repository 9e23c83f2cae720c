"""Every public function of the package says what it takes, what it returns and what it does, in one form."""

import ast
import re
from pathlib import Path

import pytest

import cnnbook

PACKAGE = Path(cnnbook.__file__).parent
SECTIONS = ["Args:", "Returns:", "Raises:", "Source"]  # in this order, each after an empty line
NO_SECTION = re.compile(r"\b(?:Raises|Returns) \w|[^\n]\nSource")


def public_functions(body):
    """The public functions in the body of a module, and of its public classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)


def lacks(function):
    """What a function lacks, in a few words each."""
    taken = function.args
    taken = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
    bare = [a.arg for a in taken if a and a.annotation is None and a.arg not in ("self", "cls")]
    if bare or function.returns is None:
        yield f"annotations of {', '.join(bare) or 'what it returns'}"
    text = ast.get_docstring(function)
    if not text:
        yield "a docstring"
        return
    found = re.findall(rf"^(?:{'|'.join(SECTIONS)})", text, re.MULTILINE)
    if found != [section for section in SECTIONS if section in found]:
        yield f"the order {SECTIONS}"
    if loose := NO_SECTION.search(text):
        yield f"a section for {loose[0]!r}"


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_public_function_is_annotated_and_documented(path):
    functions = public_functions(ast.parse(path.read_text("utf-8")).body)
    assert not [f"line {f.lineno}, {f.name} lacks {lack}" for f in functions for lack in lacks(f)]
