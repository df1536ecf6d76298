"""Finding tickets and orders by what people say: a ticket code, an id, an order's code, a name, an address."""

from __future__ import annotations

from sqlalchemy import Connection

from common.ids import TICKET_ID_BYTES, TicketId
from common.ticket_code import CodeFault, code_hash, parse_code, parse_unchecked
from syncserver.services.orders import CODE_ALPHABET, CODE_CHARS
from syncserver.stores import holder_words, orders
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from syncserver.stores.orders import OrderRow

TEXT_CHARACTERS_MAX = 100
FOUND_MAX = 100


def cleaned(text: str) -> str:
    """What was typed, without what no keyboard types, in one line."""
    printable = "".join(one if one.isprintable() else " " for one in text[: TEXT_CHARACTERS_MAX * 4])
    return " ".join(printable.split())[:TEXT_CHARACTERS_MAX]


def tickets_by(tx: Connection, event: EventRow, text: str, *, with_holders: bool) -> list[bytes]:
    """Tickets that fit what was typed, at most 100: the surest reading that finds any wins."""
    text = cleaned(text)
    found = _by_id(tx, event, text) or _by_code(tx, event, text)
    if found:
        return found
    of_orders = [ticket for order in orders_by(tx, event, text, with_holders=False) for ticket in _tickets(tx, order)]
    if of_orders or not with_holders:
        return of_orders[:FOUND_MAX]
    if "@" in text:
        mine = orders.by_mail(tx, event.id, text, FOUND_MAX)
        return list(dict.fromkeys(ticket for order in mine for ticket in _tickets(tx, order)))[:FOUND_MAX]
    return holder_words.tickets_of(tx, event.id, holder_words.words_of(text), FOUND_MAX)


def orders_by(tx: Connection, event: EventRow, text: str, *, with_holders: bool) -> tuple[OrderRow, ...]:
    """Orders that fit what was typed, at most 100: by code; for who may see holders also by address and name."""
    text = cleaned(text)
    code = text.upper().replace(" ", "").lstrip("#")
    if len(code) == CODE_CHARS and set(code) <= set(CODE_ALPHABET):
        order = orders.by_code(tx, event.id, code)
        if order is not None:
            return (order,)
    if not with_holders:
        return ()
    if "@" in text:
        return orders.by_mail(tx, event.id, text, FOUND_MAX)
    held = holder_words.tickets_of(tx, event.id, holder_words.words_of(text), FOUND_MAX)
    return orders.by_tickets(tx, event.id, held, FOUND_MAX) if held else ()


def _by_id(tx: Connection, event: EventRow, text: str) -> list[bytes]:
    plain = text.lower().replace(" ", "")
    if len(plain) != 2 * TICKET_ID_BYTES or not set(plain) <= set("0123456789abcdef"):
        return []
    ticket = TicketId(bytes.fromhex(plain))
    is_known = ticket_store.packed(tx, event.id, ticket) is not None or orders.holders_of_tickets(
        tx, event.id, [ticket]
    )
    return [ticket] if is_known else []


def _by_code(tx: Connection, event: EventRow, text: str) -> list[bytes]:
    code = parse_code(text)
    if isinstance(code, CodeFault):
        code = parse_unchecked(text)
    return [] if isinstance(code, CodeFault) else list(ticket_store.by_code(tx, event.id, code_hash(code)))


def _tickets(tx: Connection, order: OrderRow) -> list[bytes]:
    return list(dict.fromkeys(row.ticket for row in orders.positions(tx, order.id)))
