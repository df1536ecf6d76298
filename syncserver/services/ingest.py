"""Ingest: verifies entries by their authors' keys and appends them. Nothing else: folding is the projector's work."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.bodies import DeviceStated
from common.certificates import DeviceCertificate, open_certificate
from common.clock import Clock
from common.entries import Entry, EntryFault, open_entry
from common.envelope import EnvelopeFault, digest
from common.exchange import Rejected
from common.ids import DeviceId, Digest
from common.signing import VerifyKey
from syncserver.db.engine import Database
from syncserver.services.append import Appended, append_entries
from syncserver.services.device_fold import add_certified
from syncserver.services.group_commit import GroupCommit
from syncserver.services.known_events import KnownEvent, KnownEvents
from syncserver.services.returned import note_returned
from syncserver.stores import entries as store

TRAY_PER_SENDER_MAX = 1_000
AUTHOR_BURST = 30_000
AUTHOR_PER_S = 500.0
WAIT_MS = 5_000
FEW = 8  # so few entries are verified sooner than it is asked whether they are held

Fault = EntryFault | EnvelopeFault


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of entries brought: `count` of them from the first are held here now, in the journal or the tray."""

    count: int
    appended: Appended | None  # None: nothing was appended, or others' entries together with these
    rejected: tuple[Rejected, ...]
    retry_after_ms: int | None = None


class AuthorBudget:
    """How many entries of one author are let in: a burst of 30,000, then 500 a second. Per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[tuple[int, DeviceId], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, event_id: int, author: DeviceId, count: int) -> int:
        """How many of `count` entries may come in now."""
        now = self._clock.monotonic_s()
        with self._lock:
            left, at = self._left.get((event_id, author), (float(AUTHOR_BURST), now))
            left = min(float(AUTHOR_BURST), left + (now - at) * AUTHOR_PER_S)
            allowed = min(count, int(left))
            self._left[event_id, author] = (left - allowed, now)
        return allowed


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What one call brings to be written: entries, and bytes for the tray with their faults."""

    event: KnownEvent
    good: Sequence[Entry]
    bad: Sequence[tuple[Digest, bytes, Fault]]
    sender: DeviceId | None


