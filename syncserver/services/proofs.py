"""Judging proofs: only who holds the event's secrets can say whether a kiosk really had the pass, or the badge.

A proof of scan is checked by the code key. A use without a code (the ticket was found by name) carries a proof of badge
and PIN, checked by the seal key; no kiosk can check that one, so where it holds the server says so by a statement.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from common.badges import badge_proof_key, proof_of_badge
from common.bodies import Flag, Ruling
from common.entries import Entry, stored_entry
from common.facts import DecideFact, Fact, Standing, UseFact
from common.ids import Ref, TicketId
from common.ticket_code import derive_code, is_proven
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.fact_numbers import FactNumbers
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.ticket_fold import KnownTicket, fold_tickets
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
            by_badge: dict[Ref, TicketId] = {}

            def holds(use: UseFact) -> bool:
                if _is_found_by_name(use):
                    return _holds_by_badge(desk, use) and by_badge.setdefault(use.ref, use.ticket) == use.ticket
                return _holds_by_code(desk, use)

            known = fold_tickets(tx, desk.event, numbers, none_new, desk.now_ms, check_proof=holds)
            _say_proven(desk, by_badge, known.values())
            return len(waiting)


def _say_proven(desk: Desk, by_badge: dict[Ref, TicketId], known: Iterable[KnownTicket]) -> None:
    """Kiosks cannot check a badge's proof: it counts for them once the server has said so."""
    for one in known:
        ruled = {fact.target for fact in one.facts if isinstance(fact, DecideFact)}  # a person's ruling stands
        for fact in one.facts:
            if isinstance(fact, UseFact) and fact.ref in by_badge and fact.ref not in ruled:
                statements.decide(desk, fact.ref.digest, fact.ticket, fact.ref, Ruling.PROVEN)


def _is_found_by_name(use: UseFact) -> bool:
    return Flag.FOUND_BY_NAME in use.flags


def _holds_by_code(desk: Desk, use: UseFact) -> bool:
    name = use.ref.identity
    code = derive_code(desk.keys.code, use.ticket, use.generation)
    return use.proof is not None and is_proven(use.proof, code, desk.event.uid, name.device, name.run, name.number)


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
