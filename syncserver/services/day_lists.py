"""Ticket lists on days of redemption: names, plates and sizes of what was sold since come by a snapshot alone.

Asked for through the queue under one key for each snapshot and turn, so that several processes ask for one together.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from common.catalogue import Catalogue, decode_catalogue
from common.clock import Clock
from common.rules import DayRule, Window
from common.windows import window_finding
from syncserver.db.engine import Database
from syncserver.services.order_changes import NoteKind
from syncserver.services.snapshot_queue import ask_for_list
from syncserver.services.staff_actions import Action
from syncserver.stores import changed_lists as store
from syncserver.stores import events as event_store
from syncserver.stores import snapshots as snapshot_store
from syncserver.stores.events import EventRow
from syncserver.stores.snapshots import SnapshotRow

AHEAD_MS: Final = 3 * 3_600_000  # so long before a point opens the kiosks are set up, and lists are worth their bytes
STATED_KINDS: Final = (32, 33, 34)  # issued, issued anew, good for something else
NOTED_KINDS: Final = tuple(kind.value for kind in (NoteKind.NAME, NoteKind.VARIANT, NoteKind.ANSWER))
MS_PER_MIN: Final = 60_000
LATE_MS: Final = 2_000  # what is dated so long before a build may have been committed just after it read


class DayLists:
    """Asks for a new list where one is due; `every_minutes` 0: never."""

    def __init__(self, db: Database, clock: Clock, every_minutes: int) -> None:
        self._db, self._clock, self._every_ms = db, clock, every_minutes * MS_PER_MIN
        self._catalogues: dict[int, tuple[int, Catalogue]] = {}  # of each event the newest, and its version

    def step(self, event: EventRow) -> bool:
        """Whether one was asked for now."""
        now_ms = self._clock.now_ms()
        with self._db.read() as tx:
            newest = snapshot_store.newest(tx, event.id)
            if newest is None or not self._is_due(tx, event, newest, now_ms):
                return False
        turn = (now_ms - newest.build_ms) // self._every_ms
        with self._db.write() as tx:
            return ask_for_list(tx, event.id, newest.id, turn, now_ms)

    def _is_due(self, tx: Connection, event: EventRow, newest: SnapshotRow, now_ms: int) -> bool:
        """The cheap questions first: this is asked several times a minute.

        A list dated further ahead than that was built while the clock was wrong: it holds up no other.
        """
        if not self._every_ms or abs(now_ms - newest.build_ms) < self._every_ms:
            return False
        return is_changed(tx, event.id, newest) and self._is_day_of(tx, event, now_ms)

    def _is_day_of(self, tx: Connection, event: EventRow, now_ms: int) -> bool:
        version, catalogue = self._catalogues.get(event.id, (None, None))
        if version != event.catalogue_version:
            catalogue = _newest_catalogue(tx, event.id)
            if catalogue is not None:
                self._catalogues[event.id] = event.catalogue_version, catalogue
        return catalogue is not None and is_redeemed_soon(catalogue, now_ms)


def is_changed(tx: Connection, event_id: int, newest: SnapshotRow) -> bool:
    """Whether anything was sold, or a name, size, answer or note put right, that the snapshot does not have."""
    since_ms = newest.build_ms - LATE_MS
    return (
        store.is_stated_after(tx, event_id, newest.position, STATED_KINDS)
        or store.is_noted_since(tx, event_id, since_ms, NOTED_KINDS)
        or store.is_done_since(tx, event_id, since_ms, Action.NOTE.value)
    )


def _newest_catalogue(tx: Connection, event_id: int) -> Catalogue | None:
    kept = event_store.newest_catalogue(tx, event_id)
    catalogue = None if kept is None else decode_catalogue(kept[1])
    return catalogue if isinstance(catalogue, Catalogue) else None


def is_redeemed_soon(catalogue: Catalogue, now_ms: int) -> bool:
    """Whether some point is open now or opens within three hours.

    Hours that name no day, and points without hours, count from three hours before the event until its end.
    """
    is_event = catalogue.starts_ms - AHEAD_MS <= now_ms < catalogue.ends_ms
    windows = [point.rules.windows for point in catalogue.points]
    return any(
        (is_event and (not some or _opens_soon([one for one in some if not _names_days(one)], now_ms, catalogue.days)))
        or _opens_soon([one for one in some if _names_days(one)], now_ms, catalogue.days)
        for some in windows
    )


def _names_days(window: Window) -> bool:
    return bool(window.days) or window.from_ms is not None


def _opens_soon(windows: list[Window], now_ms: int, days: DayRule) -> bool:
    if not windows:
        return False
    shut = window_finding(windows, now_ms, days)
    if shut is None:
        return True
    opens_ms = shut.hint.from_ms
    return opens_ms is not None and opens_ms - now_ms <= AHEAD_MS
