"""A transaction that need not last waits for no disk, and the next one does again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from syncserver.db.direct import run
from syncserver.db.engine import Database

NORMAL, FULL = 1, 2


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A file of its own."""
    made = Database(f"sqlite:///{tmp_path / 'lasting.sqlite'}")
    with made.write() as tx:
        run(tx, "CREATE TABLE notes (text TEXT)")
    yield made
    made.close()


def level(tx: Connection) -> int:
    return int(run(tx, "PRAGMA synchronous").rows[0][0])


def note(db: Database, text: str, *, lasting: bool) -> int:
    """Write it down; how the disk was waited for."""
    with db.write(lasting=lasting) as tx:
        run(tx, "INSERT INTO notes VALUES (?)", (text,))
        return level(tx)


def test_only_what_need_not_last_is_not_waited_for(db: Database) -> None:
    levels = [note(db, str(lasting), lasting=lasting) for lasting in (True, False, True, False, True)]
    assert levels == [FULL, NORMAL, FULL, NORMAL, FULL]


def test_everybody_sees_it_at_once(db: Database) -> None:
    note(db, "counted", lasting=False)
    with db.read() as tx:
        assert run(tx, "SELECT text FROM notes").rows == [("counted",)]


def test_after_one_that_failed_the_disk_is_waited_for_again(db: Database) -> None:
    with pytest.raises(RuntimeError, match="on purpose"), db.write(lasting=False):
        raise RuntimeError("on purpose")
    assert note(db, "later", lasting=True) == FULL
    with db.read() as tx:
        assert run(tx, "SELECT count(*) FROM notes").rows == [(1,)]
