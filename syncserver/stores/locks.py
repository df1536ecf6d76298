"""Locks held until commit. On SQLite the one writer is the lock; on PostgreSQL they are advisory locks.

Where both are taken, PROJECTION comes first: otherwise two transactions could wait for each other for ever.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, text

_CLASS = 0x5247  # the first half of PostgreSQL's two-part key, so that other programs' locks do not meet ours


class Lock(IntEnum):
    """What is held; each per event."""

    PROJECTION = 1  # facts of tickets are read, folded and written back
    APPENDER = 2  # entries get their position


def hold(tx: Connection, lock: Lock, event_id: int) -> None:
    """Wait for the lock and keep it until this transaction ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:c, :k)"), {"c": _CLASS + lock, "k": event_id % 2**31})
