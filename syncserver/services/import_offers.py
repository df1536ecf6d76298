"""The offers of an event file: their terms, the codes that stand in the file, and what they set aside of quotas."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from syncserver.db import tables_vouchers as tables
from syncserver.services import event_rows, stock
from syncserver.services.event_file.model import EventFile, Offer, Reserve
from syncserver.services.import_refused import ImportRefused
from syncserver.services.voucher_codes import code_hash
from syncserver.stores import events, quotas, reserves, voucher_batches
from syncserver.stores.reserves import ReserveRow


def put_offers(tx: Connection, event_id: int, file: EventFile, products: Mapping[str, int], now_ms: int) -> None:
    """Write offers, file codes and reserves, after `give_back_reserves` where the event was there before.

    Raises ImportRefused where there is no room for a reserve.
    """
    rows = [event_rows.offer_row(event_id, one, at) for at, one in enumerate(file.offers)]
    events.put_active(tx, tables.offers, event_id, ("event_id", "key"), rows)
    named = [row for one in file.offers for row in event_rows.offer_product_rows(event_id, one, products)]
    events.replace_all(tx, tables.offer_products, event_id, named)
    _put_codes(tx, event_id, file, now_ms)
    _put_reserves(tx, event_id, file, now_ms)


def give_back_reserves(tx: Connection, event_id: int, file: EventFile, now_ms: int) -> None:
    """Make reserves as small as the file wants them: what they give back may be what a smaller quota needs.

    To be done before anything is compared with what is taken; if the import is refused, so is this.
    """
    wanted = _wanted(file)
    for key, row in _there(tx, event_id).items():
        if key not in wanted:
            stock.set_aside(tx, row.id, row.quota_id, -row.left, now_ms)
            reserves.remove(tx, row.id)
        elif (more := _left(row, *wanted[key], now_ms) - row.left) < 0:
            stock.set_aside(tx, row.id, row.quota_id, more, now_ms)


def _wanted(file: EventFile) -> dict[tuple[str, str], tuple[Offer, Reserve]]:
    return {(offer.key, one.quota): (offer, one) for offer in file.offers for one in offer.reserves}


def _there(tx: Connection, event_id: int) -> dict[tuple[str, str], ReserveRow]:
    return {(one.offer_key, one.quota_key): one for one in reserves.of_event(tx, event_id)}


def _put_codes(tx: Connection, event_id: int, file: EventFile, now_ms: int) -> None:
    """Codes of the file are good, those that were in it and are no longer are withdrawn."""
    event = events.by_id(tx, event_id)
    if event is None:
        raise LookupError(f"no event {event_id}")
    coded = [(one, code_hash(event.uid, one.code)) for one in file.offers if one.code is not None]
    voucher_batches.withdraw_file_codes(tx, event_id, [digest for _, digest in coded], now_ms)
    for offer, digest in coded:
        if not voucher_batches.put_file_code(tx, event_id, offer.key, digest, str(offer.code), offer.uses_max):
            raise ImportRefused(
                f"nothing was changed:\noffers.{offer.key}: its code is that of a voucher made here; choose another"
            )


def _put_reserves(tx: Connection, event_id: int, file: EventFile, now_ms: int) -> None:
    there = _there(tx, event_id)
    ids, problems = quotas.ids(tx, event_id), []
    for key, (offer, reserve) in _wanted(file).items():
        quota_id = ids[reserve.quota]
        row = there.get(key) or _added(tx, event_id, offer, reserve, quota_id)
        reserves.set_until(tx, row.id, offer.valid.until_ms)
        left = _left(row, offer, reserve, now_ms)
        if left != row.left and not stock.set_aside(tx, row.id, row.quota_id, left - row.left, now_ms):
            problems.append(
                f"offers.{offer.key}.reserve: quota {reserve.quota} has no room to set {reserve.size} places aside; "
                "make the quota larger or the reserve smaller"
            )
    if problems:
        raise ImportRefused("nothing was changed:\n" + "\n".join(problems))


def _added(tx: Connection, event_id: int, offer: Offer, reserve: Reserve, quota_id: int) -> ReserveRow:
    reserve_id = reserves.add(tx, event_id, offer.key, quota_id, offer.valid.until_ms)
    return ReserveRow(reserve_id, offer.key, quota_id, reserve.quota, 0, 0)


def _left(row: ReserveRow, offer: Offer, reserve: Reserve, now_ms: int) -> int:
    """What must be left so that left and drawn are the size asked for; of one that is over nothing. Sold stays sold."""
    is_over = offer.valid.until_ms is not None and offer.valid.until_ms <= now_ms
    return 0 if is_over else max(0, reserve.size - row.drawn)
