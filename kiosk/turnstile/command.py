"""A turnstile that a program of this machine opens."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import Final

from kiosk.machine.processes import command_of, run_command
from kiosk.machine.trouble import MachineTrouble
from kiosk.turnstile.drivers import CannotOpen, Passage

# How the program may end; anything else is a failure.
_ENDS: Final = {0: Passage.UNTOLD, 10: Passage.PASSED, 11: Passage.NOBODY}


@dataclass(frozen=True, slots=True)
class CommandTurnstile:
    """Runs `words`, without a shell, at most `timeout_s` long."""

    words: tuple[str, ...]
    timeout_s: float

    def turn(self, _stopping: Event) -> Passage:
        """Run it; its exit code tells. Raises CannotOpen."""
        try:
            code = run_command(self.words, self.timeout_s)
        except MachineTrouble as error:
            raise CannotOpen(str(error)) from error
        if code not in _ENDS:
            raise CannotOpen(f"{self.words[0]} ended with {code}; try it by hand: {command_of(self.words)}")
        return _ENDS[code]

    def close(self) -> None:
        """Nothing is held open."""
