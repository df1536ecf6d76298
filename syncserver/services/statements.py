"""What the server can state, one function per kind. Each takes a scribe's desk, so the caller owns the transaction.

All are idempotent by `key`: the same kind and key is one cause, stated once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from common.bodies import (
    Block,
    Cancel,
    Cancellation,
    CatalogueChanged,
    Decide,
    DeviceStated,
    Entitle,
    Entitlement,
    Issue,
    IssuedTicket,
    Message,
    Redate,
    Reissue,
    Revoke,
    Ruling,
    RunCut,
)
from common.conflicts import RULINGS_OF_PEOPLE
from common.decision import TicketView
from common.entries import Entry
from common.errors import BadInput
from common.facts import BlockFact, DecideFact, IssueFact, ReissueFact, Standing
from common.ids import BadgeId, CodeHash, DeviceId, PointNo, ProductNo, Ref, RunId, TicketId
from common.ticket_code import code_hash, derive_code
from common.ticket_view import heads
from syncserver.jobs.statement_args import (
    BLOCK,
    CANCEL,
    CATALOGUE,
    CHANGE,
    DECIDE,
    DEVICE,
    ENTITLE,
    ISSUE,
    MESSAGE,
    REDATE,
    REISSUE,
    REVOKE,
    CancelWanted,
    ChangeWanted,
    GrantWanted,
    TicketWanted,
    cause_of,
)
from syncserver.services.judging import judge
from syncserver.services.scribe import Desk
from syncserver.services.ticket_fold import load_event_facts, stated_ms
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store

PER_STATEMENT = 500
ACCEPTED_MAX = 1_000
MS_PER_SECOND, MS_PER_MINUTE = 1_000, 60_000
GENERATION_MAX = 2**32 - 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunPart:
    """Entries first..last of a run."""

    device: DeviceId
    run: RunId
    first: int
    last: int


(
    _ISSUE, _REISSUE, _ENTITLE, _CANCEL, _BLOCK, _CATALOGUE, _DEVICE, _DECIDE, _REVOKE, _MESSAGE,
    _REDATE,
) = (
    int(kind.__struct_config__.tag)  # type: ignore[arg-type]
    for kind in (
        Issue, Reissue, Entitle, Cancel, Block, CatalogueChanged, DeviceStated, Decide, Revoke, Message, Redate,
    )
)  # fmt: skip


def issue(desk: Desk, key: bytes, wanted: Sequence[TicketWanted]) -> list[Entry]:
    """Tickets come into the world, 500 to a statement."""
    stated = (
        desk.state(_ISSUE, Issue(cause_of(ISSUE, key, part), tuple(_issued(desk, one) for one in some)))
        for part, some in enumerate(_parts(wanted))
    )
    return [entry for entry in stated if entry is not None]


def _issued(desk: Desk, wanted: TicketWanted) -> IssuedTicket:
    ticket = TicketId(wanted.ticket)
    items = tuple((ProductNo(product), quantity) for product, quantity in wanted.items)
    hashed = code_hash(derive_code(desk.keys.code, ticket, 0))
    return IssuedTicket(ticket, hashed, 0, ProductNo(wanted.product), items, wanted.paid)


def change_product(desk: Desk, key: bytes, wanted: Sequence[ChangeWanted]) -> list[Entry]:
    """Tickets become tickets of other products, keeping code and generation. Raises BadInput for one never issued."""
    stated = []
    for part, some in enumerate(_parts(wanted)):
        known = [_known_view(desk, TicketId(one.ticket)) for one in some]
        pairs = zip(known, some, strict=True)
        changed = tuple(_changed(desk, view, ProductNo(one.product)) for view, one in pairs)
        # Later than any pass of these was signed, or a device would believe a pass before the statement.
        after_ms = max((stated_ms(view) // MS_PER_SECOND + 1) * MS_PER_SECOND for view in known)
        stated.append(desk.state(_ISSUE, Issue(cause_of(CHANGE, key, part), changed), not_before_ms=after_ms))
    return [entry for entry in stated if entry is not None]


def _known_view(desk: Desk, ticket: TicketId) -> TicketView:
    known = desk.ticket(ticket)
    if known is None or known.folded.view is None or known.folded.view.product is None:
        raise BadInput(f"ticket {ticket.hex()}: not issued yet, so it cannot become another one")
    return known.folded.view


def _changed(desk: Desk, view: TicketView, product: ProductNo) -> IssuedTicket:
    hashed = code_hash(derive_code(desk.keys.code, view.ticket, view.generation))
    return IssuedTicket(view.ticket, hashed, view.generation, product, (), view.paid)


def entitle(desk: Desk, key: bytes, wanted: Sequence[GrantWanted]) -> list[Entry]:
    """Later items for tickets that exist."""
    stated = (
        desk.state(
            _ENTITLE,
            Entitle(
                cause_of(ENTITLE, key, part),
                tuple(Entitlement(TicketId(one.ticket), ProductNo(one.product), one.quantity) for one in some),
            ),
        )
        for part, some in enumerate(_parts(wanted))
    )
    return [entry for entry in stated if entry is not None]


def cancel(desk: Desk, key: bytes, wanted: Sequence[CancelWanted]) -> list[Entry]:
    """Tickets or items are no longer good."""
    stated = (
        desk.state(_CANCEL, Cancel(cause_of(CANCEL, key, part), tuple(_cancellation(one) for one in some)))
        for part, some in enumerate(_parts(wanted))
    )
    return [entry for entry in stated if entry is not None]


def _cancellation(wanted: CancelWanted) -> Cancellation:
    product = None if wanted.product is None else ProductNo(wanted.product)
    return Cancellation(TicketId(wanted.ticket), product, wanted.quantity)


def _parts(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    return (wanted[at : at + PER_STATEMENT] for at in range(0, len(wanted), PER_STATEMENT))


def block(
    desk: Desk, key: bytes, ticket: TicketId, why: str, *, blocked: bool = True, operator: BadgeId | None = None
) -> Entry | None:
    """Block or unblock a ticket, replacing what was in force. A ticket nobody heard of can be blocked too."""
    known = desk.ticket(ticket)
    in_force = heads(fact for fact in (known.facts if known else ()) if isinstance(fact, BlockFact))
    replaces = tuple(fact.ref for fact in in_force)
    return desk.state(_BLOCK, Block(cause_of(BLOCK, key), ticket, blocked, why[:200], replaces), operator)


def reissue(desk: Desk, key: bytes, ticket: TicketId, operator: BadgeId | None = None) -> Entry | None:
    """Give a ticket a new generation and code. Raises BadInput for a ticket nobody heard of.

    The uses it accepts are believed everywhere from then on, so none is among them that a thief may have made up.
    """
    known = desk.ticket(ticket)
    if known is None or known.folded.view is None:
        raise BadInput(f"ticket {ticket.hex()}: unknown here, so it cannot get a new code")
    generations = [fact.generation for fact in known.facts if isinstance(fact, IssueFact | ReissueFact)]
    generation = _next_generation(desk, max(generations, default=0))
    in_force = heads(fact for fact in known.facts if isinstance(fact, ReissueFact))
    counted = known.folded.ledger.counted[-ACCEPTED_MAX:]
    by_code = judge(desk.keys.code, desk.event)
    accepted = tuple(use.ref for use in counted if Standing.PROVEN in {use.standing, by_code(use)})
    hashed: CodeHash = code_hash(derive_code(desk.keys.code, ticket, generation))
    replaces = tuple(fact.ref for fact in in_force)
    body = Reissue(cause_of(REISSUE, key), ticket, generation, hashed, accepted, replaces)
    return desk.state(_REISSUE, body, operator)


def _next_generation(desk: Desk, last: int) -> int:
    """Minutes since the event was created, always above the last: a restored server never uses one twice."""
    minutes = (desk.now_ms - desk.event.created_ms) // MS_PER_MINUTE
    return min(max(last + 1, minutes), GENERATION_MAX)


def decide(desk: Desk, key: bytes, ticket: TicketId, target: Ref, ruling: Ruling, note: str = "") -> Entry | None:
    """Rule on one use of a ticket, replacing what was ruled in the same matter: a note replaces nothing."""
    known = desk.ticket(ticket)
    facts = known.facts if known else ()
    in_force = heads(fact for fact in facts if isinstance(fact, DecideFact) and fact.target == target)
    matter = RULINGS_OF_PEOPLE if ruling in RULINGS_OF_PEOPLE else {ruling} - {Ruling.NOTE}
    replaces = tuple(fact.ref for fact in in_force if fact.ruling in matter)
    return desk.state(_DECIDE, Decide(cause_of(DECIDE, key), ticket, target, int(ruling), replaces, note[:200]))


def lift_block(desk: Desk, key: bytes, ticket: TicketId, blocks: Sequence[Ref]) -> Entry | None:
    """Take these blocks back and no others: of several in force, blocked beats unblocked."""
    return desk.state(_BLOCK, Block(cause_of(BLOCK, key), ticket, blocked=False, why="", replaces=tuple(blocks)))


def message(desk: Desk, key: bytes, point: PointNo | None, text: str) -> Entry | None:
    """A text from the control room to the kiosks of one point, or of all."""
    return desk.state(_MESSAGE, Message(cause_of(MESSAGE, key), point, text[:1000]))


def redate(desk: Desk, key: bytes, span: RunPart, seconds: int) -> Entry | None:
    """Correct the times of entries of a run, replacing earlier corrections within. Raises BadInput.

    A correction that reaches beyond this one cannot be replaced by it, or the rest would lose its own.
    """
    earlier = [
        fact
        for fact in load_event_facts(desk.tx, desk.event.id).redates
        if (fact.device, fact.run) == (span.device, span.run)
    ]
    met = [fact for fact in heads(earlier) if fact.first <= span.last and fact.last >= span.first]
    for fact in met:
        if fact.first < span.first or fact.last > span.last:
            raise BadInput(f"entries {fact.first} to {fact.last} were corrected together: correct at least all of them")
    replaces = tuple(fact.ref for fact in met)
    body = Redate(cause_of(REDATE, key), span.device, span.run, span.first, span.last, seconds, replaces)
    return desk.state(_REDATE, body)


def device(
    desk: Desk, key: bytes, device_id: DeviceId, certificate: bytes, name: str, point: PointNo | None
) -> Entry | None:
    """A device was enrolled, moved or renamed."""
    known = device_store.by_id(desk.tx, desk.event.id, device_id)
    replaces = _ref_of(desk, known.statement) if known and known.statement else ()
    body = DeviceStated(cause_of(DEVICE, key), device_id, certificate, name, point, replaces)
    return desk.state(_DEVICE, body)


def _ref_of(desk: Desk, digest: bytes) -> tuple[Ref, ...]:
    ref = entry_store.ref_of(desk.tx, desk.event.id, digest)
    return (ref,) if ref is not None else ()


def revoke(desk: Desk, key: bytes, device_id: DeviceId, why: str, operator: BadgeId | None = None) -> Entry | None:
    """A device is out: what is here of it now counts, what comes later waits."""
    cut = tuple(
        RunCut(run, line.last, line.digest)
        for run, lines in entry_store.lines_of_device(desk.tx, desk.event.id, device_id).items()
        for line in lines
    )
    return desk.state(_REVOKE, Revoke(cause_of(REVOKE, key), device_id, cut[-1000:], why[:200]), operator)


def catalogue(desk: Desk, key: bytes, version: int) -> Entry | None:
    """Products or points changed."""
    return desk.state(_CATALOGUE, CatalogueChanged(cause_of(CATALOGUE, key), version))
