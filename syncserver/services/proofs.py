"""Judging proofs: only who holds the event's secrets can say whether a kiosk really had the pass, or the badge.

A proof of scan is checked by the code key. A use without a code (the ticket was found by name) carries a proof of badge
and PIN, checked by the seal key; no kiosk can check that one, so where it holds the server says so by a statement.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from common.badges import badge_proof_key, proof_of_badge
from common.bodies import Ruling
from common.entries import Entry, stored_entry
from common.facts import DecideFact, Fact, Standing, UseFact
from common.ids import Ref, TicketId
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.fact_numbers import FactNumbers
from syncserver.services.judging import is_found_by_name, judge
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.ticket_fold import fold_tickets
from syncserver.stores import badges as badge_store
from syncserver.stores import entries as entry_store
from syncserver.stores import tickets as store

BATCH_MAX = 100  # tickets at once: on SQLite whoever brings entries waits meanwhile


class Proofs:
    """Settles uses that carry a proof nobody has judged; the scribe's work, since it needs the secrets."""

    def __init__(self, db: Database, scribe: Scribe) -> None:
        self._db, self._scribe = db, scribe

    def step(self, event_id: int) -> int:
        """Judge the uses of up to 100 tickets; how many tickets it were."""
        with self._db.read() as tx:
            if not store.claimed(tx, event_id, int(Standing.CLAIMED), 1):
                return 0
        with self._db.write() as tx:
            desk = self._scribe.open(tx, event_id)
            waiting = store.claimed(tx, event_id, int(Standing.CLAIMED), BATCH_MAX)
            numbers = FactNumbers(tx, desk.event)
            none_new: dict[TicketId, tuple[Fact, ...]] = dict.fromkeys(waiting, ())
            by_code = judge(desk.keys.code, desk.event)
            by_badge: dict[Ref, TicketId] = {}

            def settled(use: UseFact) -> Standing:
                if not is_found_by_name(use):
                    return by_code(use)
                holds = _holds_by_badge(desk, use) and by_badge.setdefault(use.ref, use.ticket) == use.ticket
                return Standing.PROVEN if holds else Standing.UNPROVEN

            fold_tickets(tx, desk.event, numbers, none_new, desk.now_ms, judge_use=settled)
            _say_proven(desk, by_badge)
            return len(waiting)


def _say_proven(desk: Desk, by_badge: Mapping[Ref, TicketId]) -> None:
    """Kiosks cannot check a badge's proof: it counts for them once the server has said so."""
    for use, ticket in by_badge.items():
        known = desk.ticket(ticket)
        facts = () if known is None else known.facts
        if not any(isinstance(fact, DecideFact) and fact.target == use for fact in facts):  # a person's ruling stands
            statements.decide(desk, use.digest, ticket, use, Ruling.PROVEN)


def _holds_by_badge(desk: Desk, use: UseFact) -> bool:
    """Whether a badge of the event that is not blocked, and its PIN, were at the kiosk."""
    raw = entry_store.raw_of(desk.tx, desk.event.id, use.ref.digest)
    entry = None if raw is None else stored_entry(raw, desk.event.uid)
    if use.proof is None or not isinstance(entry, Entry) or entry.operator is None:
        return False
    badge = badge_store.by_id(desk.tx, desk.event.id, entry.operator)
    if badge is None or badge.is_withdrawn:
        return False
    key = badge_proof_key(desk.keys.seal, badge.public, desk.event.uid, entry.operator)
    name = use.ref.identity
    return key is not None and hmac.compare_digest(
        use.proof, proof_of_badge(key, use.ticket, name.device, name.run, name.number)
    )
