"""Debian's Chromium, as the shop's browser tests use it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright


@contextmanager
def chromium_page() -> Iterator[Page]:
    """One page of a fresh browser; the test is skipped where there is no Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: packaging/test installs it")
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser.new_context(reduced_motion="reduce").new_page()
        browser.close()
