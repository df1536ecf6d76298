"""Kiosks that people set up at another point: heard from the kiosk; the scribe states it (`scribe_jobs`)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from common.bodies import Moved
from common.entries import Entry
from syncserver.jobs.queue import enqueue
from syncserver.jobs.statement_args import MOVED, SCRIBE_QUEUE, MovedArgs
from syncserver.stores.events import EventRow


def ask_for_moves(tx: Connection, event: EventRow, found: Iterable[Entry], now_ms: int) -> None:
    """Have the scribe state what these entries say of their writers' places; each once, however often folded."""
    for entry in found:
        if isinstance(entry.body, Moved):
            digest, device = entry.ref.digest, entry.ref.identity.device
            args = MovedArgs(event.id, digest, device, entry.operator, entry.body.point, entry.body.before)
            enqueue(tx, SCRIBE_QUEUE, MOVED, args, digest.hex(), now_ms)
