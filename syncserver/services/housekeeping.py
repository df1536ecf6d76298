"""What happens by itself: proofs judged, points told of conflicts, copied devices marked, snapshots built and swept."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from common.clock import Clock
from common.errors import UserFacing
from syncserver.db.engine import Database
from syncserver.services.conflict_news import ConflictNews
from syncserver.services.day_lists import DayLists
from syncserver.services.forks import Forks
from syncserver.services.keys import KeyStore
from syncserver.services.picture_sizes import PictureSizes
from syncserver.services.proofs import Proofs
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import snapshots as store
from syncserver.stores.events import EventRow
from syncserver.stores.snapshots import SnapshotRow

ENTRIES_BETWEEN_BUILDS = 20_000
BUILD_EVERY_MS_MIN = 30 * 60_000
NIGHTLY_BEFORE_BORDER_MIN = 60
SNAPSHOTS_KEPT = 20
ROUND_S = 1.0
REST_TIMES = 4.0  # between two rounds of proofs: they hold the writer that entries wait for
REST_S_MAX = 3.0
LOOK_S = 15.0
FAILURE_PAUSE_S = 5.0
MS_PER_MIN = 60_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What decides whether a snapshot is due."""

    event: EventRow
    newest: SnapshotRow | None
    head: int
    now_ms: int


def is_due(state: State) -> bool:
    """Whether to build: none yet, the catalogue changed, 20,000 entries and 30 minutes on, or the night's has come."""
    newest = state.newest
    if newest is None or newest.catalogue_version != state.event.catalogue_version:
        return True
    if state.head == newest.position:
        return False
    is_many = state.head - newest.position >= ENTRIES_BETWEEN_BUILDS
    if is_many and state.now_ms - newest.build_ms >= BUILD_EVERY_MS_MIN:
        return True
    return newest.build_ms < last_nightly_ms(state.event, state.now_ms) <= state.now_ms


def last_nightly_ms(event: EventRow, now_ms: int) -> int:
    """When the last nightly build was to be: an hour before the border hour, by the event's wall clock."""
    zone = ZoneInfo(event.zone)
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    minute = (event.border_minute - NIGHTLY_BEFORE_BORDER_MIN) % 1440
    due = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    due_ms = round(due.timestamp() * 1000)
    return due_ms if due_ms <= now_ms else due_ms - 1440 * MS_PER_MIN


@dataclass(frozen=True, slots=True)
class Errands:
    """What is done unasked."""

    proofs: Proofs
    news: ConflictNews
    forks: Forks
    pictures: PictureSizes
    lists: DayLists


class Housekeeping:
    """One loop for all of it, beside the worker and the projector."""

    def __init__(
        self, db: Database, clock: Clock, keys: KeyStore, errands: Errands, builder: SnapshotBuilder, folder: Path
    ) -> None:
        self._db, self._clock, self._keys = db, clock, keys
        self._errands, self._builder, self._folder = errands, builder, folder
        self._looked_s = -LOOK_S
        self._swept: dict[int, int] = {}  # of each event the snapshot after which old files were removed

    def round(self) -> bool:
        """Do what is due now; whether proofs are left that may be judged as soon as others have had their turn."""
        with self._db.read() as tx:
            events = event_store.all_events(tx)
        ours = [event.id for event in events if self._keys.has(event.uid)]
        judged = sum(self._errands.proofs.step(event_id) for event_id in ours)
        for event_id in ours:
            self._errands.news.step(event_id)
        if self._clock.monotonic_s() - self._looked_s >= LOOK_S:
            self._looked_s = self._clock.monotonic_s()
            for event in events:
                self._errands.forks.step(event.id)
                self._build_if_due(event)
                self._remove_old(event)
            self._errands.pictures.step()  # the last: whatever a picture does, snapshots are built
        return judged > 0

    def _build_if_due(self, event: EventRow) -> None:
        with self._db.read() as tx:
            state = State(
                event, store.newest(tx, event.id), entry_store.head(tx, event.id).position, self._clock.now_ms()
            )
        if self._keys.has(event.uid) and is_due(state):
            built = self._builder.build(event.id)
            log.info("snapshot_built", event_id=event.id, tickets=built.ticket_count, took_ms=built.took_ms)
        elif self._keys.has(event.uid) and self._errands.lists.step(event):
            log.info("ticket_list_asked_for", event_id=event.id)

    def _remove_old(self, event: EventRow) -> None:
        """After every new snapshot, whoever asked for it."""
        with self._db.read() as tx:
            newest = store.newest(tx, event.id)
        if newest is None or self._swept.get(event.id) == newest.id:
            return
        self._swept[event.id] = newest.id
        with self._db.write() as tx:
            gone = store.forget_old_files(tx, event.id, SNAPSHOTS_KEPT * 2)
        for sha256 in gone:
            (self._folder / sha256.hex()).unlink(missing_ok=True)

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop. The outermost loop: what goes wrong is logged, and the next round tries again."""
        while not stop.is_set():
            try:
                began_s = self._clock.monotonic_s()
                is_more = self.round()
                took_s = self._clock.monotonic_s() - began_s
                stop.wait(min(took_s * REST_TIMES, REST_S_MAX) if is_more else ROUND_S)
            except UserFacing as fault:
                log.error("housekeeping_cannot", what=str(fault))  # noqa: TRY400 - the text says what to do
                stop.wait(LOOK_S)
            except Exception:
                log.exception("housekeeping_failed")
                stop.wait(FAILURE_PAUSE_S)
