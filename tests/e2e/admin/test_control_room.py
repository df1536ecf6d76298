"""Support at work in Debian's Chromium, without scripts: finds a ticket, blocks it, sees it in its line of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from syncserver.services.rights import Role
from tests.support.admin_world import PASSWORD, Office, make_office
from tests.support.busy_office import Busy, fill
from tests.support.served_app import served
from tests.support.shop_browser import press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
TABLET = ViewportSize(width=760, height=1024)  # where tables are tables, and have the least room
PAGES = (
    "",
    "points",
    "points/main_gate",
    "tickets",
    "orders",
    "payments",
    "handed-out",
    "messages",
    "books",
    "flags",
    "tray",
    "jobs",
    "snapshots",
    "staff",
    "staff/of/eva",
    "badges",
    "badges/new",
    "devices",
    "devices/enrol",
)
# Words of tables and lists that stand in two lines, a letter here and a letter there.
BROKEN_WORDS = """() => [...document.querySelectorAll("td, th, dt, dd")].flatMap(cell => {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), broken = [];
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    if (text.parentElement.closest(".unseen, option")) continue;
    for (const word of text.data.matchAll(/[\\p{L}\\p{N}]{2,20}/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""


@dataclass(frozen=True)
class Room:
    """The office as a site."""

    office: Office
    busy: Busy
    url: str

    def at(self, page: str) -> str:
        return f"{self.url}{self.office.at(page)}"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    office = make_office(tmp_path_factory.mktemp("room"))
    busy = fill(office)
    office.account("eva", [Role.ADMIN])
    with served(office.app) as url:
        yield Room(office, busy, url)
    office.services.db.close()


def sign_in(page: Page, room: Room) -> None:
    page.goto(room.at("tickets"))
    page.get_by_label("Login").fill("eva")
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Sign in"))


def test_support_blocks_a_ticket_and_sees_it_in_the_line_of_time(room: Room, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en-GB")
    page, ticket = context.new_page(), room.busy.tickets[2].hex()
    sign_in(page, room)
    expect(page).to_have_url(room.at("tickets"))
    page.get_by_label("Find a ticket").fill(ticket)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Anna Nová")).to_be_visible()
    page.get_by_label("Why").fill("Reported stolen")
    page.get_by_role("button", name="Block the ticket").click()
    expect(page.get_by_role("status")).to_contain_text("The ticket is blocked")
    row = page.get_by_role("row").filter(has_text=re.compile("Blocked.*Reported stolen", re.DOTALL))
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Eva")
    expect(page.get_by_role("button", name="Unblock the ticket")).to_be_visible()
    context.close()


@pytest.mark.parametrize("size", [PHONE, TABLET, DESKTOP], ids=["phone", "tablet", "desktop"])
def test_no_page_is_wider_than_its_screen_or_asks_another_host(
    room: Room, browser: Browser, size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size, locale="en-GB")
    page, foreign, complaints = context.new_page(), list[str](), list[str]()
    page.on("request", lambda one: None if one.url.startswith(room.url) else foreign.append(one.url))
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    sign_in(page, room)
    order = f"orders/{room.busy.order.order.code}"
    of_order = (order, f"{order}/refund?p3=1", f"{order}/correct")
    for name in (*PAGES, f"tickets/{room.busy.tickets[0].hex()}", *of_order):
        page.goto(room.at(name))
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        hidden = page.locator(".menu a").evaluate_all(
            "links => links.filter(link => link.getBoundingClientRect().right > innerWidth).map(link => link.text)"
        )
        assert hidden == [], f"{name}: entries of the menu that have to be scrolled to"
        unnamed = page.locator("input:not([type=hidden]), select").evaluate_all(
            "fields => fields.filter(field => field.labels.length === 0).map(field => field.name)"
        )
        assert unnamed == [], name
        assert page.evaluate(BROKEN_WORDS) == [], name
    assert foreign == []
    assert complaints == []
    context.close()


def test_a_badge_is_made_and_printed_without_its_pin(room: Room, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en-GB")
    page = context.new_page()
    sign_in(page, room)
    page.goto(room.at("devices"))
    press(page.get_by_role("link", name="make one"))
    page.get_by_role("textbox", name="Name").fill("Marta Dvořáková")
    page.get_by_role("checkbox", name="Roaming hostess").check()
    press(page.get_by_role("button", name="Make the badge"))
    code, pin = page.get_by_role("img", name="QR code of the badge"), page.locator(".pin")
    expect(page.get_by_role("heading", name="A badge for Marta Dvořáková")).to_be_visible()
    expect(pin).to_have_text(re.compile(r"^\d{8}$"))
    page.emulate_media(media="print")
    expect(code).to_be_visible()
    expect(page.get_by_role("heading", name="Marta Dvořáková", exact=True)).to_be_visible()
    expect(pin).to_be_hidden()
    expect(page.locator(".menu")).to_be_hidden()
    page.emulate_media(media="screen")
    press(page.get_by_role("link", name="Badges").first)
    press(page.get_by_role("link", name="Marta Dvořáková"))
    press(page.get_by_role("link", name="Block …"))
    page.get_by_label("Why").fill("lost")
    press(page.get_by_role("button", name="Block the badge"))
    expect(page.get_by_role("status")).to_contain_text("The badge is blocked")
    context.close()
