"""A ticket is found by whatever people say of it, its page tells all that happened, and blocking is a statement."""

from __future__ import annotations

import re

import pytest

from common.ids import TicketId
from common.ticket_code import derive_code, format_code
from syncserver.services.rights import Role
from syncserver.services.ticket_fold import read_ticket
from tests.support.admin_world import Office
from tests.support.busy_office import Busy, sell, shop_of


def code_of(office: Office, ticket: TicketId, generation: int = 0) -> str:
    """What stands under the ticket's QR."""
    return format_code(derive_code(office.services.keys.of(office.event.uid).code, ticket, generation))


def is_blocked(office: Office, ticket: TicketId) -> bool:
    with office.services.db.read() as tx:
        known = read_ticket(tx, office.event, ticket, office.clock.now_ms())
    assert known is not None
    assert known.folded.view is not None
    return known.folded.view.blocked


@pytest.mark.parametrize("how", ["code", "code without check", "code in small letters", "id", "id in capitals"])
def test_a_ticket_is_found_by_its_code_or_id_and_shown_at_once(any_office: Office, busy: Busy, how: str) -> None:
    ticket = busy.tickets[1]
    code = code_of(any_office, ticket)
    said = {
        "code": code,
        "code without check": code.rpartition("-")[0],
        "code in small letters": f"  {code.lower().replace('-', ' ')} ",
        "id": ticket.hex(),
        "id in capitals": ticket.hex().upper(),
    }[how]
    reply = any_office.as_role(Role.SUPPORT).get(any_office.at("tickets"), query_string={"q": said})
    assert reply.status_code == 303
    assert reply.location == any_office.at(f"tickets/{ticket.hex()}")


@pytest.mark.parametrize("said", ["nova", "NOVÁ ann", "Anna", "anna@EXAMPLE.org", "{order}", "#{order}"])
def test_tickets_are_found_by_order_name_and_mail(any_office: Office, busy: Busy, said: str) -> None:
    text = said.format(order=busy.order.order.code.lower())
    page = any_office.as_role(Role.SUPPORT).get(any_office.at("tickets"), query_string={"q": text}).text
    assert all(one.hex() in page for one in busy.tickets)


@pytest.mark.parametrize(
    "said", ["anna novotna", "@", "bob", "ABCDEF", "0" * 17, "'; DROP TABLE tickets; --", "%", "_"]
)
def test_what_fits_nothing_says_so(any_office: Office, busy: Busy, said: str) -> None:
    page = any_office.as_role(Role.SUPPORT).get(any_office.at("tickets"), query_string={"q": said})
    assert page.status_code == 200
    assert "Nothing fits" in page.text
    assert busy.tickets[0].hex() not in page.text


def test_one_page_tells_all_that_happened(any_office: Office, busy: Busy) -> None:
    page = any_office.as_role(Role.SUPPORT).get(any_office.at(f"tickets/{busy.tickets[0].hex()}")).text
    said = re.findall(r'<span class="mark [a-z]*">([^<]+)</span>', page)
    for what in ("Ordered", "Paid", "Mail sent", "Issued", "Redeemed", "conflict", "Refused"):
        assert what in said, (what, said)
    assert "Anna Nová" in page
    assert busy.order.order.code in page
    assert "Used up" in page


def test_a_flag_of_a_use_stands_in_its_line(any_office: Office, busy: Busy) -> None:
    page = any_office.as_role(Role.SUPPORT).get(any_office.at(f"tickets/{busy.tickets[1].hex()}")).text
    assert "the kiosk&#39;s clock was doubtful" in page


def test_blocking_is_a_statement_with_who_and_why_and_can_be_taken_back(any_office: Office, busy: Busy) -> None:
    client, ticket = any_office.as_role(Role.SUPERVISOR), busy.tickets[2]
    at = f"tickets/{ticket.hex()}"
    reply = any_office.post(client, at, f"{at}/block", why="Reported stolen", key="01" * 8)
    assert reply.status_code == 303
    assert is_blocked(any_office, ticket)
    page = client.get(any_office.at(at)).text
    assert "Reported stolen" in page
    assert re.search(r"Blocked</span>.*?Supervisor</td>", page, re.DOTALL)
    any_office.clock.advance(60)
    any_office.post(client, at, f"{at}/unblock", why="Found again", key="02" * 8)
    assert not is_blocked(any_office, ticket)
    assert "Found again" in client.get(any_office.at(at)).text


