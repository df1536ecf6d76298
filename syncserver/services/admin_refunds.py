"""Refunds by staff: what can go back of an order and for how much, and doing it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.services.orders import OrderView
from syncserver.services.refunds import note_by_hand
from syncserver.services.return_plan import Offer, Plan, Wanted, full_price
from syncserver.services.returns import GivenBack, Returned, ReturnRequest, Returns, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import orders

_SENTENCES = {
    Reason.NOTHING_TO_RETURN: "nothing of this order can be given back: it is not paid, was given back, or was used",
    Reason.NOT_RETURNABLE: "so much of this position is not there any more: look at the order again",
    Reason.USED_ALREADY: "this was handed out or let in already, so it stays; give back what is left",
    Reason.WITH_TICKET: "this changed a ticket: give back the ticket by its own order, and this goes back with it",
    Reason.RETURN_CHANGED: "the order changed meanwhile, and the amount is another: look at it once more",
}


class RefundDesk:
    """Gives money back for people who ask staff."""

    def __init__(self, db: Database, clock: Clock, returns: Returns) -> None:
        self._db, self._clock, self._returns = db, clock, returns

    def offers(self, view: OrderView) -> list[Offer]:
        """What can go back of an order, position by position, at its price."""
        return self._returns.offers(view.order.id, full_price)

    def given_back(self, view: OrderView) -> tuple[GivenBack, ...]:
        """What went back of it so far."""
        return self._returns.of_order(view.order.id)

    def plan(self, view: OrderView, wanted: Sequence[Wanted] | None) -> Plan:
        """What would go back; None is all that can. Raises BadInput."""
        try:
            return self._returns.plan(view.order.id, wanted, full_price)
        except CannotBuy as error:
            raise refusal(error) from error

    def refund(
        self, actor: Actor, view: OrderView, wanted: tuple[Wanted, ...], key: bytes, shown_minor: int
    ) -> Returned:
        """Do it, once per key, for the amount that was shown. Raises BadInput."""
        request = ReturnRequest(
            order_id=view.order.id,
            wanted=wanted,
            terms=full_price,
            why=ReturnWhy.STAFF,
            key=f"staff-{view.order.id}-{key.hex()}",
            who=str(actor.account_id),
            shown_minor=shown_minor,
        )

        def note(tx: Connection) -> None:
            record(tx, actor, Action.REFUND, view.order.code, f"{shown_minor} {view.order.currency}")

        try:
            return self._returns.give_back(request, note)
        except CannotBuy as error:
            raise refusal(error) from error

    def note_by_hand(self, actor: Actor, view: OrderView, refund_id: int, how: str) -> None:
        """Note that people gave back what the provider refused, and how; once, however often. Raises BadInput."""
        with self._db.write() as tx:
            order = orders.get(tx, view.order.id, lock=True)
            if note_by_hand(tx, order, refund_id, how, self._clock.now_ms()):
                record(tx, actor, Action.REFUND_BY_HAND, order.code, how)


def refusal(error: CannotBuy) -> BadInput:
    """Why not, for staff to read."""
    return BadInput(_SENTENCES.get(error.reason, str(error)))
