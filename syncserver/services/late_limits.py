"""Limits of an order whose time to pay is over: it counted for nothing, so others may have had their share since."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection

from syncserver.stores import orders, returns
from syncserver.stores.orders import OrderRow


def lock_tickets(tx: Connection, order: OrderRow) -> None:
    """What is found of the tickets an order is for holds until this transaction is over."""
    returns.lock_tickets(tx, order.event_id, sorted({row.ticket for row in orders.positions(tx, order.id)}))


def is_over_limits(tx: Connection, order: OrderRow, now_ms: int) -> bool:
    """Whether with it a ticket or a person would have more than one may, by what was ordered meanwhile.

    The caller has locked the order and its tickets, and taken its places: products are locked here, after quotas as
    everywhere. A limit that was made smaller since turns no money away, only what others have ordered does.
    """
    if now_ms < order.pay_until_ms:
        return False
    wanted = Counter[tuple[int, bytes | None]]()  # of a product for a ticket; None: tickets for a person
    for row in orders.positions(tx, order.id):
        wanted[row.product_no, None if row.is_ticket else row.ticket] += row.quantity
    limits = orders.limits_of(tx, order.event_id, {no for no, _ in wanted})
    return any(
        _is_over(tx, order, (no, ticket), quantity, limits[no], now_ms)
        for (no, ticket), quantity in sorted(wanted.items(), key=lambda one: one[0][0])
    )


def _is_over(
    tx: Connection,
    order: OrderRow,
    what: tuple[int, bytes | None],
    quantity: int,
    limits: tuple[int | None, int | None],
    now_ms: int,
) -> bool:
    (no, ticket), (per_ticket, per_person) = what, limits
    told = [one for one in ((per_person,) if ticket is None else (per_ticket, per_person)) if one is not None]
    if not told:
        return False
    if ticket is None:
        others = orders.bought_by_mail(tx, order.event_id, no, order.mail, now_ms)
    else:
        others = orders.bought_for_ticket(tx, order.event_id, ticket, no, now_ms)
    return others > 0 and others + quantity > min(told)
