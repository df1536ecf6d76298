"""What each process remembers of events for a moment, so that "nothing new" touches no table."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from common.clock import Clock
from common.exchange import Cursor
from common.ids import DeviceId, EventUid
from common.keys import KeyUse
from common.signing import VerifyKey
from syncserver.db.engine import Database
from syncserver.services.keys import EventRing, ring_of
from syncserver.services.problems import NotHere
from syncserver.services.tail import Tail
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import snapshots as snapshot_store
from syncserver.stores.entries import Head, StoredEntry
from syncserver.stores.events import EventRow
from syncserver.stores.snapshots import SnapshotRow

EVENT_S = 2.0
HEAD_S = 0.2
KEYS_MAX = 20_000
TAIL_READ_MAX = 2_000  # entries read at once to bring the tail up to date

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event with its signed key list and the newest snapshot."""

    event: EventRow
    ring: EventRing
    snapshot: SnapshotRow | None


@dataclass(frozen=True, slots=True)
class _Aged(Generic[T]):
    value: T
    at_s: float


class KnownEvents:
    """Events, heads and device keys of one process. Safe to share between threads."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._events: dict[EventUid, _Aged[KnownEvent]] = {}
        self._heads: dict[int, _Aged[Head]] = {}
        self._tails: dict[int, Tail] = {}
        self._keys: dict[tuple[int, DeviceId], VerifyKey] = {}
        self._lock = threading.Lock()

    def event(self, uid: EventUid) -> KnownEvent:
        """The event, at most 2 s old. Raises NotHere."""
        known = self._events.get(uid)
        if known is None or self._clock.monotonic_s() - known.at_s >= EVENT_S:
            known = _Aged(self._load(uid), self._clock.monotonic_s())
            self._events[uid] = known
        return known.value

    def _load(self, uid: EventUid) -> KnownEvent:
        with self._db.read() as tx:
            event = event_store.by_uid(tx, uid)
            ring = ring_of(tx, event.id) if event else None
            if event is None or ring is None:
                raise NotHere(f"event {uid.hex()}: not on this server; check the address the kiosk was given")
            return KnownEvent(event, ring, snapshot_store.newest(tx, event.id))

    def head(self, event_id: int) -> Head:
        """Where the entries end, at most 0.2 s old."""
        known = self._heads.get(event_id)
        if known is None or self._clock.monotonic_s() - known.at_s >= HEAD_S:
            with self._db.read() as tx:
                head = entry_store.head(tx, event_id)
            self._tail(event_id).drop_unless(head)
            known = _Aged(head, self._clock.monotonic_s())
            self._heads[event_id] = known
        return known.value

    def appended(self, event_id: int, rows: Sequence[StoredEntry]) -> None:
        """What this process has just appended, and committed, need not be read again."""
        if not rows:
            return
        self._tail(event_id).add(rows)
        head, known = Head(rows[-1].position, rows[-1].tag), self._heads.get(event_id)
        if known is None or known.value.position < head.position:
            self._heads[event_id] = _Aged(head, self._clock.monotonic_s())

    def behind(self, event_id: int, cursor: Cursor, limit: int) -> list[StoredEntry] | None:
        """Up to `limit` entries behind a cursor, from memory; None: only the database can say."""
        head, tail = self.head(event_id), self._tail(event_id)
        self._bring_up(event_id, tail, head)
        found = tail.after(cursor, limit)
        return None if not found and cursor.position < head.position else found

    def _bring_up(self, event_id: int, tail: Tail, head: Head) -> None:
        """Read what other processes, or the scribe, have appended since: once for all who ask for it."""
        end = tail.end()
        if end is not None and end.position >= head.position:
            return
        if end is None or head.position - end.position > TAIL_READ_MAX:
            tail.drop()
            first = max(head.position - TAIL_READ_MAX, 0) + 1
        else:
            first = end.position  # the row that is here too: it shows that both are of one history
        with self._db.read() as tx:
            tail.add(entry_store.after(tx, event_id, first - 1, TAIL_READ_MAX + 1))

    def _tail(self, event_id: int) -> Tail:
        return self._tails.setdefault(event_id, Tail())

    def key(self, known: KnownEvent, device: DeviceId) -> VerifyKey | None:
        """The key of a device of this event; only found ones are remembered."""
        place = (known.event.id, device)
        key = self._keys.get(place)
        if key is None:
            key = self._find_key(known, device)
            if key is not None:
                self.learn(known.event.id, key)
        return key

    def learn(self, event_id: int, key: VerifyKey) -> None:
        """Remember a device's key."""
        with self._lock:
            if len(self._keys) >= KEYS_MAX:
                self._keys.clear()
            self._keys[event_id, DeviceId(key.kid)] = key

    def _find_key(self, known: KnownEvent, device: DeviceId) -> VerifyKey | None:
        if device in known.ring.servers:
            scribes = (entry.public for entry in known.ring.ring.key_list.keys if entry.use is KeyUse.SCRIBE)
            return next(key for key in map(VerifyKey.of_device, scribes) if key.kid == device)
        with self._db.read() as tx:
            found = device_store.by_id(tx, known.event.id, device)
        return VerifyKey.of_device(found.public) if found else None
