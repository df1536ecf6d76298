"""The basket: tickets for people, items on tickets, and the holds behind them.

Each change is one transaction that locks the basket first, so that two tabs of a browser cannot pass a limit together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services import stock
from syncserver.services.basket_view import EXTENSIONS_MAX, BasketView, OwnTicket, own_tickets, usual_price, view_of
from syncserver.services.basket_vouchers import BasketVoucher, check_secret, reserves_for, stand_again, vouchers_of
from syncserver.services.catalogue import Catalogue, Catalogues, Product, ShopEvent
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.ticket_now import TicketNow, limits_of_line, to_upgrade
from syncserver.stores import baskets as store
from syncserver.stores import holds, orders, quotas, vouchers
from syncserver.stores.baskets import BasketRow, LineRow

HOLD_MS = 15 * 60_000
EXTENSION_MS = 10 * 60_000
LINES_MAX = 60
QUANTITY_MAX = 50
NAME_CHARS_MAX = 100
PLATE_CHARS_MAX = 16


@dataclass(frozen=True, slots=True)
class Target:
    """Where an item goes: a line of this basket, or a ticket bought earlier."""

    line_id: int | None = None
    ticket: bytes | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a ticket is for, as typed; `language` is empty where it is the buyer's."""

    name: str = ""
    plate: str = ""
    language: str = ""


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
        with self._db.write() as tx:
            basket, lines = self._open(tx, catalogue.event, browser)
            given = vouchers_of(tx, catalogue, basket.id, self._clock.now_ms())
            check_secret(given, product, lines, count)
            check_order_limit(product, lines, count)
            check_buyer_limit(product, lines, count)
            line = self._line(product, variant, 1, Target())
            now_ms = self._clock.now_ms()
            return [put_line(tx, basket, product, line, given, now_ms) for _ in range(count)]

    def add_item(
        self, catalogue: Catalogue, browser: bytes, product: Product, variant: str | None, count: int, target: Target
    ) -> int:
        """Put so many of an item on a ticket. Raises CannotBuy."""
        count = _checked_count(catalogue, product, variant, count, self._clock.now_ms())
        with self._db.write() as tx:
            basket, lines = self._open(tx, catalogue.event, browser)
            given = vouchers_of(tx, catalogue, basket.id, self._clock.now_ms())
            check_secret(given, product, lines, count)
            self._check_target(tx, catalogue, browser, product, lines, target)
            check_order_limit(product, lines, count)
            check_ticket_limit(tx, catalogue.event, product, lines, target, count, self._clock.now_ms())
            line = self._line(product, variant, count, target)
            return put_line(tx, basket, product, line, given, self._clock.now_ms())

    def _line(self, product: Product, variant: str | None, count: int, target: Target) -> LineRow:
        price = product.price_at(variant, self._clock.now_ms())
        return LineRow(0, product.no, variant, count, target.line_id, target.ticket, "", "", price)

    def remove(self, event: ShopEvent, browser: bytes, line_id: int) -> int:
        """Take a line out, and with a ticket its items; how many items went with it."""
        with self._db.write() as tx:
            _, lines = self._open(tx, event, browser)
            gone = [line.id for line in lines if line_id in (line.id, line.parent_line_id)]
            stock.release_lines(tx, gone, self._clock.now_ms())
            store.remove_lines(tx, gone)
            return max(0, len(gone) - 1)

    def name_holders(self, event: ShopEvent, browser: bytes, people: Mapping[int, Holder]) -> None:
        """Say whom the tickets of these lines are for. Lines of other baskets are left alone."""
        with self._db.write() as tx:
            _, lines = self._open(tx, event, browser)
            for line in lines:
                if line.id in people and (line.is_upgrade or (line.parent_line_id is None and line.ticket is None)):
                    name, plate = (
                        tidy(people[line.id].name, NAME_CHARS_MAX),
                        tidy(people[line.id].plate, PLATE_CHARS_MAX),
                    )
                    speech = people[line.id].language
                    store.name_holder(tx, line.id, name, plate.upper(), speech if speech in event.languages else "")

    def extend(self, event: ShopEvent, browser: bytes) -> bool:
        """Ten minutes from now, ten times at most; False (and none used up) where there are as many already.

        Places that were lost come back if there are any. Raises CannotBuy.
        """
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            basket, lines = self._open(tx, event, browser)
            is_longer = basket.expires_ms < now_ms + EXTENSION_MS
            if is_longer and basket.extensions >= EXTENSIONS_MAX:
                raise CannotBuy(Reason.NO_MORE_TIME)
            until = max(basket.expires_ms, now_ms + EXTENSION_MS)
            store.restart_clock(tx, basket.id, basket.created_ms, until, basket.extensions + is_longer)
            hold_again(tx, self._catalogues.of(event, event.default_language), basket, lines, (now_ms, until))
        return is_longer

    def _open(self, tx: Connection, event: ShopEvent, browser: bytes) -> tuple[BasketRow, list[LineRow]]:
        return open_basket(tx, event, browser, self._clock.now_ms())

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


