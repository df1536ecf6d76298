"""Asking for a snapshot, in the transaction of what makes it worth while."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from syncserver.jobs.queue import enqueue
from syncserver.stores import entries as entry_store
from syncserver.stores import snapshots as store

SNAPSHOT_QUEUE = "snapshots"
BUILD = "build_snapshot"
JOINING_EVERY_MS = 10 * 60_000  # a hundred kiosks join in a morning, and each of them is a statement itself


class BuildArgs(msgspec.Struct, frozen=True):
    """Of which event; `instead_of`: only while this snapshot is the newest."""

    event_id: int
    instead_of: int | None = None


def ask_for_snapshot(tx: Connection, event_id: int, why: str, now_ms: int) -> bool:
    """Have a snapshot built soon; `why` names the occasion, so that one occasion builds one."""
    return enqueue(tx, SNAPSHOT_QUEUE, BUILD, BuildArgs(event_id), f"{event_id}:{why}", now_ms)


def ask_for_list(tx: Connection, event_id: int, newest: int, turn: int, now_ms: int) -> bool:
    """Have one built in place of the newest, unless another comes first; once in each turn (it may have failed)."""
    args = BuildArgs(event_id, newest)
    return enqueue(tx, SNAPSHOT_QUEUE, BUILD, args, f"{event_id}:list:{newest}:{turn}", now_ms)


def ask_for_joining(tx: Connection, event_id: int, now_ms: int) -> None:
    """Have one built for a kiosk that joins, if anything came after the newest: at once, or within ten minutes.

    What was sold since reaches it by exchange as well, but names only by a snapshot.
    """
    newest = store.newest(tx, event_id)
    if newest is not None and entry_store.head(tx, event_id).position <= newest.position:
        return
    turn = now_ms // JOINING_EVERY_MS
    if not ask_for_snapshot(tx, event_id, f"joining:{turn}", now_ms):
        ask_for_snapshot(tx, event_id, f"joining:{turn + 1}", (turn + 1) * JOINING_EVERY_MS)
