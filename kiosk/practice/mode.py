"""Whether a kiosk practises now; it stops by itself when nobody does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from common.clock import Clock
from kiosk.practice.station import PracticeStation

log = logging.getLogger("rallygate.kiosk.practice")

IDLE_S_MAX: Final = 300.0  # a tablet left in practice admits nobody, so it must not stay there


class PracticeMode:
    """May be asked from any thread."""

    def __init__(self, clock: Clock, make: Callable[[], PracticeStation]) -> None:
        self._clock, self._make = clock, make
        self._station: PracticeStation | None = None
        self._used_s = 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Practise from now on, with every sample as new."""
        with self._lock:
            self._station, self._used_s = self._make(), self._clock.monotonic_s()
        log.info("practice begins: nobody is admitted")

    def stop(self) -> None:
        """Admit real passes again."""
        with self._lock:
            was, self._station = self._station, None
        if was is not None:
            log.info("practice ends")

    @property
    def is_on(self) -> bool:
        """Whether it practises; false once nobody has for so long."""
        return self._now() is not None

    def looked_at(self) -> PracticeStation | None:
        """The practice, which does not count as used."""
        return self._now()

    def use(self) -> PracticeStation | None:
        """The practice, which counts as used; None where it does not practise."""
        station = self._now()
        if station is not None:
            self._used_s = self._clock.monotonic_s()
        return station

    def _now(self) -> PracticeStation | None:
        if self._station is not None and self._clock.monotonic_s() - self._used_s > IDLE_S_MAX:
            log.info("nobody practised for %d s", IDLE_S_MAX)
            self.stop()
        return self._station