class Ingest:
    """The one way in for entries, whoever brings them."""

    def __init__(self, db: Database, clock: Clock, known: KnownEvents) -> None:
        self._db, self._clock, self._known = db, clock, known
        self._budget = AuthorBudget(clock)
        self._group: GroupCommit[_Delivery, Appended | None] = GroupCommit(self._write_group)

    def take(self, event: KnownEvent, raws: Sequence[bytes], sender: DeviceId | None) -> Taken:
        """Verify and append. One bad entry hinders none behind it; an author over its budget makes the rest wait."""
        if not raws:
            return Taken(0, None, ())
        names = [digest(raw) for raw in raws]
        fresh = self._not_held(event, dict(zip(names, raws, strict=True)))
        opened = self._opened(event, list(fresh.values()))
        count = self._within_budget(event, names, dict(zip(fresh, opened, strict=True)))
        first = set(names[:count])
        good = [entry for entry in opened if isinstance(entry, Entry) and entry.ref.digest in first]
        bad = [
            (name, raw, fault)
            for (name, raw), fault in zip(fresh.items(), opened, strict=True)
            if not isinstance(fault, Entry) and name in first
        ]
        appended = self._group.do(_Delivery(event, good, bad, sender)) if good or bad else None
        rejected = tuple(Rejected(name, str(fault.value)) for name, _, fault in bad)
        return Taken(count, appended, rejected, WAIT_MS if count < len(raws) else None)

    def _not_held(self, event: KnownEvent, by_digest: dict[Digest, bytes]) -> dict[Digest, bytes]:
        if len(by_digest) <= FEW:
            return by_digest
        with self._db.read() as tx:
            held = store.held(tx, event.event.id, list(by_digest))
        return {name: raw for name, raw in by_digest.items() if name not in held}

    def _opened(self, event: KnownEvent, raws: Sequence[bytes]) -> list[Entry | Fault]:
        """Entries or faults; authors named only by device statements of the same batch are found too."""
        uid = event.event.uid
        opened = [open_entry(raw, uid, lambda device: self._known.key(event, device)) for raw in raws]
        told = _keys_told(event, opened)
        if told and EnvelopeFault.UNKNOWN_KEY in opened:
            opened = [
                open_entry(raw, uid, told.get) if one is EnvelopeFault.UNKNOWN_KEY else one
                for raw, one in zip(raws, opened, strict=True)
            ]
        return opened

    def _within_budget(self, event: KnownEvent, names: Sequence[Digest], opened: Mapping[Digest, Entry | Fault]) -> int:
        """How many from the first may be taken; what is held or refused already costs its author nothing."""
        authors: dict[DeviceId, int] = {}
        for one in opened.values():
            if isinstance(one, Entry) and one.ref.identity.device not in event.ring.servers:
                author = one.ref.identity.device
                authors[author] = authors.get(author, 0) + 1
        left = {author: self._budget.take(event.event.id, author, n) for author, n in authors.items()}
        passed: set[Digest] = set()
        for at, name in enumerate(names):
            found = opened.get(name)
            if name in passed:
                continue  # twice in one message costs once
            passed.add(name)
            if not isinstance(found, Entry) or found.ref.identity.device not in left:
                continue
            if left[found.ref.identity.device] == 0:
                return at
            left[found.ref.identity.device] -= 1
        return len(names)

    def _write_group(self, deliveries: Sequence[_Delivery]) -> list[Appended | None]:
        """Write what came together, event by event, each in one transaction."""
        results: dict[int, Appended | None] = {}
        for event_id in {one.event.event.id for one in deliveries}:
            together = [one for one in deliveries if one.event.event.id == event_id]
            results[event_id] = self._write(together)
        is_alone = len(deliveries) == 1
        return [results[one.event.event.id] if is_alone else None for one in deliveries]

    def _write(self, together: Sequence[_Delivery]) -> Appended | None:
        event, now_ms = together[0].event, self._clock.now_ms()
        good = [entry for one in together for entry in one.good]
        with self._db.write() as tx:
            note_returned(tx, event.event, event.ring, good, now_ms)
            appended = append_entries(tx, event.event, event.ring, good, now_ms) if good else None
            for one in together:
                self._fill_tray(tx, event, one.bad, one.sender, now_ms)
            for certificate in [e.body.certificate for e in good if isinstance(e.body, DeviceStated)]:
                self._admit(tx, event, certificate, now_ms)
        if appended is not None:
            self._known.appended(event.event.id, appended.rows)
        return appended

    def _fill_tray(
        self,
        tx: Connection,
        event: KnownEvent,
        bad: Sequence[tuple[Digest, bytes, Fault]],
        sender: DeviceId | None,
        now_ms: int,
    ) -> None:
        room = TRAY_PER_SENDER_MAX - store.rejected_count(tx, event.event.id, sender) if bad else 0
        for name, raw, fault in bad[: max(room, 0)]:
            store.reject(tx, event.event.id, name, str(fault.value), raw, sender, now_ms)

    def admit(self, event: KnownEvent, certificate: bytes) -> DeviceCertificate | None:
        """Know a device that this server has forgotten: a certificate of our own scribe suffices."""
        if not isinstance(open_certificate(certificate, event.ring.ring), DeviceCertificate):
            return None
        with self._db.write() as tx:
            return self._admit(tx, event, certificate, self._clock.now_ms())

    def _admit(self, tx: Connection, event: KnownEvent, certificate: bytes, now_ms: int) -> DeviceCertificate | None:
        opened = add_certified(tx, event.event, event.ring, certificate, now_ms, is_remembered=False)
        if opened is not None:
            self._retry_tray(tx, event, opened.key, now_ms)
        return opened

    def _retry_tray(self, tx: Connection, event: KnownEvent, key: VerifyKey, now_ms: int) -> None:
        """What lay in the tray for want of this key is an entry after all."""
        waiting = store.rejected_for(tx, event.event.id, EnvelopeFault.UNKNOWN_KEY.value)
        found = [open_entry(raw, event.event.uid, {DeviceId(key.kid): key}.get) for raw in waiting]
        good = [one for one in found if isinstance(one, Entry)]
        if good:
            append_entries(tx, event.event, event.ring, good, now_ms)
            store.take_from_tray(tx, event.event.id, [entry.ref.digest for entry in good])


def _keys_told(event: KnownEvent, opened: Sequence[Entry | Fault]) -> dict[DeviceId, VerifyKey]:
    """Keys in certificates that statements of this very batch carry."""
    told: dict[DeviceId, VerifyKey] = {}
    for entry in opened:
        if isinstance(entry, Entry) and isinstance(entry.body, DeviceStated):
            certificate = open_certificate(entry.body.certificate, event.ring.ring)
            if isinstance(certificate, DeviceCertificate):
                told[certificate.device] = certificate.key
    return told
