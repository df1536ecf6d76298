"""SQL of payments, money movements, refunds and webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from syncserver.db.tables_shop import (
    movements,
    orders,
    payments,
    reconciliations,
    refunds,
    stray_payments,
    webhooks,
)
from syncserver.services.payment_provider import PaymentState, ProviderPayment
from syncserver.stores.prepared import Found, Prepared, insert_of
from syncserver.stores.unique import insert_ignoring


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One attempt to pay an order."""

    id: int
    event_id: int
    order_id: int
    attempt: int
    provider: str
    key: str
    ref: str | None
    page_url: str | None
    state: str
    amount_minor: int
    currency: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money asked back."""

    id: int
    payment_id: int
    key: str
    amount_minor: int
    currency: str
    why: str
    asked_ms: int
    made_ms: int | None
    refused_ms: int | None
    return_id: int | None
    by_hand: str | None  # how people made it, after the provider had refused


_COLUMNS = [payments.c[name] for name in PaymentRow.__dataclass_fields__]


def add(tx: Connection, payment: PaymentRow, return_hash: bytes) -> int:
    """Store a new attempt (its id is given out here); the id."""
    row = {name: getattr(payment, name) for name in _ATTEMPT}
    return int(_ADD(tx, **row, return_hash=return_hash).scalar_one())


_ATTEMPT = tuple(name for name in PaymentRow.__dataclass_fields__ if name != "id")
_ADD = insert_of(payments, (*_ATTEMPT, "return_hash"), payments.c.id)


def get(tx: Connection, payment_id: int) -> PaymentRow:
    """One payment."""
    found = _one(_GET(tx, payment_id=payment_id))
    if found is None:
        raise LookupError(f"no payment {payment_id}")
    return found


def by_return(tx: Connection, return_hash: bytes) -> PaymentRow | None:
    """The payment whose return address this is."""
    return _one(_BY_RETURN(tx, return_hash=return_hash))


def by_ref(tx: Connection, provider: str, ref: str) -> PaymentRow | None:
    """The payment a provider calls by this name."""
    return _one(_BY_REF(tx, provider=provider, ref=ref))


def by_key(tx: Connection, provider: str, key: str) -> PaymentRow | None:
    """The payment we call by this key."""
    return _one(_BY_KEY(tx, provider=provider, key=key))


def of_order(tx: Connection, order_id: int) -> list[PaymentRow]:
    """All attempts, oldest first."""
    return [PaymentRow(*row) for row in _OF_ORDER(tx, order_id=order_id)]


_GET = Prepared(lambda payment_id: select(*_COLUMNS).where(payments.c.id == payment_id))
_BY_RETURN = Prepared(lambda return_hash: select(*_COLUMNS).where(payments.c.return_hash == return_hash))
_BY_REF = Prepared(
    lambda provider, ref: select(*_COLUMNS).where(payments.c.provider == provider, payments.c.ref == ref)
)
_BY_KEY = Prepared(
    lambda provider, key: select(*_COLUMNS).where(payments.c.provider == provider, payments.c.key == key)
)
_OF_ORDER = Prepared(
    lambda order_id: select(*_COLUMNS).where(payments.c.order_id == order_id).order_by(payments.c.attempt)
)


def _one(found: Found) -> PaymentRow | None:
    row = found.first()
    return None if row is None else PaymentRow(*row)


def set_page(tx: Connection, payment_id: int, ref: str, page_url: str) -> None:
    """The provider has made it: its name for it, and where the buyer goes."""
    _SET_PAGE(tx, payment_id=payment_id, its_ref=ref, its_page=page_url)


def set_state(tx: Connection, payment_id: int, state: PaymentState, now_ms: int) -> None:
    """What the provider said last."""
    _SET_STATE(tx, payment_id=payment_id, its_state=state.value, now_ms=now_ms)


_SET_PAGE = Prepared(
    lambda payment_id, its_ref, its_page: (
        update(payments).where(payments.c.id == payment_id).values(ref=its_ref, page_url=its_page)
    )
)
_SET_STATE = Prepared(
    lambda payment_id, its_state, now_ms: (
        update(payments).where(payments.c.id == payment_id).values(state=its_state, checked_ms=now_ms)
    )
)


def add_movement(tx: Connection, payment: PaymentRow, kind: str, key: str, money: tuple[int, str], now_ms: int) -> bool:
    """Write down money that moved, (minor units, currency); False if this key is written already."""
    row = {"event_id": payment.event_id, "order_id": payment.order_id, "payment_id": payment.id, "kind": kind}
    more = {"key": key, "amount_minor": money[0], "currency": money[1], "made_ms": now_ms}
    return insert_ignoring(tx, movements, {**row, **more})


def add_refund(
    tx: Connection,
    payment: PaymentRow,
    key: str,
    money: tuple[int, str],
    why: str,
    now_ms: int,
    return_id: int | None = None,
) -> bool:
    """Ask for money back, (minor units, currency); False if this key asked already."""
    row = {"event_id": payment.event_id, "payment_id": payment.id, "key": key, "why": why, "asked_ms": now_ms}
    more = {"amount_minor": money[0], "currency": money[1], "return_id": return_id}
    return insert_ignoring(tx, refunds, {**row, **more})


def refund_by_key(tx: Connection, key: str) -> RefundRow | None:
    """One refund."""
    columns = [refunds.c[name] for name in RefundRow.__dataclass_fields__]
    row = tx.execute(select(*columns).where(refunds.c.key == key)).first()
    return None if row is None else RefundRow(**row._asdict())


def refunded_minor(tx: Connection, payment_id: int) -> tuple[int, int]:
    """(made, asked for) of a payment's refunds at its provider, in minor units; those by hand it knows nothing of."""
    c = refunds.c
    query = select(c.amount_minor, c.made_ms).where(c.payment_id == payment_id, c.by_hand.is_(None))
    rows = tx.execute(query).all()
    return sum(one.amount_minor for one in rows if one.made_ms is not None), sum(one.amount_minor for one in rows)


