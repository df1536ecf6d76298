"""A turnstile that does what a test says, one opening after the other, and waits where it is held."""

from __future__ import annotations

import threading

from kiosk.turnstile.drivers import CannotOpen, Passage

HELD_S = 30.0


class ScriptedTurnstile:
    """`script`: a passage, or why it does not open; the last one for ever. Held, an opening waits for `let_go`."""

    def __init__(self, *script: Passage | str) -> None:
        self.script = list(script)
        self.turned = 0
        self.closed = 0
        self.is_turning = threading.Event()
        self._go = threading.Event()
        self._go.set()

    def hold(self) -> None:
        """The next opening lasts until `let_go`."""
        self._go.clear()

    def let_go(self) -> None:
        """Go on."""
        self._go.set()

    def turn(self, stopping: threading.Event) -> Passage:
        """As the script says. Raises CannotOpen."""
        self.turned += 1
        self.is_turning.set()
        while not self._go.wait(0.01):
            if stopping.is_set():
                return Passage.UNTOLD
        now = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(now, Passage):
            return now
        raise CannotOpen(now)

    def close(self) -> None:
        """Counted."""
        self.closed += 1
