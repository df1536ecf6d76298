"""Where nothing can be stored, buyers get a page and machines a problem; the log names nobody."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from syncserver.app import create_app
from syncserver.logs import set_up_logs, told
from tests.support.admin_world import Office, make_office

NAME = "Jana Zvláštní"


def full(*_: object, **__: object) -> str:
    """What SQLite says where the disk has no room."""
    raise sqlite3.OperationalError("database or disk is full")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = make_office(tmp_path)
    yield made
    made.services.db.close()


@pytest.fixture
def served(office: Office) -> Flask:
    """The application as it runs, not as tests see it: errors are answered."""
    app = create_app(office.services.config, office.services)

    def store() -> str:
        with office.services.db.write() as tx:
            tx.execute(text("INSERT INTO accounts (login, name) VALUES (:login, :login)"), {"login": NAME})
        return "stored"

    app.add_url_rule("/store", view_func=store, endpoint="store")
    app.add_url_rule("/machine", view_func=full, endpoint="machine")
    return app


def test_what_a_person_is_called_is_not_in_the_log_of_what_went_wrong(
    served: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("info")
    reply = served.test_client().get("/store")
    said = capsys.readouterr().err
    assert reply.status_code == 500
    line = json.loads(said.splitlines()[-1])
    assert line["event"] == "request_failed"
    assert line["number"] in reply.get_json()["detail"]
    assert "SQLITE_CONSTRAINT_NOTNULL at INSERT INTO accounts" in line["exception"]
    assert "Jana" not in json.loads(said.splitlines()[-1])["exception"]
    assert "Jana" not in said


def test_a_buyer_gets_a_page_and_a_machine_a_problem(served: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_web.catalogue_views.shop", full)
    for path, kind in (("/en/trial/", "text/html"), ("/machine", "application/problem+json")):
        reply = served.test_client().get(path)
        assert (reply.status_code, reply.content_type.partition(";")[0]) == (503, kind)
        assert int(reply.headers["Retry-After"]) > 0


def test_of_a_strangers_exception_the_log_has_the_kind_and_the_way_but_no_words() -> None:
    try:
        try:
            int(NAME)
        except ValueError as fault:
            raise LookupError(f"nobody is called {NAME}") from fault
    except LookupError as fault:
        said = told(fault)
    assert NAME not in said
    assert said.index("builtins.ValueError") < said.index("builtins.LookupError")
    assert "test_full_disk.py" in said
