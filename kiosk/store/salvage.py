"""Saving what can be read of a damaged file before it is replaced."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.store.faults import DamagedFile, trouble_of_os
from kiosk.store.journal import JOURNAL
from kiosk.store.opening import FileKind, open_writer

_COLUMNS = "position, run, number, digest, previous, ticket, is_use, raw"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What became of a damaged file: where it lies now and how many rows were saved from it."""

    kept_as: Path
    saved: int


def check_journal(path: Path, now_ms: int) -> Salvaged | None:
    """None if the journal is sound or not there; else it is moved aside and its readable rows are in a new one.

    Raises StoreTrouble where even that cannot be done. The device's other entries come back from whoever has them.
    """
    if not path.exists() or _is_sound(path, JOURNAL):
        return None
    aside = path.with_name(f"journal-damaged-{now_ms}.sqlite")
    _move(path, aside)
    rows = list(_readable(aside))
    connection = open_writer(path, JOURNAL)
    try:
        connection.execute("BEGIN IMMEDIATE")
        before = connection.total_changes
        connection.executemany(f"INSERT OR IGNORE INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - names of our own columns
        saved = connection.total_changes - before
        connection.execute("COMMIT")
    finally:
        connection.close()
    return Salvaged(aside, saved)


def check_learnt(path: Path, kind: FileKind, now_ms: int) -> Path | None:
    """None if the file is sound or not there; else where it was moved: all it held is fetched again."""
    if not path.exists() or _is_sound(path, kind):
        return None
    aside = path.with_name(f"{path.stem}-damaged-{now_ms}.sqlite")
    _move(path, aside)
    return aside


def _is_sound(path: Path, kind: FileKind) -> bool:
    """Whether SQLite finds nothing wrong. A file of a later version raises NewerFile: it is not damaged."""
    try:
        connection = open_writer(path, kind)
    except DamagedFile:
        return False
    try:
        return [row[0] for row in connection.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.Error:
        return False
    finally:
        with contextlib.suppress(sqlite3.Error):  # a damaged file may not even close cleanly
            connection.close()


def _move(path: Path, aside: Path) -> None:
    try:
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise trouble_of_os(error, path) from error


def _readable(path: Path) -> Iterator[tuple[object, ...]]:
    """Rows from the front until the damage, then from the back until the damage."""
    seen: set[object] = set()
    for direction in ("ASC", "DESC"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA cell_size_check = ON")
            # NOT INDEXED: the table's own pages are the truth, an index may be what is damaged.
            text = f"SELECT {_COLUMNS} FROM entries NOT INDEXED ORDER BY position {direction}"  # noqa: S608 - our own names
            for row in connection.execute(text):
                if row[0] in seen:
                    continue
                seen.add(row[0])
                yield row
