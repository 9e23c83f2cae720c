"""Every exercise of every chapter has solutions folded below it, and its checker calls each of them right."""

import importlib
import math
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest
from test_exercises import feedback

from cnnbook.backend import keras  # noqa: F401 -- before a check: it takes longer than its limit
from cnnbook.ops import conv2d, max_pool2d, softmax

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(path.name for path in BOOK.glob("*.ipynb"))
CHECK = re.compile(
    r"from (cnnbook\.exercises\.[\w.]+) import (check_\w+).*^\2\((\w+)\)", re.DOTALL | re.MULTILINE
)


# What a chapter has defined above the exercise.
GIVEN = {
    "np": np, "math": math, "conv2d": conv2d, "luma_weights": np.array([0.299, 0.587, 0.114]),
    "max_pool2d": max_pool2d, "my_softmax": softmax,
}  # fmt: skip


def exercises(chapter):
    """The exercises of a chapter: module and name of the checker, name of the answer, its solutions."""
    for above, below in pairwise(nbformat.read(BOOK / chapter, as_version=4).cells):
        if above.cell_type == "code" and (check := CHECK.search(above.source)):
            folded = "\n".join(re.findall(r"<details>.*?</details>", below.source, re.DOTALL))
            codes = re.findall(r"```python\n(.*?)```", folded, re.DOTALL)
            name = re.compile(rf"^(def )?{check[3]}\b", re.MULTILINE)
            yield *check.groups(), [code for code in codes if name.search(code)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_has_solutions_and_all_are_right(capsys, chapter):
    found = list(exercises(chapter))
    text = (BOOK / chapter).read_text("utf-8")
    defined = [c.source for c in nbformat.reads(text, as_version=4).cells if "def one_map(" in c.source]
    assert len(found) == len(re.findall(r"### Exercise \d", text)) > 2
    for module, check, name, codes in found:
        assert codes, f"{name} has no solution"
        for code in codes:
            namespace = dict(GIVEN)
            exec("\n".join([*defined, code]), namespace)
            checker = getattr(importlib.import_module(module), check)
            assert feedback(capsys, checker, namespace[name]).startswith("Right. "), code
