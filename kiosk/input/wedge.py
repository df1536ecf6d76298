"""Keyboard-wedge scanners: physical keys, in a burst no hand can type, become one scanned text."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.input.events import Scanned, Source, Torn
from kiosk.input.framing import TEXT_CHARS_MAX, Framing
from kiosk.input.scancodes import TERMINATORS, character
from kiosk.input.tearing import IsWhole, Tearing, never_torn

SILENCE_S = 0.060  # a longer gap between two keys ends the burst
MEAN_GAP_S_MAX = 0.035  # slower on average is a hand; scanners need 0 to 5 ms a key, fast typists about 60 ms
# The same into a field that waits for a hand: a quick one needs 40 ms a key. Counted with all the time a stalled screen
# lay in between, which lengthens a scan of 17 keys by one stall or two and never shortens what a hand types.
TYPED_GAP_S_MIN = 0.025
SCAN_CHARS_MIN = 8  # our shortest code (a ticket code) has 17


class WedgeAssembler:
    """Feeds on key presses in order; returns a `Scanned` when a burst has ended and was a scan.

    `Torn` in its place where the scanner stopped in the middle of a code. Not thread-safe: one thread feeds and
    flushes. Holds at most 1,300 characters of a burst, and as many of one that was torn.
    """

    def __init__(
        self,
        framing: Framing | None = None,
        is_typed_into: Callable[[], bool] = lambda: False,
        is_whole: IsWhole = never_torn,
    ) -> None:
        """`is_typed_into`: whether a field waits for a hand's keys. `is_whole`: as for `Tearing`."""
        self._tearing, self._is_typed_into = Tearing(framing or Framing(), is_whole), is_typed_into
        self._chars: list[str] = []
        self._presses = 0
        self._gaps_s = 0.0
        self._first_s = self._last_s = 0.0

    @property
    def pending(self) -> int:
        """Keys of the burst that is under way."""
        return self._presses

    def feed(self, scancode: int, shift: bool, at_monotonic_s: float, waited_s: float = 0.0) -> Scanned | Torn | None:  # noqa: FBT001 - a key's own state
        """Take one key press.

        `waited_s` is how long the press may have lain unread because the reader was busy; a stalled screen must not
        tear a scan in two. A terminator (Enter, Tab) ends the burst at once; so does a silence before this key,
        and then the returned scan is the one before it.
        """
        ended = self.flush(at_monotonic_s - waited_s)
        if scancode in TERMINATORS:
            return ended or self._take(at_monotonic_s, is_line=True)
        char = character(scancode, shift=shift)
        if char is not None:
            self._append(char, at_monotonic_s, waited_s)
        return ended

    def flush(self, now_s: float) -> Scanned | Torn | None:
        """End the burst if it has been silent for longer than 60 ms; call it about every 20 ms."""
        if not self._presses or now_s - self._last_s <= SILENCE_S:
            return None
        return self._take(now_s, is_line=False)

    def _append(self, char: str, at_s: float, waited_s: float) -> None:
        if self._presses:
            self._gaps_s += max(0.0, at_s - self._last_s - waited_s)
        else:
            self._first_s = at_s
        self._presses += 1
        self._last_s = at_s
        if len(self._chars) < TEXT_CHARS_MAX:
            self._chars.append(char)

    def _take(self, now_s: float, *, is_line: bool) -> Scanned | Torn | None:
        text, is_scan, first_s, last_s = "".join(self._chars), self._is_scan(), self._first_s, self._last_s
        self._chars.clear()
        self._presses, self._gaps_s = 0, 0.0
        bare = self._tearing.judge(text, first_s, last_s, is_line=is_line, is_scan=is_scan)
        if bare is None:
            return Torn(now_s)
        return Scanned(bare, Source.WEDGE, now_s, max(0, round((now_s - last_s) * 1000))) if bare else None

    def _is_scan(self) -> bool:
        if self._presses < SCAN_CHARS_MIN:
            return False
        # A key held down repeats about 30 times a second, as fast as a slow scanner, but always the same one.
        if len(set(self._chars)) == 1:
            return False
        gaps = self._presses - 1
        if self._is_typed_into() and self._last_s - self._first_s >= TYPED_GAP_S_MIN * gaps:
            return False
        return self._gaps_s / gaps <= MEAN_GAP_S_MAX
