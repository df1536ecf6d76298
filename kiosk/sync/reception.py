"""What comes in, from the server, a peer or a stick: checked by its own signature, stored, told to the station.

Used by several threads at once: the writer of the learnt entries puts portions in a row, a key list has a lock.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from typing import Final, TypeVar

from common.entries import Entry
from common.exchange import Cursor
from common.ids import DeviceId, Digest
from common.keys import KeyList, KeyRing, open_key_list
from common.signing import VerifyKey
from kiosk.store.enrolled import write_enrolled
from kiosk.store.faults import StoreTrouble
from kiosk.store.learnt import Intake, Tray
from kiosk.sync.held import Held
from kiosk.sync.intake import Sorter
from kiosk.sync.party import Party

STORED_AT_ONCE_MAX: Final = 250  # entries in one transaction: about 5 ms
UNSURE_MAX: Final = 5_000  # entries of commits that told an error; beyond it the oldest are found at the next start
T = TypeVar("T")
_NO_KEYS: Final[dict[DeviceId, VerifyKey]] = {}


@dataclass(frozen=True, slots=True)
class Voucher:
    """What is stored with the last portion of entries, as it vouches for all of them."""

    cursor: Cursor | None = None
    forgets_cursor: bool = False
    notes: tuple[tuple[str, int], ...] = ()
    tray: tuple[Tray, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """How many entries were new here, how many had to wait because their device is at its bound, what is nobody's."""

    new: int
    waits: int
    tray: tuple[Tray, ...] = ()


class Reception:
    """Takes in entries and key lists."""

    def __init__(self, party: Party, held: Held) -> None:
        self._party, self._held = party, held
        self._lock = threading.Lock()
        self._unsure: dict[Digest, Entry] = {}  # the disk told an error; it may have kept them all the same
        self.from_peers: SimpleQueue[Digest] = SimpleQueue()  # new here, and not from the server

    def receive(
        self,
        raws: Sequence[bytes],
        vouch: Callable[[tuple[Tray, ...]], Voucher],
        more_keys: dict[DeviceId, VerifyKey] = _NO_KEYS,
        *,
        is_by_peer: bool = False,
    ) -> Received:
        """Check each entry by its device's key, also by keys of certificates that came along, and store what holds.

        In portions, so that no scan waits long. While one is stored another thread checks the next: libsodium leaves
        Python's lock to others. `vouch` hears what is nobody's, and says what is stored with the last portion.
        Raises StoreTrouble; what was stored stays.
        """
        self._require_room(raws)
        sorter, storing = self._sorter(more_keys), _Storing(partial(self._take, is_by_peer=is_by_peer))
        with contextlib.closing(_checked_ahead(sorter, raws)) as portions:
            for portion in portions:
                storing.put(self._foreign(portion))
        rest = sorter.rest()
        for some in _portions(self._foreign(rest.entries)):
            storing.put(some)
        storing.finish(vouch(rest.tray))
        return Received(storing.new, storing.waits, rest.tray)

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

    def _sorter(self, more_keys: dict[DeviceId, VerifyKey]) -> Sorter:
        party = self._party
        find_key = _either(more_keys.get, party.around.key_of)  # an id is a thumbprint: both know the same key
        return Sorter(party.enrolled.event, party.ring, find_key, party.give_way)

    def _require_room(self, raws: Iterable[bytes]) -> None:
        size = sum(map(len, raws))
        if size:
            self._party.folder.require_room(size * 3)

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

    def _kept_after_all(self, new: Sequence[Entry]) -> tuple[Entry, ...]:
        """Entries that are stored since a commit that told an error, which nobody here was told of."""
        with self._lock:  # each is looked for by one alone; what is doubted meanwhile, by the next
            unsure, self._unsure = self._unsure, {}
        told, learnt = {entry.ref.digest for entry in new}, self._party.stores.learnt
        try:
            return tuple(one for at, one in unsure.items() if at not in told and learnt.raw_of(at) is not None)
        except StoreTrouble:
            self._doubt((*unsure.values(), *new))
            raise

    def _foreign(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        return tuple(entry for entry in entries if not self._is_in_journal(entry))

    def _is_in_journal(self, entry: Entry) -> bool:
        """An own entry that is here already; one that is not is a lost tail coming back."""
        journal = self._party.stores.journal
        return entry.ref.identity.device == journal.device and journal.raw_of(entry.ref.digest) is not None


class _Storing:
    """Stores portion by portion, the last one held back until it is known what goes with it."""

    def __init__(self, take: Callable[[Intake], Received]) -> None:
        self._take = take
        self._last: Sequence[Entry] = ()
        self.new = self.waits = 0

    def put(self, entries: Sequence[Entry]) -> None:
        if self._last:
            self._store(Intake(tuple(self._last)))
        self._last = entries

    def finish(self, voucher: Voucher) -> None:
        """A cursor is not stored where entries wait: they would never be asked for again."""
        cursor = None if self.waits else voucher.cursor
        self._store(Intake(tuple(self._last), voucher.tray, cursor, voucher.forgets_cursor, voucher.notes))

    def _store(self, intake: Intake) -> None:
        done = self._take(intake)
        self.new, self.waits = self.new + done.new, self.waits + done.waits


def nothing_vouched(_tray: tuple[Tray, ...]) -> Voucher:
    """For what peers and sticks bring: it vouches for nothing, and what is nobody's is not kept."""
    return Voucher()


def _checked_ahead(sorter: Sorter, raws: Sequence[bytes]) -> Generator[tuple[Entry, ...], None, None]:
    """What verifies, in portions; of a long answer the next ones are checked while one is looked at."""
    portions = _portions(raws)
    if len(portions) <= 1:
        yield from map(sorter.portion, portions)
        return
    with ThreadPoolExecutor(1, "check") as checking:
        yield from checking.map(sorter.portion, portions)


def _portions(many: Sequence[T]) -> list[Sequence[T]]:
    return [many[at : at + STORED_AT_ONCE_MAX] for at in range(0, len(many), STORED_AT_ONCE_MAX)]


def _either(
    first: Callable[[DeviceId], VerifyKey | None], second: Callable[[DeviceId], VerifyKey | None]
) -> Callable[[DeviceId], VerifyKey | None]:
    return lambda device: first(device) or second(device)
