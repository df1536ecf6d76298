"""SQL of staff badges: their public halves, and who they are for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from syncserver.db.tables_sync import badges
from syncserver.stores import rows


@dataclass(frozen=True, slots=True)
class BadgeRow:
    """A badge. `name` is empty for one that this server knows from its own statement alone, after a restore."""

    badge: bytes
    name: str
    roles: str  # separated by commas
    public: bytes
    made_ms: int
    expires_ms: int
    is_withdrawn: bool


_COLUMNS = tuple(badges.c[name] for name in BadgeRow.__dataclass_fields__)


def all_badges(tx: Connection, event_id: int) -> tuple[BadgeRow, ...]:
    """Every badge of an event, by name."""
    wanted = select(*_COLUMNS).where(badges.c.event_id == event_id).order_by(badges.c.name, badges.c.badge)
    return tuple(BadgeRow(**row._asdict()) for row in tx.execute(wanted))


def by_id(tx: Connection, event_id: int, badge: bytes) -> BadgeRow | None:
    """One badge."""
    row = tx.execute(select(*_COLUMNS).where(badges.c.event_id == event_id, badges.c.badge == badge)).first()
    return None if row is None else BadgeRow(**row._asdict())


def add(tx: Connection, row: rows.Row) -> None:
    """Add a badge, unless it is there."""
    rows.add_missing(tx, badges, ("event_id", "badge"), [row])


def change(tx: Connection, event_id: int, badge: bytes, values: rows.Row) -> None:
    """Change columns of one badge."""
    tx.execute(update(badges).where(badges.c.event_id == event_id, badges.c.badge == badge).values(values))
