"""Sizes in practice: bought with a sample, handed out and put right. Reckoned as at the stands, kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from common.bodies import HandedLine
from common.catalogue import Catalogue, CatalogueProduct
from common.decision import Ledger, Outcome, Verdict
from common.facts import UseFact
from common.ids import Digest, Ref, TicketId
from common.variants import Bought, Left, Pieces, left_by_variant
from kiosk.pieces import LeftOf, every_variant, handing_of, put_right, variants_shown, with_left, with_variants
from kiosk.shown import Handing, OfferedChoice, VariantShown


class PractisedSizes:
    """Belongs to one practice. `bought` says what each sample was sold; `counted` are the uses of one that count."""

    def __init__(self, rally: Catalogue, bought: Mapping[TicketId, tuple[Bought, ...]]) -> None:
        self._rally, self._bought = rally, bought
        self._handed: dict[Digest, tuple[HandedLine, ...]] = {}  # by the digest of a use, as it was said last
        self._noted = set[Digest]()  # the uses of which a person said it

    def of(self, verdict: Verdict, ticket: TicketId, counted: Iterable[UseFact]) -> Handing | None:
        """What to hand out of each size; None where there are none, or nothing is handed out."""
        return handing_of(verdict, self._rally, self._left_of(ticket, counted))

    def offered(
        self, choices: tuple[OfferedChoice, ...], verdict: Verdict, ticket: TicketId, counted: Iterable[UseFact]
    ) -> tuple[OfferedChoice, ...]:
        """What can be chosen, each with the sizes that are left of it."""
        if verdict.outcome is not Outcome.ASK:
            return choices
        left_of = self._left_of(ticket, counted)
        return tuple(with_left(one, self._rally, left_of) for one in choices)

    def used(self, use: Ref, handing: Handing | None) -> None:
        """This use handed out what its verdict said."""
        if handing is not None and handing.now:
            self._handed[use.digest] = tuple(HandedLine(one.key, one.quantity) for one in handing.now)

    def put_right(self, use: UseFact, given: Pieces, others: Iterable[UseFact]) -> Handing:
        """Other sizes were handed out by this use. `others` are the ticket's uses without it. Raises BadInput."""
        product = with_variants(self._rally, use.product)
        lines, handing = put_right(product, use.quantity, given, self._left_of(use.ticket, others))
        self._handed[use.ref.digest] = lines
        self._noted.add(use.ref.digest)
        return handing

    def shown(self, use: UseFact) -> tuple[VariantShown, ...]:
        """What this use handed out."""
        product, lines = with_variants(self._rally, use.product), self._handed.get(use.ref.digest, ())
        return () if product is None else variants_shown(product, [(line.variant, line.quantity) for line in lines])

    def told(self, use: UseFact) -> Handing | None:
        """The same with all sizes there are; None where there are none."""
        product = with_variants(self._rally, use.product)
        if product is None:
            return None
        offers = tuple(replace(one, quantity=0) for one in every_variant(product, ()))
        return Handing(self.shown(use), (), offers, use.ref.digest in self._noted)

    def _left_of(self, ticket: TicketId, counted: Iterable[UseFact]) -> LeftOf:
        ledger = Ledger(tuple(counted), handed=tuple(self._handed.items()))

        def left(product: CatalogueProduct) -> Left:
            order = [one.key for one in product.variants]
            return left_by_variant(self._bought.get(ticket, ()), product.rules.product, ledger, order)

        return left
