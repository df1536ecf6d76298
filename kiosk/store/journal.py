"""The journal: the device's own entries, append-only, durable before anyone sees what they say.

Never pruned during the event. One writer thread; whoever reads has a connection of its own.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from common.bodies import Exit, KioskBody, Override, Redeem
from common.entries import Entry, PreviousRun, Stamp, stored_entry, write_entry
from common.ids import BadgeId, DeviceId, Digest, EventUid, Identity, Ref, RunId, TicketId
from common.signing import SigningKey, device_id
from common.snapshot_format import ticket_key
from common.vectors import Link
from kiosk.failpoints import Failpoints
from kiosk.store.faults import StoreTrouble, trouble_of
from kiosk.store.opening import FileKind, open_reader, open_writer
from kiosk.store.writer import Writer

JOURNAL: Final = FileKind(
    what="journal",
    application_id=0x52474A4F,  # "RGJO"
    version=1,
    cache_kib=256,  # written at its end, read a little way back
    tables=(
        """CREATE TABLE entries (position INTEGER PRIMARY KEY, run BLOB NOT NULL, number INTEGER NOT NULL,
           digest BLOB NOT NULL UNIQUE, previous BLOB, ticket INTEGER, is_use INTEGER NOT NULL,
           raw BLOB NOT NULL) STRICT""",
        "CREATE INDEX entries_of_ticket ON entries (ticket) WHERE ticket IS NOT NULL",
        "CREATE INDEX entries_of_run ON entries (run, number)",
        "CREATE TABLE marks (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        """CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
           BEGIN SELECT RAISE(ABORT, 'journal entries are never changed'); END""",
        """CREATE TRIGGER entries_remain BEFORE DELETE ON entries
           BEGIN SELECT RAISE(ABORT, 'journal entries are never deleted'); END""",
    ),
)
COLUMNS: Final = ("position", "run", "number", "digest", "previous", "ticket", "is_use", "raw")  # of entries, in order
_SHOWN = "shown"
T = TypeVar("T")
PIN_TRIES: Final = "pin tries "  # and the badge
_SETTLED, _END_GIVEN_UP = 1, 2  # of the last of these
DAMAGED_MARKS: Final = ("damaged_ms", "damaged_saved", "damaged_end_unknown", "damaged_settled")
_INSERT = "INSERT INTO entries (run, number, digest, previous, ticket, is_use, raw) VALUES (?, ?, ?, ?, ?, ?, ?)"
MakeBody = Callable[[RunId, int], KioskBody]  # gets the run and number the entry will have: a proof of scan needs them


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be: what it says, when, who was at the kiosk."""

    make_body: MakeBody
    stamp: Stamp
    operator: BadgeId | None


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One row of the journal."""

    position: int
    run: RunId
    number: int
    digest: Digest
    previous: Digest | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """This journal was damaged once: when that was found, how many entries were saved, whether the last was among them.

    `is_settled`: what was missing has come back, or a supervisor has said to go on without it. `is_end_given_up`: the
    latter, while nobody knew what stood behind the last entry that was saved.
    """

    found_ms: int
    saved: int
    is_end_known: bool
    is_settled: bool
    is_end_given_up: bool = False


@dataclass(frozen=True, slots=True)
class _Tail:
    """The last row this process wrote; the next append goes behind it and nowhere else."""

    run: RunId
    number: int
    digest: Digest


class Journal:
    """Appends and reads own entries."""

    def __init__(self, path: Path, key: SigningKey, event: EventUid, failpoints: Failpoints | None = None) -> None:
        """Opens or makes the file. Raises StoreTrouble; a damaged file is `kiosk.store.salvage`'s business first."""
        self._path, self._key, self._event = path, key.as_device(), event
        self._failpoints = failpoints or Failpoints()
        self.device: DeviceId = device_id(key.verify_key.raw)
        self._tail: _Tail | None = None  # None: the next append opens a run
        self._owed: dict[str, int] = {}  # marks that could not be written yet; they go with the next that can
        self._writer = Writer(path, lambda: open_writer(path, JOURNAL))
        try:
            self._reader = open_reader(path, JOURNAL)
        except StoreTrouble:
            self._writer.close()
            raise
        self._reading = threading.Lock()

    # --- writing ----------------------------------------------------------------------------------

    def append(self, draft: Draft) -> Future[Entry]:
        """The entry, durable when the future is done. The future raises StoreTrouble; then nothing was confirmed."""
        return self._submit(lambda connection: self._append(connection, draft))

    def append_with(self, draft: Draft, more: Callable[[Entry], Sequence[Draft]]) -> Future[Entry]:
        """The entry and those that `more` says of it, in one transaction: all of them are durable, or none is."""
        return self._submit(lambda connection: self._append_all(connection, draft, more))

    def mark_shown(self, entry: Ref) -> Future[None]:
        """A person saw the answer: entries up to this one need not be shown again.

        Not precious: a mark lost with the power shows an answer once more, and the next entry does not wait for it.
        """
        return self._writer.submit(lambda connection: _mark_shown(connection, entry.digest), is_precious=False)

    def lost_tail(self, found_ms: int, saved: int) -> Future[None]:
        """Something here tells of more entries than there are: the file was emptied, or cut short without a trace.

        Where the future raises, this is known from now on all the same, and written down with the next that can be.
        """
        self._owed = dict(zip(DAMAGED_MARKS, (found_ms, saved, 1, 0), strict=True))
        return self._submit(lambda _: None)

    def put_mark(self, name: str, value: int) -> Future[None]:
        """Remember a small number by its name, as durable as an entry."""
        return self._submit(lambda connection: put_marks(connection, {name: value}))

    def settle_damage(self, *, end_given_up: bool) -> Future[None]:
        """Nothing of what the damage took is waited for any more; whether how much that was is known is kept."""
        settled = _END_GIVEN_UP if end_given_up else _SETTLED
        return self._submit(lambda connection: put_marks(connection, {"damaged_settled": settled}))

    @property
    def owes_marks(self) -> bool:
        """Whether a lost end is known that the file does not tell of yet."""
        return bool(self._owed)

    def close(self) -> None:
        """Write what is queued, then close. May be called twice.

        The writer goes last: only a connection that may write can fold the WAL back into the file.
        """
        with self._reading:
            self._reader.close()
        self._writer.close()

    def _submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a job; what is owed is written before it, in its transaction."""

        def run(connection: sqlite3.Connection) -> T:
            if self._owed:
                put_marks(connection, self._owed)
            return job(connection)

        done = self._writer.submit(run)
        done.add_done_callback(self._paid)
        return done

    def _paid(self, done: Future[Any]) -> None:
        """Runs in the writer's thread, after the commit and before the next job."""
        if not done.cancelled() and done.exception() is None:
            self._owed = {}

    def _append_all(
        self, connection: sqlite3.Connection, draft: Draft, more: Callable[[Entry], Sequence[Draft]]
    ) -> Entry:
        entry = self._append(connection, draft)
        for other in more(entry):
            self._append(connection, other)
        return entry

    def _append(self, connection: sqlite3.Connection, draft: Draft) -> Entry:
        """Runs in the writer's transaction. The tail is remembered only as far as this process knows it.

        If the commit fails after this, the next append finds a last row that is not the remembered one, or none,
        and takes a new run: a number is never used twice for different bytes.
        """
        tail = self._checked_tail(connection)
        run = tail.run if tail else RunId(os.urandom(8))
        number = tail.number + 1 if tail else 1
        opens = None if tail else _last_of_any_run(connection)
        entry = write_entry(
            self._key,
            self._event,
            run,
            number,
            tail.digest if tail else None,
            opens,
            draft.stamp,
            draft.operator,
            draft.make_body(run, number),
        )
        connection.execute(_INSERT, _row_of(entry))
        self._tail = _Tail(run, number, entry.ref.digest)
        self._failpoints.reach("before-commit")
        return entry

    def _checked_tail(self, connection: sqlite3.Connection) -> _Tail | None:
        if self._tail is None:
            return None
        row = connection.execute(
            "SELECT number, digest FROM entries WHERE run = ? ORDER BY number DESC, position DESC LIMIT 1",
            (self._tail.run,),
        ).fetchone()
        return self._tail if row == (self._tail.number, self._tail.digest) else None

    # --- reading ----------------------------------------------------------------------------------

    def of_ticket(self, ticket: TicketId) -> tuple[Entry, ...]:
        """Own entries about a ticket, in order of writing."""
        rows = self._read("SELECT raw FROM entries WHERE ticket = ? ORDER BY position", (ticket_key(ticket),))
        return self._entries(rows)

    def not_shown_yet(self, most: int = 20) -> tuple[Entry, ...]:
        """Uses that were committed but whose answer nobody saw, oldest first."""
        rows = self._read(
            """SELECT raw FROM entries WHERE is_use = 1 AND position >
               coalesce((SELECT position FROM marks WHERE name = ?), 0) ORDER BY position DESC LIMIT ?""",
            (_SHOWN, most),
        )
        return self._entries(reversed(rows))

    def after(self, position: int, most: int) -> tuple[OwnRow, ...]:
        """Rows behind a position, in order."""
        rows = self._read(
            """SELECT position, run, number, digest, previous, raw FROM entries
               WHERE position > ? ORDER BY position LIMIT ?""",
            (position, most),
        )
        return tuple(OwnRow(*row) for row in rows)

    def runs(self) -> tuple[RunId, ...]:
        """This device's runs."""
        return tuple(run for (run,) in self._read("SELECT DISTINCT run FROM entries", ()))

    def links_at(self, run: RunId, number: int) -> tuple[Link, ...]:
        """The links held at a number of one of this device's runs."""
        text = "SELECT number, digest, previous FROM entries WHERE run = ? AND number = ?"
        return tuple(Link(*row) for row in self._read(text, (run, number)))

    def links_of(self, run: RunId) -> tuple[Link, ...]:
        """All links of one of this device's runs."""
        text = "SELECT number, digest, previous FROM entries WHERE run = ? ORDER BY number"
        return tuple(Link(*row) for row in self._read(text, (run,)))

    def raw_between(self, run: RunId, first: int, last: int, most: int) -> tuple[tuple[int, bytes], ...]:
        """Numbers and bytes of entries first..last of a run, in order."""
        text = "SELECT number, raw FROM entries WHERE run = ? AND number BETWEEN ? AND ? ORDER BY number LIMIT ?"
        return tuple(self._read(text, (run, first, last, most)))

    def raw_of(self, digest: Digest) -> bytes | None:
        """The bytes of the entry with this digest."""
        rows = self._read("SELECT raw FROM entries WHERE digest = ?", (digest,))
        return rows[0][0] if rows else None

    def use_of(self, digest: Digest) -> Entry | None:
        """The use with this digest; None where this device wrote none."""
        entries = self._entries(self._read("SELECT raw FROM entries WHERE digest = ? AND is_use = 1", (digest,)))
        return entries[0] if entries else None

    def last_use(self) -> Entry | None:
        """The redeem, exit or override written last."""
        entries = self._entries(
            self._read("SELECT raw FROM entries WHERE is_use = 1 ORDER BY position DESC LIMIT 1", ())
        )
        return entries[0] if entries else None

    def last(self) -> Entry | None:
        """The entry written last."""
        entries = self._entries(self._read("SELECT raw FROM entries ORDER BY position DESC LIMIT 1", ()))
        return entries[0] if entries else None

    def end(self) -> int:
        """The position of the last entry; 0 if there is none."""
        ((position,),) = self._read("SELECT coalesce(max(position), 0) FROM entries", ())
        return int(position)

    def mark(self, name: str) -> int:
        """A small number by its name; 0 where it was never put."""
        rows = self._read("SELECT position FROM marks WHERE name = ?", (name,))
        return int(rows[0][0]) if rows else 0

    def damage(self) -> Damage | None:
        """What a damage to this journal left behind; None where it was never damaged."""
        marks = {**dict(self._read("SELECT name, position FROM marks WHERE name LIKE 'damaged%'", ())), **self._owed}
        if "damaged_ms" not in marks:
            return None
        found_ms, saved, end_unknown, settled = (int(marks.get(name, 0)) for name in DAMAGED_MARKS)
        return Damage(found_ms, saved, not end_unknown, bool(settled), settled == _END_GIVEN_UP)

    def since(self, position: int) -> tuple[Entry, ...]:
        """Every entry behind a position, for counters; in order."""
        return self._entries(self._read("SELECT raw FROM entries WHERE position > ? ORDER BY position", (position,)))

    def entries_of(self, rows: Iterable[OwnRow]) -> tuple[Entry, ...]:
        """The entries in these rows."""
        return self._entries((row.raw,) for row in rows)

    def _read(self, text: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._reader.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise trouble_of(error, self._path) from error

    def _entries(self, rows: Iterable[tuple[Any, ...]]) -> tuple[Entry, ...]:
        opened = (stored_entry(raw, self._event) for (raw,) in rows)
        return tuple(entry for entry in opened if isinstance(entry, Entry))


def _row_of(entry: Entry) -> tuple[object, ...]:
    identity, ticket = entry.ref.identity, getattr(entry.body, "ticket", None)
    key = None if ticket is None else ticket_key(ticket)
    is_use = int(isinstance(entry.body, Redeem | Exit | Override))
    return (identity.run, identity.number, entry.ref.digest, entry.previous, key, is_use, entry.raw)


def _last_of_any_run(connection: sqlite3.Connection) -> PreviousRun | None:
    row = connection.execute("SELECT run, number, digest FROM entries ORDER BY position DESC LIMIT 1").fetchone()
    return None if row is None else PreviousRun(*row)


def _mark_shown(connection: sqlite3.Connection, digest: Digest) -> None:
    connection.execute(
        """INSERT INTO marks (name, position) SELECT ?, position FROM entries WHERE digest = ?
           ON CONFLICT (name) DO UPDATE SET position = max(marks.position, excluded.position)""",
        (_SHOWN, digest),
    )


def put_marks(connection: sqlite3.Connection, marks: Mapping[str, int]) -> None:
    """Set small numbers by their names, in the caller's transaction."""
    text = """INSERT INTO marks (name, position) VALUES (?, ?)
              ON CONFLICT (name) DO UPDATE SET position = excluded.position"""
    connection.executemany(text, marks.items())


def own_ref(device: DeviceId, row: OwnRow) -> Ref:
    """The reference of a row of this device's journal."""
    return Ref(Identity(device, row.run, row.number), row.digest)
