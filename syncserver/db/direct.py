"""One statement by the driver itself, in SQLAlchemy's transaction.

SQLAlchemy's own way to a driver's cursor builds a context and a result of its own for each statement: 16 µs of CPU
where SQLite takes 3. What it does about faults and for listeners is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

CURSOR = "rallygate_cursor"  # under which a connection's record has it
KEPT_ROWS_MAX = 1_000  # a cursor holds its last answer: with more rows it is not kept

Given = Mapping[str, Any] | Sequence[Any]


class Answer(NamedTuple):
    """What a statement gave: names of its columns, its rows, how many it changed."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    rowcount: int


def run(tx: Connection, text: str, given: Given = (), names: tuple[str, ...] | None = None) -> Answer:
    """Carry a statement out and fetch all; `names` of its columns where known. Raises what SQLAlchemy raises."""
    if not tx.in_transaction():
        tx.begin()
    return run_in_begun(tx, text, given, names)


def run_in_begun(tx: Connection, text: str, given: Given = (), names: tuple[str, ...] | None = None) -> Answer:
    """The same where a transaction is there or just beginning."""
    if tx.dispatch.before_cursor_execute:
        return _listened(tx, text, given)
    cursor: Any = _kept_cursor(tx) if tx.dialect.name == "postgresql" else tx.connection.cursor()
    rows: list[tuple[Any, ...]] = []
    try:
        cursor.execute(text, given)
        if names is None:
            names = tuple([one[0] for one in cursor.description or ()])
        if names:
            rows = cursor.fetchall()
        return Answer(names, rows, cursor.rowcount)
    except tx.dialect.loaded_dbapi.Error as fault:
        # Private, but what makes a fault the same whichever way it came: its class, the pool without dead connections.
        tx._handle_dbapi_exception(fault, text, None, cursor, None)  # noqa: SLF001
    finally:
        if tx.dialect.name != "postgresql" or len(rows) > KEPT_ROWS_MAX:
            cursor.close()


def _kept_cursor(tx: Connection) -> Any:  # noqa: ANN401 - the driver's cursor
    """The connection's own: psycopg takes as long to make one as to send what it is for."""
    kept = tx.info
    cursor = kept.get(CURSOR)
    if cursor is None or cursor.closed:
        cursor = kept[CURSOR] = tx.connection.cursor()
    return cursor


def run_many(tx: Connection, text: str, given: Sequence[Sequence[Any]]) -> None:
    """Carry a statement that gives nothing out with each of these values. Raises what SQLAlchemy raises."""
    if len(given) == 1:
        run(tx, text, given[0])
    elif given:
        tx.exec_driver_sql(text, [tuple(one) for one in given])


def _listened(tx: Connection, text: str, given: Given) -> Answer:
    """The same by SQLAlchemy's way, which tells listeners of statements."""
    done = tx.exec_driver_sql(text, given if isinstance(given, Mapping) else tuple(given))
    if not done.returns_rows:
        return Answer((), [], done.rowcount)
    return Answer(tuple(done.keys()), [tuple(row) for row in done.all()], done.rowcount)
