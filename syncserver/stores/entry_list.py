"""SQL of entries as people read them, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Boolean, Column, ColumnElement, Connection, and_, func, literal_column, or_, select

from syncserver.db.tables_sync import entries, uses

# Word for word the condition of the partial index, so that both databases use it.
_IS_FLAGGED: ColumnElement[bool] = literal_column("flags <> 0", Boolean)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the row of this time and digest."""

    time_ms: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class UseRow:
    """A use as the last fold left it."""

    time_ms: int
    digest: bytes
    kind: int  # facts.UseKind
    device: bytes
    ticket: bytes
    product_no: int
    quantity: int
    point_no: int
    state: str


@dataclass(frozen=True, slots=True)
class ToldRow:
    """An entry that is no use: a refusal, a void, a note."""

    time_ms: int
    digest: bytes
    kind: int  # the body's tag
    device: bytes
    ticket: bytes | None
    point_no: int | None
    raw: bytes


def _behind(time_ms: Column[int], digest: Column[bytes], place: Place | None) -> list[ColumnElement[bool]]:
    """Conditions of keyset paging; the plain bound on time lets the index be used."""
    if place is None:
        return []
    later = or_(time_ms < place.time_ms, and_(time_ms == place.time_ms, digest < place.digest))
    return [time_ms <= place.time_ms, later]


def uses_behind(
    tx: Connection, event_id: int, kind: int | None, point_no: int | None, place: Place | None, limit: int
) -> tuple[UseRow, ...]:
    """Uses of one kind (None: all), at one point (None: all)."""
    c = uses.c
    where = [c.event_id == event_id, *_behind(c.time_ms, c.digest, place)]
    where += [c.kind == kind] if kind is not None else []
    where += [c.point_no == point_no] if point_no is not None else []
    query = select(*(c[name] for name in UseRow.__dataclass_fields__)).where(*where)
    found = tx.execute(query.order_by(c.time_ms.desc(), c.digest.desc()).limit(limit))
    return tuple(UseRow(**row._asdict()) for row in found)


def told_behind(
    tx: Connection, event_id: int, kind: int, point_no: int | None, place: Place | None, limit: int
) -> tuple[ToldRow, ...]:
    """Entries of one kind that is no use."""
    c = entries.c
    where = [c.event_id == event_id, c.kind == kind, *_behind(c.time_ms, c.digest, place)]
    where += [c.point_no == point_no] if point_no is not None else []
    query = select(*(c[name] for name in ToldRow.__dataclass_fields__)).where(*where)
    found = tx.execute(query.order_by(c.time_ms.desc(), c.digest.desc()).limit(limit))
    return tuple(ToldRow(**row._asdict()) for row in found)


