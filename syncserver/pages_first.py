"""Pages go before work nobody waits for: a process that serves and works tells its workers when a request is open."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from syncserver.background import Loop

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WAIT_S_MAX: Final = 1.0  # so long a piece of work waits for a moment without a request; then it is done beside them
NICENESS: Final = 10  # of a thread in a process of its own: a tenth of the weight that others have
NICENESS_MAX: Final = 19


class PagesFirst:
    """Counts the requests that are being answered. Any thread may ask."""

    def __init__(self, wait_s_max: float = WAIT_S_MAX) -> None:
        self._wait_s_max = wait_s_max
        self._lock = threading.Lock()
        self._open = 0
        self._calm = threading.Event()
        self._calm.set()

    def counting(self, app: WSGIApplication) -> WSGIApplication:
        """The application, each of its requests counted until its answer is made; what then streams out is not."""

        def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            self._begun()
            try:
                return app(environ, start_response)
            finally:
                self._ended()

        return counted

    def wait(self) -> bool:
        """Return at a moment without a request; False where none came in time."""
        return self._calm.wait(self._wait_s_max)

    def _begun(self) -> None:
        with self._lock:
            self._open += 1
            self._calm.clear()

    def _ended(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                self._calm.set()


def lowered(loop: Loop, niceness: int = NICENESS) -> Loop:
    """The loop, its thread with less weight than others on this machine; for a process that serves no pages.

    Never beside pages in one process: who is put off while it holds the interpreter puts off all of them.
    """

    def run(stop: threading.Event) -> None:
        _lower(niceness)
        loop(stop)

    return run


def _lower(niceness: int) -> None:
    if sys.platform == "linux":  # only there a thread has a niceness of its own
        thread = threading.get_native_id()
        with suppress(OSError):
            lower = os.getpriority(os.PRIO_PROCESS, thread) + niceness
            os.setpriority(os.PRIO_PROCESS, thread, min(NICENESS_MAX, lower))
