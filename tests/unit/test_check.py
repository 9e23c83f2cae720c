"""Wrong inputs, each with the sentence it gets; and the advice in it, followed, gives the right thing."""

import re
from functools import partial

import numpy as np
import pytest

from cnnbook import check
from cnnbook.analysis.attribution import feature_maps, saliency
from cnnbook.analysis.evaluation import Evaluation, evaluate
from cnnbook.analysis.robustness import DISTORTIONS
from cnnbook.backend import keras
from cnnbook.data import Dataset, Split
from cnnbook.models import scale

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (6, 4, 5, 3), np.uint8)
BYTES[0, 0, 0] = 0, 255, 3
FRACTIONS = (BYTES / 255).astype(np.float32)
MASK = RANDOM.integers(0, 2, (6, 4, 5, 3), np.uint8)
LABELS = np.arange(6) % 3
ONE_HOT = np.eye(3)[LABELS]


def advice(message):
    """What a message says to write, as code; an empty string where it says it in words."""
    found = re.search(
        r"(?:write|by) (\(?(?:np\.|images|labels|keras)[^;]*?)(?:, from cnnbook\.models|$| for )", message
    )
    return found[1] if found else ""


PIXELS = [
    (FRACTIONS, "fractions already", BYTES),
    (BYTES.astype(float), "got float64 from 0.0 to 255.0", BYTES),
    (np.uint16(BYTES) * 257, "images of 16 bits", BYTES),
    (MASK.astype(bool), "a mask becomes an image by", MASK * np.uint8(255)),
    (MASK, "so nearly black; a mask of 0 and 1 becomes bytes by mask", None),
    (np.int64(BYTES) - 128, "got int64 from -128 to 127; bring them", None),
    (np.int64(BYTES) * 1000, "to 255000; bring them", None),
    (FRACTIONS * 2 - 1, "got float32 from -1.0 to 1.0; bring them", None),
    (np.where(FRACTIONS > 0.9, np.nan, FRACTIONS), r"hold \d+ values that are NaN", None),
    ([["a", "b"]], "as an array of numbers, got text", None),
    ([[1, 2], [3]], "as one array, got rows of different shapes", None),
    ([[None, 2]], "as an array of numbers, got objects", None),
]


@pytest.mark.parametrize(("images", "words", "right"), PIXELS, ids=[words[:20] for _, words, _ in PIXELS])
def test_pixels_are_bytes(images, words, right):
    with pytest.raises(ValueError, match=words) as problem:
        scale(images)
    assert "\n" not in str(problem.value)
    if right is not None:
        np.testing.assert_array_equal(eval(advice(str(problem.value)), {"np": np, "images": images}), right)


def test_bytes_of_any_type_and_shape_pass():
    for images in (
        BYTES,
        BYTES[0],
        np.int64(BYTES),
        BYTES.tolist(),
        np.zeros((2, 3), np.uint8),
        np.uint8([0, 1]),
    ):
        np.testing.assert_array_equal(scale(images), np.float32(images) / 255)
    assert scale(np.zeros((0, 4, 5, 3), np.uint8)).shape == (0, 4, 5, 3)


SHAPES = [
    (BYTES[0], "one image is a batch by", BYTES[:1]),
    (BYTES[..., 0], "grey images without channels", np.repeat(BYTES[..., :1], 3, axis=-1)),
    (BYTES[..., :1], "grey images; write", np.repeat(BYTES[..., :1], 3, axis=-1)),
    (BYTES[0, ..., 0], "one grey image", np.repeat(BYTES[:1, ..., :1], 3, axis=-1)),
    (np.moveaxis(BYTES, -1, 1), "the channels come first", BYTES),
    (np.concatenate([BYTES, np.full_like(BYTES[..., :1], 255)], -1), "channel is transparency", BYTES),
    (BYTES[:0], "there is no image", None),
    (BYTES[:, :, :3], r"got \(6, 4, 3, 3\); bring the images to the size", None),
    (np.concatenate([BYTES, BYTES], -1), "built for 3 channels", None),
    (BYTES[0, 0, :, 0], r"got \(5,\)", None),
]


@pytest.mark.parametrize(("images", "words", "right"), SHAPES, ids=[words[:20] for _, words, _ in SHAPES])
def test_a_network_takes_batches_of_its_own_size(images, words, right):
    with pytest.raises(ValueError, match=words) as problem:
        check.batch(images, (4, 5, 3))
    if right is not None:
        np.testing.assert_array_equal(eval(advice(str(problem.value)), {"np": np, "images": images}), right)


def answering(last, first=()):
    """A network of images 4x5x3 and three classes."""
    head = [keras.layers.Flatten(name="flat"), keras.layers.Dense(3, name="scores"), *last]
    return keras.Sequential([keras.Input((4, 5, 3)), *first, *head])


