"""Orders and payments: to be read, and an order's mail to be sent once more."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from common.errors import BadInput
from syncserver.admin.page import go, language, show, words
from syncserver.admin.phrases import mail_names, movement_names, order_states, payment_states, refund_reasons
from syncserver.admin.visit import actor, admin, event, may
from syncserver.services.admin_search import cleaned
from syncserver.services.payment_provider import PaymentState
from syncserver.services.rights import Right, right


def add_routes(bp: Blueprint) -> None:
    """Both lists, one order, its mail."""
    at = "/admin/<event_key>/orders"
    bp.add_url_rule(at, "orders", orders)
    bp.add_url_rule(f"{at}/<code>", "order_page", order_page)
    bp.add_url_rule(f"{at}/<code>/resend", "order_resend", resend, methods=["POST"])
    bp.add_url_rule(f"{at}/<code>/correct", "order_correct", correct, methods=["GET", "POST"])
    bp.add_url_rule("/admin/<event_key>/payments", "payments", payments)


@right(Right.SEE_ORDERS)
def orders() -> ResponseReturnValue:
    """The newest, or those that fit what was typed; the one order found is shown at once."""
    asked, sees_holders = cleaned(request.args.get("q", "")), may(Right.SEE_HOLDERS)
    page = admin().orders.page(event().event, asked, request.args.get("cursor"), with_holders=sees_holders)
    if asked and len(page.orders) == 1:
        return go("order_page", code=page.orders[0].order.code)
    return show("orders.html", asked=asked, page=page, states=order_states(words()), shows_holders=sees_holders)


@right(Right.SEE_ORDERS)
def order_page(code: str) -> ResponseReturnValue:
    """One order with its positions, money and mails."""
    said = words()
    return show(
        "order.html",
        one=admin().orders.one(event().event, code, language()),
        states=order_states(said),
        payment_states=payment_states(said),
        movements=movement_names(said),
        mails=mail_names(said),
        reasons=refund_reasons(said),
        shows_holders=may(Right.SEE_HOLDERS),
    )


@right(Right.RESEND_MAIL)
def resend(code: str) -> ResponseReturnValue:
    """The same mail once more."""
    admin().orders.resend(actor(), event().event, code)
    return go("order_page", "resent", code=code)


@right(Right.CORRECT_ORDERS)
def correct(code: str) -> ResponseReturnValue:
    """The buyer's address and the names on the tickets."""
    one = admin().orders.one(event().event, code, language())
    tickets = [ticket for ticket in one.view.tickets if ticket.is_new and ticket.holder]
    if request.method == "GET":
        return show("correct.html", one=one, tickets=tickets)
    names = {ticket.ticket: request.form.get(f"name-{ticket.ticket.hex()}", "") for ticket in tickets}
    try:
        done = admin().corrections.correct(actor(), one.view, request.form.get("mail", ""), names)
    except BadInput as error:
        return show("correct.html", status=400, problem=str(error), one=one, tickets=tickets)
    return go("order_page", "corrected" if done else None, code=code)


@right(Right.SEE_PAYMENTS)
def payments() -> ResponseReturnValue:
    """Payments, the newest first."""
    chosen = request.args.get("state", "")
    if chosen and chosen not in set(PaymentState):
        abort(404)
    state = PaymentState(chosen) if chosen else None
    page = admin().orders.payments(event().event, state, request.args.get("cursor"))
    return show("payments.html", page=page, chosen=chosen, states=payment_states(words()))
