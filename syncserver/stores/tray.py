"""SQL of the tray people look into: bytes that are no entry, and entries that fold as nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from syncserver.db.tables_sync import entries, rejected
from syncserver.stores.entries import EntryState

COUNTED_MAX = 10_000  # beyond that a figure says no more


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """Bytes that do not verify."""

    id: int
    digest: bytes
    reason: str
    sender: bytes | None
    size: int
    times: int
    first_ms: int
    last_ms: int


_COLUMNS = (
    rejected.c.id,
    rejected.c.digest,
    rejected.c.reason,
    rejected.c.sender,
    func.length(rejected.c.raw).label("size"),
    rejected.c.times,
    rejected.c.first_ms,
    rejected.c.last_ms,
)


def rejected_below(tx: Connection, event_id: int, below: int | None, limit: int) -> tuple[RejectedRow, ...]:
    """Rejected bytes below a number, the newest first."""
    where = [rejected.c.event_id == event_id, *([rejected.c.id < below] if below is not None else [])]
    found = tx.execute(select(*_COLUMNS).where(*where).order_by(rejected.c.id.desc()).limit(limit))
    return tuple(RejectedRow(**row._asdict()) for row in found)


def rejected_raw(tx: Connection, event_id: int, rejected_id: int) -> tuple[bytes, bytes, bytes | None] | None:
    """(digest, bytes, sender) of one rejected thing of an event."""
    c = rejected.c
    row = tx.execute(select(c.digest, c.raw, c.sender).where(c.event_id == event_id, c.id == rejected_id)).first()
    return None if row is None else (row.digest, row.raw, row.sender)


@dataclass(frozen=True, slots=True)
class SilentEntry:
    """A verified entry that folds as nothing."""

    position: int
    device: bytes
    number: int
    kind: int | None
    state: str
    time_ms: int
    received_ms: int
    size: int


def silent_below(
    tx: Connection, event_id: int, state: EntryState, below: int | None, limit: int
) -> tuple[SilentEntry, ...]:
    """Entries of a state below a position, the newest first."""
    c = entries.c
    where = [c.event_id == event_id, c.state == state.value, *([c.position < below] if below is not None else [])]
    columns = (c.position, c.device, c.number, c.kind, c.state, c.time_ms, c.received_ms)
    query = select(*columns, func.length(c.raw).label("size")).where(*where)
    return tuple(SilentEntry(**row._asdict()) for row in tx.execute(query.order_by(c.position.desc()).limit(limit)))


def counts(tx: Connection, event_id: int) -> tuple[int, int]:
    """(rejected bytes, entries that fold as nothing), each at most 10,000."""
    thrown = select(rejected.c.id).where(rejected.c.event_id == event_id).limit(COUNTED_MAX).subquery()
    total = 0
    for state in (EntryState.UNKNOWN, EntryState.NOT_ALLOWED):
        mine = (entries.c.event_id == event_id, entries.c.state == state.value)
        silent = select(entries.c.position).where(*mine).limit(COUNTED_MAX).subquery()
        total += int(tx.execute(select(func.count()).select_from(silent)).scalar_one())
    return int(tx.execute(select(func.count()).select_from(thrown)).scalar_one()), min(total, COUNTED_MAX)
