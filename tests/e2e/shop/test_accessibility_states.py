"""axe-core finds nothing on the pages few buyers see either: what is empty, over, cancelled, wrong or broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from syncserver.services.translations import LANGUAGES
from tests.support.axe_faults import faults_by_turns
from tests.support.shop_browser import chromium_page, press
from tests.support.shop_site import Site, running_site
from tests.support.shop_states import (
    bank_page,
    breaking,
    new_address_path,
    order_path,
    paid,
    placed,
    refunded,
    send_forged,
)
from tests.support.small_event import ALL_LANGUAGES
from tests.support.voucher_event import voucher_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OPENING = {'name = "Press"\nopens': 'name = "Press"\ncode = "PRESS1"\nopens'}
LATE_MIN = 60  # by then baskets and orders are over


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    event = voucher_event(**ALL_LANGUAGES, **OPENING)
    with running_site(tmp_path_factory.mktemp("states"), event, late_s=1.0) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium_page() as opened:
        yield opened


def looked_at(site: Site, page: Page, path: str, sign: str, before: Callable[[Page], None] | None = None) -> list[str]:
    """What is wrong with a page in any language; `sign` is on it and on no other, `before` is done on it first."""
    found = []
    for turn, language in enumerate(LANGUAGES):
        page.goto(site.event_url.format(language=language) + path)
        if before is not None:
            before(page)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator(sign).count(), f"{language} {path} is not the page with {sign}"
        found += faults_by_turns(page, f"{language} {path} {sign}", turn)
    return found


def test_baskets_empty_with_what_a_voucher_opens_over_and_a_checkout_with_a_problem(site: Site, page: Page) -> None:
    at = site.event_url.format(language="en")
    found = looked_at(site, page, "basket", ".empty")
    page.goto(at + "basket")
    page.locator("#voucher-code").fill("press1")
    page.locator("#voucher-code").press("Enter")
    page.wait_for_selector(".notice.done")
    found += looked_at(site, page, "", "section.opened")
    for path in ("item/press", "item/four_days", "item/lunch", "item/lounge"):
        page.goto(at + path)
        press(page.locator("form.stack button"))

    def send_half(checkout: Page) -> None:
        checkout.locator("details.invoice summary").click()
        checkout.locator("input[name=company]").fill("Kolo a syn, s. r. o.")
        press(checkout.locator("button.pay"))

    found += looked_at(site, page, "checkout", "details[open] + * [aria-invalid], [aria-invalid]", send_half)
    site.clock.forward(LATE_MIN)
    found += looked_at(site, page, "basket", ".timer.over")
    assert page.locator(".card.lost").count(), "what is no longer reserved looks it"
    assert found == [], "\n".join(found)


def test_orders_not_paid_cancelled_refunded_and_over(site: Site, page: Page) -> None:
    waiting, cancelled = placed(site, product="four_days"), placed(site)
    found = looked_at(site, page, order_path(waiting), ".banner button.pay")
    site.shop.returns.cancel_unpaid(cancelled.order.id)
    found += looked_at(site, page, order_path(cancelled), ".banner.wait")
    found += looked_at(site, page, order_path(refunded(site)), ".banner.bad")
    site.clock.forward(LATE_MIN)
    found += looked_at(site, page, order_path(waiting), ".banner.bad button.pay")
    assert found == [], "\n".join(found)


def test_the_banks_page_and_a_new_address_before_and_after_it_is_confirmed(site: Site, page: Page) -> None:
    found = []
    for turn, language in enumerate(LANGUAGES):
        page.goto(bank_page(site, placed(site, language)))
        assert page.locator("html").get_attribute("lang") == language
        found += faults_by_turns(page, f"{language} at the bank", turn)
    path = new_address_path(site, paid(site))
    found += looked_at(site, page, path, "button.pay")
    press(page.locator("button.pay"))
    found += looked_at(site, page, path, ".banner.good")
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(("what", "status"), [("bug", 500), ("busy", 503), ("tries", 429)])
def test_a_shop_that_cannot_answer(site: Site, page: Page, what: str, status: int) -> None:
    with breaking(site, what):
        path = "order/guessed" if what == "tries" else ""
        answer = page.goto(site.event_url.format(language="en") + path)
        assert answer is not None
        assert answer.status == status
        found = looked_at(site, page, path, ".failed h1")
    assert found == [], "\n".join(found)


def test_a_form_that_is_not_ours(site: Site, page: Page) -> None:
    found = looked_at(site, page, "item/four_days", ".failed h1", send_forged)
    assert found == [], "\n".join(found)
