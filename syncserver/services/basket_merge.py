"""At signing in, what the visit has put into its basket comes to the account's: lines with the places held for them.

What the account's basket has no room for (limits of a product, per ticket and per order, the length of a basket, a
second discount) stays behind, and its places are free again; whoever signs in is told how much that was.
"""

from __future__ import annotations

from sqlalchemy import Connection

from syncserver.services import stock
from syncserver.services.basket import Target, check_buyer_limit, check_order_limit, check_ticket_limit, until_of
from syncserver.services.basket_view import EXTENSIONS_MAX
from syncserver.services.basket_vouchers import BasketVoucher, check_secret, vouchers_of
from syncserver.services.catalogue import Catalogue, Catalogues
from syncserver.services.shop_errors import CannotBuy
from syncserver.services.vouchers import VOUCHERS_MAX, leave_reserves
from syncserver.stores import baskets as store
from syncserver.stores import holds, vouchers
from syncserver.stores.baskets import BasketRow, LineRow


def merge_baskets(tx: Connection, catalogues: Catalogues, browser: bytes, key: bytes, now_ms: int) -> int:
    """Bring the browser's lines, at all events, to the account with this key; how many things stayed behind."""
    left = 0
    for basket in store.of_browser(tx, browser):
        event = catalogues.event_by_id(basket.event_id)
        left += _merge(tx, catalogues.of(event, event.default_language), basket, key, now_ms)
    return left


def _merge(tx: Connection, catalogue: Catalogue, basket: BasketRow, key: bytes, now_ms: int) -> int:
    lines = store.lines(tx, basket.id)
    if not lines and not vouchers.claims_of_basket(tx, basket.id):
        return 0
    mine = store.find_or_make(tx, basket.event_id, key, now_ms)
    there = store.lines(tx, mine.id)
    given, refused = _bring_vouchers(tx, catalogue, (basket, mine), lines, now_ms)
    coming, left = _divide(tx, catalogue, given, lines, there, now_ms)
    stock.release_lines(tx, [line.id for line in left], now_ms)
    store.remove_lines(tx, [line.id for line in left])
    store.move_lines(tx, [line.id for line in coming], mine.id)
    _set_clock(tx, mine if there else None, basket, mine.id, [line.id for line in (*there, *coming)])
    return sum(line.quantity for line in left) + refused


def _bring_vouchers(
    tx: Connection, catalogue: Catalogue, pair: tuple[BasketRow, BasketRow], lines: list[LineRow], now_ms: int
) -> tuple[list[BasketVoucher], int]:
    """What vouchers the account's basket has then, and how many stayed behind."""
    basket, mine = pair
    given, refused = list(vouchers_of(tx, catalogue, mine.id, now_ms)), 0
    for one in vouchers_of(tx, catalogue, basket.id, now_ms):
        if any(other.offer.key == one.offer.key for other in given):
            # What both drew from the offer's reserve could be more than an order may.
            leave_reserves(tx, basket, one.offer, lines, (now_ms, until_of(basket, now_ms)))
        if _takes(given, one):
            vouchers.move_claim(tx, one.claim.id, mine.id)
            given.append(one)
        else:
            is_there = any(other.claim.voucher_id == one.claim.voucher_id for other in given)
            vouchers.release_claim(tx, one.claim.id)
            leave_reserves(tx, basket, one.offer, lines, (now_ms, until_of(basket, now_ms)))
            refused += 0 if is_there else 1
    return given, refused


def _takes(given: list[BasketVoucher], one: BasketVoucher) -> bool:
    is_there = any(other.claim.voucher_id == one.claim.voucher_id for other in given)
    is_second = one.offer.is_cheaper and any(other.offer.is_cheaper for other in given)
    return not is_there and not is_second and len(given) < VOUCHERS_MAX


def _divide(
    tx: Connection,
    catalogue: Catalogue,
    given: list[BasketVoucher],
    lines: list[LineRow],
    there: list[LineRow],
    now_ms: int,
) -> tuple[list[LineRow], list[LineRow]]:
    """What comes and what stays. A ticket stands before its items; without it they stay too."""
    coming: list[LineRow] = []
    left: list[LineRow] = []
    for line in lines:
        is_orphan = line.parent_line_id is not None and line.parent_line_id not in {one.id for one in coming}
        fits = not is_orphan and _fits(tx, catalogue, given, [*there, *coming], line, now_ms)
        (coming if fits else left).append(line)
    return coming, left


def _fits(
    tx: Connection, catalogue: Catalogue, given: list[BasketVoucher], lines: list[LineRow], line: LineRow, now_ms: int
) -> bool:
    product = catalogue.products.get(line.product_no)
    if product is None:
        return False
    target = Target(line.parent_line_id, line.ticket)
    if line.is_upgrade and any(one.is_upgrade and one.ticket == line.ticket for one in lines):
        return False  # a ticket becomes one thing
    try:
        check_secret(given, product, lines, line.quantity)
        check_order_limit(product, lines, line.quantity)
        if target == Target():
            check_buyer_limit(product, lines, line.quantity)
        else:
            check_ticket_limit(tx, catalogue.event, product, lines, target, line.quantity, now_ms)
    except CannotBuy:
        return False
    return True


def _set_clock(tx: Connection, mine: BasketRow | None, other: BasketRow, basket_id: int, line_ids: list[int]) -> None:
    """The later end is that of all. Time won so counts as an extension: signing in again and again wins no more."""
    if mine is None:
        store.restart_clock(tx, basket_id, other.created_ms, other.expires_ms, other.extensions)
        vouchers.extend_basket(tx, basket_id, other.expires_ms)
        return
    is_spent = mine.extensions >= EXTENSIONS_MAX
    until = mine.expires_ms if is_spent else max(mine.expires_ms, other.expires_ms)
    extensions = min(EXTENSIONS_MAX, max(mine.extensions, other.extensions) + 1)
    store.restart_clock(tx, basket_id, min(mine.created_ms, other.created_ms), until, extensions)
    holds.extend(tx, line_ids, until)
    vouchers.extend_basket(tx, basket_id, until)
