from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from syncserver.db.engine import Database
from syncserver.services import payments
from tests.support.kept_schema import put_schema
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    else:
        database = Database(request.getfixturevalue("postgres_with_schema"))
    put_schema(database)
    yield database
    database.close()


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path)


@pytest.fixture
def patient_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts a payment, or tells of one, waits for its turn as long as a slow machine takes."""
    for name in ("STARTS", "WEBHOOKS"):
        monkeypatch.setattr(payments, name, replace(getattr(payments, name), wait_s=60.0, for_seat_s=60.0))


@pytest.fixture
def app(world: ShopWorld) -> Flask:
    """The shop's pages."""
    return app_of(world)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser. Not as a context manager: it would keep a request's values alive for the next, as no server does."""
    return app.test_client()
