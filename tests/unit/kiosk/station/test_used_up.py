"""How many of how many were used: what was judged on, and nothing beside it."""

from __future__ import annotations

from common.catalogue import CatalogueProduct
from common.decision import FoundTicket, Ledger, Outcome, Reason, TicketView, Verdict
from common.facts import Standing
from common.ids import ProductNo
from common.rules import Once, ProductKind, ProductRules
from kiosk.shown import UsedUp
from kiosk.used_up import used_up
from tests.support.fact_worlds import NOW_MS, TICKET, device, ref_of, use_of

SHIRT = ProductNo(4)
REFUSED = Verdict(Outcome.REFUSE, Reason.NOTHING_LEFT, product=SHIRT)


def test_a_use_that_nobody_proved_was_not_judged_on_and_is_not_counted_here() -> None:
    view = TicketView(
        TICKET, 0, None, (), ProductNo(1), NOW_MS, ((SHIRT, 2),), ((SHIRT, NOW_MS),),
        cancelled=False, blocked=False, paid=True,
    )  # fmt: skip
    uses = tuple(use_of(ref_of(device(1), number), NOW_MS, product=SHIRT) for number in (1, 2))
    claimed = use_of(ref_of(device(2), 1), NOW_MS, product=SHIRT, standing=Standing.UNPROVEN)
    product = CatalogueProduct(ProductRules(SHIRT, ProductKind.ITEM, Once()), {})
    ledger = Ledger((*uses, claimed))
    assert used_up(REFUSED, FoundTicket(TICKET), view, ledger, product) == UsedUp(2, 2)
