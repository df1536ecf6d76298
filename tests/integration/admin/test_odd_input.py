"""Odd addresses and forms: a clear answer, never a fault of the server, never another event's data."""

from __future__ import annotations

import pytest

from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from tests.support.admin_world import PASSWORD, Office
from tests.support.busy_office import Busy
from tests.support.small_event import small_event

ODD = ["\x00", "%00", "-1", "9" * 40, "1.0", "\u202e", "<script>", "'\"", "٣", "1" + "." + "0" * 32, "é" * 500]
LISTS = ["orders", "payments", "jobs", "snapshots", "entries"]
NAMED = ["rejected", "silent", "kind", "point", "device", "run", "first", "since", "orderless", "flagged", "after", "q"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_cursors_and_searches_begin_at_the_newest(any_office: Office, odd: str) -> None:
    client = any_office.as_role(Role.ADMIN)
    for page in LISTS:
        reply = client.get(any_office.at(page), query_string={"cursor": odd})
        assert reply.status_code == 200, (page, reply.status_code)
    for page in ("tray", "flags", "staff", "tickets", "orders"):
        reply = client.get(any_office.at(page), query_string=dict.fromkeys(NAMED, odd))
        assert reply.status_code == 200, (page, reply.status_code)
        assert "<script>" not in reply.text.replace('<script src="', "")


@pytest.mark.parametrize("page", ["tickets", "orders", "points", "devices", "staff/of"])
@pytest.mark.parametrize("odd", ["9" * 300, "é", "a b", "%00", "..%2f..%2fetc", "٣٣٣٣٣٣"])
def test_what_is_not_there_is_not_there(any_office: Office, page: str, odd: str) -> None:
    reply = any_office.as_role(Role.ADMIN).get(any_office.at(f"{page}/{odd}"))
    assert reply.status_code in {400, 404}, reply.status_code


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30])
def test_numbers_beyond_all_rows_are_not_there(any_office: Office, number: str) -> None:
    client = any_office.as_role(Role.ADMIN)
    assert client.get(any_office.at(f"tray/{number}.bin")).status_code == 404
    assert any_office.post(client, "staff/new", f"jobs/{number}/retry").status_code in {400, 404}
    assert any_office.post(client, "staff/new", f"tray/{number}/retry").status_code == 404


def test_a_member_of_one_event_reads_nothing_of_another(any_office: Office, busy: Busy) -> None:
    """Neither through the other's address nor by the other's keys in one's own."""
    s = any_office.services
    other = import_event(s.db, s.clock, small_event(**{'key = "trial"': 'key = "other"'}))
    s.admin.staff.create("neighbour", "", other.event_id, [Role.ADMIN], PASSWORD)
    client, ticket = any_office.sign_in("neighbour"), busy.tickets[0].hex()
    for page in ("", "tickets", f"tickets/{ticket}", "orders", "tray", "flags", "jobs", "staff", "badges", "snapshots"):
        assert client.get(any_office.at(page)).status_code == 403, page
    for page in (
        f"tickets/{ticket}",
        f"orders/{busy.order.order.code}",
        f"devices/{busy.gate.device.hex()}",
        "tray/1.bin",
    ):
        assert client.get(f"/admin/other/{page}").status_code == 404, page
    for said in (ticket, busy.order.order.code, "nova", "anna@example.org"):
        reply = client.get("/admin/other/tickets", query_string={"q": said})
        assert "Nothing fits" in reply.text, said
    for page in ("payments", "tray", "flags", "snapshots", "orders"):
        text = client.get(f"/admin/other/{page}").text
        assert ticket not in text
        assert busy.order.order.code not in text


def test_every_page_keeps_to_the_strict_policy_and_names_no_other_host(any_office: Office, busy: Busy) -> None:
    client = any_office.as_role(Role.ADMIN)
    pages = [
        "",
        "points",
        "points/main_gate",
        f"tickets/{busy.tickets[0].hex()}",
        "orders",
        "payments",
        "flags",
        "tray",
    ]
    for page in [
        *pages,
        "jobs",
        "snapshots",
        "staff",
        "staff/new",
        "badges",
        "badges/new",
        f"orders/{busy.order.order.code}",
    ]:
        reply = client.get(any_office.at(page))
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["Cache-Control"] == "no-store"
        assert "http://" not in reply.text.replace("http://www.w3.org", "")
        assert " style=" not in reply.text
        assert "onclick" not in reply.text
