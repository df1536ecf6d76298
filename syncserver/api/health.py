"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from syncserver.api.errors import problem
from syncserver.db.engine import Database
from syncserver.services.rights import Right, right


def health_blueprint(db: Database) -> Blueprint:
    """/healthz: the process answers. /readyz: the database answers too."""
    bp = Blueprint("health", __name__)

    @bp.get("/healthz")
    @right(Right.PUBLIC)
    def healthz() -> ResponseReturnValue:
        return Response("ok\n", content_type="text/plain")

    @bp.get("/readyz")
    @right(Right.PUBLIC)
    def readyz() -> ResponseReturnValue:
        if not db.answers():
            return problem(503, "not_ready", "the database does not answer", 5)
        return Response("ready\n", content_type="text/plain")

    return bp
