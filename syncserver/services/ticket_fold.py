"""Folding tickets on the server: new facts join those known, and tables for boards and finder follow.

Used by the projector (entries as they came), the scribe (its own statements, at once) and by evidence (rows of our own
snapshots). All of them may bring the same fact: facts are a set, so order and repetition do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from common.decision import Ledger, TicketView
from common.fact_rows import pack_facts, trusted_rows, unpack_event_fact
from common.facts import (
    EventFacts,
    Fact,
    HandedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    UseKind,
)
from common.ids import CodeHash, Digest, Ref, TicketId
from common.ledger import CheckProof, Folded, fold
from common.undecided import by_run
from syncserver.services.fact_numbers import FactNumbers
from syncserver.services.handed_out import write_handed_out
from syncserver.services.judging import Judge
from syncserver.services.use_conflicts import Used, forks_of, write_conflicts
from syncserver.stores import tickets as store
from syncserver.stores.events import EventRow
from syncserver.stores.rows import Row

COUNTED, WAITING, STRUCK = "counted", "waiting", "struck"
_NONE: frozenset[TicketId] = frozenset()
_FLAGS_END = 62  # bits of a column


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket as it is after a fold."""

    facts: tuple[Fact, ...]
    folded: Folded


@dataclass(frozen=True, slots=True)
class _Change:
    """A ticket before and after a fold."""

    before: tuple[Fact, ...]
    after: KnownTicket

    @property
    def new_uses(self) -> tuple[UseFact, ...]:
        """The uses that came, if nothing but new uses did; else none. No other row of the ticket can change then."""
        (uses, others), (now, others_now) = _parted(self.before), _parted(self.after.facts)
        is_just_more = bool(others) and others_now == others and now[: len(uses)] == uses
        return tuple(now[len(uses) :]) if is_just_more else ()

    @property
    def had_uses(self) -> bool:
        """Whether a use was known before."""
        return any(isinstance(fact, UseFact) for fact in self.before)

    @property
    def has_handed_out(self) -> bool:
        """Whether it is said of a use which variants it handed out."""
        return bool(self.after.folded.ledger.handed)

    @property
    def has_uses(self) -> bool:
        """Whether a use is known now."""
        return any(isinstance(fact, UseFact) for fact in self.after.facts)


def _parted(facts: Sequence[Fact]) -> tuple[list[UseFact], list[Fact]]:
    """Uses and others; which variants were handed out bears on neither, and has a table of its own."""
    uses = [fact for fact in facts if isinstance(fact, UseFact)]
    return uses, [fact for fact in facts if not isinstance(fact, UseFact | HandedFact)]


def load_event_facts(tx: Connection, event_id: int) -> EventFacts:
    """Redates and revocations: few, read at each fold."""
    found = [unpack_event_fact(raw) for raw in store.event_fact_rows(tx, event_id)]
    redates = tuple(fact for fact in found if isinstance(fact, RedateFact))
    return EventFacts(redates, tuple(fact for fact in found if isinstance(fact, RevokeFact)))


def fold_tickets(
    tx: Connection,
    event: EventRow,
    numbers: FactNumbers,
    new_facts: Mapping[TicketId, Sequence[Fact]],
    now_ms: int,
    *,
    anew: AbstractSet[TicketId] = _NONE,
    is_recovered: bool = False,
    judge_use: Judge | None = None,
) -> None:
    """Add facts to tickets, fold and write all that follows. The caller holds the projection lock.

    Statements among the facts must have been registered with `numbers`. `judge_use` settles uses that carry a proof
    nobody has judged yet: the standing it gives is written for good. A ticket that has all its new facts already is
    left alone, unless it is among those to be folded `anew`.
    """
    rows = {t: trusted_rows(raw) for t, raw in store.packed_of(tx, event.id, [*{*new_facts, *anew}]).items()}
    if not is_recovered:
        rows = {t: found for t, found in rows.items() if t in anew or not numbers.has_all(found, new_facts[t])}
    if not rows:
        return
    about = load_event_facts(tx, event.id)
    changes: dict[TicketId, _Change] = {}
    for ticket, facts in numbers.unpack(rows).items():
        united = _judged(unite((*facts, *new_facts.get(ticket, ()))), judge_use)
        changes[ticket] = _Change(facts, KnownTicket(united, fold(ticket, united, about, now_ms)))
    news = {t: one.new_uses for t, one in changes.items() if not is_recovered and t not in anew}
    just_used = {t: changes[t] for t, uses in news.items() if uses}
    came = {use.ref.digest for uses in news.values() for use in uses}
    _write_just_used(tx, event, numbers, just_used, came)
    write_handed_out(tx, event.id, [one.after.folded.ledger for one in changes.values() if one.has_handed_out])
    rest = {t: one for t, one in changes.items() if t not in just_used}
    _write_all(tx, event, numbers, rest, is_recovered=is_recovered)
    used = {t: Used(one.after.facts, one.after.folded, one.had_uses) for t, one in changes.items() if one.has_uses}
    write_conflicts(tx, event, used, about, now_ms)


def read_ticket(
    tx: Connection, event: EventRow, ticket: TicketId, now_ms: int, check_proof: CheckProof | None = None
) -> KnownTicket | None:
    """A ticket as known now, without changing anything; None if nothing was heard of it."""
    packed = store.packed(tx, event.id, ticket)
    if packed is None:
        return None
    facts = FactNumbers(tx, event).unpack({ticket: trusted_rows(packed)})[ticket]
    forks = forks_of(tx, event.id, [fact for fact in facts if isinstance(fact, UseFact)])
    about = replace(load_event_facts(tx, event.id), forks=(by_run(forks),))
    return KnownTicket(facts, fold(ticket, facts, about, now_ms, check_proof))


