"""Online decisions over HTTP, for devices: the same verdict as at a gate, and nothing is written."""

from __future__ import annotations

from typing import Protocol

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from common.envelope import ENVELOPE_BYTES_MAX
from syncserver.services.rights import Right, right


class Answers(Protocol):
    """Whoever turns a signed question into a signed answer."""

    def answer(self, raw: bytes) -> bytes:
        """The answer's bytes. Raises Problem."""
        ...


def decide_blueprint(online: Answers) -> Blueprint:
    """`POST /api/v1/decide`."""
    bp = Blueprint("decide", __name__, url_prefix="/api/v1")

    @bp.post("/decide")
    @right(Right.DEVICE)
    def decide() -> ResponseReturnValue:
        request.max_content_length = ENVELOPE_BYTES_MAX
        response = Response(online.answer(request.get_data()), content_type="application/cose")
        response.headers["Cache-Control"] = "no-store"
        return response

    return bp
