"""The composition root: a kiosk's parts put together from its folder. Nothing is built at import time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from common.clock import Clock, SystemClock
from common.entries import Entry
from common.errors import BadInput
from common.keys import KeyRing
from kiosk.device_clock import DeviceClock, Remembered
from kiosk.failpoints import Failpoints
from kiosk.inside import Inside
from kiosk.known import Known, Stores
from kiosk.losses import Losses
from kiosk.station import Station, StationParts
from kiosk.store.enrolled import Enrolled, device_key, read_enrolled
from kiosk.store.faults import StoreTrouble
from kiosk.store.folder import Folder, FolderLock
from kiosk.store.journal import Journal
from kiosk.store.learnt import LEARNT, Learnt
from kiosk.store.salvage import check_journal, check_learnt, missing_words
from kiosk.store.snapshots import Snapshots
from kiosk.surroundings import Surroundings
from kiosk.sync.peer_settings import PeerSettings
from kiosk.turnstile.settings import TurnstileSettings
from kiosk.unlisted import Unlisted

_log = logging.getLogger("rallygate.kiosk")


@dataclass(frozen=True, slots=True)
class Options:
    """What a test or a front end may replace; the real parts by default."""

    clock: Clock = field(default_factory=SystemClock)
    failpoints: Failpoints = field(default_factory=Failpoints)
    peers: PeerSettings = field(default_factory=PeerSettings)
    turnstile: TurnstileSettings = field(default_factory=TurnstileSettings)


@dataclass
class Kiosk:
    """An enrolled kiosk, opened. `warnings`: what was wrong with its files and what became of it."""

    folder: Folder
    enrolled: Enrolled
    ring: KeyRing
    stores: Stores
    device_clock: DeviceClock
    around: Surroundings
    known: Known
    station: Station
    clock: Clock
    lock: FolderLock
    bell: EntryBell
    inside: Inside
    unlisted: Unlisted
    warnings: tuple[str, ...]

    def heard(self, entries: tuple[Entry, ...]) -> None:
        """Entries of others were learnt."""
        self.station.heard(entries)
        self.inside.heard(entries)

    def close(self) -> None:
        """Write what waits, then close every file. May be called twice."""
        self.inside.stop()
        self.station.close()
        self.stores.journal.close()
        self.stores.learnt.close()
        self.stores.snapshots.close()
        self.lock.release()


class EntryBell:
    """Rings whenever an own entry was committed; whoever exchanges listens."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this at every ring; it must return at once."""
        with self._lock:
            self._listeners.append(listener)

    def ring(self) -> None:
        """An entry was committed."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()


def open_kiosk(folder: Folder, options: Options | None = None) -> Kiosk:
    """The kiosk of a folder. Raises BadInput if it has not joined an event, StoreTrouble if files cannot be used."""
    options = options or Options()
    folder.make()
    enrolled = read_enrolled(folder)
    if enrolled is None:
        raise BadInput(f"{folder.path}: this kiosk has not joined an event; run rallygate-kiosk enrol first")
    lock = FolderLock(folder)
    try:
        return _open_locked(folder, enrolled, lock, options)
    except BaseException:
        lock.release()
        raise


def _open_locked(folder: Folder, enrolled: Enrolled, lock: FolderLock, options: Options) -> Kiosk:
    warnings = _repair(folder, options.clock.now_ms())
    ring = enrolled.ring()
    key = device_key(folder)
    journal = Journal(folder.journal, key, enrolled.event, options.failpoints)
    learnt = Learnt(folder.learnt, enrolled.event)
    warnings += _find_lost_tail(journal, learnt, options.clock.now_ms())
    snapshots = Snapshots(folder, ring, options.failpoints)
    stores = Stores(journal, learnt, snapshots)
    device_clock = DeviceClock(options.clock, remembered(stores))
    around = Surroundings(stores, ring, enrolled.point)
    bell = EntryBell()
    known = Known(stores, ring)
    unlisted = Unlisted(stores, known, enrolled.event)
    inside = Inside(stores, known, around, device_clock, unlisted.step)
    bell.listen(inside.wake)
    losses = Losses(stores, enrolled.event)
    parts = StationParts(
        stores, ring, around, known, device_clock, options.clock, options.failpoints, bell.ring, losses
    )
    warnings = (*warnings, *(str(trouble) for trouble in snapshots.troubles))
    for warning in warnings:
        _log.warning("%s", warning)
    return Kiosk(
        folder=folder,
        enrolled=enrolled,
        ring=ring,
        stores=stores,
        device_clock=device_clock,
        around=around,
        known=known,
        station=Station(parts),
        clock=options.clock,
        lock=lock,
        bell=bell,
        inside=inside,
        unlisted=unlisted,
        warnings=warnings,
    )


def _repair(folder: Folder, now_ms: int) -> tuple[str, ...]:
    warnings: list[str] = []
    salvaged = check_journal(folder.journal, now_ms)
    if salvaged is not None:
        warnings.append(
            f"the journal was damaged: {salvaged.saved} entries were saved, {missing_words(salvaged)} missing; "
            f"the old file is kept as {salvaged.kept_as}. What ever left this kiosk comes back from the server "
            "and other kiosks: connect it; until then every guest is asked about"
        )
    moved = check_learnt(folder.learnt, LEARNT, now_ms)
    if moved is not None:
        warnings.append(f"the file of learnt entries was damaged and is kept as {moved}; they are fetched anew")
    return tuple(warnings)


def _find_lost_tail(journal: Journal, learnt: Learnt, now_ms: int) -> tuple[str, ...]:
    """What was sent once was in the journal: where it ends before that, it was emptied or cut short."""
    sent, end = learnt.noted_number("sent_position") or 0, journal.end()
    if sent <= end:
        return ()
    what = (
        f"the journal has lost its end: {end} entries are here, {sent} were sent once. They come back from the server "
        "and other kiosks: connect it; until then every guest is asked about"
    )
    try:
        journal.lost_tail(now_ms, end).result()
        learnt.note("sent_position", end).result()
    except StoreTrouble as trouble:  # a full disk keeps nobody from looking; what is noted shows the loss once more
        return (what, str(trouble))
    return (what,)


def remembered(stores: Stores) -> Remembered:
    """What earlier contacts, snapshots and own entries say of the time."""
    learnt = stores.learnt
    journal = stores.journal  # its last entry may be a count of refusals, stamped with the time of the last of them
    times = [learnt.noted_number("signed_time_ms"), _last_own_ms(journal.last()), _last_own_ms(journal.last_use())]
    times += [one.file.build_ms for one in stores.snapshots.in_use]
    floor_ms = max((time_ms for time_ms in times if time_ms is not None), default=None)
    return Remembered(learnt.noted_number("offset_ms"), learnt.noted_number("measured_wall_ms"), floor_ms)


def _last_own_ms(entry: Entry | None) -> int | None:
    return None if entry is None or entry.stamp.doubtful else entry.stamp.corrected_ms
