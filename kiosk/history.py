"""The last own entries, as the history screen lists them. Reads the journal, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from common.bodies import Exit, HandedOut, Note, Override, Redeem, Refuse, Void
from common.catalogue import Catalogue
from common.decision import Reason
from common.entries import Entry
from common.ids import Digest, Ref
from common.leaving import moved_by
from common.refusal_counts import counted_together
from common.rules import ProductKind
from kiosk.handing import is_noted, told_of
from kiosk.shown import HistoryRow, Names, VariantShown, Written
from kiosk.store.journal import Journal
from kiosk.surroundings import product_names
from kiosk.taking_back import undoable

ROWS_MAX: Final = 50
_NO_NAMES: Names = {}
_REASONS: Final = frozenset(reason.value for reason in Reason)


def history(
    journal: Journal,
    catalogue: Catalogue | None,
    now_ms: int,
    refused: Mapping[Digest, str] | None = None,
    code_ends: Mapping[Ref, str] | None = None,
) -> tuple[HistoryRow, ...]:
    """The last entries, newest first; a use taken back says so, and the void is no row. Raises StoreTrouble.

    `refused`: entries the server would not take, and why. `code_ends`: how the codes of uses ended, as far as known.
    """
    rows = journal.after(max(0, journal.end() - ROWS_MAX), ROWS_MAX)
    entries = journal.entries_of(rows)
    voided = {entry.body.target for entry in entries if isinstance(entry.body, Void)}
    last = undoable(journal, now_ms)
    open_ref = None if last is None else last.ref
    handed = _Handed(journal, entries, catalogue)
    found = (handed.row(entry, voided) or _row(entry, catalogue, voided, open_ref) for entry in reversed(entries))
    why, ends = refused or {}, code_ends or {}
    shown = (replace(row, variants=row.variants or handed.of(row.entry)) for row in found if row is not None)
    told = (replace(row, refused=why.get(row.entry.digest, ""), code_end=ends.get(row.entry, "")) for row in shown)
    return _counted(tuple(told), entries)


def _counted(rows: tuple[HistoryRow, ...], entries: tuple[Entry, ...]) -> tuple[HistoryRow, ...]:
    """Refusals that were the same are one row, where the first of them stands: how often, until when."""
    counts = {count.refs[0]: count for count in counted_together(entries)}
    repeats = {ref for count in counts.values() for ref in count.refs[1:]}
    why = {row.entry: row.refused for row in rows}
    return tuple(
        row
        if (count := counts.get(row.entry)) is None
        else replace(
            row,
            quantity=count.times,
            until_ms=count.last_ms,
            refused=next((why[ref] for ref in count.refs if why.get(ref)), ""),
        )
        for row in rows
        if row.entry not in repeats
    )


class _Handed:
    """Which variants the uses among these entries handed out, and the entries that put it right."""

    def __init__(self, journal: Journal, entries: tuple[Entry, ...], catalogue: Catalogue | None) -> None:
        self._journal, self._entries, self._catalogue = journal, entries, catalogue
        self._uses = {entry.ref: entry for entry in entries if isinstance(entry.body, Redeem | Override)}

    def of(self, use: Ref) -> tuple[VariantShown, ...]:
        """What was said of this use last."""
        found = self._uses.get(use)
        product = found.body.product if found is not None and isinstance(found.body, Redeem | Override) else None
        return () if product is None else told_of(use, self._entries, self._catalogue, product)

    def row(self, entry: Entry, voided: set[Ref]) -> HistoryRow | None:
        """Another variant than a use had said; None for any other entry. What is written beside a use is no row."""
        body = entry.body
        use = self._journal.use_of(body.use.digest) if isinstance(body, HandedOut) else None
        if use is None or self._catalogue is None or not isinstance(use.body, Redeem | Override):
            return None
        if not is_noted(entry, use):
            return None
        variants = told_of(use.ref, (entry,), self._catalogue, use.body.product)
        names, undone = product_names(self._catalogue, use.body.product), use.ref in voided
        row = HistoryRow(entry.stamp.corrected_ms, Written.CHANGED, names, use.body.quantity, None, entry.ref)
        return replace(row, undone=undone, variants=variants)


def _row(entry: Entry, catalogue: Catalogue | None, voided: set[Ref], last: Ref | None) -> HistoryRow | None:
    body = entry.body
    if not isinstance(body, Redeem | Exit | Override | Refuse | Note):
        return None
    names, quantity, reason = _NO_NAMES, 1, None
    if isinstance(body, Redeem | Exit | Override):
        names = _NO_NAMES if catalogue is None else product_names(catalogue, body.product)
        quantity = moved_by(body)
    if isinstance(body, Refuse):
        quantity = body.repeats
    if isinstance(body, Refuse | Override) and body.reason in _REASONS:
        reason = Reason(body.reason)
    undone = entry.ref in voided
    written = Written.TAKEN_BACK if undone else _written(body, catalogue)
    time_ms, can_undo = entry.stamp.corrected_ms, entry.ref == last
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
