"""Bugs in what a kiosk makes of what it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

from common import usage_rules
from common.entries import Entry, stored_entry
from common.expand import facts_of
from common.facts import BlockFact, CancelFact, Fact, ReissueFact, Standing, UseFact, VoidFact
from common.ids import TicketId
from common.rules import OncePerDay, UsageRule
from common.usage import Limits
from kiosk import known as known_module
from kiosk.known import Known
from tests.simulation.swapping import real_of, swapped

Plant = Callable[[], AbstractContextManager[None]]


def _facts_without(kind: type[Fact]) -> AbstractContextManager[None]:
    real = Known._facts

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        return (fact for fact in real(self, ticket) if not isinstance(fact, kind))

    return swapped(Known, "_facts", facts)


def _each_fact(change: Callable[[Fact], Fact]) -> AbstractContextManager[None]:
    real = Known._facts

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        return map(change, real(self, ticket))

    return swapped(Known, "_facts", facts)


def others_uses_not_read() -> AbstractContextManager[None]:
    """At a scan only own uses are looked up."""
    real = Known._facts

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        own = self._stores.journal.device
        return (f for f in real(self, ticket) if not isinstance(f, UseFact) or f.ref.identity.device == own)

    return swapped(Known, "_facts", facts)


def learnt_only_without_snapshot() -> AbstractContextManager[None]:
    """Where the snapshot knows the ticket, what was learnt since is not looked up."""

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        rows = [fact for one in self._stores.snapshots.in_use for fact in one.file.facts(ticket)]
        yield from rows
        if not rows:
            for raw in self._stores.learnt.of_ticket(ticket):
                yield from self._learnt_facts(raw).get(ticket, ())
        for entry in self._stores.journal.of_ticket(ticket):
            yield from facts_of(entry, Standing.PROVEN)

    return swapped(Known, "_facts", facts)


def unblocking_not_seen() -> AbstractContextManager[None]:
    """A ticket that was blocked once stays so."""
    return _each_fact(lambda f: replace(f, blocked=True) if isinstance(f, BlockFact) else f)


def undo_not_seen() -> AbstractContextManager[None]:
    """A use that was taken back still counts."""
    return _facts_without(VoidFact)


def waiting_uses_count() -> AbstractContextManager[None]:
    """Uses past a revocation's cut count as any other."""
    real = Known.event_facts

    def event_facts(self: Known) -> Any:  # noqa: ANN401 - event facts
        return replace(real(self), revokes=())

    return swapped(Known, "event_facts", event_facts)


def once_a_day_is_once() -> AbstractContextManager[None]:
    """A ticket for every day is taken for a ticket for one."""
    real = real_of(usage_rules, "limits_of")

    def limits_of(rule: UsageRule, bought: int) -> Limits:
        return Limits(total=bought) if isinstance(rule, OncePerDay) else real(rule, bought)

    return swapped(usage_rules, "limits_of", limits_of)


def blocks_not_read() -> AbstractContextManager[None]:
    """Blocks that were learnt are stored, and not looked at."""
    return _facts_without(BlockFact)


def cancellations_not_read() -> AbstractContextManager[None]:
    """Cancellations are stored, and not looked at."""
    return _facts_without(CancelFact)


def generations_not_read() -> AbstractContextManager[None]:
    """Reissues are stored, and not looked at: old paper stays good."""
    return _facts_without(ReissueFact)


def statements_remembered_too_long() -> AbstractContextManager[None]:
    """What was read of a ticket once is not read again."""
    real = Known._facts
    read: dict[tuple[int, TicketId], tuple[Fact, ...]] = {}

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        name = (id(self), ticket)
        found = tuple(real(self, ticket))
        said = tuple(f for f in found if not isinstance(f, UseFact | VoidFact))
        read.setdefault(name, said)
        yield from read[name]
        yield from (f for f in found if isinstance(f, UseFact | VoidFact))

    return swapped(Known, "_facts", facts)


def uses_in_order_of_arrival() -> AbstractContextManager[None]:
    """A kiosk's ledger has the order in which it heard of the uses."""
    real = real_of(known_module, "fold")

    def fold(*parts: Any, **more: Any) -> Any:  # noqa: ANN401 - as the real one
        folded = real(*parts, **more)
        backwards = tuple(reversed(folded.ledger.counted))
        return replace(folded, ledger=replace(folded.ledger, counted=backwards))

    return swapped(known_module, "fold", fold)


def oldest_reissue_wins() -> AbstractContextManager[None]:
    """Of several reissues the first heard is the one in force."""
    real = Known._facts

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        found = list(real(self, ticket))
        first = min((f for f in found if isinstance(f, ReissueFact)), key=lambda f: f.generation, default=None)
        return (f for f in found if not isinstance(f, ReissueFact) or f is first)

    return swapped(Known, "_facts", facts)


def proofs_not_checked() -> AbstractContextManager[None]:
    """A proof of scan is believed unseen."""
    return swapped(known_module, "proof_checker", lambda *_: lambda _use: True)


def any_proof_of_the_ticket_will_do() -> AbstractContextManager[None]:
    """A proof is compared with those of the ticket's other uses instead of being computed."""
    real = Known._facts

    def facts(self: Known, ticket: TicketId) -> Iterator[Fact]:
        found = list(real(self, ticket))
        proven = {f.proof for f in found if isinstance(f, UseFact) and f.standing is Standing.PROVEN and f.proof}
        for fact in found:
            if isinstance(fact, UseFact) and fact.proof in proven:
                yield replace(fact, standing=Standing.PROVEN)
            else:
                yield fact

    return swapped(Known, "_facts", facts)


def own_entries_believed_whoever_brings_them() -> AbstractContextManager[None]:
    """An entry under this device's own name is believed, also one that came back from others."""

    def read_learnt(self: Known, raw: bytes) -> dict[TicketId, tuple[Fact, ...]]:
        entry = stored_entry(raw, self._event)
        if not isinstance(entry, Entry):
            return {}
        is_own = entry.ref.identity.device == self._stores.journal.device
        standing = Standing.PROVEN if is_own else Standing.CLAIMED
        by_ticket: dict[TicketId, list[Fact]] = {}
        for fact in facts_of(entry, standing):
            by_ticket.setdefault(fact.ticket, []).append(fact)
        return {ticket: tuple(facts) for ticket, facts in by_ticket.items()}

    return swapped(Known, "_read_learnt", read_learnt)


BUGS: Final[dict[str, tuple[Plant, ...]]] = {
    "no-double": (others_uses_not_read, learnt_only_without_snapshot),
    "nobody-refused": (unblocking_not_seen, undo_not_seen, once_a_day_is_once, waiting_uses_count),
    "heard-statements": (
        blocks_not_read,
        cancellations_not_read,
        generations_not_read,
        statements_remembered_too_long,
    ),
    "same-ledger": (uses_in_order_of_arrival, oldest_reissue_wins),
    "no-forgery": (proofs_not_checked, any_proof_of_the_ticket_will_do, own_entries_believed_whoever_brings_them),
}
