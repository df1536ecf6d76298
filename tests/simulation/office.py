"""The server of the venue: the real services on a real database, asked over WSGI, and the people who work on it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from flask import Flask
from sqlalchemy import Connection, select

from common.clock import ManualClock
from common.entries import Entry, stored_entry
from common.fact_rows import own_digests
from common.ids import Digest, EventUid, TicketId
from syncserver.api.errors import register_errors
from syncserver.api.sync import SyncServices, sync_blueprint
from syncserver.db.engine import Database
from syncserver.db.tables import all_tables
from syncserver.db.tables_sync import tickets
from syncserver.jobs.statement_args import SCRIBE_QUEUE
from syncserver.jobs.worker import Worker
from syncserver.services import backup as backups
from syncserver.services.carry import CarryDesk, CarryParts
from syncserver.services.conflict_news import ConflictNews
from syncserver.services.day_lists import DayLists
from syncserver.services.enrol import Enrol
from syncserver.services.evidence import Evidence
from syncserver.services.exchange import Exchange
from syncserver.services.forks import Forks
from syncserver.services.housekeeping import Errands, Housekeeping
from syncserver.services.import_event import import_event
from syncserver.services.ingest import Ingest
from syncserver.services.key_rotation import KeyRotation
from syncserver.services.keys import EventKeys, KeyStore, publish_key_list
from syncserver.services.known_events import KnownEvents
from syncserver.services.picture_sizes import PictureSizes
from syncserver.services.pictures import Pictures
from syncserver.services.projector import Projector
from syncserver.services.proofs import Proofs
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.services.snapshot_jobs import snapshot_handlers
from syncserver.services.snapshot_queue import SNAPSHOT_QUEUE
from syncserver.services.ticket_fold import KnownTicket, read_ticket
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import snapshots as snapshot_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.simulation.network import ADDRESS, Asked, Reply
from tests.simulation.randomness import seeded
from tests.support.server_world import NOW_MS
from tests.support.small_event import small_event

T = TypeVar("T")
BEFORE_MS = NOW_MS - 30 * 86_400_000  # the event was set up a month ago


@dataclass(frozen=True, slots=True)
class Ground:
    """An event that was set up once, with its keys: every venue begins with a copy of it."""

    file: Path
    keys_folder: Path
    event: EventRow


def lay_ground(folder: Path) -> Ground:
    """Set the event up on SQLite. The same in every process."""
    with seeded("ground"):
        file = folder / "ground.sqlite"
        database = Database(f"sqlite:///{file}")
        event = set_up(database, KeyStore(folder / "keys"))
        database.close()
    return Ground(file, folder / "keys", event)


def set_up(database: Database, keys: KeyStore) -> EventRow:
    """Tables, event, keys and key list."""
    clock = ManualClock(BEFORE_MS)
    all_tables().create_all(database.engine)
    done = import_event(database, clock, small_event())
    if not keys.has(done.uid):
        keys.create(done.uid)
    with database.write() as tx:
        event = event_store.by_id(tx, done.event_id)
        assert event is not None
        publish_key_list(tx, clock, keys, event)
    return event


class Process:
    """One process of the server: its own caches, scribe and budget, on the database all share."""

    def __init__(self, office: Office) -> None:
        clock, keys, folder = office.clock, office.keys, office.folder
        self.db = Database(office.url)
        known, scribe = KnownEvents(self.db, clock), Scribe(clock, keys)
        ingest = Ingest(self.db, clock, known)
        evidence = Evidence(self.db, clock, folder / "snapshots")
        builder = SnapshotBuilder(self.db, clock, keys, folder / "snapshots", folder / "backups")
        self.scribe, self.builder = scribe, builder
        self.enrol = Enrol(self.db, clock, scribe, ADDRESS)
        self.projector = Projector(self.db, clock, keys)
        self.workers = (
            Worker(self.db, clock, [SCRIBE_QUEUE], scribe_handlers(scribe)),
            Worker(self.db, clock, [SNAPSHOT_QUEUE], snapshot_handlers(builder)),
        )
        sticks = CarryParts(known, ingest, evidence, self.enrol, self.projector, builder, keys, folder / "snapshots")
        self.carry = CarryDesk(self.db, clock, sticks)
        proofs = Proofs(self.db, scribe)
        self.rotation = KeyRotation(self.db, clock, keys)
        lists = DayLists(self.db, clock, 0)  # a world says itself when one is built
        errands = Errands(proofs, ConflictNews(self.db, scribe), Forks(self.db), PictureSizes(self.db), lists)
        self.housekeeping = Housekeeping(self.db, clock, keys, errands, builder, folder / "snapshots")
        exchange = Exchange(self.db, clock, keys, known, ingest, evidence)
        self.app = _sync_app(SyncServices(self.enrol, exchange, evidence, folder / "snapshots", Pictures(self.db)))


def _sync_app(services: SyncServices) -> Flask:
    """What kiosks reach of the web application, as `create_app` mounts it."""
    app = Flask("rallygate", static_folder=None)
    app.testing = True
    register_errors(app)
    app.register_blueprint(sync_blueprint(services))
    return app


class Office:
    """The server and its data. `processes` answer in turn; backups and restores act on the database under them."""

    def __init__(
        self, ground: Ground, folder: Path, clock: ManualClock, url: str | None = None, count: int = 1
    ) -> None:
        folder.mkdir(parents=True)
        self.folder, self.clock, self.event = folder, clock, ground.event
        shutil.copytree(ground.keys_folder, folder / "keys")
        self.keys = KeyStore(folder / "keys")
        self.url = url or f"sqlite:///{folder / 'server.sqlite'}"
        if url is None:
            shutil.copyfile(ground.file, folder / "server.sqlite")
        self.count, self._turn = count, 0
        self.is_up = True
        self.processes = [Process(self) for _ in range(count)]

    @property
    def process(self) -> Process:
        """Whose turn it is."""
        self._turn += 1
        return self.processes[self._turn % self.count]

    @property
    def event_keys(self) -> EventKeys:
        """The event's keys."""
        return self.keys.of(EventUid(self.event.uid))

    def answer(self, asked: Asked) -> Reply:
        """Answer a request over WSGI."""
        if not self.is_up:
            raise requests.ConnectionError("connection refused")
        return call(self.process.app, asked)

    def state(self, say: Callable[[Desk], T]) -> T:
        """Someone in the office has something stated."""
        process = self.process
        with process.db.write() as tx:
            return say(process.scribe.open(tx, self.event.id))

    def work(self) -> None:
        """Let everything run that runs beside the web."""
        if not self.is_up:
            return
        for process in self.processes:
            for worker in process.workers:
                worker.run_all()
            process.projector.catch_up(self.event.id)
            process.housekeeping.round()

    def carry(self, stick: Path) -> None:
        """`rallygate-server carry`, for all devices."""
        self.process.carry.write(stick, self.event, ())

    # --- looking at it ----------------------------------------------------------------------------

    def read(self, look: Callable[[Connection], T]) -> T:
        """Read the database."""
        with self.processes[0].db.read() as tx:
            return look(tx)

    def news(self, position: int) -> list[tuple[int, Entry]]:
        """Entries behind a position, with their own."""
        found = self.read(lambda tx: entry_store.after(tx, self.event.id, position, 1_000_000))
        opened = ((one.position, stored_entry(one.raw, EventUid(self.event.uid))) for one in found)
        return [(at, entry) for at, entry in opened if isinstance(entry, Entry)]

    def rows(self) -> list[tuple[Digest, bytes]]:
        """Digest and bytes of all entries, in order of arrival."""
        found = self.read(lambda tx: entry_store.after(tx, self.event.id, 0, 1_000_000))
        return [(Digest(one.digest), one.raw) for one in found]

    def digests(self) -> set[Digest]:
        """What is held as bytes."""
        return {Digest(one) for one in self.read(lambda tx: entry_store.all_digests(tx, self.event.id))}

    def known(self) -> set[Digest]:
        """What is known at all: by bytes, or by rows that were taken back."""
        return self.digests() | self.folded()

    def folded(self) -> set[Digest]:
        """What the tables know, and so a snapshot that is built now."""

        def look(tx: Connection) -> set[Digest]:
            end = ticket_store.projected(tx, self.event.id)
            read = {one.digest for one in entry_store.after(tx, self.event.id, 0, 1_000_000) if one.position <= end}
            taken_back = {row[3] for row in snapshot_store.recovered(tx, self.event.id)}
            facts = ticket_store.all_fact_digests(tx, self.event.id)
            packed = tx.execute(select(tickets.c.facts).where(tickets.c.event_id == self.event.id)).scalars()
            by_rows = (one for raw in packed for one in own_digests(raw))  # undone uses have no table of their own
            return {Digest(one) for one in (*read, *taken_back, *facts, *by_rows)}

        return self.read(look)

    def ticket(self, ticket: TicketId) -> KnownTicket | None:
        """What the server makes of a ticket."""
        return self.read(lambda tx: read_ticket(tx, self.event, ticket, self.clock.now_ms()))

    def conflicts(self, ticket: TicketId) -> set[bytes]:
        """Uses of a ticket that stand in the list of conflicts."""
        return self.read(lambda tx: ticket_store.conflict_digests(tx, self.event.id, ticket))

    def newest_manifest(self) -> bytes | None:
        """The newest snapshot's signed manifest."""
        newest = self.read(lambda tx: snapshot_store.newest(tx, self.event.id))
        return newest.manifest if newest else None

    # --- its troubles -----------------------------------------------------------------------------

    def stop(self) -> None:
        """All processes end."""
        self.is_up = False
        for process in self.processes:
            process.db.close()

    def start(self) -> None:
        """They start anew, with nothing in memory."""
        self.processes = [Process(self) for _ in range(self.count)]
        self.is_up = True

    def backup(self) -> None:
        """Keep a copy, at most three."""
        backups.make(self.processes[0].db, self.folder / "backups", self.clock)
        for old in backups.kept(self.folder / "backups")[:-3]:
            shutil.rmtree(old.folder)

    def restore(self, which: int) -> bool:
        """Put an older backup in the database's place and start; False where there is none. Later backups go."""
        kept = backups.kept(self.folder / "backups")
        if not kept:
            return False
        at = which % len(kept)
        self.stop()
        backups.restore(Database(self.url), kept[at])
        for later in kept[at + 1 :]:
            shutil.rmtree(later.folder)
        self.start()
        return True


def call(app: Flask, asked: Asked) -> Reply:
    """One request through the application's WSGI entry, without a socket."""
    answered: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        answered[:] = [int(status.partition(" ")[0]), dict(headers)]
        return lambda _body: None

    body = app.wsgi_app(_environ(asked), start)
    try:
        content = b"".join(body)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    return Reply(answered[0], answered[1], content)


def _environ(asked: Asked) -> dict[str, Any]:
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked.headers.items()}
    return {
        **named,
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": asked.path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(asked.body)),
        "CONTENT_TYPE": asked.headers.get("Content-Type", ""),
        "SERVER_NAME": "venue.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
