"""Giving back: a whole order or lines of it, by its buyer, by staff, by a command, or because the event is cancelled.

One transaction per return: positions are counted as returned, their places go back on sale, the scribe is asked for a
cancellation, the money is asked back and the buyer told. Locks are taken in one order everywhere: orders rising,
tickets rising, then holds and quotas. A use that arrives later is the conflict "used after it was cancelled".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import require
from syncserver.db.engine import Database, DatabaseBusy
from syncserver.jobs.queue import enqueue
from syncserver.jobs.statement_args import CANCEL, SCRIBE_QUEUE, CancelArgs, CancelWanted
from syncserver.services import stock
from syncserver.services.mail_queue import MailKind, ask_mail
from syncserver.services.refunds import Why, ask_for_return
from syncserver.services.return_plan import Offer, Plan, PlannedLine, Terms, Wanted, offers_of, plan_of
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import holds, orders, payments, quotas
from syncserver.stores import returns as store
from syncserver.stores.orders import OrderRow
from syncserver.stores.payments import RefundRow
from syncserver.stores.returns import NewReturn, ReturnLine, ReturnRow

LOCK_ROUNDS = 5
CAUSE_KEY_BYTES = 16


class ReturnWhy(StrEnum):
    """Who wanted it; stored with the return."""

    BUYER = "buyer"
    STAFF = "staff"
    EVENT_CANCELLED = "event_cancelled"


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """What is to go back of an order. `key` is the caller's: the same key again gives the same return.

    `wanted` None is all that can go. `shown_minor` is the amount the person agreed to, where one was shown.
    """

    order_id: int
    wanted: tuple[Wanted, ...] | None
    terms: Terms
    why: ReturnWhy
    key: str
    who: str = ""
    shown_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of it, over all orders concerned; `is_new` False: it was done before."""

    amount_minor: int
    is_new: bool


class MoneyState(StrEnum):
    """How far the money of a return is."""

    NONE = "none"  # it was free, or the rules give nothing
    UNDER_WAY = "under_way"
    MADE = "made"
    BY_HAND = "by_hand"  # the provider refused: people see to it


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A return as people see it; `made_ms`: when all of its money had gone."""

    row: ReturnRow
    lines: tuple[ReturnLine, ...]
    state: MoneyState
    made_ms: int | None


class Returns:
    """Use cases of giving back."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def offers(self, order_id: int, terms: Terms) -> list[Offer]:
        """What can be given back of an order, position by position."""
        with self._db.read() as tx:
            return offers_of(tx, orders.get(tx, order_id), terms)

    def plan(self, order_id: int, wanted: Sequence[Wanted] | None, terms: Terms) -> Plan:
        """What would happen. Raises CannotBuy."""
        with self._db.read() as tx:
            return plan_of(tx, orders.get(tx, order_id), wanted, terms)

    def of_order(self, order_id: int) -> tuple[GivenBack, ...]:
        """What was given back of an order, oldest first."""
        with self._db.read() as tx:
            rows = store.of_order(tx, order_id)
            asked = payments.refunds_of_order(tx, order_id) if rows else []
            return tuple(_given_back(tx, row, [one for one in asked if one.return_id == row.id]) for row in rows)

    def give_back(self, request: ReturnRequest, and_then: Callable[[Connection], None] | None = None) -> Returned:
        """Do it, once per key, and `and_then` in the same transaction. Raises CannotBuy; nothing was changed then."""
        ids = {request.order_id}
        for _ in range(LOCK_ROUNDS):
            with self._db.write() as tx:
                for order_id in sorted(ids):
                    orders.get(tx, order_id, lock=True)
                done = self._before(tx, request)
                if done is not None:
                    return done
                plan = self._locked_plan(tx, request)
                if ids.issuperset(plan.order_ids):
                    done = self._carry_out(tx, request, plan)
                    if and_then is not None:
                        and_then(tx)
                    return done
            # An item of another order goes along: both orders are locked, lower number first, before anything else.
            ids.update(plan.order_ids)
        raise DatabaseBusy("the order changed again and again while it was to be given back: try again in a moment")

    def cancel_unpaid(self, order_id: int) -> bool:
        """Give up an order nobody has paid: its places go back on sale, a payment that still comes is given back."""
        with self._db.write() as tx:
            order, now_ms = orders.get(tx, order_id, lock=True), self._clock.now_ms()
            if order.fulfilled_ms is not None or not orders.close(tx, order_id, now_ms, Why.CLOSED):
                return False
            stock.release_order(tx, order_id, now_ms)
            return True

    def _before(self, tx: Connection, request: ReturnRequest) -> Returned | None:
        found = store.by_key(tx, _key(request, request.order_id))
        return None if found is None else Returned(found.amount_minor, is_new=False)

    def _locked_plan(self, tx: Connection, request: ReturnRequest) -> Plan:
        order = orders.get(tx, request.order_id)
        mine = sorted({row.ticket for row in orders.positions(tx, order.id)})
        store.lock_tickets(tx, order.event_id, mine)
        plan = plan_of(tx, order, request.wanted, request.terms)
        if request.shown_minor is not None and request.shown_minor != plan.amount_minor:
            raise CannotBuy(Reason.RETURN_CHANGED)
        return plan

    def _carry_out(self, tx: Connection, request: ReturnRequest, plan: Plan) -> Returned:
        now_ms = self._clock.now_ms()
        claims = [claim for line in plan.lines for claim in _take(tx, line)]
        stock.release_positions(tx, claims, now_ms)
        for order_id in plan.order_ids:
            self._note(tx, request, orders.get(tx, order_id), plan.of_order(order_id), now_ms)
        first = orders.get(tx, request.order_id)
        _ask_statement(tx, first, request.key, plan, now_ms)
        return Returned(plan.amount_minor, is_new=True)

    def _note(
        self, tx: Connection, request: ReturnRequest, order: OrderRow, lines: list[PlannedLine], now_ms: int
    ) -> None:
        amount = sum(line.amount_minor for line in lines)
        new = NewReturn(
            event_id=order.event_id,
            order_id=order.id,
            key=_key(request, order.id),
            why=request.why.value,
            who=request.who,
            amount_minor=amount,
            currency=order.currency,
            asked_ms=now_ms,
        )
        return_id = store.add(tx, new, [ReturnLine(one.row.place, one.quantity, one.amount_minor) for one in lines])
        ask_for_return(tx, order, amount, return_id, now_ms)
        if store.is_all_back(tx, order.id):
            orders.close(tx, order.id, now_ms, Why.RETURNED)
            stock.release_order(tx, order.id, now_ms)  # its vouchers can be used again
        ask_mail(tx, order, MailKind.RETURNED, now_ms, return_id)


