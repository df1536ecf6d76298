"""The scribe: writes the server's statements into its own journal and applies them to the tables at once.

It holds the keys and does only short work. One statement covers one cause; a cause already stated is skipped. Two
scribes at once do no harm: each has its own run, and the cause is looked up under the appender's lock. At each
statement the last row of the run must be the one this scribe wrote; after a restore it is not, and a new run begins.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from common.bodies import Statement
from common.clock import Clock
from common.entries import Entry, PreviousRun, Stamp, write_entry
from common.errors import InvariantError, UserFacing
from common.ids import BadgeId, Digest, RunId, TicketId
from syncserver.services.append import append_entries
from syncserver.services.keys import EventKeys, EventRing, KeyStore, ring_of
from syncserver.services.projector import apply_entries
from syncserver.services.ticket_fold import KnownTicket, read_ticket
from syncserver.stores import entries as store
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow
from syncserver.stores.locks import Lock, hold


class NoSuchEvent(UserFacing):
    """The event, or its keys, are not on this server."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """The last entry this scribe wrote of an event."""

    run: RunId
    number: int
    digest: Digest


class Scribe:
    """Writes statements. Each process that writes some has one, with runs of its own."""

    def __init__(self, clock: Clock, keys: KeyStore) -> None:
        self.clock, self.keys = clock, keys
        self._tails: dict[int, _Tail] = {}

    def open(self, tx: Connection, event_id: int) -> Desk:
        """Begin to state things about an event: takes both locks, so that what is read stays true until commit."""
        hold(tx, Lock.PROJECTION, event_id)
        hold(tx, Lock.APPENDER, event_id)
        event, ring = event_store.by_id(tx, event_id), ring_of(tx, event_id)
        if event is None or ring is None:
            raise NoSuchEvent(f"event {event_id} has no key list here: run `rallygate-server import-event` first")
        return Desk(self, tx, event, ring, self.keys.of(event.uid))

    def write(self, desk: Desk, body: Statement, operator: BadgeId | None, not_before_ms: int = 0) -> Entry:
        """Sign the next entry of this scribe's run and append it. For `Desk`."""
        tx, event = desk.tx, desk.event
        tail = self._tails.get(event.id)
        if tail is not None and not self._is_last(tx, desk, tail):
            tail = None
        run, number, previous, opens = self._place(tx, desk, tail)
        stamp = Stamp(max(self.clock.now_ms(), not_before_ms), 0, 0)
        entry = write_entry(desk.keys.scribe, event.uid, run, number, previous, opens, stamp, operator, body)
        self._tails[event.id] = _Tail(run, number, entry.ref.digest)
        if append_entries(tx, event, desk.ring, [entry], self.clock.now_ms()).rows == ():
            raise InvariantError(f"the statement {entry.ref.digest.hex()} was there before it was written")
        return entry

    @staticmethod
    def _is_last(tx: Connection, desk: Desk, tail: _Tail) -> bool:
        return store.last_of_run(tx, desk.event.id, desk.keys.server, tail.run) == (tail.number, tail.digest)

    @staticmethod
    def _place(tx: Connection, desk: Desk, tail: _Tail | None) -> tuple[RunId, int, Digest | None, PreviousRun | None]:
        if tail is not None:
            return tail.run, tail.number + 1, tail.digest, None
        last = store.last_of_device(tx, desk.event.id, desk.keys.server)
        return RunId(secrets.token_bytes(8)), 1, None, PreviousRun(*last) if last else None


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's worth of stating: the event, its keys, and the two locks held until commit."""

    scribe: Scribe
    tx: Connection
    event: EventRow
    ring: EventRing
    keys: EventKeys

    @property
    def now_ms(self) -> int:
        """The server's time."""
        return self.scribe.clock.now_ms()

    def state(
        self, kind: int, body: Statement, operator: BadgeId | None = None, not_before_ms: int = 0
    ) -> Entry | None:
        """Write and apply one statement, not stamped before an instant; None where its cause was stated before."""
        if store.cause_stated(self.tx, self.event.id, kind, body.cause) is not None:
            return None
        entry = self.scribe.write(self, body, operator, not_before_ms)
        apply_entries(self.tx, self.event, self.ring, [entry], self.now_ms)
        return entry

    def ticket(self, ticket: TicketId) -> KnownTicket | None:
        """A ticket as known now."""
        return read_ticket(self.tx, self.event, ticket, self.now_ms)
