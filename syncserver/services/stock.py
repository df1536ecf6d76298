"""Holds: how anything is taken from a quota or a voucher and given back. Nothing else changes what is taken.

Everybody ends or extends holds first, then takes quotas in rising order of their numbers, a quota's row before its
reserves, and vouchers last, in rising order too: so two buyers of the same things cannot deadlock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection

from syncserver.stores import holds, quotas, reserves, vouchers
from syncserver.stores.holds import Claim

NO_RESERVES: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A quantity of every quota for a basket line. `reserves`: quota -> reserve it may draw from first."""

    line_id: int
    quota_ids: list[int]
    quantity: int
    reserves: Mapping[int, int] = field(default_factory=lambda: NO_RESERVES)


def hold(tx: Connection, event_id: int, wanted: Wanted, times: tuple[int, int]) -> bool:
    """Claim what a basket line wants until `times[1]`; `times[0]` is now (ms UTC).

    False if a quota has no room; then what was taken for the line is given back.
    """
    now_ms, expires_ms = times
    taken: dict[int, int | None] = {}
    for quota_id in wanted.quota_ids:
        took = _take(tx, quota_id, wanted.reserves.get(quota_id), wanted.quantity, now_ms)
        if took is None:
            break
        taken[quota_id] = took.reserve_id
    holds.add(tx, event_id, wanted.line_id, wanted.quantity, expires_ms, taken)
    if len(taken) < len(wanted.quota_ids):
        release_lines(tx, [wanted.line_id], now_ms)
        return False
    return True


def release_lines(tx: Connection, line_ids: list[int], now_ms: int) -> None:
    """Give back what basket lines hold."""
    _give(tx, holds.release_lines(tx, line_ids), now_ms)


def hold_anew(tx: Connection, event_id: int, wanted: list[Wanted], times: tuple[int, int]) -> None:
    """Give back what lines hold and claim it as they want it now; a line that finds no room holds nothing any more.

    Holds end before a quota is locked: whoever lets one of them lapse has its row and wants the quota.
    """
    claims = holds.release_lines(tx, [one.line_id for one in wanted])
    quotas.lock(tx, {quota_id for one in wanted for quota_id in one.quota_ids} | {one.quota_id for one in claims})
    _give(tx, claims, times[0])
    for one in wanted:
        hold(tx, event_id, one, times)


def release_order(tx: Connection, order_id: int, now_ms: int) -> None:
    """Give back what an order holds or has kept, its vouchers' uses too."""
    _give(tx, holds.release_order(tx, order_id), now_ms)
    vouchers.release_order(tx, order_id)


def release_positions(tx: Connection, claims: list[Claim], now_ms: int) -> None:
    """Give back what positions of orders had kept: ended already, from `holds.release_some`."""
    quotas.lock(tx, {claim.quota_id for claim in claims})
    _give(tx, sorted(claims, key=lambda claim: claim.quota_id), now_ms)


@dataclass(frozen=True, slots=True)
class Change:
    """A position of an order gives up its places in some quotas and takes as many in others."""

    event_id: int
    order_id: int
    place: int
    quantity: int
    gone: Collection[int]
    wanted: Collection[int]


def exchange(tx: Connection, change: Change, now_ms: int) -> bool:
    """Carry a change out; False if one of the wanted quotas has no room, and then the caller must give it all up."""
    quotas.lock(tx, {*change.gone, *change.wanted})
    for quota_id in sorted(change.wanted):
        if _take(tx, quota_id, None, change.quantity, now_ms) is None:
            return False
        holds.keep_more(tx, change.event_id, (change.order_id, change.place), quota_id, change.quantity)
    position = (change.order_id, change.place)
    _give(tx, holds.release_some(tx, position, change.quantity, change.gone, only_these=True), now_ms)
    return True


def keep(tx: Connection, order_id: int, now_ms: int, giving: Collection[int] = ()) -> bool:
    """Make an order's claims last: what still stands is kept, what lapsed is taken again if there is room.

    False if there is not room for all of it; then the order claims nothing any more. `giving` are limits in which the
    caller will give places back: they are locked here with the others.
    """
    holds.keep(tx, order_id)
    vouchers.keep(tx, order_id)
    if giving:
        quotas.lock(tx, holds.quotas_of_order(tx, order_id) | set(giving))
    for lost in _lapsed(tx, order_id):
        took = _take(tx, lost.quota_id, lost.reserve_id, lost.quantity, now_ms)
        if took is None:
            release_order(tx, order_id, now_ms)
            return False
        holds.take_again(tx, lost.hold_id, took.reserve_id)
    for claim in sorted(vouchers.lapsed_of_order(tx, order_id), key=lambda claim: claim.voucher_id):
        if not take_voucher(tx, claim.voucher_id, now_ms):
            release_order(tx, order_id, now_ms)
            return False
        vouchers.claim_again(tx, claim.id, None)
    return True


