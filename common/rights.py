"""What a scan gives a right to, and whether its pass is still the good one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from common.decision import Finding, FoundTicket, Hint, Ledger, Reason, TicketView, TypedCode, VerifiedPass
from common.facts import Standing
from common.ids import ProductNo

Known = VerifiedPass | TypedCode | FoundTicket


def ticket_product_of(scan: Known, view: TicketView | None) -> ProductNo | None:
    """The product that admits: of pass and latest statement the newer one's; a tie is the statement's."""
    stated = None if view is None else view.product
    if isinstance(scan, TypedCode | FoundTicket) or (
        view is not None and stated is not None and not _is_newer(scan, view.product_ms)
    ):
        return stated
    return scan.product


def rights_of(scan: Known, view: TicketView | None) -> dict[ProductNo, int]:
    """Product -> quantity bought; the ticket's own product once. What has quantity 0 was taken away and is absent.

    Of each item the newer of pass and statement is believed; a product the pass does not list says nothing.
    """
    rights = dict(() if view is None else view.items)
    if isinstance(scan, VerifiedPass):
        stated_ms = dict(() if view is None else view.items_ms)
        rights |= {p: n for p, n in scan.items if p not in stated_ms or _is_newer(scan, stated_ms[p])}
    ticket = ticket_product_of(scan, view)
    if ticket is not None:
        rights[ticket] = max(1, rights.get(ticket, 0))
    return {product: quantity for product, quantity in rights.items() if quantity > 0}


def is_heard_of(view: TicketView | None) -> bool:
    """Whether the ticket's issue is in what was heard; a block alone says nothing of what was bought or used."""
    return view is not None and view.product is not None


def _unknown_ticket(scan: Known, view: TicketView | None, _uses: Ledger) -> Finding | None:
    if isinstance(scan, FoundTicket):
        is_known = is_heard_of(view)
    else:
        is_known = isinstance(scan, VerifiedPass) or _is_code_heard(scan, view)
    return None if is_known else Finding(Reason.UNKNOWN_TICKET)


def _revoked(scan: Known, view: TicketView | None, _uses: Ledger) -> Finding | None:
    is_out = isinstance(scan, VerifiedPass) and scan.key_withdrawn and not _is_code_heard(scan, view)
    return Finding(Reason.REVOKED) if is_out else None


def _superseded(scan: Known, view: TicketView | None, uses: Ledger) -> Finding | None:
    return Finding(Reason.SUPERSEDED) if _is_superseded(scan, view, uses) else None


def _cancelled(_scan: Known, view: TicketView | None, _uses: Ledger) -> Finding | None:
    return Finding(Reason.CANCELLED) if view is not None and view.cancelled else None


def _blocked(_scan: Known, view: TicketView | None, _uses: Ledger) -> Finding | None:
    return Finding(Reason.BLOCKED) if view is not None and view.blocked else None


# What speaks against the pass itself, in the fixed order. A ticket nobody knows has nothing more to check.
PASS_CHECKS: Final[tuple[tuple[Reason, Callable[[Known, TicketView | None, Ledger], Finding | None]], ...]] = (
    (Reason.UNKNOWN_TICKET, _unknown_ticket),
    (Reason.REVOKED, _revoked),
    (Reason.SUPERSEDED, _superseded),
    (Reason.CANCELLED, _cancelled),
    (Reason.BLOCKED, _blocked),
)


def _not_yet_valid(scan: Known, now_ms: int) -> Finding | None:
    """Whether the pass is valid yet; a typed code or a found ticket has no times of its own."""
    if isinstance(scan, TypedCode | FoundTicket) or scan.not_before_s is None or now_ms >= scan.not_before_s * 1000:
        return None
    return Finding(Reason.NOT_YET_VALID, hint=Hint(from_ms=scan.not_before_s * 1000))


def _expired(scan: Known, now_ms: int) -> Finding | None:
    """Whether the pass is still valid."""
    if isinstance(scan, TypedCode | FoundTicket) or now_ms < scan.expires_s * 1000:
        return None
    return Finding(Reason.EXPIRED, hint=Hint(until_ms=scan.expires_s * 1000))


VALIDITY_CHECKS: Final[tuple[tuple[Reason, Callable[[Known, int], Finding | None]], ...]] = (
    (Reason.NOT_YET_VALID, _not_yet_valid),
    (Reason.EXPIRED, _expired),
)


def _is_newer(scan: VerifiedPass, stated_ms: int) -> bool:
    return scan.signed_s * 1000 > stated_ms


def _is_code_heard(scan: VerifiedPass | TypedCode, view: TicketView | None) -> bool:
    return view is not None and scan.code_hash in (view.code_hash, *view.past_codes)


def _is_superseded(scan: Known, view: TicketView | None, uses: Ledger) -> bool:
    """Whether a newer code is known: by statement, or from a proven use of a higher generation."""
    if isinstance(scan, FoundTicket):  # whom the index names may have handed it on since
        return view is not None and _generation_seen(uses) > view.generation
    if view is not None and scan.code_hash in view.past_codes:
        return True
    if isinstance(scan, TypedCode):
        return view is not None and _generation_seen(uses) > view.generation
    if view is not None and view.code_hash is not None:
        if scan.generation < view.generation:
            return True
        if scan.generation == view.generation and scan.code_hash != view.code_hash:
            return True
    return scan.generation < _generation_seen(uses)


def _generation_seen(uses: Ledger) -> int:
    """The highest generation of a proven use, taken back or not: its pass was there. -1: none."""
    everything = (*uses.counted, *uses.waiting, *uses.struck)
    return max((use.generation for use in everything if use.standing is Standing.PROVEN), default=-1)
