"""The basket: tickets for people, items on tickets, and the holds behind them.

Each change is one transaction that locks the basket first, so that two tabs of a browser cannot pass a limit together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services import stock
from syncserver.services.catalogue import Catalogue, Catalogues, Product, ShopEvent
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import baskets as store
from syncserver.stores import browsers, holds, orders, quotas
from syncserver.stores.baskets import BasketRow, LineRow

HOLD_MS = 15 * 60_000
EXTENSION_MS = 10 * 60_000
EXTENSIONS_MAX = 10  # WCAG 2.2.1 asks for ten at least
LINES_MAX = 60
QUANTITY_MAX = 50
NAME_CHARS_MAX = 100
PLATE_CHARS_MAX = 16


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A ticket bought earlier that this browser has shown the order of."""

    ticket: bytes
    product_no: int
    holder_name: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where an item goes: a line of this basket, or a ticket bought earlier."""

    line_id: int | None = None
    ticket: bytes | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as pages show it; `is_held` says whether its place is still reserved."""

    row: LineRow
    product: Product
    variant_name: str
    price_minor: int  # of one
    total_minor: int
    is_held: bool
    items: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketView:
    """What is in a basket. `tickets` carry their items; `later` are items on tickets bought earlier."""

    tickets: tuple[Line, ...]
    later: tuple[tuple[OwnTicket, tuple[Line, ...]], ...]
    total_minor: int
    count: int
    expires_ms: int
    extensions_left: int
    is_held: bool  # every line's place is still reserved

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.count == 0


