"""Asking for a snapshot, in the transaction of what makes it worth while."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from syncserver.jobs.queue import enqueue

SNAPSHOT_QUEUE = "snapshots"
BUILD = "build_snapshot"


class BuildArgs(msgspec.Struct, frozen=True):
    """Of which event."""

    event_id: int


def ask_for_snapshot(tx: Connection, event_id: int, why: str, now_ms: int) -> bool:
    """Have a snapshot built soon; `why` names the occasion, so that one occasion builds one."""
    return enqueue(tx, SNAPSHOT_QUEUE, BUILD, BuildArgs(event_id), f"{event_id}:{why}", now_ms)
