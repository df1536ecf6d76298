"""100 kiosks on a real server: entries in, fan-out, how soon all know, an hour's outage, bytes, memory, CPU at rest."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from common.clock import SystemClock
from common.errors import require
from common.exchange import Cursor
from common.ids import PointNo
from common.ticket_code import derive_code
from kiosk.store.folder import Folder
from kiosk.store.snapshots import Snapshots
from kiosk.sync.download import fetch_snapshot
from kiosk.sync.transport import HttpTransport
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.bench.bench import Bench, Built, build_of
from tests.bench.crowd import JOINED_S_MAX, Play, Player, Told, arrivals, meet_at, perform
from tests.bench.figures import Figure, megabytes, millis, per_second, percentile, seconds
from tests.bench.intake import POSTGRES, database_process, fresh_database
from tests.bench.pens import Guest, Pen, Place, dealt, enrol_pens, write_shift
from tests.bench.served import Served, cpu_s_of, free_port, serving
from tests.bench.site import EVENT_FILE, TICKET, event_and_place, manage

PROCESSES = 2
RATE_PER_S = 12.5  # 45,000 an hour: 100 points of a full day
LATE_S = 60.0  # for what should come at once
CROWD_S = 300.0
RETURN_S = 1_200.0
PRETIX = "pretix 2026.8 on such a machine"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is played."""

    kiosks: int
    tickets: int
    rest_s: float
    steady: int  # entries, at RATE_PER_S
    crush: int  # entries, as fast as they are taken
    outage: int  # entries written while the server was gone
    difference: int = 1_000


FULL = Extent(100, 100_000, 20.0, 750, 4_000, 45_000)
SMALL = Extent(6, 500, 2.0, 25, 60, 240, 100)


@dataclass(frozen=True, slots=True)
class Run:
    """One phase: what the kiosks told, from when to when, what the server used meanwhile."""

    told: tuple[Told, ...]
    start_s: float
    took_s: float
    server_cpu_s: float
    database_cpu_s: float

    def total(self, what: Callable[[Told], int]) -> int:
        """A count over all processes."""
        return sum(what(one) for one in self.told)

    @property
    def client_cpu(self) -> str:
        """The share of the machine that the players took, for a note."""
        return f"players {sum(one.cpu_s for one in self.told) / self.took_s:.0%} of a core"

    @property
    def server_cpu(self) -> str:
        """The server's share, for a note."""
        database = f", its database {self.database_cpu_s / self.took_s:.0%}" if self.database_cpu_s else ""
        return f"server {self.server_cpu_s / self.took_s:.0%} of a core{database}"

    def delays_s(self) -> list[float]:
        """Of every entry and every other kiosk: from written to heard."""
        written = {name: at_s for one in self.told for name, at_s in one.written.items()}
        return [at_s - written[name] for one in self.told for name, at_s in one.heard if name in written]

    def is_whole(self) -> str:
        """What was not heard when the time was over, for a note."""
        lacking = self.total(lambda one: one.lacking)
        return f"; {lacking:,} deliveries were still to come when the time was over" if lacking else ""


