"""A ticket that became another one at the gate: with the news and without, with the old paper and with the new pass."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.decision import Reason
from common.ids import ProductNo, TicketId
from syncserver.jobs.statement_args import ChangeWanted
from syncserver.services import statements
from syncserver.services.issue_passes import PassText, passes_of
from tests.support.server_world import FOUR_DAYS, ONE_DAY
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

DAY_S = 86_400


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    """One day is good once; four days once a day."""
    made = make_whole_world(tmp_path)
    yield made
    made.close()


def change(world: WholeWorld, ticket: TicketId, product: ProductNo = FOUR_DAYS) -> PassText:
    """What the scribe does when the difference is paid; the pass from then on."""
    with world.services.db.write() as tx:
        desk = world.services.scribe.open(tx, world.event.id)
        statements.change_product(desk, secrets.token_bytes(16), [ChangeWanted(ticket, product)])
    with world.services.db.read() as tx:
        (made,) = passes_of(tx, world.services.keys, world.event.id, [ticket])
    return made


def admitted(gate: Gate, text: str) -> ProductNo | None:
    verdict = gate.verdict(text)
    assert verdict.reason is Reason.OK
    return verdict.product


def test_a_kiosk_that_never_hears_of_the_change_lets_each_pass_open_what_it_says(world: WholeWorld) -> None:
    old, other, lost = world.issue(Guest("Anna"), Guest("Jan"), Guest("Eva"), product=ONE_DAY)
    with world.services.db.write() as tx:
        statements.reissue(world.services.scribe.open(tx, world.event.id), b"lost", lost.ticket)
    world.build()
    gate = world.gate()
    gate.transport.is_down = True
    new, found = change(world, old.ticket), change(world, lost.ticket)
    change(world, other.ticket)
    assert (new.code, new.digits != old.digits) == (old.code, True)
    assert admitted(gate, other.digits) == ONE_DAY, "the paper is good for what it says"
    assert admitted(gate, new.digits) == FOUR_DAYS
    assert (gate.reason(lost.digits), admitted(gate, found.digits)) == (Reason.SUPERSEDED, FOUR_DAYS)
    world.advance(60)
    assert gate.reason(new.digits) is Reason.ALREADY_TODAY
    assert gate.reason(old.digits) is Reason.NOTHING_LEFT, "the new pass was used, and this is the same ticket"
    world.advance(DAY_S)
    assert admitted(gate, new.digits) == FOUR_DAYS
    assert gate.reason(other.digits) is Reason.NOTHING_LEFT


def test_once_the_news_is_there_the_old_paper_opens_what_the_ticket_is_also_by_a_snapshot(world: WholeWorld) -> None:
    """Passes are signed in whole seconds, up to one ahead: else a change as quick as Jan's would lose to his paper."""
    old, quick = world.issue(Guest("Anna"), Guest("Jan"), items=((3, 2),), product=ONE_DAY)
    soon = change(world, quick.ticket)  # in the same millisecond
    world.build()
    gate = world.gate()
    assert (admitted(gate, old.digits), admitted(gate, quick.digits)) == (ONE_DAY, FOUR_DAYS)
    world.advance(3600)
    new = change(world, old.ticket)
    assert new.items == ((3, 2),)
    gate.settle()
    world.tick()
    world.build()
    fresh = world.gate()
    fresh.restart()
    for kiosk in (gate, fresh):
        for text in (old.digits, new.digits, old.code, soon.digits):
            assert kiosk.reason(text) is Reason.ALREADY_TODAY, "the day was used before the change"
    world.advance(DAY_S)
    assert admitted(gate, old.digits) == FOUR_DAYS
    assert admitted(fresh, quick.digits) == FOUR_DAYS


def test_two_gates_one_without_the_news_admit_a_day_once_when_they_hear_each_other(world: WholeWorld) -> None:
    (old,) = world.issue(Guest("Anna"), product=ONE_DAY)
    world.build()
    deaf, hearing = world.gate(), world.gate()
    deaf.transport.is_down = True
    new = change(world, old.ticket)
    hearing.settle()
    assert admitted(deaf, old.digits) == ONE_DAY
    deaf.transport.is_down = False
    deaf.settle()
    world.tick()
    hearing.settle()
    assert hearing.reason(new.digits) is Reason.ALREADY_TODAY
    world.advance(DAY_S)
    assert admitted(deaf, old.digits) == FOUR_DAYS, "it has heard by now"
