"""What is still to be sent: own entries as they are written, and whatever a vector showed to be lacking."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Final

from common.envelope import EnvelopeFault, Typ, digest, open_unverified
from common.exchange import Rejected
from common.ids import Digest
from common.vectors import Lacked, LackedDigests, LackedRange
from kiosk.store.journal import Journal
from kiosk.store.learnt import Learnt
from kiosk.sync.held import Held

BATCH_BYTES_MAX: Final = 1024 * 1024
SKIP_FOR_S: Final = 600.0  # an entry the server cannot digest; the others go on, it is tried again later
SUSPECT_FOR_S: Final = 2.0  # at first, twice as long at each further failure: a proxy may have failed by chance
UNKNOWN_KEY_S: Final = 20.0  # the server forgot that device; its certificate may come with the next entries
SKIPPED_MAX: Final = 10_000
RELAY_AFTER_S: Final = 2.0  # a writer with an uplink has delivered by then, and the server's next answer shows it
RELAY_SPREAD_S: Final = 1.5  # so that of several one relays, and the others hear of it
RELAYS_MAX: Final = 10_000
FAILED_ON_IT: Final = "failed_on_it"  # the server answers with a fault as long as this entry is in the message


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a message. `position` in the journal for own new ones, `lacked` for what a vector showed."""

    raw: bytes
    position: int | None = None
    lacked: Lacked | None = None
    is_skipped: bool = False
    is_again: bool = False  # it was passed over before


@dataclass(frozen=True, slots=True)
class Batch:
    """The entries of one message, and those passed over on the way."""

    items: tuple[Item, ...]

    @property
    def raws(self) -> tuple[bytes, ...]:
        """What is sent."""
        return tuple(item.raw for item in self.items if not item.is_skipped)


