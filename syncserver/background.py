"""The threads beside the web: projector, workers, housekeeping. On SQLite they live in the web process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

STOP_WAIT_S = 10.0

log = structlog.get_logger(__name__)

Loop = Callable[[threading.Event], None]


class Background:
    """Runs loops until stopped. `stop()` may be called twice."""

    def __init__(self, loops: Mapping[str, Loop]) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=loop, args=(self._stop,), name=name, daemon=True) for name, loop in loops.items()
        ]

    def start(self) -> None:
        """Start all loops."""
        for thread in self._threads:
            thread.start()
        log.info("background_started", loops=[thread.name for thread in self._threads])

    def stop(self) -> None:
        """Tell all loops to end and wait for what they have in hand."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(STOP_WAIT_S)

    def wait(self) -> None:
        """Block until stopped."""
        self._stop.wait()
