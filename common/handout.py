"""When what goes with a product is handed out: the rule, in one place for every front end."""

from __future__ import annotations

from collections.abc import Iterable

from common.catalogue import CatalogueProduct
from common.facts import UseFact
from common.ids import EventDay
from common.rules import OncePerDay, ProductKind
from common.usage import admissions


def is_daily(product: CatalogueProduct) -> bool:
    """Whether each event day has something of its own to hand out; if nothing is said: where it admits once a day."""
    if product.handout_daily is None:
        return isinstance(product.rules.usage, OncePerDay)
    return product.handout_daily


def is_handed_out(product: CatalogueProduct, counted: Iterable[UseFact], day: EventDay | None) -> bool:
    """Whether a use of this product on `day` hands out what goes with it, after the ticket's uses that count.

    An item is what is handed out, each time. With a ticket it is at its first admission, or at the first of each event
    day. Exits are no admissions: who leaves in the morning after is handed the new day's thing when they come back.
    """
    if product.rules.kind is not ProductKind.TICKET:
        return True
    return not admissions(counted, product.rules.product, day=day if is_daily(product) else None)
