"""From entries to tables: what each entry says is added to the tickets and devices it speaks of.

`apply_entries` is the one way in: the projector calls it with what lies behind its position, the scribe with what it
has just written. Both may bring the same entry.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from common.bodies import BadgeStated, Block, Cancel, Decide, DeviceStated, Entitle, Issue, Reissue, Revoke
from common.clock import Clock
from common.entries import Entry, stored_entry
from common.expand import event_facts_of, facts_of, is_allowed
from common.fact_rows import pack_event_fact
from common.facts import Fact, Standing
from common.ids import TicketId
from syncserver.db.engine import Database
from syncserver.services.badge_fold import apply_badge_statements
from syncserver.services.device_fold import apply_device_statements
from syncserver.services.fact_numbers import FactNumbers
from syncserver.services.judging import Judge, judge
from syncserver.services.keys import EventRing, KeyStore, ring_of
from syncserver.services.kiosk_moves import ask_for_moves
from syncserver.services.ticket_fold import fold_tickets
from syncserver.services.use_conflicts import twins
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from syncserver.stores.locks import Lock, hold

BATCH_MAX = 400  # larger ones fold a little faster
BATCH_SHARED_MAX = 100  # while others wait for SQLite's one writer
IDLE_S = 0.1
GATHER_S = 0.25  # what comes one by one meanwhile is folded together
REST_TIMES = 2.0
REST_S_MAX = 1.0
FAILURE_PAUSE_S = 2.0

log = structlog.get_logger(__name__)

_TICKET_STATEMENTS = Issue | Reissue | Entitle | Cancel | Block | Decide


def apply_entries(
    tx: Connection,
    event: EventRow,
    ring: EventRing,
    found: Sequence[Entry],
    now_ms: int,
    judge_use: Judge | None = None,
) -> None:
    """Fold these entries into the tables. The caller holds the projection lock.

    `judge_use` comes from who holds the code key; what it leaves, `proofs` judges later.
    """
    allowed = [entry for entry in found if is_allowed(entry, entry.ref.identity.device in ring.servers)]
    numbers = FactNumbers(tx, event)
    numbers.register(
        (entry.ref, entry.body.cause, entry.stamp.corrected_ms)
        for entry in allowed
        if isinstance(entry.body, _TICKET_STATEMENTS)
    )
    new_facts: dict[TicketId, list[Fact]] = {}
    for entry in allowed:
        for fact in facts_of(entry, Standing.CLAIMED):
            new_facts.setdefault(fact.ticket, []).append(fact)
    anew = _touched_by_event_facts(tx, event, allowed)
    names = (entry.ref.identity for entry in found)
    anew |= twins(tx, event.id, ((name.device, name.run, name.number) for name in names))
    fold_tickets(tx, event, numbers, new_facts, now_ms, anew=anew, judge_use=judge_use)
    ask_for_moves(tx, event, allowed, now_ms)
    stated = [entry for entry in allowed if isinstance(entry.body, DeviceStated | Revoke)]
    if stated:
        apply_device_statements(tx, event, ring, stated, now_ms)
    apply_badge_statements(tx, event, [entry for entry in allowed if isinstance(entry.body, BadgeStated)], now_ms)


def _touched_by_event_facts(tx: Connection, event: EventRow, found: Sequence[Entry]) -> set[TicketId]:
    """Keep facts about the event; the tickets whose ledger they may change."""
    touched: set[TicketId] = set()
    for entry in found:
        for fact in event_facts_of(entry):
            ticket_store.add_event_facts(tx, event.id, [(fact.ref.digest, pack_event_fact(fact))])
            touched.update(ticket_store.tickets_used_by(tx, event.id, fact.device))
    return touched


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: `folded` entries, and whether others were bringing entries to the same process meanwhile."""

    folded: int
    is_shared: bool
    heads: Mapping[int, int]  # where each event's entries ended


