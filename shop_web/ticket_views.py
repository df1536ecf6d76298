"""A friend's ticket: its link is made on the order's page and opens this ticket alone."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from shop_web.order_views import open_order, private, slow_down
from shop_web.page import Page, go, go_with_problem, open_page, show
from shop_web.rates import LINKS
from shop_web.visit import check_form, limit, shop, visitor
from syncserver.services.orders import OrderState
from syncserver.services.qr import svg_of
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy
from syncserver.services.ticket_links import FriendsTicket
from syncserver.services.tickets import ShownTicket


def add_routes(bp: Blueprint) -> None:
    """Making a link, and what it opens."""
    at = "/<language>/<event_key>/ticket/<token>"
    bp.add_url_rule(at, "friend", friend)
    bp.add_url_rule(f"{at}/ticket.pdf", "friend_pdf", pdf)
    bp.add_url_rule(f"{at}/event.ics", "friend_calendar", calendar)
    bp.add_url_rule(f"{at}/language", "friend_language", speak, methods=["POST"])
    bp.add_url_rule(f"{at}/code.svg", "friend_code", code)
    bp.add_url_rule("/<language>/<event_key>/order/<token>/share", "share", share, methods=["POST"])


@right(Right.BUYER)
def share(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Make a link for one ticket of an order, a new one in its place, or none."""
    page, view = open_order(language, event_key, token)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "order", token=view.token)
    asked = request.form.get("ticket", "")
    ticket = next((one.ticket for one in view.tickets if one.is_new and one.ticket.hex() == asked), None)
    if ticket is None or view.state is not OrderState.FULFILLED:
        abort(404)
    if request.form.get("do") == "end":
        shop().ticket_links.end(page.event.id, ticket)
        return go("order", "link_ended", token=view.token)
    shop().ticket_links.make(page.event.id, ticket)
    return go("order", "link_made", token=view.token)


@right(Right.BUYER)
def friend(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The pass and what is on it; nothing of the order it came with."""
    page, found, ticket = _open(language, event_key, token)
    on_it = page.catalogue.products.values()
    return show("friend.html", ticket=ticket, token=found.token, has_items=any(not one.is_ticket for one in on_it))


@right(Right.BUYER)
def pdf(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The pass on paper."""
    page, found, ticket = _open(language, event_key, token)
    body = shop().tickets.pdf(found.view, page.language)
    if body is None:
        abort(404)
    return private(Response(body, mimetype="application/pdf"), f"{ticket.ticket.hex()}.pdf")


@right(Right.BUYER)
def calendar(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The event for the holder's calendar."""
    page, found, ticket = _open(language, event_key, token)
    if ticket.pass_ is None:
        abort(404)
    body = shop().tickets.calendar_of(found.view, ticket, page.language)
    return private(Response(body, mimetype="text/calendar"), f"{ticket.ticket.hex()}.ics", "attachment")


@right(Right.BUYER)
def speak(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The ticket speaks the language of the page from now on, for its buyer too."""
    page, found, ticket = _open(language, event_key, token)
    try:
        check_form()
        limit(LINKS)
        shop().changes.speak(page.event, found.view.order.id, ticket.ticket, page.language)
    except CannotBuy as error:
        return go_with_problem(error, "friend", token=found.token)
    return go("friend", "language_set", token=found.token)


@right(Right.BUYER)
def code(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The QR code."""
    _, _, ticket = _open(language, event_key, token)
    if ticket.pass_ is None:
        abort(404)
    return private(Response(svg_of(ticket.pass_.digits), mimetype="image/svg+xml"))


def _open(language: str, event_key: str, token: str) -> tuple[Page, FriendsTicket, ShownTicket]:
    page = open_page(language, event_key)
    found = shop().ticket_links.open(page.event.id, token, visitor().hash)
    shown = shop().tickets.shown(found.view, page.language) if found is not None else ()
    if found is None or not shown or shown[0].is_awaited:
        slow_down()
        abort(404)
    return page, found, shown[0]
