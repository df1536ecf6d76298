"""Health is asked for by machines: whether the process lives, whether it can work, and if not, what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from common.ids import EventUid
from syncserver.api.health import health_blueprint
from syncserver.db.engine import Database
from syncserver.db.migrate import migrate
from syncserver.services import health
from syncserver.services.health import Health
from syncserver.services.keys import KeysDiffer, KeysMissing, KeyStore, check_keys
from tests.support.server_world import Server, make_server


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Server:
    return make_server(db, tmp_path)


def _client(db: Database, keys: KeyStore, *folders: Path) -> FlaskClient:
    app = Flask("test")
    app.testing = True
    app.register_blueprint(health_blueprint(Health(db, keys, folders)))
    return app.test_client()


def test_a_server_that_can_work_says_so(server: Server, tmp_path: Path) -> None:
    client = _client(server.db, server.keys, tmp_path)
    assert client.get("/livez").status_code == 200
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "troubles": []})


def test_a_database_that_is_gone_is_503_and_named_while_the_process_lives(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'no folder' / 'x.sqlite'}", "postgresql://nobody@127.0.0.1:1/x"):
        client = _client(Database(url), KeyStore(tmp_path))
        assert client.get("/livez").status_code == 200
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.get_json()["detail"] == "the database does not answer"
        assert answer.headers["Retry-After"]


def test_a_database_file_that_was_removed_under_a_running_server_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "live.sqlite"
    db = Database(f"sqlite:///{file}")
    migrate(db)
    client = _client(db, KeyStore(tmp_path))
    assert client.get("/healthz").status_code == 200
    file.rename(tmp_path / "moved")
    assert client.get("/healthz").status_code == 503
    db.close()


def test_an_empty_database_says_what_to_run(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert db.answers()
    found = Health(db, KeyStore(tmp_path), ()).troubles()
    assert [(one.is_fatal, "init" in one.detail) for one in found] == [(True, True)]
    db.close()


def test_missing_keys_are_told_and_leave_the_machine_in(server: Server, tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "elsewhere")
    answer = _client(server.db, keys).get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "troubled")
    assert answer.get_json()["troubles"] == ["an event's keys cannot be used"]
    with server.db.read() as tx, pytest.raises(KeysMissing, match="keys import"):
        check_keys(tx, keys, server.event)


def test_keys_of_another_key_list_are_not_taken_for_the_events(server: Server, tmp_path: Path) -> None:
    keys = KeyStore(tmp_path / "elsewhere")
    keys.create(server.event.uid)
    with server.db.read() as tx, pytest.raises(KeysDiffer, match="right ones"):
        check_keys(tx, keys, server.event)


def test_one_key_file_of_another_set_is_noticed(server: Server, tmp_path: Path) -> None:
    here = tmp_path / "keys"
    there = KeyStore(tmp_path / "other")
    there.create(EventUid(server.event.uid))
    uid = server.event.uid.hex()
    shutil.copytree(here / uid, tmp_path / "mixed" / uid)
    shutil.copyfile(tmp_path / "other" / uid / "pass.pem", tmp_path / "mixed" / uid / "pass.pem")
    with server.db.read() as tx, pytest.raises(KeysDiffer):
        check_keys(tx, KeyStore(tmp_path / "mixed"), server.event)


def test_keys_rotated_since_the_list_was_signed_are_still_the_events(server: Server) -> None:
    """A crash between rotating and signing, or a restored database: the list is older than the keys."""
    for _ in range(2):
        server.keys.rotate(server.event.uid, "pass")
        with server.db.read() as tx:
            check_keys(tx, server.keys, server.event)


def test_a_full_disk_is_503_and_a_nearly_full_one_is_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = _client(server.db, server.keys, tmp_path)
    for left, status, told in ((1, 503, "the disk is full"), (health.FULL_BYTES, 200, "the disk is nearly full")):
        monkeypatch.setattr(health, "free_bytes", lambda _folder, left=left: left)
        answer = client.get("/healthz")
        assert answer.status_code == status
        assert told in answer.get_data(as_text=True)


def test_room_is_looked_for_above_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert health.free_bytes(tmp_path / "not" / "yet") > 0
