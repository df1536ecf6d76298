"""Putting an order right: tickets by mail again, lost links, another address, names on tickets."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop_web.order_views import open_order
from shop_web.page import go, go_with_problem, open_page, problem_of, show
from shop_web.rates import CONFIRMATIONS, LINKS, LOST_BY_ADDRESS, LOST_MAILS
from shop_web.visit import check_form, limit, limit_page, limit_subject, shop
from syncserver.services.orders import OrderState
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy


def add_routes(bp: Blueprint) -> None:
    """Pages and forms."""
    event = "/<language>/<event_key>"
    at = f"{event}/order/<token>"
    bp.add_url_rule(f"{at}/resend", "resend", resend, methods=["POST"])
    bp.add_url_rule(f"{at}/names", "names", names)
    bp.add_url_rule(f"{at}/names", "names_now", rename, methods=["POST"])
    bp.add_url_rule(f"{at}/variants", "variants", variants)
    bp.add_url_rule(f"{at}/variants", "variants_now", swap, methods=["POST"])
    bp.add_url_rule(f"{at}/address", "address", address)
    bp.add_url_rule(f"{at}/address", "address_now", ask_address, methods=["POST"])
    bp.add_url_rule(f"{event}/new-address/<token>", "new_address", new_address)
    bp.add_url_rule(f"{event}/new-address/<token>", "new_address_now", confirm_address, methods=["POST"])
    bp.add_url_rule(f"{event}/lost", "lost_mail", lost_mail)
    bp.add_url_rule(f"{event}/lost", "lost_mail_now", ask_lost_mail, methods=["POST"])


@right(Right.BUYER)
def resend(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The tickets by mail once more."""
    _, view = open_order(language, event_key, token)
    try:
        check_form()
        limit(LINKS)
        shop().changes.resend(view.order.id)
    except CannotBuy as error:
        return go_with_problem(error, "order", token=view.token)
    return go("order", "resent", token=view.token)


@right(Right.BUYER)
def names(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The names on the tickets this order bought, and their languages."""
    _, view = open_order(language, event_key, token)
    if view.state is not OrderState.FULFILLED:
        return go("order", token=view.token)
    return show("names.html", view=view, tickets=[one for one in view.tickets if one.is_new and one.is_good])


@right(Right.BUYER)
def rename(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Put the names that were typed on the tickets, and have them speak the languages that were chosen."""
    page, view = open_order(language, event_key, token)
    done: str | None = None
    try:
        check_form()
        limit(LINKS)
        mine = [one.ticket for one in view.tickets if one.is_new and one.is_good]
        for ticket in mine:  # first, since a name may be fixed by now
            speech = request.form.get(f"language-{ticket.hex()}", "")
            if shop().changes.speak(page.event, view.order.id, ticket, speech):
                done = "language_set"
        for ticket in mine:
            name = request.form.get(f"name-{ticket.hex()}")
            if name is not None and shop().changes.rename(view.order.id, ticket, name):
                done = "renamed"
    except CannotBuy as error:
        return go_with_problem(error, "names", token=view.token)
    return go("order", done, token=view.token)


@right(Right.BUYER)
def variants(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Sizes and the like that can still be changed."""
    page, view = open_order(language, event_key, token)
    if view.state is not OrderState.FULFILLED:
        return go("order", token=view.token)
    left = shop().catalogues.left(page.event)
    offers = shop().swaps.offers(view.order.id, page.catalogue, left)
    holders = {one.ticket: one.holder.name for one in view.tickets if one.holder}
    return show("variants.html", view=view, offers=offers, holders=holders)


@right(Right.BUYER)
def swap(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Change those that were chosen otherwise."""
    page, view = open_order(language, event_key, token)
    changed = False
    try:
        check_form()
        limit(LINKS)
        for row in (row for ticket in view.tickets for row in ticket.positions if row.variant_key and row.left):
            wanted = request.form.get(f"v{row.place}")
            if wanted is not None and wanted != row.variant_key:
                changed |= shop().swaps.swap(view.order.id, page.catalogue, row.place, wanted)
    except CannotBuy as error:
        return go_with_problem(error, "variants", token=view.token)
    return go("order", "swapped" if changed else None, token=view.token)


@right(Right.BUYER)
def address(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Where mails go, and a form for another address."""
    _, view = open_order(language, event_key, token)
    return show("address.html", view=view)


@right(Right.BUYER)
def ask_address(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Write to the new address; nothing changes until it is confirmed there."""
    _, view = open_order(language, event_key, token)
    try:
        check_form()
        limit(LOST_MAILS)
        shop().changes.ask_mail_change(view.order.id, request.form.get("mail", ""))
    except CannotBuy as error:
        return go_with_problem(error, "address", token=view.token)
    return go("order", "confirm_asked", token=view.token)


@right(Right.BUYER)
def new_address(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """What the mail to a new address leads to: a button, since mail programs open links by themselves."""
    page = open_page(language, event_key)
    _limit_confirmations()
    change = shop().changes.mail_change(token)
    if change is not None and change.event_id != page.event.id:
        abort(404)
    return show("new_address.html", change=change, token=token)


@right(Right.BUYER)
def confirm_address(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """Whoever reads there says so."""
    open_page(language, event_key)
    _limit_confirmations()
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "new_address", token=token)
    shop().changes.confirm_mail(token)
    return go("new_address", token=token)


@right(Right.BUYER)
def lost_mail(language: str, event_key: str) -> ResponseReturnValue:
    """One field: the address."""
    open_page(language, event_key)
    return show("lost.html", is_asked=request.args.get("asked") == "1")


@right(Right.BUYER)
def ask_lost_mail(language: str, event_key: str) -> ResponseReturnValue:
    """The same answer for an address that has orders, one that has none, and one that asked too often."""
    page, mail = open_page(language, event_key), request.form.get("mail", "")
    try:
        check_form()
        limit(LOST_MAILS)
    except CannotBuy as error:
        return go_with_problem(error, "lost_mail")
    if limit_subject(LOST_BY_ADDRESS, f"{page.event.id}|{mail.strip().lower()}"):
        try:
            shop().changes.ask_links(page.event.id, mail)
        except CannotBuy as error:
            return show("lost.html", status=422, notice=problem_of(error), is_asked=False)
    return go("lost_mail", asked="1")


def _limit_confirmations() -> None:
    limit_page(CONFIRMATIONS)
