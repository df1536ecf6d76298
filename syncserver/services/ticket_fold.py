"""Folding tickets on the server: new facts join those known, and tables for boards and finder follow.

Used by the projector (entries as they came), the scribe (its own statements, at once) and by evidence (rows of our own
snapshots). All of them may bring the same fact: facts are a set, so order and repetition do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from common.decision import Ledger, TicketView
from common.fact_rows import pack_facts, unpack_event_fact
from common.facts import EventFacts, Fact, IssueFact, RedateFact, ReissueFact, RevokeFact, Standing, UseFact, UseKind
from common.ids import CodeHash, ProductNo, Ref, TicketId
from common.ledger import CheckProof, Folded, fold
from syncserver.services.fact_numbers import FactNumbers
from syncserver.stores import tickets as store
from syncserver.stores.events import EventRow
from syncserver.stores.rows import Row

COUNTED, WAITING, STRUCK = "counted", "waiting", "struck"
BEYOND, UNHEARD = "beyond_entitlement", "devices_had_not_heard"
_USES_COMPARED_MAX = 500  # of one ticket, the latest: who had heard of whom costs their square


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket as it is after a fold."""

    facts: tuple[Fact, ...]
    folded: Folded


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
    is_recovered: bool = False,
    check_proof: CheckProof | None = None,
) -> dict[TicketId, KnownTicket]:
    """Add facts to tickets, fold and write all that follows. The caller holds the projection lock.

    Statements among the facts must have been registered with `numbers`. `check_proof` settles uses that carry a proof
    nobody has judged yet: the standing it gives is written for good.
    """
    if not new_facts:
        return {}
    about = load_event_facts(tx, event.id)
    packed = store.packed_for_update(tx, event.id, list(new_facts))
    before = numbers.unpack(packed)
    known: dict[TicketId, KnownTicket] = {}
    for ticket, facts in before.items():
        united = _judged(unite((*facts, *new_facts[ticket])), check_proof)
        known[ticket] = KnownTicket(united, fold(ticket, united, about, now_ms))
    rows = [_ticket_row(ticket, one, numbers) for ticket, one in known.items()]
    if is_recovered:
        rows = [{**row, "is_recovered": True} for row in rows]
    store.put_folded(tx, event.id, rows)
    _write_details(tx, event, known, new_facts, now_ms)
    return known


def read_ticket(tx: Connection, event: EventRow, ticket: TicketId, now_ms: int) -> KnownTicket | None:
    """A ticket as known now, without changing anything; None if nothing was heard of it."""
    packed = store.packed(tx, event.id, ticket)
    if packed is None:
        return None
    facts = FactNumbers(tx, event).unpack({ticket: packed})[ticket]
    return KnownTicket(facts, fold(ticket, facts, load_event_facts(tx, event.id), now_ms))


