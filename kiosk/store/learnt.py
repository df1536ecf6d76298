"""What others wrote: entries of other devices, this device's own lost tail, and the server's statements.

Raw bytes, verified before they come here, found by ticket and by (device, run, number). Idempotent; bounded per
device, so that a flood from one neither fills the disk nor hides the others.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from common.bodies import BadgeStated, Body, DeviceStated, Issue, Message, Redate, Reissue, Revoke, UnknownBody
from common.entries import Entry, stored_entry
from common.exchange import Cursor
from common.expand import tickets_of
from common.ids import CodeHash, DeviceId, Digest, EventUid, RunId, TicketId
from common.snapshot_format import code_bucket, ticket_key, ticket_of_key
from common.vectors import Link
from kiosk.store.faults import StoreTrouble, trouble_of
from kiosk.store.opening import FileKind, open_reader, open_writer
from kiosk.store.writer import Writer

ENTRIES_PER_DEVICE_MAX: Final = 200_000  # a busy gate writes 600 an hour; what exceeds this waits at its sender
TRAY_MAX: Final = 1_000  # bytes that verify under no key known here, kept for a supervisor
TRAY_ENTRY_BYTES_MAX: Final = 4_096
OF_EVENT: Final = 1  # bears on every ticket's fold
OF_DEVICE: Final = 2  # says where a device stands, and its certificate
OF_MESSAGE: Final = 3
NOT_UNDERSTOOD: Final = 4
OF_BADGE: Final = 5  # a staff badge was issued or blocked

LEARNT: Final = FileKind(
    what="file of learnt entries",
    application_id=0x52474C45,  # "RGLE"
    version=1,
    cache_kib=512,  # its indexes are read at random, and a day's news stay few
    synchronous="NORMAL",  # entries and cursor go together, and what a power cut takes is fetched again
    tables=(
        """CREATE TABLE entries (position INTEGER PRIMARY KEY, device BLOB NOT NULL, run BLOB NOT NULL,
           number INTEGER NOT NULL, digest BLOB NOT NULL UNIQUE, previous BLOB, sort INTEGER,
           raw BLOB NOT NULL) STRICT""",
        "CREATE INDEX entries_of_run ON entries (device, run, number)",
        "CREATE INDEX entries_of_sort ON entries (sort) WHERE sort IS NOT NULL",
        """CREATE TABLE tickets (ticket INTEGER NOT NULL, position INTEGER NOT NULL,
           PRIMARY KEY (ticket, position)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE codes (bucket INTEGER NOT NULL, ticket INTEGER NOT NULL,
           PRIMARY KEY (bucket, ticket)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX tickets_of_entry ON tickets (position)",
        "CREATE TABLE tray (digest BLOB PRIMARY KEY, reason TEXT NOT NULL, raw BLOB NOT NULL) STRICT",
        "CREATE TABLE devices (device BLOB PRIMARY KEY, held INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE notes (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID",
    ),
)


