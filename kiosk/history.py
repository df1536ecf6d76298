"""The last own entries, as the history screen lists them. Reads the journal, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from common.bodies import Exit, Note, Override, Redeem, Refuse, Void
from common.catalogue import Catalogue
from common.decision import Reason
from common.entries import Entry
from common.ids import Digest, Ref
from common.rules import ProductKind
from kiosk.shown import HistoryRow, Names, Written
from kiosk.store.journal import Journal
from kiosk.surroundings import product_names
from kiosk.taking_back import UNDO_WITHIN_S

ROWS_MAX: Final = 50
_NO_NAMES: Names = {}
_REASONS: Final = frozenset(reason.value for reason in Reason)


def history(
    journal: Journal, catalogue: Catalogue | None, now_ms: int, refused: Mapping[Digest, str] | None = None
) -> tuple[HistoryRow, ...]:
    """The last entries, newest first; a use taken back says so, and the void is no row. Raises StoreTrouble.

    `refused`: entries the server would not take, and why.
    """
    rows = journal.after(max(0, journal.end() - ROWS_MAX), ROWS_MAX)
    entries = journal.entries_of(rows)
    voided = {entry.body.target for entry in entries if isinstance(entry.body, Void)}
    last = journal.last_use()
    open_for_undo = last is not None and now_ms - last.stamp.corrected_ms <= UNDO_WITHIN_S * 1000
    undoable = last.ref if last is not None and open_for_undo and last.ref not in voided else None
    found = (_row(entry, catalogue, voided, undoable) for entry in reversed(entries))
    why = refused or {}
    return tuple(replace(row, refused=why.get(row.entry.digest, "")) for row in found if row is not None)


def _row(entry: Entry, catalogue: Catalogue | None, voided: set[Ref], undoable: Ref | None) -> HistoryRow | None:
    body = entry.body
    if not isinstance(body, Redeem | Exit | Override | Refuse | Note):
        return None
    names, quantity, reason = _NO_NAMES, 1, None
    if isinstance(body, Redeem | Exit | Override) and catalogue is not None:
        names = product_names(catalogue, body.product)
    if isinstance(body, Redeem | Override):
        quantity = body.quantity
    if isinstance(body, Refuse):
        quantity = body.repeats
    if isinstance(body, Refuse | Override) and body.reason in _REASONS:
        reason = Reason(body.reason)
    undone = entry.ref in voided
    written = Written.TAKEN_BACK if undone else _written(body, catalogue)
    time_ms, can_undo = entry.stamp.corrected_ms, entry.ref == undoable
    return HistoryRow(time_ms, written, names, quantity, reason, entry.ref, undone=undone, can_undo=can_undo)


def _written(body: Redeem | Exit | Override | Refuse | Note, catalogue: Catalogue | None) -> Written:
    match body:
        case Exit():
            return Written.LET_OUT
        case Override():
            return Written.OVERRIDDEN
        case Refuse():
            return Written.REFUSED
        case Note():
            return Written.NOTED
    product = None if catalogue is None else catalogue.product_by_no.get(body.product)
    is_item = product is not None and product.rules.kind is ProductKind.ITEM
    return Written.HANDED_OUT if is_item else Written.ADMITTED
