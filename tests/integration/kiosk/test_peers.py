"""Kiosks of one LAN on loopback ports, with real listeners and real calls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from common.bodies import Redeem
from common.decision import Outcome, Reason
from common.ids import AreaNo, DeviceId, EventDay
from common.ticket_code import proof_of_scan
from kiosk.store.learnt import Intake
from kiosk.sync import plan
from kiosk.sync.peer_caller import Called
from tests.support.kiosk_world import EVENT, GATE, RALLY, Event, OtherDevice
from tests.support.lan_world import LanKiosk, LanWorld, within


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LanWorld]:
    world = LanWorld(tmp_path)
    yield world
    world.close()


def met(*kiosks: LanKiosk, partners: int = 1) -> bool:
    return within(lambda: all(kiosk.front.peers.state.met >= partners for kiosk in kiosks))


def test_with_the_server_gone_all_others_refuse_what_the_first_admitted(world: LanWorld) -> None:
    first = world.kiosk()
    second = world.kiosk(first)
    third = world.kiosk(first, second)
    assert met(first, second, third, partners=2)
    world.is_server_up = False
    text = world.sold[0].text
    assert first.verdict(text).outcome is Outcome.ADMIT
    [entry] = first.front.kiosk.stores.journal.since(0)
    for other in (second, third):
        assert within(partial(other.knows, entry.ref.digest))
        assert other.verdict(text).reason is Reason.NOTHING_LEFT


def test_a_kiosk_without_uplink_is_served_through_another_and_heard_through_it(world: LanWorld) -> None:
    connected = world.kiosk()
    alone = world.kiosk(connected, uplink=False)
    assert met(connected, alone)
    alone.verdict(world.sold[0].text)
    [entry] = alone.front.kiosk.stores.journal.since(0)
    assert within(lambda: connected.knows(entry.ref.digest))
    connected.front.exchange_now()
    assert within(lambda: entry.ref.digest in {one.ref.digest for one in world.server.entries})
    late = world.event.make_ticket()
    said = world.event.issue(late)
    world.server.say(said)
    connected.front.exchange_now()
    assert within(lambda: alone.knows(said.ref.digest))
    heard_ms = alone.front.kiosk.around.heard_ms()
    assert heard_ms is not None


def test_what_a_kiosk_without_uplink_writes_is_relayed_within_seconds_and_nothing_else_is(
    world: LanWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by comparing vectors with the server, which is not due here any more."""
    monkeypatch.setattr(plan, "TRUTH_EVERY_S", 3_600.0)
    relaying = world.kiosk()
    alone, talking = world.kiosk(relaying, uplink=False), world.kiosk(relaying)
    assert met(alone, talking)
    assert within(lambda: all(one.front.sync.state.exchanges > 2 for one in (relaying, talking)))
    alone.verdict(world.sold[0].text)
    talking.verdict(world.sold[1].text)
    [entry], [other] = (one.front.kiosk.stores.journal.since(0) for one in (alone, talking))
    assert within(lambda: relaying.knows(entry.ref.digest) and relaying.knows(other.ref.digest))
    assert within(lambda: entry.ref.digest in {one.ref.digest for one in world.server.entries})
    sent = [raw for request in world.server.requests for raw in request.entries]
    assert sent.count(other.raw) == 1


def test_what_was_written_while_a_partner_was_away_comes_when_it_is_back(world: LanWorld) -> None:
    first = world.kiosk(uplink=False)
    for sold in world.sold:
        first.verdict(sold.text)
    second = world.kiosk(first, uplink=False)
    entries = first.front.kiosk.stores.journal.since(0)
    assert within(lambda: all(second.knows(entry.ref.digest) for entry in entries))


def test_a_kiosk_that_only_calls_is_served_too(world: LanWorld) -> None:
    first = world.kiosk(uplink=False)
    second = world.kiosk(first, uplink=False, listens=False)
    assert met(second)
    second.verdict(world.sold[0].text)
    [entry] = second.front.kiosk.stores.journal.since(0)
    assert within(lambda: first.knows(entry.ref.digest))


