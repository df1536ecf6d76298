"""The fold: from the set of facts about one ticket to its state, the same whatever the order they came in.

Source of the rules: a grow-only set of signed entries (Shapiro et al., INRIA RR-7506, 2011), ordered by what each
writer had seen, and by corrected time only where nobody had seen the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from common.bodies import HEADS_PER_ENTRY_MAX, Flag, HandedLine, Ruling
from common.causal import When, in_order
from common.conflict_kinds import ConflictKind
from common.decision import Ledger, TicketView
from common.doubles import beyond_bought, doubles_among
from common.facts import (
    DecideFact,
    EventFacts,
    Fact,
    HandedFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    VoidFact,
)
from common.ids import DeviceId, Digest, EventUid, ProductNo, Ref, RunId, TicketId
from common.ticket_code import TicketCode, is_proven
from common.ticket_view import AboutTicket, heads, view_of
from common.undecided import Doubts, forked_among, kind_beyond, undecided

AHEAD_MS = 60_000  # a stamp further ahead of one's own corrected clock says nothing about order

CheckProof: TypeAlias = Callable[[UseFact], bool | None]  # None: not to be told with this code
Rulings: TypeAlias = dict[Ref, frozenset[int]]  # in force, by use

# Rulings after which the use stands, and its proof need not be seen again: the server has spoken for it.
_STANDS = frozenset({Ruling.ACCEPT, Ruling.BLOCK, Ruling.ALLOW})
_BELIEVED = _STANDS | {Ruling.PROVEN}
_NOTHING: frozenset[int] = frozenset()
_RULINGS = frozenset(int(ruling) for ruling in Ruling)


def proof_checker(code: TicketCode, event: EventUid, generation: int | None) -> CheckProof:
    """Checks proofs of scan of uses of one generation (None: any); others' proofs cannot be checked with this code.

    Nor can the proof of badge and PIN of a ticket found by name: it is the server's to check.
    """

    def holds(use: UseFact) -> bool | None:
        if use.proof is None or (generation is not None and use.generation != generation):
            return None
        name = use.ref.identity
        if is_proven(use.proof, code, event, name.device, name.run, name.number):
            return True
        return None if generation is None or Flag.FOUND_BY_NAME in use.flags else False

    return holds


@dataclass(frozen=True, slots=True)
class Folded:
    """The state of one ticket: what was stated of it, and how it was used."""

    view: TicketView | None
    ledger: Ledger


def fold(
    ticket: TicketId,
    facts: Iterable[Fact],
    event: EventFacts,
    now_ms: int,
    check_proof: CheckProof | None = None,
) -> Folded:
    """View and ledger of `ticket` from facts in any order, with any repetition; facts of other tickets are ignored.

    `now_ms` is the reader's corrected time, used only to judge stamps from the future. `check_proof` is asked about
    CLAIMED uses by whoever holds the ticket code: whether the proof of scan holds. Raises nothing on hostile facts.
    O(n log n) for n uses.
    """
    known = _sort_out(ticket, facts)
    rulings = _rulings(known.decides)
    cuts = _Cuts(event.revokes)
    struck = _struck(known, rulings, cuts)
    late = {ref for ref in known.uses if cuts.is_past(ref) and Ruling.ALLOW not in rulings.get(ref, ())}
    shifts = _shifts(known.uses, event.redates)
    when = {ref: _when(use, shifts.get(ref, 0), now_ms) for ref, use in known.uses.items()}
    believed = _believed(known.reissues, rulings)
    uses = {ref: _settled(use, believed, check_proof, known.disproved) for ref, use in known.uses.items()}
    counted = in_order(uses, struck | late, when)
    view = view_of(ticket, known.about)
    seen = {digest for use in uses.values() for digest in use.seen}
    lacks_causes = not seen <= {ref.digest for ref in uses}
    ledger = Ledger(
        counted=counted,
        waiting=_by_time(uses, late - struck, when),
        struck=_by_time(uses, struck, when),
        heads=_heads(uses, frozenset() if lacks_causes else seen, when),
        lacks_causes=lacks_causes,
        redated_ms=tuple(sorted((ref.digest, shift) for ref, shift in shifts.items() if shift)),
        handed=_handed(known, cuts),
        doubles=_doubles(view, counted, uses, rulings),
        beyond=_beyond(view, counted, rulings, known, shifts),
    )
    if not uses:
        return Folded(view, ledger)
    return Folded(view, replace(ledger, undecided=_undecided(ledger, known, event, rulings, when, shifts)))


@dataclass(slots=True)
class _Known:
    """The facts of one ticket by what the fold does with them."""

    uses: dict[Ref, UseFact] = field(default_factory=dict)
    voids: list[VoidFact] = field(default_factory=list)
    handed: list[HandedFact] = field(default_factory=list)
    decides: list[DecideFact] = field(default_factory=list)
    about: list[AboutTicket] = field(default_factory=list)
    disproved: set[Ref] = field(default_factory=set)  # whoever could tell has said that the proof does not hold

    @property
    def reissues(self) -> list[ReissueFact]:
        return [fact for fact in self.about if isinstance(fact, ReissueFact)]


def _sort_out(ticket: TicketId, facts: Iterable[Fact]) -> _Known:
    known = _Known()
    for fact in facts:
        if fact.ticket != ticket:
            continue
        if isinstance(fact, UseFact):
            other = known.uses.get(fact.ref)
            known.uses[fact.ref] = fact if other is None else _united(fact, other)
            if fact.standing is Standing.UNPROVEN and fact.proof is not None:
                known.disproved.add(fact.ref)
        elif isinstance(fact, VoidFact):
            known.voids.append(fact)
        elif isinstance(fact, HandedFact):
            known.handed.append(fact)
        elif isinstance(fact, DecideFact):
            known.decides.append(fact)
        else:
            known.about.append(fact)
    return known


def _united(one: UseFact, other: UseFact) -> UseFact:
    """One use known twice, as a snapshot's row and as an entry: the better standing, and whichever row says more."""
    fuller = max(one, other, key=lambda use: (len(use.seen), use.seen, use.proof or b"", use.flags))
    standing = min(one.standing, other.standing)
    return fuller if fuller.standing is standing else replace(fuller, standing=standing)


