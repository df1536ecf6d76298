"""The only place that asks the operating system for the time."""

from __future__ import annotations

import threading
import time
from typing import Protocol

Millis = int  # milliseconds since 1970-01-01 UTC


class Clock(Protocol):
    """Wall clock for people, monotonic clock for durations."""

    def now_ms(self) -> Millis:
        """Wall time in milliseconds since 1970, UTC. May jump."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that only grow. Their zero has no meaning."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> Millis:
        """Wall time in milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        time.sleep(seconds)


class ManualClock:
    """A clock that stands still until it is moved; sleeping moves it."""

    def __init__(self, now_ms: Millis) -> None:
        self._now_ms = now_ms
        self._monotonic_s = 0.0
        self._lock = threading.Lock()

    def now_ms(self) -> Millis:
        """Wall time as last set."""
        with self._lock:
            return self._now_ms

    def monotonic_s(self) -> float:
        """Sum of all advances."""
        with self._lock:
            return self._monotonic_s

    def sleep(self, seconds: float) -> None:
        """Move on by that long at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        with self._lock:
            self._now_ms += round(seconds * 1000)
            self._monotonic_s += seconds

    def set_wall(self, now_ms: Millis) -> None:
        """Let the wall clock jump; the monotonic one does not notice."""
        with self._lock:
            self._now_ms = now_ms
