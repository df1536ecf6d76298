"""What a person in the control room wants first: the figures of today, what needs a hand, what hinders the opening."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection

from common.bodies import Refuse
from common.clock import Clock
from common.days import day_bounds_ms, event_day
from common.facts import UseKind
from common.ids import EventDay
from common.rules import DayRule
from syncserver.db.engine import Database
from syncserver.services import backup
from syncserver.services.admin_devices import Devices, ShownDevice
from syncserver.services.books import Audit, latest_of
from syncserver.services.keys import KeyStore
from syncserver.services.missing_texts import count_missing
from syncserver.stores import badges, jobs, names, payments, points, returned, snapshots, tray
from syncserver.stores import entries as entry_store
from syncserver.stores import entry_list as store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.entry_list import Tally
from syncserver.stores.events import EventRow
from syncserver.stores.jobs import JobCounts
from syncserver.stores.names import Named
from syncserver.stores.payments import ReconciliationRow
from syncserver.stores.returned import FlagCounts
from syncserver.stores.snapshots import SnapshotRow

PACE_MINUTES = 10
CLOCK_OFF_MS = 60_000
BACKUP_OLD_MS = 24 * 3_600_000
REFUSE = int(Refuse.__struct_config__.tag)  # type: ignore[arg-type]
COMING = (int(UseKind.REDEEM), int(UseKind.OVERRIDE))


class Hindrance(StrEnum):
    """What stands between the event and its opening."""

    KEYS_MISSING = "keys_missing"
    KEYS_NOT_EXPORTED = "keys_not_exported"
    NO_BACKUP = "no_backup"
    BACKUP_OLD = "backup_old"
    NO_SNAPSHOT = "no_snapshot"
    SNAPSHOT_OLD = "snapshot_old"
    NO_DEVICE = "no_device"
    NO_BADGE = "no_badge"
    POINT_WITHOUT_PRODUCT = "point_without_product"
    TICKET_WITHOUT_GATE = "ticket_without_gate"
    DEVICE_WITHOUT_POINT = "device_without_point"
    DEVICE_FORKED = "device_forked"
    OUT_OF_ORDER = "out_of_order"
    CLOCK_OFF = "clock_off"
    JOBS_DEAD = "jobs_dead"
    NO_MAIL = "no_mail"
    NO_PROVIDER = "no_provider"
    TEXTS_MISSING = "texts_missing"
    BOOKS_DIFFER = "books_differ"


@dataclass(frozen=True, slots=True)
class Blocker:
    """One line of the launch list; `names` are the points, products or devices it is about."""

    what: Hindrance
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Today's: people let in, let out, pieces handed out, people turned away; people a minute of late."""

    admitted: int
    left: int
    handed_out: int
    refused: int
    per_minute: float
    last_ms: int | None  # when the latest counted use was made


@dataclass(frozen=True, slots=True)
class Contact:
    """How the kiosks in use fare."""

    in_touch: int
    silent: int
    pending: int  # entries they have told us of and not sent yet


@dataclass(frozen=True, slots=True)
class Folded:
    """How far the figures are: entries here, those folded, and when the last one came."""

    held: int
    folded: int
    received_ms: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, as of one moment."""

    day: EventDay
    figures: Figures
    contact: Contact
    folded: Folded
    rejected: int
    silent_entries: int
    flags: FlagCounts
    jobs: JobCounts
    snapshot: SnapshotRow | None
    snapshot_bytes: int | None
    backup_ms: int | None
    exported_ms: int | None
    reconciled: ReconciliationRow | None
    audit: Audit | None
    launch: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the server the overview looks at besides the database."""

    keys: KeyStore
    backups: Path
    has_mail: bool
    has_provider: bool
    list_minutes: int  # between ticket lists on days of redemption; 0: none


class Overviews:
    """Puts the overview together."""

    def __init__(self, db: Database, clock: Clock, devices: Devices, around: Surroundings) -> None:
        self._db, self._clock, self._devices, self._around = db, clock, devices, around

    def of(self, event: EventRow, language: str) -> Overview:
        """As of now."""
        now_ms = self._clock.now_ms()
        kiosks = [one for one in self._devices.all(event, language) if not one.is_revoked]
        backup_ms = backup.newest_ms(self._around.backups)
        exported_ms = self._around.keys.exported_ms(event.uid)
        with self._db.read() as tx:
            newest = snapshots.newest(tx, event.id)
            sizes = snapshots.sizes(tx, event.id, [newest.build_ms]) if newest else {}
            rejected, silent = tray.counts(tx, event.id)
            day = today(event, now_ms)
            counted = jobs.counts_of_event(tx, event.id)
            outside = self._outside(event, newest, backup_ms, exported_ms, now_ms)
            audit = latest_of(tx, event.id)
            inside = [*_inside(tx, event, kiosks, counted, language), *_differ(audit)]
            return Overview(
                day=day,
                figures=_figures(tx, event, day, now_ms),
                contact=_contact(kiosks),
                folded=_folded(tx, event),
                rejected=rejected,
                silent_entries=silent,
                flags=returned.counts(tx, event.id),
                jobs=counted,
                snapshot=newest,
                snapshot_bytes=sum(sizes[newest.build_ms].values()) if newest and newest.build_ms in sizes else None,
                backup_ms=backup_ms,
                exported_ms=exported_ms,
                reconciled=payments.last_reconciliation(tx),
                audit=audit,
                launch=(*outside, *inside),
            )

    def _outside(
        self, event: EventRow, newest: SnapshotRow | None, backup_ms: int | None, exported_ms: int | None, now_ms: int
    ) -> list[Blocker]:
        """What does not stand in the event's own tables."""
        has_keys = self._around.keys.has(event.uid)
        found = {
            Hindrance.KEYS_MISSING: not has_keys,
            Hindrance.KEYS_NOT_EXPORTED: has_keys and exported_ms is None,
            Hindrance.NO_BACKUP: backup_ms is None,
            Hindrance.BACKUP_OLD: backup_ms is not None and now_ms - backup_ms > BACKUP_OLD_MS,
            Hindrance.NO_SNAPSHOT: newest is None,
            Hindrance.SNAPSHOT_OLD: newest is not None and newest.catalogue_version != event.catalogue_version,
            Hindrance.NO_MAIL: not self._around.has_mail,
            Hindrance.NO_PROVIDER: not self._around.has_provider,
        }
        return [Blocker(what) for what, is_so in found.items() if is_so]


