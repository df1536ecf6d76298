"""Whether the check before doors was done here: remembered over restarts, asked for until the day has begun."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from common.ids import EventDay, PointNo
from kiosk.checks_shown import Check, Health
from kiosk.store.faults import StoreTrouble
from kiosk.store.learnt import Learnt
from kiosk.tally import Counts

log = logging.getLogger(__name__)
_DAY: Final = "checked day"
_POINT: Final = "checked point"


class Doors:
    """May be asked by any thread."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt

    def checked(self, checks: Iterable[Check], day: EventDay, point: PointNo) -> None:
        """The check was done on this event day at this point; it counts if nothing is bad."""
        if any(check.health is Health.BAD for check in checks):
            return
        try:
            self._learnt.note(_POINT, point).result()
            self._learnt.note(_DAY, day).result()
        except StoreTrouble as trouble:
            log.warning("that the check before doors was done is not remembered: %s", trouble)

    def is_due(self, day: EventDay, point: PointNo, counts: Counts) -> bool:
        """Whether somebody should be led to the check. Once people were served nobody is: the day has proved it."""
        if counts.admitted or counts.handed_out or counts.let_out:
            return False
        return (self._learnt.remembered(_DAY), self._learnt.remembered(_POINT)) != (day, point)
