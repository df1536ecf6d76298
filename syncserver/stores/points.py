"""SQL of redemption points as people look after them: which products they serve, how many lanes they have."""

from __future__ import annotations

from sqlalchemy import Connection, select

from syncserver.db.tables_event import point_products, points, products


def served(tx: Connection, event_id: int) -> dict[int, tuple[int, ...]]:
    """Point -> products in use that it serves, in order of preference."""
    c, found = point_products.c, dict[int, tuple[int, ...]]()
    of_product = (products.c.event_id == c.event_id) & (products.c.no == c.product_no)
    wanted = select(c.point_no, c.product_no).join(products, of_product)
    rows = tx.execute(wanted.where(c.event_id == event_id, products.c.is_active).order_by(c.point_no, c.position))
    for row in rows:
        found[row.point_no] = (*found.get(row.point_no, ()), row.product_no)
    return found


def lanes(tx: Connection, event_id: int) -> dict[int, str]:
    """Point -> its lanes as stored: JSON of kinds and counts."""
    found = tx.execute(select(points.c.no, points.c.lanes).where(points.c.event_id == event_id))
    return {row.no: row.lanes for row in found}


def positions(tx: Connection, event_id: int) -> dict[int, str | None]:
    """Point -> where it is as stored, JSON of Geo or OnPlan; None where the file does not say."""
    found = tx.execute(select(points.c.no, points.c.position).where(points.c.event_id == event_id))
    return {row.no: row.position for row in found}


def ticket_products(tx: Connection, event_id: int) -> set[int]:
    """Numbers of products that admit a person."""
    wanted = select(products.c.no).where(products.c.event_id == event_id, products.c.kind == "ticket")
    return set(tx.execute(wanted).scalars())
