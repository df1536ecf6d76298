"""A turnstile that is opened by bytes on a serial line, and may answer on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import Final

from common.clock import Clock
from common.errors import UserFacing
from kiosk.machine.serial import SerialLine, open_serial
from kiosk.turnstile.drivers import CannotOpen, Passage

WAIT_S: Final = 0.05  # how soon a stop is noticed
KEPT_BYTES: Final = 256  # of what came; longer than anything that is waited for


@dataclass(frozen=True, slots=True)
class Wording:
    """What is written to open; what is sent when somebody passed, and when nobody did. Empty: it is never sent."""

    opens: bytes
    passed: bytes = b""
    nobody: bytes = b""

    @property
    def silence(self) -> Passage:
        """What it means that nothing came: where only one of the two is ever sent, the other."""
        if bool(self.passed) == bool(self.nobody):
            return Passage.UNTOLD
        return Passage.NOBODY if self.passed else Passage.PASSED


@dataclass(slots=True)
class SerialTurnstile:
    """The line stays open between two guests: opening it resets some controllers."""

    path: str
    baud: int
    wording: Wording
    timeout_s: float
    pass_s: float
    clock: Clock
    _line: SerialLine | None = field(default=None)

    def turn(self, stopping: Event) -> Passage:
        """Write, then wait for what is sent. Raises CannotOpen."""
        try:
            self._write(self._opened(), self.wording.opens)
        except (OSError, UserFacing) as error:
            self.close()
            raise CannotOpen(f"{self.path}: {error}; check the line and its cable") from error
        if not self.wording.passed and not self.wording.nobody:
            return Passage.UNTOLD
        try:
            return self._told(stopping)
        except OSError:
            self.close()
            return Passage.UNTOLD  # it had opened before the line was lost

    def close(self) -> None:
        """Let the line go."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _opened(self) -> SerialLine:
        if self._line is None:
            self._line = open_serial(self.path, self.baud, writable=True)
        self._line.drop_input()  # what it said of the guest before
        return self._line

    def _write(self, line: SerialLine, data: bytes) -> None:
        ends_s = self.clock.monotonic_s() + self.timeout_s
        while data:
            left_s = ends_s - self.clock.monotonic_s()
            taken = line.write(data, left_s) if left_s > 0 else 0
            if not taken:
                raise CannotOpen(f"it took nothing within {self.timeout_s:g} s")
            data = data[taken:]

    def _told(self, stopping: Event) -> Passage:
        ends_s, came, line = self.clock.monotonic_s() + self.pass_s, b"", self._line
        while self.clock.monotonic_s() < ends_s and line is not None:
            if stopping.is_set():
                return Passage.UNTOLD
            if piece := line.read(WAIT_S):
                came += piece
                if (told := self._heard(came)) is not None:
                    return told
                came = came[-KEPT_BYTES:]
        return self.wording.silence

    def _heard(self, came: bytes) -> Passage | None:
        """Whichever of the two came first."""
        wanted = ((self.wording.passed, Passage.PASSED), (self.wording.nobody, Passage.NOBODY))
        found = [(came.index(sign), told) for sign, told in wanted if sign and sign in came]
        return min(found)[1] if found else None