def test_a_form_sent_twice_blocks_once(any_office: Office, busy: Busy) -> None:
    client, ticket = any_office.as_role(Role.SUPERVISOR), busy.tickets[2]
    at = f"tickets/{ticket.hex()}"
    for _ in range(2):
        any_office.post(client, at, f"{at}/block", why="Reported stolen", key="01" * 8)
    assert client.get(any_office.at(at)).text.count("Reported stolen") == 1


def test_a_block_without_a_reason_changes_nothing(any_office: Office, busy: Busy) -> None:
    client, ticket = any_office.as_role(Role.SUPERVISOR), busy.tickets[2]
    at = f"tickets/{ticket.hex()}"
    reply = any_office.post(client, at, f"{at}/block", why="   ", key="01" * 8)
    assert reply.status_code == 400
    assert "say why" in reply.text
    assert not is_blocked(any_office, ticket)


def test_the_code_is_read_out_as_it_is_on_the_pass_and_it_is_written_down_who_asked(any_office: Office) -> None:
    shop = shop_of(any_office)
    ticket = TicketId(sell(shop).tickets[0].ticket)
    client, at = any_office.as_role(Role.SUPPORT), f"tickets/{ticket.hex()}"
    assert code_of(any_office, ticket) not in client.get(any_office.at(at)).text
    reply = any_office.post(client, at, f"{at}/code")
    assert f'<p class="code big">{code_of(any_office, ticket)}</p>' in reply.text
    deeds = any_office.as_role(Role.ADMIN).get(any_office.at("staff")).text
    assert re.search(rf"Support</.*?read out the code of the ticket.*?{ticket.hex()}", deeds, re.DOTALL)


def test_a_blocked_ticket_has_no_code_to_read_out(any_office: Office, busy: Busy) -> None:
    client, ticket = any_office.as_role(Role.SUPERVISOR), busy.tickets[2]
    at = f"tickets/{ticket.hex()}"
    any_office.post(client, at, f"{at}/block", why="Reported stolen", key="01" * 8)
    assert f"{at}/code" not in client.get(any_office.at(at)).text
    reply = any_office.post(client, at, f"{at}/code")
    assert "no code to read out" in reply.text
    assert code_of(any_office, ticket) not in reply.text


def test_a_new_code_is_shown_once_mailed_and_the_old_one_still_finds_the_ticket(any_office: Office) -> None:
    shop = shop_of(any_office)
    ticket = TicketId(sell(shop).tickets[0].ticket)
    client, at = any_office.as_role(Role.SUPPORT), f"tickets/{ticket.hex()}"
    before, mails = code_of(any_office, ticket), len(shop.letterbox.mails)
    any_office.clock.advance(600)
    reply = any_office.post(client, f"{at}/reissue", f"{at}/reissue", key="03" * 8)
    shown = re.search(r'<p class="code big">([A-Z0-9-]+)</p>', reply.text)
    assert shown is not None
    assert shown[1] != before
    shop.worker.run_all()
    assert len(shop.letterbox.mails) == mails + 1
    for said in (shown[1], before):
        found = client.get(any_office.at("tickets"), query_string={"q": said})
        assert found.location == any_office.at(at)
    assert "New code" in client.get(any_office.at(at)).text


def test_a_ticket_without_an_order_gets_a_new_code_and_no_mail(any_office: Office) -> None:
    ticket = any_office.issue()[0]
    any_office.clock.advance(600)
    at = f"tickets/{ticket.hex()}"
    reply = any_office.post(any_office.as_role(Role.SUPPORT), f"{at}/reissue", f"{at}/reissue", key="03" * 8)
    assert reply.status_code == 200
    assert "A mail with it" not in reply.text


@pytest.mark.parametrize("odd", ["00" * 8, "x", "00", "0" * 400, "ABCDEF0123456789", "zz" * 8])
def test_what_is_no_ticket_of_the_event_is_not_there(office: Office, odd: str) -> None:
    client = office.as_role(Role.ADMIN)
    assert client.get(office.at(f"tickets/{odd}")).status_code == 404