@dataclass
class _Ground:
    """A server with its kiosks."""

    name: str
    extent: Extent
    services: Services
    event: EventRow
    place: Place
    pens: list[Pen]
    guests: Iterator[Guest]
    database: int | None = None  # the database's first process
    served: Served = field(init=False)

    def written(self, count: int) -> list[tuple[bytes, ...]]:
        """So many admissions of tickets nobody used before, dealt out to the kiosks; each has a new run."""
        guests = list(islice(self.guests, count))
        require(len(guests) == count, f"{count} tickets are asked for, {len(guests)} are left")
        shifts = dealt(guests, self.pens, self.place)
        done = [write_shift(shift) for shift in shifts]
        self.pens[: len(done)] = [one.pen for one in done]
        return [one.raws for one in done] + [()] * (len(self.pens) - len(done))

    def play(self, players: list[Player], least_s: float, most_s: float, to_hear: int, batch: int, **how: bool) -> Run:
        """Let some processes play these kiosks, and look at the server meanwhile."""
        count = min(PROCESSES, len(players))
        spawn = get_context("spawn")
        barrier = spawn.Barrier(count + 1)
        with ProcessPoolExecutor(count, mp_context=spawn, initializer=meet_at, initargs=(barrier,)) as pool:
            plays = [
                Play(
                    self.served.port, self.event.uid, tuple(players[at::count]), least_s, most_s, to_hear, batch, **how
                )
                for at in range(count)
            ]
            parts = [pool.submit(perform, play) for play in plays]
            barrier.wait(JOINED_S_MAX)
            start_s, cpu_s, database_s = time.monotonic(), self.served.cpu_s(), self._database_cpu_s()
            told = tuple(part.result() for part in parts)
            took_s = time.monotonic() - start_s
            used_s, database_s = self.served.cpu_s() - cpu_s, self._database_cpu_s() - database_s
        return Run(told, start_s, took_s, used_s, database_s)

    def _database_cpu_s(self) -> float:
        return 0.0 if self.database is None else cpu_s_of(self.database)


def measure_sync(bench: Bench) -> list[Figure]:
    """SQLite with one process, and PostgreSQL with two and a worker where this run was given one."""
    figures = _on_database(bench, "SQLite", 1, lambda folder: f"sqlite:///{folder / 'rallygate.sqlite'}", None)
    if not os.environ.get(POSTGRES):
        missing = f"{POSTGRES} names no cluster: start this by packaging/bench"
        return [*figures, Figure("100 kiosks, PostgreSQL", "", "not measured", "", missing)]
    with fresh_database() as url:
        return figures + _on_database(bench, "PostgreSQL", 2, lambda _: url, database_process(url))


def _on_database(
    bench: Bench, name: str, workers: int, url_in: Callable[[Path], str], database: int | None
) -> list[Figure]:
    folder = bench.work / f"sync-{name.lower()}"
    folder.mkdir()
    url = url_in(folder)
    ground = _prepare(bench, name, folder, url)
    ground.database = database
    try:
        built = build_of(ground.services, ground.event)
        with serving(folder, url, free_port(), workers) as ground.served:
            return [figure for phase in _phases(bench, ground, built) for figure in phase]
    finally:
        ground.services.db.close()


def _phases(bench: Bench, ground: _Ground, built: Built) -> Iterator[list[Figure]]:
    extent = ground.extent
    bench.say(f"{ground.name}: {extent.kiosks} kiosks at rest")
    idle, figures = _at_rest(ground)
    yield figures
    bench.say(f"{ground.name}: {extent.steady:,} admissions as people come")
    yield _steady(ground, idle)
    bench.say(f"{ground.name}: {extent.crush:,} admissions as fast as they are taken")
    yield _crush(ground)
    bench.say(f"{ground.name}: {extent.outage:,} admissions of an hour without the server")
    yield _outage(ground)
    yield _installed(ground, built, bench.work / f"kiosk-{ground.name.lower()}")


def _prepare(bench: Bench, name: str, folder: Path, url: str) -> _Ground:
    settings, extent = {"RALLYGATE_DATABASE_URL": url}, SMALL if bench.is_small else FULL
    manage(folder, "init", **settings)
    manage(folder, "import-event", str(EVENT_FILE), "--starts-on", "today", **settings)
    bench.say(f"{name}: {extent.tickets:,} tickets, {extent.kiosks} kiosks")
    manage(folder, "issue-passes", "--count", str(extent.tickets), "--product", TICKET, **settings)
    services = make_services(config_for(folder, database_url=url))
    event, _, place = event_and_place(services)
    with services.db.read() as tx:
        found = sorted(ticket_store.generations(tx, event.id))
    code_key = services.keys.of(event.uid).code
    guests = (Guest(ticket, derive_code(code_key, ticket, 0)) for ticket in found)
    pens = enrol_pens(services, event, extent.kiosks, PointNo(place.point))
    return _Ground(name, extent, services, event, place, pens, guests)


