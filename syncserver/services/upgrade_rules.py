"""Whether a ticket bought earlier can become another one: asked by its page, by the basket and when it is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.ids import TicketId
from syncserver.services.catalogue import Catalogue, Product
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.ticket_now import TicketNow, tickets_now
from syncserver.stores import browsers, orders, tickets, upgrades
from syncserver.stores.tickets import TicketRow


@dataclass(frozen=True, slots=True)
class Changing:
    """A ticket with all that bears on its change. `waiting` is the order that waits for money to change it."""

    now: TicketNow
    stated: TicketRow | None
    ordered: tuple[int, ...]  # items ordered for it that wait for money
    waiting: int | None


def is_owner(tx: Connection, event_id: int, browser: bytes, ticket: bytes) -> bool:
    """Whether a browser may see the order that bought the ticket; a friend's link or code is not enough."""
    return orders.order_of_ticket(tx, event_id, ticket) in browsers.orders_of(tx, browser)


def changing(tx: Connection, event_id: int, wanted: Sequence[bytes], now_ms: int) -> dict[bytes, Changing]:
    """Those of the tickets that are paid and were not given back."""
    found = tickets_now(tx, event_id, wanted)
    if not found:
        return {}
    stated = tickets.by_ids(tx, event_id, list(found))
    waiting = upgrades.waiting(tx, event_id, list(found), now_ms)
    ordered = upgrades.items_waiting(tx, event_id, list(found), now_ms)
    return {
        ticket: Changing(
            now=now,
            stated=stated.get(TicketId(ticket)),
            ordered=tuple(item for whose, item in ordered if whose == ticket),
            waiting=waiting.get(ticket),
        )
        for ticket, now in found.items()
    }


def check_upgrade(
    catalogue: Catalogue, ticket: Changing | None, product: Product, variant: str | None, now_ms: int
) -> None:
    """Whether the ticket can become that product now. Raises CannotBuy; room and vouchers are not looked at."""
    if ticket is None:
        raise CannotBuy(Reason.NEEDS_TICKET, product.name)
    row = ticket.now.current.row
    current = catalogue.products.get(row.product_no)
    if current is None or product.no not in current.upgrades_to or row.pieces > 1 or product.pieces > 1:
        raise CannotBuy(Reason.NOT_CHANGEABLE, product.name)
    if not (catalogue.event.is_on_sale(now_ms) and product.is_on_sale(now_ms)):
        raise CannotBuy(Reason.NOT_ON_SALE, product.name)
    if product.choices and product.choice(variant) is None:
        raise CannotBuy(Reason.CHOOSE_VARIANT, product.name)
    if product.price_at(variant, now_ms) < ticket.now.paid_minor:
        raise CannotBuy(Reason.UPGRADE_CHEAPER, product.name)
    _check_state(ticket)
    for item in _items(catalogue, ticket):
        if item.requires and product.no not in item.requires:
            raise CannotBuy(Reason.UPGRADE_ITEM, item.name)
    if ticket.waiting is not None:
        raise CannotBuy(Reason.UPGRADE_WAITING, product.name)


def _check_state(ticket: Changing) -> None:
    """It is good, and stated to be what was bought: a change under way is stated within a second."""
    stated = ticket.stated
    if stated is not None and (stated.is_blocked or stated.is_cancelled):
        raise CannotBuy(Reason.TICKET_BLOCKED)
    if stated is None or not stated.is_issued or stated.product_no != ticket.now.current.row.product_no:
        raise CannotBuy(Reason.NOT_CHANGEABLE)


def _items(catalogue: Catalogue, ticket: Changing) -> Iterator[Product]:
    """The items on it, and those ordered for it that wait for money."""
    for no in dict.fromkeys([*(row.product_no for row in ticket.now.items), *ticket.ordered]):
        if no in catalogue.products:
            yield catalogue.products[no]
