"""How many of a family were let in here: one phone shows several passes, and the hostess sees when she is through.

Counted from own entries of the event day, without a name: a snapshot gives a number to tickets of one order.
"""

from __future__ import annotations

from typing import Final

from common.bodies import Override, Redeem, Void
from common.decision import Direction, Outcome, Verdict
from common.entries import Entry
from common.ids import EventDay, Ref, TicketId
from common.rules import ProductKind
from kiosk.known import Stores
from kiosk.shown import FamilyShown
from kiosk.store.snapshot_file import Family
from kiosk.store.snapshots import InUse
from kiosk.surroundings import Here

BACK_MAX: Final = 100  # entries looked at after a start: a family comes one behind the other


class Families:
    """Belongs to one station, which calls it under its own lock. Every call raises StoreTrouble."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._in_use: tuple[InUse, ...] = ()
        self._day: EventDay | None = None
        self._position = 0
        self._admitted: dict[Ref, tuple[int, TicketId]] = {}  # use -> number of its family, ticket

    def after(self, verdict: Verdict, ticket: TicketId | None, here: Here) -> FamilyShown | None:
        """How many there are with this one; None where nobody is let in, or nobody else was bought a ticket with it."""
        product = here.place.products.get(verdict.product) if verdict.product is not None else None
        if ticket is None or verdict.outcome is not Outcome.ADMIT or verdict.direction is Direction.OUT:
            return None
        if product is None or product.kind is not ProductKind.TICKET or verdict.day is None:
            return None
        self._catch_up(verdict.day, here)
        family = self._family(ticket)
        if family is None:
            return None
        others = {other for no, other in self._admitted.values() if no == family.no}
        return FamilyShown(len(others | {ticket}), family.size)

    def _catch_up(self, day: EventDay, here: Here) -> None:
        """What was written since; from a little before, where a day or a snapshot is new: its numbers are others."""
        journal, in_use = self._stores.journal, self._stores.snapshots.in_use
        if day != self._day or in_use is not self._in_use:
            self._admitted.clear()
            self._day, self._in_use, self._position = day, in_use, max(0, journal.end() - BACK_MAX)
        rows = journal.after(self._position, BACK_MAX)
        while rows:
            for entry in journal.entries_of(rows):
                self._take(entry, day, here)
            self._position = rows[-1].position
            rows = journal.after(self._position, BACK_MAX)

    def _take(self, entry: Entry, day: EventDay, here: Here) -> None:
        body = entry.body
        if isinstance(body, Void):
            self._admitted.pop(body.target, None)
        if not isinstance(body, Redeem | Override) or body.day != day:
            return
        product = here.place.products.get(body.product)
        family = self._family(body.ticket) if product is not None and product.kind is ProductKind.TICKET else None
        if family is not None:
            self._admitted[entry.ref] = (family.no, body.ticket)

    def _family(self, ticket: TicketId) -> Family | None:
        """As the newest snapshot alone has it: numbers of two files are not the same."""
        newest = max(self._stores.snapshots.in_use, key=lambda one: one.file.build_ms, default=None)
        return None if newest is None else newest.file.family(ticket)
