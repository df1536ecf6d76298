"""Which sizes, colours or departures are handed out: shown with a verdict, written beside its use, put right by people.

What was bought is known from snapshots alone; what was handed out, from entries. Verdicts never wait for either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from common.bodies import HandedLine, HandedOut, Override, Redeem
from common.catalogue import Catalogue, CatalogueProduct
from common.decision import Fault, Ledger, Outcome
from common.entries import Entry
from common.handout import is_handed_out
from common.ids import ProductNo, Ref, TicketId
from common.variants import Left, Pieces, left_by_variant
from kiosk.known import Known
from kiosk.not_done import NotDone, Why
from kiosk.pieces import LeftOf, every_variant, handing_of, put_right, variants_shown, with_left, with_variants
from kiosk.shown import Handing, Names, OfferedChoice, Shown, VariantShown
from kiosk.store.journal import Journal
from kiosk.surroundings import Here
from kiosk.used_up import used_up
from kiosk.writing import Judged


class Handings:
    """Belongs to one station, which calls it under its own lock. Every call raises StoreTrouble."""

    def __init__(self, known: Known, journal: Journal) -> None:
        self._known, self._journal = known, journal

    def of(self, judged: Judged, here: Here) -> Handing | None:
        """What to hand out of each variant; None where the product has none, or nothing is handed out."""
        if judged.ticket is None:
            return None
        return handing_of(judged.verdict, here.catalogue, self._left_of(judged.ticket, judged.ledger))

    def offered(self, choices: tuple[OfferedChoice, ...], judged: Judged, here: Here) -> tuple[OfferedChoice, ...]:
        """What can be chosen, each with the variants that are left of it."""
        ticket = judged.ticket
        if ticket is None or judged.verdict.outcome is not Outcome.ASK:
            return choices
        left_of = self._left_of(ticket, judged.ledger)
        return tuple(with_left(one, here.catalogue, left_of) for one in choices)

    def body(self, ticket: TicketId, use: Ref, handing: Handing | None) -> HandedOut | None:
        """What is written beside a use that nobody has chosen for; None where it is not known what was bought."""
        if handing is None or not handing.now or not handing.offers:
            return None
        return HandedOut(ticket, use, tuple(HandedLine(one.key, one.quantity) for one in handing.now))

    def corrected(self, use: Entry, given: Pieces, here: Here, now_ms: int) -> tuple[HandedOut, Handing]:
        """What is to be written where a person handed out other variants, and what is shown then. Raises BadInput."""
        body = use.body
        if not isinstance(body, Redeem | Override):
            raise NotDone("nothing was handed out by this entry", Why.USE_GONE)
        ledger = self._known.ticket(body.ticket, now_ms, None, None).ledger
        others = replace(ledger, counted=tuple(one for one in ledger.counted if one.ref != use.ref))
        product = with_variants(here.catalogue, body.product)
        lines, handing = put_right(product, body.quantity, given, self._left_of(body.ticket, others))
        return HandedOut(body.ticket, use.ref, lines, self._in_force(body.ticket, use.ref)), handing

    def told(self, use: Entry, catalogue: Catalogue) -> Handing | None:
        """What the journal says this use handed out."""
        body = use.body
        product = with_variants(catalogue, body.product) if isinstance(body, Redeem | Override) else None
        if product is None or not isinstance(body, Redeem | Override):
            return None
        said = [e for e in self._journal.of_ticket(body.ticket) if isinstance(e.body, HandedOut)]
        now = told_of(use.ref, said, catalogue, body.product)
        noted = any(is_noted(one, use) for one in said)
        return Handing(now, (), tuple(replace(one, quantity=0) for one in every_variant(product, ())), noted)

    def _left_of(self, ticket: TicketId, ledger: Ledger) -> LeftOf:
        def left(product: CatalogueProduct) -> Left:
            order = [one.key for one in product.variants]
            return left_by_variant(self._known.bought(ticket), product.rules.product, ledger, order)

        return left

    def _in_force(self, ticket: TicketId, use: Ref) -> tuple[Ref, ...]:
        said = [(e.ref, e.body) for e in self._journal.of_ticket(ticket) if isinstance(e.body, HandedOut)]
        gone = {ref for _, body in said for ref in body.replaces}
        return tuple(ref for ref, body in said if body.use == use and ref not in gone)[-64:]


def told_of(
    use: Ref, entries: Iterable[Entry], catalogue: Catalogue | None, product: ProductNo
) -> tuple[VariantShown, ...]:
    """What the last of these entries about a use says it handed out."""
    found = with_variants(catalogue, product) if catalogue is not None else None
    said = [e.body for e in entries if isinstance(e.body, HandedOut) and e.body.use == use]
    if found is None or not said:
        return ()
    return variants_shown(found, [(line.variant, line.quantity) for line in said[-1].lines])


def is_noted(said: Entry, use: Entry) -> bool:
    """Whether a person said with this entry what that use handed out; what is written beside a use nobody said."""
    body = said.body
    if not isinstance(body, HandedOut) or body.use != use.ref:
        return False
    return bool(body.replaces) or said.stamp != use.stamp


def what_is_due(shown: Shown, judged: Judged, here: Here) -> Shown:
    """The answer without the words of what was handed out before, with an earlier admission of this ticket.

    Where nothing is left of several, it says how many of how many were used.
    """

    def due(product: ProductNo | None, words: Names) -> Names:
        found = None if product is None else here.catalogue.product_by_no.get(product)
        is_due = found is None or is_handed_out(found, judged.ledger.counted, judged.verdict.day)
        return words if is_due else {}

    verdict = judged.verdict
    product = None if verdict.product is None else here.catalogue.product_by_no.get(verdict.product)
    used = used_up(verdict, judged.scan, judged.view, judged.ledger, product)
    choices = tuple(replace(one, hand_out=due(one.choice.product, one.hand_out)) for one in shown.choices)
    return replace(shown, hand_out=due(verdict.product, shown.hand_out), choices=choices, used_up=used)


def here_or_bad(here: Here | Fault) -> Here:
    """Where the kiosk stands. Raises BadInput where it stands nowhere, or nobody is there to choose."""
    if isinstance(here, Fault):
        raise NotDone(here.what, here.code)
    if here.place.point.unattended:
        raise NotDone("at an unattended point nobody chooses what is handed out", Why.UNATTENDED)
    return here
