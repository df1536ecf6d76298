"""Who is there: the cookie, the token in every form, and limits on how often."""

from __future__ import annotations

from typing import NoReturn

import structlog
from flask import Response, abort, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from shop_web.rates import FORMS
from syncserver.services.device_label import device_label
from syncserver.services.rates import Doer, Limit, Rate
from syncserver.services.shop import Shop
from syncserver.services.shop_errors import CannotBuy
from syncserver.services.visitors import Visitor

log = structlog.get_logger(__name__)

COOKIE = "rallygate_shop"
COOKIE_HTTPS = "__Host-rallygate_shop"  # browsers take it from this host alone, over TLS, for the whole site
COOKIE_S = 30 * 24 * 3600
FORM_FIELD = "form_token"
EXTENSION = "rallygate_shop"


def shop() -> Shop:
    """The services this application was made with."""
    found: Shop = current_app.extensions[EXTENSION]
    return found


def cookie_name() -> str:
    """What the cookie is called: over TLS a name that no other host can set."""
    return COOKIE_HTTPS if _is_https() else COOKIE


def visitor() -> Visitor:
    """The browser that asks."""
    if "visitor" not in g:
        g.visitor = shop().visitors.of_cookie(request.cookies.get(cookie_name()), _device())
    found: Visitor = g.visitor
    return found


def _device() -> str:
    return device_label(request.headers.get("User-Agent", ""))


def become(another: Visitor) -> None:
    """From here on, in this answer too, the browser is this one: it gets another cookie."""
    g.visitor = another


def check_form() -> None:
    """Refuse a form that is not from a page of ours (403), or comes too often (CannotBuy)."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != "null" and origin.partition("://")[2] != request.host:
        _refuse("from another site")
    if not shop().visitors.is_own_form(visitor(), request.form.get(FORM_FIELD, "")):
        _refuse("no token of this browser")
    if any("\x00" in value for _, value in request.form.items(multi=True)):
        abort(400)  # no field has one, and PostgreSQL takes none
    g.is_known = shop().visitors.sent_form(visitor(), FORMS, request.remote_addr or "")


def _refuse(why: str) -> NoReturn:
    log.info("shop_form_refused", why=why, form=request.endpoint)
    abort(403)


def limit(which: Rate) -> None:
    """Count one more of this. Raises CannotBuy beyond a bound."""
    shop().visitors.limit(which, doer())


def limit_page(which: Rate) -> None:
    """Count one more of this; beyond a bound the answer is the page that says so (429)."""
    try:
        limit(which)
    except CannotBuy as error:
        raise TooManyRequests(retry_after=error.limit) from error


def doer() -> Doer:
    """Who asks, for counting: a browser whose first form this is counts among the newcomers of its network."""
    if "is_known" not in g:
        g.is_known = shop().visitors.is_known(visitor())
    return Doer(visitor().hash, request.remote_addr or "", g.is_known)


def limit_subject(which: Limit, subject: str) -> bool:
    """Count one more of this for a subject that is no network; False beyond the limit."""
    return shop().visitors.is_within(which, subject)


def set_cookie(response: Response) -> Response:
    """Give a new browser its cookie."""
    if "visitor" in g and visitor().is_new:
        token, name = visitor().token, cookie_name()
        response.set_cookie(name, token, COOKIE_S, httponly=True, samesite="Lax", secure=_is_https(), path="/")
    return response


def _is_https() -> bool:
    return shop().public_url.startswith("https://")
