"""A basket as pages show it, and the tickets bought earlier that items can go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from syncserver.services.basket_vouchers import BasketVoucher, TakenOff, opened_by, taken_off, vouchers_of
from syncserver.services.catalogue import Catalogue, Product, ShopEvent
from syncserver.services.discounts import Priced
from syncserver.services.ticket_now import TicketNow, limits_of_line, to_upgrade
from syncserver.stores import baskets as store
from syncserver.stores import browsers, holds, orders, ticket_links
from syncserver.stores import tickets as ticket_store
from syncserver.stores.baskets import LineRow

EXTENSIONS_MAX = 10  # WCAG 2.2.1 asks for ten at least


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A ticket bought earlier that this browser has shown the order of; nothing goes on one that is blocked."""

    ticket: bytes
    product_no: int
    holder_name: str
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line as pages show it; `is_held` says whether its place is still reserved.

    `dearer_minor` is what one costs now, where that is more; `was_minor` what it cost when it was put in, where that is
    no longer what it costs.
    """

    row: LineRow
    product: Product
    variant_name: str
    price_minor: int  # of one
    dearer_minor: int | None
    was_minor: int | None
    total_minor: int
    is_held: bool
    items: tuple[Line, ...] = ()
    instead_of: str = ""  # of an upgrade: what the ticket is now


@dataclass(frozen=True, slots=True)
class BasketView:
    """What is in a basket. `tickets` carry their items; `later` is what is for tickets bought earlier.

    A ticket without a holder's name is one that was given back meanwhile, or that this browser may no longer see.
    """

    tickets: tuple[Line, ...]
    later: tuple[tuple[OwnTicket, tuple[Line, ...]], ...]
    vouchers: tuple[BasketVoucher, ...]
    off: TakenOff | None
    total_minor: int  # what was taken off is off
    count: int
    expires_ms: int
    extensions_left: int
    is_held: bool  # every line's place and every voucher's use is still reserved

    @property
    def named(self) -> tuple[Line, ...]:
        """The lines whose holder or plate can be given: tickets, and what earlier ones are changed into."""
        later = (line for _, lines in self.later for line in lines)
        return (*self.tickets, *(line for line in later if line.row.is_upgrade))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to order in it."""
        return self.count == 0

    @property
    def opened(self) -> frozenset[int]:
        """The secret products that its vouchers open."""
        return opened_by(self.vouchers)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, tickets before their items."""
        of_tickets = [line for ticket in self.tickets for line in (ticket, *ticket.items)]
        return (*of_tickets, *(line for _, lines in self.later for line in lines))


def own_tickets(tx: Connection, event: ShopEvent, browser: bytes) -> tuple[OwnTicket, ...]:
    """Tickets of the orders this browser may see, those whose code of now it has shown, and those it has a link to."""
    mine, shown = browsers.orders_of(tx, browser), browsers.tickets_of(tx, browser, event.id)
    linked = [link.ticket for link in ticket_links.opened_by(tx, event.id, browser)]
    if not (mine or shown or linked):
        return ()
    found = orders.tickets_of_orders(tx, event.id, mine, [*shown, *linked])
    blocked = ticket_store.blocked(tx, event.id, [ticket for ticket, _, _ in found])
    return tuple(OwnTicket(*row, is_blocked=row[0] in blocked) for row in found)


def usual_price(product: Product, row: LineRow, changing: Mapping[bytes, TicketNow], now_ms: int) -> int:
    """What one of a line costs for whoever puts it in now: of an upgrade the difference."""
    price = product.price_at(row.variant_key, now_ms)
    ticket = changing.get(row.ticket or b"") if row.is_upgrade else None
    return price if ticket is None else ticket.difference_minor(price)


def price_of(product: Product, row: LineRow, changing: Mapping[bytes, TicketNow], now_ms: int, *, is_held: bool) -> int:
    """What one of a line costs: while it is held no more than when it was put in; a price that fell counts at once."""
    price = usual_price(product, row, changing, now_ms)
    return min(price, row.price_minor) if is_held and row.price_minor is not None else price


def view_of(tx: Connection, catalogue: Catalogue, browser: bytes, now_ms: int) -> BasketView:
    """The basket as pages show it."""
    basket = store.find(tx, catalogue.event.id, browser)
    rows = store.lines(tx, basket.id) if basket else []
    rows = [row for row in rows if row.product_no in catalogue.products]
    standing = holds.held_lines(tx, [row.id for row in rows])
    is_over = basket is not None and basket.expires_ms <= now_ms
    changing = to_upgrade(tx, catalogue.event.id, rows)

    def is_held(row: LineRow) -> bool:
        wanted = _wanted(catalogue, row)
        if row.is_upgrade:
            wanted = len(limits_of_line(tx, catalogue.event.id, row, changing))
        return not is_over and standing.get(row.id, 0) == wanted

    lines = [_line(catalogue, row, changing, now_ms, is_held(row)) for row in rows]
    tickets = tuple(_with_items(line, lines) for line in lines if line.product.is_ticket and not line.row.is_upgrade)
    own = own_tickets(tx, catalogue.event, browser) if any(row.ticket for row in rows) else ()
    mine = {one.ticket for one in own}
    # What was put in for a ticket that was given back since cannot be ordered: it is shown, to be taken out.
    everyone = (*own, *_gone(tx, catalogue.event, {row.ticket for row in rows if row.ticket} - mine))
    later = tuple((one, tuple(line for line in lines if line.row.ticket == one.ticket)) for one in everyone)
    vouchers = vouchers_of(tx, catalogue, basket.id, now_ms) if basket else ()
    off = taken_off(vouchers, _priced(lines))
    return BasketView(
        tickets=tickets,
        later=tuple(pair for pair in later if pair[1]),
        vouchers=vouchers,
        off=off,
        total_minor=sum(line.total_minor for line in lines) - (off.total_minor if off else 0),
        count=sum(line.row.quantity for line in lines),
        expires_ms=basket.expires_ms if basket else 0,
        extensions_left=EXTENSIONS_MAX - basket.extensions if basket else 0,
        is_held=all(line.is_held for line in lines) and all(one.is_held for one in vouchers),
    )


def _gone(tx: Connection, event: ShopEvent, gone: Collection[bytes]) -> list[OwnTicket]:
    """Tickets that are the visitor's no more: a code that was shown opens nothing while its ticket is blocked."""
    blocked = {bytes(one) for one in ticket_store.blocked(tx, event.id, sorted(gone))}
    return [OwnTicket(ticket, 0, "", is_blocked=ticket in blocked) for ticket in sorted(gone)]


