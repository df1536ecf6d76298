"""What vouchers give, as the catalogue knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from syncserver.services.discounts import Terms
from syncserver.services.event_words import EventWords
from syncserver.services.prices import is_within
from syncserver.stores.catalogue import CatalogueRows


@dataclass(frozen=True, slots=True)
class Offer:
    """What a voucher gives, in one language."""

    key: str
    name: str
    opens: frozenset[int]  # secret products that can be bought with it
    terms: Terms
    from_ms: int | None
    until_ms: int | None
    per_person_max: int | None
    per_order_max: int | None

    @property
    def is_cheaper(self) -> bool:
        """Whether it takes money off."""
        return bool(self.terms.percent_bp or self.terms.amount_minor)

    def is_valid(self, now_ms: int) -> bool:
        """Whether its vouchers can be entered now."""
        return is_within(self.from_ms, self.until_ms, now_ms)


def offer_of(row: Row[*tuple[Any, ...]], rows: CatalogueRows, words: EventWords) -> Offer:
    """What a row of offers gives."""
    mine = [one for one in rows.offer_products if one.offer_key == row.key]
    cheaper = frozenset(one.product_no for one in mine if one.role == "cheaper")
    return Offer(
        key=row.key,
        name=words.get("offer", row.key, "name"),
        opens=frozenset(one.product_no for one in mine if one.role == "opens"),
        terms=Terms(row.percent_bp, row.amount_minor, cheaper, row.per_order_max),
        from_ms=row.from_ms,
        until_ms=row.until_ms,
        per_person_max=row.per_person_max,
        per_order_max=row.per_order_max,
    )
