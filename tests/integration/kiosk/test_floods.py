"""More from one device than a kiosk keeps: it waits, and what others wrote behind it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import DeviceStated
from common.decision import Reason
from common.ids import Cause, DeviceId
from kiosk.store.learnt import Intake
from kiosk.sync.errors import SyncWhy
from tests.integration.kiosk.test_exchange import World
from tests.support.fake_server import PER_ANSWER_MAX
from tests.support.kiosk_world import GATE, OtherDevice


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_a_flood_of_many_pages_that_waits_does_not_hold_up_the_use_behind_it(world: World) -> None:
    gate = world.gate()
    gate.kiosk.stores.learnt._per_device_max = 20
    quiet = _quiet_device(world)
    world.server.say(*(world.redeem(4) for _ in range(4 * PER_ANSWER_MAX)))
    gate.settle(6)
    assert gate.sync.state.why is SyncWhy.TOO_MANY
    read = gate.kiosk.stores.learnt.cursor()
    world.server.say(world.redeem(1, by=quiet))
    gate.settle(40)
    assert gate.scan(world.sold[1].text).reason is Reason.NOTHING_LEFT
    assert gate.sync.state.why is SyncWhy.TOO_MANY
    assert gate.kiosk.stores.learnt.cursor() == read  # what waits lies behind it
    gate.kiosk.stores.learnt._per_device_max = 1_000
    gate.settle(60)
    assert not [one for one in world.server.entries if gate.sync.exchanger.held.raw(one.ref.digest) is None]
    assert gate.kiosk.stores.learnt.cursor() == world.server._cursor(len(world.server.rows))
    assert gate.sync.state.why is None


def test_pages_behind_what_waits_are_asked_for_at_once(world: World) -> None:
    gate = world.gate()
    gate.settle(6)
    gate.kiosk.stores.learnt._per_device_max = 20
    world.server.say(*(world.redeem(4) for _ in range(2 * PER_ANSWER_MAX)))
    outcomes = [gate.sync.exchanger.exchange(100, by_vector=False) for _ in range(2)]
    assert all(one.waits for one in outcomes)
    assert [one.answered.more for one in outcomes] == [True, False]


def test_a_kiosk_without_a_cursor_hears_what_lies_behind_a_flood_that_waits(world: World) -> None:
    gate = world.gate()
    learnt = gate.kiosk.stores.learnt
    learnt._per_device_max = 20
    quiet = _quiet_device(world)
    world.server.say(*(world.redeem(4) for _ in range(4 * PER_ANSWER_MAX)))
    gate.settle(40)
    learnt.take(Intake(forgets_cursor=True)).result()  # as after a restore of the server
    gate.restart()
    gate.kiosk.stores.learnt._per_device_max = 20
    world.server.say(world.redeem(1, by=quiet))
    gate.settle(40)
    assert gate.scan(world.sold[1].text).reason is Reason.NOTHING_LEFT
    gate.kiosk.stores.learnt._per_device_max = 1_000
    gate.settle(60)
    assert not [one for one in world.server.entries if gate.sync.exchanger.held.raw(one.ref.digest) is None]
    assert gate.kiosk.stores.learnt.cursor() == world.server._cursor(len(world.server.rows))


def _quiet_device(world: World) -> OtherDevice:
    """A known device that comes behind the other one in a vector."""
    quiet = next(one for one in iter(lambda: OtherDevice(world.event), None) if one.device > world.other.device)
    certificate = world.event.certificate(quiet.key)
    stated = DeviceStated(Cause(quiet.device), DeviceId(quiet.device), certificate, quiet.name, GATE, ())
    world.server.say(world.event.say(stated))
    return quiet
