"""A buyer: a real browser that finds its way through the shop's pages as a person would, by what they show."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
from PIL import Image as Pictures
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from story import paper
from story.processes import NotAsTold

PATIENCE_MS = 20_000
PASSES_WITHIN_S = 30
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# The demo may run as root in a bare machine; the browser only ever sees our own pages.
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Keys of a ticket product and an item product; `variant` of the item, if it has any; None: only the ticket."""

    ticket: str
    item: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """What the buyer holds afterwards: the order page's address, the first pass's ticket code and what its QR says."""

    order_url: str
    ticket_code: str
    digits: str
    screenshot: Path


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = next((found for found in map(shutil.which, CHROMIUM) if found), None)
    if path is None:
        raise NotAsTold("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


def buy(browser: Browser, shop_url: str, holder: str, mail: str, wishes: Wishes, pictures: Path) -> Bought:
    """Buy a ticket and items for it, pay at the bank's page, and wait for the passes on the order page."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="cs-CZ")  # type: ignore[arg-type]  # a plain mapping will do
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        _fill_basket(page, shop_url, holder, wishes)
        _check_out(page, mail)
        _press(page.locator("button[name=do][value=pay]"))
        return _passes(page, pictures)
    except Exception:
        page.screenshot(path=str(pictures / "stuck.png"), full_page=True)
        raise
    finally:
        context.close()


def _fill_basket(page: Page, shop_url: str, holder: str, wishes: Wishes) -> None:
    page.goto(urljoin(shop_url, f"item/{wishes.ticket}"))
    _press(_form(page, "basket/add").locator("button"))
    if wishes.item is not None:
        page.goto(urljoin(shop_url, f"item/{wishes.item}"))
        form = _form(page, "basket/add")
        if wishes.variant is not None:
            form.locator(f"label:has(input[name=variant][value={wishes.variant}])").click()
        _press(form.locator("button"))
        page.goto(urljoin(shop_url, "basket"))
    page.locator("input[name^=holder-]").first.fill(holder)
    _press(page.locator(".total button[name=then]"))


def _check_out(page: Page, mail: str) -> None:
    page.locator("input[name=mail]").fill(mail)
    page.locator("input[name=terms]").check()
    _press(page.locator("form button.pay"))
    page.locator("button[name=do][value=pay]").wait_for()


def _passes(page: Page, pictures: Path) -> Bought:
    """Wait for the pass; without scripts a person would reload, so we do."""
    for _ in range(PASSES_WITHIN_S):
        if page.locator("section.pass img").count():
            break
        page.wait_for_timeout(1000)
        if not page.locator("section.pass img").count():
            page.reload()
    else:
        raise NotAsTold(f"the order page at {page.url} showed no pass within {PASSES_WITHIN_S} s")
    shown = Pictures.open(io.BytesIO(page.locator("section.pass img").first.screenshot())).convert("L")
    digits = paper.code_on(np.asarray(shown))
    code = page.locator("section.pass figcaption").first.inner_text()
    pictures.mkdir(parents=True, exist_ok=True)
    shot = pictures / "order.png"
    page.screenshot(path=str(shot), full_page=True)
    return Bought(page.url, code, digits, shot)


def _form(page: Page, action: str) -> Locator:
    return page.locator(f"form[action$='{action}']")


def _press(button: Locator) -> None:
    """Press what leads to another page; back once that page is loaded."""
    with button.page.expect_navigation():
        button.click()
