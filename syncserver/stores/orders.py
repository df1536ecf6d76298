"""SQL of orders, their positions and holders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from syncserver.db.tables_event import products
from syncserver.db.tables_shop import holders, movements, order_positions, orders
from syncserver.db.tables_vouchers import order_discounts
from syncserver.stores import holder_words, rows
from syncserver.stores.prepared import Found, Prepared, insert_of


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order. What was paid is not here: see `paid_minor`."""

    id: int
    event_id: int
    uid: bytes
    code: str
    language: str
    name: str
    mail: str
    currency: str
    total_minor: int
    placed_ms: int
    pay_until_ms: int
    fulfilled_ms: int | None
    closed_ms: int | None
    closed_why: str | None
    invoice: str | None  # JSON of services.invoice.Invoice


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is stored of a new order."""

    event_id: int
    uid: bytes
    code: str
    link_hash: bytes
    form_key: str
    language: str
    name: str
    mail: str
    currency: str
    total_minor: int
    channel: str
    placed_ms: int
    pay_until_ms: int
    invoice: str | None = None


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A line of an order: a ticket, or a number of an item that belongs to one. Prices are of one, VAT included.

    `off_minor` is what vouchers took off the whole line: it is read from `order_discounts`, and stored there.
    """

    place: int
    product_no: int
    variant_key: str | None
    quantity: int
    pieces: int
    is_ticket: bool
    ticket: bytes
    price_minor: int
    currency: str
    vat_rate_bp: int
    channel: str
    off_minor: int = 0
    returned: int = 0  # of the quantity
    is_upgrade: bool = False  # a ticket bought earlier becomes this, for the difference
    is_replaced: bool = False  # the ticket is another position's product by now

    @property
    def total_minor(self) -> int:
        """What the whole line costs."""
        return self.price_minor * self.quantity - self.off_minor

    @property
    def left(self) -> int:
        """How many of it were not given back."""
        return self.quantity - self.returned

    def paid_minor(self, quantity: int) -> int:
        """What the next so many of it to be given back cost, vouchers taken off: over all of them the whole line."""
        gone = self.returned
        return self.total_minor * (gone + quantity) // self.quantity - self.total_minor * gone // self.quantity


@dataclass(frozen=True, slots=True)
class HolderRow:
    """The person a ticket is for; `attention` is what the ticket's product asks the hostess to look at."""

    ticket: bytes
    name: str
    plate: str
    language: str
    attention: str | None = None
    gate_note: str = ""  # of staff, for whoever scans the pass


_IS_LEFT = order_positions.c.returned < order_positions.c.quantity
_COLUMNS = [orders.c[name] for name in OrderRow.__dataclass_fields__]
_STORED = [name for name in PositionRow.__dataclass_fields__ if name != "off_minor"]
_OFF = (
    select(func.coalesce(func.sum(order_discounts.c.amount_minor), 0))
    .where(order_discounts.c.order_id == order_positions.c.order_id)
    .where(order_discounts.c.place == order_positions.c.place)
    .correlate(order_positions)
    .scalar_subquery()
)
POSITION = [*(order_positions.c[name] for name in _STORED), _OFF.label("off_minor")]


def position_of(row: Row[*tuple[Any, ...]]) -> PositionRow:
    """A position from a row that has the columns of `POSITION`."""
    values = {name: value for name, value in row._asdict().items() if name in PositionRow.__dataclass_fields__}
    flags = {name: bool(values[name]) for name in ("is_ticket", "is_upgrade", "is_replaced")}
    return PositionRow(**{**values, **flags, "off_minor": int(values["off_minor"])})


def add(tx: Connection, order: NewOrder, positions: Sequence[PositionRow]) -> int:
    """Store an order with its positions; its number."""
    order_id = int(_ADD(tx, **asdict(order), mail_key=order.mail.lower()).scalar_one())
    mine = {"event_id": order.event_id, "order_id": order_id}
    new = [{**mine, **{name: getattr(position, name) for name in _STORED}} for position in positions]
    rows.insert_rows(tx, order_positions, new)
    return order_id


_ADD = insert_of(orders, (*NewOrder.__dataclass_fields__, "mail_key"), orders.c.id)


