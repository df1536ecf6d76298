"""Making another product of a ticket, in the transaction that fulfils the order for it.

The ticket keeps id, code and generation. The places it needs no more are given back in the same breath as those of the
order become its own, so that each limit has it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.errors import require
from syncserver.jobs.queue import enqueue
from syncserver.jobs.statement_args import CHANGE, SCRIBE_QUEUE, ChangeArgs, ChangeWanted
from syncserver.services import stock
from syncserver.services.ticket_now import TicketNow, tickets_now
from syncserver.stores import holds, orders, quotas, upgrades
from syncserver.stores.orders import OrderRow, PositionRow
from syncserver.stores.upgrades import UpgradeRow


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket as it is and what becomes of it; `gone` are the limits in which it needs its place no more."""

    row: UpgradeRow
    ticket: TicketNow
    gone: frozenset[int]


def changes_of(tx: Connection, order: OrderRow, positions: Sequence[PositionRow]) -> list[Change] | None:
    """What an order changes; None if a ticket is no longer what it was when that was ordered.

    The caller has locked the tickets.
    """
    if not any(row.is_upgrade for row in positions):
        return []
    rows = upgrades.of_order(tx, order.id)
    now = tickets_now(tx, order.event_id, [row.ticket for row in rows])
    if not all(row.ticket in now and _is_as_ordered(now[row.ticket], row) for row in rows):
        return None
    variants = {row.place: row.variant_key for row in positions}
    return [_change(tx, order, row, now[row.ticket], variants[row.place]) for row in rows]


def _is_as_ordered(ticket: TicketNow, row: UpgradeRow) -> bool:
    current = ticket.current
    now = (current.order_id, current.row.place, current.row.product_no, current.row.variant_key)
    return now == (row.before_order_id, row.before_place, row.before_product_no, row.before_variant_key)


def _change(tx: Connection, order: OrderRow, row: UpgradeRow, ticket: TicketNow, variant: str | None) -> Change:
    after = quotas.of_product(tx, order.event_id, row.product_no, variant)
    return Change(row, ticket, ticket.places - set(after))


def carry_out(tx: Connection, order: OrderRow, changes: Sequence[Change], now_ms: int) -> None:
    """Do it. The order is fulfilled by now and has its places, and the limits in `gone` are locked."""
    if not changes:
        return
    stock.release_positions(tx, [claim for one in changes for claim in _end(tx, one)], now_ms)
    for one in changes:
        before = one.ticket.current
        done = upgrades.replace_position(tx, before.order_id, before.row.place)
        require(done, f"order {before.order_id}, position {before.row.place}: became another product twice")
        if one.row.plate:
            orders.set_plate(tx, order.event_id, one.row.ticket, one.row.plate)
    wanted = tuple(ChangeWanted(ticket=one.row.ticket, product=one.row.product_no) for one in changes)
    args = ChangeArgs(event_id=order.event_id, key=order.uid, changes=wanted)
    enqueue(tx, SCRIBE_QUEUE, CHANGE, args, order.uid.hex(), now_ms)


def _end(tx: Connection, change: Change) -> list[holds.Claim]:
    kept = change.ticket.kept.items()
    return [
        claim
        for position, limits in kept
        for claim in holds.release_some(tx, position, 1, limits & change.gone, only_these=True)
    ]
