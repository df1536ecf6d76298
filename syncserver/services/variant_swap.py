"""Another size, colour or departure of what was bought, while none of it was handed out.

A pass lists products, not variants: nothing is stated anew, and the code stays. The place in the new variant's stock is
taken before the old one's is given back, in one transaction with the order's line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services import stock
from syncserver.services.availability import Availability, availability
from syncserver.services.catalogue import Catalogue, Choice, Product
from syncserver.services.order_changes import NoteKind
from syncserver.services.return_plan import TicketStock
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import order_changes, orders, quotas, returns, upgrades
from syncserver.stores.order_changes import NoteRow
from syncserver.stores.orders import OrderRow, PositionRow
from syncserver.stores.quotas import QuotaRow


@dataclass(frozen=True, slots=True)
class Swappable:
    """A line whose variant can be changed, with the variants it can become; its own is the first."""

    row: PositionRow
    product: Product
    choices: tuple[Choice, ...]


class VariantSwaps:
    """Use cases of changing a variant."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def offers(self, order_id: int, catalogue: Catalogue, left: Mapping[str, QuotaRow]) -> tuple[Swappable, ...]:
        """Lines of an order that can be changed, each with what there still is."""
        with self._db.read() as tx:
            order = orders.get(tx, order_id)
            rows = _unused(tx, order, catalogue) if _is_open(order) else []
        now_ms = self._clock.now_ms()
        found = [(row, catalogue.products[row.product_no]) for row in rows]
        shown = [Swappable(row, product, _choices(row, product, left, now_ms)) for row, product in found]
        return tuple(one for one in shown if len(one.choices) > 1)

    def swap(self, order_id: int, catalogue: Catalogue, place: int, variant_key: str) -> bool:
        """Make a line that variant; False if it was. Raises CannotBuy."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            order = orders.get(tx, order_id, lock=True)
            mine = sorted({row.ticket for row in orders.positions(tx, order_id)})
            returns.lock_tickets(tx, order.event_id, mine)
            rows = {row.place: row for row in _unused(tx, order, catalogue)} if _is_open(order) else {}
            row = rows.get(place)
            if row is None:
                raise CannotBuy(Reason.NOT_CHANGEABLE)
            if row.variant_key == variant_key:
                return False
            if row.is_ticket and upgrades.waiting(tx, order.event_id, [row.ticket], now_ms):
                raise CannotBuy(Reason.UPGRADE_WAITING, catalogue.products[row.product_no].name)
            self._carry_out(tx, order, row, catalogue.products[row.product_no], variant_key, now_ms)
            return True

    def _carry_out(
        self, tx: Connection, order: OrderRow, row: PositionRow, product: Product, key: str, now_ms: int
    ) -> None:
        if product.choice(key) is None or not _costs_the_same(row, product, key, now_ms):
            raise CannotBuy(Reason.NOT_CHANGEABLE, product.name)
        before = set(quotas.of_product(tx, order.event_id, row.product_no, row.variant_key))
        after = set(quotas.of_product(tx, order.event_id, row.product_no, key))
        change = stock.Change(order.event_id, order.id, row.place, row.left, before - after, after - before)
        if not stock.exchange(tx, change, now_ms):
            raise CannotBuy(Reason.SOLD_OUT, product.name)
        order_changes.set_variant(tx, order.id, row.place, key)
        note = NoteRow(NoteKind.VARIANT.value, "", row.ticket, now_ms)
        order_changes.add_note(tx, order.event_id, order.id, note)


def _is_open(order: OrderRow) -> bool:
    return order.fulfilled_ms is not None and order.closed_ms is None


def _unused(tx: Connection, order: OrderRow, catalogue: Catalogue) -> list[PositionRow]:
    """Lines with variants of which nothing was handed out."""
    rows = [row for row in orders.positions(tx, order.id) if row.left and row.variant_key is not None]
    # A ticket that became another one has places by several positions: its variant stays.
    rows = [row for row in rows if not (row.is_upgrade or row.is_replaced)]
    of_tickets = TicketStock(tx, order.event_id, sorted({row.ticket for row in rows}))
    known = [row for row in rows if row.product_no in catalogue.products]
    return [row for row in known if of_tickets.left(row) == row.left and not of_tickets.has_used(row)]


def _choices(row: PositionRow, product: Product, left: Mapping[str, QuotaRow], now_ms: int) -> tuple[Choice, ...]:
    own = [one for one in product.choices if one.key == row.variant_key]
    others = [
        one
        for one in product.choices
        if one.key != row.variant_key
        and _costs_the_same(row, product, one.key, now_ms)
        and availability(product, one, {key: left[key] for key in one.quota_keys if key in left})
        is not Availability.NONE
    ]
    return (*own, *others)


def _costs_the_same(row: PositionRow, product: Product, key: str, now_ms: int) -> bool:
    return product.price_at(key, now_ms) == product.price_at(row.variant_key, now_ms)
