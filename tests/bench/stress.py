"""A kiosk that learnt 100,000 entries of others since its snapshot: what a scan, a start and learning cost then."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from common.days import wall_ms
from common.entries import Entry, stored_entry
from common.ids import DeviceId, EventDay
from common.signing import SigningKey, VerifyKey, device_id
from common.ticket_code import derive_code
from kiosk.front import Front
from kiosk.store.folder import Folder
from kiosk.store.learnt import Intake, Learnt
from kiosk.sync.reception import STORED_AT_ONCE_MAX, nothing_vouched
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread, megabytes, spread
from tests.bench.pens import Guest, Pen, Place, Shift, dealt, enrol_pens, in_batches
from tests.bench.scanning import WARM_UP, admit, open_settled, scan_all, starts
from tests.bench.site import signing

OTHERS = 50
ANSWER_ENTRIES = 2_500  # that come with one answer of the server
SCAN_EVERY_S = 0.05


def measure_stress(bench: Bench) -> list[Figure]:
    """Scan passes that were also used elsewhere yesterday, as was learnt since the snapshot."""
    learnt, more = bench.times(100_000, 1_000), bench.times(10_000, 200)
    folder = bench.kiosk_with_snapshot("stress")
    passes = bench.passes(WARM_UP + bench.times(2_000, 50) + bench.times(400, 50) + bench.times(20, 2))
    bench.say(f"{learnt:,} entries of others, written and put into the kiosk's file")
    pens = enrol_pens(bench.site.services, bench.site.event, OTHERS, bench.site.place.point)
    raws = _written(bench, pens, learnt + more)
    _put(folder, bench, raws[:learnt])
    of = f"{learnt:,} learnt entries beside {bench.size}"
    front = open_settled(folder)
    try:
        scans, commits = scan_all(front.kiosk, [passes.pop() for _ in range(WARM_UP + bench.times(2_000, 50))])
        calm = spread(scans[WARM_UP:])
        took_s, meanwhile = _learn(front, raws[learnt:], _keys(pens), passes[bench.times(20, 2) :])
    finally:
        front.close()
    first = starts(bench, folder.path.name, passes[: bench.times(20, 2)])
    verdict = Spread(tuple(s * 1000 - ms for s, ms in zip(scans[WARM_UP:], commits[WARM_UP:], strict=True)))
    rate = f"{more / took_s:,.0f}/s"
    during = f"signatures checked, {more:,} entries; a durable scan meanwhile {meanwhile.median}, {meanwhile.high}"
    opened = Spread(tuple(one.open_ms for one in first))
    scanned = Spread(tuple(one.verdict_ms for one in first))
    memory = max(one.memory for one in first)
    return [
        Figure("stress: text → verdict, warm", "p99 1 ms", verdict.median, verdict.high, of),
        Figure("stress: text → durable verdict", "p99 10 ms", calm.median, calm.high, "the same, with their commit"),
        Figure("stress: text → verdict, first after start", "p99 50 ms", scanned.median, scanned.high, of),
        Figure("stress: start, without a window", "", opened.median, opened.high, "files checked, vectors read"),
        Figure("stress: learnt while scanning", "5,000/s", rate, "", during),
        Figure("stress: memory without a window (PSS)", "", megabytes(memory), "", of),
    ]


def _written(bench: Bench, pens: Sequence[Pen], count: int) -> list[bytes]:
    """Admissions of yesterday evening by other gates, of the tickets that are scanned too, signed beside."""
    site = bench.site
    code_key = site.services.keys.of(site.event.uid).code
    tickets = random.Random(13).choices(bench.all_tickets, k=count)
    guests = [Guest(ticket, derive_code(code_key, ticket, 0)) for ticket in tickets]
    day = EventDay(site.place.day - 1)
    place: Place = replace(site.place, day=day, from_ms=wall_ms(day, 18 * 60, site.catalogue.days))
    shifts: list[Shift] = dealt(guests, pens, place)
    with signing(shifts) as written:
        return [raw for one in written for raw in one.raws]


def _put(folder: Folder, bench: Bench, raws: Sequence[bytes]) -> None:
    """Into the file of learnt entries, as they come to lie there; their signatures are ours."""
    learnt = Learnt(folder.learnt, bench.site.event.uid)
    try:
        for some in in_batches(raws, STORED_AT_ONCE_MAX):
            learnt.take(Intake(tuple(_entries(some, bench)))).result()
    finally:
        learnt.close()


def _entries(raws: Sequence[bytes], bench: Bench) -> Iterator[Entry]:
    opened = (stored_entry(raw, bench.site.event.uid) for raw in raws)
    return (entry for entry in opened if isinstance(entry, Entry))


def _keys(pens: Sequence[Pen]) -> dict[DeviceId, VerifyKey]:
    keys = (SigningKey.from_seed(pen.seed).verify_key for pen in pens)
    return {DeviceId(device_id(key.raw)): key for key in keys}


def _learn(
    front: Front, raws: Sequence[bytes], keys: dict[DeviceId, VerifyKey], texts: Sequence[str]
) -> tuple[float, Spread]:
    """Seconds to take them all in, answer by answer, and the scans meanwhile."""
    reception = front.sync.exchanger.reception
    done: list[float] = []

    def take() -> None:
        began_s = time.monotonic()
        for some in in_batches(raws, ANSWER_ENTRIES):
            reception.receive(some, nothing_vouched, keys)
        done.append(time.monotonic() - began_s)

    thread = threading.Thread(target=take)
    thread.start()
    took_s = []
    for text in texts:
        due_s = time.monotonic() + SCAN_EVERY_S
        took_s.append(admit(front.kiosk, text)[0])
        if not thread.is_alive():
            break
        time.sleep(max(0.0, due_s - time.monotonic()))
    thread.join()
    return done[0], spread(took_s)