def unite(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Each fact once; of a use known twice the better standing."""
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


def _judged(facts: tuple[Fact, ...], check_proof: CheckProof | None) -> tuple[Fact, ...]:
    if check_proof is None:
        return facts
    return tuple(
        replace(fact, standing=Standing.PROVEN if check_proof(fact) else Standing.UNPROVEN)
        if isinstance(fact, UseFact) and fact.standing is Standing.CLAIMED
        else fact
        for fact in facts
    )


def _ticket_row(ticket: TicketId, known: KnownTicket, numbers: FactNumbers) -> Row:
    view = known.folded.view
    issued = [fact.time_ms for fact in known.facts if isinstance(fact, IssueFact)]
    return {
        "ticket": ticket,
        "facts": pack_facts(known.facts, numbers.base, numbers.run_of, numbers.statement_of),
        "is_issued": view is not None,
        "generation": view.generation if view else None,
        "code_hash": view.code_hash if view else None,
        "product_no": view.product if view else None,
        "is_paid": view.paid if view else False,
        "is_cancelled": view.cancelled if view else False,
        "is_blocked": view.blocked if view else False,
        "admissions": _admissions(view, known.folded.ledger),
        "issued_ms": min(issued, default=None),
        "stated_ms": _stated_ms(view),
    }


def _stated_ms(view: TicketView | None) -> int | None:
    """When the latest statement about what the ticket is good for was made."""
    return None if view is None else max([view.product_ms, *(ms for _, ms in view.items_ms)])


def _admissions(view: TicketView | None, ledger: Ledger) -> int:
    product = view.product if view else None
    return sum(1 for use in ledger.counted if use.product == product and use.kind is not UseKind.EXIT)


def _write_details(
    tx: Connection,
    event: EventRow,
    known: Mapping[TicketId, KnownTicket],
    new_facts: Mapping[TicketId, Sequence[Fact]],
    now_ms: int,
) -> None:
    stated = {t: known[t] for t, facts in new_facts.items() if any(not isinstance(f, UseFact) for f in facts)}
    items = {t: one.folded.view.items for t, one in stated.items() if one.folded.view}
    store.put_items(tx, event.id, {t: tuple((p, n) for p, n in held if n > 0) for t, held in items.items()})
    store.add_codes(tx, event.id, _codes(new_facts))
    used = {t: one for t, one in known.items() if any(isinstance(fact, UseFact) for fact in one.facts)}
    if used:
        _write_uses(tx, event, used)
        found = [row for t, one in used.items() for row in _conflict_rows(event, t, one, now_ms)]
        store.put_conflicts(tx, event.id, list(used), found)


def _codes(new_facts: Mapping[TicketId, Sequence[Fact]]) -> set[tuple[CodeHash, TicketId]]:
    return {
        (fact.code_hash, ticket)
        for ticket, facts in new_facts.items()
        for fact in facts
        if isinstance(fact, IssueFact | ReissueFact)
    }


def _write_uses(tx: Connection, event: EventRow, known: Mapping[TicketId, KnownTicket]) -> None:
    written = store.use_states(tx, event.id, list(known))
    rows: list[Row] = []
    for one in known.values():
        ledger = one.folded.ledger
        shifts = dict(ledger.redated_ms)
        for state, uses in ((COUNTED, ledger.counted), (WAITING, ledger.waiting), (STRUCK, ledger.struck)):
            for use in uses:
                time_ms = use.time_ms + shifts.get(use.ref.digest, 0)
                if written.get(use.ref.digest) != (state, int(use.standing), time_ms):
                    rows.append(_use_row(event.id, use, state, time_ms))
    store.put_uses(tx, rows)


def _use_row(event_id: int, use: UseFact, state: str, time_ms: int) -> Row:
    name = use.ref.identity
    return {
        "event_id": event_id,
        "digest": use.ref.digest,
        "ticket": use.ticket,
        "device": name.device,
        "run": name.run,
        "number": name.number,
        "kind": int(use.kind),
        "product_no": use.product,
        "quantity": use.quantity,
        "point_no": use.point,
        "area_no": use.area,
        "day": use.day,
        "time_ms": time_ms,
        "state": state,
        "standing": int(use.standing),
    }


# --- conflicts ------------------------------------------------------------------------------------


def _conflict_rows(event: EventRow, ticket: TicketId, known: KnownTicket, now_ms: int) -> list[Row]:
    view = known.folded.view
    if view is None:
        return []
    counted = known.folded.ledger.counted
    found = {use.ref.digest: BEYOND for use in _beyond_quantity(view, counted)}
    found.update({use.ref.digest: UNHEARD for use in _unheard(view.product, counted)})
    return [
        {"event_id": event.id, "digest": digest, "ticket": ticket, "why": why, "found_ms": now_ms}
        for digest, why in found.items()
    ]


def _beyond_quantity(view: TicketView, counted: Sequence[UseFact]) -> list[UseFact]:
    """Uses of items past the quantity bought, in the ledger's order; what a person answered for is none."""
    left: dict[ProductNo, int] = dict(view.items)
    beyond: list[UseFact] = []
    for use in counted:
        if use.product == view.product or use.kind is UseKind.EXIT:
            continue
        left[use.product] = left.get(use.product, 0) - use.quantity
        if left[use.product] < 0 and use.kind is UseKind.REDEEM:
            beyond.append(use)
    return beyond


def _unheard(product: ProductNo | None, counted: Sequence[UseFact]) -> list[UseFact]:
    """Admissions that did not know of an earlier one in the same area on the same day.

    No rule of the catalogue is asked: rules of now must not judge uses of then. A device that had heard of the other
    admission let its own rules decide; one that had not could not.
    """
    unheard: list[UseFact] = []
    before: dict[tuple[int, int], UseFact] = {}
    ancestors: dict[bytes, frozenset[bytes]] = {}
    for use in counted[-_USES_COMPARED_MAX:]:
        seen = frozenset(use.seen).union(*(ancestors.get(digest, frozenset()) for digest in use.seen))
        ancestors[use.ref.digest] = seen
        if use.product != product or use.kind is UseKind.EXIT:
            continue
        place = (use.area, use.day)
        earlier = before.get(place)
        if earlier is not None and earlier.ref.digest not in seen and use.kind is UseKind.REDEEM:
            unheard.append(use)
        before[place] = use
    return unheard
