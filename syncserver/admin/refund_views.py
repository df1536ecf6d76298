"""Giving money back for an order: what and how much first, then the button."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from common.errors import BadInput
from syncserver.admin.page import form_key, go, language, show
from syncserver.admin.visit import actor, admin, event, may
from syncserver.services.admin_orders import OrderDetail
from syncserver.services.return_plan import Wanted
from syncserver.services.rights import Right, right

DIGITS_MAX = 15


def add_routes(bp: Blueprint) -> None:
    """The page and its form."""
    at = "/admin/<event_key>/orders/<code>/refund"
    bp.add_url_rule(at, "order_refund", choose)
    bp.add_url_rule(at, "order_refund_now", refund, methods=["POST"])
    bp.add_url_rule(f"{at}/by-hand", "refund_by_hand", note_by_hand, methods=["POST"])


@right(Right.REFUND_ORDERS)
def choose(code: str) -> ResponseReturnValue:
    """What can go back; with something chosen, what it comes to."""
    return _page(admin().orders.one(event().event, code, language()))


@right(Right.REFUND_ORDERS)
def refund(code: str) -> ResponseReturnValue:
    """Do it, if the amount is still the one that was shown."""
    one = admin().orders.one(event().event, code, language())
    try:
        wanted = tuple(Wanted(place, count) for place, count in _chosen(one).items())
        admin().refunds.refund(actor(), one.view, wanted, form_key(), _number("shown"))
    except BadInput as error:
        return _page(one, str(error))
    return go("order_page", "refunded", code=code)


@right(Right.REFUND_ORDERS)
def note_by_hand(code: str) -> ResponseReturnValue:
    """Note that what the provider refused was given back otherwise. Raises BadInput."""
    one = admin().orders.one(event().event, code, language())
    admin().refunds.note_by_hand(actor(), one.view, _number("refund"), request.form.get("how", ""))
    return go("order_page", "by_hand", code=code)


def _page(one: OrderDetail, problem: str = "") -> ResponseReturnValue:
    chosen, plan = _chosen(one), None
    if chosen and not problem:
        try:
            plan = admin().refunds.plan(one.view, [Wanted(place, count) for place, count in chosen.items()])
        except BadInput as error:
            problem = str(error)
    return show(
        "refund.html",
        status=400 if problem else 200,
        problem=problem,
        one=one,
        offers={offer.row.place: offer for offer in admin().refunds.offers(one.view)},
        names={it.row.place: it.product for it in one.positions},
        chosen=chosen,
        plan=plan,
        shows_holders=may(Right.SEE_HOLDERS),
    )


def _chosen(one: OrderDetail) -> dict[int, int]:
    """Place -> how many of it, as the address or the form says."""
    numbers = {it.row.place: _number(f"p{it.row.place}") for it in one.positions}
    return {place: count for place, count in numbers.items() if count}


def _number(field: str) -> int:
    text = request.values.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else 0
