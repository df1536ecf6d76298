"""Devices: how they fare, joining, moving, revoking."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from syncserver.admin.page import form_key, go, language, show
from syncserver.admin.visit import actor, admin, event
from syncserver.services.admin_devices import ENROLMENT_MINUTES, ShownDevice
from syncserver.services.qr import svg_of
from syncserver.services.rights import Right, right


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
    return show("device.html", device=_device(device), points=_points())


@right(Right.ENROL_DEVICES)
def enrol() -> ResponseReturnValue:
    """The form, then the code: shown once, never again."""
    if request.method == "GET":
        return show("enrol.html", points=_points(), minutes=ENROLMENT_MINUTES)
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


def _points() -> object:
    return admin().points.by_area(event().event, language())
