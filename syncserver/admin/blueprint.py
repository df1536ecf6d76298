"""The admin as a Flask blueprint: routes, who may open them, the headers of every answer, pages for what went wrong."""

from __future__ import annotations

import json

from flask import Blueprint, Flask, Response, g
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from common.errors import UserFacing
from syncserver.admin import (
    badge_views,
    book_views,
    conflict_views,
    device_views,
    entry_views,
    flag_views,
    message_views,
    order_views,
    overview_views,
    point_views,
    refund_views,
    sign_in_views,
    simulator_views,
    staff_views,
    ticket_views,
    visit,
    voucher_views,
    work_views,
)
from syncserver.admin.page import keep_language, show
from syncserver.services.admin import Admin
from syncserver.services.problems import Problem

NAME = "admin"
VIEWS = (
    sign_in_views,
    overview_views,
    entry_views,
    simulator_views,
    device_views,
    message_views,
    point_views,
    ticket_views,
    order_views,
    voucher_views,
    refund_views,
    book_views,
    conflict_views,
    flag_views,
    work_views,
    staff_views,
    badge_views,
)
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def add_admin(app: Flask, services: Admin) -> None:
    """Mount the admin under /admin."""
    app.extensions[visit.EXTENSION] = services
    bp = Blueprint(NAME, __name__, template_folder="templates", static_folder="static", static_url_path="/admin-static")
    for views in VIEWS:
        views.add_routes(bp)
    bp.url_value_preprocessor(visit.take_event_key)
    bp.before_request(visit.guard)
    bp.after_request(_finish)
    bp.register_error_handler(HTTPException, _failed)
    bp.register_error_handler(Problem, _problem)
    bp.register_error_handler(UserFacing, _user_facing)
    app.register_blueprint(bp)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
    return keep_language(visit.set_cookies(response))


def _failed(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect Werkzeug made
    number = g.get("support_number")
    return _answer(error.code, f"Something went wrong here: call support, code {number}." if number else "")


def _problem(fault: Problem) -> ResponseReturnValue:
    return _answer(fault.status, str(fault))


def _user_facing(fault: UserFacing) -> ResponseReturnValue:
    return _answer(400, str(fault))


def _answer(status: int, detail: str) -> ResponseReturnValue:
    if not visit.is_json():
        if status == 404:
            g.pop("admin_event", None)  # the menu of an event that may not be there
        return show("failed.html", status=status, code=status, detail=detail)
    title = {401: "not signed in", 403: "not allowed", 404: "not here"}.get(status, "bad request")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
    return Response(json.dumps(body), status, content_type="application/problem+json")
