"""Opening SQLite files so that nothing strange in them is believed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kiosk.store.faults import DamagedFile, NewerFile, StoreTrouble, trouble_of

BUSY_TIMEOUT_S = 5.0
WAL_PAGES_MAX = 10_000  # 40 MB; the writer folds the WAL earlier, when nobody waits for it


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file must say of itself, and how an empty one is made. `version` is the newest we understand."""

    what: str
    application_id: int
    version: int
    tables: tuple[str, ...]
    synchronous: str = "FULL"
    cache_kib: int = 2_000  # pages a connection keeps in memory; it fills up as the file grows


def open_writer(path: Path, kind: FileKind) -> sqlite3.Connection:
    """A connection that may write; makes the file if there is none. Raises StoreTrouble.

    WAL, foreign statements refused; transactions are the caller's (BEGIN IMMEDIATE).
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        _harden(connection, kind)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {kind.synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES_MAX}")
        _make_or_check(connection, path, kind)
    except (sqlite3.Error, StoreTrouble) as error:
        if connection is not None:
            connection.close()
        raise trouble_of(error, path) if isinstance(error, sqlite3.Error) else error from error
    return connection


def open_reader(path: Path, kind: FileKind, *, immutable: bool = False) -> sqlite3.Connection:
    """A read-only connection; Raises StoreTrouble.

    `immutable` promises SQLite that nobody writes, so no lock is taken.
    """
    options = "mode=ro&immutable=1" if immutable else "mode=ro"
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?{options}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        _harden(connection, kind)
        _check(connection, path, kind)
    except (sqlite3.Error, StoreTrouble) as error:
        if connection is not None:
            connection.close()
        raise trouble_of(error, path) if isinstance(error, sqlite3.Error) else error from error
    return connection


def _harden(connection: sqlite3.Connection, kind: FileKind) -> None:
    """No triggers or functions of a file from outside run; damaged cells are found rather than believed."""
    connection.execute(f"PRAGMA cache_size = -{kind.cache_kib}")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")


def _make_or_check(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection):
            for text in kind.tables:
                connection.execute(text)
            connection.execute(f"PRAGMA application_id = {kind.application_id}")
            connection.execute(f"PRAGMA user_version = {kind.version}")
        else:
            _check(connection, path, kind)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _is_empty(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables == 0)


def _check(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != kind.application_id:
        raise DamagedFile(f"{path}: this is no {kind.what}; move it away and restart the kiosk")
    if version > kind.version:
        raise NewerFile(
            f"{path}: written by a later version (format {version}, this program knows {kind.version}); "
            "install the later version again"
        )
    if version < 1:
        raise DamagedFile(f"{path}: the {kind.what} says no format; move it away and restart the kiosk")
