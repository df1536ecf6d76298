"""Staff: accounts, their roles, new passwords."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from common.errors import BadInput
from syncserver.admin.page import go, show, words
from syncserver.admin.phrases import action_names, role_hints, role_names
from syncserver.admin.visit import actor, admin, event, member
from syncserver.services.admin_staff import AccountPage
from syncserver.services.rights import Right, Role, right


def add_routes(bp: Blueprint) -> None:
    """The list, a new account, one account and its forms."""
    at = "/admin/<event_key>/staff"
    bp.add_url_rule(at, "staff", staff)
    bp.add_url_rule(f"{at}/new", "staff_new", new, methods=["GET", "POST"])
    bp.add_url_rule(f"{at}/of/<login>", "staff_page", account)
    bp.add_url_rule(f"{at}/of/<login>/roles", "staff_roles", roles, methods=["POST"])
    bp.add_url_rule(f"{at}/of/<login>/password", "staff_password", password, methods=["POST"])
    bp.add_url_rule(f"{at}/of/<login>/off", "staff_off", off, methods=["POST"])
    bp.add_url_rule(f"{at}/of/<login>/on", "staff_on", on, methods=["POST"])
    bp.add_url_rule(f"{at}/of/<login>/sign-out", "staff_sign_out", sign_out, methods=["POST"])


@right(Right.MANAGE_STAFF)
def staff() -> ResponseReturnValue:
    """Who works for the event, and what was done last."""
    page = admin().accounts.page(event().event, request.args.get("after", ""))
    return show("staff.html", page=page, roles=role_names(words()), actions=action_names(words()))


@right(Right.MANAGE_STAFF)
def new() -> ResponseReturnValue:
    """The form, then the password: shown once."""
    if request.method == "GET":
        return _new_form(200, "")
    login, name = request.form.get("login", ""), request.form.get("name", "")
    try:
        made = admin().accounts.create(member(), actor(), login, name, _chosen())
    except BadInput as fault:
        return _new_form(400, str(fault))
    return show("staff_password.html", login=login, password=made, is_new=True)


def _new_form(status: int, problem: str) -> ResponseReturnValue:
    """The form with what was typed."""
    form, said = request.form, words()
    return show(
        "staff_new.html",
        status,
        problem,
        login=form.get("login", ""),
        name=form.get("name", ""),
        chosen=form.getlist("role"),
        roles=role_names(said),
        hints=role_hints(said),
    )


@right(Right.MANAGE_STAFF)
def account(login: str) -> ResponseReturnValue:
    """One account."""
    said = words()
    return show("staff_account.html", page=_account(login), roles=role_names(said), hints=role_hints(said))


@right(Right.MANAGE_STAFF)
def roles(login: str) -> ResponseReturnValue:
    """Other roles in this event."""
    admin().accounts.set_roles(member(), actor(), login, _chosen())
    return go("staff_page", "roles", login=login)


@right(Right.MANAGE_STAFF)
def password(login: str) -> ResponseReturnValue:
    """A fresh password, shown once."""
    made = admin().accounts.new_password(member(), actor(), login)
    return show("staff_password.html", login=login, password=made, is_new=False)


@right(Right.MANAGE_STAFF)
def off(login: str) -> ResponseReturnValue:
    """Nobody can sign in with it."""
    admin().accounts.set_off(member(), actor(), login, is_off=True)
    return go("staff_page", "off", login=login)


@right(Right.MANAGE_STAFF)
def on(login: str) -> ResponseReturnValue:
    """It may be used again."""
    admin().accounts.set_off(member(), actor(), login, is_off=False)
    return go("staff_page", "on", login=login)


@right(Right.MANAGE_STAFF)
def sign_out(login: str) -> ResponseReturnValue:
    """End every sign-in of it."""
    admin().accounts.sign_out(member(), actor(), login)
    return go("staff_page", "ended", login=login)


def _account(login: str) -> AccountPage:
    return admin().accounts.one(member(), event().event, login)


def _chosen() -> list[Role]:
    return [Role(one) for one in request.form.getlist("role") if one in set(Role)]
