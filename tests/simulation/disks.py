"""The disks of the devices: full, lying, and cut off at any write, with files as of the last fsync.

The kiosk's own writer does the work, in the caller's thread (one thread: one order of events). SQLite in WAL mode
appends to a file beside the database and flushes it at a durable commit, so "as of the last fsync" is that file cut at
the length it had then; what was never flushed may have got as far as any length.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from kiosk.store import journal as journal_module
from kiosk.store import learnt as learnt_module
from kiosk.store.faults import Unwritable
from kiosk.store.folder import Folder
from kiosk.store.writer import Writer, _Job, _synchronous
from tests.simulation.faults import PowerCut
from tests.simulation.swapping import all_swapped

T = TypeVar("T")
ROOM: Final = 10**12
_FULL: Final = 2  # PRAGMA synchronous
_real_fsync = os.fsync


@dataclass
class Disk:
    """One device's disk, and what is about to go wrong with it."""

    is_full: bool = False
    writes_left: int | None = None  # the power is cut at the write after so many
    fails_after_commit: bool = False  # the next commit reaches the disk, and an error is told all the same
    has_kept_unsaid: bool = False  # that has happened: what it kept is known there from the next answer on
    flushed: dict[str, int] = field(default_factory=dict)  # name of a WAL file -> bytes that are safe

    def at_write(self) -> None:
        """A write is about to happen."""
        if self.writes_left is not None:
            self.writes_left -= 1
            if self.writes_left < 0:
                self.writes_left = None
                raise PowerCut

    def before_commit(self) -> None:
        """A transaction is about to be committed."""
        self.at_write()
        if self.is_full:
            raise _sqlite_error("database or disk is full", sqlite3.SQLITE_FULL)

    def after_commit(self, wal: Path, *, is_flushed: bool) -> None:
        """A transaction was committed."""
        if is_flushed:
            self.flushed[wal.name] = _size(wal)
        if self.fails_after_commit:
            self.fails_after_commit, self.has_kept_unsaid = False, True
            raise _sqlite_error("disk I/O error", sqlite3.SQLITE_IOERR)
        self.at_write()


def _sqlite_error(what: str, code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(what)
    error.sqlite_errorcode = code
    return error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class Disks:
    """Which disk is under which folder, and which device is running."""

    def __init__(self) -> None:
        self.running: Disk | None = None
        self._of: dict[Path, Disk] = {}

    def put(self, folder: Path, disk: Disk) -> None:
        """The disk under a device's folder."""
        self._of[folder] = disk

    def under(self, path: Path) -> Disk:
        """The disk a file lies on; a file of nobody's lies on a good one."""
        return self._of.get(path.parent) or Disk()

    def room_of(self, folder: Folder) -> int:
        """Free bytes."""
        disk = self._of.get(folder.path)
        return 0 if disk is not None and disk.is_full else ROOM

    def fsync(self, descriptor: int) -> None:
        """`os.fsync` for files written whole: snapshots, pointer, papers."""
        if self.running is not None:
            self.running.at_write()
        _real_fsync(descriptor)

    @contextmanager
    def used_by(self, disk: Disk) -> Iterator[None]:
        """Inside the block the program of this disk's device runs."""
        before, self.running = self.running, disk
        try:
            yield
        finally:
            self.running = before

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Inside the block kiosks write through these disks."""
        disks = self

        class OnDisk(DirectWriter):
            """A writer on whichever disk its file lies on."""

            def __init__(self, path: Path, open_connection: Callable[[], sqlite3.Connection]) -> None:
                super().__init__(path, open_connection, disks.under(path))

        with all_swapped(
            (journal_module, "Writer", OnDisk),
            (learnt_module, "Writer", OnDisk),
            (Folder, "free_bytes", _room_by(disks)),
            (os, "fsync", self.fsync),
        ):
            yield


def _room_by(disks: Disks) -> Callable[[Folder], int]:
    """A function, since a bound method would not be given the folder."""
    return lambda folder: disks.room_of(folder)  # noqa: PLW0108


class Watched:
    """A connection whose commits go past the disk."""

    def __init__(self, connection: sqlite3.Connection, disk: Disk, wal: Path) -> None:
        self._connection, self._disk, self._wal = connection, disk, wal

    def execute(self, text: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as SQLite takes them
        """Run a statement; COMMIT may be where it ends."""
        if text != "COMMIT":
            return self._connection.execute(text, *values)
        self._disk.before_commit()
        done = self._connection.execute(text)
        (level,) = self._connection.execute("PRAGMA synchronous").fetchone()
        self._disk.after_commit(self._wal, is_flushed=level >= _FULL)
        return done

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the connection's own
        return getattr(self._connection, name)


class DirectWriter(Writer):
    """The kiosk's writer without its thread: a job is done when `submit` returns."""

    def __init__(self, path: Path, open_connection: Callable[[], sqlite3.Connection], disk: Disk) -> None:
        wal = path.with_name(path.name + "-wal")
        self._path = path
        self._open = lambda: Watched(open_connection(), disk, wal)  # type: ignore[assignment,return-value]
        self._connection = self._open()
        self._synchronous = _synchronous(self._connection)
        self._is_closed = False
        self._commits_in_wal = 0
        disk.flushed[wal.name] = _size(wal)  # what was read at the start had survived

    def submit(self, job: Callable[[sqlite3.Connection], T], *, is_precious: bool = True) -> Future[T]:
        """Do it now."""
        if self._is_closed:
            raise Unwritable(f"{self._path}: already closed; restart the kiosk")
        future: Future[T] = Future()
        try:
            future.set_result(self._in_transaction(_Job(job, future, is_precious)))
        except Exception as error:  # noqa: BLE001 - handed to whoever waits, as the thread does
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Close the file."""
        self._is_closed = True
        self._drop_connection()


def as_found_after(source: Path, target: Path, disk: Disk, rng: random.Random | None, *, lies: bool) -> None:
    """What is found in a folder after its program ended: everything written, or with `rng` what was flushed.

    Without `rng` only the program ended and the machine went on. With it the power failed: of each log all that was
    flushed is there, of the rest any part. A disk that `lies` had not even kept what it said it had.
    """
    skipped = shutil.ignore_patterns("*-shm", "lock")
    shutil.copytree(source, target, ignore=skipped)
    if rng is None:
        return
    for wal in sorted(target.glob("*-wal")):
        size = _size(wal)
        least = 0 if lies else min(disk.flushed.get(wal.name, 0), size)
        os.truncate(wal, rng.randint(least, size))
