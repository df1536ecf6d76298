"""A kiosk that scans while thousands of others' entries arrive from a real server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from common.errors import BadInput
from common.ticket_code import derive_code
from kiosk.front import Front
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread, seconds, spread
from tests.bench.pens import Guest, dealt, enrol_pens, write_shift
from tests.bench.scanning import admit, open_settled
from tests.bench.served import free_port, serving
from tests.bench.site import take_in

OTHERS = 20
SCAN_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class _Learnt:
    """How long learning took, and the scans meanwhile."""

    took_s: float
    scans: Spread


def measure_learning(bench: Bench) -> list[Figure]:
    """Scan calmly, then with the entries streaming in, then say how long and how much slower."""
    count, port = bench.times(10_000, 300), free_port()
    folder = bench.kiosk_with_snapshot("learning", f"http://127.0.0.1:{port}")
    texts = bench.passes(bench.times(2_400, 400))
    bench.say(f"{count:,} entries of others, then a kiosk that scans while it learns them")
    _others_write(bench, count)
    site = bench.site
    site.services.db.close()
    front = open_settled(folder)
    try:
        calm = _scan_while(front, texts, bench.times(100, 10), lambda: True)
        with serving(site.folder, site.services.config.database_url, port):
            learnt = _learn(front, texts, count)
    finally:
        front.close()
    goal, note = "2 s", "by a real server beside; every signature checked"
    during = f"{len(learnt.scans.values_ms)} scans in that time; with nothing arriving: {calm.median}, {calm.high}"
    return [
        Figure(f"{count:,} entries learnt while scanning", goal, seconds(learnt.took_s), "", note),
        Figure("a scan meanwhile (durable)", "+ 50 ms at most", learnt.scans.median, learnt.scans.high, during),
    ]


def _others_write(bench: Bench, count: int) -> None:
    """Admissions at other kiosks, taken in and folded before anything is measured."""
    site = bench.site
    some = random.Random(11).sample(bench.tickets[: max(len(bench.tickets) // 2, count)], count)
    code_key = site.services.keys.of(site.event.uid).code
    pens = enrol_pens(site.services, site.event, OTHERS, site.place.point)
    guests = [Guest(ticket, derive_code(code_key, ticket, 0)) for ticket in some]
    for shift in dealt(guests, pens, site.place):
        take_in(site.services, site.known, write_shift(shift).raws)
    site.services.projector.catch_up(site.event.id)


def _learn(front: Front, texts: list[str], count: int) -> _Learnt:
    began_s = time.monotonic()
    front.start()
    learnt = front.kiosk.stores.learnt
    scans = _scan_while(front, texts, len(texts), lambda: learnt.count() < count)
    took_s = time.monotonic() - began_s
    if learnt.count() < count:
        raise BadInput(f"only {learnt.count()} of {count} entries were learnt in {took_s:.0f} s")
    return _Learnt(took_s, scans)


def _scan_while(front: Front, texts: list[str], most: int, goes_on: Callable[[], bool]) -> Spread:
    """Scan twenty passes a second."""
    took_s = []
    for _ in range(most):
        due_s = time.monotonic() + SCAN_EVERY_S
        took_s.append(admit(front.kiosk, texts.pop())[0])
        if not goes_on():
            break
        time.sleep(max(0.0, due_s - time.monotonic()))
    return spread(took_s)
