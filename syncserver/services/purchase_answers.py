"""What buyers answer about what they buy: given in the basket, kept with the order, put right while unused.

An answer is about one piece: of three lunches one may be without meat. What went into an order was checked there; a
question that came later than the order may be answered on its page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.basket import open_basket
from syncserver.services.catalogue import Catalogue, Product
from syncserver.services.order_changes import NoteKind
from syncserver.services.purchase_questions import Given, faults_of, tidied
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.translations import Translator
from syncserver.stores import order_changes, orders, returns
from syncserver.stores import purchase_answers as store
from syncserver.stores.order_changes import NoteRow
from syncserver.stores.orders import OrderRow, PositionRow


@dataclass(frozen=True, slots=True)
class Answerable:
    """A line of an order that can still be answered otherwise, with what is answered now."""

    row: PositionRow
    product: Product
    answers: Given


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words; `units` pieces were answered so, of `of` there are."""

    label: str
    answer: str
    units: int
    of: int

    @property
    def text(self) -> str:
        """The answer, with how many pieces where there are others."""
        return f"{self.units}× {self.answer}" if self.units < self.of else self.answer

    @property
    def head(self) -> str:
        """What stands before it."""
        return self.label if self.label.endswith("?") else f"{self.label}:"


class PurchaseAnswers:
    """Use cases of answers."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def of_basket(self, line_ids: Sequence[int]) -> Mapping[int, Given]:
        """What was answered for lines of a basket; without lines nothing is read."""
        if not line_ids:
            return {}
        with self._db.read() as tx:
            return store.of_lines(tx, line_ids)

    def answer(self, catalogue: Catalogue, browser: bytes, given: Mapping[int, Given]) -> None:
        """Keep what will do of these answers, by line. Lines of other baskets are left alone."""
        with self._db.write() as tx:
            _, lines = open_basket(tx, catalogue.event, browser, self._clock.now_ms())
            for line in lines:
                product = catalogue.products.get(line.product_no)
                if line.id in given and product is not None and product.questions:
                    answers = tidied(product.questions, line.quantity, given[line.id])
                    store.put(tx, catalogue.event.id, line.id, answers)

    def changeable(self, order_id: int, catalogue: Catalogue) -> tuple[Answerable, ...]:
        """Lines of an order with questions, of which nothing was used yet."""
        with self._db.read() as tx:
            return _changeable(tx, orders.get(tx, order_id), catalogue)

    def change(self, order_id: int, catalogue: Catalogue, given: Mapping[int, Given]) -> bool:
        """Answer lines otherwise, by place; whether anything changed. Raises CannotBuy, and then nothing did."""
        with self._db.write() as tx:
            order = orders.get(tx, order_id, lock=True)
            tickets = sorted({row.ticket for row in orders.positions(tx, order_id)})
            returns.lock_tickets(tx, order.event_id, tickets)
            there = {one.row.place: one for one in _changeable(tx, order, catalogue)}
            if not given.keys() <= there.keys():
                raise CannotBuy(Reason.NOT_CHANGEABLE)
            changed = [self._change(tx, order, there[place], answers) for place, answers in given.items()]
            return any(changed)

    def _change(self, tx: Connection, order: OrderRow, one: Answerable, given: Given) -> bool:
        questions, quantity = one.product.questions, one.row.left
        if faults_of(questions, quantity, given):
            raise CannotBuy(Reason.ANSWERS_MISSING, one.product.name)
        answers = tidied(questions, quantity, given)
        if answers == one.answers:
            return False
        store.change(tx, order.event_id, order.id, one.row.place, answers)
        note = NoteRow(NoteKind.ANSWER.value, "", one.row.ticket, self._clock.now_ms())
        order_changes.add_note(tx, order.event_id, order.id, note)
        return True

    def said(self, order_id: int, catalogue: Catalogue, words: Translator) -> Mapping[int, tuple[Said, ...]]:
        """Place of a line -> what was answered for it, in words."""
        with self._db.read() as tx:
            answers = store.of_order(tx, order_id)
            rows = orders.positions(tx, order_id) if answers else []
        known = [(row, catalogue.products[row.product_no]) for row in rows if row.product_no in catalogue.products]
        return {row.place: said_of(product, row.quantity, answers[row.place], words) for row, product in known}


def said_of(product: Product, quantity: int, given: Given, words: Translator) -> tuple[Said, ...]:
    """Answers question by question, the same ones of several pieces together."""
    found = []
    for question in product.questions:
        answers = [answer for (_, key), answer in sorted(given.items()) if key == question.key]
        found += [
            Said(question.label, question.said(answer, words), answers.count(answer), quantity)
            for answer in dict.fromkeys(answers)
        ]
    return tuple(found)


def _changeable(tx: Connection, order: OrderRow, catalogue: Catalogue) -> tuple[Answerable, ...]:
    if order.fulfilled_ms is None or order.closed_ms is not None:
        return ()
    rows = [row for row in orders.positions(tx, order.id) if row.left and row.product_no in catalogue.products]
    rows = [row for row in rows if catalogue.products[row.product_no].questions]
    if not rows:
        return ()
    used = returns.used_pieces(tx, order.event_id, sorted({row.ticket for row in rows}))
    answers = store.of_order(tx, order.id)
    return tuple(
        Answerable(row, catalogue.products[row.product_no], answers.get(row.place, {}))
        for row in rows
        if not used.get((row.ticket, row.product_no))
    )
