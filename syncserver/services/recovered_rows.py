"""Adding to the fold what the rows of a snapshot of our own know and this server does not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from common.bodies import BadgeStated
from common.entries import Entry, stored_entry
from common.fact_rows import Row, RowKind, own_digest, statement_numbers, unpack_event_fact
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EntitleFact,
    Fact,
    HandedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    UseFact,
    VoidFact,
)
from common.ids import TicketId
from syncserver.services.badge_fold import apply_badge_statements
from syncserver.services.device_fold import add_certified
from syncserver.services.fact_numbers import FactNumbers
from syncserver.services.keys import ring_of
from syncserver.services.returned import note_returned_facts
from syncserver.services.ticket_fold import fold_tickets
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from syncserver.stores import snapshots as store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from syncserver.stores.snapshot_rows import SnapshotRows

BATCH = 500
_KIND_OF = {IssueFact: 32, ReissueFact: 33, EntitleFact: 34, CancelFact: 35, BlockFact: 36, DecideFact: 40}


def take_rows(tx: Connection, event: EventRow, rows: SnapshotRows, now_ms: int) -> set[TicketId]:
    """Add what is not known here; the tickets it touched. The caller holds the projection lock."""
    known = entry_store.all_digests(tx, event.id) | ticket_store.all_fact_digests(tx, event.id)
    _take_devices(tx, event, rows, now_ms)
    _take_event_facts(tx, event, rows)
    _take_others(tx, event, rows, known, now_ms)
    _take_badges(tx, event, rows, now_ms)
    touched: set[TicketId] = set()
    batch: dict[TicketId, list[Fact]] = {}
    for ticket, found in rows.tickets():
        if not _has_news(found, rows, known):
            continue
        batch[ticket] = [fact for fact in rows.facts(ticket, found) if fact.ref.digest not in known]
        touched.add(ticket)
        if len(batch) >= BATCH:
            _fold(tx, event, rows, batch, now_ms)
            batch = {}
    _fold(tx, event, rows, batch, now_ms)
    return touched


def _has_news(found: Sequence[Row], rows: SnapshotRows, known: set[bytes]) -> bool:
    if any(own_digest(row) not in known for row in found if row[0] < RowKind.ISSUE):
        return True
    return any(rows.statements[no][3] not in known for no in statement_numbers(found))


def _fold(tx: Connection, event: EventRow, rows: SnapshotRows, batch: dict[TicketId, list[Fact]], now_ms: int) -> None:
    stated = {
        fact.ref.digest: (fact, _KIND_OF[type(fact)])
        for facts in batch.values()
        for fact in facts
        if not isinstance(fact, UseFact | VoidFact | HandedFact)
    }
    times = {row[3]: (row[4], row[5]) for row in rows.statements.values()}
    numbers = FactNumbers(tx, event)
    numbers.register((fact.ref, *times[fact.ref.digest]) for fact, _ in stated.values())
    causes = [(kind, times[digest][0], digest) for digest, (_, kind) in stated.items()]
    entry_store.add_causes(tx, event.id, causes)
    note_returned_facts(tx, event, stated.values(), now_ms)
    fold_tickets(tx, event, numbers, batch, now_ms, is_recovered=True)


def _take_devices(tx: Connection, event: EventRow, rows: SnapshotRows, now_ms: int) -> None:
    ring = ring_of(tx, event.id)
    for device, certificate, name, point, revoked in rows.devices():
        known = device_store.by_id(tx, event.id, device)
        if known is None and ring is not None:
            add_certified(tx, event, ring, certificate, now_ms, is_remembered=False)
            device_store.change(tx, event.id, device, {"name": name, "point_no": point})
        if revoked:
            device_store.change(tx, event.id, device, {"is_revoked": True})


def _take_event_facts(tx: Connection, event: EventRow, rows: SnapshotRows) -> None:
    for packed in rows.event_facts():
        fact = unpack_event_fact(packed)
        if isinstance(fact, RedateFact | RevokeFact):  # which numbers were used twice is seen anew, in the entries
            ticket_store.add_event_facts(tx, event.id, [(fact.ref.digest, packed)])


def _take_others(tx: Connection, event: EventRow, rows: SnapshotRows, known: set[bytes], now_ms: int) -> None:
    new = [
        {
            "event_id": event.id,
            "device": device,
            "run": run,
            "number": number,
            "digest": digest,
            "raw": raw,
            "recovered_ms": now_ms,
        }
        for device, run, number, digest, raw in rows.others()
        if digest not in known
    ]
    store.add_recovered(tx, new)


def _take_badges(tx: Connection, event: EventRow, rows: SnapshotRows, now_ms: int) -> None:
    """Badges this server had stated itself: a snapshot of our own keeps the bytes of these statements."""
    found = (stored_entry(raw, event.uid) for _, _, _, _, raw in rows.others() if raw is not None)
    ring = ring_of(tx, event.id)
    stated = [entry for entry in found if isinstance(entry, Entry) and isinstance(entry.body, BadgeStated)]
    own = [entry for entry in stated if ring is not None and entry.ref.identity.device in ring.servers]
    apply_badge_statements(tx, event, own, now_ms)
