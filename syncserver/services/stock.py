"""Holds: how anything is taken from a quota and given back. Nothing else in the server changes what is taken.

Everybody takes quotas in rising order of their numbers, so that two buyers of the same things cannot deadlock.
"""

from __future__ import annotations

from sqlalchemy import Connection

from syncserver.stores import holds, quotas


def hold(
    tx: Connection, event_id: int, line_id: int, quota_ids: list[int], quantity: int, times: tuple[int, int]
) -> bool:
    """Claim a quantity of every quota for a basket line until `times[1]`; `times[0]` is now (ms UTC).

    False if one of them has no room; then what was taken for the line is given back.
    """
    now_ms, expires_ms = times
    for quota_id in quota_ids:
        if not _take(tx, quota_id, quantity, now_ms):
            release_lines(tx, [line_id])
            return False
        holds.add(tx, event_id, line_id, quota_id, quantity, expires_ms)
    return True


def release_lines(tx: Connection, line_ids: list[int]) -> None:
    """Give back what basket lines hold."""
    _give(tx, holds.release_lines(tx, line_ids))


def release_order(tx: Connection, order_id: int) -> None:
    """Give back what an order holds or has kept."""
    _give(tx, holds.release_order(tx, order_id))


def keep(tx: Connection, order_id: int, now_ms: int) -> bool:
    """Make an order's claims last: what still stands is kept, what lapsed is taken again if there is room.

    False if there is not room for all of it; then the order claims nothing any more.
    """
    holds.keep(tx, order_id)
    lapsed = holds.lapsed_of_order(tx, order_id)
    if lapsed:
        quotas.lock(tx, holds.quotas_of_order(tx, order_id))
    for lost in lapsed:
        if not _take(tx, lost.quota_id, lost.quantity, now_ms):
            release_order(tx, order_id)
            return False
        holds.take_again(tx, lost.hold_id)
    return True


def can_stand(tx: Connection, order_id: int, now_ms: int) -> bool:
    """Before an order is sent to pay: take again what lapsed, to be held like the rest. False if there is no room."""
    lapsed = holds.lapsed_of_order(tx, order_id)
    if lapsed:
        quotas.lock(tx, holds.quotas_of_order(tx, order_id))
    for lost in lapsed:
        if not _take(tx, lost.quota_id, lost.quantity, now_ms):
            return False
        holds.hold_again(tx, lost.hold_id, now_ms)
    return True


def _take(tx: Connection, quota_id: int, quantity: int, now_ms: int) -> bool:
    if quotas.take(tx, quota_id, quantity):
        return True
    # No room: what lapsed is collected now and not by a clockwork that could be dead.
    while lapsed := holds.let_lapse(tx, quota_id, now_ms):
        quotas.give(tx, quota_id, lapsed)
        if quotas.take(tx, quota_id, quantity):
            return True
    return False


def _give(tx: Connection, claims: list[holds.Claim]) -> None:
    for claim in claims:
        quotas.give(tx, claim.quota_id, claim.quantity)
