"""Debian's Chromium, as browser tests and screenshots use it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A fresh browser; the test is skipped where there is no Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: packaging/test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def chromium_page() -> Iterator[Page]:
    """One page of a fresh browser, in which nothing moves."""
    with chromium() as browser:
        yield browser.new_context(reduced_motion="reduce").new_page()


def press(button: Locator) -> None:
    """Press what leads to another page, or to the same one anew; back once that page is loaded.

    A click alone comes back when the next page has begun, which may have nothing in it yet.
    """
    with button.page.expect_navigation():
        button.click()


def look_again(page: Page, for_what: str, within_s: float = 30.0) -> None:
    """Without scripts: press the link of the waiting page until what is waited for stands on it."""
    end_s = time.monotonic() + within_s
    while page.locator(for_what).count() == 0:
        assert time.monotonic() < end_s, f"no {for_what} on the page within {within_s:.0f} s"
        press(page.locator("[data-again] a"))
