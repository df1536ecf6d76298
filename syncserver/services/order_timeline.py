"""All that happened to an order, in one line of time as its buyer may see it: bought, paid, mailed, put right, used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from common.facts import UseKind
from syncserver.db.engine import Database
from syncserver.services.mail_queue import MailKind
from syncserver.services.order_changes import NoteKind
from syncserver.services.orders import OrderView
from syncserver.stores import mail, order_changes, payments, returns

USES_MAX = 100


class StepKind(StrEnum):
    """What happened."""

    ORDERED = "ordered"
    PAID = "paid"
    REFUNDED = "refunded"
    MAILED = "mailed"
    RETURNED = "returned"
    NAME = "name"
    MAIL = "mail"
    VARIANT = "variant"
    ANSWER = "answer"
    BECAME = "became"
    ADMITTED = "admitted"
    LEFT = "left"
    HANDED_OUT = "handed_out"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """One line; `ticket` says whose it is where it is about one."""

    kind: StepKind
    at_ms: int
    amount_minor: int = 0
    ticket: bytes | None = None
    product_no: int = 0
    quantity: int = 0
    before_no: int = 0  # what the ticket was before it became `product_no`


class OrderTimelines:
    """Reads lines of time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, view: OrderView) -> tuple[Step, ...]:
        """The oldest first."""
        with self._db.read() as tx:
            found = [*_money(tx, view), *_letters(tx, view), *_changes(tx, view), *_uses(tx, view)]
        found += _upgrades(view)
        order = view.order
        found.append(Step(StepKind.ORDERED, order.placed_ms))
        if order.closed_ms is not None and order.closed_why == "closed":
            found.append(Step(StepKind.CLOSED, order.closed_ms))
        ranks = {kind: rank for rank, kind in enumerate(StepKind)}
        return tuple(sorted(found, key=lambda one: (one.at_ms, ranks[one.kind])))


def _money(tx: Connection, view: OrderView) -> Iterator[Step]:
    for one in payments.movements_of_order(tx, view.order.id):
        yield Step(StepKind.PAID if one.amount_minor > 0 else StepKind.REFUNDED, one.made_ms, abs(one.amount_minor))
    for back in returns.of_order(tx, view.order.id):
        yield Step(StepKind.RETURNED, back.asked_ms, back.amount_minor)


def _letters(tx: Connection, view: OrderView) -> Iterator[Step]:
    for one in mail.of_order(tx, view.order.id):
        if one.kind == MailKind.TICKETS.value and one.sent_ms is not None:
            yield Step(StepKind.MAILED, one.sent_ms)


def _changes(tx: Connection, view: OrderView) -> Iterator[Step]:
    kinds = {one.value: StepKind(one.value) for one in NoteKind}
    for note in order_changes.notes_of(tx, view.order.id):
        if note.kind in kinds:
            yield Step(kinds[note.kind], note.made_ms, ticket=note.ticket)


def _upgrades(view: OrderView) -> Iterator[Step]:
    """How tickets became others."""
    for one in view.became:
        if one.fulfilled_ms is not None:
            step = Step(StepKind.BECAME, one.fulfilled_ms, ticket=one.ticket, product_no=one.product_no)
            yield replace(step, before_no=one.before_product_no)


def _uses(tx: Connection, view: OrderView) -> Iterator[Step]:
    """Of the tickets this order bought; who added items to another's ticket learns nothing of its ways."""
    own = {
        one.ticket: {row.product_no for row in (*one.positions, *one.everything) if row.is_ticket}
        for one in view.tickets
        if any(row.is_ticket for row in one.positions)
    }
    for one in view.became:
        own.setdefault(one.ticket, set()).update((one.before_product_no, one.product_no))
    for use in order_changes.uses_of(tx, view.order.event_id, list(own), USES_MAX) if own else ():
        kind = StepKind.ADMITTED if use.product_no in own[use.ticket] else StepKind.HANDED_OUT
        shown = StepKind.LEFT if use.kind == UseKind.EXIT else kind
        yield Step(shown, use.time_ms, ticket=use.ticket, product_no=use.product_no, quantity=use.quantity)
