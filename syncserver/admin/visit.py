"""Who asks: the sign-in's cookie, what its holder may do, and forms that only our own pages can send."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from common.errors import InvariantError
from syncserver.services.admin import Admin, NamedEvent
from syncserver.services.rights import Right, right_of
from syncserver.services.staff import SESSION_MS, Member, SignIn
from syncserver.services.staff_actions import Actor

EXTENSION = "rallygate_admin"
COOKIE, VISIT_COOKIE, KNOWN_COOKIE = "rallygate_staff", "rallygate_staff_visit", "rallygate_staff_known"
KNOWN_S = 90 * 24 * 3600
FORM_FIELD = "form_token"
AT_FIRST_SIGN_IN = {"admin.password", "admin.sign_out"}


def admin() -> Admin:
    """The services this application was made with."""
    found: Admin = current_app.extensions[EXTENSION]
    return found


def member() -> Member:
    """Who is signed in; only for views that declare a right."""
    found: Member | None = g.get("member")
    if found is None:
        raise InvariantError("a view that declares no right asks who is signed in")
    return found


def event() -> NamedEvent:
    """The event of the address; only for views whose address names one."""
    found: NamedEvent | None = g.get("admin_event")
    if found is None:
        raise InvariantError("a view whose address names no event asks for it")
    return found


def may(right: Right) -> bool:
    """Whether who is signed in may do this in the event of the address (in any event, where it names none)."""
    found: NamedEvent | None = g.get("admin_event")
    return member().may(found.event.id if found else None, right)


def actor() -> Actor:
    """Who acts, for what is written down."""
    return Actor(member().account_id, event().event.id, admin().clock.now_ms())


def is_json() -> bool:
    """Whether a program asks."""
    return request.path.endswith(".json")


def guard() -> ResponseReturnValue | None:
    """Let in whoever may; send who is not signed in to the sign-in page. A view without a declared right is a bug."""
    needed = _needed()
    if needed is Right.PUBLIC:
        return None
    found = admin().staff.member(request.cookies.get(COOKIE))
    if found is None:
        return _to_sign_in()
    g.member = found
    _find_event()
    if needed is not Right.SIGNED_IN and not may(needed):
        abort(403)
    if found.must_change and request.endpoint not in AT_FIRST_SIGN_IN:
        if is_json():
            abort(403)
        return redirect(url_for("admin.password"), code=303)
    if request.method != "GET":
        check_form()
    return None


def _needed() -> Right:
    endpoint = request.endpoint or ""
    if endpoint == "admin.static":
        return Right.PUBLIC
    needed = right_of(current_app.view_functions[endpoint])
    if needed is None:
        raise InvariantError(f"{endpoint} declares no right: nobody may see it")
    return needed


def take_event_key(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The event's key in the address is for the guard; views ask for the event itself."""
    g.event_key = values.pop("event_key", None) if values else None


def _find_event() -> None:
    if g.event_key is None:
        return
    g.admin_event = admin().events.by_key(g.event_key)
    if g.admin_event is None:
        abort(404)


def _to_sign_in() -> ResponseReturnValue:
    if is_json():
        abort(401)
    behind = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("admin.sign_in", then=behind), code=303)


def safe_then(text: str) -> str:
    """Where to go after signing in: a page of the admin, whatever the address said."""
    is_ours = text.startswith("/admin/") and "\\" not in text and text.isprintable() and len(text) < 500
    return text if is_ours else url_for("admin.start")


# --- cookies and forms ----------------------------------------------------------------------------


def form_token() -> str:
    """What forms of this visit carry: of the sign-in, or of the visit where nobody is signed in yet."""
    return admin().staff.form_token(_token())


def check_form() -> None:
    """Refuse a form that is not from a page of ours, made for this browser (403)."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        abort(403)
    if not admin().staff.is_own_form(_token(), request.form.get(FORM_FIELD, "")):
        abort(403)
    if any("\x00" in value for _, value in request.form.items(multi=True)):
        abort(400)  # no field has one, and PostgreSQL takes none


def _token() -> str:
    if g.get("member") is not None:
        return request.cookies[COOKIE]
    if "visit" not in g:
        g.visit = request.cookies.get(VISIT_COOKIE) or ""
        g.visit_is_new = not g.visit
        g.visit = g.visit or secrets.token_urlsafe(32)
    token: str = g.visit
    return token


def set_cookies(response: Response) -> Response:
    """Give a browser that is about to sign in the cookie its form belongs to."""
    if g.get("visit_is_new", False):
        _set(response, VISIT_COOKIE, g.visit, None)
    return response


def remember_sign_in(response: Response, made: SignIn) -> Response:
    """Give the browser its sign-in, in place of any it had, and the word that it is no stranger to this account."""
    _set(response, COOKIE, made.token, SESSION_MS // 1000)
    _set(response, KNOWN_COOKIE, made.known, KNOWN_S)
    return response


def forget_sign_in(response: Response) -> Response:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path="/admin", httponly=True, samesite="Lax", secure=_is_https())
    return response


def _set(response: Response, name: str, value: str, age_s: int | None) -> None:
    response.set_cookie(name, value, age_s, path="/admin", httponly=True, samesite="Lax", secure=_is_https())


def _is_https() -> bool:
    return admin().public_url.startswith("https://")
