"""Putting jobs into the queue: always in the transaction of the change that causes them."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from syncserver.stores import jobs as store


def enqueue(
    tx: Connection,
    queue: str,
    name: str,
    args: msgspec.Struct,
    key: str,
    run_at_ms: int,
    *,
    event_id: int | None = None,
) -> bool:
    """Ask for `name` to be carried out at least once, from `run_at_ms` (ms UTC) on; pass now for at once.

    `key` makes it idempotent: the same name and key again is the same job. False says it was there already.
    `event_id` says whose staff may see the job, where its arguments do not name an event themselves.
    """
    whose = getattr(args, "event_id", event_id)
    return store.add(tx, queue, name, key, msgspec.json.encode(args).decode(), run_at_ms, run_at_ms, whose)