# --- phases ---------------------------------------------------------------------------------------


def _at_rest(ground: _Ground) -> tuple[Run, list[Figure]]:
    extent = ground.extent
    idle = ground.play([Player(pen.seed) for pen in ground.pens], extent.rest_s, extent.rest_s, 0, 1)
    polls = idle.total(lambda one: one.exchanges)
    database = f"; its database {idle.database_cpu_s / idle.took_s:.1%} more" if idle.database_cpu_s else ""
    note = f"{per_second(polls, idle.took_s)} polls, {idle.total(lambda one: one.bytes_moved) / polls:,.0f} bytes each"
    memory = megabytes(ground.served.pss_bytes())
    figures = [
        _row(ground, "the server at rest", "", f"{idle.server_cpu_s / idle.took_s:.1%} of a core", "", note + database),
        _row(ground, "memory of the server at rest (PSS)", "", memory, "", "all its processes"),
    ]
    return idle, figures


def _steady(ground: _Ground, idle: Run) -> list[Figure]:
    extent, raws = ground.extent, ground.written(ground.extent.steady)
    players = [
        Player(pen.seed, some, arrivals(len(some), RATE_PER_S / extent.kiosks, at))
        for at, (pen, some) in enumerate(zip(ground.pens, raws, strict=True))
    ]
    most_s = max(player.due_s[-1] for player in players if player.due_s) + LATE_S
    to_hear = extent.steady - max(len(some) for some in raws)
    run = ground.play(players, 0, most_s, to_hear, 100)
    delays_ms = [delay_s * 1000 for delay_s in run.delays_s()]
    high = f"{millis(percentile(delays_ms, 99))} / {millis(max(delays_ms))}"
    silent = idle.total(lambda one: one.bytes_moved) / idle.took_s * run.took_s
    spent = (run.total(lambda one: one.bytes_moved) - silent) / (extent.steady * extent.kiosks)
    note = f"{len(delays_ms):,} deliveries, polls of 1 s ± 20 %; {run.server_cpu}; {run.client_cpu}{run.is_whole()}"
    known = "written at one kiosk → known at another"
    return [
        _row(ground, known, "p99 2 s", millis(percentile(delays_ms, 50)), high, note),
        _row(
            ground, "bytes a redemption and kiosk", "", f"{spent:,.0f} B", "",
            f"HTTP both ways, beyond polls that find nothing; entries of {len(raws[0][0])} B",
        ),
    ]  # fmt: skip


def _crush(ground: _Ground) -> list[Figure]:
    extent, raws = ground.extent, ground.written(ground.extent.crush)
    players = [Player(pen.seed, some, (0.0,) * len(some)) for pen, some in zip(ground.pens, raws, strict=True)]
    to_hear = extent.crush - max(len(some) for some in raws)
    run = ground.play(players, 0, CROWD_S, to_hear, 1)
    in_s = max(one.last_in_s for one in run.told) - run.start_s
    heard_s = max(one.last_heard_s for one in run.told) - run.start_s
    delays_ms = [delay_s * 1000 for delay_s in run.delays_s()]
    note = f"{extent.crush:,} singly, all kiosks hear all; {run.server_cpu}; {run.client_cpu}{run.is_whole()}"
    fanned = f"entries delivered to kiosks; memory of the server then {megabytes(ground.served.pss_bytes())} (PSS)"
    return [
        _row(ground, "entries in", "", per_second(extent.crush, in_s), "", f"{note}; {PRETIX}: 29.8 redemptions/s"),
        _row(ground, "fan-out", "", per_second(len(delays_ms), heard_s), "", fanned),
    ]


