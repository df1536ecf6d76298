"""What the program logs as broken: an exception it survived is a bug all the same."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOGGERS = ("rallygate.kiosk.sync", "rallygate.kiosk.peers")


class Breakage(logging.Handler):
    """Keeps the exceptions that were logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One line was logged."""
        if record.exc_info and record.exc_info[1] is not None:
            self.found.append(record.exc_info[1])


@contextmanager
def listened() -> Iterator[Breakage]:
    """Inside the block whatever breaks in sync is kept, and nothing is printed."""
    breakage = Breakage()
    loggers = [(logger, logger.propagate) for logger in map(logging.getLogger, LOGGERS)]
    for logger, _ in loggers:
        logger.propagate = False
        logger.addHandler(breakage)
    try:
        yield breakage
    finally:
        for logger, before in loggers:
            logger.removeHandler(breakage)
            logger.propagate = before
