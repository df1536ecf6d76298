"""Many rows at once, in words both databases understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]
ROWS_PER_STATEMENT_MAX = 500


def insert_for(tx: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that takes ON CONFLICT."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def put(tx: Connection, table: Table, key: Sequence[str], new: Sequence[Row]) -> None:
    """Insert rows, or update those with the same key. All rows have the same columns."""
    for part in _parts(new):
        insert = insert_for(tx, table)
        changed = {name: insert.excluded[name] for name in part[0] if name not in key}
        tx.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changed), part)


def add_missing(tx: Connection, table: Table, key: Sequence[str], new: Sequence[Row]) -> None:
    """Insert those rows whose key is not there yet."""
    for part in _parts(new):
        tx.execute(insert_for(tx, table).on_conflict_do_nothing(index_elements=list(key)), part)


def _parts(new: Sequence[Row]) -> Iterator[list[Row]]:
    for at in range(0, len(new), ROWS_PER_STATEMENT_MAX):
        yield list(new[at : at + ROWS_PER_STATEMENT_MAX])
