"""Ways to open a turnstile. Each opens it once and says, where it can, whether somebody went through."""

from __future__ import annotations

from enum import StrEnum
from threading import Event
from typing import Protocol

from common.errors import UserFacing


class Passage(StrEnum):
    """What a turnstile told after it had opened."""

    PASSED = "passed"
    NOBODY = "nobody"
    UNTOLD = "untold"  # it cannot tell; whoever was admitted counts as gone through


class CannotOpen(UserFacing):
    """The turnstile did not open; the text says why and what to look at."""


class Driver(Protocol):
    """One turnstile. Called from one thread."""

    def turn(self, stopping: Event) -> Passage:
        """Open, and wait within bounds for what it tells; `stopping` cuts the wait short. Raises CannotOpen."""
        ...

    def close(self) -> None:
        """Let go of what is held open. May be called twice."""
        ...