def add_holders(tx: Connection, event_id: int, order_id: int | None, people: Sequence[HolderRow]) -> None:
    """Store whom new tickets are for."""
    new = [
        {
            "event_id": event_id,
            "order_id": order_id,
            "ticket": person.ticket,
            "name": person.name,
            "plate": person.plate,
            "language": person.language,
        }
        for person in people
    ]
    if new:
        rows.insert_rows(tx, holders, new)
        holder_words.add(tx, event_id, [(person.ticket, person.name) for person in people])


def get(tx: Connection, order_id: int, *, lock: bool = False) -> OrderRow:
    """One order; `lock` makes other changes to it wait until this transaction is over."""
    found = _one((_GET_LOCKED if lock else _GET)(tx, order_id=order_id))
    if found is None:
        raise LookupError(f"no order {order_id}")
    return found


def by_link(tx: Connection, link_hash: bytes) -> OrderRow | None:
    """The order whose address this is."""
    return _one(_BY_LINK(tx, link_hash=link_hash))


def by_form(tx: Connection, event_id: int, form_key: str) -> OrderRow | None:
    """The order a checkout form has made already."""
    return _one(_BY_FORM(tx, event_id=event_id, form_key=form_key))


def by_code(tx: Connection, event_id: int, code: str) -> OrderRow | None:
    """The order of this code."""
    return _one(_BY_CODE(tx, event_id=event_id, code=code))


_GET = Prepared(lambda order_id: select(*_COLUMNS).where(orders.c.id == order_id))
_GET_LOCKED = Prepared(lambda order_id: select(*_COLUMNS).where(orders.c.id == order_id).with_for_update())
_BY_LINK = Prepared(lambda link_hash: select(*_COLUMNS).where(orders.c.link_hash == link_hash))
_BY_FORM = Prepared(
    lambda event_id, form_key: select(*_COLUMNS).where(orders.c.event_id == event_id, orders.c.form_key == form_key)
)
_BY_CODE = Prepared(
    lambda event_id, code: select(*_COLUMNS).where(orders.c.event_id == event_id, orders.c.code == code)
)


def _one(found: Found) -> OrderRow | None:
    row = found.first()
    return None if row is None else OrderRow(*row)


def positions(tx: Connection, order_id: int) -> list[PositionRow]:
    """Its lines in order."""
    return [position_of(row) for row in _POSITIONS(tx, order_id=order_id)]


_POSITIONS = Prepared(
    lambda order_id: select(*POSITION).where(order_positions.c.order_id == order_id).order_by(order_positions.c.place)
)


def fulfil(tx: Connection, order_id: int, now_ms: int) -> bool:
    """Mark it as fulfilled; False if it was, or if it is closed."""
    return _FULFIL(tx, order_id=order_id, now_ms=now_ms).rowcount == 1


_FULFIL = Prepared(
    lambda order_id, now_ms: (
        update(orders)
        .where(orders.c.id == order_id, orders.c.fulfilled_ms.is_(None), orders.c.closed_ms.is_(None))
        .values(fulfilled_ms=now_ms)
    )
)


def close(tx: Connection, order_id: int, now_ms: int, why: str) -> bool:
    """Give it up or back; False if it was closed before."""
    is_open = and_(orders.c.id == order_id, orders.c.closed_ms.is_(None))
    return tx.execute(update(orders).where(is_open).values(closed_ms=now_ms, closed_why=why)).rowcount == 1


def give_time(tx: Connection, order_id: int, pay_until_ms: int) -> None:
    """It may be paid until then."""
    _GIVE_TIME(tx, order_id=order_id, until_ms=pay_until_ms)


_GIVE_TIME = Prepared(
    lambda order_id, until_ms: update(orders).where(orders.c.id == order_id).values(pay_until_ms=until_ms)
)


def paid_minor(tx: Connection, order_id: int, currency: str) -> int:
    """What was paid in a currency less what was given back: the sum of its movements."""
    return int(_PAID(tx, order_id=order_id, currency=currency).scalar_one())


_PAID = Prepared(
    lambda order_id, currency: select(func.coalesce(func.sum(movements.c.amount_minor), 0)).where(
        movements.c.order_id == order_id, movements.c.currency == currency
    )
)


