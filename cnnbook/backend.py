"""Keras, on a back end that is installed, with the settings that the book counts on.

The environment variable KERAS_BACKEND chooses among `BACKENDS`, else keras.json does; where that names none
that is installed, as the file that Keras writes by itself may, the first that is. Whatever keras.json or the
program has set, from here on images are "channels last" and numbers float32, in the layers that chapters
build, too; one line says what was changed, in this Python alone.

TensorFlow's start-up messages are silenced: 2.20 and 2.21 write them to the process's error stream before
any setting can silence them (https://github.com/tensorflow/tensorflow/issues/100442), so every notebook would
store them. On Intel's and AMD's processors TensorFlow computes with oneDNN, unless TF_ENABLE_ONEDNN_OPTS=0 is
set: by itself it does so only where there is AVX-512 or the like, which most laptops lack; what that is worth
is in benchmarks/README.md. Another Python error during the import is raised as ever.

Raises BackendError where no back end can be used, Keras refuses its settings, or a file of the reader's, such
as keras.py, is found in the place of a library.
"""

import importlib.util
import json
import os
import platform
import sys

from cnnbook.errors import BookError
from cnnbook.system import keras_home, silenced

BACKENDS = ("tensorflow", "jax", "torch")  # those that can train
# Library -> a folder in it.
LIBRARIES = {"numpy": "linalg", "keras": "src", "tensorflow": "python", "jax": "numpy", "torch": "nn"}
SETTINGS = {"image_data_format": "channels_last", "floatx": "float32", "epsilon": 1e-7}

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors, but no information, after the start
if platform.machine() in ("x86_64", "AMD64"):
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


class BackendError(BookError, ImportError):
    """Why Keras cannot compute here and what to do, in one line."""


def devices() -> list[str]:
    """List what the back end can compute on, such as ["cpu:0"] or ["gpu:0", "gpu:1"]."""
    if keras.backend.backend() == "torch":  # Keras (3.15) has no list for it; it takes one device for all
        device = keras.ops.zeros(()).device
        return [f"{device.type}:{device.index or 0}"]
    return keras.distribution.list_devices()


def accelerated() -> bool:
    """Whether the back end has more to compute on than the processor, such as a GPU."""
    return any(not device.startswith("cpu") for device in devices())


def draw_from(*seed: int) -> None:
    """Have Dropout draw the numbers of this seed from here on, where what it drew is no part of the network.

    That is on PyTorch: there Keras's Dropout draws from PyTorch's own generator. Elsewhere a variable of the
    layer says where it is, which a checkpoint holds.

    Args:
        seed: any whole numbers of 0 or more; each series of them has its own numbers.
    """
    if keras.backend.backend() == "torch":
        import numpy as np  # here, since `_look` comes first
        import torch

        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))


def _look() -> None:
    """Refuse a module that has the name of one of LIBRARIES, but not its folder: it is found before that."""
    for library, part in LIBRARIES.items():
        spec = importlib.util.find_spec(library)
        if spec is None or spec.origin is None:  # not here, or a folder without code, which hides nothing
            continue
        places = spec.submodule_search_locations
        if not any(os.path.isdir(os.path.join(place, part)) for place in places or ()):
            found = places[0] if places else spec.origin
            raise BackendError(
                f"{found} is in the way of the library {library}: rename it and start Python anew (in a "
                "notebook: restart the kernel)"
            )


def _choose() -> None:
    """Set KERAS_BACKEND where Keras by itself would start on a back end that is not here."""
    asked, installed = os.environ.get("KERAS_BACKEND"), list(filter(_is_installed, BACKENDS))
    if not installed:
        raise BackendError(
            "Keras needs TensorFlow, JAX or PyTorch to compute with, and finds none: pip install tensorflow "
            "(or jax, or torch; where there are several, the environment variable KERAS_BACKEND chooses)"
        )
    if asked and asked not in installed:
        raise BackendError(
            f"the environment variable KERAS_BACKEND is {asked!r}, and what this book can use here is "
            f"{' or '.join(installed)}: set it to that, or to nothing"
        )
    if not asked and _stored_backend() not in installed:
        os.environ["KERAS_BACKEND"] = installed[0]


def _is_installed(package: str) -> bool:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return False
    return bool(spec and spec.origin)  # no origin: a folder that happens to have this name


def _settings_path() -> str:
    return str(keras_home() / "keras.json")


def _stored_backend():
    """What keras.json names, or Keras takes where it names none. What is wrong with the file, Keras says."""
    try:
        with open(_settings_path()) as file:
            return json.load(file).get("backend", BACKENDS[0])
    except (OSError, ValueError, AttributeError):
        return BACKENDS[0]


def _start() -> None:
    """Import Keras, which has not been imported in this process."""
    _choose()
    for name in [name for name in sys.modules if name.startswith("keras.")]:
        del sys.modules[name]  # left by an import that failed; one of them remembers the back end
    try:
        importlib.import_module("keras")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        if "keras.src.backend.config" in sys.modules:  # which reads the settings
            raise
        raise BackendError(
            f"Keras refuses its settings in {_settings_path()} or in variables KERAS_...: {error}; mend them"
        ) from None


def _check() -> None:
    """Refuse a Keras that was imported before on another back end than can be used or is asked for."""
    running, asked = keras.backend.backend(), os.environ.get("KERAS_BACKEND")
    if running not in BACKENDS or asked not in (None, "", running):
        wanted = asked if asked in BACKENDS else " or ".join(filter(_is_installed, BACKENDS))
        raise BackendError(
            f"Keras has been started on {running}, and {wanted} is wanted: set the environment variable "
            "KERAS_BACKEND to that and start Python anew (in a notebook: restart the kernel)"
        )


def _set() -> None:
    """Give Keras the settings that the book counts on, and say in one line what was changed."""
    found = {name: getattr(keras.config, name)() for name in SETTINGS}
    changed = [name for name in SETTINGS if found[name] != SETTINGS[name]]
    if not changed:
        return
    for name in changed:
        getattr(keras.config, f"set_{name}")(SETTINGS[name])
    if "floatx" in changed:
        keras.config.set_dtype_policy(SETTINGS["floatx"])  # it remembers what it was when it was first needed
    before, now = (", ".join(f"{name} {values[name]}" for name in changed) for values in (found, SETTINGS))
    print(
        f"{_settings_path()} or this program set Keras to {before}; this book needs {now}, and has set that, "
        "in this Python alone.",
        file=sys.stderr,
    )


_look()
with silenced(2):
    if "keras" not in sys.modules:
        _start()
    import keras

    _check()
    if keras.backend.backend() == "tensorflow":
        devices()  # its first look for a GPU is announced too
_set()
