"""The accuracy lab: in the page comes out what was recorded, and no image reaches a page or leaves it."""

import base64
import json
import pickle
import re
import tarfile

import numpy as np
import pytest
from reader import READER, follow
from test_accuracy_files import EXPECTED, published
from tiny_cifar10 import REAL, add, python2_pickle
from traitlets import TraitError

from cnnbook.analysis.evaluation import evaluate
from cnnbook.data import Split, load_cifar10
from cnnbook.data.cifar10 import NAMES
from cnnbook.data.digits import load_digits32
from cnnbook.runs import load_run
from cnnbook.widgets import AccuracyLab, NetworkLab
from cnnbook.widgets.base import MIME_TYPE

PATIENCE = 300_000  # milliseconds for 10,000 images
# Puts the live widget of a notebook on the page, with assets that no page has.
SHOW = """async ([code, values, assets]) => {
  const file = new Blob([code], { type: "text/javascript" });
  const { default: module } = await import(URL.createObjectURL(file));
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  values._assets = Object.fromEntries(Object.entries(assets).map(([name, text]) => [name, bytes(text)]));
  const heard = [];
  const set = (name, value) => {
    values[name] = value;
    heard.forEach(([event, listener]) => event === `change:${name}` && listener());
  };
  const [get, on, nothing] = [(name) => values[name], (...entry) => heard.push(entry), () => {}];
  const model = { get, set, on, off: nothing, save_changes: nothing };
  const el = document.querySelector("main").appendChild(document.createElement("div"));
  await module.render({ model, el });
}"""
DROP = """([name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const drop = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data });
  document.querySelector(".lab").dispatchEvent(drop);
}"""


@pytest.fixture(scope="module")
def digits():
    """Images that are not CIFAR-10, and what Keras says of them."""
    split = load_digits32().test
    return split, evaluate(load_run("fast").model(), split)


def batch(split, repeat=1):
    """A split as a batch of CIFAR-10."""
    rows = np.moveaxis(split.images, -1, 1).reshape(-1, 3072)
    return {b"labels": [int(label) for label in split.labels] * repeat, b"data": np.tile(rows, (repeat, 1))}


def bring(page, content, name="anything"):
    """Drop a file on the lab."""
    page.wait_for_function("document.querySelector('.lab')")
    page.evaluate(DROP, [name, base64.b64encode(content).decode()])


def finished(page):
    """Wait until the network has answered all; the title of the lab."""
    page.locator(".story", has_text="The recording of").wait_for(timeout=PATIENCE)
    return page.locator(".story .title").inner_text()


def matrix(page):
    """The confusion matrix as it is said, (classes, classes)."""
    page.evaluate(READER)
    [grid] = page.evaluate("reader.maps()")
    for row, cells in enumerate(grid):
        for column, words in enumerate(cells):
            assert words.startswith(f"true {NAMES[row]}, answered {NAMES[column]}: ")
    return np.array([[int(words.split()[-1]) for words in cells] for cells in grid])


def seen(button):
    """The pixels of a small picture, (32, 32, 3)."""
    data = button.locator("canvas").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    )
    return np.array(data, np.uint8).reshape(32, 32, 4)[..., :3]


def opens_its_images(page, split, evaluation, row, column):
    """Open a cell: each of its images is there, the surest answer first, and opens with its probabilities."""
    grid = page.get_by_role("grid")
    grid.focus()
    grid.press("Control+Home")
    for key, times in ("ArrowDown", row), ("ArrowRight", column):
        for _ in range(times):
            grid.press(key)
    grid.press("Enter")
    where = np.flatnonzero((split.labels == row) & (evaluation.predictions == column))
    where = where[np.argsort(-evaluation.probabilities[where, column], kind="stable")]
    pictures = page.locator(".thumbnails button")
    title = f"true {NAMES[row]}, answered {NAMES[column]}"
    page.locator(".figures .title", has_text=f"{len(where)} images: {title}.").wait_for()
    while (more := page.get_by_role("button", name="more")).is_visible():
        assert pictures.count() % 60 == 0
        more.click()
    assert pictures.count() == len(where)
    for place in (0, len(where) - 1):
        picture, image = pictures.nth(place), where[place]
        said = picture.get_attribute("aria-label")
        sure = evaluation.probabilities[image, column]
        assert said.startswith(f"{title}, ")
        assert abs(int(said.split(", ")[2].removesuffix(" %")) - 100 * sure) < 0.51
        np.testing.assert_array_equal(seen(picture), split.images[image])
        picture.click()
        np.testing.assert_array_equal(seen(page.locator(".answer")), split.images[image])
        shares = [text.split()[-1].strip("%") for text in page.locator(".answer tbody tr").all_inner_texts()]
        np.testing.assert_allclose(np.array(shares, float), 100 * evaluation.probabilities[image], atol=0.06)
    grid.focus()
    grid.press("Escape")
    pictures.first.wait_for(state="detached")
    assert page.locator(".answer").count() == 0