@dataclass(frozen=True, slots=True)
class LearntRow:
    """One learnt entry's place in its run."""

    position: int
    device: DeviceId
    run: RunId
    number: int
    digest: Digest
    previous: Digest | None


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A learnt entry as it lies in the file."""

    position: int
    device: DeviceId
    run: RunId
    number: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Tray:
    """Bytes without an identity, and why."""

    digest: Digest
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in one answer, to be stored in one transaction with the cursor that vouches for it."""

    entries: tuple[Entry, ...] = ()
    tray: tuple[Tray, ...] = ()
    cursor: Cursor | None = None
    forgets_cursor: bool = False
    notes: tuple[tuple[str, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new of an intake. `waits`: entries over a device's bound; then the cursor was not stored."""

    new: tuple[Entry, ...]
    waits: int


class Learnt:
    """Keeps and finds what others wrote."""

    def __init__(self, path: Path, event: EventUid, per_device_max: int = ENTRIES_PER_DEVICE_MAX) -> None:
        """Opens or makes the file. Raises StoreTrouble."""
        self._path, self._event, self._per_device_max = path, event, per_device_max
        self._writer = Writer(path, lambda: open_writer(path, LEARNT))
        try:
            self._reader = open_reader(path, LEARNT)
        except StoreTrouble:
            self._writer.close()
            raise
        self._reading = threading.Lock()
        self._remembered: dict[str, int | bytes | None] = {}
        self.prunings = 0  # since the start; after each, positions may be given anew

    # --- writing ----------------------------------------------------------------------------------

    def take(self, intake: Intake) -> Future[Taken]:
        """Store entries, tray and cursor together. Repeating it changes nothing."""
        taken = self._writer.submit(lambda connection: self._take(connection, intake))
        taken.add_done_callback(lambda done: self._remember(done, intake.notes))
        return taken

    def note(self, name: str, value: int | bytes | None) -> Future[None]:
        """Remember a small value by its name."""
        noted = self._writer.submit(lambda connection: _note(connection, name, value))
        noted.add_done_callback(lambda done: self._remember(done, ((name, value),)))
        return noted

    def prune(self, positions: Sequence[int]) -> Future[int]:
        """Drop rows that a snapshot in use and every backup hold; how many went."""
        pruned = self._writer.submit(lambda connection: _prune(connection, positions))
        pruned.add_done_callback(self._was_pruned)
        return pruned

    def _was_pruned(self, _done: Future[int]) -> None:
        """Runs in the writer's thread: no entry is stored between the commit and this."""
        self.prunings += 1

    def _remember(self, done: Future[Any], notes: Iterable[tuple[str, int | bytes | None]]) -> None:
        """Runs in the writer's thread, after the commit and in the order of commits."""
        if not done.cancelled() and done.exception() is None:
            self._remembered.update(notes)

    def close(self) -> None:
        """Write what is queued, then close. May be called twice.

        The writer goes last: only a connection that may write can fold the WAL back into the file.
        """
        with self._reading:
            self._reader.close()
        self._writer.close()

    def _take(self, connection: sqlite3.Connection, intake: Intake) -> Taken:
        held = dict(connection.execute("SELECT device, held FROM devices"))
        new: list[Entry] = []
        waits = 0
        for entry in intake.entries:
            device = entry.ref.identity.device
            if held.get(device, 0) >= self._per_device_max:
                waits += not _is_here(connection, entry.ref.digest)
            elif _insert(connection, entry):
                held[device] = held.get(device, 0) + 1
                new.append(entry)
        _count(connection, held, {entry.ref.identity.device for entry in new})
        _to_tray(connection, intake.tray)
        for name, value in intake.notes:
            _note(connection, name, value)
        if intake.forgets_cursor or (intake.cursor is not None and not waits):
            cursor = None if intake.forgets_cursor else intake.cursor
            _note(connection, "cursor", cursor.position if cursor else None)
            _note(connection, "cursor_tag", cursor.tag if cursor else None)
        return Taken(tuple(new), waits)

    # --- reading ----------------------------------------------------------------------------------

    def of_ticket(self, ticket: TicketId) -> tuple[bytes, ...]:
        """The bytes of the entries about a ticket, in order of arrival."""
        text = "SELECT raw FROM tickets JOIN entries USING (position) WHERE ticket = ? ORDER BY position"
        return tuple(raw for (raw,) in self._read(text, (ticket_key(ticket),)))

    def tickets_with_code(self, code_hash: CodeHash) -> tuple[TicketId, ...]:
        """Tickets that may have, or have had, a code with this hash: those of its bucket."""
        rows = self._read("SELECT ticket FROM codes WHERE bucket = ?", (code_bucket(code_hash),))
        return tuple(ticket_of_key(key) for (key,) in rows)

    def codes_count(self) -> int:
        """How many codes were stated; grows when tickets are issued, and stands still while they are used."""
        ((total,),) = self._read("SELECT count(*) FROM codes", ())
        return int(total)

    def issued(self) -> tuple[int, ...]:
        """Keys of the tickets that were issued or reissued."""
        return tuple(key for (key,) in self._read("SELECT DISTINCT ticket FROM codes", ()))

    def of_sort(self, sort: int) -> tuple[Entry, ...]:
        """The entries of one of the sorts above, in order of arrival."""
        rows = self._read("SELECT raw FROM entries WHERE sort = ? ORDER BY position", (sort,))
        opened = (stored_entry(raw, self._event) for (raw,) in rows)
        return tuple(entry for entry in opened if isinstance(entry, Entry))

    def about_tickets(self, at_once: int) -> Iterator[tuple[Entry, ...]]:
        """Every entry that may be about tickets, in order of arrival, so many at once."""
        text = "SELECT position, raw FROM entries WHERE position > ? AND sort IS NULL ORDER BY position LIMIT ?"
        position = 0
        while rows := self._read(text, (position, at_once)):
            opened = (stored_entry(raw, self._event) for _, raw in rows)
            yield tuple(entry for entry in opened if isinstance(entry, Entry))
            position = rows[-1][0]

    def after(self, position: int, most: int) -> tuple[StoredRow, ...]:
        """So many entries behind a position, in order of arrival."""
        text = "SELECT position, device, run, number, raw FROM entries WHERE position > ? ORDER BY position LIMIT ?"
        return tuple(StoredRow(*row) for row in self._read(text, (position, most)))

    def runs(self) -> tuple[tuple[DeviceId, RunId], ...]:
        """The runs of which there are entries."""
        return tuple(self._read("SELECT DISTINCT device, run FROM entries ORDER BY device, run", ()))

    def rows(self) -> Iterator[LearntRow]:
        """Every entry's place, run by run, so that a hundred thousand are never in memory together."""
        text = """SELECT position, device, run, number, digest, previous FROM entries WHERE device = ? AND run = ?
                  ORDER BY number"""
        for run in self.runs():
            yield from (LearntRow(*row) for row in self._read(text, run))

    def links_at(self, device: DeviceId, run: RunId, number: int) -> tuple[Link, ...]:
        """The links held at a number of a run."""
        text = "SELECT number, digest, previous FROM entries WHERE device = ? AND run = ? AND number = ?"
        return tuple(Link(*row) for row in self._read(text, (device, run, number)))

    def links_of(self, device: DeviceId, run: RunId) -> tuple[Link, ...]:
        """All links of a run."""
        text = "SELECT number, digest, previous FROM entries WHERE device = ? AND run = ? ORDER BY number"
        return tuple(Link(*row) for row in self._read(text, (device, run)))

    def raw_between(
        self, device: DeviceId, run: RunId, first: int, last: int, most: int
    ) -> tuple[tuple[int, bytes], ...]:
        """Numbers and bytes of entries first..last of a run, in order."""
        text = """SELECT number, raw FROM entries WHERE device = ? AND run = ? AND number BETWEEN ? AND ?
                  ORDER BY number LIMIT ?"""
        return tuple(self._read(text, (device, run, first, last, most)))

    def raw_of(self, digest: Digest) -> bytes | None:
        """The bytes of the entry with this digest."""
        rows = self._read("SELECT raw FROM entries WHERE digest = ?", (digest,))
        return rows[0][0] if rows else None

    def tickets_at(self, position: int) -> tuple[int, ...]:
        """Keys of the tickets the entry at this position is about."""
        return tuple(key for (key,) in self._read("SELECT ticket FROM tickets WHERE position = ?", (position,)))

    def cursor(self) -> Cursor | None:
        """How far the server was read, as stored with the entries it vouches for."""
        position, tag = self.noted("cursor"), self.noted("cursor_tag")
        return Cursor(position, tag) if isinstance(position, int) and isinstance(tag, int) else None

    def noted(self, name: str) -> int | bytes | None:
        """A value remembered by `note`; None if there is none."""
        rows = self._read("SELECT value FROM notes WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def remembered(self, name: str) -> int | bytes | None:
        """The same from memory, for what every scan asks: a moment after a commit it may be the value before."""
        if name not in self._remembered:
            self._remembered.setdefault(name, self.noted(name))
        return self._remembered[name]

    def noted_number(self, name: str) -> int | None:
        """The same where the value is a number."""
        value = self.noted(name)
        return value if isinstance(value, int) else None

    def count(self) -> int:
        """How many entries are here."""
        ((total,),) = self._read("SELECT coalesce(sum(held), 0) FROM devices", ())
        return int(total)

    def tray_count(self) -> int:
        """How many bytes lie in the tray."""
        ((total,),) = self._read("SELECT count(*) FROM tray", ())
        return int(total)

    def _read(self, text: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._reader.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise trouble_of(error, self._path) from error


def sort_of(body: Body) -> int | None:
    """Under which of the few sorts an entry is found that is about no ticket."""
    if isinstance(body, Redate | Revoke):
        return OF_EVENT
    if isinstance(body, DeviceStated):
        return OF_DEVICE
    if isinstance(body, Message):
        return OF_MESSAGE
    if isinstance(body, BadgeStated):
        return OF_BADGE
    return NOT_UNDERSTOOD if isinstance(body, UnknownBody) else None


def _is_here(connection: sqlite3.Connection, digest: Digest) -> bool:
    return connection.execute("SELECT 1 FROM entries WHERE digest = ?", (digest,)).fetchone() is not None


def _insert(connection: sqlite3.Connection, entry: Entry) -> bool:
    identity = entry.ref.identity
    done = connection.execute(
        """INSERT INTO entries (device, run, number, digest, previous, sort, raw) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (digest) DO NOTHING""",
        (
            identity.device,
            identity.run,
            identity.number,
            entry.ref.digest,
            entry.previous,
            sort_of(entry.body),
            entry.raw,
        ),
    )
    if done.rowcount != 1:
        return False
    pairs = [(ticket_key(ticket), done.lastrowid) for ticket in tickets_of(entry)]
    connection.executemany("INSERT INTO tickets (ticket, position) VALUES (?, ?)", pairs)
    codes = [(code_bucket(code), ticket_key(ticket)) for code, ticket in _codes_of(entry.body)]
    connection.executemany("INSERT OR IGNORE INTO codes (bucket, ticket) VALUES (?, ?)", codes)
    return True


def _codes_of(body: Body) -> list[tuple[CodeHash, TicketId]]:
    if isinstance(body, Issue):
        return [(issued.code_hash, issued.ticket) for issued in body.tickets]
    return [(body.code_hash, body.ticket)] if isinstance(body, Reissue) else []


def _count(connection: sqlite3.Connection, held: dict[DeviceId, int], changed: Iterable[DeviceId]) -> None:
    connection.executemany(
        "INSERT INTO devices (device, held) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET held = excluded.held",
        [(device, held[device]) for device in changed],
    )


def _to_tray(connection: sqlite3.Connection, tray: Iterable[Tray]) -> None:
    (lying,) = connection.execute("SELECT count(*) FROM tray").fetchone()
    fitting = [one for one in tray if len(one.raw) <= TRAY_ENTRY_BYTES_MAX][: max(0, TRAY_MAX - lying)]
    connection.executemany(
        "INSERT INTO tray (digest, reason, raw) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING",
        [(one.digest, one.reason, one.raw) for one in fitting],
    )


def _note(connection: sqlite3.Connection, name: str, value: int | bytes | None) -> None:
    connection.execute(
        "INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def _prune(connection: sqlite3.Connection, positions: Sequence[int]) -> int:
    keys = [(position,) for position in positions]
    connection.executemany("DELETE FROM tickets WHERE position = ?", keys)
    gone = connection.executemany("DELETE FROM entries WHERE position = ?", keys).rowcount
    connection.execute("DELETE FROM devices")
    connection.execute("INSERT INTO devices (device, held) SELECT device, count(*) FROM entries GROUP BY device")
    return gone
