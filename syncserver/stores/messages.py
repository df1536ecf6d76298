"""SQL of messages to kiosks, and of who has read them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from syncserver.db.tables_sync import entries
from syncserver.stores.entries import EntryState


@dataclass(frozen=True, slots=True)
class SaidRow:
    """An entry that counts: a message, or that one was read."""

    position: int
    digest: bytes
    device: bytes
    operator: bytes | None
    time_ms: int
    received_ms: int
    raw: bytes


_COLUMNS = tuple(entries.c[name] for name in SaidRow.__dataclass_fields__)


def newest(tx: Connection, event_id: int, kind: int, limit: int, since_ms: int | None = None) -> tuple[SaidRow, ...]:
    """Entries of a kind, the newest first, of those made since an instant."""
    c = entries.c
    where = [c.event_id == event_id, c.kind == kind, c.state == EntryState.OK.value]
    where += [c.time_ms >= since_ms] if since_ms is not None else []
    found = tx.execute(select(*_COLUMNS).where(*where).order_by(c.time_ms.desc(), c.digest.desc()).limit(limit))
    return tuple(SaidRow(**row._asdict()) for row in found)


def by_digest(tx: Connection, event_id: int, digest: bytes) -> SaidRow | None:
    """One of them."""
    where = (entries.c.event_id == event_id, entries.c.digest == digest, entries.c.state == EntryState.OK.value)
    row = tx.execute(select(*_COLUMNS).where(*where)).first()
    return None if row is None else SaidRow(**row._asdict())