def test_a_network_without_softmax_is_told_by_its_row_sums():
    model = answering([])
    with pytest.raises(
        ValueError, match=r"rows that sum to 1, got sums from .* no softmax at its end"
    ) as problem:
        evaluate(model, Split(BYTES, LABELS))
    mended = eval(advice(str(problem.value)), {"keras": keras, "model": model})
    logits = model.predict(scale(BYTES), verbose=0)
    np.testing.assert_array_equal(evaluate(mended, Split(BYTES, LABELS)).predictions, logits.argmax(axis=1))
    with pytest.raises(ValueError, match="answers for each class by itself"):
        evaluate(answering([keras.layers.Activation("sigmoid")]), Split(BYTES, LABELS))
    for wrong, words in (
        (np.full((2, 1), 0.5), r"np.hstack\(\[1 - p, p\]\)"),
        (np.full((2, 3), np.nan), "NaN"),
        (np.full(3, 1 / 3), r"got \(3,\)"),
    ):
        with pytest.raises(ValueError, match=words):
            Evaluation(wrong, np.zeros(2, int))
    half = np.float16(mended.predict(scale(BYTES), verbose=0))
    assert Evaluation(half, LABELS).probabilities.dtype == np.float16


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (LABELS[:, None], r"got int64 \(6, 1\)"),
        (ONE_HOT, r"got float64 \(6, 3\)"),
        (LABELS.astype(float), r"got float64 \(6,\)"),
        (LABELS + 1, "from 0 to 2, got 1 to 3"),
        (LABELS - 1, "labels .*0.*, got -1 to 1$"),
        (LABELS[:5], "one for each image"),
        (np.array(["cat"] * 6), r"got text; write \[class_names.index"),
        (LABELS.astype(object), "got objects"),
        ([[1, 2], [3]], "as one array, got rows of different shapes"),
    ],
)
def test_labels(labels, words):
    model = answering([keras.layers.Softmax()])
    with pytest.raises(ValueError, match=words) as problem:
        evaluate(model, Split(BYTES, labels))
    if code := advice(str(problem.value)):
        mended = eval(code, {"labels": labels, "np": np})
        np.testing.assert_array_equal(evaluate(model, Split(BYTES, mended)).labels, LABELS)
    with pytest.raises(ValueError, match=words):
        Dataset("x", ("a", "b", "c"), "", "", Split(BYTES, labels), Split(BYTES, LABELS), 1)


def divided(how):
    """A network that takes bytes, as people write it."""
    layers, image = keras.layers, keras.Input((4, 5, 3))
    first = {
        "augmented": lambda: keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255)])(image),
        "by hand": lambda: image / 255.0,
        "multiplied": lambda: image * (1 / 255),
        "normalized": lambda: layers.Normalization(mean=[120.0] * 3, variance=[60.0**2] * 3)(image),
    }[how]()
    return keras.Model(image, layers.Dense(3, activation="softmax")(layers.Flatten(name="flat")(first)))


@pytest.mark.parametrize("how", ["augmented", "by hand", "multiplied", "normalized"])
def test_networks_that_divide_bytes_themselves(how):
    model = divided(how)
    found = evaluate(model, Split(BYTES, LABELS)).probabilities
    np.testing.assert_allclose(found, model.predict(np.float32(BYTES), verbose=0), rtol=1e-5)
    assert feature_maps(model, BYTES, "flat").shape == (6, 60)
    with pytest.raises(ValueError, match="divides them itself"):
        feature_maps(model, FRACTIONS, "flat")


def test_a_network_of_rows_of_pixels_takes_rows():
    model = keras.Sequential([keras.Input((60,)), keras.layers.Dense(3, activation="softmax")])
    assert len(evaluate(model, Split(BYTES.reshape(6, -1), LABELS)).labels) == 6
    with pytest.raises(ValueError, match=r"expected images of shape \(None, 60\), got \(6, 4, 5, 3\)"):
        evaluate(model, Split(BYTES, LABELS))


def test_what_is_no_split_or_no_network_is_told():
    model, run = answering([keras.layers.Softmax()]), type("Run", (), {"model": None})()
    data = Dataset("x", ("a", "b", "c"), "", "", Split(BYTES, LABELS), Split(BYTES, LABELS), 1)
    for network, given, words in (
        (model, (BYTES, LABELS), r"got a tuple; write Split\(images, labels\)"),
        (model, data, "got a Dataset; write data.test"),
        (run, data.test, r"got a Run; write run.model\(\)"),
        (keras.Model(model.inputs, 2 * model.outputs), data.test, "one input and one output"),
        (model, Split(BYTES.reshape(6, -1), LABELS), r"np.reshape\(images, \(-1, 4, 5, 3\)\)"),
        (model, Split(np.ma.masked_greater(BYTES, 99), LABELS), "some of the images are masked"),
    ):
        with pytest.raises(ValueError, match=words):
            evaluate(network, given)
    for wrong, words in ((100 * ONE_HOT, "percentages"), (ONE_HOT[:0], "there is no image")):
        with pytest.raises(ValueError, match=words):
            Evaluation(wrong, LABELS[: len(wrong)])


