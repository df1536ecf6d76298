"""Signing in and out, changing the password, the way to one's events."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from common.errors import BadInput
from syncserver.admin.page import go, show
from syncserver.admin.visit import (
    COOKIE,
    KNOWN_COOKIE,
    admin,
    check_form,
    forget_sign_in,
    member,
    remember_sign_in,
    safe_then,
)
from syncserver.services.passwords import PASSWORD_CHARACTERS_MIN
from syncserver.services.rights import Right, right
from syncserver.services.staff import NotSignedIn


def add_routes(bp: Blueprint) -> None:
    """Sign-in, sign-out, password, start."""
    bp.add_url_rule("/admin/", "start", start)
    bp.add_url_rule("/admin/login", "sign_in", sign_in, methods=["GET", "POST"])
    bp.add_url_rule("/admin/logout", "sign_out", sign_out, methods=["POST"])
    bp.add_url_rule("/admin/password", "password", password, methods=["GET", "POST"])


@right(Right.SIGNED_IN)
def start() -> ResponseReturnValue:
    """To one's event; whoever works for several chooses."""
    mine = admin().events.of(member())
    if not mine:
        abort(403)
    if len(mine) == 1:
        return redirect(url_for("admin.overview", event_key=mine[0].event.key), code=303)
    return show("start.html", events=mine)


@right(Right.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The form; a good login and password lead on."""
    then = safe_then(request.values.get("then", ""))
    if request.method == "GET":
        return show("sign_in.html", then=then, login="")
    check_form()
    login = request.form.get("login", "")
    try:
        secret, address = request.form.get("password", ""), request.remote_addr or ""
        made = admin().staff.sign_in(login, secret, address, request.cookies.get(KNOWN_COOKIE))
    except NotSignedIn as fault:
        return show("sign_in.html", 403, problem=str(fault), then=then, login=login)
    return remember_sign_in(make_response(redirect(then, code=303)), made)


@right(Right.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """Forget this sign-in."""
    admin().staff.sign_out(request.cookies[COOKIE])
    return forget_sign_in(make_response(redirect(url_for("admin.sign_in", done="signed_out"), code=303)))


@right(Right.SIGNED_IN)
def password() -> ResponseReturnValue:
    """The form for a new password; a change signs out everywhere."""
    if request.method == "GET":
        return show("password.html", characters_min=PASSWORD_CHARACTERS_MIN)
    form = request.form
    try:
        if form.get("new", "") != form.get("again", ""):
            raise BadInput("the new password was typed in two different ways")
        admin().staff.change_password(member(), form.get("old", ""), form.get("new", ""))
    except (NotSignedIn, BadInput) as fault:
        return show("password.html", 400, problem=str(fault), characters_min=PASSWORD_CHARACTERS_MIN)
    return forget_sign_in(make_response(go("sign_in", "password")))
