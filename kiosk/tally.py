"""Counts of the event day at a point for the screen: read from the journal bit by bit, never at start."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from common.bodies import Exit, Override, Redeem, Refuse, Void
from common.catalogue import Catalogue
from common.entries import Entry
from common.ids import EventDay, PointNo, Ref
from common.rules import ProductKind
from kiosk.store.journal import Journal

ENTRIES_PER_LOOK = 500
MINUTE_MS = 60_000
_ADMITTED, _HANDED_OUT, _REFUSED, _LET_OUT = range(4)
_At = tuple[EventDay, PointNo]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one event day at one point, by this device."""

    admitted: int = 0
    handed_out: int = 0
    refused: int = 0
    let_out: int = 0


class Tally:
    """Keeps counts per day and point: a kiosk that was moved begins anew. Each look reads a few entries more."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._position = 0
        self._days: dict[_At, list[int]] = {}
        self._uses: dict[Ref, tuple[_At, int, int]] = {}
        self._lately: deque[tuple[int, Ref, PointNo, int]] = deque()
        self._lock = threading.Lock()

    def counts(self, day: EventDay, point: PointNo, catalogue: Catalogue) -> Counts:
        """The counts of a day at a point, as far as the journal was read. Raises StoreTrouble."""
        with self._lock:
            rows = self._journal.after(self._position, ENTRIES_PER_LOOK)
            for entry in self._journal.entries_of(rows):
                self._count(entry, catalogue)
            if rows:
                self._position = rows[-1].position
            return Counts(*self._days.get((day, point), [0, 0, 0, 0]))

    def last_minute(self, now_ms: int, point: PointNo) -> int:
        """How many were admitted or handed out there within the last 60 s, of what `counts` has read."""
        with self._lock:
            while self._lately and self._lately[0][0] <= now_ms - MINUTE_MS:
                self._lately.popleft()
            return sum(number for _, _, at, number in self._lately if at == point)

    def _count(self, entry: Entry, catalogue: Catalogue) -> None:
        body = entry.body
        if isinstance(body, Redeem | Override):
            product = catalogue.product_by_no.get(body.product)
            is_item = product is not None and product.rules.kind is ProductKind.ITEM
            column, number = (_HANDED_OUT, body.quantity) if is_item else (_ADMITTED, 1)
            self._use(entry, (body.day, body.point), column, number)
            self._lately.append((entry.stamp.corrected_ms, entry.ref, body.point, number))
        elif isinstance(body, Exit):
            self._use(entry, (body.day, body.point), _LET_OUT, 1)
        elif isinstance(body, Refuse):
            self._add((body.day, body.point), _REFUSED, body.repeats)
        elif isinstance(body, Void) and (used := self._uses.pop(body.target, None)) is not None:
            self._add(used[0], used[1], -used[2])
            self._lately = deque(one for one in self._lately if one[1] != body.target)

    def _use(self, entry: Entry, at: _At, column: int, number: int) -> None:
        self._add(at, column, number)
        self._uses[entry.ref] = (at, column, number)

    def _add(self, at: _At, column: int, number: int) -> None:
        self._days.setdefault(at, [0, 0, 0, 0])[column] += number