def test_explanations_take_what_the_network_takes():
    model, divides = answering([]), answering([], [keras.layers.Rescaling(1 / 255)])
    for images in (BYTES, BYTES.astype(float)):
        for explain in (
            lambda images: saliency(model, images),
            lambda images: feature_maps(model, images, "flat"),
        ):
            with pytest.raises(ValueError, match=r"fractions from 0 to 1, got .* write scale\(images\)"):
                explain(images)
    with pytest.raises(ValueError, match="divided by 255 twice"):
        saliency(model, FRACTIONS / 255)
    with pytest.raises(ValueError, match="give it the images as they are"):
        saliency(divides, FRACTIONS)
    same = feature_maps(model, FRACTIONS, "flat"), feature_maps(divides, BYTES, "flat")
    np.testing.assert_allclose(*same, rtol=1e-6)
    assert saliency(model, FRACTIONS * 2 - 1).shape == (6, 4, 5), "centred images pass"
    assert saliency(model, np.zeros_like(FRACTIONS)).shape == (6, 4, 5), "black ones, too"


@pytest.mark.parametrize("name", DISTORTIONS)
def test_distortions_take_bytes_and_finite_strengths(name):
    apply, images = DISTORTIONS[name].apply, np.resize(BYTES, (6, 8, 8, 3))
    if DISTORTIONS[name].aimed:
        layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
        apply = partial(apply, model=keras.Sequential(layers), labels=LABELS)
    strength = DISTORTIONS[name].strengths[0]
    for wrong, words in ((FRACTIONS, "fractions already"), (images[0], "a batch by")):
        with pytest.raises(ValueError, match=words):
            apply(wrong, strength)
    sides = DISTORTIONS[name].unit.startswith("pixels, side of")
    for wrong in (np.nan, np.inf, "1", None, 1j):
        with pytest.raises(ValueError, match=f"to be a {'whole' if sides else 'finite'} number"):
            apply(images, wrong)
    with pytest.raises(
        ValueError, match="a side of at most 8|do not fill" if sides else "to be a finite number"
    ):
        apply(images, 10**400)
    np.testing.assert_array_equal(apply(np.int64(images), strength), apply(images, strength))


def test_random_inputs_give_the_right_number_or_a_sentence():
    """500 by chance: the accuracy that NumPy counts, or one ValueError of one line."""
    random, refused = np.random.default_rng(1), []
    weights = random.normal(size=(60, 3))

    class Linear:
        """A network without Keras, which would take most of the time."""

        input_shape, layers = (None, 4, 5, 3), ()

        def predict(self, images, **_):
            logits = images.reshape(len(images), -1) @ weights
            return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    same = (lambda x: x,)
    shapes = (
        *(lambda x: x[0], lambda x: x[..., 0], lambda x: x[..., :1], lambda x: np.moveaxis(x, -1, 1)),
        *(lambda x: x[None], lambda x: x[:, :, :4], lambda x: x.reshape(len(x), -1), lambda x: x[:0]),
    )
    kinds = (
        *(np.int64, np.float32, lambda x: x / 255, lambda x: x / 255 / 255, lambda x: np.uint8(x / 255)),
        *(lambda x: x > 127, lambda x: np.uint16(x) * 257, np.int8, lambda x: np.where(x > 9, x, np.nan)),
        *(lambda x: x.astype(object), lambda x: x.astype(str), lambda x: x.tolist()),
    )
    targets = (
        *(np.uint8, list, lambda y: y[:, None], lambda y: np.eye(3)[y], lambda y: y + 1, lambda y: y - 1),
        *(lambda y: y[1:], np.float32, lambda y: y.astype(str), lambda y: np.append(y, 0)),
    )

    def one_of(changes):
        return random.choice(same if random.random() < 0.6 else changes)

    for _ in range(500):
        images = random.integers(0, 256, (random.integers(3, 9), 4, 5, 3), np.uint8)
        images[:, 0, 0, 0] = 255  # else fractions that are cut are 0, as black images are
        labels = random.permutation(np.arange(len(images)) % 3)
        given = Split(one_of(kinds)(one_of(shapes)(images)), one_of(targets)(labels))
        try:
            found = evaluate(Linear(), given).correct
        except ValueError as problem:
            refused.append(str(problem))
        else:
            answers = (images.reshape(len(images), -1) / 255 @ weights).argmax(axis=1)
            assert found == (answers == labels).sum()
    assert 100 < len(refused) < 450
    assert not [message for message in refused if "\n" in message]
    assert not [message for message in refused if not message.startswith(("expected ", "images hold "))]