def open_basket(tx: Connection, event: ShopEvent, browser: bytes, now_ms: int) -> tuple[BasketRow, list[LineRow]]:
    """The browser's basket, locked, with its lines; the time of one without lines begins anew."""
    made = store.make(tx, event.id, browser, now_ms, now_ms + HOLD_MS)
    if made is not None:
        return made, []
    basket = store.find(tx, event.id, browser, lock=True) or store.find_or_make(tx, event.id, browser, now_ms)
    lines = store.lines(tx, basket.id)
    if not lines:
        basket = replace(basket, created_ms=now_ms, expires_ms=now_ms + HOLD_MS, extensions=0)
        store.restart_clock(tx, basket.id, basket.created_ms, basket.expires_ms, 0)
        vouchers.extend_basket(tx, basket.id, basket.expires_ms)
    return basket, lines


def put_line(
    tx: Connection,
    basket: BasketRow,
    product: Product,
    line: LineRow,
    given: tuple[BasketVoucher, ...],
    now_ms: int,
) -> int:
    """Put a line in with its places held; its number. Raises CannotBuy where there is no room."""
    before = [one.id for one in store.lines(tx, basket.id)] if given else []
    line_id = store.add_line(tx, basket, line)
    wanted = stock.Wanted(
        line_id=line_id,
        quota_ids=limits_of_line(tx, basket.event_id, line, to_upgrade(tx, basket.event_id, [line])),
        quantity=line.quantity,
        reserves=reserves_for(tx, basket.event_id, given, before, line.quantity),
    )
    if not stock.hold(tx, basket.event_id, wanted, (now_ms, until_of(basket, now_ms))):
        raise CannotBuy(Reason.SOLD_OUT, product.name)
    return line_id


