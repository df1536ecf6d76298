"""SQL of entries: appending, reading by position, by run, by digest; the lines kept beside them; the tray."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, or_, select, tuple_, update

from common.exchange import Line, RunLines, VersionVector
from common.ids import DeviceId, Digest, Ref, RunId
from common.snapshot_format import ref_of as ref_from
from common.vectors import Lacked, LackedRange, Link, RunKey
from syncserver.db.tables_sync import causes, entries, rejected, run_lines
from syncserver.stores import rows
from syncserver.stores.line_codec import pack_lines, unpack_lines
from syncserver.stores.prepared import Prepared

DIGESTS_PER_QUERY_MAX = 1_000

# What every exchange asks, put together once: building a query anew costs as much as SQLite takes to answer it.
_OF_EVENT = entries.c.event_id == bindparam("of_event")
_HEAD = Prepared(
    lambda event_id: (
        select(entries.c.position, entries.c.tag)
        .where(entries.c.event_id == event_id)
        .order_by(entries.c.position.desc())
        .limit(1)
    )
)
_TAG_AT = select(entries.c.tag).where(_OF_EVENT, entries.c.position == bindparam("at"))
_HELD = select(entries.c.digest).where(_OF_EVENT, entries.c.digest.in_(bindparam("digests", expanding=True)))
_AFTER = Prepared(
    lambda event_id, at, most: (
        select(entries.c.position, entries.c.tag, entries.c.digest, entries.c.raw)
        .where(entries.c.event_id == event_id, entries.c.position > at)
        .order_by(entries.c.position)
        .limit(most)
    )
)
_LINES_OF_ONE = Prepared(
    lambda event_id, device, run: select(run_lines.c.device, run_lines.c.run, run_lines.c.lines).where(
        run_lines.c.event_id == event_id, run_lines.c.device == device, run_lines.c.run == run
    )
)
_LINES = select(run_lines.c.device, run_lines.c.run, run_lines.c.lines).where(
    run_lines.c.event_id == bindparam("of_event"),
    tuple_(run_lines.c.device, run_lines.c.run).in_(bindparam("runs", expanding=True)),
)


_RUN = ("event_id", "device", "run")


class EntryState(StrEnum):
    """OK, or why a verified entry folds as nothing: UNKNOWN kind, or NOT_ALLOWED to its author."""

    OK = "ok"
    UNKNOWN = "unknown"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Head:
    """The last position of an event's entries and that row's tag; (0, 0) before the first."""

    position: int
    tag: int


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it is read back for folding or sending."""

    position: int
    tag: int
    digest: bytes
    raw: bytes


