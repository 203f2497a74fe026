"""Debian's chromium, for the tests of pages."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
"""Program of the browser; None where it is not installed."""

BLEND = "us-names/1*0.6+us-names-distilled/1*0.4"
"""A mixture of both models that the front's server serves."""

SETTLED = "#names-part[aria-busy=false]"
"""Selector of the names, once the answers to all questions are there."""

Open = Callable[..., Page]
"""A function that opens the page with settings, in a context with options of playwright."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open the browser for the length of a ``with`` block."""
    with sync_playwright() as playwright:
        # Containers have no namespaces for the sandbox; the page is the project's own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, address: str) -> Iterator[Open]:
    """Provide a way to open the page; at the end nothing was called elsewhere, nor went wrong."""
    requests: list[str] = []
    problems: list[str] = []

    def opening(settings: dict[str, Any] | None = None, **options: Any) -> Page:
        page = browser.new_context(**options).new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.goto(f"{address}#{urlencode(settings or {})}")
        page.wait_for_selector(SETTLED)
        return page

    yield opening
    for context in browser.contexts:
        context.close()
    assert [one for one in requests if not one.startswith(address)] == []
    assert problems == []


def names_of(page: Page) -> list[str]:
    """Return the names that the page shows."""
    return [one.split(",")[0] for one in page.locator("#names .hidden").all_inner_texts()]