def today(event: EventRow, now_ms: int) -> EventDay:
    """The event day of now."""
    return event_day(now_ms, DayRule(event.zone, event.border_minute))


def today_since_ms(event: EventRow, now_ms: int) -> int:
    """When the event day of now began."""
    rule = DayRule(event.zone, event.border_minute)
    return day_bounds_ms(event_day(now_ms, rule), rule)[0]


def admitted_and_handed_out(counted: Sequence[Tally], tickets: set[int]) -> tuple[int, int]:
    """(people let in, pieces handed out) in tallies, by which products are tickets."""
    coming = [one for one in counted if one.kind in COMING]
    handed_out = sum(one.quantity for one in coming if one.product_no not in tickets)
    return sum(one.count for one in coming if one.product_no in tickets), handed_out


def _figures(tx: Connection, event: EventRow, day: EventDay, now_ms: int) -> Figures:
    counted = store.tallies(tx, event.id, day)
    admitted, handed_out = admitted_and_handed_out(counted, points.ticket_products(tx, event.id))
    came = store.pace(tx, event.id, COMING, now_ms - PACE_MINUTES * 60_000, now_ms)
    return Figures(
        admitted=admitted,
        left=sum(one.count for one in counted if one.kind == UseKind.EXIT),
        handed_out=handed_out,
        refused=store.refusals_since(tx, event.id, REFUSE, today_since_ms(event, now_ms)),
        per_minute=came / PACE_MINUTES,
        last_ms=max((one.last_ms for one in counted), default=None),
    )


def _contact(kiosks: Sequence[ShownDevice]) -> Contact:
    silent = sum(1 for one in kiosks if one.is_silent)
    return Contact(len(kiosks) - silent, silent, sum(one.status.pending for one in kiosks if one.status))


def _folded(tx: Connection, event: EventRow) -> Folded:
    head = entry_store.head(tx, event.id)
    received_ms = entry_store.received_ms(tx, event.id, head.position)
    return Folded(head.position, ticket_store.projected(tx, event.id), received_ms)


def _inside(
    tx: Connection, event: EventRow, kiosks: Sequence[ShownDevice], counted: JobCounts, language: str
) -> list[Blocker]:
    """What stands in the event's own tables."""
    places = [one for one in names.points_of(tx, event, language).values() if one.is_active]
    wares = [one for one in names.products_of(tx, event, language).values() if one.is_active]
    served = points.served(tx, event.id)
    at_gates = {product for one in places if one.kind == "gate" for product in served.get(one.no, ())}
    off = [one for one in kiosks if one.status and abs(one.status.clock_offset_ms or 0) > CLOCK_OFF_MS]
    found = {
        Hindrance.NO_DEVICE: None if kiosks else (),
        Hindrance.NO_BADGE: None if any(not one.is_withdrawn for one in badges.all_badges(tx, event.id)) else (),
        Hindrance.POINT_WITHOUT_PRODUCT: _called(one for one in places if not served.get(one.no)),
        Hindrance.TICKET_WITHOUT_GATE: _called(w for w in wares if w.kind == "ticket" and w.no not in at_gates),
        Hindrance.DEVICE_WITHOUT_POINT: _called(one for one in kiosks if one.point is None),
        Hindrance.DEVICE_FORKED: _called(one for one in kiosks if one.is_forked),
        Hindrance.OUT_OF_ORDER: _called(one for one in kiosks if one.status and one.status.out_of_order),
        Hindrance.CLOCK_OFF: _called(off),
        Hindrance.JOBS_DEAD: () if counted.dead else None,
        Hindrance.TEXTS_MISSING: tuple(f"{one} {n}" for one, n in count_missing(tx, event).items()) or None,
    }
    return [Blocker(what, called) for what, called in found.items() if called is not None]


def _differ(audit: Audit | None) -> list[Blocker]:
    """What does not agree in the books."""
    subjects = tuple(dict.fromkeys(one.subject for one in audit.differences)) if audit else ()
    return [Blocker(Hindrance.BOOKS_DIFFER, subjects)] if subjects else []


def _called(found: Iterable[Named | ShownDevice]) -> tuple[str, ...] | None:
    """Their names; None if there are none."""
    return tuple(one.name for one in found) or None
