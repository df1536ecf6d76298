"""All that ever happened to a ticket, in one line of time: orders, money, mails, statements, uses, refusals."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from common.bodies import Flag, Refuse, Ruling
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EntitleFact,
    Fact,
    IssueFact,
    ReissueFact,
    UseFact,
    UseKind,
    VoidFact,
)
from common.ids import ProductNo, Ref
from common.marks import for_people
from syncserver.services.admin_entries import Refusals, reason_of
from syncserver.services.admin_names import Names
from syncserver.services.override_reasons import OverrideReason, OverrideReasons
from syncserver.services.ticket_fold import COUNTED, STRUCK, WAITING, KnownTicket
from syncserver.stores import entry_list, payments, tickets
from syncserver.stores import mail as mail_store
from syncserver.stores import staff as staff_store
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named
from syncserver.stores.orders import OrderRow

REFUSALS_MAX, ACTIONS_MAX, MOMENTS_MAX = 200, 200, 1_000
SAME_DEED_MS = 10_000  # between what a person did and the statement that came of it
REFUSE = int(Refuse.__struct_config__.tag)  # type: ignore[arg-type]


class MomentKind(StrEnum):
    """What happened."""

    ORDERED = "ordered"
    PAID = "paid"
    REFUNDED = "refunded"
    CLOSED = "closed"
    MAILED = "mailed"
    ISSUED = "issued"
    CHANGED = "changed"  # became another product
    ENTITLED = "entitled"
    CANCELLED = "cancelled"
    REISSUED = "reissued"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    DECIDED = "decided"
    REDEEM = "redeem"
    EXIT = "exit"
    OVERRIDE = "override"
    VOID = "void"
    REFUSE = "refuse"


_USES = {UseKind.REDEEM: MomentKind.REDEEM, UseKind.EXIT: MomentKind.EXIT, UseKind.OVERRIDE: MomentKind.OVERRIDE}
_DEEDS = {"block": MomentKind.BLOCKED, "unblock": MomentKind.UNBLOCKED, "reissue": MomentKind.REISSUED}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line. `time_ms` is None where nobody wrote the time down; `who` is a person, `device` a kiosk's name."""

    kind: MomentKind
    time_ms: int | None
    product: str = ""
    quantity: int = 0
    point: Named | None = None
    device: str = ""
    who: str = ""
    why: str = ""
    typed: str = ""  # why somebody overrode, in words that may name anybody
    state: str = ""
    flags: tuple[Flag | int, ...] = ()
    is_conflict: bool = False
    order_code: str = ""
    amount_minor: int = 0
    currency: str = ""
    generation: int | None = None
    until_ms: int | None = None  # of refusals that were the same: when the last of so many was


def moments_of(
    tx: Connection,
    event: EventRow,
    ticket: bytes,
    known: KnownTicket | None,
    orders: Sequence[OrderRow],
    called: Names,
    reasons: OverrideReasons,
) -> tuple[Moment, ...]:
    """The newest first, at most 1,000; what has no time last."""
    facts = known.facts if known else ()
    overrides = [one.ref.digest for one in facts if isinstance(one, UseFact) and one.kind is UseKind.OVERRIDE]
    found = [
        *(_facts(tx, event, ticket, known, called, reasons.of(tx, event, overrides)) if known else ()),
        *_refusals(tx, event, ticket, called),
        *(moment for order in orders for moment in _order(tx, order)),
    ]
    found = _with_people(tx, event, ticket, found)
    found.sort(key=lambda one: (one.time_ms is not None, one.time_ms or 0), reverse=True)
    return tuple(found[:MOMENTS_MAX])


def _facts(
    tx: Connection,
    event: EventRow,
    ticket: bytes,
    known: KnownTicket,
    called: Names,
    overrode: Mapping[bytes, OverrideReason],
) -> Iterator[Moment]:
    untimed = [one.ref.digest for one in known.facts if isinstance(one, BlockFact | DecideFact | VoidFact)]
    times = {digest: at for digest, (at, _) in entry_list.written(tx, event.id, untimed).items()}
    states = _states(known)
    beyond = tickets.conflict_digests(tx, event.id, ticket)
    before = _before(known)
    for fact in known.facts:
        if isinstance(fact, UseFact):
            told = overrode.get(fact.ref.digest)
            moment = _use(fact, states, beyond, called)
            yield moment if told is None else replace(moment, why=told.reason, typed=told.why)
        elif isinstance(fact, IssueFact) and fact.ref in before:
            names = called.product(before[fact.ref]), called.product(fact.product)
            yield Moment(MomentKind.CHANGED, fact.time_ms, " → ".join(names), 1)
        else:
            yield from _statement(fact, times, called)


