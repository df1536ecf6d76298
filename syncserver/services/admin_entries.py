"""Entries as people read them: who was admitted, where and when, the newest first, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from common.bodies import Note, Refuse, Void
from common.entries import Entry, stored_entry
from common.facts import UseKind
from common.refusal_counts import RefusalCount, counted_together
from syncserver.db.engine import Database
from syncserver.services.handed_out import words_of_uses
from syncserver.services.override_reasons import OverrideReason, OverrideReasons
from syncserver.stores import devices as device_store
from syncserver.stores import entry_list as store
from syncserver.stores import names, orders
from syncserver.stores.entry_list import Place, ToldRow, UseRow
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named

PER_PAGE = 50
PER_PAGE_MAX = 500
_CURSOR = re.compile(r"(-?\d{1,17})\.([0-9a-f]{32})")


class EntryKind(StrEnum):
    """What a device wrote."""

    REDEEM = "redeem"
    EXIT = "exit"
    OVERRIDE = "override"
    REFUSE = "refuse"
    VOID = "void"
    NOTE = "note"


_OF_USE = {EntryKind.REDEEM: UseKind.REDEEM, EntryKind.EXIT: UseKind.EXIT, EntryKind.OVERRIDE: UseKind.OVERRIDE}
_OF_TOLD = {
    EntryKind(kind.__name__.lower()): int(kind.__struct_config__.tag)  # type: ignore[arg-type]
    for kind in (Refuse, Void, Note)
}
_USE_KINDS = {int(number): kind for kind, number in _OF_USE.items()}
_TOLD_KINDS = {number: kind for kind, number in _OF_TOLD.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of a kind, at a point's key, behind a cursor; None: all, from the newest."""

    kind: EntryKind | None = None
    point_key: str | None = None
    cursor: str | None = None
    limit: int = PER_PAGE


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry in words. `reason` is why someone was turned away, or would have been but for an override.

    `typed` is why somebody overrode, in words that may name anybody. `state` is empty where nothing is counted.
    """

    time_ms: int
    kind: EntryKind
    point: Named | None
    product: Named | None
    quantity: int
    holder: str
    ticket: bytes | None
    device: str
    state: str
    reason: str
    digest: bytes
    variants: str = ""  # which sizes or colours it handed out
    typed: str = ""
    times: int = 1  # of refusals that were the same: how often, the first at `time_ms`
    until_ms: int | None = None  # when the last of them was


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of entries and the cursor of the next; None: there is none."""

    entries: tuple[ShownEntry, ...]
    next: str | None


class EntryLists:
    """Reads entries for people."""

    def __init__(self, db: Database, reasons: OverrideReasons) -> None:
        self._db, self._reasons = db, reasons

    def page(self, event: EventRow, asked: Asked, language: str, *, with_holders: bool) -> EntryPage:
        """Entries asked for, at most 500; names, and why people overrode, with holders. An unknown point has none."""
        limit = min(max(asked.limit, 1), PER_PAGE_MAX)
        with self._db.read() as tx:
            points = names.points_of(tx, event, language)
            point_no = next((one.no for one in points.values() if one.key == asked.point_key), None)
            if asked.point_key is not None and point_no is None:
                return EntryPage((), None)
            rows = _rows(tx, event, asked, point_no, limit + 1)
            words = _Words.of(tx, event, points, language, rows[:limit], with_holders=with_holders)
            overrides = [one.digest for one in rows[:limit] if isinstance(one, UseRow) and one.kind == UseKind.OVERRIDE]
            overrode = self._reasons.of(tx, event, overrides)
        told = Refusals.among(event, rows[:limit])
        shown = tuple(_shown(event, words, row, told) for row in rows[:limit] if row.digest not in told.repeats)
        shown = tuple(_with_reason(one, overrode.get(one.digest), with_why=with_holders) for one in shown)
        return EntryPage(shown, _cursor(rows[limit - 1]) if len(rows) > limit else None)

    def points(self, event: EventRow, language: str) -> tuple[Named, ...]:
        """Every point in use, in the file's order."""
        with self._db.read() as tx:
            return tuple(one for one in names.points_of(tx, event, language).values() if one.is_active)


