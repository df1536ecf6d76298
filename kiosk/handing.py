"""Which sizes, colours or departures are handed out: shown with a verdict, written beside its use, put right by people.

What was bought is known from snapshots alone; what was handed out, from entries. Verdicts never wait for either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from common.bodies import HandedLine, HandedOut, Override, Redeem
from common.catalogue import Catalogue, CatalogueProduct
from common.decision import Direction, Fault, Ledger, Outcome
from common.entries import Entry
from common.errors import BadInput
from common.ids import ProductNo, Ref, TicketId
from common.rules import ProductKind
from common.variants import Pieces, first_of, left_by_variant, lines_for
from kiosk.known import Known
from kiosk.shown import Handing, OfferedChoice, VariantShown
from kiosk.store.journal import Journal
from kiosk.surroundings import Here
from kiosk.writing import Judged


class Handings:
    """Belongs to one station, which calls it under its own lock. Every call raises StoreTrouble."""

    def __init__(self, known: Known, journal: Journal) -> None:
        self._known, self._journal = known, journal

    def of(self, judged: Judged, here: Here) -> Handing | None:
        """What to hand out of each variant; None where the product has none, or nothing is handed out."""
        verdict, product = judged.verdict, _product(here.catalogue, judged.verdict.product)
        if product is None or judged.ticket is None or verdict.direction is Direction.OUT:
            return None
        if verdict.outcome is Outcome.REFUSE:
            return None
        left = self._left(judged.ticket, product, judged.ledger)
        return _handing(product, left, first_of(left, verdict.quantity))

    def offered(self, choices: tuple[OfferedChoice, ...], judged: Judged, here: Here) -> tuple[OfferedChoice, ...]:
        """What can be chosen, each with the variants that are left of it."""
        ticket = judged.ticket
        if ticket is None or judged.verdict.outcome is not Outcome.ASK:
            return choices
        return tuple(self._with_left(one, ticket, judged.ledger, here.catalogue) for one in choices)

    def body(self, ticket: TicketId, use: Ref, handing: Handing | None) -> HandedOut | None:
        """What is written beside a use that nobody has chosen for; None where it is not known what was bought."""
        if handing is None or not handing.now or not handing.offers:
            return None
        return HandedOut(ticket, use, tuple(HandedLine(one.key, one.quantity) for one in handing.now))

    def corrected(self, use: Entry, given: Pieces, here: Here, now_ms: int) -> tuple[HandedOut, Handing]:
        """What is to be written where a person handed out other variants, and what is shown then. Raises BadInput."""
        body = use.body
        if not isinstance(body, Redeem | Override):
            raise BadInput("nothing was handed out by this entry")
        product = _product(here.catalogue, body.product)
        if product is None or product.rules.kind is not ProductKind.ITEM:
            raise BadInput("this product has no sizes or colours to choose from")
        _check(given, product, body.quantity)
        ledger = self._known.ticket(body.ticket, now_ms, None, None).ledger
        others = tuple(one for one in ledger.counted if one.ref != use.ref)
        left = self._left(body.ticket, product, replace(ledger, counted=others))
        lines = lines_for([key for key, quantity in given for _ in range(quantity)], left)
        said = HandedOut(body.ticket, use.ref, lines, self._in_force(body.ticket, use.ref))
        return said, _handing(product, left, given, lines)

    def told(self, use: Entry, catalogue: Catalogue) -> Handing | None:
        """What the journal says this use handed out."""
        body = use.body
        product = _product(catalogue, body.product) if isinstance(body, Redeem | Override) else None
        if product is None or not isinstance(body, Redeem | Override):
            return None
        now = told_of(use.ref, self._journal.of_ticket(body.ticket), catalogue, body.product)
        return Handing(now, (), tuple(replace(one, quantity=0) for one in _all(product, ())))

    def _left(self, ticket: TicketId, product: CatalogueProduct, ledger: Ledger) -> Pieces:
        order = [one.key for one in product.variants]
        return left_by_variant(self._known.bought(ticket), product.rules.product, ledger, order)

    def _with_left(self, one: OfferedChoice, ticket: TicketId, ledger: Ledger, catalogue: Catalogue) -> OfferedChoice:
        product = _product(catalogue, one.choice.product)
        if product is None:
            return one
        return replace(one, variants=_shown(product, self._left(ticket, product, ledger)))

    def _in_force(self, ticket: TicketId, use: Ref) -> tuple[Ref, ...]:
        said = [(e.ref, e.body) for e in self._journal.of_ticket(ticket) if isinstance(e.body, HandedOut)]
        gone = {ref for _, body in said for ref in body.replaces}
        return tuple(ref for ref, body in said if body.use == use and ref not in gone)[-64:]


def told_of(
    use: Ref, entries: Iterable[Entry], catalogue: Catalogue | None, product: ProductNo
) -> tuple[VariantShown, ...]:
    """What the last of these entries about a use says it handed out."""
    found = _product(catalogue, product) if catalogue is not None else None
    said = [e.body for e in entries if isinstance(e.body, HandedOut) and e.body.use == use]
    if found is None or not said:
        return ()
    return _shown(found, [(line.variant, line.quantity) for line in said[-1].lines])


def here_or_bad(here: Here | Fault) -> Here:
    """Where the kiosk stands. Raises BadInput where it stands nowhere, or nobody is there to choose."""
    if isinstance(here, Fault):
        raise BadInput(here.what)
    if here.place.point.unattended:
        raise BadInput("at an unattended point nobody chooses what is handed out")
    return here


def _check(given: Pieces, product: CatalogueProduct, quantity: int) -> None:
    known = {one.key for one in product.variants}
    strange = [key for key, _ in given if key not in known]
    if strange:
        raise BadInput(f"{strange[0][:50]!r} is no variant of this product; give some of {', '.join(sorted(known))}")
    total = sum(pieces for _, pieces in given)
    if total != quantity or any(pieces < 1 for _, pieces in given):
        raise BadInput(f"{quantity} pieces were handed out, and the variants given are {total}; name each piece once")


def _product(catalogue: Catalogue, product: ProductNo | None) -> CatalogueProduct | None:
    """The product, if it has variants."""
    found = None if product is None else catalogue.product_by_no.get(product)
    return found if found is not None and found.variants else None


def _handing(
    product: CatalogueProduct, left: Pieces, now: Iterable[tuple[str, int]], lines: Iterable[HandedLine] = ()
) -> Handing:
    """`lines` say for which variants those of `now` stand; without them each stands for its own."""
    after, taken = dict(left), list(now)
    for key, quantity in [(line.bought or line.variant, line.quantity) for line in lines] or taken:
        after[key] = after.get(key, 0) - quantity
    offers = _all(product, left) if product.rules.kind is ProductKind.ITEM else ()
    return Handing(_shown(product, taken), _shown(product, after.items()), offers)


def _all(product: CatalogueProduct, left: Pieces) -> tuple[VariantShown, ...]:
    """Those that are left first, then all others."""
    there = dict(left)
    shown = [VariantShown(one.key, one.names, there.get(one.key, 0)) for one in product.variants]
    return tuple(sorted(shown, key=lambda one: one.quantity <= 0))


def _shown(product: CatalogueProduct, counts: Iterable[tuple[str, int]]) -> tuple[VariantShown, ...]:
    names = {one.key: one.names for one in product.variants}
    return tuple(VariantShown(key, names.get(key, {"en": key}), quantity) for key, quantity in counts if quantity > 0)
