"""How many tickets were heard of that no list in use has: their names, plates and sizes come with the next snapshot.

Kept up beside scans, in short steps of the thread that counts who is inside; read by the status, never by a scan.
"""

from __future__ import annotations

from typing import Final

from common.bodies import Entitle, Issue, Reissue
from common.entries import Entry, stored_entry
from common.expand import tickets_of
from common.ids import EventUid, TicketId
from common.vectors import RunKey, lines_by_run
from kiosk.known import Known, Stores
from kiosk.store.learnt import StoredRow
from kiosk.store.snapshots import InUse

ROWS_PER_STEP: Final = 200  # about 2 ms
BYTES_PER_STEP: Final = 64 * 1024  # a statement about 500 tickets takes 2 ms to read


class Unlisted:
    """Counts. `count` may be asked from any thread, `step` from one."""

    def __init__(self, stores: Stores, known: Known, event: EventUid) -> None:
        self._stores, self._known, self._event = stores, known, event
        self._in_use: tuple[InUse, ...] | None = None
        self._prunings = 0
        self._position = 0  # learnt entries up to here were looked at
        self._tickets: set[TicketId] = set()
        self._ends: list[dict[RunKey, int]] = []  # of each snapshot in use: what it has of each run
        self._counted = 0

    def count(self) -> int:
        """How many; while it is counted anew, as many as before."""
        return self._counted

    def step(self) -> bool:
        """Look at some more of what was learnt; whether there is more at once. Raises StoreTrouble."""
        self._begin_if_other()
        rows = self._stores.learnt.after(self._position, ROWS_PER_STEP)
        size = 0
        for row in rows:
            self._position, size = row.position, size + len(row.raw)
            if self._known.is_server(row.device) and not self._is_listed(row):
                self._tickets.update(_sold_by(stored_entry(row.raw, self._event)))
            if size > BYTES_PER_STEP:
                return True
        is_more = len(rows) == ROWS_PER_STEP
        if not is_more:
            self._counted = len(self._tickets)
        return is_more

    def _begin_if_other(self) -> None:
        """Another list has other tickets; and where entries went, positions may be given anew."""
        in_use, prunings = self._stores.snapshots.in_use, self._stores.learnt.prunings
        if self._in_use is in_use and self._prunings == prunings:
            return
        self._in_use, self._prunings, self._position, self._tickets = in_use, prunings, 0, set()
        self._ends = [_ends_of(one) for one in in_use]

    def _is_listed(self, row: StoredRow) -> bool:
        return any(row.number <= ends.get((row.device, row.run), 0) for ends in self._ends)


def _sold_by(entry: object) -> tuple[TicketId, ...]:
    if not isinstance(entry, Entry) or not isinstance(entry.body, Issue | Reissue | Entitle):
        return ()
    return tickets_of(entry)


def _ends_of(one: InUse) -> dict[RunKey, int]:
    """Up to which number a snapshot has each run."""
    lines_of = lines_by_run(one.file.manifest.vector)
    return {run: max((line.last for line in lines), default=0) for run, lines in lines_of.items()}
