"""Kiosks fetch pictures by their hash, and any cache may keep them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from syncserver.api.errors import register_errors
from syncserver.api.sync import SyncServices, sync_blueprint
from syncserver.db.engine import Database
from syncserver.services.pictures import Pictures
from syncserver.stores import events as event_store

DATA = b"RIFF____WEBP the very bytes"


class Silent:
    """Answers nobody: these tests ask for pictures only."""

    def answer(self, raw: bytes, address: str = "") -> bytes:
        """Not asked."""
        raise AssertionError(raw, address)

    def require_wanted(self, sha256: bytes) -> None:
        raise AssertionError

    def take_back(self, sha256: bytes, compressed: bytes) -> int:
        """Not asked."""
        raise AssertionError(sha256, compressed)


@pytest.fixture
def client(db: Database, tmp_path: Path) -> FlaskClient:
    with db.write() as tx:
        event_store.put_pictures(tx, [(sha256(DATA).digest(), "image/webp", DATA)])
    app = Flask("test")
    app.testing = True
    register_errors(app)
    app.register_blueprint(sync_blueprint(SyncServices(Silent(), Silent(), Silent(), tmp_path, Pictures(db))))
    return app.test_client()


def test_a_picture_is_served_under_its_hash_for_ever(client: FlaskClient) -> None:
    path = f"/api/sync/v1/pictures/{sha256(DATA).hexdigest()}"
    reply = client.get(path)
    assert (reply.status_code, reply.data, reply.content_type) == (200, DATA, "image/webp")
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = client.get(path, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("0" * 64, 404, "not_here"), ("A" * 64, 400, "not_understood"), ("ab", 400, "not_understood")],
)
def test_a_picture_that_is_not_here_is_a_named_problem(client: FlaskClient, name: str, status: int, code: str) -> None:
    reply = client.get(f"/api/sync/v1/pictures/{name}")
    assert reply.content_type == "application/problem+json"
    assert reply.status_code == status
    problem = reply.get_json()
    assert isinstance(problem, dict)
    assert problem["code"] == code
