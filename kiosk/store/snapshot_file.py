"""Reading one snapshot: an immutable file made by the server, and the holders' file beside it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.beside import bucket_of, first_key, number_at
from common.catalogue import Catalogue, decode_catalogue
from common.exchange import Manifest
from common.fact_rows import (
    DamagedRows,
    facts_of_rows,
    is_used_on,
    own_digests,
    rows_of,
    statement_numbers,
    unpack_event_fact,
)
from common.facts import EventFact, Fact, ForkedFact, IssueFact, ReissueFact
from common.ids import AreaNo, BadgeId, CodeHash, DeviceId, Digest, EventDay, PointNo, TicketId
from common.snapshot_format import (
    ADMISSION_APPLICATION_ID,
    CATALOGUE_PART,
    HOLDERS_APPLICATION_ID,
    KEYS_PART,
    SNAPSHOT_SCHEMA,
    Base,
    StatementRow,
    code_bucket,
    key_ranges,
    ticket_key,
    ticket_of_key,
)
from common.variants import Bought, bought_of
from kiosk.store.faults import DamagedFile, DamagedSnapshot, StoreTrouble, trouble_of
from kiosk.store.opening import FileKind, open_reader

ADMISSION: Final = FileKind("snapshot", ADMISSION_APPLICATION_ID, SNAPSHOT_SCHEMA, ())
STATEMENTS_KEPT_MAX: Final = 4_096  # about 1 MB
HOLDERS: Final = FileKind("holders' file", HOLDERS_APPLICATION_ID, SNAPSHOT_SCHEMA, ())


# The rank of a ticket in its bucket, and the bucket's numbers; nothing where the ticket is not here.
_BESIDE: Final = """SELECT (SELECT count(*) FROM tickets WHERE ticket >= ? AND ticket < ?), {} FROM beside
                    WHERE bucket = ? AND EXISTS (SELECT 1 FROM tickets WHERE ticket = ?)"""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as the snapshot knows it."""

    device: DeviceId
    certificate: bytes
    name: str
    point: PointNo | None
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class KnownBadge:
    """A staff badge: the public key of badge and PIN together, and whether it was blocked."""

    public: bytes
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Family:
    """Tickets that were bought together: a number, which is another one in the next file, and how many they are."""

    no: int
    size: int


@dataclass(frozen=True, slots=True)
class SealedHolder:
    """A holder's data, to be opened by a pass of that generation."""

    generation: int
    sealed: bytes


