"""Passkeys of an account: what the script asks for and the forms it fills in."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from shop_web.account_views import sign_in_form, welcome
from shop_web.page import go, go_with_problem, open_page
from shop_web.rates import LINKS, PASSKEY_ASKS
from shop_web.visit import become, check_form, limit, shop, visitor
from syncserver.services.basket import tidy
from syncserver.services.buyer_passkeys import NAME_CHARACTERS_MAX, Purpose
from syncserver.services.rights import Right, right
from syncserver.services.shop_errors import CannotBuy, Reason

ROW_ID_MAX = 2**31 - 1


def add_routes(bp: Blueprint) -> None:
    """One question and four forms."""
    at = "/<language>/<event_key>/account/passkey"
    bp.add_url_rule(f"{at}/ask", "passkey_ask", ask, methods=["POST"])
    bp.add_url_rule(f"{at}/in", "passkey_in", sign_in, methods=["POST"])
    bp.add_url_rule(f"{at}/prove", "passkey_prove", prove, methods=["POST"])
    bp.add_url_rule(at, "passkey_add", add, methods=["POST"])
    bp.add_url_rule(f"{at}/remove", "passkey_remove", remove, methods=["POST"])


@right(Right.BUYER)
def ask(language: str, event_key: str) -> ResponseReturnValue:
    """What the browser is to ask its device for, as JSON for the script."""
    page = open_page(language, event_key)
    purpose = request.form.get("purpose", "")
    if shop().buyer_passkeys.party is None or purpose not in set(Purpose):
        abort(404)
    try:
        check_form()
        limit(PASSKEY_ASKS)
        asked = shop().buyer_passkeys.ask(Purpose(purpose), visitor(), page.catalogue.name)
    except CannotBuy as error:
        if error.reason is Reason.PROVE_FIRST:
            abort(403)
        raise TooManyRequests(retry_after=error.limit) from error
    return Response(asked, content_type="application/json", headers={"Cache-Control": "no-store"})


@right(Right.BUYER)
def sign_in(language: str, event_key: str) -> ResponseReturnValue:
    """A passkey has signed."""
    page = open_page(language, event_key)
    try:
        check_form()
        limit(LINKS)
        done = shop().buyer_passkeys.sign_in(visitor(), request.form.get("answer", ""))
    except CannotBuy as error:
        return sign_in_form(error)
    become(done.visitor)
    return welcome(page, done.left_behind)


@right(Right.BUYER)
def prove(language: str, event_key: str) -> ResponseReturnValue:
    """Signed in already: a passkey has signed once more."""
    open_page(language, event_key)
    if visitor().buyer is None:
        return go("account")
    try:
        check_form()
        limit(LINKS)
        become(shop().buyer_passkeys.prove(visitor(), request.form.get("answer", "")).visitor)
    except CannotBuy as error:
        return go_with_problem(error, "account_ways")
    return go("account_ways", "proved")


@right(Right.BUYER)
def add(language: str, event_key: str) -> ResponseReturnValue:
    """The device has made one."""
    page = open_page(language, event_key)
    if visitor().buyer is None:
        return go("account")
    name = tidy(request.form.get("name", ""), NAME_CHARACTERS_MAX)
    try:
        check_form()
        answer = request.form.get("answer", "")
        shop().buyer_passkeys.add(page.catalogue, visitor(), answer, name)
    except CannotBuy as error:
        return go_with_problem(error, "account_ways")
    return go("account_ways", "passkey_added")


@right(Right.BUYER)
def remove(language: str, event_key: str) -> ResponseReturnValue:
    """One less. One that is gone already is gone."""
    page = open_page(language, event_key)
    if visitor().buyer is None:
        return go("account")
    passkey_id = max(0, min(request.form.get("passkey", 0, type=int), ROW_ID_MAX))
    try:
        check_form()
        become(shop().buyer_passkeys.remove(page.catalogue, visitor(), passkey_id))
    except CannotBuy as error:
        return go_with_problem(error, "account_ways")
    return go("account_ways", "passkey_removed")
