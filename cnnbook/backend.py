"""Keras, imported without TensorFlow's start-up messages.

TensorFlow 2.20 and 2.21 write them to the process's error stream before any setting can silence them
(https://github.com/tensorflow/tensorflow/issues/100442), so every notebook would store them. A Python error
during the import is raised as ever.
"""

import os

from cnnbook.streams import unheard

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors, but no information, after the start


with unheard(2):
    import keras

    if keras.backend.backend() == "tensorflow":
        keras.distribution.list_devices()  # its first look for a GPU is announced too
