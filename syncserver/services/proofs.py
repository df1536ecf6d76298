"""Judging proofs of scan: only who holds the code key can say whether a kiosk really had the pass before it."""

from __future__ import annotations

from common.facts import Fact, Standing
from common.ids import TicketId
from syncserver.db.engine import Database
from syncserver.services.fact_numbers import FactNumbers
from syncserver.services.judging import judge
from syncserver.services.scribe import Scribe
from syncserver.services.ticket_fold import fold_tickets
from syncserver.stores import tickets as store

BATCH_MAX = 100  # tickets at once: on SQLite whoever brings entries waits meanwhile


class Proofs:
    """Settles uses that carry a proof nobody has judged; the scribe's work, since it needs the code key."""

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
            fold_tickets(tx, desk.event, numbers, none_new, desk.now_ms, check_proof=judge(desk.keys.code, desk.event))
            return len(waiting)
