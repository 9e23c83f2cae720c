"""The engines that tests open pages in, with every other host out of reach: Chromium, Firefox, WebKitGTK.

Playwright drives Chromium and Firefox. It drives no WebKit but its own, which no package mirror has; so
Selenium drives WebKitGTK, and `WebKitPage` has what tests marked `engines` use of Playwright's page.

python tests/engines.py   installs Firefox and WebKitGTK where they are missing
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import urlsplit
from urllib.request import url2pathname

from playwright.sync_api import Browser, Playwright, sync_playwright
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from cnnbook.site import chromium

NAMES = ("chromium", "firefox", "webkit")
OLDEST_FIREFOX = 143  # that Playwright can drive


class PlaywrightEngine:
    """Opens pages in the browsers that `launch(dark, reduced_motion)` starts."""

    def __init__(self, launch: Callable[[bool, bool], Browser]):
        self.launch = launch
        self._contexts, self._elsewhere = [], []

    def open(self, address, width, height, dark, reduced_motion, touch=False, javascript=True):
        """A new page, apart from all others."""
        home = urlsplit(address)[:2]

        def judge(route):
            url = route.request.url
            if urlsplit(url)[:2] == home or url.startswith(("data:", "blob:")):
                route.continue_()
            else:
                self._elsewhere.append(url)
                route.abort()

        context = self.launch(dark, reduced_motion).new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            java_script_enabled=javascript,
        )
        self._contexts.append(context)
        context.route("**/*", judge)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        page.goto(address)
        return page

    def close(self) -> list[str]:
        """Close the pages; returns which addresses of other hosts they asked for."""
        while self._contexts:
            self._contexts.pop().close()
        elsewhere, self._elsewhere = self._elsewhere, []
        return elsewhere


@contextmanager
def _chromium() -> Iterator[PlaywrightEngine]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield PlaywrightEngine(lambda dark, reduced_motion: browser)
        browser.close()


@contextmanager
def _firefox() -> Iterator[PlaywrightEngine]:
    with sync_playwright() as playwright:
        yield PlaywrightEngine(cache(lambda *look: _launch_firefox(playwright, *look)))


def _launch_firefox(playwright: Playwright, dark: bool, reduced_motion: bool) -> Browser:
    # ESR 153 knows no command for colours and motion, so each look is a browser of its own.
    return playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=_firefox_file(),
        firefox_user_prefs={
            "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
            "ui.prefersReducedMotion": int(reduced_motion),
        },
    )


# Without a window manager the window is as wide as its toolbar at least, and that as its buttons.
GTK_CSS = "* { font-size: 1px; padding: 0; margin: 0; border-width: 0; min-width: 0; min-height: 0; }"
GTK_SETTINGS = """\
[Settings]
gtk-icon-sizes = gtk-menu=1,1:gtk-button=1,1:gtk-small-toolbar=1,1:gtk-large-toolbar=1,1
gtk-enable-animations = {animations}
"""
# WebDriver tells nothing of errors, so each page has a copy that notes them. Of scripts in files WebKit says
# no more than "Script error.", so callbacks are noted where they throw. It says the same where a
# ResizeObserver has something left to tell after its turn, which is no error: it comes in the next frame.
# Playwright does not tell of that either.
SPY = """<script>
window.spied = [];
(() => {
  let told = false; // the exception that the next error event is of
  let resized = false; // a ResizeObserver has had its turn in this frame
  const wrapped = new WeakMap();
  const wrap = (callback) => {
    if (typeof callback !== "function") return callback;
    if (!wrapped.has(callback)) {
      wrapped.set(callback, function (...given) {
        try {
          return callback.apply(this, given);
        } catch (error) {
          spied.push(`${error}\\n${error?.stack}`);
          told = true;
          throw error;
        }
      });
    }
    return wrapped.get(callback); // the same one, so that it can be removed again
  };
  addEventListener("error", ({ message, target }) => {
    const nothing = resized && message === "Script error.";
    if (!told && !nothing) spied.push(message ?? `not loaded: ${target.src}`);
    told = false;
  }, true);
  addEventListener("unhandledrejection", (event) => spied.push(String(event.reason)));
  const { error } = console;
  console.error = (...words) => { spied.push(words.join(" ")); error(...words); };
  for (const name of ["setTimeout", "requestAnimationFrame"]) {
    const own = window[name];
    window[name] = (callback, ...rest) => own(wrap(callback), ...rest);
  }
  for (const name of ["addEventListener", "removeEventListener"]) {
    const own = EventTarget.prototype[name];
    EventTarget.prototype[name] = function (type, callback, ...rest) {
      return own.call(this ?? window, type, wrap(callback), ...rest);
    };
  }
  const turn = () => { resized = true; setTimeout(() => { resized = false; }); };
  const Own = ResizeObserver;
  window.ResizeObserver = class extends Own {
    constructor(callback) { super((...given) => { turn(); return wrap(callback)(...given); }); }
  };
})();
</script>"""
# Until what was asked for has been drawn.
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# As Playwright does: the text is an expression, of which a function is called; or it is a program.
EVALUATE = """
const [text, argument, done] = arguments;
const parse = () => {
  try { return (0, eval)(`(() => (${text}\\n))`); } catch { return () => (0, eval)(text); }
};
(async () => {
  const value = parse()();
  return typeof value === "function" ? value(argument) : value;
})().then((value) => done([value]), (error) => done(String(error.stack ?? error)));
"""


class WebKitEngine:
    """Opens pages in WebKitGTK's MiniBrowser, on a screen that nobody sees.

    There is one page for each look: opening another leaves it.
    """

    def __init__(self, stack: ExitStack):
        self._stack = stack
        self._elsewhere: list[str] = []
        self._sessions = cache(self._session)
        xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "2400x1600x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        stack.callback(xvfb.wait)
        stack.callback(xvfb.terminate)
        self._display = f":{xvfb.stdout.readline().strip()}"
        proxy = stack.enter_context(ThreadingTCPServer(("127.0.0.1", 0), self._refuse()))
        Thread(target=proxy.serve_forever, daemon=True).start()
        stack.callback(proxy.shutdown)
        self._proxy = f"http://127.0.0.1:{proxy.server_address[1]}"

    def open(self, address, width, height, dark, reduced_motion, touch=False):
        """The page of this look, at `address`. It has no touch screen."""
        page = WebKitPage(self._sessions(dark, reduced_motion))
        page.goto(address)
        page.set_viewport_size({"width": width, "height": height})
        return page

    def close(self) -> list[str]:
        """Returns which addresses of other hosts were asked for since it was called last."""
        elsewhere, self._elsewhere[:] = self._elsewhere[:], []
        return elsewhere

    def _refuse(self) -> type[BaseRequestHandler]:
        asked = self._elsewhere

        class Refuse(BaseRequestHandler):
            def handle(self):
                asked.append(self.request.recv(4096).split(b"\r\n")[0].decode())

        return Refuse

    def _session(self, dark: bool, reduced_motion: bool) -> webdriver.WebKitGTK:
        home = Path(self._stack.enter_context(TemporaryDirectory()))
        (home / "gtk-3.0").mkdir()
        (home / "gtk-3.0" / "gtk.css").write_text(GTK_CSS)
        (home / "gtk-3.0" / "settings.ini").write_text(
            GTK_SETTINGS.format(animations=int(not reduced_motion))
        )
        options = Options()
        options.binary_location = _minibrowser()
        options.add_argument("--automation")
        options.add_argument(f"--proxy={self._proxy}")
        options.add_argument("--ignore-host=127.0.0.1")
        if dark:
            options.add_argument("--dark-mode")
        environment = {
            "DISPLAY": self._display,
            "XDG_CONFIG_HOME": str(home),
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # root has none
        }
        driver = webdriver.WebKitGTK(
            options, Service(shutil.which("WebKitWebDriver"), env=os.environ | environment)
        )
        self._stack.callback(driver.quit)
        driver.set_script_timeout(300)  # seconds; Playwright has no limit
        return driver


@contextmanager
def _webkit() -> Iterator[WebKitEngine]:
    with ExitStack() as stack:
        yield WebKitEngine(stack)


class WebKitPage:
    """Some methods of Playwright's page, over WebDriver."""

    def __init__(self, driver: webdriver.WebKitGTK):
        self._driver = driver
        self.keyboard = _Keyboard(driver)
        self.mouse = _Mouse(driver)

    @property
    def errors(self) -> list[str]:
        """What went wrong since the page was loaded; nothing is known of pages that a server sent."""
        return self.evaluate("window.spied ?? []")

    def goto(self, address: str) -> None:
        """Load a page; of a file, the copy that notes errors."""
        parts = urlsplit(address)
        if parts.scheme == "file" and not Path(parts.path).name.startswith("spied-"):
            path = Path(url2pathname(parts.path))
            copy = path.with_name(f"spied-{path.name}")
            text = path.read_text("utf-8").replace("<meta", f"{SPY}<meta", 1)
            new = copy.with_suffix(f".{os.getpid()}")  # other processes may be reading the copy
            new.write_text(text, "utf-8")
            new.replace(copy)
            address = parts._replace(path=parts.path.removesuffix(path.name) + copy.name).geturl()
        self._driver.get(address)

    def go_back(self) -> None:
        self._driver.back()

    def reload(self) -> None:
        self._driver.refresh()

    def evaluate(self, text: str, argument=None):
        value = self._driver.execute_async_script(EVALUATE, text, argument)
        if isinstance(value, str):
            raise RuntimeError(value)
        return value[0]

    def wait_for_function(self, text: str, arg=None) -> None:
        self.evaluate(f"""async (argument) => {{
            const end = performance.now() + 30_000;
            for (;;) {{
              const value = ({text});
              if (typeof value === "function" ? await value(argument) : value) return;
              if (performance.now() > end) throw new Error("waited 30 s in vain");
              await new Promise((done) => setTimeout(done, 20));
            }}
        }}""", arg)  # fmt: skip

    def set_viewport_size(self, size: dict[str, int]) -> None:
        """The window is larger than the page by its toolbar; a page leaves the whole screen late."""
        wanted, around = [size["width"], size["height"]], [0, 0]
        for _ in range(50):
            self._driver.set_window_rect(0, 0, wanted[0] + around[0], wanted[1] + around[1])
            outer = self._driver.get_window_rect()
            inner = self.evaluate(f"{FRAMES}.then(() => [innerWidth, innerHeight])")
            if inner == wanted:
                return
            around = [max(0, outer["width"] - inner[0]), max(0, outer["height"] - inner[1])]
        raise RuntimeError(f"The page has {inner} pixels, and should have {wanted}.")

    def screenshot(self) -> bytes:
        return self._driver.get_screenshot_as_png()


