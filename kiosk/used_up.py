"""How many of how many were used, where nothing is left of several: a refusal that only says when sounds like one."""

from __future__ import annotations

from common.catalogue import CatalogueProduct
from common.decision import Ledger, NotVerified, Outcome, Reason, Scan, TicketView, Verdict
from common.rights import rights_of
from common.usage import admissions, limits_of, proven, quantity_of
from kiosk.shown import UsedUp


def used_up(
    verdict: Verdict, scan: Scan, view: TicketView | None, ledger: Ledger, product: CatalogueProduct | None
) -> UsedUp | None:
    """None where something is left, where only one was bought, and where nothing is counted.

    Counted as it was decided: without claims nobody proved.
    """
    if product is None or isinstance(scan, NotVerified) or verdict.fewer:
        return None
    if (verdict.outcome, verdict.reason) != (Outcome.REFUSE, Reason.NOTHING_LEFT):
        return None
    rules = product.rules
    most = limits_of(rules.usage, rights_of(scan, view).get(rules.product, 0)).total
    used = quantity_of(admissions(proven(ledger).counted, rules.product, verdict.area if rules.per_area else None))
    return UsedUp(used, most) if most is not None and most > 1 and used >= most else None
