"""The shop as a Flask blueprint: routes, the security headers of every answer, and pages for what went wrong."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Flask, Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from common.errors import BadInput, UserFacing
from shop_web import (
    account_views,
    answer_views,
    basket_views,
    catalogue_views,
    checkout_views,
    correction_views,
    order_views,
    passkey_views,
    password_views,
    pieces,
    return_views,
    ticket_views,
    upgrade_views,
    voucher_views,
)
from shop_web.page import Page
from shop_web.reasons import AGAIN_S, too_often
from shop_web.visit import EXTENSION, set_cookie, shop
from syncserver.services.rights import Right, right
from syncserver.services.shop import Shop
from syncserver.services.translations import LANGUAGES, SOURCE_LANGUAGE, best_language, translator

NAME = "shop"


def add_shop(app: Flask, services: Shop) -> None:
    """Mount the shop at the root of an application."""
    app.extensions[EXTENSION] = services
    app.extensions[pieces.EXTENSION] = pieces.Pieces()
    bp = Blueprint(NAME, __name__, template_folder="templates", static_folder="static", static_url_path="/shop-static")
    of_accounts = (account_views, password_views, passkey_views, ticket_views)
    of_orders = (order_views, return_views, correction_views, answer_views, upgrade_views)
    for views in (catalogue_views, basket_views, voucher_views, checkout_views, *of_orders, *of_accounts):
        views.add_routes(bp)
    bp.after_request(_finish)
    bp.register_error_handler(HTTPException, _failed)
    bp.register_error_handler(UserFacing, _user_facing)
    bp.add_url_rule(f"/<any({','.join(LANGUAGES)}):language>/<path:lost>", "lost", lost)
    app.register_blueprint(bp)


def _finish(response: Response) -> Response:
    headers = response.headers
    there = {name.lower() for name, _ in headers}
    for name, value in _always(shop().public_url, shop().payments.page_origins):
        if name.lower() not in there:
            headers.add(name, value)
    return set_cookie(response)


@cache
def _always(public_url: str, page_origins: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The headers of every answer that has no other of their name."""
    found = [
        ("Content-Security-Policy", _policy(page_origins)),
        ("X-Content-Type-Options", "nosniff"),
        # An order's address is its key: it must not travel to the payment page or anywhere else as a referrer.
        ("Referrer-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ]
    if public_url.startswith("https://"):
        found.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    return tuple(found)


def _policy(page_origins: tuple[str, ...]) -> str:
    forms = " ".join(("'self'", *page_origins))
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )


def _failed(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect Werkzeug made
    again_s = getattr(error, "retry_after", None) or AGAIN_S
    return _page(error.code, again_s), error.code, {"Retry-After": str(again_s)} if error.code == 429 else {}


def _user_facing(error: UserFacing) -> ResponseReturnValue:
    """What we raise on purpose: the buyer's input, else something here that passes. Its words are for operators."""
    status = 400 if isinstance(error, BadInput) else 503
    return _page(status), status, {} if status == 400 else {"Retry-After": "2"}


def _page(status: int, again_s: int = AGAIN_S) -> str:
    """Works without the database, which may be what failed."""
    page: Page | None = g.get("page")
    language = page.language if page else _language()
    number = g.get("support_number", "")
    words = translator(language)
    values = {"_": words.text, "language": language, "page": page, "status": status, "number": number}
    return render_template("shop/failed.html", too_often=too_often(words, again_s), **values)


def _language() -> str:
    """That of the address, else the browser's."""
    asked = (request.view_args or {}).get("language", "")
    accepted = [language for language, _ in request.accept_languages]
    return asked if asked in LANGUAGES else best_language(accepted, LANGUAGES, SOURCE_LANGUAGE)


@right(Right.PUBLIC)
def lost(language: str, lost: str) -> ResponseReturnValue:  # noqa: ARG001 - the address's words
    """An address under a language that leads nowhere: a page in that language, not a program's answer."""
    abort(404)
