"""Refusals that were the same are read as one: how often and until when, never at a time when nobody was there."""

from __future__ import annotations

import pytest

from common.bodies import Refuse
from common.ids import TicketId
from syncserver.services.rights import Role
from syncserver.services.translations import local
from tests.support.admin_world import Office
from tests.support.server_world import DAY, GATE, Pen


def refuse(office: Office, pen: Pen, ticket: TicketId, times: int = 1) -> None:
    office.take(pen.write(Refuse(ticket, 0, None, "nothing_left", GATE, DAY, times)))


def clock_of(office: Office) -> str:
    return f"{local(office.clock.now_ms(), office.event.zone):%H:%M:%S}"


@pytest.fixture
def told(any_office: Office) -> tuple[TicketId, str, str]:
    """A ticket refused once, twice more 8 seconds later, and once 5 minutes after; the first and second time."""
    gate, (ticket,) = any_office.join(), any_office.issue()
    first = clock_of(any_office)
    refuse(any_office, gate, ticket)
    any_office.clock.advance(8)
    last = clock_of(any_office)
    refuse(any_office, gate, ticket, 2)
    any_office.clock.advance(300)
    refuse(any_office, gate, ticket)
    return ticket, first, last


def test_the_list_of_entries_tells_repeats_with_the_first(any_office: Office, told: tuple[TicketId, str, str]) -> None:
    _, first, last = told
    client = any_office.as_role(Role.SUPPORT)
    rows = client.get(any_office.at("entries.json?kind=refuse")).get_json()["entries"]
    assert [row["times"] for row in rows] == [1, 3]
    assert rows[1]["when"].endswith(first)
    page = client.get(any_office.at("entries?kind=refuse")).text
    assert f"3 times until {last}" in page
    assert f">{last}</time>" not in page


def test_a_count_whose_first_stands_on_the_next_page_tells_when_its_last_was(
    any_office: Office, told: tuple[TicketId, str, str]
) -> None:
    _, _, last = told
    client = any_office.as_role(Role.SUPPORT)
    page = client.get(any_office.at("entries.json?kind=refuse&limit=2")).get_json()
    assert [(row["times"], row["when"][-8:]) for row in page["entries"]][1] == (2, last)
    rest = client.get(any_office.at(f"entries.json?kind=refuse&limit=2&cursor={page['next']}")).get_json()["entries"]
    assert [row["times"] for row in rest] == [1]


def test_the_page_of_the_ticket_tells_the_same(any_office: Office, told: tuple[TicketId, str, str]) -> None:
    ticket, _, last = told
    page = any_office.as_role(Role.SUPPORT).get(any_office.at(f"tickets/{ticket.hex()}")).text
    assert page.count('<tr class="refuse ') == 2
    assert f"3 times until {last}" in page
