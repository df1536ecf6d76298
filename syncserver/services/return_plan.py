"""What can be given back of an order, and what for: read inside a transaction, nothing written.

What was handed out stays. A ticket that was used stays; one that goes takes with it what it still holds, whichever
order that was bought in. Entries do not say which variant was handed out: pieces used count against the oldest.

A ticket that became another one goes as a whole: what it was bought for and every difference paid since, by the rules
of what it is now. What changed it cannot go back alone, for its first places were given to others meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from syncserver.services.catalogue import Catalogue, RefundTerms
from syncserver.services.refunds import left_to_give
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import orders
from syncserver.stores import returns as store
from syncserver.stores.orders import OrderRow, PositionRow
from syncserver.stores.returns import OwnedPosition

BASIS = 10_000  # basis points of the whole

# What so many of a position are worth to whoever asks, by the ticket's own position where they go with their ticket.
# None: they cannot be given back in this way.
Terms = Callable[[PositionRow, int, PositionRow | None], int | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many of the position at this place of the order."""

    place: int
    quantity: int


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """So many of a position, and what is given for all of them."""

    order_id: int
    row: PositionRow
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes back, by order and place."""

    lines: tuple[PlannedLine, ...]

    @property
    def amount_minor(self) -> int:
        """What is given for all of it."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def order_ids(self) -> list[int]:
        """The orders concerned, rising."""
        return sorted({line.order_id for line in self.lines})

    @property
    def tickets(self) -> list[bytes]:
        """The tickets concerned, rising."""
        return sorted({line.row.ticket for line in self.lines})

    def of_order(self, order_id: int) -> list[PlannedLine]:
        """The lines of one order."""
        return [line for line in self.lines if line.order_id == order_id]


@dataclass(frozen=True, slots=True)
class Offer:
    """A position with how many of it can be given back now, and what for one; none: `why_not` says why."""

    row: PositionRow
    quantity: int
    amount_minor: int
    why_not: Reason | None


def full_price(row: PositionRow, count: int, _: PositionRow | None) -> int:
    """What staff and a cancelled event give: what was paid, vouchers taken off."""
    return row.paid_minor(count)


def terms_of(catalogue: Catalogue, now_ms: int) -> Terms:
    """What the organiser's rules give a buyer. An item without a rule goes with its ticket, by the ticket's share."""

    def worth(row: PositionRow, count: int, ticket: PositionRow | None) -> int | None:
        rule = _rule(catalogue, row, now_ms)
        if rule is not None:
            return max(0, _share(row.paid_minor(count), rule) - rule.fee_minor * count)
        with_ticket = _rule(catalogue, ticket, now_ms) if ticket is not None else None
        return None if with_ticket is None else _share(row.paid_minor(count), with_ticket)

    return worth


