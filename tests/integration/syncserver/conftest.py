"""Both databases, empty or with the whole schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from tests.support.admin_world import Office, make_office
from tests.support.kept_schema import put_schema


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each test that takes it, or what follows, runs on SQLite and on PostgreSQL."""
    return str(request.param)


@pytest.fixture
def db_url(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> str:
    """Address of an empty database."""
    return _address(request, "postgres_url", dialect, tmp_path)


@pytest.fixture
def tables_url(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> str:
    """Address of a database that has the schema already, or will have it without delay."""
    return _address(request, "postgres_with_schema", dialect, tmp_path)


def _address(request: pytest.FixtureRequest, on_postgres: str, dialect: str, tmp_path: Path) -> str:
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'server.sqlite'}"
    url: str = request.getfixturevalue(on_postgres)
    return url


@pytest.fixture
def db(tables_url: str) -> Iterator[Database]:
    """A database with the schema."""
    database = Database(tables_url)
    put_schema(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with an event and its office, for all tests of a file."""
    made = make_office(tmp_path_factory.mktemp("office"))
    yield made
    made.services.db.close()
