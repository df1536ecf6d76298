"""From entries to facts: what an entry says of each ticket, and of the event as a whole.

An entry its author had no right to write, or that is not understood, gives no facts; it is still kept and forwarded.
"""

from __future__ import annotations

from collections.abc import Iterable

from common.bodies import (
    Block,
    Body,
    Cancel,
    Decide,
    Entitle,
    Exit,
    HandedOut,
    Issue,
    IssuedTicket,
    KioskBody,
    MessageRead,
    Moved,
    Override,
    Redate,
    Redeem,
    Reissue,
    Revoke,
    UnknownBody,
    Void,
)
from common.entries import Entry, is_statement
from common.facts import (
    BlockFact,
    CancelFact,
    DecideFact,
    EntitleFact,
    Fact,
    HandedFact,
    IssueFact,
    RedateFact,
    ReissueFact,
    RevokeFact,
    Standing,
    UseFact,
    UseKind,
    VoidFact,
)
from common.ids import ProductNo, TicketId


def is_allowed(entry: Entry, is_server: bool) -> bool:  # noqa: FBT001 - a claim about the author
    """Whether its author may write it: statements are the server's alone, kiosk bodies a kiosk's alone.

    What is not allowed is received, forwarded and shown to a supervisor, but folds as nothing: the caller does not
    ask for its facts. An UnknownBody is nobody's, so it is allowed and has no facts.
    """
    if isinstance(entry.body, UnknownBody):
        return True
    return is_statement(entry.body) == is_server


def facts_of(entry: Entry, standing: Standing) -> tuple[Fact, ...]:
    """What the entry says of tickets, one fact for each ticket (and product) it speaks of.

    `standing` is how far its author is believed: PROVEN for own entries and rows the server signed, else CLAIMED.
    A claimed use without a proof of scan comes out UNPROVEN. Ask `is_allowed` first.
    """
    body = entry.body
    if isinstance(body, Redeem | Exit | Override):
        return (_use(entry, body, standing),)
    if isinstance(body, Void):
        return (VoidFact(entry.ref, body.ticket, body.target),)
    if isinstance(body, HandedOut):
        return (HandedFact(entry.ref, body.ticket, body.use, body.lines, body.replaces),)
    if isinstance(body, Issue):
        # A statement that names a ticket twice alike says it once.
        return tuple(dict.fromkeys(_issue(entry, body, issued) for issued in body.tickets))
    if isinstance(body, Entitle):
        return _entitles(entry, body)
    if isinstance(body, Cancel):
        return _cancels(entry, body)
    return _of_one_ticket(entry, body)


def event_facts_of(entry: Entry) -> tuple[RedateFact | RevokeFact, ...]:
    """What the entry says of devices, which bears on the fold of every ticket. Ask `is_allowed` first."""
    body = entry.body
    if isinstance(body, Redate):
        return (RedateFact(entry.ref, body.device, body.run, body.first, body.last, body.seconds, body.replaces),)
    if isinstance(body, Revoke):
        cut = tuple((line.run, line.last, line.digest) for line in body.cut)
        return (RevokeFact(entry.ref, body.device, cut),)
    return ()


def tickets_of(entry: Entry) -> tuple[TicketId, ...]:
    """The tickets an entry is about, each once, in its own order: what an index by ticket holds."""
    return tuple(dict.fromkeys(_tickets(entry.body)))


def _tickets(body: Body) -> Iterable[TicketId]:
    if isinstance(body, Issue):
        return [issued.ticket for issued in body.tickets]
    if isinstance(body, Entitle):
        return [grant.ticket for grant in body.grants]
    if isinstance(body, Cancel):
        return [gone.ticket for gone in body.cancelled]
    if isinstance(body, Moved | MessageRead):
        return []
    if isinstance(body, KioskBody | Reissue | Block | Decide) and body.ticket is not None:
        return [body.ticket]
    return []


def _use(entry: Entry, body: Redeem | Exit | Override, standing: Standing) -> UseFact:
    if standing is Standing.CLAIMED and body.proof is None:
        standing = Standing.UNPROVEN
    return UseFact(
        ref=entry.ref,
        ticket=body.ticket,
        kind=_KINDS[type(body)],
        generation=body.generation,
        product=body.product,
        quantity=1 if isinstance(body, Exit) else body.quantity,
        point=body.point,
        area=body.area,
        day=body.day,
        time_ms=entry.stamp.corrected_ms,
        seen=tuple(ref.digest for ref in body.seen),
        standing=standing,
        proof=body.proof,
        flags=body.flags,
    )


_KINDS = {Redeem: UseKind.REDEEM, Exit: UseKind.EXIT, Override: UseKind.OVERRIDE}


def _issue(entry: Entry, body: Issue, issued: IssuedTicket) -> IssueFact:
    return IssueFact(
        ref=entry.ref,
        ticket=issued.ticket,
        cause=body.cause,
        code_hash=issued.code_hash,
        generation=issued.generation,
        product=issued.product,
        items=_summed(issued.items),
        paid=issued.paid,
        time_ms=entry.stamp.corrected_ms,
    )


def _summed(items: Iterable[tuple[ProductNo, int]]) -> tuple[tuple[ProductNo, int], ...]:
    """Each product once: a statement may list one twice, and facts are a set."""
    total: dict[ProductNo, int] = {}
    for product, quantity in items:
        total[product] = total.get(product, 0) + quantity
    return tuple(sorted(total.items()))


def _entitles(entry: Entry, body: Entitle) -> tuple[EntitleFact, ...]:
    total: dict[tuple[TicketId, ProductNo], int] = {}
    for grant in body.grants:
        key = (grant.ticket, grant.product)
        total[key] = total.get(key, 0) + grant.quantity
    time_ms = entry.stamp.corrected_ms
    return tuple(EntitleFact(entry.ref, t, body.cause, p, n, time_ms) for (t, p), n in total.items())


def _cancels(entry: Entry, body: Cancel) -> tuple[CancelFact, ...]:
    total: dict[tuple[TicketId, ProductNo | None], int | None] = {}
    for gone in body.cancelled:
        key = (gone.ticket, gone.product)
        so_far = total.get(key, 0)
        total[key] = None if so_far is None or gone.quantity is None else so_far + gone.quantity
    time_ms = entry.stamp.corrected_ms
    return tuple(CancelFact(entry.ref, t, body.cause, p, n, time_ms) for (t, p), n in total.items())


def _of_one_ticket(entry: Entry, body: Body) -> tuple[Fact, ...]:
    if isinstance(body, Reissue):
        return (_reissue(entry, body),)
    if isinstance(body, Block):
        time_ms = entry.stamp.corrected_ms
        return (BlockFact(entry.ref, body.ticket, body.cause, body.blocked, body.why, body.replaces, time_ms),)
    if isinstance(body, Decide):
        return (DecideFact(entry.ref, body.ticket, body.cause, body.target, body.ruling, body.replaces),)
    return ()


def _reissue(entry: Entry, body: Reissue) -> ReissueFact:
    return ReissueFact(
        ref=entry.ref,
        ticket=body.ticket,
        cause=body.cause,
        code_hash=body.code_hash,
        generation=body.generation,
        accepted=body.accepted,
        replaces=body.replaces,
        time_ms=entry.stamp.corrected_ms,
    )
