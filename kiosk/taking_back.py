"""Taking uses of this kiosk back: which may be, by whom, and how often. Writes the void, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common.bodies import Exit, Override, Redeem, Void
from common.catalogue import Catalogue
from common.entries import Entry
from common.errors import require
from common.ids import BadgeId, Ref, TicketId
from kiosk.code_ends import CodeEnds
from kiosk.device_clock import DeviceClock
from kiosk.naming import undone_of
from kiosk.shown import Undone, UndoTrouble
from kiosk.store.journal import Journal

UNDO_WITHIN_S: Final = 600
ANNUL_WITHIN_S: Final = 120  # a turnstile that did not turn is known at once
TAKEN_BACK_MAX: Final = 2  # of one ticket without a supervisor: more often it lets in one friend after the other
WHY_VOIDED: Final = "undone"
WHY_ANNULLED: Final = "not_turned"

_SUPERVISOR: Final = "scan a supervisor's badge, enter its PIN, and try again"


@dataclass(frozen=True, slots=True)
class WhoIsHere:
    """Who is at the kiosk (None: nobody has signed in), and whether it is a supervisor with badge and PIN."""

    operator: Callable[[], BadgeId | None]
    is_supervised: Callable[[], bool]


class TakingBack:
    """Belongs to one station, which calls it under its own lock. Every call raises StoreTrouble."""

    def __init__(
        self,
        journal: Journal,
        device_clock: DeviceClock,
        here: WhoIsHere,
        write: Callable[[Void], None],
        catalogue: Callable[[], Catalogue | None],
    ) -> None:
        self._journal, self._device_clock = journal, device_clock
        self._here, self._write, self._catalogue = here, write, catalogue
        self.ends = CodeEnds()

    def undo(self, target: Ref) -> Undone:
        """The own last use within ten minutes, any with a supervisor's badge and PIN; asked again, the same answer.

        Own: of the operator who is here, or written while nobody had signed in, as nobody has now.
        """
        found = self._own(target)
        if isinstance(found, Undone):
            return found
        if self._is_voided(found):
            return self._told(found)
        return self._not_ones_own(found) or self._too_often(found) or self._void(found, WHY_VOIDED)

    def annul(self, target: Ref) -> Undone:
        """The last use within two minutes: the turnstile did not turn; asked again, the same answer."""
        found = self._own(target)
        if isinstance(found, Undone):
            return found
        if self._is_voided(found):
            return self._told(found)
        if not self._is_fresh(found, ANNUL_WITHIN_S):
            what = "only the last use within two minutes can be annulled; undo it instead"
            return _refused(UndoTrouble.NOT_LAST, what)
        return self._too_often(found) or self._void(found, WHY_ANNULLED)

    def own_use(self, target: Ref) -> Entry | Undone:
        """The use of this device that stands, or why nothing can be done about it: never another device's."""
        found = self._own(target)
        if isinstance(found, Entry) and self._is_voided(found):
            return Undone(done=False, why_not="it was taken back already")
        return found

    def _own(self, target: Ref) -> Entry | Undone:
        found = self._journal.use_of(target.digest)
        if found is None or found.ref != target:
            what = "this kiosk wrote no such use; of others' uses a supervisor decides in the admin, "
            return _refused(UndoTrouble.NOT_HERE, what + "or admits here with badge and PIN")
        return found

    def _is_voided(self, use: Entry) -> bool:
        entries = self._journal.of_ticket(ticket_of(use))
        return any(isinstance(entry.body, Void) and entry.body.target == use.ref for entry in entries)

    def _not_ones_own(self, found: Entry) -> Undone | None:
        """Whether only a supervisor may take this use back: it is old, or not of whoever is here."""
        if self._here.is_supervised():
            return None
        if not self._is_fresh(found, UNDO_WITHIN_S):
            what = "only the last use within ten minutes can be taken back"
            return _refused(UndoTrouble.NOT_LAST, f"{what}; for another {_SUPERVISOR}")
        if found.operator != self._here.operator():
            what = "another operator wrote this use, and whoever wrote it can take it back"
            return _refused(UndoTrouble.ANOTHERS, f"{what}; for others {_SUPERVISOR}")
        return None

    def _too_often(self, found: Entry) -> Undone | None:
        """Whether uses of this ticket were taken back here so often that a supervisor has to look."""
        voids = [e for e in self._journal.of_ticket(ticket_of(found)) if isinstance(e.body, Void)]
        if len(voids) < TAKEN_BACK_MAX or self._here.is_supervised():
            return None
        what = f"of this ticket {len(voids)} uses were taken back here already"
        return _refused(UndoTrouble.TOO_OFTEN, f"{what}; for more {_SUPERVISOR}")

    def _is_fresh(self, found: Entry, within_s: int) -> bool:
        last = self._journal.last_use()
        age_ms = self._device_clock.stamp().corrected_ms - found.stamp.corrected_ms
        return last is not None and last.ref == found.ref and age_ms <= within_s * 1000

    def _void(self, found: Entry, why: str) -> Undone:
        undone = self._told(found)
        self._write(Void(ticket_of(found), found.ref, why))
        return undone

    def _told(self, found: Entry) -> Undone:
        """Which use it was."""
        return undone_of(found, self._catalogue(), self.ends.of(found.ref))


def undoable(journal: Journal, now_ms: int) -> Entry | None:
    """The last use of this kiosk, where whoever wrote it may take it back: young enough, and it still stands.

    The same after a restart or a move. Raises StoreTrouble.
    """
    last = journal.last_use()
    if last is None or now_ms - last.stamp.corrected_ms > UNDO_WITHIN_S * 1000:
        return None
    voided = (e.body.target for e in journal.of_ticket(ticket_of(last)) if isinstance(e.body, Void))
    return None if last.ref in voided else last


def _refused(trouble: UndoTrouble, why_not: str) -> Undone:
    return Undone(done=False, why_not=why_not, trouble=trouble)


def ticket_of(use: Entry) -> TicketId:
    """The ticket of a use. Raises InvariantError for an entry that is none."""
    require(isinstance(use.body, Redeem | Exit | Override), "a use that names no ticket")
    return TicketId(getattr(use.body, "ticket", b""))
