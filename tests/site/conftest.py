"""A small notebook and what it stores."""

import base64
import io

import nbformat
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def widget():
    """The stored output of a widget whose state and sentence hold what HTML must escape."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 4), (200, 30, 30)).save(picture, "PNG")
    state = {"text": "</script><script>alert(1)</script> <!-- ü"}
    data = {
        "application/vnd.cnnbook.widget+json": {"kind": "none", "state": state, "assets": []},
        "image/png": base64.b64encode(picture.getvalue()).decode(),
        "text/plain": 'A red "box", 8 × 4 <pixels>.',
    }
    return nbformat.v4.new_output("display_data", data)


@pytest.fixture(scope="session")
def chapter():
    """chapter(cell, ...) -> a notebook with these cells below a title; a str is the source of a code cell."""

    def chapter(*cells):
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
        notebook = nbformat.v4.new_notebook(metadata=metadata)
        notebook.cells.append(nbformat.v4.new_markdown_cell("# A chapter", id="title"))
        for number, cell in enumerate(cells, start=1):
            if isinstance(cell, str):
                cell = nbformat.v4.new_code_cell(cell, execution_count=number)
            cell["id"] = f"cell-{number}"
            notebook.cells.append(cell)
        return notebook

    return chapter
