"""Devices: how they fare, joining, moving, revoking."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from syncserver.admin.page import form_key, go, language, show
from syncserver.admin.visit import actor, admin, event
from syncserver.services.admin_devices import ENROLMENT_MINUTES, ShownDevice
from syncserver.services.admin_points import AreaPoints
from syncserver.services.admin_search import cleaned
from syncserver.services.qr import svg_of
from syncserver.services.rights import Right, right

POINTS_READ_MAX = 12  # more are looked for by name or number


def add_routes(bp: Blueprint) -> None:
    """The list, one device, its forms, joining."""
    at = "/admin/<event_key>/devices"
    bp.add_url_rule(at, "devices", devices)
    bp.add_url_rule(f"{at}/enrol", "device_enrol", enrol, methods=["GET", "POST"])
    bp.add_url_rule(f"{at}/<device>", "device_page", device_page)
    bp.add_url_rule(f"{at}/<device>/move", "device_move", move, methods=["POST"])
    bp.add_url_rule(f"{at}/<device>/revoke", "device_revoke", revoke, methods=["GET", "POST"])


@right(Right.SEE_DEVICES)
def devices() -> ResponseReturnValue:
    """All of them, with their last word."""
    return show("devices.html", devices=admin().devices.all(event().event, language()))


@right(Right.SEE_DEVICES)
def device_page(device: str) -> ResponseReturnValue:
    """One of them."""
    found = _device(device)
    return show("device.html", device=found, choice=_choice(found.point.key if found.point else ""))


@right(Right.ENROL_DEVICES)
def enrol() -> ResponseReturnValue:
    """The form, then the code: shown once, never again."""
    if request.method == "GET":
        return show("enrol.html", choice=_choice(""), minutes=ENROLMENT_MINUTES)
    form = request.form
    name, minutes = form.get("name", "").strip(), form.get("minutes", ENROLMENT_MINUTES[0], type=int)
    code = admin().devices.make_code(actor(), name, form.get("point", ""), minutes)
    # The SVG is drawn by our own code from digits alone.
    qr = Markup(svg_of(code.text))  # noqa: S704
    return show("enrol_code.html", code=code, qr=qr, name=name, address=admin().public_url)


@right(Right.MOVE_DEVICES)
def move(device: str) -> ResponseReturnValue:
    """To another point."""
    admin().devices.move(actor(), _device(device), request.form.get("point", ""), form_key())
    return go("device_page", "moved", device=device)


@right(Right.REVOKE_DEVICES)
def revoke(device: str) -> ResponseReturnValue:
    """Asks once more, then withdraws it."""
    found = _device(device)
    if request.method == "GET":
        return show("revoke.html", device=found)
    admin().devices.revoke(actor(), found, request.form.get("why", ""), form_key())
    return go("device_page", "revoked", device=device)


def _device(device: str) -> ShownDevice:
    return admin().devices.one(event().event, device, language())


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """Points to choose from, and which is chosen so far; those alone that fit `wanted`, if any does."""

    areas: tuple[AreaPoints, ...]
    chosen: str
    wanted: str
    found: int
    count: int  # of all points

    @property
    def is_long(self) -> bool:
        """Whether somebody would look for one rather than read them all."""
        return self.count > POINTS_READ_MAX


def _choice(chosen: str) -> PlaceChoice:
    """What was looked for by name or number stands first and is chosen: nobody moves a kiosk to nowhere by looking."""
    wanted = cleaned(request.args.get("find", ""))
    every = admin().points.by_area(event().event, language())
    found = admin().points.by_area(event().event, language(), wanted) if wanted else every
    keys = [one.key for area in found for one in area.points]
    if wanted and keys and chosen not in keys:
        chosen = keys[0]
    return PlaceChoice(found or every, chosen, wanted, len(keys), sum(len(area.points) for area in every))
