"""Debian's chromium, for the tests of pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
"""Program of the browser; None where it is not installed."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the browser for the length of a ``with`` block."""
    with sync_playwright() as playwright:
        # Containers have no namespaces for the sandbox; the page is the project's own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
