"""An office per file on SQLite: signing in costs a tenth of a second each time. Pages of data run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.admin_world import Office, make_office
from tests.support.busy_office import Busy, fill


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = make_office(tmp_path_factory.mktemp("office"))
    yield made
    made.services.db.close()


@pytest.fixture
def own_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One that a test has to itself."""
    made = make_office(tmp_path_factory.mktemp("office"))
    yield made
    made.services.db.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """One of each kind of database."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_with_schema")
    made = make_office(tmp_path, url)
    yield made
    made.services.db.close()


@pytest.fixture
def busy(any_office: Office) -> Busy:
    """The same office in the middle of an event."""
    return fill(any_office)
