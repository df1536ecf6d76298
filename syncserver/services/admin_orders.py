"""Orders and payments as people read them; and sending an order's mail once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.services.admin_names import PER_PAGE, Names, below_of
from syncserver.services.admin_search import orders_by
from syncserver.services.catalogue import Catalogues
from syncserver.services.mail_queue import MailKind, ask_mail
from syncserver.services.orders import Orders, OrderState, OrderView
from syncserver.services.payment_provider import PaymentState
from syncserver.services.problems import NotHere
from syncserver.services.purchase_answers import PurchaseAnswers, Said
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.services.translations import translator
from syncserver.stores import mail as mail_store
from syncserver.stores import orders as store
from syncserver.stores import payments as payment_store
from syncserver.stores.events import EventRow
from syncserver.stores.mail import MailRow
from syncserver.stores.orders import OrderRow, PositionRow
from syncserver.stores.payments import ListedPayment, MovementRow, PaymentRow, ReconciliationRow, RefundRow

MAIL_AGAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order in a list; whether its payment is being checked is told on its own page."""

    order: OrderRow
    state: OrderState


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of orders; `next` is None where there is no further page."""

    orders: tuple[ListedOrder, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ShownPosition:
    """A line of an order with its product's name and its holder's."""

    row: PositionRow
    product: str
    holder: str
    plate: str
    was: str = ""  # what the ticket was before this position changed it
    became: str = ""  # what another position has made of it


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with all that belongs to it."""

    view: OrderView
    positions: tuple[ShownPosition, ...]
    movements: tuple[MovementRow, ...]
    payments: tuple[PaymentRow, ...]
    refunds: tuple[RefundRow, ...]
    mails: tuple[MailRow, ...]
    answers: Mapping[int, tuple[Said, ...]]  # place of a position -> what its buyer answered

    @property
    def by_hand(self) -> dict[str, str]:
        """Movement's key -> how people gave that money back, of what a provider had refused."""
        return {f"refund:{one.id}": one.by_hand for one in self.refunds if one.by_hand is not None}

    @property
    def can_resend(self) -> bool:
        """Whether there are passes to send."""
        return self.view.state is OrderState.FULFILLED


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A page of payments; when the providers were asked last."""

    payments: tuple[ListedPayment, ...]
    reconciled: ReconciliationRow | None
    next: str | None


class OrderLists:
    """Reads orders for people."""

    def __init__(self, db: Database, clock: Clock, orders: Orders, catalogues: Catalogues) -> None:
        self._db, self._clock, self._orders, self._catalogues = db, clock, orders, catalogues
        self._answers = PurchaseAnswers(db, clock)

    def page(self, event: EventRow, text: str, cursor: str | None, *, with_holders: bool) -> OrderPage:
        """Orders that fit what was typed; nothing typed: all, the newest first."""
        with self._db.read() as tx:
            if text:
                found, more = orders_by(tx, event, text, with_holders=with_holders), False
            else:
                rows = store.newest(tx, event.id, below_of(cursor), PER_PAGE + 1)
                found, more = rows[:PER_PAGE], len(rows) > PER_PAGE
        shown = tuple(ListedOrder(order, self._state(order)) for order in found)
        return OrderPage(shown, str(found[-1].id) if more else None)

    def _state(self, order: OrderRow) -> OrderState:
        if order.closed_ms is not None:
            return OrderState.REFUNDED
        if order.fulfilled_ms is not None:
            return OrderState.FULFILLED
        return OrderState.AWAITING if self._clock.now_ms() < order.pay_until_ms else OrderState.LAPSED

    def one(self, event: EventRow, code: str, language: str) -> OrderDetail:
        """One order. Raises NotHere."""
        with self._db.read() as tx:
            order = self._find(tx, event, code)
        view = self._orders.view(order.id)
        catalogue = self._catalogues.of(self._catalogues.event_by_id(event.id), language)
        answers = self._answers.said(order.id, catalogue, translator(language))
        with self._db.read() as tx:
            called = Names.of(tx, event, language)
            rows = store.positions(tx, order.id)
            people = store.holders_of_tickets(tx, event.id, sorted({row.ticket for row in rows}))
            return OrderDetail(
                view=view,
                positions=tuple(
                    ShownPosition(
                        row,
                        called.product(row.product_no),
                        people[row.ticket].name if row.ticket in people else "",
                        people[row.ticket].plate if row.ticket in people else "",
                        *_change(view, row, called),
                    )
                    for row in rows
                ),
                movements=payment_store.movements_of_order(tx, order.id),
                payments=tuple(payment_store.of_order(tx, order.id)),
                refunds=tuple(payment_store.refunds_of_order(tx, order.id)),
                mails=mail_store.of_order(tx, order.id),
                answers=answers,
            )

    @staticmethod
    def _find(tx: Connection, event: EventRow, code: str) -> OrderRow:
        order = store.by_code(tx, event.id, code) if code.isascii() and code.isprintable() else None
        if order is None:
            raise NotHere("this event has no such order")
        return order

    def resend(self, actor: Actor, event: EventRow, code: str) -> None:
        """Send the tickets once more. Raises NotHere, BadInput."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            order = store.get(tx, self._find(tx, event, code).id, lock=True)
            if order.fulfilled_ms is None or order.closed_ms is not None:
                raise BadInput("this order has no passes to send: it is not paid, or was given back")
            asked = [one.asked_ms for one in mail_store.of_order(tx, order.id) if one.kind == MailKind.TICKETS.value]
            if asked and now_ms - asked[-1] < MAIL_AGAIN_MS:
                raise BadInput("this mail was asked for less than a minute ago: wait a moment")
            ask_mail(tx, order, MailKind.TICKETS, now_ms, is_awaited=True)
            record(tx, actor, Action.RESEND, order.code)

    def payments(self, event: EventRow, state: PaymentState | None, cursor: str | None) -> PaymentPage:
        """Payments of an event, of one state or all, the newest first."""
        with self._db.read() as tx:
            chosen = state.value if state else None
            rows = payment_store.listed(tx, event.id, chosen, below_of(cursor), PER_PAGE + 1)
            reconciled = payment_store.last_reconciliation(tx)
        return PaymentPage(rows[:PER_PAGE], reconciled, str(rows[PER_PAGE - 1].id) if len(rows) > PER_PAGE else None)


def _change(view: OrderView, row: PositionRow, called: Names) -> tuple[str, str]:
    """(what a ticket was before this position, what it became after it), as far as it was changed."""
    here = (view.order.id, row.place)
    was = [one.before_product_no for one in view.became if (one.order_id, one.place) == here]
    became = [one for one in view.became if (one.before_order_id, one.before_place) == here]
    done = [one.product_no for one in became if one.fulfilled_ms is not None]
    return "".join(map(called.product, was[:1])), "".join(map(called.product, done[:1]))
