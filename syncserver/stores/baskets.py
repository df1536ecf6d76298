"""SQL of baskets and their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from syncserver.db.tables_event import events
from syncserver.db.tables_shop import basket_lines, baskets
from syncserver.stores.prepared import Prepared, insert_of
from syncserver.stores.rows import insert_on


@dataclass(frozen=True, slots=True)
class BasketRow:
    """A basket: one per browser and event."""

    id: int
    event_id: int
    created_ms: int
    expires_ms: int
    extensions: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A ticket for one holder, or a number of one item that belongs to a ticket."""

    id: int
    product_no: int
    variant_key: str | None
    quantity: int
    parent_line_id: int | None
    ticket: bytes | None
    holder_name: str
    plate: str
    price_minor: int | None  # of one, when it was put in; None: put in by an older version
    is_upgrade: bool = False  # the ticket becomes this product
    holder_language: str = ""  # empty: the buyer's


def find(tx: Connection, event_id: int, browser_hash: bytes, *, lock: bool = False) -> BasketRow | None:
    """The browser's basket; `lock` makes its other tabs wait until this transaction is over."""
    row = (_FIND_LOCKED if lock else _FIND)(tx, event_id=event_id, browser_hash=browser_hash).first()
    if row is None:
        return None
    return BasketRow(row.id, row.event_id, row.created_ms, row.expires_ms, row.extensions)


def _find(event_id: object, browser_hash: object) -> Select[Any]:
    return select(baskets).where(baskets.c.event_id == event_id, baskets.c.browser_hash == browser_hash)


_FIND = Prepared(_find)
_FIND_LOCKED = Prepared(lambda event_id, browser_hash: _find(event_id, browser_hash).with_for_update())


def find_or_make(tx: Connection, event_id: int, browser_hash: bytes, now_ms: int) -> BasketRow:
    """The browser's basket, locked; an empty one if it had none."""
    made = make(tx, event_id, browser_hash, now_ms, now_ms)
    if made is not None:
        return made
    found = find(tx, event_id, browser_hash, lock=True)
    if found is None:
        raise LookupError("a basket that could not be made is not there")
    return found


def make(tx: Connection, event_id: int, browser_hash: bytes, now_ms: int, expires_ms: int) -> BasketRow | None:
    """An empty basket for a browser that has none, locked; None if it has one."""
    new = _MAKE(tx, event_id=event_id, browser_hash=browser_hash, now_ms=now_ms, expires_ms=expires_ms).first()
    return None if new is None else BasketRow(new.id, event_id, now_ms, expires_ms, 0)


_MAKE = Prepared(
    lambda dialect, event_id, browser_hash, now_ms, expires_ms: (
        insert_on(dialect, baskets)
        .values(event_id=event_id, browser_hash=browser_hash, extensions=0, created_ms=now_ms, expires_ms=expires_ms)
        .on_conflict_do_nothing()
        .returning(baskets.c.id)
    )
)


def of_browser(tx: Connection, browser_hash: bytes) -> list[BasketRow]:
    """The browser's baskets at all events, locked."""
    # Through the events, since that is how the index on the browser begins.
    mine = (baskets.c.event_id.in_(select(events.c.id))) & (baskets.c.browser_hash == browser_hash)
    rows = tx.execute(select(baskets).where(mine).order_by(baskets.c.event_id).with_for_update())
    return [BasketRow(row.id, row.event_id, row.created_ms, row.expires_ms, row.extensions) for row in rows]


def lines(tx: Connection, basket_id: int) -> list[LineRow]:
    """Its lines, oldest first."""
    rows = _LINES(tx, basket_id=basket_id)
    return [
        LineRow(
            row.id,
            row.product_no,
            row.variant_key,
            row.quantity,
            row.parent_line_id,
            row.ticket,
            row.holder_name,
            row.plate,
            row.price_minor,
            bool(row.is_upgrade),
            row.holder_language,
        )
        for row in rows
    ]


_LINES = Prepared(
    lambda basket_id: select(basket_lines).where(basket_lines.c.basket_id == basket_id).order_by(basket_lines.c.id)
)


def add_line(tx: Connection, basket: BasketRow, line: LineRow) -> int:
    """Put a line in (its id is given out here); the id."""
    added = _ADD_LINE(
        tx,
        event_id=basket.event_id,
        basket_id=basket.id,
        product_no=line.product_no,
        variant_key=line.variant_key,
        quantity=line.quantity,
        parent_line_id=line.parent_line_id,
        ticket=line.ticket,
        holder_name=line.holder_name,
        plate=line.plate,
        price_minor=line.price_minor,
        is_upgrade=line.is_upgrade,
    )
    return int(added.scalar_one())


_LINE = ("event_id", "basket_id", "product_no", "variant_key", "quantity", "parent_line_id", "ticket", "holder_name")
_ADD_LINE = insert_of(basket_lines, (*_LINE, "plate", "price_minor", "is_upgrade"), basket_lines.c.id)


def name_holder(tx: Connection, line_id: int, holder_name: str, plate: str, language: str) -> None:
    """Say whom a ticket is for, and in which language; empty: the buyer's."""
    _NAME(tx, line_id=line_id, holder_name=holder_name, plate=plate, language=language)


_NAME = Prepared(
    lambda line_id, holder_name, plate, language: (
        update(basket_lines)
        .where(basket_lines.c.id == line_id)
        .values(holder_name=holder_name, plate=plate, holder_language=language)
    )
)


def set_price(tx: Connection, line_id: int, price_minor: int) -> None:
    """What one of a line costs from now on."""
    _PRICE(tx, line_id=line_id, price=price_minor)


_PRICE = Prepared(
    lambda line_id, price: update(basket_lines).where(basket_lines.c.id == line_id).values(price_minor=price)
)


def remove_lines(tx: Connection, line_ids: list[int]) -> None:
    """Take lines out."""
    if line_ids:
        _REMOVE(tx, line_ids=line_ids)


_REMOVE = Prepared(lambda line_ids: delete(basket_lines).where(basket_lines.c.id.in_(line_ids)))


def move_lines(tx: Connection, line_ids: list[int], basket_id: int) -> None:
    """Lines, with the holds that name them, go into another basket of the event."""
    tx.execute(update(basket_lines).where(basket_lines.c.id.in_(line_ids)).values(basket_id=basket_id))


def restart_clock(tx: Connection, basket_id: int, created_ms: int, expires_ms: int, extensions: int) -> None:
    """The basket's time begins or goes on."""
    _RESTART(tx, basket_id=basket_id, created_ms=created_ms, expires_ms=expires_ms, extensions=extensions)


_RESTART = Prepared(
    lambda basket_id, created_ms, expires_ms, extensions: (
        update(baskets)
        .where(baskets.c.id == basket_id)
        .values(created_ms=created_ms, expires_ms=expires_ms, extensions=extensions)
    )
)
