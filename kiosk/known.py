"""What this device knows of a ticket: the union of snapshot rows, learnt entries and own entries, folded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from common.entries import Entry, stored_entry
from common.expand import event_facts_of, facts_of, is_allowed
from common.facts import (
    EventFact,
    EventFacts,
    Fact,
    ForkedFact,
    Forks,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
)
from common.ids import CodeHash, DeviceId, EventUid, RunId, TicketId
from common.keys import KeyRing, KeyUse
from common.ledger import Folded, fold, proof_checker
from common.signing import device_id
from common.ticket_code import TicketCode
from common.undecided import by_run
from common.variants import Bought
from kiosk.store.journal import Journal
from kiosk.store.learnt import OF_EVENT, Learnt
from kiosk.store.snapshots import InUse, Snapshots

STATEMENTS_CACHED_MAX: Final = 512  # a statement about 500 tickets takes 2 ms to read: once is enough

_ByTicket = dict[TicketId, tuple[Fact, ...]]


@dataclass(frozen=True, slots=True)
class Stores:
    """The three places where facts are."""

    journal: Journal
    learnt: Learnt
    snapshots: Snapshots


class Known:
    """Answers what is known of a ticket, by a few indexed look-ups and a fold. May be asked by any thread."""

    def __init__(self, stores: Stores, ring: KeyRing) -> None:
        self._stores = stores
        self._event: EventUid = ring.key_list.event_uid
        self._server = server_devices(ring)
        self._statements: OrderedDict[bytes, _ByTicket] = OrderedDict()
        self._event_facts: tuple[tuple[InUse, ...], EventFacts] | None = None
        # Snapshots in use, entries and codes learnt, and how many tickets those make.
        self._counted: tuple[tuple[InUse, ...], int, int, int] | None = None
        self._forks: dict[tuple[DeviceId, RunId], ForkedFact] = {}
        self._lock = threading.Lock()

    def use_ring(self, ring: KeyRing) -> None:
        """A newer key list is in force."""
        with self._lock:
            self._server = server_devices(ring)
            self._statements.clear()
            self._event_facts = None

    def found_forked(self, forks: Iterable[ForkedFact]) -> None:
        """Of what lies here as bytes, these numbers of these runs are of more than one entry."""
        self._forks.update(by_run(forks))

    def heard_of_event(self) -> None:
        """A redate or revoke arrived: it bears on every ticket."""
        with self._lock:
            self._event_facts = None

    def ticket(self, ticket: TicketId, now_ms: int, code: TicketCode | None, generation: int | None) -> Folded:
        """State and ledger of a ticket; whoever holds its code checks the proofs of uses of that generation.

        Raises StoreTrouble.
        """
        check = None if code is None else proof_checker(code, self._event, generation)
        return fold(ticket, self._facts(ticket), self._about(), now_ms, check)

    def with_code(self, code: TicketCode, code_hash: CodeHash, now_ms: int) -> tuple[TicketId, Folded] | None:
        """The ticket that has, or once had, this code. Raises StoreTrouble."""
        for ticket in self._candidates(code_hash):
            facts = tuple(self._facts(ticket))
            check = proof_checker(code, self._event, _generation_of(code_hash, facts))
            folded = fold(ticket, facts, self._about(), now_ms, check)
            view = folded.view
            if view is not None and code_hash in (view.code_hash, *view.past_codes):
                return ticket, folded
        return None

    def bought(self, ticket: TicketId) -> tuple[Bought, ...]:
        """Variants bought with a ticket, as the newest snapshot that knows the ticket has them. Raises StoreTrouble."""
        newest_first = sorted(self._stores.snapshots.in_use, key=lambda one: one.file.build_ms, reverse=True)
        found = (one.file.bought(ticket) for one in newest_first)
        return next((bought for bought in found if bought is not None), ())

    def ticket_count(self) -> int:
        """Tickets of the newest snapshot, and those issued since; counted anew only when one of them changed.

        Raises StoreTrouble.
        """
        stores = self._stores
        in_use, learnt = stores.snapshots.in_use, stores.learnt.count()
        with self._lock:
            before = self._counted
        if before is not None and before[:2] == (in_use, learnt):
            return before[3]
        codes = stores.learnt.codes_count()
        if before is not None and (before[0], before[2]) == (in_use, codes):
            total = before[3]  # only uses were learnt
        else:
            newest = max((one.file for one in in_use), key=lambda file: file.build_ms, default=None)
            total = sum(newest is None or not newest.holds(key) for key in stores.learnt.issued())
            total += newest.ticket_count() if newest is not None else 0
        with self._lock:
            self._counted = (in_use, learnt, codes, total)
        return total

    def event_facts(self) -> EventFacts:
        """Redates and revokes from everywhere; read anew only after a snapshot or such a statement came."""
        in_use = self._stores.snapshots.in_use
        with self._lock:
            if self._event_facts is not None and self._event_facts[0] is in_use:
                return self._event_facts[1]
        facts = _as_event_facts([*self._event_facts_of_snapshots(in_use), *self._event_facts_learnt()])
        with self._lock:
            self._event_facts = (in_use, facts)
        return facts

    def _about(self) -> EventFacts:
        """What bears on every ticket. Forks found here come and go without it: who counts by it need not begin anew."""
        facts, forks = self.event_facts(), self._forks
        return replace(facts, forks=(*facts.forks, forks)) if forks else facts

    def is_server(self, device: DeviceId) -> bool:
        """Whether entries of this device are statements of the event's server."""
        return device in self._server

    def _facts(self, ticket: TicketId) -> Iterator[Fact]:
        for one in self._stores.snapshots.in_use:
            yield from one.file.facts(ticket)
        for raw in self._stores.learnt.of_ticket(ticket):
            yield from self._learnt_facts(raw).get(ticket, ())
        for entry in self._stores.journal.of_ticket(ticket):
            yield from facts_of(entry, Standing.PROVEN)

    def _learnt_facts(self, raw: bytes) -> _ByTicket:
        with self._lock:
            if (found := self._statements.get(raw)) is not None:
                self._statements.move_to_end(raw)
                return found
        by_ticket = self._read_learnt(raw)
        with self._lock:
            self._statements[raw] = by_ticket
            if len(self._statements) > STATEMENTS_CACHED_MAX:
                self._statements.popitem(last=False)
        return by_ticket

    def _read_learnt(self, raw: bytes) -> _ByTicket:
        entry = stored_entry(raw, self._event)
        by_ticket: dict[TicketId, list[Fact]] = {}
        if isinstance(entry, Entry) and is_allowed(entry, self.is_server(entry.ref.identity.device)):
            for fact in facts_of(entry, Standing.CLAIMED):
                by_ticket.setdefault(fact.ticket, []).append(fact)
        return {ticket: tuple(facts) for ticket, facts in by_ticket.items()}

    def _candidates(self, code_hash: CodeHash) -> tuple[TicketId, ...]:
        found = [*self._stores.learnt.tickets_with_code(code_hash)]
        for one in self._stores.snapshots.in_use:
            found += one.file.tickets_with_code(code_hash)
        return tuple(dict.fromkeys(found))

    def _event_facts_of_snapshots(self, in_use: tuple[InUse, ...]) -> Iterator[EventFact]:
        for one in in_use:
            yield from one.file.event_facts()

    def _event_facts_learnt(self) -> Iterator[RedateFact | RevokeFact]:
        for entry in self._stores.learnt.of_sort(OF_EVENT):
            if self.is_server(entry.ref.identity.device):
                yield from event_facts_of(entry)


def server_devices(ring: KeyRing) -> frozenset[DeviceId]:
    """The device ids under which the event's server writes: its scribe keys'."""
    return frozenset(device_id(entry.public) for entry in ring.entries_of(KeyUse.SCRIBE))


def _generation_of(code_hash: CodeHash, facts: tuple[Fact, ...]) -> int | None:
    """The generation a code is of, as far as is known: a typed code does not say."""
    stated = (fact for fact in facts if isinstance(fact, IssueFact | ReissueFact))
    return next((fact.generation for fact in stated if fact.code_hash == code_hash), None)


def _as_event_facts(facts: list[EventFact]) -> EventFacts:
    redates = {fact.ref: fact for fact in facts if isinstance(fact, RedateFact)}
    revokes = {fact.ref: fact for fact in facts if isinstance(fact, RevokeFact)}
    forks: Forks = by_run(fact for fact in facts if isinstance(fact, ForkedFact))
    return EventFacts(tuple(redates.values()), tuple(revokes.values()), (forks,))
