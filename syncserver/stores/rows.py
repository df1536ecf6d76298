"""Many rows at once, in words both databases understand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from syncserver.db.direct import run, run_many

Row = dict[str, Any]
Insert: TypeAlias = postgresql.Insert | sqlite.Insert
ROWS_PER_STATEMENT_MAX = 500
FEW = 8  # each number of rows up to it is a statement of its own, kept ready


def insert_for(tx: Connection, table: Table) -> Insert:
    """An INSERT that takes ON CONFLICT."""
    return insert_on(tx.dialect.name, table)


def insert_on(dialect: str, table: Table) -> Insert:
    """The same by the database's name."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


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
    insert = insert_on(dialect, table)
    changed = {name: insert.excluded[name] for name in names if name not in key}
    return insert.on_conflict_do_update(index_elements=list(key), set_=changed)


@lru_cache(maxsize=256)
def _insert_missing(dialect: str, table: Table, key: tuple[str, ...]) -> Insert:
    return insert_on(dialect, table).on_conflict_do_nothing(index_elements=list(key))


def _parts(new: Sequence[Row]) -> Iterator[list[Row]]:
    for at in range(0, len(new), ROWS_PER_STATEMENT_MAX):
        yield list(new[at : at + ROWS_PER_STATEMENT_MAX])


# --- many small rows, by the driver itself --------------------------------------------------------
#
# SQLAlchemy handles each parameter of each row in Python, which costs more than SQLite takes to carry the row out. The
# few statements that run for every entry go to the driver as texts and tuples; both databases understand them.

Values: TypeAlias = tuple[Any, ...]


def insert_values(tx: Connection, table: Table, names: Sequence[str], new: Collection[Values]) -> None:
    """Insert rows given as tuples."""
    _insert(tx, table.name, tuple(names), list(new), "")


def insert_rows(tx: Connection, table: Table, new: Sequence[Row]) -> None:
    """Insert rows with the same columns, whose values the driver takes as they are."""
    if new:
        insert_values(tx, table, tuple(new[0]), [tuple(row.values()) for row in new])


def put_values(tx: Connection, table: Table, key: Sequence[str], names: Sequence[str], new: Collection[Values]) -> None:
    """`put` for rows given as tuples."""
    if new:
        insert = _insert_text(table.name, tuple(names), _mark(tx))
        changed = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in key)
        run_many(tx, f"{insert} ON CONFLICT ({_list(key)}) DO UPDATE SET {changed}", list(new))


def add_missing_values(
    tx: Connection, table: Table, key: Sequence[str], names: Sequence[str], new: Collection[Values]
) -> None:
    """`add_missing` for rows given as tuples."""
    _insert(tx, table.name, tuple(names), list(new), f" ON CONFLICT ({_list(key)}) DO NOTHING")


def _insert(tx: Connection, table: str, names: tuple[str, ...], new: list[Values], end: str) -> None:
    """A few rows go in one statement: PostgreSQL's driver makes one of each, and handles them for longer."""
    if len(new) > FEW:
        run_many(tx, _insert_text(table, names, _mark(tx)) + end, new)
    elif new:
        text = _insert_text(table, names, _mark(tx), len(new))
        run(tx, text + end, [value for row in new for value in row], ())


def update_values(
    tx: Connection, table: Table, names: Sequence[str], key: Sequence[str], new: Collection[Values]
) -> None:
    """Set columns of rows by their key; each tuple holds the new values, then the key."""
    if new:
        mark = _mark(tx)
        changed = ", ".join(f'"{name}" = {mark}' for name in names)
        where = " AND ".join(f'"{name}" = {mark}' for name in key)
        run_many(tx, f'UPDATE "{table.name}" SET {changed} WHERE {where}', list(new))  # noqa: S608 - names of our tables


def select_in(
    tx: Connection, table: Table, names: Sequence[str], event_id: int, column: str, wanted: Sequence[object]
) -> Iterator[Values]:
    """These columns of an event's rows in which `column` has one of the values, some hundreds to a statement."""
    mark, head = _mark(tx), f'SELECT {_list(names)} FROM "{table.name}"'  # noqa: S608 - names of our tables
    for at in range(0, len(wanted), ROWS_PER_STATEMENT_MAX):
        some = wanted[at : at + ROWS_PER_STATEMENT_MAX]
        marks = ", ".join([mark] * len(some))
        query = f'{head} WHERE event_id = {mark} AND "{column}" IN ({marks})'
        yield from run(tx, query, (event_id, *some)).rows


def _mark(tx: Connection) -> str:
    return "%s" if tx.dialect.name == "postgresql" else "?"


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@lru_cache(maxsize=256)
def _insert_text(table: str, names: tuple[str, ...], mark: str, count: int = 1) -> str:
    row = f"({', '.join([mark] * len(names))})"
    return f'INSERT INTO "{table}" ({_list(names)}) VALUES {", ".join([row] * count)}'  # noqa: S608 - our tables
