"""Pages of the office keep themselves fresh under their reader's eyes: nothing is loaded anew, nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import abort
from playwright.sync_api import Browser, Page, ViewportSize, expect

from common.bodies import Refuse
from syncserver.services.rights import Role
from tests.support.admin_world import PASSWORD, Office, make_office
from tests.support.busy_office import Busy, fill
from tests.support.served_app import served
from tests.support.server_world import DAY, GATE
from tests.support.shop_browser import press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE = ViewportSize(width=390, height=844)
MARK = "() => { window.isTheSamePage = true; }"
IS_MARKED = "() => window.isTheSamePage === true"


@dataclass
class Room:
    """The office as a site that can be made to fail."""

    office: Office
    busy: Busy
    url: str = ""
    is_down: bool = False

    def at(self, page: str) -> str:
        return f"{self.url}{self.office.at(page)}"


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    office = make_office(tmp_path_factory.mktemp("room"))
    made = Room(office, fill(office))
    office.account("eva", [Role.ADMIN])
    office.app.before_request(lambda: abort(503) if made.is_down else None)
    with served(office.app) as made.url:
        yield made
    office.services.db.close()


def signed_in(room: Room, browser: Browser, page: str, *, scripts: bool = True) -> Page:
    context = browser.new_context(viewport=PHONE, locale="en-GB", java_script_enabled=scripts)
    made = context.new_page()
    made.goto(room.at(page))
    made.get_by_label("Login").fill("eva")
    made.get_by_label("Password").fill(PASSWORD)
    press(made.get_by_role("button", name="Sign in"))
    return made


def hasten(page: Page) -> None:
    """Half a minute passes in a moment."""
    page.clock.run_for(31_000)


def turn_away(room: Room) -> None:
    room.office.clock.advance(5)
    room.office.take(room.busy.gate.write(Refuse(room.busy.tickets[1], 0, None, "nothing_left", GATE, DAY)))


def test_new_entries_come_in_where_they_belong_and_focus_and_place_stay(room: Room, browser: Browser) -> None:
    page = signed_in(room, browser, "entries")
    rows = page.locator("#live tbody tr")
    before = rows.count()
    link = page.locator("#live tbody tr a").last
    link.focus()
    page.evaluate(MARK)
    top = link.evaluate("one => Math.round(one.getBoundingClientRect().top)")
    room.office.clock.advance(5)
    room.office.take(room.busy.gate.redeem(room.busy.tickets[2]))
    expect(rows).to_have_count(before + 1, timeout=20_000)
    expect(link).to_be_focused()
    expect(page.locator("#told")).to_have_text("New entries: 1")
    assert page.evaluate(IS_MARKED), "the page was not loaded anew"
    assert abs(link.evaluate("one => Math.round(one.getBoundingClientRect().top)") - top) <= 2
    page.context.close()


def test_a_server_that_does_not_answer_is_told_and_it_is_untold_once_it_does(room: Room, browser: Browser) -> None:
    page = signed_in(room, browser, "entries")
    expect(page.get_by_role("link", name="Stop refreshing")).to_be_visible()
    stale = page.locator("#stale")
    expect(stale).to_be_hidden()
    room.is_down = True
    expect(stale).to_be_visible(timeout=20_000)
    room.is_down = False
    expect(stale).to_be_hidden(timeout=20_000)
    page.context.close()


def test_the_overview_tells_what_needs_a_look_and_stands_still_when_asked(room: Room, browser: Browser) -> None:
    page = signed_in(room, browser, "")
    page.clock.install()
    page.goto(room.at(""))
    turned_away = page.locator(".figure").filter(has_text="turned away").locator("b")
    before = turned_away.inner_text()
    page.evaluate(MARK)
    turn_away(room)
    hasten(page)
    expect(turned_away).not_to_have_text(before)
    assert page.evaluate(IS_MARKED)
    press(page.get_by_role("link", name="Stop refreshing"))
    before = turned_away.inner_text()
    turn_away(room)
    hasten(page)
    expect(turned_away).to_have_text(before)
    press(page.get_by_role("link", name="Refresh", exact=True))
    expect(turned_away).not_to_have_text(before)
    page.context.close()


@pytest.mark.parametrize("name", ["", "entries"])
def test_without_scripts_there_is_a_link_and_no_promise(room: Room, browser: Browser, name: str) -> None:
    page = signed_in(room, browser, name, scripts=False)
    expect(page.get_by_text("Refreshes every")).to_be_hidden()
    press(page.get_by_role("link", name="Refresh", exact=True))
    expect(page).to_have_url(room.at(name))
    page.context.close()