def _rulings(decides: Iterable[DecideFact]) -> Rulings:
    """The rulings in force for each use. Numbers not known here neither rule nor replace."""
    by_target: dict[Ref, list[DecideFact]] = {}
    for fact in decides:
        if fact.ruling in _RULINGS:
            by_target.setdefault(fact.target, []).append(fact)
    return {target: frozenset(fact.ruling for fact in heads(found)) for target, found in by_target.items()}


def _struck(known: _Known, rulings: Rulings, cuts: _Cuts) -> set[Ref]:
    """Uses that never were.

    Of several rulings in force the stricter holds: an error counts only if no other says that the use stands.
    A void past a revocation's cut takes back only what lies past it too, or a stolen device could hand out again
    what it had handed out before.
    """
    errors = {ref for ref, found in rulings.items() if Ruling.ERROR in found and not found & _STANDS}
    voided = {
        void.target
        for void in known.voids
        if void.ref.identity.device == void.target.identity.device
        and (cuts.is_past(void.target) or not cuts.is_past(void.ref))
    }
    return (errors | voided) & known.uses.keys()


def _handed(known: _Known, cuts: _Cuts) -> tuple[tuple[Digest, tuple[HandedLine, ...]], ...]:
    """What each use's writer says it handed out; of several words in force the greatest reference holds.

    As with voids, only the use's own device may say so, and past a revocation's cut only of what lies past it too.
    """
    by_use: dict[Ref, list[HandedFact]] = {}
    for fact in known.handed:
        is_own = fact.ref.identity.device == fact.target.identity.device and fact.target in known.uses
        if is_own and (cuts.is_past(fact.target) or not cuts.is_past(fact.ref)):
            by_use.setdefault(fact.target, []).append(fact)
    return tuple(sorted((ref.digest, heads(found)[-1].lines) for ref, found in by_use.items()))


class _Cuts:
    """Which entries lie past the cut of their device's revocation; several revocations are their union."""

    def __init__(self, revokes: Iterable[RevokeFact]) -> None:
        self._cut: dict[DeviceId, dict[RunId, list[tuple[int, Digest]]]] = {}
        for revoke in revokes:
            runs = self._cut.setdefault(revoke.device, {})
            for run, last, digest in revoke.cut:
                runs.setdefault(run, []).append((last, digest))

    def is_past(self, ref: Ref) -> bool:
        """Whether its device is out and no cut reaches this entry.

        At the cut itself the digest tells branches of a forked run apart; below it all count, as one ticket's facts
        do not tell which branch they lie on.
        """
        runs = self._cut.get(ref.identity.device)
        if runs is None:
            return False
        number = ref.identity.number
        lines = runs.get(ref.identity.run, ())
        return not any(number < last or (number == last and ref.digest == digest) for last, digest in lines)


def _shifts(uses: Iterable[Ref], redates: Sequence[RedateFact]) -> dict[Ref, int]:
    """Milliseconds to add to the time of each use that a redate in force covers.

    Redates of one run replace each other by name. Where two in force overlap, the greater reference holds.
    """
    by_run: dict[tuple[DeviceId, RunId], list[RedateFact]] = {}
    for redate in redates:
        by_run.setdefault((redate.device, redate.run), []).append(redate)
    in_force = {run: heads(found) for run, found in by_run.items()}
    shifts: dict[Ref, int] = {}
    for ref in uses if in_force else ():
        for redate in in_force.get((ref.identity.device, ref.identity.run), ()):
            if redate.first <= ref.identity.number <= redate.last:
                shifts[ref] = redate.seconds * 1000
    return shifts