def refusals_of(tx: Connection, event_id: int, ticket: bytes, kind: int, limit: int) -> tuple[ToldRow, ...]:
    """When someone was turned away with this ticket, the newest first."""
    c = entries.c
    query = select(*(c[name] for name in ToldRow.__dataclass_fields__)).where(
        c.event_id == event_id, c.ticket == ticket, c.kind == kind
    )
    found = tx.execute(query.order_by(c.time_ms.desc()).limit(limit))
    return tuple(ToldRow(**row._asdict()) for row in found)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted uses of one product at one point on an event day."""

    point_no: int
    product_no: int
    kind: int
    count: int
    quantity: int
    last_ms: int


def tallies(tx: Connection, event_id: int, day: int) -> tuple[Tally, ...]:
    """All counted uses of an event day in groups: some hundred rows, summed along one index."""
    c = uses.c
    group = (c.point_no, c.product_no, c.kind)
    query = (
        select(
            *group,
            func.count().label("count"),
            func.sum(c.quantity).label("quantity"),
            func.max(c.time_ms).label("last_ms"),
        )
        .where(c.event_id == event_id, c.day == day, c.state == "counted")
        .group_by(*group)
    )
    return tuple(Tally(*(int(value) for value in row)) for row in tx.execute(query))


def refusals_since(tx: Connection, event_id: int, kind: int, since_ms: int) -> int:
    """How often someone was turned away since an instant."""
    c = entries.c
    query = select(func.count()).where(c.event_id == event_id, c.kind == kind, c.time_ms >= since_ms)
    return int(tx.execute(query).scalar_one())


def refusals_by_point(tx: Connection, event_id: int, kind: int, since_ms: int) -> dict[int, int]:
    """The same per point."""
    c = entries.c
    query = select(c.point_no, func.count()).where(c.event_id == event_id, c.kind == kind, c.time_ms >= since_ms)
    return {int(no): int(count) for no, count in tx.execute(query.group_by(c.point_no)) if no is not None}


def pace(tx: Connection, event_id: int, kinds: tuple[int, ...], since_ms: int, until_ms: int) -> int:
    """Uses of some kinds between two instants, whether they count or not: how fast people come."""
    c = uses.c
    query = select(func.count()).where(
        c.event_id == event_id, c.time_ms >= since_ms, c.time_ms <= until_ms, c.kind.in_(kinds)
    )
    return int(tx.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class FlaggedUse:
    """A use with something people should know of it."""

    digest: bytes
    ticket: bytes
    device: bytes
    point_no: int
    product_no: int
    time_ms: int
    flags: int


def flagged(tx: Connection, event_id: int, place: Place | None, limit: int) -> tuple[FlaggedUse, ...]:
    """Uses that carry flags, the newest first."""
    c = uses.c
    where = [c.event_id == event_id, _IS_FLAGGED, *_behind(c.time_ms, c.digest, place)]
    query = select(*(c[name] for name in FlaggedUse.__dataclass_fields__)).where(*where)
    found = tx.execute(query.order_by(c.time_ms.desc(), c.digest.desc()).limit(limit))
    return tuple(FlaggedUse(**row._asdict()) for row in found)


def raws(tx: Connection, event_id: int, digests: Sequence[bytes]) -> tuple[bytes, ...]:
    """The bytes of entries, in no order."""
    found = list[bytes]()
    for at in range(0, len(digests), 500):
        wanted = entries.c.digest.in_(list(digests[at : at + 500]))
        found += tx.execute(select(entries.c.raw).where(entries.c.event_id == event_id, wanted)).scalars()
    return tuple(found)


def raws_behind(
    tx: Connection, event_id: int, digests: Sequence[bytes], kind: int, numbers: int
) -> tuple[tuple[bytes, bytes], ...]:
    """(Digest of one of these, bytes of an entry of a kind that its device wrote at most so many numbers behind it)."""
    first, later, found = entries.alias(), entries.alias(), list[tuple[bytes, bytes]]()
    is_behind = and_(
        later.c.event_id == first.c.event_id,
        later.c.device == first.c.device,
        later.c.run == first.c.run,
        later.c.number > first.c.number,
        later.c.number <= first.c.number + numbers,
        later.c.kind == kind,
    )
    query = select(first.c.digest, later.c.raw).select_from(first.join(later, is_behind))
    for at in range(0, len(digests), 500):
        wanted = first.c.digest.in_(list(digests[at : at + 500]))
        found += [(row[0], row[1]) for row in tx.execute(query.where(first.c.event_id == event_id, wanted))]
    return tuple(found)


def written(tx: Connection, event_id: int, digests: Sequence[bytes]) -> dict[bytes, tuple[int, bytes]]:
    """Digest -> (time, device) of entries that are here as bytes."""
    found: dict[bytes, tuple[int, bytes]] = {}
    for at in range(0, len(digests), 500):
        query = select(entries.c.digest, entries.c.time_ms, entries.c.device).where(
            entries.c.event_id == event_id, entries.c.digest.in_(list(digests[at : at + 500]))
        )
        found.update((row.digest, (row.time_ms, row.device)) for row in tx.execute(query))
    return found