def _rows(tx: Connection, event: EventRow, asked: Asked, point_no: int | None, limit: int) -> list[UseRow | ToldRow]:
    place, found = _place(asked.cursor), list[UseRow | ToldRow]()
    if asked.kind is None or asked.kind in _OF_USE:
        kind = None if asked.kind is None else int(_OF_USE[asked.kind])
        found += store.uses_behind(tx, event.id, kind, point_no, place, limit)
    for told, number in _OF_TOLD.items():
        if asked.kind in {None, told}:
            found += store.told_behind(tx, event.id, number, point_no, place, limit)
    found.sort(key=lambda row: (row.time_ms, row.digest), reverse=True)
    return found[:limit]


def _place(cursor: str | None) -> Place | None:
    """Where a cursor points; one that was not made here begins at the newest."""
    parsed = _CURSOR.fullmatch(cursor or "")
    return Place(int(parsed[1]), bytes.fromhex(parsed[2])) if parsed else None


def _cursor(row: UseRow | ToldRow) -> str:
    return f"{row.time_ms}.{row.digest.hex()}"


@dataclass(frozen=True, slots=True)
class _Words:
    """What the numbers and ids of a page's rows are called."""

    points: dict[int, Named]
    products: dict[int, Named]
    devices: dict[bytes, str]
    holders: dict[bytes, str]
    handed: dict[bytes, str]

    @classmethod
    def of(
        cls,
        tx: Connection,
        event: EventRow,
        points: dict[int, Named],
        language: str,
        rows: Sequence[UseRow | ToldRow],
        *,
        with_holders: bool,
    ) -> _Words:
        tickets = sorted({row.ticket for row in rows if row.ticket is not None}) if with_holders else []
        uses = [(row.digest, row.product_no) for row in rows if isinstance(row, UseRow)]
        holders = orders.holders_of_tickets(tx, event.id, tickets) if tickets else {}
        return cls(
            points,
            names.products_of(tx, event, language),
            {bytes(one.device): one.name for one in device_store.all_devices(tx, event.id)},
            {ticket: one.name for ticket, one in holders.items()},
            words_of_uses(tx, event, language, uses),
        )


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusals that were the same, as one: the count by the digest of its first entry; the other entries' digests."""

    counts: dict[bytes, RefusalCount]
    repeats: frozenset[bytes]

    @classmethod
    def among(cls, event: EventRow, rows: Iterable[UseRow | ToldRow]) -> Refusals:
        """Those among these rows, in whatever order."""
        told = (stored_entry(row.raw, event.uid) for row in rows if isinstance(row, ToldRow))
        counts = counted_together(entry for entry in told if isinstance(entry, Entry))
        repeats = frozenset(bytes(ref.digest) for one in counts for ref in one.refs[1:])
        return cls({bytes(one.refs[0].digest): one for one in counts}, repeats)


def _shown(event: EventRow, words: _Words, row: UseRow | ToldRow, told: Refusals) -> ShownEntry:
    is_use, count = isinstance(row, UseRow), told.counts.get(row.digest)
    return ShownEntry(
        time_ms=row.time_ms,
        kind=_USE_KINDS[row.kind] if is_use else _TOLD_KINDS[row.kind],
        point=None if row.point_no is None else words.points.get(row.point_no),
        product=words.products.get(row.product_no) if isinstance(row, UseRow) else None,
        quantity=row.quantity if isinstance(row, UseRow) else 0,
        holder=words.holders.get(row.ticket or b"", ""),
        ticket=row.ticket,
        device=words.devices.get(row.device, row.device.hex()[:8]),
        state=row.state if isinstance(row, UseRow) else "",
        reason="" if isinstance(row, UseRow) else reason_of(event, row),
        digest=row.digest,
        variants=words.handed.get(row.digest, ""),
        times=1 if count is None else count.times,
        until_ms=None if count is None else count.last_ms,
    )


def _with_reason(entry: ShownEntry, told: OverrideReason | None, *, with_why: bool) -> ShownEntry:
    return entry if told is None else replace(entry, reason=told.reason, typed=told.why if with_why else "")


def reason_of(event: EventRow, row: ToldRow) -> str:
    """Why someone was turned away, or why an entry was taken back: the stable word."""
    opened = stored_entry(row.raw, event.uid)
    body = opened.body if isinstance(opened, Entry) else None
    if isinstance(body, Refuse):
        return body.reason
    return body.why if isinstance(body, Void) else ""
