"""Which printed outputs the pages may break anew, and how."""

import textwrap

import pytest

from cnnbook.exercises.feedback import WIDTH
from cnnbook.site.printed import is_prose, unbroken

MESSAGE = (
    "Not yet. Your map has the shape (5, 5), the right one (4, 4): a kernel of 3 that moves by 1 stands on "
    "four places of six. Where does the last window begin, and where would the one behind it end?"
)


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        (textwrap.fill(MESSAGE, WIDTH), True),
        ("Equal weights, a convolution: True\nOthers at one place, changed: 1 of 900", True),
        ("Weights (3, 3, 3, 32) + bias (32,)", True),
        ("conv1    896\nconv2  9,248", False),
        ("filter  zeros\n     2   100%", False),
        ("[[1 2]\n [3 4]]", False),
        ("7 pixels: [ 12 123 234]\n8 pixels: [123 345 567]", False),
        ("", True),
    ],
)
def test_what_is_prose(text, prose):
    assert is_prose(text) == prose


def test_a_message_becomes_one_line_again():
    assert "\n" in textwrap.fill(MESSAGE, WIDTH)
    assert unbroken(textwrap.fill(MESSAGE, WIDTH)) == MESSAGE


def test_what_fits_was_broken_on_purpose():
    for text in ("Same map: True\nSame filter: False", "", "One\n\nTwo", f"{'x' * (WIDTH - 5)}\nfour"):
        assert unbroken(text) == text
