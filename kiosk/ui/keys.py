"""Keys at window level: a scanner's burst becomes a scan whichever widget is shown; a hand's keys go to the fields.

Typed characters are held back for the 60 ms it takes to tell a scanner from a hand, so that a scan never ends up in a
field. No Kivy here: the app binds `key_down`, `text_input` and `tick` to the window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from common.clock import Clock
from common.scan_text import is_whole
from kiosk.input.events import Scanned, Torn
from kiosk.input.framing import Framing
from kiosk.input.scancodes import ENTER, KEYPAD_ENTER
from kiosk.input.wedge import SILENCE_S, WedgeAssembler

BACKSPACE = 42
TICK_S = 0.02
STALL_S = 0.06  # three ticks

OnScan = Callable[[Scanned | Torn], None]


class Typing(Protocol):
    """Where a hand's keys go."""

    def typed(self, char: str) -> None:
        """One character."""
        ...

    def is_typed_into(self) -> bool:
        """Whether a field waits for keys: then what is slower than any scanner belongs to it."""
        ...

    def erased(self) -> None:
        """Backspace."""
        ...

    def entered(self) -> None:
        """Enter."""
        ...


class KeyHook:
    """All calls come from the screen's thread. `tick` must run about every 20 ms."""

    def __init__(self, clock: Clock, on_scan: OnScan, typing: Typing, framing: Framing) -> None:
        self._clock, self._on_scan, self._typing = clock, on_scan, typing
        self._wedge = WedgeAssembler(framing, typing.is_typed_into, is_whole)
        self._held: list[str] = []
        self._ticked_s = self._ticked_before_s = clock.monotonic_s()
        self._key_s = float("-inf")

    def key_down(self, scancode: int, *, shift: bool) -> bool:
        """Take a key press; True if nobody else should act on it."""
        now_s = self._clock.monotonic_s()
        # The keys of one frame are read after its tick, so a press may have waited since the tick before that one;
        # if that is long ago the screen has stalled, and that must not tear a scan in two.
        since_s = now_s - self._ticked_before_s
        waited_s = since_s if since_s > STALL_S else 0.0
        if now_s - waited_s - self._key_s > SILENCE_S:
            self._release()
        self._key_s = now_s
        scanned = self._wedge.feed(scancode, shift, now_s, waited_s)
        if scanned is not None:
            self._scan(scanned)
            return True
        return self._command(scancode)

    def text_input(self, text: str) -> bool:
        """Take what a key wrote; always True, since no other widget takes text."""
        self._held.extend(text)
        return True

    def tick(self) -> None:
        """Tell scans without a line end from typing, once the keys have been silent."""
        # What came before the tick before this one has been read by now, however long the screen stalled since.
        quiet_s = self._ticked_before_s
        self._ticked_before_s, self._ticked_s = self._ticked_s, self._clock.monotonic_s()
        scanned = self._wedge.flush(quiet_s)
        if scanned is not None:
            self._scan(scanned)
        elif quiet_s - self._key_s > SILENCE_S:
            self._release()

    def _scan(self, scanned: Scanned | Torn) -> None:
        self._held.clear()
        self._on_scan(scanned)

    def _release(self) -> None:
        held, self._held = self._held, []
        for char in held:
            self._typing.typed(char)

    def _command(self, scancode: int) -> bool:
        if scancode == BACKSPACE:
            self._release()
            self._typing.erased()
        elif scancode in {ENTER, KEYPAD_ENTER}:
            self._release()
            self._typing.entered()
        return scancode in {BACKSPACE, ENTER, KEYPAD_ENTER}