def refund_made(tx: Connection, refund_id: int, ref: str, now_ms: int) -> None:
    """The provider has given it back."""
    tx.execute(update(refunds).where(refunds.c.id == refund_id).values(ref=ref, made_ms=now_ms, refused_ms=None))


def refund_made_by_hand(tx: Connection, refund_id: int, how: str, now_ms: int) -> None:
    """People have given it back, where the provider would not."""
    tx.execute(update(refunds).where(refunds.c.id == refund_id).values(by_hand=how, made_ms=now_ms, refused_ms=None))


def refund_refused(tx: Connection, refund_id: int, now_ms: int) -> None:
    """The provider will not: a person has to see to it."""
    tx.execute(update(refunds).where(refunds.c.id == refund_id).values(refused_ms=now_ms))


def refunds_of_order(tx: Connection, order_id: int) -> list[RefundRow]:
    """All refunds of an order, oldest first."""
    return [RefundRow(*row) for row in _REFUNDS(tx, order_id=order_id)]


_REFUNDS = Prepared(
    lambda order_id: (
        select(*(refunds.c[name] for name in RefundRow.__dataclass_fields__))
        .join(payments, payments.c.id == refunds.c.payment_id)
        .where(payments.c.order_id == order_id)
        .order_by(refunds.c.id)
    )
)


def add_webhook(tx: Connection, provider: str, provider_event: str, ref: str, now_ms: int) -> bool:
    """Note a webhook; False if the provider has told us this before."""
    row = {"provider": provider, "provider_event": provider_event, "ref": ref, "received_ms": now_ms}
    return insert_ignoring(tx, webhooks, row)