@REAL
def test_the_real_archive_gives_the_recorded_accuracy_to_the_last_image(open_widget, tmp_path):
    test = load_cifar10().test
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        add(tar, "cifar-10-batches-py/data_batch_4", bytes(31_000_000))
        add(tar, "cifar-10-batches-py/test_batch", python2_pickle(batch(test)))
        for number in (3, 2, 5, 1):
            add(tar, f"cifar-10-batches-py/data_batch_{number}", bytes(31_000_000))
    page = open_widget(AccuracyLab())
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("input[type=file]").set_input_files(archive)
    assert finished(page) == "9,134 of 10,000 right: 91.34 %."
    assert page.locator(".story").inner_text().split("\n")[-1] == (
        "These are the official test images. The recording of “fast” says 9,134 of 10,000 right: 91.34 %: "
        "the same to the last image, cell by cell."
    )
    run = load_run("fast")
    np.testing.assert_array_equal(matrix(page), run.results["confusion"])
    opens_its_images(page, test, evaluate(run.model(), test), 3, 5)
    others = [url for url in asked if not url.startswith("blob:")]  # blobs are workers
    assert all(re.match("file:.*/cnnbook-(network-fast|networks|engine)-", url) for url in others), others


@pytest.mark.parametrize("form", ["python", "binary"])
def test_another_archive_is_evaluated_as_keras_does_and_called_another(open_widget, digits, form):
    split, evaluation = digits
    content = batch(split)
    rows = np.column_stack([np.array(content[b"labels"], np.uint8), content[b"data"]])
    packed = python2_pickle(content) if form == "python" else rows.tobytes()
    page = open_widget(AccuracyLab(cell=(3, 5)))
    page.locator("p", has_text="82 images: true cat, answered dog. Choose CIFAR-10 to see them.").wait_for()
    bring(page, published(packed, binary=form == "binary"))
    right = evaluation.correct
    assert finished(page) == f"{right} of 300 right: {100 * right / 300:.2f} %."
    says = page.locator(".story").inner_text()
    assert "These are not the official test images." in says
    assert says.endswith(" of the 100 cells differ.")
    np.testing.assert_array_equal(matrix(page), evaluation.confusion)
    page.get_by_role("button", name="Reset").click()
    page.locator(".story .title", has_text="Recorded: 9,134 of 10,000 right: 91.34 %.").wait_for()
    bring(page, pickle.dumps(content, 4))
    finished(page)
    row, column = np.unravel_index(evaluation.confusion.argmax(), (10, 10))
    opens_its_images(page, split, evaluation, row, column)


@pytest.mark.engines
def test_what_is_dropped_is_evaluated_in_every_engine(open_widget, digits):
    split, evaluation = digits
    page = open_widget(AccuracyLab())
    bring(page, published(python2_pickle(batch(split))))
    page.wait_for_function("document.querySelector('.story').textContent.includes('The recording of')")
    right = f"{evaluation.correct} of 300 right"
    assert page.evaluate("document.querySelector('.story .title').textContent").startswith(right)


def test_an_image_opens_in_the_network_lab_beside_it(open_page, static_page, digits):
    split, _ = digits
    page = open_page(static_page(AccuracyLab(cell=(0, 0)), NetworkLab("fast", "test ship")))
    bring(page, pickle.dumps({b"labels": [0], b"data": batch(split)[b"data"][:1]}, 4))
    finished(page)
    evaluation = evaluate(load_run("fast").model(), Split(split.images[:1], np.zeros(1, int)))
    page.get_by_role("grid").first.press("End")
    page.get_by_role("grid").first.press("Home")
    for _ in range(evaluation.predictions[0]):
        page.get_by_role("grid").first.press("ArrowRight")
    if evaluation.predictions[0]:
        page.get_by_role("grid").first.press("Enter")
    page.locator(".thumbnails button").click()
    page.get_by_role("link", name="Open it in the network lab").click()
    lab = page.get_by_role("group", name="Network lab")
    lab.get_by_text(f"The network says: {NAMES[evaluation.predictions[0]]}").wait_for()
    assert lab.get_by_label("Picture", exact=True).input_value() == ""  # the reader's own
    assert page.errors == []


def test_it_can_be_stopped_and_goes_on(open_widget, digits):
    split, evaluation = digits
    page = open_widget(AccuracyLab())
    bring(page, pickle.dumps(batch(split, repeat=10), 4))
    page.wait_for_function("document.querySelector('progress').value > 0")
    page.get_by_role("button", name="Stop").click()
    done = page.locator("progress").evaluate("bar => bar.value")
    assert 0 < done < 3000
    page.wait_for_timeout(500)
    assert page.locator("progress").evaluate("bar => bar.value") == done
    assert page.locator(".story .title").inner_text().startswith("So far: ")
    assert matrix(page).sum() == done
    page.get_by_role("button", name="Go on").click()
    assert finished(page).startswith(f"{10 * evaluation.correct:,} of 3,000 right")
    np.testing.assert_array_equal(matrix(page), 10 * evaluation.confusion)


