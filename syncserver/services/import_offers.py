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
    """Write offers, file codes and reserves. Raises ImportRefused where there is no room for a reserve."""
    rows = [event_rows.offer_row(event_id, one, at) for at, one in enumerate(file.offers)]
    events.put_active(tx, tables.offers, event_id, ("event_id", "key"), rows)
    named = [row for one in file.offers for row in event_rows.offer_product_rows(event_id, one, products)]
    events.replace_all(tx, tables.offer_products, event_id, named)
    _put_codes(tx, event_id, file, now_ms)
    _put_reserves(tx, event_id, file, now_ms)


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
    there = {(one.offer_key, one.quota_key): one for one in reserves.of_event(tx, event_id)}
    wanted = {(offer.key, one.quota): (offer, one) for offer in file.offers for one in offer.reserves}
    ids, problems = quotas.ids(tx, event_id), []
    # What is given back comes first: it may be what another reserve needs.
    for key, row in there.items():
        if key not in wanted:
            stock.set_aside(tx, row.id, row.quota_id, -row.left, now_ms)
            reserves.remove(tx, row.id)
    for key, (offer, reserve) in wanted.items():
        quota_id = ids[reserve.quota]
        row = there.get(key) or _added(tx, event_id, offer, reserve, quota_id)
        reserves.set_until(tx, row.id, offer.valid.until_ms)
        if not _resize(tx, row, reserve.size, offer, now_ms):
            problems.append(
                f"offers.{offer.key}.reserve: quota {reserve.quota} has no room to set {reserve.size} places aside; "
                "make the quota larger or the reserve smaller"
            )
    if problems:
        raise ImportRefused("nothing was changed:\n" + "\n".join(problems))


def _added(tx: Connection, event_id: int, offer: Offer, reserve: Reserve, quota_id: int) -> ReserveRow:
    reserve_id = reserves.add(tx, event_id, offer.key, quota_id, offer.valid.until_ms)
    return ReserveRow(reserve_id, offer.key, quota_id, reserve.quota, 0, 0)


def _resize(tx: Connection, row: ReserveRow, size: int, offer: Offer, now_ms: int) -> bool:
    """Make left and drawn together the size asked for; of one that is over nothing is left. What is sold stays sold."""
    is_over = offer.valid.until_ms is not None and offer.valid.until_ms <= now_ms
    left = 0 if is_over else max(0, size - row.drawn)
    return left == row.left or stock.set_aside(tx, row.id, row.quota_id, left - row.left, now_ms)
