"""SQL of what a snapshot is made of: whole tables of one event, streamed as the driver gives them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, func, select

from common.ids import CodeHash, TicketId
from syncserver.db.tables_event import products
from syncserver.db.tables_shop import holders, order_positions, orders
from syncserver.db.tables_sync import fact_statements, ticket_codes, tickets
from syncserver.stores.fact_numbers import StatementNumbers

ROWS_AT_ONCE = 5_000
HolderOf: TypeAlias = tuple[TicketId, int, str, str, str, str | None, str]


def packed_rows(tx: Connection, event_id: int) -> Iterator[tuple[TicketId, bytes]]:
    """Every ticket with its packed facts."""
    return _rows(tx, select(tickets.c.ticket, tickets.c.facts).where(tickets.c.event_id == event_id))


def all_codes(tx: Connection, event_id: int) -> Iterator[tuple[CodeHash, TicketId]]:
    """(code hash, ticket) of all codes, past ones too."""
    return _rows(tx, select(ticket_codes.c.code_hash, ticket_codes.c.ticket).where(ticket_codes.c.event_id == event_id))


def all_statements(tx: Connection, event_id: int) -> Iterator[StatementNumbers]:
    """Every numbered statement, by number."""
    c = fact_statements.c
    columns = (c.no, c.run_no, c.number, c.digest, c.cause, c.time_ms)
    return _rows(tx, select(*columns).where(c.event_id == event_id).order_by(c.no))


def bought_rows(tx: Connection, event_id: int) -> Iterator[tuple[int, TicketId, int, str, int]]:
    """(order, ticket, product, variant's key, pieces) of lines with variants that were not given back."""
    c = order_positions.c
    pieces = ((c.quantity - c.returned) * c.pieces).label("left")
    wanted = (c.event_id == event_id, c.variant_key.is_not(None), c.quantity > c.returned, ~c.is_replaced)
    return _rows(tx, select(c.order_id, c.ticket, c.product_no, c.variant_key, pieces).where(*wanted))


def open_orders(tx: Connection, event_id: int) -> set[int]:
    """Orders of which nothing is issued yet: a few, beside all that were."""
    wanted = (orders.c.event_id == event_id, orders.c.fulfilled_ms.is_(None))
    return set(tx.execute(select(orders.c.id).where(*wanted)).scalars())


def bought_together(tx: Connection, event_id: int) -> Iterator[tuple[int, TicketId]]:
    """(order, ticket) of the orders with more than one holder."""
    c = holders.c
    several = select(c.order_id).where(c.event_id == event_id).group_by(c.order_id).having(func.count() > 1)
    return _rows(tx, select(c.order_id, c.ticket).where(c.event_id == event_id, c.order_id.in_(several)))


def taken_over(tx: Connection, event_id: int) -> set[TicketId]:
    """Tickets whose pass is not the one that came with the order, and those that are no good any more."""
    c = tickets.c
    other = (c.generation > 0) | c.is_cancelled | ~c.is_issued
    return set(tx.execute(select(c.ticket).where(c.event_id == event_id, other)).scalars())


def holder_rows(tx: Connection, event_id: int) -> Iterator[HolderOf]:
    """(ticket, generation, name, plate, language, its product's attention, note) of the holders of issued tickets.

    Read from `tickets`, not from orders: what is issued was paid, and one join by key does instead of three.
    """
    same = (tickets.c.event_id == holders.c.event_id) & (tickets.c.ticket == holders.c.ticket)
    sold = (products.c.event_id == tickets.c.event_id) & (products.c.no == tickets.c.product_no)
    of_person = (holders.c.name, holders.c.plate, holders.c.language, products.c.attention, holders.c.gate_note)
    query = select(holders.c.ticket, tickets.c.generation, *of_person).join(tickets, same).outerjoin(products, sold)
    return _rows(tx, query.where(holders.c.event_id == event_id, tickets.c.is_issued))


def _rows(tx: Connection, query: Select[Any]) -> Iterator[Any]:
    """Rows as the driver has them.

    On SQLite by its own connection: a snapshot reads a million rows, and SQLAlchemy's make of one costs twice the row.
    """
    own = tx.connection.driver_connection
    if isinstance(own, sqlite3.Connection):
        yield from own.execute(str(query.compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True})))
        return
    found = tx.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    for part in found.partitions():
        yield from map(tuple, part)
