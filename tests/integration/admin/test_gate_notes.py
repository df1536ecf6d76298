"""Staff see what buyers answered, and write a note that goes sealed to gates; others see neither."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from syncserver.db.tables_shop import holders
from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from syncserver.services.staff_actions import Action
from syncserver.stores import staff as staff_store
from tests.support.admin_world import Office
from tests.support.asking_event import SAID, asking_event
from tests.support.busy_office import sell, shop_of

NOTE = "Jede s doprovodem, pustit oba"


@pytest.fixture(scope="module")
def ticket(office: Office) -> str:
    """A sold ticket's id."""
    return sell(shop_of(office)).tickets[0].ticket.hex()


def write(office: Office, ticket: str, note: str, role: Role = Role.SUPPORT) -> tuple[int, str]:
    page = f"tickets/{ticket}"
    reply = office.post(office.as_role(role), page, f"{page}/note", note=note)
    return reply.status_code, reply.location or reply.text


def stored(office: Office) -> list[str]:
    with office.services.db.read() as tx:
        return list(tx.scalars(select(holders.c.gate_note)))


def test_support_writes_a_note_and_who_did_it_is_written_down_without_its_words(office: Office, ticket: str) -> None:
    assert write(office, ticket, f"  {NOTE}\n") == (303, office.at(f"tickets/{ticket}?done=noted"))
    assert stored(office) == [NOTE]
    page = office.as_role(Role.SUPPORT).get(office.at(f"tickets/{ticket}")).text
    assert f">{NOTE}</textarea>" in page
    with office.services.db.read() as tx:
        done = staff_store.actions_on(tx, office.event.id, ticket, 1)[0]
    assert (done.action, done.why) == (Action.NOTE.value, "")


def test_the_same_note_again_changes_nothing_and_an_empty_one_takes_it_away(office: Office, ticket: str) -> None:
    write(office, ticket, NOTE)
    assert write(office, ticket, NOTE) == (303, office.at(f"tickets/{ticket}"))
    write(office, ticket, "")
    assert stored(office) == [""]


@pytest.mark.parametrize(("length", "status"), [(500, 303), (501, 400)])
def test_a_note_has_five_hundred_characters_at_most(office: Office, ticket: str, length: int, status: int) -> None:
    write(office, ticket, "")
    assert write(office, ticket, "ř" * length)[0] == status
    assert stored(office) == ["ř" * 500 if status == 303 else ""]


def test_a_ticket_without_a_holder_here_takes_no_note(office: Office) -> None:
    (orderless,) = office.issue()
    assert "Note for the gate" not in office.as_role(Role.SUPPORT).get(office.at(f"tickets/{orderless.hex()}")).text
    assert write(office, orderless.hex(), NOTE)[0] == 400


def test_answers_are_on_the_orders_page_for_who_may_see_holders(own_office: Office) -> None:
    import_event(own_office.services.db, own_office.services.clock, asking_event())
    shop = shop_of(own_office)
    browser = shop.browser()
    (line,) = shop.shop.baskets.add_tickets(shop.catalogue, browser, shop.product("one_day"), None, 1)
    shop.shop.answers.answer(shop.catalogue, browser, {line: {(1, key): said for key, said in SAID.items()}})
    view = shop.order(browser)
    pages = {
        role: own_office.as_role(role).get(own_office.at(f"orders/{view.order.code}")).text
        for role in (Role.SUPPORT, Role.ACCOUNTANT)
    }
    assert "Motoklub Ořech" in pages[Role.SUPPORT]
    assert "On which days? <b>Friday, Saturday</b>" in pages[Role.SUPPORT]
    assert "Motoklub Ořech" not in pages[Role.ACCOUNTANT]
