"""The books prove themselves: stock against holds, money against orders, refunds against payments, all the time.

Nothing here puts anything right. What does not agree is named with what it should be and what it is, for a person; the
checks read one moment of the database, so that a sale under way is no difference.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.stores import books as store
from syncserver.stores import events as event_store
from syncserver.stores.books import CheckRow, Found

EVERY_S = 60.0
REST_TIMES = 20.0  # a check that takes long rests longer: at most a twentieth of the time is spent on it
FAILURE_PAUSE_S = 30.0
ISSUE_MS, REFUND_MS = 10 * 60_000, 86_400_000  # how long the scribe and a bank may take

log = structlog.get_logger(__name__)


class Check(StrEnum):
    """What is proven. Words once stored are never reused."""

    TAKEN = "taken"  # of each limit: what is taken is the sum of its holds
    SIZE = "size"  # of each limit: taken and free are the size
    CLOSED = "closed"  # orders given up or back take no places
    PAYMENTS = "payments"  # each paid payment has its money, and money its payment
    ORDERS = "orders"  # each fulfilled order cost what came in for it
    REFUNDS = "refunds"  # of no payment more is asked back than came
    GIVEN = "given"  # what went back is what the refunds say
    RETURNS = "returns"  # for each return its amount is asked back
    POSITIONS = "positions"  # what is counted as returned is what the returns say
    NEITHER = "neither"  # each paid order is fulfilled or given back
    ISSUED = "issued"  # each fulfilled order has its tickets
    BECAME = "became"  # each ticket is one product, the one that was paid last
    VOUCHERS = "vouchers"  # of each voucher: what was used is the sum of its claims, and no more than there is
    STUCK = "stuck"  # no refund waits for a day, or was refused


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree; the subject is a limit's key, an order's code, or a payment's key."""

    check: Check
    subject: str
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class Audit:
    """A comparison: when, how long it took, since when there are differences, and which."""

    made_ms: int
    took_ms: int
    since_ms: int | None
    differences: tuple[Difference, ...]


def differences_of(tx: Connection, event_id: int, now_ms: int) -> tuple[Difference, ...]:
    """All that does not agree in the books of an event; at most 50 of each kind are named."""
    found: dict[Check, list[Found]] = {
        Check.TAKEN: store.taken_by_holds(tx, event_id),
        Check.SIZE: store.beyond_size(tx, event_id),
        Check.CLOSED: store.closed_with_places(tx, event_id),
        Check.PAYMENTS: store.payments_by_movements(tx, event_id),
        Check.ORDERS: store.orders_by_movements(tx, event_id),
        Check.REFUNDS: store.refunds_beyond_paid(tx, event_id),
        Check.GIVEN: store.refunds_by_movements(tx, event_id),
        Check.RETURNS: store.returns_by_refunds(tx, event_id),
        Check.POSITIONS: store.positions_by_returns(tx, event_id),
        Check.NEITHER: store.neither(tx, event_id),
        Check.ISSUED: store.not_issued(tx, event_id, now_ms - ISSUE_MS),
        Check.BECAME: [
            *store.not_one_product(tx, event_id),
            *store.became_another(tx, event_id, now_ms - ISSUE_MS),
        ],
        Check.VOUCHERS: store.vouchers_by_claims(tx, event_id),
        Check.STUCK: store.stuck_refunds(tx, event_id, now_ms - REFUND_MS),
    }
    return tuple(Difference(check, *one) for check, rows in found.items() for one in rows)


class Books:
    """Compares, remembers, tells."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def audit(self, event_id: int) -> Audit:
        """Compare the books of an event now, and remember what came of it."""
        began_s, now_ms = self._clock.monotonic_s(), self._clock.now_ms()
        with self._db.read_moment() as tx:
            found = differences_of(tx, event_id, now_ms)
            before = store.latest(tx, event_id)
        took_ms = round((self._clock.monotonic_s() - began_s) * 1000)
        since_ms = (before.since_ms if before and before.since_ms else now_ms) if found else None
        told = tuple((one.check.value, one.subject, one.expected, one.found) for one in found)
        with self._db.write() as tx:
            store.note(tx, event_id, CheckRow(now_ms, took_ms, told, since_ms))
        if found:
            log.error("books_differ", event_id=event_id, count=len(found), checks=sorted({one.check for one in found}))
        return Audit(now_ms, took_ms, since_ms, found)

    def latest(self, event_id: int) -> Audit | None:
        """The latest comparison; None: there was none yet."""
        with self._db.read() as tx:
            return latest_of(tx, event_id)

    def round(self) -> None:
        """Compare the books of every event."""
        with self._db.read() as tx:
            events = event_store.all_events(tx)
        for event in events:
            self.audit(event.id)

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop. The outermost loop: what goes wrong is logged, and the next round tries again."""
        while not stop.is_set():
            began_s = self._clock.monotonic_s()
            try:
                self.round()
                stop.wait(max(EVERY_S, (self._clock.monotonic_s() - began_s) * REST_TIMES))
            except Exception:
                log.exception("books_round_failed")
                stop.wait(FAILURE_PAUSE_S)


def latest_of(tx: Connection, event_id: int) -> Audit | None:
    """The latest comparison of an event's books; None: there was none yet."""
    row = store.latest(tx, event_id)
    if row is None:
        return None
    found = tuple(Difference(Check(check), name, wanted, there) for check, name, wanted, there in row.differences)
    return Audit(row.made_ms, row.took_ms, row.since_ms, found)
