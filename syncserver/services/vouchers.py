"""Entering a voucher's code into a basket and taking it out again.

A use is taken at once and held as long as the basket, so that no more baskets and orders carry a voucher than it has
uses.
"""

from __future__ import annotations

from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services import stock
from syncserver.services.basket import open_basket, until_of
from syncserver.services.basket_vouchers import BasketVoucher, opened_by, vouchers_of
from syncserver.services.catalogue import Catalogue
from syncserver.services.offers import Offer
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.ticket_now import limits_of_line, to_upgrade
from syncserver.services.voucher_codes import code_hash
from syncserver.stores import baskets, holds, reserves
from syncserver.stores import vouchers as store
from syncserver.stores.baskets import BasketRow, LineRow
from syncserver.stores.holds import HoldState
from syncserver.stores.vouchers import VoucherRow

VOUCHERS_MAX = 5


class Vouchers:
    """Use cases of vouchers in a basket. All take the browser by the hash of its cookie."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def enter(self, catalogue: Catalogue, browser: bytes, code: str) -> Offer:
        """Put a voucher into the basket; what it gives. The same code again changes nothing. Raises CannotBuy."""
        now_ms, event = self._clock.now_ms(), catalogue.event
        with self._db.read() as tx:
            voucher = store.by_hash(tx, event.id, code_hash(event.uid, code))
        offer = catalogue.offers.get(voucher.offer_key) if voucher else None
        if voucher is None or offer is None:
            raise CannotBuy(Reason.VOUCHER_UNKNOWN)
        with self._db.write() as tx:
            basket, _ = open_basket(tx, event, browser, now_ms)
            there = vouchers_of(tx, catalogue, basket.id, now_ms)
            if not any(one.claim.voucher_id == voucher.id and one.is_held for one in there):
                _check_offer(offer, voucher, now_ms)
                self._claim(tx, basket, there, voucher, offer)
        return offer

    def _claim(
        self, tx: Connection, basket: BasketRow, there: tuple[BasketVoucher, ...], voucher: VoucherRow, offer: Offer
    ) -> None:
        now_ms = self._clock.now_ms()
        others = [one for one in there if one.claim.voucher_id != voucher.id]
        if len(others) >= VOUCHERS_MAX:
            raise CannotBuy(Reason.VOUCHERS_FULL, limit=VOUCHERS_MAX)
        if offer.is_cheaper and any(one.offer.is_cheaper for one in others):
            raise CannotBuy(Reason.VOUCHER_ONE_DISCOUNT)
        for lost in (one for one in there if one.claim.voucher_id == voucher.id):
            store.release_claim(tx, lost.claim.id)
        if not stock.take_voucher(tx, voucher.id, now_ms):
            raise CannotBuy(Reason.VOUCHER_USED_UP, offer.name)
        store.add_claim(tx, basket.event_id, voucher.id, basket.id, until_of(basket, now_ms))

    def take_out(self, catalogue: Catalogue, browser: bytes, claim_id: int) -> int:
        """Take a voucher out, and what only it had opened; how many lines went with it."""
        now_ms, event = self._clock.now_ms(), catalogue.event
        with self._db.write() as tx:
            basket, lines = open_basket(tx, event, browser, now_ms)
            there = vouchers_of(tx, catalogue, basket.id, now_ms)
            one = next((one for one in there if one.claim.id == claim_id), None)
            if one is None:
                return 0
            gone = _opened_only_by(catalogue, one, there, lines)
            stock.release_lines(tx, gone, now_ms)
            baskets.remove_lines(tx, gone)
            left = [line for line in lines if line.id not in gone]
            leave_reserves(tx, basket, one.offer, left, (now_ms, until_of(basket, now_ms)))
            store.release_claim(tx, one.claim.id)
        return len(gone)


def _check_offer(offer: Offer, voucher: VoucherRow, now_ms: int) -> None:
    if offer.from_ms is not None and now_ms < offer.from_ms:
        raise CannotBuy(Reason.VOUCHER_EARLY, offer.name)
    if voucher.withdrawn_ms is not None or not offer.is_valid(now_ms):
        raise CannotBuy(Reason.VOUCHER_OVER, offer.name)


def _opened_only_by(
    catalogue: Catalogue, one: BasketVoucher, there: tuple[BasketVoucher, ...], lines: list[LineRow]
) -> list[int]:
    """Lines of secret products that no other voucher opens, with the items of such tickets."""
    still = opened_by([other for other in there if other is not one and other.claim.state is HoldState.HELD])
    shut = {no for no in one.offer.opens - still if no in catalogue.products and catalogue.products[no].is_secret}
    gone = {line.id for line in lines if line.product_no in shut}
    return [line.id for line in lines if line.id in gone or line.parent_line_id in gone]


def leave_reserves(
    tx: Connection, basket: BasketRow, offer: Offer, lines: list[LineRow], times: tuple[int, int]
) -> None:
    """Lines that drew from the offer's reserves take everyone's places instead; where none is, they lose theirs."""
    ids = list(reserves.of_offers(tx, basket.event_id, [offer.key]).values())
    drew = holds.lines_of_reserves(tx, [line.id for line in lines], ids) if ids else []
    moving = [line for line in lines if line.id in drew]
    changing = to_upgrade(tx, basket.event_id, moving)
    wanted = {line.id: limits_of_line(tx, basket.event_id, line, changing) for line in moving}
    stock.hold_anew(
        tx, basket.event_id, [stock.Wanted(line.id, wanted[line.id], line.quantity) for line in moving], times
    )