def test_a_wrong_file_is_refused_in_a_sentence_and_the_next_is_read(open_widget, digits):
    page = open_widget(AccuracyLab())
    bring(page, b"My notes about CIFAR-10.", "notes.txt")
    alert = page.get_by_role("alert").locator("span")
    alert.wait_for()
    assert alert.inner_text() == f"“notes.txt” is a text{EXPECTED}"
    bring(page, published(b"\x80\x02cos\nsystem\n."), "cifar-10-python.tar.gz")
    alert.filter(
        has_text="“cifar-10-python.tar.gz” asks to run os.system, which was not done, where"
    ).wait_for()
    bring(page, pickle.dumps(batch(digits[0]), 4))
    finished(page)
    assert not alert.is_visible()


def test_a_browser_that_cannot_unpack_says_so(open_widget):
    page = open_widget(AccuracyLab())
    page.evaluate("delete window.DecompressionStream; delete window.Worker")
    bring(page, published(b""), "c.gz")
    says = (
        "“c.gz” is compressed, and your browser cannot unpack it: unpack it first, and choose what comes out."
    )
    page.get_by_role("alert").filter(has_text=says).wait_for()


def test_a_link_to_a_cell_that_is_not_there_opens_none(open_widget):
    page = open_widget(AccuracyLab())
    follow(page, AccuracyLab(), cell=[10, 3])
    assert page.locator(".figures .title").inner_text() == "Press a cell of the matrix to open its images."


def test_a_notebook_shows_an_evaluation_with_its_images(open_page, static_page, digits):
    split, evaluation = digits
    lab = AccuracyLab("fast", evaluation, split)
    page = open_page(static_page())
    values = {"_kind": lab._kind, "_still": lab._still, "_images": lab._images, **lab.state()}
    assets = {name: base64.b64encode(content).decode() for name, content in lab._assets.items()}
    page.evaluate(SHOW, [lab._esm, values, assets])
    right = evaluation.correct
    assert finished(page) == f"Your evaluation: {right} of 300 right: {100 * right / 300:.2f} %."
    np.testing.assert_array_equal(matrix(page), evaluation.confusion)
    row, column = np.unravel_index(evaluation.confusion.argmax(), (10, 10))
    opens_its_images(page, split, evaluation, row, column)
    assert page.errors == []


def test_no_page_gets_an_image(digits):
    """CIFAR-10 has no licence: a stored cell names the network alone, and its state holds counts."""
    lab = AccuracyLab("fast", digits[1], digits[0], cell=(1, 2))
    data, _ = lab._repr_mimebundle_()
    stored = data[MIME_TYPE]
    assert stored["assets"] == ["engine", "network-fast", "networks"]
    assert stored["state"].keys() == {"cell", "names", "network", "own", "recorded"}
    assert len(json.dumps(data)) < 4000


def test_the_sentence_and_what_is_refused(digits):
    split, evaluation = digits
    recorded = "The confusion matrix of the network “fast”: 9,134 of 10,000 test images right, 91.34%"
    assert AccuracyLab().describe() == f"{recorded}."
    assert AccuracyLab(cell=(3, 5)).describe() == f"{recorded}; of true class “cat”, answered “dog”: 82."
    mine = AccuracyLab("baseline", evaluation).describe()
    assert mine.startswith(
        f"The confusion matrix of an evaluation: {evaluation.correct} of 300 test images right"
    )
    other = Split(split.images, (split.labels + 1) % 10)
    for arguments, says in (
        (("slow",), "No network called 'slow' can run in a page; there are: fast, baseline."),
        (("fast", None, split), "Expected the evaluation of these images, too"),
        (("fast", evaluation, other), "got one of other labels"),
        (("fast", evaluation, split._replace(images=split.images[:, :28])), r"got uint8 \(300, 28, 32, 3\)"),
    ):
        with pytest.raises(TraitError, match=says):
            AccuracyLab(*arguments)
    with pytest.raises(TraitError, match="Expected an evaluation of 2 classes, got one of 10"):
        AccuracyLab("fast", evaluation, names=["cat", "dog"])
    with pytest.raises(TraitError, match=r"no cell \(10, 0\): classes are counted to 9"):
        AccuracyLab(cell=(10, 0))


def test_the_program_says_the_same(open_widget):
    page = open_widget(AccuracyLab())
    page.evaluate("reader.press('Copy as Python')")
    code = page.evaluate("copied")
    compile(code, "copied", "exec")
    assert 'load_run("fast")' in code
