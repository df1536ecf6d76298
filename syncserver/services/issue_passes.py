"""Passes: signed on demand for whoever may see them, and made in bulk for trying things out at full size."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.bodies import Issue
from common.decimal_text import to_decimal
from common.entries import Entry, stored_entry
from common.errors import BadInput, require
from common.ids import CodeHash, ProductNo, TicketId
from common.passes import Pass, sign_pass_listing
from common.ticket_code import code_hash, derive_code, format_code
from syncserver.db.engine import Database
from syncserver.jobs.statement_args import ISSUE, TicketWanted, cause_of
from syncserver.services import statements
from syncserver.services.keys import EventKeys, KeyStore
from syncserver.services.scribe import Scribe
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import tickets as store
from syncserver.stores.events import EventRow
from syncserver.stores.tickets import TicketRow

AFTER_EVENT_MS = 24 * 3_600_000  # a pass is good until a day after the event's end
BULK_MAX = 2_000_000


ISSUE_KIND = 32  # common.bodies.Issue


@dataclass(frozen=True, slots=True)
class PassText:
    """A pass ready for paper or screen: digits for the QR (level M, numeric), code to print under it."""

    ticket: TicketId
    digits: str
    code: str
    product: ProductNo
    items: tuple[tuple[ProductNo, int], ...]
    left_out: tuple[tuple[ProductNo, int], ...]  # items for which the QR has no room; statements say them
    is_blocked: bool
    is_cancelled: bool


def passes_of(tx: Connection, keys: KeyStore, event_id: int, tickets: Sequence[bytes]) -> list[PassText]:
    """Fresh passes of the same generation for tickets that were issued, in the order asked for.

    A ticket whose statement has not been written yet is left out: ask again in a moment.
    """
    event = event_store.by_id(tx, event_id)
    require(event is not None, f"no event {event_id}")
    if event is None:
        return []
    found, items = store.by_ids(tx, event_id, tickets), store.items_of(tx, event_id, tickets)
    mine = keys.of(event.uid)
    issued = [found[TicketId(one)] for one in tickets if TicketId(one) in found]
    return [_text(event, mine, row, items.get(row.ticket, ())) for row in issued if row.product_no is not None]


def _text(event: EventRow, keys: EventKeys, row: TicketRow, items: Sequence[tuple[int, int]]) -> PassText:
    # Signed as of the latest statement, not of now: order page and PDF show the same code until a right changes.
    generation, product = row.generation or 0, ProductNo(row.product_no or 0)
    code = derive_code(keys.code, row.ticket, generation)
    _check_code_key(row, code_hash(code))
    named = tuple((ProductNo(no), quantity) for no, quantity in items)
    pass_ = Pass(
        event=event.uid,
        ticket=row.ticket,
        code=code,
        generation=generation,
        signed_s=(row.stated_ms or 0) // 1000 + 1,
        expires_s=(event.ends_ms + AFTER_EVENT_MS) // 1000,
        not_before_s=None,
        product=product,
        items=named,
        kid=keys.pass_.kid,
    )
    signed = sign_pass_listing(pass_, keys.pass_)
    return PassText(
        row.ticket, to_decimal(signed.raw), format_code(code), product, named, signed.left_out, row.is_blocked,
        row.is_cancelled,
    )  # fmt: skip


def _check_code_key(row: TicketRow, derived: CodeHash) -> None:
    if row.code_hash is not None and row.code_hash != derived:
        raise BadInput(
            f"ticket {row.ticket.hex()}: its code was made with another code key; "
            "bring this event's own keys with `rallygate-server keys import`"
        )


@dataclass(frozen=True, slots=True)
class Bulk:
    """What to make: so many tickets of a product, each with these items."""

    count: int
    product: int
    items: tuple[tuple[int, int], ...]
    batch: str  # names the cause: the same batch again makes no second set


def issue_in_bulk(db: Database, scribe: Scribe, event_id: int, bulk: Bulk) -> Iterator[int]:
    """Issue tickets 500 to a statement and transaction; yields how many are made so far. Repeatable after a break.

    Raises BadInput for a count out of range.
    """
    if not 1 <= bulk.count <= BULK_MAX:
        raise BadInput(f"--count {bulk.count}: from 1 to {BULK_MAX:,}")
    made = 0
    while made < bulk.count:
        some = min(statements.PER_STATEMENT, bulk.count - made)
        wanted = [TicketWanted(secrets.token_bytes(8), bulk.product, bulk.items) for _ in range(some)]
        with db.write() as tx:
            statements.issue(scribe.open(tx, event_id), _key(bulk.batch, made), wanted)
        made += some
        yield made


def tickets_of_batch(tx: Connection, event: EventRow, batch: str, count: int) -> list[TicketId]:
    """The tickets that bulk issues of this name made, up to `count`, in the order they were made."""
    found: list[TicketId] = []
    for made in range(0, count, statements.PER_STATEMENT):
        cause = cause_of(ISSUE, _key(batch, made))
        digest = entry_store.cause_stated(tx, event.id, ISSUE_KIND, cause)
        raw = None if digest is None else entry_store.raw_of(tx, event.id, digest)
        entry = None if raw is None else stored_entry(raw, event.uid)
        if isinstance(entry, Entry) and isinstance(entry.body, Issue):
            found += [TicketId(one.ticket) for one in entry.body.tickets]
    return found[:count]


def _key(batch: str, made: int) -> bytes:
    return f"bulk:{batch}:{made}".encode()
