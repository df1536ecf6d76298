"""SQL that proves the books of an event: each query finds what does not agree, and nothing where all is well.

Every query gives (subject, what it should be, what it is), the subject as people call it. Read inside one moment of the
database, so that a sale under way cannot look like a difference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, func, or_, select

from syncserver.db.tables_event import quotas
from syncserver.db.tables_shop import (
    book_checks,
    holders,
    holds,
    movements,
    order_positions,
    orders,
    payments,
    refunds,
    return_lines,
    returns,
    upgrades,
)
from syncserver.db.tables_sync import tickets
from syncserver.db.tables_vouchers import voucher_claims, vouchers
from syncserver.stores import quotas as quota_store
from syncserver.stores import rows
from syncserver.stores.holds import HoldState

NAMED_MAX = 50
Found = tuple[str, int, int]
_LIVE = holds.c.state.in_((HoldState.HELD.value, HoldState.KEPT.value))


def _read(tx: Connection, query: Select[Any]) -> list[Found]:
    return [(str(name), int(wanted), int(found)) for name, wanted, found in tx.execute(query.limit(NAMED_MAX))]


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


def taken_by_holds(tx: Connection, event_id: int) -> list[Found]:
    """Limits whose count of what is taken is not the sum of the holds and of what is set aside."""
    return [(key, held, taken) for key, taken, held in quota_store.taken_by_rows(tx, event_id) if taken != held][
        :NAMED_MAX
    ]


def vouchers_by_claims(tx: Connection, event_id: int) -> list[Found]:
    """Vouchers whose count of uses is not that of the claims on them, or is more than they have."""
    live = and_(voucher_claims.c.voucher_id == vouchers.c.id, voucher_claims.c.state.in_(("held", "kept")))
    claims = func.count(voucher_claims.c.id)
    named = (
        select(vouchers.c.hint, claims, vouchers.c.used)
        .outerjoin(voucher_claims, live)
        .where(vouchers.c.event_id == event_id)
        .group_by(vouchers.c.id, vouchers.c.hint, vouchers.c.used, vouchers.c.uses_max)
        .having(or_(claims != vouchers.c.used, vouchers.c.used > vouchers.c.uses_max))
    )
    return _read(tx, named)


def beyond_size(tx: Connection, event_id: int) -> list[Found]:
    """Limits of which more is taken than there is: taken and free are then no longer the size."""
    over = and_(quotas.c.event_id == event_id, or_(quotas.c.taken > quotas.c.size, quotas.c.taken < 0))
    return _read(tx, select(quotas.c.key, quotas.c.size, quotas.c.taken).where(over))


def closed_with_places(tx: Connection, event_id: int) -> list[Found]:
    """Orders that were given up or back and still take places."""
    total = _sum(holds.c.quantity)
    query = (
        select(orders.c.code, total - total, total)
        .join(holds, and_(holds.c.order_id == orders.c.id, _LIVE))
        .where(orders.c.event_id == event_id, orders.c.closed_ms.is_not(None))
        .group_by(orders.c.id, orders.c.code)
    )
    return _read(tx, query)


def _by_payment(table: Any, amount: ColumnElement[int], *where: ColumnElement[bool]) -> FromClause:  # noqa: ANN401
    """Sums of a table's rows by payment."""
    return (
        select(table.c.payment_id, _sum(amount).label("amount")).where(*where).group_by(table.c.payment_id).subquery()
    )


def _came(event_id: int) -> FromClause:
    mine = (movements.c.event_id == event_id, movements.c.kind == "payment")
    return _by_payment(movements, movements.c.amount_minor, *mine)


def payments_by_movements(tx: Connection, event_id: int) -> list[Found]:
    """Payments that are paid without money that came, or money that came without being paid."""
    came, wanted = _came(event_id), payments.c.amount_minor
    is_paid = payments.c.state == "paid"
    lacks = or_(and_(is_paid, came.c.amount.is_(None)), and_(~is_paid, came.c.amount.is_not(None)))
    query = (
        select(payments.c.key, wanted, func.coalesce(came.c.amount, 0))
        .outerjoin(came, came.c.payment_id == payments.c.id)
        .where(payments.c.event_id == event_id, lacks)
    )
    return _read(tx, query)


