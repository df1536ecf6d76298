"""A camera of ours for tests: plays a script of pictures, failed reads and failures to open."""

from __future__ import annotations

from collections.abc import Iterable

from common.clock import Clock
from kiosk.input.capture import CameraUnreadable
from kiosk.input.frames import Image


class ScriptedSource:
    """Each session of the script is a failure to open or a run of pictures; after the last one nothing opens."""

    name = "scripted"

    def __init__(
        self, sessions: Iterable[CameraUnreadable | list[Image | None]], clock: Clock, *, repeats: bool = False
    ) -> None:
        self._sessions, self._clock, self.repeats = list(sessions), clock, repeats
        self._now: list[Image | None] = []
        self.opened = 0
        self.closed = 0

    def open(self) -> None:
        """Begin the next session."""
        self.opened += 1
        session = self._sessions.pop(0) if self._sessions else CameraUnreadable(self.name, "the script is over")
        if isinstance(session, CameraUnreadable):
            raise session
        self._now = session

    def read(self) -> Image | None:
        """The next picture, 10 ms later; None when this session has no more."""
        self._clock.sleep(0.01)
        return self._now.pop(0) if self._now else None

    def close(self) -> None:
        """Count the closing."""
        self.closed += 1
