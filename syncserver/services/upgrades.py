"""Changing a ticket bought earlier into another one for the difference: what can be had, and into the basket with it.

From there it goes as everything does: held, ordered, paid. It is carried out with its order (`fulfilment`). Only who
may see the order that bought the ticket may change it: a friend who has a link to it would change what is not theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services import stock
from syncserver.services.basket import check_buyer_limit, check_order_limit, open_basket, put_line
from syncserver.services.basket_vouchers import BasketVoucher, check_secret, opened_by, vouchers_of
from syncserver.services.catalogue import Catalogue, Choice, Product
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.ticket_now import TicketNow
from syncserver.services.upgrade_rules import Changing, changing, check_upgrade, is_owner
from syncserver.stores import baskets, orders, quotas, reserves
from syncserver.stores.baskets import LineRow
from syncserver.stores.quotas import QuotaRow

Kind: TypeAlias = tuple[Product, Choice | None]  # what a ticket can become


@dataclass(frozen=True, slots=True)
class Option:
    """What a ticket can become and for how much more, or why not."""

    product: Product
    choice: Choice | None
    difference_minor: int
    why_not: CannotBuy | None


@dataclass(frozen=True, slots=True)
class UpgradeOffer:
    """A ticket with what it can become. `waiting` is the order that waits for money to change it."""

    ticket: bytes
    product_no: int
    options: tuple[Option, ...]
    waiting: int | None

    @property
    def possible(self) -> tuple[Option, ...]:
        """What can be had now, the smallest difference first."""
        return tuple(sorted((one for one in self.options if not one.why_not), key=lambda one: one.difference_minor))


class Upgrades:
    """Use cases of changing a ticket."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def offers(self, catalogue: Catalogue, browser: bytes, tickets: Sequence[bytes]) -> tuple[UpgradeOffer, ...]:
        """Those of the tickets that may become something else by their product, with what that is."""
        now_ms, event_id = self._clock.now_ms(), catalogue.event.id
        with self._db.read() as tx:
            found = changing(tx, event_id, tickets, now_ms)
            basket = baskets.find(tx, event_id, browser)
            given = vouchers_of(tx, catalogue, basket.id, now_ms) if basket else ()
            kinds = {ticket: _kinds(catalogue, one.now, given) for ticket, one in found.items()}
            left = _left(tx, event_id, [kind for some in kinds.values() for kind in some], given, now_ms)
        return tuple(
            UpgradeOffer(
                ticket=ticket,
                product_no=found[ticket].now.current.row.product_no,
                options=tuple(_option(catalogue, found[ticket], kind, left, now_ms) for kind in kinds[ticket]),
                waiting=found[ticket].waiting,
            )
            for ticket in tickets
            if kinds.get(ticket)
        )

    def add(self, catalogue: Catalogue, browser: bytes, ticket: bytes, product: Product, variant: str | None) -> int:
        """Put the change into the basket, in place of another one of this ticket. Raises CannotBuy."""
        now_ms, event = self._clock.now_ms(), catalogue.event
        with self._db.write() as tx:
            if not is_owner(tx, event.id, browser, ticket):
                raise CannotBuy(Reason.NEEDS_TICKET, product.name)
            basket, lines = open_basket(tx, event, browser, now_ms)
            gone = [line.id for line in lines if line.is_upgrade and line.ticket == ticket]
            stock.release_lines(tx, gone, now_ms)
            baskets.remove_lines(tx, gone)
            lines = [line for line in lines if line.id not in gone]
            given = vouchers_of(tx, catalogue, basket.id, now_ms)
            check_secret(given, product, lines, 1)
            check_order_limit(product, lines, 1)
            check_buyer_limit(product, lines, 1)
            one = changing(tx, event.id, [ticket], now_ms).get(ticket)
            check_upgrade(catalogue, one, product, variant, now_ms)
            price = one.now.difference_minor(product.price_at(variant, now_ms)) if one else 0
            variant = variant if product.choices else None
            line = LineRow(0, product.no, variant, 1, None, ticket, "", "", price, is_upgrade=True)
            return put_line(tx, basket, product, line, given, now_ms)

    def buyer_of(self, event_id: int, browser: bytes, ticket: bytes) -> tuple[str, str] | None:
        """Name and address of who bought a ticket, for the checkout of whoever may see that order."""
        with self._db.read() as tx:
            order_id = orders.order_of_ticket(tx, event_id, ticket)
            if order_id is None or not is_owner(tx, event_id, browser, ticket):
                return None
            order = orders.get(tx, order_id)
            return order.name, order.mail


def _kinds(catalogue: Catalogue, ticket: TicketNow, given: Sequence[BasketVoucher]) -> list[Kind]:
    """What a ticket's product names, as far as it is not secret to who asks."""
    current, opened = catalogue.products.get(ticket.current.row.product_no), opened_by(given)
    wanted = [catalogue.products[no] for no in (current.upgrades_to if current else ()) if no in catalogue.products]
    shown = [product for product in wanted if not product.is_secret or product.no in opened]
    return [(product, choice) for product in shown for choice in (product.choices or (None,))]


def _left(
    tx: Connection, event_id: int, kinds: Sequence[Kind], given: Sequence[BasketVoucher], now_ms: int
) -> dict[str, QuotaRow]:
    """What is left of their limits, with what vouchers here have set aside."""
    rows = quotas.of_keys(tx, event_id, {key for kind in kinds for key in _limits(kind)}, now_ms)
    aside = reserves.left_of_offers(tx, event_id, [one.offer.key for one in given]) if given else {}
    return {key: replace(row, free=row.free + aside.get(row.id, 0)) for key, row in rows.items()}


def _limits(kind: Kind) -> tuple[str, ...]:
    product, choice = kind
    return (*product.quota_keys, *(choice.quota_keys if choice else ()))


def _option(catalogue: Catalogue, ticket: Changing, kind: Kind, left: Mapping[str, QuotaRow], now_ms: int) -> Option:
    product, choice = kind
    variant = choice.key if choice else None
    difference = ticket.now.difference_minor(product.price_at(variant, now_ms))
    try:
        check_upgrade(catalogue, ticket, product, variant, now_ms)
    except CannotBuy as error:
        return Option(product, choice, difference, error)
    wanted = [left[key] for key in _limits(kind) if key in left and left[key].id not in ticket.now.places]
    is_full = any(row.free < 1 for row in wanted)
    return Option(product, choice, difference, CannotBuy(Reason.SOLD_OUT, product.name) if is_full else None)
