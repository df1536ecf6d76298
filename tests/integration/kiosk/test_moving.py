"""A kiosk that its people set up at another point: at once, without a network, and stated by the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.badges import Role
from common.bodies import Moved, Redeem
from common.decision import Reason
from common.errors import BadInput
from common.ids import PointNo
from syncserver.services import statements
from syncserver.stores import devices as device_store
from tests.support.server_world import GATE
from tests.support.whole_world import Gate, Guest, WholeWorld, event_that_searches, make_whole_world

KITCHEN = PointNo(2)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path, event_that_searches())
    yield made
    made.close()


@pytest.fixture
def gate(world: WholeWorld) -> Gate:
    """A kiosk at the gate with a supervisor's badge and PIN."""
    badge = world.badge()
    world.build()
    made = world.gate()
    made.sign_on(badge)
    return made


def here(gate: Gate) -> PointNo:
    (one,) = [place.point for place in gate.front.places() if place.here]
    return one


def stated(world: WholeWorld, gate: Gate) -> int | None:
    """Where the server says it stands."""
    with world.services.db.read() as tx:
        row = device_store.by_id(tx, world.event.id, gate.front.kiosk.stores.journal.device)
    assert row is not None
    return row.point_no


def move_by_admin(world: WholeWorld, gate: Gate, point: PointNo, key: bytes) -> None:
    with world.services.db.write() as tx:
        row = device_store.by_id(tx, world.event.id, gate.front.kiosk.stores.journal.device)
        assert row is not None
        desk = world.services.scribe.open(tx, world.event.id)
        assert statements.device(desk, key, row.device, row.certificate, row.name, point) is not None


def own_bodies(gate: Gate) -> list[object]:
    return [entry.body for entry in gate.front.kiosk.stores.journal.since(0)]


def test_a_moved_kiosk_judges_by_its_new_point_at_once_and_the_server_states_it(world: WholeWorld, gate: Gate) -> None:
    (guest,) = world.issue(Guest("Jana"))
    gate.settle()
    assert gate.verdict(guest.digits).reason is Reason.OK
    for shown in gate.front.not_shown_yet():
        assert shown.entry is not None
        gate.front.was_shown(shown.entry)
    gate.transport.is_down = True
    gate.front.move_to(KITCHEN)
    assert here(gate) == KITCHEN
    gate.restart()
    assert here(gate) == KITCHEN, "without a network and after a restart"
    assert gate.front.not_shown_yet() == (), "nobody waits to see a move"
    uses = [body for body in own_bodies(gate) if isinstance(body, Redeem)]
    assert [use.point for use in uses] == [GATE], "entries made before keep their point"
    gate.transport.is_down = False
    gate.settle()
    world.tick()
    world.work()
    gate.settle()
    assert (stated(world, gate), here(gate)) == (KITCHEN, KITCHEN)
    assert [body for body in own_bodies(gate) if isinstance(body, Moved)] == [Moved(KITCHEN, GATE)]


def test_what_the_server_says_later_of_its_place_outranks_what_was_chosen_at_the_kiosk(
    world: WholeWorld, gate: Gate
) -> None:
    gate.front.move_to(KITCHEN)
    gate.settle()
    world.tick()
    world.work()
    move_by_admin(world, gate, GATE, b"back to the gate")
    gate.settle()
    assert (stated(world, gate), here(gate)) == (GATE, GATE)
    gate.restart()
    world.tick()
    world.work()
    gate.settle()
    assert (stated(world, gate), here(gate)) == (GATE, GATE)


def test_a_move_that_met_another_by_the_admin_gives_way_to_it(world: WholeWorld, gate: Gate) -> None:
    gate.transport.is_down = True
    gate.front.move_to(KITCHEN)
    move_by_admin(world, gate, GATE, b"renamed, in the same place")
    gate.transport.is_down = False
    gate.settle()
    world.tick()
    world.work()
    gate.settle()
    assert stated(world, gate) == here(gate)


def test_two_moves_made_without_a_network_are_stated_in_their_order(world: WholeWorld, gate: Gate) -> None:
    gate.transport.is_down = True
    gate.front.move_to(KITCHEN)
    gate.front.move_to(GATE)
    gate.front.move_to(KITCHEN)
    gate.transport.is_down = False
    gate.settle()
    world.tick()
    world.work()
    gate.settle()
    assert (stated(world, gate), here(gate)) == (KITCHEN, KITCHEN)


def test_only_a_supervisor_with_badge_and_pin_moves_it_and_only_to_a_point_there_is(
    world: WholeWorld, gate: Gate
) -> None:
    with pytest.raises(BadInput, match="no point 77"):
        gate.front.move_to(PointNo(77))
    hostess = world.badge("Petr", (Role.HOSTESS,))
    gate.settle()
    gate.sign_on(hostess)
    with pytest.raises(BadInput, match="supervisor"):
        gate.front.move_to(KITCHEN)
    gate.front.lock()
    with pytest.raises(BadInput, match="locked"):
        gate.front.move_to(KITCHEN)
    assert here(gate) == GATE
    assert [(place.point, place.names["en"], place.here) for place in gate.front.places()] == [
        (GATE, "Main gate", True),
        (KITCHEN, "Kitchen", False),
    ]


def test_who_practises_moves_nothing(gate: Gate) -> None:
    gate.front.practise(on=True)
    with pytest.raises(BadInput, match="practises"):
        gate.front.move_to(KITCHEN)
    gate.front.practise(on=False)
    gate.front.move_to(KITCHEN)
    assert here(gate) == KITCHEN
