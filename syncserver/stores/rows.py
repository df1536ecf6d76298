"""Many rows at once, in words both databases understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]
Insert: TypeAlias = postgresql.Insert | sqlite.Insert
ROWS_PER_STATEMENT_MAX = 500


def insert_for(tx: Connection, table: Table) -> Insert:
    """An INSERT that takes ON CONFLICT."""
    return _insert(tx.dialect.name, table)


def put(tx: Connection, table: Table, key: Sequence[str], new: Sequence[Row]) -> None:
    """Insert rows, or update those with the same key. All rows have the same columns."""
    for part in _parts(new):
        tx.execute(_upsert(tx.dialect.name, table, tuple(key), tuple(part[0])), part)


def add_missing(tx: Connection, table: Table, key: Sequence[str], new: Sequence[Row]) -> None:
    """Insert those rows whose key is not there yet."""
    for part in _parts(new):
        tx.execute(_insert_missing(tx.dialect.name, table, tuple(key)), part)


# Put together once per table: building a statement anew costs as much as SQLite takes to carry it out.
@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Insert:
    insert = _insert(dialect, table)
    changed = {name: insert.excluded[name] for name in names if name not in key}
    return insert.on_conflict_do_update(index_elements=list(key), set_=changed)


@lru_cache(maxsize=256)
def _insert_missing(dialect: str, table: Table, key: tuple[str, ...]) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(key))


def _insert(dialect: str, table: Table) -> Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _parts(new: Sequence[Row]) -> Iterator[list[Row]]:
    for at in range(0, len(new), ROWS_PER_STATEMENT_MAX):
        yield list(new[at : at + ROWS_PER_STATEMENT_MAX])
