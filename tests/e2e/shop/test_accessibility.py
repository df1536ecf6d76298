"""axe-core finds nothing on any page, in any language, on a phone and on a desktop, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from syncserver.services.translations import LANGUAGES
from tests.support.axe_faults import faults
from tests.support.shop_browser import chromium_page, press
from tests.support.shop_site import Site, running_site
from tests.support.small_event import ALL_LANGUAGES
from tests.support.voucher_event import voucher_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SHOP = (
    "", "?q=lunch&at=area-grounds&now=1", "places", "item/lunch", "item/four_days", "terms",
    "no/such/page",
)  # fmt: skip
PUBLIC = (*SHOP, "lost", "lost?asked=1", "new-address/x")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    more = 'refund = { percent = 80, fee = 20 }\nupgrades_to = ["one_day"]'
    ruled = {'price = 625\nvat = "standard"': f'price = 625\nvat = "standard"\n{more}', "price = 375": "price = 875"}
    with running_site(tmp_path_factory.mktemp("site"), voucher_event(**ALL_LANGUAGES, **ruled), late_s=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium_page() as opened:
        yield opened


def order_something(page: Page, site: Site) -> list[str]:
    """A ticket with a lunch bought in English; what axe finds at the steps that need a basket. Ends on the order."""
    url = site.event_url.format(language="en")
    page.goto(url)
    press(page.locator("article.ticket").first.locator("button"))
    page.goto(url + "item/lunch")
    press(page.locator("form.stack button"))
    page.goto(url + "basket")
    page.locator("#voucher-code").fill("club10")
    page.locator("#voucher-code").press("Enter")
    page.wait_for_selector(".notice.done")
    found = []
    for language in LANGUAGES:
        for step in ("item/lunch", "basket", "checkout"):
            page.goto(site.event_url.format(language=language) + step)
            found += faults(page, f"{language} {step}")
    press(page.locator("button.pay"))
    found += faults(page, "checkout with a problem")
    page.goto(url + "checkout")
    page.locator("details.invoice summary").click()
    found += faults(page, "checkout with an invoice")
    page.locator("input[name=name]").fill("Řehoř Žluťoučký")
    page.locator("input[name=mail]").fill("axe@example.org")
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    page.wait_for_selector("button[value=pay]")
    found += faults(page, "the payment page")
    press(page.locator("button[value=abandon]"))
    page.wait_for_selector(".banner")
    return found


def test_axe_finds_nothing_on_any_page_in_any_language(site: Site, page: Page) -> None:
    found = []
    for language in LANGUAGES:
        for path in PUBLIC:
            page.goto(site.event_url.format(language=language) + path)
            assert page.locator("html").get_attribute("lang") == language
            found += faults(page, f"{language} {path}")
    assert found == [], "\n".join(found)


def test_axe_finds_nothing_from_the_basket_to_the_passes_in_any_language(site: Site, page: Page) -> None:
    found = order_something(page, site)
    page.wait_for_selector(".banner button.pay", timeout=30_000)
    found += faults(page, "an order not paid yet")
    press(page.locator("button.pay"))
    press(page.locator("button[value=pay]"))
    page.wait_for_selector(".pass figure img", timeout=60_000)
    order = page.url.partition("?")[0].partition("/trial/")[2]
    for language in LANGUAGES:
        page.goto(site.event_url.format(language=language) + order)
        found += faults(page, f"{language} order")
        for step in ("names", "address", "variants", "upgrade"):
            page.goto(site.event_url.format(language=language) + f"{order}/{step}")
            found += faults(page, f"{language} {step}")
        page.goto(site.event_url.format(language=language) + order + "/return?p1=1")
        page.wait_for_selector("#sum")
        found += faults(page, f"{language} giving back")
    press(page.locator("button.pay"))
    page.wait_for_selector(".banner")
    for language in LANGUAGES:
        page.goto(site.event_url.format(language=language) + order)
        found += faults(page, f"{language} order given back")
    assert found == [], "\n".join(found)
