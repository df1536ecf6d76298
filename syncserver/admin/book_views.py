"""The books: what is proven of stock and money, when it was proven last, and what does not agree."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from syncserver.admin.page import show, words
from syncserver.admin.phrases import check_names
from syncserver.admin.visit import admin, event
from syncserver.services.books import Check
from syncserver.services.rights import Right, right

OF_ORDERS = frozenset(Check) - {Check.TAKEN, Check.SIZE, Check.PAYMENTS, Check.REFUNDS, Check.GIVEN}
IN_PIECES = frozenset(
    {Check.TAKEN, Check.SIZE, Check.CLOSED, Check.POSITIONS, Check.ISSUED, Check.BECAME, Check.VOUCHERS}
)


def add_routes(bp: Blueprint) -> None:
    """One page."""
    bp.add_url_rule("/admin/<event_key>/books", "books", books)


@right(Right.SEE_PAYMENTS)
def books() -> ResponseReturnValue:
    """Every proof with its differences."""
    audit = admin().books.latest(event().event.id)
    found = audit.differences if audit else ()
    checks = [(check, [one for one in found if one.check is check]) for check in Check]
    return show(
        "books.html",
        audit=audit,
        checks=checks,
        names=check_names(words()),
        of_orders=OF_ORDERS,
        in_pieces=IN_PIECES,
    )
