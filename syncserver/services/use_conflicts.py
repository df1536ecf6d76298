"""Which uses a supervisor must decide, as rows: the rules are `common.conflicts`, what they need is fetched here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.conflicts import Circumstances, conflicts_of
from common.facts import EventFacts, Fact, ForkedFact, UseFact
from common.ids import DeviceId, Digest, RunId, TicketId
from common.ledger import AHEAD_MS, Folded
from common.vectors import spans_of
from syncserver.stores import conflicts as store
from syncserver.stores.events import EventRow
from syncserver.stores.rows import Row

SPANS_AT_ONCE = 10_000  # in one fact: readers take it only up to some megabytes, and a thief writes as much as he likes


@dataclass(frozen=True, slots=True)
class Used:
    """A ticket that has uses, as it is after a fold; `had_uses`: before it too, so it may have had conflicts."""

    facts: tuple[Fact, ...]
    folded: Folded
    had_uses: bool


def write_conflicts(
    tx: Connection, event: EventRow, used: Mapping[TicketId, Used], about: EventFacts, now_ms: int
) -> None:
    """Write the conflicts of these tickets. Their uses are in the tables by now."""
    around = _around(tx, event.id, used)
    new: list[Row] = [
        {
            "event_id": event.id,
            "digest": found.use.ref.digest,
            "ticket": ticket,
            "why": found.kind.value,
            "other": found.other,
            "ruling": None if found.ruling is None else int(found.ruling),
            "found_ms": now_ms,
        }
        for ticket, one in used.items()
        for found in conflicts_of(ticket, one.facts, one.folded, about, now_ms, around)
    ]
    store.put(tx, event.id, [ticket for ticket, one in used.items() if one.had_uses], new)


def twins(tx: Connection, event_id: int, came: Iterable[tuple[bytes, bytes, int]]) -> set[TicketId]:
    """Tickets with a use whose number its device used again: what came may have made it a conflict."""
    found = set(came)
    again = store.doubled(tx, event_id, {(device, run) for device, run, _ in found}) & found
    return store.tickets_used_at(tx, event_id, again)


def forks_of(tx: Connection, event_id: int, uses: Iterable[UseFact] | None = None) -> tuple[ForkedFact, ...]:
    """Which numbers were used for more than one entry: of the runs these uses are of, or of any, maybe in pieces."""
    runs = {(use.ref.identity.device, use.ref.identity.run) for use in uses or ()}
    twice = store.doubled_anywhere(tx, event_id) if uses is None else store.doubled(tx, event_id, runs) if runs else ()
    numbers: dict[tuple[bytes, bytes], list[int]] = {}
    for device, run, number in twice:
        numbers.setdefault((device, run), []).append(number)
    return tuple(
        ForkedFact(DeviceId(device), RunId(run), spans[at : at + SPANS_AT_ONCE])
        for (device, run), spans in sorted((key, spans_of(found)) for key, found in numbers.items())
        for at in range(0, len(spans), SPANS_AT_ONCE)
    )


def _around(tx: Connection, event_id: int, used: Mapping[TicketId, Used]) -> Circumstances:
    facts = [fact for one in used.values() for fact in one.facts]
    return Circumstances(
        forked=_forked(tx, event_id, [fact for fact in facts if isinstance(fact, UseFact)]),
        ahead=store.ahead(tx, event_id, sorted(used), AHEAD_MS),
    )


def _forked(tx: Connection, event_id: int, uses: Sequence[UseFact]) -> set[Digest]:
    names = {use.ref.digest: use.ref.identity for use in uses}
    again = store.doubled(tx, event_id, {(name.device, name.run) for name in names.values()})
    return {digest for digest, name in names.items() if (name.device, name.run, name.number) in again}
