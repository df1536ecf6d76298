"""A cancelled event: every order gives back what it still holds, one transaction each, at a bounded pace.

Interrupted, it is simply run again: what went back is closed or has its key, and the rest is what is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from syncserver.db.engine import Database, DatabaseBusy
from syncserver.services.return_plan import full_price
from syncserver.services.returns import ReturnRequest, Returns, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import returns as store

ORDERS_PER_READ = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """What was done so far: orders given back and for how much, given up unpaid, kept (all used), and failed."""

    given_back: int = 0
    amount_minor: int = 0
    given_up: int = 0
    kept: int = 0
    failed: tuple[int, ...] = ()  # numbers of orders that were busy: run it again

    @property
    def orders(self) -> int:
        """How many were looked at."""
        return self.given_back + self.given_up + self.kept + len(self.failed)

    def plus(self, other: Progress) -> Progress:
        """Both together."""
        return Progress(
            self.given_back + other.given_back,
            self.amount_minor + other.amount_minor,
            self.given_up + other.given_up,
            self.kept + other.kept,
            (*self.failed, *other.failed),
        )


class EventRefund:
    """Gives a whole event back."""

    def __init__(self, db: Database, returns: Returns) -> None:
        self._db, self._returns = db, returns

    def run(self, event_id: int, pause: Callable[[], None], *, is_dry: bool = False) -> Iterator[Progress]:
        """Order by order; `pause` is called after each that changed something. Yields what was done so far."""
        progress, above = Progress(), 0
        while some := self._next(event_id, above):
            for order_id, is_paid in some:
                done = self._one(event_id, order_id, is_paid=is_paid, is_dry=is_dry)
                progress, above = progress.plus(done), order_id
                yield progress
                if not is_dry and not done.kept:
                    pause()

    def _next(self, event_id: int, above: int) -> list[tuple[int, bool]]:
        with self._db.read() as tx:
            return store.open_orders(tx, event_id, above, ORDERS_PER_READ)

    def _one(self, event_id: int, order_id: int, *, is_paid: bool, is_dry: bool) -> Progress:
        try:
            if not is_paid:
                return Progress(given_up=1 if is_dry or self._returns.cancel_unpaid(order_id) else 0)
            if is_dry:
                return Progress(1, self._returns.plan(order_id, None, full_price).amount_minor)
            key = f"event-{event_id}-{order_id}"
            request = ReturnRequest(order_id, None, full_price, ReturnWhy.EVENT_CANCELLED, key)
            done = self._returns.give_back(request)
        except DatabaseBusy:
            return Progress(failed=(order_id,))
        except CannotBuy as error:
            if error.reason not in {Reason.NOTHING_TO_RETURN, Reason.WITH_TICKET}:
                raise
            return Progress(kept=1)
        return Progress(1, done.amount_minor) if done.is_new else Progress(kept=1)