def _when(use: UseFact, shift_ms: int, now_ms: int) -> When:
    """Sort key among uses that had not seen each other; a stamp from the future goes last, by identity."""
    time_ms = use.time_ms + shift_ms
    return (1, 0, use.ref) if time_ms > now_ms + AHEAD_MS else (0, time_ms, use.ref)


def _believed(reissues: Iterable[ReissueFact], rulings: Rulings) -> set[Ref]:
    """Uses the server has spoken for: by a ruling, or by naming them as accepted when it made a new code."""
    believed = {ref for ref, found in rulings.items() if found & _BELIEVED}
    return believed.union(*(fact.accepted for fact in reissues))


def _settled(use: UseFact, believed: AbstractSet[Ref], check_proof: CheckProof | None, disproved: set[Ref]) -> UseFact:
    if use.standing is Standing.PROVEN:
        return use
    if use.ref in believed:
        return replace(use, standing=Standing.PROVEN)
    if use.standing is Standing.CLAIMED and check_proof is not None:
        holds = check_proof(use)
        if holds is False:
            disproved.add(use.ref)
        return replace(use, standing=Standing.PROVEN if holds else Standing.UNPROVEN)
    return use


def _doubles(
    view: TicketView | None, counted: Sequence[UseFact], uses: dict[Ref, UseFact], rulings: Rulings
) -> tuple[Digest, ...]:
    """Only proven ones: whoever writes claims could otherwise bring any pass before a supervisor."""
    if len(counted) < 2:
        return ()
    proven = [use for use in counted if use.standing is Standing.PROVEN]
    found = doubles_among(None if view is None else view.ticket_products, proven, uses.values())
    return tuple(one.use.ref.digest for one in found if not rulings.get(one.use.ref, _NOTHING) & _STANDS)


def _beyond(
    view: TicketView | None, counted: Sequence[UseFact], rulings: Rulings, known: _Known, shifts: Mapping[Ref, int]
) -> tuple[tuple[ProductNo, ConflictKind], ...]:
    """Of each item used past what was stated of it; who scans a newer pass knows better how many were bought."""
    if view is None or len(counted) < 2:
        return ()
    proven = [use for use in counted if use.standing is Standing.PROVEN]
    found = beyond_bought(view.items, view.admitting, proven)
    beyond = (use for use, _ in found if not rulings.get(use.ref, _NOTHING) & _STANDS)
    timed = ((use, use.time_ms + shifts.get(use.ref, 0)) for use in beyond)
    return tuple(sorted({(use.product, kind_beyond(use, time_ms, known.about)) for use, time_ms in timed}))


def _undecided(
    ledger: Ledger,
    known: _Known,
    event: EventFacts,
    rulings: Rulings,
    when: Mapping[Ref, When],
    shifts: Mapping[Ref, int],
) -> tuple[ConflictKind, ...]:
    """What else than doubles and items past what was bought waits for a person; the writer of claims may make some."""
    uses = (*ledger.counted, *ledger.waiting)
    doubts = Doubts(
        decided={use.ref for use in uses if rulings.get(use.ref, _NOTHING) & _STANDS},
        disproved={use.ref for use in uses if use.ref in known.disproved and use.standing is Standing.UNPROVEN},
        forked=forked_among(known.uses, event.forks),
        ahead={use.ref for use in uses if when[use.ref][0]},
        shifts=shifts,
    )
    return undecided(ledger.counted, ledger.waiting, known.about, doubts)


def _by_time(uses: dict[Ref, UseFact], chosen: AbstractSet[Ref], when: dict[Ref, When]) -> tuple[UseFact, ...]:
    return tuple(uses[ref] for ref in sorted(chosen, key=when.__getitem__))


def _heads(uses: dict[Ref, UseFact], seen: AbstractSet[Digest], when: dict[Ref, When]) -> tuple[Ref, ...]:
    """Uses that no other had seen, struck and waiting ones too; at most 64, proven and late ones first.

    Where a cause is lacking here they are all uses: who reads the next entry must not take it that its writer knew what
    these had seen. The bound keeps the next entry readable even if a hostile device has written thousands of uses of
    this ticket.
    """
    tips = [ref for ref in uses if ref.digest not in seen]
    if len(tips) > HEADS_PER_ENTRY_MAX:
        tips.sort(key=when.__getitem__, reverse=True)
        tips.sort(key=lambda ref: uses[ref].standing)
    return tuple(sorted(tips[:HEADS_PER_ENTRY_MAX]))
