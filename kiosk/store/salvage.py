"""Saving what can be read of a damaged file before it is replaced."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.envelope import digest
from common.ids import Digest
from kiosk.machine.files import put_in_place, second_name
from kiosk.store.carving import Row, carved
from kiosk.store.faults import DamagedFile, trouble_of, trouble_of_os
from kiosk.store.journal import COLUMNS, JOURNAL, put_marks
from kiosk.store.opening import FileKind, open_reader, open_writer

_NAMES = ", ".join(COLUMNS)
_DIGEST, _RAW = COLUMNS.index("digest"), COLUMNS.index("raw")
_PARTS = ("", "-wal", "-shm")
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Readable:
    """What could be read of a damaged journal: rows in order, each once, whose entries are whole.

    `missing`: how many are known to be gone between them. `is_end_known`: the last one that was written is among them.
    """

    rows: tuple[Row, ...]
    is_end_known: bool

    @property
    def missing(self) -> int:
        """Positions are numbered without a hole, so that what is not there is seen."""
        return (self.rows[-1][0] if self.rows else 0) - len(self.rows)

    @property
    def raws(self) -> tuple[bytes, ...]:
        """The entries' bytes."""
        return tuple(row[_RAW] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What became of a damaged journal: where it lies now, how many rows were saved from it, how many were not."""

    kept_as: Path
    saved: int
    missing: int
    is_end_known: bool


def check_journal(path: Path, now_ms: int) -> Salvaged | None:
    """None if the journal is sound or not there; else it is kept aside and its readable rows are in a new one.

    Raises StoreTrouble where even that cannot be done; the damaged file is then where it was. A kill at any moment
    leaves the damaged file, or the new one. The device's other entries come back from whoever has them.
    """
    saved_as = _saved_as(path)
    if saved_as.exists():
        _put_in_place(saved_as, path)  # the start before got so far
    readable = read_if_damaged(path)
    if readable is None:
        return None
    aside = path.with_name(f"journal-damaged-{now_ms}.sqlite")
    _keep(path, aside)
    _keep(_kept_wal(path), _wal(aside))
    saved = _write_saved(saved_as, readable, _marks(path), now_ms)
    _put_in_place(saved_as, path)
    return Salvaged(aside, saved, readable.missing, readable.is_end_known)


def missing_words(found: Readable | Salvaged) -> str:
    """How many are missing, as far as can be told."""
    behind = "" if found.is_end_known else ", perhaps more behind the last one,"
    return f"{found.missing}{behind} are"


def check_learnt(path: Path, kind: FileKind, now_ms: int) -> Path | None:
    """None if the file is sound or not there; else where it was moved: all it held is fetched again."""
    if not path.exists() or _is_sound(path, kind):
        return None
    aside = path.with_name(f"{path.stem}-damaged-{now_ms}.sqlite")
    _move(path, aside)
    return aside


def read_if_damaged(path: Path) -> Readable | None:
    """All that can be read of the journal if it is damaged, and it stays as it is; None if it is sound or not there.

    SQLite drops a WAL whose header it cannot read, so that one gets a second name before it is looked at.
    """
    if not path.exists():
        return None
    _keep(_wal(path), _kept_wal(path))
    if is_sound(path):
        _remove(_kept_wal(path))
        return None
    return read_damaged(path)


def is_sound(path: Path) -> bool:
    """Whether a journal can be read from end to end, and each entry is what was written.

    SQLite does not notice a changed byte within an entry, which would be no entry any more: the digest beside it does.
    An index that differs from its table would hide a use. Both together take 0.2 s for 50,000 entries.
    """
    return _is_sound(path, JOURNAL, "integrity_check(1)") and _are_whole(path)


def read_damaged(path: Path) -> Readable:
    """All that can be read of a damaged journal, which stays as it is: by SQLite, else page by page."""
    rows: dict[int, Row] = {}
    held: set[Digest] = set()
    is_end_known = False
    for direction in ("DESC", "ASC"):
        for at, row in enumerate(_by_sqlite(path, direction)):
            is_end_known |= direction == "DESC" and at == 0
            _take(rows, held, row)
    for wal in (_wal(path), _kept_wal(path)):
        with contextlib.suppress(OSError):
            for row in carved(path, wal):
                _take(rows, held, row)
    return Readable(tuple(rows[position] for position in sorted(rows)), is_end_known)


def _take(rows: dict[int, Row], held: set[Digest], row: Row) -> None:
    if row[_DIGEST] not in held and row[0] not in rows:
        held.add(row[_DIGEST])
        rows[row[0]] = row


def _by_sqlite(path: Path, direction: str) -> Iterator[Row]:
    """Whole rows from one end until the damage."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA cell_size_check = ON")
        # NOT INDEXED: the table's own pages are the truth, an index may be what is damaged.
        for row in connection.execute(f"SELECT {_NAMES} FROM entries NOT INDEXED ORDER BY position {direction}"):  # noqa: S608 - our own names
            if isinstance(row[_RAW], bytes) and digest(row[_RAW]) == row[_DIGEST]:
                yield row


