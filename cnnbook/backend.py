"""Keras, imported without TensorFlow's start-up messages.

TensorFlow 2.20 and 2.21 write them to the process's error stream before any setting can silence them
(https://github.com/tensorflow/tensorflow/issues/100442), so every notebook would store them. A Python error
during the import is raised as ever.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors, but no information, after the start


def _import_keras():
    stderr = os.dup(2)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        import keras

        if keras.backend.backend() == "tensorflow":
            keras.distribution.list_devices()  # its first look for a GPU is announced too
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
    return keras


keras = _import_keras()
