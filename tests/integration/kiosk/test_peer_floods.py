"""On the LAN: what one device wrote beyond what is kept of it holds up nobody else's news, in either direction."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import DeviceStated, Redeem
from common.entries import Entry
from common.ids import AreaNo, Cause, DeviceId, EventDay, TicketId
from kiosk.sync import peer_caller
from kiosk.sync.peer_messages import ENTRIES_MAX
from kiosk.sync.reception import nothing_vouched
from tests.support.kiosk_world import GATE, RALLY, OtherDevice
from tests.support.lan_world import LanKiosk, LanWorld, within

KEPT = 20


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LanWorld]:
    world = LanWorld(tmp_path)
    yield world
    world.close()


def used(device: OtherDevice) -> Entry:
    return device.write(Redeem(TicketId(os.urandom(8)), 0, RALLY, 1, GATE, AreaNo(0), EventDay(20_635), (), None))


def two_devices(world: LanWorld) -> tuple[OtherDevice, OtherDevice, tuple[Entry, ...]]:
    """One that will flood, a quiet one that comes behind it in a vector, and what the server says of both."""
    flood, quiet = sorted((OtherDevice(world.event), OtherDevice(world.event)), key=lambda one: one.device)
    return flood, quiet, tuple(stated(world, one) for one in (flood, quiet))


def stated(world: LanWorld, one: OtherDevice) -> Entry:
    cause, certificate = Cause(os.urandom(16)), world.event.certificate(one.key)
    return world.event.say(DeviceStated(cause, DeviceId(one.device), certificate, one.name, GATE, ()))


def hear(kiosk: LanKiosk, *entries: Entry) -> None:
    got = kiosk.front.sync.exchanger.reception.receive([one.raw for one in entries], nothing_vouched)
    assert got.new == len(entries)


def test_behind_a_flood_that_a_kiosk_cannot_keep_it_takes_what_others_wrote(world: LanWorld) -> None:
    flood, quiet, known = two_devices(world)
    full, other = world.kiosk(uplink=False), world.kiosk(uplink=False)
    full.front.kiosk.stores.learnt._per_device_max = KEPT
    hear(full, *known, *(used(flood) for _ in range(KEPT)))
    flood.run, flood.written = type(flood.run)(os.urandom(8)), []
    use = used(quiet)
    hear(other, *known, *(used(flood) for _ in range(ENTRIES_MAX + 1)), use)
    full.front.peers.found(other.address)
    assert within(lambda: full.knows(use.ref.digest), 6)
    assert full.front.kiosk.stores.learnt.count() == KEPT + len((*known, use))


def test_behind_a_flood_that_its_partner_cannot_keep_a_kiosk_gives_what_others_wrote(
    world: LanWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_caller, "RESTING_MAX", 2 * KEPT)  # less than waits there
    flood, quiet, known = two_devices(world)
    full, other = world.kiosk(uplink=False), world.kiosk(uplink=False)
    full.front.kiosk.stores.learnt._per_device_max = KEPT
    use = used(quiet)
    hear(other, *known, *(used(flood) for _ in range(ENTRIES_MAX + 9 * KEPT)), use)
    other.front.peers.found(full.address)
    assert within(lambda: full.knows(use.ref.digest), 6)
