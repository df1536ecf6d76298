"""SQL of the job queue."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from syncserver.db.tables_jobs import jobs
from syncserver.jobs.model import ERROR_CHARS_MAX, Job, JobState


def add(tx: Connection, queue: str, name: str, key: str, args: str, run_at_ms: int, now_ms: int) -> bool:
    """Put a job in; False if one of this name and key is there already (in whatever state)."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {
        "queue": queue, "name": name, "key": key, "args": args, "state": JobState.WAITING.value,
        "run_at_ms": run_at_ms, "created_ms": now_ms, "attempts": 0,
    }  # fmt: skip
    new = insert(jobs).values(row).on_conflict_do_nothing(index_elements=["name", "key"]).returning(jobs.c.id)
    return tx.execute(new).first() is not None


def is_due(tx: Connection, queues: Sequence[str], now_ms: int) -> bool:
    """Whether a look at the queue is worth a write transaction."""
    due = select(jobs.c.id).where(_is_free(queues, now_ms)).limit(1)
    return tx.execute(due).first() is not None


def _is_free(queues: Sequence[str], now_ms: int) -> ColumnElement[bool]:
    unleased = or_(jobs.c.lease_until_ms.is_(None), jobs.c.lease_until_ms < now_ms)
    waiting = jobs.c.state == JobState.WAITING.value
    return and_(jobs.c.queue.in_(queues), waiting, jobs.c.run_at_ms <= now_ms, unleased)


def claim(tx: Connection, queues: Sequence[str], lease: str, now_ms: int, until_ms: int) -> Job | None:
    """Take the longest due job whose lease is free; the conditional update says whether this worker won."""
    free = _is_free(queues, now_ms)
    due = select(jobs.c.id).where(free).order_by(jobs.c.run_at_ms, jobs.c.id).limit(1).with_for_update(skip_locked=True)
    won = tx.execute(
        update(jobs)
        .where(jobs.c.id == due.scalar_subquery(), free)
        .values(lease=lease, lease_until_ms=until_ms, attempts=jobs.c.attempts + 1)
        .returning(jobs.c.id, jobs.c.queue, jobs.c.name, jobs.c.key, jobs.c.args, jobs.c.attempts)
    ).first()
    return None if won is None else Job(won.id, won.queue, won.name, won.key, won.args, won.attempts, lease)


def finish(tx: Connection, job: Job, now_ms: int) -> bool:
    """Mark it done; False if this attempt no longer holds the lease."""
    done = tx.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.lease == job.lease, jobs.c.state == JobState.WAITING.value)
        .values(state=JobState.DONE.value, done_ms=now_ms, lease=None, lease_until_ms=None, last_error=None)
    )
    return done.rowcount == 1


def fail(tx: Connection, job: Job, error: str, run_at_ms: int | None) -> None:
    """Give it back until `run_at_ms`, or for good (None: dead); nothing if another worker holds it."""
    state = JobState.DEAD if run_at_ms is None else JobState.WAITING
    values = {"state": state.value, "lease": None, "lease_until_ms": None, "last_error": error[:ERROR_CHARS_MAX]}
    if run_at_ms is not None:
        values["run_at_ms"] = run_at_ms  # type: ignore[assignment]
    tx.execute(update(jobs).where(jobs.c.id == job.id, jobs.c.lease == job.lease).values(values))


def revive(tx: Connection, job_id: int, now_ms: int) -> bool:
    """Let a dead job try again from the start; False if it is not dead."""
    done = tx.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == JobState.DEAD.value)
        .values(state=JobState.WAITING.value, attempts=0, run_at_ms=now_ms)
    )
    return done.rowcount == 1


def counts(tx: Connection) -> dict[tuple[str, str], int]:
    """How many jobs there are per (queue, state)."""
    rows = tx.execute(select(jobs.c.queue, jobs.c.state, func.count()).group_by(jobs.c.queue, jobs.c.state))
    return {(queue, state): n for queue, state, n in rows}


def dead(tx: Connection, limit: int = 200) -> list[tuple[int, str, str, str | None]]:
    """Dead jobs, newest first: (id, name, key, last error)."""
    rows = tx.execute(
        select(jobs.c.id, jobs.c.name, jobs.c.key, jobs.c.last_error)
        .where(jobs.c.state == JobState.DEAD.value)
        .order_by(jobs.c.id.desc())
        .limit(limit)
    )
    return [(row.id, row.name, row.key, row.last_error) for row in rows]
