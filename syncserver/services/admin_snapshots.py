"""Snapshots as people see them: when each was built, how large it is, how long it took; and building one now."""

from __future__ import annotations

from dataclasses import dataclass

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.admin_names import PER_PAGE, below_of
from syncserver.services.snapshot_queue import ask_for_snapshot
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import entries as entry_store
from syncserver.stores import snapshots as store
from syncserver.stores.events import EventRow
from syncserver.stores.snapshots import SnapshotRow


@dataclass(frozen=True, slots=True)
class ShownSnapshot:
    """A snapshot and the size of its files in bytes; no sizes: the files were removed, newer ones are kept."""

    row: SnapshotRow
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A page of snapshots, and how many entries came since the newest; `list_minutes` between lists, 0: none."""

    snapshots: tuple[ShownSnapshot, ...]
    behind: int
    list_minutes: int
    next: str | None


class Snapshots:
    """Reads snapshots for people, and asks for new ones."""

    def __init__(self, db: Database, clock: Clock, list_minutes: int) -> None:
        self._db, self._clock, self._list_minutes = db, clock, list_minutes

    def page(self, event: EventRow, cursor: str | None) -> SnapshotPage:
        """Snapshots of an event, the newest first."""
        with self._db.read() as tx:
            rows = store.built_below(tx, event.id, below_of(cursor), PER_PAGE + 1)
            sizes = store.sizes(tx, event.id, [row.build_ms for row in rows])
            newest = store.newest(tx, event.id)
            behind = entry_store.head(tx, event.id).position - (newest.position if newest else 0)
        shown = tuple(ShownSnapshot(row, sizes.get(row.build_ms, {})) for row in rows[:PER_PAGE])
        below = str(rows[PER_PAGE - 1].id) if len(rows) > PER_PAGE else None
        return SnapshotPage(shown, behind, self._list_minutes, below)

    def build(self, actor: Actor, key: bytes) -> None:
        """Ask for one now; the same `key` again asks for no second one."""
        with self._db.write() as tx:
            if ask_for_snapshot(tx, actor.event_id, f"asked-{key.hex()}", self._clock.now_ms()):
                record(tx, actor, Action.BUILD, "snapshot")
