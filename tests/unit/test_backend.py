"""Which back end Keras runs on, and with which settings, on machines that are unlike ours."""

import json
import os
import platform
import subprocess
import sys

import pytest

from cnnbook import backend
from cnnbook.backend import BackendError, keras


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A function of what is installed and what keras.json and KERAS_BACKEND say, which returns the choice."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def machine(installed, file=None, variable=""):
        monkeypatch.setattr(backend, "_is_installed", installed.split().__contains__)
        monkeypatch.setenv("KERAS_BACKEND", variable)
        if file is not None:
            (tmp_path / "keras.json").write_text(file)
        backend._choose()
        return os.environ["KERAS_BACKEND"]

    return machine


def names(name):
    return json.dumps({"backend": name})


@pytest.mark.parametrize(
    ("installed", "file", "variable", "chosen"),
    [
        ("tensorflow jax torch", None, "", ""),  # as Keras does
        ("jax torch", None, "", "jax"),
        ("jax torch", names("tensorflow"), "", "jax"),  # which Keras writes by itself
        ("torch", names("tensorflow"), "", "torch"),
        ("tensorflow jax", names("jax"), "", ""),
        ("tensorflow jax", names("theano"), "", "tensorflow"),
        ("tensorflow jax", names("torch"), "", "tensorflow"),
        ("jax", '{"backend"', "", "jax"),
        ("jax", "[]", "", "jax"),
        ("tensorflow jax", names("theano"), "jax", "jax"),
    ],
)
def test_what_is_installed_is_chosen(machine, installed, file, variable, chosen):
    assert machine(installed, file, variable) == chosen


@pytest.mark.parametrize("variable", ["nonsense", "torch", "numpy", "TensorFlow"])
def test_what_cannot_be_used_is_refused_in_one_line(machine, variable):
    with pytest.raises(BackendError, match=rf"^.*KERAS_BACKEND is '{variable}', .*tensorflow or jax: .*$"):
        machine("tensorflow jax", None, variable)


def test_where_nothing_is_installed_that_is_said(machine):
    with pytest.raises(BackendError, match=r"^.*finds none: pip install .*KERAS_BACKEND.*$") as found:
        machine("", names("theano"))
    assert found.value._render_traceback_() == [str(found.value)], "what a notebook shows"


def test_a_back_end_that_keras_started_on_before_is_not_mistaken_for_another(monkeypatch):
    monkeypatch.setattr(backend, "_is_installed", ["tensorflow", "jax"].__contains__)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    backend._check()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(BackendError, match=r"started on jax, and tensorflow is wanted: .* start Python anew"):
        backend._check()
    monkeypatch.delenv("KERAS_BACKEND")
    backend._check()
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(BackendError, match="started on numpy, and tensorflow or jax is wanted"):
        backend._check()


def test_it_says_what_it_can_compute_on():
    assert backend.devices()[0].endswith(":0")


LEFTOVER = {"backend": "theano", "image_data_format": "channels_first", "floatx": "float16", "epsilon": 1e-3}
WITHOUT_TENSORFLOW = """
import sys
sys.modules["tensorflow"] = None
try:
    import keras  # a student's own try, which leaves half of Keras behind
except (ValueError, ImportError):
    pass
from cnnbook.models import baseline
import keras
layer = keras.layers.Conv2D(2, 3)  # as chapters write it
print(keras.backend.backend(), layer.data_format, layer.dtype_policy.name, keras.config.epsilon())
print(baseline().output_shape)
"""


def python(settings, *arguments, **variables):
    """What a new Python prints, its errors and its exit code, with these settings in keras.json."""
    (variables["KERAS_HOME"] / "keras.json").write_text(settings)
    env = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"} | variables
    done = subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True)
    return done.stdout, done.stderr, done.returncode


def test_a_leftover_keras_json_changes_nothing(tmp_path):
    (tmp_path / "torch").mkdir()  # nor does a reader's folder of this name, without code
    places = {"KERAS_HOME": tmp_path, "PYTHONPATH": str(tmp_path)}
    out, errors, code = python(json.dumps(LEFTOVER), "-c", WITHOUT_TENSORFLOW, **places)
    assert (out, code) == ("jax channels_last float32 1e-07\n(None, 10)\n", 0), errors
    before = "image_data_format channels_first, floatx float16, epsilon 0.001"
    assert errors.startswith(f"{tmp_path}/keras.json or this program set Keras to {before}; ")
    assert errors.count("\n") == 1


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="oneDNN is left as it is there")
@pytest.mark.parametrize(("set_to", "used"), [(None, "1"), ("0", "0")])
def test_tensorflow_computes_with_onednn_unless_it_is_told_not_to(monkeypatch, tmp_path, set_to, used):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    variables = {"TF_ENABLE_ONEDNN_OPTS": set_to} if set_to else {}
    code = "import os, cnnbook.backend; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    assert python("{}", "-c", code, KERAS_HOME=tmp_path, **variables) == (f"{used}\n", "", 0)


@pytest.mark.parametrize("file", ["keras.py", "keras/__init__.py", "numpy.py", "torch.py"])
def test_a_file_in_the_place_of_a_library_is_named(tmp_path, file):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("raise AttributeError")
    out, errors, code = python(
        "{}", "-c", "import cnnbook.backend", KERAS_HOME=tmp_path, PYTHONPATH=str(tmp_path)
    )
    name = file.removesuffix("/__init__.py")
    assert (out, code) == ("", 1)
    assert (
        f"BackendError: {tmp_path / name} is in the way of the library {name.removesuffix('.py')}: " in errors
    )


@pytest.mark.parametrize(
    ("settings", "variable", "said"),
    [("{}", "nonsense", "KERAS_BACKEND is 'nonsense'"), ('{"epsilon": 1}', "", "Invalid `epsilon`")],
)
def test_the_command_says_it_in_one_line(tmp_path, settings, variable, said):
    command = ("-m", "cnnbook", "train", "baseline", "--folder", tmp_path)
    out, errors, code = python(settings, *command, KERAS_HOME=tmp_path, KERAS_BACKEND=variable)
    assert (out, code, errors.count("\n")) == ("", 2, 1), errors
    assert errors.startswith("python -m cnnbook: ")
    assert said in errors
