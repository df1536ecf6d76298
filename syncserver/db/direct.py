"""One statement by the driver itself, in SQLAlchemy's transaction.

SQLAlchemy's own way to a driver's cursor builds a context and a result of its own for each statement: 16 µs of CPU
where SQLite takes 3. What it does about faults and for listeners is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

Given = Mapping[str, Any] | Sequence[Any]


class Answer(NamedTuple):
    """What a statement gave: names of its columns, its rows, how many it changed."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    rowcount: int


def run(tx: Connection, text: str, given: Given = ()) -> Answer:
    """Carry a statement out and fetch all. Raises what SQLAlchemy raises."""
    if not tx.in_transaction():
        tx.begin()
    return run_in_begun(tx, text, given)


def run_in_begun(tx: Connection, text: str, given: Given = ()) -> Answer:
    """The same where a transaction is there or just beginning."""
    if tx.dispatch.before_cursor_execute:
        return _listened(tx, text, given)
    cursor = tx.connection.cursor()
    try:
        cursor.execute(text, given)
        told = cursor.description or ()
        rows = list(cursor.fetchall()) if told else []
        return Answer(tuple([one[0] for one in told]), rows, cursor.rowcount)
    except tx.dialect.loaded_dbapi.Error as fault:
        # Private, but what makes a fault the same whichever way it came: its class, the pool without dead connections.
        tx._handle_dbapi_exception(fault, text, None, cursor, None)  # noqa: SLF001
    finally:
        cursor.close()


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
