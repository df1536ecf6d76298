"""Both databases, empty or with the whole schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from syncserver.db.tables import all_tables
from tests.support.admin_world import Office, make_office


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database: each test that takes it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'server.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def db(db_url: str) -> Iterator[Database]:
    """A database with the schema."""
    database = Database(db_url)
    all_tables().create_all(database.engine)
    yield database
    database.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with an event and its office, for all tests of a file."""
    made = make_office(tmp_path_factory.mktemp("office"))
    yield made
    made.services.db.close()