def test_a_snapshot_is_taken_from_a_peer(world: LanWorld) -> None:
    connected = world.kiosk(snapshot=False)
    assert within(lambda: bool(connected.front.kiosk.stores.snapshots.in_use))
    alone = world.kiosk(connected, uplink=False, snapshot=False)
    assert within(lambda: bool(alone.front.kiosk.stores.snapshots.in_use))
    assert alone.verdict(world.sold[0].text).outcome is Outcome.ADMIT


def test_an_old_snapshot_offered_by_a_peer_is_not_taken(world: LanWorld) -> None:
    """The offer is signed and good: whoever has nothing takes it, whoever has a newer one leaves it."""
    old = world.kiosk(snapshot=False)
    assert within(lambda: bool(old.front.kiosk.stores.snapshots.in_use))
    world.is_server_up = False
    (offered,) = old.front.kiosk.stores.snapshots.in_use
    world.sell(3)
    fresh, empty = world.kiosk(uplink=False, listens=False), world.kiosk(uplink=False, listens=False, snapshot=False)
    held = fresh.front.kiosk.stores.snapshots.in_use
    assert held[0].signed_manifest != offered.signed_manifest
    for kiosk in (fresh, empty):
        peers = kiosk.front.peers
        peers._take_snapshot(peers._caller(old.address), Called(old.device, manifest=offered.signed_manifest))
    assert within(lambda: bool(empty.front.kiosk.stores.snapshots.in_use)), "the offer was one that can be taken"
    assert fresh.front.sync._underway == set(), "nothing is fetched"
    assert fresh.front.kiosk.stores.snapshots.in_use is held
    assert fresh.verdict(world.sold[-1].text).outcome is Outcome.ADMIT, "who is in the newer one alone"


def test_a_revoked_device_is_shut_out(world: LanWorld) -> None:
    honest, stolen = world.kiosk(), world.kiosk(uplink=False)
    world.revoke(stolen)
    honest.front.exchange_now()
    assert within(lambda: any(r.device == stolen.device for r in honest.front.kiosk.known.event_facts().revokes))
    stolen.front.peers.found(honest.address)
    stolen.verdict(world.sold[0].text)
    [entry] = stolen.front.kiosk.stores.journal.since(0)
    honest.front.peers.found(stolen.address)
    assert not within(lambda: stolen.front.peers.state.met > 0 or honest.front.peers.state.met > 0, 3.0)
    assert not honest.knows(entry.ref.digest)
    assert honest.verdict(world.sold[0].text).outcome is Outcome.ADMIT


def test_a_kiosk_of_another_event_is_shut_out(world: LanWorld, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = LanWorld(folder, Event(now_ms=world.event.now_ms))
    ours, theirs = world.kiosk(uplink=False), other.kiosk(uplink=False)
    theirs.front.peers.found(ours.address)
    assert not within(lambda: theirs.front.peers.state.met > 0, 2.0)
    assert ours.front.kiosk.stores.learnt.count() == 0
    other.close()


def test_a_kiosk_that_calls_itself_forgets_the_address(world: LanWorld) -> None:
    only = world.kiosk(uplink=False)
    only.front.peers.found(only.address)
    assert within(lambda: only.front.peers.state.known == 0)


def test_a_forged_entry_of_a_genuine_kiosk_changes_nothing_at_another(world: LanWorld) -> None:
    honest, liar = world.kiosk(uplink=False), world.kiosk(uplink=False)
    forger = OtherDevice(world.event)
    sold = world.sold[0]
    proof = proof_of_scan(sold.code, EVENT, DeviceId(forger.device), forger.run, 1)
    forged = forger.write(Redeem(sold.ticket, 0, RALLY, 1, GATE, AreaNo(0), EventDay(20_635), (), proof))
    liar.front.kiosk.stores.learnt.take(Intake((forged,))).result()  # as if it had been checked
    liar.front.sync.exchanger.held.rebuild()
    liar.front.peers.found(honest.address)
    assert met(liar)
    assert not honest.knows(forged.ref.digest)
    assert honest.verdict(sold.text).outcome is Outcome.ADMIT
