"""Accounts in a real browser: a link from a real mail, and axe-core on every page of theirs in every language."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import Page

from syncserver.services.translations import LANGUAGES
from tests.support.axe_faults import faults
from tests.support.shop_browser import chromium_page, press
from tests.support.shop_site import Site, running_site
from tests.support.small_event import ALL_LANGUAGES, small_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MAIL = "axe.account@example.org"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), small_event(**ALL_LANGUAGES), late_s=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium_page() as opened:
        yield opened


def link_in_mail(site: Site, address: str) -> str:
    """The newest link to sign in, as it came by mail."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in sorted(site.mails.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns, reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = message.get_body(("plain",))
            found = re.search(r"(http://\S+/account/in/\S+)", body.get_content()) if body else None
            if found and address in str(message["To"]):
                return found[1]
        time.sleep(0.1)
    raise AssertionError(f"no link to {address} in 60 s")


def buy_a_ticket(page: Page, site: Site) -> None:
    page.goto(site.event_url.format(language="en"))
    press(page.locator("article.ticket").first.locator("button"))
    page.goto(site.event_url.format(language="en") + "checkout")
    page.locator("input[name=name]").fill("Řehoř Žluťoučký")
    page.locator("input[name=mail]").fill(MAIL)
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    press(page.locator("button[value=pay]"))
    page.wait_for_selector(".pass figure img", timeout=60_000)


def test_the_way_into_an_account_and_out_is_clean_in_every_language(site: Site, page: Page) -> None:
    buy_a_ticket(page, site)
    found = []
    order = page.url.partition("?")[0].partition("/trial/")[2]
    press(page.locator("form.share button"))
    shared = page.locator(".share input[readonly]").input_value().partition("/trial/")[2]
    for language in LANGUAGES:
        for path in (order, shared, "account"):
            page.goto(site.event_url.format(language=language) + path)
            page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
            found += faults(page, f"{language} {path}")
    page.locator("form[action$=link] input[name=mail]").fill(MAIL)
    press(page.locator("form[action$=link] button"))
    link = link_in_mail(site, MAIL)
    for language in LANGUAGES:
        page.goto(link.replace("/pl/", f"/{language}/"))
        found += faults(page, f"{language} the button")
    press(page.locator("button.pay"))
    page.wait_for_selector(".pass.slim")
    for language in LANGUAGES:
        page.goto(site.event_url.format(language=language) + "account")
        assert page.locator(".pass.slim").count() == 1
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        found += faults(page, f"{language} my tickets")
    press(page.locator("button[value=here]"))
    assert page.locator("form[action$=link]").count() == 1
    assert found == [], "\n".join(found)
