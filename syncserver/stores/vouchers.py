"""SQL of vouchers: `used` changes here alone, by one conditional statement each way; each use stands in a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select, update

from common.errors import require
from syncserver.db.tables_shop import orders
from syncserver.db.tables_vouchers import offers, order_discounts, voucher_claims, vouchers
from syncserver.stores.holds import HoldState
from syncserver.stores.prepared import Found, Prepared

LAPSED_PER_TAKE_MAX = 200
LIVE = (HoldState.HELD.value, HoldState.KEPT.value)


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A voucher without its code, which nobody keeps."""

    id: int
    event_id: int
    offer_key: str
    batch_id: int | None
    number: int
    hint: str
    uses_max: int
    used: int
    withdrawn_ms: int | None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A use of a voucher by a basket or an order."""

    id: int
    voucher_id: int
    offer_key: str
    hint: str
    state: HoldState
    expires_ms: int
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class DiscountRow:
    """What was taken off a position; positive."""

    place: int
    voucher_id: int
    amount_minor: int
    currency: str


_COLUMNS = [vouchers.c[name] for name in VoucherRow.__dataclass_fields__]


def by_hash(tx: Connection, event_id: int, code_hash: bytes) -> VoucherRow | None:
    """The voucher with this code."""
    return _one(tx, select(*_COLUMNS).where(vouchers.c.event_id == event_id, vouchers.c.code_hash == code_hash))


def by_id(tx: Connection, event_id: int, voucher_id: int) -> VoucherRow | None:
    """The voucher of this number."""
    return _one(tx, select(*_COLUMNS).where(vouchers.c.event_id == event_id, vouchers.c.id == voucher_id))


def _one(tx: Connection, query: Select[*tuple[object, ...]]) -> VoucherRow | None:
    row = tx.execute(query).first()
    return None if row is None else VoucherRow(**row._asdict())


# --- uses -----------------------------------------------------------------------------------------


def take(tx: Connection, voucher_id: int) -> bool:
    """Take one use if there is one; the row count says whether there was."""
    c = vouchers.c
    has_one = and_(c.id == voucher_id, c.used < c.uses_max, c.withdrawn_ms.is_(None))
    return tx.execute(update(vouchers).where(has_one).values(used=c.used + 1)).rowcount == 1


def give(tx: Connection, voucher_id: int, uses: int) -> None:
    """Give so many uses back."""
    there = and_(vouchers.c.id == voucher_id, vouchers.c.used >= uses)
    done = tx.execute(update(vouchers).where(there).values(used=vouchers.c.used - uses)).rowcount
    require(done == 1, f"{uses} uses given back to voucher {voucher_id}, which had fewer taken")


def let_lapse(tx: Connection, voucher_id: int, now_ms: int) -> int:
    """Mark up to 200 claims whose time is over as lapsed; how many. Rows others work on are left to them."""
    c = voucher_claims.c
    due = (
        select(c.id)
        .where(c.voucher_id == voucher_id, c.state == HoldState.HELD.value, c.expires_ms <= now_ms)
        .order_by(c.id)
        .limit(LAPSED_PER_TAKE_MAX)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.scalars(due))
    lapsed = update(voucher_claims).where(c.id.in_(ids), c.state == HoldState.HELD.value)
    return tx.execute(lapsed.values(state=HoldState.LAPSED.value)).rowcount


def add_claim(tx: Connection, event_id: int, voucher_id: int, basket_id: int, expires_ms: int) -> int:
    """A basket's claim of a use that is taken already."""
    row = {"event_id": event_id, "voucher_id": voucher_id, "basket_id": basket_id, "expires_ms": expires_ms}
    new = insert(voucher_claims).values(**row, state=HoldState.HELD.value).returning(voucher_claims.c.id)
    return int(tx.execute(new).scalar_one())


def claims_of_basket(tx: Connection, basket_id: int) -> list[ClaimRow]:
    """What a basket claims, or has lost because its time was over; oldest first."""
    return _claims(_OF_BASKET(tx, basket_id=basket_id))


def lapsed_of_order(tx: Connection, order_id: int) -> list[ClaimRow]:
    """What an order has lost because its time was over."""
    return _claims(_LAPSED(tx, order_id=order_id))


def claims_of_voucher(tx: Connection, voucher_id: int, limit: int) -> list[tuple[str | None, HoldState, int]]:
    """(order code or None for a basket, state, time of its end) of a voucher's uses, the newest first."""
    c = voucher_claims.c
    rows = tx.execute(
        select(orders.c.code, c.state, c.expires_ms)
        .outerjoin(orders, orders.c.id == c.order_id)
        .where(c.voucher_id == voucher_id, c.state != HoldState.RELEASED.value)
        .order_by(c.id.desc())
        .limit(limit)
    )
    return [(code, HoldState(state), expires_ms) for code, state, expires_ms in rows]


def _claims_where(which: ColumnElement[bool]) -> Select[Any]:
    c = voucher_claims.c
    wanted = (c.id, c.voucher_id, vouchers.c.offer_key, vouchers.c.hint, c.state, c.expires_ms, vouchers.c.withdrawn_ms)
    return select(*wanted).join(vouchers, vouchers.c.id == c.voucher_id).where(which).order_by(c.id)


_OF_BASKET = Prepared(
    lambda basket_id: _claims_where(
        and_(voucher_claims.c.basket_id == basket_id, voucher_claims.c.state != HoldState.RELEASED.value)
    )
)
_LAPSED = Prepared(
    lambda order_id: _claims_where(
        and_(voucher_claims.c.order_id == order_id, voucher_claims.c.state == HoldState.LAPSED.value)
    )
)


