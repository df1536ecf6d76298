"""Which uses a supervisor must decide: beyond what was bought, or by devices that had not heard each other."""

from __future__ import annotations

from collections.abc import Sequence

from common.decision import TicketView
from common.facts import UseFact, UseKind
from common.ids import ProductNo, TicketId
from common.ledger import Folded
from syncserver.stores.events import EventRow
from syncserver.stores.rows import Row

BEYOND, UNHEARD = "beyond_entitlement", "devices_had_not_heard"
_USES_COMPARED_MAX = 500  # of one ticket, the latest: who had heard of whom costs their square


def conflict_rows(event: EventRow, ticket: TicketId, folded: Folded, now_ms: int) -> list[Row]:
    """The uses of a ticket that are in conflict, as rows of `conflicts`."""
    view = folded.view
    if view is None:
        return []
    counted = folded.ledger.counted
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
