"""Where a run comes from: by which command, on which data, with which versions, on which machine."""

import importlib
import json
import os
import platform
import shlex
from pathlib import Path

from cnnbook.backend import devices, keras
from cnnbook.data import Dataset
from cnnbook.training import workers

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def provenance(model: keras.Model, dataset: Dataset, settings: dict) -> dict:
    """Say where a run comes from: what results.json holds that is known before the training.

    Args:
        model: the network.
        dataset: what it is trained and evaluated on.
        settings: of the training; see `cnnbook.training.train`.
    """
    return {
        "name": settings["name"],
        "epochs": settings["epochs"],
        "seed": settings["seed"],
        "parameters": model.count_params(),
        "versions": versions(),
        "hardware": hardware(),
        "data": {"name": dataset.name, "source": dataset.source, "checksum": dataset.checksum},
        "command": _command(settings),
        "settings": settings,
    }


def _command(settings: dict) -> str:
    """What a shell takes to make this run."""
    words = ["python", "-m", "cnnbook", "train", settings["name"]]
    if keras.backend.backend() == "tensorflow" and os.environ.get(ONEDNN, "1") != "1":  # changes last digits
        words.insert(0, f"{ONEDNN}={os.environ[ONEDNN]}")
    words += ["--data", settings["data"]["name"].lower().replace("-", "")]
    words += ["--epochs", str(settings["epochs"]), "--seed", str(settings["seed"])]
    for key, value in settings["changes"].items():
        if key != "epochs":
            words += ["--change", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    words += [f"--{flag}" for flag in ("validation", "replayed") if settings[flag]]
    words += ["--workers", str(workers.count())] if workers.count() else []
    return shlex.join(words)


def versions() -> dict[str, str]:
    """Name what answers hang on: Python, Keras, its back end and NumPy, each with its version."""
    packages = map(importlib.import_module, ("keras", keras.backend.backend(), "numpy"))
    return {"python": platform.python_version()} | {p.__name__: p.__version__ for p in packages}


def hardware() -> dict:
    """Name this machine's processor, how many cores it has, what Keras computes on, and the system."""
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "devices": devices(),
        "system": platform.system(),
    }
