"""How soon kiosks of one LAN know what one of them admitted, with no server: real listeners on loopback, real calls."""

from __future__ import annotations

import time

from common.errors import BadInput
from tests.bench.bench import Bench
from tests.bench.figures import Figure, spread
from tests.support.lan_world import LanKiosk, LanWorld, within

KIOSKS = 3
PAUSE_S = 0.05


def measure_peers(bench: Bench) -> list[Figure]:
    """Admit at one kiosk, and look at the others until they know of it."""
    count = bench.times(200, 10)
    bench.say(f"{count} admissions at one of {KIOSKS} kiosks of a LAN, the server gone")
    folder = bench.work / "lan"
    folder.mkdir()
    world = LanWorld(folder)
    try:
        world.sell(count)
        kiosks = [world.kiosk()]
        for _ in range(KIOSKS - 1):
            kiosks.append(world.kiosk(*kiosks))
        world.is_server_up = False
        if not within(lambda: all(kiosk.front.peers.state.met == KIOSKS - 1 for kiosk in kiosks)):
            raise BadInput("the kiosks did not find each other on loopback")
        took_s = [_known_everywhere(kiosks, sold.text) for sold in world.sold[-count:]]
    finally:
        world.close()
    known = spread(took_s)
    note = f"durable at one, stored at {KIOSKS - 1} others of one machine; calls pushed, signatures checked"
    return [Figure("an admission known at every peer, no server", "p99 2 s", known.median, known.high, note)]


def _known_everywhere(kiosks: list[LanKiosk], text: str) -> float:
    first, *others = kiosks
    first.verdict(text)
    entry = first.front.kiosk.stores.journal.last()
    began_s = time.monotonic()
    if entry is None or not within(lambda: all(other.knows(entry.ref.digest) for other in others)):
        raise BadInput("an admission did not reach the other kiosks")
    took_s = time.monotonic() - began_s
    time.sleep(PAUSE_S)
    return took_s
