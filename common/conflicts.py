"""Conflicts: which uses of a ticket a person must decide, and what was decided. Pure: equal facts, equal conflicts.

Found as if nobody had decided anything yet, so that what was decided stays to be read and revised. A use on which
nobody ruled is a conflict only if it is one with all decisions counted: striking the first of two settles the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from common.bodies import Ruling
from common.conflict_kinds import GRAVITY, ConflictKind
from common.decision import TicketView
from common.doubles import beyond_bought, doubles_among
from common.facts import DecideFact, EventFacts, Fact, Standing, UseFact, UseKind
from common.ids import Digest, Ref, TicketId
from common.ledger import Folded, fold
from common.ticket_view import AboutTicket, heads
from common.undecided import after_statements, kind_beyond

RULINGS_OF_PEOPLE = frozenset({Ruling.ACCEPT, Ruling.BLOCK, Ruling.ERROR, Ruling.ALLOW})
# Of several rulings in force the one the ledger goes by: an error counts only if no other says that the use stands.
_STRICTEST = (Ruling.BLOCK, Ruling.ALLOW, Ruling.ACCEPT, Ruling.ERROR)
_KNOWN = frozenset(int(ruling) for ruling in Ruling)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A use to be decided. `other` is the use it collides with, if it is one; `ruling` None: nobody decided it yet."""

    use: UseFact
    kind: ConflictKind
    other: Digest | None = None
    ruling: Ruling | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What one ticket's facts do not tell: what the receiver saw of devices and clocks."""

    forked: AbstractSet[Digest] = frozenset()
    ahead: AbstractSet[Digest] = frozenset()


def conflicts_of(
    ticket: TicketId, facts: Sequence[Fact], folded: Folded, event: EventFacts, now_ms: int, around: Circumstances
) -> tuple[Conflict, ...]:
    """The conflicts of a ticket, whatever the order of its facts; by identity of the use. `folded` is their fold."""
    judged = _Judged(facts, around)
    still = judged.find(folded)
    rulings = _rulings(facts)
    if not rulings:
        return tuple(still[ref] for ref in sorted(still))
    undecided = [fact for fact in facts if not is_by_people(fact)]
    found = {ref: one for ref, one in still.items() if ref not in rulings}
    for ref, one in judged.find(fold(ticket, undecided, event, now_ms)).items():
        if ref in rulings:
            found[ref] = replace(one, ruling=rulings[ref])
    return tuple(found[ref] for ref in sorted(found))


def is_by_people(fact: Fact) -> bool:
    """Whether it is a ruling a person gave; those about proofs are the scribe's own, and notes rule nothing."""
    return isinstance(fact, DecideFact) and fact.ruling in RULINGS_OF_PEOPLE


def _rulings(facts: Sequence[Fact]) -> dict[Ref, Ruling]:
    """What people ruled of each use, and is in force."""
    by_target: dict[Ref, list[DecideFact]] = {}
    for fact in facts:
        if isinstance(fact, DecideFact) and fact.ruling in _KNOWN:
            by_target.setdefault(fact.target, []).append(fact)
    found: dict[Ref, Ruling] = {}
    for target, decides in by_target.items():
        in_force = {fact.ruling for fact in heads(decides)}
        ruling = next((one for one in _STRICTEST if one in in_force), None)
        if ruling is not None:
            found[target] = ruling
    return found


class _Judged:
    """Finds the conflicts in a fold of one ticket."""

    def __init__(self, facts: Sequence[Fact], around: Circumstances) -> None:
        self._around = around
        self._about = [fact for fact in facts if isinstance(fact, AboutTicket)]

    def find(self, folded: Folded) -> dict[Ref, Conflict]:
        """Of each use its gravest conflict."""
        found: dict[Ref, Conflict] = {}
        for one in self._all(folded):
            known = found.get(one.use.ref)
            if known is None or GRAVITY[one.kind] < GRAVITY[known.kind]:
                found[one.use.ref] = one
        return found

    def _all(self, folded: Folded) -> Iterator[Conflict]:
        ledger = folded.ledger
        shifts = dict(ledger.redated_ms)
        for use in (*ledger.counted, *ledger.waiting):
            yield from self._of_use(use)
        for use in ledger.counted:
            if use.kind is not UseKind.EXIT:
                time_ms = use.time_ms + shifts.get(use.ref.digest, 0)
                yield from (Conflict(use, kind) for kind in after_statements(use, time_ms, self._about))
        yield from (Conflict(use, ConflictKind.WAITING) for use in ledger.waiting)
        # A claim whose proof was tried and failed uses up nothing, so nobody collides with it.
        counted = [use for use in ledger.counted if not _is_disproved(use)]
        known = (*ledger.counted, *ledger.waiting, *ledger.struck)
        products = None if folded.view is None else folded.view.ticket_products
        if folded.view is not None:
            yield from self._beyond(folded.view, counted, shifts)
        for pair in doubles_among(products, counted, known):
            yield Conflict(pair.use, ConflictKind.DEVICES, pair.earlier.ref.digest)

    def _of_use(self, use: UseFact) -> Iterator[Conflict]:
        digest = use.ref.digest
        if _is_disproved(use):
            yield Conflict(use, ConflictKind.PROOF_FAILED)
        if digest in self._around.forked:
            yield Conflict(use, ConflictKind.FORKED)
        if digest in self._around.ahead:
            yield Conflict(use, ConflictKind.CLOCK)
        if use.kind is UseKind.OVERRIDE:
            yield Conflict(use, ConflictKind.OVERRIDE)

    def _beyond(self, view: TicketView, counted: Sequence[UseFact], shifts: Mapping[Digest, int]) -> Iterator[Conflict]:
        """Uses of items past the quantity bought, in the ledger's order; what a person answered for is none."""
        for use, earlier in beyond_bought(view.items, view.admitting, counted):
            time_ms = use.time_ms + shifts.get(use.ref.digest, 0)
            yield Conflict(use, kind_beyond(use, time_ms, self._about), earlier.ref.digest if earlier else None)


def _is_disproved(use: UseFact) -> bool:
    return use.standing is Standing.UNPROVEN and use.proof is not None