def _priced(lines: Sequence[Line]) -> list[Priced]:
    return [Priced(line.row.id, line.product.no, line.row.quantity, line.price_minor) for line in lines]


def _line(
    catalogue: Catalogue,
    row: LineRow,
    changing: Mapping[bytes, TicketNow],
    now_ms: int,
    is_held: bool,  # noqa: FBT001 - a private step
) -> Line:
    product = catalogue.products[row.product_no]
    choice = product.choice(row.variant_key)
    price = price_of(product, row, changing, now_ms, is_held=is_held)
    usual = usual_price(product, row, changing, now_ms)
    ticket = changing.get(row.ticket or b"") if row.is_upgrade else None
    now = catalogue.products.get(ticket.current.row.product_no) if ticket else None
    return Line(
        row=row,
        product=product,
        variant_name=choice.name if choice else "",
        price_minor=price,
        dearer_minor=usual if usual > price else None,
        was_minor=row.price_minor if row.price_minor != price else None,
        total_minor=price * row.quantity,
        is_held=is_held,
        instead_of=now.name if now else "",
    )


def _wanted(catalogue: Catalogue, row: LineRow) -> int:
    """In how many limits a line takes its places."""
    product = catalogue.products[row.product_no]
    choice = product.choice(row.variant_key)
    return len(set(product.quota_keys + (choice.quota_keys if choice else ())))


def _with_items(ticket: Line, lines: list[Line]) -> Line:
    return replace(ticket, items=tuple(line for line in lines if line.row.parent_line_id == ticket.row.id))
