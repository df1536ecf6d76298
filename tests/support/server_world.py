"""A server with one event and its keys, and kiosks that write entries, for tests of everything behind the border."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from common.bodies import KioskBody, Redeem, Statement
from common.clock import ManualClock
from common.entries import Entry, PreviousRun, Stamp, write_entry
from common.exchange import Cursor, DeviceStatus, ExchangeRequest, VersionVector
from common.ids import AreaNo, BadgeId, DeviceId, Digest, EventDay, PointNo, ProductNo, Ref, RunId, TicketId
from common.keys import SigningKey
from common.signing import device_id
from syncserver.db.engine import Database
from syncserver.jobs.statement_args import TicketWanted
from syncserver.services import statements
from syncserver.services.append import append_entries
from syncserver.services.import_event import import_event
from syncserver.services.keys import KeyStore, publish_key_list, ring_of
from syncserver.services.projector import Projector
from syncserver.services.scribe import Scribe
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow
from tests.support.small_event import small_event

NOW_MS = 1_846_483_200_000  # 2028-07-06 12:00 UTC, the first day of the small event
FOUR_DAYS, ONE_DAY, LUNCH, BEER = ProductNo(1), ProductNo(2), ProductNo(3), ProductNo(4)
GATE, KITCHEN = PointNo(1), PointNo(2)
GROUNDS = AreaNo(1)
DAY = EventDay(21371)


@dataclass
class Server:
    """Database, clock, keys and the roles that work on them."""

    db: Database
    clock: ManualClock
    keys: KeyStore
    scribe: Scribe
    projector: Projector
    event: EventRow

    def issue(
        self, count: int = 1, items: tuple[tuple[int, int], ...] = (), key: bytes | None = None
    ) -> list[TicketId]:
        """Tickets for four days, by one cause."""
        wanted = [TicketWanted(secrets.token_bytes(8), FOUR_DAYS, items) for _ in range(count)]
        with self.db.write() as tx:
            statements.issue(self.scribe.open(tx, self.event.id), key or secrets.token_bytes(8), wanted)
        return [TicketId(one.ticket) for one in wanted]

    def vector(self) -> VersionVector:
        """What the server holds as bytes."""
        with self.db.read() as tx:
            return entry_store.vector(tx, self.event.id)

    def positions(self) -> list[int]:
        """All positions there are."""
        with self.db.read() as tx:
            return [one.position for one in entry_store.after(tx, self.event.id, 0, 1_000_000)]


def make_server(db: Database, folder: Path) -> Server:
    """Import the small event and make its keys."""
    clock = ManualClock(NOW_MS)
    keys = KeyStore(folder / "keys")
    done = import_event(db, clock, small_event())
    keys.create(done.uid)
    with db.write() as tx:
        event = event_store.by_id(tx, done.event_id)
        assert event is not None
        publish_key_list(tx, clock, keys, event)
    return Server(db, clock, keys, Scribe(clock, keys), Projector(db, clock), event)


def hear(server: Server, *entries: Entry) -> None:
    """Entries arrive, in one transaction."""
    with server.db.write() as tx:
        ring = ring_of(tx, server.event.id)
        assert ring is not None
        append_entries(tx, server.event, ring, entries, server.clock.now_ms())


@dataclass
class Pen:
    """A kiosk as far as the server sees one: a key, a run, the next number."""

    server: Server
    key: SigningKey = field(default_factory=SigningKey.generate)
    run: RunId = field(default_factory=lambda: RunId(secrets.token_bytes(8)))
    number: int = 0
    last: Digest | None = None
    opens: PreviousRun | None = None

    @property
    def device(self) -> DeviceId:
        """Its name."""
        return device_id(self.key.verify_key.raw)

    def write(self, body: KioskBody | Statement, operator: BadgeId | None = None) -> Entry:
        """The next entry."""
        self.number += 1
        opens = self.opens if self.number == 1 else None
        stamp = Stamp(self.server.clock.now_ms(), 0, 1)
        uid = self.server.event.uid
        entry = write_entry(self.key, uid, self.run, self.number, self.last, opens, stamp, operator, body)
        self.last = entry.ref.digest
        return entry

    def redeem(self, ticket: TicketId, product: ProductNo = FOUR_DAYS, seen: tuple[Ref, ...] = ()) -> Entry:
        """An admission, or an item handed out."""
        point = GATE if product in {FOUR_DAYS, ONE_DAY} else KITCHEN
        return self.write(Redeem(ticket, 0, product, 1, point, GROUNDS, DAY, seen, None))

    def new_run(self) -> None:
        """As after a start: the next entry names the last one of before."""
        self.opens = None if self.last is None else PreviousRun(self.run, self.number, self.last)
        self.run, self.number, self.last = RunId(secrets.token_bytes(8)), 0, None

    def request(
        self,
        entries: tuple[bytes, ...] = (),
        *,
        certificate: bytes | None = None,
        cursor: Cursor | None = None,
        vector: VersionVector | None = None,
        status: DeviceStatus | None = None,
        manifests: tuple[bytes, ...] = (),
    ) -> ExchangeRequest:
        """An exchange request with a fresh nonce."""
        nonce, uid = secrets.token_bytes(16), self.server.event.uid
        return ExchangeRequest(1, 1, uid, nonce, certificate, entries, cursor, vector, status, manifests)
