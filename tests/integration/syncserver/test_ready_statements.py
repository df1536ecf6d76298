"""PostgreSQL keeps what it has parsed and planned: neither a look nor a change that is undone throws it away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from common.errors import BadInput
from syncserver.db.direct import run
from syncserver.db.engine import Database

ASKED_OFTEN = "SELECT count(*) FROM browsers WHERE created_ms > %s"
OFTEN = 7  # more times than the driver asks before it has a statement kept ready
READY = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%FROM browsers WHERE created_ms%%'"


@pytest.fixture
def db(postgres_with_schema: str) -> Iterator[Database]:
    database = Database(postgres_with_schema)
    with database.read() as tx:
        for at in range(OFTEN):
            run(tx, ASKED_OFTEN, (at,))
    yield database
    database.close()


def ready(db: Database) -> int:
    with db.read() as tx:
        return int(run(tx, READY).rows[0][0])


def add(db: Database, note: bytes) -> None:
    with db.write() as tx:
        run(tx, "INSERT INTO browsers (token_hash, created_ms, expires_ms) VALUES (%s, 1, 2)", (note,))


def change_and_think_better(db: Database) -> None:
    with db.write() as tx:
        run(tx, "DELETE FROM browsers")
        run(tx, "INSERT INTO browsers (token_hash, created_ms, expires_ms) VALUES (%s, 1, 2)", (b"gone",))
        raise BadInput("sold out")


def count(db: Database) -> int:
    with db.read() as tx:
        return int(run(tx, ASKED_OFTEN, (0,)).rows[0][0])


def test_a_statement_asked_often_stays_ready_from_look_to_look(db: Database) -> None:
    assert ready(db) == 1
    assert ready(db) == 1


def test_it_stays_ready_when_a_change_is_undone_and_the_change_is(db: Database) -> None:
    with pytest.raises(BadInput):
        change_and_think_better(db)
    assert (ready(db), count(db)) == (1, 0)


def test_it_stays_ready_when_the_database_refuses_a_change(db: Database) -> None:
    add(db, b"one")
    with pytest.raises(DBAPIError):
        add(db, b"one")
    assert (ready(db), count(db)) == (1, 1)


def test_it_stays_ready_after_a_look_at_one_moment(db: Database) -> None:
    with db.read_moment() as tx:
        run(tx, ASKED_OFTEN, (0,))
    assert ready(db) == 1


def test_looks_see_what_was_committed_meanwhile_and_changes_after_them_are_one_transaction(db: Database) -> None:
    with db.read() as tx:
        assert run(tx, ASKED_OFTEN, (0,)).rows == [(0,)]
        add(db, b"one")
        assert run(tx, ASKED_OFTEN, (0,)).rows == [(1,)]
    with pytest.raises(BadInput):
        change_and_think_better(db)
    assert count(db) == 1


def test_a_look_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"), db.read() as tx:
        run(tx, "DELETE FROM browsers")
    add(db, b"one")
    assert count(db) == 1


def test_what_need_not_last_waits_for_no_disk_and_what_comes_after_it_does(db: Database) -> None:
    waits = []
    for lasting in (True, False, True):
        with db.write(lasting=lasting) as tx:
            waits.append(run(tx, "SHOW synchronous_commit").rows[0][0])
    assert waits == ["on", "off", "on"]


def test_a_look_begins_no_transaction(db: Database) -> None:
    began: list[object] = []
    with db.read() as tx:
        run(tx, ASKED_OFTEN, (0,))
        connection = tx.connection.dbapi_connection
        assert connection is not None
        began.append(connection.info.transaction_status.name)
    assert began == ["IDLE"]


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE browsers ALTER created_ms TYPE numeric", "DEALLOCATE ALL"],
    ids=["another type of a column", "statements forgotten on the way"],
)
def test_a_statement_that_fits_no_more_fails_once_and_is_made_anew(
    db: Database, postgres_with_schema: str, change: str
) -> None:
    """Else each use of this connection failed until the server's next start."""
    asked = "SELECT created_ms FROM browsers"
    with db.read() as tx:
        for _ in range(OFTEN):
            run(tx, asked)
        own: Any = tx.connection.driver_connection
        if change.startswith("ALTER"):
            with psycopg.connect(postgres_with_schema.replace("+psycopg", ""), autocommit=True) as other:
                other.execute(change)
        else:
            own.pgconn.exec_(change.encode())
    with pytest.raises(DBAPIError), db.read() as tx:
        run(tx, asked)
    for _ in range(2):
        with db.read() as tx:
            assert run(tx, asked).rows == []
    add(db, b"one")
    assert count(db) == 1