def orders_by_movements(tx: Connection, event_id: int) -> list[Found]:
    """Fulfilled orders that did not cost what came in for them, payments that were not wanted left out."""
    unwanted = _by_payment(
        refunds, refunds.c.amount_minor, refunds.c.event_id == event_id, refunds.c.return_id.is_(None)
    )
    came = _came(event_id)
    kept = _sum(came.c.amount) - _sum(unwanted.c.amount)
    query = (
        select(orders.c.code, orders.c.total_minor, kept)
        .outerjoin(payments, payments.c.order_id == orders.c.id)
        .outerjoin(came, came.c.payment_id == payments.c.id)
        .outerjoin(unwanted, unwanted.c.payment_id == payments.c.id)
        .where(orders.c.event_id == event_id, orders.c.fulfilled_ms.is_not(None))
        .group_by(orders.c.id, orders.c.code, orders.c.total_minor)
        .having(kept != orders.c.total_minor)
    )
    return _read(tx, query)


def refunds_beyond_paid(tx: Connection, event_id: int) -> list[Found]:
    """Payments of which more was asked back than came."""
    asked = _by_payment(refunds, refunds.c.amount_minor, refunds.c.event_id == event_id)
    came = _came(event_id)
    paid = func.coalesce(came.c.amount, 0)
    query = (
        select(payments.c.key, paid, asked.c.amount)
        .join(asked, asked.c.payment_id == payments.c.id)
        .outerjoin(came, came.c.payment_id == payments.c.id)
        .where(payments.c.event_id == event_id, asked.c.amount > paid)
    )
    return _read(tx, query)


def refunds_by_movements(tx: Connection, event_id: int) -> list[Found]:
    """Payments of which another amount went back than the refunds that were made say."""
    made = _by_payment(refunds, refunds.c.amount_minor, refunds.c.event_id == event_id, refunds.c.made_ms.is_not(None))
    mine = (movements.c.event_id == event_id, movements.c.kind == "refund")
    went = _by_payment(movements, -movements.c.amount_minor, *mine)
    wanted, found = func.coalesce(made.c.amount, 0), func.coalesce(went.c.amount, 0)
    query = (
        select(payments.c.key, wanted, found)
        .outerjoin(made, made.c.payment_id == payments.c.id)
        .outerjoin(went, went.c.payment_id == payments.c.id)
        .where(payments.c.event_id == event_id, wanted != found)
    )
    return _read(tx, query)


def returns_by_refunds(tx: Connection, event_id: int) -> list[Found]:
    """Orders with a return for which another amount was asked back than it says."""
    asked = (
        select(refunds.c.return_id, _sum(refunds.c.amount_minor).label("amount"))
        .where(refunds.c.event_id == event_id, refunds.c.return_id.is_not(None))
        .group_by(refunds.c.return_id)
        .subquery()
    )
    found = func.coalesce(asked.c.amount, 0)
    query = (
        select(orders.c.code, returns.c.amount_minor, found)
        .join(orders, orders.c.id == returns.c.order_id)
        .outerjoin(asked, asked.c.return_id == returns.c.id)
        .where(returns.c.event_id == event_id, returns.c.amount_minor != found)
    )
    return _read(tx, query)


def positions_by_returns(tx: Connection, event_id: int) -> list[Found]:
    """Orders with a position of which another number is counted as returned than its returns say."""
    back = (
        select(returns.c.order_id, return_lines.c.place, _sum(return_lines.c.quantity).label("quantity"))
        .join(returns, returns.c.id == return_lines.c.return_id)
        .where(returns.c.event_id == event_id)
        .group_by(returns.c.order_id, return_lines.c.place)
        .subquery()
    )
    same = and_(back.c.order_id == order_positions.c.order_id, back.c.place == order_positions.c.place)
    wanted = func.coalesce(back.c.quantity, 0)
    query = (
        select(orders.c.code, wanted, order_positions.c.returned)
        .join(orders, orders.c.id == order_positions.c.order_id)
        .outerjoin(back, same)
        .where(order_positions.c.event_id == event_id, order_positions.c.returned != wanted)
    )
    return _read(tx, query)


