"""SQL of how vouchers come about: codes of the event file, and batches made by people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select, update

from syncserver.db.tables_vouchers import offer_products, offers, voucher_batches, vouchers
from syncserver.stores.rows import ROWS_PER_STATEMENT_MAX
from syncserver.stores.unique import insert_ignoring


@dataclass(frozen=True, slots=True)
class BatchRow:
    """Vouchers made at once, all of one offer."""

    id: int
    key: bytes
    offer_key: str
    count: int
    note: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer's terms as people see them in a list."""

    key: str
    from_ms: int | None
    until_ms: int | None
    uses_max: int
    per_person_max: int | None
    per_order_max: int | None
    percent_bp: int
    amount_minor: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """Vouchers of an offer or a batch: how many, how many are good still, what they allow and have had of uses."""

    count: int
    good: int
    uses_max: int
    used: int


NOTHING = Sums(0, 0, 0, 0)


def offers_of_event(tx: Connection, event_id: int) -> list[OfferRow]:
    """All offers in the file's order, those no longer in it too."""
    columns = [offers.c[name] for name in OfferRow.__dataclass_fields__]
    mine = select(*columns).where(offers.c.event_id == event_id).order_by(offers.c.position, offers.c.key)
    return [OfferRow(**row._asdict()) for row in tx.execute(mine)]


def opened_by_offers(tx: Connection, event_id: int) -> list[tuple[str, int]]:
    """(offer, product) of what offers open."""
    c = offer_products.c
    rows = tx.execute(select(c.offer_key, c.product_no).where(c.event_id == event_id, c.role == "opens"))
    return [(row.offer_key, row.product_no) for row in rows]


def put_file_code(tx: Connection, event_id: int, offer_key: str, code_hash: bytes, code: str, uses_max: int) -> bool:
    """A code of the event file is good; False if a voucher made by people has it."""
    row = {"event_id": event_id, "offer_key": offer_key, "batch_id": None, "number": 1, "code_hash": code_hash}
    insert_ignoring(tx, vouchers, {**row, "hint": code, "uses_max": uses_max, "used": 0, "withdrawn_ms": None})
    mine = and_(vouchers.c.event_id == event_id, vouchers.c.code_hash == code_hash, vouchers.c.batch_id.is_(None))
    change = {"offer_key": offer_key, "hint": code, "uses_max": uses_max, "withdrawn_ms": None}
    return tx.execute(update(vouchers).where(mine).values(**change)).rowcount == 1


def withdraw_file_codes(tx: Connection, event_id: int, kept: Sequence[bytes], now_ms: int) -> None:
    """Codes that were in the event file and are not among these are good no more."""
    gone = and_(vouchers.c.event_id == event_id, vouchers.c.batch_id.is_(None), vouchers.c.withdrawn_ms.is_(None))
    tx.execute(update(vouchers).where(gone, vouchers.c.code_hash.not_in(kept)).values(withdrawn_ms=now_ms))


def add_batch(
    tx: Connection, event_id: int, batch: BatchRow, codes: Sequence[tuple[bytes, str]], uses_max: int
) -> bool:
    """Store a batch (its id is given out here) with the hashes and hints of its codes; False if its key was used."""
    row = {"event_id": event_id, "key": batch.key, "offer_key": batch.offer_key, "count": batch.count}
    if not insert_ignoring(tx, voucher_batches, {**row, "note": batch.note, "made_ms": batch.made_ms}):
        return False
    made = by_key(tx, event_id, batch.key)
    common = {"event_id": event_id, "offer_key": batch.offer_key, "batch_id": made.id if made else None}
    rows = [
        {**common, "number": number, "code_hash": digest, "hint": hint, "uses_max": uses_max, "used": 0}
        for number, (digest, hint) in enumerate(codes, 1)
    ]
    for at in range(0, len(rows), ROWS_PER_STATEMENT_MAX):
        tx.execute(insert(vouchers), rows[at : at + ROWS_PER_STATEMENT_MAX])
    return True


_COLUMNS = [voucher_batches.c[name] for name in BatchRow.__dataclass_fields__]


def by_key(tx: Connection, event_id: int, key: bytes) -> BatchRow | None:
    """The batch with this key."""
    mine = and_(voucher_batches.c.event_id == event_id, voucher_batches.c.key == key)
    row = tx.execute(select(*_COLUMNS).where(mine)).first()
    return None if row is None else BatchRow(**row._asdict())


def newest(tx: Connection, event_id: int, below: int | None, limit: int) -> list[BatchRow]:
    """Batches of an event below a number, the newest first."""
    c = voucher_batches.c
    where = [c.event_id == event_id, *([c.id < below] if below is not None else [])]
    rows = tx.execute(select(*_COLUMNS).where(*where).order_by(c.id.desc()).limit(limit))
    return [BatchRow(**row._asdict()) for row in rows]


_SUMS = (
    func.count().label("count"),
    func.count().filter(vouchers.c.withdrawn_ms.is_(None), vouchers.c.used < vouchers.c.uses_max).label("good"),
    func.coalesce(func.sum(vouchers.c.uses_max), 0).label("uses_max"),
    func.coalesce(func.sum(vouchers.c.used), 0).label("used"),
)


def sums_of_offers(tx: Connection, event_id: int) -> dict[str, Sums]:
    """What the vouchers of each offer allow and have had."""
    mine = select(vouchers.c.offer_key, *_SUMS).where(vouchers.c.event_id == event_id).group_by(vouchers.c.offer_key)
    return {key: Sums(count, good, int(most), int(used)) for key, count, good, most, used in tx.execute(mine)}


def sums_of_batches(tx: Connection, batch_ids: Sequence[int]) -> dict[int, Sums]:
    """What the vouchers of each batch allow and have had."""
    mine = select(vouchers.c.batch_id, *_SUMS).where(vouchers.c.batch_id.in_(batch_ids)).group_by(vouchers.c.batch_id)
    return {no: Sums(count, good, int(most), int(used)) for no, count, good, most, used in tx.execute(mine) if no}


def of_batch(tx: Connection, batch_id: int) -> list[tuple[int, int, int, bool]]:
    """(number, uses it may have, uses it has had, is withdrawn) of a batch's vouchers, in order."""
    c = vouchers.c
    rows = tx.execute(
        select(c.number, c.uses_max, c.used, c.withdrawn_ms).where(c.batch_id == batch_id).order_by(c.number)
    )
    return [(row.number, row.uses_max, row.used, row.withdrawn_ms is not None) for row in rows]


def withdraw_batch(tx: Connection, batch_id: int, now_ms: int) -> int:
    """None of a batch can be used any more; how many were good until now."""
    good = and_(vouchers.c.batch_id == batch_id, vouchers.c.withdrawn_ms.is_(None))
    return tx.execute(update(vouchers).where(good).values(withdrawn_ms=now_ms)).rowcount


def withdraw(tx: Connection, voucher_id: int, now_ms: int) -> bool:
    """This one cannot be used any more; False if it could not before."""
    good = and_(vouchers.c.id == voucher_id, vouchers.c.withdrawn_ms.is_(None))
    return tx.execute(update(vouchers).where(good).values(withdrawn_ms=now_ms)).rowcount == 1
