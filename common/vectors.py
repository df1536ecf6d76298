"""Version vectors: which entries of which run are here, in ranges linked by digest.

A line (first, last, digest) claims that entries first..last are here and each names the one before by its digest, up
to the one with `digest`. A run that a clone wrote twice is forked: it has a line for each branch, and they overlap.
All functions are pure; what lies here is asked for through `Holdings`, an index look-up a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from common.exchange import Line, RunLines, VersionVector
from common.ids import DeviceId, Digest, RunId

RunKey: TypeAlias = tuple[DeviceId, RunId]


@dataclass(frozen=True, slots=True)
class Link:
    """What of an entry makes the chain of its run: its number, its digest, the digest before it (None at 1)."""

    number: int
    digest: Digest
    previous: Digest | None


class Holdings(Protocol):
    """What lies here of one run, as indexed look-ups."""

    def links_at(self, device: DeviceId, run: RunId, number: int) -> Sequence[Link]:
        """All links held at a number: none, one, or several in a forked run."""
        ...

    def links_of(self, device: DeviceId, run: RunId) -> Iterable[Link]:
        """All links held of a run, in any order; asked for forked runs only."""
        ...


@dataclass(frozen=True, slots=True)
class LackedRange:
    """Entries first..last of a run that is not forked here: the partner lacks them, and all of them are here."""

    device: DeviceId
    run: RunId
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LackedDigests:
    """Entries of a forked run that the partner lacks, by digest in ascending number."""

    device: DeviceId
    run: RunId
    digests: tuple[Digest, ...]


Lacked: TypeAlias = LackedRange | LackedDigests


def lines_of(links: Iterable[Link]) -> tuple[Line, ...]:
    """The lines of one run from all its links, in any order and with repetitions. O(n log n)."""
    here = {link.digest: link for link in links}
    starts: dict[Digest, int] = {}
    inner: set[Digest] = set()
    for link in sorted(here.values(), key=lambda link: (link.number, link.digest)):
        before = _before(link, here)
        starts[link.digest] = link.number if before is None else starts[before.digest]
        if before is not None:
            inner.add(before.digest)
    return tuple(sorted(Line(starts[d], link.number, d) for d, link in here.items() if d not in inner))


def extend(lines: tuple[Line, ...], link: Link) -> tuple[Line, ...] | None:
    """The lines with one more link, where that needs no other link: the next number of a line, or far from any.

    None: recompute with `lines_of` from all links of the run (a hole filled, a fork, a repetition).
    """
    if any(line.first == link.number + 1 for line in lines):
        return None  # it may join two lines, or not: the later one's previous digest is not in the line
    for at, line in enumerate(lines):
        if line.last + 1 == link.number and line.digest == link.previous:
            longer = Line(line.first, link.number, link.digest)
            return tuple(sorted((*lines[:at], longer, *lines[at + 1 :])))
    if any(line.first - 1 <= link.number <= line.last + 1 for line in lines):
        return None
    return tuple(sorted((*lines, Line(link.number, link.number, link.digest))))


def is_forked(lines: Iterable[Line]) -> bool:
    """Whether two entries of the run have one number. Holds for what `lines_of` and `extend` give."""
    last = 0
    for line in sorted(lines):
        if line.first <= last:
            return True
        last = max(last, line.last)
    return False


def numbers_twice(links: Iterable[Link]) -> tuple[tuple[int, int], ...]:
    """Spans of the numbers of a run that two or more of its entries have."""
    digests: dict[int, set[Digest]] = {}
    for link in links:
        digests.setdefault(link.number, set()).add(link.digest)
    return spans_of(number for number, found in digests.items() if len(found) > 1)


def spans_of(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """(first, last) of each unbroken row of these numbers, in order."""
    spans: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return tuple(spans)


def vector_of(runs: Mapping[RunKey, tuple[Line, ...]]) -> VersionVector:
    """The vector of all runs, sorted; runs without a line are left out."""
    return tuple(sorted(RunLines(device, run, lines) for (device, run), lines in runs.items() if lines))


def lines_by_run(vector: VersionVector) -> dict[RunKey, tuple[Line, ...]]:
    """The vector as a mapping. A run named twice has the lines of both."""
    by_run: dict[RunKey, tuple[Line, ...]] = {}
    for run in vector:
        key = (run.device, run.run)
        by_run[key] = by_run.get(key, ()) + run.lines
    return by_run


def lacking(
    mine: VersionVector, theirs: VersionVector, held: Holdings, own: DeviceId | None = None
) -> Iterator[Lacked]:
    """What lies here as bytes (`mine`, `held`) and a partner with vector `theirs` lacks, run by run.

    A range of theirs counts as had only if its last digest is held here, or nothing at that number. In runs of the
    device `own` it counts only as far as links held here lead there: a copy may have written on, and what is withheld
    by mistake lies nowhere else. Runs with the same lines on both sides cost a comparison and no look-up; what is not
    lacked is never listed.
    """
    others = lines_by_run(theirs)
    for (device, run), lines in lines_by_run(mine).items():
        other = others.get((device, run), ())
        if sorted(other) == sorted(lines):
            continue
        if is_forked(lines):
            yield from _lacked_of_fork(device, run, other, held)
        else:
            had = [line for line in other if _is_had(device, run, line, held)]
            if device == own:
                had = [_within(line, one) for line in had for one in lines if one.first <= line.last <= one.last]
            yield from (LackedRange(device, run, *gap) for gap in _without(lines, had))


def covers(a: VersionVector, b: VersionVector, held: Holdings) -> bool:
    """Whether all that `b` claims is surely among what `a` claims; `held` looks into what `a` speaks of.

    Conservative: a line of `b` that ends inside one of `a` counts only if its last digest is found at that number.
    False means "not known to", so a snapshot is taken once too often, and never dropped too soon.
    """
    ours = lines_by_run(a)
    return all(
        _is_covered(key, line, ours.get(key, ()), held) for key, lines in lines_by_run(b).items() for line in lines
    )


def merge(a: VersionVector, b: VersionVector, held: Holdings) -> VersionVector:
    """A vector that claims what either claims; lines are joined where `held` shows that they are one branch.

    Lines that cannot be shown to be one stay apart, even if they overlap: each is true by itself.
    """
    ours, theirs = lines_by_run(a), lines_by_run(b)
    return vector_of({key: _merged(key, ours.get(key, ()) + theirs.get(key, ()), held) for key in ours | theirs})


class NothingHeld:
    """Holdings of someone who has only vectors to compare."""

    def links_at(self, device: DeviceId, run: RunId, number: int) -> Sequence[Link]:  # noqa: ARG002 - a protocol's
        """None."""
        return ()

    def links_of(self, device: DeviceId, run: RunId) -> Iterable[Link]:  # noqa: ARG002 - a protocol's
        """None."""
        return ()


def _before(link: Link, here: Mapping[Digest, Link]) -> Link | None:
    """The link it names, if that is here with the number before; a digest from elsewhere in the run links nothing."""
    found = None if link.previous is None else here.get(link.previous)
    return found if found is not None and found.number == link.number - 1 else None


def _is_had(device: DeviceId, run: RunId, line: Line, held: Holdings) -> bool:
    at_end = held.links_at(device, run, line.last)
    return not at_end or _holds(at_end, line.digest)


def _within(theirs: Line, mine: Line) -> Line:
    """What of theirs lies in the line of mine that it ends in."""
    return Line(max(theirs.first, mine.first), theirs.last, theirs.digest)


def _holds(links: Iterable[Link], digest: Digest) -> bool:
    return any(link.digest == digest for link in links)


def _without(mine: Iterable[Line], had: Iterable[Line]) -> Iterator[tuple[int, int]]:
    """Ranges of `mine` outside those of `had`."""
    gone = sorted((line.first, line.last) for line in had)
    for line in sorted(mine):
        first = line.first
        for low, high in gone:
            if first <= high and low <= line.last:
                if first < low:
                    yield first, low - 1
                first = high + 1
        if first <= line.last:
            yield first, line.last


def _lacked_of_fork(device: DeviceId, run: RunId, theirs: Iterable[Line], held: Holdings) -> Iterator[LackedDigests]:
    here = {link.digest: link for link in held.links_of(device, run)}
    had: set[Digest] = set()
    for line in theirs:
        at = here.get(line.digest)
        while at is not None and at.number >= line.first:
            had.add(at.digest)
            at = _before(at, here)
    lacked = sorted((link.number, digest) for digest, link in here.items() if digest not in had)
    if lacked:
        yield LackedDigests(device, run, tuple(digest for _, digest in lacked))


def _is_covered(key: RunKey, line: Line, ours: Sequence[Line], held: Holdings) -> bool:
    around = [our for our in ours if our.first <= line.last <= our.last]
    if any(our.last == line.last and our.digest == line.digest and our.first <= line.first for our in around):
        return True
    if not around or any(our.first > line.first for our in around):
        return False
    return _holds(held.links_at(*key, line.last), line.digest)


def _merged(key: RunKey, lines: Iterable[Line], held: Holdings) -> tuple[Line, ...]:
    """Joins from low to high: each line is continued by one that starts inside it or right after it."""
    done: list[Line] = []
    for line in sorted(set(lines), key=lambda line: (line.last, line.first, line.digest)):
        joined = line
        for earlier in list(done):
            if _is_one_branch(key, earlier, joined, held):
                done.remove(earlier)
                joined = Line(min(earlier.first, joined.first), joined.last, joined.digest)
        done.append(joined)
    return tuple(sorted(done))


def _is_one_branch(key: RunKey, earlier: Line, later: Line, held: Holdings) -> bool:
    """Whether `later` surely goes on where `earlier` ends.

    The same end is one branch. Else the later line's end must be held, and the link after the earlier end must be the
    only one held there and name that end.
    """
    if earlier.last == later.last:
        return earlier.digest == later.digest
    if not later.first <= earlier.last + 1 <= later.last:
        return False
    following = held.links_at(*key, earlier.last + 1)
    at_end = held.links_at(*key, later.last)
    return [link.previous for link in following] == [earlier.digest] and _holds(at_end, later.digest)
