"""Pictures that a reader brings to a lab: the same as in Python, however they come, and however slowly."""

import numpy as np
import pytest
from pictures import FILES, PHOTO, png

from cnnbook.data import load_picture
from cnnbook.data.pictures import shrink

COLOUR = {"kernel": np.ones((1, 1, 3)), "side": 64}
DOT = FILES["dot.png"][0]

# The next picture is read when the test says `release()`.
SLOW = """() => {
  const read = createImageBitmap;
  const { close } = ImageBitmap.prototype;
  window.closes = 0;
  ImageBitmap.prototype.close = function () {
    window.closes++;
    close.call(this);
  };
  let slow = new Promise((done) => (window.release = done));
  window.createImageBitmap = async (...what) => {
    const wait = slow;
    slow = null;
    await wait;
    return read(...what);
  };
}"""

# Drops or pastes files ([name, bytes]) and texts ({type: text}) on an element.
BRING = """(target, [event, files, texts]) => {
  const data = new DataTransfer();
  for (const [name, type, bytes] of files) data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const how = { bubbles: true, cancelable: true, composed: true };
  return target.dispatchEvent(
    event === "drop" ? new DragEvent(event, { ...how, dataTransfer: data })
                     : new ClipboardEvent(event, { ...how, clipboardData: data }));
}"""


def bring(lab, event, files=(), texts=None, target=None):
    """Drop or paste on a lab, or on an element of it; returns whether the browser goes on as ever."""
    files = [[name, "image/png" if name.endswith("png") else "", list(data)] for name, data in files]
    return (target or lab.input).evaluate(BRING, [event, files, texts or {}])


def opens_slowly(lab):
    """Open a large file that is read only when the page says `release()`."""
    lab.page.evaluate(SLOW)
    field = lab.el.locator("input[type=file]")
    field.set_input_files({"name": "large.png", "mimeType": "image/png", "buffer": png(PHOTO)})


def released(lab, closes=1):
    lab.page.evaluate("release()")
    lab.page.wait_for_function(f"closes === {closes}")
    lab.settle()


def size(lab):
    return lab.sizes()[0]


def wait_for_dot(lab):
    lab.page.wait_for_function(
        "lab => lab.querySelector('[role=grid]').getAttribute('aria-rowcount') === '1'",
        arg=lab.el.element_handle(),
    )


def test_the_page_and_python_see_the_same_of_every_file(open_lab):
    lab = open_lab(**COLOUR)
    wrong = {}
    for name, (data, right) in FILES.items():
        found = lab.take(name, data)
        if isinstance(right, str) or isinstance(found, str):
            fine = isinstance(right, str) and isinstance(found, str) and right in found
        else:
            expected = np.array([shrink(image, 64) for image in (right, load_picture(data))], int)
            fine = found.shape == expected.shape[1:] and abs(expected - found).max() <= 1
        if not fine:
            wrong[name] = found
    assert not wrong


def test_the_file_that_was_opened_last_stays(open_lab):
    lab = open_lab(**COLOUR)
    opens_slowly(lab)
    assert lab.take("dot.png", DOT).shape == (1, 1, 3)
    released(lab, closes=2)  # the large one has been read, too
    assert size(lab) == "1×1×3"


@pytest.mark.parametrize("choice", ["list", "draw", "clear", "reset"])
def test_what_is_chosen_while_a_file_is_read_stays(open_lab, choice):
    lab = open_lab()
    if choice in ("draw", "clear"):
        lab.button("Draw").click()
    opens_slowly(lab)
    if choice == "list":
        lab.el.get_by_label("Picture", exact=True).select_option("digit")
    elif choice == "draw":
        lab.page.mouse.click(*lab.at(lab.input, 5, 5))
    else:
        lab.button(choice.capitalize()).click()
    lab.settle()
    before = lab.copied("Copy as Keras")
    released(lab)
    assert lab.copied("Copy as Keras") == before
    assert size(lab) == "12×12"


def test_that_a_large_file_is_being_read_is_said_and_no_longer_than_it_is(open_lab):
    lab = open_lab(**COLOUR)
    opens_slowly(lab)
    reading = lab.el.locator(".tools").get_by_text("Reading “large.png” …")
    reading.wait_for()
    assert "large.png" in lab.live.inner_text()
    released(lab)
    reading.wait_for(state="hidden")
    lab.settle()
    assert "large.png" not in lab.live.inner_text()
    assert size(lab) == "46×64×3"


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_is_taken_where_a_weight_has_the_focus_and_text_is_left_to_it(open_lab, event):
    lab = open_lab()
    weight = lab.el.locator(".kernel input").first
    weight.focus()
    assert bring(lab, event, texts={"text/plain": "5"}, target=weight)
    assert bring(lab, event, [("cells.png", DOT)], {"text/plain": "5"}, target=weight)
    assert lab.el.get_by_role("alert").count() == 0
    assert size(lab) == "12×12"
    assert not bring(lab, event, [("dot.png", DOT)], {"text/html": "<img>"}, target=weight)
    wait_for_dot(lab)


@pytest.mark.parametrize(("event", "how"), [("drop", "dropped"), ("paste", "pasted")])
def test_text_on_a_picture_is_refused_in_words(open_lab, event, how):
    lab = open_lab()
    assert not bring(lab, event, texts={"text/plain": "https://example.org/cat.png"})
    assert f"What you {how} is not a picture file." in lab.el.get_by_role("alert").inner_text()
    assert size(lab) == "12×12"


def test_of_several_files_the_first_picture_is_taken_and_the_reader_is_told(open_lab):
    lab = open_lab()
    name = f"{'long ' * 20}.png"
    bring(lab, "drop", [("notes.txt", b"none"), (name, DOT), ("other.png", DOT)])
    wait_for_dot(lab)
    alert = lab.el.get_by_role("alert").inner_text()
    assert "One picture at a time: of your 3 files this is “long long" in alert
    assert name not in alert


def test_a_stroke_changes_the_picture_as_it_is_seen_and_clear_keeps_its_size(open_lab):
    lab = open_lab(image="cat", side=16)
    sizes = lab.el.get_by_label("Size", exact=True)
    seen = size(lab)
    lab.button("Draw").click()
    lab.page.mouse.click(*lab.at(lab.input, 5, 5))
    lab.settle()
    assert size(lab) == seen
    assert sizes.input_value() == "16"
    assert sizes.locator("option").last.get_attribute("value") == "16", (
        "no size that the drawing does not have"
    )
    lab.button("Clear").click()
    lab.settle()
    assert size(lab) == seen
    assert sizes.input_value() == "16"
