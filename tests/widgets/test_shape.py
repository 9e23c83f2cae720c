"""The shape widget: Python and page against Keras, both directions, and what is said."""

import itertools
import json

import keras
import numpy as np
import pytest
from reader import changeable, follow
from traitlets import TraitError

from cnnbook.ops import output_size
from cnnbook.widgets import ShapeLab

SETTINGS = 50


def by_keras(lab):
    """How many outputs Keras has, and which pixels each reads: those on which its gradient is not 0."""
    padding = lab.padding
    zeros = padding if isinstance(padding, int) else 0
    kernel = np.zeros(((lab.kernel - 1) * lab.dilation + 1, 1, 1))
    kernel[:: lab.dilation] = 1  # Keras takes no stride and dilation at once
    pixels = np.eye(lab.size)[..., None]  # a picture for each pixel, in which only it is not 0
    pixels = np.pad(pixels, ((0, 0), (zeros, zeros), (0, 0)))
    mode = "valid" if isinstance(padding, int) else padding
    maps = np.asarray(keras.ops.conv(pixels.astype("float32"), kernel.astype("float32"), lab.stride, mode))
    return maps[..., 0].T.round().astype(int)  # (outputs, pixels)


def random_labs(seed):
    rng = np.random.default_rng(seed)
    while True:
        traits = {name: int(rng.integers(1, most + 1)) for name, most in LIMITS.items()}
        lab = ShapeLab(padding=["valid", "same", int(rng.integers(0, 9))][rng.integers(3)], **traits)
        try:
            lab.output_size  # noqa: B018
        except ValueError:
            continue
        yield lab


LIMITS = {"size": 32, "kernel": 7, "stride": 5, "dilation": 4, "wanted": 32}


def test_python_says_what_keras_does():
    for _, lab in zip(range(300), random_labs(0), strict=False):
        reads = by_keras(lab)
        assert lab.output_size == len(reads), lab.state()
        for output, row in enumerate(reads):
            inside = [place for place in lab.reads(output) if 0 <= place < lab.size]
            assert inside == np.flatnonzero(row).tolist(), lab.state()


def test_pytorchs_formula_is_zero_padding_and_valid():
    """https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html, section Shape."""
    cases = itertools.product((7, 8, 9), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2))
    for n, k, s, p, d in cases:
        formula = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if n + 2 * p < d * (k - 1) + 1:
            continue
        assert formula == output_size(n, k, s, p, d).size
        assert formula == len(by_keras(ShapeLab(size=n, kernel=k, stride=s, padding=p, dilation=d)))


def sees(page):
    """The words of the page: of each cell by row, and of the rest."""
    cells = page.evaluate("reader.maps()")[0]
    return cells, page.evaluate("reader.widget.innerText")


def names(reads):
    return [f"x{place}" for place in np.flatnonzero(reads)]


@pytest.mark.engines
def test_random_settings_show_who_reads_what_in_keras(open_widget):
    first = ShapeLab()
    page = open_widget(first)
    for _, lab in zip(range(SETTINGS), random_labs(1), strict=False):
        state = changeable(lab)
        follow(page, first, **state)
        where, reads = json.dumps(state), by_keras(lab)
        cells, words = sees(page)
        before, after = lab.zeros
        assert len(cells) == len(reads) + 1, where
        for output, row in enumerate(reads):
            said = cells[output + 1][0]
            terms = said.removeprefix(f"y{output} = ").split(" + ")
            assert [term.split(" · ")[0] for term in terms] == [f"w{i}" for i in range(lab.kernel)], where
            assert [t.split(" · ")[1] for t in terms if t[-2:] != " 0"] == names(row), where
        for pixel, column in enumerate(reads.T):
            users = [f"y{output}" for output in np.flatnonzero(column)]
            text = " and ".join([", ".join(users[:-1])] * (len(users) > 1) + users[-1:]) or "no output"
            assert cells[0][before + pixel] == f"x{pixel} is read by {text}.", where
        zeros = sum(cell.startswith("This zero") for cell in cells[0][: before + lab.size + after])
        assert zeros == before + after, where
        assert f"{lab.size} pixel" in words, where
        assert f"{len(reads)} output" in words, where
        unread = names(~reads.any(axis=0))
        assert ("Every pixel is read." in words) == (not unread), where
        if unread:
            assert all(name in words.split("(hatched): ")[1].split("\n")[0] for name in unread), where
        assert f" + 1 = {len(reads)} output" in words, where