def until_of(basket: BasketRow, now_ms: int) -> int:
    """Until when something put in now is held.

    A basket whose time is over may still be filled: what is added stands for a while, the rest asks again.
    """
    return max(basket.expires_ms, now_ms + EXTENSION_MS // 2)


def hold_again(
    tx: Connection, catalogue: Catalogue, basket: BasketRow, lines: list[LineRow], times: tuple[int, int]
) -> tuple[BasketVoucher, ...]:
    """Make everything in a basket stand until `times[1]`: what lost its place or its voucher's use takes it again.

    Its vouchers. Raises CannotBuy, naming the first that cannot. What is not held any more costs what it costs now.
    """
    event_id, line_ids, (now_ms, until) = catalogue.event.id, [line.id for line in lines], times
    holds.extend(tx, line_ids, until)
    standing = holds.held_lines(tx, line_ids)
    changing = to_upgrade(tx, event_id, lines)
    wanted = {line.id: limits_of_line(tx, event_id, line, changing) for line in lines}
    lost = [line for line in lines if standing.get(line.id, 0) != len(wanted[line.id])]
    lost += [
        line for line in lines if line not in lost and line.is_upgrade and _is_elsewhere(tx, line, wanted[line.id])
    ]
    quotas.lock(tx, {quota_id for line in lost for quota_id in wanted[line.id]})
    given = vouchers_of(tx, catalogue, basket.id, now_ms) if lost else ()
    for line in lost:
        stock.release_lines(tx, [line.id], now_ms)
        reserves = reserves_for(tx, event_id, given, line_ids, line.quantity)
        if not stock.hold(tx, event_id, stock.Wanted(line.id, wanted[line.id], line.quantity, reserves), times):
            product = catalogue.products.get(line.product_no)
            raise CannotBuy(Reason.SOLD_OUT, product.name if product else "")
    _price_again(tx, catalogue, lines if basket.expires_ms <= now_ms else lost, changing, now_ms)
    return stand_again(tx, catalogue, basket.id, times)


def _is_elsewhere(tx: Connection, line: LineRow, wanted: list[int]) -> bool:
    """Whether an upgrade holds places where its ticket has some by now: another variant of it was chosen meanwhile."""
    return holds.limits_of_line(tx, line.id) != set(wanted)


def _price_again(
    tx: Connection, catalogue: Catalogue, lines: list[LineRow], changing: Mapping[bytes, TicketNow], now_ms: int
) -> None:
    for line in lines:
        product = catalogue.products.get(line.product_no)
        if product is not None:
            store.set_price(tx, line.id, usual_price(product, line, changing, now_ms))


def _checked_count(catalogue: Catalogue, product: Product, variant: str | None, count: int, now_ms: int) -> int:
    if not (catalogue.event.is_on_sale(now_ms) and product.is_on_sale(now_ms)):
        raise CannotBuy(Reason.NOT_ON_SALE, product.name)
    if product.choices and product.choice(variant) is None:
        raise CannotBuy(Reason.CHOOSE_VARIANT, product.name)
    return min(max(1, count), QUANTITY_MAX)


def check_order_limit(product: Product, lines: list[LineRow], count: int) -> None:
    """Whether so many more may come to a basket with these lines. Raises CannotBuy."""
    if len(lines) + (count if product.is_ticket else 1) > LINES_MAX:
        raise CannotBuy(Reason.BASKET_FULL, limit=LINES_MAX)
    limit = product.limits.per_order
    there = sum(line.quantity for line in lines if line.product_no == product.no)
    if limit is not None and there + count > limit:
        raise CannotBuy(Reason.LIMIT_ORDER, product.name, limit)


def check_buyer_limit(product: Product, lines: list[LineRow], count: int) -> None:
    """A first look at how many tickets one buyer may have; who it is only the checkout knows."""
    limit = product.limits.per_person
    there = sum(line.quantity for line in lines if line.product_no == product.no)
    if limit is not None and there + count > limit:
        raise CannotBuy(Reason.LIMIT_ORDER, product.name, limit)


def check_ticket_limit(
    tx: Connection,
    event: ShopEvent,
    product: Product,
    lines: list[LineRow],
    target: Target,
    count: int,
    now_ms: int,
    holder: str = "",
) -> None:
    """Whether a ticket may have so many more of an item. Raises CannotBuy."""
    limits = [limit for limit in (product.limits.per_ticket, product.limits.per_person) if limit is not None]
    if not limits:
        return
    same = [line for line in lines if (line.parent_line_id, line.ticket) == (target.line_id, target.ticket)]
    there = sum(line.quantity for line in same if line.product_no == product.no)
    bought = 0
    if target.ticket is not None:
        bought = orders.bought_for_ticket(tx, event.id, target.ticket, product.no, now_ms)
    if bought + there + count > min(limits):
        reason = Reason.LIMIT_TICKET_ORDERED if bought else Reason.LIMIT_TICKET
        raise CannotBuy(reason, product.name, min(limits), holder)


def check_limits_of_tickets(
    tx: Connection, catalogue: Catalogue, lines: list[LineRow], own: tuple[OwnTicket, ...], now_ms: int
) -> None:
    """Whether each ticket may have what a whole basket puts on it, whatever other baskets brought it meanwhile.

    The caller has locked the tickets: what is found here holds until the order is made. Raises CannotBuy.
    """
    holders = {Target(line_id=line.id): line.holder_name for line in lines if line.parent_line_id is None}
    holders |= {Target(ticket=one.ticket): one.holder_name for one in own}
    wanted = [
        (line.product_no, target)
        for line in lines
        if not line.is_upgrade and (target := Target(line.parent_line_id, line.ticket)) != Target()
    ]
    for no, target in dict.fromkeys(wanted):
        holder = holders.get(target, "")
        check_ticket_limit(tx, catalogue.event, catalogue.products[no], lines, target, 0, now_ms, holder)


def _target_product(
    tx: Connection, event: ShopEvent, browser: bytes, lines: list[LineRow], target: Target
) -> int | None:
    if target.line_id is not None:
        mine = [
            line for line in lines if line.id == target.line_id and line.parent_line_id is None and line.ticket is None
        ]
        return mine[0].product_no if mine else None
    tickets = own_tickets(tx, event, browser)
    if any(one.ticket == target.ticket and one.is_blocked for one in tickets):
        raise CannotBuy(Reason.TICKET_BLOCKED)
    own = {one.ticket: one.product_no for one in tickets}
    own |= {line.ticket: line.product_no for line in lines if line.is_upgrade and line.ticket in own}
    return own.get(target.ticket) if target.ticket else None


def tidy(text: str, chars_max: int) -> str:
    """A text of one line as it is kept: no control or direction characters, single blanks, cut."""
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())[:chars_max]
