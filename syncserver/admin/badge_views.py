"""Staff badges: the list, a new one with its PIN, blocking."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from common.badges import NAME_CHARACTERS_MAX, Role
from common.errors import BadInput
from syncserver.admin.page import form_key, go, show, words
from syncserver.admin.phrases import action_names, badge_hints, role_names
from syncserver.admin.visit import actor, admin, event, may, member
from syncserver.services.qr import svg_of
from syncserver.services.rights import Right, right


def add_routes(bp: Blueprint) -> None:
    """The list, a new badge, one badge, blocking it."""
    at = "/admin/<event_key>/badges"
    bp.add_url_rule(at, "badges", badges)
    bp.add_url_rule(f"{at}/new", "badge_new", new, methods=["GET", "POST"])
    bp.add_url_rule(f"{at}/<badge>", "badge_page", badge_page)
    bp.add_url_rule(f"{at}/<badge>/block", "badge_block", block, methods=["GET", "POST"])


@right(Right.SEE_BADGES)
def badges() -> ResponseReturnValue:
    """All of them."""
    return show("badges.html", badges=admin().badges.all(event().event), roles=role_names(words()))


@right(Right.SEE_BADGES)
def badge_page(badge: str) -> ResponseReturnValue:
    """One of them, and who did what with it."""
    said, page = words(), admin().badges.one(event().event, badge)
    return show("badge.html", page=page, one=page.badge, roles=role_names(said), actions=action_names(said))


@right(Right.MAKE_BADGES)
def new() -> ResponseReturnValue:
    """The form, then the badge with its PIN: shown once, and not by sending the same form again."""
    if request.method == "GET":
        name, roles = _of_account(request.args.get("login", ""))
        return _form(200, "", name, roles)
    name, roles = request.form.get("name", ""), request.form.getlist("role")
    chosen = [Role(one) for one in roles if one in set(Role)]
    try:
        made = admin().badges.make(actor(), name, chosen, form_key())
    except BadInput as fault:
        return _form(400, str(fault), name, roles)
    # The SVG is drawn by our own code from digits alone.
    qr = Markup(svg_of(made.digits))  # noqa: S704
    return show(
        "badge_made.html",
        made=made,
        qr=qr,
        name=name,
        chosen=[r for r in Role if r in chosen],
        roles=role_names(words()),
    )


@right(Right.BLOCK_BADGES)
def block(badge: str) -> ResponseReturnValue:
    """Asks once more, then blocks it."""
    if request.method == "GET":
        return show("badge_block.html", one=admin().badges.one(event().event, badge).badge)
    admin().badges.block(actor(), badge, request.form.get("why", ""))
    return go("badge_page", "badge_blocked", badge=badge)


def _form(status: int, problem: str, name: str, roles: list[str]) -> ResponseReturnValue:
    said = words()
    asked = {"name": name, "chosen": roles, "roles": role_names(said), "hints": badge_hints(said)}
    return show("badge_new.html", status, problem, characters_max=NAME_CHARACTERS_MAX, **asked)


def _of_account(login: str) -> tuple[str, list[str]]:
    """Name and roles of a colleague's account, for who comes from its page."""
    if not login or not may(Right.MANAGE_STAFF):
        return "", []
    found = admin().accounts.one(member(), event().event, login).account
    return found.name, [role.value for role in found.roles]
