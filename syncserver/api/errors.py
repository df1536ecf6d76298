"""One error shape for every call: RFC 9457, `application/problem+json`."""

from __future__ import annotations

import json
import secrets

import structlog
from flask import Flask, Response, current_app, g
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from common.errors import UserFacing
from syncserver.db.engine import DatabaseBusy
from syncserver.db.faults import DATABASE_UNAVAILABLE
from syncserver.services.problems import Problem

log = structlog.get_logger(__name__)

DATABASE_RETRY_S = 30
_WHAT = {
    404: "there is nothing at this address",
    405: "this address does not take this method",
    503: "nothing can be stored here just now: try again in a minute",
    413: "the request is larger than this server takes: send it in parts",
}


def problem(status: int, code: str, detail: str, retry_after_s: int | None = None) -> Response:
    """The one shape: type, title, status, detail, code."""
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "detail": detail, "code": code}
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response


def register_errors(app: Flask) -> None:
    """Every exception that leaves a view becomes a problem. In tests a programming error stays one."""
    app.register_error_handler(Problem, _of_problem)
    app.register_error_handler(DatabaseBusy, _of_busy)
    app.register_error_handler(UserFacing, _of_user_facing)
    app.register_error_handler(HTTPException, _of_http)
    for kind in DATABASE_UNAVAILABLE:
        app.register_error_handler(kind, _of_database)
    if not app.testing:
        app.register_error_handler(Exception, _of_bug)


def _of_problem(fault: Problem) -> Response:
    return problem(fault.status, fault.code, str(fault), fault.retry_after_s)


def _of_busy(fault: DatabaseBusy) -> Response:
    return problem(503, "busy", str(fault), 2)


def _of_database(fault: Exception) -> Response:
    """The database is gone, or its disk is full: nothing was kept, and the same request may be sent again."""
    log.error("database_failed", exc_info=fault, app=current_app.name)
    # By way of Flask, so that people get the page that the shop or the admin has for it.
    answer = current_app.make_response(current_app.handle_http_exception(ServiceUnavailable()))
    answer.headers["Retry-After"] = str(DATABASE_RETRY_S)
    return answer


def _of_user_facing(fault: UserFacing) -> Response:
    return problem(400, "bad_request", str(fault))


def _of_http(fault: HTTPException) -> Response:
    status = fault.code or 500
    if status == 500:
        return problem(500, "internal", f"something went wrong here: call support, code {g.get('support_number', '-')}")
    return problem(status, fault.name.lower().replace(" ", "_"), _WHAT.get(status, fault.description or fault.name))


def _of_bug(fault: Exception) -> Response:
    """Nobody sees what broke; the log has it under the number that is shown."""
    g.support_number = secrets.token_hex(2).upper()
    log.error("request_failed", number=g.support_number, exc_info=fault, app=current_app.name)
    # By way of Flask, as above: a buyer gets a page, a program the one shape.
    wrapped = InternalServerError(original_exception=fault)
    try:
        return current_app.make_response(current_app.handle_http_exception(wrapped))
    except Exception:
        log.exception("error_page_failed", app=current_app.name)
        return _of_http(wrapped)
