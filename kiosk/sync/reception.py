"""What comes in, from the server, a peer or a stick: checked by its own signature, stored, told to the station.

Used by several threads at once: the writer of the learnt entries puts portions in a row, a key list has a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Final

from common.entries import Entry
from common.exchange import Cursor
from common.ids import DeviceId, Digest
from common.keys import KeyList, KeyRing, open_key_list
from common.signing import VerifyKey
from kiosk.store.enrolled import write_enrolled
from kiosk.store.faults import StoreTrouble
from kiosk.store.learnt import Intake
from kiosk.sync.held import Held
from kiosk.sync.intake import Sorted, sort_out
from kiosk.sync.party import Party

STORED_AT_ONCE_MAX: Final = 250  # entries in one transaction: about 5 ms
UNSURE_MAX: Final = 5_000  # entries of commits that told an error; beyond it the oldest are found at the next start
_NO_KEYS: Final[dict[DeviceId, VerifyKey]] = {}


@dataclass(frozen=True, slots=True)
class Voucher:
    """What is stored with the last portion of entries, as it vouches for all of them."""

    cursor: Cursor | None = None
    forgets_cursor: bool = False
    notes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """How many entries were new here, and how many had to wait because their device is at its bound."""

    new: int
    waits: int


class Reception:
    """Takes in entries and key lists."""

    def __init__(self, party: Party, held: Held) -> None:
        self._party, self._held = party, held
        self._lock = threading.Lock()
        self._unsure: dict[Digest, Entry] = {}  # the disk told an error; it may have kept them all the same
        self.from_peers: SimpleQueue[Digest] = SimpleQueue()  # new here, and not from the server

    def sort_out(self, raws: Iterable[bytes], more_keys: dict[DeviceId, VerifyKey] = _NO_KEYS) -> Sorted:
        """Check each entry by its device's key, also by keys of certificates that came along. Raises StoreTrouble."""
        raws, party = tuple(raws), self._party
        if raws:
            party.folder.require_room(sum(map(len, raws)) * 3)
        find_key = _either(more_keys.get, party.around.key_of)  # an id is a thumbprint: both know the same key
        return sort_out(raws, party.enrolled.event, party.ring, find_key, party.give_way)

    def store(self, found: Sorted, voucher: Voucher | None = None, *, is_by_peer: bool = False) -> Received:
        """Store in portions, so that no scan waits long; the voucher goes with the last. Raises StoreTrouble."""
        voucher = voucher or Voucher()
        foreign = tuple(entry for entry in found.entries if not self._is_in_journal(entry))
        new = waits = 0
        while len(foreign) > STORED_AT_ONCE_MAX:
            some, foreign = foreign[:STORED_AT_ONCE_MAX], foreign[STORED_AT_ONCE_MAX:]
            done = self._take(Intake(some), is_by_peer=is_by_peer)
            new, waits = new + done.new, waits + done.waits
        cursor = None if waits else voucher.cursor
        rest = Intake(foreign, found.tray, cursor, voucher.forgets_cursor, voucher.notes)
        done = self._take(rest, is_by_peer=is_by_peer)
        return Received(new + done.new, waits + done.waits)

    def take_key_list(self, raw: bytes) -> None:
        """A newer list of the same root replaces the one in force; an older or foreign one changes nothing."""
        party = self._party
        opened = open_key_list(raw, VerifyKey.of_event(party.enrolled.root))
        with self._lock:
            now = party.ring.key_list
            if not isinstance(opened, KeyList) or opened.event_uid != now.event_uid or opened.version <= now.version:
                return
            party.enrolled = replace(party.enrolled, key_list=raw)
            write_enrolled(party.folder, party.enrolled)
            party.ring = KeyRing(opened)
        party.on_ring(party.ring)

    def _take(self, intake: Intake, *, is_by_peer: bool) -> Received:
        self._party.give_way()
        try:
            taken = self._party.stores.learnt.take(intake).result()
        except StoreTrouble:
            self._doubt(intake.entries)
            raise
        new = (*self._kept_after_all(taken.new), *taken.new)
        self._held.learnt(new)
        if new:
            self._party.on_learnt(new)
        for entry in new if is_by_peer else ():
            self.from_peers.put(entry.ref.digest)
        return Received(len(new), taken.waits)

    def _doubt(self, entries: Iterable[Entry]) -> None:
        with self._lock:
            self._unsure.update((entry.ref.digest, entry) for entry in entries)
            for digest in tuple(self._unsure)[:-UNSURE_MAX]:
                del self._unsure[digest]

    def _kept_after_all(self, new: Iterable[Entry]) -> tuple[Entry, ...]:
        """Entries that are stored since a commit that told an error, which nobody here was told of."""
        with self._lock:
            unsure = dict(self._unsure)
        told, learnt = {entry.ref.digest for entry in new}, self._party.stores.learnt
        kept = [one for digest, one in unsure.items() if digest not in told and learnt.raw_of(digest) is not None]
        with self._lock:
            for digest in unsure:
                self._unsure.pop(digest, None)
        return tuple(kept)

    def _is_in_journal(self, entry: Entry) -> bool:
        """An own entry that is here already; one that is not is a lost tail coming back."""
        journal = self._party.stores.journal
        return entry.ref.identity.device == journal.device and journal.raw_of(entry.ref.digest) is not None


def _either(
    first: Callable[[DeviceId], VerifyKey | None], second: Callable[[DeviceId], VerifyKey | None]
) -> Callable[[DeviceId], VerifyKey | None]:
    return lambda device: first(device) or second(device)
