"""Passkeys in a real browser with a device of its own: made, used, shown to be clean, removed; and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page
from sqlalchemy import update

from syncserver.db.tables_buyers import buyer_sign_ins
from syncserver.services.translations import LANGUAGES
from tests.e2e.shop.test_account_pages import link_in_mail
from tests.support.axe_faults import faults
from tests.support.shop_browser import chromium_page, press
from tests.support.shop_site import Site, running_site
from tests.support.small_event import ALL_LANGUAGES, small_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MAIL = "passkey@example.org"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), small_event(**ALL_LANGUAGES), late_s=1.0) as running:
        yield running


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium_page() as opened:
        yield opened


@pytest.fixture(scope="module")
def device(page: Page) -> Iterator[tuple[CDPSession, str]]:
    """A fingerprint reader that says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield session, added["authenticatorId"]
    session.send("WebAuthn.removeVirtualAuthenticator", added)


def at(site: Site, path: str, language: str = "en") -> str:
    """Browsers let passkeys be made without TLS only under the name localhost."""
    return site.event_url.format(language=language).replace("127.0.0.1", "localhost") + path


def sign_in_by_link(site: Site, page: Page) -> None:
    page.goto(at(site, "account"))
    page.locator("form[action$=link] input[name=mail]").fill(MAIL)
    press(page.locator("form[action$=link] button"))
    page.goto(link_in_mail(site, MAIL).replace("127.0.0.1", "localhost"))
    press(page.locator("button.pay"))
    page.wait_for_selector("button[value=here]")


def wait_until_it_is_long_ago(site: Site) -> None:
    with site.shop.buyers._db.write() as tx:
        tx.execute(update(buyer_sign_ins).values(proved_ms=1))


def test_a_passkey_is_made_signs_in_and_is_removed(site: Site, page: Page, device: tuple[CDPSession, str]) -> None:
    found = []
    sign_in_by_link(site, page)
    page.goto(at(site, "account/ways"))
    page.locator("form[data-passkey=add] input[name=name]").fill("my phone")
    page.locator("form[data-passkey=add] button").click()
    page.wait_for_selector(".notice.done")
    assert page.locator("[aria-labelledby=passkeys-head] li").inner_text().startswith("my phone")
    session, authenticator = device
    (credential,) = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)
    page.locator("form[data-passkey=add] button").click()
    page.wait_for_selector("form[data-passkey=add] [role=status]:text('already')")
    for language in LANGUAGES:
        page.goto(at(site, "account/ways", language))
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        found += faults(page, f"{language} ways")
    page.goto(at(site, "account"))
    press(page.locator("button[value=here]"))
    for language in LANGUAGES:
        page.goto(at(site, "account", language))
        assert page.locator("form[data-passkey=sign_in]").is_visible()
        found += faults(page, f"{language} sign in")
    page.goto(at(site, "account"))
    page.locator("form[data-passkey=sign_in] button").click()
    page.wait_for_selector("button[value=here]")
    wait_until_it_is_long_ago(site)
    page.goto(at(site, "account/ways"))
    found += faults(page, "who is there")
    assert page.locator("form[data-passkey=add]").count() == 0
    page.locator("form[data-passkey=prove] button").click()
    page.wait_for_selector("button[name=passkey]")
    press(page.locator("button[name=passkey]"))
    page.wait_for_selector(".notice.done")
    assert page.locator("button[name=passkey]").count() == 0
    page.goto(at(site, "account"))
    press(page.locator("button[value=here]"))
    page.locator("form[data-passkey=sign_in] button").click()
    page.wait_for_selector(".notice.problem")
    assert found == [], "\n".join(found)


def test_who_says_no_is_told_that_nothing_was_done(site: Site, page: Page, device: tuple[CDPSession, str]) -> None:
    session, authenticator = device
    page.context.clear_cookies()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.goto(at(site, "account"))
    page.locator("form[data-passkey=sign_in] button").click()
    page.wait_for_selector("form[data-passkey=sign_in] [role=status]:text('cancelled')")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})


def test_without_scripts_or_elsewhere_the_button_is_not_there(site: Site, page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(at(site, "account"))
    assert not plain.locator("form[data-passkey=sign_in]").is_visible()
    assert plain.locator("form[action$=link] button").is_visible()
    page.goto(site.event_url.format(language="en") + "account")
    assert not page.locator("form[data-passkey=sign_in]").is_visible()
