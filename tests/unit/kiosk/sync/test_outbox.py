"""What waits to be sent, where what was to be relayed goes away meanwhile."""

from __future__ import annotations

from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

from common.envelope import digest
from common.ids import Digest
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
