"""Own uses of before, shown again: those nobody saw before a crash, and the last one. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from common.bodies import Exit, Override, Redeem
from common.decision import Direction, Fault, FaultCode, NotVerified, Outcome, Reason, Verdict
from common.entries import Entry
from common.ids import Ref
from common.leaving import moved_by
from common.marks import for_people
from kiosk.handing import Handings
from kiosk.naming import shown_of
from kiosk.shown import FirstUse, Shown
from kiosk.store.journal import Journal
from kiosk.surroundings import Here, Surroundings, point_names
from kiosk.taking_back import undoable


class Earlier:
    """Belongs to one station. Every call raises StoreTrouble."""

    def __init__(self, journal: Journal, around: Surroundings, handings: Handings) -> None:
        self._journal, self._around, self._handings = journal, around, handings

    def not_shown_yet(self) -> tuple[Shown, ...]:
        """Answers committed before a crash that nobody saw, oldest first."""
        here = self._around.here()
        entries = self._journal.not_shown_yet()
        return tuple(replace(self._shown(entry, here), from_before=True) for entry in entries)

    def last_use(self, now_ms: int, code_end: Callable[[Ref], str]) -> Shown | None:
        """The last use, while whoever wrote it may take it back; None where there is none.

        `code_end`: how the code of an entry ended, as far as it was read here just now.
        """
        entry, here = undoable(self._journal, now_ms), self._around.here()
        if entry is None or isinstance(here, Fault) or not isinstance(entry.body, Redeem | Exit | Override):
            return None
        shown, place = self._shown(entry, here), point_names(here.catalogue, entry.body.point)
        time_ms = entry.stamp.corrected_ms
        use = FirstUse(time_ms, place, "", here=True, ago_ms=now_ms - time_ms)
        return replace(shown, is_last=True, first_use=use, code_end=code_end(entry.ref))

    def _shown(self, entry: Entry, here: Here | Fault) -> Shown:
        body = entry.body
        if isinstance(here, Fault) or not isinstance(body, Redeem | Exit | Override):
            fault = Fault(FaultCode.INTERNAL, "an entry was written before a crash; it counts")
            return Shown(here if isinstance(here, Fault) else fault, entry=entry.ref)
        verdict = Verdict(
            Outcome.ADMIT,
            Reason.OK,
            product=body.product,
            quantity=moved_by(body),
            area=body.area,
            day=body.day,
            flags=for_people(body.flags),
            direction=Direction.OUT if isinstance(body, Exit) else Direction.IN,
        )
        shown = shown_of(verdict, NotVerified(Reason.OK), here, self._around, self._journal.device, None, entry.ref)
        return replace(shown, handing=self._handings.told(entry, here.catalogue))
