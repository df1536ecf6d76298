"""The order's own page: its address is the key to it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from shop_web.page import Page, open_page, show
from shop_web.rates import LINKS
from shop_web.visit import limit_page, shop, visitor
from syncserver.services.invoice import address_lines
from syncserver.services.mail import refund_reason
from syncserver.services.orders import OrderState, OrderTicket, OrderView
from syncserver.services.qr import svg_of
from syncserver.services.return_plan import terms_of
from syncserver.services.rights import Right, right
from syncserver.services.upgrades import UpgradeOffer

# How often the page just come back to asks again for an order the bank knows nothing of, before it says "not paid yet":
# some ten seconds by the script's pace.
BACK_MAX = 7
NOTHING_NEW = "", 204, {"Cache-Control": "no-store"}


def add_routes(bp: Blueprint) -> None:
    """The order, its codes, its PDF, its calendar file."""
    at = "/<language>/<event_key>/order/<token>"
    bp.add_url_rule(at, "order", order)
    bp.add_url_rule(f"{at}/tickets.pdf", "order_pdf", pdf)
    bp.add_url_rule(f"{at}/event.ics", "order_calendar", calendar)
    bp.add_url_rule(f"{at}/<ticket>.svg", "order_code", code)


@right(Right.BUYER)
def order(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Everything about an order; nothing (204) for the script that asks while what it waits for has not come."""
    page, view = open_order(language, event_key, token)
    has_heard = True
    if view.state in (OrderState.AWAITING, OrderState.CHECKING, OrderState.LAPSED):
        has_heard = shop().payments.check_order(view.order.id)
        view = shop().orders.view(view.order.id)
    tickets = shop().tickets.shown(view, page.language)
    is_complete = not any(ticket.is_awaited for ticket in tickets)
    has_passes = is_complete and any(ticket.pass_ for ticket in tickets)
    waits = _waits(view, is_complete=is_complete, has_heard=has_heard)
    if waits and waits == awaited():
        return NOTHING_NEW
    return show(
        "order.html",
        view=view,
        state=view.state.value,
        tickets=tickets,
        has_passes=has_passes,
        waits=waits,
        has_waited=bool(awaited()),
        reason=refund_reason(view.refund_why, page.language),
        off_minor=sum(position.off_minor for ticket in view.tickets for position in ticket.positions),
        off_name=_off_name(page, view),
        invoice_address=address_lines(view.invoice, page.language) if view.invoice else (),
        given_back=shop().returns.of_order(view.order.id),
        steps_done=shop().timelines.of(view),
        holders={one.ticket: one.holder.name for one in view.tickets if one.holder},
        can_swap=_can_swap(page, view),
        upgrades=upgrade_offers(page, view) if has_passes else (),
        answered=shop().answers.said(view.order.id, page.catalogue, page.words) if _asks(page, view) else {},
        can_answer=_asks(page, view) and bool(shop().answers.changeable(view.order.id, page.catalogue)),
        can_give_back=_can_give_back(page, view),
        links=shop().ticket_links.tokens(page.event.id, [ticket.ticket for ticket in tickets]),
    )


def _off_name(page: Page, view: OrderView) -> str:
    """What took money off the order, by its name."""
    offers = [page.catalogue.offers[key] for key, _ in view.vouchers if key in page.catalogue.offers]
    return next((offer.name for offer in offers if offer.is_cheaper), page.words.text("Discount"))


@right(Right.BUYER)
def pdf(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """All passes on paper."""
    _, view = open_order(language, event_key, token)
    body = shop().tickets.pdf(view)
    if body is None:
        abort(404)
    return private(Response(body, mimetype="application/pdf"), f"{view.order.code}.pdf")


@right(Right.BUYER)
def calendar(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The event for the buyer's calendar."""
    page, view = open_order(language, event_key, token)
    if view.state is not OrderState.FULFILLED:
        abort(404)
    body = shop().tickets.calendar(view, page.language)
    return private(Response(body, mimetype="text/calendar"), f"{view.order.code}.ics", "attachment")


@right(Right.BUYER)
def code(language: str, event_key: str, token: str, ticket: str) -> ResponseReturnValue:
    """The QR code of one pass."""
    page, view = open_order(language, event_key, token)
    shown = shop().tickets.shown(view, page.language)
    found = next((one.pass_ for one in shown if one.ticket.hex() == ticket), None)
    if found is None:
        abort(404)
    return private(Response(svg_of(found.digits), mimetype="image/svg+xml"))


def open_order(language: str, event_key: str, token: str) -> tuple[Page, OrderView]:
    """The order of this address for the browser that asks; else 404, and after a few such tries 429."""
    page = open_page(language, event_key)
    view = shop().orders.open(token, visitor().hash)
    if view is None or view.order.event_id != page.event.id:
        slow_down()
        abort(404)
    return page, view


def _asks(page: Page, view: OrderView) -> bool:
    """Whether anything in an order was asked about: of most nothing is, and then nothing is read."""
    bought = (page.catalogue.products.get(row.product_no) for ticket in view.tickets for row in ticket.positions)
    return any(product is not None and product.questions for product in bought)


def upgrade_offers(page: Page, view: OrderView) -> tuple[UpgradeOffer, ...]:
    """What the tickets that this order bought can become; nothing is read where no product says so."""
    if view.state is not OrderState.FULFILLED:
        return ()
    mine = [one.ticket for one in view.tickets if one.is_new and _can_become(page, one)]
    return shop().upgrades.offers(page.catalogue, visitor().hash, mine) if mine else ()


def _can_become(page: Page, ticket: OrderTicket) -> bool:
    """Whether a ticket's product says that it can become another one."""
    own = (page.catalogue.products.get(row.product_no) for row in ticket.everything if row.is_ticket)
    return any(product is not None and product.upgrades_to for product in own)


def _can_swap(page: Page, view: OrderView) -> bool:
    has_any = any(row.variant_key and row.left for ticket in view.tickets for row in ticket.positions)
    if not has_any or view.state is not OrderState.FULFILLED:
        return False
    return bool(shop().swaps.offers(view.order.id, page.catalogue, shop().catalogues.left(page.event)))


def _can_give_back(page: Page, view: OrderView) -> bool:
    now_ms = shop().clock.now_ms()
    if view.state is not OrderState.FULFILLED or now_ms >= page.event.ends_ms:
        return False
    return any(one.quantity for one in shop().returns.offers(view.order.id, terms_of(page.catalogue, now_ms)))


def slow_down() -> None:
    """Whoever tries addresses gets few tries."""
    limit_page(LINKS)


def _waits(view: OrderView, *, is_complete: bool, has_heard: bool) -> str:
    """What the page waits for: the `bank`, the `passes`, or nothing.

    Who comes back from a bank that does not answer has perhaps paid: nothing else is said until it has.
    """
    turn = back_turn()
    is_back = 0 < turn <= BACK_MAX or (turn > 0 and not has_heard)
    if view.state is OrderState.CHECKING or (view.state is OrderState.AWAITING and is_back):
        return "bank"
    return "passes" if view.state is OrderState.FULFILLED and not is_complete else ""


def back_turn() -> int:
    """How often a page has looked since its reader came back from the bank."""
    return request.args.get("back", 0, type=int)


def awaited() -> str:
    """What the script waits for that asks; empty where a person opens the page."""
    return request.args.get("waiting", "")


def private(response: Response, filename: str | None = None, shown: str = "inline") -> Response:
    """An answer nobody but this browser keeps."""
    response.headers["Cache-Control"] = "no-store"
    if filename is not None:
        response.headers["Content-Disposition"] = f'{shown}; filename="{filename}"'
    return response