def _chunks(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (values[at : at + DIGESTS_PER_QUERY_MAX] for at in range(0, len(values), DIGESTS_PER_QUERY_MAX))


def head(tx: Connection, event_id: int) -> Head:
    """Where the event's entries end."""
    row = _HEAD(tx, event_id=event_id).first()
    return Head(0, 0) if row is None else Head(row.position, row.tag)


def tag_at(tx: Connection, event_id: int, position: int) -> int | None:
    """The tag of the row at a position."""
    return tx.execute(_TAG_AT, {"of_event": event_id, "at": position}).scalar_one_or_none()


def received_ms(tx: Connection, event_id: int, position: int) -> int | None:
    """When the entry at a position came."""
    wanted = select(entries.c.received_ms).where(entries.c.event_id == event_id, entries.c.position == position)
    return tx.execute(wanted).scalar_one_or_none()


def held(tx: Connection, event_id: int, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these digests are here already."""
    found: set[bytes] = set()
    for some in _chunks(digests):
        found.update(tx.execute(_HELD, {"of_event": event_id, "digests": list(some)}).scalars())
    return found


def all_digests(tx: Connection, event_id: int) -> set[bytes]:
    """Digests of all entries held as bytes: for the rare comparison with a whole snapshot."""
    return set(tx.execute(select(entries.c.digest).where(entries.c.event_id == event_id)).scalars())


def without_facts(
    tx: Connection, event_id: int, fact_kinds: Sequence[int], until: int
) -> Iterator[tuple[bytes, bytes, int, bytes, int | None, str, bytes]]:
    """(device, run, number, digest, kind, state, bytes) of entries up to a position that give no facts."""
    c = entries.c
    silent = or_(c.kind.is_(None), c.kind.not_in(list(fact_kinds)), c.state != EntryState.OK.value)
    query = select(c.device, c.run, c.number, c.digest, c.kind, c.state, c.raw)
    found = tx.execution_options(yield_per=5_000).execute(
        query.where(c.event_id == event_id, c.position <= until, silent)
    )
    return ((r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in found)


def append(tx: Connection, new: Sequence[rows.Row]) -> None:
    """Insert rows whose positions were given out under the appender's lock."""
    rows.insert_rows(tx, entries, new)


def after(tx: Connection, event_id: int, position: int, limit: int) -> tuple[StoredEntry, ...]:
    """Up to `limit` entries behind a position, in order."""
    found = _AFTER(tx, event_id=event_id, at=position, most=limit)
    return tuple(StoredEntry(row.position, row.tag, row.digest, row.raw) for row in found)


def first_of_runs(tx: Connection, event_id: int, position: int, limit: int) -> tuple[StoredEntry, ...]:
    """Up to `limit` entries that begin a run, behind a position, in order."""
    wanted = _stored().where(entries.c.event_id == event_id, entries.c.position > position, entries.c.number == 1)
    found = tx.execute(wanted.order_by(entries.c.position).limit(limit))
    return tuple(StoredEntry(row.position, row.tag, row.digest, row.raw) for row in found)


def _stored() -> Select[tuple[int, int, bytes, bytes]]:
    return select(entries.c.position, entries.c.tag, entries.c.digest, entries.c.raw)


def raws_of(tx: Connection, event_id: int, lacked: Iterable[Lacked], limit: int) -> list[tuple[bytes, bytes]]:
    """(digest, bytes) of what is lacked, at most `limit`, run by run in ascending number."""
    found: list[tuple[bytes, bytes]] = []
    for part in lacked:
        room = limit - len(found)
        if room <= 0:
            break
        where = (
            entries.c.number.between(part.first, part.last)
            if isinstance(part, LackedRange)
            else entries.c.digest.in_(part.digests[:room])
        )
        this_run = (entries.c.event_id == event_id, entries.c.device == part.device, entries.c.run == part.run)
        wanted = select(entries.c.digest, entries.c.raw).where(*this_run, where).order_by(entries.c.number).limit(room)
        found.extend((row.digest, row.raw) for row in tx.execute(wanted))
    return found


def before_all(tx: Connection, event_id: int, lacked: Iterable[Lacked]) -> Head:
    """The last entry that lies before everything lacked; (0, 0) where there is none."""
    firsts = [tx.execute(some).scalar_one() for part in lacked for some in _first_positions(event_id, part)]
    first = min((position for position in firsts if position is not None), default=1)
    row = tx.execute(select(entries.c.tag).where(entries.c.event_id == event_id, entries.c.position == first - 1))
    tag = row.scalar_one_or_none()
    return Head(0, 0) if tag is None else Head(first - 1, tag)


def _first_positions(event_id: int, part: Lacked) -> Iterator[Select[int | None]]:
    """Where the first of what is lacked of a run came in, asked in portions."""
    of_run = (entries.c.event_id == event_id, entries.c.device == part.device, entries.c.run == part.run)
    first = select(func.min(entries.c.position)).where(*of_run)
    if isinstance(part, LackedRange):
        yield first.where(entries.c.number.between(part.first, part.last))
        return
    for some in _chunks(part.digests):
        yield first.where(entries.c.digest.in_(some))


def ref_of(tx: Connection, event_id: int, digest: bytes) -> Ref | None:
    """How other entries name the one with this digest."""
    wanted = select(entries.c.device, entries.c.run, entries.c.number).where(
        entries.c.event_id == event_id, entries.c.digest == digest
    )
    row = tx.execute(wanted).first()
    return None if row is None else ref_from(row.device, row.run, row.number, digest)


def raws_of_kind(tx: Connection, event_id: int, kind: int) -> list[bytes]:
    """Bytes of all entries of one kind, for the few kinds that speak of devices."""
    wanted = select(entries.c.raw).where(entries.c.event_id == event_id, entries.c.kind == kind)
    return list(tx.execute(wanted.order_by(entries.c.position)).scalars())


def raw_of(tx: Connection, event_id: int, digest: bytes) -> bytes | None:
    """The bytes of one entry."""
    wanted = select(entries.c.raw).where(entries.c.event_id == event_id, entries.c.digest == digest)
    return tx.execute(wanted).scalar_one_or_none()


# --- runs and lines -------------------------------------------------------------------------------


class HeldEntries:
    """Look-ups for `common.vectors` into the entries held as bytes, within one transaction."""

    def __init__(self, tx: Connection, event_id: int, until: int | None = None) -> None:
        self._tx, self._event_id, self._until = tx, event_id, until

    def links_at(self, device: DeviceId, run: RunId, number: int) -> Sequence[Link]:
        """All links held at a number."""
        return self._links(self._of_run(device, run).where(entries.c.number == number))

    def links_of(self, device: DeviceId, run: RunId) -> Iterable[Link]:
        """All links held of a run."""
        return self._links(self._of_run(device, run))

    def _of_run(self, device: DeviceId, run: RunId) -> Select[tuple[int, bytes, bytes | None]]:
        wanted = select(entries.c.number, entries.c.digest, entries.c.previous).where(
            entries.c.event_id == self._event_id, entries.c.device == device, entries.c.run == run
        )
        return wanted if self._until is None else wanted.where(entries.c.position <= self._until)

    def _links(self, wanted: Select[tuple[int, bytes, bytes | None]]) -> list[Link]:
        found = self._tx.execute(wanted)
        return [Link(row.number, Digest(row.digest), row.previous and Digest(row.previous)) for row in found]


def lines(tx: Connection, event_id: int, runs: Sequence[RunKey]) -> dict[RunKey, tuple[Line, ...]]:
    """The lines kept of these runs."""
    if len(runs) == 1:  # one kiosk with an entry of its own: a list of runs costs more than the answer
        device, run = runs[0]
        found: Iterable[Any] = _LINES_OF_ONE(tx, event_id=event_id, device=device, run=run)
    else:
        found = tx.execute(_LINES, {"of_event": event_id, "runs": list(runs)})
    return {(DeviceId(row.device), RunId(row.run)): unpack_lines(row.lines) for row in found}


def put_lines(tx: Connection, event_id: int, changed: dict[RunKey, tuple[tuple[Line, ...], bool]]) -> None:
    """Keep the lines of runs, and whether each is forked."""
    new = [(event_id, device, run, pack_lines(found), forked) for (device, run), (found, forked) in changed.items()]
    rows.put_values(tx, run_lines, _RUN, (*_RUN, "lines", "is_forked"), new)


def vector(tx: Connection, event_id: int) -> VersionVector:
    """Which entries are held as bytes."""
    wanted = select(run_lines.c.device, run_lines.c.run, run_lines.c.lines).where(run_lines.c.event_id == event_id)
    found = (RunLines(DeviceId(row.device), RunId(row.run), unpack_lines(row.lines)) for row in tx.execute(wanted))
    return tuple(sorted(found))


def runs_after(tx: Connection, event_id: int, position: int) -> tuple[RunKey, ...]:
    """Runs with entries behind a position."""
    wanted = select(entries.c.device, entries.c.run).where(
        entries.c.event_id == event_id, entries.c.position > position
    )
    return tuple((DeviceId(row.device), RunId(row.run)) for row in tx.execute(wanted.distinct()))


def last_of_run(tx: Connection, event_id: int, device: DeviceId, run: RunId) -> tuple[int, Digest] | None:
    """(number, digest) of the last entry of a run, by number and then position."""
    row = _LAST_OF_RUN(tx, event_id=event_id, device=device, run=run).first()
    return None if row is None else (row.number, Digest(row.digest))


_LAST_OF_RUN = Prepared(
    lambda event_id, device, run: (
        select(entries.c.number, entries.c.digest)
        .where(entries.c.event_id == event_id, entries.c.device == device, entries.c.run == run)
        .order_by(entries.c.number.desc(), entries.c.position.desc())
        .limit(1)
    )
)


def last_of_device(tx: Connection, event_id: int, device: DeviceId) -> tuple[RunId, int, Digest] | None:
    """(run, number, digest) of the entry of a device that came last."""
    wanted = (
        select(entries.c.run, entries.c.number, entries.c.digest)
        .where(entries.c.event_id == event_id, entries.c.device == device)
        .order_by(entries.c.position.desc())
        .limit(1)
    )
    row = tx.execute(wanted).first()
    return None if row is None else (RunId(row.run), row.number, Digest(row.digest))


def lines_of_device(tx: Connection, event_id: int, device: DeviceId) -> dict[RunId, tuple[Line, ...]]:
    """The lines of every run of a device."""
    wanted = select(run_lines.c.run, run_lines.c.lines).where(
        run_lines.c.event_id == event_id, run_lines.c.device == device
    )
    return {RunId(row.run): unpack_lines(row.lines) for row in tx.execute(wanted)}


def set_state(tx: Connection, event_id: int, digests: Sequence[bytes], state: EntryState) -> None:
    """Say anew how entries are judged."""
    for some in _chunks(digests):
        where = (entries.c.event_id == event_id, entries.c.digest.in_(some))
        tx.execute(update(entries).where(*where).values(state=state.value))


def not_folded(tx: Connection, event_id: int) -> tuple[StoredEntry, ...]:
    """Entries that verify but are not understood or not allowed: judged anew at every start."""
    wanted = _stored().where(entries.c.event_id == event_id, entries.c.state != EntryState.OK.value)
    found = tx.execute(wanted.order_by(entries.c.position).limit(10_000))
    return tuple(StoredEntry(row.position, row.tag, row.digest, row.raw) for row in found)


# --- causes and the tray --------------------------------------------------------------------------


def cause_stated(tx: Connection, event_id: int, kind: int, cause: bytes) -> bytes | None:
    """Digest of the statement that was made for this cause."""
    found: bytes | None = _CAUSE(tx, event_id=event_id, kind=kind, cause=cause).scalar_one_or_none()
    return found


_CAUSE = Prepared(
    lambda event_id, kind, cause: select(causes.c.digest).where(
        causes.c.event_id == event_id, causes.c.kind == kind, causes.c.cause == cause
    )
)


def add_causes(tx: Connection, event_id: int, stated: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Remember (kind, cause, digest) of statements."""
    key, new = ("event_id", "kind", "cause"), [(event_id, *one) for one in stated]
    rows.add_missing_values(tx, causes, key, (*key, "digest"), new)


def reject(
    tx: Connection, event_id: int, digest: bytes, reason: str, raw: bytes, sender: bytes | None, now_ms: int
) -> None:
    """Lay bytes into the tray; known ones are counted."""
    row = {
        "event_id": event_id, "digest": digest, "reason": reason, "raw": raw, "sender": sender,
        "times": 1, "first_ms": now_ms, "last_ms": now_ms,
    }  # fmt: skip
    new = rows.insert_for(tx, rejected).values(row)
    again = {"times": rejected.c.times + 1, "last_ms": now_ms, "reason": reason}
    tx.execute(new.on_conflict_do_update(index_elements=["event_id", "digest"], set_=again))


def rejected_count(tx: Connection, event_id: int, sender: bytes | None) -> int:
    """How many different bytes a sender has in the tray."""
    wanted = select(func.count()).where(rejected.c.event_id == event_id, rejected.c.sender == sender)
    return int(tx.execute(wanted).scalar_one())


def rejected_for(tx: Connection, event_id: int, reason: str, limit: int = 5_000) -> tuple[bytes, ...]:
    """Bytes in the tray for one reason."""
    wanted = select(rejected.c.raw).where(rejected.c.event_id == event_id, rejected.c.reason == reason)
    return tuple(tx.execute(wanted.order_by(rejected.c.id).limit(limit)).scalars())


def take_from_tray(tx: Connection, event_id: int, digests: Sequence[bytes]) -> None:
    """These bytes verify after all."""
    for some in _chunks(digests):
        tx.execute(delete(rejected).where(rejected.c.event_id == event_id, rejected.c.digest.in_(some)))
