"""SQL of reserves: places of a quota that only the buyers of an offer draw from.

What is left of a reserve counts as taken from its quota. Whoever touches a reserve has locked its quota's row first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from common.errors import require
from syncserver.db.tables_event import quotas
from syncserver.db.tables_shop import holds
from syncserver.db.tables_vouchers import reserves
from syncserver.stores.holds import HoldState

LIVE = (HoldState.HELD.value, HoldState.KEPT.value)


@dataclass(frozen=True, slots=True)
class ReserveRow:
    """What an offer has set aside of a quota: left, and drawn by its buyers."""

    id: int
    offer_key: str
    quota_id: int
    quota_key: str
    left: int
    drawn: int


def draw(tx: Connection, reserve_id: int, quantity: int, now_ms: int) -> bool:
    """Take so many out of a reserve that is still there; whether it had them."""
    c = reserves.c
    is_there = and_(c.id == reserve_id, c.left >= quantity, or_(c.until_ms.is_(None), c.until_ms > now_ms))
    return tx.execute(update(reserves).where(is_there).values(left=c.left - quantity)).rowcount == 1


def put_back(tx: Connection, reserve_id: int, quantity: int, now_ms: int) -> bool:
    """Give so many back to a reserve; False if it is there no more, and they are everyone's."""
    c = reserves.c
    is_there = and_(c.id == reserve_id, or_(c.until_ms.is_(None), c.until_ms > now_ms))
    return tx.execute(update(reserves).where(is_there).values(left=c.left + quantity)).rowcount == 1


def is_any_over(tx: Connection, quota_id: int, now_ms: int) -> bool:
    """Whether there is a reserve of a quota whose time is over and that is not empty."""
    over = and_(reserves.c.quota_id == quota_id, reserves.c.until_ms <= now_ms, reserves.c.left > 0)
    return tx.execute(select(reserves.c.id).where(over).limit(1)).first() is not None


def dissolve_over(tx: Connection, quota_id: int, now_ms: int) -> int:
    """Empty the reserves of a quota whose time is over; how many places are free again."""
    over = and_(reserves.c.quota_id == quota_id, reserves.c.until_ms <= now_ms, reserves.c.left > 0)
    rows = tx.execute(
        select(reserves.c.id, reserves.c.left).where(over).order_by(reserves.c.id).with_for_update()
    ).all()
    if rows:
        tx.execute(update(reserves).where(reserves.c.id.in_([row.id for row in rows])).values(left=0))
    return sum(row.left for row in rows)


def of_offers(tx: Connection, event_id: int, offer_keys: list[str]) -> dict[int, int]:
    """Quota -> reserve of these offers; of two on one quota the first."""
    mine = and_(reserves.c.event_id == event_id, reserves.c.offer_key.in_(offer_keys))
    rows = tx.execute(select(reserves.c.quota_id, reserves.c.id).where(mine).order_by(reserves.c.id.desc()))
    return {row.quota_id: row.id for row in rows}


def left_of_offers(tx: Connection, event_id: int, offer_keys: Sequence[str]) -> dict[int, int]:
    """Quota -> what these offers have set aside of it and nobody has drawn."""
    c = reserves.c
    mine = select(c.quota_id, func.sum(c.left)).where(c.event_id == event_id, c.offer_key.in_(offer_keys))
    return {quota_id: int(left) for quota_id, left in tx.execute(mine.group_by(c.quota_id))}


def of_event(tx: Connection, event_id: int) -> list[ReserveRow]:
    """All reserves with what is left and drawn."""
    drawn = func.coalesce(func.sum(holds.c.quantity), 0).label("drawn")
    c = reserves.c
    rows = tx.execute(
        select(c.id, c.offer_key, c.quota_id, quotas.c.key.label("quota_key"), c.left, drawn)
        .join(quotas, quotas.c.id == c.quota_id)
        .outerjoin(holds, and_(holds.c.quota_id == c.quota_id, holds.c.reserve_id == c.id, holds.c.state.in_(LIVE)))
        .where(c.event_id == event_id)
        .group_by(c.id, c.offer_key, c.quota_id, quotas.c.key, c.left)
        .order_by(c.id)
    )
    return [ReserveRow(row.id, row.offer_key, row.quota_id, row.quota_key, row.left, int(row.drawn)) for row in rows]


def add(tx: Connection, event_id: int, offer_key: str, quota_id: int, until_ms: int | None) -> int:
    """A new, empty reserve; its number."""
    row = {"event_id": event_id, "offer_key": offer_key, "quota_id": quota_id, "left": 0, "until_ms": until_ms}
    return int(tx.execute(insert(reserves).values(**row).returning(reserves.c.id)).scalar_one())


def change_left(tx: Connection, reserve_id: int, more: int) -> None:
    """Set so many more aside, or (below zero) fewer: the caller has taken them from the quota, or gives them back."""
    enough = and_(reserves.c.id == reserve_id, reserves.c.left + more >= 0)
    done = tx.execute(update(reserves).where(enough).values(left=reserves.c.left + more)).rowcount
    require(done == 1, f"reserve {reserve_id} cannot change by {more}")


def set_until(tx: Connection, reserve_id: int, until_ms: int | None) -> None:
    """Until when it stands."""
    tx.execute(update(reserves).where(reserves.c.id == reserve_id).values(until_ms=until_ms))


def remove(tx: Connection, reserve_id: int) -> None:
    """A reserve that is empty and no longer wanted. What was drawn from it stays sold, and goes back to everyone."""
    tx.execute(delete(reserves).where(reserves.c.id == reserve_id, reserves.c.left == 0))
