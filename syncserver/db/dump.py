"""Copies of the whole database, taken while the server runs, and put back while it does not.

SQLite: its online backup, which sees one moment. PostgreSQL: pg_dump in the custom format, and pg_restore in one
transaction; both must be as new as the server they talk to.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from common.errors import UserFacing
from syncserver.db.engine import Database
from syncserver.db.in_use import is_in_use

SQLITE_FILE = "rallygate.sqlite"
POSTGRES_FILE = "rallygate.dump"
DUMP_SECONDS_MAX = 3600
PAGES_PER_STEP = 4096


class DumpFailed(UserFacing):
    """The copy was not made, or not put back; the text says what the database's own tool said."""


def dump(database: Database, folder: Path) -> Path:
    """Write a copy of the database into a folder; the file, synced to disk. Raises DumpFailed."""
    target = folder / (SQLITE_FILE if database.is_sqlite else POSTGRES_FILE)
    if database.sqlite_path is not None:
        _copy_sqlite(database.sqlite_path, target)
    else:
        _run(["pg_dump", "--format=custom", f"--file={target}", f"--dbname={_plain_url(database.url)}"])
    _sync(target)
    return target


def put_back(url: str, folder: Path) -> None:
    """Make the database at `url` what the copy in a folder holds. Nothing else may use it meanwhile.

    Raises DumpFailed, and then the database is as it was.
    """
    path = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite":
        _put_back_sqlite(folder / SQLITE_FILE, Path(path or ""))
        return
    source = folder / POSTGRES_FILE
    if not source.exists():
        raise DumpFailed(f"{source} is missing: this backup is not one of a PostgreSQL database")
    command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    _run([*command, f"--dbname={_plain_url(url)}", str(source)])


def others_connected(database: Database) -> int:
    """How many other connections PostgreSQL has to this database; on SQLite 1 if a server runs on the file."""
    if database.is_sqlite:
        return int(is_in_use(database))
    wanted = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with database.read() as tx:
        return int(tx.execute(text(wanted)).scalar_one())


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(target)) as to,
        ):
            live.backup(to, pages=PAGES_PER_STEP)
    except sqlite3.Error as fault:
        raise DumpFailed(f"cannot copy {source} to {target}: {fault}; is the disk full?") from fault


def _put_back_sqlite(source: Path, target: Path) -> None:
    _check_whole(source)
    fresh = target.with_name(target.name + ".restoring")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(source, fresh)
        _sync(fresh)
        _settle(target)
        # The old write-ahead log belongs to the old file: kept beside the new one it would be replayed into it.
        for leftover in (f"{target}-wal", f"{target}-shm"):
            Path(leftover).unlink(missing_ok=True)
        fresh.replace(target)
        _sync(target.parent)
    except OSError as fault:
        fresh.unlink(missing_ok=True)  # on a full disk half a copy would fill it for good
        raise DumpFailed(
            f"cannot put {source} back to {target}: {fault.strerror}; the database is as it was"
        ) from fault


def _settle(file: Path) -> None:
    """Bring the write-ahead log into its file, so that the file is whole if we are stopped before it is replaced."""
    if not file.exists():
        return
    # What is no database any more has nothing to settle, and is about to be replaced.
    with suppress(sqlite3.Error), closing(sqlite3.connect(file)) as last:
        last.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _check_whole(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as fault:
        raise DumpFailed(f"{source} is no whole SQLite file: {fault}; choose another backup") from fault
    if found is None or found[0] != "ok":
        raise DumpFailed(f"{source} is damaged ({found and found[0]}); choose another backup")


def _plain_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(command: Sequence[str]) -> None:
    tool = shutil.which(command[0])
    if tool is None:
        raise DumpFailed(f"{command[0]} is not installed: apt-get install postgresql-client")
    try:
        done = subprocess.run(  # noqa: S603 - our own tool and arguments
            [tool, *command[1:]], capture_output=True, text=True, timeout=DUMP_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as fault:
        raise DumpFailed(f"{command[0]} did not end within {DUMP_SECONDS_MAX} s") from fault
    if done.returncode:
        raise DumpFailed(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
