"""What waits to be sent, where what was to be relayed goes away meanwhile."""

from __future__ import annotations

from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest

from common.envelope import Typ, digest, sign
from common.ids import DeviceId, Digest, RunId
from common.signing import SigningKey
from common.vectors import LackedRange
from kiosk.sync.outbox import RELAY_AFTER_S, RELAY_SPREAD_S, Outbox

OWN_NOTHING: Any = SimpleNamespace(end=lambda: 0, after=lambda _position, _most: (), device=bytes(16))
LATER_S = RELAY_AFTER_S + RELAY_SPREAD_S + 1


def test_what_a_snapshot_took_the_place_of_waits_for_nothing() -> None:
    stays, goes = b"an entry of a peer", b"another one, that is here no more when it is due"
    held = {digest(stays): stays, digest(goes): goes}
    now_s, from_peers = [0.0], SimpleQueue[Digest]()
    here: Any = SimpleNamespace(raw=held.get)
    outbox = Outbox(OWN_NOTHING, here, 0, lambda: now_s[0], from_peers)
    for one in held:
        from_peers.put(one)
    assert outbox.batch(10).raws == ()
    now_s[0] = LATER_S
    del held[digest(goes)]
    batch = outbox.batch(10)
    assert batch.raws == (stays,)
    outbox.taken(batch, 1, ())
    assert not outbox.has_more(), "a kiosk would ask its server again at once, for ever"


def test_so_many_that_one_message_does_not_hold_them_are_let_go_one_message_after_the_other() -> None:
    now_s, from_peers = [0.0], SimpleQueue[Digest]()
    here: Any = SimpleNamespace(raw=lambda _digest: None)
    outbox = Outbox(OWN_NOTHING, here, 0, lambda: now_s[0], from_peers)
    for number in range(25):
        from_peers.put(digest(bytes([number])))
    outbox.batch(10)
    now_s[0] = LATER_S
    looks = [outbox.batch(10).raws for _ in range(3)]
    assert looks == [(), (), ()]
    assert not outbox.has_more()


@pytest.mark.parametrize("is_relayed", [False, True], ids=["a vector showed it", "a peer brought it"])
def test_whose_entries_the_server_puts_off_holds_up_nobody_elses(is_relayed: bool) -> None:
    """An author may write so much at once; the server takes the first of a message until one is put off."""
    flood, quiet = SigningKey.generate(), SigningKey.generate()
    many = [sign(b"of a flood %d" % number, flood, Typ.ENTRY) for number in range(25)]
    use = sign(b"a use", quiet, Typ.ENTRY)
    now_s, from_peers = [0.0], SimpleQueue[Digest]()
    held = {digest(raw): raw for raw in (*many, use)}
    ranges = {
        LackedRange(DeviceId(flood.kid), RunId(bytes(8)), 0, len(many) - 1): many,
        LackedRange(DeviceId(quiet.kid), RunId(bytes(8)), 0, 0): [use],
    }
    here: Any = SimpleNamespace(raw=held.get, raws=lambda lacked, most: tuple(ranges.get(lacked, ())[:most]))
    outbox = Outbox(OWN_NOTHING, here, 0, lambda: now_s[0], from_peers)
    if is_relayed:
        for one in held:
            from_peers.put(one)
        outbox.batch(10)
        now_s[0] = LATER_S
    else:
        outbox.lacks(ranges, 0)
    sent = list[bytes]()
    for _ in range(4):
        batch = outbox.batch(10)
        sent += batch.raws
        outbox.taken(batch, next((at for at, raw in enumerate(batch.raws) if raw in many), len(batch.raws)), ())
    assert use in sent
    assert outbox.has_more(), "what was put off is sent again"