class Outbox:
    """Keeps its place in the journal and in what is lacking. Used by the exchanging thread only."""

    def __init__(
        self,
        journal: Journal,
        held: Held,
        sent_position: int,
        monotonic_s: Callable[[], float],
        from_peers: SimpleQueue[Digest],
    ) -> None:
        self._from_peers = from_peers
        self._relays: dict[Digest, float] = {}
        self._journal, self._held, self._monotonic_s = journal, held, monotonic_s
        self.sent_position = min(sent_position, journal.end())  # a journal that lost its tail writes on before it
        self._backlog: deque[Lacked] = deque()
        self._skipped: dict[Digest, float] = {}
        self._again: list[Digest] = []
        self._suspected: dict[Digest, int] = {}
        self._refused: dict[Digest, str] = {}

    def batch(self, most: int) -> Batch:
        """The next entries to send: own new ones first, so that others hear of them at once."""
        self._end_skips()
        self._begin_relays()
        items = [
            Item(row.raw, position=row.position, is_skipped=self._is_skipped(row.digest))
            for row in self._journal.after(self.sent_position, most)
        ]
        again = self._raws_again(most - len(items))
        items += [Item(raw, is_skipped=self._is_skipped(digest(raw)), is_again=True) for raw in again]
        for lacked in self._backlog:
            if len(items) >= most:
                break
            raws = self._held.raws(lacked, most - len(items))
            items += [Item(raw, lacked=lacked, is_skipped=self._is_skipped(digest(raw))) for raw in raws]
        return Batch(tuple(_within_bytes(items)))

    def taken(self, batch: Batch, taken: int, rejected: Iterable[Rejected]) -> None:
        """The server holds the first `taken` entries of the message; rejected ones are not sent again for a while."""
        for one in rejected:
            self._skip(one.digest, UNKNOWN_KEY_S if one.reason == "unknown_key" else SKIP_FOR_S, one.reason)
        done: dict[Lacked, int] = {}
        for at, item in enumerate(batch.items):
            is_done = item.is_skipped or taken > 0 or self._is_skipped(digest(item.raw))
            if not is_done:
                self._put_off(batch.items[at:])
                break
            taken -= 0 if item.is_skipped else 1
            if not item.is_skipped and not self._is_skipped(digest(item.raw)):
                self._refused.pop(digest(item.raw), None)
            if item.position is not None:
                self.sent_position = item.position
            if item.is_again:
                self._again.remove(digest(item.raw))
            if item.lacked is not None:
                done[item.lacked] = done.get(item.lacked, 0) + 1
        self._backlog = deque(rest for lacked in self._backlog if (rest := _without(lacked, done.get(lacked, 0))))

    def _put_off(self, waiting: Sequence[Item]) -> None:
        """Whoever wrote the first of these wrote too much at once: others' entries go before them from now on."""
        first = waiting[0]
        if first.lacked is not None and first.lacked in self._backlog:
            self._backlog.remove(first.lacked)
            self._backlog.append(first.lacked)
        if first.is_again:
            author = _author(first.raw)
            late = [digest(item.raw) for item in waiting if item.is_again and _author(item.raw) == author]
            self._again = [*(one for one in self._again if one not in set(late)), *late]

    def lacks(self, lacked: Iterable[Lacked], own_end: int) -> None:
        """A vector showed all that the server lacks; own entries up to `own_end` are sent by that from now on."""
        self._backlog = deque(lacked)
        self._relays.clear()
        self.sent_position = max(self.sent_position, own_end)

    def came_from_server(self, raws: Iterable[bytes]) -> None:
        """What the server gives needs no relaying; where a peer brings an entry, its writer mostly does it itself."""
        self._note_peers()
        for raw in raws if self._relays else ():
            self._relays.pop(digest(raw), None)

    def delivered(self, position: int) -> None:
        """Own entries up to this position came to the server some other way."""
        self.sent_position = max(self.sent_position, position)

    def note_sent(self, learnt: Learnt) -> Future[None]:
        """Remember for the next start how far it came. The future may raise StoreTrouble.

        Not while a lost end is not written down: what was sent once is all that shows it at the next start.
        """
        if not self._journal.owes_marks:
            return learnt.note("sent_position", self.sent_position)
        nothing: Future[None] = Future()
        nothing.set_result(None)
        return nothing

    def skip_first_of(self, batch: Batch) -> None:
        """The server, or something before it, fails on this very entry: let the others pass."""
        for item in batch.items:
            if not item.is_skipped:
                self._suspect(digest(item.raw))
                return

    def _suspect(self, one: Digest) -> None:
        times = self._suspected.get(one, 0)
        if len(self._suspected) < SKIPPED_MAX:
            self._suspected[one] = times + 1
        self._skip(one, min(SKIP_FOR_S, SUSPECT_FOR_S * 2.0 ** min(times, 10)), FAILED_ON_IT)

    def has_more(self) -> bool:
        """Whether there is something to send."""
        return bool(self._again) or bool(self._backlog) or bool(self._journal.after(self.sent_position, 1))

    def pending(self) -> int:
        """Own entries, and others', that the server is not known to have."""
        backlog = sum(_size(lacked) for lacked in self._backlog)
        return backlog + max(0, self._journal.end() - self.sent_position)

    def refused(self) -> dict[Digest, str]:
        """Entries the server would not take, with its reason: kept here, tried again, told to people. Any thread."""
        return self._refused.copy()

    def _skip(self, one: Digest, for_s: float, reason: str) -> None:
        if len(self._skipped) < SKIPPED_MAX:
            self._skipped[one] = self._monotonic_s() + for_s
            self._refused[one] = reason

    def _note_peers(self) -> None:
        due_s = self._monotonic_s() + RELAY_AFTER_S + RELAY_SPREAD_S * self._journal.device[0] / 255
        while not self._from_peers.empty():
            if len(self._relays) < RELAYS_MAX:
                self._relays.setdefault(self._from_peers.get_nowait(), due_s)
            else:
                self._from_peers.get_nowait()  # vectors bring it

    def _begin_relays(self) -> None:
        """Peers' entries that the server has not given back in time: their writer does not reach it."""
        self._note_peers()
        now_s = self._monotonic_s()
        for one in [one for one, due_s in self._relays.items() if due_s <= now_s]:
            del self._relays[one]
            if one not in self._again:
                self._again.append(one)

    def _end_skips(self) -> None:
        """What was passed over long enough is sent anew, without waiting for a vector to show that it is lacking."""
        now_s = self._monotonic_s()
        for one in [one for one, until_s in self._skipped.items() if until_s < now_s]:
            del self._skipped[one]
            if one not in self._again and self._held.raw(one) is not None:
                self._again.append(one)

    def _raws_again(self, most: int) -> list[bytes]:
        """The next of what is sent anew. What is here no more (a snapshot holds it) waits for nothing: it is let go."""
        found = {one: self._held.raw(one) for one in self._again[: max(0, most)]}
        self._again = [one for one in self._again if one not in found or found[one] is not None]
        return [raw for raw in found.values() if raw is not None]

    def _is_skipped(self, one: Digest) -> bool:
        return one in self._skipped


def _within_bytes(items: list[Item]) -> list[Item]:
    total = 0
    kept: list[Item] = []
    for item in items:
        total += len(item.raw)
        if kept and total > BATCH_BYTES_MAX:
            break
        kept.append(item)
    return kept


def _author(raw: bytes) -> bytes:
    found = open_unverified(raw, Typ.ENTRY)
    return b"" if isinstance(found, EnvelopeFault) else found.kid


def _without(lacked: Lacked, count: int) -> Lacked | None:
    """What is left after its first `count` entries were taken."""
    if isinstance(lacked, LackedDigests):
        rest = lacked.digests[count:]
        return replace(lacked, digests=rest) if rest else None
    first = lacked.first + count
    return replace(lacked, first=first) if first <= lacked.last else None


def _size(lacked: Lacked) -> int:
    return lacked.last - lacked.first + 1 if isinstance(lacked, LackedRange) else len(lacked.digests)
