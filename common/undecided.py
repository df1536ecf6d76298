"""What a person has yet to decide of a ticket's uses, as far as facts alone tell: what its next scan says. Pure.

The kinds are those of the supervisor's list (`conflicts`), each use by its gravest. Doubles and items past what was
bought the ledger names by itself. Nothing of this bears on the outcome: whoever forges a use keeps nobody out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from common.conflict_kinds import GRAVITY, ConflictKind, by_gravity
from common.decision import Ledger
from common.facts import BlockFact, CancelFact, ForkedFact, Forks, IssueFact, ReissueFact, UseFact, UseKind
from common.ids import DeviceId, ProductNo, Ref, RunId
from common.ticket_view import AboutTicket, heads
from common.usage import admissions, quantity_of


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the fold has found of single uses. `ahead`: stamped later than now; `shifts`: ms a redate adds."""

    decided: AbstractSet[Ref]
    disproved: AbstractSet[Ref]
    forked: AbstractSet[Ref]
    ahead: AbstractSet[Ref]
    shifts: Mapping[Ref, int]


def undecided(
    counted: Iterable[UseFact], waiting: Sequence[UseFact], about: Sequence[AboutTicket], doubts: Doubts
) -> tuple[ConflictKind, ...]:
    """The kinds there are, the gravest first."""
    said = [fact for fact in about if not isinstance(fact, IssueFact)]
    found = [tuple(_kinds_counted(use, said, doubts)) for use in counted if use.ref not in doubts.decided]
    late = [(*_kinds(use, doubts), ConflictKind.WAITING) for use in waiting if use.ref not in doubts.decided]
    return by_gravity(min(kinds, key=GRAVITY.__getitem__) for kinds in (*found, *late) if kinds)


def told_of(proven: Ledger, rights: Mapping[ProductNo, int]) -> tuple[ConflictKind, ...]:
    """All kinds that wait for a person, for whoever scans a pass with these rights; the gravest first."""
    doubles = (ConflictKind.DEVICES,) if proven.doubles else ()
    return by_gravity((*proven.undecided, *doubles, *beyond_rights(proven, rights)))


def beyond_rights(proven: Ledger, rights: Mapping[ProductNo, int]) -> tuple[ConflictKind, ...]:
    """Of items used past what was stated, as what they are listed; a pass may know of more that was bought."""
    used = ((kind, quantity_of(admissions(proven.counted, item)) - rights.get(item, 0)) for item, kind in proven.beyond)
    return tuple(kind for kind, too_many in used if too_many > 0)


def _kinds_counted(use: UseFact, said: Sequence[AboutTicket], doubts: Doubts) -> Iterator[ConflictKind]:
    yield from _kinds(use, doubts)
    if said and use.kind is not UseKind.EXIT:
        yield from after_statements(use, use.time_ms + doubts.shifts.get(use.ref, 0), said)


def _kinds(use: UseFact, doubts: Doubts) -> Iterator[ConflictKind]:
    if use.ref in doubts.disproved:
        yield ConflictKind.PROOF_FAILED
    if use.ref in doubts.forked:
        yield ConflictKind.FORKED
    if use.ref in doubts.ahead:
        yield ConflictKind.CLOCK
    if use.kind is UseKind.OVERRIDE:
        yield ConflictKind.OVERRIDE


def after_statements(use: UseFact, time_ms: int, about: Iterable[AboutTicket]) -> Iterator[ConflictKind]:
    """Of a use at that time: what had been stated before it that spoke against it."""
    said = [fact for fact in about if not isinstance(fact, IssueFact) and fact.time_ms < time_ms]
    if any(fact.blocked for fact in heads([fact for fact in said if isinstance(fact, BlockFact)])):
        yield ConflictKind.AFTER_BLOCK
    if any(isinstance(fact, CancelFact) and fact.product is None for fact in said):
        yield ConflictKind.AFTER_CANCEL
    if any(isinstance(fact, ReissueFact) and use.generation < fact.generation for fact in said):
        yield ConflictKind.AFTER_REISSUE


def kind_beyond(use: UseFact, time_ms: int, about: Iterable[AboutTicket]) -> ConflictKind:
    """As what a use of an item past the quantity bought is listed: some of it may have been cancelled before."""
    gone = any(isinstance(one, CancelFact) and one.product == use.product and one.time_ms < time_ms for one in about)
    return ConflictKind.AFTER_CANCEL if gone else ConflictKind.BEYOND


def by_run(forks: Iterable[ForkedFact]) -> Forks:
    """These facts by the run they are of; several of one run, as pieces or of two snapshots, are one."""
    found: dict[tuple[DeviceId, RunId], ForkedFact] = {}
    for fork in forks:
        key = (fork.device, fork.run)
        found[key] = ForkedFact(*key, _joined((*found[key].spans, *fork.spans))) if key in found else fork
    return found


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def forked_among(uses: Iterable[Ref], forks: Sequence[Forks]) -> frozenset[Ref]:
    """Uses whose number their device used for another entry too: as was found of its run, or among these uses."""
    refs = tuple(uses)
    at = {ref.identity: ref for ref in refs}
    twice = () if len(at) == len(refs) else {ref.identity for ref in refs if at[ref.identity] != ref}
    return frozenset(ref for ref in refs if ref.identity in twice or any(_is_forked(ref, found) for found in forks))


def _is_forked(ref: Ref, forks: Forks) -> bool:
    name = ref.identity
    found = forks.get((name.device, name.run))
    return found is not None and found.has(name.number)
