"""What the Sphinx extension makes of a page: widgets, formulas, links, buttons. Two small books are built."""

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from cnnbook.site.mathml import to_mathml
from cnnbook.widgets.page import asset_file

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = {"url": "https://github.com/someone/cnnbook", "path_to_book": "notebooks", "branch": "gh-pages"}
GLOSSARY = """\
# Glossary

```{glossary}
feature map
  A map of [numbers](references.md#lecun1998).

  [Its page](plain.ipynb#a-chapter)

ReLU
  A function.
```
"""


def build(folder, pages):
    """Build pages (Markdown text or notebooks) with the book's settings; what Sphinx printed, its status."""
    book = folder / "book"
    (book / "_assets").mkdir(parents=True)
    (book / "_assets" / "book.css").touch()
    shutil.copy(ROOT / "book" / "_assets" / "favicon.svg", book / "_assets")
    for name, page in pages.items():
        if isinstance(page, str):
            (book / f"{name}.md").write_text(page)
        else:
            nbformat.write(page, book / f"{name}.ipynb")
    settings = yaml.safe_load((ROOT / "_config.yml").read_text()) | {"repository": REPOSITORY}
    (folder / "_config.yml").write_text(yaml.safe_dump(settings))
    first, *others = pages
    toc = {"format": "jb-book", "root": first, "chapters": [{"file": name} for name in others]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "book", "--path-output", "."]
    command += ["--config", "_config.yml", "--toc", folder / "_toc.yml", "-q", "-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr, done.returncode


def text(markdown):
    return nbformat.v4.new_markdown_cell(markdown)


@pytest.fixture(scope="module")
def pages(tmp_path_factory, chapter, widget):
    """A book in which everything is as it should be: {name: text of the page}, and its folder as "folder"."""
    links = "[map](glossary.md#term-feature-map) [ReLU](glossary.md#term-relu) [by](references.md#lecun1998)"
    formulas = "Let $x_i^2$ be:\n\n$$\ny = \\sum_i w_i x_i + b\n$$ (sum)\n\nSee {eq}`sum`."
    figure = {"image": {"alt": "A red box."}, "figure": {"caption": "A box.", "name": "fig-box"}}
    picture = nbformat.v4.new_output("display_data", {"image/png": widget.data["image/png"]})
    shown = nbformat.v4.new_code_cell(
        "box", execution_count=2, outputs=[picture], metadata={"mystnb": figure}
    )
    folder = tmp_path_factory.mktemp("good")
    lab = copy.deepcopy(widget)
    lab.data["application/vnd.cnnbook.widget+json"]["assets"] = ["gallery"]
    book = {
        "index": f"# Start\n\n{formulas}\n\n```{{widget}} alive\n:kind: none\n```",
        "alive": chapter(nbformat.v4.new_code_cell("lab", execution_count=1, outputs=[lab])),
        "plain": chapter(text(links), shown),
        "glossary": GLOSSARY,
        "references": "# References\n\n(lecun1998)=\nLeCun (1998). A paper.",
    }
    printed, status = build(folder, book)
    assert status == 0, printed
    html = folder / "_build" / "html"
    return {name: (html / f"{name}.html").read_text() for name in book} | {"folder": html}


def test_a_widget_keeps_its_state_and_its_picture(pages, widget):
    div = re.search(
        r'<div class="cnnbook-widget" data-kind="none" data-assets="[^"]+">'
        r'<script type="application/json">(.*?)</script>'
        r'<img alt="A red &quot;box&quot;, 8 × 4 &lt;pixels&gt;." loading="lazy" src="([^"]+)" />\s*'
        r'<p class="still">A picture of this widget\.[^<]+</p>'
        r'<p class="on-paper">A red &quot;box&quot;, 8 × 4 &lt;pixels&gt;\.</p></div>',
        pages["alive"],
    )
    assert "<" not in div[1], "state could end the script element"
    assert json.loads(div[1]) == widget.data["application/vnd.cnnbook.widget+json"]["state"]
    assert (pages["folder"] / div[2]).is_file()


def test_a_markdown_page_shows_the_widget_of_a_chapter(pages, widget):
    div = re.search(
        r'<div class="cnnbook-widget" data-kind="none" data-assets="[^"]+">'
        r'<script type="application/json">(.*?)</script>'
        r'<img alt="A red &quot;box[^"]*" src="data:image/png;base64,',
        pages["index"],
    )
    assert json.loads(div[1]) == widget.data["application/vnd.cnnbook.widget+json"]["state"]
    assert "_static/cnnbook.js" in pages["index"]


def test_the_asset_of_a_widget_is_a_file_beside_the_script(pages):
    file, text = asset_file("gallery")
    assert f'data-assets="{{&quot;gallery&quot;: &quot;{file}&quot;}}"' in pages["alive"]
    assert (pages["folder"] / "_static" / file).read_text() == text


def test_every_page_names_its_icon(pages):
    """Else browsers ask the host for /favicon.ico."""
    for name in ("alive", "index"):
        icon = re.search(r'<link rel="icon" href="([^"]+)"', pages[name])
        assert (pages["folder"] / icon[1]).is_file()


def test_a_picture_is_a_link_to_its_file(pages):
    link = re.search(
        r'<a class="picture" href="(_images/\w+\.png)" title="Open the picture by itself" '
        r'style="--width: 8px">'
        r'<img alt="A red box\." src="(_images/\w+\.png)" />\s*</a>\s*<figcaption>',
        pages["plain"],
    )
    assert link[1] == link[2]
    assert (pages["folder"] / link[1]).is_file()
    assert 'class="picture"' not in pages["alive"], "the picture of a widget makes room for the widget"


def test_only_pages_with_widgets_load_the_front_end(pages):
    assert len(re.findall(r'<script defer="defer" src="_static/cnnbook.js', pages["alive"])) == 1
    assert len(re.findall(r'<link [^>]*href="_static/cnnbook.css', pages["alive"])) == 1
    for name in ("cnnbook.js", "cnnbook.css"):
        assert name not in pages["plain"]
        assert (pages["folder"] / "_static" / name).is_file()


def test_formulas_are_mathml(pages):
    page = pages["index"]
    assert page.count("<math ") == 2
    assert 'display="block"' in page
    assert re.search(r'class="eqno">\(1\)', page)
    assert 'href="#equation-sum"' in page
    assert 'id="equation-sum"' in page


def test_links_to_terms_and_papers_arrive(pages):
    links = re.findall(r'href="(glossary|references)\.html#([^"]+)"', pages["plain"])
    assert len(links) == 3
    for page, anchor in links:
        assert f'id="{anchor}"' in pages[page]


def test_a_page_holds_what_the_words_mean_that_it_links_to(pages):
    assert (
        'class="reference internal term" href="glossary.html#term-ReLU" aria-describedby=' in pages["plain"]
    )
    meanings = re.findall(
        r'<div class="meaning" hidden><p id="means-([^"]+)">(.+?)</p></div>', pages["plain"]
    )
    assert meanings == [
        ("term-feature-map", "<strong>feature map</strong>: A map of numbers."),
        ("term-ReLU", "<strong>ReLU</strong>: A function."),
    ]
    for name in ("index", "glossary"):
        assert "meaning" not in pages[name]


def test_a_chapter_offers_itself(pages):
    assert '<a href="notebooks/plain.ipynb" download>' in pages["plain"]
    assert "download>" not in pages["index"]
    assert (pages["folder"] / "notebooks" / "plain.ipynb").is_file()


def test_colab_button_where_the_repository_is_named(pages):
    colab = "https://colab.research.google.com/github/someone/cnnbook/blob/gh-pages/notebooks/plain.ipynb"
    assert f'href="{colab}"' in pages["plain"]


def test_what_cannot_be_shown_stops_the_build(tmp_path, chapter):
    book = {
        "index": "# Start\n\n$\\nosuchthing$\n\n```{widget} chapter\n:kind: pooling\n```",
        "chapter": chapter(text("[map](glossary.md#term-nothing)")),
        "glossary": "# Glossary",
    }
    printed, status = build(tmp_path, book)
    assert status != 0
    assert "nosuchthing" in printed
    assert "term-nothing" in printed
    assert "chapter.ipynb stores 0 widgets of kind 'pooling'" in printed


@pytest.mark.parametrize("latex", [r"\nosuchthing x", r"\frac{1}", r"\left( x", "x^"])
def test_a_formula_without_translation(latex):
    with pytest.raises(Exception):  # noqa: B017, PT011 -- latex2mathml has a class for each kind
        to_mathml(latex)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{b}",
        r"\left\lfloor \frac{n - k}{s} \right\rfloor + 1",
        r"y[i, j] = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} x[i + u, j + v] \cdot w[u, v]",
        r"\operatorname{ReLU}(x) = \max(0, x)",
        r"\text{same} \quad \mathbb{R}^{3 \times 3}",
        r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}",
    ],
)
def test_formulas_that_chapters_use(latex):
    assert to_mathml(latex).startswith("<math")