def _given_back(tx: Connection, row: ReturnRow, asked: Sequence[RefundRow]) -> GivenBack:
    made = [one.made_ms for one in asked if one.made_ms is not None]
    state = MoneyState.UNDER_WAY
    if len(made) == len(asked):
        state = MoneyState.MADE if asked else MoneyState.NONE
    elif any(one.refused_ms is not None for one in asked):
        state = MoneyState.BY_HAND
    return GivenBack(row, tuple(store.lines_of(tx, row.id)), state, max(made) if state is MoneyState.MADE else None)


def _key(request: ReturnRequest, order_id: int) -> str:
    return f"{request.key}/{order_id}"


def _take(tx: Connection, line: PlannedLine) -> list[holds.Claim]:
    row = line.row
    done = store.take_back(tx, line.order_id, row.place, line.quantity)
    require(done, f"order {line.order_id}, position {row.place}: {line.quantity} given back, more than there are")
    event_id = orders.get(tx, line.order_id).event_id
    ids = quotas.of_product(tx, event_id, row.product_no, row.variant_key)
    return holds.release_some(tx, (line.order_id, row.place), line.quantity, ids)


def _ask_statement(tx: Connection, order: OrderRow, key: str, plan: Plan, now_ms: int) -> None:
    """One cancellation for all of it: whole tickets, and per ticket and item how many pieces."""
    tickets = dict.fromkeys(line.row.ticket for line in plan.lines if line.row.is_ticket)
    whole = [CancelWanted(ticket) for ticket in tickets]
    pieces: Counter[tuple[bytes, int]] = Counter()
    for line in plan.lines:
        if not line.row.is_ticket:
            pieces[line.row.ticket, line.row.product_no] += line.quantity * line.row.pieces
    items = [CancelWanted(ticket, product, count) for (ticket, product), count in sorted(pieces.items())]
    cause = hashlib.sha256(f"return|{order.id}|{key}".encode()).digest()[:CAUSE_KEY_BYTES]
    args = CancelArgs(event_id=order.event_id, key=cause, cancelled=(*whole, *items))
    enqueue(tx, SCRIBE_QUEUE, CANCEL, args, cause.hex(), now_ms)
