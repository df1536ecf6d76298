"""What lies here as bytes, own and learnt, and the vectors that say so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from common.entries import Entry
from common.exchange import Line, VersionVector
from common.facts import ForkedFact
from common.ids import DeviceId, Digest, RunId
from common.vectors import (
    Lacked,
    LackedDigests,
    Link,
    RunKey,
    extend,
    is_forked,
    lacking,
    lines_of,
    merge,
    numbers_twice,
    vector_of,
)
from kiosk.known import Stores

_RAWS_AT_ONCE: Final = 500
OnForked: TypeAlias = Callable[[Iterable[ForkedFact]], None]


class Held:
    """Vectors over journal and learnt entries, kept up to date entry by entry. May be asked by any thread."""

    def __init__(self, stores: Stores, on_forked: OnForked = lambda _forks: None) -> None:
        """`on_forked` hears of runs with numbers here that are of more than one entry, whenever there are more."""
        self._stores, self._on_forked = stores, on_forked
        self._lines: dict[RunKey, tuple[Line, ...]] = {}
        self._own_end = 0
        self._lock = threading.Lock()
        self.rebuild()

    def rebuild(self) -> None:
        """Read all links anew, run by run: at start and after pruning. About 0.2 s for 50,000 entries."""
        journal, learnt = self._stores.journal, self._stores.learnt
        with self._lock:
            self._own_end = journal.end()
            keys: dict[RunKey, None] = dict.fromkeys((journal.device, run) for run in journal.runs())
            keys.update(dict.fromkeys(learnt.runs()))
            self._lines = {}
            self._read(keys)

    def learnt(self, entries: Iterable[Entry]) -> None:
        """These were stored."""
        names = ((entry, entry.ref.identity) for entry in entries)
        with self._lock:
            self._add(
                ((name.device, name.run), Link(name.number, entry.ref.digest, entry.previous)) for entry, name in names
            )

    def bytes_vector(self) -> VersionVector:
        """What can be given to others."""
        with self._lock:
            self._take_own()
            return vector_of(self._lines)

    def known_vector(self) -> VersionVector:
        """What is known here, by bytes or by a snapshot's rows: what nobody need send."""
        vector = self.bytes_vector()
        for one in self._stores.snapshots.in_use:
            vector = merge(vector, one.file.manifest.vector, self)
        return vector

    def lacked_by(self, theirs: VersionVector) -> Iterator[Lacked]:
        """What lies here as bytes and a partner with this vector lacks; of own runs whatever it is not sure to have."""
        return lacking(self.bytes_vector(), theirs, self, self._stores.journal.device)

    def raws(self, lacked: Lacked, most: int) -> tuple[bytes, ...]:
        """The bytes of the first entries of what is lacked, in order."""
        if isinstance(lacked, LackedDigests):
            found = (self.raw(digest) for digest in lacked.digests[:most])
            return tuple(raw for raw in found if raw is not None)
        span = (lacked.run, lacked.first, lacked.last, most)
        numbered = dict(self._stores.learnt.raw_between(lacked.device, *span))
        if lacked.device == self._stores.journal.device:  # its lost tail was learnt from others
            numbered.update(self._stores.journal.raw_between(*span))
        return tuple(numbered[number] for number in sorted(numbered)[:most])

    def all_raws(self, lacked: Lacked, at_once: int = _RAWS_AT_ONCE) -> Iterator[bytes]:
        """The bytes of all entries of what is lacked, a portion at a time."""
        if isinstance(lacked, LackedDigests):
            yield from self.raws(lacked, len(lacked.digests))
            return
        for first in range(lacked.first, lacked.last + 1, at_once):
            last = min(lacked.last, first + at_once - 1)
            yield from self.raws(replace(lacked, first=first, last=last), at_once)

    def raw(self, digest: Digest) -> bytes | None:
        """The bytes of one entry."""
        return self._stores.journal.raw_of(digest) or self._stores.learnt.raw_of(digest)

    def links_at(self, device: DeviceId, run: RunId, number: int) -> tuple[Link, ...]:
        """The links held at a number of a run."""
        learnt = self._stores.learnt.links_at(device, run, number)
        if device != self._stores.journal.device:
            return learnt
        return _distinct((*self._stores.journal.links_at(run, number), *learnt))

    def links_of(self, device: DeviceId, run: RunId) -> tuple[Link, ...]:
        """All links held of a run."""
        learnt = self._stores.learnt.links_of(device, run)
        if device != self._stores.journal.device:
            return learnt
        return _distinct((*self._stores.journal.links_of(run), *learnt))

    def _take_own(self) -> None:
        """Own entries written since the last look."""
        journal = self._stores.journal
        while rows := journal.after(self._own_end, 1000):
            self._add(((journal.device, row.run), Link(row.number, row.digest, row.previous)) for row in rows)
            self._own_end = rows[-1].position

    def _add(self, stored: Iterable[tuple[RunKey, Link]]) -> None:
        """Bring the lines up to date: of a run whose links do not simply go on, from all of them, once."""
        anew: dict[RunKey, None] = {}
        for key, link in stored:
            lines = None if key in anew else extend(self._lines.get(key, ()), link)
            if lines is not None:
                self._lines[key] = lines
            if lines is None or _are_at(lines, link.number) > 1:
                anew[key] = None
        self._read(anew)

    def _read(self, keys: Iterable[RunKey]) -> None:
        """Look at all links of these runs."""
        forks: list[ForkedFact] = []
        for key in keys:
            links = self.links_of(*key)
            self._lines[key] = lines_of(links)
            spans = numbers_twice(links) if is_forked(self._lines[key]) else ()
            if spans:
                forks.append(ForkedFact(*key, spans))
        if forks:
            self._on_forked(forks)


def _are_at(lines: Iterable[Line], number: int) -> int:
    """How many branches have this number: one that grew may have come to where another is."""
    return sum(line.first <= number <= line.last for line in lines)


def _distinct(links: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple({link.digest: link for link in links}.values())
