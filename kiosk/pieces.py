"""Which variants of a product go with a verdict, and what is said where others were handed out. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from common.bodies import HandedLine
from common.catalogue import Catalogue, CatalogueProduct
from common.decision import Direction, Outcome, Verdict
from common.ids import ProductNo
from common.rules import ProductKind
from common.variants import Left, Pieces, first_of, lines_for
from kiosk.not_done import NotDone, Why
from kiosk.shown import Handing, OfferedChoice, VariantShown

LeftOf = Callable[[CatalogueProduct], Left]  # of each variant that was bought, what is left before this use


def with_variants(catalogue: Catalogue, product: ProductNo | None) -> CatalogueProduct | None:
    """The product, if it has variants."""
    found = None if product is None else catalogue.product_by_no.get(product)
    return found if found is not None and found.variants else None


def handing_of(verdict: Verdict, catalogue: Catalogue, left_of: LeftOf) -> Handing | None:
    """What to hand out of each variant; None where the product has none, or nothing is handed out."""
    product = with_variants(catalogue, verdict.product)
    if product is None or verdict.direction is Direction.OUT or verdict.outcome is Outcome.REFUSE:
        return None
    left = left_of(product)
    return _handing(product, left, first_of(left.most, verdict.quantity) if left.is_known else ())


def with_left(offer: OfferedChoice, catalogue: Catalogue, left_of: LeftOf) -> OfferedChoice:
    """What can be chosen, with the variants that are left of it; none where it is not known which those are."""
    product = with_variants(catalogue, offer.choice.product)
    if product is None or not (left := left_of(product)).is_known:
        return offer
    return replace(offer, variants=variants_shown(product, left.most))


def put_right(
    product: CatalogueProduct | None, quantity: int, given: Pieces, left_of: LeftOf
) -> tuple[tuple[HandedLine, ...], Handing]:
    """What an entry says where a person handed out these variants, and what is shown then. Raises BadInput."""
    if product is None or product.rules.kind is not ProductKind.ITEM:
        raise NotDone("this product has no sizes or colours to choose from", Why.NO_VARIANTS)
    _check(given, product, quantity)
    left = left_of(product)
    lines = lines_for([key for key, pieces in given for _ in range(pieces)], left.most)
    if not left.is_known:  # nobody was told which one to hand out, so another stands for none in particular
        lines = tuple(HandedLine(line.variant, line.quantity) for line in lines)
    return lines, replace(_handing(product, left, given, lines), noted=True)


def every_variant(product: CatalogueProduct, left: Pieces) -> tuple[VariantShown, ...]:
    """Those that are left first, then all others."""
    there = dict(left)
    shown = [VariantShown(one.key, one.names, there.get(one.key, 0)) for one in product.variants]
    return tuple(sorted(shown, key=lambda one: one.quantity <= 0))


def variants_shown(product: CatalogueProduct, counts: Iterable[tuple[str, int]]) -> tuple[VariantShown, ...]:
    """So many pieces of each, with their names."""
    names = {one.key: one.names for one in product.variants}
    return tuple(VariantShown(key, names.get(key, {"en": key}), quantity) for key, quantity in counts if quantity > 0)


def _check(given: Pieces, product: CatalogueProduct, quantity: int) -> None:
    known = {one.key for one in product.variants}
    strange = [key for key, _ in given if key not in known]
    if strange:
        raise NotDone(
            f"{strange[0][:50]!r} is no variant of this product; give some of {', '.join(sorted(known))}",
            Why.NO_VARIANTS,
        )
    total = sum(pieces for _, pieces in given)
    if total != quantity or any(pieces < 1 for _, pieces in given):
        raise NotDone(
            f"{quantity} pieces were handed out, and the variants given are {total}; name each piece once",
            Why.NO_VARIANTS,
        )


def _handing(
    product: CatalogueProduct, left: Left, now: Iterable[tuple[str, int]], lines: Iterable[HandedLine] = ()
) -> Handing:
    """`lines` say for which variants those of `now` stand; without them each stands for its own."""
    taken = list(now)
    after = left.without([(line.bought or line.variant, line.quantity) for line in lines] or taken)
    offers = every_variant(product, left.most) if product.rules.kind is ProductKind.ITEM else ()
    either = () if left.is_known or taken else variants_shown(product, left.most)
    still = variants_shown(product, after.most) if after.is_known else ()
    return Handing(variants_shown(product, taken), still, offers, either=either)
