"""SQL of conflicts: what the projector finds, what people read and decide, what the points are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from common.ids import Digest, TicketId
from syncserver.db.tables_sync import conflicts, entries, run_lines, uses
from syncserver.stores import rows
from syncserver.stores.entry_list import Place
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import Row

# Word for word the conditions of the partial indexes, so that both databases use them.
_IS_FORKED: ColumnElement[bool] = literal_column("is_forked", Boolean)
_IS_OPEN: ColumnElement[bool] = literal_column("ruling IS NULL", Boolean)
_IS_UNTOLD: ColumnElement[bool] = literal_column("told_ms IS NULL", Boolean)
Doubled = tuple[bytes, bytes, int]  # device, run, number
FORKED_AT_ONCE = 500  # runs; more are asked for by name


# --- what the projector asks and writes -----------------------------------------------------------


def put(tx: Connection, event_id: int, of_tickets: Sequence[bytes], new: Sequence[Row]) -> None:
    """Replace the conflicts of these tickets; those that were there keep when they were found.

    They keep when they were told, too, unless they have become something else: another kind, or beside another use.
    """
    here = {row["digest"]: row for row in new}
    names = ("digest", "why", "other", "ruling", "told_ms")
    known = {row[0]: row[1:] for row in rows.select_in(tx, conflicts, names, event_id, "ticket", of_tickets)}
    gone = [digest for digest in known if digest not in here]
    if gone:
        tx.execute(delete(conflicts).where(conflicts.c.event_id == event_id, conflicts.c.digest.in_(gone)))
    changed = []
    for digest, row in here.items():
        now = (row["why"], row["other"], row["ruling"])
        if digest in known and known[digest][:3] != now:
            told_ms = known[digest][3] if known[digest][:2] == now[:2] else None
            changed.append((*now, told_ms, event_id, digest))
    rows.update_values(tx, conflicts, ("why", "other", "ruling", "told_ms"), ("event_id", "digest"), changed)
    rows.add_missing(tx, conflicts, ("event_id", "digest"), [row for one, row in here.items() if one not in known])


def doubled_anywhere(tx: Connection, event_id: int) -> set[Doubled]:
    """Identities that any run used for more than one entry, in one go: a thief forks as many runs as he likes."""
    return {(row.device, row.run, row.number) for row in _DOUBLED(tx, event_id=event_id)}


def _doubled(event_id: int) -> Select[Any]:
    e, of = entries.c, run_lines.c
    return (
        select(e.device, e.run, e.number)
        .join(run_lines, and_(of.event_id == e.event_id, of.device == e.device, of.run == e.run))
        .where(e.event_id == event_id, _IS_FORKED)
        .group_by(e.device, e.run, e.number)
        .having(func.count() > 1)
    )


_DOUBLED = Prepared(_doubled)


def doubled(tx: Connection, event_id: int, of_runs: Iterable[tuple[bytes, bytes]]) -> set[Doubled]:
    """Identities these runs used for more than one entry; only forked runs are looked through."""
    wanted = _forked_among(tx, event_id, set(of_runs))
    e, found = entries.c, set[Doubled]()
    for device, run in sorted(wanted):
        query = (
            select(e.number)
            .where(e.event_id == event_id, e.device == device, e.run == run)
            .group_by(e.number)
            .having(func.count() > 1)
        )
        found.update((device, run, int(number)) for number in tx.execute(query).scalars())
    return found


def _forked_among(tx: Connection, event_id: int, runs: set[tuple[bytes, bytes]]) -> set[tuple[bytes, bytes]]:
    """Those of these runs that are forked. Few are, in most events none; a stolen key may have made any number."""
    some = _FORKED(tx, event_id=event_id, most=FORKED_AT_ONCE + 1).all() if runs else []
    if len(some) <= FORKED_AT_ONCE:
        return {(row.device, row.run) for row in some} & runs
    of_device: dict[bytes, list[bytes]] = {}
    for device, run in sorted(runs):
        of_device.setdefault(device, []).append(run)
    return {
        (device, run)
        for device, names in of_device.items()
        for at in range(0, len(names), FORKED_AT_ONCE)
        for run in tx.execute(_forked_of(event_id, device, names[at : at + FORKED_AT_ONCE])).scalars()
    }


def _forked_of(event_id: int, device: bytes, runs: Sequence[bytes]) -> Select[Any]:
    of = run_lines.c
    return select(of.run).where(of.event_id == event_id, of.device == device, of.run.in_(runs), _IS_FORKED)


_FORKED = Prepared(
    lambda event_id, most: (
        select(run_lines.c.device, run_lines.c.run).where(run_lines.c.event_id == event_id, _IS_FORKED).limit(most)
    )
)


def tickets_used_at(tx: Connection, event_id: int, at: Iterable[Doubled]) -> set[TicketId]:
    """Tickets with a use of one of these identities."""
    c, found = uses.c, set[TicketId]()
    for device, run, number in at:
        query = select(c.ticket).where(c.event_id == event_id, c.device == device, c.run == run, c.number == number)
        found.update(TicketId(ticket) for ticket in tx.execute(query).scalars())
    return found


def ahead(tx: Connection, event_id: int, of_tickets: Sequence[bytes], by_ms: int) -> set[Digest]:
    """Uses of tickets that are stamped more than `by_ms` later than this server received them."""
    c, e, found = uses.c, entries.c, set[Digest]()
    for at in range(0, len(of_tickets), 500):
        query = (
            select(c.digest)
            .join(entries, and_(e.event_id == c.event_id, e.digest == c.digest))
            .where(c.event_id == event_id, c.ticket.in_(list(of_tickets[at : at + 500])))
            .where(c.time_ms > e.received_ms + by_ms)
        )
        found.update(tx.execute(query).scalars())
    return found


# --- what people read -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConflictFilter:
    """Which conflicts: decided or open ones (None: both), of a kind, at a point, of a device or one of its runs."""

    is_decided: bool | None = False
    kind: str | None = None
    point_no: int | None = None
    device: bytes | None = None
    run: bytes | None = None
    first: int | None = None
    last: int | None = None
    from_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict with the use that is to be decided."""

    digest: bytes
    ticket: bytes
    why: str
    other: bytes | None
    ruling: int | None
    found_ms: int
    device: bytes
    run: bytes
    number: int
    point_no: int
    product_no: int
    quantity: int
    time_ms: int
    state: str