def can_stand(tx: Connection, order_id: int, now_ms: int) -> bool:
    """Before an order is sent to pay: take again what lapsed, to be held like the rest. False if there is no room."""
    for lost in _lapsed(tx, order_id):
        took = _take(tx, lost.quota_id, lost.reserve_id, lost.quantity, now_ms)
        if took is None:
            return False
        holds.hold_again(tx, lost.hold_id, now_ms, took.reserve_id)
    for claim in sorted(vouchers.lapsed_of_order(tx, order_id), key=lambda claim: claim.voucher_id):
        if not take_voucher(tx, claim.voucher_id, now_ms):
            return False
        vouchers.claim_again(tx, claim.id, now_ms)
    return True


def take_voucher(tx: Connection, voucher_id: int, now_ms: int) -> bool:
    """Take one use of a voucher; whether it had one."""
    if vouchers.take(tx, voucher_id):
        return True
    while lapsed := vouchers.let_lapse(tx, voucher_id, now_ms):
        vouchers.give(tx, voucher_id, lapsed)
        if vouchers.take(tx, voucher_id):
            return True
    return False


def set_aside(tx: Connection, reserve_id: int, quota_id: int, more: int, now_ms: int) -> bool:
    """Make a reserve so much larger, or (below zero) smaller; False if the quota has no room."""
    if more > 0 and _take(tx, quota_id, None, more, now_ms) is None:
        return False
    if more < 0:
        quotas.give(tx, quota_id, -more)
    reserves.change_left(tx, reserve_id, more)
    return True


@dataclass(frozen=True, slots=True)
class _Took:
    reserve_id: int | None  # None: of what is everyone's


def _lapsed(tx: Connection, order_id: int) -> list[Claim]:
    lapsed = holds.lapsed_of_order(tx, order_id)
    if lapsed:
        quotas.lock(tx, holds.quotas_of_order(tx, order_id))
    return lapsed


def _take(tx: Connection, quota_id: int, reserve_id: int | None, quantity: int, now_ms: int) -> _Took | None:
    """From the reserve if there is one that has it, else from the quota; None if neither has."""
    if reserve_id is not None:
        quotas.lock(tx, {quota_id})
        if reserves.draw(tx, reserve_id, quantity, now_ms):
            return _Took(reserve_id)
    if quotas.take(tx, quota_id, quantity):
        return _Took(None)
    # No room: what lapsed is collected now and not by a clockwork that could be dead.
    while _collect(tx, quota_id, now_ms):
        if reserve_id is not None and reserves.draw(tx, reserve_id, quantity, now_ms):
            return _Took(reserve_id)
        if quotas.take(tx, quota_id, quantity):
            return _Took(None)
    return None


def _collect(tx: Connection, quota_id: int, now_ms: int) -> bool:
    """Give back what lapsed holds and reserves of a quota took; False once there are none."""
    lapsed = holds.let_lapse(tx, quota_id, now_ms)
    if lapsed:
        _give(tx, lapsed, now_ms)
        return True
    if not reserves.is_any_over(tx, quota_id, now_ms):
        return False
    quotas.lock(tx, {quota_id})
    free = reserves.dissolve_over(tx, quota_id, now_ms)
    if free:
        quotas.give(tx, quota_id, free)
    return free > 0


def _give(tx: Connection, claims: list[Claim], now_ms: int) -> None:
    if any(claim.reserve_id for claim in claims):
        quotas.lock(tx, {claim.quota_id for claim in claims})
    free: dict[int, int] = {}
    for claim in claims:
        if claim.reserve_id is None or not reserves.put_back(tx, claim.reserve_id, claim.quantity, now_ms):
            free[claim.quota_id] = free.get(claim.quota_id, 0) + claim.quantity
    for quota_id, quantity in sorted(free.items()):
        quotas.give(tx, quota_id, quantity)
