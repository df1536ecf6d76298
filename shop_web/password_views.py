"""The optional password of an account: signing in with it, setting and removing it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from shop_web.account_views import sign_in_form, welcome
from shop_web.page import go, go_with_problem, open_page
from shop_web.visit import become, check_form, shop, visitor
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy


def add_routes(bp: Blueprint) -> None:
    """The three forms."""
    at = "/<language>/<event_key>/account/password"
    bp.add_url_rule(f"{at}/in", "password_in", sign_in, methods=["POST"])
    bp.add_url_rule(f"{at}/prove", "password_prove", prove, methods=["POST"])
    bp.add_url_rule(at, "password_set", set_password, methods=["POST"])


@right(Right.BUYER)
def sign_in(language: str, event_key: str) -> ResponseReturnValue:
    """Address and password."""
    page = open_page(language, event_key)
    mail, password = request.form.get("mail", ""), request.form.get("password", "")
    try:
        check_form()
        done = shop().buyer_passwords.sign_in(mail, password, request.remote_addr or "", visitor())
    except CannotBuy as error:
        return sign_in_form(error, with_password=True)
    become(done.visitor)
    return welcome(page, done.left_behind)


@right(Right.BUYER)
def set_password(language: str, event_key: str) -> ResponseReturnValue:
    """A new password, or none."""
    page = open_page(language, event_key)
    buyer = visitor().buyer
    if buyer is None:
        return go("account")
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        check_form()
        if request.form.get("do") == "remove":
            become(shop().buyer_passwords.remove(page.catalogue, visitor(), buyer, old))
            return go("account_ways", "password_removed")
        become(shop().buyer_passwords.set(page.catalogue, visitor(), buyer, old, new))
    except CannotBuy as error:
        return go_with_problem(error, "account_ways")
    return go("account_ways", "password_set")


@right(Right.BUYER)
def prove(language: str, event_key: str) -> ResponseReturnValue:
    """Signed in already: the password once more, before something about signing in is changed."""
    open_page(language, event_key)
    buyer = visitor().buyer
    if buyer is None:
        return go("account")
    try:
        check_form()
        become(shop().buyer_passwords.prove(visitor(), buyer, request.form.get("password", "")))
    except CannotBuy as error:
        return go_with_problem(error, "account_ways")
    return go("account_ways", "proved")
