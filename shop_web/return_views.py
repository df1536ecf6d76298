"""Giving back: what can go and what for, the amount before the button, and giving up an order nobody has paid."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop_web.order_views import open_order
from shop_web.page import Page, go, go_with_problem, problem_of, show
from shop_web.rates import LINKS
from shop_web.visit import check_form, limit, shop
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.return_plan import Plan, Terms, Wanted, terms_of
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason

PLACE = "p"  # a field per position: p1=2 is two of the first
KEY_CHARS_MIN, KEY_CHARS_MAX = 16, 64


def add_routes(bp: Blueprint) -> None:
    """The page, and both forms."""
    at = "/<language>/<event_key>/order/<token>"
    bp.add_url_rule(f"{at}/return", "give_back", choose)
    bp.add_url_rule(f"{at}/return", "give_back_now", give_back, methods=["POST"])
    bp.add_url_rule(f"{at}/give-up", "give_up", give_up, methods=["POST"])


@right(Right.BUYER)
def choose(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """What can be given back; with something chosen, what it gives."""
    page, view = open_order(language, event_key, token)
    if view.state is not OrderState.FULFILLED:
        return go("order", token=view.token)
    wanted, terms = _wanted(request.args), _terms(page)
    plan, problem = None, None
    if wanted:
        try:
            plan = shop().returns.plan(view.order.id, wanted, terms)
        except CannotBuy as error:
            problem = problem_of(error)
    return show(
        "return.html",
        notice=problem,
        view=view,
        offers=shop().returns.offers(view.order.id, terms),
        chosen={one.place: one.quantity for one in wanted},
        plan=plan,
        fees=_has_less(plan),
        holders={one.ticket: one.holder.name for one in view.tickets if one.holder},
        key=secrets.token_urlsafe(18),
    )


@right(Right.BUYER)
def give_back(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Do it: once per form, and only for the amount that was shown."""
    page, view = open_order(language, event_key, token)
    try:
        check_form()
        limit(LINKS)
        shop().returns.give_back(_request(page, view))
    except CannotBuy as error:
        return go_with_problem(error, "give_back", token=view.token)
    return go("order", "given_back", token=view.token)


@right(Right.BUYER)
def give_up(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The buyer does not want to pay this order any more."""
    _, view = open_order(language, event_key, token)
    try:
        check_form()
        limit(LINKS)
    except CannotBuy as error:
        return go_with_problem(error, "order", token=view.token)
    shop().payments.check_order(view.order.id)  # a payment on its way is found before, not after
    shop().returns.cancel_unpaid(view.order.id)
    return go("order", token=view.token)


def _request(page: Page, view: OrderView) -> ReturnRequest:
    key, shown = request.form.get("key", ""), request.form.get("shown", "")
    if not KEY_CHARS_MIN <= len(key) <= KEY_CHARS_MAX or not (shown.isascii() and shown.isdigit() and len(shown) < 16):
        raise CannotBuy(Reason.FORM_TOO_OLD)
    wanted = _wanted(request.form)
    if not wanted:
        raise CannotBuy(Reason.NOTHING_TO_RETURN)
    return ReturnRequest(
        order_id=view.order.id,
        wanted=wanted,
        terms=_terms(page),
        why=ReturnWhy.BUYER,
        key=f"buyer-{view.order.id}-{key}",
        shown_minor=int(shown),
    )


def _wanted(fields: Mapping[str, str]) -> tuple[Wanted, ...]:
    """What was chosen; a field that is none of ours is passed over."""
    found = {}
    for name, value in fields.items():
        place, number = name.removeprefix(PLACE), value
        if name.startswith(PLACE) and all(one.isascii() and one.isdigit() and len(one) < 5 for one in (place, number)):
            found[int(place)] = int(number)
    return tuple(Wanted(place, number) for place, number in sorted(found.items()) if number)


def _terms(page: Page) -> Terms:
    now_ms = shop().clock.now_ms()
    if now_ms >= page.event.ends_ms:
        abort(404)
    return terms_of(page.catalogue, now_ms)


def _has_less(plan: Plan | None) -> bool:
    """Whether the rules give less than was paid."""
    return plan is not None and any(one.amount_minor < one.row.paid_minor(one.quantity) for one in plan.lines)
