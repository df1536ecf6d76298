"""What a product asks is answered by keyboard, without scripts, and axe-core finds nothing on these pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.asking_event import SAID, asking_event
from tests.support.axe_faults import faults
from tests.support.shop_browser import press
from tests.support.shop_site import Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TABS_MAX = 60
TYPED = ("club", "nights", "arrival", "at", "photos")
KEYS = {"arrival": "07062028", "at": "0230PM"}  # as Chromium's own fields take them
IN_FOCUS = "(() => { const one = document.activeElement; return [one.name || '', one.value || '']; })()"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("asking"), asking_event(), late_s=1.0) as running:
        yield running


def with_ticket(browser: Browser, site: Site, *, scripts: bool) -> Page:
    """One day's ticket in the basket, whose page is open."""
    context = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce", locale="en-US")
    page, at = context.new_page(), site.event_url.format(language="en")
    page.goto(at + "item/one_day")
    press(page.locator("form[action$='basket/add'] button"))
    page.goto(at + "basket")
    return page


def press_through(page: Page) -> None:
    """From the top of the page by Tab alone: each field answered as it comes, then on."""
    page.keyboard.press("Tab")
    for _ in range(TABS_MAX):
        name, value = page.evaluate(IN_FOCUS)
        key = name.rpartition("-")[2]
        if (name, value) == ("then", "checkout"):
            page.keyboard.press("Enter")
            return
        if name.startswith("holder-"):
            page.keyboard.type("Anna Nová")
        elif key in TYPED and not value:
            page.keyboard.type(KEYS.get(key, SAID[key]))
        elif key == "days":
            page.keyboard.press("Space")
        elif key in {"trailer", "shirt"}:
            page.keyboard.press("Space")
            page.keyboard.press("ArrowDown")  # the second one: "no", and L
        page.keyboard.press("Tab")
    raise AssertionError(f"no button after {TABS_MAX} tabs")


def test_all_kinds_of_questions_are_answered_by_keyboard_without_scripts(site: Site, browser: Browser) -> None:
    page = with_ticket(browser, site, scripts=False)
    press_through(page)
    expect(page).to_have_url(site.event_url.format(language="en") + "checkout")
    page.locator("input[name=mail]").fill("anna@example.org")
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    press(page.locator("button[value=pay]"))
    page.wait_for_selector("h1:has-text('Paid')", timeout=30_000)
    said = page.locator(".lines small b").all_inner_texts()
    assert said == ["Motoklub Ořech", "3", "no", "L", "Friday, Saturday", "6 July 2028", "14:30", "anna@example.org"]
    page.context.close()


def test_axe_finds_nothing_where_something_is_asked_missing_or_changed(site: Site, browser: Browser) -> None:
    page, found = with_ticket(browser, site, scripts=True), []
    for language in ("cs", "de", "pl"):
        page.goto(site.event_url.format(language=language) + "basket")
        found += faults(page, f"{language} basket")
        press(page.locator(".total button[name=then]"))
        assert page.locator(".fault").count() == 4
        found += faults(page, f"{language} basket with something missing")
    for key, answer in SAID.items():
        field = page.locator(f"[name$='-{key}']")
        if field.first.get_attribute("type") in {"radio", "checkbox"}:
            for one in answer.split(","):
                page.locator(f"[name$='-{key}'][value={one}]").check()
        else:
            field.fill(answer)
    press(page.locator(".total button[name=then]"))
    page.locator("input[name=name]").fill("Anna Nová")
    page.locator("input[name=mail]").fill("axe@example.org")
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    press(page.locator("button[value=pay]"))
    page.wait_for_selector(".pass figure img", timeout=60_000)
    found += faults(page, "order with answers")
    press(page.locator("a[href$='/answers']"))
    found += faults(page, "answers")
    page.locator("[name$='-nights']").fill("9")
    press(page.locator("main form button"))
    found += faults(page, "answers that will not do")
    assert found == [], "\n".join(found)
    page.context.close()
