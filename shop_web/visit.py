"""Who is there: the cookie, the token in every form, and limits on how often."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, request

from syncserver.services.shop import Shop
from syncserver.services.visitors import Limit, Visitor

COOKIE = "rallygate_shop"
COOKIE_S = 30 * 24 * 3600
FORM_FIELD = "form_token"
EXTENSION = "rallygate_shop"

FORMS = Limit("form", 120, 60)
ORDERS = Limit("order", 30, 600)
LINKS = Limit("link", 60, 60)
WRONG_CODES = Limit("voucher", 30, 600)


def shop() -> Shop:
    """The services this application was made with."""
    found: Shop = current_app.extensions[EXTENSION]
    return found


def visitor() -> Visitor:
    """The browser that asks."""
    if "visitor" not in g:
        g.visitor = shop().visitors.of_cookie(request.cookies.get(COOKIE))
    found: Visitor = g.visitor
    return found


def check_form() -> None:
    """Refuse a form that is not from a page of ours (403), or comes too often (CannotBuy)."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403)
    if not shop().visitors.is_own_form(visitor(), request.form.get(FORM_FIELD, "")):
        abort(403)
    if any("\x00" in value for _, value in request.form.items(multi=True)):
        abort(400)  # no field has one, and PostgreSQL takes none
    limit(FORMS)
    shop().visitors.keep(visitor())


def limit(which: Limit) -> None:
    """Count one more of this. Raises CannotBuy beyond the limit."""
    shop().visitors.limit(which, request.remote_addr or "")


def limit_subject(which: Limit, subject: str) -> bool:
    """Count one more of this for a subject that is no network; False beyond the limit."""
    return shop().visitors.is_within(which, subject)


def set_cookie(response: Response) -> Response:
    """Give a new browser its cookie."""
    if "visitor" in g and visitor().is_new:
        is_https = shop().public_url.startswith("https://")
        response.set_cookie(COOKIE, visitor().token, COOKIE_S, httponly=True, samesite="Lax", secure=is_https, path="/")
    return response
