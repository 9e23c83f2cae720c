"""Files that a reader opens in the convolution widget, and the same files in Python."""

import numpy as np
from pictures import FILES, PHOTO, png

from cnnbook.data import load_picture
from cnnbook.data.pictures import shrink

COLOUR = {"kernel": "identity", "side": 64, "colour": True}


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
    lab.page.evaluate(
        """() => {
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
    )
    field = lab.el.locator("input[type=file]")
    field.set_input_files({"name": "large.png", "mimeType": "image/png", "buffer": png(PHOTO)})
    assert lab.take("dot.png", FILES["dot.png"][0]).shape == (1, 1, 3)
    lab.page.evaluate("release()")
    lab.page.wait_for_function("closes === 2")  # the large one has been read, too
    lab.settle()
    assert lab.sizes()[0] == "1×1×3"
