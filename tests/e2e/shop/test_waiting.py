"""Waiting for the bank and for the passes: nothing moves under the reader, and what is known appears by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from syncserver.services.translations import LANGUAGES
from tests.support.axe_faults import faults_by_turns
from tests.support.shop_browser import look_again, press
from tests.support.shop_site import Site, running_site
from tests.support.shop_states import return_key
from tests.support.small_event import ALL_LANGUAGES, small_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WITHIN_MS = 30_000
# What a screen reader would be told, as it comes: the words of every live region that changes, in their order.
LISTEN = """() => {
  window.told = [];
  window.loaded = "once";
  new MutationObserver((changes) => {
    for (const region of new Set(changes.map((one) => one.target.closest?.("[role=status]"))))
      if (region && region.innerText.trim()) window.told.push(region.innerText.trim());
  }).observe(document.querySelector("main"), { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("waiting"), small_event(**ALL_LANGUAGES), late_s=3600.0) as running:
        yield running


def pay_late(browser: Browser, site: Site, language: str = "en", *, scripts: bool = True) -> tuple[Page, str]:
    """A page that waits for the bank, and the bank's address of the payment."""
    context = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce")
    page, at = context.new_page(), site.event_url.format(language=language)
    page.goto(at + "item/one_day")
    press(page.locator("form[action$='basket/add'] button"))
    page.goto(at + "checkout")
    page.locator("input[name=name]").fill("Anna Nová")
    page.locator("input[name=mail]").fill("anna@example.org")
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    bank = page.url
    press(page.locator("button[value=late]"))
    return page, bank


def test_axe_finds_nothing_while_the_bank_and_the_passes_are_waited_for(site: Site, browser: Browser) -> None:
    (page, bank), found = pay_late(browser, site), []
    order, other = page.url.partition("/trial/")[2].partition("?")[0], browser.new_page()
    back = return_key(bank)
    for turn, language in enumerate(LANGUAGES):
        page.goto(site.event_url.format(language=language) + order + "?back=1")
        assert page.locator(".spin").count() == 1
        found += faults_by_turns(page, f"{language} waiting for the bank", turn)
        other.goto(f"{site.url}/{language}/paid/{back}")
        assert other.locator(".spin").count() == 1
        found += faults_by_turns(other, f"{language} waiting in another browser", turn)
    with site.hands.away():
        site.bank.act(bank, "pay")
        for turn, language in enumerate(LANGUAGES):
            page.goto(site.event_url.format(language=language) + order)
            page.wait_for_selector("#signing .spin", timeout=WITHIN_MS)
            found += faults_by_turns(page, f"{language} waiting for the passes", turn)
            other.goto(f"{site.url}/{language}/paid/{back}")
            found += faults_by_turns(other, f"{language} paid elsewhere", turn)
    assert found == [], "\n".join(found)
    page.context.close()
    other.close()


def test_the_banks_answer_and_the_passes_come_by_themselves_and_are_said(site: Site, browser: Browser) -> None:
    page, bank = pay_late(browser, site)
    page.evaluate(LISTEN)
    expect(page.locator("[data-by-itself]")).to_be_visible()
    expect(page.locator("main a", has_text="Look again")).to_be_hidden()
    with site.hands.away():
        site.bank.act(bank, "pay")
        expect(page.locator("h1")).to_contain_text("Paid", timeout=WITHIN_MS)
        expect(page.locator("#signing")).to_contain_text("being signed")
    expect(page.locator(".pass figure img")).to_have_count(1, timeout=WITHIN_MS)
    assert page.evaluate("window.loaded") == "once", "the page was loaded again"
    told = page.evaluate("window.told")
    assert [first.partition("\n")[0] for first in dict.fromkeys(told)] == [
        "Paid. See you there!",
        "Your passes are being signed; that takes a second or two.",
        "Your passes are here.",
    ]
    assert page.locator(".steps [aria-current]").inner_text() == "Tickets"
    page.context.close()


def test_who_waits_for_a_refusal_reads_it_and_can_pay_again_by_keyboard(site: Site, browser: Browser) -> None:
    page, bank = pay_late(browser, site)
    site.bank.act(bank, "decline")
    expect(page.locator("h1")).to_have_text("Not paid yet", timeout=WITHIN_MS)
    page.locator("button.pay").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("button[value=pay]", timeout=WITHIN_MS)
    page.context.close()


def test_another_browser_that_came_back_reads_the_answer_too(site: Site, browser: Browser) -> None:
    page, bank = pay_late(browser, site)
    other = browser.new_page()
    other.goto(f"{site.url}/en/paid/{return_key(bank)}")
    expect(other.locator("h1")).to_have_text("Waiting for the bank")
    site.bank.act(bank, "pay")
    expect(other.locator("h1")).to_contain_text("Paid", timeout=WITHIN_MS)
    assert "/order/" not in other.content()
    other.close()
    page.context.close()


def test_without_scripts_a_link_looks_again_and_nothing_reloads(site: Site, browser: Browser) -> None:
    page, bank = pay_late(browser, site, scripts=False)
    assert "http-equiv" not in page.content()
    press(page.get_by_role("link", name="Look again"))
    expect(page.locator("h1")).to_have_text("Waiting for the bank")
    expect(page.get_by_text("looks again by itself")).to_be_hidden()
    site.bank.act(bank, "pay")
    press(page.get_by_role("link", name="Look again"))
    expect(page.locator("h1")).to_contain_text("Paid")
    look_again(page, ".pass figure img")
    page.context.close()
