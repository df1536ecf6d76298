"""SQL of holds: the timed claims whose sum is what a quota has taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Update, case, func, insert, or_, select, update

from syncserver.db.tables_shop import holds
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import insert_values

LAPSED_PER_TAKE_MAX = 200


class HoldState(StrEnum):
    """HELD until its time, then anyone may let it lapse; KEPT for good; the other two take nothing."""

    HELD = "held"
    KEPT = "kept"
    LAPSED = "lapsed"
    RELEASED = "released"


_CLAIM = (holds.c.id, holds.c.quota_id, holds.c.quantity, holds.c.reserve_id)


@dataclass(frozen=True, slots=True)
class Claim:
    """So much of one quota, or of what an offer has set aside of it."""

    hold_id: int
    quota_id: int
    quantity: int
    reserve_id: int | None


def add(
    tx: Connection, event_id: int, line_id: int, quantity: int, expires_ms: int, taken: Mapping[int, int | None]
) -> None:
    """New holds for a basket line, what they claim already taken: of these quotas, some from what is set aside."""
    names = ("event_id", "line_id", "quantity", "expires_ms", "state", "quota_id", "reserve_id")
    each = (event_id, line_id, quantity, expires_ms, HoldState.HELD.value)
    insert_values(tx, holds, names, [(*each, quota_id, reserve_id) for quota_id, reserve_id in taken.items()])


def let_lapse(tx: Connection, quota_id: int, now_ms: int) -> list[Claim]:
    """Mark up to 200 holds of a quota whose time is over as lapsed; what they had taken.

    Rows another transaction is working on are left to it: waiting for them here, with the quota's row in hand, could
    deadlock.
    """
    due = (
        select(holds.c.id)
        .where(holds.c.quota_id == quota_id, holds.c.state == HoldState.HELD.value, holds.c.expires_ms <= now_ms)
        .order_by(holds.c.id)
        .limit(LAPSED_PER_TAKE_MAX)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.scalars(due))
    rows = tx.execute(
        update(holds)
        .where(holds.c.id.in_(ids), holds.c.state == HoldState.HELD.value)
        .values(state=HoldState.LAPSED.value)
        .returning(*_CLAIM)
    )
    return _claims(rows.all())


def release_lines(tx: Connection, line_ids: list[int]) -> list[Claim]:
    """End the holds of basket lines; what is to be given back, by quota."""
    return _end(tx, line_ids, None)


def release_order(tx: Connection, order_id: int) -> list[Claim]:
    """End whatever an order still claims, kept or held; what is to be given back, by quota."""
    return _end(tx, [], order_id)


def _end(tx: Connection, line_ids: list[int], order_id: int | None) -> list[Claim]:
    whose = holds.c.line_id.in_(line_ids) if order_id is None else holds.c.order_id == order_id
    rows = tx.execute(
        update(holds)
        .where(whose, holds.c.state.in_((HoldState.HELD.value, HoldState.KEPT.value)))
        .values(state=HoldState.RELEASED.value)
        .returning(*_CLAIM)
    )
    return _claims(rows.all())


def release_some(
    tx: Connection, position: tuple[int, int], quantity: int, quota_ids: Collection[int], *, only_these: bool = False
) -> list[Claim]:
    """End so much of what a position (order, place) has kept; what is to be given back, by quota.

    `quota_ids` are those of its product: by them holds of before positions were noted are found. `only_these` leaves
    its holds of other quotas alone.
    """
    (order_id, place), of_product = position, holds.c.quota_id.in_(list(quota_ids))
    known, unknown = holds.c.place == place, holds.c.place.is_(None) & of_product
    known = known & of_product if only_these else known
    kept = select(*_CLAIM).where(
        holds.c.order_id == order_id, holds.c.state == HoldState.KEPT.value, or_(known, unknown)
    )
    left: dict[int, int] = {}
    ended = []
    for claim in _claims(tx.execute(kept.with_for_update()).all()):
        some = min(claim.quantity, left.setdefault(claim.quota_id, quantity))
        if some:
            left[claim.quota_id] -= some
            _shrink(tx, claim, some)
            ended.append(Claim(claim.hold_id, claim.quota_id, some, claim.reserve_id))
    return ended


def kept_of(tx: Connection, positions: Collection[tuple[int, int]]) -> dict[tuple[int, int], frozenset[int]]:
    """The limits in which positions (order, place) have places for good."""
    if not positions:
        return {}
    found: dict[tuple[int, int], frozenset[int]] = dict.fromkeys(positions, frozenset())
    for order_id, place, quota_id in _KEPT(tx, order_ids=sorted({order_id for order_id, _ in positions})):
        if (order_id, place) in found:
            found[order_id, place] |= {quota_id}
    return found


_KEPT = Prepared(
    lambda order_ids: select(holds.c.order_id, holds.c.place, holds.c.quota_id).where(
        holds.c.order_id.in_(order_ids), holds.c.state == HoldState.KEPT.value
    )
)


def keep_more(tx: Connection, event_id: int, position: tuple[int, int], quota_id: int, quantity: int) -> None:
    """A hold that (order, place) has at once for good, what it claims already taken."""
    row = {"event_id": event_id, "quota_id": quota_id, "quantity": quantity, "state": HoldState.KEPT.value}
    tx.execute(insert(holds).values(**row, order_id=position[0], place=position[1], expires_ms=0))


def _shrink(tx: Connection, claim: Claim, by: int) -> None:
    rest = {"quantity": claim.quantity - by} if by < claim.quantity else {"state": HoldState.RELEASED.value}
    tx.execute(update(holds).where(holds.c.id == claim.hold_id).values(**rest))


def held_lines(tx: Connection, line_ids: list[int]) -> dict[int, int]:
    """How many holds of each line still stand."""
    if not line_ids:
        return {}
    standing: dict[int, int] = {}
    for line_id in _HELD_LINES(tx, line_ids=line_ids).scalars():
        standing[line_id] = standing.get(line_id, 0) + 1
    return standing


_HELD_LINES = Prepared(
    lambda line_ids: select(holds.c.line_id).where(holds.c.line_id.in_(line_ids), holds.c.state == HoldState.HELD.value)
)


def limits_of_line(tx: Connection, line_id: int) -> set[int]:
    """The limits in which a basket line holds places."""
    standing = (holds.c.line_id == line_id) & (holds.c.state == HoldState.HELD.value)
    return set(tx.scalars(select(holds.c.quota_id).where(standing)))


def extend(tx: Connection, line_ids: list[int], expires_ms: int) -> None:
    """Holds of these lines that still stand do so until then."""
    if line_ids:
        _EXTEND(tx, line_ids=line_ids, expires_ms=expires_ms)


_EXTEND = Prepared(
    lambda line_ids, expires_ms: (
        update(holds)
        .where(holds.c.line_id.in_(line_ids), holds.c.state == HoldState.HELD.value)
        .values(expires_ms=expires_ms)
    )
)


def move_to_order(tx: Connection, places: Mapping[int, int], order_id: int, expires_ms: int) -> None:
    """The order has the holds of these basket lines from now on; each line becomes the position of this place."""
    if places:
        lines, to = list(places), list(places.values())
        _MOVE(tx, of_lines=lines, to_places=to, to_order=order_id, until_ms=expires_ms)


def _move(of_lines: Sequence[Any], to_places: Sequence[Any], to_order: object, until_ms: object) -> Update:
    place = case(*[(holds.c.line_id == line, place) for line, place in zip(of_lines, to_places, strict=True)])
    return (
        update(holds)
        .where(holds.c.line_id.in_(of_lines), holds.c.state == HoldState.HELD.value)
        .values(order_id=to_order, line_id=None, place=place, expires_ms=until_ms)
    )


_MOVE = Prepared(_move)


def extend_order(tx: Connection, order_id: int, expires_ms: int) -> None:
    """The order's holds that still stand do so until then."""
    _EXTEND_ORDER(tx, order_id=order_id, expires_ms=expires_ms)


