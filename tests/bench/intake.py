"""Entries into the server over HTTP, in batches and singly, and their folding, on both databases."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import psycopg
from psycopg import sql

from common.ids import PointNo
from common.ticket_code import derive_code
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.bench.bench import Bench
from tests.bench.figures import Figure, per_second, spread
from tests.bench.pens import Guest, Pen, Place, Written, dealt, enrol_pens, write_shift
from tests.bench.sender import Load, Sent, send
from tests.bench.served import Served, free_port, serving
from tests.bench.site import BATCH, EVENT_FILE, TICKET, event_and_place, manage, take_in

PENS = 8
WARM_UP = 80  # the first messages find a server that has loaded nothing yet
GOALS = {BATCH: "3,000/s", 1: "500/s"}
POSTGRES = "RALLYGATE_TEST_POSTGRES"


@dataclass(frozen=True, slots=True)
class _Ground:
    """A small server to bring entries to."""

    name: str
    folder: Path
    url: str
    services: Services
    event: EventRow
    place: Place
    pens: list[Pen]
    guests: list[Guest]


def measure_intake(bench: Bench) -> list[Figure]:
    """SQLite, and PostgreSQL where this run was given one."""
    figures = _on_database(bench, "SQLite", lambda folder: f"sqlite:///{folder / 'rallygate.sqlite'}")
    if not os.environ.get(POSTGRES):
        missing = f"{POSTGRES} names no cluster: start this by packaging/bench"
        return [*figures, Figure("entries into the server, PostgreSQL", "", "not measured", "", missing)]
    with fresh_database() as url:
        return figures + _on_database(bench, "PostgreSQL", lambda _: url)


def _on_database(bench: Bench, name: str, url_in: Callable[[Path], str]) -> list[Figure]:
    folder = bench.work / f"intake-{name.lower()}"
    folder.mkdir()
    ground = _prepare(bench, name, folder, url_in(folder))
    few, many = bench.times(3_000, 80), bench.times(24_000, 800)
    figures = []
    with serving(folder, ground.url, free_port()) as served:
        _over_http(ground, served, WARM_UP, 1)
        for count, batch in ((many, BATCH), (few, 1)):
            bench.say(f"{name}: {count:,} entries over HTTP, {batch} in a message")
            figures.append(_over_http(ground, served, count, batch))
    bench.say(f"{name}: {many:,} entries into ingest, then folded")
    return [*figures, *_in_process(ground, many // 2)]


def _prepare(bench: Bench, name: str, folder: Path, url: str) -> _Ground:
    settings = {"RALLYGATE_DATABASE_URL": url}
    manage(folder, "init", **settings)
    manage(folder, "import-event", str(EVENT_FILE), "--starts-on", "today", **settings)
    tickets = str(bench.times(6_000, 400))
    manage(folder, "issue-passes", "--count", tickets, "--product", TICKET, **settings)
    services = make_services(config_for(folder, database_url=url))
    event, _, place = event_and_place(services)
    with services.db.read() as tx:
        found = sorted(ticket_store.generations(tx, event.id))
    code_key = services.keys.of(event.uid).code
    guests = [Guest(ticket, derive_code(code_key, ticket, 0)) for ticket in found]
    pens = enrol_pens(services, event, PENS, PointNo(place.point))
    return _Ground(name, folder, url, services, event, place, pens, guests)


def _signed(ground: _Ground, count: int) -> list[tuple[Pen, Written]]:
    """So many admissions, several of each ticket, dealt out to the pens; signed before anything is measured."""
    guests = [ground.guests[at % len(ground.guests)] for at in range(count)]
    return [(shift.pen, write_shift(shift)) for shift in dealt(guests, ground.pens, ground.place)]


def _over_http(ground: _Ground, served: Served, count: int, batch: int) -> Figure:
    kiosks = tuple((pen.seed, written.raws) for pen, written in _signed(ground, count))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        cpu_s = served.cpu_s()
        sent = pool.submit(send, Load(served.port, ground.event.uid, kiosks, batch)).result()
    used_s = served.cpu_s() - cpu_s
    how = f"in batches of {batch}" if batch > 1 else "singly"
    trips = spread(sent.trips_s)
    return Figure(
        f"entries into the server over HTTP, {how}, {ground.name}",
        GOALS[batch],
        per_second(sent.entries, sent.wall_s),
        f"{trips.high} a message",
        _note(ground, sent, used_s),
    )


def _note(ground: _Ground, sent: Sent, used_s: float) -> str:
    beside = "projector in the same process" if ground.services.db.is_sqlite else "projector not running"
    server, client = used_s / sent.entries * 1e6, sent.cpu_s / sent.entries * 1e6
    broken = f"; {sent.broken} connections broke and were repeated" if sent.broken else ""
    cpu = f"CPU an entry: server {server:.0f} µs, client {client:.0f} µs"
    return f"{sent.entries:,} from {PENS} kiosks; {cpu}; {beside}{broken}"


def _in_process(ground: _Ground, count: int) -> list[Figure]:
    """Ingest and projector each alone, without HTTP and without each other."""
    services, event = ground.services, ground.event
    services.projector.catch_up(event.id)
    known = services.known.event(event.uid)
    signed: Sequence[Written] = [written for _, written in _signed(ground, count)]
    taken_s = sum(take_in(services, known, written.raws) for written in signed)
    began_s = time.monotonic()
    services.projector.catch_up(event.id)
    folded_s = time.monotonic() - began_s
    services.db.close()
    note = f"{count:,} admissions, each ticket has {count * 2 // len(ground.guests)} or more"
    return [
        Figure(f"ingest alone, batches of {BATCH}, {ground.name}", "", per_second(count, taken_s), "", "without HTTP"),
        Figure(f"projector, {ground.name}", "1,500/s", per_second(count, folded_s), "", note),
    ]


@contextmanager
def fresh_database() -> Iterator[str]:
    """A new database in the cluster this run was given; its URL."""
    url, name = os.environ[POSTGRES], f"bench_{os.getpid()}"
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield url.replace("/postgres?", f"/{name}?", 1)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def database_process(url: str) -> int:
    """The process that started all others of the cluster: it says so in its folder."""
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    return int((Path(str(row[0] if row else "")) / "postmaster.pid").read_text().split()[0])