def unite(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Each fact once, uses first, in the order they came; of a use known twice the better standing."""
    uses: dict[Ref, UseFact] = {}
    others: dict[Fact, None] = {}
    for fact in facts:
        if not isinstance(fact, UseFact):
            others[fact] = None
            continue
        known = uses.get(fact.ref)
        if known is None:
            uses[fact.ref] = fact
        elif fact.standing < known.standing:
            uses[fact.ref] = replace(known, standing=fact.standing)
    return (*uses.values(), *others)


def _judged(facts: tuple[Fact, ...], judge_use: Judge | None) -> tuple[Fact, ...]:
    if judge_use is None:
        return facts
    return tuple(
        replace(fact, standing=judge_use(fact))
        if isinstance(fact, UseFact) and fact.standing is Standing.CLAIMED
        else fact
        for fact in facts
    )


def _ticket_row(ticket: TicketId, known: KnownTicket, numbers: FactNumbers) -> Row:
    view = known.folded.view
    issued = [fact.time_ms for fact in known.facts if isinstance(fact, IssueFact)]
    return {
        "ticket": ticket,
        "facts": _packed(known, numbers),
        "is_issued": view is not None,
        "generation": view.generation if view else None,
        "code_hash": view.code_hash if view else None,
        "product_no": view.product if view else None,
        "is_paid": view.paid if view else False,
        "is_cancelled": view.cancelled if view else False,
        "is_blocked": view.blocked if view else False,
        "admissions": _admissions(view, known.folded.ledger),
        "issued_ms": min(issued, default=None),
        "stated_ms": None if view is None else stated_ms(view),
    }


def stated_ms(view: TicketView) -> int:
    """When the latest statement about what the ticket is good for was made."""
    return max([view.product_ms, *(ms for _, ms in view.items_ms)])


def _admissions(view: TicketView | None, ledger: Ledger) -> int:
    products = view.ticket_products if view else frozenset()
    return sum(1 for use in ledger.counted if use.product in products and use.kind is not UseKind.EXIT)


def _write_all(
    tx: Connection, event: EventRow, numbers: FactNumbers, changes: Mapping[TicketId, _Change], *, is_recovered: bool
) -> None:
    """Every column and row of these tickets."""
    rows = [_ticket_row(ticket, one.after, numbers) for ticket, one in changes.items()]
    store.put_folded(tx, event.id, [{**row, "is_recovered": True} for row in rows] if is_recovered else rows)
    views = {t: one.after.folded.view for t, one in changes.items()}
    items = {t: tuple((p, n) for p, n in view.items if n > 0) for t, view in views.items() if view}
    store.put_items(tx, event.id, items, [t for t in items if changes[t].before])
    store.add_codes(tx, event.id, {pair for t, one in changes.items() for pair in _codes(t, one)})
    used = {t: one for t, one in changes.items() if one.has_uses}
    written = store.use_states(tx, event.id, [t for t, one in used.items() if one.had_uses])
    found = [row for one in used.values() for row in _use_rows(event.id, one.after.folded.ledger)]
    store.put_uses(tx, [row.values for row in found if written.get(row.digest) != row.state])


def _codes(ticket: TicketId, change: _Change) -> set[tuple[CodeHash, TicketId]]:
    """The codes that came."""
    stated = [fact for fact in change.after.facts if isinstance(fact, IssueFact | ReissueFact)]
    return {(fact.code_hash, ticket) for fact in stated if fact not in change.before}


def _write_just_used(
    tx: Connection,
    event: EventRow,
    numbers: FactNumbers,
    changes: Mapping[TicketId, _Change],
    came: AbstractSet[Digest],
) -> None:
    """The facts of these tickets, how often they were admitted, and the rows of the uses that came."""
    folded = {t: one.after.folded for t, one in changes.items()}
    packed = {t: _packed(one.after, numbers) for t, one in changes.items()}
    store.put_used(tx, event.id, [(packed[t], _admissions(one.view, one.ledger), t) for t, one in folded.items()])
    found = (row for one in folded.values() for row in _use_rows(event.id, one.ledger))
    store.put_uses(tx, [row.values for row in found if row.digest in came])


def _packed(known: KnownTicket, numbers: FactNumbers) -> bytes:
    return pack_facts(known.facts, numbers.base, numbers.run_of, numbers.statement_of)


@dataclass(frozen=True, slots=True)
class _UseRow:
    """A use for its table: `state` is what may change of it, `values` are its `USE_COLUMNS`."""

    digest: Digest
    state: tuple[str, int, int]
    values: tuple[object, ...]


def _use_rows(event_id: int, ledger: Ledger) -> Iterator[_UseRow]:
    shifts = dict(ledger.redated_ms)
    for state, uses in ((COUNTED, ledger.counted), (WAITING, ledger.waiting), (STRUCK, ledger.struck)):
        for use in uses:
            name, digest, standing = use.ref.identity, use.ref.digest, int(use.standing)
            time_ms = use.time_ms + shifts.get(digest, 0)
            values = (
                event_id, digest, use.ticket, name.device, name.run, name.number, int(use.kind), use.product,
                use.quantity, use.point, use.area, use.day, time_ms, state, standing,
                _bits(use.flags),
            )  # fmt: skip
            yield _UseRow(digest, (state, standing, time_ms), values)


def _bits(flags: Sequence[int]) -> int:
    """A bit per flag; a number no version gives out is passed over."""
    return sum(1 << flag for flag in set(flags) if 0 < flag < _FLAGS_END)
