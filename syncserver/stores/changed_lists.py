"""SQL that says whether a snapshot lacks what its lists are for: tickets stated since, and what was put right."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from syncserver.db.tables_shop import order_notes
from syncserver.db.tables_staff import staff_actions
from syncserver.db.tables_sync import entries


def is_stated_after(tx: Connection, event_id: int, position: int, kinds: Sequence[int]) -> bool:
    """Whether an entry of one of these kinds came after a position; ends at the first."""
    c = entries.c
    wanted = select(c.position).where(c.event_id == event_id, c.position > position, c.kind.in_(kinds))
    return tx.execute(wanted.limit(1)).first() is not None


def is_noted_since(tx: Connection, event_id: int, since_ms: int, kinds: Sequence[str]) -> bool:
    """Whether one of these was put right in an order since then. Reads all notes of the event: some hundreds."""
    c = order_notes.c
    wanted = select(c.id).where(c.event_id == event_id, c.kind.in_(kinds), c.made_ms >= since_ms)
    return tx.execute(wanted.limit(1)).first() is not None


def is_done_since(tx: Connection, event_id: int, since_ms: int, action: str) -> bool:
    """Whether staff did this since then."""
    c = staff_actions.c
    wanted = select(c.id).where(c.event_id == event_id, c.action == action, c.made_ms >= since_ms)
    return tx.execute(wanted.limit(1)).first() is not None