class SnapshotFile:
    """One snapshot in use. Its methods raise StoreTrouble where the file is not what it was when it was verified."""

    def __init__(self, admission: Path, holders: Path | None, manifest: Manifest) -> None:
        """Opens the files and reads the small parts. Raises StoreTrouble."""
        self.admission, self.holders, self.manifest = admission, holders, manifest
        self._connection = open_reader(admission, ADMISSION, immutable=True)
        self._holders = None if holders is None else open_reader(holders, HOLDERS, immutable=True)
        self._reading = threading.Lock()
        self._runs = _Runs(self)
        self._statements: dict[int, StatementRow] = {}
        self._tickets: int | None = None
        self._variants: dict[int, tuple[int, str]] | None = None
        self._family_sizes: list[tuple[int, int]] | None = None
        meta = dict(self._read("SELECT name, value FROM meta"))
        try:
            self._base = Base(int(meta["base_ms"]), int(meta["base_day"]))
            self.build_ms = int(meta["build_ms"])
        except (KeyError, TypeError, ValueError) as error:
            self.close()
            raise DamagedSnapshot(
                f"{admission}: lacks {error}; the snapshot is fetched anew at the next contact"
            ) from error

    def close(self) -> None:
        """Close both files."""
        self._connection.close()
        if self._holders is not None:
            self._holders.close()

    # --- one ticket -------------------------------------------------------------------------------

    def facts(self, ticket: TicketId) -> tuple[Fact, ...]:
        """All the snapshot knows of a ticket; empty if nothing."""
        rows = self._read("SELECT facts FROM tickets WHERE ticket = ?", ticket_key(ticket))
        return self._unpack(ticket, rows[0][0]) if rows else ()

    def bought(self, ticket: TicketId) -> tuple[Bought, ...] | None:
        """Variants bought with a ticket; None where the file does not know the ticket, or is of 0.1.0."""
        if self._variants is None:
            self._variants = self._read_variants()
        if not self._variants:
            return None
        rows = self._read(_BESIDE.format("purchases"), *_place_of(ticket_key(ticket)))
        if not rows:
            return None
        rank, purchases = rows[0]
        lines = self._read("SELECT lines FROM purchases WHERE no = ?", number_at(purchases, rank))
        return bought_of(lines[0][0], self._variants) if lines else ()

    def family(self, ticket: TicketId) -> Family | None:
        """The tickets this one was bought with; None where it has none, or the file knows none."""
        if self._family_sizes is None:
            self._family_sizes = self._read_family_sizes()
        if not self._family_sizes:
            return None
        rows = self._read(_BESIDE.format("families"), *_place_of(ticket_key(ticket)))
        no = number_at(rows[0][1], rows[0][0]) if rows else 0
        sizes = [size for size, first in self._family_sizes if first <= no]
        return Family(no, max(sizes)) if no and sizes else None

    def tickets_with_code(self, code_hash: CodeHash) -> tuple[TicketId, ...]:
        """The tickets that have, or had, a code with this hash."""
        rows = self._read("SELECT tickets FROM codes WHERE bucket = ?", code_bucket(code_hash))
        found = (
            ticket for first, last in key_ranges(rows[0][0] if rows else b"") for ticket in self._between(first, last)
        )
        return tuple(ticket for ticket, facts in found if _has_code(facts, code_hash))

    def holder(self, ticket: TicketId) -> SealedHolder | None:
        """The ticket's sealed holder; None where there is none or the file is not kept here."""
        if self._holders is None:
            return None
        try:
            with self._reading:
                row = self._holders.execute(
                    "SELECT generation, sealed FROM holders WHERE ticket = ?", (ticket_key(ticket),)
                ).fetchone()
        except sqlite3.Error as error:
            raise _trouble_of(error, self.holders or self.admission) from error
        return None if row is None else SealedHolder(*row)

    # --- the event --------------------------------------------------------------------------------

    def catalogue(self) -> Catalogue | None:
        """The catalogue; None if this version cannot read it."""
        rows = self._read("SELECT body FROM catalogue WHERE part = ?", CATALOGUE_PART)
        catalogue = decode_catalogue(rows[0][0]) if rows else None
        return catalogue if isinstance(catalogue, Catalogue) else None

    def key_list(self) -> bytes | None:
        """The signed key list."""
        rows = self._read("SELECT body FROM catalogue WHERE part = ?", KEYS_PART)
        return rows[0][0] if rows else None

    def event_facts(self) -> tuple[EventFact, ...]:
        """Redates and revokes, and of which runs numbers were used twice."""
        facts = (unpack_event_fact(fact) for (fact,) in self._read("SELECT fact FROM event_facts"))
        return tuple(fact for fact in facts if fact is not None)

    def devices(self) -> Iterator[KnownDevice]:
        """Every device of the event."""
        rows = self._read("SELECT device, certificate, name, point, revoked FROM devices")
        return (KnownDevice(device, cert, name, point, bool(revoked)) for device, cert, name, point, revoked in rows)

    def device(self, device: DeviceId) -> KnownDevice | None:
        """One device."""
        rows = self._read("SELECT certificate, name, point, revoked FROM devices WHERE device = ?", device)
        if not rows:
            return None
        certificate, name, point, revoked = rows[0]
        return KnownDevice(device, certificate, name, point, bool(revoked))

    def badge(self, badge: BadgeId) -> KnownBadge | None:
        """What is known of a staff badge; None if nothing."""
        rows = self._read("SELECT public, blocked FROM badges WHERE badge = ?", badge)
        return KnownBadge(rows[0][0], bool(rows[0][1])) if rows else None

    def raw_others(self) -> Iterator[bytes]:
        """Entries kept whole since their body is needed: device statements, messages, kinds not understood."""
        return (raw for (raw,) in self._read("SELECT raw FROM others WHERE raw IS NOT NULL"))

    def ticket_count(self) -> int:
        """How many tickets it holds; counted once, since the file never changes."""
        if self._tickets is None:
            ((total,),) = self._read("SELECT count(*) FROM tickets")
            self._tickets = int(total)
        return self._tickets

    def holds(self, ticket: int) -> bool:
        """Whether the ticket with this key is in it."""
        return bool(self._read("SELECT 1 FROM tickets WHERE ticket = ?", ticket))

    def used_on(self, area: AreaNo, day: EventDay, rows_per_look: int) -> Iterator[list[TicketId]]:
        """Tickets used in an area on an event day, found in short looks through all tickets."""
        first: int | None = -(2**63)
        while first is not None:
            rows = self._read(
                "SELECT ticket, facts FROM tickets WHERE ticket >= ? ORDER BY ticket LIMIT ?", first, rows_per_look
            )
            try:
                used = [key for key, packed in rows if is_used_on(packed, area, day, self._base)]
            except DamagedRows as error:
                raise DamagedSnapshot(f"{self.admission}: {error}") from error
            yield [ticket_of_key(key) for key in used]
            is_last = len(rows) < rows_per_look or rows[-1][0] == 2**63 - 1
            first = None if is_last else rows[-1][0] + 1

    # --- what it holds, for pruning and covering --------------------------------------------------

    def held_others(self, wanted: AbstractSet[Digest]) -> set[Digest]:
        """Which of these digests are of entries in `others`: few look-ups, for the few that are wanted."""
        return {digest for digest in wanted if self._read("SELECT 1 FROM others WHERE digest = ?", digest)}

    def held_of(self, wanted: AbstractSet[Digest]) -> set[Digest]:
        """Which of these digests are of entries the file holds rows of.

        Reads all of it, in short steps: about 2 s at 300,000 tickets.
        """
        found: set[Digest] = set()
        for text in ("SELECT digest FROM statements", "SELECT digest FROM others"):
            found.update(digest for (digest,) in self._read(text) if digest in wanted)
        stated = (fact.ref.digest for fact in self.event_facts() if not isinstance(fact, ForkedFact))
        found.update(digest for digest in stated if digest in wanted)
        first: int | None = -(2**63)
        while first is not None and len(found) < len(wanted):
            first = self._held_in_batch(first, wanted, found)
        return found

    def _held_in_batch(self, first: int, wanted: AbstractSet[Digest], found: set[Digest]) -> int | None:
        """Looks through some tickets from a key on; the key to go on with. Short, so that scans get in between."""
        rows = self._read("SELECT ticket, facts FROM tickets WHERE ticket >= ? ORDER BY ticket LIMIT 2000", first)
        try:
            for _, packed in rows:
                found.update(digest for digest in own_digests(packed) if digest in wanted)
        except DamagedRows as error:
            raise DamagedSnapshot(f"{self.admission}: {error}") from error
        return rows[-1][0] + 1 if len(rows) == 2000 and rows[-1][0] < 2**63 - 1 else None

    # --- inside -----------------------------------------------------------------------------------

    def _read_family_sizes(self) -> list[tuple[int, int]]:
        """Sizes and their first numbers; none where the file is of a version that knew none."""
        if not self._read("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'family_sizes'"):
            return []
        return [(size, first) for size, first in self._read("SELECT size, first FROM family_sizes")]

    def _read_variants(self) -> dict[int, tuple[int, str]]:
        """Product and key of each variant; none where the file is of a version that knew none."""
        if not self._read("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'variants'"):
            return {}
        return {no: (product, key) for no, product, key in self._read("SELECT no, product, key FROM variants")}

    def _between(self, first: int, last: int) -> Iterator[tuple[TicketId, tuple[Fact, ...]]]:
        for key, packed in self._read("SELECT ticket, facts FROM tickets WHERE ticket BETWEEN ? AND ?", first, last):
            ticket = ticket_of_key(key)
            yield ticket, self._unpack(ticket, packed)

    def _unpack(self, ticket: TicketId, packed: bytes) -> tuple[Fact, ...]:
        try:
            rows = rows_of(packed)
            statements = {no: self._statement(no) for no in statement_numbers(rows)}
            return facts_of_rows(rows, ticket, self._base, self._runs, statements)
        except DamagedRows as error:
            raise DamagedSnapshot(f"{self.admission}: {error}") from error

    def _statement(self, no: int) -> StatementRow:
        """A statement's row, kept: one of them issued 500 tickets."""
        if (kept := self._statements.get(no)) is not None:
            return kept
        rows = self._read("SELECT no, run, number, digest, cause, time_ms FROM statements WHERE no = ?", no)
        if not rows:
            raise DamagedRows(f"statement {no} is missing")
        if len(self._statements) >= STATEMENTS_KEPT_MAX:
            self._statements.clear()
        row: StatementRow = rows[0]
        self._statements[no] = row
        return row

    def run_of(self, no: int) -> tuple[bytes, bytes]:
        """Device and run behind a small number. Raises KeyError."""
        rows = self._read("SELECT device, run FROM runs WHERE no = ?", no)
        if not rows:
            raise KeyError(no)
        return rows[0][0], rows[0][1]

    def _read(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._connection.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise _trouble_of(error, self.admission) from error


def _trouble_of(error: sqlite3.Error, path: Path) -> StoreTrouble:
    """A damaged snapshot costs nothing but a download: the text says so."""
    trouble = trouble_of(error, path)
    if not isinstance(trouble, DamagedFile):
        return trouble
    what = f"this snapshot is damaged ({error}); restart the kiosk where it reaches its server, it fetches another"
    return DamagedSnapshot(f"{path}: {what}")


class _Runs(Mapping[int, tuple[bytes, bytes]]):
    """Runs by number, read as they are asked for and kept: a few thousand at most."""

    def __init__(self, file: SnapshotFile) -> None:
        self._file = file
        self._known: dict[int, tuple[bytes, bytes]] = {}

    def __getitem__(self, no: int) -> tuple[bytes, bytes]:
        if no not in self._known:
            self._known[no] = self._file.run_of(no)
        return self._known[no]

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _place_of(key: int) -> tuple[int, int, int, int]:
    """What `_BESIDE` asks with."""
    bucket = bucket_of(key)
    return first_key(bucket), key, bucket, key


def _has_code(facts: tuple[Fact, ...], code_hash: CodeHash) -> bool:
    return any(isinstance(fact, IssueFact | ReissueFact) and fact.code_hash == code_hash for fact in facts)
