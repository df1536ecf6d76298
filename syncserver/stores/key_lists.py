"""SQL of signed key lists."""

from __future__ import annotations

from sqlalchemy import Connection, select

from syncserver.db.tables_sync import key_lists
from syncserver.stores.prepared import Prepared


def newest(tx: Connection, event_id: int) -> tuple[int, bytes, bytes] | None:
    """(version, raw root key, signed list)."""
    row = _NEWEST(tx, event_id=event_id).first()
    return None if row is None else (row.version, row.root, row.body)


_NEWEST = Prepared(
    lambda event_id: (
        select(key_lists.c.version, key_lists.c.root, key_lists.c.body)
        .where(key_lists.c.event_id == event_id)
        .order_by(key_lists.c.version.desc())
        .limit(1)
    )
)


def add(tx: Connection, event_id: int, version: int, root: bytes, body: bytes, now_ms: int) -> None:
    """Keep a new version."""
    row = {"event_id": event_id, "version": version, "root": root, "body": body, "made_ms": now_ms}
    tx.execute(key_lists.insert().values(row))
