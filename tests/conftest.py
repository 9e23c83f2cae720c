"""The data set of a test run, JAX's cache, and fixtures for tests that open pages in a real browser."""

import os
from pathlib import Path

import pytest
from engines import ENGINES


def pytest_configure(config):
    """Without the real CIFAR-10, whatever loads a data set gets digits. JAX compiles nothing twice."""
    config.pluginmanager.register(Chapters())
    if "CNNBOOK_CIFAR10" not in os.environ:
        os.environ.setdefault("CNNBOOK_DATASET", "digits")
    if config.pluginmanager.hasplugin("cacheprovider"):
        # https://docs.jax.dev/en/latest/persistent_compilation_cache.html
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


class Chapters:
    """The kernel of a chapter opens no recording but those that its download carries (startup.py).

    A plugin of its own: chapters are not below this folder, so pytest asks this file nothing about them.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        with pytest.MonkeyPatch.context() as patch:
            if item.path.suffix == ".ipynb":
                patch.setenv("PYTHONSTARTUP", str(Path(__file__).parent / "startup.py"))
                patch.setenv("CNNBOOK_CHAPTER", str(item.path))
            return (yield)


def pytest_terminal_summary(terminalreporter):
    """Say which data set it was, right above the last line."""
    real = os.environ.get("CNNBOOK_DATASET", "cifar10") == "cifar10"
    data = f"the real CIFAR-10, {os.environ.get('CNNBOOK_CIFAR10')}" if real else "digits, not CIFAR-10"
    terminalreporter.write_line(f"Data set: {data}")


def pytest_addoption(parser):
    parser.addoption(
        "--engines",
        default="chromium",
        help="where pages are opened, separated by commas: " + ", ".join(ENGINES),
    )


def pytest_generate_tests(metafunc):
    """Where several engines are asked for, each test of pages runs in each."""
    names = metafunc.config.getoption("engines").split(",")
    if "engine" in metafunc.fixturenames and names != ["chromium"]:
        metafunc.parametrize("engine", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request):
    """What opens pages in one of the engines."""
    with ENGINES[getattr(request, "param", "chromium")]() as engine:
        yield engine


@pytest.fixture(scope="session")
def browser(engine):
    """A Chromium without a window; there cannot be another one beside it."""
    return engine.launch(False, False)


@pytest.fixture
def open_page(engine):
    """A function that opens a file or an address; the test fails where a page asks any other host.

    `page.errors` lists what went wrong on the page: messages of the console and uncaught exceptions.
    """

    def open_page(place, *, width=1280, height=800, dark=False, reduced_motion=False, **options):
        address = Path(place).resolve().as_uri() if isinstance(place, Path) else place
        return engine.open(address, width, height, dark, reduced_motion, **options)

    yield open_page
    elsewhere = engine.close()
    assert not elsewhere, f"pages asked other hosts for {elsewhere}"