_EXTEND_ORDER = Prepared(
    lambda order_id, expires_ms: (
        update(holds)
        .where(holds.c.order_id == order_id, holds.c.state == HoldState.HELD.value)
        .values(expires_ms=expires_ms)
    )
)


def keep(tx: Connection, order_id: int) -> None:
    """The order's holds that still stand stay for good."""
    _KEEP(tx, order_id=order_id)


_KEEP = Prepared(
    lambda order_id: (
        update(holds)
        .where(holds.c.order_id == order_id, holds.c.state == HoldState.HELD.value)
        .values(state=HoldState.KEPT.value)
    )
)


def lapsed_of_order(tx: Connection, order_id: int) -> list[Claim]:
    """What the order has lost because its time was over, in the order of taking."""
    return _claims(_LAPSED(tx, order_id=order_id).all())


_LAPSED = Prepared(
    lambda order_id: (
        select(*_CLAIM)
        .where(holds.c.order_id == order_id, holds.c.state == HoldState.LAPSED.value)
        .order_by(holds.c.quota_id)
        .with_for_update()
    )
)


def quotas_of_order(tx: Connection, order_id: int) -> set[int]:
    """The quotas an order has ever claimed."""
    return set(tx.scalars(select(holds.c.quota_id).where(holds.c.order_id == order_id)))


def take_again(tx: Connection, hold_id: int, reserve_id: int | None) -> None:
    """A lapsed hold stands again, for good."""
    change = {"state": HoldState.KEPT.value, "reserve_id": reserve_id}
    tx.execute(update(holds).where(holds.c.id == hold_id).values(**change))


def hold_again(tx: Connection, hold_id: int, expires_ms: int, reserve_id: int | None) -> None:
    """A lapsed hold stands again until then."""
    change = {"state": HoldState.HELD.value, "expires_ms": expires_ms, "reserve_id": reserve_id}
    tx.execute(update(holds).where(holds.c.id == hold_id).values(**change))


def drawn_by_lines(tx: Connection, line_ids: list[int], reserve_id: int) -> int:
    """How many places of a reserve basket lines hold."""
    mine = holds.c.line_id.in_(line_ids) & (holds.c.reserve_id == reserve_id) & (holds.c.state == HoldState.HELD.value)
    return int(tx.execute(select(func.coalesce(func.sum(holds.c.quantity), 0)).where(mine)).scalar_one())


def lines_of_reserves(tx: Connection, line_ids: list[int], reserve_ids: list[int]) -> list[int]:
    """Those of these basket lines that hold places of one of the reserves."""
    mine = holds.c.line_id.in_(line_ids) & holds.c.reserve_id.in_(reserve_ids) & (holds.c.state == HoldState.HELD.value)
    return [line for line in tx.scalars(select(holds.c.line_id).where(mine).distinct()) if line is not None]


def _claims(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Claim]:
    found = [Claim(*row) for row in rows]
    return sorted(found, key=lambda claim: (claim.quota_id, claim.hold_id))
