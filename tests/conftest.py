"""The data set of a test run, JAX's cache, and fixtures for tests that open pages in a real browser."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import chromium
import pytest
from playwright.sync_api import sync_playwright


def pytest_configure(config):
    """Without the real CIFAR-10, whatever loads a data set gets digits. JAX compiles nothing twice."""
    if "CNNBOOK_CIFAR10" not in os.environ:
        os.environ.setdefault("CNNBOOK_DATASET", "digits")
    if config.pluginmanager.hasplugin("cacheprovider"):
        # https://docs.jax.dev/en/latest/persistent_compilation_cache.html
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def pytest_terminal_summary(terminalreporter):
    """Say which data set it was, right above the last line."""
    real = os.environ.get("CNNBOOK_DATASET", "cifar10") == "cifar10"
    data = f"the real CIFAR-10, {os.environ.get('CNNBOOK_CIFAR10')}" if real else "digits, not CIFAR-10"
    terminalreporter.write_line(f"Data set: {data}")


@pytest.fixture(scope="session")
def browser():
    """A Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """A function that opens a file or an address; the test fails where a page asks any other host.

    `page.errors` lists what went wrong on the page: messages of the console and uncaught exceptions.
    """
    contexts, elsewhere = [], []

    def open_page(
        place, *, width=1280, height=800, dark=False, touch=False, reduced_motion=False, javascript=True
    ):
        address = Path(place).resolve().as_uri() if isinstance(place, Path) else place
        home = urlsplit(address)[:2]

        def judge(route):
            url = route.request.url
            if urlsplit(url)[:2] == home or url.startswith(("data:", "blob:")):
                route.continue_()
            else:
                elsewhere.append(url)
                route.abort()

        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        context.route("**/*", judge)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not elsewhere, f"pages asked other hosts for {elsewhere}"
