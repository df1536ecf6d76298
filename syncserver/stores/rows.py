"""What both databases say in the same words but SQLAlchemy offers per dialect."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that takes ON CONFLICT."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def insert_ignoring(tx: Connection, table: Table, row: dict[str, object]) -> bool:
    """Insert a row unless one with the same unique key is there; whether it was new."""
    new = upsert(tx, table).values(**row).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return tx.execute(new).first() is not None