class _Keyboard:
    def __init__(self, driver: webdriver.WebKitGTK):
        self._driver = driver

    def press(self, keys: str) -> None:
        """One key or several: "ArrowDown", "Control+Home", "a"."""
        pressed = [_key(name) for name in keys.split("+")]
        actions = ActionChains(self._driver, duration=0)
        for key in pressed:
            actions.key_down(key)
        for key in reversed(pressed):
            actions.key_up(key)
        actions.perform()

    def type(self, text: str) -> None:
        ActionChains(self._driver, duration=0).send_keys(text).perform()


class _Mouse:
    def __init__(self, driver: webdriver.WebKitGTK):
        self._driver = driver

    def move(self, x: float, y: float) -> None:
        self._perform(lambda pointer: pointer.move_to_location(round(x), round(y)))

    def down(self) -> None:
        self._perform(lambda pointer: pointer.pointer_down())

    def up(self) -> None:
        self._perform(lambda pointer: pointer.pointer_up())

    def click(self, x: float, y: float) -> None:
        self._perform(
            lambda pointer: pointer.move_to_location(round(x), round(y)).pointer_down().pointer_up()
        )

    def _perform(self, act: Callable) -> None:
        actions = ActionBuilder(self._driver, duration=0)
        act(actions.pointer_action)
        actions.perform()


def _key(name: str) -> str:
    """WebDriver's letter for a key of the DOM: "ArrowDown" is ARROW_DOWN."""
    constant = "".join(f"_{letter}" if letter.isupper() else letter for letter in name).lstrip("_").upper()
    return name if len(name) == 1 else getattr(Keys, constant)


ENGINES = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}


def _firefox_file() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _version(program: str) -> int:
    """The first number that a program says of itself."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.search(r"\d+", said)[0])


def _minibrowser() -> str | None:
    return next(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), None)


def install() -> None:
    """Install what is missing or too old of Firefox and WebKitGTK, as root on Debian; else say what is."""
    firefox = _firefox_file()
    found = {
        "firefox-esr": firefox and _version(firefox) >= OLDEST_FIREFOX,
        "webkit2gtk-driver": shutil.which("WebKitWebDriver") and _minibrowser(),
        "xvfb": shutil.which("Xvfb"),
    }
    missing = [name for name in found if not found[name]]
    if not missing:
        return
    try:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", *missing], check=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"The tests in Firefox and WebKit need these packages of Debian: {', '.join(missing)}.")


if __name__ == "__main__":
    install()
