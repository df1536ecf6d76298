"""What the vouchers in a basket do: open secret products, draw from reserves, take money off.

All in a transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from syncserver.services import stock
from syncserver.services.catalogue import Catalogue, Product
from syncserver.services.discounts import Priced, spread
from syncserver.services.offers import Offer
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import holds, reserves
from syncserver.stores import vouchers as store
from syncserver.stores.baskets import LineRow
from syncserver.stores.holds import HoldState
from syncserver.stores.vouchers import ClaimRow


@dataclass(frozen=True, slots=True)
class BasketVoucher:
    """A voucher in a basket. `is_held`: its use is reserved; else it was lost, or is good no more."""

    claim: ClaimRow
    offer: Offer
    is_held: bool


def vouchers_of(tx: Connection, catalogue: Catalogue, basket_id: int, now_ms: int) -> tuple[BasketVoucher, ...]:
    """A basket's vouchers, oldest first; those whose offer is no longer in the event file are left out."""
    claims = store.claims_of_basket(tx, basket_id)
    known = [(claim, catalogue.offers[claim.offer_key]) for claim in claims if claim.offer_key in catalogue.offers]
    return tuple(BasketVoucher(claim, offer, _stands(claim, now_ms)) for claim, offer in known)


def _stands(claim: ClaimRow, now_ms: int) -> bool:
    return claim.state is HoldState.HELD and claim.expires_ms > now_ms and not claim.is_withdrawn


def stand_again(
    tx: Connection, catalogue: Catalogue, basket_id: int, times: tuple[int, int]
) -> tuple[BasketVoucher, ...]:
    """Make all of a basket's vouchers stand until `times[1]`, as they must before anything is sold with them.

    Call it after quotas were taken. Raises CannotBuy where one has been used up or is good no more.
    """
    now_ms, until = times
    if not store.claims_of_basket(tx, basket_id):
        return ()
    store.extend_basket(tx, basket_id, until)
    there = vouchers_of(tx, catalogue, basket_id, now_ms)
    for one in sorted(there, key=lambda one: one.claim.voucher_id):
        if one.claim.is_withdrawn:
            raise CannotBuy(Reason.VOUCHER_OVER, one.offer.name)
        if one.claim.state is HoldState.LAPSED:
            if not one.offer.is_valid(now_ms):
                raise CannotBuy(Reason.VOUCHER_OVER, one.offer.name)
            if not stock.take_voucher(tx, one.claim.voucher_id, now_ms):
                raise CannotBuy(Reason.VOUCHER_USED_UP, one.offer.name)
            store.claim_again(tx, one.claim.id, until)
    return vouchers_of(tx, catalogue, basket_id, now_ms)


def opened_by(vouchers: Sequence[BasketVoucher]) -> frozenset[int]:
    """The secret products a basket may hold."""
    return frozenset(no for one in vouchers if one.is_held for no in one.offer.opens)


def check_secret(vouchers: Sequence[BasketVoucher], product: Product, lines: Sequence[LineRow], count: int) -> None:
    """Whether so many more of a secret product may be in the basket. Raises CannotBuy."""
    if not product.is_secret:
        return
    opening = [one.offer for one in vouchers if one.is_held and product.no in one.offer.opens]
    if not opening:
        raise CannotBuy(Reason.NOT_ON_SALE, product.name)
    limits = [offer.per_order_max for offer in opening]
    if any(limit is None for limit in limits):
        return
    limit = sum(limit for limit in limits if limit is not None)
    alike = {no for offer in opening for no in offer.opens}
    there = sum(line.quantity for line in lines if line.product_no in alike)
    if there + count > limit:
        raise CannotBuy(Reason.LIMIT_VOUCHER, product.name, limit)


def reserves_for(
    tx: Connection, event_id: int, vouchers: Sequence[BasketVoucher], line_ids: list[int], quantity: int
) -> Mapping[int, int]:
    """Quota -> reserve that so many more may be drawn from, within what the offers allow an order."""
    offers = {one.offer.key: one.offer.per_order_max for one in vouchers if not one.claim.is_withdrawn}
    found: dict[int, int] = {}
    for key, limit in offers.items():
        for quota_id, reserve_id in reserves.of_offers(tx, event_id, [key]).items():
            if limit is None or holds.drawn_by_lines(tx, line_ids, reserve_id) + quantity <= limit:
                found.setdefault(quota_id, reserve_id)
    return found


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What a voucher takes off, by line."""

    voucher_id: int
    offer: Offer
    by_line: Mapping[int, int]

    @property
    def total_minor(self) -> int:
        """All of it."""
        return sum(self.by_line.values())


def taken_off(vouchers: Sequence[BasketVoucher], lines: Sequence[Priced]) -> TakenOff | None:
    """What the basket's discount takes off; there is one at most."""
    one = next((one for one in vouchers if one.is_held and one.offer.is_cheaper), None)
    return None if one is None else TakenOff(one.claim.voucher_id, one.offer, spread(lines, one.offer.terms))
