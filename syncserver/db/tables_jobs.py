"""Outbox and queue in one table."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from syncserver.db.base import big, metadata, millis, row_id, text

jobs = Table(
    "jobs",
    metadata,
    row_id(),
    text("queue"),
    text("name"),
    text("key"),  # the same name and key is the same job: asked for twice, done once
    text("args"),  # JSON of the handler's own argument type
    text("state"),  # jobs.model.JobState
    millis("run_at_ms"),
    millis("created_ms"),
    big("attempts"),
    text("lease", nullable=True),  # whose attempt is running
    millis("lease_until_ms", nullable=True),
    text("last_error", nullable=True),
    millis("done_ms", nullable=True),
    big("event_id", nullable=True),  # whose staff may see it; None: of no one event
    UniqueConstraint("name", "key"),
    # What a worker looks for: the due ones of its queues.
    Index("ix_jobs_due", "queue", "state", "run_at_ms"),
    Index("ix_jobs_event", "event_id", "state", "id"),
)