_OWN = ("digest", "ticket", "why", "other", "ruling", "found_ms")
_COLUMNS = tuple((conflicts if name in _OWN else uses).c[name] for name in ConflictRow.__dataclass_fields__)


def _select(event_id: int, wanted: ConflictFilter) -> Select[tuple[object, ...]]:
    joined = and_(uses.c.event_id == conflicts.c.event_id, uses.c.digest == conflicts.c.digest)
    query = select(*_COLUMNS).join(uses, joined).where(conflicts.c.event_id == event_id)
    if wanted.is_decided is not None:
        query = query.where(_IS_OPEN if not wanted.is_decided else conflicts.c.ruling.is_not(None))
    if wanted.kind is not None:
        query = query.where(conflicts.c.why == wanted.kind)
    return query.where(*_of_uses(wanted))


def _of_uses(wanted: ConflictFilter) -> list[ColumnElement[bool]]:
    u = uses.c
    pairs = ((u.point_no, wanted.point_no), (u.device, wanted.device), (u.run, wanted.run))
    where: list[ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
    where += [u.number >= wanted.first] if wanted.first is not None else []
    where += [u.number <= wanted.last] if wanted.last is not None else []
    where += [u.time_ms >= wanted.from_ms] if wanted.from_ms is not None else []
    where += [u.time_ms <= wanted.until_ms] if wanted.until_ms is not None else []
    return where


def listed(
    tx: Connection, event_id: int, wanted: ConflictFilter, place: Place | None, limit: int
) -> tuple[ConflictRow, ...]:
    """Conflicts, those found last first; `place` holds the time one was found."""
    c, query = conflicts.c, _select(event_id, wanted)
    if place is not None:
        later = or_(c.found_ms < place.time_ms, and_(c.found_ms == place.time_ms, c.digest < place.digest))
        query = query.where(c.found_ms <= place.time_ms, later)
    found = tx.execute(query.order_by(c.found_ms.desc(), c.digest.desc()).limit(limit))
    return tuple(ConflictRow(**row._asdict()) for row in found)


def one(tx: Connection, event_id: int, digest: bytes) -> ConflictRow | None:
    """One conflict."""
    row = tx.execute(_select(event_id, ConflictFilter(None)).where(conflicts.c.digest == digest)).first()
    return None if row is None else ConflictRow(**row._asdict())


def count(tx: Connection, event_id: int, wanted: ConflictFilter) -> int:
    """How many there are."""
    return int(tx.execute(select(func.count()).select_from(_select(event_id, wanted).subquery())).scalar_one())


def open_count(tx: Connection, event_id: int) -> int:
    """How many wait for a person."""
    return int(tx.execute(select(func.count()).where(conflicts.c.event_id == event_id, _IS_OPEN)).scalar_one())


# --- uses of a device, and runs -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UseOfDevice:
    """A use as a list of one device's shows it; `received_ms` None: known without its bytes."""

    digest: bytes
    ticket: bytes
    device: bytes
    run: bytes
    number: int
    kind: int
    product_no: int
    quantity: int
    point_no: int
    time_ms: int
    state: str
    standing: int
    flags: int
    received_ms: int | None
    operator: bytes | None


def uses_listed(
    tx: Connection, event_id: int, wanted: ConflictFilter, state: str | None, limit: int
) -> tuple[UseOfDevice, ...]:
    """Uses by time, the newest first; `wanted.kind` and `is_decided` are of conflicts and ask nothing here."""
    u, e = uses.c, entries.c
    names = [name for name in UseOfDevice.__dataclass_fields__ if name not in {"received_ms", "operator"}]
    query = (
        select(*(u[name] for name in names), e.received_ms, e.operator)
        .outerjoin(entries, and_(e.event_id == u.event_id, e.digest == u.digest))
        .where(u.event_id == event_id, *_of_uses(wanted))
    )
    query = query.where(u.state == state) if state else query
    found = tx.execute(query.order_by(u.time_ms.desc(), u.digest.desc()).limit(limit))
    return tuple(UseOfDevice(**row._asdict()) for row in found)


def uses_by_digest(tx: Connection, event_id: int, digests: Sequence[bytes]) -> dict[bytes, UseOfDevice]:
    """Uses by digest."""
    u, e = uses.c, entries.c
    names = [name for name in UseOfDevice.__dataclass_fields__ if name not in {"received_ms", "operator"}]
    query = (
        select(*(u[name] for name in names), e.received_ms, e.operator)
        .outerjoin(entries, and_(e.event_id == u.event_id, e.digest == u.digest))
        .where(u.event_id == event_id, u.digest.in_(list(digests)))
    )
    return {row.digest: UseOfDevice(**row._asdict()) for row in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class RunSpan:
    """A run of a device as received: how many entries, their stamps, and when the first and the last came."""

    run: bytes
    first: int
    last: int
    first_time_ms: int
    last_time_ms: int
    first_received_ms: int
    last_received_ms: int


def runs_of(tx: Connection, event_id: int, device: bytes, limit: int) -> tuple[RunSpan, ...]:
    """The runs of a device, the one received last first."""
    e = entries.c
    query = (
        select(
            e.run,
            func.min(e.number).label("first"),
            func.max(e.number).label("last"),
            func.min(e.time_ms).label("first_time_ms"),
            func.max(e.time_ms).label("last_time_ms"),
            func.min(e.received_ms).label("first_received_ms"),
            func.max(e.received_ms).label("last_received_ms"),
        )
        .where(e.event_id == event_id, e.device == device)
        .group_by(e.run)
        .order_by(func.max(e.received_ms).desc(), e.run)
        .limit(limit)
    )
    return tuple(RunSpan(**row._asdict()) for row in tx.execute(query))


def decided(tx: Connection, event_id: int, ticket: bytes, kind: int, limit: int) -> tuple[bytes, ...]:
    """Bytes of the statements of one kind about a ticket that count, in the order they came."""
    e = entries.c
    query = select(e.raw).where(e.event_id == event_id, e.ticket == ticket, e.kind == kind, e.state == "ok")
    return tuple(tx.execute(query.order_by(e.position).limit(limit)).scalars())


def offline_since(tx: Connection, event_id: int, device: bytes, received_ms: int) -> int | None:
    """When entries of a device had last come before this one: since then it may have heard nothing."""
    e = entries.c
    query = select(func.max(e.received_ms)).where(
        e.event_id == event_id, e.device == device, e.received_ms < received_ms
    )
    found = tx.execute(query).scalar_one_or_none()
    return None if found is None else int(found)


# --- what the points are told ---------------------------------------------------------------------


def untold(tx: Connection, event_id: int, limit: int) -> tuple[ConflictRow, ...]:
    """Conflicts nobody was told of, the oldest first."""
    query = _select(event_id, ConflictFilter(None)).where(_IS_UNTOLD)
    found = tx.execute(query.order_by(conflicts.c.found_ms, conflicts.c.digest).limit(limit))
    return tuple(ConflictRow(**row._asdict()) for row in found)


def set_told(tx: Connection, event_id: int, digests: Sequence[bytes], now_ms: int) -> None:
    """Note that the points were told of these."""
    tx.execute(
        update(conflicts)
        .where(conflicts.c.event_id == event_id, conflicts.c.digest.in_(list(digests)))
        .values(told_ms=now_ms)
    )
