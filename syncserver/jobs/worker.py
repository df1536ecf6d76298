"""The worker: takes due jobs one by one, holds a lease while it works, gives up after a number of attempts."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
import structlog
from sqlalchemy import Connection

from common.clock import Clock
from common.errors import RallygateError
from syncserver.db.engine import Database
from syncserver.jobs.model import ATTEMPTS_MAX, LEASE_MS, A, GiveUp, Handler, Job, LeaseLost, backoff_ms
from syncserver.stores import jobs as store

IDLE_S = 0.25
LATE_MS = 60_000  # work due for longer gives way to nobody any more
FAILURE_PAUSE_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Attempt:
    """The context of one attempt; see model.JobContext."""

    job: Job
    db: Database
    clock: Clock
    is_finished: bool = False

    def args(self, kind: type[A]) -> A:
        try:
            return msgspec.json.decode(self.job.args, type=kind)
        except msgspec.ValidationError as fault:
            raise GiveUp(f"{self.job.name} {self.job.key}: arguments do not fit {kind.__name__}: {fault}") from fault

    @contextmanager
    def finishing(self) -> Iterator[Connection]:
        with self.db.write() as tx:
            yield tx
            if not store.finish(tx, self.job, self.clock.now_ms()):
                raise LeaseLost(f"job {self.job.name} {self.job.key} was taken over by another worker")
        self.is_finished = True


class Worker:
    """Carries out the jobs of some queues with the handlers it was given; looks for new ones every `idle_s`.

    `give_way` is called before each job of its loop and may wait, until what it works on was due a minute ago.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        queues: Sequence[str],
        handlers: Mapping[str, Handler],
        idle_s: float = IDLE_S,
        give_way: Callable[[], object] | None = None,
    ) -> None:
        self._db, self._clock, self._queues, self._handlers = db, clock, tuple(queues), handlers
        self._idle_s, self._give_way = idle_s, give_way
        self._is_late = False
        self._wake = threading.Event()
        self._was_due = False  # where there was a job there is often another: it is claimed without a look before

    def wake(self) -> None:
        """Look at the queue now: called where a job was just put in."""
        self._wake.set()

    def run_one(self) -> bool:
        """Carry out one due job; False if there was none."""
        now = self._clock.now_ms()
        if not self._was_due and not self._is_due(now):
            return False
        with self._db.write(lasting=False) as tx:  # a claim that is lost with the power is only made again
            job = store.claim(tx, self._queues, secrets.token_hex(8), now, now + LEASE_MS)
        self._was_due = job is not None
        self._is_late = job is not None and now - job.run_at_ms > LATE_MS
        if job is None:
            return False
        self._attempt(job)
        return True

    def _is_due(self, now_ms: int) -> bool:
        with self._db.read() as tx:
            return store.is_due(tx, self._queues, now_ms)

    def run_all(self, limit: int = 10_000) -> int:
        """Carry out due jobs until there is none; how many it were."""
        done = 0
        while done < limit and self.run_one():
            done += 1
        return done

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop. The outermost loop: what goes wrong is logged, and the next round tries again."""
        while not stop.is_set():
            try:
                if self._give_way is not None and not self._is_late:
                    self._give_way()
                if self.run_one():
                    continue
                self._wake.wait(self._idle_s)
                self._wake.clear()
            except Exception:
                log.exception("worker_round_failed", queues=self._queues)
                stop.wait(FAILURE_PAUSE_S)

    def _attempt(self, job: Job) -> None:
        attempt = _Attempt(job, self._db, self._clock)
        try:
            self._handler(job)(attempt)
            if not attempt.is_finished:
                with attempt.finishing():
                    pass  # the handler's whole effect lies outside the database
        except LeaseLost:
            log.warning("job_lease_lost", name=job.name, job=job.id)
        except GiveUp as fault:
            self._give_back(job, fault, None)
        except Exception as fault:  # noqa: BLE001 - one job's failure must not stop the queue
            last = job.attempts >= ATTEMPTS_MAX
            self._give_back(job, fault, None if last else self._clock.now_ms() + backoff_ms(job.attempts))

    def _handler(self, job: Job) -> Handler:
        handler = self._handlers.get(job.name)
        if handler is None:
            raise GiveUp(f"no handler for job {job.name}: this server is older than the one that asked for it")
        return handler

    def _give_back(self, job: Job, fault: Exception, run_at_ms: int | None) -> None:
        # Texts of our own errors are written to be read; a stranger's may carry an address or a name of a person.
        told = str(fault) if isinstance(fault, RallygateError) else type(fault).__name__
        log.error(
            "job_failed" if run_at_ms else "job_dead", name=job.name, job=job.id, attempts=job.attempts, error=told
        )
        with self._db.write() as tx:
            store.fail(tx, job, told, run_at_ms)
