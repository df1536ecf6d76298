"""A small story that leaves files of every kind: an event, sales, a kiosk that scanned, and what others did meanwhile.

Everything goes through the product's own code; only clock and transport are the story's. Its time stands still, so a
test can open the files years later at the hour in which they were made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from common.certificates import issue_certificate
from common.clock import ManualClock
from common.decision import Outcome, Request
from common.errors import require
from common.ids import DeviceId, TicketId
from common.signing import device_id
from kiosk.input.events import Scanned, Source
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Shown
from kiosk.store.enrolled import Enrolled, device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.sync.errors import Refused
from kiosk.sync.transport import Part, Transport
from kiosk.sync.worker import Sync
from syncserver.app import Services, make_services
from syncserver.config import ServerConfig
from syncserver.db.migrate import migrate
from syncserver.jobs.statement_args import TicketWanted
from syncserver.services import statements
from syncserver.services.import_event import import_event
from syncserver.services.issue_passes import passes_of
from syncserver.services.keys import KeyStore, publish_key_list, ring_of
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.support.server_world import FOUR_DAYS, GATE, LUNCH, NOW_MS
from tests.support.small_event import small_event

KIOSK_NAME = "North gate"
STEPS_MAX = 50


class Told(msgspec.Struct, frozen=True):
    """What the files hold, and when: the tests compare today's reading with it. Passes are by what became of them."""

    now_ms: int
    passes: dict[str, str]
    tickets: dict[str, str]
    journal_entries: int
    learnt_entries: int
    server_entries: int
    server_tickets: int
    server_uses: int
    pending: int


@dataclass(frozen=True, slots=True)
class Direct(Transport):
    """A server called directly, in the same process."""

    services: Services

    def post(self, path: str, body: bytes) -> bytes:
        """The answer to an exchange."""
        require(path.endswith("/exchange"), f"the story only exchanges, not {path}")
        return self.services.exchange.answer(body)

    def get(self, path: str, first: int) -> Part:
        """A file of a snapshot."""
        return Part(first, self._pieces(self.services.config.snapshots / path.rpartition("/")[2], first))

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """A snapshot the server lacks. Raises Refused: here it lacks none."""
        raise Refused(f"{path}: {len(body)} bytes with {headers}")

    @staticmethod
    def _pieces(path: Path, first: int) -> Iterator[bytes]:
        yield path.read_bytes()[first:]


def open_server(config: ServerConfig, clock: ManualClock) -> tuple[Services, EventRow]:
    """A server with the small event and TEST ONLY keys; what is there already is kept."""
    config.keys.mkdir(parents=True, exist_ok=True)
    config.session_secret.parent.mkdir(parents=True, exist_ok=True)
    if not config.session_secret.exists():
        config.session_secret.touch(mode=0o600)
        config.session_secret.write_bytes(b"TEST ONLY secret of sessions, 40 bytes..")
    services = make_services(config, clock)
    migrate(services.db)
    with services.db.read() as tx:
        events = event_store.all_events(tx)
    if events:
        return services, events[0]
    done = import_event(services.db, clock, small_event())
    keys = KeyStore(config.keys)
    keys.create(done.uid)
    with services.db.write() as tx:
        event = event_store.by_id(tx, done.event_id)
        require(event is not None, "the event was imported and is not there")
        assert event is not None
        publish_key_list(tx, clock, keys, event)
    return services, event


