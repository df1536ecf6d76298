"""What happens when an order is paid: its places are kept, the scribe is asked for statements, a mail is asked for.

All in the transaction of the money, so that no payment is ever without its tickets.
"""

from __future__ import annotations

from collections import defaultdict
from enum import Enum, auto

from sqlalchemy import Connection

from syncserver.jobs.queue import enqueue
from syncserver.jobs.statement_args import (
    ENTITLE,
    ISSUE,
    SCRIBE_QUEUE,
    EntitleArgs,
    GrantWanted,
    IssueArgs,
    TicketWanted,
)
from syncserver.services import stock
from syncserver.services.late_limits import is_over_limits
from syncserver.services.mail_queue import MailKind, ask_mail
from syncserver.services.ticket_changes import carry_out, changes_of
from syncserver.stores import orders, returns
from syncserver.stores import tickets as store_tickets
from syncserver.stores.orders import OrderRow, PositionRow


class Settled(Enum):
    """What became of a paid order."""

    FULFILLED = auto()
    ALREADY = auto()  # it was fulfilled before: this money is too much
    SOLD_OUT = auto()  # it came late, and its places are gone
    CLOSED = auto()  # it was given up: this money goes back
    TICKET_GONE = auto()  # its items are for a ticket that was given back meanwhile
    TICKET_BLOCKED = auto()  # nothing could be collected with the ticket its items are for
    OVER_LIMIT = auto()  # it came late, and as much was ordered meanwhile as a ticket or a person may have
    TICKET_CHANGED = auto()  # the ticket it was to change is not what it was when this was ordered


def settle(tx: Connection, order: OrderRow, now_ms: int) -> Settled:
    """Fulfil an order whose money is there. The caller has locked the order's row."""
    if order.fulfilled_ms is not None:
        return Settled.ALREADY
    if order.closed_ms is not None:
        return Settled.CLOSED
    positions, new = orders.positions(tx, order.id), set(orders.holders_of_order(tx, order.id))
    others = {position.ticket for position in positions} - new
    if others and not _stand(tx, order, others):
        return Settled.TICKET_GONE
    if others and store_tickets.blocked(tx, order.event_id, sorted(others)):
        return Settled.TICKET_BLOCKED
    changes = changes_of(tx, order, positions)
    if changes is None:
        return Settled.TICKET_CHANGED
    if not stock.keep(tx, order.id, now_ms, [limit for one in changes for limit in one.gone]):
        return Settled.SOLD_OUT
    if is_over_limits(tx, order, now_ms):
        return Settled.OVER_LIMIT
    orders.fulfil(tx, order.id, now_ms)
    _ask_statements(tx, order, positions, new, now_ms)
    carry_out(tx, order, changes, now_ms)
    ask_mail(tx, order, MailKind.TICKETS, now_ms)
    return Settled.FULFILLED


def _stand(tx: Connection, order: OrderRow, tickets: set[bytes]) -> bool:
    """Whether these tickets are still good; from here on they stay so until this transaction is over."""
    returns.lock_tickets(tx, order.event_id, sorted(tickets))
    return tickets <= returns.standing(tx, order.event_id, sorted(tickets))


def _ask_statements(
    tx: Connection, order: OrderRow, positions: list[PositionRow], new: set[bytes], now_ms: int
) -> None:
    key = order.uid.hex()
    if issued := _tickets(positions, new):
        issue = IssueArgs(event_id=order.event_id, key=order.uid, tickets=issued)
        enqueue(tx, SCRIBE_QUEUE, ISSUE, issue, key, now_ms)
    grants = tuple(
        GrantWanted(ticket=ticket, product=product, quantity=quantity)
        for ticket, items in _items(positions).items()
        if ticket not in new
        for product, quantity in items
    )
    if grants:
        entitle = EntitleArgs(event_id=order.event_id, key=order.uid, grants=grants)
        enqueue(tx, SCRIBE_QUEUE, ENTITLE, entitle, key, now_ms)


def _tickets(positions: list[PositionRow], new: set[bytes]) -> tuple[TicketWanted, ...]:
    """A new ticket's first position is the ticket itself, the others are its items."""
    items = _items(positions)
    own = [position for position in positions if position.is_ticket and position.ticket in new]
    return tuple(TicketWanted(one.ticket, one.product_no, _with_party(one, items.get(one.ticket, ()))) for one in own)


def _with_party(own: PositionRow, items: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The ticket's own product stands among its items where it admits several, with how many."""
    return (*items, (own.product_no, own.pieces)) if own.pieces > 1 else items


def _items(positions: list[PositionRow]) -> dict[bytes, tuple[tuple[int, int], ...]]:
    """Ticket -> (product, pieces) of the items bought for it, one entry per product."""
    sums: dict[bytes, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for position in positions:
        if not position.is_ticket:
            sums[position.ticket][position.product_no] += position.quantity * position.pieces
    return {ticket: tuple(sorted(products.items())) for ticket, products in sums.items()}
