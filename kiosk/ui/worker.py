"""One thread beside the screen: whatever may wait for disk or network runs here, in order."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

JOBS_MAX = 8  # more scans than this waiting means the disk stands still; the hostess is told
STOP_S_MAX = 5.0

Job = Callable[[], None]


class Worker:
    """Runs jobs one after the other. A job that fails is logged and told to `on_failure`; the next one runs."""

    def __init__(self, on_failure: Callable[[Exception], None]) -> None:
        self._on_failure = on_failure
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="screen worker", daemon=True)

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._thread.start()

    def submit(self, job: Job) -> bool:
        """Queue a job from any thread; False, and nothing queued, if too many wait already."""
        if self._jobs.qsize() >= JOBS_MAX:
            return False
        self._jobs.put(job)
        return True

    def stop(self) -> None:
        """Finish what is queued, then end. May be called twice, and without a start."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as failure:  # the outermost loop of the thread: the next guest must be served
                log.exception("a job of the screen failed")
                self._on_failure(failure)
