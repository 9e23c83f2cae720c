"""A few photographs that come inside scikit-image and scikit-learn, for the convolution chapters."""

from importlib.resources import as_file, files

import numpy as np

from cnnbook.data.pictures import load_picture

# name: package and file. Only files that the wheels carry: nothing here is ever fetched.
_FILES = {
    "cat": ("skimage", "data/chelsea.png"),
    "astronaut": ("skimage", "data/astronaut.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "coins": ("skimage", "data/coins.png"),
    "bricks": ("skimage", "data/brick.png"),
    "temple": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
}
PHOTOS = tuple(_FILES)


def photo(name: str) -> np.ndarray:
    """Return the photograph called `name`, one of PHOTOS.

    Returns:
        (H, W, 3) uint8; a grey one has three equal channels.

    Raises:
        ValueError: an unknown name.

    Source: who took them is told in sklearn/datasets/images/README.txt and at
    https://scikit-image.org/docs/stable/api/skimage.data.html.
    """
    if name not in _FILES:
        raise ValueError(f"There is no photograph {name!r}. Choose one of: {', '.join(PHOTOS)}.")
    package, file = _FILES[name]
    with as_file(files(package) / file) as path:
        return load_picture(path)
