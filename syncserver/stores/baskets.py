"""SQL of baskets and their lines."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from syncserver.db.tables_event import events
from syncserver.db.tables_shop import basket_lines, baskets
from syncserver.stores.unique import insert_ignoring


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


def find(tx: Connection, event_id: int, browser_hash: bytes, *, lock: bool = False) -> BasketRow | None:
    """The browser's basket; `lock` makes its other tabs wait until this transaction is over."""
    mine = select(baskets).where(baskets.c.event_id == event_id, baskets.c.browser_hash == browser_hash)
    row = tx.execute(mine.with_for_update() if lock else mine).first()
    if row is None:
        return None
    return BasketRow(row.id, row.event_id, row.created_ms, row.expires_ms, row.extensions)


def find_or_make(tx: Connection, event_id: int, browser_hash: bytes, now_ms: int) -> BasketRow:
    """The browser's basket, locked; an empty one if it had none."""
    row = {"event_id": event_id, "browser_hash": browser_hash, "extensions": 0}
    insert_ignoring(tx, baskets, {**row, "created_ms": now_ms, "expires_ms": now_ms})
    found = find(tx, event_id, browser_hash, lock=True)
    if found is None:
        raise LookupError("a basket just made is not there")
    return found


def of_browser(tx: Connection, browser_hash: bytes) -> list[BasketRow]:
    """The browser's baskets at all events, locked."""
    # Through the events, since that is how the index on the browser begins.
    mine = (baskets.c.event_id.in_(select(events.c.id))) & (baskets.c.browser_hash == browser_hash)
    rows = tx.execute(select(baskets).where(mine).order_by(baskets.c.event_id).with_for_update())
    return [BasketRow(row.id, row.event_id, row.created_ms, row.expires_ms, row.extensions) for row in rows]


def lines(tx: Connection, basket_id: int) -> list[LineRow]:
    """Its lines, oldest first."""
    rows = tx.execute(select(basket_lines).where(basket_lines.c.basket_id == basket_id).order_by(basket_lines.c.id))
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
        )
        for row in rows
    ]


def add_line(tx: Connection, basket: BasketRow, line: LineRow) -> int:
    """Put a line in (its id is given out here); the id."""
    row = {
        "event_id": basket.event_id,
        "basket_id": basket.id,
        "product_no": line.product_no,
        "variant_key": line.variant_key,
        "quantity": line.quantity,
        "parent_line_id": line.parent_line_id,
        "ticket": line.ticket,
        "holder_name": line.holder_name,
        "plate": line.plate,
        "price_minor": line.price_minor,
    }
    return int(tx.execute(insert(basket_lines).values(**row).returning(basket_lines.c.id)).scalar_one())


def name_holder(tx: Connection, line_id: int, holder_name: str, plate: str) -> None:
    """Say whom a ticket is for."""
    change = {"holder_name": holder_name, "plate": plate}
    tx.execute(update(basket_lines).where(basket_lines.c.id == line_id).values(**change))


def set_price(tx: Connection, line_id: int, price_minor: int) -> None:
    """What one of a line costs from now on."""
    tx.execute(update(basket_lines).where(basket_lines.c.id == line_id).values(price_minor=price_minor))


def remove_lines(tx: Connection, line_ids: list[int]) -> None:
    """Take lines out."""
    tx.execute(delete(basket_lines).where(basket_lines.c.id.in_(line_ids)))


def move_lines(tx: Connection, line_ids: list[int], basket_id: int) -> None:
    """Lines, with the holds that name them, go into another basket of the event."""
    tx.execute(update(basket_lines).where(basket_lines.c.id.in_(line_ids)).values(basket_id=basket_id))


def restart_clock(tx: Connection, basket_id: int, created_ms: int, expires_ms: int, extensions: int) -> None:
    """The basket's time begins or goes on."""
    change = {"created_ms": created_ms, "expires_ms": expires_ms, "extensions": extensions}
    tx.execute(update(baskets).where(baskets.c.id == basket_id).values(**change))
