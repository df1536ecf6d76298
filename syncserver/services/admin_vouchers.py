"""Vouchers for the organiser: what there is and what was used, made in bulk, printed, withdrawn."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.services.admin_names import PER_PAGE, below_of
from syncserver.services.problems import NotHere
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.services.voucher_codes import HINT_CHARS, code_hash, derived_code
from syncserver.stores import names, reserves
from syncserver.stores import voucher_batches as store
from syncserver.stores import vouchers as voucher_store
from syncserver.stores.events import EventRow
from syncserver.stores.holds import HoldState
from syncserver.stores.reserves import ReserveRow
from syncserver.stores.voucher_batches import NOTHING, BatchRow, OfferRow, Sums
from syncserver.stores.vouchers import VoucherRow

BATCH_MAX = 5_000
USES_MAX = 1_000_000
NOTE_CHARS_MAX = 200
USES_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer with what its vouchers allow and have had, and what it sets aside."""

    row: OfferRow
    name: str
    opens: tuple[str, ...]
    sums: Sums
    reserves: tuple[ReserveRow, ...]


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """Vouchers made at once."""

    row: BatchRow
    name: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class VoucherPage:
    """The offers, and a page of batches."""

    offers: tuple[ShownOffer, ...]
    batches: tuple[ShownBatch, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Use:
    """An order or (None) a basket that uses a voucher."""

    order_code: str | None
    state: HoldState
    expires_ms: int


@dataclass(frozen=True, slots=True)
class VoucherDetail:
    """One voucher and its uses, the newest first."""

    row: VoucherRow
    name: str
    uses: tuple[Use, ...]


class VoucherDesk:
    """Use cases of the organiser. `secret` is the server's: codes are derived from it and kept nowhere."""

    def __init__(self, db: Database, clock: Clock, secret: bytes) -> None:
        self._db, self._clock, self._secret = db, clock, secret

    def page(self, event: EventRow, language: str, cursor: str | None) -> VoucherPage:
        """What there is."""
        with self._db.read() as tx:
            called = names.offers_of(tx, event, language)
            rows = store.newest(tx, event.id, below_of(cursor), PER_PAGE + 1)
            shown = rows[:PER_PAGE]
            sums = store.sums_of_batches(tx, [row.id for row in shown])
            return VoucherPage(
                offers=_offers(tx, event, language, called),
                batches=tuple(
                    ShownBatch(row, called.get(row.offer_key, row.offer_key), sums.get(row.id, NOTHING))
                    for row in shown
                ),
                next=str(shown[-1].id) if len(rows) > PER_PAGE else None,
            )

    def make(self, actor: Actor, event: EventRow, key: bytes, wanted: tuple[str, int, int | None, str]) -> BatchRow:
        """Make (offer, how many, uses of each or None for the offer's own, a note) of them.

        The same key again is the same batch. Raises BadInput.
        """
        offer_key, count, uses, note = wanted
        if not 1 <= count <= BATCH_MAX:
            raise BadInput(f"make 1 to {BATCH_MAX} vouchers at once")
        if uses is not None and not 1 <= uses <= USES_MAX:
            raise BadInput(f"a voucher may have 1 to {USES_MAX} uses")
        codes = [self._code(event, key, number) for number in range(1, count + 1)]
        hashed = [(code_hash(event.uid, code), code[-HINT_CHARS:]) for code in codes]
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            offer = next((one for one in store.offers_of_event(tx, event.id) if one.key == offer_key), None)
            if offer is None or not offer.is_active:
                raise BadInput("there is no such offer in the event file: add it there and import the file")
            batch = BatchRow(0, key, offer_key, count, " ".join(note.split())[:NOTE_CHARS_MAX], now_ms)
            if store.add_batch(tx, event.id, batch, hashed, uses or offer.uses_max):
                record(tx, actor, Action.MAKE_VOUCHERS, offer_key, f"{count}: {batch.note}")
            return self._batch(tx, event, key.hex())

    def _code(self, event: EventRow, key: bytes, number: int) -> str:
        return derived_code(self._secret, event.uid, key, number)

    def csv(self, event: EventRow, key: str) -> str:
        """The codes of a batch with what each has had of uses. Raises NotHere."""
        with self._db.read() as tx:
            batch = self._batch(tx, event, key)
            rows = store.of_batch(tx, batch.id)
        out = io.StringIO()
        lines = csv.writer(out)
        lines.writerow(["number", "code", "offer", "uses", "used", "withdrawn"])
        for number, uses_max, used, is_withdrawn in rows:
            code = self._code(event, batch.key, number)
            lines.writerow([number, code, batch.offer_key, uses_max, used, "yes" if is_withdrawn else "no"])
        return out.getvalue()

    def by_code(self, event: EventRow, code: str) -> int:
        """The number of the voucher with this code. Raises NotHere."""
        with self._db.read() as tx:
            found = voucher_store.by_hash(tx, event.id, code_hash(event.uid, code))
        if found is None:
            raise NotHere("this event has no voucher of this code")
        return found.id

    def one(self, event: EventRow, voucher_id: int, language: str) -> VoucherDetail:
        """A voucher with its uses. Raises NotHere."""
        with self._db.read() as tx:
            row = self._voucher(tx, event, voucher_id)
            uses = voucher_store.claims_of_voucher(tx, row.id, USES_SHOWN_MAX)
            name = names.offers_of(tx, event, language).get(row.offer_key, row.offer_key)
        return VoucherDetail(row, name, tuple(Use(*use) for use in uses))

    def withdraw(self, actor: Actor, event: EventRow, voucher_id: int) -> None:
        """Nobody can enter this voucher any more. Raises NotHere."""
        with self._db.write() as tx:
            row = self._voucher(tx, event, voucher_id)
            if store.withdraw(tx, row.id, self._clock.now_ms()):
                record(tx, actor, Action.WITHDRAW_VOUCHERS, row.offer_key, row.hint)

    def withdraw_batch(self, actor: Actor, event: EventRow, key: str) -> None:
        """Nobody can enter a voucher of this batch any more. Raises NotHere."""
        with self._db.write() as tx:
            batch = self._batch(tx, event, key)
            if count := store.withdraw_batch(tx, batch.id, self._clock.now_ms()):
                record(tx, actor, Action.WITHDRAW_VOUCHERS, batch.offer_key, f"{count}: {batch.note}")

    @staticmethod
    def _batch(tx: Connection, event: EventRow, key: str) -> BatchRow:
        try:
            found = store.by_key(tx, event.id, bytes.fromhex(key))
        except ValueError:
            found = None
        if found is None:
            raise NotHere("this event has no such batch of vouchers")
        return found

    @staticmethod
    def _voucher(tx: Connection, event: EventRow, voucher_id: int) -> VoucherRow:
        found = voucher_store.by_id(tx, event.id, voucher_id)
        if found is None:
            raise NotHere("this event has no such voucher")
        return found


def _offers(tx: Connection, event: EventRow, language: str, called: dict[str, str]) -> tuple[ShownOffer, ...]:
    sums = store.sums_of_offers(tx, event.id)
    aside = reserves.of_event(tx, event.id)
    products = names.products_of(tx, event, language)
    opened = store.opened_by_offers(tx, event.id)
    return tuple(
        ShownOffer(
            row=row,
            name=called.get(row.key, row.key),
            opens=tuple(products[no].name for key, no in opened if key == row.key and no in products),
            sums=sums.get(row.key, NOTHING),
            reserves=tuple(one for one in aside if one.offer_key == row.key),
        )
        for row in store.offers_of_event(tx, event.id)
    )