def rest_s(done: Round, took_s: float) -> float:
    """How long the projector rests after a round.

    On SQLite it shares the writer and the interpreter with those who bring entries: while they do, it folds little at
    once and takes a third of the time at most. A backlog that no longer grows is folded without rest. Kiosks hear of
    entries, not of the fold.
    """
    if done.folded == 0:
        return IDLE_S
    if done.folded < (BATCH_SHARED_MAX if done.is_shared else BATCH_MAX):
        return GATHER_S
    return min(took_s * REST_TIMES, REST_S_MAX) if done.is_shared else 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the projector is: `position` folded, `head` received."""

    position: int
    head: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """Entries behind a position, read and opened before any lock is taken."""

    event: EventRow
    after: int
    until: int
    count: int
    entries: tuple[Entry, ...]


class Projector:
    """Reads new entries by position and folds them. Several at once wait for each other's lock.

    It needs no keys. Where `keys` are in the same process, proofs of scan are judged in the same fold, which spares
    each ticket a second one.
    """

    def __init__(self, db: Database, clock: Clock, keys: KeyStore | None = None) -> None:
        self._db, self._clock, self._keys = db, clock, keys

    def step(self, event_id: int) -> int:
        """Fold one batch of an event; how many entries it was, or 1 where another projector was faster."""
        return self._step_of(event_id, BATCH_MAX)

    def _step_of(self, event_id: int, limit: int) -> int:
        with self._db.read() as tx:
            batch = _next_batch(tx, event_id, limit)
        if batch is None:
            return 0
        with self._db.write() as tx:
            return self._fold(tx, batch)

    def catch_up(self, event_id: int) -> None:
        """Fold all there is now; what comes meanwhile is not waited for."""
        until = self.progress(event_id).head
        while self.progress(event_id).position < until and self.step(event_id):
            pass

    def progress(self, event_id: int) -> Progress:
        """Where it is."""
        with self._db.read() as tx:
            return Progress(ticket_store.projected(tx, event_id), entry_store.head(tx, event_id).position)

    def run(self, stop: threading.Event) -> None:
        """Fold until told to stop. The outermost loop: what goes wrong is logged, and the next round tries again."""
        heads: Mapping[int, int] = {}
        while not stop.is_set():
            try:
                began_s = self._clock.monotonic_s()
                done = self._round(heads)
                heads = done.heads
                stop.wait(rest_s(done, self._clock.monotonic_s() - began_s))
            except Exception:
                log.exception("projector_round_failed")
                stop.wait(FAILURE_PAUSE_S)

    def _round(self, before: Mapping[int, int]) -> Round:
        """Fold a batch of every event, a small one where entries have come since `before`."""
        with self._db.read() as tx:
            events = event_store.all_events(tx)
        found = {event.id: self.progress(event.id) for event in events}
        heads = {event_id: progress.head for event_id, progress in found.items()}
        is_shared = self._db.is_sqlite and heads != before
        limit = BATCH_SHARED_MAX if is_shared else BATCH_MAX
        behind = [event_id for event_id, progress in found.items() if progress.position < progress.head]
        folded = sum(self._step_of(event_id, limit) for event_id in behind)
        return Round(folded, is_shared, heads)

    def _fold(self, tx: Connection, batch: _Batch) -> int:
        event_id = batch.event.id
        hold(tx, Lock.PROJECTION, event_id)
        ring = ring_of(tx, event_id)
        if ring is None:
            return 0
        if ticket_store.projected(tx, event_id) != batch.after:
            return 1  # look again: the batch was folded meanwhile
        apply_entries(tx, batch.event, ring, batch.entries, self._clock.now_ms(), self._judge(batch.event))
        ticket_store.set_projected(tx, event_id, batch.until)
        return batch.count

    def _judge(self, event: EventRow) -> Judge | None:
        if self._keys is None or not self._keys.has(event.uid):
            return None
        return judge(self._keys.of(event.uid).code, event)


def _next_batch(tx: Connection, event_id: int, limit: int) -> _Batch | None:
    """What is to be folded next; None if nothing, or if the event or its keys are not there yet."""
    position = ticket_store.projected(tx, event_id)
    if entry_store.head(tx, event_id).position <= position:
        return None
    event = event_store.by_id(tx, event_id)
    if event is None or ring_of(tx, event_id) is None:
        return None
    stored = entry_store.after(tx, event_id, position, limit)
    opened = (stored_entry(one.raw, event.uid) for one in stored)
    entries = tuple(entry for entry in opened if isinstance(entry, Entry))
    return _Batch(event, position, stored[-1].position, len(stored), entries) if stored else None
