"""Whether the process lives, and whether it can work."""

from __future__ import annotations

import json

import structlog
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from syncserver.api.errors import problem
from syncserver.services.health import Health
from syncserver.services.rights import Right, right

RETRY_S = 5

log = structlog.get_logger(__name__)


def health_blueprint(health: Health) -> Blueprint:
    """/livez: the process answers. /healthz: it can work; if not, 503 with what is wrong. The log says where."""
    bp = Blueprint("health", __name__)

    @bp.get("/livez")
    @right(Right.PUBLIC)
    def livez() -> ResponseReturnValue:
        return Response("ok\n", content_type="text/plain")

    @bp.get("/healthz")
    @right(Right.PUBLIC)
    def healthz() -> ResponseReturnValue:
        found = health.troubles()
        told = list(dict.fromkeys(one.what for one in found))
        for one in found:
            log.warning("unhealthy", what=one.what, detail=one.detail)
        if any(one.is_fatal for one in found):
            return problem(503, "unhealthy", "; ".join(told), RETRY_S)
        body = json.dumps({"status": "troubled" if told else "ok", "troubles": told})
        return Response(body + "\n", content_type="application/json", headers={"Cache-Control": "no-store"})

    return bp
