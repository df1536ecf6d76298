"""Signing in by a link in a mail, signing out, and everything an address has bought."""

from __future__ import annotations

import re

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from shop_web.page import Page, go, go_with_problem, open_page, problem_of, show
from shop_web.rates import LINKS, SIGN_IN_MAILS
from shop_web.visit import become, check_form, limit, limit_page, shop, visitor
from syncserver.services.buyer_passkeys import NAME_CHARACTERS_MAX
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.passwords import PASSWORD_CHARACTERS_MIN
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.ticket_links import FriendsTicket

_NAMED = re.compile(r"[0-9a-f]{64}")


def add_routes(bp: Blueprint) -> None:
    """The account's page and its forms."""
    at = "/<language>/<event_key>/account"
    bp.add_url_rule(at, "account", account)
    bp.add_url_rule(f"{at}/ways", "account_ways", ways)
    bp.add_url_rule(f"{at}/end", "account_end", end_sign_in, methods=["POST"])
    bp.add_url_rule(f"{at}/link", "account_link", ask_link, methods=["POST"])
    bp.add_url_rule(f"{at}/in/<token>", "account_in", look_at_link)
    bp.add_url_rule(f"{at}/in/<token>", "account_use", use_link, methods=["POST"])
    bp.add_url_rule(f"{at}/out", "account_out", sign_out, methods=["POST"])


@right(Right.BUYER)
def account(language: str, event_key: str) -> ResponseReturnValue:
    """Everything this address has bought; the form to sign in for who has not."""
    page = open_page(language, event_key)
    buyer = visitor().buyer
    if buyer is None:
        return sign_in_form()
    views = shop().buyers.orders(page.event, buyer)
    paid = [view for view in views if view.state is OrderState.FULFILLED]
    tickets = [(view, ticket) for view in paid for ticket in shop().tickets.shown(view, language) if ticket.is_new]
    received = [one for one in shop().ticket_links.received(page.event.id, visitor().hash) if _is_others(one, views)]
    gifts = [
        (one, ticket)
        for one in received
        for ticket in shop().tickets.shown(one.view, language)
        if not ticket.is_awaited
    ]
    others = shop().buyers.other_events(page.event, buyer)
    names = {one.event.key: shop().catalogues.of(one.event, page.language).name for one in others}
    return show(
        "account.html",
        buyer=buyer,
        views=views,
        tickets=tickets,
        gifts=gifts,
        others=others,
        names=names,
    )


@right(Right.BUYER)
def ways(language: str, event_key: str) -> ResponseReturnValue:
    """How one signs in: passkeys and the password, to be changed by who has just shown who they are."""
    open_page(language, event_key)
    buyer = visitor().buyer
    if buyer is None:
        return go("account")
    return show(
        "ways.html",
        buyer=buyer,
        is_fresh=buyer.is_fresh(shop().clock.now_ms()),
        passkeys=shop().buyer_passkeys.shown(buyer),
        sign_ins=shop().buyers.sign_ins(buyer),
        party=shop().buyer_passkeys.party,
        characters_min=PASSWORD_CHARACTERS_MIN,
        name_characters_max=NAME_CHARACTERS_MAX,
    )


@right(Right.BUYER)
def ask_link(language: str, event_key: str) -> ResponseReturnValue:
    """Ask for a mail. The answer is the same for every address."""
    page = open_page(language, event_key)
    try:
        check_form()
        limit(SIGN_IN_MAILS)
        shop().buyers.ask_link(page.event, page.language, request.form.get("mail", ""))
    except CannotBuy as error:
        return sign_in_form(error)
    return go("account", "link_sent")


@right(Right.BUYER)
def look_at_link(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The button. Whoever only opens the address, like a mail scanner, changes nothing."""
    open_page(language, event_key)
    mail = shop().buyers.address_of(token)
    if mail is None:
        return _over()
    return show("sign_in_button.html", mail=mail, token=token)


@right(Right.BUYER)
def use_link(language: str, event_key: str, token: str) -> ResponseReturnValue:
    """The button was pressed."""
    page = open_page(language, event_key)
    try:
        check_form()
        limit(LINKS)
    except CannotBuy as error:
        return go_with_problem(error, "account")
    done = shop().buyers.use_link(token, visitor())
    if done is None:
        return _over()
    become(done.visitor)
    return welcome(page, done.left_behind)


@right(Right.BUYER)
def sign_out(language: str, event_key: str) -> ResponseReturnValue:
    """Here, or in every browser."""
    page = open_page(language, event_key)
    try:
        check_form()
    except CannotBuy as error:
        return go_with_problem(error, "account")
    if request.form.get("where") == "everywhere":
        become(shop().buyers.sign_out_everywhere(page.catalogue, visitor()))
        return _cleared(go("account", "signed_out_everywhere"))
    become(shop().buyers.sign_out(visitor()))
    return _cleared(go("account", "signed_out"))


@right(Right.BUYER)
def end_sign_in(language: str, event_key: str) -> ResponseReturnValue:
    """One other browser. One that is signed out already is signed out."""
    open_page(language, event_key)
    named = request.form.get("sign_in", "")
    try:
        check_form()
        shop().buyers.end_sign_in(visitor(), bytes.fromhex(named) if _NAMED.fullmatch(named) else b"")
    except CannotBuy as error:
        return go_with_problem(error, "account_ways")
    return go("account_ways", "ended")


def _cleared(answer: ResponseReturnValue) -> ResponseReturnValue:
    """The browser forgets pages it has kept to go back to."""
    response = make_response(answer)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _is_others(received: FriendsTicket, own: tuple[OrderView, ...]) -> bool:
    """A link to a ticket of one's own order is no gift."""
    return received.view.order.id not in {view.order.id for view in own}


def welcome(page: Page, left_behind: int) -> ResponseReturnValue:
    """Where somebody who has just signed in goes on."""
    if left_behind:
        return go("basket", "some_left_behind")
    return go("account" if page.basket.is_empty else "basket", "signed_in")


def sign_in_form(
    error: CannotBuy | None = None, *, with_password: bool = False, status: int = 422
) -> ResponseReturnValue:
    """The ways in; `status` is that of an error."""
    return show(
        "sign_in.html",
        status=status if error else 200,
        notice=problem_of(error) if error else None,
        mail=request.form.get("mail", ""),
        with_password=with_password,
        party=shop().buyer_passkeys.party,
    )


def _over() -> ResponseReturnValue:
    """Used, too old or never ours: all the same to whoever tries. Few tries for guessing."""
    limit_page(LINKS)
    return sign_in_form(CannotBuy(Reason.LINK_OVER), status=410)
