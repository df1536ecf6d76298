"""Tells the story as it happens: a line a step, with the time since the start, and what was checked."""

from __future__ import annotations

import sys
import time


class Narrator:
    """Writes to standard output at once, so that a pipe shows the story while it runs."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self.first_admit_s: float | None = None

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._started

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        self._say(f"\n{title}")

    def tell(self, text: str) -> None:
        """Something happened, or was found to be as told."""
        self._say(f"[{self.seconds:6.1f} s] {text}")

    def admitted(self) -> None:
        """Somebody was let in; the first time counts."""
        if self.first_admit_s is None:
            self.first_admit_s = self.seconds

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