def holders_of_order(tx: Connection, order_id: int) -> list[bytes]:
    """The tickets an order has brought into the world."""
    return list(_TICKETS_OF(tx, order_id=order_id).scalars())


_TICKETS_OF = Prepared(lambda order_id: select(holders.c.ticket).where(holders.c.order_id == order_id))


def order_of_ticket(tx: Connection, event_id: int, ticket: bytes) -> int | None:
    """The order that brought a ticket into the world."""
    mine = (holders.c.event_id == event_id) & (holders.c.ticket == ticket)
    return tx.execute(select(holders.c.order_id).where(mine)).scalar_one_or_none()


def holders_of_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> dict[bytes, HolderRow]:
    """Whom these tickets are for."""
    if not tickets:
        return {}
    rows = _HOLDERS(tx, event_id=event_id, tickets=list(tickets))
    return {one.ticket: HolderRow(one.ticket, one.name, one.plate, one.language, None, one.gate_note) for one in rows}


_HOLDERS = Prepared(
    lambda event_id, tickets: select(holders).where(holders.c.event_id == event_id, holders.c.ticket.in_(tickets))
)


def set_plate(tx: Connection, event_id: int, ticket: bytes, plate: str) -> None:
    """The ticket's holder comes with a motorcycle of this plate."""
    mine = (holders.c.event_id == event_id) & (holders.c.ticket == ticket)
    tx.execute(update(holders).where(mine).values(plate=plate))


def holders_of_event(tx: Connection, event_id: int) -> list[HolderRow]:
    """The holder of every ticket that was paid, for the snapshot; rising by ticket."""
    of_ticket = and_(order_positions.c.event_id == holders.c.event_id, order_positions.c.ticket == holders.c.ticket)
    sold = and_(products.c.event_id == holders.c.event_id, products.c.no == order_positions.c.product_no)
    rows = tx.execute(
        select(holders.c.ticket, holders.c.name, holders.c.plate, holders.c.language, products.c.attention)
        .join(orders, orders.c.id == holders.c.order_id)
        .join(order_positions, and_(of_ticket, order_positions.c.order_id == orders.c.id))
        .join(products, sold)
        .where(holders.c.event_id == event_id, orders.c.fulfilled_ms.is_not(None), order_positions.c.is_ticket)
        .order_by(holders.c.ticket)
    )
    return [HolderRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What a holder is found by."""

    ticket: bytes
    name: str
    plate: str | None
    order_code: str


def found_by_name(tx: Connection, event_id: int) -> list[FoundRow]:
    """The holder of every ticket that was paid, with the order's code."""
    rows = tx.execute(
        select(holders.c.ticket, holders.c.name, holders.c.plate, orders.c.code)
        .join(orders, orders.c.id == holders.c.order_id)
        .where(holders.c.event_id == event_id, orders.c.fulfilled_ms.is_not(None))
    )
    return [FoundRow(*row) for row in rows]


def tickets_of_orders(
    tx: Connection, event_id: int, order_ids: Sequence[int], more: Sequence[bytes] = ()
) -> list[tuple[bytes, int, str]]:
    """(ticket, ticket product, holder's name) of tickets these orders bought or belong to, and of more; good ones."""
    of_orders = select(order_positions.c.ticket).where(order_positions.c.order_id.in_(order_ids))
    is_named = or_(order_positions.c.ticket.in_(of_orders), order_positions.c.ticket.in_(list(more)))
    of_ticket = and_(holders.c.event_id == order_positions.c.event_id, holders.c.ticket == order_positions.c.ticket)
    rows = tx.execute(
        select(order_positions.c.ticket, order_positions.c.product_no, holders.c.name)
        .join(orders, orders.c.id == order_positions.c.order_id)
        .join(holders, of_ticket)
        .where(order_positions.c.event_id == event_id, is_named, order_positions.c.is_ticket)
        .where(orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None), _IS_LEFT)
        .where(~order_positions.c.is_replaced)
        .order_by(orders.c.id, order_positions.c.place)
    )
    return [(row.ticket, row.product_no, row.name) for row in rows]


