"""SQL of which variants were handed out: what uses say, and the sums of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from common.ids import Digest
from syncserver.db.tables_sync import handed_out, uses
from syncserver.stores import rows

_WAY_OUT = 2  # facts.UseKind.EXIT


@dataclass(frozen=True, slots=True)
class HandedRow:
    """Pieces of a variant that a use handed out; `bought_key` is the variant they stood for."""

    variant_key: str
    bought_key: str
    quantity: int


@dataclass(frozen=True, slots=True)
class HandedSum:
    """The same of all uses of a product that count."""

    product_no: int
    variant_key: str
    bought_key: str
    quantity: int


_COLUMNS = ("event_id", "digest", "variant_key", "bought_key", "quantity")


def put(tx: Connection, event_id: int, said: Mapping[Digest, Sequence[HandedRow]]) -> None:
    """Write what uses handed out in place of what was written of them before."""
    digests = sorted(said)
    for at in range(0, len(digests), 500):
        where = (handed_out.c.event_id == event_id, handed_out.c.digest.in_(digests[at : at + 500]))
        tx.execute(delete(handed_out).where(*where))
    new = [
        (event_id, digest, one.variant_key, one.bought_key, one.quantity) for digest in digests for one in said[digest]
    ]
    rows.insert_values(tx, handed_out, _COLUMNS, new)


def by_uses(tx: Connection, event_id: int, digests: Sequence[bytes]) -> dict[bytes, list[HandedRow]]:
    """What uses handed out, as far as their devices said."""
    found: dict[bytes, list[HandedRow]] = {}
    for digest, *rest in rows.select_in(tx, handed_out, _COLUMNS[1:], event_id, "digest", digests):
        found.setdefault(digest, []).append(HandedRow(*rest))
    return found


def sums(tx: Connection, event_id: int) -> tuple[HandedSum, ...]:
    """What was handed out of each variant, by the uses that count."""
    c = handed_out.c
    group = (uses.c.product_no, c.variant_key, c.bought_key)
    same = (uses.c.event_id == c.event_id) & (uses.c.digest == c.digest)
    query = select(*group, func.sum(c.quantity)).join(uses, same)
    found = tx.execute(query.where(c.event_id == event_id, uses.c.state == "counted").group_by(*group))
    return tuple(HandedSum(no, key, bought, int(quantity)) for no, key, bought, quantity in found)


def pieces(tx: Connection, event_id: int, products: Sequence[int]) -> dict[int, int]:
    """How many pieces of each of these products were handed out, whether it is known of which variant or not."""
    c = uses.c
    wanted = (c.event_id == event_id, c.product_no.in_(products), c.state == "counted", c.kind != _WAY_OUT)
    found = tx.execute(select(c.product_no, func.sum(c.quantity)).where(*wanted).group_by(c.product_no))
    return {no: int(quantity) for no, quantity in found}
