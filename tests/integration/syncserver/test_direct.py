"""Statements that go to the driver directly fail, and are listened to, as SQLAlchemy's own are."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from syncserver.db.direct import run
from syncserver.db.engine import Database
from syncserver.db.faults import name_of
from syncserver.db.tables_shop import browsers
from syncserver.stores.prepared import insert_of

_ADD = insert_of(browsers, ("token_hash", "created_ms", "expires_ms"))
SECRET = b"a value that no log may show...."


def add(db: Database) -> None:
    with db.write() as tx:
        _ADD(tx, token_hash=SECRET, created_ms=1, expires_ms=2)


def test_a_fault_is_of_sqlalchemys_class_and_tells_the_statement_but_no_value(db: Database) -> None:
    add(db)
    with pytest.raises(IntegrityError) as told:
        add(db)
    assert "INSERT INTO browsers" in name_of(told.value)
    assert SECRET.decode() not in str(told.value)


def test_after_a_fault_everything_else_goes_on(db: Database) -> None:
    with pytest.raises(DBAPIError), db.read() as tx:
        run(tx, "SELECT nothing FROM nowhere")
    add(db)
    with db.read() as tx:
        assert run(tx, "SELECT created_ms FROM browsers") == (("created_ms",), [(1,)], tx_count(db))


def tx_count(db: Database) -> int:
    """What drivers say of a SELECT: SQLite does not count its rows."""
    return -1 if db.is_sqlite else 1


def test_listeners_hear_of_every_statement(db: Database) -> None:
    heard: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401 - what the library hands over
        heard.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        add(db)
        with db.read() as tx:
            rows = run(tx, "SELECT created_ms FROM browsers").rows
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert rows == [(1,)]
    assert [one.split()[0] for one in heard if not one.startswith("BEGIN")] == ["INSERT", "SELECT"]


def test_a_connection_that_the_database_has_closed_is_not_handed_out_again(module_postgres_url: str) -> None:
    db = Database(module_postgres_url)
    try:
        with db.read() as tx:
            (mine,) = run(tx, "SELECT pg_backend_pid()").rows
            with db.read() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine[0]})
            with pytest.raises(DBAPIError) as told:
                run(tx, "SELECT 1")
        assert told.value.connection_invalidated
        with db.read() as tx:
            assert run(tx, "SELECT 1").rows == [(1,)]
    finally:
        db.close()