def _share(price_minor: int, rule: RefundTerms) -> int:
    return (price_minor * rule.share_bp + BASIS // 2) // BASIS


def _rule(catalogue: Catalogue, row: PositionRow, now_ms: int) -> RefundTerms | None:
    """The rule of a position's product while it holds: until its own end, else until the event begins."""
    product = catalogue.products.get(row.product_no)
    rule = product.refund if product else None
    if rule is None:
        return None
    until_ms = catalogue.event.starts_ms if rule.until_ms is None else rule.until_ms
    return rule if now_ms < until_ms else None


class TicketStock:
    """What is left of some tickets, less what was used, as it is taken away bit by bit."""

    def __init__(self, tx: Connection, event_id: int, tickets: Sequence[bytes]) -> None:
        self.owned = store.positions_of_tickets(tx, event_id, tickets)
        self._used = store.used_pieces(tx, event_id, tickets)
        self._free: dict[tuple[bytes, int], int] = {}
        for one in self.owned:
            key = (one.row.ticket, one.row.product_no)
            self._free[key] = self._free.get(key, -self._used.get(key, 0)) + one.row.left * one.row.pieces

    def made_of(self, ticket: bytes) -> list[OwnedPosition]:
        """What a ticket was bought as and what it became, in order: the last is what it is."""
        own = [one for one in self.owned if one.row.ticket == ticket and one.row.is_ticket]
        return sorted(own, key=lambda one: not one.row.is_replaced)

    def has_used(self, row: PositionRow) -> bool:
        """Whether an item was used; of a ticket whether anybody came in with it, whatever it was then."""
        own = {one.row.product_no for one in self.made_of(row.ticket)} if row.is_ticket else set()
        return any(self._used.get((row.ticket, product), 0) > 0 for product in own | {row.product_no})

    def left(self, row: PositionRow) -> int:
        """How many of a position can go."""
        if row.is_ticket:
            return 0 if row.is_upgrade or self.has_used(row) else row.left
        free = self._free.get((row.ticket, row.product_no), 0)
        return max(0, min(row.left, free // row.pieces))

    def take(self, row: PositionRow, quantity: int) -> None:
        """So many go."""
        self._free[row.ticket, row.product_no] -= quantity * row.pieces


def plan_of(tx: Connection, order: OrderRow, wanted: Sequence[Wanted] | None, terms: Terms) -> Plan:
    """What goes back if this is wanted (None: all that can). Raises CannotBuy, naming what is in the way."""
    if order.fulfilled_ms is None or order.closed_ms is not None:
        raise CannotBuy(Reason.NOTHING_TO_RETURN)
    rows = {row.place: row for row in orders.positions(tx, order.id)}
    stock = TicketStock(tx, order.event_id, sorted({row.ticket for row in rows.values()}))
    if wanted is None:
        wanted = [Wanted(row.place, stock.left(row)) for row in rows.values() if stock.left(row)]
    chosen = [(rows.get(one.place), one.quantity) for one in wanted]
    if any(row is not None and row.is_upgrade for row, _ in chosen):
        raise CannotBuy(Reason.WITH_TICKET)
    going = {row.ticket: row for row, _ in chosen if row is not None and row.is_ticket}
    if any(row is not None and row.is_ticket and count > row.left for row, count in chosen):
        raise CannotBuy(Reason.NOT_RETURNABLE)
    lines = [line for row in going.values() for line in _ticket_lines(order, row, stock, terms)]
    for one in reversed(stock.owned):  # the newest first: what was used is the oldest
        if one.row.ticket in going and not one.row.is_ticket:
            lines += _with_ticket(one, stock.made_of(one.row.ticket)[-1].row, stock, terms)
    lines += [_item_line(order, row, n, stock, terms) for row, n in chosen if row is None or row.ticket not in going]
    if not lines:
        is_change = any(row.is_upgrade and row.left for row in rows.values())
        raise CannotBuy(Reason.WITH_TICKET if is_change else Reason.NOTHING_TO_RETURN)
    return Plan(tuple(_within(tx, order, lines)))


def _ticket_lines(order: OrderRow, row: PositionRow, stock: TicketStock, terms: Terms) -> list[PlannedLine]:
    """The ticket, with what it became since; the latest differences go back first."""
    if stock.has_used(row):
        raise CannotBuy(Reason.USED_ALREADY)
    amount = _worth(row, stock, terms) if row.left else None
    if amount is None:
        raise CannotBuy(Reason.NOT_RETURNABLE)
    lines = []
    for one in reversed([one for one in stock.made_of(row.ticket) if one.row.is_upgrade]):
        some = min(amount, one.row.total_minor)
        lines.append(PlannedLine(one.order_id, one.row, one.row.left, some))
        amount -= some
    return [PlannedLine(order.id, row, row.left, amount), *lines]


def _worth(row: PositionRow, stock: TicketStock, terms: Terms) -> int | None:
    """What a ticket is worth to whoever asks: all that was paid for it, by the rules of what it is now."""
    made_of = [one.row for one in stock.made_of(row.ticket)]
    if len(made_of) < 2:
        return terms(row, row.left, None)
    paid_minor = sum(one.total_minor for one in made_of)
    return terms(replace(made_of[-1], price_minor=paid_minor, off_minor=0), 1, None)


def _with_ticket(one: OwnedPosition, ticket: PositionRow, stock: TicketStock, terms: Terms) -> list[PlannedLine]:
    count = stock.left(one.row)
    stock.take(one.row, count)
    return [PlannedLine(one.order_id, one.row, count, terms(one.row, count, ticket) or 0)] if count else []


def _item_line(order: OrderRow, row: PositionRow | None, count: int, stock: TicketStock, terms: Terms) -> PlannedLine:
    if row is None or not 1 <= count <= row.left:
        raise CannotBuy(Reason.NOT_RETURNABLE)
    amount = terms(row, count, None)
    if amount is None:
        raise CannotBuy(Reason.NOT_RETURNABLE)
    if count > stock.left(row):
        raise CannotBuy(Reason.USED_ALREADY)
    stock.take(row, count)
    return PlannedLine(order.id, row, count, amount)


def _within(tx: Connection, order: OrderRow, lines: Sequence[PlannedLine]) -> list[PlannedLine]:
    """The lines with amounts that the money of their orders covers: a discount may have made all of it cheaper."""
    left: dict[int, int] = {}
    found = []
    for line in sorted(lines, key=lambda one: (one.order_id, one.row.place)):
        if line.order_id not in left:
            whose = order if line.order_id == order.id else orders.get(tx, line.order_id)
            left[line.order_id] = left_to_give(tx, whose)
        amount = min(line.amount_minor, left[line.order_id])
        left[line.order_id] -= amount
        found.append(PlannedLine(line.order_id, line.row, line.quantity, amount))
    return found


def offers_of(tx: Connection, order: OrderRow, terms: Terms) -> list[Offer]:
    """Every position of an order with what can be given back of it now."""
    rows = orders.positions(tx, order.id)
    if order.fulfilled_ms is None or order.closed_ms is not None:
        return []
    stock = TicketStock(tx, order.event_id, sorted({row.ticket for row in rows}))
    return [_offer(row, stock, terms) for row in rows if row.left]


def _offer(row: PositionRow, stock: TicketStock, terms: Terms) -> Offer:
    count = stock.left(row)
    if row.is_upgrade:
        return Offer(row, 0, 0, Reason.WITH_TICKET)
    if not count:
        return Offer(row, 0, 0, Reason.USED_ALREADY)
    amount = _worth(row, stock, terms) if row.is_ticket else terms(row, 1, None)
    if amount is None:
        return Offer(row, 0, 0, Reason.NOT_RETURNABLE)
    return Offer(row, count, amount, None)
