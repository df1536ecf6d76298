"""A party at a gate that lets in and out: as many as were bought, whoever of them comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import Exit, Flag
from common.decision import Direction, Outcome, Reason, Request, Verdict
from common.leaving import leaving
from kiosk.history import history
from kiosk.shown import Undone
from tests.support.kiosk_world import CAMP, WILD
from tests.unit.kiosk.station.test_station import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "kiosk", WILD)
    yield world
    world.kiosk.close()


def coming(quantity: int) -> Request:
    return Request(quantity=quantity)


def going(quantity: int) -> Request:
    return Request(direction=Direction.OUT, quantity=quantity)


def test_the_fourth_of_a_party_comes_after_the_three_and_nobody_after_him(world: World) -> None:
    party = world.event.make_ticket((CAMP, 4), product=CAMP).text
    three = world.answer(party, coming(3))
    assert isinstance(three.verdict, Verdict)
    assert (three.verdict.outcome, three.left) == (Outcome.ADMIT, 1)
    two = world.verdict(party, coming(2))
    assert (two.reason, [choice.left for choice in two.choices]) == (Reason.ALREADY_INSIDE, [1])
    assert world.verdict(party, coming(1)).outcome is Outcome.ADMIT
    full = world.verdict(party, coming(1))
    assert (full.reason, full.choices) == (Reason.ALREADY_INSIDE, ())


def test_as_many_may_come_back_as_have_left(world: World) -> None:
    party = world.event.make_ticket((CAMP, 4), product=CAMP).text
    assert world.verdict(party, coming(5)).reason is Reason.NOTHING_LEFT
    assert world.verdict(party, coming(4)).outcome is Outcome.ADMIT
    assert world.verdict(party, going(2)).quantity == 2
    assert world.verdict(party, coming(3)).reason is Reason.ALREADY_INSIDE
    assert world.verdict(party, coming(2)).outcome is Outcome.ADMIT
    world.restart()
    assert world.verdict(party, coming(1)).reason is Reason.ALREADY_INSIDE


def test_an_exit_takes_out_one_unless_it_says_more_and_nobody_is_kept_in_for_a_number(world: World) -> None:
    party = world.event.make_ticket((CAMP, 4), product=CAMP).text
    world.verdict(party, coming(2))
    assert world.verdict(party, going(1)).flags == (Flag.HISTORY_INCOMPLETE,)
    more = world.verdict(party, going(9))
    assert (more.outcome, more.quantity) == (Outcome.ADMIT, 4)
    assert Flag.NOT_INSIDE in more.flags
    exits = [entry.body for entry in world.kiosk.stores.journal.since(0) if isinstance(entry.body, Exit)]
    assert [leaving(one.flags) for one in exits] == [1, 4]
    assert exits[0].flags == (Flag.HISTORY_INCOMPLETE,), "an exit of one is written as it always was"


def test_an_exit_of_several_is_told_as_such_and_taken_back_as_a_whole(world: World) -> None:
    party = world.event.make_ticket((CAMP, 4), product=CAMP).text
    world.verdict(party, coming(4))
    out = world.answer(party, going(3))
    assert out.entry is not None
    assert out.left is None
    rows = history(world.kiosk.stores.journal, None, world.clock.now_ms())
    assert [row.quantity for row in rows] == [3, 4]
    last = world.kiosk.station.last_use()
    assert last is not None
    assert isinstance(last.verdict, Verdict)
    assert last.verdict.quantity == 3
    undone = world.kiosk.station.undo(out.entry)
    assert isinstance(undone, Undone)
    assert undone.use is not None
    assert undone.use.quantity == 3
    assert world.verdict(party, coming(1)).reason is Reason.ALREADY_INSIDE


def test_a_ticket_for_one_goes_in_and_out_as_before_whatever_number_is_typed(world: World) -> None:
    camper = world.camper.text
    assert world.verdict(camper, coming(3)).quantity == 1
    assert world.verdict(camper, coming(1)).reason is Reason.ALREADY_INSIDE
    out = world.verdict(camper, going(3))
    assert (out.quantity, out.marks, out.flags) == (1, (), ())
    assert world.verdict(camper, coming(1)).outcome is Outcome.ADMIT