class Baskets:
    """Use cases of the basket. All take the browser by the hash of its cookie."""

    def __init__(self, db: Database, clock: Clock, catalogues: Catalogues) -> None:
        self._db, self._clock, self._catalogues = db, clock, catalogues

    def view(self, catalogue: Catalogue, browser: bytes) -> BasketView:
        """The basket as it is now."""
        with self._db.read() as tx:
            return view_of(tx, catalogue, browser, self._clock.now_ms())

    def own_tickets(self, event: ShopEvent, browser: bytes) -> tuple[OwnTicket, ...]:
        """Tickets bought earlier that items can be put on."""
        with self._db.read() as tx:
            return own_tickets(tx, event, browser)

    def add_tickets(
        self, catalogue: Catalogue, browser: bytes, product: Product, variant: str | None, count: int
    ) -> list[int]:
        """Put tickets in, each a line for a holder of its own. Raises CannotBuy."""
        count = _checked_count(catalogue, product, variant, count, self._clock.now_ms())
        line = LineRow(0, product.no, variant, 1, None, None, "", "")
        with self._db.write() as tx:
            basket, lines = self._open(tx, catalogue.event, browser)
            _check_order_limit(product, lines, count)
            return [self._put(tx, basket, product, line) for _ in range(count)]

    def add_item(
        self, catalogue: Catalogue, browser: bytes, product: Product, variant: str | None, count: int, target: Target
    ) -> int:
        """Put so many of an item on a ticket. Raises CannotBuy."""
        count = _checked_count(catalogue, product, variant, count, self._clock.now_ms())
        with self._db.write() as tx:
            basket, lines = self._open(tx, catalogue.event, browser)
            self._check_target(tx, catalogue, browser, product, lines, target)
            _check_order_limit(product, lines, count)
            self._check_ticket_limit(tx, basket, product, lines, target, count)
            line = LineRow(0, product.no, variant, count, target.line_id, target.ticket, "", "")
            return self._put(tx, basket, product, line)

    def remove(self, event: ShopEvent, browser: bytes, line_id: int) -> int:
        """Take a line out, and with a ticket its items; how many items went with it."""
        with self._db.write() as tx:
            _, lines = self._open(tx, event, browser)
            gone = [line.id for line in lines if line_id in (line.id, line.parent_line_id)]
            stock.release_lines(tx, gone)
            store.remove_lines(tx, gone)
            return max(0, len(gone) - 1)

    def name_holders(self, event: ShopEvent, browser: bytes, people: dict[int, tuple[str, str]]) -> None:
        """Say whom tickets are for: line -> (name, plate). Lines of other baskets are left alone."""
        with self._db.write() as tx:
            _, lines = self._open(tx, event, browser)
            for line in lines:
                if line.id in people and line.parent_line_id is None and line.ticket is None:
                    name, plate = people[line.id]
                    store.name_holder(tx, line.id, tidy(name, NAME_CHARS_MAX), tidy(plate, PLATE_CHARS_MAX).upper())

    def extend(self, event: ShopEvent, browser: bytes) -> None:
        """Ten minutes more, ten times at most; places that were lost come back if there are any. Raises CannotBuy."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            basket, lines = self._open(tx, event, browser)
            if basket.extensions >= EXTENSIONS_MAX:
                raise CannotBuy(Reason.NO_MORE_TIME)
            until = max(basket.expires_ms, now_ms + EXTENSION_MS)
            store.restart_clock(tx, basket.id, basket.created_ms, until, basket.extensions + 1)
            holds.extend(tx, [line.id for line in lines], until)
            hold_again(tx, self._catalogues.of(event, event.default_language), lines, (now_ms, until))

    def _open(self, tx: Connection, event: ShopEvent, browser: bytes) -> tuple[BasketRow, list[LineRow]]:
        now_ms = self._clock.now_ms()
        basket = store.find_or_make(tx, event.id, browser, now_ms)
        lines = store.lines(tx, basket.id)
        if not lines:
            basket = replace(basket, created_ms=now_ms, expires_ms=now_ms + HOLD_MS, extensions=0)
            store.restart_clock(tx, basket.id, basket.created_ms, basket.expires_ms, 0)
        return basket, lines

    def _put(self, tx: Connection, basket: BasketRow, product: Product, line: LineRow) -> int:
        now_ms = self._clock.now_ms()
        line_id = store.add_line(tx, basket, line)
        ids = quotas.of_product(tx, basket.event_id, product.no, line.variant_key)
        # A basket whose time is over may still be filled: what is added stands for a while, the rest asks again.
        until = max(basket.expires_ms, now_ms + EXTENSION_MS // 2)
        if not stock.hold(tx, basket.event_id, line_id, ids, line.quantity, (now_ms, until)):
            raise CannotBuy(Reason.SOLD_OUT, product.name)
        return line_id

    def _check_target(
        self,
        tx: Connection,
        catalogue: Catalogue,
        browser: bytes,
        product: Product,
        lines: list[LineRow],
        target: Target,
    ) -> None:
        held = _target_product(tx, catalogue.event, browser, lines, target)
        if held is None:
            raise CannotBuy(Reason.NEEDS_TICKET, product.name)
        if product.requires and held not in product.requires:
            raise CannotBuy(Reason.WRONG_TICKET, product.name)

    def _check_ticket_limit(
        self, tx: Connection, basket: BasketRow, product: Product, lines: list[LineRow], target: Target, count: int
    ) -> None:
        limits = [limit for limit in (product.limits.per_ticket, product.limits.per_person) if limit is not None]
        if not limits:
            return
        same = [line for line in lines if (line.parent_line_id, line.ticket) == (target.line_id, target.ticket)]
        there = sum(line.quantity for line in same if line.product_no == product.no)
        if target.ticket is not None:
            there += orders.bought_for_ticket(tx, basket.event_id, target.ticket, product.no, self._clock.now_ms())
        if there + count > min(limits):
            raise CannotBuy(Reason.LIMIT_TICKET, product.name, min(limits))


def own_tickets(tx: Connection, event: ShopEvent, browser: bytes) -> tuple[OwnTicket, ...]:
    """Tickets of the orders this browser may see."""
    mine = browsers.orders_of(tx, browser)
    return tuple(OwnTicket(*row) for row in orders.tickets_of_orders(tx, event.id, mine)) if mine else ()


def view_of(tx: Connection, catalogue: Catalogue, browser: bytes, now_ms: int) -> BasketView:
    """The basket as pages show it."""
    basket = store.find(tx, catalogue.event.id, browser)
    rows = store.lines(tx, basket.id) if basket else []
    rows = [row for row in rows if row.product_no in catalogue.products]
    standing = holds.held_lines(tx, [row.id for row in rows])
    is_over = basket is not None and basket.expires_ms <= now_ms
    lines = [_line(catalogue, row, now_ms, _is_held(catalogue, row, standing, is_over=is_over)) for row in rows]
    tickets = tuple(_with_items(line, lines) for line in lines if line.product.is_ticket)
    own = own_tickets(tx, catalogue.event, browser) if any(row.ticket for row in rows) else ()
    later = tuple((one, tuple(line for line in lines if line.row.ticket == one.ticket)) for one in own)
    return BasketView(
        tickets=tickets,
        later=tuple(pair for pair in later if pair[1]),
        total_minor=sum(line.total_minor for line in lines),
        count=sum(line.row.quantity for line in lines),
        expires_ms=basket.expires_ms if basket else 0,
        extensions_left=EXTENSIONS_MAX - basket.extensions if basket else 0,
        is_held=all(line.is_held for line in lines),
    )


def hold_again(tx: Connection, catalogue: Catalogue, lines: list[LineRow], times: tuple[int, int]) -> None:
    """Take the places again of lines that have lost theirs. Raises CannotBuy, naming the first that has none left."""
    event_id, standing = catalogue.event.id, holds.held_lines(tx, [line.id for line in lines])
    wanted = {line.id: quotas.of_product(tx, event_id, line.product_no, line.variant_key) for line in lines}
    lost = [line for line in lines if standing.get(line.id, 0) != len(wanted[line.id])]
    quotas.lock(tx, {quota_id for line in lost for quota_id in wanted[line.id]})
    for line in lost:
        stock.release_lines(tx, [line.id])
        if not stock.hold(tx, event_id, line.id, wanted[line.id], line.quantity, times):
            product = catalogue.products.get(line.product_no)
            raise CannotBuy(Reason.SOLD_OUT, product.name if product else "")


def _line(catalogue: Catalogue, row: LineRow, now_ms: int, is_held: bool) -> Line:  # noqa: FBT001 - a private step
    product = catalogue.products[row.product_no]
    choice = product.choice(row.variant_key)
    price = product.price_at(row.variant_key, now_ms)
    return Line(row, product, choice.name if choice else "", price, price * row.quantity, is_held)


def _is_held(catalogue: Catalogue, row: LineRow, standing: dict[int, int], *, is_over: bool) -> bool:
    product = catalogue.products[row.product_no]
    choice = product.choice(row.variant_key)
    wanted = len(set(product.quota_keys + (choice.quota_keys if choice else ())))
    return not is_over and standing.get(row.id, 0) == wanted


def _with_items(ticket: Line, lines: list[Line]) -> Line:
    return replace(ticket, items=tuple(line for line in lines if line.row.parent_line_id == ticket.row.id))


def _checked_count(catalogue: Catalogue, product: Product, variant: str | None, count: int, now_ms: int) -> int:
    if product.is_secret or not (catalogue.event.is_on_sale(now_ms) and product.is_on_sale(now_ms)):
        raise CannotBuy(Reason.NOT_ON_SALE, product.name)
    if product.choices and product.choice(variant) is None:
        raise CannotBuy(Reason.CHOOSE_VARIANT, product.name)
    return min(max(1, count), QUANTITY_MAX)


def _check_order_limit(product: Product, lines: list[LineRow], count: int) -> None:
    if len(lines) + (count if product.is_ticket else 1) > LINES_MAX:
        raise CannotBuy(Reason.BASKET_FULL, limit=LINES_MAX)
    limit = product.limits.per_order
    there = sum(line.quantity for line in lines if line.product_no == product.no)
    if limit is not None and there + count > limit:
        raise CannotBuy(Reason.LIMIT_ORDER, product.name, limit)


def _target_product(
    tx: Connection, event: ShopEvent, browser: bytes, lines: list[LineRow], target: Target
) -> int | None:
    if target.line_id is not None:
        mine = [
            line for line in lines if line.id == target.line_id and line.parent_line_id is None and line.ticket is None
        ]
        return mine[0].product_no if mine else None
    own = {one.ticket: one.product_no for one in own_tickets(tx, event, browser)}
    return own.get(target.ticket) if target.ticket else None


def tidy(text: str, chars_max: int) -> str:
    """A text of one line as it is kept: no control or direction characters, single blanks, cut."""
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())[:chars_max]
