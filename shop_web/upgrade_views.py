"""Changing a ticket into another one for the difference: what it can become, and why not; then into the basket."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop_web.order_views import open_order, upgrade_offers
from shop_web.page import go, go_with_problem, problem_of, show
from shop_web.rates import LINKS
from shop_web.visit import check_form, limit, shop, visitor
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.upgrades import Option, UpgradeOffer


def add_routes(bp: Blueprint) -> None:
    """The page and its form."""
    at = "/<language>/<event_key>/order/<token>/upgrade"
    bp.add_url_rule(at, "upgrade", choose)
    bp.add_url_rule(at, "upgrade_now", add, methods=["POST"])


@right(Right.BUYER)
def choose(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """What the tickets of an order can become."""
    page, view = open_order(language, event_key, token)
    if view.state is not OrderState.FULFILLED:
        return go("order", token=view.token)
    offers = upgrade_offers(page, view)
    return show(
        "upgrade.html",
        view=view,
        offers=offers,
        holders={one.ticket: one.holder.name for one in view.tickets if one.holder},
        why=_why_not,
        waiting=_waiting(offers),
    )


@right(Right.BUYER)
def add(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Put a change into the basket."""
    page, view = open_order(language, event_key, token)
    product = page.product(request.form.get("product", ""))
    asked = request.form.get("ticket", "")
    ticket = next((one.ticket for one in view.tickets if one.is_new and one.ticket.hex() == asked), None)
    if product is None or ticket is None:
        abort(404)
    try:
        check_form()
        limit(LINKS)
        variant = request.form.get("variant") or None
        shop().upgrades.add(page.catalogue, visitor().hash, ticket, product, variant)
    except CannotBuy as error:
        return go_with_problem(error, "upgrade", token=view.token)
    return go("basket", "upgrade_added", product)


def _why_not(option: Option) -> str:
    """Why a ticket cannot become this, in a sentence."""
    if option.why_not is None or option.why_not.reason is Reason.SOLD_OUT:
        return ""
    return problem_of(option.why_not).text


def _waiting(offers: tuple[UpgradeOffer, ...]) -> Mapping[bytes, OrderView]:
    """The orders that wait for money to change a ticket, as far as this browser may see them."""
    mine = [(one.ticket, one.waiting) for one in offers if one.waiting is not None]
    seen = [(ticket, order_id) for ticket, order_id in mine if shop().orders.is_of_browser(order_id, visitor().hash)]
    return {ticket: shop().orders.view(order_id) for ticket, order_id in seen}
