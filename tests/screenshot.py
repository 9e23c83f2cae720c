"""The picture of the README, taken from the built book.

python tests/screenshot.py book/_assets/screenshot.png
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from cnnbook.site import chromium

PAGE = Path(__file__).resolve().parents[1] / "_build" / "html" / "02-convolution.html"


def main(picture):
    """Open the convolution chapter at its widget, point at a cell of the map, take a picture."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.goto(PAGE.as_uri())
        widget = page.locator(".cnnbook-widget[data-kind=convolution]").first
        widget.scroll_into_view_if_needed()
        widget.locator("> img").wait_for(state="hidden")
        widget.evaluate("place => place.scrollIntoView({block: 'start'})")
        page.mouse.wheel(0, -90)  # room for the bar at the top
        page.wait_for_timeout(500)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
