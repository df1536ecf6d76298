"""The admin's services, put together once: what `syncserver/admin` works with."""

from __future__ import annotations

from dataclasses import dataclass

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.admin_badges import BadgeDesk
from syncserver.services.admin_corrections import CorrectionDesk
from syncserver.services.admin_devices import Devices
from syncserver.services.admin_entries import EntryLists
from syncserver.services.admin_flags import Flags
from syncserver.services.admin_jobs import Jobs
from syncserver.services.admin_messages import Messages
from syncserver.services.admin_orders import OrderLists
from syncserver.services.admin_overview import Overviews, Surroundings
from syncserver.services.admin_points import Points
from syncserver.services.admin_refunds import RefundDesk
from syncserver.services.admin_snapshots import Snapshots
from syncserver.services.admin_staff import StaffDesk
from syncserver.services.admin_tickets import TicketDesk
from syncserver.services.admin_tray import Tray
from syncserver.services.admin_vouchers import VoucherDesk
from syncserver.services.answers import AnswerBook
from syncserver.services.badges import Badges
from syncserver.services.books import Books
from syncserver.services.catalogue import Catalogues
from syncserver.services.conflict_pages import ConflictPages
from syncserver.services.conflicts import Deciding
from syncserver.services.enrol import Enrol
from syncserver.services.handed_out import HandedOutReport
from syncserver.services.ingest import Ingest
from syncserver.services.known_events import KnownEvents
from syncserver.services.order_changes import OrderChanges
from syncserver.services.orders import Orders
from syncserver.services.override_reasons import OverrideReasons
from syncserver.services.passes import PassSource
from syncserver.services.returns import Returns
from syncserver.services.scribe import Scribe
from syncserver.services.simulator import Simulator
from syncserver.services.staff import Member, Staff
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event and what it is called."""

    event: EventRow
    name: str


class Events:
    """The events a member of staff works for."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def by_key(self, key: str) -> NamedEvent | None:
        """The event with this key."""
        with self._db.read() as tx:
            event = event_store.by_key(tx, key)
            return None if event is None else NamedEvent(event, event_store.name_of(tx, event))

    def of(self, member: Member) -> tuple[NamedEvent, ...]:
        """Where the member has a role, the newest event first."""
        with self._db.read() as tx:
            mine = [event for event in event_store.all_events(tx) if member.roles.get(event.id)]
            return tuple(NamedEvent(event, event_store.name_of(tx, event)) for event in mine)


@dataclass(frozen=True, slots=True)
class Admin:
    """Everything the admin's pages call."""

    clock: Clock
    staff: Staff
    events: Events
    overviews: Overviews
    devices: Devices
    points: Points
    entries: EntryLists
    tickets: TicketDesk
    orders: OrderLists
    refunds: RefundDesk
    corrections: CorrectionDesk
    books: Books
    flags: Flags
    conflicts: ConflictPages
    deciding: Deciding
    tray: Tray
    jobs: Jobs
    snapshots: Snapshots
    accounts: StaffDesk
    badges: BadgeDesk
    simulator: Simulator
    answers: AnswerBook
    vouchers: VoucherDesk
    handed_out: HandedOutReport
    messages: Messages
    public_url: str


@dataclass(frozen=True, slots=True)
class AdminParts:
    """What the admin shares with the rest of the server."""

    staff: Staff
    scribe: Scribe
    enrol: Enrol
    ingest: Ingest
    known: KnownEvents
    orders: Orders
    catalogues: Catalogues
    returns: Returns
    changes: OrderChanges
    books: Books
    passes: PassSource
    around: Surroundings
    simulator: Simulator
    answers: AnswerBook
    reasons: OverrideReasons
    public_url: str
    secret: bytes


def make_admin(db: Database, clock: Clock, parts: AdminParts) -> Admin:
    """The admin on a database."""
    devices = Devices(db, clock, parts.scribe, parts.enrol)
    return Admin(
        clock=clock,
        staff=parts.staff,
        events=Events(db),
        overviews=Overviews(db, clock, devices, parts.around),
        devices=devices,
        points=Points(db, clock, devices),
        entries=EntryLists(db, parts.reasons),
        handed_out=HandedOutReport(db),
        messages=Messages(db, parts.scribe),
        tickets=TicketDesk(db, clock, parts.scribe, parts.passes, parts.reasons),
        orders=OrderLists(db, clock, parts.orders, parts.catalogues),
        refunds=RefundDesk(db, clock, parts.returns),
        corrections=CorrectionDesk(db, clock, parts.changes),
        books=parts.books,
        flags=Flags(db, devices),
        conflicts=ConflictPages(db, clock, parts.reasons),
        deciding=Deciding(db, parts.scribe),
        tray=Tray(db, parts.ingest, parts.known),
        jobs=Jobs(db, clock),
        snapshots=Snapshots(db, clock, parts.around.list_minutes),
        accounts=StaffDesk(db, clock, parts.staff),
        badges=BadgeDesk(db, clock, Badges(db, clock, parts.scribe)),
        simulator=parts.simulator,
        answers=parts.answers,
        vouchers=VoucherDesk(db, clock, parts.secret),
        public_url=parts.public_url.rstrip("/"),
    )
