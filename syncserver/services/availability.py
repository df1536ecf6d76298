"""What is left of a product, in words: no page gives a number away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeAlias

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


Ranks: TypeAlias = tuple[tuple[str, int], ...]  # of each quota, by its key

_WORDS = tuple(Availability)
_RANKS = {word: rank for rank, word in enumerate(_WORDS)}


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


def ranks_of(left: Left) -> Ranks:
    """How scarce each quota is: while that stays the same, what is left of every product does, in words."""
    return tuple([(key, _RANKS[_in_words(row)]) for key, row in left.items()])


def availabilities(products: Iterable[Product], of_quotas: Ranks) -> dict[int, Availability]:
    """Of many products by number: products with the same limits share theirs."""
    ranks = dict(of_quotas)
    known: dict[tuple[tuple[str, ...], ...], Availability] = {}
    found = {}
    for product in products:
        limits = (product.quota_keys, *[choice.quota_keys for choice in product.choices])
        word = known.get(limits)
        if word is None:
            word = known[limits] = _WORDS[_rank_of_any(limits, ranks)]
        found[product.no] = word
    return found


def _rank_of_any(limits: tuple[tuple[str, ...], ...], ranks: Mapping[str, int]) -> int:
    """`availability_of_any` by ranks; of the limits the first are the product's own, the others its variants'."""
    own, *variants = limits
    return min(max((ranks[key] for key in (*own, *more) if key in ranks), default=0) for more in variants or [()])


def _in_words(quota: QuotaRow) -> Availability:
    if quota.free <= 0:
        return Availability.NONE
    if quota.free <= max(quota.size * FEW_SHARE, min(FEW_MAX, quota.size * GOING_SHARE)):
        return Availability.FEW
    return Availability.GOING if quota.free <= quota.size * GOING_SHARE else Availability.PLENTY