def movement_sums(tx: Connection, event_id: int) -> list[tuple[str, int, int]]:
    """(order code, sum of movements, total) of every fulfilled order that is still open: the two must be equal."""
    paid = func.coalesce(func.sum(movements.c.amount_minor), 0)
    rows = tx.execute(
        select(orders.c.code, paid, orders.c.total_minor)
        .outerjoin(movements, movements.c.order_id == orders.c.id)
        .where(orders.c.event_id == event_id, orders.c.fulfilled_ms.is_not(None), orders.c.closed_ms.is_(None))
        .group_by(orders.c.id, orders.c.code, orders.c.total_minor)
    )
    return [(code, int(total), wanted) for code, total, wanted in rows]


def add_stray(tx: Connection, provider: str, payment: ProviderPayment, now_ms: int) -> bool:
    """Note a payment whose order is not here; False if it was noted before."""
    row = {
        "provider": provider,
        "ref": payment.ref,
        "order_code": payment.order_code,
        "state": payment.state.value,
        "amount_minor": payment.amount_minor,
        "refunded_minor": payment.refunded_minor,
        "currency": payment.currency,
        "created_ms": payment.created_ms,
        "found_ms": now_ms,
    }
    return insert_ignoring(tx, stray_payments, row)


def refs_known(tx: Connection, provider: str, refs: Sequence[str]) -> set[str]:
    """Those of a provider's names that we have."""
    known = select(payments.c.ref).where(payments.c.provider == provider, payments.c.ref.in_(refs))
    return {ref for ref in tx.scalars(known) if ref is not None}


def add_reconciliation(tx: Connection, now_ms: int, seen: int, updated: int, strays: int) -> None:
    """Note that the providers were asked, and what came of it."""
    row = {"made_ms": now_ms, "seen": seen, "updated": updated, "strays": strays}
    tx.execute(insert(reconciliations).values(**row))


@dataclass(frozen=True, slots=True)
class ReconciliationRow:
    """When the providers were asked last, and how many payments had no order here."""

    made_ms: int
    seen: int
    updated: int
    strays: int


def last_reconciliation(tx: Connection) -> ReconciliationRow | None:
    """The latest comparison with the providers."""
    columns = [reconciliations.c[name] for name in ReconciliationRow.__dataclass_fields__]
    row = tx.execute(select(*columns).order_by(reconciliations.c.id.desc()).limit(1)).first()
    return None if row is None else ReconciliationRow(**row._asdict())


@dataclass(frozen=True, slots=True)
class MovementRow:
    """Money that moved; negative: given back."""

    kind: str
    amount_minor: int
    currency: str
    made_ms: int
    key: str


def movements_of_order(tx: Connection, order_id: int) -> tuple[MovementRow, ...]:
    """All money that moved for an order, oldest first."""
    return tuple(MovementRow(*row) for row in _MOVEMENTS(tx, order_id=order_id))


_MOVEMENTS = Prepared(
    lambda order_id: (
        select(*(movements.c[name] for name in MovementRow.__dataclass_fields__))
        .where(movements.c.order_id == order_id)
        .order_by(movements.c.id)
    )
)


@dataclass(frozen=True, slots=True)
class ListedPayment:
    """A payment with its order's code."""

    id: int
    order_code: str
    provider: str
    state: str
    amount_minor: int
    currency: str
    created_ms: int
    checked_ms: int | None


def listed(
    tx: Connection, event_id: int, state: str | None, below: int | None, limit: int
) -> tuple[ListedPayment, ...]:
    """Payments of an event below a number, the newest first; of one state, or (None) of all."""
    c = payments.c
    columns = (c.id, orders.c.code.label("order_code"), c.provider, c.state, c.amount_minor, c.currency)
    wanted = select(*columns, c.created_ms, c.checked_ms).join(orders, orders.c.id == c.order_id)
    where = [c.event_id == event_id]
    where += [c.state == state] if state is not None else []
    where += [c.id < below] if below is not None else []
    rows = tx.execute(wanted.where(*where).order_by(c.id.desc()).limit(limit))
    return tuple(ListedPayment(**row._asdict()) for row in rows)
