"""SQL of the list of uses people read: who was admitted where and when, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from syncserver.db.tables_event import points, products
from syncserver.db.tables_shop import holders
from syncserver.db.tables_sync import devices, uses


@dataclass(frozen=True, slots=True)
class ListedUse:
    """One use with the keys of its point and product. `has_order`: an order here made its ticket."""

    time_ms: int
    point: str
    product: str
    quantity: int
    device: str
    ticket: bytes
    digest: bytes
    state: str
    has_order: bool


def newest(tx: Connection, event_id: int, limit: int) -> tuple[ListedUse, ...]:
    """The newest uses of an event, at most `limit`."""
    ordered = exists().where(holders.c.event_id == uses.c.event_id, holders.c.ticket == uses.c.ticket)
    wanted = (
        select(
            uses.c.time_ms,
            points.c.key.label("point"),
            products.c.key.label("product"),
            uses.c.quantity,
            devices.c.name.label("device"),
            uses.c.ticket,
            uses.c.digest,
            uses.c.state,
            ordered.label("has_order"),
        )
        .join(points, (points.c.event_id == uses.c.event_id) & (points.c.no == uses.c.point_no))
        .join(products, (products.c.event_id == uses.c.event_id) & (products.c.no == uses.c.product_no))
        .join(devices, (devices.c.event_id == uses.c.event_id) & (devices.c.device == uses.c.device))
        .where(uses.c.event_id == event_id)
        .order_by(uses.c.time_ms.desc(), uses.c.digest)
        .limit(limit)
    )
    return tuple(ListedUse(**row._asdict()) for row in tx.execute(wanted))
