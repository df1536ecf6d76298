"""How often a PIN was tried: bounded for each badge, also across restarts of the program."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from common.errors import BadInput
from common.ids import BadgeId
from kiosk.shown import PinRefused, PinTrouble
from kiosk.store.journal import PIN_TRIES, Journal
from kiosk.store.learnt import Learnt

TRIES_MAX: Final = 5  # wrong ones in a row; then the badge rests
REST_S: Final = 300.0
REST_S_MAX: Final = 3600.0


class PinError(BadInput):
    """A PIN was not taken; `refused` says why in values."""

    def __init__(self, refused: PinRefused) -> None:
        super().__init__(refused.what)
        self.refused = refused


class PinTries:
    """Counts tries before they are checked. May be asked by any thread.

    The count is kept on the disk, the time is not: a rest begins anew with the program, so a clock set ahead ends none.
    It is kept twice: the damage of one file gives no tries back. Who holds the disk can undo it; they hold no badge,
    and with one they need no kiosk.
    """

    def __init__(self, learnt: Learnt, journal: Journal, monotonic_s: Callable[[], float]) -> None:
        self._learnt, self._journal, self._monotonic_s = learnt, journal, monotonic_s
        self._started_s = monotonic_s()
        self._last_s: dict[BadgeId, float] = {}
        self._lock = threading.Lock()

    def begin(self, badge: BadgeId) -> None:
        """Count a try that is about to be checked. Raises PinError while the badge must rest, StoreTrouble."""
        with self._lock:
            count = self._count(badge)
            wait_s = self._wait_s(badge, count)
            if wait_s > 0:
                raise PinError(_resting(count, wait_s))
            self._put(badge, count + 1)
            self._last_s[badge] = self._monotonic_s()

    def failed(self, badge: BadgeId) -> PinError:
        """The PIN was wrong: what to tell of it."""
        with self._lock:
            count = self._count(badge)
            wait_s = self._wait_s(badge, count)
        if wait_s > 0:
            return PinError(_resting(count, wait_s))
        left = TRIES_MAX - count % TRIES_MAX
        return PinError(
            PinRefused(PinTrouble.WRONG, left, 0, f"the PIN is wrong; enter it again, {left} tries are left")
        )

    def succeeded(self, badge: BadgeId) -> None:
        """The PIN was right: begin to count anew."""
        with self._lock:
            self._put(badge, 0)

    def _count(self, badge: BadgeId) -> int:
        """As both files have it: one that was damaged, moved aside or deleted gives no try back."""
        return max(self._learnt.noted_number(_name(badge)) or 0, self._journal.mark(_name(badge)))

    def _put(self, badge: BadgeId, count: int) -> None:
        for done in (self._learnt.note(_name(badge), count), self._journal.put_mark(_name(badge), count)):
            done.result()

    def _wait_s(self, badge: BadgeId, count: int) -> float:
        """After each five wrong ones a rest, each twice as long as the one before, at most an hour."""
        if count < TRIES_MAX or count % TRIES_MAX:
            return 0.0
        rest_s = min(REST_S * 2.0 ** min(count // TRIES_MAX - 1, 10), REST_S_MAX)
        return self._last_s.get(badge, self._started_s) + rest_s - self._monotonic_s()


def _resting(count: int, wait_s: float) -> PinRefused:
    whole_s = max(1, round(wait_s))
    return PinRefused(PinTrouble.RESTING, 0, whole_s, f"{count} wrong PINs; the badge rests, try again in {whole_s} s")


def _name(badge: BadgeId) -> str:
    return PIN_TRIES + badge.hex()
