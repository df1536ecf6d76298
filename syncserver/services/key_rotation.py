"""Rotating and withdrawing an event's keys.

Rotated: the next key, which kiosks have known since the list named it, signs from now on; what the old one signed stays
good. Withdrawn: the old one is not trusted for anything that was not heard otherwise; a pass it signed is good if its
ticket is in a snapshot or in what was learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from common.keys import KeyEntry
from syncserver.db.engine import Database
from syncserver.services.keys import (
    ROTATED,
    KeysMissing,
    KeyStore,
    RetiredKey,
    check_keys,
    publish_key_list,
    ring_of,
    tells_all,
)
from syncserver.services.scribe import NoSuchEvent
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow

# A certificate or statement that could be forged takes more than a list: devices enrol again at another event's server.
WITHDRAWN: Final = ("pass", "badge", "online")


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key of the event as its newest list tells it. `state`: in use, next, retired, withdrawn."""

    kid: str
    use: str
    state: str


class KeyRotation:
    """Changes keys and publishes the lists. The commands of two people at once wait for each other."""

    def __init__(self, db: Database, clock: Clock, keys: KeyStore) -> None:
        self._db, self._clock, self._keys = db, clock, keys

    def rotate(self, event_id: int, use: str) -> str:
        """Sign with the next key of this use from now on; the id of the key that signs now. Raises BadInput."""
        if use not in ROTATED:
            raise BadInput(f"{use}: keys of {', '.join(ROTATED)} can be rotated")
        with self._db.write() as tx:
            event = event_store.by_id(tx, event_id)
            if event is None:
                raise NoSuchEvent(f"there is no event {event_id}")
            self._keys.rotate(event.uid, use)
            self._publish(tx)
        return self._named(event, use)

    def withdraw(self, event_id: int, kid: str) -> str:
        """Withdraw the key of this id, after rotating it away where it is in use; its use. Raises BadInput."""
        found = self._find(event_id, kid)
        use = found.use.value
        if use not in WITHDRAWN:
            names = ", ".join(WITHDRAWN)
            raise BadInput(f"{kid} is a {use} key: only keys of {names} can be withdrawn; rotate it instead")
        state = self._state(found)
        if state == "in use":
            self.rotate(event_id, use)
        elif state == "next":
            self._keys.replace_next(found.event_uid, use)
        self._keys.retire(found.event_uid, RetiredKey(use, found.public, self._clock.now_ms() // 1000))
        with self._db.write() as tx:
            self._publish(tx)
        return use

    def refresh(self) -> tuple[str, ...]:
        """Publish new lists if one does not tell the keys as they are, as after a restore; the events it was wrong for.

        An event whose keys are not here, or are others, is left alone.
        """
        with self._db.write() as tx:
            stale = tuple(event.key for event in event_store.all_events(tx) if self._is_stale(tx, event))
            if stale:
                self._publish(tx)
        return stale

    def _is_stale(self, tx: Connection, event: EventRow) -> bool:
        try:
            check_keys(tx, self._keys, event)
        except (KeysMissing, BadInput):
            return False
        listed = ring_of(tx, event.id)
        return listed is not None and not tells_all(listed.ring.key_list, self._keys, event)

    def _publish(self, tx: Connection) -> None:
        """Of all events: each list names the pass keys of the others."""
        for one in reversed(event_store.all_events(tx)):
            if self._keys.has(one.uid):
                publish_key_list(tx, self._clock, self._keys, one)

    def listed(self, event_id: int) -> tuple[ListedKey, ...]:
        """The event's own keys, as kiosks are told."""
        own = self._own(event_id)
        return tuple(ListedKey(entry.kid.hex(), entry.use.value, self._state(entry)) for entry in own)

    def _own(self, event_id: int) -> tuple[KeyEntry, ...]:
        with self._db.read() as tx:
            ring = ring_of(tx, event_id)
        if ring is None:
            raise NoSuchEvent(f"event {event_id} has no key list here: run `rallygate-server import-event` first")
        key_list = ring.ring.key_list
        return tuple(entry for entry in key_list.keys if entry.event_uid == key_list.event_uid)

    def _find(self, event_id: int, kid: str) -> KeyEntry:
        fitting = [entry for entry in self._own(event_id) if entry.kid.hex() == kid.lower()]
        if len(fitting) != 1:
            raise BadInput(f"{kid}: no key of this event; `rallygate-server keys list` names them")
        return fitting[0]

    def _state(self, entry: KeyEntry) -> str:
        if entry.is_withdrawn():
            return "withdrawn"
        keys = self._keys.of(entry.event_uid)
        if entry.public in {key.verify_key.raw for _, key in keys.next_}:
            return "next"
        retired = {one.public for one in self._keys.retired(entry.event_uid)}
        return "retired" if entry.public in retired else "in use"

    def _named(self, event: EventRow, use: str) -> str:
        keys = self._keys.of(event.uid)
        now = {"pass": keys.pass_, "badge": keys.badge, "scribe": keys.scribe, "online": keys.online}[use]
        return now.kid.hex()
