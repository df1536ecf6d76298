"""SQL of what is given back: returns with their lines, and what they need to know of orders, tickets and uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from syncserver.db.tables_shop import holders, movements, order_positions, orders, refunds, return_lines, returns
from syncserver.db.tables_sync import uses
from syncserver.stores.orders import POSITION, PositionRow, position_of
from syncserver.stores.prepared import Prepared


@dataclass(frozen=True, slots=True)
class NewReturn:
    """What one cause takes back of one order."""

    event_id: int
    order_id: int
    key: str
    why: str
    who: str
    amount_minor: int
    currency: str
    asked_ms: int


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return as it is stored."""

    id: int
    order_id: int
    key: str
    why: str
    who: str
    amount_minor: int
    currency: str
    asked_ms: int


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """So many of one position, and what is given for all of them."""

    place: int
    quantity: int
    amount_minor: int


_COLUMNS = [returns.c[name] for name in ReturnRow.__dataclass_fields__]


def add(tx: Connection, new: NewReturn, lines: Sequence[ReturnLine]) -> int:
    """Store a return with its lines; its number."""
    return_id = int(tx.execute(insert(returns).values(**asdict(new)).returning(returns.c.id)).scalar_one())
    rows = [{**asdict(line), "return_id": return_id, "event_id": new.event_id} for line in lines]
    tx.execute(insert(return_lines), rows)
    return return_id


def by_key(tx: Connection, key: str) -> ReturnRow | None:
    """The return of this key."""
    row = tx.execute(select(*_COLUMNS).where(returns.c.key == key)).first()
    return None if row is None else ReturnRow(**row._asdict())


def get(tx: Connection, return_id: int) -> ReturnRow:
    """One return."""
    return ReturnRow(**tx.execute(select(*_COLUMNS).where(returns.c.id == return_id)).one()._asdict())


def of_order(tx: Connection, order_id: int) -> list[ReturnRow]:
    """All returns of an order, oldest first."""
    return [ReturnRow(*row) for row in _OF_ORDER(tx, order_id=order_id)]


_OF_ORDER = Prepared(lambda order_id: select(*_COLUMNS).where(returns.c.order_id == order_id).order_by(returns.c.id))


def lines_of(tx: Connection, return_id: int) -> list[ReturnLine]:
    """The lines of a return."""
    c = return_lines.c
    rows = tx.execute(select(c.place, c.quantity, c.amount_minor).where(c.return_id == return_id).order_by(c.place))
    return [ReturnLine(**row._asdict()) for row in rows]


def take_back(tx: Connection, order_id: int, place: int, quantity: int) -> bool:
    """Count so many of a position as given back; False if it has not so many left."""
    c = order_positions.c
    has = and_(c.order_id == order_id, c.place == place, c.returned + quantity <= c.quantity)
    return tx.execute(update(order_positions).where(has).values(returned=c.returned + quantity)).rowcount == 1


def is_all_back(tx: Connection, order_id: int) -> bool:
    """Whether nothing of an order is left."""
    c = order_positions.c
    left = select(c.id).where(c.order_id == order_id, c.returned < c.quantity).limit(1)
    return tx.execute(left).first() is None


@dataclass(frozen=True, slots=True)
class OwnedPosition:
    """A position with the order it is in."""

    order_id: int
    row: PositionRow


def positions_of_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> list[OwnedPosition]:
    """Everything of these tickets that is paid and not given back, over all orders, oldest first."""
    rows = _OF_TICKETS(tx, event_id=event_id, tickets=list(tickets)) if tickets else ()
    return [OwnedPosition(row.order_id, position_of(row)) for row in rows]


_OF_TICKETS = Prepared(
    lambda event_id, tickets: (
        select(order_positions.c.order_id, *POSITION)
        .join(orders, orders.c.id == order_positions.c.order_id)
        .where(order_positions.c.event_id == event_id, order_positions.c.ticket.in_(tickets))
        .where(orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None))
        .where(order_positions.c.returned < order_positions.c.quantity)
        .order_by(orders.c.id, order_positions.c.place)
    )
)


def used_pieces(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> dict[tuple[bytes, int], int]:
    """(ticket, product) -> how many pieces were used; what waits for a decision counts, for it was handed out."""
    rows = _USED(tx, event_id=event_id, tickets=list(tickets)) if tickets else ()
    return {(ticket, product): int(quantity) for ticket, product, quantity in rows}


_USED = Prepared(
    lambda event_id, tickets: (
        select(uses.c.ticket, uses.c.product_no, func.sum(uses.c.quantity))
        .where(uses.c.event_id == event_id, uses.c.ticket.in_(tickets))
        .where(uses.c.state != "struck", or_(uses.c.kind == 1, uses.c.kind == 3))
        .group_by(uses.c.ticket, uses.c.product_no)
    )
)


def lock_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> None:
    """Make other changes to what these tickets hold wait. In rising order, after orders and before quotas."""
    if tickets:
        mine = select(holders.c.ticket).where(holders.c.event_id == event_id, holders.c.ticket.in_(list(tickets)))
        tx.execute(mine.order_by(holders.c.ticket).with_for_update()).all()


def standing(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> set[bytes]:
    """Those of the tickets that are paid and were not given back."""
    rows = (
        select(order_positions.c.ticket)
        .join(orders, orders.c.id == order_positions.c.order_id)
        .where(order_positions.c.event_id == event_id, order_positions.c.ticket.in_(list(tickets)))
        .where(order_positions.c.is_ticket, order_positions.c.returned < order_positions.c.quantity)
        .where(orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None))
    )
    return set(tx.scalars(rows))


def paid_left(tx: Connection, order_id: int, payment_id: int, currency: str) -> int:
    """What came in by a payment and was not asked back yet."""
    came = select(func.coalesce(func.sum(movements.c.amount_minor), 0)).where(
        movements.c.order_id == order_id,  # has an index
        movements.c.payment_id == payment_id,
        movements.c.kind == "payment",
        movements.c.currency == currency,
    )
    asked = select(func.coalesce(func.sum(refunds.c.amount_minor), 0)).where(refunds.c.payment_id == payment_id)
    return int(tx.execute(came).scalar_one()) - int(tx.execute(asked).scalar_one())


def open_orders(tx: Connection, event_id: int, above: int, limit: int) -> list[tuple[int, bool]]:
    """(number, whether it is paid) of orders of an event that are not closed, rising, above a number."""
    open_ = (orders.c.event_id == event_id, orders.c.closed_ms.is_(None), orders.c.id > above)
    found = select(orders.c.id, orders.c.fulfilled_ms).where(*open_).order_by(orders.c.id).limit(limit)
    return [(row.id, row.fulfilled_ms is not None) for row in tx.execute(found)]