def _before(known: KnownTicket) -> dict[Ref, ProductNo]:
    """What the ticket was when a further issue made another product of it."""
    issues = sorted((f for f in known.facts if isinstance(f, IssueFact)), key=lambda fact: (fact.time_ms, fact.ref))
    pairs = itertools.pairwise(issues)
    return {later.ref: first.product for first, later in pairs if later.product != first.product}


def _states(known: KnownTicket) -> dict[Ref, str]:
    ledger = known.folded.ledger
    kinds = ((COUNTED, ledger.counted), (WAITING, ledger.waiting), (STRUCK, ledger.struck))
    return {use.ref: state for state, uses in kinds for use in uses}


def _use(fact: UseFact, states: dict[Ref, str], beyond: set[bytes], called: Names) -> Moment:
    return Moment(
        kind=_USES[fact.kind],
        time_ms=fact.time_ms,
        product=called.product(fact.product),
        quantity=fact.quantity,
        point=called.points.get(fact.point),
        device=called.device(fact.ref.identity.device),
        state=states.get(fact.ref, ""),
        flags=tuple(Flag(no) if no in set(Flag) else no for no in for_people(fact.flags)),
        is_conflict=fact.ref.digest in beyond,
        generation=fact.generation,
    )


def _statement(fact: Fact, times: dict[bytes, int], called: Names) -> Iterator[Moment]:
    at = times.get(fact.ref.digest)
    match fact:
        case IssueFact():
            yield Moment(MomentKind.ISSUED, fact.time_ms, called.product(fact.product), 1)
            for product, quantity in fact.items:
                yield Moment(MomentKind.ENTITLED, fact.time_ms, called.product(product), quantity)
        case EntitleFact():
            yield Moment(MomentKind.ENTITLED, fact.time_ms, called.product(fact.product), fact.quantity)
        case CancelFact():
            what = called.product(fact.product) if fact.product is not None else ""
            yield Moment(MomentKind.CANCELLED, fact.time_ms, what, fact.quantity or 0)
        case ReissueFact():
            yield Moment(MomentKind.REISSUED, fact.time_ms, generation=fact.generation)
        case BlockFact():
            yield Moment(MomentKind.BLOCKED if fact.blocked else MomentKind.UNBLOCKED, at, why=fact.why)
        case DecideFact() if fact.ruling != Ruling.PROVEN:  # the scribe's own bookkeeping of proofs
            ruling = Ruling(fact.ruling).name.lower() if fact.ruling in set(Ruling) else str(fact.ruling)
            yield Moment(MomentKind.DECIDED, at, state=ruling)
        case VoidFact():
            yield Moment(MomentKind.VOID, at, device=called.device(fact.ref.identity.device))


def _refusals(tx: Connection, event: EventRow, ticket: bytes, called: Names) -> Iterator[Moment]:
    rows = entry_list.refusals_of(tx, event.id, ticket, REFUSE, REFUSALS_MAX)
    told = Refusals.among(event, rows)
    for row in rows:
        if row.digest in told.repeats:
            continue
        point = None if row.point_no is None else called.points.get(row.point_no)
        count, device = told.counts.get(row.digest), called.device(row.device)
        moment = Moment(MomentKind.REFUSE, row.time_ms, point=point, device=device, why=reason_of(event, row))
        yield moment if count is None else replace(moment, quantity=count.times, until_ms=count.last_ms)


def _order(tx: Connection, order: OrderRow) -> Iterator[Moment]:
    code = order.code
    yield Moment(MomentKind.ORDERED, order.placed_ms, order_code=code)
    for one in payments.movements_of_order(tx, order.id):
        kind = MomentKind.PAID if one.amount_minor >= 0 else MomentKind.REFUNDED
        yield Moment(kind, one.made_ms, order_code=code, amount_minor=one.amount_minor, currency=one.currency)
    if order.closed_ms is not None:
        yield Moment(MomentKind.CLOSED, order.closed_ms, order_code=code)
    for mail in mail_store.of_order(tx, order.id):
        if mail.sent_ms is not None:
            yield Moment(MomentKind.MAILED, mail.sent_ms, order_code=code)


def _with_people(tx: Connection, event: EventRow, ticket: bytes, found: Iterable[Moment]) -> list[Moment]:
    """Statements with the person whose deed they came of."""
    actions = staff_store.actions_on(tx, event.id, ticket.hex(), ACTIONS_MAX)
    deeds = [(_DEEDS[one.action], one.made_ms, one.name) for one in actions if one.action in _DEEDS]

    def who(moment: Moment) -> str:
        near = [
            (abs(at - moment.time_ms), name)
            for kind, at, name in deeds
            if kind is moment.kind and moment.time_ms is not None and abs(at - moment.time_ms) <= SAME_DEED_MS
        ]
        return min(near)[1] if near else ""

    return [replace(one, who=who(one)) if one.kind in _DEEDS.values() else one for one in found]