def neither(tx: Connection, event_id: int) -> list[Found]:
    """Orders that were paid, and are neither fulfilled nor given all their money back."""
    asked = _by_payment(refunds, refunds.c.amount_minor, refunds.c.event_id == event_id)
    came = _came(event_id)
    paid, back = _sum(came.c.amount), _sum(asked.c.amount)
    query = (
        select(orders.c.code, paid, back)
        .join(payments, payments.c.order_id == orders.c.id)
        .join(came, came.c.payment_id == payments.c.id)
        .outerjoin(asked, asked.c.payment_id == payments.c.id)
        .where(orders.c.event_id == event_id, orders.c.fulfilled_ms.is_(None))
        .group_by(orders.c.id, orders.c.code)
        .having(paid != back)
    )
    return _read(tx, query)


def not_issued(tx: Connection, event_id: int, before_ms: int) -> list[Found]:
    """Orders fulfilled before an instant that bought more tickets than were issued."""
    count, issued = func.count(holders.c.ticket), func.count(tickets.c.ticket)
    here = and_(tickets.c.event_id == holders.c.event_id, tickets.c.ticket == holders.c.ticket, tickets.c.is_issued)
    query = (
        select(orders.c.code, count, issued)
        .join(holders, holders.c.order_id == orders.c.id)
        .outerjoin(tickets, here)
        .where(orders.c.event_id == event_id, orders.c.fulfilled_ms < before_ms)
        .group_by(orders.c.id, orders.c.code)
        .having(count != issued)
    )
    return _read(tx, query)


def not_one_product(tx: Connection, event_id: int) -> list[Found]:
    """Orders with a ticket that is paid, was not given back, and is not one product exactly."""
    c = order_positions.c
    current = func.sum(case((c.is_replaced, 0), else_=1))
    query = (
        select(func.min(orders.c.code), current - current + 1, current)
        .join(orders, orders.c.id == c.order_id)
        .where(c.event_id == event_id, c.is_ticket, c.returned < c.quantity)
        .where(orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None))
        .group_by(c.ticket)
        .having(current != 1)
    )
    return _read(tx, query)


def became_another(tx: Connection, event_id: int, before_ms: int) -> list[Found]:
    """Orders fulfilled before an instant that changed a ticket, which is stated to be another product than was paid."""
    c, u = order_positions.c, upgrades.c
    same = and_(c.order_id == u.order_id, c.place == u.place)
    here = and_(tickets.c.event_id == u.event_id, tickets.c.ticket == u.ticket)
    stated = func.coalesce(tickets.c.product_no, 0)
    query = (
        select(orders.c.code, u.product_no, stated)
        .select_from(upgrades)
        .join(orders, orders.c.id == u.order_id)
        .join(order_positions, same)
        .outerjoin(tickets, here)
        .where(u.event_id == event_id, orders.c.fulfilled_ms < before_ms, orders.c.closed_ms.is_(None))
        .where(~c.is_replaced, c.returned < c.quantity, stated != u.product_no)
    )
    return _read(tx, query)


def stuck_refunds(tx: Connection, event_id: int, before_ms: int) -> list[Found]:
    """Orders whose refund the provider refused, or that was asked for before an instant and is not made yet."""
    waits = and_(refunds.c.made_ms.is_(None), or_(refunds.c.refused_ms.is_not(None), refunds.c.asked_ms < before_ms))
    query = (
        select(orders.c.code, refunds.c.amount_minor, refunds.c.amount_minor - refunds.c.amount_minor)
        .join(payments, payments.c.id == refunds.c.payment_id)
        .join(orders, orders.c.id == payments.c.order_id)
        .where(refunds.c.event_id == event_id, waits)
    )
    return _read(tx, query)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """The latest comparison; `differences` are (check, subject, expected, found)."""

    made_ms: int
    took_ms: int
    differences: tuple[tuple[str, str, int, int], ...]
    since_ms: int | None


def latest(tx: Connection, event_id: int) -> CheckRow | None:
    """When the books were compared last, and what did not agree."""
    c = book_checks.c
    row = tx.execute(select(c.made_ms, c.took_ms, c.differences, c.since_ms).where(c.event_id == event_id)).first()
    if row is None:
        return None
    return CheckRow(row.made_ms, row.took_ms, tuple(tuple(one) for one in json.loads(row.differences)), row.since_ms)


def note(tx: Connection, event_id: int, check: CheckRow) -> None:
    """Remember a comparison in place of the one before."""
    row = {"made_ms": check.made_ms, "took_ms": check.took_ms, "since_ms": check.since_ms}
    told = json.dumps([list(one) for one in check.differences])
    rows.put(tx, book_checks, ("event_id",), [{**row, "event_id": event_id, "differences": told}])
