"""What is left of a product, in words: no page gives a number away."""

from __future__ import annotations

from enum import StrEnum

from syncserver.services.catalogue import Choice, Left, Product
from syncserver.stores.quotas import QuotaRow

FEW_MAX = 20
FEW_SHARE = 0.05
GOING_SHARE = 0.25


class Availability(StrEnum):
    """From much to nothing."""

    PLENTY = "plenty"
    GOING = "going"  # a quarter or less
    FEW = "few"  # a twentieth or less, or 20 pieces
    NONE = "none"


_RANKS = {word: rank for rank, word in enumerate(Availability)}


def availability(product: Product, choice: Choice | None, left: Left) -> Availability:
    """What is left of a product, or of one variant: the scarcest of its quotas decides."""
    keys = product.quota_keys + (choice.quota_keys if choice else ())
    if not keys:
        return Availability.PLENTY
    words = [_in_words(left[key]) for key in keys if key in left]
    return max(words, key=_RANKS.__getitem__, default=Availability.PLENTY)


def availability_of_any(product: Product, left: Left) -> Availability:
    """What is left of a product in its most plentiful variant."""
    words = {availability(product, choice, left) for choice in product.choices or (None,)}
    return min(words, key=_RANKS.__getitem__)


def _in_words(quota: QuotaRow) -> Availability:
    if quota.free <= 0:
        return Availability.NONE
    if quota.free <= max(quota.size * FEW_SHARE, min(FEW_MAX, quota.size * GOING_SHARE)):
        return Availability.FEW
    return Availability.GOING if quota.free <= quota.size * GOING_SHARE else Availability.PLENTY
