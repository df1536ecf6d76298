"""SQL of what buyers answered: of lines of baskets, of positions of orders, and of whole tickets for gates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, delete, insert, select

from common.ids import ProductNo, TicketId
from common.kept_answers import KeptAnswer
from syncserver.db.tables_answers import basket_answers, order_answers
from syncserver.db.tables_event import questions
from syncserver.db.tables_shop import order_positions, orders

Answers: TypeAlias = dict[tuple[int, str], str]  # (unit, question's key) -> answer
ROWS_AT_ONCE = 5_000


def put(tx: Connection, event_id: int, line_id: int, answers: Mapping[tuple[int, str], str]) -> None:
    """What was answered for a line of a basket, in place of what was there."""
    tx.execute(delete(basket_answers).where(basket_answers.c.line_id == line_id))
    rows = [{**row, "line_id": line_id} for row in _rows(event_id, answers)]
    if rows:
        tx.execute(insert(basket_answers), rows)


def of_lines(tx: Connection, line_ids: Sequence[int]) -> dict[int, Answers]:
    """What was answered for lines of a basket."""
    found: dict[int, Answers] = defaultdict(dict)
    for row in tx.execute(select(basket_answers).where(basket_answers.c.line_id.in_(list(line_ids)))):
        found[row.line_id][row.unit, row.question] = row.answer
    return found


def add(tx: Connection, event_id: int, order_id: int, by_place: Mapping[int, Mapping[tuple[int, str], str]]) -> None:
    """What was answered for positions of a new order."""
    rows = [
        {**row, "order_id": order_id, "place": place}
        for place, answers in by_place.items()
        for row in _rows(event_id, answers)
    ]
    if rows:
        tx.execute(insert(order_answers), rows)


def change(tx: Connection, event_id: int, order_id: int, place: int, answers: Mapping[tuple[int, str], str]) -> None:
    """What is answered for a position from now on."""
    mine = (order_answers.c.order_id == order_id) & (order_answers.c.place == place)
    tx.execute(delete(order_answers).where(mine))
    add(tx, event_id, order_id, {place: answers})


def of_order(tx: Connection, order_id: int) -> dict[int, Answers]:
    """Place of a position -> what was answered for it."""
    found: dict[int, Answers] = defaultdict(dict)
    for row in tx.execute(select(order_answers).where(order_answers.c.order_id == order_id)):
        found[row.place][row.unit, row.question] = row.answer
    return found


def of_ticket(tx: Connection, event_id: int, ticket: bytes) -> tuple[KeptAnswer, ...]:
    """All that was answered for a ticket and its items, in the order in which it goes to gates."""
    mine = _of_event(event_id).where(order_positions.c.ticket == ticket)
    return tuple(answer for _, answer in _units(tx.execute(mine)))


def of_event(tx: Connection, event_id: int) -> dict[TicketId, list[KeptAnswer]]:
    """The same for every ticket that has any."""
    found: dict[TicketId, list[KeptAnswer]] = defaultdict(list)
    rows = tx.execute(_of_event(event_id), execution_options={"yield_per": ROWS_AT_ONCE})
    for ticket, answer in _units(rows):
        found[ticket].append(answer)
    return found


def _rows(event_id: int, answers: Mapping[tuple[int, str], str]) -> list[dict[str, Any]]:
    return [
        {"event_id": event_id, "unit": unit, "question": question, "answer": answer}
        for (unit, question), answer in answers.items()
        if answer
    ]


def _of_event(event_id: int) -> Select[Any]:
    """Answers of paid positions with what is left of these. Which piece was given back nobody says: the last ones."""
    a, p, q = order_answers.c, order_positions.c, questions.c
    is_left = a.unit <= p.quantity - p.returned
    same_question = (q.event_id == a.event_id) & (q.product_no == p.product_no) & (q.key == a.question)
    return (
        select(p.ticket, p.product_no, a.order_id, a.place, a.unit, a.question, a.answer)
        .join(order_positions, (p.order_id == a.order_id) & (p.place == a.place))
        .join(orders, orders.c.id == a.order_id)
        .outerjoin(questions, same_question)
        .where(a.event_id == event_id, orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None), is_left)
        .order_by(p.ticket, p.product_no, a.order_id, a.place, a.unit, q.position, a.question)
    )


def _units(rows: Iterable[Row[Any]]) -> Iterator[tuple[TicketId, KeptAnswer]]:
    """A ticket's pieces of a product, numbered over all its orders."""
    of, piece, no = None, None, 0
    for row in rows:
        if of != (row.ticket, row.product_no):
            of, piece, no = (row.ticket, row.product_no), None, 0
        if piece != (row.order_id, row.place, row.unit):
            piece, no = (row.order_id, row.place, row.unit), no + 1
        yield TicketId(row.ticket), KeptAnswer(ProductNo(row.product_no), no, row.question, row.answer)
