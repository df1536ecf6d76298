"""A fault in one callback of the screen must not close the window in front of a queue."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kivy.base import ExceptionHandler, ExceptionManager

log = logging.getLogger(__name__)

MISHAPS_MAX = 100  # more than this since the start: the program is broken, and a restart is the better way out


class Mishaps(ExceptionHandler):
    """Logs, counts and tells what went wrong, then lets the screen go on."""

    def __init__(self, tell: Callable[[Exception], None]) -> None:
        super().__init__()
        self._tell = tell
        self.count = 0

    def handle_exception(self, inst: Exception) -> int:
        """Called by Kivy with whatever a callback threw; says whether to raise it or go on."""
        self.count += 1
        log.error("a callback of the screen failed", exc_info=inst)
        if self.count > MISHAPS_MAX:
            return int(ExceptionManager.RAISE)
        self._tell(inst)
        return int(ExceptionManager.PASS)


def watch(tell: Callable[[Exception], None]) -> Mishaps:
    """Begin to catch; returns the counter."""
    mishaps = Mishaps(tell)
    ExceptionManager.add_handler(mishaps)
    return mishaps