def _claims(rows: Found) -> list[ClaimRow]:
    return [
        ClaimRow(
            row.id,
            row.voucher_id,
            row.offer_key,
            row.hint,
            HoldState(row.state),
            row.expires_ms,
            bool(row.withdrawn_ms),
        )
        for row in rows
    ]


def extend_basket(tx: Connection, basket_id: int, expires_ms: int) -> None:
    """A basket's claims that still stand do so until then."""
    _EXTEND_BASKET(tx, basket_id=basket_id, expires_ms=expires_ms)


_EXTEND_BASKET = Prepared(
    lambda basket_id, expires_ms: (
        update(voucher_claims)
        .where(voucher_claims.c.basket_id == basket_id, voucher_claims.c.state == HoldState.HELD.value)
        .values(expires_ms=expires_ms)
    )
)


def claim_again(tx: Connection, claim_id: int, expires_ms: int | None) -> None:
    """A lapsed claim stands again, until then or (None) for good."""
    change: dict[str, object] = {"state": HoldState.KEPT.value}
    if expires_ms is not None:
        change = {"state": HoldState.HELD.value, "expires_ms": expires_ms}
    tx.execute(update(voucher_claims).where(voucher_claims.c.id == claim_id).values(**change))


def move_claim(tx: Connection, claim_id: int, basket_id: int) -> None:
    """A claim goes into another basket of the event."""
    tx.execute(update(voucher_claims).where(voucher_claims.c.id == claim_id).values(basket_id=basket_id))


def move_to_order(tx: Connection, basket_id: int, order_id: int, expires_ms: int) -> None:
    """The order has a basket's claims from now on."""
    mine = and_(voucher_claims.c.basket_id == basket_id, voucher_claims.c.state == HoldState.HELD.value)
    change = {"order_id": order_id, "basket_id": None, "expires_ms": expires_ms}
    tx.execute(update(voucher_claims).where(mine).values(**change))


def extend_order(tx: Connection, order_id: int, expires_ms: int) -> None:
    """An order's claims that still stand do so until then."""
    _EXTEND_ORDER(tx, order_id=order_id, expires_ms=expires_ms)


_EXTEND_ORDER = Prepared(
    lambda order_id, expires_ms: (
        update(voucher_claims)
        .where(voucher_claims.c.order_id == order_id, voucher_claims.c.state == HoldState.HELD.value)
        .values(expires_ms=expires_ms)
    )
)


def keep(tx: Connection, order_id: int) -> None:
    """An order's claims that still stand stay for good."""
    _KEEP(tx, order_id=order_id)


_KEEP = Prepared(
    lambda order_id: (
        update(voucher_claims)
        .where(voucher_claims.c.order_id == order_id, voucher_claims.c.state == HoldState.HELD.value)
        .values(state=HoldState.KEPT.value)
    )
)


def release_claim(tx: Connection, claim_id: int) -> None:
    """End a claim of a basket and give its use back."""
    _release(tx, voucher_claims.c.id == claim_id)


def release_order(tx: Connection, order_id: int) -> None:
    """End whatever an order claims and give its uses back."""
    _release(tx, voucher_claims.c.order_id == order_id)


def _release(tx: Connection, which: ColumnElement[bool]) -> None:
    c = voucher_claims.c
    taken = update(voucher_claims).where(which, c.state.in_(LIVE)).values(state=HoldState.RELEASED.value)
    for voucher_id in sorted(tx.scalars(taken.returning(c.voucher_id))):
        give(tx, voucher_id, 1)
    tx.execute(update(voucher_claims).where(which).values(state=HoldState.RELEASED.value))


def orders_of_person(tx: Connection, event_id: int, offer_key: str, mail: str, now_ms: int) -> int:
    """How many orders of a mail address use vouchers of an offer, those still to be paid included.

    The offer's row is locked, so that two orders of one person cannot both pass the limit.
    """
    named = select(offers.c.key).where(offers.c.event_id == event_id, offers.c.key == offer_key)
    tx.execute(named.with_for_update(key_share=True))
    of_offer = select(vouchers.c.id).where(vouchers.c.event_id == event_id, vouchers.c.offer_key == offer_key)
    c = voucher_claims.c
    alive = or_(orders.c.fulfilled_ms.is_not(None), orders.c.pay_until_ms > now_ms)
    mine = and_(orders.c.event_id == event_id, orders.c.mail_key == mail.lower(), orders.c.closed_ms.is_(None), alive)
    used = select(func.count(func.distinct(orders.c.id))).join(voucher_claims, c.order_id == orders.c.id)
    return int(tx.execute(used.where(mine, c.voucher_id.in_(of_offer), c.state.in_(LIVE))).scalar_one())


# --- what was taken off ---------------------------------------------------------------------------


def add_discounts(tx: Connection, event_id: int, order_id: int, taken_off: Sequence[DiscountRow]) -> None:
    """Store what was taken off the positions of a new order."""
    if taken_off:
        rows = [{**asdict(one), "event_id": event_id, "order_id": order_id} for one in taken_off]
        tx.execute(insert(order_discounts), rows)


def offers_of_order(tx: Connection, order_id: int) -> list[tuple[str, str]]:
    """(offer, the code's last characters) of the vouchers an order uses."""
    return [(row.offer_key, row.hint) for row in _OFFERS(tx, order_id=order_id)]


_OFFERS = Prepared(
    lambda order_id: (
        select(vouchers.c.offer_key, vouchers.c.hint)
        .join(voucher_claims, voucher_claims.c.voucher_id == vouchers.c.id)
        .where(voucher_claims.c.order_id == order_id, voucher_claims.c.state != HoldState.RELEASED.value)
        .order_by(voucher_claims.c.id)
    )
)
