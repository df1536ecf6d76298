"""A backup holds one moment; whatever is put back is what it held; a broken one harms nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, insert, select

from common.clock import ManualClock
from common.errors import BadInput
from common.exchange import Line
from common.ids import DeviceId, Digest, RunId
from syncserver.db.dump import SQLITE_FILE, DumpFailed
from syncserver.db.engine import Database
from syncserver.db.in_use import InUse
from syncserver.db.migrate import migrate
from syncserver.db.tables_event import events
from syncserver.db.tables_jobs import jobs
from syncserver.db.tables_sync import run_lines
from syncserver.jobs.queue import enqueue
from syncserver.services import backup
from syncserver.stores import entries as entry_store
from tests.support.kept_schema import put_schema

NOW_MS = 1_800_000_000_000


class _Nothing(msgspec.Struct, frozen=True):
    """A job that says nothing."""


def _count_jobs(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(jobs)).scalar_one())


def _add_job(database: Database, key: str) -> None:
    with database.write() as tx:
        enqueue(tx, "mail", "send", _Nothing(), key, NOW_MS)


def _event(database: Database) -> tuple[int, bytes]:
    """A bare event; (number, uid)."""
    numbers = dict.fromkeys(
        (
            "border_minute",
            "starts_ms",
            "ends_ms",
            "currency_digits",
            "catalogue_version",
            "created_ms",
            "facts_base_ms",
        ),
        1,
    )
    texts = dict.fromkeys(
        ("key", "zone", "first_day", "last_day", "currency", "languages", "default_language", "organiser", "sender"),
        "x",
    )
    with database.write() as tx:
        row = tx.execute(insert(events).values(uid=b"evnt", is_test=False, **numbers, **texts).returning(events.c.id))
        return int(row.scalar_one()), b"evnt"


def test_what_came_after_a_backup_is_gone_once_it_is_put_back(db: Database, tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS)
    _add_job(db, "before")
    made = backup.make(db, tmp_path, clock)
    _add_job(db, "after")
    assert _count_jobs(db) == 2
    backup.restore(db, made)
    again = Database(db.url)
    try:
        assert _count_jobs(again) == 1
        _add_job(again, "later")  # and it can be written to
        assert _count_jobs(again) == 2
    finally:
        again.close()


def test_backups_are_listed_by_age_and_found_by_name(db: Database, tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS)
    first = backup.make(db, tmp_path, clock)
    clock.advance(1)
    second = backup.make(db, tmp_path, clock)
    (tmp_path / "notes").mkdir()
    assert [kept.folder for kept in backup.kept(tmp_path)] == [first.folder, second.folder]
    assert backup.find(tmp_path, None) == second
    assert backup.find(tmp_path, first.folder.name) == first
    with pytest.raises(BadInput, match=second.folder.name):
        backup.find(tmp_path, "yesterday")


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> Path:
        raise DumpFailed("no space left")

    monkeypatch.setattr("syncserver.db.dump.dump", full_disk)
    with pytest.raises(DumpFailed):
        backup.make(db, tmp_path / "backups", ManualClock(NOW_MS))
    assert list((tmp_path / "backups").iterdir()) == []


def test_only_what_every_kept_backup_holds_is_safe(db: Database, tmp_path: Path) -> None:
    event_id, uid = _event(db)
    device, run = DeviceId(b"d" * 16), RunId(b"r" * 8)
    clock = ManualClock(NOW_MS)
    for last in (3, 7):
        with db.write() as tx:
            lines = (Line(1, last, Digest(bytes([last]) * 16)),)
            entry_store.put_lines(tx, event_id, {(device, run): (lines, False)})
        backup.make(db, tmp_path, clock)
        clock.advance(1)
    vectors = backup.safe_vectors(tmp_path, uid)
    assert [found[0].lines[0].last for found in vectors] == [3, 7]
    assert backup.safe_vectors(tmp_path, b"none") == [(), ()]
    assert backup.safe_vectors(tmp_path / "nowhere", uid) == []
    with db.read() as tx:
        assert tx.execute(select(func.count()).select_from(run_lines)).scalar_one() == 1


def test_a_damaged_sqlite_backup_is_refused_and_the_database_stays(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'live.sqlite'}")
    put_schema(db)
    _add_job(db, "kept")
    made = backup.make(db, tmp_path / "backups", ManualClock(NOW_MS))
    copy = made.folder / SQLITE_FILE
    copy.write_bytes(copy.read_bytes()[:5000] + b"\xff" * 4000)
    with pytest.raises(DumpFailed, match="choose another backup"):
        backup.restore(db, made)
    assert _count_jobs(db) == 1
    db.close()


def test_a_backup_of_the_other_kind_of_database_is_refused(db: Database, tmp_path: Path) -> None:
    made = backup.make(db, tmp_path, ManualClock(NOW_MS))
    other = "postgresql" if db.is_sqlite else "sqlite"
    about = backup.AboutBackup(1, NOW_MS, other, ())
    with pytest.raises(BadInput, match=other):
        backup.restore(db, backup.Backup(made.folder, about))


def test_an_sqlite_file_a_server_runs_on_is_not_replaced(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'live.sqlite'}")
    migrate(database)
    made = backup.make(database, tmp_path / "backups", ManualClock(1_000))
    running = InUse(database)
    with pytest.raises(BadInput, match="stop the server"):
        backup.restore(database, made)
    running.end()
    backup.restore(database, made)
    database.close()
