"""Appending verified entries: position, tag, lines and cause, all in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from common.bodies import Statement, UnknownBody
from common.entries import Entry
from common.exchange import Line
from common.expand import is_allowed, tickets_of
from common.ids import DeviceId
from common.vectors import Link, RunKey, extend, is_forked, lines_of
from syncserver.services.keys import EventRing
from syncserver.stores import devices as device_store
from syncserver.stores import entries as store
from syncserver.stores.entries import EntryState, Head, HeldEntries, StoredEntry
from syncserver.stores.events import EventRow
from syncserver.stores.locks import Lock, hold
from syncserver.stores.rows import Row

TAG_BITS = 48

Lines: TypeAlias = Mapping[RunKey, tuple[Line, ...]]


@dataclass(frozen=True, slots=True)
class Appended:
    """The rows that were new, in order, and where the event's entries ended before and after."""

    rows: tuple[StoredEntry, ...]
    before: Head
    after: Head


def append_entries(tx: Connection, event: EventRow, ring: EventRing, found: Sequence[Entry], now_ms: int) -> Appended:
    """Append those that are not here yet.

    Holds the appender's lock until commit: whoever reads up to a position has read all that ever gets one below it.
    """
    hold(tx, Lock.APPENDER, event.id)
    lines = store.lines(tx, event.id, list({(e.ref.identity.device, e.ref.identity.run) for e in found}))
    new = _not_held(tx, event, found, lines)
    before = store.head(tx, event.id)
    if not new:
        return Appended((), before, before)
    first = before.position + 1
    rows = [_row(event, ring, entry, position, now_ms) for position, entry in enumerate(new, start=first)]
    store.append(tx, rows)
    _keep_lines(tx, event, new, lines)
    stated = [(kind_of(e), e.body.cause, e.ref.digest) for e in new if isinstance(e.body, Statement)]
    store.add_causes(tx, event.id, [(kind or 0, cause, digest) for kind, cause, digest in stated])
    appended = tuple(StoredEntry(row["position"], row["tag"], row["digest"], row["raw"]) for row in rows)
    return Appended(appended, before, Head(appended[-1].position, appended[-1].tag))


def _not_held(tx: Connection, event: EventRow, found: Sequence[Entry], lines: Lines) -> list[Entry]:
    """Those not here yet, each once. A number outside all lines of its run is not held, and not looked up."""
    each = {entry.ref.digest: entry for entry in found}
    doubtful = [name for name, entry in each.items() if _is_within(entry, lines)]
    held = store.held(tx, event.id, doubtful) if doubtful else set()
    return [entry for name, entry in each.items() if name not in held]


def _is_within(entry: Entry, lines: Lines) -> bool:
    name = entry.ref.identity
    return any(line.first <= name.number <= line.last for line in lines.get((name.device, name.run), ()))


def kind_of(entry: Entry) -> int | None:
    """The number of the body's kind; None where not even that was readable."""
    if isinstance(entry.body, UnknownBody):
        return entry.body.kind
    return int(entry.body.__struct_config__.tag)  # type: ignore[arg-type]


def state_of(entry: Entry, ring: EventRing) -> EntryState:
    """How an entry is judged now."""
    if isinstance(entry.body, UnknownBody):
        return EntryState.UNKNOWN
    allowed = is_allowed(entry, entry.ref.identity.device in ring.servers)
    return EntryState.OK if allowed else EntryState.NOT_ALLOWED


def _row(event: EventRow, ring: EventRing, entry: Entry, position: int, now_ms: int) -> Row:
    name, about = entry.ref.identity, tickets_of(entry)
    kind = kind_of(entry)
    return {
        "event_id": event.id,
        "position": position,
        "tag": secrets.randbits(TAG_BITS),
        "device": name.device,
        "run": name.run,
        "number": name.number,
        "digest": entry.ref.digest,
        "previous": entry.previous,
        "kind": kind if kind is None or -(2**31) < kind < 2**31 else None,
        "state": state_of(entry, ring).value,
        "time_ms": entry.stamp.corrected_ms,
        "operator": entry.operator,
        "ticket": about[0] if len(about) == 1 else None,
        "point_no": getattr(entry.body, "point", None),
        "raw": entry.raw,
        "received_ms": now_ms,
    }


def _keep_lines(tx: Connection, event: EventRow, new: Sequence[Entry], before: Lines) -> None:
    """Bring the lines of all touched runs up to date; where a link does not simply continue one, from all its links."""
    links: dict[RunKey, list[Link]] = {}
    for entry in new:
        name = entry.ref.identity
        links.setdefault((name.device, name.run), []).append(Link(name.number, entry.ref.digest, entry.previous))
    held = HeldEntries(tx, event.id)
    changed = {}
    for (device, run), added in links.items():
        lines = before.get((device, run), ())
        for link in added:
            extended = extend(lines, link)
            if extended is None:
                lines = lines_of(held.links_of(device, run))
                break
            lines = extended
        forked = is_forked(lines)
        changed[device, run] = (lines, forked)
        if forked:
            _flag_forked(tx, event, device)
    store.put_lines(tx, event.id, changed)


def _flag_forked(tx: Connection, event: EventRow, device: DeviceId) -> None:
    device_store.change(tx, event.id, device, {"is_forked": True})
