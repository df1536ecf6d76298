"""Rows that are written once however often they are told."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table

from syncserver.stores.rows import insert_for


def insert_ignoring(tx: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same unique key is there; whether it was new."""
    new = insert_for(tx, table).values(**row).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return tx.execute(new).first() is not None
