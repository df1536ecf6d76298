"""From the basket to the payment page and back."""

from __future__ import annotations

import secrets
from functools import cache

from flask import Blueprint, abort, g, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from shop_web.order_views import BACK_MAX, NOTHING_NEW, awaited, back_turn
from shop_web.page import Page, go, go_with_problem, open_page, problem_of, show
from shop_web.rates import LINKS, ORDERS
from shop_web.reasons import Notice, done
from shop_web.visit import check_form, limit, shop, visitor
from syncserver.services.invoice import Invoice, countries
from syncserver.services.orders import CheckoutForm, OrderState
from syncserver.services.payment_provider import ProviderError, WebhookRejected
from syncserver.services.purchase_questions import faults_of
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason

WEBHOOK_BYTES_MAX = 64 * 1024


def add_routes(bp: Blueprint) -> None:
    """Checkout, the way to the payment page, the way back, and webhooks."""
    bp.add_url_rule("/<language>/<event_key>/checkout", "checkout", checkout, methods=["GET", "POST"])
    bp.add_url_rule("/<language>/<event_key>/order/<token>/pay", "pay", pay, methods=["POST"])
    bp.add_url_rule("/<language>/paid/<key>", "paid", paid)
    bp.add_url_rule("/webhooks/<provider>", "webhook", webhook, methods=["POST"])


@right(Right.BUYER)
def checkout(language: str, event_key: str) -> ResponseReturnValue:
    """Who buys; a good form becomes an order and leads to the payment page."""
    page = open_page(language, event_key)
    if request.method == "GET":
        return _first(page)
    if "more_time" in request.form:
        return _more_time(page)
    form = CheckoutForm(
        form_key=request.form.get("form_key", ""),
        name=request.form.get("name", ""),
        mail=request.form.get("mail", ""),
        has_agreed=request.form.get("terms") == "yes",
        total_minor=request.form.get("total", type=int),
        invoice=_invoice(),
    )
    try:
        check_form()
        limit(ORDERS)
        order_id = shop().orders.place(page.catalogue, visitor().hash, form)
    except CannotBuy as error:
        if error.reason in {Reason.ANSWERS_MISSING, Reason.TICKET_BLOCKED}:  # what is asked, or to be taken out
            return go_with_problem(error, "basket")
        return _form(error)
    return _to_payment(page, order_id)


def _more_time(page: Page) -> ResponseReturnValue:
    """The form as it was typed so far, with more time to fill it in."""
    try:
        check_form()
        is_longer = shop().baskets.extend(page.event, visitor().hash)
    except CannotBuy as error:
        return _form(error)
    if page.basket.is_empty:  # taken out in another tab
        return go("basket")
    return _form(said=done(page.words, "extended" if is_longer else "time_enough", ""))


def _first(page: Page) -> ResponseReturnValue:
    """The empty form, once there is something to order and all that is asked was answered."""
    if page.basket.is_empty:
        return go("basket")
    if any(own.is_blocked for own, _ in page.basket.later):
        return go("basket", Reason.TICKET_BLOCKED.value)
    asking = [line for line in page.basket.lines if line.product.questions]
    given = shop().answers.of_basket([line.row.id for line in asking])
    for line in asking:
        if faults_of(line.product.questions, line.row.quantity, given.get(line.row.id, {})):
            return go("basket", Reason.ANSWERS_MISSING.value, line.product)
    return _form()


@right(Right.BUYER)
def pay(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Pay an order that waits for it."""
    page = open_page(language, event_key)
    try:
        check_form()
        limit(LINKS)
    except CannotBuy as error:
        return go_with_problem(error, "order", token=token)
    view = shop().orders.open(token, visitor().hash)
    if view is None or view.order.event_id != page.event.id:
        abort(404)
    return _to_payment(page, view.order.id)


@right(Right.BUYER)
def paid(language: str, key: str) -> ResponseReturnValue:
    """Back from the payment page: ask the provider, then show the order to the browser that made it."""
    back = shop().payments.returned(key)
    if back is None:
        abort(404)
    event = shop().catalogues.event_by_id(back.event_id)
    open_page(language if language in event.languages else event.default_language, event.key)
    if shop().orders.is_of_browser(back.order_id, visitor().hash):
        return go("order", token=shop().orders.token_by_id(back.order_id), back="1")
    # Another browser, as after a bank's app: it may know that all is well, but not the order's address.
    view = shop().orders.view(back.order_id)
    is_open = not back.has_heard or back_turn() <= BACK_MAX
    waits = view.state is OrderState.CHECKING or (view.state is OrderState.AWAITING and is_open)
    if waits and awaited():
        return NOTHING_NEW
    return show("paid.html", view=view, state=view.state.value, waits=waits)


@right(Right.PUBLIC)
def webhook(provider: str) -> ResponseReturnValue:
    """A payment provider calls. What it says is only a reason to ask it."""
    if (request.content_length or 0) > WEBHOOK_BYTES_MAX:
        return _answer("the body is too long", 413)
    try:
        done = shop().payments.webhook(provider, dict(request.headers), request.get_data())
    except WebhookRejected as error:
        return _answer(str(error), 400)
    except ProviderError:
        return _answer("the payment could not be looked up: call again later", 503)
    return {"result": done.name.lower()}


def _answer(title: str, status: int) -> ResponseReturnValue:
    return (
        {"type": "about:blank", "title": title, "status": status},
        status,
        {"Content-Type": "application/problem+json"},
    )


def _invoice() -> Invoice:
    return Invoice(**{name: request.form.get(name, "") for name in Invoice.__dataclass_fields__})


def _form(error: CannotBuy | None = None, said: Notice | None = None) -> ResponseReturnValue:
    return show(
        "checkout.html",
        status=422 if error else 200,
        notice=problem_of(error) if error else said,
        reason=error.reason.value if error else "",
        form=request.form,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(18),
        country_choices=_country_choices(g.page.language, request.form.get("country", g.page.event.seller_country)),
        wants_invoice=any(request.form.get(name) for name in Invoice.__dataclass_fields__ if name != "country"),
        known=_known(g.page),
        now_ms=shop().clock.now_ms(),
    )


def _known(page: Page) -> tuple[str, str]:
    """Name and address of who bought the ticket that is changed, for whoever may see that order; else nothing."""
    tickets = [line.row.ticket for line in page.basket.lines if line.row.is_upgrade and line.row.ticket]
    found = shop().upgrades.buyer_of(page.event.id, visitor().hash, tickets[0]) if tickets else None
    return found or ("", "")


def _country_choices(language: str, chosen: str) -> Markup:
    return _choices(language, chosen if chosen in countries(language) else "")


@cache
def _choices(language: str, chosen: str) -> Markup:
    """Some 250 of them, the same for everyone from one country."""
    option = Markup('<option value="{}"{}>{}</option>')
    selected = {chosen: Markup(" selected")}
    return Markup("").join(
        option.format(code, selected.get(code, ""), name) for code, name in countries(language).items()
    )


def _to_payment(page: Page, order_id: int) -> ResponseReturnValue:
    try:
        where = shop().payments.start(order_id, page.catalogue.name)
    except CannotBuy as error:
        return go_with_problem(error, "order", token=shop().orders.token_by_id(order_id))
    if where.url is None:
        return go("order", token=shop().orders.token_by_id(order_id))
    return redirect(where.url, code=303)