def _outage(ground: _Ground) -> list[Figure]:
    """All kiosks come back at once with what they wrote; then one alone that had only been away."""
    extent, raws = ground.extent, ground.written(ground.extent.outage)
    each = math.ceil(extent.outage / extent.kiosks)
    players = [Player(pen.seed, some, (0.0,) * len(some)) for pen, some in zip(ground.pens, raws, strict=True)]
    to_hear = extent.outage - max(len(some) for some in raws)
    run = ground.play(players, 0, RETURN_S, to_hear, each, is_timed=False)
    heard_s = max(one.last_heard_s for one in run.told) - run.start_s
    in_s = max(one.last_in_s for one in run.told) - run.start_s
    note = (
        f"{extent.kiosks} kiosks bring {each} each at once (all in after {seconds(in_s)}) and hear all others'; "
        f"{run.server_cpu}; {run.client_cpu}{run.is_whole()}"
    )
    moved = run.total(lambda one: one.bytes_moved) / extent.kiosks
    began = run.told[0].cursors[0]
    figures = [
        _row(ground, f"{extent.outage:,} entries after an outage, all kiosks", "", seconds(heard_s), "", note),
        _row(ground, "the same, bytes for one kiosk", "", megabytes(moved), "", "HTTP, both ways"),
    ]
    alone_s = _alone(ground, began, extent.outage - each)
    figures.append(
        _row(
            ground,
            f"{extent.outage:,} entries after an outage, one kiosk",
            "",
            seconds(alone_s),
            "",
            "fetched, not stored",
        )
    )
    return figures + _difference(ground)


def _difference(ground: _Ground) -> list[Figure]:
    """One kiosk that lacks a thousand entries of the others."""
    count = ground.extent.difference
    pen, *others = ground.pens
    began = ground.play([Player(pen.seed)], 0, LATE_S, 0, 1).told[0].cursors[0]
    some = ground.written(count)
    mine = len(some[0])
    bringing = [Player(other.seed, raws, (0.0,) * len(raws)) for other, raws in zip(others, some[1:], strict=True)]
    ground.play(bringing, 0, LATE_S, 0, 200, is_timed=False)
    took_s = _alone(ground, began, count - mine)
    note = f"fetched, not stored; {PRETIX}: 1.9 s"
    return [_row(ground, f"a difference of {count:,} entries, one kiosk", "", millis(took_s * 1000), "", note)]


def _alone(ground: _Ground, began: Cursor | None, to_hear: int) -> float:
    run = ground.play([Player(ground.pens[0].seed, cursor=began)], 0, LATE_S, to_hear, 1, is_timed=False)
    return max(one.last_heard_s for one in run.told) - run.start_s


def _installed(ground: _Ground, built: Built, path: Path) -> list[Figure]:
    """A kiosk's own code fetches and verifies the snapshot of all tickets over HTTP."""
    folder = Folder(path)
    folder.make()
    transport = HttpTransport(f"http://127.0.0.1:{ground.served.port}", SystemClock())
    ring = ground.services.known.event(ground.event.uid).ring.ring
    began_s = time.monotonic()
    admission, holders = fetch_snapshot(built.manifest, folder, transport, wants_holders=True)
    snapshots = Snapshots(folder, ring)
    snapshots.install(admission, holders, built.row.manifest)
    took_s = time.monotonic() - began_s
    snapshots.close()
    transport.close()
    size = megabytes(sum(file.size for file in built.manifest.files))
    what = f"first full sync of one kiosk, {ground.extent.tickets:,} tickets"
    note = f"{size} over HTTP, verified and installed; {PRETIX}: 150 s and 110 MB for 100,000 tickets"
    return [_row(ground, what, "", seconds(took_s), "", note)]


def _row(ground: _Ground, what: str, goal: str, measured: str, high: str, note: str) -> Figure:
    kiosks = ground.extent.kiosks
    return Figure(f"{kiosks} kiosks, {ground.name}: {what}", goal, measured, high, note)
