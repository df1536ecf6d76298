"""A tablet that was revoked: shut out on the LAN, replays too, and what it wrote later waits though others relay it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import DeviceStated, Revoke, RunCut
from common.decision import Outcome, Reason
from common.entries import Entry
from common.envelope import Typ
from common.exchange import PROTOCOL, SCHEMA, ExchangeRequest
from common.ids import Cause
from kiosk.sync.messages import sign_request
from kiosk.sync.peer_messages import PeerRefusal
from kiosk.sync.reception import nothing_vouched
from tests.support.lan_world import LanKiosk, LanWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LanWorld]:
    world = LanWorld(tmp_path)
    yield world
    world.close()


def message(sender: LanKiosk, *entries: Entry) -> bytes:
    """What a kiosk says to another that brings it these."""
    party, raws = sender.front.sync.party, tuple(entry.raw for entry in entries)
    event, certificate = party.enrolled.event, party.enrolled.certificate
    nonce = os.urandom(16)
    request = ExchangeRequest(PROTOCOL, SCHEMA, event, nonce, certificate, raws, None, (), None, (), 1)
    return sign_request(request, party.key, Typ.EXCHANGE)


def used(kiosk: LanKiosk, text: str) -> Entry:
    assert kiosk.verdict(text).outcome is Outcome.ADMIT
    return kiosk.front.kiosk.stores.journal.since(0)[-1]


def test_what_a_revoked_tablet_writes_later_waits_for_people_whoever_relays_it(world: LanWorld) -> None:
    gate, tablet, honest = (world.kiosk(uplink=False) for _ in range(3))
    early = used(tablet, world.sold[0].text)
    before = message(tablet, early)
    gate.front.peers.desk.answer(before)
    name = early.ref.identity
    cut = (RunCut(name.run, name.number, early.ref.digest),)
    revoke = world.event.say(Revoke(Cause(os.urandom(16)), tablet.device, cut, "stolen"))
    certified = [one for one in world.event.said if isinstance(one.body, DeviceStated)]
    gate.front.sync.exchanger.reception.receive([one.raw for one in (*certified, revoke)], nothing_vouched)
    late = used(tablet, world.sold[1].text)
    for shut_out in (before, message(tablet, late)):
        with pytest.raises(PeerRefusal, match="revoked"):
            gate.front.peers.desk.answer(shut_out)
    assert gate.verdict(world.sold[1].text).outcome is Outcome.ADMIT
    later = used(tablet, world.sold[2].text)
    gate.front.peers.desk.answer(message(honest, late, later))
    assert gate.knows(later.ref.digest)
    assert gate.verdict(world.sold[0].text).reason is Reason.NOTHING_LEFT
    assert gate.verdict(world.sold[2].text).outcome is Outcome.ASK
