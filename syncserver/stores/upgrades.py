"""SQL of tickets that become others: what each upgrade was ordered for, and which of them are under way or done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, insert, or_, select, update

from syncserver.db.tables_shop import order_positions, orders, payments, upgrades
from syncserver.stores.prepared import Prepared


@dataclass(frozen=True, slots=True)
class UpgradeRow:
    """A position of an order that makes another product of a ticket; `before_*` is the position it takes over from."""

    order_id: int
    place: int
    ticket: bytes
    product_no: int
    before_order_id: int
    before_place: int
    before_product_no: int
    before_variant_key: str | None
    plate: str


@dataclass(frozen=True, slots=True)
class Became:
    """A ticket became another product; `fulfilled_ms` None: it was ordered, and not paid yet or never."""

    order_id: int
    order_code: str
    place: int
    ticket: bytes
    product_no: int
    before_order_id: int
    before_place: int
    before_product_no: int
    fulfilled_ms: int | None


_COLUMNS = [upgrades.c[name] for name in UpgradeRow.__dataclass_fields__]


def add(tx: Connection, event_id: int, new: Sequence[UpgradeRow]) -> None:
    """Store what positions of a new order are to change."""
    if new:
        tx.execute(insert(upgrades), [{**asdict(one), "event_id": event_id} for one in new])


def of_order(tx: Connection, order_id: int) -> list[UpgradeRow]:
    """What an order changes, or would."""
    rows = tx.execute(select(*_COLUMNS).where(upgrades.c.order_id == order_id).order_by(upgrades.c.place))
    return [UpgradeRow(**row._asdict()) for row in rows]


def of_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> tuple[Became, ...]:
    """Every upgrade of these tickets that was ordered, oldest first."""
    c, named = upgrades.c, [upgrades.c[name] for name in Became.__dataclass_fields__ if name in upgrades.c]
    rows = tx.execute(
        select(*named, orders.c.code.label("order_code"), orders.c.fulfilled_ms)
        .join(orders, orders.c.id == c.order_id)
        .where(c.event_id == event_id, c.ticket.in_(list(tickets)))
        .order_by(c.order_id, c.place)
    )
    return tuple(Became(**row._asdict()) for row in rows)


def waiting(tx: Connection, event_id: int, tickets: Sequence[bytes], now_ms: int) -> dict[bytes, int]:
    """Ticket -> an order that waits for money to change it, of these tickets."""
    rows = _WAITING(tx, event_id=event_id, tickets=list(tickets), now_ms=now_ms) if tickets else ()
    return {row.ticket: row.order_id for row in rows}


def _waiting(event_id: object, tickets: Sequence[Any], now_ms: int) -> Select[Any]:
    c = upgrades.c
    under_way = exists().where(payments.c.order_id == orders.c.id, payments.c.state == "pending")
    alive = or_(orders.c.pay_until_ms > now_ms, under_way)
    return (
        select(c.ticket, c.order_id)
        .join(orders, orders.c.id == c.order_id)
        .where(c.event_id == event_id, c.ticket.in_(tickets))
        .where(orders.c.fulfilled_ms.is_(None), orders.c.closed_ms.is_(None), alive)
        .order_by(c.order_id)
    )


_WAITING = Prepared(_waiting)


def replace_position(tx: Connection, order_id: int, place: int) -> bool:
    """Another position is the ticket from now on; False if one was before."""
    c = order_positions.c
    mine = and_(c.order_id == order_id, c.place == place, ~c.is_replaced)
    return tx.execute(update(order_positions).where(mine).values(is_replaced=True)).rowcount == 1


def items_waiting(tx: Connection, event_id: int, tickets: Sequence[bytes], now_ms: int) -> list[tuple[bytes, int]]:
    """(ticket, item) of what is ordered for these tickets and waits for money."""
    rows = _ITEMS(tx, event_id=event_id, tickets=list(tickets), now_ms=now_ms) if tickets else ()
    return [(row.ticket, row.product_no) for row in rows]


_ITEMS = Prepared(
    lambda event_id, tickets, now_ms: (
        select(order_positions.c.ticket, order_positions.c.product_no)
        .join(orders, orders.c.id == order_positions.c.order_id)
        .where(order_positions.c.event_id == event_id, order_positions.c.ticket.in_(tickets))
        .where(~order_positions.c.is_ticket, orders.c.pay_until_ms > now_ms)
        .where(orders.c.fulfilled_ms.is_(None), orders.c.closed_ms.is_(None))
        .distinct()
    )
)
