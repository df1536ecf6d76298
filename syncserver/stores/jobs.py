"""SQL of the job queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from syncserver.db.tables_jobs import jobs
from syncserver.jobs.model import ERROR_CHARS_MAX, Job, JobState
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import insert_on


def add(
    tx: Connection,
    queue: str,
    name: str,
    key: str,
    args: str,
    run_at_ms: int,
    now_ms: int,
    event_id: int | None = None,
) -> bool:
    """Put a job in; False if one of this name and key is there already (in whatever state)."""
    what = {"queue": queue, "name": name, "key": key, "args": args, "event_id": event_id}
    return _ADD(tx, **what, run_at_ms=run_at_ms, now_ms=now_ms).first() is not None


_ADD = Prepared(
    lambda dialect, queue, name, key, args, event_id, run_at_ms, now_ms: (
        insert_on(dialect, jobs)
        .values(queue=queue, name=name, key=key, args=args, event_id=event_id, run_at_ms=run_at_ms)
        .values(created_ms=now_ms, state=JobState.WAITING.value, attempts=0)
        .on_conflict_do_nothing(index_elements=["name", "key"])
        .returning(jobs.c.id)
    )
)


def is_due(tx: Connection, queues: Sequence[str], now_ms: int) -> bool:
    """Whether a look at the queue is worth a write transaction."""
    return _DUE(tx, queues=list(queues), now_ms=now_ms).first() is not None


def _is_free(queues: Sequence[str], now_ms: int) -> ColumnElement[bool]:
    unleased = or_(jobs.c.lease_until_ms.is_(None), jobs.c.lease_until_ms < now_ms)
    waiting = jobs.c.state == JobState.WAITING.value
    return and_(jobs.c.queue.in_(queues), waiting, jobs.c.run_at_ms <= now_ms, unleased)


_DUE = Prepared(lambda queues, now_ms: select(jobs.c.id).where(_is_free(queues, now_ms)).limit(1))


def claim(tx: Connection, queues: Sequence[str], lease: str, now_ms: int, until_ms: int) -> Job | None:
    """Take the longest due job whose lease is free; the conditional update says whether this worker won."""
    won = _CLAIM(tx, queues=list(queues), whose=lease, now_ms=now_ms, until_ms=until_ms).first()
    if won is None:
        return None
    return Job(won.id, won.queue, won.name, won.key, won.args, won.attempts, lease, won.run_at_ms)


def _claim(queues: Sequence[str], whose: object, now_ms: int, until_ms: object) -> ReturningUpdate[Any]:
    free = _is_free(queues, now_ms)
    due = select(jobs.c.id).where(free).order_by(jobs.c.run_at_ms, jobs.c.id).limit(1).with_for_update(skip_locked=True)
    return (
        update(jobs)
        .where(jobs.c.id == due.scalar_subquery(), free)
        .values(lease=whose, lease_until_ms=until_ms, attempts=jobs.c.attempts + 1)
        .returning(jobs.c.id, jobs.c.queue, jobs.c.name, jobs.c.key, jobs.c.args, jobs.c.attempts, jobs.c.run_at_ms)
    )


_CLAIM = Prepared(_claim)


def finish(tx: Connection, job: Job, now_ms: int) -> bool:
    """Mark it done; False if this attempt no longer holds the lease."""
    return _FINISH(tx, job_id=job.id, whose=job.lease, now_ms=now_ms).rowcount == 1


_FINISH = Prepared(
    lambda job_id, whose, now_ms: (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.lease == whose, jobs.c.state == JobState.WAITING.value)
        .values(state=JobState.DONE.value, done_ms=now_ms, lease=None, lease_until_ms=None, last_error=None)
    )
)


def fail(tx: Connection, job: Job, error: str, run_at_ms: int | None) -> None:
    """Give it back until `run_at_ms`, or for good (None: dead); nothing if another worker holds it."""
    state = JobState.DEAD if run_at_ms is None else JobState.WAITING
    values = {"state": state.value, "lease": None, "lease_until_ms": None, "last_error": error[:ERROR_CHARS_MAX]}
    if run_at_ms is not None:
        values["run_at_ms"] = run_at_ms  # type: ignore[assignment]
    tx.execute(update(jobs).where(jobs.c.id == job.id, jobs.c.lease == job.lease).values(values))


def revive(tx: Connection, event_id: int, job_id: int, now_ms: int) -> bool:
    """Let a dead job of an event try again from the start; False if there is no such dead job."""
    done = tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.event_id == event_id, jobs.c.state == JobState.DEAD.value)
        .values(state=JobState.WAITING.value, attempts=0, run_at_ms=now_ms)
    )
    return done.rowcount == 1


def counts(tx: Connection) -> dict[tuple[str, str], int]:
    """How many jobs there are per (queue, state)."""
    rows = tx.execute(select(jobs.c.queue, jobs.c.state, func.count()).group_by(jobs.c.queue, jobs.c.state))
    return {(queue, state): n for queue, state, n in rows}


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job as people see it."""

    id: int
    queue: str
    name: str
    state: str
    run_at_ms: int
    created_ms: int
    attempts: int
    is_running: bool
    last_error: str | None


def listed(
    tx: Connection, event_id: int, state: JobState, below: int | None, now_ms: int, limit: int
) -> tuple[ListedJob, ...]:
    """Jobs of an event below a number, the newest first."""
    c = jobs.c
    running = and_(c.lease_until_ms.is_not(None), c.lease_until_ms >= now_ms).label("is_running")
    wanted = select(c.id, c.queue, c.name, c.state, c.run_at_ms, c.created_ms, c.attempts, running, c.last_error).where(
        c.event_id == event_id, c.state == state.value, *([c.id < below] if below is not None else [])
    )
    rows = tx.execute(wanted.order_by(c.id.desc()).limit(limit))
    return tuple(ListedJob(**{**row._asdict(), "is_running": bool(row.is_running)}) for row in rows)


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs of an event wait, how many of them have failed before, how many are given up."""

    waiting: int
    failing: int
    dead: int


def counts_of_event(tx: Connection, event_id: int) -> JobCounts:
    """Counted without those that are done."""
    c = jobs.c
    waiting = select(func.count(), func.count(c.last_error)).where(
        c.event_id == event_id, c.state == JobState.WAITING.value
    )
    dead = select(func.count()).where(c.event_id == event_id, c.state == JobState.DEAD.value)
    every, failing = tx.execute(waiting).one()
    return JobCounts(int(every), int(failing), int(tx.execute(dead).scalar_one()))