def limits_of(tx: Connection, event_id: int, product_nos: Collection[int]) -> dict[int, tuple[int | None, int | None]]:
    """How many of these products a ticket, and a person, may have; None: any number."""
    mine = and_(products.c.event_id == event_id, products.c.no.in_(list(product_nos)))
    found = tx.execute(select(products.c.no, products.c.per_ticket_max, products.c.per_person_max).where(mine))
    return {no: (per_ticket, per_person) for no, per_ticket, per_person in found}


def bought_for_ticket(tx: Connection, event_id: int, ticket: bytes, product_no: int, now_ms: int) -> int:
    """How many of an item a ticket has, orders still to be paid included."""
    alive = or_(orders.c.fulfilled_ms.is_not(None), orders.c.pay_until_ms > now_ms)
    total = (
        select(func.coalesce(func.sum(order_positions.c.quantity - order_positions.c.returned), 0))
        .join(orders, orders.c.id == order_positions.c.order_id)
        .where(order_positions.c.event_id == event_id, order_positions.c.ticket == ticket)
        .where(order_positions.c.product_no == product_no, orders.c.closed_ms.is_(None), alive)
    )
    return int(tx.execute(total).scalar_one())


def bought_by_mail(tx: Connection, event_id: int, product_no: int, mail: str, now_ms: int) -> int:
    """How many of a product the orders of an address have, those still to be paid included.

    The product's row is locked, so that two orders of one buyer cannot both pass a limit.
    """
    mine = and_(products.c.event_id == event_id, products.c.no == product_no)
    tx.execute(select(products.c.no).where(mine).with_for_update(key_share=True))
    alive = or_(orders.c.fulfilled_ms.is_not(None), orders.c.pay_until_ms > now_ms)
    total = (
        select(func.coalesce(func.sum(order_positions.c.quantity - order_positions.c.returned), 0))
        .join(orders, orders.c.id == order_positions.c.order_id)
        .where(orders.c.event_id == event_id, orders.c.mail_key == mail.lower(), orders.c.closed_ms.is_(None), alive)
        .where(order_positions.c.product_no == product_no, ~order_positions.c.is_replaced)
    )
    return int(tx.execute(total).scalar_one())


def items_of_ticket(tx: Connection, event_id: int, ticket: bytes) -> list[PositionRow]:
    """Everything a ticket holds by now, first what it is, over all its fulfilled orders; less what was given back."""
    return [position_of(row) for row in _OF_TICKET(tx, event_id=event_id, ticket=ticket)]


_OF_TICKET = Prepared(
    lambda event_id, ticket: (
        select(*POSITION)
        .join(orders, orders.c.id == order_positions.c.order_id)
        .where(order_positions.c.event_id == event_id, order_positions.c.ticket == ticket, _IS_LEFT)
        .where(orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None), ~order_positions.c.is_replaced)
        .order_by(order_positions.c.is_ticket.desc(), orders.c.id, order_positions.c.place)
    )
)


# --- found by people --------------------------------------------------------------------------------


def newest(tx: Connection, event_id: int, below: int | None, limit: int) -> tuple[OrderRow, ...]:
    """Orders of an event below a number, the newest first."""
    where = [orders.c.event_id == event_id, *([orders.c.id < below] if below is not None else [])]
    rows = tx.execute(select(*_COLUMNS).where(*where).order_by(orders.c.id.desc()).limit(limit))
    return tuple(OrderRow(**row._asdict()) for row in rows)


def by_mail(tx: Connection, event_id: int, mail: str, limit: int) -> tuple[OrderRow, ...]:
    """Orders of this address in any case, the newest first."""
    mine = (orders.c.event_id == event_id, orders.c.mail_key == mail.lower())
    rows = tx.execute(select(*_COLUMNS).where(*mine).order_by(orders.c.id.desc()).limit(limit))
    return tuple(OrderRow(**row._asdict()) for row in rows)


def by_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes], limit: int) -> tuple[OrderRow, ...]:
    """Orders that bought or added to these tickets, oldest first."""
    named = select(order_positions.c.order_id).where(
        order_positions.c.event_id == event_id, order_positions.c.ticket.in_(list(tickets))
    )
    rows = tx.execute(select(*_COLUMNS).where(orders.c.id.in_(named)).order_by(orders.c.id).limit(limit))
    return tuple(OrderRow(**row._asdict()) for row in rows)
