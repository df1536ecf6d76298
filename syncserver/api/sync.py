"""The sync protocol over HTTP: enrol, exchange, snapshot files, pictures. Parse, call, render."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from common.exchange import MESSAGE_BYTES_MAX
from common.versions import OURS, Versions
from syncserver.services.pictures import Picture
from syncserver.services.problems import NotHere, NotUnderstood
from syncserver.services.rights import Right, right

COSE = "application/cose"
ENROL_BYTES_MAX = 8_192
UPLOAD_BYTES_MAX = 128 * 1024 * 1024
FILE_AGE_S = 365 * 24 * 3600  # its address is its hash: it never changes


class Answers(Protocol):
    """Whoever turns a signed request into a signed answer."""

    def answer(self, raw: bytes) -> bytes:
        """The answer's bytes. Raises Problem."""
        ...


class TakesDevices(Protocol):
    """Whoever lets devices join."""

    def answer(self, raw: bytes, address: str) -> bytes:
        """The answer's bytes, for a request from this network address. Raises Problem."""
        ...


class TakesSnapshots(Protocol):
    """Whoever takes back rows of snapshots."""

    def require_wanted(self, sha256: bytes) -> None:
        """Raises Problem for a file nobody asked for."""
        ...

    def take_back(self, sha256: bytes, compressed: bytes) -> int:
        """How many tickets were touched. Raises Problem."""
        ...


class HasPictures(Protocol):
    """Whoever holds the pictures of products."""

    def picture(self, sha256: bytes) -> Picture:
        """The picture with this hash. Raises Problem."""
        ...


@dataclass(frozen=True, slots=True)
class SyncServices:
    """What these views call."""

    enrol: TakesDevices
    exchange: Answers
    evidence: TakesSnapshots
    snapshots: Path
    pictures: HasPictures
    versions: Versions = OURS


def sync_blueprint(services: SyncServices) -> Blueprint:
    """The views under /api/sync/v1."""
    bp = Blueprint("sync", __name__, url_prefix="/api/sync/v1")

    @bp.post("/enrol")
    @right(Right.DEVICE)
    def enrol() -> ResponseReturnValue:
        request.max_content_length = ENROL_BYTES_MAX
        return _cose(services.enrol.answer(request.get_data(), request.remote_addr or ""))

    @bp.post("/exchange")
    @right(Right.DEVICE)
    def exchange() -> ResponseReturnValue:
        request.max_content_length = MESSAGE_BYTES_MAX
        return _cose(services.exchange.answer(request.get_data()))

    @bp.get("/snapshot/<name>")
    @right(Right.DEVICE)
    def snapshot(name: str) -> ResponseReturnValue:
        path = services.snapshots / _sha256(name).hex()
        if not path.is_file():
            raise NotHere("this snapshot file is not here (any more): exchange for a newer manifest")
        return send_file(path, "application/zstd", conditional=True, etag=name, max_age=FILE_AGE_S)

    @bp.put("/snapshot/<name>")
    @right(Right.DEVICE)
    def upload(name: str) -> ResponseReturnValue:
        sha256 = _sha256(name)
        services.evidence.require_wanted(sha256)
        request.max_content_length = UPLOAD_BYTES_MAX
        services.evidence.take_back(sha256, request.get_data())
        return Response(status=204)

    @bp.get("/pictures/<name>")
    @right(Right.DEVICE)
    def picture(name: str) -> ResponseReturnValue:
        found = services.pictures.picture(_sha256(name))
        response = Response(found.data, content_type=found.media_type)
        response.headers["Cache-Control"] = f"public, max-age={FILE_AGE_S}, immutable"
        response.set_etag(name)
        return response.make_conditional(request)

    @bp.after_request
    def versions(response: Response) -> Response:
        response.headers["Rallygate-Protocol"] = f"{services.versions.protocol}.{services.versions.schema}"
        return response

    return bp


def _sha256(name: str) -> bytes:
    if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise NotUnderstood("a file is named by the 64 hex digits of its SHA-256, in lower case")
    return bytes.fromhex(name)


def _cose(raw: bytes) -> Response:
    response = Response(raw, content_type=COSE)
    response.headers["Cache-Control"] = "no-store"
    return response