def enrol(services: Services, event: EventRow, folder: Folder) -> None:
    """Let a kiosk join at the gate, by the statement that enrolment writes."""
    folder.make()
    public = device_key(folder).verify_key.raw
    keys, device = services.keys.of(event.uid), DeviceId(device_id(public))
    certificate = issue_certificate(keys.scribe, event.uid, public, KIOSK_NAME, services.clock.now_ms() // 1000)
    with services.db.write() as tx:
        ring = ring_of(tx, event.id)
        statements.device(services.scribe.open(tx, event.id), device, device, certificate, KIOSK_NAME, GATE)
    require(ring is not None, "the event has no key list")
    assert ring is not None
    papers = Enrolled(event.uid, "Trial Rally", "http://127.0.0.1:1", certificate, ring.root, ring.body, GATE)
    write_enrolled(folder, papers)


def sync_until_quiet(kiosk: Kiosk, services: Services) -> Sync:
    """Exchange and carry out errands until nothing is left to do now."""
    sync = Sync(kiosk, Direct(services))
    for _ in range(STEPS_MAX):
        waits_s = sync.step()
        if not sync.run_errands() and waits_s > 0:
            break
    require(not sync.state.trouble, f"the story's exchange failed: {sync.state.trouble}")
    return sync


def scan(kiosk: Kiosk, text: str) -> Shown:
    """Scan a pass and let a person see the answer."""
    shown = kiosk.station.scan(Scanned(text, Source.CAMERA, kiosk.clock.monotonic_s()), Request())
    if not isinstance(shown, Shown):
        raise TypeError(f"a pass was answered with {shown}")
    if shown.entry is not None:
        kiosk.station.was_shown(shown.entry)
    return shown


def outcome_of(shown: Shown) -> str:
    """The outcome and reason, or the fault's code."""
    verdict = shown.verdict
    outcome = getattr(verdict, "outcome", None)
    return f"{outcome}/{verdict.reason}" if isinstance(outcome, Outcome) else f"fault/{verdict}"  # type: ignore[union-attr]


@dataclass
class Story:
    """One telling: a server in a folder with a database of its own, and a kiosk's folder."""

    services: Services
    event: EventRow
    kiosk: Folder
    clock: ManualClock

    def tell(self) -> Told:
        """From the first sale to the entries nobody has fetched yet. The kiosk is closed at the end."""
        early = self._sell(6, ((LUNCH, 2),))
        enrol(self.services, self.event, self.kiosk)
        other = self.kiosk.path.with_name("other-kiosk")
        enrol(self.services, self.event, Folder(other))
        self.services.snapshots.build(self.event.id)
        late = self._sell(2, ())
        names = dict(zip(("unused", "here", "elsewhere", "blocked", "pending", "later"), early, strict=True))
        names |= {"sold later": late[0], "sold later, used": late[1]}
        passes = {name: self._pass(ticket) for name, ticket in names.items()}
        kiosk = open_kiosk(self.kiosk, Options(self.clock))
        try:
            sync_until_quiet(kiosk, self.services)
            self._day(kiosk, other, names, passes)
            pending = sync_until_quiet(kiosk, self.services).state.pending
            scan(kiosk, passes["pending"])
            return self._told(kiosk, names, passes, pending + 1)
        finally:
            kiosk.close()

    def _day(self, kiosk: Kiosk, other: Path, names: Mapping[str, TicketId], passes: Mapping[str, str]) -> None:
        """Admissions here and elsewhere, a refusal, a block; both kiosks exchange."""
        self.clock.advance(60)
        for name in ("here", "here", "sold later, used"):
            scan(kiosk, passes[name])
            self.clock.advance(20)
        elsewhere = open_kiosk(Folder(other), Options(self.clock))
        try:
            sync_until_quiet(elsewhere, self.services)
            scan(elsewhere, passes["elsewhere"])
            sync_until_quiet(elsewhere, self.services)
        finally:
            elsewhere.close()
        with self.services.db.write() as tx:
            desk = self.services.scribe.open(tx, self.event.id)
            statements.block(desk, b"story: block", names["blocked"], "reported stolen", blocked=True)
        self.clock.advance(60)

    def _sell(self, count: int, items: tuple[tuple[int, int], ...]) -> list[TicketId]:
        wanted = [TicketWanted(secrets.token_bytes(8), FOUR_DAYS, items) for _ in range(count)]
        with self.services.db.write() as tx:
            statements.issue(self.services.scribe.open(tx, self.event.id), secrets.token_bytes(8), wanted)
        return [TicketId(one.ticket) for one in wanted]

    def _pass(self, ticket: TicketId) -> str:
        with self.services.db.read() as tx:
            return passes_of(tx, self.services.keys, self.event.id, [ticket])[0].digits

    def _told(self, kiosk: Kiosk, names: Mapping[str, TicketId], passes: dict[str, str], pending: int) -> Told:
        self.services.projector.catch_up(self.event.id)
        with self.services.db.read() as tx:
            head = entry_store.head(tx, self.event.id).position
            uses, tickets = ticket_store.use_count(tx, self.event.id), ticket_store.generations(tx, self.event.id)
        return Told(
            now_ms=self.clock.now_ms(),
            passes=passes,
            tickets={name: ticket.hex() for name, ticket in names.items()},
            journal_entries=kiosk.stores.journal.end(),
            learnt_entries=kiosk.stores.learnt.count(),
            server_entries=head,
            server_tickets=len(tickets),
            server_uses=uses,
            pending=pending,
        )


def begin(config: ServerConfig, kiosk: Path) -> Story:
    """A story that starts at noon of the small event's first day."""
    clock = ManualClock(NOW_MS)
    services, event = open_server(config, clock)
    return Story(services, event, Folder(kiosk), clock)
