"""Kiosks and conflicts: an open double is told at the next scan, messages reach the point, refused entries stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import Decide, Flag, Message, Ruling
from common.clock import ManualClock
from common.conflict_news import ConflictNews, ToldConflict, ToldUse, with_news
from common.decision import Fault, Outcome, Reason, Verdict
from common.ids import Cause
from common.ticket_code import format_code
from kiosk.control_room import ControlRoom
from kiosk.history import history
from kiosk.known import Known
from tests.integration.kiosk.test_exchange import Gate, World
from tests.support.kiosk_world import EVENT, GATE, LUNCH, RALLY, STAND


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def make_double(world: World, gate: Gate) -> None:
    """The gate admits while it is alone; another kiosk had admitted the same pass."""
    assert gate.scan(world.sold[0].text).outcome is Outcome.ADMIT
    world.server.say(world.redeem(0))
    gate.settle(4)


def later(gate: Gate, world: World) -> Verdict:
    """A scan after the duplicate's pause."""
    gate.clock.advance(120)
    return gate.scan(world.sold[0].text)


def test_the_next_scan_of_the_pass_says_that_a_double_is_open_until_it_is_decided(world: World) -> None:
    gate = world.gate()
    assert Flag.DOUBLE_OPEN not in gate.scan(world.sold[1].text).flags
    make_double(world, gate)
    verdict = later(gate, world)
    assert (verdict.reason, Flag.DOUBLE_OPEN in verdict.flags) == (Reason.NOTHING_LEFT, True)
    known = Known(gate.kiosk.stores, world.event.ring()).ticket(
        world.sold[0].ticket, gate.clock.now_ms(), world.sold[0].code, 0
    )
    (digest,) = known.ledger.doubles
    (target,) = (use.ref for use in known.ledger.counted if use.ref.digest == digest)
    ruling = Decide(Cause(b"d" * 16), world.sold[0].ticket, target, Ruling.ACCEPT, ())
    world.server.say(world.event.say(ruling))
    gate.settle(4)
    verdict = later(gate, world)
    assert (verdict.reason, verdict.flags) == (Reason.NOTHING_LEFT, ())


def test_the_next_scan_says_that_more_of_an_item_was_handed_out_than_was_bought(world: World) -> None:
    """Two kitchens that had not heard of each other gave the three lunches twice; the gate tells it too."""
    stand, gate = world.gate(STAND), world.gate()
    for _ in range(3):
        assert stand.scan(world.sold[0].text).outcome is Outcome.ADMIT
        stand.clock.advance(30)
    world.server.say(world.redeem(0, product=LUNCH))
    for one in (stand, gate):
        one.settle(6)
    verdict = later(stand, world)
    assert (verdict.reason, verdict.flags) == (Reason.NOTHING_LEFT, (Flag.DOUBLE_OPEN,))
    told = later(gate, world)
    assert (told.outcome, told.flags) == (Outcome.ADMIT, (Flag.DOUBLE_OPEN,))
    assert gate.scan(world.sold[1].text).flags == ()


def test_a_message_about_a_conflict_reaches_its_point_and_no_other(world: World) -> None:
    north, stand = world.gate(), world.gate(STAND)
    world.server.say(world.event.say(Message(Cause(b"m" * 16), GATE, "To be decided by a supervisor")))
    north.settle(4)
    stand.settle(4)
    ring = world.event.ring()
    assert [one.text for one in ControlRoom(north.kiosk.stores, EVENT).messages(ring, GATE)] == [
        "To be decided by a supervisor"
    ]
    assert ControlRoom(stand.kiosk.stores, EVENT).messages(ring, STAND) == ()


def test_what_a_message_tells_of_conflicts_is_worded_here_in_the_kiosk_s_own_language(world: World) -> None:
    """The server's words are of the event's language; how the code ended is known where it was read."""
    gate = world.gate()
    assert gate.scan(world.sold[0].text).outcome is Outcome.ADMIT
    own = gate.own()[0]
    at_s, digest = own.stamp.corrected_ms // 1000, own.ref.digest.hex()[:8]
    uses = (ToldUse(at_s - 60, STAND, "00000000"), ToldUse(at_s, GATE, digest))
    told = (ToldConflict("devices_had_not_heard", RALLY, uses), ToldConflict("of_a_later_version", 999, uses[:1]))
    text = with_news(["To be decided"], ConflictNews(told, 2), 1000)
    world.server.say(world.event.say(Message(Cause(b"m" * 16), GATE, text)))
    gate.settle(4)
    here = gate.kiosk.around.here()
    assert not isinstance(here, Fault)
    room, ends = ControlRoom(gate.kiosk.stores, EVENT), gate.kiosk.station.code_ends()
    (message,) = room.messages(world.event.ring(), GATE, here.catalogue, ends)
    assert (message.text, message.more) == ("To be decided", 2)
    (shown, other), end = message.conflicts, format_code(world.sold[0].code)[-6:]
    assert (shown.kind, shown.code_end, other.code_end) == ("devices_had_not_heard", end, "")
    assert [time_ms // 1000 for time_ms, _ in shown.uses] == [at_s - 60, at_s]
    names = here.catalogue.point_by_no
    assert [point for _, point in shown.uses] == [names[STAND].names, names[GATE].names]
    assert (shown.product, other.product) == (here.catalogue.product_by_no[RALLY].names, {})


def test_what_the_server_would_not_take_is_kept_and_told_with_the_reason_until_it_is_taken(world: World) -> None:
    gate = world.gate()
    for sold in world.sold:
        gate.scan(sold.text)
    odd = gate.own()[0].ref.digest
    world.server.tray.add(odd)
    gate.settle(10)
    assert gate.sync.exchanger.outbox.refused() == {odd: "not_allowed"}
    rows = history(gate.kiosk.stores.journal, None, gate.clock.now_ms(), gate.sync.exchanger.outbox.refused())
    assert {row.entry.digest: row.refused for row in rows if row.refused} == {odd: "not_allowed"}
    world.server.tray.clear()
    gate.clock.advance(700)
    gate.settle(40)
    assert gate.sync.exchanger.outbox.refused() == {}
    assert odd in {entry.ref.digest for entry in world.server.entries}


def test_an_entry_the_server_fails_on_is_told_as_such(world: World) -> None:
    gate = world.gate()
    for sold in world.sold:
        gate.scan(sold.text)
    odd = gate.own()[1].ref.digest
    world.server.poison.add(odd)
    gate.settle(80)
    assert gate.sync.exchanger.outbox.refused() == {odd: "failed_on_it"}
    assert isinstance(gate.clock, ManualClock)
