"""What time it is at the kiosk: the machine's clock, corrected by the server's, never below signed time.

The offset is measured at each contact and carried by the monotonic clock, so that a jump of the wall clock in between
changes nothing. Where neither an offset nor good sense supports the wall clock, a person must confirm the time shown.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from statistics import median_low
from typing import Final

from common.clock import Clock
from common.entries import Stamp

PLAUSIBLE_FROM_MS: Final = 1_735_689_600_000  # 2025-01-01: before this the program did not exist
BACK_TOLERANCE_MS: Final = 60_000  # a clock may be so much behind signed time before a person is asked
PEERS_MAX: Final = 64
# So long a kiosk may have been off before a person is asked: a night, not a day, since a clock that is a day ahead
# refuses passes of today as expired, and books admissions on the wrong event day.
AHEAD_TOLERANCE_MS: Final = 20 * 3_600_000


@dataclass(frozen=True, slots=True)
class Remembered:
    """What earlier starts and contacts left behind; ms UTC. None: nothing."""

    offset_ms: int | None = None
    measured_wall_ms: int | None = None
    floor_ms: int | None = None  # the newest signed time seen


@dataclass(frozen=True, slots=True)
class _Measured:
    server_ms: int
    monotonic_s: float


class DeviceClock:
    """Corrected time. May be asked by any thread."""

    def __init__(self, clock: Clock, remembered: Remembered) -> None:
        self._clock = clock
        self._remembered = remembered
        self._measured: _Measured | None = None
        self._is_confirmed = False
        self._was_doubt_shown = False
        self._known_ms, self._known_at_s = remembered.floor_ms or 0, clock.monotonic_s()  # it was not earlier then
        self._told: dict[bytes, float] = {}  # peer -> its time in ms less the monotonic clock's
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        """Corrected time, never below the newest signed time seen."""
        with self._lock:
            return max(self._corrected_ms(), self._remembered.floor_ms or 0)

    def is_doubtful(self) -> bool:
        """Whether only a person can say that the time shown is right."""
        with self._lock:
            return self._is_doubtful()

    def is_usable(self) -> bool:
        """Whether entries may be stamped: not doubtful, or confirmed by a person."""
        with self._lock:
            return self._is_confirmed or not self._is_doubtful()

    def doubt_shown(self) -> None:
        """Whoever is here was told what time it is said to be, and that it is doubtful."""
        with self._lock:
            self._was_doubt_shown = True

    def confirm(self) -> bool:
        """A person with a badge says that the time shown is right; False, and nothing is, where none was shown yet."""
        with self._lock:
            self._is_confirmed = self._is_confirmed or self._was_doubt_shown
            return self._is_confirmed

    def stamp(self) -> Stamp:
        """The stamp of an entry written now."""
        with self._lock:
            wall_ms = self._clock.now_ms()
            floored_ms = max(self._corrected_ms(), self._remembered.floor_ms or 0)
            offset_ms = floored_ms - wall_ms
            age_s = self._offset_age_s(wall_ms)
            knows = age_s is not None or offset_ms != 0
            return Stamp(wall_ms, offset_ms if knows else None, age_s, self._is_doubtful())

    def offset_ms(self) -> int | None:
        """What is to be added to the wall clock now; None if it was never measured."""
        with self._lock:
            known = self._measured is not None or self._remembered.offset_ms is not None or bool(self._told)
            return self._corrected_ms() - self._clock.now_ms() if known else None

    def heard(self, server_ms: int, sent_monotonic_s: float) -> Remembered:
        """The server's signed time arrived now, for a question sent then; what is to be remembered.

        Half the way there and back is taken for the way back.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            at_arrival_ms = server_ms + round((now_s - sent_monotonic_s) * 500)
            self._measured = _Measured(at_arrival_ms, now_s)
            wall_ms = self._clock.now_ms()
            floor_ms = max(self._remembered.floor_ms or 0, server_ms)
            self._know(server_ms)
            self._remembered = Remembered(at_arrival_ms - wall_ms, wall_ms, floor_ms)
            return self._remembered

    def server_time_ms(self) -> int | None:
        """The time as the server set it, in this start or an earlier one; None where it did not."""
        with self._lock:
            if self._measured is not None:
                return self._corrected_ms()
            return self._own_ms() if self._is_own_supported() else None

    def told_by_peer(self, peer: bytes, time_ms: int, sent_monotonic_s: float) -> None:
        """A peer whose clock the server has set says what time it is.

        It counts only while the server did not say it in this start, and nothing from earlier starts supports the
        wall clock; of several peers the middle one is believed. It never becomes signed time.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            at_arrival_ms = time_ms + (now_s - sent_monotonic_s) * 500
            if peer in self._told or len(self._told) < PEERS_MAX:
                self._told[peer] = at_arrival_ms - now_s * 1000

    def seen_signed(self, time_ms: int) -> None:
        """A time signed by the server was seen in a paper: it is at least that late."""
        with self._lock:
            self._know(time_ms)
            if time_ms > (self._remembered.floor_ms or 0):
                self._remembered = replace(self._remembered, floor_ms=time_ms)

    def _corrected_ms(self) -> int:
        if self._measured is not None:
            passed_s = self._clock.monotonic_s() - self._measured.monotonic_s
            return self._measured.server_ms + round(passed_s * 1000)
        if self._leans_on_peers():
            return round(median_low(self._told.values()) + self._clock.monotonic_s() * 1000)
        return self._own_ms()

    def _leans_on_peers(self) -> bool:
        return bool(self._told) and not self._is_own_supported()

    def _is_own_supported(self) -> bool:
        """Whether an offset of an earlier start still makes sense."""
        return self._remembered.offset_ms is not None and not self._is_strange(self._own_ms())

    def _own_ms(self) -> int:
        return self._clock.now_ms() + (self._remembered.offset_ms or 0)

    def _is_doubtful(self) -> bool:
        return self._measured is None and self._is_strange(self._corrected_ms())

    def _is_strange(self, corrected_ms: int) -> bool:
        """Whether no signed time supports this one, nor good sense."""
        floor_ms = self._remembered.floor_ms
        if floor_ms is None:
            return corrected_ms < PLAUSIBLE_FROM_MS
        return not floor_ms - BACK_TOLERANCE_MS <= corrected_ms <= self._least_ms() + AHEAD_TOLERANCE_MS

    def _know(self, time_ms: int) -> None:
        """It is at least that late now."""
        if time_ms > self._least_ms():
            self._known_ms, self._known_at_s = time_ms, self._clock.monotonic_s()

    def _least_ms(self) -> float:
        """What time it is at least: what was known, and the time this program has run since."""
        return self._known_ms + (self._clock.monotonic_s() - self._known_at_s) * 1000

    def _offset_age_s(self, wall_ms: int) -> int | None:
        if self._measured is not None:
            return max(0, round(self._clock.monotonic_s() - self._measured.monotonic_s))
        if self._remembered.offset_ms is None or self._remembered.measured_wall_ms is None:
            return None
        return max(0, (wall_ms - self._remembered.measured_wall_ms) // 1000)