def _are_whole(path: Path) -> bool:
    with contextlib.closing(open_reader(path, JOURNAL)) as connection:
        try:
            found = connection.execute("SELECT raw, digest FROM entries NOT INDEXED")
            return all(digest(raw) == named for raw, named in found)
        except sqlite3.Error:
            return False


def _is_sound(path: Path, kind: FileKind, check: str = "quick_check(1)") -> bool:
    """Whether SQLite finds nothing wrong. A file of a later version raises NewerFile: it is not damaged."""
    try:
        connection = open_writer(path, kind)
    except DamagedFile:
        return False
    try:
        return [row[0] for row in connection.execute(f"PRAGMA {check}")] == ["ok"]
    except sqlite3.Error:
        return False
    finally:
        with contextlib.suppress(sqlite3.Error):  # a damaged file may not even close cleanly
            connection.close()


def _marks(path: Path) -> dict[str, int]:
    """Which answers were seen, and PINs tried, where that can still be read; else the last ones are shown once more."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, position FROM marks WHERE name NOT LIKE 'damaged%'"))
    return {}


def _write_saved(saved_as: Path, readable: Readable, marks: dict[str, int], now_ms: int) -> int:
    """The new journal under a name of its own, whole and on the disk when it has that name; how many rows it holds."""
    beside = saved_as.with_name(saved_as.name + ".new")
    _remove(beside)
    connection = open_writer(beside, JOURNAL)
    try:
        connection.execute("BEGIN IMMEDIATE")
        values = ", ".join("?" for _ in COLUMNS)
        connection.executemany(f"INSERT OR IGNORE INTO entries ({_NAMES}) VALUES ({values})", readable.rows)  # noqa: S608 - our own names
        ((saved,),) = connection.execute("SELECT count(*) FROM entries").fetchall()
        told = {"damaged_ms": now_ms, "damaged_saved": saved, "damaged_end_unknown": int(not readable.is_end_known)}
        put_marks(connection, {**marks, **told, "damaged_settled": 0})
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise trouble_of(error, beside) from error
    finally:
        connection.close()
    _rename(beside, saved_as)
    return int(saved)


def _put_in_place(saved_as: Path, path: Path) -> None:
    """What of the old file's WAL is left goes first: SQLite would read it into the new one."""
    for suffix in _PARTS[1:]:
        _remove(path.with_name(path.name + suffix))
    _rename(saved_as, path)
    _remove(_kept_wal(path))


def _saved_as(path: Path) -> Path:
    return path.with_name(path.stem + "-saved.sqlite")


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _kept_wal(path: Path) -> Path:
    return path.with_name(path.stem + "-kept.sqlite-wal")


def _keep(path: Path, aside: Path) -> None:
    """The file, if there is one, under another name too; a second name costs no room, where the disk has such."""
    if not path.exists() or aside.exists():
        return
    try:
        second_name(path, aside)
    except OSError as error:
        raise trouble_of_os(error, aside) from error


def _move(path: Path, aside: Path) -> None:
    for suffix in _PARTS:
        part = path.with_name(path.name + suffix)
        if part.exists():
            _rename(part, aside.with_name(aside.name + suffix))


def _rename(path: Path, to: Path) -> None:
    try:
        put_in_place(path, to)
    except OSError as error:
        raise trouble_of_os(error, path) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise trouble_of_os(error, path) from error