def line(page, start):
    return page.get_by_role("row").filter(has_text=start).inner_text().split("\t")[1:]


@pytest.mark.parametrize(
    ("state", "zeros", "says"),
    [
        ({"size": 8}, ["0 before, 1 after", "1 before, 1 after"], "y0 begins at x0 in Keras, 1 place before"),
        ({"size": 7}, ["1 before, 1 after", "1 before, 1 after"], "Every output reads the same in both."),
        ({"size": 8, "stride": 1}, ["1 before, 1 after"] * 2, "Every output reads the same in both."),
        ({"size": 8, "stride": 1, "kernel": 4}, ["1 before, 2 after"] * 2, "Every output reads the same"),
        ({"size": 8, "kernel": 2}, ["0 before, 0 after"] * 2, "Every output reads the same in both."),
        ({"size": 7, "kernel": 2}, ["0 before, 1 after", "0 before, 0 after"], "the number of outputs"),
        ({"padding": 2}, ["2 before, 2 after"] * 2, "Every output reads the same in both."),
        ({"dilation": 2}, ["2 before, 2 after"] * 2, "Keras refuses a stride and a dilation together"),
        ({"size": 1, "kernel": 2}, ["0 before, 1 after", "–"], "There it fits nowhere."),
    ],
)
def test_keras_and_pytorch_side_by_side(open_widget, state, zeros, says):
    page = open_widget(ShapeLab(**{"stride": 2, "padding": "same"} | state))
    assert line(page, "zeros") == zeros
    assert says in page.evaluate("reader.widget.innerText")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"wanted": 7}, "7 outputs: 2 zeros in all, 1 on each side will do."),
        ({"wanted": 5}, "5 outputs: no zeros are needed."),
        ({"wanted": 4}, "Too few: without any zeros there are more than 4 outputs already."),
        ({"wanted": 6}, "6 outputs: 1 zero in all, 0 on one side and 1 on the other."),
        ({"wanted": 4, "stride": 2}, "4 outputs: 2 to 3 zeros in all, 1 on each side will do."),
        (
            {"wanted": 1, "size": 2, "kernel": 5},
            "1 output: 3 zeros in all, 1 on one side and 2 on the other.",
        ),
    ],
)
def test_the_way_back(open_widget, state, says):
    page = open_widget(ShapeLab(**state))
    assert says in page.evaluate("reader.widget.innerText")


def test_what_fits_nowhere_is_said(open_widget):
    lab = ShapeLab(size=5, kernel=7)
    page = open_widget(lab)
    words = page.evaluate("reader.widget.innerText")
    assert "5 pixels in, no outputs out" in words
    assert "The window spans 7 pixels but the padded input has only 5" in words
    assert "there is no output" in lab.describe()
    with pytest.raises(ValueError, match="covers 7"):
        lab.output_size  # noqa: B018


def test_fewer_settings(open_widget):
    page = open_widget(ShapeLab(size=8, stride=3, settings=["size", "kernel", "stride"]))
    words = page.evaluate("reader.widget.innerText")
    assert page.get_by_role("spinbutton").count() == 3
    assert "2 pixels never read (hatched): x6 and x7." in words
    assert not {"PyTorch", "Dilation", "Padding", "wanted"} & set(words.split())


def test_the_program_prints_the_size(open_widget, capsys):
    for state in (
        {},
        {"padding": 3},
        {"padding": "same", "stride": 2},
        {"stride": 2, "dilation": 3, "size": 9},
    ):
        lab = ShapeLab(**state)
        page = open_widget(lab)
        page.evaluate("reader.press('Copy as Keras')")
        exec(page.evaluate("copied"), {})
        assert capsys.readouterr().out == f"(None, {lab.output_size}, {lab.output_size}, 1)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size"),
        ({"kernel": 8}, "kernel"),
        ({"padding": "full"}, 'Expected "valid", "same" or 0 to 8'),
        ({"settings": ["colour"]}, "settings"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, message):
    with pytest.raises(TraitError, match=message):
        ShapeLab(**arguments)


def test_the_sentence():
    assert ShapeLab(stride=2, padding="same").describe() == (
        "A row of 7 pixels, a window of 3, stride 2, dilation 1, padding same: "
        "4 outputs, zeros before the pixels: 1, after them: 1."
    )
