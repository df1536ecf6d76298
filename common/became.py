"""A ticket that became another product: how its uses of before count.

Whatever admitted its holder counts as a use of what the ticket is to whoever judges it now: a day used up with the old
pass is used up for the new one, whoever went in with one is inside for the other, and so the other way round, where a
device has heard of uses of the new pass and not yet of the change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from common.decision import Ledger, TicketView, VerifiedPass
from common.facts import UseFact
from common.ids import ProductNo
from common.rights import Known, ticket_product_of
from common.rules import ProductKind, ProductRules


def as_one_product(
    scan: Known,
    view: TicketView | None,
    uses: Ledger,
    rules: Mapping[ProductNo, ProductRules],
    rights: Collection[ProductNo],
) -> Ledger:
    """The ledger with every admission as one of the product that is judged now; the same ledger where all are.

    What the ticket has a right to beside what it is (`rights`) counts by itself. What kind a product is never changes
    once it is sold; the catalogue is asked for it only where a use was heard of before the change that it came of.
    """
    own = ticket_product_of(scan, view)
    everything = (*uses.counted, *uses.waiting, *uses.struck)
    if own is None or all(use.product == own for use in everything):
        return uses
    known = {own} | (set() if view is None else view.ticket_products)
    if isinstance(scan, VerifiedPass):
        known.add(scan.product)
    others = {use.product for use in everything} - {own, *rights}
    admitting = {product for product in others if product in known or _is_ticket(rules, product)}
    return _renamed(uses, own, admitting) if admitting else uses


def _is_ticket(rules: Mapping[ProductNo, ProductRules], product: ProductNo) -> bool:
    return product in rules and rules[product].kind is ProductKind.TICKET


def _renamed(uses: Ledger, own: ProductNo, admitting: set[ProductNo]) -> Ledger:
    def named(some: tuple[UseFact, ...]) -> tuple[UseFact, ...]:
        return tuple(replace(use, product=own) if use.product in admitting else use for use in some)

    return replace(uses, counted=named(uses.counted), waiting=named(uses.waiting), struck=named(uses.struck))
