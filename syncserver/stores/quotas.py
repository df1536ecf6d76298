"""SQL of stock limits: `taken` changes here alone, by one conditional statement each way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, update

from common.errors import require
from syncserver.db.tables_event import product_quotas, quotas
from syncserver.db.tables_shop import holds
from syncserver.db.tables_vouchers import reserves
from syncserver.stores.holds import HoldState
from syncserver.stores.prepared import Prepared


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A limit as buyers may see it: `free` counts what lapsed holds still take, and may be below zero."""

    id: int
    key: str
    size: int
    free: int


def take(tx: Connection, quota_id: int, quantity: int) -> bool:
    """Take so many if there is room for all of them; the row count says whether there was."""
    require(quantity > 0, f"{quantity} of quota {quota_id} cannot be taken")
    return _TAKE(tx, quota_id=quota_id, quantity=quantity).rowcount == 1


_TAKE = Prepared(
    lambda quota_id, quantity: (
        update(quotas)
        .where(quotas.c.id == quota_id, quotas.c.taken + quantity <= quotas.c.size)
        .values(taken=quotas.c.taken + quantity)
    )
)


def give(tx: Connection, quota_id: int, quantity: int) -> None:
    """Give so many back."""
    there = and_(quotas.c.id == quota_id, quotas.c.taken >= quantity)
    done = tx.execute(update(quotas).where(there).values(taken=quotas.c.taken - quantity)).rowcount
    require(done == 1, f"{quantity} given back to quota {quota_id}, which had fewer taken")


def lock(tx: Connection, quota_ids: set[int]) -> None:
    """Lock several limits in rising order, before taking and giving in whatever order: two buyers cannot deadlock.

    Not against reading their keys: a hold that is changed twice in a transaction makes PostgreSQL look at its limit's
    key again, and whoever did that while holding other rows would wait here out of order.
    """
    if quota_ids:
        _LOCK(tx, quota_ids=sorted(quota_ids))


_LOCK = Prepared(
    lambda quota_ids: (
        select(quotas.c.id).where(quotas.c.id.in_(quota_ids)).order_by(quotas.c.id).with_for_update(key_share=True)
    )
)


def ids(tx: Connection, event_id: int) -> dict[str, int]:
    """Key -> id of every limit of an event."""
    rows = tx.execute(select(quotas.c.key, quotas.c.id).where(quotas.c.event_id == event_id))
    return {row.key: row.id for row in rows}


def of_product(tx: Connection, event_id: int, product_no: int, variant_key: str | None) -> list[int]:
    """Ids of the limits that hold for a product in a variant, rising: everyone takes them in this order."""
    return list(_OF_PRODUCT(tx, event_id=event_id, product_no=product_no, variant_key=variant_key).scalars())


def _of_product(event_id: object, product_no: object, variant_key: object) -> Select[int]:
    c = product_quotas.c
    same_key = and_(quotas.c.event_id == c.event_id, quotas.c.key == c.quota_key)
    of_variant = or_(c.variant_key.is_(None), c.variant_key == variant_key)
    mine = and_(c.event_id == event_id, c.product_no == product_no, of_variant)
    return select(quotas.c.id).join(product_quotas, same_key).where(mine).distinct().order_by(quotas.c.id)


_OF_PRODUCT = Prepared(_of_product)


def of_keys(tx: Connection, event_id: int, keys: Collection[str], now_ms: int) -> dict[str, QuotaRow]:
    """Some limits of an event by key, counted as `of_event` counts."""
    rows = _OF_KEYS(tx, event_id=event_id, keys=sorted(keys), now_ms=now_ms) if keys else ()
    return {row.key: QuotaRow(row.id, row.key, row.size, int(row.free)) for row in rows}


def of_event(tx: Connection, event_id: int, now_ms: int) -> dict[str, QuotaRow]:
    """All limits of an event by key; what lapsed holds and reserves whose time is over take counts as free."""
    rows = _OF_EVENT(tx, event_id=event_id, now_ms=now_ms)
    return {row.key: QuotaRow(row.id, row.key, row.size, int(row.free)) for row in rows}


def _of_event(event_id: object, now_ms: object) -> Select[Any]:
    # Quota by quota, since that is how the index of what lapses begins: the list is read far more often than sold from,
    # and holds grow with what was sold.
    lapsed = select(func.coalesce(func.sum(holds.c.quantity), 0)).where(
        holds.c.quota_id == quotas.c.id, holds.c.state == HoldState.HELD.value, holds.c.expires_ms <= now_ms
    )
    over = select(reserves.c.quota_id, func.sum(reserves.c.left).label("left")).where(
        reserves.c.event_id == event_id, reserves.c.until_ms <= now_ms
    )
    aside = over.group_by(reserves.c.quota_id).subquery()
    free = quotas.c.size - quotas.c.taken + lapsed.scalar_subquery() + func.coalesce(aside.c.left, 0)
    return (
        select(quotas.c.id, quotas.c.key, quotas.c.size, free.label("free"))
        .outerjoin(aside, aside.c.quota_id == quotas.c.id)
        .where(quotas.c.event_id == event_id)
    )


_OF_EVENT = Prepared(_of_event)
_OF_KEYS = Prepared(lambda event_id, keys, now_ms: _of_event(event_id, now_ms).where(quotas.c.key.in_(keys)))


def taken_by_rows(tx: Connection, event_id: int) -> list[tuple[str, int, int]]:
    """(key, taken, sum of its holds and of what is set aside) of every limit: the two must be equal at all times."""
    live = holds.c.state.in_((HoldState.HELD.value, HoldState.KEPT.value))
    left = select(func.coalesce(func.sum(reserves.c.left), 0)).where(reserves.c.quota_id == quotas.c.id)
    total = func.coalesce(func.sum(holds.c.quantity), 0) + left.scalar_subquery()
    rows = tx.execute(
        select(quotas.c.key, quotas.c.taken, total)
        .outerjoin(holds, and_(holds.c.quota_id == quotas.c.id, live))
        .where(quotas.c.event_id == event_id)
        .group_by(quotas.c.id, quotas.c.key, quotas.c.taken)
    )
    return [(key, taken, int(held)) for key, taken, held in rows]
