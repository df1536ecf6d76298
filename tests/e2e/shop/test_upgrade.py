"""A buyer changes a ticket in Debian's Chromium: on a phone without scripts, on a desktop, each in another language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from syncserver.services.translations import translator
from tests.e2e.shop.test_journey import check_out
from tests.support.shop_browser import look_again, press
from tests.support.shop_site import Site, running_site
from tests.support.small_event import ALL_LANGUAGES
from tests.support.upgrade_event import upgrade_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
CHEAPER = {'price = 800\nvat = "standard"\nsecret = true': 'price = 300\nvat = "standard"'}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Five days cost less than one, so that there is something a ticket cannot become."""
    event = upgrade_event(**ALL_LANGUAGES, **CHEAPER)
    with running_site(tmp_path_factory.mktemp("site"), event, late_s=1.0) as running:
        yield running


def buy_a_day(page: Page, site: Site, language: str, *, has_scripts: bool) -> str:
    """A one-day ticket, paid; the address of its order."""
    page.goto(site.event_url.format(language=language) + "item/one_day")
    press(page.locator("form.stack button"))
    page.locator("input[name^=holder]").first.fill("Řehoř Žluťoučký")
    press(page.locator(".total button[name=then]"))
    check_out(page, f"{language}@example.org")
    return pay(page, has_scripts=has_scripts)


def pay(page: Page, *, has_scripts: bool) -> str:
    """Paid at the bank; the order's address, once its pass is there."""
    press(page.locator("button[value=pay]"))
    if has_scripts:
        page.wait_for_selector(".pass figure img", timeout=60_000)
    else:
        look_again(page, ".pass figure img")
    return page.url.partition("?")[0]


@pytest.mark.parametrize(
    ("language", "size", "has_scripts"), [("cs", PHONE, False), ("de", DESKTOP, True)], ids=["phone, cs", "desktop, de"]
)
def test_a_day_becomes_four_for_the_difference_and_the_first_order_shows_the_new_pass(
    site: Site, browser: Browser, language: str, size: ViewportSize, *, has_scripts: bool
) -> None:
    words = translator(language)
    context = browser.new_context(viewport=size, java_script_enabled=has_scripts)
    page = context.new_page()
    first = buy_a_day(page, site, language, has_scripts=has_scripts)
    old = page.locator(".pass figure img").get_attribute("src")
    assert old is not None
    code, digits = page.locator(".pass figcaption").inner_text(), context.request.get(_at(site, old)).body()
    press(page.get_by_role("link", name=words.text("Change a ticket")))
    assert page.locator("main form button").count() == 1, "what is cheaper has no button"
    assert "300" not in page.locator("main form button").inner_text()
    if has_scripts:
        violations = Axe().run(page).response["violations"]
        assert violations == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    press(page.locator("main form button"))
    press(page.locator(".total button[name=then]"))
    assert page.locator("input[name=mail]").input_value() == f"{language}@example.org"
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    pay(page, has_scripts=has_scripts)
    page.goto(first)
    assert page.locator(".pass .product-name").inner_text() == "Four days"
    assert page.locator(".pass figcaption").inner_text() == code
    new = page.locator(".pass figure img").get_attribute("src")
    assert new is not None
    assert context.request.get(_at(site, new)).body() != digits
    context.close()


def _at(site: Site, path: str) -> str:
    return site.url + path
