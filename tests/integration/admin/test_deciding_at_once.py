"""Two supervisors decide the same uses at the same moment, in two server processes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.bodies import Ruling
from common.conflicts import is_by_people
from common.facts import BlockFact, DecideFact
from common.ids import TicketId
from common.ticket_view import heads
from syncserver.app import make_services
from syncserver.services import conflicts as service
from syncserver.services.conflicts import AUse, Deciding, Said, Wish
from syncserver.services.staff_actions import Actor
from syncserver.stores.conflicts import ConflictFilter
from tests.integration.admin.test_conflicts import all_conflicts, ticket_of
from tests.support.admin_world import Office


@pytest.fixture
def other(any_office: Office) -> Iterator[Deciding]:
    """What a second process of the same server decides with."""
    services = make_services(any_office.services.config, any_office.clock)
    yield services.admin.deciding
    services.db.close()


def doubles(office: Office, count: int) -> list[TicketId]:
    gate, far = office.join("North gate"), office.join("South gate")
    tickets = office.issue(count)
    office.take(*(gate.redeem(ticket) for ticket in tickets))
    office.clock.advance(60)
    office.take(*(far.redeem(ticket) for ticket in tickets))
    return tickets


def said(wish: Wish) -> Said:
    return Said(wish, "seen", secrets.token_bytes(8))


def in_force(office: Office, ticket: TicketId) -> list[int]:
    rulings = [fact for fact in ticket_of(office, ticket).facts if isinstance(fact, DecideFact) and is_by_people(fact)]
    return [fact.ruling for fact in heads(rulings)]


def is_blocked(office: Office, ticket: TicketId) -> bool:
    return any(fact.blocked for fact in heads([f for f in ticket_of(office, ticket).facts if isinstance(f, BlockFact)]))


def test_what_one_decides_while_another_decides_all_that_was_open_stands(
    any_office: Office, other: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, [ticket, *_] = any_office, doubles(any_office, 3)
    actor = Actor(None, office.event.id, office.clock.now_ms())
    [digest] = [row.digest for row in all_conflicts(office) if row.ticket == ticket]
    some, blocked = Deciding._some, list[bool]()

    def some_after_the_other(deciding: Deciding, by: Actor, found: list[AUse], what: Said) -> int:
        if deciding is other and not blocked:
            blocked.append(office.services.admin.deciding.one(actor, digest, said(Wish.BLOCK)))
        return some(deciding, by, found, what)

    monkeypatch.setattr(service, "AT_ONCE", 1)
    monkeypatch.setattr(Deciding, "_some", some_after_the_other)
    assert other.conflicts(actor, ConflictFilter(), said(Wish.ACCEPT)).count == 2
    assert in_force(office, ticket) == [Ruling.BLOCK]
    assert is_blocked(office, ticket)


def test_all_at_once_from_two_processes_each_use_has_one_decision_and_a_block_only_where_that_says_so(
    any_office: Office, other: Deciding
) -> None:
    office, tickets = any_office, doubles(any_office, 6)
    actor, start = Actor(None, office.event.id, office.clock.now_ms()), threading.Barrier(2)

    def decide(deciding: Deciding, wish: Wish) -> None:
        start.wait()
        deciding.conflicts(actor, ConflictFilter(is_decided=None), said(wish))

    with ThreadPoolExecutor(2) as pool:
        mine = pool.submit(decide, office.services.admin.deciding, Wish.BLOCK)
        theirs = pool.submit(decide, other, Wish.ACCEPT)
        mine.result(), theirs.result()
    for ticket in tickets:
        [ruling] = in_force(office, ticket)
        assert is_blocked(office, ticket) is (ruling == Ruling.BLOCK)
