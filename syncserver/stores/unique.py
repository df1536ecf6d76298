"""Rows that are written once however often they are told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Connection, Table

from syncserver.stores.prepared import DIALECT, Prepared, Statement
from syncserver.stores.rows import insert_on


def insert_ignoring(tx: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same unique key is there; whether it was new."""
    return _ignoring(table, tuple(row))(tx, **row).first() is not None


@lru_cache(maxsize=256)
def _ignoring(table: Table, names: tuple[str, ...]) -> Prepared:
    def make(dialect: str, **values: object) -> Statement:
        new = insert_on(dialect, table).values(**values)
        return new.on_conflict_do_nothing().returning(*table.primary_key.columns)

    return Prepared(make, (DIALECT, *names))
